"""Programs that others wrote send messages over TLS, in every mode, and check the certificate."""

import json
import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from hostile_support import read_block_field
from programs import require_program, run_program
from server import Launcher, Server
from tls_support import trusting

NODE_DIRECTORY = Path(__file__).with_name("node")
MAIL = b"From: a@example.com\r\nTo: b@example.com\r\nSubject: over TLS\r\n\r\nhello\r\n"


def swaks(port: int, ca: Path, implicit: bool) -> None:
    arguments = ["--from", "a@example.com", "--to", "b@example.com", "--server", "localhost", "--port", str(port)]
    trust = ["--tls-verify", "--tls-ca-path", str(ca), "--h-Subject", "over TLS"]
    run_program(["swaks", *arguments, "--tls-on-connect" if implicit else "--tls", *trust])


def curl(port: int, ca: Path, implicit: bool) -> None:
    url = f"{'smtps' if implicit else 'smtp'}://localhost:{port}"
    envelope = ["--mail-from", "a@example.com", "--mail-rcpt", "b@example.com", "-T", "-"]
    run_program(["curl", "--silent", "--show-error", "--ssl-reqd", "--cacert", str(ca), url, *envelope], stdin=MAIL)


def msmtp(port: int, ca: Path, implicit: bool) -> None:
    options = ["--file=/dev/null", "--host=localhost", f"--port={port}", "--from=a@example.com"]
    trust = ["--tls=on", f"--tls-starttls={'off' if implicit else 'on'}", f"--tls-trust-file={ca}"]
    run_program(["msmtp", *options, *trust, "b@example.com"], stdin=MAIL.replace(b"\r\n", b"\n"))


def nodemailer(port: int, ca: Path, implicit: bool) -> None:
    require_program("node")
    if not (NODE_DIRECTORY / "node_modules").exists():
        pytest.skip("nodemailer is not installed; make test does that")
    mail = {"from": "a@example.com", "to": "b@example.com", "subject": "over TLS", "text": "hello\n"}
    command = ["node", str(NODE_DIRECTORY / "send.mjs"), str(port), "tls" if implicit else "starttls"]
    run_program(command, stdin=json.dumps(mail).encode(), env={"NODE_EXTRA_CA_CERTS": str(ca)})


def python(port: int, ca: Path, implicit: bool) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "b@example.com", "over TLS"
    context = trusting(ca)
    if implicit:
        with smtplib.SMTP_SSL("localhost", port, context=context) as client:
            client.send_message(message)
        return
    with smtplib.SMTP("localhost", port) as client:
        client.starttls(context=context)
        client.send_message(message)


def openssl(port: int, ca: Path, implicit: bool) -> None:
    commands = b"EHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n" + MAIL + b".\r\nQUIT\r\n"
    mode = [] if implicit else ["-starttls", "smtp"]
    trust = ["-CAfile", str(ca), "-verify_return_error", "-verify_hostname", "localhost"]
    run_program(["openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{port}", *mode, *trust], stdin=commands)


@pytest.fixture
def tls_server(launcher: Launcher, tmp_path: Path) -> Server:
    state = f"--state-directory={tmp_path / 'state'}"
    return launcher.start("-i", "localhost", "--tls=auto", "--smtps=0", "--require-tls", state, n_listeners=2)


@pytest.mark.parametrize("implicit", [False, True], ids=["STARTTLS", "implicit TLS"])
@pytest.mark.parametrize("send", [swaks, curl, msmtp, nodemailer, python, openssl])
def test_client_sends_over_tls(tls_server: Server, send: Callable[[int, Path, bool], None], implicit: bool) -> None:
    send(tls_server.smtps_port if implicit else tls_server.port, tls_server.ca_file, implicit)
    received = read_block_field(tls_server.only_mail(), "Received")
    assert " with ESMTPS (TLSv1.3 TLS_" in received
    tls_server.wait_for_log(r": a@example\.com -> b@example\.com \[over TLS\] \(TLSv1\.3 TLS_\w+\)$")
    assert "WARNING" not in "\n".join(line for line in tls_server.log_lines if "a real server" not in line)


def test_clients_that_know_another_ca_do_not_send(tls_server: Server, tmp_path: Path) -> None:
    run_program(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                 "/CN=other", "-keyout", str(tmp_path / "other.key"), "-out", str(tmp_path / "other.pem")])  # fmt: skip
    with pytest.raises(AssertionError, match="certificate"):
        curl(tls_server.smtps_port, tmp_path / "other.pem", True)
    tls_server.wait_for_log(r"WARNING: .*: the TLS handshake failed: the client does not trust the certificate")
    assert tls_server.messages() == []
