"""Where the server listens, and how service managers start it."""

import os
import platform
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import without_ipv6
from hostile_support import read_block_field
from http_wire import GET_LIVEZ, SERVING, HttpWire
from notify_socket import NotifySocket
from programs import free_port, require_program, run_program
from server import Launcher, Server
from smtp_wire import SmtpWire

MAIL = b"Subject: hello\r\n\r\nhello\r\n"
ACTIVATE = (sys.executable, str(Path(__file__).with_name("activate.py")))
WITHOUT_IPV6 = (sys.executable, without_ipv6.__file__)


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
    assert len(server.messages()) == 1


def test_several_interfaces(launcher: Launcher, socket_directory: Path) -> None:
    path = socket_directory / "smtp"
    server = launcher.start("-i", "127.0.0.1", "-i", f"unix:{path}", n_listeners=2)
    assert sorted(server.addresses) == [f"127.0.0.1:{server.port}", f"unix:{path}"]
    with SmtpWire.greeted(server.port) as wire:
        wire.send_mail(MAIL)
    with SmtpWire.greeted_at(path) as wire:
        wire.send_mail(MAIL)
    assert len(server.messages()) == 2


# --- each address once


@pytest.mark.parametrize(
    "interfaces",
    [
        ["127.0.0.1", "127.0.0.1"],
        ["127.0.0.1", "::ffff:127.0.0.1"],
        ["0.0.0.0", "127.0.0.1"],
        ["127.0.0.1", "0.0.0.0", "0.0.0.0"],
    ],
)
def test_an_address_is_listened_at_once(launcher: Launcher, interfaces: list[str]) -> None:
    port = free_port()
    options = [word for interface in interfaces for word in ("-i", interface)]
    server = launcher.start(*options, f"--port={port}")
    with SmtpWire.greeted(port) as wire:
        wire.send_mail(MAIL)
    assert server.stop() == 0
    assert len(server.addresses) == 1
    assert ("is covered by" in server.log) == (len(set(interfaces)) > 1 and "0.0.0.0" in interfaces)


def test_the_variable_may_name_an_address_twice(launcher: Launcher) -> None:
    server = launcher.start(f"--port={free_port()}", env={"DSMTPD_INTERFACE": "127.0.0.1, 127.0.0.1"})
    assert server.stop() == 0
    assert len(server.addresses) == 1


def run_in_a_world_of_its_own(hosts: Path) -> tuple[str, ...]:
    """A wrapper that starts a server with this /etc/hosts, and with a network of its own."""
    if os.geteuid() != 0:
        pytest.skip("a network of its own needs root")
    script = f'ip link set lo up && mount --bind "{hosts}" /etc/hosts && exec "$@"'
    if run_program([require_program("unshare"), "-n", "-m", "sh", "-c", "ip link set lo up && echo up"]) != "up\n":
        pytest.skip("no network of its own here")
    return ("unshare", "-n", "-m", "sh", "-c", script, "sh")


def test_a_name_that_stands_twice_in_hosts(launcher: Launcher, tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n127.0.0.1 localhost.localdomain localhost\n")
    wrapper = run_in_a_world_of_its_own(hosts)
    server = launcher.start("-i", "localhost", "--port=1025", "--http=localhost:8025", wrapper=wrapper)
    server.wait_for_log(SERVING)
    assert server.stop() == 0
    assert server.addresses.count("127.0.0.1:1025") == 1
    assert server.log.count("Serving HTTP at http://127.0.0.1:8025/") == 1


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            ["--http=127.0.0.1:{port}"],
            r"at 127\.0\.0\.1:{port} for HTTP: dsmtpd itself listens for SMTP at 127\.0\.0\.1:{port};",
        ),
        (
            ["--http=0.0.0.0:{port}"],
            r"at 0\.0\.0\.0:{port} for HTTP: dsmtpd itself listens for SMTP at 127\.0\.0\.1:{port};",
        ),
        (["--smtps={port}", "--tls=auto"], r"at 127\.0\.0\.1:{port} for SMTPS: dsmtpd itself listens for SMTP at "),
    ],
)
def test_its_own_servers_are_named_when_they_want_one_address(
    launcher: Launcher, options: list[str], problem: str
) -> None:
    port = free_port()
    server = launcher.start(f"--port={port}", *(option.format(port=port) for option in options), n_listeners=0)
    assert server.wait() == 1
    assert re.search(problem.format(port=port), server.log_lines[-1])
    assert "another program" not in server.log


