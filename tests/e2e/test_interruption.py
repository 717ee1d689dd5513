"""Clients that stop in the middle of something, or close without reading a reply."""

import socket
from pathlib import Path

import pytest
from api_support import running_api
from hostile_support import wait_until
from server import Launcher, Server
from smtp_wire import SmtpWire

# What needs an answer is written as one command after the other, and no answer is read.
HEAD = [b"EHLO ups", b"MAIL FROM:<ups@example.com>", b"RCPT TO:<admin@example.com>", b"DATA"]
SHORT = [b"Subject: power", b"", b"On battery.", b".", b"QUIT"]
LONG = [b"Subject: power", b"", *[b"x" * 70] * 4000, b".", b"QUIT"]


def bytes_of(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\r\n" for line in lines)


def connect_unix(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(path))
    return connection


@pytest.mark.parametrize("body", [SHORT, LONG], ids=["short", "long"])
def test_nothing_is_lost_when_a_client_closes_without_reading(
    launcher: Launcher, socket_directory: Path, body: list[bytes]
) -> None:
    """By a unix socket: TCP drops what the client's own system had not sent yet."""
    n_messages = 20
    path = socket_directory / "smtp"
    server = launcher.start("-i", f"unix:{path}")
    for _ in range(n_messages):
        with connect_unix(path) as connection:
            connection.sendall(bytes_of(HEAD + body))
    wait_until(lambda: len(server.messages()) == n_messages, "all are stored")
    for mail in server.messages():
        stored = mail.read_bytes()
        assert stored.endswith(b"\n" + b"\n".join(body[:-2]) + b"\n")


@pytest.mark.parametrize("by_line", [False, True], ids=["at once", "line by line"])
def test_a_reset_loses_no_complete_message(server: Server, by_line: bool) -> None:
    n_messages = 50
    lines = HEAD + SHORT
    for _ in range(n_messages):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for data in [line + b"\r\n" for line in lines] if by_line else [bytes_of(lines)]:
                connection.sendall(data)
    wait_until(lambda: len(server.messages()) == n_messages, "all are stored")


def test_several_messages_of_a_client_that_closes_are_all_stored(launcher: Launcher, socket_directory: Path) -> None:
    path = socket_directory / "smtp"
    server = launcher.start("-i", f"unix:{path}")
    with connect_unix(path) as connection:
        connection.sendall(bytes_of(HEAD + SHORT[:-1] + (HEAD[1:] + SHORT[:-1]) * 4 + HEAD[1:] + [b"Subject: cut"]))
    wait_until(lambda: len(server.messages()) == 5, "the whole ones are stored")
    server.wait_for_log(
        "WARNING: .*the client disconnected in the middle of a message from ups@example.com, after 14 bytes"
    )


def test_a_client_ahead_of_the_greeting_still_gets_its_replies(server: Server) -> None:
    with SmtpWire.connect(server.port) as wire:
        wire.send(bytes_of(HEAD + SHORT))
        for code in (220, 250, 250, 250, 354, 250, 221):
            wire.expect(code)
        wire.expect_end()


@pytest.mark.parametrize(
    ("sent", "level", "told"),
    [
        (b"EHLO x\r\nMAIL FROM:<a@b.exam", "INFO", r'in the middle of a command, .*: "MAIL FROM:<a@b\.exam"'),
        (bytes_of(HEAD[:2]), "INFO", "after MAIL from ups@example.com and 0 recipients"),
        (bytes_of(HEAD[:3]), "INFO", "after MAIL from ups@example.com and 1 recipients"),
        (bytes_of(HEAD) + b"Subj", "WARNING", "in the middle of a message from ups@example.com, after 4 bytes"),
    ],
    ids=["command", "sender", "recipient", "mail"],
)
def test_what_was_cut_off_is_in_the_log(server: Server, sent: bytes, level: str, told: str) -> None:
    with SmtpWire.connect(server.port) as wire:
        wire.send(sent)
    server.wait_for_log(f"{level}: .*the client disconnected {told}")
    assert server.messages() == []


@pytest.mark.parametrize(
    ("end", "named"),
    [
        (b"\n.\n", r"LF \. LF"),
        (b"\r\n.\n", r"CR LF \. LF"),
        (b"\n.\r\n", r"LF \. CR LF"),
        (b"\r.\r", r"CR \. CR"),
        (b"\r\n.", r"CR LF \. and no line end"),
    ],
    ids=["LF", "CR LF and LF", "LF and CR LF", "CR", "none"],
)
def test_a_stall_after_wrong_line_ends_is_explained(launcher: Launcher, end: bytes, named: str) -> None:
    server = launcher.start("--timeout=4")
    with SmtpWire.greeted(server.port) as wire:
        wire.begin_data()
        wire.send(b"Subject: Your order\n\nIt is on its way." + end)
        server.wait_for_log(
            f"WARNING: .*the message stopped coming: it ended with {named}; only CR LF . CR LF ends a message"
        )
        told = wire.expect(421).text
        assert "only CR LF . CR LF ends a message" in told
    assert server.messages() == []


def test_what_explains_a_stall_ends_no_message(server: Server) -> None:
    with SmtpWire.greeted(server.port) as wire:
        wire.begin_data()
        wire.send(b"Subject: two\n\nfirst\n.\n")
        server.wait_for_log(r"WARNING: .*it ended with LF \. LF")
        wire.send(b"second\r\n.\r\n")
        wire.expect(250)
    assert server.only_mail().endswith(b"Subject: two\n\nfirst\n.\nsecond\n")


def test_the_transcript_of_the_rejection_has_it_too(tmp_path: Path) -> None:
    with running_api(tmp_path, "--timeout=3") as api, SmtpWire.greeted(api.server.port) as wire:
        wire.begin_data()
        wire.send(b"a\n.\n")
        wire.expect(421)
        attempt = api.get_json("/api/v1/attempts")["attempts"][0]
        assert "it ended with LF . LF" in attempt["Reply"]
        assert any("the message stopped coming" in line["Text"] for line in attempt["Session"])
