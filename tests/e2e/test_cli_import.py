"""dsmtpd import: messages out of files that others wrote, into a server and into a Maildir."""

import json
import mailbox
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_support import Api, running_api
from cli_support import EXIT_FAILED, EXIT_NO_SERVER, EXIT_USAGE, Cli, Place

MAIL = b"From: me@a.example\nTo: you@b.example, b@c.example\nSubject: %s\n\nhi\n"
SEPARATOR = b"From box@d.example Tue Nov 14 22:13:20 2023\n"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(
        tmp_path_factory.mktemp("server"), "--max-size=1M", "--reject-recipients=@refused.example$"
    ) as api:
        yield api


@pytest.fixture(params=["server", "directory"])
def place(request: pytest.FixtureRequest, api: Api, tmp_path: Path) -> Place:
    """Without messages."""
    if request.param == "server":
        api.clear()
        return Place.of_server(api, tmp_path)
    return Place.of_maildir(tmp_path / "mail")


@pytest.fixture
def server(api: Api, tmp_path: Path) -> Place:
    api.clear()
    return Place.of_server(api, tmp_path)


def write(directory: Path, name: str, *parts: bytes) -> str:
    (directory / name).write_bytes(b"".join(parts))
    return name


def ids_of(place: Place) -> list[str]:
    """The first that came first."""
    listed = json.loads(place.cli.run("list", "--json").expect().out)
    return [mail["ID"] for mail in reversed(listed["messages"])]


def raws(place: Place) -> set[bytes]:
    """What was received; several come in at a time, in no order."""
    return {place.cli.data("show", "--raw", mail_id) for mail_id in ids_of(place)}


def senders(place: Place) -> list[bytes]:
    """Of the envelopes, in the order of the alphabet."""
    firsts = [path.read_bytes().split(b"\n")[0] for path in place.maildir.glob("[nc][eu][wr]/*")]
    return sorted(first.removeprefix(b"Return-Path: <").removesuffix(b">") for first in firsts)


def with_crlf(data: bytes) -> bytes:
    return data.replace(b"\n", b"\r\n")


def test_mail_files_with_either_line_end(place: Place, tmp_path: Path) -> None:
    names = [
        write(tmp_path, "lf.eml", MAIL % b"one"),
        write(tmp_path, "crlf", with_crlf(MAIL % b"two")),
        write(tmp_path, "odd.eml", SEPARATOR, b"\0 is no mbox\n"),
    ]
    lines = place.cli.run("import", *names).lines
    assert lines == ["lf.eml: 1 (message)", "crlf: 1 (message)", "odd.eml: 1 (message)", "imported 3, failed 0"]
    assert raws(place) == {
        with_crlf(MAIL % b"one"),
        with_crlf(MAIL % b"two"),
        with_crlf(SEPARATOR + b"\0 is no mbox\n"),
    }


def test_mbox_that_python_wrote(place: Place, tmp_path: Path) -> None:
    bodies = [b"From the first line\n\nFrom here\n> From there\n", b"\n\nFrom x Tue Nov 14\n\n\n", b"last\n"]
    messages = [MAIL % b"%d" % number + body for number, body in enumerate(bodies)]
    box = mailbox.mbox(tmp_path / "box")
    for mail in messages:
        box.add(mail)
    box.close()
    assert place.cli.run("import", "box").lines == ["box: 3 (mboxrd)", "imported 3, failed 0"]
    assert raws(place) == {with_crlf(mail) for mail in messages}


def test_mboxrd_and_mboxo_are_told_apart(server: Place, tmp_path: Path) -> None:
    rd = write(tmp_path, "rd", SEPARATOR, MAIL % b"rd", b">so\n>>From him\n")
    o = write(tmp_path, "o", SEPARATOR, MAIL % b"o", b">>so\n>>From him\n>From her\n")
    assert server.cli.run("import", rd, o).lines[:2] == ["rd: 1 (mboxrd)", "o: 1 (mboxo)"]
    assert raws(server) == {
        with_crlf(MAIL % b"rd" + b">so\n>From him\n"),
        with_crlf(MAIL % b"o" + b">>so\n>>From him\nFrom her\n"),
    }


