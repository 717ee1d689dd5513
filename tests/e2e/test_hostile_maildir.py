"""A Maildir whose index, journal, names and files somebody else made: nothing outside is read, changed or removed, and
what is inside is listed all the same."""

import os
import random
import socket
import sqlite3
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from api_support import Api, make_mail
from cli_support import EXIT_FAILED, EXIT_INVALID_MAILDIR, Cli
from hostile_support import PeakMemory, wait_until
from mounts import read_only_view
from server import Launcher

SECRET = "TOPSECRET"
SUBJECTS = ["first", "second", "third"]
LARGEST = 2**63 - 1


class Hostile:
    """A Maildir with three messages and an index, and a directory next to it that is nobody's business."""

    def __init__(self, launcher: Launcher, folder: Path) -> None:
        self.folder = folder
        self.maildir = folder / "mail"
        self.outside = folder / "outside"
        self.index = self.maildir / "dsmtpd.index"
        self._launcher = launcher
        self.outside.mkdir()
        for name in ("up", "absolute"):
            (self.outside / name).write_text(f"From: victim@example.com\nSubject: {SECRET}\n\n{SECRET}\n")
        self._before = self._outside_now()
        api = self.start()
        self.ids = [api.put(make_mail(subject)) for subject in SUBJECTS]
        api.expect_ok("PUT", "/api/v1/tags", {"IDs": self.ids[:1], "Tags": ["kept"]})
        assert api.list()["total"] == len(SUBJECTS)
        self.stop(api)

    def start(self, *options: str) -> Api:
        return Api(self._launcher.start("--http=127.0.0.1:0", *options, maildir=self.maildir))

    def stop(self, api: Api) -> None:
        assert api.server.stop() == 0, api.server.log

    def edit(self, *statements: str, **values: object) -> None:
        """Changes the index as any program could; what it says itself must not be in the way."""
        db = sqlite3.connect(self.index, isolation_level=None)
        for statement in statements:
            db.execute(statement, values)
        db.close()

    def _outside_now(self) -> dict[str, tuple[str, float, int]]:
        return {
            path.name: (path.read_text(), path.stat().st_mtime, path.stat().st_mode) for path in self.outside.iterdir()
        }

    def expect_outside_untouched(self) -> None:
        assert self._outside_now() == self._before


@pytest.fixture
def hostile(launcher: Launcher, tmp_path: Path) -> Iterator[Hostile]:
    hostile = Hostile(launcher, tmp_path)
    yield hostile
    launcher.end_all()
    hostile.expect_outside_untouched()


def subjects(api: Api) -> list[str]:
    return sorted(mail["Subject"] for mail in api.list()["messages"])


def expect_all_listed(api: Api) -> None:
    wait_until(lambda: subjects(api) == sorted(SUBJECTS), f"all messages are listed: {api.server.log}")
    assert api.list()["total"] == len(SUBJECTS)


def ask_for_everything(api: Api, ids: list[str], may_fail_with: int = 200) -> None:
    """Reads, marks and tags; what comes back must have nothing from outside in it."""
    for mail_id in ids:
        for end in ("", "/raw", "/headers", "/checks", "/structure"):
            assert SECRET not in api.get(f"/api/v1/message/{mail_id}{end}").text
    assert SECRET not in api.get("/api/v1/search", query=SECRET).text
    assert SECRET not in api.get("/api/v1/recipients").text
    assert SECRET not in api.get("/api/v1/export").text
    for path, what in (("messages", {"Read": True}), ("tags", {"Tags": ["tag"]})):
        reply = api.ask("PUT", f"/api/v1/{path}", json={"IDs": ids, **what})
        assert reply.status_code in (200, may_fail_with), reply.text


# Names: in SQL, as the index has them.
NAMES = {
    "up": "'../../outside/up'",
    "absolute": ":absolute",
    "down-and-up": "'x/../../../outside/up'",
    "other-directory": "'../cur/x'",
    "dot": "'.'",
    "dot-dot": "'..'",
    "empty": "''",
    "hidden": "'.hidden'",
    "slash-at-the-end": "'up/'",
    "long": "printf('%.300c', 'a')",
    "endless": "printf('%.100000c', 'a')",
    "nul": "file_name || char(0) || '../../outside/up'",
    "newline": "'a' || char(10) || 'b'",
    "octets": "CAST(x'ff2fff' AS TEXT)",
    "blob": "CAST(file_name AS BLOB)",
    "number": "17",
    "of-another-message": "(SELECT max(file_name) FROM mail)",
}


