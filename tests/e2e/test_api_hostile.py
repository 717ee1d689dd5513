"""The API treated badly: by pages that are open in the same browser, by messages, and by who can reach the port."""

from __future__ import annotations

import itertools
import json
import random
import re
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from api_support import Api, Json, make_mail, running_api
from hostile_support import PeakMemory
from http_wire import HttpWire
from server import PATIENCE_S
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

EVIL = "http://evil.example"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A server that survives all of it, with one message that nobody gets to read or change."""
    with running_api(tmp_path_factory.mktemp("api-hostile")) as api:
        api.put(make_mail("the secret", "code 123456\n", html="<p>secret</p>"))
        yield api


@pytest.fixture(scope="module")
def operations(api: Api) -> list[tuple[str, str]]:
    """Everything there is, as the server describes it: methods and paths."""
    paths: Json = api.get_json("/api/v1/openapi.json")["paths"]
    values = {"id": "latest", "part": "1", "tag": "a"}
    filled = {path: re.sub(r"\{(\w+)\}", lambda name: values[name[1]], path) for path in paths}
    return [(method.upper(), filled[path]) for path, methods in paths.items() for method in methods]


def state(api: Api) -> Any:
    """What must not change."""
    page = api.list()
    page.pop("cursor")
    return page


# --- other pages

PUBLIC = {"/livez", "/readyz"}


def test_dns_rebinding(api: Api, operations: list[tuple[str, str]]) -> None:
    """A page whose name has come to mean 127.0.0.1 reads and changes nothing."""
    before = state(api)
    for host in ("evil.example", f"evil.example:{api.port}", "localhost.evil.example", "127.0.0.1.evil.example"):
        for method, path in operations:
            reply = api.ask(method, path, headers={"Host": host}, data="{}")
            assert reply.status_code == 403, (method, path)
            assert "secret" not in reply.text
    assert state(api) == before


@pytest.mark.parametrize(
    "origin", [EVIL, "null", "http://localhost", "http://127.0.0.1:1", "https://127.0.0.1:{port}.evil"]
)
def test_cross_site_requests(api: Api, operations: list[tuple[str, str]], origin: str) -> None:
    before = state(api)
    for method, path in operations:
        if path in PUBLIC:
            continue
        for content_type in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
            headers = {"Origin": origin.format(port=api.port), "Content-Type": content_type}
            reply = api.ask(method, path, headers=headers, data="{}")
            assert reply.status_code == 403, (method, path)
            assert "Access-Control-Allow-Origin" not in reply.headers
            assert "secret" not in reply.text
    assert state(api) == before


def test_pictures_and_frames_of_other_sites(api: Api, operations: list[tuple[str, str]]) -> None:
    """They carry no Origin, but would mark messages as read, or wait for them."""
    before = state(api)
    for path in {path for method, path in operations if method == "GET"} - PUBLIC:
        headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
        assert api.ask("GET", path, headers=headers).status_code == 403, path
    assert state(api) == before


def test_preflight_allows_nothing(api: Api, operations: list[tuple[str, str]]) -> None:
    for _, path in operations:
        asked = {"Origin": EVIL, "Access-Control-Request-Method": "DELETE"}
        reply = api.ask("OPTIONS", path, headers=asked)
        assert not [name for name in reply.headers if name.startswith("Access-Control-")], path


@pytest.mark.parametrize("origin", [EVIL, "null", "http://localhost:1"])
def test_websockets_of_other_pages(api: Api, origin: str) -> None:
    url = f"ws://127.0.0.1:{api.port}/api/events"
    with pytest.raises(InvalidStatus) as rejection:
        connect(url, origin=Origin(origin), open_timeout=PATIENCE_S, proxy=None)
    assert rejection.value.response.status_code == 403
    with connect(url, origin=Origin(api.url), open_timeout=PATIENCE_S, proxy=None) as allowed:
        assert json.loads(allowed.recv(PATIENCE_S))["Type"] == "stats"


# --- bodies


def test_json_of_100_mb(api: Api) -> None:
    """Refused by its length; in chunks, once it is longer than may be. Neither is kept."""
    memory = PeakMemory(api.server)
    for path in (b"/api/v1/messages", b"/api/v1/tags"):
        head = b"PUT " + path + b" HTTP/1.1\r\nHost: localhost\r\n"
        with HttpWire.connect(api.port) as wire:
            assert wire.ask(head + b"Content-Length: 104857600\r\n\r\n").status == 413
        with HttpWire.connect(api.port) as wire:
            wire.send(head + b"Transfer-Encoding: chunked\r\n\r\n")
            wire.send((b"80000\r\n" + b" " * 0x80000 + b"\r\n") * 3)
            assert wire.read_reply().status == 413
    assert memory.growth_mib < 16


DEEP = 500_000
BOMBS = {
    "deep-arrays": b"[" * DEEP,
    "deep-objects": b'{"a":' * (DEEP // 5),
    "many-values": b'{"IDs":[' + b"[]," * 300_000 + b"[]]}",
    "many-keys": b"{" + b",".join(b'"%d":0' % number for number in range(80_000)) + b"}",
    "long-number": b'{"Read":' + b"9" * DEEP + b"}",
    "exponent": b'{"Read":1e999999999}',
    "same-key": b'{"IDs":["a"],"ids":["b"],"IDs":7}',
    "half-a-surrogate": b'{"IDs":["\\ud800"]}',
    "nul": b'{"IDs":["\\u0000"]}',
    "no-utf-8": b'{"IDs":["\xff"]}',
    "two-values": b"{}{}",
    "byte-order-mark": b"\xef\xbb\xbf{}",
    "no-object": b'["IDs"]',
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_json_bombs(api: Api, bomb: str) -> None:
    before = state(api)
    memory = PeakMemory(api.server)
    for method, path in (
        ("PUT", "/api/v1/messages"),
        ("DELETE", "/api/v1/messages"),
        ("PUT", "/api/v1/tags"),
        ("POST", "/api/v1/send"),
    ):
        reply = api.ask(method, path, data=BOMBS[bomb])
        assert reply.status_code == 400, reply.text
    assert state(api) == before
    assert memory.growth_mib < 40


# --- names that lead elsewhere

TRICKS = [
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e",
    "..",
    ".",
    "%00",
    "latest%00",
    "latest%0d%0aX-Evil:%201",
    "..%5c..%5cwindows",
    "%252e%252e%252fetc",
    "%c0%ae%c0%ae%c0%af",
    "new%2f..",
    "file:%2f%2f%2fetc%2fpasswd",
    "dsmtpd.index",
    "*",
    "x" * 3000,
    "%e2%80%ae",
    "1'--",
    '1" OR 1=1',
    "-1",
    "18446744073709551616",
]


def test_path_tricks(api: Api) -> None:
    patterns = [
        "/api/v1/message/{}",
        "/api/v1/message/{}/raw",
        "/api/v1/message/{}/thread",
        "/api/v1/message/latest/part/{}",
        "/api/v1/message/latest/part/{}/thumb",
        "/api/v1/messages/{}/download",
        "/api/v1/messages/{}/mime/part/{}/download",
        "/view/{}.html",
        "/view/{}.txt",
        "/page/{}/app.js",
        "/page/{}/core/api.js",
    ]
    for pattern, trick in itertools.product(patterns, TRICKS):
        target = pattern.replace("{}", trick.replace(" ", "%20"))
        with HttpWire.connect(api.port) as wire:
            reply = wire.ask(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert reply.status in {400, 404}, (target, reply)
        assert "x-evil" not in reply.headers
        assert b"root:" not in reply.body


def test_ids_in_bodies_are_no_paths(api: Api) -> None:
    before = state(api)
    ids = ["../../etc/passwd", "..", "/etc/passwd", "*", "dsmtpd.index", "' OR 1=1 --", "x" * 100_000]
    api.expect_ok("DELETE", "/api/v1/messages", {"IDs": ids})
    api.expect_ok("PUT", "/api/v1/messages", {"IDs": ids, "Read": True})
    api.expect_ok("PUT", "/api/v1/tags", {"IDs": ids, "Tags": ["x"]})
    assert state(api) == before


# --- what messages bring

NAMES = [
    "a\r\nX-Evil: 1",
    'a"; filename="b.exe',
    "../../../etc/passwd",
    "..\\..\\evil.exe",
    "a\x00.txt",
    "\x1b[31mred",
    "\u202egnp.exe",
    "x" * 5000 + ".txt",
    "ünï €.txt",
    "%0d%0aX-Evil: 1",
    "<script>alert(1)</script>.html",
    ";",
    "",
]


@pytest.mark.parametrize("name", NAMES)
def test_file_names_become_no_headers_and_no_paths(api: Api, name: str) -> None:
    quoted = "".join(f"%{byte:02X}" for byte in name.encode())
    mail = (
        "Subject: names\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/html; name*=utf-8''{quoted}\r\n"
        f"Content-Disposition: attachment; filename*=utf-8''{quoted}\r\n\r\nx\r\n"
    )
    mail_id = api.put(mail.encode())
    (attachment,) = api.message(mail_id)["Attachments"]
    assert not re.search(r"[\x00-\x1f/\\\u202e]", attachment["FileName"])
    for path in (f"/api/v1/message/{mail_id}/part/{attachment['PartID']}", f"/api/v1/message/{mail_id}/raw?dl=1"):
        with HttpWire.connect(api.port) as wire:
            reply = wire.ask(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert reply.status == 200
        assert "x-evil" not in reply.headers
        disposition = reply.headers["content-disposition"]
        assert re.fullmatch(
            r'(attachment|inline)(; filename="[^"\\/]*")?(; filename\*=UTF-8\'\'[\w.!#$&+^`|~%-]*)?', disposition
        )
        assert len(disposition) < 2000


XSS = "<script>top.document.title='run'</script><img src=x onerror=alert(1)><svg onload=alert(1)>"
ACTIVE_TYPES = [
    "text/html",
    "application/xhtml+xml",
    "image/svg+xml",
    "text/xml",
    "application/xml",
    "application/javascript",
    "text/javascript",
    "text/css",
    "application/pdf",
    "text/html; charset=utf-7",
    "TEXT/HTML",
    "multipart/x-mixed-replace",
    "no type",
    "application/wasm",
]


@pytest.mark.parametrize("content_type", ACTIVE_TYPES)
def test_no_part_runs_as_a_page_of_ours(api: Api, content_type: str) -> None:
    head = (
        f"Subject: active\r\nContent-Type: {content_type}\r\nContent-Disposition: attachment; filename=a.html\r\n\r\n"
    )
    mail_id = api.put((head + XSS).encode())
    attachments = api.message(mail_id)["Attachments"]
    parts = [attachment["PartID"] for attachment in attachments] or ["1"]
    for part in parts:
        reply = api.get(f"/api/v1/message/{mail_id}/part/{part}")
        assert reply.status_code == 200
        policy = reply.headers["Content-Security-Policy"]
        assert "sandbox" in policy
        assert "allow-scripts" not in policy
        assert "allow-same-origin" not in policy
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert not re.search(r"javascript|text/css|wasm|x-mixed-replace", reply.headers["Content-Type"])


def test_views_run_nothing(api: Api) -> None:
    mail = EmailMessage()
    mail["Subject"] = mail["From"] = XSS
    mail.set_content("</pre>" + XSS)
    mail.add_alternative(f"<html><body>{XSS}<base href='{EVIL}/'><a href='javascript:alert(1)'>x</a>", subtype="html")
    mail_id = api.put(mail)
    for path in (f"/view/{mail_id}.html", f"/view/{mail_id}.html?embed=1", f"/view/{mail_id}.txt"):
        reply = api.get(path)
        policy = reply.headers["Content-Security-Policy"]
        assert "sandbox" in policy
        assert "allow-scripts" not in policy
        assert "allow-top-navigation" not in policy
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Content-Type"].startswith("text/html" if ".html" in path else "text/plain")


def test_texts_of_messages_come_as_data(api: Api, operations: list[tuple[str, str]]) -> None:
    """Whatever is in a message, or in a path or a query, no answer of the API is a page."""
    api.put(make_mail(XSS, XSS, {"From": f'"{XSS}" <a@b.example>'}))
    skipped = {"/api/v1/wait", "/api/v1/events", "/mailhog/api/v1/events", "/api/events"}
    for path in {path for method, path in operations if method == "GET"} - skipped:
        if path.startswith("/view/") or "/part/" in path:
            continue
        for target in (path, f"{path}?query=<script>&start=<script>&format=<script>&kind=<script>", f"{path}/<script>"):
            reply = api.get(target)
            assert reply.status_code < 500, target
            assert not re.search("html|xml|javascript", reply.headers["Content-Type"]), target
            assert reply.headers["X-Content-Type-Options"] == "nosniff"


# --- at random


def test_requests_at_random(api: Api, operations: list[tuple[str, str]]) -> None:
    """Paths, queries and bodies of odd pieces: never a 5xx, and the server stays."""
    chance = random.Random(20261124)
    pieces = [
        "",
        "a",
        "%",
        "%zz",
        "%00",
        "&",
        "=",
        "?",
        "..",
        "/",
        "+",
        "9" * 30,
        "-1",
        "ü",
        '"',
        "{",
        "[",
        "]",
        "\\",
        "~",
    ]
    for _ in range(1500):
        method, path = chance.choice([pair for pair in operations if "events" not in pair[1]])
        query = "".join(chance.choices(["query=", "start=", "tz=", "to=", "after=", *pieces], k=4))
        body = "".join(chance.choices(["{", "}", '"IDs"', ":", "[", "]", '"x"', ",", "null", *pieces], k=8)).encode()
        target = f"{path}{chance.choice(pieces)}?timeout=0&timeout=0&{query}"  # twice, as a piece may spoil one
        head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", api.port), PATIENCE_S) as connection:
            connection.sendall(head.encode() + body)
            status_line = connection.recv(100)
        assert re.match(rb"HTTP/1\.1 (200|302|4\d\d|501|505) ", status_line), (head, body, status_line)
    assert api.get("/livez").status_code == 200