def test_standard_input(place: Place) -> None:
    box = b"".join(SEPARATOR + MAIL % b"%d" % number + b"\n" for number in range(3))
    assert place.cli.feed(box, "import", "-").lines == ["-: 3 (mboxrd)", "imported 3, failed 0"]
    assert place.cli.feed(MAIL % b"alone", "import", "-").lines[-1] == "imported 1, failed 0"
    assert len(raws(place)) == 4


def test_standard_input_is_read_from_where_it_is(server: Place, tmp_path: Path) -> None:
    first = SEPARATOR + MAIL % b"read" + b"\n"
    box = write(tmp_path, "box", first, SEPARATOR, MAIL % b"left", b"\n")
    with (tmp_path / box).open("rb", buffering=0) as rest:
        rest.seek(len(first))
        assert server.cli.feed(rest, "import", "-").lines == ["-: 1 (mboxrd)", "imported 1, failed 0"]
    assert raws(server) == {with_crlf(MAIL % b"left")}


def test_maildir_keeps_its_marks(place: Place, tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "box")
    for flags in ("", "S", "F", "FS"):
        mail = mailbox.MaildirMessage(MAIL % b"marked-%s" % flags.encode())
        mail.set_subdir("cur" if flags else "new")
        mail.set_flags(flags)
        box.add(mail)
    assert place.cli.run("import", "box").lines == ["box: 4 (Maildir)", "imported 4, failed 0"]
    for query, count in {"is:read": "2", "is:flagged": "2", "is:read is:flagged": "1"}.items():
        assert place.cli.run("count", query).lines == [count]
    assert place.cli.run("import", "--read", "box").lines[-1] == "imported 4, failed 0"
    assert place.cli.run("count", "is:read").lines == ["6"]


def test_what_dsmtpd_stored_keeps_what_it_came_with(place: Place, api: Api, tmp_path: Path) -> None:
    mail_id = api.put(b"Subject: kept\r\n\r\na\nb\r\n", ["one@y.example", "two@z.example"], sender="bounce@x.example")
    stored = api.stored(mail_id)
    place.clear()
    (tmp_path / "stored").write_bytes(stored)
    place.cli.run("import", "stored").expect()
    [again] = ids_of(place)
    [path] = place.maildir.glob(f"*/{again},*")
    assert path.read_bytes() == stored.replace(mail_id.encode(), again.encode())


def test_directory_of_files(server: Place, tmp_path: Path) -> None:
    directory = tmp_path / "folder"
    directory.mkdir()
    write(directory, "a.eml", MAIL % b"a")
    write(directory, "b.mbox", SEPARATOR, MAIL % b"b", b"\n", SEPARATOR, MAIL % b"c")
    write(directory, "notes.txt", b"no mail")
    assert server.cli.run("import", "folder").lines == ["folder: 3 (directory)", "imported 3, failed 0"]


def test_envelope_marks_and_tags(place: Place, tmp_path: Path) -> None:
    write(tmp_path, "box", SEPARATOR, MAIL % b"a", b"\n", b"From nobody Tue Nov 14 22:13:20 2023\n", MAIL % b"b")
    place.cli.run("import", "box").expect()
    assert senders(place) == [b"box@d.example", b"me@a.example"]
    assert place.cli.run("count", "rcpt:b@c.example").lines == ["2"]
    place.clear()
    given = ["--from=x@y.example", "--to=one@z.example", "--to", "two@z.example", "--tag=old", "--tag", "two words"]
    place.cli.run("import", *given, "box").expect()
    assert senders(place) == [b"x@y.example"] * 2
    query = "rcpt:one@z.example rcpt:two@z.example tag:old"
    assert place.cli.run("count", query + ' tag:"two words" is:unread').lines == ["2"]
    place.cli.run("import", "--from=", "--to=null@z.example", "--read", "box").expect()
    assert senders(place) == [b"", b"", b"x@y.example", b"x@y.example"]
    assert place.cli.run("count", "rcpt:null@z.example is:read").lines == ["2"]


