"""Messages that come faster than they can be indexed: what waits stays within its bound, limits hold, lists are right,
and nothing is rejected or lost. `make overload` measures how fast all that is; here are bounds, never times."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from api_support import Api
from hostile_support import wait_until
from load import KIB, Account, Load
from programs import require_program
from server import PATIENCE_S, Launcher, Server
from smtp_wire import SmtpWire

N_CLIENTS = 20

# As src/store/backlog.h has it.
READING_MAX = 64
MARGIN_SHARE = 10

Metrics = dict[str, float]


def read_metrics(api: Api) -> Metrics:
    values: Metrics = {}
    for line in api.get("/metrics").text.splitlines():
        name, _, value = line.rpartition(" ")
        if not line.startswith("#"):
            values[name] = float(value)
    return values


def count_files(server: Server) -> int:
    return sum(1 for directory in ("new", "cur") for _ in (server.maildir / directory).iterdir())


def start_source(server: Server, n_messages: int) -> subprocess.Popen[str]:
    """20 clients that send so many messages of 4 KiB as fast as they can."""
    command = [require_program("smtp-source"), "-s", str(N_CLIENTS), "-l", str(4 * KIB), "-m", str(n_messages), "-d"]
    return subprocess.Popen([*command, f"inet:127.0.0.1:{server.port}"], stderr=subprocess.PIPE, text=True)


@contextlib.contextmanager
def sending(server: Server, n_messages: int) -> Iterator[subprocess.Popen[str]]:
    """Each message has to get its 250 before the block ends."""
    source = start_source(server, n_messages)
    try:
        yield source
        _, errors = source.communicate(timeout=4 * PATIENCE_S)
        assert (source.returncode, errors) == (0, "")
    finally:
        source.kill()
        source.wait(PATIENCE_S)


@contextlib.contextmanager
def sending_without_end(server: Server) -> Iterator[None]:
    """Until the server or the block ends."""
    source = start_source(server, 100_000_000)
    try:
        yield
    finally:
        source.kill()
        source.communicate(timeout=PATIENCE_S)


@contextlib.contextmanager
def repeating(action: Callable[[], None]) -> Iterator[None]:
    """Does something over and over in another thread, whose errors are the test's."""
    ending = threading.Event()
    errors: list[BaseException] = []

    def repeat() -> None:
        try:
            while not ending.is_set():
                action()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join(PATIENCE_S)
    assert not thread.is_alive()
    if errors:
        raise errors[0]


def test_lists_are_right_and_the_backlog_small_while_somebody_reads(launcher: Launcher) -> None:
    n_messages = 4000
    server = launcher.start("--http=127.0.0.1:0")
    reader, watcher = Api(server), Api(server)
    n_confirmed = 0
    highest = 0.0
    reader.list(limit=1)  # from here on somebody reads

    def send_and_find() -> None:
        nonlocal n_confirmed
        subject = f"found{n_confirmed}"
        wire.send_mail(f"Subject: {subject}\r\n\r\nhello\r\n".encode())
        n_confirmed += 1
        assert reader.search(f"subject:{subject}", limit=1)["messages_count"] == 1, f"{subject} had its 250"

    def watch() -> None:
        nonlocal highest
        metrics = read_metrics(watcher)
        highest = max(highest, metrics["dsmtpd_backlog_messages"])
        assert metrics["dsmtpd_backlog_messages"] <= metrics["dsmtpd_backlog_limit_messages"] == READING_MAX
        assert metrics["dsmtpd_backlog_bytes"] <= metrics["dsmtpd_backlog_limit_bytes"]
        assert metrics["dsmtpd_intake_held"] <= N_CLIENTS + 1
        assert watcher.get("/readyz").json()["Ready"]

    with (
        SmtpWire.greeted(server.port) as wire,
        sending(server, n_messages) as source,
        repeating(send_and_find),
        repeating(watch),
    ):
        source.wait(4 * PATIENCE_S)
    assert highest > 0
    assert n_confirmed > 0
    assert reader.list(limit=1)["total"] == count_files(server) == n_messages + n_confirmed
    metrics = read_metrics(watcher)
    assert metrics["dsmtpd_backlog_messages"] == metrics["dsmtpd_intake_held"] == 0


