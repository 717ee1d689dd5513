"""A server whose behaviour a test decides, for what dsmtpd asks of others."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from server import PATIENCE_S

Behaviour = Callable[[socket.socket], None]


class FakeServer:
    """Listens at 127.0.0.1; `behave` gets each connection, which is closed behind it."""

    def __init__(self) -> None:
        self.behave: Behaviour = lambda connection: None
        self.n_connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.n_connections += 1
                connection.settimeout(PATIENCE_S)
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection, self.behave), daemon=True).start()

    def _serve(self, connection: socket.socket, behave: Behaviour) -> None:
        # Whoever asked goes when it has heard enough.
        with connection, contextlib.suppress(OSError):
            behave(connection)

    def close(self) -> None:
        # An accept() under way is not ended by closing alone.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def fake_server() -> Iterator[FakeServer]:
    server = FakeServer()
    try:
        yield server
    finally:
        server.close()


def reset(connection: socket.socket) -> None:
    """Ends a connection by a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def wait_for_end(connection: socket.socket) -> None:
    """Reads until the other side has gone."""
    while connection.recv(65536):
        pass