def test_bad_files_are_reported_and_the_rest_continues(server: Place, tmp_path: Path) -> None:
    write(tmp_path, "good.eml", MAIL % b"good")
    write(tmp_path, "empty.eml")
    write(tmp_path, "picture", b"\x89PNG\r\n\x1a\n\0\0")
    long = MAIL % b"long" + b"x" * 2**20 + b"\n"
    write(tmp_path, "box", SEPARATOR, MAIL % b"a", b"\n", SEPARATOR, long, b"\n", SEPARATOR, MAIL % b"b")
    (tmp_path / "nothing").mkdir()
    os.mkfifo(tmp_path / "loop")
    (tmp_path / "loop").unlink()
    (tmp_path / "loop").symlink_to("loop")
    done = server.cli.run("import", "missing", "empty.eml", "picture", "box", "nothing", "loop", "good.eml", "--json")
    done.expect(EXIT_FAILED)
    report = json.loads(done.out)
    assert (report["Imported"], report["Failed"]) == (3, 6)
    assert report["Sources"][3] == {"Name": "box", "Kind": "mboxrd", "Imported": 2, "Failed": 1}
    for text in (
        "missing: No such file or directory",
        "empty.eml: the file is empty",
        "picture: a binary file, not a message; if it is one, rename it to *.eml",
        "box: message 2: the message is larger than --max-size allows",
        "nothing is neither a Maildir nor contains *.eml or *.mbox files",
        "loop: Too many levels of symbolic links",
    ):
        assert done.err.count(f"dsmtpd import: {text}\n") == 1, done.err
    assert done.err.count("\n") == 6


def test_rejected_recipient_is_logged(server: Place, tmp_path: Path) -> None:
    write(tmp_path, "a.eml", MAIL % b"a")
    done = server.cli.run("import", "--to=x@refused.example", "a.eml").expect(EXIT_FAILED)
    assert done.err.startswith("dsmtpd import: a.eml: ")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ([], EXIT_USAGE, "FILE|DIRECTORY... is missing"),
        (["--server=http://127.0.0.1:1", "a.eml"], EXIT_NO_SERVER, "does not answer"),
    ],
)
def test_what_is_wrong_is_reported_in_one_line(tmp_path: Path, words: list[str], code: int, text: str) -> None:
    Cli(tmp_path).run("import", *words).expect_error(code, text)


def test_server_that_goes_away_ends_it(tmp_path: Path) -> None:
    """It says where it stands: what is told as imported was confirmed."""
    write(tmp_path, "box", *(SEPARATOR + MAIL % b"%d" % number + b"\n" for number in range(100)))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        importing = Cli(tmp_path, "--server", f"http://127.0.0.1:{listener.getsockname()[1]}").start("import", "box")
        connection, _ = listener.accept()
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        upload, _ = listener.accept()
        upload.recv(1)
        upload.close()
        connection.close()
    out, err = importing.communicate(timeout=60)
    assert importing.returncode == EXIT_NO_SERVER
    assert out.splitlines()[-1] == "imported 0, failed 0"
    assert err.count("\n") == 1


def test_bar_on_a_terminal_and_none_elsewhere(server: Place, tmp_path: Path) -> None:
    write(tmp_path, "box", *(SEPARATOR + MAIL % b"%d" % number + b"\n" for number in range(500)))
    shown = server.cli.run_on_terminal("import", "box")
    assert "[" in shown
    assert "%  " in shown
    assert " messages, " in shown
    assert shown.endswith("\r\x1b[Kbox: 500 (mboxrd)\nimported 500, failed 0\n")
    assert server.cli.run("count").lines == ["500"]
    assert server.cli.feed(MAIL % b"one", "import", "-").err == ""
