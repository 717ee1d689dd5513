"""SMTP byte by byte: sends just what a test says and reads replies as they come."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from server import PATIENCE_S

REPLY_LINE = re.compile(rb"(\d{3})([- ]?)(.*)\r\n")


@dataclass(frozen=True)
class Reply:
    """One reply, of one or several lines."""

    code: int
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


class SmtpWire:
    """A client's end of a connection. Every wait ends after PATIENCE_S with an error."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.socket.settimeout(PATIENCE_S)
        self._received = b""

    @classmethod
    def connect(cls, port: int, host: str = "127.0.0.1") -> SmtpWire:
        """Connects without reading the greeting."""
        connection = socket.create_connection((host, port), PATIENCE_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(connection)

    @classmethod
    def greeted(cls, port: int, host: str = "127.0.0.1", ehlo: str = "client.example.org") -> SmtpWire:
        """Connects and says EHLO."""
        return cls.connect(port, host)._greet(ehlo)

    @classmethod
    def greeted_at(cls, path: Path, ehlo: str = "client.example.org") -> SmtpWire:
        """Connects to a unix socket and says EHLO."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE_S)
        connection.connect(str(path))
        return cls(connection)._greet(ehlo)

    def _greet(self, ehlo: str) -> SmtpWire:
        self.expect(220)
        self.ask(f"EHLO {ehlo}", 250)
        return self

    def __enter__(self) -> SmtpWire:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read_reply(self) -> Reply:
        """Reads one whole reply. Raises ConnectionError when the server closes instead."""
        lines: list[str] = []
        while True:
            match = REPLY_LINE.fullmatch(self._read_line())
            assert match, f"no reply line: {self._received!r}"
            lines.append(match.group(3).decode("utf-8"))
            if match.group(2) != b"-":
                return Reply(int(match.group(1)), lines)

    def expect(self, code: int) -> Reply:
        """Reads a reply and holds it to its code."""
        reply = self.read_reply()
        assert reply.code == code, f"expected {code}, got {reply}"
        return reply

    def ask(self, command: str | bytes, code: int) -> Reply:
        """Sends one command line and expects that code."""
        data = command if isinstance(command, bytes) else command.encode()
        self.send(data + b"\r\n")
        return self.expect(code)

    def begin_data(self, sender: str = "sender@example.com", recipient: str = "recipient@example.com") -> None:
        """Goes up to where the bytes of a message are sent."""
        self.ask(f"MAIL FROM:<{sender}>", 250)
        self.ask(f"RCPT TO:<{recipient}>", 250)
        self.ask("DATA", 354)

    def send_mail(self, content: bytes, sender: str = "sender@example.com", recipient: str = "r@example.com") -> Reply:
        """Sends a message whose bytes, with CRLF line ends and dots stuffed, are `content`; expects 250."""
        self.begin_data(sender, recipient)
        self.send(content + b".\r\n")
        return self.expect(250)

    def expect_end(self) -> None:
        """Waits until the server closes, and holds it to saying nothing more."""
        rest = self._received
        while chunk := self._receive():
            rest += chunk
        assert rest == b"", f"said before it closed: {rest!r}"

    def close(self) -> None:
        self.socket.close()

    def _receive(self) -> bytes:
        try:
            return self.socket.recv(65536)
        except ConnectionResetError:
            return b""

    def _read_line(self) -> bytes:
        while b"\n" not in self._received:
            chunk = self._receive()
            if not chunk:
                raise ConnectionError(f"the server closed the connection; last words: {self._received!r}")
            self._received += chunk
        line, newline, self._received = self._received.partition(b"\n")
        return line + newline
