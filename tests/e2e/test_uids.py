"""UIDs, UIDVALIDITY and tags: they outlive the index, crashes and what others do to the file that has them."""

import os
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from api_support import Api
from hostile_support import wait_until
from server import Launcher
from smtp_wire import SmtpWire

N_MESSAGES = 5


class Maildir:
    """A Maildir with messages, some of them tagged, on which servers are started."""

    def __init__(self, launcher: Launcher, path: Path) -> None:
        self._launcher = launcher
        self.path = path
        self.api = self.start()
        self.send(N_MESSAGES)
        ids = sorted(self.uids())
        self.api.ask("PUT", "/api/v1/tags", json={"IDs": [ids[0], ids[3]], "Tags": ["kept", "two words"]})
        self.api.ask("PUT", "/api/v1/tags", json={"IDs": [ids[3]], "Tags": []})

    @property
    def uidlist(self) -> Path:
        return self.path / "dsmtpd.uidlist"

    @property
    def validity(self) -> str:
        return self.uidlist.read_text().split()[1]

    def start(self) -> Api:
        self.api = Api(self._launcher.start("--http=127.0.0.1:0", maildir=self.path))
        wait_until(lambda: self.api.get("/readyz").status_code == 200, "it is ready")
        return self.api

    def send(self, n_messages: int) -> None:
        with SmtpWire.greeted(self.api.server.port) as wire:
            for number in range(n_messages):
                wire.send_mail(b"X-Tags: asked\r\nSubject: %d\r\n\r\ntext\r\n" % number)

    def uids(self) -> dict[str, int]:
        return {message["ID"]: message["UID"] for message in self.api.list(limit=1000)["messages"]}

    def tags(self) -> dict[str, list[str]]:
        return {message["ID"]: message["Tags"] for message in self.api.list(limit=1000)["messages"]}

    def remove_index(self) -> None:
        for path in self.path.glob("dsmtpd.index*"):
            path.unlink()


@pytest.fixture
def maildir(launcher: Launcher, tmp_path: Path) -> Maildir:
    return Maildir(launcher, tmp_path / "mail")


def wait_for_all(maildir: Maildir, n_messages: int) -> None:
    wait_until(lambda: len(maildir.uids()) == n_messages, "all are listed")


@pytest.mark.parametrize("kills", [False, True], ids=["stopped", "killed"])
@pytest.mark.parametrize("loses_index", [False, True], ids=["index", "no-index"])
def test_all_is_as_before_after_a_restart(maildir: Maildir, kills: bool, loses_index: bool) -> None:
    uids, tags, validity = maildir.uids(), maildir.tags(), maildir.validity
    assert sorted(uids.values()) == [1, 2, 3, 4, 5]
    assert sorted(tags.values()) == [[], ["asked"], ["asked"], ["asked"], ["kept", "two words"]]
    if kills:
        maildir.api.server.kill()
    else:
        maildir.api.server.stop()
    if loses_index:
        maildir.remove_index()
    maildir.start()
    wait_for_all(maildir, N_MESSAGES)
    assert (maildir.uids(), maildir.tags(), maildir.validity) == (uids, tags, validity)
    maildir.send(1)
    [new] = set(maildir.uids().items()) - set(uids.items())
    assert new[1] > N_MESSAGES
    assert kills or new[1] == N_MESSAGES + 1


def test_uid_of_a_deleted_message_is_not_given_again(maildir: Maildir) -> None:
    last = max(maildir.uids(), key=lambda mail_id: maildir.uids()[mail_id])
    maildir.api.ask("DELETE", "/api/v1/messages", json={"IDs": [last]})
    maildir.api.server.stop()
    maildir.remove_index()
    maildir.start()
    maildir.send(1)
    wait_for_all(maildir, N_MESSAGES)
    assert sorted(maildir.uids().values()) == [1, 2, 3, 4, 6]


def lose(maildir: Maildir) -> None:
    maildir.uidlist.unlink()


def tear(maildir: Maildir) -> None:
    with maildir.uidlist.open("a") as file:
        file.write("add 77 tor")


