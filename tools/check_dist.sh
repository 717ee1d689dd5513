#!/bin/sh
# Checks the newest source archive in dist/: its checksum, that it builds, passes its unit tests and installs a program
# of the version it is named after.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
archive=$(find "$root/dist" -name 'dsmtpd-*.tar.xz' 2>/dev/null | sort | tail -n 1)
if [ -z "$archive" ]; then
  echo "dist/ holds no archive; run 'make build' first" >&2
  exit 1
fi
name=$(basename "$archive" .tar.xz)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

(cd "$root/dist" && sha256sum --check --quiet "$name.tar.xz.sha256sum")
tar -xf "$archive" -C "$scratch"
cd "$scratch"
"$root/tools/meson.sh" setup build "$name" --prefix=/usr
"$root/tools/meson.sh" test -C build --print-errorlogs
DESTDIR=$scratch/installed "$root/tools/meson.sh" install -C build --quiet
version=$(installed/usr/bin/dsmtpd --version)
case $version in
*"${name#dsmtpd-}"*) echo "$name: $version" ;;
*)
  echo "$name installs $version" >&2
  exit 1
  ;;
esac
