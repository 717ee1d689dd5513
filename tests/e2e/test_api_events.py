"""Live events over the WebSocket, with a client that others wrote."""

import json
import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from api_support import Api, Json, make_mail, running_api
from server import PATIENCE_S
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(tmp_path_factory.mktemp("api-events")) as api:
        yield api


class Listener:
    """A client that keeps what it is told."""

    def __init__(self, api: Api, **options: Any) -> None:
        self._connection = connect(f"ws://127.0.0.1:{api.port}/api/events", **options)
        self.socket: ClientConnection = self._connection.__enter__()
        self._frames: queue.Queue[Json] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        try:
            for text in self.socket:
                assert isinstance(text, str)
                self._frames.put(json.loads(text))
        except ConnectionClosed:
            pass

    def next(self, kind: str) -> Any:
        """The data of the next frame of this type; those of other types on the way are dropped."""
        while True:
            frame = self._frames.get(timeout=PATIENCE_S)
            assert set(frame) == {"Type", "Data"}
            if frame["Type"] == kind:
                return frame["Data"]


@pytest.fixture
def api(shared: Api) -> Api:
    shared.clear()
    shared.list()
    return shared


@pytest.fixture
def listener(api: Api) -> Iterator[Listener]:
    listener = Listener(api)
    listener.next("stats")
    yield listener
    listener.socket.close()


def test_totals_come_first(api: Api) -> None:
    api.put(make_mail())
    api.list()
    listener = Listener(api)
    stats = listener.next("stats")
    assert (stats["Total"], stats["Unread"]) == (1, 1)
    assert isinstance(stats["Version"], str)
    listener.socket.close()


def test_a_new_message_is_announced_as_lists_show_it(api: Api, listener: Listener) -> None:
    api.put(make_mail("fresh"))
    told = listener.next("new")
    assert told == api.list()["messages"][0]
    assert [told[key] for key in ("Cc", "Bcc", "ReplyTo", "Tags")] == [[], [], [], []]
    stats = listener.next("stats")
    assert (stats["Total"], stats["Unread"]) == (1, 1)


def test_marks_and_tags_are_announced(api: Api, listener: Listener) -> None:
    mail_id = api.put(make_mail())
    listener.next("new")
    api.message(mail_id)
    assert listener.next("update") == {"ID": mail_id, "Read": True, "Flagged": False, "Tags": []}
    api.expect_ok("PUT", "/api/v1/tags", {"IDs": [mail_id], "Tags": ["one"]})
    assert listener.next("update") == {"ID": mail_id, "Read": True, "Flagged": False, "Tags": ["one"]}


def test_deletes_are_announced(api: Api, listener: Listener) -> None:
    mail_id = api.put(make_mail())
    api.put(make_mail())
    api.expect_ok("DELETE", "/api/v1/messages", {"IDs": [mail_id]})
    assert listener.next("delete") == {"ID": mail_id}
    api.clear()
    assert listener.next("truncate") is None
    stats = listener.next("stats")
    assert stats["Total"] == 0


def test_a_burst_has_few_totals(api: Api) -> None:
    listener = Listener(api)
    for number in range(50):
        api.put(make_mail(f"burst {number}"))
    kinds: list[str] = []
    while kinds.count("new") < 50:
        kinds.append(listener._frames.get(timeout=PATIENCE_S)["Type"])
    assert kinds.count("stats") < 25
    while listener.next("stats")["Total"] < 50:
        pass
    listener.socket.close()


def test_all_listeners_get_the_event(api: Api) -> None:
    listeners = [Listener(api) for _ in range(5)]
    api.put(make_mail("to all"))
    assert {listener.next("new")["Subject"] for listener in listeners} == {"to all"}
    for listener in listeners:
        listener.socket.close()


def test_other_origins_are_rejected(api: Api) -> None:
    with pytest.raises(InvalidStatus) as rejected:
        Listener(api, origin="http://evil.example")
    assert rejected.value.response.status_code == 403


def test_our_own_origin_may_listen(api: Api) -> None:
    listener = Listener(api, origin=api.url)
    listener.next("stats")
    listener.socket.close()


def test_without_a_handshake_there_is_no_socket(api: Api) -> None:
    assert api.get("/api/events").status_code in (400, 426)


def test_the_server_stops_while_some_listen(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running_api(tmp_path_factory.mktemp("api-events-end")) as api:
        Listener(api).next("stats")
