"""The fixture `dsmtpd` of pytest: the messages that a test sent.

    def test_sign_up(client, dsmtpd):
        client.post("/sign-up", {"email": "bob@example.com"})
        mail = dsmtpd.wait("to:bob@example.com")
        assert client.post("/confirm", {"code": mail.code}).status_code == 200

docs/python.md describes the options.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Generator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest

from dsmtpd.errors import DsmtpdError
from dsmtpd.inbox import URL_VARIABLE, Inbox
from dsmtpd.server import Server

if TYPE_CHECKING:
    from pluggy import Result

_N_MAILS_SHOWN = 20


class CaughtMails(Inbox):
    """The fixture `dsmtpd`: an inbox with the messages of one test, and the address to send them to."""

    def __init__(self, url: str, server: Server | None) -> None:
        super().__init__(url)
        self._after = self.cursor()
        self._server = server
        self._n_logged_before = server.n_logged if server else 0

    @property
    def smtp_host(self) -> str:
        """SMTP host to send to. With a running server it comes from SMTP_HOST, or else from the server."""
        return self._smtp_address[0]

    @property
    def smtp_port(self) -> int:
        """SMTP port to send to. With a running server it comes from SMTP_PORT, or else from the server."""
        return self._smtp_address[1]

    @cached_property
    def _smtp_address(self) -> tuple[str, int]:
        given = os.environ.get("SMTP_HOST"), os.environ.get("SMTP_PORT")
        if self._server is None and given[0] and given[1]:
            return given[0], int(given[1])
        return self.smtp_address()

    def report(self) -> list[tuple[str, str]]:
        """What a failed test shows: titles and texts."""
        try:
            mails, n_mails = self.list(limit=_N_MAILS_SHOWN), self.count()
        except DsmtpdError as error:
            return [("dsmtpd", str(error))]
        lines = [f"{mail}\n    {mail.snippet}" for mail in reversed(mails)]
        if n_mails > len(mails):
            lines.insert(0, f"{n_mails - len(mails)} more")
        sections = [("Messages that arrived", "\n".join(lines or ["none"]))]
        if self._server and (log := self._server.log(self._n_logged_before)):
            sections.append(("dsmtpd log", "\n".join(log)))
        return sections


_SERVER = pytest.StashKey[Server]()
_MAILS = pytest.StashKey[CaughtMails]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("dsmtpd", "messages that tests send (dsmtpd)")
    group.addoption(
        "--dsmtpd-url",
        metavar="URL",
        help=f"a running server for the fixture `dsmtpd`; default: ${URL_VARIABLE}, or a server of its own",
    )
    parser.addini(
        "dsmtpd_environment",
        "start dsmtpd before tests are collected, and set SMTP_HOST, SMTP_PORT, MAIL_HOST, MAIL_PORT and DSMTPD_URL",
        type="bool",
        default=False,
    )


def _given_url(options: argparse.Namespace) -> str | None:
    return options.dsmtpd_url or os.environ.get(URL_VARIABLE) or None


def _own_server(config: pytest.Config) -> Server:
    """The server of this process, which stops with it."""
    if _SERVER not in config.stash:
        server = Server()
        server.start()
        config.stash[_SERVER] = server
        config.add_cleanup(server.stop)
    return config.stash[_SERVER]


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Sets the variables, if configured, before any module of the tests or their program can read them."""
    options = early_config.known_args_namespace
    # With pytest-xdist, the controller runs no tests, and all workers would inherit its variables.
    is_shared_out = getattr(options, "numprocesses", None) or getattr(options, "tx", None)
    runs_none = is_shared_out and "PYTEST_XDIST_WORKER" not in os.environ
    if not early_config.getini("dsmtpd_environment") or runs_none or _given_url(options):
        return
    variables = _own_server(early_config).environment
    replaced = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)

    def put_back() -> None:
        for name, value in replaced.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    early_config.add_cleanup(put_back)


@pytest.fixture
def dsmtpd(request: pytest.FixtureRequest) -> CaughtMails:
    """The messages of this test, as in `dsmtpd.wait("to:bob").code`; send them to `smtp_host` and `smtp_port`."""
    config = request.config
    # DSMTPD_URL may be that of the server started before the tests.
    url = None if _SERVER in config.stash else _given_url(config.option)
    if url is None:
        server = _own_server(config)
        mails = CaughtMails(server.url, server)
    else:
        mails = CaughtMails(url, None)
    request.node.stash[_MAILS] = mails
    return mails


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Result[pytest.TestReport], None]:
    """Shows the messages that arrived with a failed test."""
    outcome = yield
    report: Any = outcome.get_result()
    if report.failed and _MAILS in item.stash:
        report.sections.extend(item.stash[_MAILS].report())
