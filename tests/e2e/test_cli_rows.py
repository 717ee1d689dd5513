"""Lists on a terminal: what a row shows, what its number means, pagers, and what commands say that change messages."""

import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_support import Api, make_mail, running_api
from cli_support import EXIT_FAILED, EXIT_NO_SERVER, EXIT_USAGE, Cli, make_maildir
from server import binary
from terminal import Terminal

DSMTPD = str(binary())
NO_LIST = "no list was printed on this terminal; run dsmtpd list first"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with running_api(tmp_path) as api:
        yield api


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"XDG_STATE_HOME": str(tmp_path / "state"), "XDG_RUNTIME_DIR": ""}


@pytest.fixture
def terminal(tmp_path: Path, environment: dict[str, str]) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path, environment)
    yield terminal
    terminal.close()


@pytest.fixture
def other_terminal(tmp_path: Path, environment: dict[str, str]) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path, environment)
    yield terminal
    terminal.close()


def width_of(text: str) -> int:
    """Columns of a terminal."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)


def put_numbered(api: Api, n: int) -> list[str]:
    """Messages "number 1" and so on, in the order in which a list has them: the last one is row 1."""
    return [api.put(make_mail(f"number {i}")) for i in range(n, 0, -1)][::-1]


# --- rows


def test_row_has_names_the_recipient_and_most_of_the_subject(api: Api, terminal: Terminal) -> None:
    subject = "Your invoice 2026-1042 of 30 November is ready"
    headers = {"From": '"ACME Billing" <noreply@mail.acme.example>', "To": "bob@example.com, eve@example.com"}
    api.put(make_mail(subject, headers=headers), ["bob@example.com", "eve@example.com"])
    head, row = terminal.run(DSMTPD, "list").splitlines()
    assert head.split() == ["#", "Age", "From", "To", "Subject"]
    assert re.match(r"1  \d+s +● +ACME Billing  \+1 bob@", row)
    [shown] = re.findall(r"Your .*", row)
    assert len(shown.rstrip(" …")) >= 30
    assert width_of(row) <= 80


def test_row_shows_what_is_missing_flags_attachments_and_tags(api: Api, terminal: Terminal) -> None:
    mail = make_mail(headers={"From": "plain@example.com"})
    del mail["Subject"]
    mail.add_attachment(b"x", maintype="application", subtype="pdf", filename="a.pdf")
    mail_id = api.put(mail)
    api.expect_ok("PUT", "/api/v1/messages", {"IDs": [mail_id], "Read": True, "Flagged": True})
    api.expect_ok("PUT", "/api/v1/tags", {"IDs": [mail_id], "Tags": ["billing", "two words"]})
    head, row = terminal.run(DSMTPD, "list").splitlines()
    assert head.split()[-1] == "Tags"
    assert "(no subject)" in row
    assert "plain@example" in row
    assert row.rstrip().endswith("#billing #two words")
    assert "⚑📎" in row
    assert "●" not in row


@pytest.mark.parametrize(
    "name", ["漢字の名前" * 4, "e\u0301" * 40, "مرحبا " * 9, "a\u202eb\x1b[1m\tc" * 5, "👍🏽" * 20]
)
def test_columns_stand_below_each_other_whatever_is_in_them(api: Api, terminal: Terminal, name: str) -> None:
    quoted = "".join(f"={byte:02X}" for byte in name.encode())
    api.put(make_mail("the subject", headers={"From": f"=?utf-8?q?{quoted}?= <a@example.com>"}))
    api.put(make_mail("the subject"))
    _, plain, odd = terminal.run(DSMTPD, "list").splitlines()
    start = plain.index("the subject")
    assert width_of(odd[: odd.index("the subject")]) == start
    assert max(width_of(plain), width_of(odd)) <= 80
    assert not set(odd) & {"\x1b", "\u202e", "\t"}


def test_ids_are_shown_on_request(api: Api, terminal: Terminal) -> None:
    [mail_id] = put_numbered(api, 1)
    assert mail_id not in terminal.run(DSMTPD, "list")
    assert mail_id in terminal.run(DSMTPD, "list", "--ids")


def test_programs_get_the_form_of_always(api: Api, terminal: Terminal) -> None:
    ids = put_numbered(api, 2)
    piped = terminal.run("sh", "-c", f"{DSMTPD} list | cat").splitlines()
    assert [line.split("\t")[0] for line in piped] == ids
    assert all(re.fullmatch(r"\S+\t\S+Z\tsender@example\.com\tto@example\.com\tnumber \d", line) for line in piped)


# --- numbers


def test_number_means_the_row_printed_last(api: Api, terminal: Terminal) -> None:
    put_numbered(api, 4)
    terminal.run(DSMTPD, "list")
    assert "Subject: number 3" in terminal.run(DSMTPD, "show", "3")
    api.put(make_mail("newer"))  # which makes the third row another one only when it is listed
    assert "Subject: number 3" in terminal.run(DSMTPD, "show", "3")
    assert terminal.run(DSMTPD, "rm", "3") == "deleted 1 message\n"
    assert "there is no message 3" in terminal.run(DSMTPD, "rm", "3", code=EXIT_FAILED)
    assert [mail["Subject"] for mail in api.list()["messages"]] == ["newer", "number 1", "number 2", "number 4"]
    terminal.run(DSMTPD, "list", "--start", "2")
    assert "Subject: number 2" in terminal.run(DSMTPD, "show", "3")
    assert "has no row 1" in terminal.run(DSMTPD, "show", "1", code=EXIT_USAGE)
    assert "has no row 9" in terminal.run(DSMTPD, "rm", "9", code=EXIT_USAGE)
    terminal.run(DSMTPD, "search", "subject:4")
    assert "Subject: number 4" in terminal.run(DSMTPD, "show", "1")
    terminal.run(DSMTPD, "search", "subject:nothing", code=EXIT_FAILED)
    assert "has no row 1" in terminal.run(DSMTPD, "show", "1", code=EXIT_USAGE)


def test_numbers_work_where_the_output_is_a_pipe(api: Api, terminal: Terminal) -> None:
    put_numbered(api, 2)
    terminal.run(DSMTPD, "list")
    assert "Subject: number 2" in terminal.run("sh", "-c", f"{DSMTPD} show 2 | cat")
    terminal.run("sh", "-c", f"{DSMTPD} search subject:1 | cat")  # which no one saw as rows
    assert "Subject: number 2" in terminal.run(DSMTPD, "show", "2")


def test_without_a_list_numbers_are_rejected(
    api: Api, tmp_path: Path, terminal: Terminal, other_terminal: Terminal
) -> None:
    put_numbered(api, 2)
    for words in (["show", "1"], ["rm", "1"], ["tag", "1", "-a", "x"], ["mark", "1", "--read"], ["open", "-p", "1"]):
        assert NO_LIST in terminal.run(DSMTPD, *words, code=EXIT_USAGE)
    terminal.run(DSMTPD, "list", "--json")
    assert NO_LIST in terminal.run(DSMTPD, "rm", "1", code=EXIT_USAGE)
    other_terminal.run(DSMTPD, "list")
    assert NO_LIST in terminal.run(DSMTPD, "rm", "1", code=EXIT_USAGE)
    Cli(tmp_path).run("rm", "1").expect_error(EXIT_USAGE, NO_LIST)
    assert api.list()["messages_count"] == 2


def test_number_is_of_the_server_or_maildir_listed(api: Api, tmp_path: Path, terminal: Terminal) -> None:
    put_numbered(api, 1)
    for directory in ("a", "b"):
        (tmp_path / directory).mkdir()
        make_maildir(tmp_path / directory / "box", 1)
    terminal.run(DSMTPD, "list")
    rejected = terminal.run(DSMTPD, "rm", "1", "-d", "a/box", code=EXIT_USAGE)
    assert f"was of {api.url}, not of {(tmp_path / 'a' / 'box').resolve()}" in rejected.replace("\n", " ")
    terminal.type_line(f"cd a; {DSMTPD} list -d box; cd ../b; {DSMTPD} rm 1 -d box; cd ..")
    assert "not of" in terminal.read_end()
    assert terminal.run(DSMTPD, "rm", "1", "-d", "a/box") == "deleted 1 message\n"
    assert len([*(tmp_path / "b" / "box" / "new").iterdir()]) == 1


def test_lists_are_private_and_end_with_their_terminal(
    api: Api, tmp_path: Path, terminal: Terminal, environment: dict[str, str]
) -> None:
    put_numbered(api, 1)
    ended = Terminal(tmp_path, environment)
    ended.run(DSMTPD, "list")
    directory = tmp_path / "state" / "dsmtpd" / "rows"
    [path] = directory.iterdir()
    assert (path.stat().st_mode & 0o777, directory.stat().st_mode & 0o777) == (0o600, 0o700)
    ended.close()
    terminal.run(DSMTPD, "list")
    [kept] = directory.iterdir()
    assert kept != path
    kept.unlink()
    kept.mkdir()  # so that no list can be kept
    terminal.run(DSMTPD, "list")
    assert NO_LIST in terminal.run(DSMTPD, "rm", "1", code=EXIT_USAGE)


# --- what commands say that change messages


def test_rm_tag_and_mark_say_how_many(api: Api, terminal: Terminal, tmp_path: Path) -> None:
    put_numbered(api, 5)
    terminal.run(DSMTPD, "list")
    assert terminal.run(DSMTPD, "tag", "1", "2", "--add", "x") == "changed the tags of 2 messages\n"
    assert terminal.run(DSMTPD, "mark", "--query", "tag:x", "--read") == "marked 2 messages\n"
    assert terminal.run(DSMTPD, "rm", "2", "2", "latest") == "deleted 2 messages\n"
    assert terminal.run(DSMTPD, "rm", "--all") == "deleted 3 messages\n"
    put_numbered(api, 1)
    assert Cli(tmp_path).run("rm", "--all").lines == []


def test_dry_run_lists_and_deletes_nothing(api: Api, terminal: Terminal, tmp_path: Path) -> None:
    ids = put_numbered(api, 4)
    terminal.run(DSMTPD, "list")
    printed = terminal.run(DSMTPD, "rm", "--dry-run", "3", "1")
    assert re.findall(r"number \d", printed) == ["number 3", "number 1"]
    assert printed.endswith("would delete 2 messages\n")
    assert "would delete 4 messages" in terminal.run(DSMTPD, "rm", "-n", "--all")
    cli = Cli(tmp_path)
    found = cli.run("rm", "--dry-run", "--query", "subject:2").lines
    assert [line.split("\t")[0] for line in found] == [ids[1]]
    assert len(cli.run("rm", "--dry-run", "--all").lines) == 4
    assert [mail["ID"] for mail in api.list()["messages"]] == ids
    assert api.list()["messages_unread"] == 4


# --- pagers


@pytest.fixture
def pager(tmp_path: Path) -> str:
    """A pager that notes that it ran and what LESS is, and passes all on."""
    script = tmp_path / "pager"
    script.write_text(f'#!/bin/sh\necho "LESS=$LESS" >>{tmp_path}/paged\nexec cat\n')
    script.chmod(0o755)
    return str(script)


def test_long_list_goes_through_a_pager(api: Api, tmp_path: Path, environment: dict[str, str], pager: str) -> None:
    put_numbered(api, 12)
    terminal = Terminal(tmp_path, {**environment, "PAGER": f"{pager} --some option"}, rows=10)
    paged = tmp_path / "paged"
    terminal.run(DSMTPD, "list", "-n", "8")
    terminal.run(DSMTPD, "list", "--no-pager")
    terminal.run("sh", "-c", f"{DSMTPD} list | cat")
    assert not paged.exists()
    printed = terminal.run(DSMTPD, "list")
    assert paged.read_text() == "LESS=FRX\n"
    assert len(re.findall(r"number \d+", printed)) == 12
    assert "Subject: number 12" in terminal.run(DSMTPD, "show", "12")
    terminal.run("env", "TERM=dumb", DSMTPD, "list")
    assert paged.read_text() == "LESS=FRX\n"
    terminal.close()


def test_less_is_left_by_a_key_and_ctrl_c_is_its_own(api: Api, tmp_path: Path, environment: dict[str, str]) -> None:
    put_numbered(api, 40)
    terminal = Terminal(tmp_path, {**environment, "PAGER": "less -FRX"}, rows=10)
    terminal.begin(DSMTPD, "list")
    terminal.read_until(r"number 7.*\r\n:\x1b\[K")
    terminal.press("\x03")
    # less rings the bell. If it had not begun to wait for a key yet, it drops the first one that follows.
    terminal.read_until("\x07")
    terminal.press("  ")
    terminal.read_until("number 14")
    terminal.press("q")
    assert "number 40" not in terminal.read_end(0)
    terminal.close()


# --- open


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    """A browser that keeps what it is to open in a pipe, whose path is returned."""
    os.mkfifo(tmp_path / "opened")
    script = tmp_path / "browser"
    script.write_text(f'#!/bin/sh\necho "$*" >{tmp_path}/opened\n')
    script.chmod(0o755)
    return tmp_path / "opened"


def test_page_and_messages_are_opened_in_the_browser(
    api: Api, tmp_path: Path, environment: dict[str, str], browser: Path
) -> None:
    ids = put_numbered(api, 2)
    program = tmp_path / "browser"
    for value, opened in ((f"{program}", ""), (f"{program} --new", "--new "), (f"{program} %s --private", "")):
        terminal = Terminal(tmp_path, {**environment, "BROWSER": value})
        terminal.run(DSMTPD, "list")
        for words, path in (([], "/"), (["latest"], f"/view/{ids[0]}"), (["2"], f"/view/{ids[1]}")):
            assert terminal.run(DSMTPD, "open", *words) == ""
            end = " --private\n" if "%s" in value else "\n"
            assert browser.read_text() == f"{opened}{api.url}{path}{end}"
        terminal.close()


def test_url_is_printed_where_there_is_no_browser(api: Api, tmp_path: Path) -> None:
    [mail_id] = put_numbered(api, 1)
    cli = Cli(tmp_path)
    nothing = {"BROWSER": "", "DISPLAY": "", "WAYLAND_DISPLAY": "", "WSL_DISTRO_NAME": ""}
    assert cli.run("open", env=nothing).lines == [f"{api.url}/"]
    assert cli.run("open", mail_id, env={"BROWSER": "/no/such/program"}).lines == [f"{api.url}/view/{mail_id}"]
    assert cli.run("open", "--print", "latest", env={"BROWSER": "false"}).lines == [f"{api.url}/view/{mail_id}"]
    cli.run("open", "no-such-id", env=nothing).expect_error(EXIT_FAILED, "there is no message no-such-id")
    make_maildir(tmp_path / "box", 1)
    cli.run("open", "-d", "box").expect_error(EXIT_NO_SERVER, "box: no server shows it to browsers; start dsmtpd")
