#!/usr/bin/env bash
# Opens the documentation that scripts/docs.sh built in Chromium and follows every link in it, and runs the program of
# its first page in every language.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/docs-env.sh
. scripts/go-env.sh

"$python" -B docs/site/quickstart.py
"$python" -B docs/site/check.py build/docs/html
