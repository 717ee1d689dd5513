"""HTTP byte by byte, and the demonstration server that has routes of every kind but no messages."""

from __future__ import annotations

import queue
import re
import socket
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from server import PATIENCE_S, Launcher, Server, binary

SERVING = re.compile(r'Serving HTTP at (?:https?://([^\s/"]+)(\S*)|unix:(\S+))')

GET_LIVEZ = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"


@dataclass(frozen=True)
class HttpReply:
    """One answer. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class HttpWire:
    """A client's end of a connection. Every wait ends after PATIENCE_S with an error."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.socket.settimeout(PATIENCE_S)
        self._received = b""

    @classmethod
    def connect(cls, port: int) -> HttpWire:
        return cls(socket.create_connection(("127.0.0.1", port), PATIENCE_S))

    @classmethod
    def connect_at(cls, path: Path) -> HttpWire:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(path))
        return cls(connection)

    def __enter__(self) -> HttpWire:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def _receive(self) -> bool:
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self._received += data
        return data != b""

    def _take_through(self, end: bytes) -> bytes:
        while end not in self._received:
            assert self._receive(), f"the connection ended within an answer: {self._received!r}"
        taken, _, self._received = self._received.partition(end)
        return taken

    def _take(self, n_bytes: int) -> bytes:
        while len(self._received) < n_bytes:
            assert self._receive(), f"the connection ended within a body: {self._received!r}"
        taken, self._received = self._received[:n_bytes], self._received[n_bytes:]
        return taken

    def read_reply(self, *, to_head: bool = False) -> HttpReply:
        """The next answer; its body has a length."""
        status_line, *lines = self._take_through(b"\r\n\r\n").decode("latin-1").split("\r\n")
        match = re.fullmatch(r"HTTP/1\.1 (\d{3}) [A-Za-z ]+", status_line)
        assert match, status_line
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = 0 if to_head else int(headers.get("content-length", 0))
        return HttpReply(int(match[1]), headers, self._take(length))

    def ask(self, data: bytes) -> HttpReply:
        self.send(data)
        return self.read_reply()

    def read_to_end(self) -> bytes:
        """All that comes until the server closes."""
        while self._receive():
            pass
        taken, self._received = self._received, b""
        return taken


def start_web(launcher: Launcher, *options: str) -> tuple[Server, int]:
    """A dsmtpd that serves HTTP at a free port, and that port."""
    server = launcher.start("--http=127.0.0.1:0", *options)
    return server, web_port(server)


def web_port(server: Server) -> int:
    """The port where it serves HTTP, as the log says."""
    return int(server.wait_for_log(SERVING)[1].rpartition(":")[2])


class Demo:
    """tests/support/http_demo.c, running."""

    def __init__(self) -> None:
        program = binary().parent / "tests" / "support" / "http_demo"
        self._process = subprocess.Popen([str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._said: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.port = int(self.wait_for_word().rpartition(":")[2])

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(line.rstrip("\n"))

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def wait_for_word(self) -> str:
        """The next line it prints."""
        return self._said.get(timeout=PATIENCE_S)

    def expect(self, word: str) -> None:
        said = self.wait_for_word()
        assert said == word

    def stop(self) -> None:
        """Asks it to end, and checks that it ends well."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(PATIENCE_S) == 0

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(PATIENCE_S)
