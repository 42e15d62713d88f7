#!/usr/bin/env bash
# Ours and the peers from PyPI, side by side; `make bench`.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv/bench
if [ ! -x $venv/bin/python ]; then
  echo "== bench: installing the peers from PyPI into $venv (torch is large)"
  python3 -m venv $venv
  $venv/bin/pip install --quiet numpy pedalboard soundfile babycat soxr lameenc torch torchcodec
fi
echo "== bench: the programme and the batch (tests/data/big)"
python3 tests/data/make_big.py
$venv/bin/python benches/bench.py tests/data/big --write docs/PERFORMANCE.md "$@"
echo "== bench: calls from Python"
$venv/bin/python benches/python_overhead.py tests/data/big --write docs/PERFORMANCE.md

maps=.venv/bench-maps
if [ ! -x $maps/bin/python ]; then
  echo "== bench: installing wavemap, which needs numpy 1, into $maps"
  python3 -m venv $maps
  $maps/bin/pip install --quiet 'numpy<2' wavemap
fi
echo "== bench: maps"
$maps/bin/python benches/mapping.py tests/data/big --write docs/PERFORMANCE.md
