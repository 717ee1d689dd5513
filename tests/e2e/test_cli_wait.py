"""dsmtpd wait: messages that come before, during and after the call."""

import json
import mailbox
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from api_support import Api, make_mail
from cli_support import EXIT_FAILED, EXIT_USAGE, Cli, end_of

# 1,000 and more to look for a race; each takes some 20 ms.
ROUNDS = int(os.environ.get("WAIT_ROUNDS", "200"))


def test_message_that_comes_during_the_call_is_printed(api: Api, cli: Cli) -> None:
    after = str(api.cursor())
    waiting = cli.start("wait", "--after", after, "subject:during")
    mail_id = api.put(make_mail("it is during"))
    [line] = end_of(waiting).lines
    assert line.split("\t")[0] == mail_id
    assert line.split("\t")[2:] == ["sender@example.com", "to@example.com", "it is during"]


def test_message_that_another_program_puts_into_a_maildir_is_waited_for(tmp_path: Path) -> None:
    maildir = mailbox.Maildir(tmp_path / "mail")
    cli = Cli(tmp_path, "-d", str(tmp_path / "mail"))
    maildir.add(make_mail("early"))
    after = cli.run("cursor").lines[0]
    waiting = cli.start("wait", "--after", after, "--print", "id")
    mail_id = maildir.add(make_mail("late"))
    assert end_of(waiting).lines == [mail_id]


def test_message_from_before_does_not_count(api: Api, cli: Cli) -> None:
    api.put(make_mail("early"))
    cli.run("wait", "-t", "100ms", "subject:early").expect_error(
        EXIT_FAILED, "0 of 1 messages arrived within 0.1 s; nothing else arrived"
    )
    assert cli.run("wait", "--after", "0", "subject:early").lines


def test_message_after_another_is_waited_for(api: Api, cli: Cli) -> None:
    first = api.put(make_mail("one of two"))
    second = api.put(make_mail("two of two"))
    assert cli.run("wait", "--after", first, "--print", "id", '"of two"').lines == [second]


def test_several_messages_are_waited_for(api: Api, cli: Cli) -> None:
    waiting = cli.start("wait", "--after", str(api.cursor()), "--count", "3", "--print", "id", "subject:several")
    ids = [api.put(make_mail(f"several {i}")) for i in range(3)]
    assert end_of(waiting).lines == ids


def test_messages_that_did_come_are_counted_when_others_did_not(api: Api, cli: Cli) -> None:
    after = str(api.cursor())
    api.put(make_mail("lonely"))
    done = cli.run("wait", "--after", after, "-n", "2", "-t", "50ms", "subject:lonely")
    assert done.expect(EXIT_FAILED).err.splitlines() == [
        "dsmtpd wait: 1 of 2 messages arrived within 0.05 s; all that arrived:",
        "  sender@example.com -> to@example.com  lonely",
    ]


def test_messages_that_arrived_instead_are_listed(api: Api, cli: Cli) -> None:
    after = str(api.cursor())
    api.put(make_mail("first"))
    api.put(
        b"From: x@example.com\r\nSubject: red \x1b[31m\x07\xe2\x80\xae\r\n\r\nx\r\n", ["a@example.com", "b@example.com"]
    )
    api.put(b"From: x@example.com\r\nTo: y@example.com\r\n\r\nx\r\n")
    api.put(b"From: x@example.com\r\nTo: y@example.com\r\nSubject: %s\r\n\r\nx\r\n" % (b"long" * 20_000))
    done = cli.run("wait", "--after", after, "-t", "10ms", "to:nobody").expect(EXIT_FAILED)
    assert done.out == ""
    assert done.err.splitlines() == [
        "dsmtpd wait: 0 of 1 messages arrived within 0.01 s; arrived instead:",
        "  sender@example.com -> to@example.com  first",
        "  x@example.com -> a@example.com (+1)  red  [31m \\u{202e}",
        "  x@example.com -> y@example.com  (no subject)",
        f"  x@example.com -> y@example.com  {'long' * 19}lon…",
    ]


