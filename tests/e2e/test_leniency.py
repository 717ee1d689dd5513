"""What most servers take although RFC 5321 does not allow it: taken and noted, everywhere; with --strict rejected."""

import re

import pytest
from api_support import Api, Json
from hostile_support import read_block_field
from server import Launcher
from smtp_wire import SmtpWire

NAMES = {
    "cp1251": ("МАША-ПК".encode("cp1251"), r"\xCC\xC0\xD8\xC0-\xCF\xCA"),
    "gbk": ("张伟-PC".encode("gbk"), r"\xD5\xC5\xCE\xB0-PC"),
    "cp1252": ("MÜLLER-PC".encode("cp1252"), r"M\xDCLLER-PC"),
}


def send(api: Api, sender: str, *recipients: str, helo: bytes = b"EHLO client.example.org") -> str:
    """Sends a message and returns its ID."""
    with SmtpWire.connect(api.server.port) as wire:
        wire.expect(220)
        wire.ask(helo, 250)
        wire.ask(f"MAIL FROM:{sender}", 250)
        for recipient in recipients:
            wire.ask(f"RCPT TO:{recipient}", 250)
        wire.ask("DATA", 354)
        wire.send(
            b"From: a@b.example\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <1@b.example>\r\n\r\nhi\r\n.\r\n"
        )
        return wire.expect(250).text.rpartition(" ")[2]


def names(found: list[Json]) -> set[str]:
    return {finding["Name"] for finding in found}


CASES = [
    ("<root>", ["<admin@example.com>"], {"no-domain"}),
    ("<a@example.com>", ["<root>", "<b@example.com>"], {"no-domain"}),
    ("a@example.com", ["b@example.com"], {"no-brackets"}),
    ("root SIZE=10", ["<b@example.com>"], {"no-brackets", "no-domain"}),
    (" www-data", ["<b@example.com>"], {"no-brackets", "no-domain", "path-space"}),
    ("<a@example.com>", ["<hana..0401@phone.example>"], {"odd-dots"}),
    ("<a@example.com>", ["<taro.@phone.example>", "<.x@phone.example>"], {"odd-dots"}),
    ("<a..b>", ["b@example.com"], {"odd-dots", "no-domain", "no-brackets"}),
    ("<>", ["<Postmaster>"], set()),
    ("<>", ["postmaster"], {"no-brackets"}),
]


@pytest.mark.parametrize(("sender", "recipients", "found"), CASES)
def test_it_is_noted_wherever_one_looks(api: Api, sender: str, recipients: list[str], found: set[str]) -> None:
    mail_id = send(api, sender, *recipients)
    assert names(api.get_json(f"/api/v1/message/{mail_id}/diagnostics")["Diagnostics"]) == found
    checks = api.get_json(f"/api/v1/message/{mail_id}/checks")["Checks"]
    smtp = [check for check in checks if check["Group"] == "smtp"]
    assert names(smtp) == found
    assert all(check["Source"].startswith("RFC 5321 ") and check["Text"] for check in smtp)
    for name in found:
        api.server.wait_for_log(rf"WARNING: .*{name}: [^;]* \(RFC 5321 [\d.]+\)")
    envelope = api.get_json(f"/api/v1/message/{mail_id}/structure")["Envelope"]
    assert envelope["To"] == [recipient.strip("<> ") for recipient in recipients]


def test_a_name_without_a_domain_is_an_address_like_others(api: Api) -> None:
    mail_id = send(api, "<root>", "<admin+cron>", "<root>")
    mail = api.message(mail_id)
    assert mail["ReturnPath"] == "root"
    assert [address["Address"] for address in mail["Bcc"]] == ["admin+cron", "root"]
    assert "cron" in mail["Tags"]
    for query in ("addressed:root", "rcpt:admin", "tag:cron"):
        assert mail_id in [found["ID"] for found in api.search(query)["messages"]]


