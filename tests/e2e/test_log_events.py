"""The events that programs read from the log: the fields of each, in their order, and the sentence about them."""

import json
import re
import signal
import socket
import ssl
import urllib.request
from pathlib import Path
from typing import Any

from server import Launcher, Server
from smtp_wire import SmtpWire
from test_recipients import HOSTILE_ADDRESS, HOSTILE_PATTERN

MAIL = b"Subject: Hello\r\n\r\nhello\r\n"
GUESS = "AUTH PLAIN AHRpbQB3cm9uZw=="  # user tim

# Each event's level and fields, and its message: a regular expression, in which {field} stands for the field.
EVENTS = {
    "start": ("INFO", "version size_limit pid", r"dsmtpd {version}, (size limit {size_limit} bytes|no size limit)"),
    "tls": ("INFO", "ca certificate", r"TLS with a certificate {certificate}; clients that .*, as in --cacert {ca}"),
    "listening": ("INFO", "address port tls", r"Starting SMTP server at {address}"),
    "serving": ("INFO", "address port url", r"Serving HTTP at {url}"),
    "storage": ("INFO", "place mails", r"Storing messages in {place}, which holds {mails}"),
    "mail": (
        "INFO",
        "peer from to subject size id user tls_version tls_cipher tls_client",
        r"{peer}: {from} -> r@x\.xx \[{subject}\] \({tls_version} {tls_cipher}\)",
    ),
    "diagnostics": ("WARNING", "peer id diagnostics", r"{peer}: a real server may object: no-from: .*; no-date: .*\)"),
    "refused": ("INFO", "peer command code reply", r'{peer}: rejected "{command}": {reply}'),
    "auth-failed": ("WARNING", "peer mechanism user failures", r'{peer}: a login as "tim" by PLAIN failed, 1 in a row'),
    "xclient": (
        "INFO",
        "proxy peer name login",
        r"{proxy}: speaks for {peer} \({name}\), logged in as {login}",
    ),
    "undecided": (
        "WARNING",
        "peer to pattern",
        r'{peer}: could not decide about the recipient {to}: matching it with "{pattern}" exceeds the limits; '
        r"use a simpler pattern",
    ),
    "tls-failed": ("WARNING", "peer reason", r"{peer}: {reason}"),
    "reloaded": ("INFO", "part", r"Read the {part} again"),
    "reload-failed": ("ERROR", "part", r"kept the old {part}: .+"),
    "retention": (
        "INFO",
        "limit mails octets",
        r"deleted the oldest messages, {mails} with {octets} bytes: more than 1 messages \(--{limit}\)",
    ),
    "http": (
        "DEBUG",
        "peer method target user status sent duration_us",
        r'{peer}: "{method} {target}": {status}, {sent} bytes, \d+\.\d ms',
    ),
    "protocol": ("DEBUG", "", r"[^ ]+: [CS*]: .*"),
    "exposed": (
        "WARNING",
        "addresses",
        r"0\.0\.0\.0:\d+ is open to other machines, and there are no passwords: anyone .*",
    ),
    "space": (
        "WARNING",
        "place free min_free",
        r"{free} bytes are left for {place}, less than the {min_free} of --min-free: messages are rejected until there "
        r"is room",
    ),
    "proxied": ("INFO", "peer proxy", r"{peer}: connected through the proxy {proxy}"),
    "turned-back": ("WARNING", "proxy reason", r"{proxy}: closed the connection of this proxy: {reason}"),
    "not-taken": (
        "WARNING",
        "server peer reason",
        r"{peer}: an {server} connection was not accepted: {reason}; further ones are only counted",
    ),
    "taken-again": (
        "INFO",
        "server connections",
        r"{server} connections are accepted again; rejected in the meantime: {connections}",
    ),
}