def cut(maildir: Maildir) -> None:
    os.truncate(maildir.uidlist, maildir.uidlist.stat().st_size // 2)


@pytest.mark.parametrize("harm", [lose, tear, cut])
def test_index_makes_good_what_the_file_lost(maildir: Maildir, harm: Callable[[Maildir], None]) -> None:
    uids, tags, validity = maildir.uids(), maildir.tags(), maildir.validity
    maildir.api.server.kill()
    harm(maildir)
    maildir.start()
    wait_for_all(maildir, N_MESSAGES)
    assert (maildir.uids(), maildir.tags()) == (uids, tags)
    maildir.send(1)
    wait_for_all(maildir, N_MESSAGES + 1)
    assert maildir.validity == validity
    assert all(f"add {uid} {mail_id}\n" in maildir.uidlist.read_text() for mail_id, uid in maildir.uids().items())
    assert "tor\n" not in maildir.uidlist.read_text()


def test_damage_in_the_middle_costs_those_lines_alone(maildir: Maildir) -> None:
    uids, validity = maildir.uids(), maildir.validity
    maildir.api.server.stop()
    maildir.remove_index()
    text = maildir.uidlist.read_bytes()
    maildir.uidlist.write_bytes(re.sub(rb"\nadd 2 [^\n]*\n", b"\n\0\0garbage\0\n", text))
    maildir.start()
    wait_for_all(maildir, N_MESSAGES)
    after = maildir.uids()
    assert {mail_id for mail_id, uid in uids.items() if after[mail_id] != uid} == {
        mail_id for mail_id, uid in uids.items() if uid == 2
    }
    assert max(after.values()) == N_MESSAGES + 1
    assert maildir.validity == validity
    maildir.api.server.wait_for_log("dsmtpd.uidlist: lines that could not be read, and were left out: 1")


def test_uids_begin_again_with_another_validity_when_they_are_used_up(maildir: Maildir) -> None:
    validity = maildir.validity
    maildir.api.server.stop()
    maildir.uidlist.write_text(re.sub(r"\nend .*", "\nend 1 4294967294", maildir.uidlist.read_text()))
    maildir.remove_index()
    maildir.start()
    maildir.send(1)
    wait_for_all(maildir, N_MESSAGES + 1)
    assert int(maildir.validity) > int(validity)
    assert sorted(maildir.uids().values()) == list(range(1, N_MESSAGES + 2))


def test_tags_of_an_index_of_before_are_kept(maildir: Maildir) -> None:
    tags = maildir.tags()
    maildir.api.server.stop()
    maildir.uidlist.unlink()
    with sqlite3.connect(maildir.path / "dsmtpd.index") as db:
        db.execute("PRAGMA user_version = 4")
    db.close()
    maildir.start()
    wait_for_all(maildir, N_MESSAGES)
    taken_off = [mail_id for mail_id, names in tags.items() if not names]
    assert {mail_id: names for mail_id, names in maildir.tags().items() if mail_id not in taken_off} == {
        mail_id: names for mail_id, names in tags.items() if names
    }
    maildir.api.server.kill()
    maildir.remove_index()
    maildir.start()
    wait_for_all(maildir, N_MESSAGES)
    assert ["kept", "two words"] in maildir.tags().values()


@pytest.mark.parametrize(
    "make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/etc/passwd")], ids=["pipe", "directory", "link"]
)
def test_what_is_no_file_is_left_alone(launcher: Launcher, tmp_path: Path, make: Callable[[Path], None]) -> None:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    make(tmp_path / "mail" / "dsmtpd.uidlist")
    before = (tmp_path / "mail" / "dsmtpd.uidlist").lstat()
    maildir = Maildir(launcher, tmp_path / "mail")
    maildir.api.server.wait_for_log(
        "WARNING: dsmtpd.uidlist is .*: UIDs and tags are kept in the index alone until it is removed"
    )
    tags = maildir.tags()
    maildir.api.server.kill()
    maildir.start()
    wait_for_all(maildir, N_MESSAGES)
    assert maildir.tags() == tags
    assert (tmp_path / "mail" / "dsmtpd.uidlist").lstat().st_ino == before.st_ino
