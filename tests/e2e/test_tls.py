"""TLS as clients meet it, good ones and others."""

from __future__ import annotations

import contextlib
import json
import random
import select
import shutil
import signal
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest
from hostile_support import assert_in_step, read_block_field, received_bytes, unstuffed
from server import PATIENCE_S, Launcher, Server
from smtp_wire import SmtpWire
from tls_support import (
    Authority,
    Certificate,
    abandon,
    connect,
    connect_tls,
    greeted_tls,
    old_and_weak,
    start_tls,
    trusting,
)

MAIL = b"Subject: over TLS\r\n\r\nhello\r\n"
HERE = "DNS:localhost,IP:127.0.0.1"


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def certificate(authority: Authority) -> Certificate:
    return authority.issue("server", HERE)


@pytest.fixture(scope="session")
def alice(authority: Authority) -> Certificate:
    """A client's certificate, whose name has in it what must not reach a log."""
    return authority.issue("alice", subject="/O=Exa\x1b[2J(mple)/CN=alice")


@pytest.fixture(scope="session")
def trust(authority: Authority) -> ssl.SSLContext:
    return trusting(authority.file)


@pytest.fixture
def server(launcher: Launcher, certificate: Certificate) -> Server:
    return launcher.start(*certificate.options, "--smtps=0", "--timeout=60", n_listeners=2)


# --- what STARTTLS forgets


def test_what_is_pipelined_after_starttls_is_dropped(server: Server, trust: ssl.SSLContext) -> None:
    with SmtpWire.greeted(server.port) as plain:
        plain.send(b"STARTTLS\r\nMAIL FROM:<injected@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n")
        plain.expect(220)
        secured = SmtpWire(trust.wrap_socket(plain.socket, server_hostname="localhost"))
        secured.ask("EHLO client.example.org", 250)
        assert_in_step(secured)
        secured.send_mail(MAIL)
    server.wait_for_log(r"WARNING: .*: \d+ bytes came after STARTTLS .* CVE-2011-0411")
    assert b"injected" not in server.only_mail()


def test_what_comes_in_plain_text_after_the_answer_is_not_a_command(server: Server) -> None:
    with SmtpWire.greeted(server.port) as plain:
        plain.ask("STARTTLS", 220)
        plain.send(b"MAIL FROM:<injected@example.com>\r\n")
        server.wait_for_log(r"the TLS handshake failed: what the client sent is not TLS")
        answer = b""
        while chunk := plain.socket.recv(4096):
            answer += chunk
        assert b"250" not in answer


def test_ehlo_and_transaction_are_forgotten(server: Server, trust: ssl.SSLContext) -> None:
    with SmtpWire.greeted(server.port) as plain:
        plain.ask("MAIL FROM:<before@example.com>", 250)
        secured = start_tls(plain, trust)
        secured.ask("MAIL FROM:<a@example.com>", 503)
        assert "STARTTLS" not in secured.ask("EHLO client.example.org", 250).text
        secured.ask("RCPT TO:<b@example.com>", 503)
        secured.ask("STARTTLS", 503)


def test_downgrade_is_rejected_where_tls_is_required(
    launcher: Launcher, certificate: Certificate, trust: ssl.SSLContext
) -> None:
    server = launcher.start(*certificate.options, "--require-tls")
    with SmtpWire.greeted(server.port) as plain:
        reply = plain.ask("MAIL FROM:<a@example.com>", 530)
        assert reply.text.startswith("5.7.0 ")
        secured = start_tls(plain, trust)
        secured.ask("EHLO client.example.org", 250)
        secured.send_mail(MAIL)


# --- versions, ciphers, sessions


