"""dsmtpd show: dates, checks, SMTP sessions and headers."""

import json
import re

from api_support import Api, make_mail
from cli_support import EXIT_USAGE, Cli
from smtp_wire import SmtpWire

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]")


def test_local_time_stands_next_to_utc(api: Api, cli: Cli) -> None:
    mail_id = api.put(make_mail("dated"))
    assert (
        "Date: 2026-10-13T08:20:30Z (2026-10-13 10:20:30 CEST)"
        in cli.run("show", mail_id, env={"TZ": "Europe/Berlin"}).lines
    )
    assert "Date: 2026-10-13T08:20:30Z" in cli.run("show", mail_id).lines


def test_checks_are_shown_with_their_sources(api: Api, cli: Cli) -> None:
    mail_id = api.put(b"From: a@b.example\r\nFrom: c@b.example\r\n\r\nx\r\n")
    *lines, summary = cli.run("show", mail_id, "--checks").lines
    dated = api.put(b"From: a@b.example\r\nDate: Yesterday\r\n\r\nx\r\n")
    assert any(line.startswith("line 2: error: ") for line in cli.run("show", dated, "--checks").lines)
    assert lines[0] == "error: there are 2 From fields [many-from, RFC 5322 3.6]"
    assert any(line.startswith("note: ") for line in lines)
    assert re.fullmatch(r"\d+ errors?, \d+ warnings?, \d+ notes?", summary)
    report = json.loads(cli.run("show", mail_id, "--checks", "--json").expect().out)
    assert len(report["Checks"]) == len(lines)


def test_session_says_who_spoke_and_when(api: Api, cli: Cli) -> None:
    mail_id = api.put(make_mail("spoken"))
    lines = cli.run("show", mail_id, "--session").lines
    assert all(re.match(r" *\d+\.\d ms  [CS*]: ", line) for line in lines)
    said = [line.partition(" ms  ")[2] for line in lines]
    assert said[0].startswith("*: ")
    assert any(re.match("C: MAIL FROM:", line, re.IGNORECASE) for line in said)
    assert any(line.startswith("S: 250 ") for line in said)


def test_session_has_colours_on_a_terminal_where_they_are_wanted(api: Api, cli: Cli) -> None:
    with SmtpWire.greeted(api.server.port) as wire:
        wire.send(b"NONSENSE \x1b[31m\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n")
        wire.send(b"Subject: rejected first\r\n\r\nx\r\n.\r\n")
        assert [wire.read_reply().code for _ in range(5)] == [500, 250, 250, 354, 250]
    cli.run("wait", "--after", "0", 'subject:"rejected first"').expect()
    words = ("show", "--query", 'subject:"rejected first"', "--session")
    shown = cli.run_on_terminal(*words)
    assert re.search("\x1b\\[36mC: MAIL FROM:<a@b.example>\x1b\\[0m", shown)
    assert re.search("\x1b\\[1;31mS: 500 ", shown)
    assert not CONTROLS.search(re.sub("\x1b\\[[0-9;]*m", "", shown))
    assert "\x1b" not in cli.run_on_terminal(*words, env={"NO_COLOR": "1"})


def test_header_without_an_end_is_shown_whole(api: Api, cli: Cli) -> None:
    """Also where the empty line is split between two pieces of the answer, or there is a NUL before it."""
    fields = b"".join(b"X-Field-%d: %s\r\n" % (number, b"x" * 60) for number in range(3000))
    mail_id = api.put(b"Subject: long\r\nX-Nul: \0\r\n" + fields + b"\r\nbody\r\n")
    headers = cli.run("show", mail_id, "--headers").expect().out
    assert headers.count("\n") == 3002
    assert headers.endswith("x\n")


def test_no_two_things_are_shown_at_once(cli: Cli) -> None:
    cli.run("show", "--checks", "--part", "1").expect_error(EXIT_USAGE, "--part prints one part")
    cli.run("show", "--raw", "--json").expect_error(EXIT_USAGE, "this has no JSON")
