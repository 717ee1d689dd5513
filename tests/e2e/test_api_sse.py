"""Server-sent events: told as they happen, and again to who comes back."""

from __future__ import annotations

import json
import smtplib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from api_support import Api, make_mail, running_api
from http_wire import HttpWire
from programs import require_program
from server import PATIENCE_S


class Event(NamedTuple):
    id: str
    name: str
    data: Any


class Events:
    """A client that reads when it is asked to, over a small buffer."""

    def __init__(self, api: Api, last_id: str = "", path: str = "/api/v1/events") -> None:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        connection.settimeout(60)
        connection.connect(("127.0.0.1", api.port))
        header = f"Last-Event-ID: {last_id}\r\n" if last_id else ""
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n{header}\r\n".encode())
        self._connection = connection
        self._file = connection.makefile("rb")
        head = iter(self._file.readline, b"\r\n")
        assert next(head).startswith(b"HTTP/1.1 200 ")
        assert any(line.lower().startswith(b"content-type: text/event-stream") for line in head)

    def __enter__(self) -> Events:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._connection.close()

    def next(self) -> Event:
        fields = {"id": "", "event": "", "data": ""}
        while line := self._file.readline().decode().rstrip("\n"):
            name, _, value = line.partition(": ")
            if name:  # else a comment
                fields[name] = value
        if not fields["data"]:
            return self.next()
        return Event(fields["id"], fields["event"], json.loads(fields["data"]))

    def take(self, count: int) -> list[Event]:
        return [self.next() for _ in range(count)]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(tmp_path_factory.mktemp("api-sse")) as api:
        yield api


@pytest.fixture
def api(shared: Api) -> Api:
    shared.clear()
    return shared


def totals(total: int, unread: int, flagged: int = 0) -> dict[str, dict[str, int]]:
    return {"Totals": {"Total": total, "Unread": unread, "Flagged": flagged}}


def test_everything_that_happens(api: Api) -> None:
    with Events(api) as events:
        assert events.next().name == "ready"
        mail_id = api.put(make_mail("told"))
        assert events.next()[1:] == ("new", api.list()["messages"][0] | totals(1, 1))
        marks = {"ID": mail_id, "Read": True, "Flagged": True, "Tags": []}
        api.expect_ok("PUT", "/api/v1/messages", {"IDs": [mail_id], "Read": True, "Flagged": True})
        assert events.next()[1:] == ("update", marks | totals(1, 0, 1))
        api.expect_ok("PUT", "/api/v1/tags", {"IDs": [mail_id], "Tags": ["a"]})
        assert events.next()[1:] == ("update", marks | {"Tags": ["a"]} | totals(1, 0, 1))
        assert api.get_json("/api/v1/info")["Flagged"] == 1
        api.expect_ok("DELETE", "/api/v1/messages", {"IDs": [mail_id]})
        assert events.next()[1:] == ("delete", {"ID": mail_id} | totals(0, 0))
        api.put(make_mail("last"))
        assert events.next().name == "new"
        api.clear()
        assert events.next()[1:] == ("truncate", totals(0, 0))


def test_what_is_rejected(api: Api) -> None:
    with Events(api) as events:
        assert events.next().name == "ready"
        with smtplib.SMTP("127.0.0.1", api.server.port, timeout=PATIENCE_S) as smtp:
            assert smtp.docmd("NONSENSE")[0] == 500
        assert events.next()[1:] == ("attempt", {})
        assert api.get_json("/api/v1/attempts", limit=1)["attempts"][0]["Command"] == "NONSENSE"


def test_a_client_that_comes_back_misses_nothing(api: Api) -> None:
    with Events(api) as events:
        ready = events.next()
    for subject in ("one", "two", "three"):
        api.put(make_mail(subject))
    with Events(api, ready.id) as events:
        told = events.take(3)
        assert [event.data["Subject"] for event in told] == ["one", "two", "three"]
    with Events(api, told[1].id) as events:
        assert events.next() == told[2]
    with Events(api, path=f"/api/v1/events?last_event_id={told[0].id}") as events:
        assert events.take(2) == told[1:]