def test_list_of_what_arrived_is_short(api: Api, cli: Cli) -> None:
    waiting = cli.start("wait", "--after", str(api.cursor()), "-t", "2", "-n", "100")
    for number in range(12):
        api.put(make_mail(f"number {number}"))
    lines = end_of(waiting).expect(EXIT_FAILED).err.splitlines()
    assert lines[0].startswith("dsmtpd wait: 12 of 100 messages arrived")
    assert [line.rpartition("  ")[2] for line in lines[1:-1]] == [f"number {number}" for number in range(10)]
    assert lines[-1] == "  and 2 more"


def test_messages_that_arrive_while_it_waits_are_listed_without_a_cursor_too(api: Api, cli: Cli) -> None:
    api.put(make_mail("from before"))
    waiting = cli.start("wait", "-t", "1", "to:nobody")
    while waiting.poll() is None:
        api.put(make_mail("meanwhile"))
    err = end_of(waiting).expect(EXIT_FAILED).err
    assert "meanwhile" in err
    assert "from before" not in err


def test_code_link_text_and_json_are_printed(api: Api, cli: Cli) -> None:
    after = str(api.cursor())
    mail_id = api.put(make_mail("login", "Your code is 482 913.\nOr open https://app.example/verify?token=abc\n"))
    wait = ("wait", "--after", after, "subject:login")
    assert cli.run(*wait, "--print", "code").lines == ["482913"]
    assert cli.run(*wait, "--print=link").lines == ["https://app.example/verify?token=abc"]
    assert cli.run(*wait, "-p", "text").lines[0] == "Your code is 482 913."
    for words in (["--print=json"], ["--json"]):
        answer = json.loads(cli.run(*wait, *words).expect().out)
        assert [mail["ID"] for mail in answer["messages"]] == [mail_id]


def test_message_without_code_fails(api: Api, cli: Cli) -> None:
    after = str(api.cursor())
    mail_id = api.put(make_mail("no code", "Nothing to see.\n"))
    done = cli.run("wait", "--after", after, "--print", "code", 'subject:"no code"')
    done.expect_error(EXIT_FAILED, f"{mail_id} arrived, but contains no code")


def test_none_in_time_as_json_says_so_in_json_too(cli: Cli) -> None:
    done = cli.run("wait", "-t", "10ms", "--json").expect(EXIT_FAILED)
    assert json.loads(done.out)["count"] == 0


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["larger:abc"], EXIT_USAGE, "at 8: larger: needs a size"),
        (["--after", "nowhere"], EXIT_FAILED, "give a cursor or the ID of a message"),
        (["--timeout", "1h"], EXIT_USAGE, '--timeout: "1h" is not a valid time; give a number of seconds'),
        (["--timeout", "601"], EXIT_USAGE, "up to 600s"),
        (["--count", "0"], EXIT_USAGE, "give 1 to 1000"),
        (["--print", "all"], EXIT_USAGE, "give summary or id or code"),
        (["two", "words"], EXIT_USAGE, "put a query of several words into quotes"),
        (["--pint"], EXIT_USAGE, "there is no option --pint; did you mean --print?"),
    ],
)
def test_what_is_wrong_is_reported_in_one_line(cli: Cli, words: list[str], code: int, text: str) -> None:
    cli.run("wait", *words).expect_error(code, text)


def test_no_message_is_missed_and_none_from_before_is_returned(api: Api, cli: Cli) -> None:
    """The message is sent before, while and after `wait` starts; one like it is there already each time."""
    random.seed(7)
    delays_s = [random.uniform(-0.02, 0.03) for _ in range(ROUNDS)]

    def play(number: int) -> None:
        subject = f"round {number} end"
        api.put(make_mail(subject))
        after = str(api.cursor())
        delay_s = delays_s[number]
        mail_id = api.put(make_mail(subject)) if delay_s < 0 else None
        waiting = cli.start("wait", "--after", after, "-t", "30", "--print", "id", f'subject:"{subject}"')
        if mail_id is None:
            time.sleep(delay_s)  # the moment at which it comes, not one that anything waits for
            mail_id = api.put(make_mail(subject))
        assert end_of(waiting).lines == [mail_id]

    with ThreadPoolExecutor(4) as players:
        list(players.map(play, range(ROUNDS)))
