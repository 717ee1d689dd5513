"""Whatever a client can grow or hold has a limit; at the limit it is told so, and the server goes on for the others."""

import contextlib
import itertools
import re
import resource
import select
import socket
import threading
from collections.abc import Iterator

import pytest
from api_support import Api
from hostile_support import PeakMemory, assert_in_step, read_block_field, received_bytes, unstuffed, wait_until
from http_wire import GET_LIVEZ, HttpWire, web_port
from server import Launcher, Server
from smtp_wire import SmtpWire

MIB = 1024 * 1024

# Between the bytes of a client that drips. Its time limit is 1 s, so PATIENCE_S is some hundred bytes away.
DRIP_S = 0.1


@pytest.fixture
def impatient(launcher: Launcher) -> Server:
    """A server that waits for a second only."""
    return launcher.start("--timeout=1")


def has_input(wire: SmtpWire, timeout_s: float) -> bool:
    return bool(select.select([wire.socket], [], [], timeout_s)[0])


def drip_until_answered(wire: SmtpWire, data: Iterator[int]) -> None:
    """Sends one byte at a time until the server says something."""
    for byte in itertools.islice(data, 300):
        if has_input(wire, DRIP_S):
            return
        wire.send(bytes([byte]))
    raise AssertionError("the server lets a client drip for ever")


def answer_to_mail(wire: SmtpWire) -> int:
    """What the server says at the end of a mail."""
    wire.begin_data()
    wire.send(b"there may be no descriptor for its file\r\n.\r\n")
    return wire.read_reply().code


def is_served(port: int) -> bool:
    """Whether a new connection is greeted."""
    with SmtpWire.connect(port) as wire:
        code = wire.read_reply().code
        assert code in {220, 421}
        return code == 220


# --- command lines


def test_command_line_of_4096_bytes_is_accepted(wire: SmtpWire) -> None:
    wire.ask(b"NOOP " + b"x" * (4096 - len("NOOP \r\n")), 250)
    assert_in_step(wire)


@pytest.mark.parametrize("n_bytes", [4097, 4098, 8191, 8192, 8193, 200_000])
def test_longer_command_line_gets_one_500(server: Server, wire: SmtpWire, n_bytes: int) -> None:
    for filling in (b"x", b"\r", b" MAIL FROM:<a@example.com>\r"):
        line = (b"NOOP " + filling * n_bytes)[: n_bytes - len("\r\n")]
        wire.ask(line.removesuffix(b"\r") + b"x" if len(line) % 2 else line, 500)
        assert_in_step(wire)
        wire.send_mail(b"the refusals are counted anew behind each mail\r\n")


def test_command_line_of_10_mb_takes_no_memory(server: Server, wire: SmtpWire) -> None:
    memory = PeakMemory(server)
    wire.ask(b"x" * 10_000_000, 500)
    assert_in_step(wire)
    assert memory.growth_mib < 4


@pytest.mark.parametrize(
    "request_line",
    ["GET / HTTP/1.1", "POST / HTTP/1.1", "post /mail HTTP/1.0", "OPTIONS * HTTP/1.1", f"POST /{'x' * 5000} HTTP/1.1"],
    ids=["GET", "POST", "lower-case", "OPTIONS", "long-path"],
)
def test_http_request_is_cut_off_with_what_is_in_it(server: Server, request_line: str) -> None:
    with SmtpWire.connect(server.port) as wire:
        wire.expect(220)
        wire.send(
            request_line.encode() + b"\r\nHost: localhost:1025\r\nContent-Type: text/plain\r\n\r\n"
            b"EHLO x\r\nMAIL FROM:<evil@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\nevil\r\n.\r\nQUIT\r\n"
        )
        codes = []
        while (code := wire.read_reply().code) != 421:
            codes.append(code)
        wire.expect_end()
    assert set(codes) <= {500}
    assert server.messages() == []


