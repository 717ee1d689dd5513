#!/bin/sh
# Runs Meson: the system's, or one in .venv where the system's is older than meson.build asks for.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
meson=meson
version=$(meson --version 2>/dev/null || echo 0)
if [ "${version%%.*}" -lt 1 ]; then
  meson=$root/.venv/bin/meson
  if [ ! -x "$meson" ]; then
    "$root/tools/install_packages.sh" venv
    python3 -m venv "$root/.venv"
    "$root/.venv/bin/pip" install --quiet "$(grep '^meson==' "$root/requirements-dev.txt")"
  fi
fi
exec "$meson" "$@"