@pytest.fixture
def held_port() -> Iterator[int]:
    """A port that somebody holds without taking connections."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def test_another_program_is_named_only_when_one_listens(launcher: Launcher, held_port: int) -> None:
    held = launcher.start(f"--port={held_port}", n_listeners=0)
    assert held.wait() == 1
    assert re.search(r"127\.0\.0\.1:\d+: .* in use; nothing answers there, .*\(-p 0: a free one\)", held.log_lines[-1])
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = launcher.start(f"--port={other.getsockname()[1]}", n_listeners=0)
        assert taken.wait() == 1
    advice = "in use; another program listens there; stop it, or choose another port (-p 0: a free one)"
    assert advice in taken.log_lines[-1]


def test_a_server_of_the_same_user_that_has_the_port_is_named(launcher: Launcher, tmp_path: Path) -> None:
    first = launcher.start("--http=127.0.0.1:0")
    url = first.wait_for_log(r"Serving HTTP at (http://[\d.:]+)/")[1]
    holder = f"another program listens there: the dsmtpd for {first.maildir.resolve()}, with its page at {url}; stop it"
    for option, advice in ((f"--port={first.port}", "(-p 0:"), (f"--http={url.removeprefix('http://')}", "(--http 0:")):
        second = launcher.start(option, maildir=tmp_path / "second", n_listeners=0)
        assert second.wait() == 1
        assert holder in second.log_lines[-1]
        assert advice in second.log_lines[-1]


# --- both families


def assert_serves(server: Server, hosts: list[str]) -> None:
    """Mail is taken at all these addresses, and its sender named by the address that it has."""
    for host in hosts:
        with SmtpWire.greeted(server.port, host=host) as wire:
            wire.send_mail(MAIL)
    peers = [read_block_field(mail.read_bytes(), "X-Peer").rpartition(":")[0].strip("[]") for mail in server.messages()]
    assert peers == hosts


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")
def test_the_wildcard_of_ipv6_is_for_both(launcher: Launcher) -> None:
    server = launcher.start("-i", "::")
    assert server.addresses == [f"[::]:{server.port}"]
    assert_serves(server, ["::1", "127.0.0.1"])
    server.wait_for_log(r"INFO: 127\.0\.0\.1:\d+: sender@example.com -> ")
    assert "ffff" not in server.log


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")
def test_the_wildcards_of_both_families_are_two_listeners(launcher: Launcher) -> None:
    port = free_port()
    server = launcher.start("-i", "::", "-i", "0.0.0.0", f"--port={port}", n_listeners=2)
    assert server.addresses == [f"[::]:{port}", f"0.0.0.0:{port}"]
    assert_serves(server, ["::1", "127.0.0.1"])


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")
@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "192.0.2.1"])
def test_http_at_the_wildcard_of_ipv6_is_for_both(launcher: Launcher, host: str) -> None:
    server = launcher.start("--http=[::]:0")
    port = int(server.wait_for_log(SERVING).group(1).rpartition(":")[2])
    with HttpWire.connect(port) as wire:
        assert wire.ask(GET_LIVEZ.replace(b"localhost", f"{host}:{port}".encode())).status == 200
    with HttpWire(socket.create_connection(("::1", port))) as wire:
        assert wire.ask(GET_LIVEZ).status == 200


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")
def test_rights_and_limits_of_ipv4_hold_at_the_wildcard_of_ipv6(launcher: Launcher) -> None:
    """An IPv4 client is the same client, whatever socket it came by."""
    server = launcher.start("-i", "::", "--xclient=127.0.0.1/32", "--max-connections-per-address=1")
    with SmtpWire.greeted(server.port) as wire:
        wire.ask("XCLIENT ADDR=IPV6:::ffff:192.0.2.77", 220)
        wire.ask("EHLO client.example.org", 250)
        wire.send_mail(MAIL)
        with SmtpWire.connect(server.port) as second:
            second.expect(421)
    server.wait_for_log(r"INFO: 192\.0\.2\.77:\d+: sender@example.com -> ")
    assert read_block_field(server.only_mail(), "Received").startswith("from client.example.org ([192.0.2.77])")


@pytest.mark.skipif(platform.machine() not in without_ipv6.SOCKET_CALL, reason="no filter for this machine")
def test_without_ipv6_its_wildcard_is_that_of_ipv4(launcher: Launcher) -> None:
    server = launcher.start("-i", "::", "--http=[::]:0", wrapper=WITHOUT_IPV6)
    assert server.addresses == [f"0.0.0.0:{server.port}"]
    assert_serves(server, ["127.0.0.1"])
    server.wait_for_log(r"WARNING: this system has no IPv6: listening at 0\.0\.0\.0 in place of ::")
    server.wait_for_log(r"Serving HTTP at http://0\.0\.0\.0:")


@pytest.mark.skipif(platform.machine() not in without_ipv6.SOCKET_CALL, reason="no filter for this machine")
def test_without_ipv6_an_address_of_it_is_an_error(launcher: Launcher) -> None:
    server = launcher.start("-i", "::1", n_listeners=0, wrapper=WITHOUT_IPV6)
    assert server.wait() == 1
    assert "[::1]:0: Address family not supported" in server.log_lines[-1]


def test_unix_socket_goes_with_the_server(launcher: Launcher, socket_directory: Path) -> None:
    path = socket_directory / "smtp"
    server = launcher.start("-i", f"unix:{path}")
    assert path.is_socket()
    assert server.stop() == 0
    assert not path.exists()


def test_unix_socket_left_by_a_crash_is_replaced(launcher: Launcher, socket_directory: Path) -> None:
    path = socket_directory / "smtp"
    launcher.start("-i", f"unix:{path}").kill()
    assert path.is_socket()
    launcher.start("-i", f"unix:{path}")
    with SmtpWire.greeted_at(path) as wire:
        wire.ask("NOOP", 250)


def test_unix_socket_in_use_is_left_to_its_server(launcher: Launcher, socket_directory: Path, tmp_path: Path) -> None:
    path = socket_directory / "smtp"
    launcher.start("-i", f"unix:{path}")
    second = launcher.start("-i", f"unix:{path}", maildir=tmp_path / "second", n_listeners=0)
    assert second.wait() == 1
    assert str(path) in second.log_lines[-1]
    with SmtpWire.greeted_at(path) as wire:
        wire.ask("NOOP", 250)


def test_file_in_place_of_the_unix_socket_is_left_alone(launcher: Launcher, socket_directory: Path) -> None:
    path = socket_directory / "smtp"
    path.write_text("precious")
    server = launcher.start("-i", f"unix:{path}", n_listeners=0)
    assert server.wait() == 1
    assert "a file is there that is not a socket" in server.log_lines[-1]
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
    assert len(server.messages()) == 1


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")
def test_a_passed_socket_may_be_for_both_families(launcher: Launcher) -> None:
    """As ListenStream=1025 makes one."""
    server = launcher.start("--port=1", env={"ACTIVATE_DUAL": "1"}, wrapper=ACTIVATE)
    assert server.addresses == [f"[::]:{server.port}"]
    assert_serves(server, ["::1", "127.0.0.1"])


def test_readiness_and_end_are_reported_to_the_service_manager(launcher: Launcher, notify_socket: NotifySocket) -> None:
    server = launcher.start(env=notify_socket.environment)
    notify_socket.expect("READY=1")
    server.stop()
    notify_socket.expect("STOPPING=1")


def test_ready_means_that_connections_are_accepted(
    launcher: Launcher, notify_socket: NotifySocket, socket_directory: Path
) -> None:
    path = socket_directory / "smtp"
    launcher.start("-i", f"unix:{path}", env=notify_socket.environment, n_listeners=0)
    notify_socket.expect("READY=1")
    with SmtpWire.greeted_at(path) as wire:
        wire.ask("NOOP", 250)
