"""Links that are asked for on demand: what is asked, of whom, and what becomes of answers of all sorts."""

import json
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from api_support import Api, Json, make_mail, running_api
from fake_server import Behaviour, FakeServer, fake_server, reset, wait_for_end
from programs import free_port, require_program
from server import PATIENCE_S, Launcher
from tls_support import Authority, Certificate

HERE = Path(__file__).parent
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}


class WebSite:
    """A web server that keeps the heads of all requests, and answers each path as told."""

    def __init__(self, server: FakeServer) -> None:
        self.answers: Mapping[str, bytes | Behaviour] = {}
        self.heads: list[str] = []
        self._server = server
        server.behave = self._serve

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    def _serve(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(65536)
            if not piece:
                return
            head += piece
        self.heads.append(head.decode())
        method, path, _ = self.heads[-1].split(" ", 2)
        answer = self.answers.get(f"{method} {path}", self.answers.get(path, answer_of(404)))
        if isinstance(answer, bytes):
            connection.sendall(answer)
        else:
            answer(connection)

    @property
    def asked(self) -> list[str]:
        """Methods and paths."""
        return [" ".join(head.split(" ", 2)[:2]) for head in self.heads]


def answer_of(status: int, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", "Content-Length: 0", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.fixture
def site() -> Iterator[WebSite]:
    with fake_server() as server:
        yield WebSite(server)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(tmp_path_factory.mktemp("api-links"), "--fetch-links=any") as api:
        yield api


def put_links(api: Api, *urls: str, headers: dict[str, str] | None = None) -> str:
    """A message with these links."""
    html = "".join(f'<a href="{url}">link</a>' for url in urls)
    return api.put(make_mail(html=html, text="text\n", headers=headers))


def check(api: Api, mail_id: str, method: str = "GET", headers: dict[str, str] | None = None, **params: str) -> Json:
    reply = api.ask(method, f"/api/v1/message/{mail_id}/link-check", params=params, headers=headers)
    assert reply.status_code == 200, reply.text
    told: Json = reply.json()
    assert set(told) == {"Errors", "Links"}
    return told


def check_one(api: Api, url: str, follow: str = "false") -> tuple[int, str]:
    [link] = check(api, put_links(api, url), follow=follow)["Links"]
    assert link["URL"] == url
    return link["StatusCode"], link["Status"]


def test_off_asks_nobody_and_says_how_to_switch_it_on(tmp_path: Path, site: WebSite) -> None:
    with running_api(tmp_path) as api:
        told = check(api, put_links(api, f"{site.url}/x"), follow="true")
        assert told["Errors"] == 0
        assert told["Links"][0]["StatusCode"] == 0
        assert told["Links"][0]["Status"].startswith("not fetched: ")
        assert "--fetch-links" in told["Links"][0]["Status"]
        assert api.get_json("/api/v1/webui")["FetchLinks"] == "off"
        assert site.heads == []


def test_each_link_is_asked_once_by_head_with_nothing_about_who_asks(api: Api, site: WebSite) -> None:
    site.answers = {"/good?x=1": answer_of(200), "/gone": answer_of(410)}
    url = f"{site.url}/good?x=1"
    told = check(
        api, put_links(api, url, url, f"{site.url}/gone#place", "mailto:a@b.example", "myapp://x", "ftp://c.example/")
    )
    assert told == {
        "Errors": 1,
        "Links": [
            {"URL": url, "StatusCode": 200, "Status": "OK"},
            {"URL": f"{site.url}/gone#place", "StatusCode": 410, "Status": "Gone"},
        ],
    }
    assert sorted(site.asked) == ["HEAD /gone", "HEAD /good?x=1"]
    names = {line.partition(":")[0] for head in site.heads for line in head.split("\r\n")[1:] if line}
    assert names == {"Host", "User-Agent"}
    assert all("\r\nUser-Agent: dsmtpd/" in head for head in site.heads)


@pytest.mark.parametrize("status", [405, 501])
def test_where_head_is_not_known_get_is_asked(api: Api, site: WebSite, status: int) -> None:
    site.answers = {"HEAD /x": answer_of(status, "Location: /y"), "GET /x": answer_of(200)}
    assert check_one(api, f"{site.url}/x") == (200, "OK")
    assert site.asked == ["HEAD /x", "GET /x"]


def test_redirections_are_followed_when_asked(api: Api, site: WebSite) -> None:
    site.answers = {
        "/a": answer_of(301, "Location: b?c"),
        "/b?c": answer_of(307, f"Location: {site.url}/d"),
        "/d": answer_of(204),
    }
    assert check_one(api, f"{site.url}/a") == (301, "Moved Permanently")
    assert check_one(api, f"{site.url}/a", follow="true") == (204, "No Content")
    assert site.asked == ["HEAD /a", "HEAD /a", "HEAD /b?c", "HEAD /d"]


def test_logins_are_dropped_and_that_is_logged(api: Api, site: WebSite) -> None:
    site.answers = {
        "/x": answer_of(200),
        "/y": answer_of(302, f"Location: {site.url.replace('//', '//user:secret@')}/x"),
    }
    told = "OK; requested without the login in the URL"
    assert check_one(api, f"{site.url.replace('//', '//user:secret@')}/x") == (200, told)
    assert check_one(api, f"{site.url}/y", follow="true") == (200, told)
    assert not any("Authorization" in head or "secret" in head for head in site.heads)


def drip_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-More: and more\r\n" * 100)


def go_on_without_end(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100 + b"HTTP/1.1 200 OK\r\nX: " + b"y" * 40_000)


def huge_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
    while True:
        connection.sendall(b"more" * 10_000)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (answer_of(302, "Location: /x"), (0, "more than 10 redirections")),
        (answer_of(302, "Location: file:///etc/passwd"), (0, "invalid redirection: ")),
        (answer_of(302, "Location: http://a..b/"), (0, "invalid redirection: it names no host")),
        (answer_of(302), (302, "Found")),
        (answer_of(999), (999, "Unknown")),
        (b"", (0, "the connection closed before the response was complete")),
        (b"220 mail.example ESMTP\r\n\r\n", (0, "the response is not HTTP/1.1")),
        (b"\0" * 100_000, (0, "the response is not HTTP/1.1")),
        (drip_headers, (0, "the response is not HTTP/1.1")),
        (go_on_without_end, (0, "the response is not HTTP/1.1")),
        (huge_body, (200, "OK")),
        (reset, (0, "the connection ")),
    ],
)
def test_answers_of_all_sorts(api: Api, site: WebSite, answer: bytes | Behaviour, told: tuple[int, str]) -> None:
    site.answers = {"/x": answer}
    status, text = check_one(api, f"{site.url}/x", follow="true")
    assert (status, text[: len(told[1])]) == told
    assert "\n" not in text


