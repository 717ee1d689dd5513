"""dsmtpd tail: messages as they arrive."""

import json
import os
import pty
import re
import signal
import subprocess
from pathlib import Path

import pytest
from api_support import Api, make_mail
from cli_support import EXIT_NO_SERVER, EXIT_OK, EXIT_USAGE, Cli, Place, end_of
from server import PATIENCE_S, Launcher, binary, clean_environment


class Tail:
    """A tail under way, whose lines are read as they come."""

    def __init__(self, cli: Cli, *words: str) -> None:
        self.process = cli.start("tail", *words)

    def line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.endswith("\n"), self.process.communicate(timeout=PATIENCE_S)
        return line.removesuffix("\n")

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> str:
        """Ends it, and returns what else it printed."""
        self.process.send_signal(number)
        done = end_of(self.process).expect(EXIT_OK)
        assert done.err == ""
        return done.out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_message_is_printed_as_soon_as_it_arrives(api: Api, cli: Cli, number: signal.Signals) -> None:
    api.put(make_mail("before"))
    tail = Tail(cli, "--since", str(api.cursor()))
    for subject in ("first", "second"):
        mail_id = api.put(make_mail(subject))
        assert tail.line().split("\t")[0] == mail_id
    assert tail.interrupt(number) == ""


def test_it_begins_now_and_with_the_last_ones_where_asked(api: Api, cli: Cli) -> None:
    ids = [api.put(make_mail(f"last {i}")) for i in range(3)]
    tail = Tail(cli, "-n", "2", "subject:last")
    assert [tail.line().split("\t")[0] for _ in range(2)] == ids[1:]
    api.put(make_mail("another"))
    mail_id = api.put(make_mail("last 3"))
    assert tail.line().split("\t")[0] == mail_id
    assert tail.interrupt() == ""


def test_burst_is_printed_in_order(api: Api, cli: Cli) -> None:
    after = str(api.cursor())
    ids = [api.put(make_mail("burst")) for _ in range(50)]
    tail = Tail(cli, "--since", after)
    assert [tail.line().split("\t")[0] for _ in ids] == ids
    tail.interrupt()


def test_json_is_an_object_on_a_line(api: Api, cli: Cli) -> None:
    tail = Tail(cli, "--json", "--since", str(api.cursor()))
    subjects = ["one\u202etwo", "three"]
    ids = [api.put(make_mail(subject)) for subject in subjects]
    lines = [tail.line() for _ in ids]
    assert [json.loads(line)["ID"] for line in lines] == ids
    assert [json.loads(line)["Subject"] for line in lines] == subjects
    assert "\\u202e" in lines[0]
    tail.interrupt()


def test_maildir_without_server_is_followed(tmp_path: Path) -> None:
    place = Place.of_maildir(tmp_path / "mail")
    tail = Tail(place.cli, "--since", "0")
    for subject in ("one", "two"):
        mail_id = place.put(make_mail(subject))
        assert tail.line().split("\t")[0] == mail_id
    assert tail.interrupt() == ""


def test_it_continues_after_a_restart_and_misses_nothing(tmp_path: Path) -> None:
    launcher = Launcher(tmp_path)
    try:
        server = launcher.start("--http=127.0.0.1:0")
        api = Api(server)
        tail = Tail(Cli(tmp_path, "--server", api.url), "--since", "0")
        first = api.put(make_mail("before"))
        assert tail.line().split("\t")[0] == first
        server.stop()
        assert tail.process.stderr is not None
        assert re.fullmatch(f"dsmtpd tail: the server at {api.url} is gone; .*\n", tail.process.stderr.readline())
        again = Api(launcher.start(f"--http=127.0.0.1:{api.port}"))
        second = again.put(make_mail("after"))
        assert tail.line().split("\t")[0] == second
        assert tail.interrupt() == ""
        launcher.end_all()
    finally:
        launcher.kill_all()


def test_it_ends_with_its_reader(api: Api, cli: Cli) -> None:
    """As in `dsmtpd tail | head -n 1`, though no other message comes that it could fail to print."""
    tail = Tail(cli, "--since", str(api.cursor()))
    api.put(make_mail("only"))
    tail.line()
    assert tail.process.stdout is not None
    tail.process.stdout.close()
    assert tail.process.wait(PATIENCE_S) == -signal.SIGPIPE
    assert tail.process.stderr is not None
    assert tail.process.stderr.read() == ""


def first_line_on_terminal(cli: Cli, api: Api, after: str) -> str:
    """What a terminal of 80 columns shows of the first message after a cursor."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [binary(), "tail", "--server", api.url, "--since", after],
        stdout=theirs,
        stderr=theirs,
        stdin=subprocess.DEVNULL,
        env=clean_environment({**cli.environment, "TERM": "xterm", "NO_COLOR": "1"}),
    )
    os.close(theirs)
    with os.fdopen(ours, "rb", buffering=0) as screen:
        shown = b""
        while not shown.endswith(b"\n"):
            shown += screen.read(1024)
        process.terminate()
        assert process.wait(PATIENCE_S) == EXIT_OK
    return shown.decode()


def test_terminal_gets_a_line_that_nothing_steers(api: Api, cli: Cli) -> None:
    after = str(api.cursor())
    api.put(b"From: a@x.example\r\nTo: b@x.example, c@x.example\r\nSubject: red \x1b[31m\r\n\talert\x07\r\n\r\nx\r\n")
    shown = first_line_on_terminal(cli, api, after)
    assert re.fullmatch(r"\d\d:\d\d:\d\d  a@x\.example -> b@x\.example \(\+1\)  red  \[31m alert \r\n", shown), shown


def test_terminal_gets_one_line_however_long_the_texts_are(api: Api, cli: Cli) -> None:
    after = str(api.cursor())
    address = b"%s@x.example" % (b"a" * 60)
    api.put(b"From: %s\r\nTo: %s\r\nSubject: %s\r\n\r\nx\r\n" % (address, address, "日本".encode() * 5000))
    shown = first_line_on_terminal(cli, api, after).removesuffix("\r\n")
    assert "日本" in shown
    assert shown.endswith("…")
    assert 78 <= sum(2 if ord(character) > 0x2E80 else 1 for character in shown) <= 80


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["-n", "1", "--since", "0"], EXIT_USAGE, "--since and --last"),
        (["-n", "10001"], EXIT_USAGE, "10000"),
        (["larger:abc"], EXIT_USAGE, "larger:"),
        (["--since", "nowhere"], 1, "ID"),
        (["two", "words"], EXIT_USAGE, "quotes"),
    ],
)
def test_what_is_wrong_is_one_line(cli: Cli, words: list[str], code: int, text: str) -> None:
    cli.run("tail", *words).expect_error(code, text)


def test_server_that_was_never_there_is_an_error(tmp_path: Path) -> None:
    Cli(tmp_path, "--server", "http://127.0.0.1:9").run("tail").expect_error(EXIT_NO_SERVER, "127.0.0.1:9")
