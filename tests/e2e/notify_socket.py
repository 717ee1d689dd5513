"""What systemd is to a service: somebody who hears READY=1."""

import socket
from pathlib import Path

from server import PATIENCE_S


class NotifySocket:
    """A socket for NOTIFY_SOCKET."""

    def __init__(self, path: Path) -> None:
        self.environment = {"NOTIFY_SOCKET": str(path)}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(PATIENCE_S)
        self._socket.bind(str(path))

    def expect(self, state: str) -> None:
        """Waits for the next message and holds it to that state."""
        received = self._socket.recv(4096).decode()
        assert state in received.splitlines(), received

    def close(self) -> None:
        self._socket.close()
