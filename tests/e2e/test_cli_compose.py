"""dsmtpd send with options that make a message."""

import os
import signal
from pathlib import Path

import pytest
from api_support import Api
from cli_support import EXIT_NO_SERVER, EXIT_USAGE, Cli, Place

EXIT_DATA = 65
EXIT_NO_INPUT = 66
MIB = 1024 * 1024


def addresses(people: list[dict[str, str]]) -> list[str]:
    return [f"{person['Name']} <{person['Address']}>" for person in people]


def test_all_that_is_said_of_a_message_is_in_it(api: Api, cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "Größe.pdf").write_bytes(b"%PDF-1.4 \0\xff")
    (tmp_path / "b.txt").write_text("plain")
    [mail_id] = cli.run(
        "send",
        *("--subject", "Hällo", "--text", "Hi\nthere", "--html", "<p>Hi</p>"),
        *(
            "--from",
            "Shop <shop@example.com>",
            "--to",
            "Bob <bob@example.com>, eve@example.com",
            "--cc",
            "c@example.com",
        ),
        *("--bcc", "hidden@example.com", "--reply-to", "help@example.com"),
        *("--header", "X-Tags: welcome", "--header", "X-Run:  7 ", "--attach", "Größe.pdf", "-a", "./b.txt"),
        "word@example.com",
    ).lines
    mail = api.message(mail_id)
    assert (mail["Subject"], mail["Text"].strip(), mail["HTML"].strip()) == ("Hällo", "Hi\nthere", "<p>Hi</p>")
    assert addresses([mail["From"]]) == ["Shop <shop@example.com>"]
    assert addresses(mail["To"]) == ["Bob <bob@example.com>", " <eve@example.com>", " <word@example.com>"]
    assert addresses(mail["Cc"]) == [" <c@example.com>"]
    assert addresses(mail["Bcc"]) == [" <hidden@example.com>"]
    assert addresses(mail["ReplyTo"]) == [" <help@example.com>"]
    assert mail["Tags"] == ["welcome"]
    assert api.get_json(f"/api/v1/message/{mail_id}/headers")["X-Run"] == ["7"]
    assert [(file["FileName"], file["Size"]) for file in mail["Attachments"]] == [("Größe.pdf", 11), ("b.txt", 5)]
    part = mail["Attachments"][0]["PartID"]
    assert api.get(f"/api/v1/message/{mail_id}/part/{part}").content == b"%PDF-1.4 \0\xff"
    assert "hidden@example.com" not in api.get(f"/api/v1/message/{mail_id}/raw").text


def test_one_option_and_a_recipient_are_enough(api: Api, cli: Cli) -> None:
    [mail_id] = cli.run("send", "--subject", "short", "bob").lines
    mail = api.message(mail_id)
    assert mail["To"][0]["Address"].startswith("bob@")
    assert "@" in mail["From"]["Address"]
    assert mail["MessageID"]
    assert mail["Date"]


def test_texts_are_read_from_files_and_standard_input(api: Api, cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "news.html").write_text("<p>Grüße</p>\n")
    [mail_id] = cli.feed("Grüße\n".encode(), "send", "--text", "@-", "--html", "@news.html", "bob@example.com").lines
    mail = api.message(mail_id)
    assert (mail["Text"].strip(), mail["HTML"].strip()) == ("Grüße", "<p>Grüße</p>")


def test_maildir_without_server_gets_the_message(tmp_path: Path) -> None:
    place = Place.of_maildir(tmp_path / "mail")
    [mail_id] = place.cli.run("send", "--subject", "local", "bob@example.com").lines
    assert [line.split("\t")[0] for line in place.cli.run("list").lines] == [mail_id]


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["--subject", "x"], EXIT_USAGE, "name a recipient"),
        (["--to", "bob@example.com"], EXIT_USAGE, "need --subject"),
        (["--subject", "x", "--from", "a@b.example, c@d.example", "bob"], EXIT_USAGE, "not one address"),
        (["--subject", "x", "--header", "no colon", "bob"], EXIT_USAGE, "NAME: VALUE"),
        (["--subject", "x", "--header", "X-A: 1", "--header", "X-A: 2", "bob"], EXIT_USAGE, "given twice"),
        (["--subject", "x", "--header", "Subject: y", "bob"], EXIT_DATA, "Subject"),
        (["--subject", "x", "--header", "X-A: 1\r\nBcc: evil@example.com", "bob"], EXIT_DATA, "X-A"),
        (["--subject", "x\r\nBcc: evil@example.com", "bob"], EXIT_DATA, "Subject"),
        (["--subject", "x", "bob@@example.com"], EXIT_DATA, "bob@@example.com"),
        (["--attach", "missing", "bob"], EXIT_NO_INPUT, "missing: No such file"),
        (["--attach", ".", "bob"], EXIT_NO_INPUT, "directory"),
        (["--text", "@missing", "bob"], EXIT_NO_INPUT, "missing: No such file"),
        (["--text", "@binary", "bob"], EXIT_DATA, "not a text in UTF-8"),
        (["--html", "@nul", "bob"], EXIT_DATA, "not a text in UTF-8"),
        (["--attach", "large", "--attach", "large", "bob"], EXIT_DATA, "larger than 48 MiB together"),
        (["--attach", "huge", "bob"], EXIT_DATA, "huge is larger than 64 MiB"),
        (["--text", "@huge", "bob"], EXIT_DATA, "huge is larger than 64 MiB"),
    ],
)
def test_what_cannot_be_sent_is_reported_in_one_line(
    api: Api, cli: Cli, words: list[str], code: int, text: str
) -> None:
    (cli.directory / "binary").write_bytes(b"\x80\xff")
    (cli.directory / "nul").write_bytes(b"a\0b")
    for name, n_bytes in {"large": 30 * MIB, "huge": 65 * MIB}.items():
        with (cli.directory / name).open("wb") as file:
            file.truncate(n_bytes)
    before = api.list(limit=1)["total"]
    cli.run("send", *words).expect_error(code, text)
    assert api.list(limit=1)["total"] == before


def test_endless_file_is_not_read_to_its_end(cli: Cli) -> None:
    cli.run("send", "--attach", "/dev/zero", "bob").expect_error(EXIT_DATA, "/dev/zero is larger than 64 MiB")


def test_no_server_is_an_error_of_its_own(tmp_path: Path) -> None:
    Cli(tmp_path, "--server", "http://127.0.0.1:9").run("send", "--subject", "x", "bob").expect_error(
        EXIT_NO_SERVER, ""
    )


def test_reader_that_is_gone_changes_nothing_for_the_message(api: Api, cli: Cli) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as pipe:
        sending = cli.start("send", "--subject", "unread ID", "bob", stdout=pipe)
        assert sending.wait(30) == -signal.SIGPIPE
    assert api.search('subject:"unread ID"')["messages_count"] == 1
