"""Commands that list, show and change messages, on a server and on a Maildir that no server knows."""

import json
import re
import signal
import string
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from api_support import make_mail, running_api
from cli_support import EXIT_FAILED, EXIT_USAGE, Place
from server import PATIENCE_S

PDF = b"%PDF-1.4 \x00\xff\r\n"
HOSTILE = "\x1b[31mred\x07 \u202eevil"


@pytest.fixture(scope="module", params=["server", "directory"])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    directory = tmp_path_factory.mktemp("cli")
    if request.param == "server":
        with running_api(tmp_path_factory.mktemp("server")) as api:
            yield Place.of_server(api, directory)
    else:
        yield Place.of_maildir(directory / "mail")


@pytest.fixture
def place(shared: Place) -> Place:
    shared.clear()
    return shared


def mail_with_parts() -> EmailMessage:
    mail = make_mail("all kinds", "plain words\n", html="<p>rich words</p>")
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="bill.pdf")
    return mail


def ids_of(lines: list[str]) -> list[str]:
    return [line.split("\t")[0] for line in lines]


# --- lists


def test_list_is_a_line_for_each_the_newest_first(place: Place) -> None:
    ids = [place.put(make_mail(f"number {i}", headers={"To": "a@example.com, b@example.com"})) for i in range(3)]
    lines = place.cli.run("list").lines
    assert ids_of(lines) == ids[::-1]
    mail_id, received, *rest = lines[0].split("\t")
    assert mail_id == ids[2]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", received)
    assert rest == ["sender@example.com", "a@example.com, b@example.com", "number 2"]
    assert ids_of(place.cli.run("list", "--limit=1", "--start=1").lines) == [ids[1]]


def test_empty_list_is_nothing(place: Place) -> None:
    assert place.cli.run("list").lines == []
    assert place.cli.run_on_terminal("list") == ""


def test_list_as_json_is_that_of_the_api(place: Place) -> None:
    mail_id = place.put(make_mail("as json"))
    listed = json.loads(place.cli.run("list", "--json").expect().out)
    assert (listed["total"], listed["messages"][0]["ID"]) == (1, mail_id)


def test_search_finds_or_ends_with_1(place: Place) -> None:
    place.put(make_mail("apple"))
    pear = place.put(make_mail("pear"))
    assert ids_of(place.cli.run("search", "subject:pear").lines) == [pear]
    assert ids_of(place.cli.run("search", "--", "-subject:apple").lines) == [pear]
    assert place.cli.run("search", "subject:plum").expect(EXIT_FAILED).out == ""


def test_count_and_cursor_are_numbers(place: Place) -> None:
    before = int(place.cli.run("cursor").lines[0])
    place.put(make_mail("one"))
    place.put(make_mail("two"))
    assert place.cli.run("count").lines == ["2"]
    assert place.cli.run("count", "subject:two").lines == ["1"]
    assert place.cli.run("count", "subject:three").lines == ["0"]
    counted = json.loads(place.cli.run("count", "subject:two", "--json").expect().out)
    assert counted == {"total": 2, "unread": 2, "messages_count": 1, "messages_unread": 1}
    assert int(place.cli.run("cursor").lines[0]) > before
    assert json.loads(place.cli.run("cursor", "--json").expect().out)["cursor"] > before
    assert len(place.cli.run("wait", "--after", str(before), "-n", "2").lines) == 2


def test_table_fits_the_terminal_and_has_colours_unless_told_otherwise(place: Place) -> None:
    place.put(make_mail("漢字 " * 40))
    coloured = place.cli.run_on_terminal("list")
    plain = place.cli.run_on_terminal("list", env={"NO_COLOR": "1"})
    assert "\x1b[1m" in coloured
    assert "\x1b" not in plain
    assert "\x1b" not in place.cli.run_on_terminal("list", env={"TERM": "dumb"})
    head, row = plain.splitlines()
    assert head.split() == ["#", "Age", "From", "To", "Subject"]
    assert "…" in row
    assert sum(2 if ord(character) > 0x2E80 else 1 for character in row) <= 80


def test_terminal_says_that_there_is_more(place: Place) -> None:
    for i in range(3):
        place.put(make_mail(f"number {i}"))
    assert "2 of 3 messages; --start 2 shows the next" in place.cli.run_on_terminal("list", "-n", "2")