def test_a_huge_body_after_get_is_not_read(api: Api, site: WebSite) -> None:
    site.answers = {"HEAD /x": answer_of(405), "GET /x": huge_body}
    assert check_one(api, f"{site.url}/x") == (200, "OK")


def test_nobody_there(api: Api) -> None:
    port = free_port()
    assert check_one(api, f"http://127.0.0.1:{port}/") == (0, f"127.0.0.1:{port}: Connection refused")


def test_links_that_unsubscribe_are_left_alone_unless_wanted(api: Api, site: WebSite) -> None:
    site.answers = {path: answer_of(200) for path in ("/leave", "/Unsubscribe?u=1", "/x")}
    urls = [f"{site.url}{path}" for path in site.answers]
    mail_id = put_links(api, *urls, headers={"List-Unsubscribe": f"<{urls[0]}>"})
    told = check(api, mail_id)
    assert (told["Errors"], [link["StatusCode"] for link in told["Links"]]) == (0, [0, 0, 200])
    assert "unsubscribe=true" in told["Links"][0]["Status"]
    assert site.asked == ["HEAD /x"]
    told = check(api, mail_id, unsubscribe="true")
    assert [link["StatusCode"] for link in told["Links"]] == [200, 200, 200]


def test_pages_of_other_sites_fetch_nothing(api: Api, site: WebSite) -> None:
    site.answers = {"/x": answer_of(200)}
    mail_id = put_links(api, f"{site.url}/x")
    path = f"/api/v1/message/{mail_id}/link-check"
    # By a script, a form, a picture.
    for method, headers in [
        ("GET", {"Origin": "http://evil.example"}),
        ("POST", {"Origin": "http://evil.example"}),
        ("POST", {"Origin": "null"}),
        ("POST", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}),
        ("GET", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}),
    ]:
        assert api.ask(method, path, headers=headers).status_code == 403
    # By a link that is followed, which may be read; also where browsers do not tell, as over HTTP to another machine.
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    for headers in (BROWSER, followed, {"Sec-Fetch-Site": "same-site", **followed}):
        [link] = check(api, mail_id, headers=headers)["Links"]
        assert (link["StatusCode"], "POST" in link["Status"]) == (0, True)
    assert site.heads == []
    # Programs, people and pages of its own.
    for method, headers in [
        ("POST", {**BROWSER, "Origin": api.url}),
        ("GET", {**BROWSER, "Sec-Fetch-Site": "same-origin"}),
        ("GET", {**BROWSER, "Sec-Fetch-Site": "none"}),
        ("GET", {"Origin": api.url}),
        ("GET", {}),
    ]:
        [link] = check(api, mail_id, method, headers)["Links"]
        assert link["StatusCode"] == 200


