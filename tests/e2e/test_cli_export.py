"""dsmtpd export: messages as files that others read, and back again."""

import io
import json
import mailbox
import os
import resource
import signal
import socket
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from api_support import Api, make_mail, running_api
from cli_support import EXIT_FAILED, EXIT_OK, EXIT_USAGE, Cli, Place, end_of
from server import PATIENCE_S, binary, clean_environment

# 100,000 in `make round-trip`.
MESSAGES = int(os.environ.get("ROUND_TRIP_MAILS", "2000"))

HARD = [
    b"From: a@b.example\r\nTo: c@d.example\r\n\r\nFrom here\r\n>From there\r\n>>From everywhere\r\n From x\r\n",
    b"From a separator Tue Nov 14 22:13:20 2023\r\n\r\nx\r\n\r\nFrom a separator Tue Nov 14 22:13:20 2023\r\n\r\n",
    b"no header at all\r\n",
    b"\r\n\r\n\r\n",
    bytes(range(256)).replace(b"\r", b"").replace(b"\n", b"") + b"\r\n",
    "Subject: ünï\r\n\r\nä\r\n".encode() + b"x" * 100_000 + b"\r\n",
]
BARE = b"Subject: bare\r\n\r\na\nb\r\n"
FORMATS = ["mbox", "zip", "eml", "maildir"]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """With hard messages, some of them marked."""
    with running_api(tmp_path_factory.mktemp("server")) as api:
        ids = [api.put(mail, [f"to{number}@y.example"], f"from{number}@x.example") for number, mail in enumerate(HARD)]
        api.expect_ok("PUT", "/api/v1/messages", {"IDs": ids[1:3], "Read": True})
        api.expect_ok("PUT", "/api/v1/messages", {"IDs": ids[2:4], "Flagged": True})
        yield api


@pytest.fixture
def other(tmp_path: Path) -> Place:
    """A Maildir to put them into again."""
    return Place.of_maildir(tmp_path / "other")


def raws(cli: Cli) -> list[bytes]:
    """All messages as they were received, in the order of their bytes."""
    with zipfile.ZipFile(io.BytesIO(cli.data("export", "--format=zip"))) as archive:
        return sorted(archive.read(name) for name in archive.namelist())


def with_lf(messages: list[bytes]) -> list[bytes]:
    return sorted(mail.replace(b"\r\n", b"\n") for mail in messages)


# --- each format, as others read it


def test_mbox(cli: Cli, tmp_path: Path) -> None:
    assert cli.run("export", "-o", "box").lines == [f"exported {len(HARD)}"]
    assert (tmp_path / "box").read_bytes() == cli.data("export") == cli.data("export", "--output=-")
    box = mailbox.mbox(tmp_path / "box", create=False)
    assert [message.get_from().split()[0] for message in box] == [f"from{n}@x.example" for n in range(len(HARD))]
    box.close()


def test_zip_and_files(cli: Cli, tmp_path: Path) -> None:
    cli.run("export", "--format=zip", "--output=all.zip").expect()
    cli.run("export", "--format=eml", "--output=all/").expect()
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
        assert [archive.read(name) for name in archive.namelist()] == HARD
        assert {path.name: path.read_bytes() for path in (tmp_path / "all").iterdir()} == {
            name: archive.read(name) for name in archive.namelist()
        }


def test_maildir(cli: Cli, tmp_path: Path) -> None:
    done = cli.run("export", "--format=maildir", "--output=box", "--json").expect()
    assert json.loads(done.out) == {"Exported": len(HARD), "Format": "maildir"}
    box = mailbox.Maildir(tmp_path / "box", create=False)
    flags = {message["X-MailFrom"]: message.get_flags() for message in box}
    assert flags == {
        "from0@x.example": "",
        "from1@x.example": "S",
        "from2@x.example": "FS",
        "from3@x.example": "F",
        "from4@x.example": "",
        "from5@x.example": "",
    }


# --- and back


@pytest.mark.parametrize("form", FORMATS)
def test_round_trip_of_hard_messages(cli: Cli, other: Place, form: str) -> None:
    cli.run("export", "--format", form, "--output=out").expect()
    names = ["out"]
    if form == "zip":
        with zipfile.ZipFile(cli.directory / "out") as archive:
            archive.extractall(cli.directory / "files")
        names = ["files"]
    assert other.cli.run("import", *names).lines[-1] == f"imported {len(HARD)}, failed 0"
    assert raws(other.cli) == sorted(HARD)
    if form == "maildir":
        assert other.cli.run("count", "is:read").lines == ["2"]
        assert other.cli.run("count", "rcpt:to4@y.example").lines == ["1"]


