#!/bin/sh
# Reads the C code with cppcheck: the files named as arguments, or all.
set -eu

# POSIX has NULL be a pointer, so that it may end variable arguments.
[ $# -gt 0 ] || set -- src
exec cppcheck --quiet --error-exitcode=1 --inline-suppr --library=gtk --library=tools/cppcheck.cfg \
  --enable=warning,performance,portability --suppress=varFuncNullUB --std=c11 -I src "$@"
