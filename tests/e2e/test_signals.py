"""How the server ends, and what does not end it."""

import signal

import pytest
from server import Launcher, Server
from smtp_wire import SmtpWire


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_with_0_and_says_so(server: Server, number: signal.Signals) -> None:
    assert server.stop(number) == 0
    assert server.log_lines[-1].endswith("INFO: Cleaning up")


def test_idle_clients_are_told_421(server: Server, wire: SmtpWire) -> None:
    server.process.send_signal(signal.SIGTERM)
    wire.expect(421)
    wire.expect_end()
    assert server.wait() == 0


def test_mail_under_way_is_taken_before_the_end(server: Server, wire: SmtpWire) -> None:
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


def test_second_signal_does_not_wait_for_a_mail_under_way(server: Server, wire: SmtpWire) -> None:
    with SmtpWire.greeted(server.port) as sending:
        sending.begin_data()
        server.process.send_signal(signal.SIGINT)
        wire.expect(421)
        server.process.send_signal(signal.SIGINT)
        assert server.wait() == 0
    assert server.mails() == []


def test_start_waits_for_a_server_that_is_ending(server: Server, launcher: Launcher, wire: SmtpWire) -> None:
    with SmtpWire.greeted(server.port) as sending:
        sending.begin_data()
        sending.send(b"Subject: half\r\n\r\n")
        server.process.send_signal(signal.SIGTERM)
        wire.expect(421)  # it is ending now, and keeps the Maildir until the mail is stored or SERVER_GRACE_MS are over
        second = launcher.start(maildir=server.maildir)
    assert server.wait() == 0
    second.wait_for_log("Storing")


def test_no_journal_and_no_unfinished_file_is_left(server: Server, wire: SmtpWire) -> None:
    wire.send_mail(b"Subject: hello\r\n\r\nhello\r\n")
    assert server.stop() == 0
    assert {path.name for path in server.maildir.iterdir()} == {"tmp", "new", "cur", "dsmtpd.index"}
    assert list((server.maildir / "tmp").iterdir()) == []


def test_sighup_changes_nothing(server: Server, wire: SmtpWire) -> None:
    server.process.send_signal(signal.SIGHUP)
    wire.send_mail(b"Subject: hello\r\n\r\nhello\r\n")
    assert len(server.mails()) == 1
    assert server.process.poll() is None


def test_port_can_be_taken_again_at_once(launcher: Launcher) -> None:
    first = launcher.start()
    with SmtpWire.greeted(first.port) as wire:
        assert first.stop() == 0
        wire.expect(421)
    second = launcher.start(f"--port={first.port}")
    assert second.port == first.port
