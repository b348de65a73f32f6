#!/bin/sh
# Checks for what pip cannot install, and installs it where that is allowed (root, apt).
set -eu
python=${PYTHON:-python3}
packages=""

command -v "$python" >/dev/null 2>&1 || packages="$packages python3"
command -v g++ >/dev/null 2>&1 || command -v clang++ >/dev/null 2>&1 || packages="$packages g++"
if command -v "$python" >/dev/null 2>&1; then
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "pyjetsim: $python is older than 3.11 (the package needs it): run 'make PYTHON=python3.11' or newer" >&2
    exit 2
  }
  "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 || packages="$packages python3-venv"
  "$python" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")))' \
    || packages="$packages python3-dev"
else
  packages="$packages python3-venv python3-dev"
fi

[ -z "$packages" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing$packages"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages
else
  echo "pyjetsim: missing$packages (the build needs them): run 'sudo apt-get install$packages', then make again" >&2
  exit 2
fi