def craft_names(hostile: Hostile, name: str) -> None:
    hostile.edit(f"UPDATE mail SET file_name = {NAMES[name]}", absolute=str(hostile.outside / "absolute"))


@pytest.mark.parametrize("name", NAMES)
def test_names_in_the_index_lead_nowhere_else(hostile: Hostile, name: str) -> None:
    craft_names(hostile, name)
    api = hostile.start()
    ask_for_everything(api, hostile.ids)
    expect_all_listed(api)
    for mail_id, subject in zip(hostile.ids, SUBJECTS, strict=True):
        assert f"Subject: {subject}\r\n" in api.get(f"/api/v1/message/{mail_id}/raw").text


@pytest.mark.parametrize("name", NAMES)
def test_deleting_and_limits_remove_no_other_file(hostile: Hostile, name: str) -> None:
    craft_names(hostile, name)
    api = hostile.start("--max-messages=1")
    wait_until(lambda: len(api.server.messages()) == 1, "the limit is met")
    wait_until(lambda: subjects(api) == ["third"], "the last message is left")
    api.clear()
    wait_until(lambda: api.server.messages() == [], "all are deleted")
    hostile.expect_outside_untouched()


@pytest.mark.parametrize("name", ["up", "absolute", "of-another-message"])
def test_commands_on_a_crafted_index_touch_nothing_else(hostile: Hostile, name: str) -> None:
    cli = Cli(hostile.folder, "--directory", str(hostile.maildir))
    for command in (
        ("fsck",),
        ("list",),
        ("tag", "--add", "tag", "--query", "subject:first"),
        ("show", "latest"),
        ("export", "--force", "--output", "out.mbox"),
        ("reindex",),
        ("rm", "--all"),
    ):
        craft_names(hostile, name)
        done = cli.run(*command)
        assert done.code in (0, EXIT_FAILED), done.err
        assert SECRET not in done.out
    exported = (hostile.folder / "out.mbox").read_text()
    assert all(f"Subject: {subject}" in exported for subject in SUBJECTS)
    assert SECRET not in exported
    hostile.expect_outside_untouched()


# What stands where a file should be.


def link_out(path: Path, outside: Path) -> None:
    path.symlink_to(outside / "up")


def link_nowhere(path: Path, outside: Path) -> None:
    path.symlink_to(outside / "missing")


def hard_link(path: Path, outside: Path) -> None:
    path.hardlink_to(outside / "up")


def pipe(path: Path, outside: Path) -> None:
    os.mkfifo(path)


def directory(path: Path, outside: Path) -> None:
    path.mkdir()


def unix_socket(path: Path, outside: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"/proc/self/fd/{folder}/{path.name}")  # the path itself may be too long
    listener.close()
    os.close(folder)


KINDS = [link_out, link_nowhere, pipe, directory, unix_socket]
Kind = Callable[[Path, Path], None]


@pytest.mark.parametrize("end", ["", "-wal", "-shm"])
@pytest.mark.parametrize("kind", [*KINDS, hard_link])
def test_index_that_is_not_a_file_is_not_used(hostile: Hostile, kind: Kind, end: str) -> None:
    path = Path(f"{hostile.index}{end}")
    path.unlink(missing_ok=True)
    kind(path, hostile.outside)
    api = hostile.start()
    expect_all_listed(api)
    ask_for_everything(api, hostile.ids)
    assert len([line for line in api.server.log_lines if f"dsmtpd.index{end} is a" in line]) == 1
    hostile.stop(api)
    assert os.path.lexists(path)
    hostile.expect_outside_untouched()


