"""What is kept has limits when asked for: the oldest messages go, flagged ones stay, and the log says so."""

import json
import mailbox
import os
import time
from pathlib import Path

import pytest
from hostile_support import wait_until
from server import Launcher, Server
from smtp_wire import SmtpWire

CONTENT_BYTES = 1000


def deliver(server: Server, *subjects: str) -> None:
    with SmtpWire.greeted(server.port) as wire:
        for subject in subjects:
            wire.send_mail(f"Subject: {subject}\r\n\r\n{'x' * CONTENT_BYTES}\r\n".encode())


def subjects(maildir: Path) -> list[str]:
    """Those of all messages, as Python's mailbox finds them."""
    return sorted(str(mail["Subject"]) for mail in mailbox.Maildir(maildir, create=False))


def wait_for_subjects(maildir: Path, *expected: str) -> None:
    def is_so() -> bool:
        try:
            return subjects(maildir) == sorted(expected)
        except FileNotFoundError:  # it went just when it was to be read
            return False

    wait_until(is_so, f"{expected} alone are left")


def flag(server: Server, subject: str) -> None:
    """As mail programs do: by renaming."""
    path = next(path for path in server.messages() if f"Subject: {subject}\n" in path.read_text())
    path.rename(server.maildir / "cur" / f"{path.name}:2,FS")


def put_aged(maildir: Path, subject: str, age_s: int, flags: str = "") -> None:
    """A message that came so long ago, by its name and its file's time."""
    came = int(time.time()) - age_s
    path = maildir / "cur" / f"{came}.{subject}.other:2,{flags}"
    (maildir / "tmp" / subject).write_text(f"Subject: {subject}\n\nHello\n")
    os.utime(maildir / "tmp" / subject, (came, came))
    (maildir / "tmp" / subject).rename(path)


def test_without_limits_all_stay_and_nothing_is_said(server: Server) -> None:
    deliver(server, *"abcdef")
    server.stop()
    assert subjects(server.maildir) == [*"abcdef"]
    assert "retention" not in server.log
    assert "removed" not in server.log


def test_oldest_go_beyond_max_messages_flagged_ones_stay(launcher: Launcher) -> None:
    server = launcher.start("--max-messages=3", "--log-format=json")
    deliver(server, "a", "b", "c")
    flag(server, "a")
    deliver(server, "d")
    wait_for_subjects(server.maildir, "a", "c", "d")
    line = json.loads(server.wait_for_log(r'.*"event": ?"retention".*').group())
    assert line["level"] == "INFO"
    assert (line["limit"], line["mails"]) == ("max-messages", 1)
    assert line["octets"] > CONTENT_BYTES

    # All that is left is flagged: said once, however many come.
    flag(server, "c")
    flag(server, "d")
    for n_removed in (2, 3):
        deliver(server, "late")
        server.wait_for_log('"event": ?"retention"', count=n_removed)
        wait_for_subjects(server.maildir, "a", "c", "d")
    server.stop()
    assert server.log.count("retention-held-up") == 1


def test_burst_leaves_the_latest_also_after_a_kill(launcher: Launcher) -> None:
    server = launcher.start("--max-messages=10")
    names = [f"n{number:03}" for number in range(300)]
    deliver(server, *names)
    wait_for_subjects(server.maildir, *names[-10:])
    server.wait_for_log(
        r"INFO: deleted the oldest messages, \d+ with \d+ bytes: more than 10 messages \(--max-messages\)"
    )
    server.kill()
    again = launcher.start(maildir=server.maildir)
    again.wait_for_log("which holds 10$")
    assert subjects(server.maildir) == names[-10:]


def test_oldest_go_beyond_max_disk(launcher: Launcher) -> None:
    server = launcher.start("--max-disk=3K")
    deliver(server, *"abcde")
    server.wait_for_log(r"INFO: deleted the oldest messages, \d with \d+ bytes: more than 3072 bytes \(--max-disk\)")
    wait_for_subjects(server.maildir, *"cde")


def test_old_messages_go_at_the_start_and_when_their_time_comes(launcher: Launcher, tmp_path: Path) -> None:
    maildir = tmp_path / "mail"
    mailbox.Maildir(maildir, create=True)
    put_aged(maildir, "old", 3601)
    put_aged(maildir, "kept", 3601, "F")
    put_aged(maildir, "young", 600)
    put_aged(maildir, "soon", 3600 - 4)
    server = launcher.start("--max-age=1h", maildir=maildir)
    server.wait_for_log(r"INFO: deleted the oldest messages, \d with \d+ bytes: older than 3600 s \(--max-age\)")
    wait_for_subjects(maildir, "kept", "young")
    # Copied in while it runs.
    put_aged(maildir, "late", 7200)
    server.wait_for_log(r"\(--max-age\)", count=2)
    wait_for_subjects(maildir, "kept", "young")


def test_messages_that_cannot_be_removed_are_logged_once(launcher: Launcher) -> None:
    server = launcher.start("--max-messages=1")
    deliver(server, "a")
    path = server.messages()[0]
    # A directory in the place of a message can be looked at, and not be removed.
    path.unlink()
    (path / "inside").mkdir(parents=True)
    deliver(server, "b")
    server.wait_for_log("ERROR: messages over the limits cannot be deleted: .*; trying again")
    deliver(server, "c")
    server.stop()
    assert server.log.count("cannot be deleted") == 1


@pytest.mark.parametrize("option", ["--max-messages=1", "--max-disk=1", "--max-age=1s"])
def test_sessions_continue_while_messages_are_deleted(launcher: Launcher, option: str) -> None:
    server = launcher.start(option, "--sync=none")
    deliver(server, *map(str, range(50)))
    wait_until(lambda: len(server.messages()) <= 1, "one mail is left at most")
