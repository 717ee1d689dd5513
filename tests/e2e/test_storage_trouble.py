"""Mails cannot be stored for a while, or the Maildir is replaced while it is served."""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from api_support import Api, make_mail, running_api
from hostile_support import wait_until
from mounts import small_memory_disk
from server import Launcher
from smtp_wire import SmtpWire

MAIL = b"Subject: %b\r\n\r\nhello\r\n"
DIRECTORIES = ("tmp", "new", "cur")


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with running_api(tmp_path) as api:
        yield api


def send(api: Api, subject: str = "hello") -> int:
    """The code of the reply to a mail."""
    with SmtpWire.greeted(api.server.port) as wire:
        wire.begin_data()
        wire.send(MAIL % subject.encode() + b".\r\n")
        return wire.read_reply().code


def readiness(api: Api) -> requests.Response:
    return api.get("/readyz")


def wait_until_ready(api: Api) -> None:
    wait_until(lambda: readiness(api).status_code == 200, "it is ready again, without a client")
    reply = readiness(api).json()
    assert (reply["Ready"], reply["Storage"]["Trouble"]) == (True, None)


def wait_until_not_ready(api: Api, *words: str) -> None:
    wait_until(lambda: readiness(api).status_code == 503, "it is not ready")
    reply = readiness(api).json()
    assert reply["Ready"] is False
    for word in words:
        assert word in reply["Storage"]["Trouble"]


def make_maildir(place: Path) -> Path:
    for directory in DIRECTORIES:
        (place / directory).mkdir(parents=True)
    return place


def subjects(api: Api) -> list[str]:
    return [message["Subject"] for message in api.list()["messages"]]


def wait_for_subjects(api: Api, *expected: str) -> None:
    wait_until(lambda: subjects(api) == list(expected), f"the list is {expected}")


def remove(maildir: Path) -> None:
    """Removes it all, although the server may still write there."""
    while maildir.exists():
        shutil.rmtree(maildir, ignore_errors=True)


def test_removed_maildir_is_noticed_and_used_again_when_it_is_back(api: Api, launcher: Launcher) -> None:
    maildir = api.server.maildir
    assert send(api, "first") == 250
    remove(maildir)
    assert send(api) == 451
    wait_until_not_ready(api, str(maildir), "removed")
    assert not maildir.exists()
    make_maildir(maildir)
    wait_until_ready(api)
    assert send(api, "second") == 250
    wait_for_subjects(api, "second")
    api.server.wait_for_log("WARNING: messages cannot be stored: .*; trying every 5 seconds")
    api.server.wait_for_log("WARNING: the Maildir or a directory in it was replaced")
    api.server.wait_for_log("INFO: messages can be stored again")
    assert {path.name for path in maildir.iterdir()} >= {"dsmtpd.journal", "dsmtpd.index"}
    second = launcher.start(maildir=maildir, n_listeners=0)
    assert second.wait() == 1  # the lock is on what is there now
    assert "another dsmtpd" in second.log


def test_maildir_that_is_moved_away_gets_no_more_mail(api: Api) -> None:
    maildir = api.server.maildir
    moved = maildir.with_name("moved")
    assert send(api, "first") == 250
    maildir.rename(moved)
    make_maildir(maildir)
    assert send(api, "second") == 250
    assert len(list((moved / "new").iterdir())) == 1
    assert len(list((maildir / "new").iterdir())) == 1
    assert not (moved / "dsmtpd.journal").exists()
    wait_for_subjects(api, "second")
    remove(maildir)
    moved.rename(maildir)
    wait_for_subjects(api, "first")
    assert send(api, "third") == 250
    wait_for_subjects(api, "third", "first")
    mail_id = api.list()["messages"][1]["ID"]
    api.expect_ok("DELETE", "/api/v1/messages", {"IDs": [mail_id]})
    wait_for_subjects(api, "third")


def test_link_may_be_turned_to_another_maildir(tmp_path: Path, launcher: Launcher) -> None:
    link, first, second = tmp_path / "link", make_maildir(tmp_path / "first"), make_maildir(tmp_path / "second")
    link.symlink_to(first)
    api = Api(launcher.start("--http=127.0.0.1:0", maildir=link))
    assert send(api, "one") == 250
    wait_for_subjects(api, "one")
    link.unlink()
    link.symlink_to(second)
    assert send(api, "two") == 250
    wait_for_subjects(api, "two")
    assert {path.name for path in second.iterdir()} >= {"dsmtpd.journal", "dsmtpd.index"}
    (second / "cur" / "1.other:2,S").write_bytes(b"Subject: by another program\n\nx\n")
    wait_until(lambda: "by another program" in subjects(api), "other programs are followed there")


