#!/bin/sh
# Reads the C code with clang-tidy and with gcc's -fanalyzer.
# usage: tools/analyze.sh BUILD (a configured build directory, for its compile_commands.json)
set -eu

build=$1
jobs=$(getconf _NPROCESSORS_ONLN)

find src -name '*.c' -print | sort | xargs -n 1 -P "$jobs" clang-tidy --quiet -p "$build" 2>/dev/null

if ! command -v gcc >/dev/null || gcc --version | grep -qi clang; then
  echo "gcc is not here: -fanalyzer was not run" >&2
  exit 0
fi
if [ ! -f build-analyzer/build.ninja ]; then
  CC=gcc tools/meson.sh setup build-analyzer --werror -Dc_args='-fanalyzer'
fi
tools/meson.sh compile -C build-analyzer dsmtpd
