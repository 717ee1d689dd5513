#!/bin/sh
# Reads the workflows with actionlint, which it builds into a folder when it is not there yet, and with zizmor, offline.
# usage: tools/lint_workflows.sh FOLDER (where zizmor is and actionlint goes)
set -eu

folder=$1
version=v1.7.12
actionlint=$folder/actionlint-$version

if [ ! -x "$actionlint" ]; then
  # Go puts it under its plain name.
  if GOBIN=$(cd "$folder" && pwd) go install "github.com/rhysd/actionlint/cmd/actionlint@$version"; then
    mv "$folder/actionlint" "$actionlint"
  elif [ -n "${CI:-}" ]; then
    echo "actionlint $version can't be built: it needs Go 1.21 or newer" >&2
    exit 1
  else
    echo "actionlint $version can't be built: it needs Go 1.21 or newer. The workflows are read by zizmor alone" >&2
  fi
fi
if [ -x "$actionlint" ]; then
  "$actionlint"
fi
exec "$folder/zizmor" --quiet --offline .github