def test_ask_requests_links_only_for_a_post_that_consents(tmp_path: Path, site: WebSite) -> None:
    with running_api(tmp_path, "--fetch-links=ask") as api:
        assert api.get_json("/api/v1/webui")["FetchLinks"] == "ask"
        mail_id = put_links(api, f"{site.url}/x")
        path = f"/api/v1/message/{mail_id}/link-check"
        ours = {**BROWSER, "Origin": api.url, "Sec-Fetch-Site": "same-origin"}
        for method, headers, params in [
            ("GET", {}, {}),
            ("POST", {}, {}),
            ("POST", ours, {"consent": "false"}),
            ("GET", {}, {"consent": "true"}),
            ("GET", ours, {"consent": "true"}),
            ("GET", {"Sec-Fetch-Site": "none"}, {"consent": "true"}),
        ]:
            [link] = check(api, mail_id, method, headers, **params)["Links"]
            assert link == {
                "URL": f"{site.url}/x",
                "StatusCode": 0,
                "Status": "not fetched: each check needs consent: POST with consent=true",
            }
        for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
            assert api.ask("POST", path, params={"consent": "true"}, headers=headers).status_code == 403
        # With consent it is as with "public", which this machine is not.
        for headers in ({}, ours):
            [link] = check(api, mail_id, "POST", headers, consent="true")["Links"]
            assert link["Status"] == "not fetched: 127.0.0.1 is this machine; --fetch-links=any allows it"
        assert site.heads == []


def test_a_client_that_goes_away_ends_the_check(api: Api, site: WebSite) -> None:
    asked, left = threading.Event(), threading.Event()

    def behave(connection: socket.socket) -> None:
        asked.set()
        wait_for_end(connection)
        left.set()

    site.answers = {"/x": behave}
    mail_id = put_links(api, f"{site.url}/x")
    with socket.create_connection(("127.0.0.1", api.port), timeout=PATIENCE_S) as client:
        client.sendall(b"GET /api/v1/message/%b/link-check HTTP/1.1\r\nHost: localhost\r\n\r\n" % mail_id.encode())
        assert asked.wait(PATIENCE_S)
    assert left.wait(PATIENCE_S)


def test_a_stop_ends_the_check(tmp_path: Path, site: WebSite) -> None:
    asked = threading.Event()

    def behave(connection: socket.socket) -> None:
        asked.set()
        wait_for_end(connection)

    site.answers = {"/x": behave}
    with running_api(tmp_path, "--fetch-links=any") as api, ThreadPoolExecutor(1) as pool:
        mail_id = put_links(api, f"{site.url}/x")
        answer = pool.submit(api.get, f"/api/v1/message/{mail_id}/link-check")
        assert asked.wait(PATIENCE_S)
        assert api.server.stop() == 0
        assert (answer.result().status_code, answer.result().text.strip()) == (503, "the server is stopping")


def serve_tls(certificate: Certificate) -> Behaviour:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.file, certificate.key)

    def behave(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            assert secured.recv(65536).startswith(b"HEAD / HTTP/1.1\r\n")
            secured.sendall(answer_of(200))
            wait_for_end(secured)

    return behave


def test_certificates_are_looked_at(tmp_path: Path, launcher: Launcher) -> None:
    trusted, other = Authority(tmp_path / "ca"), Authority(tmp_path / "other")
    server = launcher.start(
        "--http=127.0.0.1:0", "--fetch-links=any", env={"SSL_CERT_FILE": str(trusted.file), "SSL_CERT_DIR": ""}
    )
    api = Api(server)
    cases = {
        "OK": trusted.issue("good", "DNS:localhost"),
        "its certificate is not trusted: hostname mismatch": trusted.issue("wrong", "DNS:example.com"),
        "its certificate is not trusted: unable to get local issuer certificate": other.issue("x", "DNS:localhost"),
        "its certificate is not trusted: certificate has expired": trusted.issue_expired("old", "DNS:localhost"),
    }
    for told, certificate in cases.items():
        with fake_server() as site:
            site.behave = serve_tls(certificate)
            status, text = check_one(api, f"https://localhost:{site.port}/")
            assert text.startswith(told)
            assert status == (200 if told == "OK" else 0)


def test_public_goes_to_public_addresses_alone_at_each_redirection(tmp_path: Path) -> None:
    """In a network of its own, where this machine has a public address, too."""
    script = [sys.executable, str(HERE / "public_links.py"), str(tmp_path)]
    command = [require_program("unshare"), "--map-root-user", "--net", *script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=4 * PATIENCE_S, check=False)
    if done.returncode == 1 and "unshare failed" in done.stderr:
        pytest.skip(f"no network of its own can be had here: {done.stderr}")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    private = "not fetched: 127.0.0.2 is this machine"
    assert told["/direct"] == [200, "OK"]
    assert told["/to-itself"] == [200, "OK"]
    assert told["/to-loopback"][0] == 0
    assert told["/to-loopback"][1].startswith(private)
    assert told["/to-private"][0] == 0
    assert "192.168.77.1, a private address" in told["/to-private"][1]
    assert told["n_private"] == 0
    assert told["without consent"] == [0, "not fetched: each check needs consent: POST with consent=true"]
    assert told["with consent"] == [200, "OK"]