@pytest.mark.parametrize("directory", DIRECTORIES)
def test_part_of_a_maildir_is_replaced(api: Api, directory: str) -> None:
    place = api.server.maildir / directory
    assert send(api, "first") == 250
    wait_for_subjects(api, "first")
    shutil.rmtree(place)
    assert send(api) == 451
    wait_until_not_ready(api, directory)
    place.mkdir()
    wait_until_ready(api)
    assert send(api, "second") == 250
    wait_for_subjects(api, *(["second"] if directory == "new" else ["second", "first"]))
    (api.server.maildir / "cur" / "1.other:2,S").write_bytes(b"Subject: by another program\n\nx\n")
    wait_until(lambda: "by another program" in subjects(api), "other programs are followed there")


def test_with_init_an_emptied_directory_is_a_maildir_again_at_once(tmp_path: Path) -> None:
    with running_api(tmp_path, "--init") as api:
        assert send(api, "first") == 250
        wait_for_subjects(api, "first")
        for path in api.server.maildir.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        assert send(api, "second") == 250
        wait_for_subjects(api, "second")
        assert readiness(api).status_code == 200


def test_long_message_that_was_on_its_way_is_rejected_and_not_lost(api: Api) -> None:
    maildir = api.server.maildir
    with SmtpWire.greeted(api.server.port) as wire:
        wire.begin_data()
        wire.send(b"Subject: long\r\n\r\n" + (b"x" * 70 + b"\r\n") * 4000)
        wait_until(lambda: any((maildir / "tmp").iterdir()), "it is written to disk as it comes")
        remove(maildir)
        make_maildir(maildir)
        wire.send(b".\r\n")
        assert wire.read_reply().code == 451
        wire.send_mail(MAIL % b"again")
    wait_for_subjects(api, "again")


def test_what_is_not_a_maildir_is_left_alone_until_there_is_one(api: Api) -> None:
    maildir = api.server.maildir
    maildir.rename(maildir.with_name("moved"))
    maildir.write_text("a file")
    wait_until_not_ready(api, "not a Maildir")  # by itself: no mail has come
    assert send(api) == 451
    assert maildir.read_text() == "a file"
    maildir.unlink()
    maildir.with_name("moved").rename(maildir)
    wait_until_ready(api)
    assert send(api, "back") == 250
    wait_for_subjects(api, "back")


def test_maildir_of_another_server_is_not_taken(api: Api, launcher: Launcher, tmp_path: Path) -> None:
    maildir = api.server.maildir
    other = launcher.start(maildir=tmp_path / "other")
    maildir.rename(maildir.with_name("moved"))
    maildir.symlink_to(other.maildir)
    assert send(api) == 451
    wait_until_not_ready(api, "another dsmtpd")
    other.stop()
    wait_until_ready(api)


@pytest.fixture
def small_disk(tmp_path: Path, launcher: Launcher) -> Iterator[tuple[Api, Path]]:
    with small_memory_disk(tmp_path / "disk", "size=2m,nr_inodes=100") as disk:
        yield Api(launcher.start("--http=127.0.0.1:0", maildir=disk / "mail")), disk
        launcher.kill_all()


def fill(disk: Path) -> Callable[[], None]:
    """Takes all the room there is now. The result gives it back."""
    with (disk / "filler").open("ab") as filler:
        try:
            while True:
                os.write(filler.fileno(), bytes(4096))
        except OSError:
            pass
    return (disk / "filler").unlink


def use_up_inodes(disk: Path) -> Callable[[], None]:
    fillers = disk / "fillers"
    fillers.mkdir(exist_ok=True)
    try:
        for n in itertools.count(len(list(fillers.iterdir()))):
            (fillers / str(n)).touch()
    except OSError:
        pass
    return lambda: shutil.rmtree(fillers)


@pytest.mark.parametrize("break_it", [fill, use_up_inodes])
def test_disk_that_takes_nothing_is_not_ready_until_it_does(
    small_disk: tuple[Api, Path], break_it: Callable[[Path], Callable[[], None]]
) -> None:
    api, disk = small_disk
    assert send(api, "first") == 250
    mend = break_it(disk)
    while send(api, "still") == 250:
        break_it(disk)  # the index makes room for messages when there is little
    wait_until_not_ready(api)
    assert "dsmtpd_storage_working 0" in api.get("/metrics").text
    mend()
    wait_until_ready(api)
    assert "dsmtpd_storage_working 1" in api.get("/metrics").text
    assert send(api, "second") == 250
    assert list((api.server.maildir / "tmp").iterdir()) == []


def test_too_little_room_for_min_free_is_not_ready(tmp_path: Path) -> None:
    with running_api(tmp_path, f"--min-free={1 << 50}") as api:
        wait_until_not_ready(api, "--min-free")
        assert api.ask("POST", "/api/v1/messages", data=make_mail().as_bytes()).status_code != 200
