"""Measures dsmtpd beside other servers, on one machine in one run: docs/performance.md."""
