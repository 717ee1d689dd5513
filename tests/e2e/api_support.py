"""The HTTP API as its clients see it, for tests."""

from __future__ import annotations

import smtplib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import requests
from http_wire import web_port
from server import PATIENCE_S, Launcher, Server

Json = dict[str, Any]


class Api:
    """A running dsmtpd, its API and a way to send it messages."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.port = web_port(server)
        self.url = f"http://127.0.0.1:{self.port}"
        self._session = requests.Session()

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Any request; `path` is from the root on."""
        return self._session.request(method, self.url + path, timeout=PATIENCE_S, allow_redirects=False, **options)

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.ask("GET", path, params=params)

    def get_json(self, path: str, **params: Any) -> Any:
        reply = self.get(path, **params)
        assert reply.status_code == 200, reply.text
        assert reply.headers["Content-Type"] == "application/json"
        return reply.json()

    def list(self, **params: Any) -> Json:
        listed: Json = self.get_json("/api/v1/messages", **params)
        return listed

    def search(self, query: str, **params: Any) -> Json:
        found: Json = self.get_json("/api/v1/search", query=query, **params)
        return found

    def message(self, mail_id: str = "latest", **params: Any) -> Json:
        mail: Json = self.get_json(f"/api/v1/message/{mail_id}", **params)
        return mail

    def expect_ok(self, method: str, path: str, body: object = None, **options: Any) -> None:
        """An action that is to be done."""
        reply = self.ask(method, path, **({"json": body} if body is not None else {}), **options)
        assert (reply.status_code, reply.text) == (200, "ok")
        assert reply.headers["Content-Type"].startswith("text/plain")

    def expect_rejected(self, status: int, method: str, path: str, **options: Any) -> str:
        """An error: one line of plain text, which is returned."""
        reply = self.ask(method, path, **options)
        assert reply.status_code == status, reply.text
        assert reply.headers["Content-Type"].startswith("text/plain")
        line = reply.text.removesuffix("\n")
        assert line
        assert "\n" not in line
        return line

    def put(
        self,
        mail: EmailMessage | bytes,
        recipients: Iterable[str] = ("to@example.com",),
        sender: str = "sender@example.com",
    ) -> str:
        """Sends a message by SMTP and returns its ID, which the 250 tells."""
        octets = mail if isinstance(mail, bytes) else mail.as_bytes(policy=SMTP)
        with smtplib.SMTP("127.0.0.1", self.server.port, timeout=PATIENCE_S) as smtp:
            smtp.ehlo()
            options = ["BODY=8BITMIME", *(["SMTPUTF8"] if any(not r.isascii() for r in recipients) else [])]
            smtp.mail(sender, options)
            for recipient in recipients:
                code, reply = smtp.rcpt(recipient)
                assert code == 250, reply
            code, reply = smtp.data(octets)
            assert code == 250, reply
        return reply.decode().split()[-1]

    def cursor(self) -> int:
        """The place that is now: messages that come from now on are behind it."""
        now: int = self.list(limit=1)["cursor"]
        return now

    def stored(self, mail_id: str) -> bytes:
        """The file in the Maildir."""
        [path] = self.server.maildir.glob(f"*/{mail_id},*")
        return path.read_bytes()

    def clear(self) -> None:
        self.expect_ok("DELETE", "/api/v1/messages")


@contextmanager
def running_api(directory: Path, *options: str) -> Iterator[Api]:
    """A server with its API, which ends with the block, and has to end well."""
    launcher = Launcher(directory)
    try:
        yield Api(launcher.start("--http=127.0.0.1:0", *options))
        launcher.end_all()
    finally:
        launcher.kill_all()


def make_mail(
    subject: str = "subject", text: str = "text\n", headers: Mapping[str, str] | None = None, html: str | None = None
) -> EmailMessage:
    """An ordinary mail; `headers` are added to it, or take the place of the usual ones."""
    usual = {
        "From": "Sender <sender@example.com>",
        "To": "to@example.com",
        "Date": "Tue, 13 Oct 2026 10:20:30 +0200",
        "Subject": subject,
    }
    mail = EmailMessage()
    for name, value in {**usual, **(headers or {})}.items():
        mail[name] = value
    mail.set_content(text)
    if html is not None:
        mail.add_alternative(html, subtype="html")
    return mail