def test_from_the_first_event_on(tmp_path: Path) -> None:
    """The place before anything has happened is a place, too."""
    with running_api(tmp_path) as api:
        with Events(api) as events:
            ready = events.next()
        api.put(make_mail("first of all"))
        with Events(api, ready.id) as events:
            assert events.next().data["Subject"] == "first of all"


@pytest.mark.parametrize("kills", [False, True], ids=["stopped", "killed"])
def test_a_client_that_comes_back_after_a_restart_misses_nothing(tmp_path: Path, kills: bool) -> None:
    maildir = tmp_path / "kept"
    with running_api(tmp_path, f"--directory={maildir}") as api:
        with Events(api) as events:
            events.next()
            gone, starred, tagged, untouched = [api.put(make_mail(subject)) for subject in ("a", "b", "c", "d")]
            last = events.take(4)[3]
        api.ask("DELETE", "/api/v1/messages", json={"IDs": [gone]})
        api.ask("PUT", "/api/v1/messages", json={"IDs": [starred], "Flagged": True})
        api.ask("PUT", "/api/v1/tags", json={"IDs": [tagged], "Tags": ["new"]})
        new = api.put(make_mail("e"))
        api.list()  # so that all is in the index
        if kills:
            api.server.kill()
    with running_api(tmp_path, f"--directory={maildir}") as api, Events(api, last.id) as events:
        told = events.take(4)
        assert [event.name for event in told] == ["delete", "update", "update", "new"]
        assert [event.data["ID"] for event in told] == [gone, starred, tagged, new]
        numbers = [int(event.id) for event in [last, *told]]
        assert numbers == sorted(set(numbers))
        after = api.put(make_mail("after"))
        event = events.next()
        assert (event.name, event.data["ID"]) == ("new", after)
        assert untouched not in {event.data["ID"] for event in told}
        with Events(api, told[1].id) as again:
            assert [event.data["ID"] for event in again.take(3)] == [tagged, new, after]


def test_a_client_that_comes_back_after_the_index_was_lost_lists_again(tmp_path: Path) -> None:
    maildir = tmp_path / "kept"
    with running_api(tmp_path, f"--directory={maildir}") as api, Events(api) as events:
        events.next()
        api.put(make_mail("before"))
        last = events.next()
    for path in maildir.glob("dsmtpd.index*"):
        path.unlink()
    with running_api(tmp_path, f"--directory={maildir}") as api:
        with Events(api, last.id) as events:
            reset = events.next()
            assert (reset.name, reset.data) == ("reset", {})
            assert int(reset.id) > int(last.id)
        with Events(api, reset.id) as events:
            api.put(make_mail("after"))
            assert events.next().data["Subject"] == "after"


@pytest.mark.parametrize("last_id", ["x", "1", "-5", "66-66-66", "é", "x" * 5000])
def test_an_event_id_that_is_invalid_says_list_again(api: Api, last_id: str) -> None:
    with Events(api, last_id) as events:
        assert events.next().name == "reset"


def test_a_slow_reader_gets_everything(api: Api) -> None:
    """More than a stream lets wait: what does not fit is told when there is room."""
    n_messages = 400
    head = "POST /api/v1/messages?to=a@b.example HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
    with Events(api) as events, HttpWire.connect(api.port) as wire:
        events.next()
        for number in range(n_messages):
            mail = f"Subject: {number} {'x' * 8000}\r\n\r\n"
            assert wire.ask(f"{head}{len(mail)}\r\n\r\n{mail}".encode()).status == 200
        told = events.take(n_messages)
    assert sum(len(json.dumps(event.data)) for event in told) > 1024 * 1024
    assert [int(event.data["Subject"].split()[0]) for event in told] == list(range(n_messages))
    numbers = [int(event.id) for event in told]
    assert numbers == sorted(set(numbers))


def test_with_curl(api: Api) -> None:
    command = [require_program("curl"), "-sN", f"{api.url}/api/v1/events"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as curl:
        assert curl.stdout is not None
        assert [next(curl.stdout) for _ in range(4)][1:] == ["event: ready\n", "data: {}\n", "\n"]
        api.put(make_mail("by curl"))
        assert [next(curl.stdout) for _ in range(2)][1] == "event: new\n"
        assert '"Subject":"by curl"' in next(curl.stdout)
        curl.kill()
