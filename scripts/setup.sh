#!/usr/bin/env bash
# Installs the Debian packages that building and testing need and that are missing,
# and says which. Does nothing where all are there.
set -euo pipefail

# command that shows it is there : Debian package
needs=(
  gcc:gcc g++:g++ clang++:clang make:make cmake:cmake
  ffmpeg:ffmpeg pulseaudio:pulseaudio pactl:pulseaudio-utils flac:flac sox:sox opusdec:opus-tools oggdec:vorbis-tools lame:lame
  valgrind:valgrind python3:python3
  pkg-config:pkg-config dpkg-shlibdeps:dpkg-dev lintian:lintian xz:xz-utils
)
missing=()
for need in "${needs[@]}"; do
  command -v "${need%%:*}" >/dev/null || missing+=("${need##*:}")
done

# What is no command: GoogleTest's headers, and two modules that Debian leaves out of Python.
[ -e /usr/include/gtest/gtest.h ] || missing+=(libgtest-dev)
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
# ALSA's way to PulseAudio is no command.
compgen -G '/usr/lib*/*/alsa-lib/libasound_module_pcm_pulse.so' >/dev/null || missing+=(libasound2-plugins)

if ((${#missing[@]})); then
  if ! command -v apt-get >/dev/null; then
    echo "These programs are missing, and this is no Debian system to install them on: ${missing[*]}" >&2
    exit 1
  fi
  echo "== setup: installing Debian packages: ${missing[*]}"
  sudo=
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if ! command -v cargo >/dev/null; then
  echo "Rust is missing: install it with rustup (https://rustup.rs), 1.89 or later, and run this again." >&2
  exit 1
fi