@pytest.mark.parametrize("kind", [*KINDS, hard_link])
def test_index_that_is_replaced_while_it_is_served_is_not_followed(hostile: Hostile, kind: Kind) -> None:
    api = hostile.start()
    expect_all_listed(api)
    hostile.index.unlink()
    kind(hostile.index, hostile.outside)
    ask_for_everything(api, hostile.ids, may_fail_with=500)
    api.put(make_mail("fourth"))
    wait_until(lambda: api.get("/api/v1/messages").status_code == 200 and "fourth" in subjects(api), "all are listed")
    hostile.stop(api)


@pytest.mark.parametrize("name", NAMES)
def test_visitors_that_may_not_write_read_nothing_else(hostile: Hostile, name: str) -> None:
    craft_names(hostile, name)
    with read_only_view(hostile.maildir, hostile.folder / "view") as view:
        cli = Cli(hostile.folder, "--directory", str(view))
        for command in (("list",), ("show", "latest"), ("search", SECRET), ("fsck",)):
            assert SECRET not in cli.run(*command).out
        assert sorted(subject for subject in SUBJECTS if subject in cli.run("list").out) == sorted(SUBJECTS)


def test_rollback_journal_of_the_index_is_not_run(hostile: Hostile) -> None:
    """SQLite would remove the file that such a journal names as its superior."""
    name = str(hostile.outside / "up").encode()
    magic = bytes.fromhex("d9d505f920a163d7")
    checksum = sum(name) & 0xFFFFFFFF
    superior = (
        (0xFFFFFFFF).to_bytes(4, "big") + name + len(name).to_bytes(4, "big") + checksum.to_bytes(4, "big") + magic
    )
    header = magic + (0).to_bytes(4, "big") + bytes(4) + (1).to_bytes(4, "big") + (512).to_bytes(4, "big")
    journal = Path(f"{hostile.index}-journal")
    journal.write_bytes(header.ljust(512, b"\0") + superior)
    api = hostile.start()
    expect_all_listed(api)
    assert not journal.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_journal_that_is_not_a_file_is_not_used(hostile: Hostile, kind: Kind) -> None:
    path = hostile.maildir / "dsmtpd.journal"
    kind(path, hostile.outside)
    api = hostile.start()
    api.put(make_mail("fourth"))
    assert "fourth" in subjects(api)
    api.server.wait_for_log("dsmtpd.journal is a .*, not a file, and is not used")
    hostile.stop(api)
    assert not stat.S_ISREG(path.lstat().st_mode)
    done = Cli(hostile.folder, "--directory", str(hostile.maildir)).run("fsck").expect(EXIT_FAILED)
    assert "dsmtpd.journal is a" in done.out


@pytest.mark.parametrize("folder", ["new", "cur", "tmp"])
@pytest.mark.parametrize("kind", KINDS)
def test_messages_that_are_not_files_are_left_alone(hostile: Hostile, kind: Kind, folder: str) -> None:
    path = hostile.maildir / folder / "1700000000.M1P1Q1.other"
    kind(path, hostile.outside)
    api = hostile.start("--max-messages=100")
    late = hostile.maildir / folder / "1700000000.M2P1Q1.other"
    kind(late, hostile.outside)
    ask_for_everything(api, [*hostile.ids, "1700000000.M1P1Q1.other", "1700000000.M2P1Q1.other"])
    expect_all_listed(api)
    api.clear()
    assert os.path.lexists(path)
    assert os.path.lexists(late)


def test_odd_names_are_names(hostile: Hostile) -> None:
    names = [b"a\nb", b"caf\xe9", b"-rf", b"x" * 255, b"1.2.3:2,S", b"\x01", b"a b", b'"', b"'; DROP TABLE mail; --"]
    for number, name in enumerate(names):
        Path(os.fsdecode(os.fsencode(hostile.maildir / "new") + b"/" + name)).write_text(
            f"Subject: odd {number}\n\nx\n"
        )
    linked = hostile.folder / "linked"
    linked.write_text("Subject: odd link\n\nx\n")
    (hostile.maildir / "cur" / "hard-link").hardlink_to(linked)
    expected = sorted([*SUBJECTS, "odd link", *(f"odd {number}" for number in range(len(names)))])
    api = hostile.start()
    wait_until(lambda: subjects(api) == expected, "all are listed")
    for mail in api.list()["messages"]:
        assert f"Subject: {mail['Subject']}" in api.get(f"/api/v1/message/{mail['ID']}/raw").text
    api.clear()
    assert api.server.messages() == []
    assert linked.exists()


