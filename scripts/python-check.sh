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
# The examples, and the tests that are no part of the package, by the same rules; a program says at its head what it does.
others=(../../examples/{python,quickstart} ../../tests/examples ../../tests/conformance ../../docs/site ../../scripts/size.py)
"$env/ruff" format --quiet --check --config pyproject.toml "${others[@]}"
"$env/ruff" check --quiet --config pyproject.toml --extend-ignore D1 "${others[@]}"
"$env/python" tests/snippets.py "$snippets"
# The documentation is checked as a user would: against the package, not as a part of it.
MYPYPATH=src "$env/mypy" --no-error-summary --cache-dir ../../build/python/mypy src/ondes "$snippets" ../../examples/python/*.py
"$env/pyright" --pythonpath "$env/python" --project . --level error
