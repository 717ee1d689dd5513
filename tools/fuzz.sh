#!/bin/sh
# Runs every fuzz target of a build directory for some seconds, from the seeds in fuzz/corpus; one on each processor.
# What it finds interesting stays in the build directory; what crashes it is kept there and fails.
# usage: tools/fuzz.sh BUILD SECONDS [TARGET.c]
set -eu

build=$1
seconds=$2

if [ $# -lt 3 ]; then
  find fuzz -name 'fuzz_*.c' -print | sort | xargs -n 1 -P "$(getconf _NPROCESSORS_ONLN)" "$0" "$build" "$seconds"
  exit
fi

target=$(basename "$3" .c)
name=${target#fuzz_}
found=$build/found/$name
mkdir -p "$found"
set -- -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=0 -verbosity=0 \
  -artifact_prefix="$found/../$name-"
if [ -f "fuzz/$name.dict" ]; then
  set -- "$@" -dict="fuzz/$name.dict"
fi
set -- "$@" "$found"
seeds=fuzz/corpus/$name
if [ -d "$seeds" ]; then
  set -- "$@" "$seeds"
fi
failed=0
# Said in one piece, not between the lines of another target.
said=$("$build/fuzz/$target" "$@" 2>&1) || failed=1
[ -z "$said" ] || printf '%s\n' "$said"
if [ $failed -eq 0 ]; then
  echo "ok $target ($seconds s)"
else
  echo "not ok $target"
fi
exit $failed
