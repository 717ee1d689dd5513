"""SpamAssassin's opinion: by the real spamd, and by false ones that answer all sorts of things."""

import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from api_support import Api, Json, make_mail, running_api
from fake_server import Behaviour, FakeServer, fake_server, reset, wait_for_end
from hostile_support import wait_until
from programs import free_port, require_program
from server import PATIENCE_S, Launcher

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
OK = b"SPAMD/1.1 0 EX_OK\r\n"
HAM = b"Spam: False ; 2.5 / 5.0\r\n"


@pytest.fixture(scope="module")
def spamd() -> Iterator[FakeServer]:
    with fake_server() as server:
        yield server


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, spamd: FakeServer) -> Iterator[Api]:
    with running_api(tmp_path_factory.mktemp("api-spamd"), f"--spamd=localhost:{spamd.port}") as api:
        yield api


def ask(api: Api, mail_id: str = "latest") -> Json:
    opinion: Json = api.get_json(f"/api/v1/message/{mail_id}/sa-check")
    assert set(opinion) == {"Error", "IsSpam", "Rules", "Score"}
    return opinion


def read_question(connection: socket.socket) -> tuple[bytes, bytes]:
    """The head and the mail."""
    with connection.makefile("rb") as stream:
        lines = iter(stream.readline, b"\r\n")
        head = b"".join(lines)
        length = re.search(rb"Content-length: (\d+)\r\n", head)
        assert length
        return head, stream.read(int(length[1]))


def answering(data: bytes) -> Behaviour:
    def behave(connection: socket.socket) -> None:
        read_question(connection)
        connection.sendall(data)

    return behave


def test_off_says_how_to_switch_it_on(tmp_path: Path) -> None:
    with running_api(tmp_path) as api:
        mail_id = api.put(make_mail())
        line = api.expect_rejected(400, "GET", f"/api/v1/message/{mail_id}/sa-check")
        assert line.startswith("SpamAssassin is not enabled")
        assert "--spamd=127.0.0.1:783" in line
        assert api.get_json("/api/v1/webui")["SpamAssassin"] is False


def test_the_message_is_asked_about_as_it_came(api: Api, spamd: FakeServer) -> None:
    questions: list[tuple[bytes, bytes]] = []

    def behave(connection: socket.socket) -> None:
        questions.append(read_question(connection))
        table = b"---- ---- ----\n-0.1 GOOD is good\n 2.6 BAD  is <bad> \xff\n"
        connection.sendall(OK + HAM + b"Content-length: %d\r\n\r\n" % len(table) + table)

    spamd.behave = behave
    data = b"From: a@b.example\r\nSubject: x\r\n\r\n..dots\r\nbare\nLF and \xe4\r\n"
    opinion = ask(api, api.put(data))
    assert opinion == {
        "Error": "",
        "IsSpam": False,
        "Rules": [
            {"Description": "is <bad> \N{REPLACEMENT CHARACTER}", "Name": "BAD", "Score": 2.6},
            {"Description": "is good", "Name": "GOOD", "Score": -0.1},
        ],
        "Score": 2.5,
    }
    [(head, mail)] = questions
    assert head.startswith(b"REPORT SPAMC/1.5\r\n")
    assert mail == data
    assert api.get_json("/api/v1/webui")["SpamAssassin"] is True


def drip_headers(connection: socket.socket) -> None:
    read_question(connection)
    connection.sendall(OK)
    while True:
        connection.sendall(b"X-More: and more\r\n" * 100)


def send_without_end(connection: socket.socket) -> None:
    read_question(connection)
    connection.sendall(OK + HAM + b"\r\n")
    while True:
        connection.sendall(b"more\n" * 10_000)


def reset_in_the_middle(connection: socket.socket) -> None:
    read_question(connection)
    connection.sendall(OK)
    reset(connection)


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (answering(b""), "closed the connection before its answer was complete"),
        (
            answering(OK + HAM + b"Content-length: 10\r\n\r\nhalf"),
            "closed the connection before its answer was complete",
        ),
        (answering(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "not an answer of spamd"),
        (answering(OK + b"Spam: Perhaps\r\n\r\n"), "its verdict is not like"),
        (answering(OK + b"\0" * 9000), "its head is too long"),
        (answering(b"SPAMD/1.0 76 Bad header line: x\r\n"), "did not check the message: 76 Bad header line: x"),
        (drip_headers, "its head is too long"),
        (send_without_end, "it is too long"),
        (reset_in_the_middle, "answer was complete"),
        (lambda connection: None, "answer was complete"),
    ],
)
def test_invalid_answers_are_reported(api: Api, spamd: FakeServer, behaviour: Behaviour, error: str) -> None:
    spamd.behave = behaviour
    opinion = ask(api, api.put(make_mail()))
    assert error in opinion.pop("Error")
    assert opinion == {"IsSpam": False, "Rules": [], "Score": 0.0}