def test_50_rejected_commands_end_the_session(wire: SmtpWire) -> None:
    for _ in range(49):
        wire.ask("NONSENSE", 500)
    wire.send_mail(b"a stored mail makes up for them\r\n")
    for _ in range(49):
        wire.ask("NONSENSE", 500)
    wire.ask("NOOP", 250)
    wire.send(b"NONSENSE\r\nNOOP\r\n")
    wire.expect(500)
    wire.expect(421)
    wire.expect_end()


# --- time


def test_idle_client_is_cut_off(impatient: Server) -> None:
    with SmtpWire.greeted(impatient.port) as wire:
        wire.expect(421)
        wire.expect_end()
    assert is_served(impatient.port)


def test_client_that_drips_a_command_is_cut_off(impatient: Server) -> None:
    with SmtpWire.greeted(impatient.port) as wire:
        drip_until_answered(wire, itertools.cycle(b"NOOP "))
        wire.expect(421)
        wire.expect_end()


def test_client_that_drips_a_line_too_long_is_cut_off(impatient: Server) -> None:
    with SmtpWire.greeted(impatient.port) as wire:
        wire.send(b"x" * 5000)
        wire.expect(500)
        drip_until_answered(wire, itertools.repeat(ord("x")))
        wire.expect(421)
        wire.expect_end()


def test_client_that_drips_a_message_is_cut_off(impatient: Server) -> None:
    with SmtpWire.greeted(impatient.port) as wire:
        wire.begin_data()
        drip_until_answered(wire, itertools.cycle(b"hello\r\n"))
        wire.expect(421)
        wire.expect_end()
    impatient.wait_for_log(r"421 4\.4\.2")
    assert impatient.messages() == []


@pytest.mark.parametrize("prelude", [["MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>"], []])
def test_client_that_drips_a_chunk_is_cut_off(impatient: Server, prelude: list[str]) -> None:
    """Also where the chunk was rejected and its bytes are only dropped."""
    with SmtpWire.greeted(impatient.port) as wire:
        for command in prelude:
            wire.ask(command, 250)
        wire.send(b"BDAT 100000 LAST\r\n")
        if not prelude:
            wire.expect(503)
        drip_until_answered(wire, itertools.cycle(b"hello\r\n"))
        wire.expect(421)
        wire.expect_end()
    assert impatient.messages() == []


def test_client_that_gets_on_is_not_cut_off(launcher: Launcher) -> None:
    server = launcher.start("--timeout=2")
    with SmtpWire.greeted(server.port) as wire:
        for _ in range(6):
            assert not has_input(wire, 0.5)
            wire.ask("NOOP", 250)
        wire.send_mail(b"hello\r\n")
    assert len(server.messages()) == 1


def send_until_cut(wire: SmtpWire, data: bytes) -> None:
    """Sends without reading a reply, until the connection breaks."""
    n_sent = 0
    with contextlib.suppress(ConnectionError):
        while n_sent < 100 * MIB:
            n_sent += wire.socket.send(data)
        raise AssertionError(f"the server took {n_sent} octets of commands without having its replies read")


def unread_connection(port: int) -> SmtpWire:
    """A client whose system takes next to nothing that it does not read."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", port))
    return SmtpWire(connection)


def test_client_that_does_not_read_is_cut_off_and_takes_no_memory(impatient: Server) -> None:
    memory = PeakMemory(impatient)
    with unread_connection(impatient.port) as wire:
        send_until_cut(wire, b"HELP\r\n" * 10_000)
    assert memory.growth_mib < 4
    assert is_served(impatient.port)


def test_many_commands_at_once_are_all_answered(server: Server) -> None:
    """Their replies are more than the server keeps, so it has to stop reading commands and to begin again."""
    with SmtpWire.connect(server.port) as wire:
        sender = threading.Thread(target=wire.send, args=(b"VRFY x\r\n" * 100_000 + b"QUIT\r\n",), daemon=True)
        sender.start()
        wire.expect(220)
        for _ in range(100_000):
            wire.expect(252)
        wire.expect(221)
        wire.expect_end()
        sender.join()


def test_client_that_does_not_read_does_not_hold_up_the_others(server: Server, wire: SmtpWire) -> None:
    with unread_connection(server.port) as deaf:
        deaf.socket.setblocking(False)
        with pytest.raises(BlockingIOError):
            send_until_cut(deaf, b"HELP\r\n" * 10_000)
        for _ in range(100):
            wire.send_mail(b"hello\r\n")
    assert len(server.messages()) == 100


# --- stopping


def test_client_that_does_not_read_does_not_hold_up_the_end(server: Server) -> None:
    """Its time limit is 300 s, and the test's patience with the server much shorter."""
    with unread_connection(server.port) as deaf:
        deaf.socket.setblocking(False)
        with pytest.raises(BlockingIOError):
            send_until_cut(deaf, b"HELP\r\n" * 10_000)
        assert server.stop() == 0


