#!/bin/sh
# Runs the tests, then lints every message they sent: dsmtpd run -- ./lint.sh pytest
set -e
"$@"
dsmtpd check --all --fail-on warning ${IGNORE:+--ignore "$IGNORE"}
