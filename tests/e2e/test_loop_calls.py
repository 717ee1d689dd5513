"""The thread of the loop makes no call that can block: no file, no disk, no name service."""

from __future__ import annotations

import signal
import smtplib
import ssl
import sys
from pathlib import Path

import pytest
import requests
from api_support import Api, make_mail
from http_wire import HttpWire, web_port
from loop_calls import LoopTrace, may_block
from server import PATIENCE_S, Launcher
from smtp_wire import SmtpWire

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="strace is for Linux")

LARGE = b"Subject: large\r\n\r\n" + (b"x" * 70 + b"\r\n") * 50_000


@pytest.fixture
def trace(tmp_path: Path) -> LoopTrace:
    return LoopTrace(tmp_path)


def unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def expect_no_blocking(trace: LoopTrace, *, at_least: int) -> None:
    lines = trace.read_loop()
    blocking = [line for line in lines if may_block(line)]
    assert not blocking, "\n".join(blocking)
    assert len(lines) > at_least


def test_mail_and_api(launcher: Launcher, trace: LoopTrace) -> None:
    server = launcher.start(
        "--http=127.0.0.1:0", "--min-free=1K", "--max-messages=100", "--verbose", wrapper=trace.wrapper
    )
    api = Api(server)
    with SmtpWire.greeted(server.port) as wire:
        for _ in range(30):
            wire.send_mail(b"Subject: small\r\n\r\nhello\r\n")
        wire.send_mail(LARGE)
        wire.ask("MAIL FROM:<wrong", 501)
    mail_id = api.put(make_mail("third", html="<p>Hello <img src=cid:x></p>"))
    with HttpWire.connect(api.port) as events:
        events.send(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert api.list()["total"] == 32
        assert api.search("subject:third")["messages_count"] == 1
        for path in ("", "/raw", "/part/0", "/headers", "/html-check", "/sa-check", "/link-check"):
            api.get(f"/api/v1/message/{mail_id}{path}")
        for path in (
            "/",
            "/metrics",
            "/livez",
            "/readyz",
            "/api/v1/info",
            "/api/v1/tags",
            "/api/v1/inboxes",
            "/nothing",
            "/api/v1/messages.mbox",
            "/api/v1/messages.zip",
            "/mailhog/api/v2/messages",
            f"/view/{mail_id}.html",
            "/api/v1/attempts",
            "/api/v1/webui",
            "/favicon.ico",
        ):
            api.get(path)
        api.get("/api/v1/wait", query="subject:third", timeout="5s")
        api.expect_ok("PUT", "/api/v1/messages", {"IDs": [mail_id], "Read": True})
        api.expect_ok("PUT", "/api/v1/tags", {"IDs": [mail_id], "Tags": ["a"]})
        api.ask("POST", "/api/v1/messages?to=a@example.com", data=b"Subject: put\r\n\r\nput\r\n")
        api.expect_ok("DELETE", "/api/v1/messages", {"IDs": [mail_id]})
        api.clear()
        assert events.socket.recv(4)
    assert server.stop() == 0
    expect_no_blocking(trace, at_least=500)


def test_files_that_are_read_again(launcher: Launcher, trace: LoopTrace, tmp_path: Path) -> None:
    files = {"users": "a:{PLAIN}b\n", "web": "a:{PLAIN}b\n", "records": 'example.com. TXT "v=spf1 -all"\n'}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    options = [f"--auth-file={tmp_path / 'users'}", f"--http-auth-file={tmp_path / 'web'}"]
    options += [f"--dns-records={tmp_path / 'records'}", "--tls=auto", f"--state-directory={tmp_path / 'state'}"]
    server = launcher.start("--http=127.0.0.1:0", *options, wrapper=trace.wrapper)
    with SmtpWire.greeted(server.port):
        server.process.send_signal(signal.SIGHUP)
        for part in ("DNS records", "certificates", "users", "web users"):
            server.wait_for_log(f"Read the {part} again")
    with smtplib.SMTP("127.0.0.1", server.port, timeout=PATIENCE_S) as smtp:
        smtp.starttls(context=unverified())
        smtp.login("a", "b")
        smtp.sendmail("a@example.com", ["b@example.com"], b"Subject: hello\r\n\r\nhello\r\n")
    assert requests.get(f"http://127.0.0.1:{web_port(server)}/api/v1/info", auth=("a", "b"), timeout=PATIENCE_S).ok
    assert server.stop() == 0
    expect_no_blocking(trace, at_least=50)
