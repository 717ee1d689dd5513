"""Commands on a Maildir that is not theirs: one that cannot be written, that a server has open, or that gets one."""

import mailbox
import time
from pathlib import Path

import pytest
from api_support import Api, make_mail
from cli_support import EXIT_FAILED, Cli, end_of
from hostile_support import wait_until
from mounts import read_only_view
from server import Launcher
from smtp_wire import SmtpWire


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """A user whose server is not found, as its state is elsewhere."""
    return Cli(tmp_path / "user").at("--directory", str(tmp_path / "mail"))


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> None:
    (tmp_path / "user").mkdir()


def foreign_maildir(at: Path) -> mailbox.Maildir:
    """Mails as mail programs leave them, which no server has seen."""
    maildir = mailbox.Maildir(at)
    for number, flags in enumerate(["", "S", "FS", "RT"]):
        mail = mailbox.MaildirMessage(make_mail(f"foreign {number}"))
        mail.set_subdir("cur" if flags else "new")
        mail.set_flags(flags)
        maildir.add(mail)
    maildir.add_folder("Sent").add(make_mail("in a folder of its own"))
    return maildir


def subjects(cli: Cli) -> list[str]:
    return sorted(line.split("\t")[-1] for line in cli.run("list").lines)


def names_in(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*")}


def test_foreign_maildir_gets_an_index_and_nothing_else(cli: Cli, tmp_path: Path) -> None:
    foreign_maildir(tmp_path / "mail")
    before = names_in(tmp_path / "mail")
    assert subjects(cli) == [f"foreign {number}" for number in range(4)]
    assert cli.run("count", "is:unread").lines == ["2"]
    assert names_in(tmp_path / "mail") - before == {"dsmtpd.index", "dsmtpd.uidlist"}


def test_read_only_maildir_is_read(cli: Cli, tmp_path: Path) -> None:
    foreign_maildir(tmp_path / "mail")
    before = names_in(tmp_path / "mail")
    with read_only_view(tmp_path / "mail", tmp_path / "view") as view:
        reading = cli.at("--directory", str(view))
        assert subjects(reading) == [f"foreign {number}" for number in range(4)]
        assert "foreign" in reading.run("show", "latest", "--text").expect().out + reading.run("show").expect().out
        assert names_in(tmp_path / "mail") == before

        for words in (["mark", "--read", "--query", "is:unread"], ["rm", "--all"]):
            reading.run(*words).expect_error(EXIT_FAILED, "Read-only file system")
        assert names_in(tmp_path / "mail") == before

        # What is written elsewhere is seen: an index with tags, and messages while somebody waits.
        cli.run("tag", "--add", "kept", "--query", '"foreign 2"').expect()
        assert len(reading.run("search", "tag:kept").lines) == 1
        waiting = reading.start("wait", "--after", "0", "subject:late")
        mailbox.Maildir(tmp_path / "mail").add(make_mail("late"))
        assert end_of(waiting).lines[0].endswith("\tlate")


def test_maildir_of_a_server_without_http_is_shared(cli: Cli, launcher: Launcher, tmp_path: Path) -> None:
    server = launcher.start()
    with SmtpWire.greeted(server.port) as wire:
        wire.send_mail(b"Subject: by SMTP\r\n\r\n")
    assert subjects(cli) == ["by SMTP"]
    assert (tmp_path / "mail" / "dsmtpd.journal").exists()  # the server's

    waiting = cli.start("wait", "--after", "0", "subject:second")
    with SmtpWire.greeted(server.port) as wire:
        wire.send_mail(b"Subject: the second\r\n\r\n")
    assert end_of(waiting).lines[0].endswith("\tthe second")
    cli.run("rm", "--query", "subject:second").expect()
    assert len(server.messages()) == 1
    assert server.stop() == 0
    assert "index" not in server.log


def test_server_that_comes_gets_the_index(cli: Cli, launcher: Launcher, tmp_path: Path) -> None:
    """A wait that was there first neither keeps the server out nor its lists off the disk."""
    foreign_maildir(tmp_path / "mail")
    cli.run("tag", "--add", "kept", "--query", '"foreign 2"').expect()
    waiting = cli.start("wait", "--after", "0", "subject:awaited")
    time.sleep(0.3)  # whether it has opened the Maildir by now or not: both have to do
    server = launcher.start("--http=127.0.0.1:0")
    api = Api(server)
    wait_until(lambda: api.list()["total"] == 4, "the server lists what is there")
    assert api.search("tag:kept")["messages_count"] == 1
    with SmtpWire.greeted(server.port) as wire:
        wire.send_mail(b"Subject: the awaited\r\n\r\n")
    assert end_of(waiting).lines[0].endswith("\tthe awaited")
    assert server.stop() == 0
    assert "cost memory" not in server.log


def test_journal_that_a_crash_left_is_replayed(cli: Cli, launcher: Launcher) -> None:
    server = launcher.start()
    with SmtpWire.greeted(server.port) as wire:
        wire.send_mail(b"Subject: crash\r\n\r\n")
    server.kill()
    assert (server.maildir / "dsmtpd.journal").exists()
    assert subjects(cli) == ["crash"]
    assert not (server.maildir / "dsmtpd.journal").exists()
