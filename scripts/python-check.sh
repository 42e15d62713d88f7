#!/usr/bin/env bash
# Format, lints and types of the Python code, and of that in the documentation; part of `make check`.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/python-env.sh

newest=$(newest_python)
python_env check "${newest#* }" check
env=$PWD/build/python/check/bin
snippets=$PWD/build/python/snippets
cd bindings/python
"$env/ruff" format --quiet --check . || { "$env/ruff" format --diff . || true; exit 1; }
"$env/ruff" check --quiet .
"$env/python" tests/snippets.py "$snippets"
# The documentation is checked as a user would: against the package, not as a part of it.
MYPYPATH=src "$env/mypy" --no-error-summary --cache-dir ../../build/python/mypy src/ondes "$snippets"
"$env/pyright" --pythonpath "$env/python" --project . --level error
