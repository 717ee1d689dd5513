"""Waiting for messages: none is missed, no old one is taken, and nobody waits longer than has to be."""

import socket
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import requests
from api_support import Api, make_mail, running_api
from hostile_support import wait_until
from http_wire import HttpWire

INBOX_WAITS_MAX = 1000


def wait(api: Api, status: int = 200, **params: Any) -> Any:
    """Its answer. It is asked on a connection of its own, so that threads can."""
    reply = requests.get(f"{api.url}/api/v1/wait", params=params, timeout=60)
    assert reply.status_code == status, reply.text
    assert reply.headers["Content-Type"] == "application/json"
    return reply.json()


def subjects(waited: Any) -> list[str]:
    return [mail["Subject"] for mail in waited["messages"]]


def test_what_came_after_the_cursor_is_there_at_once(api: Api) -> None:
    api.put(make_mail("old"))
    after = api.cursor()
    mail_id = api.put(make_mail("new"))
    waited = wait(api, after=after)
    assert [mail["ID"] for mail in waited["messages"]] == [mail_id]
    assert waited["count"] == waited["wanted"] == 1
    assert waited["messages"][0] == api.list(limit=1)["messages"][0]


def test_it_waits_until_the_message_comes(api: Api) -> None:
    after = api.cursor()
    with ThreadPoolExecutor() as pool:
        waiting: Future[Any] = pool.submit(wait, api, after=after, query="subject:awaited", timeout=60)
        api.put(make_mail("other"))
        assert not waiting.done()
        api.put(make_mail("awaited"))
        assert subjects(waiting.result()) == ["awaited"]


def test_a_wait_has_a_message_about_as_soon_as_a_list(api: Api) -> None:
    """Mails are not held back to be written together with more, be they so close that they could be."""
    waited_s: list[float] = []
    listed_s: list[float] = []

    def waited_until(after: int) -> float:
        wait(api, after=after)
        return time.monotonic()

    with ThreadPoolExecutor() as pool:
        for number in range(15):
            waiting = pool.submit(waited_until, api.cursor())
            wait(api, 408, timeout=0)  # so that the one before is in, most likely
            api.put(make_mail(f"awaited {number}"))
            sent_s = time.monotonic()
            waited_s.append(waiting.result() - sent_s)
            api.put(make_mail(f"listed {number}"))
            sent_s = time.monotonic()
            assert subjects(api.list(limit=1)) == [f"listed {number}"]
            listed_s.append(time.monotonic() - sent_s)
    assert median(waited_s) < 5 * median(listed_s), (waited_s, listed_s)


def test_the_id_of_a_message_is_a_cursor(api: Api) -> None:
    """The ID that the 250 of one message tells is enough to wait for the next."""
    first = api.put(make_mail("first"))
    second = api.put(make_mail("second"))
    assert subjects(wait(api, after=first)) == ["second"]
    assert subjects(wait(api, 408, after=second, timeout=0)) == []


def test_no_message_from_before_matches(api: Api) -> None:
    api.put(make_mail("old news"))
    assert subjects(wait(api, 408, query="old news", timeout=0.2)) == []
    assert subjects(wait(api, query='subject:"old news"', after=0)) == ["old news"]


def test_what_did_arrive_comes_with_408(api: Api) -> None:
    after = api.cursor()
    api.put(make_mail("one"))
    waited = wait(api, 408, after=after, count=2, timeout="150ms")
    assert subjects(waited) == ["one"]
    assert (waited["count"], waited["wanted"]) == (1, 2)
    assert subjects(wait(api, 408, after=after, count=2, timeout=0)) == ["one"]
    api.put(make_mail("two"))
    assert subjects(wait(api, after=after, count=2, timeout="30s")) == ["one", "two"]
    assert subjects(wait(api, after=waited["cursor"])) == ["two"]


def test_cursors_go_on_without_gap_or_repetition(api: Api) -> None:
    after = api.cursor()
    names = [f"chain {number}" for number in range(40)]
    sender = threading.Thread(target=lambda: [api.put(make_mail(name)) for name in names])
    sender.start()
    seen: list[str] = []
    while len(seen) < len(names):
        waited = wait(api, query="chain", after=after, timeout=60)
        seen += subjects(waited)
        after = waited["cursor"]
    sender.join()
    assert seen == names


def test_messages_put_in_over_http_are_waited_for_too(api: Api) -> None:
    after = api.cursor()
    api.ask("POST", "/api/v1/messages", data=make_mail("by HTTP").as_bytes())
    assert subjects(wait(api, after=after)) == ["by HTTP"]


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"count": 0}, "count"),
        ({"count": 1001}, "count"),
        ({"count": "many"}, "count"),
        ({"timeout": -1}, "timeout"),
        ({"timeout": 601}, "timeout"),
        ({"timeout": "nan"}, "timeout"),
        ({"timeout": "inf"}, "timeout"),
        ({"timeout": ""}, "timeout"),
        ({"timeout": "1h"}, "timeout"),
        ({"query": "larger:abc", "strict": 1}, "query"),
        ({"query": "x" * 5000}, "query"),
    ],
)
def test_wrong_parameters(api: Api, params: dict[str, object], word: str) -> None:
    assert word in api.expect_rejected(400, "GET", "/api/v1/wait", params=params)


def test_a_message_that_does_not_exist_is_not_a_cursor(api: Api) -> None:
    for unknown in ("nothing", "-1", "../../etc/passwd", "99999999999999999999"):
        assert "after" in api.expect_rejected(404, "GET", "/api/v1/wait", params={"after": unknown})


def test_a_client_that_goes_away_waits_no_longer(api: Api) -> None:
    """More come and go than may wait at a time; half of them end their side of the connection only."""
    request = b"GET /api/v1/wait?timeout=600 HTTP/1.1\r\nHost: localhost\r\n\r\n"

    def is_answered() -> bool:
        reply = requests.get(f"{api.url}/api/v1/wait", params={"timeout": 0}, timeout=60)
        return reply.status_code == 408

    for number in range(INBOX_WAITS_MAX + 100):
        with socket.create_connection(("127.0.0.1", api.port)) as connection:
            connection.sendall(request)
            if number % 2:
                connection.shutdown(socket.SHUT_WR)
        if number % 200 == 199:  # fewer than may be connected at a time
            wait_until(is_answered, "room for another connection")
    wait_until(is_answered, "room for another wait")


def test_a_server_that_stops_says_so(tmp_path: Path) -> None:
    with running_api(tmp_path) as api, HttpWire.connect(api.port) as wire:
        wire.send(b"GET /api/v1/wait?timeout=600 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait(api, 408, timeout=0)  # so that the one before is in
        api.server.process.terminate()
        assert wire.read_reply().status == 503
        assert api.server.wait() == 0
