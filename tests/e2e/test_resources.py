"""What clients may use up together: space on the disk, memory, descriptors."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile_support import PeakMemory
from mounts import small_memory_disk
from server import Launcher
from smtp_wire import SmtpWire

MAIL = b"Subject: hello\r\n\r\nhello\r\n"
MIB = 1024 * 1024

# docs/smtp.md, "Memory": what a session can hold at most with the usual settings.
SESSION_MIB = 1.25


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_memory_disk(tmp_path / "disk", "size=24m") as disk:
        yield disk


def test_without_the_space_of_min_free_messages_are_rejected_for_the_time_being(launcher: Launcher, disk: Path) -> None:
    filling = disk / "filling"
    filling.write_bytes(bytes(22 * MIB))
    server = launcher.start("--min-free=4M", "--sync=none", maildir=disk / "mail")
    server.wait_for_log(r"WARNING: \d+ bytes are left for .*/mail, less than the 4194304 of --min-free")
    with SmtpWire.greeted(server.port) as wire:
        assert wire.ask("MAIL FROM:<a@example.com>", 452).text.startswith("4.3.1")
        wire.ask("RCPT TO:<b@example.com>", 503)
        filling.unlink()
        server.wait_for_log(r"INFO: \d+ bytes are left for .*: messages are accepted again")
        wire.send_mail(MAIL)

        wire.begin_data()
        wire.send(MAIL)
        filling.write_bytes(bytes(20 * MIB))
        server.wait_for_log("less than the 4194304 of --min-free", count=2)
        wire.send(b".\r\n")
        assert wire.expect(452).text.startswith("4.3.1")
    assert len(server.messages()) == 1
    launcher.kill_all()  # or the disk could not be unmounted


def test_space_that_no_disk_has_is_short(launcher: Launcher) -> None:
    server = launcher.start("--min-free=8589934591G")
    server.wait_for_log("less than the 9223372035781033984 of --min-free")
    with SmtpWire.greeted(server.port) as wire:
        wire.ask("MAIL FROM:<a@example.com>", 452)


def fill_session(port: int) -> SmtpWire:
    """A client that makes the server hold as much for it as it can: long recipients, a message full of bare LFs."""
    wire = SmtpWire.greeted(port, ehlo="x" * 255)
    wire.ask("MAIL FROM:<" + "s" * 3000 + "@example.com>", 250)
    wire.send(b"".join(b"RCPT TO:<%b@example.com>\r\n" % (b"%d" % n).ljust(244, b"r") for n in range(1000)))
    for _ in range(1000):
        wire.expect(250)
    wire.ask("DATA", 354)
    wire.send(b"Subject: " + b"s" * 900 + b"\r\n" + b"x\r\nx\n" * 12_000)
    return wire


def test_session_holds_no_more_than_stated(launcher: Launcher) -> None:
    n_sessions = 40
    server = launcher.start()
    memory = PeakMemory(server)
    wires = [fill_session(server.port) for _ in range(n_sessions)]
    held_mib = memory.growth_mib / n_sessions  # before the index has a message to read, whose memory is not theirs
    print(f"{held_mib:.2f} MiB a session")
    assert held_mib < SESSION_MIB
    for wire in wires:
        wire.send(b"\r\n.\r\n")
        wire.expect(250)
        wire.close()
    assert len(server.messages()) == n_sessions


def with_descriptors(n: int) -> tuple[str, ...]:
    """A wrapper that lets a server open so many files."""
    return ("sh", "-c", f'ulimit -n {n}; exec "$@"', "sh")


def test_too_few_descriptors_are_warned_of_once(launcher: Launcher, tmp_path: Path) -> None:
    server = launcher.start(wrapper=with_descriptors(100))
    server.wait_for_log(
        r"WARNING: this process may open 100 files, which is enough for \d+ SMTP and 0 HTTP connections at a time: "
        r"allow \d+ \(ulimit -n"
    )
    enough = launcher.start("--max-connections=10", wrapper=with_descriptors(100), maildir=tmp_path / "enough")
    assert enough.stop() == 0
    assert "this process may open" not in enough.log


@pytest.mark.parametrize("n", [10, 32, 48])
def test_too_few_descriptors_to_work_at_all_are_an_error(launcher: Launcher, n: int) -> None:
    server = launcher.start("--http=127.0.0.1:0", wrapper=with_descriptors(n), n_listeners=0)
    assert server.wait() == 1
    assert re.search(rf"this process may open {n} files but needs at least \d+: raise the limit", server.log_lines[-1])
    assert not server.maildir.exists()


def test_soft_limit_is_raised_to_the_hard_one(launcher: Launcher) -> None:
    server = launcher.start("--max-connections=10", wrapper=("sh", "-c", 'ulimit -S -n 20; exec "$@"', "sh"))
    assert server.stop() == 0
    assert "WARNING" not in server.log


def test_descriptors_that_are_left_open_are_counted(launcher: Launcher) -> None:
    """A parent that leaks some takes them from the connections, not from the messages."""
    script = 'for n in 3 4 5 6 7 8 9; do eval "exec $n</dev/null"; done; ulimit -n 64; exec "$@"'
    server = launcher.start(wrapper=("sh", "-c", script, "sh"))
    leaking = re.search(r"enough for (\d+) SMTP", server.log)
    assert server.stop() == 0
    tidy = launcher.start(wrapper=with_descriptors(64))
    usual = re.search(r"enough for (\d+) SMTP", tidy.log)
    assert leaking
    assert usual
    assert int(leaking.group(1)) < int(usual.group(1))


def other_address() -> str | None:
    """An address of this machine that is not a loopback one. Nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
        return address


def test_addresses_others_can_reach_get_one_warning(launcher: Launcher) -> None:
    interfaces = ["-i", "0.0.0.0"]
    if address := other_address():
        interfaces = ["-i", "127.0.0.1", "-i", address]
    server = launcher.start(*interfaces, n_listeners=len(interfaces) // 2)
    warning = r"WARNING: (\S+) is open to other machines, and there are no passwords: .*"
    line: str = server.wait_for_log(warning).group(1)
    assert [line] == [name for name in server.addresses if not name.startswith("127.")]
    assert server.stop() == 0
    assert len(re.findall("open to other machines", server.log)) == 1
    local = launcher.start("-i", "127.0.0.1")
    assert local.stop() == 0
    assert "other machines" not in local.log
