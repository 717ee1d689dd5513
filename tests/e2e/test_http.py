"""Where the web server listens, who may come in, and what every answer has; with curl and on the wire."""

import json
import socket
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest
from http_wire import GET_LIVEZ, SERVING, HttpWire, start_web
from programs import run_program
from server import Launcher


@pytest.fixture
def port(launcher: Launcher) -> int:
    """Where a server with the usual settings serves HTTP."""
    return start_web(launcher)[1]


def request(method: str, target: str, *headers: str) -> bytes:
    return "\r\n".join([f"{method} {target} HTTP/1.1", *headers, "", ""]).encode()


# --- where


def test_livez(port: int) -> None:
    assert run_program(["curl", "-sS", f"http://localhost:{port}/livez"]) == "ok"


def test_an_address_asked_for_must_be_free(launcher: Launcher, tmp_path: Path) -> None:
    place = f"127.0.0.1:{start_web(launcher)[1]}"
    second = launcher.start(f"--http={place}", maildir=tmp_path / "second", n_listeners=0)
    assert second.wait() == 1
    assert place in second.log_lines[-1]
    assert not (tmp_path / "second").exists()


@pytest.mark.parametrize("value", ["{}", ":{}"])
def test_a_port_alone_is_one_of_this_machine(launcher: Launcher, value: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = launcher.start(f"--http={value.format(port)}")
    assert server.wait_for_log(SERVING)[1] == f"127.0.0.1:{port}"


def test_without_the_option_the_next_free_port_is_used(launcher: Launcher, tmp_path: Path) -> None:
    try:
        holder = socket.create_server(("127.0.0.1", 8025))
    except OSError:
        holder = None  # somebody else holds it, which is as good
    try:
        arguments = ["--port=0", f"--directory={tmp_path / 'mail'}"]
        server = launcher.start(*arguments, defaults=False)
        port = server.wait_for_log(r"INFO: port 8025 is in use; using port (\d+) for HTTP")[1]
        server.wait_for_log(rf"Serving HTTP at http://127\.0\.0\.1:{port}/")
        assert run_program(["curl", "-sS", f"http://127.0.0.1:{port}/livez"]) == "ok"
    finally:
        if holder:
            holder.close()


def test_off(launcher: Launcher) -> None:
    server = launcher.start("--http=off")
    assert server.stop() == 0
    assert not SERVING.search(server.log)


def test_unix_socket(launcher: Launcher, socket_directory: Path) -> None:
    path = socket_directory / "web"
    server = launcher.start(f"--http=unix:{path}")
    server.wait_for_log(SERVING)
    assert run_program(["curl", "-sS", "--unix-socket", str(path), "http://any.name/livez"]) == "ok"
    assert server.stop() == 0
    assert not path.exists()


def test_webroot(launcher: Launcher) -> None:
    server, port = start_web(launcher, "--webroot=/tools/mail/")
    assert f"http://127.0.0.1:{port}/tools/mail/" in server.log
    with HttpWire.connect(port) as wire:
        assert wire.ask(request("GET", "/tools/mail/livez", "Host: localhost")).body == b"ok"
        assert wire.ask(GET_LIVEZ).status == 404


@pytest.mark.parametrize(
    ("option", "noun"),
    [
        ("--http=65536", "address"),
        ("--http=127.0.0.1:65536", "address"),
        ("--http=::1:8025", "address"),
        ("--http=:", "address"),
        ("--http=", "address"),
        ("--webroot=mail", "path"),
        ("--webroot=/a/../b", "path"),
        ("--webroot=/a%20b", "path"),
        ("--http-host=a:80", "host name"),
        ("--http-host=http://a", "host name"),
        ("--cors=localhost:3000", "origin"),
        ("--cors=http://localhost:3000/", "origin"),
    ],
)
def test_wrong_values_are_usage_errors(launcher: Launcher, option: str, noun: str) -> None:
    server = launcher.start(option, n_listeners=0)
    assert server.wait() == 64
    assert f"is not a valid {noun}; give " in server.log_lines[-1]


def test_an_address_others_can_reach_is_warned_of(launcher: Launcher) -> None:
    server = launcher.start("--http=0.0.0.0:0")
    server.wait_for_log(r"WARNING: 0\.0\.0\.0:\d+ is open to other machines, and there are no passwords")


# --- who


HOSTS = {
    "localhost": 200,
    "localhost:1": 200,
    "app.localhost": 200,
    "127.0.0.1": 200,
    "[::1]": 200,
    "mail.test": 200,
    "evil.example": 403,
    "evil.example:8025": 403,
    "127.0.0.1.evil.example": 403,
    "localhost.evil.example": 403,
    "192.0.2.1": 403,
    "0.0.0.0": 403,
}

ORIGINS = {
    "http://localhost:8025": 404,
    "http://app.test:3000": 404,
    "http://app.test:3001": 403,
    "http://localhost": 403,
    "http://evil.example": 403,
    "http://localhost:8025.evil.example": 403,
    "null": 403,
}


def test_names_and_origins(launcher: Launcher) -> None:
    """A DNS rebinding page comes with its own name in Host; a cross-site one with its Origin. 404: it came through."""
    _, port = start_web(launcher, "--http-host=mail.test", "--cors=http://app.test:3000")
    with HttpWire.connect(port) as wire:
        for host, status in HOSTS.items():
            assert wire.ask(request("GET", "/livez", f"Host: {host}")).status == status, host
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
            for origin, status in ORIGINS.items():
                reply = wire.ask(request(method, "/api/v1/nothing", "Host: localhost:8025", f"Origin: {origin}"))
                allowed = 200 if method == "OPTIONS" and status == 404 else status
                assert reply.status == allowed, (method, origin)
                may_read = origin if origin == "http://app.test:3000" else None
                assert reply.headers.get("access-control-allow-origin") == may_read
                assert "access-control-allow-credentials" not in reply.headers


def test_preflight(launcher: Launcher) -> None:
    _, port = start_web(launcher, "--cors=http://app.test:3000")
    asks = ["Host: localhost", "Origin: http://app.test:3000", "Access-Control-Request-Method: DELETE"]
    with HttpWire.connect(port) as wire:
        reply = wire.ask(request("OPTIONS", "/api/v1/messages", *asks))
        assert reply.status == 200
        assert "DELETE" in reply.headers["access-control-allow-methods"]
        assert "Authorization" in reply.headers["access-control-allow-headers"]
        assert reply.headers["vary"] == "Origin"


def test_pictures_of_other_pages(port: int) -> None:
    """Browsers send no Origin with them, but say where they come from."""
    embedding = ["Host: localhost", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"]
    link = ["Host: localhost", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"]
    with HttpWire.connect(port) as wire:
        assert wire.ask(request("GET", "/api/v1/nothing", *embedding)).status == 403
        assert wire.ask(request("GET", "/api/v1/nothing", *link)).status == 404


def test_every_option_of_cors_is_off_by_default(port: int) -> None:
    with HttpWire.connect(port) as wire:
        reply = wire.ask(request("GET", "/livez", "Host: localhost", "Origin: http://localhost"))
        assert not [name for name in reply.headers if name.startswith("access-control-")]


# --- what


def test_methods(port: int) -> None:
    with HttpWire.connect(port) as wire:
        wire.send(request("HEAD", "/livez", "Host: localhost"))
        head = wire.read_reply(to_head=True)
        assert (head.status, head.headers["content-length"]) == (200, "2")
        reply = wire.ask(request("POST", "/livez", "Host: localhost"))
        assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
        for target in ("/livez/", "/Livez", "/nothing", "/api/v2"):
            reply = wire.ask(request("GET", target, "Host: localhost"))
            assert (reply.status, reply.headers["content-type"]) == (404, "text/plain; charset=utf-8")
            assert reply.body.count(b"\n") == 1
            assert f"not found: {target}. The page is at /, the API at /api/v1/" in reply.body.decode()
        for target in ("/%2e%2e/livez", "/livez%00", "/a%2fb", "/%ff", "/livez?q=%zz"):
            assert wire.ask(request("GET", target, "Host: localhost")).status == 400, target
        assert wire.ask(request("OPTIONS", "/api/v1/messages", "Host: localhost")).status == 200
        assert wire.ask(request("OPTIONS", "*", "Host: localhost")).status == 200


def test_every_answer_is_guarded(port: int) -> None:
    with HttpWire.connect(port) as wire:
        for target in ("/livez", "/nothing", "/%2e%2e"):
            headers = wire.ask(request("GET", target, "Host: localhost")).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["cross-origin-resource-policy"] == "same-origin"
            assert headers["content-security-policy"].startswith("default-src 'none'")
            assert headers["cache-control"] == "no-store"
            assert parsedate_to_datetime(headers["date"])


def test_connections_are_kept(port: int) -> None:
    connection = HTTPConnection("127.0.0.1", port)
    connection.connect()
    kept = connection.sock
    for _ in range(10):
        connection.request("GET", "/livez")
        assert connection.getresponse().read() == b"ok"
        assert connection.sock is kept
    connection.close()


def test_repeated_slashes_are_redirected(port: int) -> None:
    """Clients join addresses so; elsewhere than here it leads nowhere."""
    with HttpWire.connect(port) as wire:
        for target, location in (
            ("//livez", "/livez"),
            ("///evil.example//x?a=//b", "/evil.example/x?a=//b"),
            ("/view//1.html", "/view/1.html"),
        ):
            reply = wire.ask(request("GET", target, "Host: localhost"))
            assert (reply.status, reply.headers["location"]) == (302, location)
        assert wire.ask(request("DELETE", "//api/v1/messages", "Host: localhost")).status == 404
        assert wire.ask(request("GET", "//\\evil.example", "Host: localhost")).status == 404


def test_accesses_are_logged(launcher: Launcher) -> None:
    server, port = start_web(launcher, "--verbose", "--log-format=json")
    with HttpWire.connect(port) as wire:
        wire.ask(request("GET", "/livez?a=%1b", "Host: localhost"))
        wire.ask(request("GET", "/nothing", "Host: evil.example"))
    server.wait_for_log("evil|host name not allowed")
    events = [event for line in server.log_lines if (event := json.loads(line))["event"] == "http"]
    assert [(event["level"], event["target"], event["status"]) for event in events] == [
        ("DEBUG", "/livez?a=%1b", 200),
        ("INFO", "/nothing", 403),
    ]
    assert all(event["method"] == "GET" and event["sent"] > 0 and event["duration_us"] >= 0 for event in events)


def test_the_end_waits_for_nobody(launcher: Launcher) -> None:
    """A connection that is kept, and one in the middle of a request, do not hold the server up."""
    server, port = start_web(launcher)
    with HttpWire.connect(port) as idle, HttpWire.connect(port) as busy:
        assert idle.ask(GET_LIVEZ).status == 200
        busy.send(GET_LIVEZ[:-2])
        assert server.stop() == 0
        assert idle.read_to_end() == b""
