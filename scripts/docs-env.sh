# What building and opening the documentation needs; to be sourced. Gives `python`, of a virtual environment. The browser may
# also be Google's Chrome, or one that CHROMIUM names.

missing=()
command -v doxygen >/dev/null || missing+=(doxygen)
[ -n "${CHROMIUM:-}" ] || command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null || missing+=(chromium)
if ((${#missing[@]})); then
  if ! command -v apt-get >/dev/null; then
    echo "These programs are missing, and this is no Debian system to install them on: ${missing[*]}" >&2
    exit 1
  fi
  echo "== docs: installing Debian packages: ${missing[*]}"
  sudo=
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

. scripts/python-env.sh
newest=$(newest_python)
folder=build/docs/python
if ! cmp -s docs/site/requirements.txt "$folder/requirements.txt"; then
  echo "== docs: installing requirements.txt from PyPI into $folder ($("${newest#* }" --version))"
  rm -rf "$folder"
  "${newest#* }" -m venv "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --requirement docs/site/requirements.txt
  cp docs/site/requirements.txt "$folder/requirements.txt"
fi
python=$PWD/$folder/bin/python