def test_nothing_in_a_message_steers_the_terminal(place: Place) -> None:
    mail = make_mail(
        "plain", HOSTILE + "\n", headers={"Subject": f"=?utf-8?q?{''.join(f'={b:02X}' for b in HOSTILE.encode())}?="}
    )
    mail_id = place.put(mail)
    for words in (
        ["list"],
        ["show"],
        ["show", "--text"],
        ["show", "--raw"],
        ["show", "--part", "0"],
        ["show", "--json"],
    ):
        printed = place.cli.run_on_terminal(*words, env={"NO_COLOR": "1"})
        assert "red" in printed or "list" in words
        assert not set(printed) & {"\x1b", "\x07", "\u202e"}, words
    [line] = place.cli.run("list").lines
    assert line.startswith(mail_id)
    assert not set(line) & {"\x1b", "\u202e"}


SEPARATORS = "two\u2028lines\u0085here\u2029\u200f \U000e0041\ufeff"


def test_programs_read_no_line_or_direction_that_a_message_made(place: Place) -> None:
    encoded = "".join(f"={byte:02X}" for byte in SEPARATORS.encode())
    place.put(make_mail("plain", "text " + SEPARATORS + "\n", headers={"Subject": f"=?utf-8?q?{encoded}?="}))
    for words in (["list"], ["show"], ["show", "--json"], ["list", "--json"]):
        out = place.cli.run(*words).expect().out
        assert not set(out) & set(SEPARATORS) - {*string.ascii_letters, " "}, words
        assert "\\u" in out
    assert SEPARATORS in json.loads(place.cli.run("show", "--json").out)["Text"]
    assert SEPARATORS in place.cli.run("show", "--text").out


@pytest.mark.parametrize(
    "words",
    [
        "export",
        "list -n 1000",
        "list --json -n 1000",
        "show --raw",
        "show --text",
        "show --json",
        "search x",
        "--help",
        "list --help",
    ],
)
def test_reader_that_has_seen_enough_ends_a_command_silently(place: Place, words: str) -> None:
    for _ in range(3):
        place.put(make_mail("large", "x" * 70 + "\n" + ("x" * 70 + "\n") * 5000))
    process = place.cli.start(*words.split())
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    assert process.wait(PATIENCE_S) == -signal.SIGPIPE


def test_other_failures_of_the_output_are_reported(place: Place) -> None:
    place.put(make_mail("plain", "x\n"))
    with Path("/dev/full").open("wb") as full:
        process = place.cli.start("list", stdout=full)
        assert process.stderr is not None
        assert process.stderr.read() == "dsmtpd list: standard output: No space left on device\n"
    assert process.wait(PATIENCE_S) == EXIT_FAILED


# --- one message


def test_show_prints_who_wrote_to_whom_and_the_text(place: Place) -> None:
    mail_id = place.put(mail_with_parts())
    lines = place.cli.run("show").lines
    assert lines[:2] == ["From: Sender <sender@example.com>", "To: to@example.com"]
    assert "Subject: all kinds" in lines
    assert f"ID: {mail_id}" in lines
    assert any(line.startswith("Attachments: bill.pdf (part ") for line in lines)
    assert lines[-1] == "plain words"
    assert json.loads(place.cli.run("show", mail_id, "--json").expect().out)["ID"] == mail_id


def test_pieces_of_a_message_are_shown(place: Place) -> None:
    mail_id = place.put(mail_with_parts())
    place.put(make_mail("another"))
    assert place.cli.run("show", mail_id, "--text").lines == ["plain words"]
    assert place.cli.run("show", mail_id, "--html").lines == ["<p>rich words</p>"]
    headers = place.cli.run("show", mail_id, "--headers").lines
    assert "Subject: all kinds" in headers
    assert headers.index("From: Sender <sender@example.com>") == 0
    assert "" not in headers
    named = json.loads(place.cli.run("show", mail_id, "--headers", "--json").expect().out)
    assert named["Subject"] == ["all kinds"]
    tree = [line.split("\t") for line in place.cli.run("show", "--query", 'subject:"all kinds"', "--tree").lines]
    assert [row[1].strip() for row in tree] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
    ]
    assert tree[-1][3] == "bill.pdf"
    assert place.cli.data("show", mail_id, "--part", tree[-1][0]) == PDF
    assert place.cli.data("show", mail_id, "--raw").startswith(b"From: Sender <sender@example.com>\r\n")


