#!/bin/sh
# Runs every fuzz target of a build directory for some seconds, from the seeds in fuzz/corpus.
# What it finds interesting stays in the build directory; what crashes it is kept there and fails.
# usage: tools/fuzz.sh BUILD SECONDS
set -eu

build=$1
seconds=$2
failed=0

for source in fuzz/fuzz_*.c; do
  target=$(basename "$source" .c)
  name=${target#fuzz_}
  found=$build/found/$name
  mkdir -p "$found"
  set -- -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=0 -verbosity=0 \
    -artifact_prefix="$found/../$name-"
  if [ -f "fuzz/$name.dict" ]; then
    set -- "$@" -dict="fuzz/$name.dict"
  fi
  seeds=fuzz/corpus/$name
  if [ -d "$seeds" ]; then
    set -- "$@" "$found" "$seeds"
  else
    set -- "$@" "$found"
  fi
  if "$build/fuzz/$target" "$@"; then
    echo "ok $target ($seconds s)"
  else
    echo "not ok $target"
    failed=1
  fi
done
exit $failed