def test_client_that_was_cut_off_and_stays_does_not_hold_up_the_end(server: Server) -> None:
    with SmtpWire.connect(server.port) as wire:
        wire.expect(220)
        wire.ask("GET / HTTP/1.1", 421)
        assert server.stop() == 0


def test_client_that_was_too_slow_and_stays_does_not_hold_up_the_end(launcher: Launcher) -> None:
    """It may linger for 2 s, not for as long as a client that is being served."""
    server = launcher.start("--timeout=7")
    with SmtpWire.greeted(server.port) as wire:
        wire.expect(421)
        server.process.terminate()
        assert server.process.wait(6) == 0


@pytest.mark.parametrize("prelude", [[], ["MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>"]])
def test_client_in_the_middle_does_not_hold_up_the_end(server: Server, wire: SmtpWire, prelude: list[str]) -> None:
    for command in prelude:
        wire.ask(command, 250)
    if prelude:
        wire.ask("DATA", 354)
        wire.send(b"half a mail\r\n")
    wire.send(b"N")
    assert server.stop() == 0
    wire.expect(421)
    wire.expect_end()
    assert server.messages() == []


# --- numbers


def test_connection_over_the_limit_gets_421_until_one_leaves(launcher: Launcher) -> None:
    server = launcher.start("--max-connections=3")
    wires = [SmtpWire.greeted(server.port) for _ in range(3)]
    for _ in range(10):
        with SmtpWire.connect(server.port) as rejected:
            rejected.expect(421)
            rejected.expect_end()
    wires[0].ask("QUIT", 221)
    wires[0].expect_end()
    assert is_served(server.port)
    wires[1].close()
    wait_until(lambda: is_served(server.port), "a client takes the place of one that vanished")
    wires[2].send_mail(b"hello\r\n")
    for wire in wires:
        wire.close()


@contextlib.contextmanager
def crowd_at(port: int, n_clients: int) -> Iterator[tuple[list[SmtpWire], int]]:
    """So many connections: those that were greeted, and how many were rejected."""
    wires = [SmtpWire.connect(port) for _ in range(n_clients)]
    codes = [wire.read_reply().code for wire in wires]
    assert set(codes) <= {220, 421}
    yield [wire for wire, code in zip(wires, codes, strict=True) if code == 220], codes.count(421)
    for wire in wires:
        wire.close()


@pytest.mark.parametrize("large", [False, True], ids=["small", "with-files"])
@pytest.mark.parametrize("http", ["off", "127.0.0.1:0"])
def test_clients_that_are_in_have_the_descriptors_that_their_messages_take(
    launcher: Launcher, http: str, large: bool
) -> None:
    server = launcher.start(f"--http={http}", wrapper=("sh", "-c", 'ulimit -n 64; exec "$@"', "sh"))
    body = b"x" * 70 + b"\r\n"
    with crowd_at(server.port, 70) as (wires, n_rejected):
        assert len(wires) >= 4
        assert n_rejected == 70 - len(wires)
        for wire in wires:
            wire.ask("EHLO client.example.org", 250)
            wire.begin_data()
            wire.send(b"Subject: hello\r\n\r\n" + body * (4000 if large else 1))
        for wire in wires:
            wire.send(b".\r\n")
        for wire in wires:
            wire.expect(250)
        for _ in range(20):  # more than may be open: what is stored gives its descriptors back
            wires[0].send_mail(body)
    wait_until(lambda: is_served(server.port), "a new client is greeted")
    assert server.stop() == 0
    assert len(re.findall("connection was not accepted: .* as many as file descriptors allow", server.log)) == 1
    assert "Too many open files" not in server.log


