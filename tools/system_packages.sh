#!/bin/sh
# Checks for what pip cannot install, and installs it where that is allowed (root, apt).
#   system_packages.sh          what building the whole package needs
#   system_packages.sh test     also what only the tests need
#   system_packages.sh found    print which of the libraries are there that a part of the package is built with
set -eu
purpose=${1:-use}
python=${PYTHON:-python3}
name=$(basename "$python")  # python3.12 needs python3.12-venv, not python3-venv

has_header() {
  [ -e "/usr/include/$1" ] || [ -e "/usr/local/include/$1" ]
}
has_hdf5() {
  has_header hdf5.h || has_header hdf5/serial/hdf5.h
}

# Without these parts are left out of the package: pyjetsim-run needs HDF5.
optional() {
  has_hdf5 || printf ' libhdf5-dev'
}

required() {
  command -v g++ >/dev/null 2>&1 || command -v clang++ >/dev/null 2>&1 || printf ' g++'
  if [ "$purpose" = test ]; then
    command -v cmake >/dev/null 2>&1 || printf ' cmake'
    command -v pkg-config >/dev/null 2>&1 || printf ' pkg-config'
    command -v ccache >/dev/null 2>&1 || printf ' ccache'
    has_header gtest/gtest.h || printf ' libgtest-dev'
    # The reader that pyjetsim-run is measured beside.
    has_header HepMC3/ReaderAscii.h || printf ' libhepmc3-dev'
    # To make compressed files; the package itself decompresses with what is in extern/ where these are not.
    has_header zlib.h || printf ' zlib1g-dev'
    has_header zstd.h || printf ' libzstd-dev'
  fi
  if ! command -v "$python" >/dev/null 2>&1; then
    printf ' %s %s-venv %s-dev' "$name" "$name" "$name"
    return
  fi
  "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 || printf ' %s-venv' "$name"
  "$python" -c 'import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")))' || printf ' %s-dev' "$name"
}

if [ "$purpose" = found ]; then
  if has_hdf5; then echo HDF5; fi
  exit 0
fi

required=$(required)
optional=$(optional)
if [ -n "$required$optional" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing$required$optional"
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $required $optional
  elif [ -n "$required" ]; then
    echo "pyjetsim: missing$required$optional (the build needs them): run 'sudo apt-get install$required$optional', then make again" >&2
    exit 2
  else
    echo "pyjetsim: without$optional pyjetsim-run is left out: to have it, run 'sudo apt-get install$optional', then make again" >&2
  fi
fi
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "pyjetsim: $python is older than 3.11 (the package needs it): run 'make PYTHON=python3.11' or a newer one" >&2
  exit 2
}