def check(event: dict[str, Any]) -> None:
    level, fields, pattern = EVENTS[event["event"]]
    assert list(event) == ["time", "level", "event", "message", *fields.split()]
    assert event["level"] == level
    named = {key: re.escape(str(value)) for key, value in event.items()}
    assert re.fullmatch(re.sub(r"\{(\w+)\}", lambda match: named[match[1]], pattern), event["message"]), event


def check_all(server: Server, *names: str) -> None:
    """Checks the last event of each name, and that it was logged."""
    events = {event["event"]: event for event in map(json.loads, server.log_lines)}
    assert set(names) <= events.keys()
    for name in names:
        check(events[name])


def test_events_of_sessions(launcher: Launcher, tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("bob:{PLAIN}x\n")
    users.chmod(0o600)
    server = launcher.start(
        "--log-format=json",
        "--verbose",
        "--tls=auto",
        f"--state-directory={tmp_path}",
        f"--auth-file={users}",
        "--auth-allow-insecure",
        f"--reject-recipients={HOSTILE_PATTERN}",
        "--max-messages=1",
        "--xclient=127.0.0.1",
        "--http=127.0.0.1:0",
    )
    url = json.loads(server.wait_for_log('"event":"serving"').string)["url"]
    with SmtpWire.greeted(server.port) as wire:
        wire.ask("MAIL FROM:<a@example.com>", 250)
        wire.ask(f"RCPT TO:<{HOSTILE_ADDRESS}>", 451)
        wire.ask("RSET", 250)
        wire.ask(GUESS, 535)
        wire.ask("XCLIENT NAME=client.example ADDR=192.0.2.1 LOGIN=alice", 220)
    with SmtpWire.greeted(server.port) as wire:
        wire.ask("STARTTLS", 220)
        wire.send(b"not TLS\r\n")
        server.wait_for_log('"event":"tls-failed"')
    context = ssl.create_default_context(cafile=json.loads(server.wait_for_log('"event":"tls"').string)["ca"])
    with SmtpWire.greeted(server.port) as wire:
        wire.ask("STARTTLS", 220)
        with SmtpWire(context.wrap_socket(wire.socket, server_hostname="127.0.0.1")) as secured:
            secured.ask("EHLO client.example.org", 250)
            for _ in range(2):
                secured.send_mail(MAIL, recipient="r@x.xx")
    server.wait_for_log('"event":"retention"')
    urllib.request.urlopen(url + "livez").close()
    server.wait_for_log('"event":"http"')
    server.process.send_signal(signal.SIGHUP)
    server.wait_for_log('"event":"reloaded".*"part":"users"')
    users.write_text("no such form\n")
    server.process.send_signal(signal.SIGHUP)
    server.wait_for_log('"event":"reload-failed"')
    assert server.stop() == 0
    check_all(server, "start", "tls", "listening", "serving", "storage", "mail", "diagnostics", "refused")
    check_all(server, "auth-failed", "xclient", "undecided", "tls-failed", "retention", "http", "protocol")
    check_all(server, "reloaded", "reload-failed")


def test_events_of_connections_and_space(launcher: Launcher) -> None:
    server = launcher.start(
        "--log-format=json",
        "--interface=0.0.0.0",
        "--proxy-protocol=127.0.0.1",
        "--max-connections=1",
        "--min-free=9000000G",
        "--max-size=0",
    )
    with socket.create_connection(("127.0.0.1", server.port)) as proxy:
        proxy.sendall(b"PROXY TCP4 192.0.2.1 198.51.100.2 40000 25\r\n")
        server.wait_for_log('"event":"proxied"')
        with socket.create_connection(("127.0.0.1", server.port)):
            server.wait_for_log('"event":"not-taken"')
    server.wait_for_log('"event":"taken-again"')
    with socket.create_connection(("127.0.0.1", server.port)) as proxy:
        proxy.sendall(b"EHLO x\r\n")
        server.wait_for_log('"event":"turned-back"')
    server.wait_for_log('"event":"space"')
    assert server.stop() == 0
    check_all(server, "start", "exposed", "space", "proxied", "turned-back", "not-taken", "taken-again")