def test_readers_have_descriptors_next_to_a_crowd(launcher: Launcher) -> None:
    """HTTP has a share of its own, and a crowd of either kind leaves the other alone."""
    server = launcher.start("--http=127.0.0.1:0", wrapper=("sh", "-c", 'ulimit -n 64; exec "$@"', "sh"))
    port = web_port(server)
    readers = [HttpWire.connect(port) for _ in range(30)]
    for reader in readers:
        reader.send(GET_LIVEZ)
    statuses = [reader.read_reply().status for reader in readers]
    assert set(statuses) == {200, 503}
    with crowd_at(server.port, 70) as (wires, n_rejected):
        wires[0].ask("EHLO client.example.org", 250)
        wires[0].begin_data()
        wires[0].send(b"hello\r\n.\r\n")
        wires[0].expect(250)
        served = readers[statuses.index(200)]
        metrics = served.ask(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").body.decode()
    assert f'dsmtpd_connections_refused_total{{server="smtp"}} {n_rejected}\n' in metrics
    assert f'dsmtpd_connections_refused_total{{server="http"}} {statuses.count(503)}\n' in metrics
    for reader in readers:
        reader.socket.close()


def test_server_that_lacks_descriptors_all_the_same_waits_for_some(server: Server) -> None:
    """The system may have none left, or somebody lowers the limit: connections wait, and one line says so."""
    pid = server.process.pid
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, limits[1]))
    with SmtpWire.connect(server.port) as waiting:
        server.wait_for_log("connection was not accepted: Too many open files")
        assert not has_input(waiting, 0.5)  # some tries later
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        waiting.expect(220)
    server.wait_for_log(r"INFO: SMTP connections are accepted again; rejected in the meantime: \d+")
    assert server.log.count("was not accepted") == 1


def test_recipients_over_the_limit_get_452_and_the_others_the_message(launcher: Launcher) -> None:
    server = launcher.start("--max-recipients=3")
    with SmtpWire.greeted(server.port) as wire:
        wire.ask("MAIL FROM:<a@example.com>", 250)
        for n in range(6):
            wire.ask(f"RCPT TO:<r{n}@example.com>", 250 if n < 3 else 452)
        wire.ask("DATA", 354)
        wire.send(b"hello\r\n.\r\n")
        wire.expect(250)
    assert read_block_field(server.only_mail(), "X-RcptTo") == "r0@example.com, r1@example.com, r2@example.com"


@pytest.mark.parametrize("local_part", ["r", "long-" * 40])
def test_thousand_recipients_get_one_message(server: Server, wire: SmtpWire, local_part: str) -> None:
    recipients = [f"{local_part}{n}@example.com" for n in range(1000)]
    wire.send(b"MAIL FROM:<a@example.com>\r\n" + b"".join(f"RCPT TO:<{r}>\r\n".encode() for r in recipients))
    for _ in range(1001):
        wire.expect(250)
    wire.ask("RCPT TO:<one-more@example.com>", 452)
    wire.ask("DATA", 354)
    wire.send(b"hello\r\n.\r\n")
    wire.expect(250)
    stored = server.only_mail()
    assert re.split(r",\s+", read_block_field(stored, "X-RcptTo")) == recipients
    assert received_bytes(stored) == b"hello\r\n"
    assert max(len(line) for line in stored.split(b"\n")) <= 998


# --- sizes


