# Interpreters and virtual environments for the Python package; to be sourced.

# The interpreters that can be used, "3.9 PATH" a line, oldest first; free-threaded builds are "3.14t PATH".
pythons() {
  local version python
  for version in 3.9 3.10 3.11 3.12 3.13 3.14 3.15 3.13t 3.14t 3.15t; do
    # pyenv's own commands refuse the versions that are not chosen: its folders have them all.
    for python in "python$version" /usr/bin/"python$version" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"${version%t}".*/bin/"python$version"; do
      if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "$version $(command -v "$python")"
        break
      fi
    done
  done
}

# The newest ordinary one, "3.13 PATH"; the tools need 3.11 or later.
newest_python() {
  pythons | grep -Ev '^(3\.9|3\.10|[0-9.]+t) ' | tail -n 1 | grep . ||
    { echo "Python 3.11 or later, which builds and checks the package, is not on this machine" >&2; return 1; }
}

# python_env FOLDER INTERPRETER REQUIREMENTS: a virtual environment with what the file
# names, in build/python. Made again when the file has changed; nothing is done otherwise.
python_env() {
  local folder=build/python/$1 python=$2 requirements=bindings/python/requirements/$3.txt
  if ! cmp -s "$requirements" "$folder/requirements.txt"; then
    echo "== Python: installing $(basename "$requirements") from PyPI into $folder ($("$python" --version))" >&2
    rm -rf "$folder"
    "$python" -m venv "$folder"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements" >&2
    cp "$requirements" "$folder/requirements.txt"
  fi
}
