"""dsmtpd fsck and reindex: Maildirs whose journal, index and messages do not agree."""

import json
import mailbox
import os
import struct
from pathlib import Path

import pytest
from api_support import make_mail
from cli_support import EXIT_FAILED, EXIT_INVALID_MAILDIR, Cli, make_maildir
from mounts import read_only_view
from server import Launcher
from smtp_wire import SmtpWire

N_MESSAGES = 5


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    return make_maildir(tmp_path / "mail", N_MESSAGES)


@pytest.fixture
def cli(maildir: Path, tmp_path: Path) -> Cli:
    """A user of that Maildir, whose messages are listed and one of them tagged."""
    (tmp_path / "user").mkdir()
    cli = Cli(tmp_path / "user", "--directory", str(maildir))
    cli.run("tag", "--add", "kept", "--add", "also", "--query", '"number 2"').expect()
    return cli


def contents(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def forget_boot(journal: Path) -> None:
    """Makes it one of another start of the machine (docs/storage.md, "The journal")."""
    data = bytearray(journal.read_bytes())
    for start in (0, len(data) // 2):
        header = data[start : start + 64]
        header[24:40] = bytes(16)
        header[12:16] = bytes(4)
        header[12:16] = struct.pack("<I", crc32c(bytes(header)))
        data[start : start + 64] = header
    journal.write_bytes(data)


def test_what_agrees_is_left_as_it_is(cli: Cli, maildir: Path) -> None:
    before = contents(maildir)
    assert cli.run("fsck").lines == [f"messages: {N_MESSAGES}, problems: 0"]
    assert cli.run("fsck", "--repair").lines == [f"messages: {N_MESSAGES}, problems: 0"]
    assert contents(maildir) == before
    for name in list(before):
        if name.startswith("dsmtpd"):
            (maildir / name).unlink()
    answer = json.loads(cli.run("fsck", "--json").expect().out)
    assert answer == {"Mails": N_MESSAGES, "Journal": False, "Index": False, "Problems": [], "Left": 0}


def test_messages_that_came_moved_and_went_are_reported_and_repaired(cli: Cli, maildir: Path) -> None:
    box = mailbox.Maildir(maildir)
    gone, moved, *_ = sorted(path.name for path in (maildir / "new").iterdir())
    (maildir / "new" / gone).unlink()
    (maildir / "new" / moved).rename(maildir / "cur" / f"{moved}:2,S")
    came = box.add(make_mail("came"))
    before = contents(maildir)

    found = cli.run("fsck").expect(EXIT_FAILED)
    assert sorted(found.out.splitlines()) == sorted(
        [
            f"index: new/{gone} is in the index, but not in the Maildir",
            f"index: cur/{moved}:2,S is new/{moved} in the index",
            f"index: new/{came} is not in the index",
            f"messages: {N_MESSAGES}, problems left: 3",
        ]
    )
    assert contents(maildir) == before
    assert cli.run("fsck", "--repair").lines[-1] == f"messages: {N_MESSAGES}, problems repaired: 3"
    assert cli.run("fsck").lines == [f"messages: {N_MESSAGES}, problems: 0"]
    assert len(cli.run("search", "tag:kept").lines) == 1


def test_damaged_index_is_reported_and_made_again(cli: Cli, maildir: Path) -> None:
    index = maildir / "dsmtpd.index"
    data = bytearray(index.read_bytes())
    data[4096 : len(data) // 2] = os.urandom(len(data) // 2 - 4096)
    index.write_bytes(data)
    assert "index: the index " in cli.run("fsck").expect(EXIT_FAILED).out
    end = cli.run("fsck", "--repair").lines[-1]
    assert end == f"messages: {N_MESSAGES}, problems repaired: 1"
    assert len(cli.run("search", "tag:kept").lines) == 1
    assert len(cli.run("list").lines) == N_MESSAGES


def test_what_the_uid_file_lacks_is_reported_and_written_again(cli: Cli, maildir: Path) -> None:
    uids = maildir / "dsmtpd.uidlist"
    lines = uids.read_bytes().splitlines(keepends=True)
    [number, *_] = [number for number, line in enumerate(lines) if line.startswith(b"add ")]
    message_id = lines[number].split()[-1].decode()

    uids.unlink()
    assert cli.run("fsck").expect(EXIT_FAILED).out.splitlines()[0] == "uids: dsmtpd.uidlist is missing"
    uids.write_bytes(b"".join([*lines[:number], b"nonsense\n", *lines[number + 1 :]]))
    assert sorted(cli.run("fsck").expect(EXIT_FAILED).out.splitlines()) == [
        f"messages: {N_MESSAGES}, problems left: 2",
        "uids: dsmtpd.uidlist has lines that cannot be read: 1",
        f"uids: new/{message_id} has no UID in dsmtpd.uidlist",
    ]
    assert cli.run("fsck", "--repair").lines[-1] == f"messages: {N_MESSAGES}, problems repaired: 2"
    assert cli.run("fsck").lines == [f"messages: {N_MESSAGES}, problems: 0"]
    assert len(cli.run("search", "tag:kept").lines) == 1


def test_message_that_was_cut_short_is_logged(cli: Cli, maildir: Path) -> None:
    path = next((maildir / "new").iterdir())
    size = path.stat().st_size
    named = path.rename(path.with_name(f"{path.name},S={size}"))
    os.truncate(named, size - 10)
    cli.run("fsck", "--repair").expect(EXIT_FAILED)
    answer = json.loads(cli.run("fsck", "--json").expect(EXIT_FAILED).out)
    text = f"new/{named.name} has {size - 10} bytes, not the {size} of its name"
    assert answer["Problems"] == [{"Part": "maildir", "Text": text}]


def test_message_that_the_journal_alone_has_is_put_back(cli: Cli, launcher: Launcher) -> None:
    server = launcher.start()
    with SmtpWire.greeted(server.port) as wire:
        wire.send_mail(b"Subject: only in the journal\r\n\r\n")
    server.kill()
    [lost] = [path for path in server.messages() if b"only in the journal" in path.read_bytes()]
    lost.unlink()
    forget_boot(server.maildir / "dsmtpd.journal")

    found = cli.run("fsck").expect(EXIT_FAILED).out
    assert f"journal: the message {lost.name} is in the journal, but not complete in the Maildir\n" in found
    assert not lost.exists()
    cli.run("fsck", "--repair").expect()
    assert b"only in the journal" in lost.read_bytes()
    assert not (server.maildir / "dsmtpd.journal").exists()


def test_reindex_keeps_tags(cli: Cli, maildir: Path) -> None:
    before = cli.run("list").lines
    assert cli.run("reindex").lines == [f"{N_MESSAGES} messages"]
    assert cli.run("list").lines == before
    [tagged] = cli.run("search", "tag:kept tag:also").lines
    assert tagged.endswith("number 2")
    assert {path.name for path in maildir.iterdir()} == {"tmp", "new", "cur", "dsmtpd.index", "dsmtpd.uidlist"}


def test_reindex_gives_no_tag_back_that_was_removed(cli: Cli, maildir: Path) -> None:
    directory = mailbox.Maildir(maildir)
    directory.add(make_mail("asks for tags", headers={"X-Tags": "wanted", "To": "user+plus@example.com"}))
    assert len(cli.run("search", "tag:wanted tag:plus").lines) == 1
    cli.run("tag", "--clear", "--query", '"asks for tags"').expect()
    directory.add(make_mail("came since", headers={"X-Tags": "wanted"}))
    cli.run("reindex").expect()
    [tagged] = cli.run("search", "is:tagged -tag:kept").lines
    assert tagged.endswith("came since")


def test_reindex_goes_on_where_another_was_killed(cli: Cli, maildir: Path) -> None:
    (maildir / "dsmtpd.index").unlink()
    cli.run("reindex").expect()
    assert len(cli.run("list").lines) == N_MESSAGES
    assert len(cli.run("search", "tag:kept").lines) == 1


def test_reindex_keeps_tags_that_only_the_index_has(cli: Cli, maildir: Path) -> None:
    (maildir / "dsmtpd.uidlist").unlink()
    cli.run("reindex").expect()
    assert len(cli.run("search", "tag:kept").lines) == 1


def test_what_cannot_be_done_is_reported(cli: Cli, launcher: Launcher, maildir: Path, tmp_path: Path) -> None:
    with read_only_view(maildir, tmp_path / "view") as view:
        assert cli.at("--directory", str(view)).run("fsck").lines == [f"messages: {N_MESSAGES}, problems: 0"]
        cli.at("--directory", str(view)).run("reindex").expect_error(EXIT_FAILED, "it cannot be written")
    launcher.start()
    for command in ("fsck", "reindex"):
        cli.run(command).expect_error(EXIT_FAILED, "stop the server first")
        cli.at("-d", str(tmp_path)).run(command).expect_error(EXIT_INVALID_MAILDIR, "is not a Maildir")