def test_link_to_a_maildir_is_one(hostile: Hostile) -> None:
    (hostile.folder / "link").symlink_to("mail")
    hostile.maildir = hostile.folder / "link"
    api = hostile.start()
    ask_for_everything(api, hostile.ids)
    expect_all_listed(api)
    assert not api.server.log.count("WARNING"), api.server.log
    assert api.search("tag:tag")["messages_count"] == len(SUBJECTS)


@pytest.mark.parametrize("name", ["new", "cur", "tmp"])
def test_directories_of_a_maildir_are_no_links(hostile: Hostile, launcher: Launcher, name: str) -> None:
    (hostile.maildir / name).rename(hostile.folder / name)
    (hostile.maildir / name).symlink_to(hostile.outside)
    server = launcher.start("--http=off", maildir=hostile.maildir, n_listeners=0)
    assert server.wait() == EXIT_INVALID_MAILDIR
    assert f"{name} is a symbolic link" in server.log


# What the index says.

REMADE = {
    "trigger": ["CREATE TRIGGER t AFTER UPDATE ON mail BEGIN DELETE FROM mail; DELETE FROM mail_view; END"],
    "view-for-a-table": [
        "ALTER TABLE mail RENAME TO other",
        f"CREATE VIEW mail AS SELECT *, '{SECRET}' AS more FROM other",
    ],
    "generated-column": ["ALTER TABLE mail ADD COLUMN more TEXT AS (printf('%.1000000c', 'a'))"],
    "other-index": ["CREATE UNIQUE INDEX i ON mail(is_flagged) WHERE is_flagged = 7"],
    "other-table": ["CREATE TABLE t(x CHECK (x < 17))"],
    "table-missing": ["DROP TABLE mail_view"],
    "column-missing": ["ALTER TABLE mail_view DROP COLUMN snippet"],
    "seq-largest": [f"UPDATE mail SET seq = {LARGEST} WHERE seq = (SELECT max(seq) FROM mail)"],
    "seq-negative": ["UPDATE mail SET seq = -seq"],
    "seq-zero": ["UPDATE mail SET seq = 0 WHERE seq = (SELECT max(seq) FROM mail)"],
    "attempts-largest": [f"INSERT INTO sqlite_sequence VALUES('attempt', {LARGEST})"],
    "version": ["PRAGMA user_version = 77"],
    "cell-of-100-mb": ["UPDATE mail_view SET subject = printf('%.100000000c', 'a')"],
    "views-missing": ["DELETE FROM mail_view"],
}

