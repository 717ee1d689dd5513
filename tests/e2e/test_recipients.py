"""Rules for recipients: who gets mail, who is rejected, and what a rule that can't be applied does."""

import pytest
from api_support import Api
from hostile_support import read_block_field
from programs import run_program
from server import Launcher
from smtp_wire import SmtpWire

MAIL = b"Subject: hello\r\n\r\nhello\r\n"

# Five nested searches for what is not there, and an address made for it.
HOSTILE_PATTERN = r"^(.*)(.*)(.*)(.*)(.*)[^x]$"
HOSTILE_ADDRESS = "x" * 60 + "@x.xx"


def test_recipients_are_allowed_and_rejected(launcher: Launcher) -> None:
    server = launcher.start(
        r"--allow-recipients=@example\.com$", "--allow-recipients=^postmaster$", "--reject-recipients=^no-?reply@"
    )
    expected = {
        "ann@example.com": (250, "2.1.5"),
        "ANN@EXAMPLE.COM": (250, "2.1.5"),
        "Postmaster": (250, "2.1.5"),
        "ann@example.com.evil.example": (550, "5.1.1"),
        "ann@example.org": (550, "5.1.1"),
        "noreply@example.com": (550, "5.1.1"),
        "No-Reply@example.com": (550, "5.1.1"),
    }
    with SmtpWire.greeted(server.port) as wire:
        wire.ask("MAIL FROM:<sender@example.org>", 250)
        for recipient, (code, enhanced) in expected.items():
            assert wire.ask(f"RCPT TO:<{recipient}>", code).text.startswith(enhanced), recipient
        assert "--reject-recipients" in wire.ask("RCPT TO:<noreply@example.com>", 550).text
        assert "--allow-recipients" in wire.ask("RCPT TO:<ann@example.org>", 550).text
        wire.ask("VRFY noreply@example.com", 252)
        wire.ask("DATA", 354)
        wire.send(MAIL + b".\r\n")
        wire.expect(250)
    taken = ", ".join(recipient for recipient, (code, _) in expected.items() if code == 250)
    assert read_block_field(server.only_mail(), "X-RcptTo") == taken
    server.wait_for_log(r'rejected "RCPT TO:<ann@example\.org>": 550 5\.1\.1 .*--allow-recipients')


def test_message_without_an_accepted_recipient_is_rejected(launcher: Launcher) -> None:
    server = launcher.start("--reject-recipients=.")
    with SmtpWire.greeted(server.port) as wire:
        wire.ask("MAIL FROM:<sender@example.org>", 250)
        wire.ask("RCPT TO:<ann@example.com>", 550)
        wire.ask("DATA", 554)
    assert server.messages() == []


@pytest.mark.parametrize("option", ["--allow-recipients", "--reject-recipients"])
def test_pattern_that_takes_too_long_answers_451(launcher: Launcher, option: str) -> None:
    server = launcher.start(f"{option}={HOSTILE_PATTERN}")
    with SmtpWire.greeted(server.port) as wire:
        wire.ask("MAIL FROM:<sender@example.org>", 250)
        assert wire.ask(f"RCPT TO:<{HOSTILE_ADDRESS}>", 451).text.startswith("4.3.0")
        wire.ask(f"RCPT TO:<{'a' * 501}@example.com>", 451)
        wire.ask("DATA", 554)
    server.wait_for_log(r"WARNING: .*: could not decide about the recipient x+@x\.xx: matching it with")
    assert server.messages() == []


def test_messages_that_come_by_http_are_judged_as_well(launcher: Launcher) -> None:
    api = Api(launcher.start("--http=127.0.0.1:0", "--reject-recipients=^noreply@"))

    def send(recipient: str) -> tuple[int, str]:
        mail = {"From": {"Email": "a@example.com"}, "To": [{"Email": recipient}], "Text": "hello"}
        reply = api.ask("POST", "/api/v1/send", json=mail)
        return reply.status_code, reply.json().get("Error", "")

    def put(recipient: str) -> tuple[int, str]:
        reply = api.ask("POST", "/api/v1/messages", params={"to": recipient}, data=MAIL)
        return reply.status_code, reply.text

    for deliver in (send, put):
        assert deliver("ann@example.com")[0] == 200
        status, text = deliver("noreply@example.com")
        assert status == 403
        assert "--reject-recipients" in text
    assert api.list()["total"] == 2


def test_swaks_learns_why(launcher: Launcher) -> None:
    server = launcher.start(r"--allow-recipients=@example\.com$")
    arguments = ["--from", "sender@example.org", "--server", "127.0.0.1", "--port", str(server.port)]
    output = run_program(["swaks", *arguments, "--to", "ann@example.com,ann@example.org"])
    assert "550 5.1.1 this address is not accepted" in output
    assert read_block_field(server.only_mail(), "X-RcptTo") == "ann@example.com"


@pytest.mark.parametrize("pattern", ["(", "a**", "[z-a]"])
def test_wrong_pattern_ends_with_64_and_says_where(launcher: Launcher, pattern: str) -> None:
    server = launcher.start(f"--reject-recipients={pattern}", n_listeners=0)
    assert server.wait() == 64
    (line,) = server.log_lines
    assert line.startswith(f'dsmtpd: --reject-recipients: "{pattern}" is not a valid pattern: at byte ')
