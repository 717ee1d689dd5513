#!/bin/sh
# Runs the tests of the page in a browser, where there is one: run.sh [FILE...], or another program: run.sh FILE [ARGUMENT...]
set -eu

cd "$(dirname "$0")"

skip() {
  echo "the page is not tested: $*" >&2
  exit 0
}

# What tools/packages.txt brings is there in CI; of Node it brings what the system has, however old.
lacks() {
  [ -z "${CI:-}" ] || {
    echo "$1 is not installed; see tools/packages.txt" >&2
    exit 1
  }
  skip "there is no $1"
}

command -v node >/dev/null || lacks node
[ "$(node --print 'process.versions.node.split(".")[0]')" -ge 20 ] || skip "playwright-core wants Node 20 or newer"
if [ -z "${BROWSER:-}" ]; then
  for name in chromium chromium-browser google-chrome; do
    BROWSER=$(command -v "$name") && break
  done
fi
[ -n "$BROWSER" ] || lacks chromium
export BROWSER

[ $# -gt 0 ] || set -- test_*.js
case $1 in
test_*) ;;
*) exec node "$@" ;;
esac
report=$(dirname "$DSMTPD_BINARY")/meson-logs/web.junit.xml
mkdir -p "$(dirname "$report")"
exec node --test --test-concurrency=2 \
  --test-reporter=spec --test-reporter-destination=stdout \
  --test-reporter=junit --test-reporter-destination="$report" "$@"
