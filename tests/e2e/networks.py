"""Networks of their own for a server and its clients, as containers have. They need root."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from mounts import require_root
from programs import require_program, run_program

# Of the block for documentation (RFC 5737): the two ends of a cable.
SERVER_ADDRESS, CLIENT_ADDRESS = "192.0.2.1", "192.0.2.2"


@dataclass(frozen=True)
class Network:
    """A network namespace and a file of host names that programs in it see as /etc/hosts."""

    name: str
    hosts: Path

    @property
    def wrapper(self) -> list[str]:
        """A command that runs another one in here."""
        script = 'mount --bind "$0" /etc/hosts && exec "$@"'
        inside = [require_program("ip"), "netns", "exec", self.name]
        return [*inside, require_program("unshare"), "--mount", "sh", "-c", script, str(self.hosts)]


def _configure(*command: str) -> None:
    run_program(["ip", *command])


def _add(name: str) -> None:
    result = subprocess.run([require_program("ip"), "netns", "add", name], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        pytest.skip(f"cannot make a network here: {result.stderr}")
    _configure("-n", name, "link", "set", "lo", "up")


@contextmanager
def two_networks(directory: Path, *server_names: str) -> Iterator[tuple[Network, Network]]:
    """One for a server and one for its clients, who know the server by these names."""
    require_root()
    hosts = directory / "hosts"
    hosts.write_text(f"127.0.0.1 localhost\n{SERVER_ADDRESS} {' '.join(server_names)}\n")
    ends = {f"dsmtpd-{os.getpid()}-{end}": address for end, address in (("s", SERVER_ADDRESS), ("c", CLIENT_ADDRESS))}
    server, client = ends
    try:
        for name in ends:
            _add(name)
        _configure("-n", server, "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", client)
        for name, address in ends.items():
            _configure("-n", name, "address", "add", f"{address}/24", "dev", "cable")
            _configure("-n", name, "link", "set", "cable", "up")
        yield Network(server, hosts), Network(client, hosts)
    finally:
        for name in ends:
            subprocess.run([require_program("ip"), "netns", "delete", name], capture_output=True, check=False)
