"""Where the server listens, and how service managers start it."""

import socket
import sys
from pathlib import Path

import pytest
from notify_socket import NotifySocket
from server import Launcher
from smtp_wire import SmtpWire

MAIL = b"Subject: hello\r\n\r\nhello\r\n"
ACTIVATE = (sys.executable, str(Path(__file__).with_name("activate.py")))


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def test_port_0_takes_a_free_port_and_the_log_names_it(launcher: Launcher) -> None:
    server = launcher.start("--port=0")
    assert server.addresses == [f"127.0.0.1:{server.port}"]
    assert server.port > 0


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")
@pytest.mark.parametrize("interface", ["::1", "[::1]"])
def test_ipv6(launcher: Launcher, interface: str) -> None:
    server = launcher.start("-i", interface)
    assert server.addresses == [f"[::1]:{server.port}"]
    with SmtpWire.greeted(server.port, host="::1") as wire:
        wire.send_mail(MAIL)
    server.wait_for_log(r"INFO: \[::1\]:\d+: sender@example.com -> ")


def test_host_name(launcher: Launcher) -> None:
    server = launcher.start("-i", "localhost")
    host = server.addresses[0].rpartition(":")[0].strip("[]")
    with SmtpWire.greeted(server.port, host=host) as wire:
        wire.send_mail(MAIL)
    assert len(server.mails()) == 1


def test_several_interfaces(launcher: Launcher, socket_folder: Path) -> None:
    path = socket_folder / "smtp"
    server = launcher.start("-i", "127.0.0.1", "-i", f"unix:{path}", n_listeners=2)
    assert sorted(server.addresses) == [f"127.0.0.1:{server.port}", f"unix:{path}"]
    with SmtpWire.greeted(server.port) as wire:
        wire.send_mail(MAIL)
    with SmtpWire.greeted_at(path) as wire:
        wire.send_mail(MAIL)
    assert len(server.mails()) == 2


def test_unix_socket_goes_with_the_server(launcher: Launcher, socket_folder: Path) -> None:
    path = socket_folder / "smtp"
    server = launcher.start("-i", f"unix:{path}")
    assert path.is_socket()
    assert server.stop() == 0
    assert not path.exists()


def test_unix_socket_left_by_a_crash_is_replaced(launcher: Launcher, socket_folder: Path) -> None:
    path = socket_folder / "smtp"
    launcher.start("-i", f"unix:{path}").kill()
    assert path.is_socket()
    launcher.start("-i", f"unix:{path}")
    with SmtpWire.greeted_at(path) as wire:
        wire.ask("NOOP", 250)


def test_unix_socket_in_use_is_left_to_its_server(launcher: Launcher, socket_folder: Path, tmp_path: Path) -> None:
    path = socket_folder / "smtp"
    launcher.start("-i", f"unix:{path}")
    second = launcher.start("-i", f"unix:{path}", maildir=tmp_path / "second", n_listeners=0)
    assert second.wait() == 1
    assert str(path) in second.log_lines[-1]
    with SmtpWire.greeted_at(path) as wire:
        wire.ask("NOOP", 250)


def test_file_in_place_of_the_unix_socket_is_left_alone(launcher: Launcher, socket_folder: Path) -> None:
    path = socket_folder / "smtp"
    path.write_text("precious")
    assert launcher.start("-i", f"unix:{path}", n_listeners=0).wait() == 1
    assert path.read_text() == "precious"


def test_an_address_others_can_reach_is_warned_of(launcher: Launcher) -> None:
    launcher.start("-i", "0.0.0.0").wait_for_log(r"WARNING: 0\.0\.0\.0:\d+ ")


def test_loopback_is_not_warned_of(launcher: Launcher) -> None:
    server = launcher.start()
    assert server.stop() == 0
    assert "WARNING" not in server.log


def test_socket_activation(launcher: Launcher) -> None:
    server = launcher.start("--port=1", wrapper=ACTIVATE)
    with SmtpWire.greeted(server.port) as wire:
        wire.send_mail(MAIL)
    assert len(server.addresses) == 1
    assert len(server.mails()) == 1


def test_readiness_and_end_are_told_to_the_service_manager(launcher: Launcher, notify_socket: NotifySocket) -> None:
    server = launcher.start(env=notify_socket.environment)
    notify_socket.expect("READY=1")
    server.stop()
    notify_socket.expect("STOPPING=1")


def test_ready_means_that_connections_are_taken(
    launcher: Launcher, notify_socket: NotifySocket, socket_folder: Path
) -> None:
    path = socket_folder / "smtp"
    launcher.start("-i", f"unix:{path}", env=notify_socket.environment, n_listeners=0)
    notify_socket.expect("READY=1")
    with SmtpWire.greeted_at(path) as wire:
        wire.ask("NOOP", 250)
