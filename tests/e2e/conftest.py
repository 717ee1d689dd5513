"""Fixtures of the end-to-end tests."""

import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_support import Api, running_api
from cli_support import Cli
from notify_socket import NotifySocket
from server import Launcher, Server
from smtp_wire import SmtpWire


def pytest_configure() -> None:
    """In the background Ctrl+C is ignored, under nohup a hang-up is; so would all programs do that are started here."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A server for the tests of a file, with the usual settings; files that want others have their own."""
    with running_api(tmp_path_factory.mktemp("server")) as api:
        yield api


@pytest.fixture
def cli(api: Api, tmp_path: Path) -> Cli:
    """A user who names that server."""
    return Cli(tmp_path, "--server", api.url)


@pytest.fixture
def server(launcher: Launcher) -> Server:
    """A server with the usual settings."""
    return launcher.start()


@pytest.fixture
def wire(server: Server) -> Iterator[SmtpWire]:
    """A connection to that server, which has said EHLO."""
    with SmtpWire.greeted(server.port) as wire:
        yield wire


@pytest.fixture
def socket_directory() -> Iterator[Path]:
    """A directory whose path is short enough for unix sockets, which tmp_path need not be."""
    with tempfile.TemporaryDirectory(prefix="dsmtpd-") as directory:
        yield Path(directory)


@pytest.fixture
def notify_socket(socket_directory: Path) -> Iterator[NotifySocket]:
    notify_socket = NotifySocket(socket_directory / "notify")
    yield notify_socket
    notify_socket.close()
