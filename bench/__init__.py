"""Measures dsmtpd beside other servers, on one machine in one run: docs/performance.md."""

import os

# Our Python client is called as the Python dsmtpd is: what we start, be it pip or a server, must not find it there.
os.environ.pop("PYTHONPATH", None)
