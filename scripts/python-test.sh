#!/usr/bin/env bash
# The Python tests against the installed wheel: with the newest Python and NumPy, with the oldest of both, and with a
# free-threaded build; `make test-python`. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/python-env.sh
unset ONDES_LIBRARY PYTHONPATH

run() { # environment, interpreter, requirements, pytest's arguments
  local folder=build/python/$1
  python_env "$1" "$2" "$3"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall build/python/dist/*.whl
  "$folder/bin/python" -c 'import numpy, sys; print("== Python:", sys.version.split()[0], "with NumPy", numpy.__version__)'
  (cd bindings/python && "../../$folder/bin/python" -m pytest -q "${@:4}")
}

newest=$(newest_python)
run "test-${newest% *}" "${newest#* }" test "$@"

read -r oldest interpreter <<<"$(pythons)"
[ "$oldest" = 3.9 ] || echo "== Python: no 3.9, the oldest that is supported, on this machine: $oldest instead"
case $oldest in
3.9 | 3.1[0-2]) run "test-$oldest-oldest" "$interpreter" test-oldest "$@" ;;
*) echo "== Python: NumPy 1 has no wheels for $oldest: not tested on this machine" ;;
esac

threaded=$(pythons | grep '^[0-9.]*t ' | tail -n 1 || true)
if [ -n "$threaded" ]; then
  run "test-${threaded% *}" "${threaded#* }" test-threaded "$@"
else
  echo "== Python: no free-threaded build (python3.13t, python3.14t) on this machine: not tested"
fi