def test_bare_lf_comes_back_from_a_maildir(api: Api, cli: Cli, other: Place) -> None:
    mail_id = api.put(BARE)
    cli.run("export", "subject:bare", "--format=maildir", "--output=box").expect()
    api.expect_ok("DELETE", "/api/v1/messages", {"IDs": [mail_id]})
    other.cli.run("import", "box").expect()
    assert raws(other.cli) == [BARE]


def python_mbox(path: Path) -> list[bytes]:
    box = mailbox.mbox(path, create=False)
    messages = [box.get_bytes(key) for key in box.keys()]  # noqa: SIM118, the keys are not the messages
    box.close()
    return messages


def python_maildir(path: Path) -> list[bytes]:
    """What stands behind the block, which ends with Received, of three lines."""
    box = mailbox.Maildir(path, create=False)
    return [box.get_bytes(key).split(b"Received: ", 1)[1].split(b"\n", 3)[3] for key in box.keys()]  # noqa: SIM118


def python_files(path: Path) -> list[bytes]:
    return [file.read_bytes() for file in path.iterdir()]


READERS: dict[str, Callable[[Path], list[bytes]]] = {
    "mbox": python_mbox,
    "eml": python_files,
    "maildir": python_maildir,
}


def test_round_trip_of_many(tmp_path: Path) -> None:
    """Python writes an mbox, dsmtpd takes it in and gives it out in each format, Python reads it again."""
    bodies = ["From the start\n", "> quoted\n", "ä" * 100 + "\n", "\n\n\n"]
    box = mailbox.mbox(tmp_path / "box")
    for number in range(MESSAGES):
        box.add(make_mail(f"number {number}", bodies[number % 4] * (number % 50)).as_bytes())
    box.close()
    written = with_lf(python_mbox(tmp_path / "box"))
    written = [mail.replace(b"\n>From ", b"\nFrom ") for mail in written]
    with running_api(tmp_path) as api:
        cli = Cli(tmp_path, "--server", api.url)
        assert cli.run("import", "box").lines[-1] == f"imported {MESSAGES}, failed 0"
        for form, read in READERS.items():
            assert cli.run("export", "--format", form, "--output", form).lines == [f"exported {MESSAGES}"]
            messages = with_lf(read(tmp_path / form))
            assert [mail.replace(b"\n>From ", b"\nFrom ") for mail in messages] == written


# --- what may go wrong


def leftovers(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_what_a_search_finds(cli: Cli) -> None:
    assert cli.data("export", "rcpt:to2@y.example").endswith(b"\n" + HARD[2].replace(b"\r\n", b"\n") + b"\n")
    assert cli.data("export", "subject:none") == b""
    assert cli.run("export", "subject:none", "--format=maildir", "-o", "empty").lines == ["exported 0"]


def test_what_is_there_stays(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").touch()
    cli.run("export", "-o", "file").expect_error(EXIT_FAILED, "file exists already; --force replaces it")
    cli.run("export", "-F", "eml", "-o", "full").expect_error(
        EXIT_FAILED, "full exists already and is not an empty directory"
    )
    assert (tmp_path / "file").read_text() == "mine"
    cli.run("export", "-o", "file", "--force").expect()
    assert (tmp_path / "file").read_bytes() == cli.data("export")
    assert leftovers(tmp_path) == {"file", "full"}


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["-F", "eml"], EXIT_USAGE, "give --output DIRECTORY"),
        (["-F", "maildir", "-o", "-"], EXIT_USAGE, "give --output DIRECTORY"),
        (["-F", "tar"], EXIT_USAGE, "give mbox or zip or eml or maildir"),
        (["-F", "eml", "-o", "x", "--force"], EXIT_USAGE, "--force replaces files"),
        (["--json"], EXIT_USAGE, "standard output is for the messages"),
        (["larger:abc", "-o", "x"], EXIT_USAGE, "at 8"),
        (["-o", "/dev/full"], EXIT_FAILED, "/dev/full: No space left on device"),
        (["-o", "missing/x"], EXIT_FAILED, "missing/x: No such file or directory"),
        (["-F", "eml", "-o", "missing/x"], EXIT_FAILED, "missing/x: No such file or directory"),
    ],
)
def test_what_is_wrong_is_reported_in_one_line(
    cli: Cli, tmp_path: Path, words: list[str], code: int, text: str
) -> None:
    cli.run("export", *words).expect_error(code, text)
    assert leftovers(tmp_path) == set()


