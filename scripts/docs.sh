#!/usr/bin/env bash
# Builds the documentation of all languages as one site, build/docs/html, which needs no server and no network.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/docs-env.sh
. scripts/go-env.sh

export ONDES_LIBRARY=${ONDES_LIBRARY:-$PWD/target/release/libondes.so}
"$python" -B docs/site/build.py build/docs
echo "The documentation is in build/docs/html: open build/docs/html/index.html in a browser."
