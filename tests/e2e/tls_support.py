"""Certificates for tests, and clients that speak TLS."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from programs import run_program
from server import PATIENCE_S
from smtp_wire import SmtpWire

EC_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, each in a file."""

    file: Path
    key: Path

    @property
    def options(self) -> list[str]:
        """What dsmtpd needs to use it."""
        return [f"--tls-cert={self.file}", f"--tls-key={self.key}"]


class Authority:
    """A CA of the test's own."""

    def __init__(self, directory: Path, name: str = "Test CA") -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self._own = Certificate(directory / "ca.pem", directory / "ca.key")
        extensions = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"]
        self._request(self._own, f"/CN={name}", [*EC_KEY, *extensions])

    @property
    def file(self) -> Path:
        """Its certificate, for who is to trust it."""
        return self._own.file

    @staticmethod
    def _request(made: Certificate, subject: str, options: list[str]) -> None:
        files = ["-out", str(made.file), "-keyout", str(made.key)]
        run_program(["openssl", "req", "-x509", "-days", "30", "-utf8", "-subj", subject, *files, *options])

    def issue(
        self, file_name: str, names: str = "", *, subject: str = "/CN=dsmtpd test", key: list[str] | None = None
    ) -> Certificate:
        """A certificate for `names` ("DNS:localhost,IP:127.0.0.1"), or for a client when there are none."""
        made = Certificate(self._directory / f"{file_name}.pem", self._directory / f"{file_name}.key")
        extensions = ["-addext", "basicConstraints=critical,CA:FALSE"]
        if names:
            extensions += ["-addext", f"subjectAltName={names}"]
        signing = ["-CA", str(self._own.file), "-CAkey", str(self._own.key)]
        self._request(made, subject, [*(key or EC_KEY), *signing, *extensions])
        return made

    def issue_expired(self, file_name: str, names: str) -> Certificate:
        """A certificate that was good until yesterday."""
        made = Certificate(self._directory / f"{file_name}.pem", self._directory / f"{file_name}.key")
        request = str(made.file.with_suffix(".csr"))
        wish = ["-subj", "/CN=dsmtpd test", "-addext", f"subjectAltName={names}", "-keyout", str(made.key)]
        run_program(["openssl", "req", "-new", *EC_KEY, *wish, "-out", request])
        signing = ["-CA", str(self._own.file), "-CAkey", str(self._own.key), "-copy_extensions", "copy"]
        run_program(["openssl", "x509", "-req", "-days", "-1", "-in", request, *signing, "-out", str(made.file)])
        return made


def trusting(authority: Path, client: Certificate | None = None) -> ssl.SSLContext:
    """What a client needs that checks the server's certificate."""
    context = ssl.create_default_context(cafile=str(authority))
    if client:
        context.load_cert_chain(client.file, client.key)
    return context


def old_and_weak() -> ssl.SSLContext:
    """A client that takes anything."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    return context


def connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def connect_tls(
    port: int, context: ssl.SSLContext, *, host: str = "localhost", session: ssl.SSLSession | None = None
) -> ssl.SSLSocket:
    """A connection that begins with TLS."""
    return context.wrap_socket(connect(port), server_hostname=host, session=session)


def greeted_tls(port: int, context: ssl.SSLContext) -> SmtpWire:
    """A session on a port that begins with TLS, which has said EHLO."""
    wire = SmtpWire(connect_tls(port, context))
    wire.expect(220)
    wire.ask("EHLO client.example.org", 250)
    return wire


def start_tls(wire: SmtpWire, context: ssl.SSLContext) -> SmtpWire:
    """The session that follows STARTTLS; the old one is used up."""
    wire.ask("STARTTLS", 220)
    return SmtpWire(context.wrap_socket(wire.socket, server_hostname="localhost"))


def abandon(connection: socket.socket) -> None:
    """Ends a connection without a word of TLS."""
    raw = socket.socket(fileno=connection.detach())
    raw.shutdown(socket.SHUT_WR)
    raw.close()
