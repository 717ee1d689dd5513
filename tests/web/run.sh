#!/bin/sh
# Runs the tests of the page in a browser, where there is one: run.sh [FILE...]
set -eu

cd "$(dirname "$0")"

skip() {
  echo "the page is not tested: $*" >&2
  exit 0
}

command -v node >/dev/null || skip "there is no node"
[ "$(node --print 'process.versions.node.split(".")[0]')" -ge 20 ] || skip "playwright-core wants Node 20 or newer"
if [ -z "${BROWSER:-}" ]; then
  for name in chromium chromium-browser google-chrome; do
    BROWSER=$(command -v "$name") && break
  done
fi
[ -n "$BROWSER" ] || skip "there is no Chromium"
export BROWSER

[ $# -gt 0 ] || set -- test_*.js
report=$(dirname "$DSMTPD_BINARY")/meson-logs/web.junit.xml
mkdir -p "$(dirname "$report")"
exec node --test --test-concurrency=2 \
  --test-reporter=spec --test-reporter-destination=stdout \
  --test-reporter=junit --test-reporter-destination="$report" "$@"
