"""Which inboxes the servers of a user have open, and who is told."""

import json
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from api_support import Api, Json
from hostile_support import wait_until
from http_wire import SERVING, HttpWire
from server import ROOT, Launcher, Server
from tls_support import Authority

HTTP = "--http=127.0.0.1:0"
PATH = "/api/v1/inboxes"

Start = Callable[..., Server]


@pytest.fixture
def start(launcher: Launcher, tmp_path: Path) -> Start:
    """Starts a server of one user, `start("shop/mail", HTTP)`, on a Maildir below the test's directory."""

    def start_one(place: str, *options: str) -> Server:
        maildir = tmp_path / place
        maildir.parent.mkdir(parents=True, exist_ok=True)
        server = launcher.start(*options, maildir=maildir, env={"XDG_RUNTIME_DIR": ""})
        file = tmp_path / "state" / "dsmtpd" / "servers" / f"{server.process.pid}.json"
        wait_until(file.exists, "it can be found")
        return server

    return start_one


def url_of(server: Server) -> str:
    match = server.wait_for_log(r"Serving HTTP at (\S+)")
    return match[1]


def entry(name: str, server: Server, *, current: bool = False) -> Json:
    return {"Name": name, "Path": str(server.maildir.resolve()), "URL": url_of(server), "Current": current}


def inboxes(server: Server) -> list[Json]:
    answer = Api(server).get_json(PATH)
    assert answer["Complete"]
    listed: list[Json] = answer["Inboxes"]
    return listed


def test_a_single_server_is_listed_with_what_is_known_of_it(start: Start) -> None:
    server = start("mail", HTTP)
    assert inboxes(server) == [entry("mail", server, current=True)]


def test_servers_of_a_user_are_listed_as_they_come_and_go(start: Start) -> None:
    second, first = start("b", HTTP), start("a", HTTP, "--webroot=/some/where")
    Path(first.maildir.parent / "state" / "dsmtpd" / "servers" / "1.json").write_text("{}")
    assert inboxes(second) == [entry("a", first), entry("b", second, current=True)]
    assert url_of(first).endswith("/some/where/")
    third = start("c", HTTP)
    assert [one["Name"] for one in inboxes(second)] == ["a", "b", "c"]
    assert first.stop() == 0
    third.process.send_signal(signal.SIGKILL)
    third.wait()
    assert inboxes(second) == [entry("b", second, current=True)]


def test_what_the_page_says_starts_another(start: Start, launcher: Launcher) -> None:
    server = start("mail", HTTP)
    command = re.search(r'START = "dsmtpd (.+)"', (ROOT / "web" / "shell" / "inbox_menu.js").read_text())
    assert command
    other = launcher.start(*command[1].split(), env={"XDG_RUNTIME_DIR": ""}, defaults=False)
    other.maildir = server.maildir.parent / "other"
    wait_until(lambda: len(inboxes(server)) == 2, "it can be found")
    assert inboxes(server) == [entry("mail", server, current=True), entry("other", other)]


def test_names_are_as_long_as_tells_them_apart(start: Start) -> None:
    shop, blog, other = start("shop/mail", HTTP), start("blog/mail", HTTP), start("other", HTTP)
    expected = [entry("blog/mail", blog), entry("other", other), entry("shop/mail", shop, current=True)]
    assert inboxes(shop) == expected


def test_what_no_browser_can_open_is_left_out(start: Start, socket_directory: Path) -> None:
    server = start("mail", HTTP)
    start("off", "--http=off")
    behind_socket = start("socket", f"--http=unix:{socket_directory}/web")
    behind_socket.wait_for_log(SERVING)
    assert inboxes(server) == [entry("mail", server, current=True)]
    with HttpWire.connect_at(socket_directory / "web") as wire:
        answer = json.loads(wire.ask(f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()).body)
    own = {"Name": "socket", "Path": str(behind_socket.maildir.resolve()), "URL": None, "Current": True}
    assert answer == {"Inboxes": [entry("mail", server), own], "Complete": True}


def test_addresses_are_such_as_can_be_opened(start: Start, tmp_path: Path) -> None:
    certificate = Authority(tmp_path).issue("mail.test")
    everywhere, guarded = start("any", "--http=0.0.0.0:0"), start("tls", HTTP, "--https", *certificate.options)
    by_name = {one["Name"]: one["URL"] for one in inboxes(everywhere)}
    assert by_name == {"any": url_of(everywhere).replace("0.0.0.0", "127.0.0.1"), "tls": url_of(guarded)}
    assert by_name["tls"].startswith("https://")


FROM_ELSEWHERE = [
    "Host: mail.test",
    "Host: localhost\r\nX-Forwarded-For: 127.0.0.1",
    "Host: localhost\r\nForwarded: for=127.0.0.1",
    "Host: localhost\r\nVia: 1.1 proxy",
    "Host: localhost\r\nConnection: close",
    "Host: localhost\r\nOrigin: http://app.test",
]


@pytest.mark.parametrize("headers", FROM_ELSEWHERE)
def test_others_are_listed_on_this_machine_only(start: Start, headers: str) -> None:
    server = start("mail", HTTP, "--http-host=mail.test", "--cors=http://app.test")
    start("secret-project/mail", HTTP)
    with HttpWire.connect(Api(server).port) as wire:
        reply = wire.ask(f"GET {PATH} HTTP/1.1\r\n{headers}\r\n\r\n".encode())
    assert (reply.status, json.loads(reply.body)) == (
        200,
        {"Inboxes": [{"Name": "mail", "Path": None, "URL": None, "Current": True}], "Complete": False},
    )


def test_pages_of_other_sites_and_clients_without_a_password_learn_nothing(start: Start, tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("alice:{PLAIN}secret\n")
    users.chmod(0o600)
    server, other = start("a", HTTP, f"--http-auth-file={users}"), start("b", HTTP)
    api = Api(server)
    api.expect_rejected(401, "GET", PATH)
    assert "Inboxes" in api.ask("GET", PATH, auth=("alice", "secret")).json()
    # The other one needs no login, and is told that there is one with it all the same; its messages are not.
    assert [one["Name"] for one in inboxes(other)] == ["a", "b"]
    Api(other).expect_rejected(403, "GET", PATH, headers={"Origin": "http://evil.example"})
    Api(other).expect_rejected(403, "GET", PATH, headers={"Host": "evil.example"})