def test_not_to_a_terminal(cli: Cli) -> None:
    assert "exported" in cli.run_on_terminal("export", "-o", "box")
    with pytest.raises(AssertionError, match="give --output FILE"):
        cli.run_on_terminal("export")


class EndlessServer:
    """Answers what is asked before an export, and then sends without end, or until it is to break off."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def answer(self, head: bytes, data: bytes) -> socket.socket:
        connection, _ = self._listener.accept()
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + b'{"messages_count":1}')
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + data)
        return connection

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def endless() -> Iterator[EndlessServer]:
    server = EndlessServer()
    yield server
    server.close()


@pytest.mark.parametrize("form", FORMATS)
def test_answer_that_breaks_off_leaves_nothing(endless: EndlessServer, tmp_path: Path, form: str) -> None:
    exporting = Cli(tmp_path, "--server", endless.url).start("export", "--format", form, "-o", "out")
    header = b"PK\3\4\x14" + bytes(9) + b"\0\0\0\0" + b"\xff\0\0\0" * 2 + b"\5\0\0\0"
    name = b"new/x" if form == "maildir" else b"x.eml"
    endless.answer(b"Content-Length: 1000\r\n", header + name + b"Subject: one\n").close()
    end_of(exporting).expect_error(69, "the connection")
    assert leftovers(tmp_path) == set()


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("eml", b"../x"),
        ("eml", b".x"),
        ("eml", b"/tmp/x"),
        ("maildir", b"new/../x"),
        ("maildir", b"x"),
        ("eml", b"new/x"),
    ],
)
def test_no_name_leads_out_of_the_directory(endless: EndlessServer, tmp_path: Path, form: str, name: bytes) -> None:
    exporting = Cli(tmp_path, "--server", endless.url).start("export", "--format", form, "-o", "out")
    header = b"PK\3\4\x14" + bytes(21) + bytes([len(name)]) + bytes(3)
    archive = header + name + b"PK\5\6"
    endless.answer(b"Content-Length: %d\r\n" % len(archive), archive).close()
    end_of(exporting).expect_error(EXIT_FAILED, "out/a name that the server sent: Invalid argument")
    assert leftovers(tmp_path) == set()


@pytest.mark.parametrize("form", ["mbox", "maildir"])
def test_ctrl_c_leaves_nothing(endless: EndlessServer, tmp_path: Path, form: str) -> None:
    exporting = Cli(tmp_path, "--server", endless.url).start("export", "--format", form, "-o", "out")
    header = b"PK\3\4\x14" + bytes(9) + b"\0\0\0\0" + b"\xff\xff\xff\x7f" * 2 + b"\5\0\0\0"
    connection = endless.answer(b"Content-Length: 2000000000\r\n", header + b"new/x")
    connection.sendall(b"x" * 1_000_000)
    exporting.send_signal(signal.SIGINT)
    try:
        while exporting.poll() is None:
            connection.sendall(b"x" * 10_000)
    except OSError:
        pass  # it has ended the connection
    connection.close()
    end_of(exporting).expect_error(EXIT_FAILED, "interrupted; nothing was created")
    assert leftovers(tmp_path) == set()


def limit_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))


def test_full_disk_leaves_nothing(api: Api, cli: Cli, tmp_path: Path) -> None:
    """A limit on the length of files stands for the disk; Python ignores the signal, and so does what it starts."""
    for form in FORMATS:
        done = subprocess.run(
            [binary(), "export", "--server", api.url, "--format", form, "--output", "out"],
            cwd=tmp_path,
            env=clean_environment(cli.environment),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
            preexec_fn=limit_files,
            restore_signals=False,
        )
        assert (done.returncode, done.stdout) == (EXIT_FAILED, "")
        assert done.stderr == "dsmtpd export: out: File too large\n"
        assert leftovers(tmp_path) == set()
    assert cli.run("export", "-o", "out").code == EXIT_OK
