"""dsmtpd check: the checks of messages in an inbox and in files, for CI."""

import json
import os
import re
import signal
from pathlib import Path

import dkim
import pytest
from api_support import Api, Json, make_mail
from cli_support import EXIT_FAILED, EXIT_INVALID_MAILDIR, EXIT_NO_SERVER, EXIT_USAGE, Cli, Place
from programs import run_program
from server import PATIENCE_S

EXIT_NO_INPUT = 66
SOURCE_MAIL_MAX = 64 * 1024 * 1024

GOOD = b"""From: Sender <sender@mail.example.com>
To: to@example.com
Subject: Good
Date: Tue, 13 Oct 2026 10:20:30 +0200
Message-ID: <1@mail.example.com>

Hello
"""
WARNED = GOOD.replace(b"Subject: Good\n", b"")
FAULTY = GOOD.replace(b"From:", b"From: other@example.com\nFrom:")
NEWSLETTER = GOOD.replace(
    b"\n\nHello\n",
    b"\nMIME-Version: 1.0\nContent-Type: text/html\n\n"
    b'<html lang="en"><p style="display:flex">Enough text to be read: <a href="https://example.com/x">here</a></p>\n',
)


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """A user without any server, in a directory of files."""
    for name, data in {"good": GOOD, "warned": WARNED, "faulty": FAULTY, "news": NEWSLETTER}.items():
        (tmp_path / f"{name}.eml").write_bytes(data)
    return Cli(tmp_path)


def findings_of(report: Json) -> dict[str, str]:
    """Name and level of each finding."""
    return {finding["Name"]: finding["Level"] for finding in report["Checks"]}


def check_json(cli: Cli, *words: str) -> Json:
    done: Json = json.loads(cli.run("check", "--json", "--fail-on=never", *words).expect().out)
    return done


@pytest.mark.parametrize(
    ("name", "fail_on", "code"),
    [
        ("good", "warning", 0),
        ("warned", "error", 0),
        ("warned", "warning", EXIT_FAILED),
        ("faulty", "error", EXIT_FAILED),
        ("faulty", "never", 0),
        ("good", "note", EXIT_FAILED),
    ],
)
def test_exit_code_says_whether_something_as_bad_was_found(cli: Cli, name: str, fail_on: str, code: int) -> None:
    done = cli.run("check", f"{name}.eml", "--fail-on", fail_on).expect(code)
    assert done.err == ""
    assert done.out.splitlines()[-1].startswith("1 message: ")


def test_finding_is_a_line_with_name_severity_example_and_source(cli: Cli) -> None:
    *lines, summary = cli.run("check", "faulty.eml", "warned.eml").expect(EXIT_FAILED).out.splitlines()
    assert re.fullmatch(r"faulty\.eml: error: .* \[many-from, RFC 5322 3\.6\]", lines[0])
    assert "warned.eml: warning: there is no subject [no-subject, RFC 5322 3.6.5]" in lines
    assert re.fullmatch(r"2 messages: 1 error, 1 warning, \d+ notes \(--notes shows them\)", summary)


def test_finding_has_its_line_in_the_file_or_in_the_html(api: Api, cli: Cli) -> None:
    undated = GOOD.replace(b"Tue, 13 Oct", b"Yesterday, 13 Oct")
    (cli.directory / "undated.eml").write_bytes(undated)
    assert re.search(r"^undated\.eml:4: error: .* \[date-", cli.run("check", "undated.eml").out, re.MULTILINE)
    picture = NEWSLETTER.replace(b"</p>", b"\n<img src=https://example.com/a.png></p>")
    (cli.directory / "picture.eml").write_bytes(picture)
    assert "(https://example.com/a.png, line 2 of the HTML) [img-no-alt, " in cli.run("check", "picture.eml").out
    mail_id = api.put(undated)
    stored = api.stored(mail_id)
    (cli.directory / "stored.eml").write_bytes(stored)
    number = stored.splitlines().index(b"Date: Yesterday, 13 Oct 2026 10:20:30 +0200") + 1
    assert number > 4
    assert re.search(rf"^stored\.eml:{number}: error: .* \[date-", cli.run("check", "stored.eml").out, re.MULTILINE)
    served = cli.at("--server", api.url).run("check", mail_id).out
    assert re.search(rf"^{re.escape(mail_id)}:4: error: .* \[date-", served, re.MULTILINE)