def test_what_is_not_there_is_reported(place: Place) -> None:
    place.cli.run("show").expect_error(EXIT_FAILED, "no such message")
    mail_id = place.put(make_mail("text alone"))
    place.cli.run("show", mail_id, "--html").expect_error(EXIT_FAILED, f"{mail_id} has no HTML")
    place.cli.run("show", mail_id, "--part", "9").expect_error(EXIT_FAILED, "no such part")
    place.cli.run("show", "no-such-id").expect_error(EXIT_FAILED, "no such message")
    place.cli.run("show", "--query", "subject:nothing").expect_error(EXIT_FAILED, "no such message")


# --- changes


def test_rm_deletes_what_is_named_and_nothing_when_one_is_not_there(place: Place) -> None:
    ids = [place.put(make_mail(subject)) for subject in ("a", "b", "c", "d")]
    place.cli.run("rm", ids[0], "no-such-id").expect_error(EXIT_FAILED, "there is no message no-such-id")
    assert place.cli.run("count").lines == ["4"]
    assert place.cli.run("rm", ids[0], ids[1]).lines == []
    place.cli.run("rm", "latest").expect()
    assert ids_of(place.cli.run("list").lines) == [ids[2]]
    place.cli.run("rm", "--query", "subject:d").expect_error(EXIT_FAILED, "subject:d finds no message")
    place.cli.run("rm", "--query", "subject:c").expect()
    assert place.cli.run("count").lines == ["0"]
    place.cli.run("rm", "--all").expect()
    assert not [path for directory in ("new", "cur") for path in (place.maildir / directory).iterdir()]


def test_tags_are_added_removed_and_set(place: Place) -> None:
    mail_id = place.put(make_mail("tagged"))
    other = place.put(make_mail("other"))
    place.cli.run("tag", mail_id, "--add", "one", "-a", "two words").expect()
    assert ids_of(place.cli.run("search", 'tag:"two words"').lines) == [mail_id]
    place.cli.run("tag", "--query", "is:tagged", "--remove", "one", "--add", "three").expect()
    assert json.loads(place.cli.run("show", mail_id, "--json").out)["Tags"] == ["three", "two words"]
    place.cli.run("tag", mail_id, other, "--set", "last").expect()
    assert place.cli.run("count", "tag:last").lines == ["2"]
    assert "Tags: last" in place.cli.run("show", mail_id).lines
    place.cli.run("tag", mail_id, "--clear").expect()
    assert ids_of(place.cli.run("search", "is:tagged").lines) == [other]


def test_marks_are_set_and_cleared(place: Place) -> None:
    mail_id = place.put(make_mail("marked"))
    place.put(make_mail("other"))
    place.cli.run("mark", mail_id, "--read", "--flagged").expect()
    assert ids_of(place.cli.run("search", "is:read is:flagged").lines) == [mail_id]
    [path] = (place.maildir / "cur").iterdir()
    assert path.name.endswith(":2,FS")
    assert "⚑" in place.cli.run_on_terminal("list")
    place.cli.run("mark", "--query", "is:flagged", "--unread").expect()
    assert place.cli.run("count", "is:unread is:flagged").lines == ["1"]
    place.cli.run("mark", mail_id, "--unflagged").expect()
    assert place.cli.run("count", "is:flagged").lines == ["0"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["rm"], "say which messages, by their IDs or by --query"),
        (["rm", "--all", "latest"], "give it without IDs"),
        (["rm", "latest", "--query", "x"], "not both"),
        (["rm", "--query", "before:soon"], "at 8: before: needs a date"),
        (["tag", "latest"], "give --add and --remove, or --set, or --clear"),
        (["tag", "latest", "--add", "x", "--set", "y"], "give --add and --remove, or --set, or --clear"),
        (["mark", "latest"], "give --read or --unread"),
        (["mark", "--query", "is:odd", "--read"], "at 4: is: needs"),
        (["show", "latest", "--query", "x"], "not both"),
        (["show", "--part", "1", "--raw"], "give no other option"),
        (["show", "--text", "--json"], "this has no JSON"),
        (["search"], "QUERY is missing"),
        (["search", '"open'], "at 1:"),
        (["count", "form:bob"], 'there is no field "form:"; did you mean from:? Fields are'),
        (["count", "larger:x"], "at 8: larger: needs a size"),
        (["list", "word"], "takes options only, no arguments"),
        (["cursor", "--limit", "1"], "there is no option --limit"),
    ],
)
def test_what_is_wrong_is_reported_in_one_line(shared: Place, words: list[str], text: str) -> None:
    shared.cli.run(*words).expect_error(EXIT_USAGE, text)
