"""No bytes of a message or of a rejected line become commands, however the network splits them."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile_support import assert_in_step, received_bytes, send_split, unstuffed
from server import Launcher, Server
from smtp_wire import SmtpWire

# What some server somewhere takes for a line end, and what could confuse one.
LINE_ENDS = {
    "CRLF": b"\r\n",
    "LF": b"\n",
    "CR": b"\r",
    "LFCR": b"\n\r",
    "CRCR": b"\r\r",
    "LFLF": b"\n\n",
    "CRCRLF": b"\r\r\n",
    "NUL": b"\0",
    "NUL-CRLF": b"\0\r\n",
    "CRLF-NUL": b"\r\n\0",
    "CR-NUL-LF": b"\r\0\n",
    "CRLF-SP": b"\r\n ",
    "VT": b"\v",
    "NEL": b"\xc2\x85",
    "nothing": b"",
}
REAL_END = b"\r\n.\r\n"

SECOND_MAIL = (
    b"MAIL FROM:<evil@example.com>\r\nRCPT TO:<victim@example.com>\r\nDATA\r\n"
    b"From: evil@example.com\r\nSubject: smuggled\r\n\r\nsmuggled"
)


def false_ends() -> Iterator[tuple[str, bytes]]:
    """Every dot between two such line ends, but where that makes the real end."""
    for (before, first), (after, last) in itertools.product(LINE_ENDS.items(), repeat=2):
        if REAL_END not in (end := first + b"." + last):
            yield f"{before} . {after}", end


FALSE_ENDS = dict(false_ends())

# Those that were found in the wild (2023: CVE-2023-51764, -51765, -51766), and near relatives.
KNOWN_FALSE_ENDS = [
    *("LF . LF", "LF . CRLF", "LF . CR", "LF . CRCRLF", "CRLF . LF", "CRLF . CR", "CRLF . CRCRLF"),
    *("CR . CR", "CR . LF", "CR . CRLF", "CRCR . CRLF", "CRLF . NUL-CRLF", "CRLF-NUL . CRLF", "NUL . CRLF"),
    *("CR-NUL-LF . CRLF", "CRLF . CR-NUL-LF", "NUL-CRLF . LF", "LFCR . CRLF", "CRLF-SP . CRLF", "nothing . CRLF"),
]


@pytest.fixture
def unix_wire(launcher: Launcher, socket_directory: Path) -> Iterator[SmtpWire]:
    """A connection whose bytes the server reads in just the pieces in which they are sent."""
    path = socket_directory / "smtp"
    launcher.start("-i", f"unix:{path}")
    with SmtpWire.greeted_at(path) as wire:
        yield wire


def take_only_mail(maildir: Path) -> bytes:
    """The bytes of the one message in new/ as they were received; the message is removed."""
    paths = list((maildir / "new").iterdir())
    assert len(paths) == 1, f"{len(paths)} mails instead of one"
    stored = paths[0].read_bytes()
    paths[0].unlink()
    assert b"evil@example.com" not in stored.partition(b"Received:")[0]
    return received_bytes(stored)


def attack(end: bytes) -> bytes:
    """A message with a false end and a second message behind it, up to the real end."""
    return b"Subject: first\r\n\r\nfirst" + end + SECOND_MAIL


def test_false_ends_do_not_end_a_message(server: Server, wire: SmtpWire) -> None:
    for name, end in FALSE_ENDS.items():
        content = attack(end) + b"\r\n"
        wire.send_mail(content)
        assert take_only_mail(server.maildir) == unstuffed(content), name
    assert_in_step(wire)
    assert len(FALSE_ENDS) > 200


@pytest.mark.parametrize("name", KNOWN_FALSE_ENDS)
def test_false_ends_do_not_end_a_message_wherever_it_is_split(unix_wire: SmtpWire, tmp_path: Path, name: str) -> None:
    end = FALSE_ENDS[name]
    content = attack(end) + b"\r\n"
    start = content.index(end + SECOND_MAIL)
    for position in range(start - 2, start + len(end) + 3):
        unix_wire.begin_data()
        send_split(unix_wire, content + b".\r\n", position)
        unix_wire.expect(250)
        assert take_only_mail(tmp_path / "mail") == unstuffed(content), position
    assert_in_step(unix_wire)


def test_all_false_ends_in_one_message_byte_by_byte(unix_wire: SmtpWire, tmp_path: Path) -> None:
    content = b"".join(b"x" + FALSE_ENDS[name] for name in KNOWN_FALSE_ENDS) + SECOND_MAIL + b"\r\n"
    unix_wire.begin_data()
    send_split(unix_wire, content + b".\r\n", *range(1, len(content) + 3))
    unix_wire.expect(250)
    assert take_only_mail(tmp_path / "mail") == unstuffed(content)
    assert_in_step(unix_wire)


@pytest.mark.parametrize(
    "content", [b"..\r\n", b".\n.\r\r\n", b"\r\n", b"", b" \r\n", b"\tfolded\r\n", b"\n\r\n", b"\0\r\n"]
)
def test_odd_messages_come_back_byte_for_byte(unix_wire: SmtpWire, tmp_path: Path, content: bytes) -> None:
    for position in range(len(content) + 3):
        unix_wire.begin_data()
        send_split(unix_wire, content + b".\r\n", position)
        unix_wire.expect(250)
        assert take_only_mail(tmp_path / "mail") == unstuffed(content), position


def test_real_end_after_a_bare_cr_is_an_end(server: Server, wire: SmtpWire) -> None:
    """CR CRLF . CRLF has all of CRLF . CRLF in it: the first CR is text."""
    wire.begin_data()
    wire.send(b"first\r\r\n.\r\n" + SECOND_MAIL + REAL_END)
    for code in (250, 250, 250, 354, 250):
        wire.expect(code)
    assert len(server.messages()) == 2
    assert received_bytes(server.messages()[0].read_bytes()) == b"first\r\r\n"


def test_large_message_with_false_ends_and_bare_line_ends_comes_back_byte_for_byte(
    server: Server, wire: SmtpWire
) -> None:
    """Over 64 KiB a message takes another way to the disk, where the list of bare LFs is put in front afterwards."""
    content = b"".join(b"x" * 500 + FALSE_ENDS[name] for name in KNOWN_FALSE_ENDS * 10) + SECOND_MAIL + b"\r\n"
    wire.send_mail(content)
    assert take_only_mail(server.maildir) == unstuffed(content)
    assert list((server.maildir / "tmp").iterdir()) == []
    assert_in_step(wire)


@pytest.mark.parametrize("n_bytes_over", [1, 200_000])
def test_data_over_the_limit_is_read_to_its_real_end(launcher: Launcher, n_bytes_over: int) -> None:
    server = launcher.start("--max-size=1000")
    with SmtpWire.greeted(server.port) as wire:
        for end in FALSE_ENDS.values():
            wire.begin_data()
            wire.send(b"x" * (999 + n_bytes_over) + attack(end) + REAL_END)
            wire.expect(552)
            assert_in_step(wire)
            wire.send_mail(b"fits\r\n")
            assert take_only_mail(server.maildir) == b"fits\r\n"


@pytest.mark.parametrize("prelude", [[], ["MAIL FROM:<a@example.com>"]])
def test_bytes_of_a_rejected_chunk_are_not_commands(server: Server, wire: SmtpWire, prelude: list[str]) -> None:
    for command in prelude:
        wire.ask(command, 250)
    chunk = SECOND_MAIL + REAL_END
    for last in (b"", b" LAST"):
        wire.send(b"BDAT %d%b\r\n" % (len(chunk), last) + chunk)
        wire.expect(503)
    wire.ask("RSET", 250)
    assert_in_step(wire)
    assert server.messages() == []


def test_chunk_over_the_limit_is_not_read_as_commands(launcher: Launcher) -> None:
    server = launcher.start("--max-size=1000")
    chunk = b"x" * 1000 + REAL_END + SECOND_MAIL + REAL_END
    with SmtpWire.greeted(server.port) as wire:
        wire.ask("MAIL FROM:<a@example.com>", 250)
        wire.ask("RCPT TO:<b@example.com>", 250)
        wire.send(b"BDAT %d LAST\r\n" % len(chunk) + chunk)
        wire.expect(552)
        assert_in_step(wire)
    assert server.messages() == []


@pytest.mark.parametrize("number", ["18446744073709551616", "18446744073709551626", "-1", "0x10", "1e3", "+4", "4,"])
def test_chunk_of_unknown_length_ends_the_session(server: Server, number: str) -> None:
    with SmtpWire.greeted(server.port) as wire:
        wire.ask("MAIL FROM:<a@example.com>", 250)
        wire.ask("RCPT TO:<b@example.com>", 250)
        wire.send(f"BDAT {number} LAST\r\n".encode() + SECOND_MAIL + REAL_END)
        wire.expect(501)
        wire.expect(421)
        wire.expect_end()
    assert server.messages() == []


def test_chunk_with_false_and_real_ends_is_kept_as_it_is(server: Server, wire: SmtpWire) -> None:
    chunk = b".\r\n" + b"".join(FALSE_ENDS.values()) + REAL_END + SECOND_MAIL + REAL_END
    middle = len(chunk) // 2
    wire.ask("MAIL FROM:<a@example.com>", 250)
    wire.ask("RCPT TO:<b@example.com>", 250)
    wire.send(b"BDAT %d\r\n" % middle + chunk[:middle] + b"BDAT %d LAST\r\n" % (len(chunk) - middle) + chunk[middle:])
    wire.expect(250)
    wire.expect(250)
    assert take_only_mail(server.maildir) == chunk
    assert_in_step(wire)


@pytest.mark.parametrize(
    ("line", "n_rejections"),
    [
        pytest.param(b"NOOP\nMAIL FROM:<a@example.com>\n\r\n", 2, id="all-LF"),
        pytest.param(b"NOOP\n\nMAIL FROM:<a@example.com>\r\n", 2, id="empty-line-by-LF"),
        pytest.param(b"\nMAIL FROM:<a@example.com>\r\n", 1, id="LF-first"),
        pytest.param(b"NOOP\rMAIL FROM:<a@example.com>\r\n", 1, id="CR"),
        pytest.param(b"NOOP\n\rMAIL FROM:<a@example.com>\r\n", 1, id="LFCR"),
        pytest.param(b"NOOP \0\nMAIL FROM:<a@example.com>\r\n", 1, id="NUL-LF"),
        pytest.param(b"MAIL FROM:<a@example.com>\0\r\n", 1, id="NUL-last"),
        pytest.param(b"MAIL\0 FROM:<a@example.com>\r\n", 1, id="NUL-in-verb"),
        pytest.param(b"\0MAIL FROM:<a@example.com>\r\n", 1, id="NUL-first"),
        pytest.param(b"MAIL FROM:<a@example.com\r>\r\n", 1, id="CR-in-address"),
        pytest.param(b"MAIL FROM:<a@example.com>\r\r\n", 1, id="CRCRLF"),
        pytest.param(b"MAIL FROM:<a@example.com>\rX-Evil: yes\r\n", 1, id="CR-then-header"),
        pytest.param(b"NOOP \x1b[2J\x07\r\n", 1, id="escape"),
        pytest.param(b"x" * 5000 + b"\nMAIL FROM:<a@example.com>\r\n", 2, id="long-then-LF"),
        pytest.param(b"x" * 4095 + b"\r\rMAIL FROM:<a@example.com>\r\n", 1, id="long-then-CRCR"),
    ],
)
def test_odd_line_ends_in_commands_start_no_command(unix_wire: SmtpWire, line: bytes, n_rejections: int) -> None:
    around_ends = [at for at in range(len(line)) if line[max(at - 1, 0) : at + 2].strip(b"x") != b""]
    for position in around_ends:
        send_split(unix_wire, line, position)
        for _ in range(n_rejections):
            assert unix_wire.read_reply().code in {500, 501}
        assert_in_step(unix_wire)
        unix_wire.send_mail(b"the refusals are counted anew behind each mail\r\n")


def test_commands_after_the_end_of_a_message_are_commands(server: Server, wire: SmtpWire) -> None:
    first, second = b"first\r\n", b"..second\r\n"
    envelope = b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"
    wire.send(envelope + first + b".\r\n" + envelope + second + b".\r\nQUIT\r\nNOOP\r\n")
    for code in (250, 250, 354, 250, 250, 250, 354, 250, 221):
        wire.expect(code)
    wire.expect_end()
    assert [received_bytes(path.read_bytes()) for path in server.messages()] == [first, unstuffed(second)]