TAKEN = {
    "last-seq-largest": [f"UPDATE total SET last_seq = {LARGEST}"],
    "last-seq-negative": ["UPDATE total SET last_seq = -1"],
    "last-seq-small": ["UPDATE total SET last_seq = 1"],
    "last-seq-text": ["UPDATE total SET last_seq = 'text'"],
    "totals-gone": ["DELETE FROM total"],
    "totals-twice": ["INSERT INTO total SELECT * FROM total"],
    "totals-negative": ["UPDATE total SET n_mails = -5, n_unread = -7, n_octets = -9"],
    "totals-large": [f"UPDATE total SET n_mails = {LARGEST}, n_unread = {LARGEST}, n_octets = {LARGEST}"],
    "totals-wrong": ["UPDATE total SET n_mails = 1000000, n_unread = 999999, n_octets = 1000000000000"],
    "size-negative": ["UPDATE mail SET size = -1"],
    "size-largest": [f"UPDATE mail SET size = {LARGEST}"],
    "size-text": ["UPDATE mail SET size = 'text'"],
    "times-absurd": [f"UPDATE mail SET received_us = {LARGEST}", f"UPDATE mail_view SET date_us = -{LARGEST}"],
    "blob-for-text": ["UPDATE mail_view SET subject = zeroblob(1000), lists = x'ff', snippet = x'00ff'"],
    "blob-for-id": ["UPDATE mail SET id = CAST(id AS BLOB)"],
    "no-utf-8": ["UPDATE mail_view SET subject = CAST(x'ff41fe' AS TEXT), username = CAST(x'c3' AS TEXT)"],
    "other-ids": ["UPDATE mail SET id = 'x' || seq"],
    "counts-negative": ["UPDATE mail SET n_attachments = -1, n_inline = -1, is_read = 7, is_flagged = -7"],
    "lists-deep": ["UPDATE mail_view SET lists = printf('%.100000c', '[')"],
    "lists-wrong": [
        """UPDATE mail_view SET lists = '{"from":[1,null,{}],"to":"x","rcpt":{"a":1},"references":[[]]}'"""
    ],
    "tags-of-none": ["INSERT INTO mail_tag VALUES(99, 99)", "UPDATE tag SET name = 'a,b' || char(10) || char(0)"],
    "recipients-wrong": [
        f"UPDATE recipient SET n_mails = {LARGEST}, n_unread = -1, address = CAST(x'ff' || id AS TEXT)",
        f"UPDATE mail_recipient SET recipient = {LARGEST}",
    ],
    "text-of-100-mb": ["UPDATE mail_text SET body = printf('%.100000000c', 'a')"],
    "rows-missing": ["DELETE FROM mail"],
    "threads-wrong": [f"UPDATE mail SET thread_id = {LARGEST}", f"UPDATE thread_key SET thread_id = {-LARGEST - 1}"],
}


def expect_a_working_inbox(hostile: Hostile, api: Api) -> None:
    """Also for a message that comes now; numbers are those of what is there."""
    ask_for_everything(api, hostile.ids)
    for start in range(2):
        api.get("/api/v1/messages", start=start, limit=1)
    api.put(make_mail("fourth"))
    expected = sorted([*SUBJECTS, "fourth"])
    wait_until(lambda: len(api.list()["messages"]) == len(expected), f"all are listed: {api.server.log}")
    wait_until(lambda: api.list()["total"] == len(expected), "they are counted")
    assert api.search("fourth")["messages_count"] == 1
    assert api.list()["messages"][0]["Subject"] == "fourth"
    assert api.get("/metrics").status_code == 200
    api.clear()
    wait_until(lambda: api.list()["total"] == 0 and api.server.messages() == [], "all are deleted")


@pytest.mark.parametrize("crafted", REMADE)
def test_index_that_is_not_ours_is_made_again(hostile: Hostile, crafted: str) -> None:
    hostile.edit(*REMADE[crafted])
    api = hostile.start()
    expect_all_listed(api)
    api.server.wait_for_log("WARNING: the index cannot be used and is made again: ")
    expect_a_working_inbox(hostile, api)


@pytest.mark.parametrize("crafted", TAKEN)
def test_values_that_cannot_be_do_no_harm(hostile: Hostile, crafted: str) -> None:
    hostile.edit(*TAKEN[crafted])
    api = hostile.start("--max-messages=100", "--max-disk=1G", "--max-age=30d")
    expect_a_working_inbox(hostile, api)


@pytest.mark.parametrize("table", ["mail_words", "word_parts"])
@pytest.mark.parametrize("part", ["_data", "_idx", "_config"])
def test_garbage_in_the_tables_of_words_is_an_error(hostile: Hostile, table: str, part: str) -> None:
    column = {"_data": "block", "_idx": "pgno", "_config": "v"}[part]
    hostile.edit(f"UPDATE {table}{part} SET {column} = randomblob(100)")
    api = hostile.start()
    for query in ("first", "subject:second", "irs", "-third"):
        assert api.get("/api/v1/search", query=query).status_code in (200, 500)
    ask_for_everything(api, hostile.ids, may_fail_with=500)
    wait_until(lambda: api.list()["total"] == len(SUBJECTS), "all are counted")
    expect_a_working_inbox(hostile, api)