def test_notes_features_and_links_are_printed_where_asked(cli: Cli) -> None:
    done = cli.run("check", "--notes", "news.eml").expect()
    assert re.search(r"^news\.eml: note: .* \[dkim-none, RFC 6376 2\.1\]$", done.out, re.MULTILINE)
    assert re.search(
        r"^news\.eml: note: client support of display:flex: [0-9.]+ % full, .* \(line 1 of the HTML\) \[css-",
        done.out,
        re.MULTILINE,
    )
    assert "news.eml: link, not requested: https://example.com/x\n" in done.out
    assert "dkim-none" not in cli.run("check", "news.eml").expect().out


def test_a_file_may_have_a_name_that_is_not_utf8(cli: Cli, tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.eml")
    (tmp_path / name).write_bytes(GOOD)
    assert [report["Name"] for report in check_json(cli, name)["Messages"]] == ["caf\ufffd.eml"]


def test_client_support_can_be_asked_for(cli: Cli) -> None:
    report = check_json(cli, "news.eml")["Messages"][0]
    supported = report["ClientSupport"]["Total"]["Supported"]
    assert 0 < supported < 99
    assert f"client support: {supported:.1f} % full" in cli.run("check", "news.eml").expect().out
    cli.run("check", f"--min-support={int(supported)}", "news.eml").expect()
    cli.run("check", f"--min-support={int(supported) + 1}", "news.eml").expect(EXIT_FAILED)
    assert check_json(cli, "good.eml")["Messages"][0]["ClientSupport"] is None


def test_findings_can_be_left_out_by_name_and_group(cli: Cli) -> None:
    cli.run("check", "--fail-on=warning", "--ignore=no-subject", "warned.eml").expect()
    cli.run("check", "--fail-on=warning", "-i", "headers", "warned.eml").expect()
    cli.run("check", "--fail-on=warning", "-i", "html", "warned.eml").expect(EXIT_FAILED)
    assert "no-subject" not in findings_of(check_json(cli, "-i", "no-subject", "warned.eml")["Messages"][0])


def test_json_has_reports_and_sums(cli: Cli) -> None:
    answer = check_json(cli, "faulty.eml", "news.eml")
    assert [report["Name"] for report in answer["Messages"]] == ["faulty.eml", "news.eml"]
    assert (answer["Errors"], answer["Warnings"]) == (1, 1)
    assert [link["URL"] for link in answer["Messages"][1]["Links"]] == ["https://example.com/x"]
    assert answer["Messages"][1]["Authentication"]["DMARC"]["Result"]


def test_line_ends_of_a_file_make_no_difference_but_mixed_ones_are_found(cli: Cli) -> None:
    crlf = FAULTY.replace(b"\n", b"\r\n")
    (cli.directory / "crlf.eml").write_bytes(crlf)
    (cli.directory / "mixed.eml").write_bytes(crlf.replace(b"Hello\r\n", b"Hello\n"))
    faulty, same, mixed = (
        findings_of(report) for report in check_json(cli, "faulty.eml", "crlf.eml", "mixed.eml")["Messages"]
    )
    assert faulty == same
    assert {name: mixed[name] for name in mixed.keys() - same.keys()} == {"bare-lf": "error"}


def test_file_of_a_maildir_is_checked_as_the_server_checks_it(api: Api, tmp_path: Path) -> None:
    """Its envelope and line ends stand in the block in front of it."""
    mail_id = api.put(make_mail("stored", html="<p>x</p>"), sender="bounces@elsewhere.example")
    (tmp_path / "stored.eml").write_bytes(api.stored(mail_id))
    [report] = check_json(Cli(tmp_path), "stored.eml")["Messages"]
    [served] = check_json(Cli(tmp_path, "--server", api.url), mail_id)["Messages"]
    assert "senders-differ" in findings_of(report)
    assert served["ID"] == served["Name"] == mail_id
    for member in ("Checks", "Authentication", "ClientSupport", "Links", "Subject"):
        assert report[member] == served[member]


def test_newest_that_the_query_finds_or_all_of_them_are_checked(api: Api, tmp_path: Path) -> None:
    cli = Cli(tmp_path, "--server", api.url)
    ids = [api.put(make_mail(f"chosen {i}")) for i in range(2)]
    latest = api.put(FAULTY)
    assert [report["Name"] for report in check_json(cli)["Messages"]] == [latest]
    assert [report["Name"] for report in check_json(cli, "--query", "chosen")["Messages"]] == [ids[1]]
    assert [report["Name"] for report in check_json(cli, "--query", "chosen", "--all")["Messages"]] == ids
    assert latest in [report["Name"] for report in check_json(cli, "--all")["Messages"]]
    assert api.message(ids[0])["Subject"] == "chosen 0"
    cli.run("check", ids[0], latest).expect(EXIT_FAILED)


def test_checking_does_not_mark_as_read(api: Api, tmp_path: Path) -> None:
    mail_id = api.put(make_mail("unread stays", html="<p>x</p>"))
    check_json(Cli(tmp_path, "--server", api.url), mail_id)
    assert api.search('is:unread subject:"unread stays"')["messages_count"] == 1


def test_maildir_without_server_and_no_other_is_made(tmp_path: Path) -> None:
    place = Place.of_maildir(tmp_path / "mail")
    mail_id = place.put(make_mail("of a Maildir"))
    assert [report["Name"] for report in check_json(place.cli)["Messages"]] == [mail_id]
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "good.eml").write_bytes(GOOD)
    Cli(empty).run("check", str(tmp_path / "good.eml")).expect()
    Cli(empty).run("check").expect_error(EXIT_NO_SERVER, "")
    assert list(empty.iterdir()) == []


