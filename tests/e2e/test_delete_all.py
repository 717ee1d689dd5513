"""Many messages are deleted at once: what came before is gone, what comes in the meantime stays, and other programs
find their directories all the while."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import TracebackType

import pytest
from api_support import Api, running_api
from hostile_support import wait_until
from server import Launcher
from smtp_wire import SmtpWire

N_BEFORE = 3000  # from 2,000 on, the directories are put aside
MESSAGES = "/api/v1/messages"


def fill(maildir: Path) -> None:
    for directory in ("tmp", "new", "cur"):
        (maildir / directory).mkdir(parents=True)
    for n in range(N_BEFORE):
        directory, flags = ("cur", ":2,S") if n % 3 == 0 else ("new", "")
        (maildir / directory / f"{1700000000 + n}.M1P1Q{n}.other{flags}").write_text(f"Subject: before {n}\n\n")


def wait_for_all(api: Api) -> None:
    wait_until(lambda: api.list(limit=1)["total"] == N_BEFORE, "all messages are listed")


def gone(maildir: Path) -> list[Path]:
    return list(maildir.glob("dsmtpd.gone-*"))


def wait_for_room(maildir: Path) -> None:
    wait_until(lambda: not gone(maildir), "what was put aside is removed")


class Sender:
    """Sends messages on one connection, and notes for each when it got its 250."""

    def __init__(self, port: int, name: str) -> None:
        self.accepted: dict[str, float] = {}
        self._port = port
        self._name = name
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with SmtpWire.greeted(self._port) as wire:
            for n in range(100_000):
                if self._is_over.is_set():
                    return
                subject = f"{self._name}-{n}"
                wire.send_mail(f"Subject: {subject}\r\n\r\nHello\r\n".encode())
                self.accepted[subject] = time.monotonic()

    def __enter__(self) -> Sender:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()


def subjects_of(api: Api) -> list[str]:
    found: list[str] = []
    while page := api.list(start=len(found), limit=500)["messages"]:
        found += [mail["Subject"] for mail in page]
    return found


def test_what_comes_while_all_are_deleted_stays(tmp_path: Path) -> None:
    maildir = tmp_path / "mail"
    fill(maildir)
    seen_missing: list[str] = []
    with running_api(tmp_path) as api:
        wait_for_all(api)
        is_over = threading.Event()

        def look() -> None:
            while not is_over.is_set():
                seen_missing.extend(name for name in ("new", "cur") if not (maildir / name).is_dir())

        looker = threading.Thread(target=look)
        looker.start()
        with Sender(api.server.port, "a") as one, Sender(api.server.port, "b") as two:
            wait_until(lambda: min(len(one.accepted), len(two.accepted)) > 20, "messages come")
            asked = time.monotonic()
            api.clear()
            answered = time.monotonic()
            n_sent = len(one.accepted)
            wait_until(lambda: len(one.accepted) > n_sent + 20, "more messages come")
        wait_for_room(maildir)
        is_over.set()
        looker.join()
        times = {**one.accepted, **two.accepted}
        wait_until(lambda: api.list(limit=1)["total"] == len(api.server.messages()), "the list has what is there")
        found = subjects_of(api)
        assert len(found) == len(set(found))
        assert {subject for subject, at in times.items() if at > answered} <= set(found)
        assert {subject for subject, at in times.items() if at < asked}.isdisjoint(found)
        assert not any(subject.startswith("before") for subject in found)
        assert not seen_missing


def test_all_stay_deleted_after_kill(tmp_path: Path) -> None:
    maildir = tmp_path / "mail"
    fill(maildir)
    launcher = Launcher(tmp_path)
    try:
        api = Api(launcher.start("--http=127.0.0.1:0"))
        wait_for_all(api)
        cursor = api.cursor()
        api.clear()
        kept = api.put(b"Subject: after\r\n\r\nHello\r\n")
        api.server.kill()
        api = Api(launcher.start("--http=127.0.0.1:0"))
        wait_until(
            lambda: [mail["ID"] for mail in api.list()["messages"]] == [kept], "the last message is listed alone"
        )
        wait_for_room(maildir)
        assert len(api.server.messages()) == 1
        found = api.get_json("/api/v1/wait", after=cursor, timeout="5s")
        assert [mail["ID"] for mail in found["messages"]] == [kept]
        launcher.end_all()
    finally:
        launcher.kill_all()


@pytest.mark.parametrize("name", ["rights of a group", "a hidden file"])
def test_directories_stay_as_they_were(tmp_path: Path, name: str) -> None:
    maildir = tmp_path / "mail"
    fill(maildir)
    hidden = maildir / "cur" / ".others"
    if name == "a hidden file":
        hidden.write_text("of another program")
    else:
        for directory in ("new", "cur"):
            (maildir / directory).chmod(0o2770)
    modes = [(maildir / directory).stat().st_mode for directory in ("new", "cur")]
    with running_api(tmp_path) as api:
        wait_for_all(api)
        api.clear()
        assert api.list()["total"] == 0
        wait_for_room(maildir)
        assert [(maildir / directory).stat().st_mode for directory in ("new", "cur")] == modes
        assert hidden.exists() == (name == "a hidden file")
