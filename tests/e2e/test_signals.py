"""How the server ends, and what does not end it."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from http_wire import GET_LIVEZ, HttpWire, start_web, web_port
from mounts import require_root
from programs import require_program
from server import PATIENCE_S, Launcher, Server, binary
from smtp_wire import SmtpWire


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_with_0_and_says_so(server: Server, number: signal.Signals) -> None:
    assert server.stop(number) == 0
    assert server.log_lines[-1].endswith("INFO: Cleaning up")


def test_ends_as_the_first_process_of_a_container(launcher: Launcher) -> None:
    """Which ignores each signal that it has no handler for (pid_namespaces(7))."""
    require_root()
    wrapper = [require_program("unshare"), "--pid", "--fork", "--kill-child"]
    server = launcher.start("--http=127.0.0.1:0", wrapper=wrapper)
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    (pid,) = map(int, children)
    assert re.search(r"^NSpid:.*\b1$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    with HttpWire.connect(web_port(server)) as events, SmtpWire.greeted(server.port) as idle:
        events.send(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        os.kill(pid, signal.SIGTERM)
        idle.expect(421)
        assert server.wait() == 0


def test_idle_clients_get_421(server: Server, wire: SmtpWire) -> None:
    server.process.send_signal(signal.SIGTERM)
    wire.expect(421)
    wire.expect_end()
    assert server.wait() == 0


def test_message_under_way_is_accepted_before_the_end(server: Server, wire: SmtpWire) -> None:
    with SmtpWire.greeted(server.port) as sending:
        sending.begin_data()
        sending.send(b"Subject: half\r\n\r\n")
        server.process.send_signal(signal.SIGTERM)
        wire.expect(421)  # the server is stopping now
        sending.send(b"the rest\r\n.\r\n")
        sending.expect(250)
        sending.expect(421)
        sending.expect_end()
    assert server.wait() == 0
    assert server.only_mail().endswith(b"Subject: half\n\nthe rest\n")


def test_idle_readers_do_not_hold_up_the_end(launcher: Launcher) -> None:
    """They do not say goodbye, and are gone while a message under way still has its time."""
    server, port = start_web(launcher)
    upgrade = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    with HttpWire.connect(port) as websocket, HttpWire.connect(port) as kept, SmtpWire.greeted(server.port) as sending:
        websocket.send(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n" + upgrade + key + b"\r\n")
        assert websocket.socket.recv(4096).startswith(b"HTTP/1.1 101 ")
        assert kept.ask(GET_LIVEZ).status == 200
        sending.begin_data()
        sending.send(b"Subject: half\r\n\r\n")
        server.process.send_signal(signal.SIGTERM)
        goodbye = websocket.socket.recv(4096)
        assert goodbye[0] == 0x88  # a close frame
        assert websocket.socket.recv(4096) == b""
        assert kept.socket.recv(4096) == b""
        sending.send(b"the rest\r\n.\r\n")
        sending.expect(250)
    assert server.wait() == 0


def test_second_signal_does_not_wait_for_a_message_under_way(server: Server, wire: SmtpWire) -> None:
    with SmtpWire.greeted(server.port) as sending:
        sending.begin_data()
        server.process.send_signal(signal.SIGINT)
        wire.expect(421)
        server.process.send_signal(signal.SIGINT)
        assert server.wait() == 0
    assert server.messages() == []


def test_start_waits_for_a_server_that_is_ending(server: Server, launcher: Launcher, wire: SmtpWire) -> None:
    with SmtpWire.greeted(server.port) as sending:
        sending.begin_data()
        sending.send(b"Subject: half\r\n\r\n")
        server.process.send_signal(signal.SIGTERM)
        wire.expect(
            421
        )  # it is ending now, and keeps the Maildir until the message is stored or SERVER_GRACE_MS are over
        second = launcher.start(maildir=server.maildir)
    assert server.wait() == 0
    second.wait_for_log("Storing")


def test_no_journal_and_no_unfinished_file_is_left(server: Server, wire: SmtpWire) -> None:
    wire.send_mail(b"Subject: hello\r\n\r\nhello\r\n")
    assert server.stop() == 0
    names = {path.name for path in server.maildir.iterdir()}
    assert names == {"tmp", "new", "cur", "dsmtpd.index", "dsmtpd.uidlist"}
    assert list((server.maildir / "tmp").iterdir()) == []


def test_sighup_changes_nothing(server: Server, wire: SmtpWire) -> None:
    server.process.send_signal(signal.SIGHUP)
    wire.send_mail(b"Subject: hello\r\n\r\nhello\r\n")
    assert len(server.messages()) == 1
    assert server.process.poll() is None


SHELL = """
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp("sh", ["sh", "-c", sys.argv[1]])
sys.stdin.buffer.read()  # until the test closes the terminal by closing this pipe
os.close(terminal)
os.waitpid(pid, 0)
"""


class Terminal:
    """A terminal of its own, on which a shell runs a script."""

    def __init__(self, script: str) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", SHELL, script], stdin=subprocess.PIPE)

    def close(self) -> None:
        """As when somebody closes its window."""
        self.process.communicate(timeout=PATIENCE_S)


def start_on_terminal(tmp_path: Path, prefix: str = "") -> tuple[Terminal, Path]:
    log = tmp_path / "log"
    command = f"{prefix} {binary()} -p 0 --http off -d {tmp_path}/mail --state-directory {tmp_path}/state"
    terminal = Terminal(f"cd {tmp_path}; echo $$ >pid; exec {command} 2>{log}")
    wait_for_text(log, "Storing")
    return terminal, log


def wait_for_text(path: Path, text: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not path.exists() or text not in path.read_text():
        assert time.monotonic() < deadline, path.read_text() if path.exists() else path
        time.sleep(0.02)


def wait_until_terminal_is_gone(pid: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[4] != "0":
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_closed_terminal_ends_the_server(tmp_path: Path, launcher: Launcher) -> None:
    terminal, log = start_on_terminal(tmp_path)
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGHUP)  # its terminal is there: nothing ends
    terminal.close()
    wait_for_text(log, "Cleaning up")
    assert "INFO: the terminal was closed" in log.read_text()
    launcher.start(maildir=tmp_path / "mail").wait_for_log("Storing")  # the lock was released


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_nohup_keeps_the_server_when_the_terminal_is_closed(tmp_path: Path) -> None:
    (tmp_path / "records").write_text("")
    terminal, log = start_on_terminal(tmp_path, "nohup env DSMTPD_DNS_RECORDS=" + str(tmp_path / "records"))
    pid = int((tmp_path / "pid").read_text())
    assert terminal.process.stdin is not None
    terminal.process.stdin.close()
    wait_until_terminal_is_gone(pid)
    os.kill(pid, signal.SIGHUP)
    wait_for_text(log, "Read the DNS records again")
    os.kill(pid, signal.SIGTERM)
    terminal.process.wait(PATIENCE_S)
    assert "the terminal was closed" not in log.read_text()


def test_port_can_be_used_again_at_once(launcher: Launcher) -> None:
    first = launcher.start()
    with SmtpWire.greeted(first.port) as wire:
        assert first.stop() == 0
        wire.expect(421)
    second = launcher.start(f"--port={first.port}")
    assert second.port == first.port