def test_dns_records_show_whether_a_file_is_authentic(cli: Cli) -> None:
    key = run_program(["openssl", "genrsa", "2048"]).encode()
    (cli.directory / "key").write_bytes(key)
    public = run_program(["openssl", "pkey", "-in", str(cli.directory / "key"), "-pubout"])
    (cli.directory / "s._domainkey.mail.example.com.pem").write_text(public)
    message = GOOD.replace(b"\n", b"\r\n")
    signature = dkim.sign(message, b"s", b"mail.example.com", key)
    (cli.directory / "signed.eml").write_bytes(signature + message)
    (cli.directory / "changed.eml").write_bytes(signature + message.replace(b"Hello", b"Hullo"))
    records = ("--dns-records", "s._domainkey.mail.example.com.pem")
    signed, changed = (
        findings_of(report) for report in check_json(cli, *records, "signed.eml", "changed.eml")["Messages"]
    )
    assert signed["dkim-pass"] == "info"
    assert changed["dkim-body"] == "error"
    assert "dkim-offline" in findings_of(check_json(cli, "signed.eml")["Messages"][0])


def test_standard_input_mbox_maildir_and_directory_are_read(cli: Cli, tmp_path: Path) -> None:
    done = cli.feed(FAULTY, "check", "-").expect(EXIT_FAILED)
    assert done.out.startswith("standard input: error: ")
    (tmp_path / "box").write_bytes(
        b"From a@x Tue Oct 13 10:20:30 2026\n" + GOOD + b"\nFrom a@x Tue Oct 13 10:20:30 2026\n" + FAULTY
    )
    assert [len(report["Checks"]) > 0 for report in check_json(cli, "./box")["Messages"]] == [True, True]
    Place.of_maildir(tmp_path / "mail").put(make_mail("x"))
    assert len(check_json(cli, "./mail")["Messages"]) == 1
    names = [report["Name"] for report in check_json(cli, ".")["Messages"]]
    assert [Path(name).name for name in names] == ["faulty.eml", "good.eml", "news.eml", "warned.eml"]


