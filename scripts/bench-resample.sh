#!/usr/bin/env bash
# The qualities of rate conversion beside the peers from PyPI; `make bench-resample`.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv/bench-resample
if [ ! -x $venv/bin/python ]; then
  echo "== bench: installing the peers from PyPI into $venv"
  python3 -m venv $venv
  $venv/bin/pip install --quiet numpy scipy matplotlib soxr samplerate pedalboard
fi
$venv/bin/python benches/resampling.py --write docs/RESAMPLING.md --plots docs/resampling "$@"