def test_burst_that_nobody_reads_is_listed_whole_with_its_transcripts(launcher: Launcher) -> None:
    n_messages = 6000  # with their transcripts more than waited at most before some were dropped
    server = launcher.start("--http=127.0.0.1:0", "--sync=none")
    api = Api(server)
    with sending(server, n_messages):
        pass
    assert api.list(limit=1)["total"] == n_messages  # at once: everything that had its 250 is there
    for start in range(0, n_messages, n_messages // 6):
        for mail in api.get_json(f"/api/v1/messages?limit=20&start={start}")["messages"]:
            assert "250" in api.get(f"/api/v1/message/{mail['ID']}/session").text


def expect_transcripts(api: Api, message_ids: list[str]) -> None:
    for message_id in message_ids:
        assert "250" in api.get(f"/api/v1/message/{message_id}/session").text


def test_transcripts_that_wait_outlive_sigterm(launcher: Launcher) -> None:
    server = launcher.start("--http=127.0.0.1:0", "--sync=none")
    with sending(server, 3000):
        pass
    server.process.terminate()
    server.process.wait(PATIENCE_S)
    api = Api(launcher.start("--http=127.0.0.1:0", "--sync=none"))
    wait_until(lambda: api.list(limit=1)["total"] == 3000, "all are listed")
    for start in range(0, 3000, 100):
        expect_transcripts(api, [mail["ID"] for mail in api.list(limit=1, start=start)["messages"]])
    waiting = server.maildir / "dsmtpd.transcripts"
    assert not waiting.exists() or not waiting.stat().st_size


def test_transcripts_in_their_file_outlive_kill(launcher: Launcher) -> None:
    server = launcher.start("--http=127.0.0.1:0", "--sync=none")
    waiting = server.maildir / "dsmtpd.transcripts"
    source = start_source(server, 20000)
    wait_until(lambda: waiting.exists() and waiting.stat().st_size > 0, "transcripts wait")
    server.process.kill()
    server.process.wait(PATIENCE_S)
    source.communicate(timeout=PATIENCE_S)
    saved = re.findall(r"^(\S+\.M\S+) \d+$", waiting.read_text(), re.MULTILINE)
    assert saved
    api = Api(launcher.start("--http=127.0.0.1:0", "--sync=none"))
    n_messages = count_files(server)
    wait_until(lambda: api.list(limit=1)["total"] == n_messages, "all are listed")
    expect_transcripts(api, saved[::50])


def test_list_that_does_not_wait_for_the_index_says_so(launcher: Launcher) -> None:
    server = launcher.start("--http=127.0.0.1:0")
    api = Api(server)
    api.put(b"Subject: first\r\n\r\nx\r\n")
    assert api.list()["total"] == 1
    other = sqlite3.connect(server.maildir / "dsmtpd.index", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")  # the index cannot be written, and for some seconds it looks like work
    api.put(b"Subject: second\r\n\r\nx\r\n")
    assert api.list()["total"] == 1
    server.wait_for_log("WARNING: lists are not complete: answered without waiting for \\d+ messages and changes")
    other.execute("ROLLBACK")
    wait_until(lambda: api.list()["total"] == 2, "both are listed")


def test_slowing_is_logged_once_and_so_is_its_end(launcher: Launcher) -> None:
    server = launcher.start("--http=127.0.0.1:0", "--sync=none")
    api = Api(server)
    slowed = threading.Event()

    def read() -> None:
        api.list(limit=1)
        intake = api.get_json("/readyz")["Intake"]
        if intake["Slowed"]:
            assert intake["Reason"] == "reading"
            assert intake["BacklogLimit"] == READING_MAX
            slowed.set()

    with sending_without_end(server), repeating(read):
        assert slowed.wait(PATIENCE_S), "intake is slowed, and /readyz says so"
    server.wait_for_log("messages are indexed as fast as they arrive again")
    assert len(re.findall("messages arrive faster than they can be indexed", server.log)) == 1
    assert read_metrics(api)['dsmtpd_intake_slowed{reason="reading"}'] == 0


@pytest.mark.parametrize(("option", "limit"), [("--max-messages=600", 600), ("--max-messages=50", 50)])
def test_limits_hold_at_any_rate(launcher: Launcher, option: str, limit: int) -> None:
    n_messages = 4000
    server = launcher.start("--http=127.0.0.1:0", option)
    api = Api(server)
    # Beside what the backlog counts, each client may have one message that is held or being stored; and some come and
    # others go while the directory is listed.
    most = limit + max(limit // MARGIN_SHARE, READING_MAX) + 1 + 3 * N_CLIENTS
    highest = 0

    def watch() -> None:
        nonlocal highest
        highest = max(highest, count_files(server))

    wait_until(lambda: api.get_json("/readyz")["Index"]["CaughtUp"], "limits can be kept")
    with sending(server, n_messages) as source, repeating(watch):
        source.wait(4 * PATIENCE_S)
    assert limit < highest <= most
    wait_until(lambda: count_files(server) == limit, "what is over the limit goes")
    assert api.list(limit=1)["total"] == limit
    assert read_metrics(api)["dsmtpd_smtp_accepted_total"] == n_messages


def test_bytes_hold_at_any_rate(launcher: Launcher) -> None:
    limit_mib = 8
    n_messages = 4000
    server = launcher.start("--http=127.0.0.1:0", f"--max-disk={limit_mib}M")
    api = Api(server)
    wait_until(lambda: api.get_json("/readyz")["Index"]["CaughtUp"], "limits can be kept")
    highest = 0.0

    def watch() -> None:
        nonlocal highest
        metrics = read_metrics(api)
        highest = max(highest, metrics["dsmtpd_messages_bytes"] + metrics["dsmtpd_backlog_bytes"])

    with sending(server, n_messages) as source, repeating(watch):
        source.wait(4 * PATIENCE_S)
    # The margin is 2 MiB at least, and one message more; the bytes of files count the block in front, too.
    assert highest <= (limit_mib + 2) * KIB * KIB + 8 * KIB
    wait_until(lambda: api.list(limit=1)["total"] * 4 * KIB <= limit_mib * KIB * KIB, "what is over the limit goes")


def test_flagged_messages_over_the_limit_stop_nobody(launcher: Launcher) -> None:
    server = launcher.start("--http=127.0.0.1:0", "--max-messages=100")
    api = Api(server)
    with SmtpWire.greeted(server.port) as wire:
        for n in range(100):
            wire.send_mail(f"Subject: {n}\r\n\r\nhello\r\n".encode())
    api.expect_ok("PUT", "/api/v1/messages", {"Flagged": True})
    highest = 0

    def watch() -> None:
        nonlocal highest
        highest = max(highest, count_files(server))

    with sending(server, 2000) as source, repeating(watch):
        source.wait(4 * PATIENCE_S)
    assert highest <= 100 + READING_MAX + 1 + 3 * N_CLIENTS
    wait_until(lambda: count_files(server) == 100, "only the flagged ones are left")
    assert api.list(limit=1, query="is:flagged")["total"] == 100


@pytest.mark.parametrize("is_killed", [False, True], ids=["stopped", "killed"])
def test_an_end_with_a_full_backlog_loses_nothing(launcher: Launcher, is_killed: bool) -> None:
    account = Account()
    server = launcher.start("--http=127.0.0.1:0", "--sync=none")  # so that storing is the faster half on any disk
    api = Api(server)
    api.list(limit=1)
    with sending_without_end(server), Load(server.port, account, n_clients=4, sizes=[500, 100 * KIB, 2 * KIB]):
        wait_until(lambda: read_metrics(api)["dsmtpd_intake_held"] > 0, "messages are held")
        account.wait_for_more(20)
        if is_killed:
            server.kill()
        else:
            assert server.stop() == 0
    n_files = count_files(server)
    check_own(account, server.maildir)
    again = launcher.start("--http=127.0.0.1:0", maildir=server.maildir)
    api = Api(again)
    wait_until(lambda: api.get_json("/readyz")["Index"]["CaughtUp"], "the Maildir is compared")
    assert api.list(limit=1)["total"] == count_files(again) == n_files
    check_own(account, again.maildir)


def check_own(account: Account, maildir: Path) -> None:
    """Each message of the account that had its 250 is there, whole."""
    found = {
        account.read_whole(path)
        for directory in ("new", "cur")
        for path in (maildir / directory).iterdir()
        if b"\nX-Load: " in path.read_bytes()
    }
    assert account.known() - found == set(), "lost"
