"""What the log says, and what nobody can make it say."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from notify_socket import NotifySocket
from server import Launcher, Server, binary
from smtp_wire import SmtpWire

LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (DEBUG|INFO|WARNING|ERROR): .+")

# A message that no real server would object to.
GOOD_MAIL = (
    b"From: a@example.com\r\nDate: Sun, 13 Jan 2013 14:00:07 +0100\r\nMessage-ID: <1@example.com>\r\n"
    b"Subject: Hello\r\n\r\nhello\r\n"
)


def test_every_line_has_the_form_of_the_first_dsmtpd(server: Server, wire: SmtpWire) -> None:
    wire.send_mail(GOOD_MAIL)
    wire.ask("NONSENSE", 500)
    assert server.stop() == 0
    for line in server.log_lines:
        assert LINE.fullmatch(line), line


def test_start_names_version_size_limit_place_and_address(launcher: Launcher) -> None:
    server = launcher.start("--max-size=12345")
    server.wait_for_log(r"INFO: dsmtpd \d+\.\d+\.\d+, size limit 12345 bytes$")
    server.wait_for_log(re.escape(f"INFO: Storing messages in {server.maildir}, which holds 0"))
    server.wait_for_log(rf"INFO: Starting SMTP server at 127\.0\.0\.1:{server.port}$")


def test_one_line_for_each_message(server: Server, wire: SmtpWire) -> None:
    wire.ask("MAIL FROM:<a@example.com>", 250)
    wire.ask("RCPT TO:<b@example.com>", 250)
    wire.ask("RCPT TO:<c@example.com>", 250)
    wire.ask("DATA", 354)
    wire.send(GOOD_MAIL + b".\r\n")
    wire.expect(250)
    port = wire.socket.getsockname()[1]
    server.wait_for_log(rf"INFO: 127\.0\.0\.1:{port}: a@example\.com -> b@example\.com, c@example\.com \[Hello\]$")
    assert "WARNING" not in server.log


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        (b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=", "[Grüße]"),
        (b"Subject: =?utf-8?b?5ZCN5YmN?= and more", "[名前 and more]"),
        (b"Subject: =?iso-8859-1?q?caf=E9?=", "[café]"),
        (b"Subject: in two\r\n lines", "[in two lines]"),
        (b"X-Other: no subject", "[]"),
    ],
)
def test_subject_is_shown_decoded(server: Server, wire: SmtpWire, header: bytes, shown: str) -> None:
    wire.send_mail(header + b"\r\n\r\nhello\r\n")
    line = server.wait_for_log(" -> ").string
    assert line.endswith(f" -> r@example.com {shown}")


def test_null_sender_is_shown(server: Server, wire: SmtpWire) -> None:
    wire.send_mail(GOOD_MAIL, sender="")
    server.wait_for_log(r": <> -> r@example\.com \[Hello\]$")


def test_rejection_is_logged_with_command_and_reply(server: Server, wire: SmtpWire) -> None:
    reply = wire.ask("RCPT TO:<b@example.com>", 503)
    line = server.wait_for_log("rejected").string
    assert '"RCPT TO:<b@example.com>": 503 ' in line
    assert line.endswith(reply.lines[0])


def test_what_a_real_server_would_object_to_is_one_warning_a_message(server: Server, wire: SmtpWire) -> None:
    wire.send_mail(b"Subject: bare\r\n\r\nhello\r\n")
    server.wait_for_log(r"WARNING: .*no-date.*no-message-id")
    assert server.log.count("WARNING") == 1


@pytest.mark.parametrize(
    "evil",
    [
        b"\r2013-01-13 14:00:07,346 INFO: forged",
        b"\x1b[31mred\x1b[0m",
        b"\x00\x07\x08\x7f",
        "\u202egnp.exe\u2028next line\u0085".encode(),
        b"\xff\xfe no UTF-8",
    ],
)
def test_no_client_can_forge_a_line_or_reach_the_terminal(server: Server, evil: bytes) -> None:
    with SmtpWire.connect(server.port) as wire:
        wire.expect(220)
        for command in (b"EHLO %b", b"%b", b"MAIL FROM:<%b@example.com>", b"NOOP %b"):
            wire.send(command % evil + b"\r\n")
            wire.read_reply()
        wire.ask("EHLO client.example.org", 250)
        wire.send_mail(b"Subject: a" + evil + b"b\r\n\r\nhello\r\n")
        encoded = b"".join(b"=%02X" % byte for byte in evil + b"\n2013-01-13 14:00:07,346 INFO: forged")
        wire.send_mail(b"Subject: =?utf-8?q?" + encoded + b"?=\r\n\r\nhello\r\n")
    assert server.stop() == 0
    for line in server.log_lines:
        assert LINE.fullmatch(line), ascii(line)
        assert line.isprintable(), ascii(line)
        assert not line.partition(": ")[2].startswith("forged")


def test_json_lines_say_the_same_for_programs(launcher: Launcher) -> None:
    server = launcher.start("--log-format=json")
    with SmtpWire.greeted(server.port) as wire:
        wire.send_mail(GOOD_MAIL.replace(b"Hello", b"=?utf-8?q?=22Gr=C3=BC=C3=9Fe=22=0A=5C?="))
        wire.ask("RCPT TO:<b@example.com>", 503)
    assert server.stop() == 0
    events: dict[str, dict[str, Any]] = {}
    for line in server.log_lines:
        event = json.loads(line)
        assert {"time", "level", "event", "message"} <= event.keys()
        events[event["event"]] = event
    assert {"start", "storage", "listening", "mail", "refused", "stop"} <= events.keys()
    mail = events["mail"]
    assert (mail["from"], mail["to"]) == ("sender@example.com", ["r@example.com"])
    assert mail["subject"].startswith('"Grüße"')
    assert mail["peer"].startswith("127.0.0.1:")
    assert server.messages()[0].name.startswith(mail["id"])
    assert events["refused"]["code"] == 503
    assert events["listening"]["port"] == server.port


@pytest.mark.parametrize("option", ["-q", "--quiet"])
def test_quiet_leaves_warnings(
    launcher: Launcher, notify_socket: NotifySocket, socket_directory: Path, option: str
) -> None:
    path = socket_directory / "smtp"
    server = launcher.start(option, "-i", f"unix:{path}", env=notify_socket.environment, n_listeners=0)
    notify_socket.expect("READY=1")
    with SmtpWire.greeted_at(path) as wire:
        wire.send_mail(GOOD_MAIL)
        wire.send_mail(b"Subject: no date\r\n\r\nhello\r\n")
    assert server.stop() == 0
    assert len(server.log_lines) == 1
    assert "WARNING" in server.log_lines[0]


@pytest.mark.parametrize("option", ["-v", "--verbose"])
def test_verbose_adds_each_protocol_line(launcher: Launcher, option: str) -> None:
    server = launcher.start(option)
    with SmtpWire.greeted(server.port) as wire:
        wire.send_mail(GOOD_MAIL)
    server.wait_for_log(r"DEBUG: .*EHLO client\.example\.org")
    server.wait_for_log(r"DEBUG: .*250.*stored as")


def test_without_verbose_no_protocol_line_is_logged(server: Server, wire: SmtpWire) -> None:
    wire.send_mail(GOOD_MAIL)
    assert server.stop() == 0
    assert "DEBUG" not in server.log


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root can become a user without a name")
def test_warnings_of_libraries_are_lines_of_the_log() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as directory:
        Path(directory).chmod(0o777)
        place = str(Path(directory) / "mail")
        nobody = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups"]
        options = ["-d", place, "-p", "0", "--http=off", "--log-format=json"]
        with subprocess.Popen([*nobody, binary(), *options], env={}, cwd=directory, stderr=subprocess.PIPE) as process:
            assert process.stderr is not None
            lines = []
            for line in process.stderr:
                lines.append(line)
                if b'"event":"storage"' in line:
                    process.terminate()
    events = [json.loads(line) for line in lines]
    assert any(event["event"] == "library" and event["library"] == "GLib" for event in events)