def test_nothing_of_a_message_steers_the_terminal(cli: Cli, tmp_path: Path) -> None:
    hostile = GOOD.replace(b"Good", b"red \x1b[31m\x07").replace(b"Date: T", b"Date: \x1b]0;title\x07\xc2\x9b31m T")
    (tmp_path / "evil.eml").write_bytes(hostile + "\u202eX".encode())
    name = "evil\x1b[2J.eml"
    (tmp_path / name).write_bytes(hostile)
    shown = cli.run_on_terminal("check", "--notes", "--fail-on=never", "evil.eml", name, env={"NO_COLOR": "1"})
    assert "date-" in shown
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", shown)
    piped = cli.run("check", "--notes", "--fail-on=never", "evil.eml", name).expect().out
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", piped)


def test_terminal_gets_colours_unless_they_are_not_wanted(cli: Cli) -> None:
    words = ("check", "--fail-on=never", "faulty.eml")
    assert "\x1b[1;31merror\x1b[0m" in cli.run_on_terminal(*words)
    assert "\x1b" not in cli.run_on_terminal(*words, env={"NO_COLOR": "1"})


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("missing.eml", "missing.eml: No such file"),
        ("./garbage", "binary"),
        ("./nothing.eml", "empty"),
        ("./folder", "folder"),
        ("./huge.eml", "64 MiB"),
    ],
)
def test_what_cannot_be_read_is_reported_and_the_rest_is_checked(
    cli: Cli, tmp_path: Path, word: str, text: str
) -> None:
    (tmp_path / "garbage").write_bytes(bytes(range(256)) * 100)
    (tmp_path / "nothing.eml").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    with (tmp_path / "huge.eml").open("wb") as huge:
        huge.truncate(SOURCE_MAIL_MAX + 1)
    alone = cli.run("check", word).expect(EXIT_NO_INPUT)
    assert alone.out == ""
    assert alone.err.count("\n") == 1
    assert text in alone.err
    done = cli.run("check", word, "good.eml").expect(EXIT_NO_INPUT)
    assert done.out.startswith("1 message: ")


def test_binary_garbage_that_is_called_a_message_is_checked_as_one(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "noise.eml").write_bytes(bytes(range(256)) * 4000)
    assert cli.run("check", "noise.eml").expect(EXIT_FAILED).out.count("\n") < 50


def test_message_with_very_many_faults_has_few_lines(cli: Cli, tmp_path: Path) -> None:
    images = b'<img src="http://127.0.0.1/x.png">\n' * 100_000
    (tmp_path / "many.eml").write_bytes(NEWSLETTER + images)
    assert cli.run("check", "many.eml").out.count("\n") < 50


def test_reader_that_has_seen_enough_ends_it_silently(cli: Cli) -> None:
    running = cli.start("check", "--notes", *["faulty.eml"] * 2000)
    assert running.stdout is not None
    assert running.stdout.readline()
    running.stdout.close()
    assert running.wait(PATIENCE_S) == -signal.SIGPIPE
    assert running.stderr is not None
    assert running.stderr.read() == ""


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["--fail-on", "fatal"], EXIT_USAGE, "give note or warning or error or never"),
        (["--min-support", "101"], EXIT_USAGE, "100"),
        (["good.eml", "--all"], EXIT_USAGE, "not both"),
        (["latest", "--query", "x"], EXIT_USAGE, "not both"),
        (["--dns-records", "good.eml"], EXIT_USAGE, "--dns-records is for files"),
        (["-d", "."], EXIT_INVALID_MAILDIR, "is not a Maildir"),
    ],
)
def test_wrong_use_is_one_line(cli: Cli, words: list[str], code: int, text: str) -> None:
    cli.run("check", *words).expect_error(code, text)


def test_missing_message_is_not_a_finding(api: Api, tmp_path: Path) -> None:
    cli = Cli(tmp_path, "--server", api.url)
    cli.run("check", "nothing-of-this-name").expect_error(EXIT_NO_INPUT, "nothing-of-this-name: ")
    mail_id = api.put(make_mail("there"))
    done = cli.run("check", "nothing-of-this-name", mail_id).expect(EXIT_NO_INPUT)
    assert done.err.count("\n") == 1
    assert done.out.splitlines()[-1].startswith("1 message: ")
    cli.run("check", "--all", "--query", "subject:nothing-of-this-name").expect_error(
        EXIT_NO_INPUT, "no message to check"
    )