@pytest.mark.parametrize("verb", [b"EHLO", b"HELO"])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_a_code_page_is_shown_by_its_bytes(api: Api, verb: bytes, name: str) -> None:
    octets, shown = NAMES[name]
    mail_id = send(api, "<a@example.com>", "<b@example.com>", helo=verb + b" " + octets)
    assert api.get_json(f"/api/v1/message/{mail_id}/structure")["Envelope"]["Helo"] == shown
    found = api.get_json(f"/api/v1/message/{mail_id}/diagnostics")["Diagnostics"]
    assert names(found) == {"helo-code-page"}
    stored = next(path for path in api.server.messages() if mail_id in path.name).read_bytes()
    stored.decode()  # all of it is UTF-8
    assert read_block_field(stored, "X-Diagnostics") == "helo-code-page"


def test_what_was_noted_is_in_the_file(api: Api) -> None:
    mail_id = send(api, "a..b@example.com", "<root>")
    stored = next(path for path in api.server.messages() if mail_id in path.name).read_bytes()
    reply = api.ask("POST", "/api/v1/messages?stored=1", data=stored)
    assert reply.status_code == 200, reply.text
    again = reply.json()["ID"]
    assert names(api.get_json(f"/api/v1/message/{again}/diagnostics")["Diagnostics"]) == {
        "no-brackets",
        "no-domain",
        "odd-dots",
    }
    envelope = api.get_json(f"/api/v1/message/{again}/structure")["Envelope"]
    assert (envelope["From"], envelope["To"]) == ("a..b@example.com", ["root"])


@pytest.mark.parametrize("octets", [b"\x01", b"\xcc\x7f", b"\xcc\x00", b"\xc2\x85", b"\xff" * 256])
def test_control_characters_and_long_names_stay_rejected(api: Api, octets: bytes) -> None:
    with SmtpWire.connect(api.server.port) as wire:
        wire.expect(220)
        wire.ask(b"EHLO x" + octets, 501)


def test_strict_rejects_and_says_why(launcher: Launcher) -> None:
    server = launcher.start("--strict")
    with SmtpWire.connect(server.port) as wire:
        wire.expect(220)
        assert "this server is strict" in wire.ask(b"EHLO " + NAMES["gbk"][0], 501).text
        wire.ask("EHLO client.example.org", 250)
        for path in ("<root>", "root", "a@example.com", " <a@example.com>", "<a..b@example.com>"):
            assert "this server is strict" in wire.ask(f"MAIL FROM:{path}", 501).text
        wire.send_mail(b"hello\r\n")


def test_patterns_look_at_the_name_as_it_is(launcher: Launcher) -> None:
    server = launcher.start("--allow-recipients=^root$", r"--allow-recipients=\.\.b@c\.example$")
    with SmtpWire.greeted(server.port) as wire:
        wire.ask("MAIL FROM:<>", 250)
        wire.ask("RCPT TO:<root>", 250)
        wire.ask("RCPT TO:root", 250)
        wire.ask("RCPT TO:<a..b@c.example>", 250)
        wire.ask("RCPT TO:<roots>", 550)
        wire.ask("RCPT TO:<root@c.example>", 550)


def test_not_ascii_without_brackets_is_rejected_where_ascii_is_asked_for(launcher: Launcher) -> None:
    server = launcher.start("--disable-smtputf8")
    with SmtpWire.greeted(server.port) as wire:
        for path in ("<jörg>", "jörg", "jörg@example.com"):
            wire.ask(f"MAIL FROM:{path}".encode(), 550)


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("< a@b.example >", "space after the '<': write <user@example.com>"),
        ("<a@b.example >", "space before the '>': write <user@example.com>"),
        ("<Ann <a@b.example>>", "write the address alone"),
        ('"Ann" <a@b.example>', "write the address alone"),
        ("<a@b.example>,<c@d.example>", "one command takes one address"),
        ("a@b.example>", "no '<' before it"),
        ("<a@b.example", "no '>' at its end"),
    ],
)
def test_replies_give_advice_that_fits(api: Api, path: str, advice: str) -> None:
    with SmtpWire.greeted(api.server.port) as wire:
        assert advice in wire.ask(f"MAIL FROM:{path}", 501).text
        wire.ask("MAIL FROM:<>", 250)
        assert re.search(re.escape(advice), wire.ask(f"RCPT TO:{path}", 501).text)
