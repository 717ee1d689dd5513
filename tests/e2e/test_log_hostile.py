"""A log that nobody reads, and clients that write into every field of it."""

import base64
import os
import re
import select
import socket
import threading
import unicodedata
from pathlib import Path

import pytest
from server import PATIENCE_S, STARTED, Launcher
from smtp_wire import SmtpWire

LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (DEBUG|INFO|WARNING|ERROR): .+")
JSON_LINE = re.compile(r'\{"time":"[^"]+","level":"(INFO|WARNING)","event":"[a-z_-]+","message":".*\}')
FORGED = "2013-01-13 14:00:07,346 INFO: forged"

# Format characters that may stay: the soft hyphen and the joiners. The others turn lines around, or are invisible.
HARMLESS_FORMATS = frozenset("\u00ad\u200c\u200d")

EVIL = {
    "line": b"\r" + FORGED.encode(),
    "line-by-LF": b"\n" + FORGED.encode(),
    "terminal": b"\x1b]0;title\x07\x1b[2J",
    "control": b"\0\x08\x7f\x0b\x0c\x85\x9b",
    "bidi": "\u202e\u2066\u200f\u061c\ufeff".encode(),
    "invisible": "\u200b\u2060\u180e\u206a\ufff9\U000e0001\U000e0041".encode(),
    "separators": "\u2028\u2029\u0085\u009b31m".encode() + FORGED.encode(),
    "no-UTF-8": b"\xc0\x8a\xed\xa0\x80\xf4\x90\x80\x80\xff\xfe\xe2\x80",
    "formats": b"%s%n%1000000d\\n\\x0a{}",
    "JSON": b'", "level": "ERROR"}',
}

# Every command that keeps or shows something of what a client says.
COMMANDS = [
    *(b"HELO %b", b"EHLO %b", b"%b", b"NOOP %b", b"VRFY %b", b"EXPN %b", b"HELP %b", b"AUTH PLAIN %b", b"QUIT %b"),
    *(b"MAIL FROM:<%b@example.com>", b'MAIL FROM:<"%b"@example.com>', b"MAIL FROM:<a@%b>", b"MAIL FROM:<a@[%b]>"),
    *(b"MAIL FROM:<a@example.com> %b=1", b"MAIL FROM:<a@example.com> BODY=%b", b"MAIL FROM:<@%b:a@example.com>"),
    *(b"RCPT TO:<%b@example.com>", b'RCPT TO:<"%b"@example.com>', b"RCPT TO:<a@example.com> NOTIFY=%b"),
]


def subjects(evil: bytes) -> list[bytes]:
    """The bytes as they are, and so that they appear when the Subject is decoded."""
    quoted = b"".join(b"=%02X" % byte for byte in evil)
    return [
        evil,
        b"=?utf-8?q?" + quoted + b"?=",
        b"=?iso-8859-1?q?" + quoted + b"?=",
        b"=?utf-8?b?" + base64.b64encode(evil) + b"?=",
        b"=?x-%b?q?x?=" % evil,
    ]


def is_harmless(line: str) -> bool:
    """Whether there is nothing in it that a terminal obeys, or that moves or hides what is beside it."""
    return not any(
        unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and c not in HARMLESS_FORMATS for c in line
    )


def say(port: int, data: bytes) -> bytes:
    """Says it all at once and returns all that is answered."""
    with SmtpWire.connect(port) as wire:
        wire.send(data)
        wire.socket.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: wire.socket.recv(65536), b""))


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL)
@pytest.mark.parametrize("option", ["--log-format=text", "--verbose", "--log-format=json"])
def test_no_field_can_forge_a_line(launcher: Launcher, option: str, evil: bytes) -> None:
    server = launcher.start(option)
    mail = b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\n"
    for command in COMMANDS:
        prelude = b"EHLO x.example\r\n" + (mail if command.startswith(b"RCPT") else b"")
        replies = say(server.port, prelude + command % evil + b"\r\n" + mail + b"DATA\r\nhello\r\n.\r\n")
        assert replies.isascii()
        assert replies.decode().replace("\r\n", "").isprintable()
    for subject in subjects(evil):
        with SmtpWire.greeted(server.port) as wire:
            wire.send_mail(b"Subject: " + subject + b"\r\n\r\nhello\r\n")
    assert server.stop() == 0
    form = JSON_LINE if option.endswith("json") else LINE
    for line in server.log_lines:
        assert is_harmless(line), ascii(line)
        assert form.fullmatch(line), ascii(line)
        assert not line.startswith(FORGED), ascii(line)
    assert len(server.log_lines) > len(COMMANDS)


def send_messages(port: int, n_messages: int) -> None:
    """In one go, as a client that pipelines does."""
    envelope = b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"
    with SmtpWire.greeted(port) as wire:
        for n_left in range(n_messages, 0, -50):
            n_now = min(50, n_left)
            wire.send((envelope + b"Subject: " + b"long " * 50 + b"\r\n\r\nhello\r\n.\r\n") * n_now)
            for code in [250, 250, 354, 250] * n_now:
                wire.expect(code)


def test_log_that_nobody_reads_does_not_stop_the_server(launcher: Launcher, tmp_path: Path) -> None:
    pipe = tmp_path / "stderr"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    server = launcher.start(wrapper=("sh", "-c", 'pipe=$1; shift; exec "$@" 2>"$pipe"', "sh", str(pipe)), n_listeners=0)
    begin = b""
    while not (started := STARTED.search(begin.decode())):
        assert select.select([reader], [], [], PATIENCE_S)[0], begin
        begin += os.read(reader, 4096)
    port = int(started[1].rpartition(":")[2])

    clients = [threading.Thread(target=send_messages, args=(port, 1250), daemon=True) for _ in range(4)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert len(server.messages()) == 5000

    # Whoever reads it now is told what is missing, and sees whole lines.
    log = begin
    while b"log lines were lost" not in log:
        assert select.select([reader], [], [], PATIENCE_S)[0], log[-400:]
        log += os.read(reader, 1 << 20)
    send_messages(port, 1)
    server.process.terminate()
    while chunk := os.read(reader, 1 << 20) if select.select([reader], [], [], PATIENCE_S)[0] else b"":
        log += chunk
    os.close(reader)
    assert server.wait() == 0
    lines = log.decode().splitlines()
    assert all(LINE.fullmatch(line) for line in lines)
    assert lines[-1].endswith("Cleaning up")
