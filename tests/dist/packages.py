"""What the tests of packages do with each of them."""

import os
import smtplib
from pathlib import Path

import pytest
from server import Server

TIMEOUT_S = 300
MAIL = "Subject: hello\r\n\r\nhello\r\n"


def only(directory: Path, pattern: str) -> Path:
    found = list(directory.glob(pattern))
    if not found and not os.environ.get("CI") and not list(directory.glob("*.deb")):
        pytest.skip("only Debian builds this package")
    assert len(found) == 1, f"{len(found)} files like {pattern} in {directory}; run make build"
    return found[0]


def version(dist: Path) -> str:
    """The version of the packages."""
    return only(dist, "dsmtpd-*.tar.xz").name.removeprefix("dsmtpd-").removesuffix(".tar.xz")


def assert_takes_a_mail(server: Server) -> None:
    """Sends a message and reads its file."""
    with smtplib.SMTP("127.0.0.1", server.port) as client:
        client.sendmail("a@example.com", ["b@example.com"], MAIL)
    assert server.only_mail().endswith(b"\n\nhello\n")