def test_a_message_that_is_too_long_is_not_sent(api: Api, spamd: FakeServer) -> None:
    before = spamd.n_connections
    mail_id = api.put(b"Subject: long\r\n\r\n" + b"x" * 62 + b"\r\n" + (b"y" * 62 + b"\r\n") * 65_536)
    assert "too large for spamd: the limit is 4 MiB" in ask(api, mail_id)["Error"]
    assert spamd.n_connections == before


def test_so_many_at_a_time(api: Api, spamd: FakeServer) -> None:
    enough = threading.Event()

    def behave(connection: socket.socket) -> None:
        read_question(connection)
        enough.wait(PATIENCE_S)

    spamd.behave = behave
    mail_id = api.put(make_mail())
    url = f"{api.url}/api/v1/message/{mail_id}/sa-check"
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(requests.get, url, timeout=PATIENCE_S) for _ in range(6)]
        # One of them is rejected while the others wait.
        wait_until(lambda: any(one.done() for one in asked), "one is refused")
        [rejected] = [one for one in asked if one.done()]
        assert "5 messages are being checked already" in rejected.result().json()["Error"]
        enough.set()
        errors = [one.result().json()["Error"] for one in asked if one is not rejected]
        assert all("answer was complete" in error for error in errors)


def test_a_client_that_goes_away_ends_the_question(api: Api, spamd: FakeServer) -> None:
    asked = threading.Event()
    left = threading.Event()

    def behave(connection: socket.socket) -> None:
        read_question(connection)
        asked.set()
        wait_for_end(connection)
        left.set()

    spamd.behave = behave
    mail_id = api.put(make_mail())
    with socket.create_connection(("127.0.0.1", api.port), timeout=PATIENCE_S) as client:
        client.sendall(b"GET /api/v1/message/%b/sa-check HTTP/1.1\r\nHost: localhost\r\n\r\n" % mail_id.encode())
        assert asked.wait(PATIENCE_S)
    assert left.wait(PATIENCE_S)


def test_a_stop_ends_the_question(tmp_path: Path, spamd: FakeServer) -> None:
    asked = threading.Event()

    def behave(connection: socket.socket) -> None:
        read_question(connection)
        asked.set()
        wait_for_end(connection)

    spamd.behave = behave
    with running_api(tmp_path, f"--spamd=127.0.0.1:{spamd.port}") as api, ThreadPoolExecutor(1) as pool:
        mail_id = api.put(make_mail())
        answer = pool.submit(api.get, f"/api/v1/message/{mail_id}/sa-check")
        assert asked.wait(PATIENCE_S)
        assert api.server.stop() == 0
        assert (answer.result().status_code, answer.result().text.strip()) == (503, "the server is stopping")


def test_nobody_there(tmp_path: Path) -> None:
    with running_api(tmp_path, f"--spamd=unix:{tmp_path}/none") as api:
        api.put(make_mail())
        assert ask(api)["Error"] == (
            f"spamd does not answer: unix:{tmp_path}/none: No such file or directory; is it running there (--spamd)?"
        )


def test_an_invalid_address_is_rejected(launcher: Launcher) -> None:
    server = launcher.start("--spamd=localhost", n_listeners=0)
    assert server.wait() != 0
    assert "--spamd" in server.log


@pytest.fixture(scope="module")
def real_spamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of SpamAssassin's own daemon, with its rules that need no network."""
    port = free_port()
    usual = ["--local", "--nouser-config", "--listen=127.0.0.1", f"--port={port}", "--max-children=1"]
    command = [require_program("spamd"), *usual, "--username=nobody", "--syslog=stderr"]
    with subprocess.Popen(
        command, cwd=tmp_path_factory.mktemp("spamd"), stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as process:
        assert process.stderr
        try:
            assert any(b"server pid" in line for line in process.stderr)
            threading.Thread(target=process.stderr.read, daemon=True).start()
            yield port
        finally:
            process.terminate()


def test_spamassassin_knows_spam(tmp_path: Path, real_spamd: int) -> None:
    with running_api(tmp_path, f"--spamd=127.0.0.1:{real_spamd}") as api:
        spam = ask(api, api.put(make_mail(text=f"{GTUBE}\n")))
        assert (spam["Error"], spam["IsSpam"]) == ("", True)
        assert spam["Score"] > 900
        assert spam["Rules"][0]["Name"] == "GTUBE"
        assert spam["Rules"][0]["Description"] == "BODY: Generic Test for Unsolicited Bulk Email"

        # spamd waits for the end of a last line that has none.
        ham = ask(api, api.put(b"From: a@example.com\r\nSubject: hello\r\n\r\nHow are you?"))
        assert (ham["Error"], ham["IsSpam"]) == ("", False)
        assert "MISSING_DATE" in {rule["Name"] for rule in ham["Rules"]}