@pytest.mark.parametrize(
    ("size", "code"),
    [("0", 250), ("1000", 250), ("1001", 552), ("4294967296", 552), ("18446744073709551615", 552)],
)
def test_declared_size_over_the_limit_gets_552(launcher: Launcher, size: str, code: int) -> None:
    server = launcher.start("--max-size=1000")
    with SmtpWire.greeted(server.port) as wire:
        wire.ask(f"MAIL FROM:<a@example.com> SIZE={size}", code)
        if code == 250:
            wire.ask("RSET", 250)
        assert_in_step(wire)
        wire.send_mail(b"hello\r\n")


@pytest.mark.parametrize("size", ["18446744073709551616", "18446744073709551716", "99999999999999999999", "-1", "1e3"])
def test_declared_size_does_not_wrap(launcher: Launcher, size: str) -> None:
    server = launcher.start("--max-size=1000")
    with SmtpWire.greeted(server.port) as wire:
        wire.send(f"MAIL FROM:<a@example.com> SIZE={size}\r\n".encode())
        assert wire.read_reply().code in {501, 552}
        assert_in_step(wire)
        wire.send_mail(b"hello\r\n")


# What RFC 1870 counts: without stuffed dots and the end, line ends as two bytes, a bare LF as the byte it is.
AT_THE_LIMIT = {
    "one line": b"x" * 998 + b"\r\n",
    "stuffed dots": b"..\r\n" * 332 + b"..x\r\n",
    "empty lines": b"\r\n" * 500,
    "bare LFs": b"x\n" * 499 + b"\r\n",
    "NULs": b"\0" * 998 + b"\r\n",
}


@pytest.mark.parametrize("name", AT_THE_LIMIT)
def test_message_at_the_limit_is_accepted_and_one_byte_more_gets_552(launcher: Launcher, name: str) -> None:
    server = launcher.start("--max-size=1000")
    content = AT_THE_LIMIT[name]
    with SmtpWire.greeted(server.port) as wire:
        wire.begin_data()
        wire.send(content.removesuffix(b"\r\n") + b"x\r\n.\r\n")
        assert "1001" in wire.expect(552).text
        assert_in_step(wire)
        wire.send_mail(content)
    assert received_bytes(server.only_mail()) == unstuffed(content)


@pytest.mark.parametrize(("n_bytes", "code"), [(1000, 250), (1001, 552)])
def test_chunks_at_the_limit_are_accepted_and_one_byte_more_gets_552(
    launcher: Launcher, n_bytes: int, code: int
) -> None:
    server = launcher.start("--max-size=1000")
    with SmtpWire.greeted(server.port) as wire:
        wire.ask("MAIL FROM:<a@example.com>", 250)
        wire.ask("RCPT TO:<b@example.com>", 250)
        wire.send(b"BDAT 500\r\n" + b"x" * 500)
        wire.expect(250)
        wire.send(b"BDAT %d LAST\r\n" % (n_bytes - 500) + b"x" * (n_bytes - 500))
        wire.expect(code)
        assert_in_step(wire)
        wire.send_mail(b"hello\r\n")
    assert len(server.messages()) == (2 if code == 250 else 1)


def send_large_mail(port: int, n_mib: int) -> None:
    piece = (b"x" * 76 + b"\r\n") * (MIB // 78)
    with SmtpWire.greeted(port) as wire:
        wire.begin_data()
        for _ in range(n_mib):
            wire.send(piece)
        wire.send(b".\r\n")
        wire.expect(250)


def test_large_messages_take_no_memory_neither_while_they_come_nor_while_they_are_indexed(launcher: Launcher) -> None:
    """100 clients are to stay within 64 MiB; what they share, an indexer that reads mail by mail, is most of it."""
    api = Api(launcher.start("--http=127.0.0.1:0"))
    memory = PeakMemory(api.server)
    senders = [threading.Thread(target=send_large_mail, args=(api.server.port, 30), daemon=True) for _ in range(6)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    wait_until(lambda: api.get_json("/readyz")["Index"]["CaughtUp"], "all mails are indexed")
    assert api.list()["total"] == 6
    assert all(path.stat().st_size > 29 * MIB for path in api.server.messages())
    assert memory.growth_mib < 24