@pytest.mark.parametrize(
    ("version", "spoken"),
    [
        (ssl.TLSVersion.TLSv1, False),
        (ssl.TLSVersion.TLSv1_1, False),
        (ssl.TLSVersion.TLSv1_2, True),
        (ssl.TLSVersion.TLSv1_3, True),
    ],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_versions(server: Server, version: ssl.TLSVersion, spoken: bool) -> None:
    context = old_and_weak()
    context.minimum_version = context.maximum_version = version
    if spoken:
        with greeted_tls(server.smtps_port, context) as wire:
            wire.send_mail(MAIL)
        return
    with pytest.raises(ssl.SSLError):
        connect_tls(server.smtps_port, context)
    server.wait_for_log(r"WARNING: .*the TLS handshake failed: the client's TLS is too old; it needs TLS 1\.2")


def test_no_cipher_of_tls_1_2_but_ecdhe_with_aead(server: Server) -> None:
    context = old_and_weak()
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    offered = [str(cipher["name"]) for cipher in context.get_ciphers()]
    good = [name for name in offered if name.startswith("ECDHE-") and ("GCM" in name or "CHACHA20" in name)]
    good = [name for name in good if "PSK" not in name]
    weak = sorted(set(offered) - set(good) - {name for name in offered if name.startswith("TLS_")})
    assert len(weak) > 20
    context.set_ciphers(":".join(weak) + ":@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        connect_tls(server.smtps_port, context)
    server.wait_for_log(r"the TLS handshake failed: the client offers no cipher that is accepted here")
    context.set_ciphers(":".join(good))
    with greeted_tls(server.smtps_port, context) as wire:
        assert isinstance(wire.socket, ssl.SSLSocket)
        assert wire.socket.compression() is None


def read_ticket(connection: ssl.SSLSocket) -> ssl.SSLSession:
    """The session of a connection; with TLS 1.3 its ticket comes with the first bytes."""
    wire = SmtpWire(connection)
    wire.expect(220)
    wire.ask("NOOP", 250)
    session = connection.session
    assert session is not None
    wire.ask("QUIT", 221)
    wire.close()
    return session


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_are_resumed_also_after_a_reload(
    server: Server, authority: Authority, version: ssl.TLSVersion
) -> None:
    context = trusting(authority.file)
    context.minimum_version = context.maximum_version = version
    session = read_ticket(connect_tls(server.smtps_port, context))
    server.process.send_signal(signal.SIGHUP)
    server.wait_for_log("INFO: Read the certificates again")
    with connect_tls(server.smtps_port, context, session=session) as resumed:
        assert resumed.session_reused


# --- certificates


def test_client_gets_the_certificate_for_the_host_it_asks_for(launcher: Launcher, authority: Authority) -> None:
    first = authority.issue("first", "DNS:first.example.test")
    other = authority.issue("wildcard", "DNS:*.wild.example.test")
    server = launcher.start(*first.options, *other.options, "--smtps=0", n_listeners=2)
    context = trusting(authority.file)
    for host in ("first.example.test", "mail.wild.example.test", "other.wild.example.test"):
        with connect_tls(server.smtps_port, context, host=host) as connection:
            assert connection.version() == "TLSv1.3"
    for host in ("unknown.example.test", "too.deep.wild.example.test"):
        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            connect_tls(server.smtps_port, context, host=host)
    context.check_hostname = False
    with connect_tls(server.smtps_port, context, host="unknown.example.test") as connection:
        assert dict(connection.getpeercert() or {})["subjectAltName"] == (("DNS", "first.example.test"),)


def test_clients_get_the_kind_of_key_they_take(launcher: Launcher, authority: Authority) -> None:
    rsa = authority.issue("rsa", HERE, key=["-newkey", "rsa:2048", "-nodes"])
    ec = authority.issue("ec", HERE)
    server = launcher.start(*rsa.options, *ec.options, "--smtps=0", n_listeners=2)
    context = trusting(authority.file)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    for kind in ("RSA", "ECDSA"):
        context.set_ciphers(f"ECDHE-{kind}-AES128-GCM-SHA256")
        with connect_tls(server.smtps_port, context) as connection:
            assert connection.cipher() == (f"ECDHE-{kind}-AES128-GCM-SHA256", "TLSv1.2", 128)


def test_key_may_be_in_the_file_of_the_certificate(
    launcher: Launcher, certificate: Certificate, trust: ssl.SSLContext, tmp_path: Path
) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(certificate.file.read_bytes() + certificate.key.read_bytes())
    server = launcher.start(f"--tls-cert={both}", "--smtps=0", n_listeners=2)
    with greeted_tls(server.smtps_port, trust) as wire:
        wire.send_mail(MAIL)


def test_certificate_of_a_client_is_logged(
    launcher: Launcher, authority: Authority, certificate: Certificate, alice: Certificate
) -> None:
    options = [*certificate.options, f"--tls-client-ca={authority.file}", "--smtps=0", "--log-format=json"]
    server = launcher.start(*options, n_listeners=0)
    port = int(server.wait_for_log(r"Starting SMTPS server at \S+:(\d+)").group(1))
    with greeted_tls(port, trusting(authority.file, alice)) as wire:
        wire.send_mail(MAIL)
    (stored,) = server.messages()
    received = read_block_field(stored.read_bytes(), "Received")
    assert 'client certificate "CN=alice,O=Exa' in received
    assert "(mple\\)" in received.replace("\\(", "(")
    assert "\x1b" not in stored.read_bytes().decode()
    line = json.loads(server.wait_for_log('"event": ?"mail"').string)
    assert line["tls_version"] == "TLSv1.3"
    assert line["tls_cipher"].startswith("TLS_")
    assert line["tls_client"].startswith("CN=alice,O=Exa")
    assert "\x1b" not in line["tls_client"]


def test_clients_without_a_certificate_are_accepted_and_those_of_other_cas_are_not(
    launcher: Launcher, authority: Authority, certificate: Certificate, trust: ssl.SSLContext, tmp_path: Path
) -> None:
    stranger = Authority(tmp_path / "other", "Other CA").issue("mallory", subject="/CN=alice")
    options = [*certificate.options, f"--tls-client-ca={authority.file}", "--smtps=0"]
    server = launcher.start(*options, n_listeners=2)
    with greeted_tls(server.smtps_port, trust) as wire:
        wire.send_mail(MAIL)
    assert "client certificate" not in read_block_field(server.only_mail(), "Received")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        greeted_tls(server.smtps_port, trusting(authority.file, stranger))
    server.wait_for_log(
        r"WARNING: .*the TLS handshake failed: the client's certificate is not signed by a CA of --tls-client-ca"
    )


# --- reading certificates again


@pytest.fixture
def own_files(certificate: Certificate, tmp_path: Path) -> Certificate:
    """A copy that the test may replace."""
    copy = Certificate(tmp_path / "own.pem", tmp_path / "own.key")
    shutil.copy(certificate.file, copy.file)
    shutil.copy(certificate.key, copy.key)
    return copy


def serial_at(port: int, context: ssl.SSLContext) -> object:
    with connect_tls(port, context) as connection:
        return dict(connection.getpeercert() or {})["serialNumber"]


def test_sighup_reads_certificates_again_and_drops_no_session(
    launcher: Launcher, own_files: Certificate, authority: Authority, trust: ssl.SSLContext
) -> None:
    server = launcher.start(*own_files.options, "--smtps=0", n_listeners=2)
    before = serial_at(server.smtps_port, trust)
    with greeted_tls(server.smtps_port, trust) as wire:
        wire.begin_data()
        wire.send(b"Subject: half\r\n\r\n")
        renewed = authority.issue("renewed", HERE)
        shutil.copy(renewed.file, own_files.file)
        shutil.copy(renewed.key, own_files.key)
        server.process.send_signal(signal.SIGHUP)
        server.wait_for_log("INFO: Read the certificates again")
        assert serial_at(server.smtps_port, trust) != before
        wire.send(b"the rest\r\n.\r\n")
        wire.expect(250)
        wire.send_mail(MAIL)
    assert len(server.messages()) == 2


def test_reload_that_fails_keeps_what_was(launcher: Launcher, own_files: Certificate, trust: ssl.SSLContext) -> None:
    server = launcher.start(*own_files.options, "--smtps=0", n_listeners=2)
    before = serial_at(server.smtps_port, trust)
    own_files.file.write_text("not a certificate")
    server.process.send_signal(signal.SIGHUP)
    server.wait_for_log(rf"ERROR: kept the old certificates: {own_files.file}: it has no certificate")
    assert serial_at(server.smtps_port, trust) == before


def test_reload_under_load_loses_no_session(server: Server, trust: ssl.SSLContext) -> None:
    n_clients, n_messages, n_reloads = 6, 30, 10
    failures: list[BaseException] = []

    def send_all(implicit: bool) -> None:
        try:
            wire = greeted_tls(server.smtps_port, trust) if implicit else SmtpWire.greeted(server.port)
            with wire:
                for n in range(n_messages):
                    if not implicit and n % 10 == 0:
                        wire = start_tls(SmtpWire.greeted(server.port), trust)
                        wire.ask("EHLO again.example.org", 250)
                    wire.send_mail(MAIL)
        except (OSError, AssertionError) as error:
            failures.append(error)

    clients = [threading.Thread(target=send_all, args=(n % 2 == 0,)) for n in range(n_clients)]
    for client in clients:
        client.start()
    for n in range(n_reloads):
        server.process.send_signal(signal.SIGHUP)
        server.wait_for_log("INFO: Read the certificates again", count=n + 1)
    for client in clients:
        client.join(PATIENCE_S)
    assert failures == []
    assert len(server.messages()) == n_clients * n_messages


# --- what is no TLS, or comes slowly, or ends early

GARBAGE = {
    "SMTP": (b"EHLO client.example.org\r\nQUIT\r\n", "what the client sent is not TLS"),
    "HTTP": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "the client sent an HTTP request"),
    "zeros": (bytes(2000), "the TLS handshake failed"),
    "noise": (random.Random(1).randbytes(5000), "the TLS handshake failed"),
    "a record that never was": (b"\x16\x03\x01\x40\x00" + b"\xff" * 0x4000, "the TLS handshake failed"),
    "an alert": (b"\x15\x03\x01\x00\x02\x02\x30", "the TLS handshake failed"),
    "an end": (b"\x16\x03\x01", "the client disconnected during the handshake"),
}


@pytest.mark.parametrize("name", GARBAGE)
@pytest.mark.parametrize("implicit", [False, True], ids=["after STARTTLS", "from the start"])
def test_garbage_in_place_of_a_handshake(server: Server, trust: ssl.SSLContext, implicit: bool, name: str) -> None:
    data, reason = GARBAGE[name]
    if implicit:
        connection = connect(server.smtps_port)
    else:
        plain = SmtpWire.greeted(server.port)
        plain.ask("STARTTLS", 220)
        connection = plain.socket
    with connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        server.wait_for_log(f"WARNING: .*{reason}")
    with greeted_tls(server.smtps_port, trust) as wire:
        wire.send_mail(MAIL)


def test_garbage_between_records_ends_the_session(server: Server, trust: ssl.SSLContext) -> None:
    with greeted_tls(server.smtps_port, trust) as wire:
        wire.begin_data()
        wire.send(b"Subject: half\r\n\r\nhello\r\n")
        raw = socket.socket(fileno=wire.socket.detach())
        raw.sendall(b"\x17\x03\x03\x00\x10" + b"garbage garbage!" + b"\r\n.\r\n")
        raw.settimeout(PATIENCE_S)
        server.wait_for_log("WARNING: .*the client disconnected in the middle of a message")
        raw.close()
    assert server.messages() == []


def test_half_open_handshakes_hold_nobody_up_and_time_out(
    launcher: Launcher, certificate: Certificate, trust: ssl.SSLContext
) -> None:
    server = launcher.start(*certificate.options, "--smtps=0", "--timeout=3", n_listeners=2)
    begun = time.monotonic()
    silent = [connect(server.smtps_port) for _ in range(50)]
    for connection in silent[:25]:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")  # the beginning of a ClientHello
    for _ in range(5):
        with greeted_tls(server.smtps_port, trust) as wire:
            wire.send_mail(MAIL)
    assert "took too long" not in server.log or time.monotonic() - begun > 3
    server.wait_for_log("WARNING: .*the TLS handshake failed: the client took too long", count=len(silent))
    for connection in silent:
        connection.close()
    assert len(server.messages()) == 5


def test_handshakes_count_as_connections(launcher: Launcher, certificate: Certificate) -> None:
    server = launcher.start(*certificate.options, "--smtps=0", "--max-connections=2", n_listeners=2)
    silent = [connect(server.smtps_port) for _ in range(2)]
    with SmtpWire.connect(server.port) as rejected:
        rejected.expect(421)
    for connection in silent:
        connection.close()


def test_tls_client_on_the_plain_port_is_noticed(server: Server, trust: ssl.SSLContext) -> None:
    with pytest.raises(ssl.SSLError):
        connect_tls(server.port, trust)
    server.wait_for_log(r"rejected.*421 4\.7\.0 that was a TLS handshake, and this port expects STARTTLS first")


@pytest.mark.parametrize("with_end", [False, True], ids=["cut short", "whole"])
def test_an_end_without_close_notify(server: Server, trust: ssl.SSLContext, with_end: bool) -> None:
    wire = greeted_tls(server.smtps_port, trust)
    wire.begin_data()
    wire.send(MAIL + (b".\r\n" if with_end else b"."))
    abandon(wire.socket)
    if with_end:
        server.wait_for_log(r"\[over TLS\] \(TLSv1\.3")
    else:
        server.wait_for_log("WARNING: .*the client disconnected in the middle of a message")
    assert len(server.messages()) == with_end


def test_a_client_that_closes_without_reading_loses_no_message(server: Server, trust: ssl.SSLContext) -> None:
    n_messages = 10
    for _ in range(n_messages):
        with connect_tls(server.smtps_port, trust) as connection:
            connection.sendall(
                b"EHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n" + MAIL + b".\r\nQUIT\r\n"
            )
    server.wait_for_log(r"\[over TLS\] \(TLSv1\.3", count=n_messages)
    assert len(server.messages()) == n_messages


def test_server_says_close_notify(server: Server, trust: ssl.SSLContext) -> None:
    with connect_tls(server.smtps_port, trust) as connection:
        connection.sendall(b"QUIT\r\n")
        said = b""
        while chunk := connection.recv(4096):  # an end without close_notify would raise
            said += chunk
        assert b"\r\n221 " in said


def test_tls_behind_a_proxy(launcher: Launcher, certificate: Certificate, trust: ssl.SSLContext) -> None:
    """The header is plain text, and the handshake may come in the same packet."""
    server = launcher.start(*certificate.options, "--smtps=0", "--proxy-protocol=127.0.0.1", n_listeners=2)
    header = b"PROXY TCP4 192.0.2.7 127.0.0.1 5000 465\r\n"
    received, to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trust.wrap_bio(received, to_send, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    with connect(server.smtps_port) as connection:
        connection.settimeout(PATIENCE_S)
        connection.sendall(header + to_send.read())
        while True:
            received.write(connection.recv(65536))
            with contextlib.suppress(ssl.SSLWantReadError):
                client.do_handshake()
                break
        connection.sendall(to_send.read())
        greeting = b""
        while b"\r\n" not in greeting:
            received.write(connection.recv(65536))
            with contextlib.suppress(ssl.SSLWantReadError):
                greeting += client.read()
        assert greeting.startswith(b"220 ")
    server.wait_for_log(r"192\.0\.2\.7:5000: connected through the proxy")


# --- content


@pytest.mark.parametrize("implicit", [False, True], ids=["STARTTLS", "implicit TLS"])
def test_large_message_is_stored_byte_by_byte(
    launcher: Launcher, certificate: Certificate, trust: ssl.SSLContext, implicit: bool
) -> None:
    server = launcher.start(*certificate.options, "--smtps=0", n_listeners=2)
    noise = random.Random(2).randbytes(12 * 1024 * 1024)
    content = b"Subject: large\r\n\r\n" + noise.replace(b"\r\n.\r\n", b"")
    stuffed = content.replace(b"\r\n.", b"\r\n..") + b"\r\n"
    wire = greeted_tls(server.smtps_port, trust) if implicit else start_tls(SmtpWire.greeted(server.port), trust)
    with wire:
        wire.ask("EHLO client.example.org", 250)
        wire.send_mail(stuffed)
    assert received_bytes(server.only_mail()) == unstuffed(stuffed)


def test_pipelining_inside_tls(server: Server, trust: ssl.SSLContext) -> None:
    n_messages = 200
    one = b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nBDAT %d LAST\r\n%b" % (len(MAIL), MAIL)
    with greeted_tls(server.smtps_port, trust) as wire:
        wire.send(one * n_messages + b"QUIT\r\n")  # the replies fit the socket
        for _ in range(3 * n_messages):
            wire.expect(250)
        wire.expect(221)
        wire.expect_end()
    assert len(server.messages()) == n_messages


def send_some(connection: ssl.SSLSocket, data: bytes) -> int:
    """Sends what the connection takes now. Returns how much that was."""
    try:
        return connection.send(data)
    except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
        return 0


def test_a_client_that_reads_nothing_is_waited_for(server: Server, trust: ssl.SSLContext) -> None:
    """Until its replies fill the socket; they all arrive once it reads."""
    n_commands = 20000
    data = b"HELP\r\n" * n_commands + b"QUIT\r\n"
    received = b""
    n_replies = 0
    with greeted_tls(server.smtps_port, trust) as wire:
        assert isinstance(wire.socket, ssl.SSLSocket)
        wire.socket.setblocking(False)
        while sent := send_some(wire.socket, data[:16384]):
            data = data[sent:]
        with greeted_tls(server.smtps_port, trust) as other:
            other.send_mail(MAIL)
        while b"\r\n221 " not in received:
            select.select([wire.socket], [wire.socket] if data else [], [], PATIENCE_S)
            data = data[send_some(wire.socket, data[:16384]) if data else 0 :]
            with contextlib.suppress(ssl.SSLWantReadError):
                while chunk := wire.socket.recv(65536):
                    n_replies += (received[-4:] + chunk).count(b"\n214 ")
                    received = (received + chunk)[-100:]
    assert n_replies == n_commands