@pytest.mark.parametrize("seed", [16, 44, 147])
def test_lengths_that_no_memory_holds_are_damage(hostile: Hostile, seed: int) -> None:
    """With each of these SQLite asks for more than there can be, and says that there is no memory."""
    dice = random.Random(seed)
    db = sqlite3.connect(hostile.index, isolation_level=None)
    for (row,) in db.execute("SELECT rowid FROM word_parts_data").fetchall():
        db.execute("UPDATE word_parts_data SET block = ? WHERE rowid = ?", (dice.randbytes(100), row))
    db.close()
    api = hostile.start()
    ask_for_everything(api, hostile.ids, may_fail_with=500)
    expect_a_working_inbox(hostile, api)


@pytest.mark.parametrize("name", ["mail", "mail_by_seq", "mail_by_time", "mail_by_change"])
def test_pages_in_a_circle_give_no_rows_without_end(hostile: Hostile, name: str) -> None:
    """All pages of a tree are made the one that comes first, so that its rows come again and again."""
    hostile.edit(
        "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
        " INSERT INTO mail SELECT i, 'id' || i, 'id' || i, 1, i, 1, 0, 0, 0, 0, i, i, i, i, 0 FROM n"
    )
    db = sqlite3.connect(hostile.index)
    [(page_size,)] = db.execute("PRAGMA page_size").fetchall()
    [(root,)] = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)).fetchall()
    db.close()
    data = bytearray(hostile.index.read_bytes())
    page = (root - 1) * page_size
    assert data[page] in (2, 5)  # an interior page: pointers to cells, each of which begins with a page's number
    n_cells = int.from_bytes(data[page + 3 : page + 5], "big")
    pointers = [page + 12 + 2 * number for number in range(n_cells)]
    cells = [page + int.from_bytes(data[pointer : pointer + 2], "big") for pointer in pointers]
    for cell in cells:
        data[cell : cell + 4] = data[cells[0] : cells[0] + 4]
    data[page + 8 : page + 12] = data[cells[0] : cells[0] + 4]
    hostile.index.write_bytes(data)
    api = hostile.start("--max-age=30d")
    wait_until(lambda: api.get("/api/v1/messages").status_code == 200 and api.list()["total"] == 3, "all are counted")
    expect_a_working_inbox(hostile, api)


def test_pages_of_garbage_are_an_error(hostile: Hostile) -> None:
    data = hostile.index.read_bytes()
    dice = random.Random(17)
    for _ in range(8):
        torn = bytearray(data)
        for _ in range(40):
            at = dice.randrange(100, len(torn))
            torn[at : at + 4] = dice.randbytes(4)
        for path in hostile.maildir.glob("dsmtpd.index*"):
            path.unlink()
        hostile.index.write_bytes(torn)
        api = hostile.start()
        ask_for_everything(api, hostile.ids, may_fail_with=500)
        wait_until(lambda api=api: api.list()["total"] == len(SUBJECTS), "all are counted")  # type: ignore[misc]
        hostile.stop(api)
    hostile.expect_outside_untouched()


def test_huge_and_sparse_files_are_listed_and_not_read_whole(hostile: Hostile) -> None:
    sizes = {f"1700000000.M{mib}P1Q1.sparse": mib for mib in (65, 400, 3000, 1_000_000)}
    for name, mib in sizes.items():
        with (hostile.maildir / "new" / name).open("wb") as file:
            file.write(b"From: a@example.com\nSubject: sparse\n\nhi\n")
            file.truncate(mib << 20)
    api = hostile.start()
    memory = PeakMemory(api.server)
    wait_until(lambda: subjects(api) == sorted([*SUBJECTS, *(["sparse"] * len(sizes))]), "all are listed")
    assert {mail["ID"]: mail["Size"] >> 20 for mail in api.list()["messages"] if mail["ID"] in sizes} == sizes
    for name in sizes:
        assert "too large to be shown" in api.expect_rejected(507, "GET", f"/api/v1/message/{name}")
    assert api.search("sparse")["messages_count"] == len(sizes)
    assert len(api.get(f"/api/v1/message/{next(iter(sizes))}/raw").content) >> 20 == next(iter(sizes.values()))
    assert memory.growth_mib < 48
    api.expect_ok("DELETE", "/api/v1/messages", {"IDs": list(sizes)})
    expect_all_listed(api)
