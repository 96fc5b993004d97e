#!/bin/sh
# Installs the Debian packages that the tests need, when root; else names them. Says so beforehand.
set -eu
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -z "$missing" ] && exit 0
if [ "${DEALVOICE_NO_SYSTEM_PACKAGES:-}" = 1 ]; then
  echo "The tests need these Debian packages:$missing (not installed: DEALVOICE_NO_SYSTEM_PACKAGES=1)"
  exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing the Debian packages that the tests need:$missing"
  apt-get update -qq
  # shellcheck disable=SC2086 # a list of names
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing fonts-liberation >/dev/null
else
  echo "The tests need these Debian packages:$missing. Install them, then run again."
  exit 1
fi
