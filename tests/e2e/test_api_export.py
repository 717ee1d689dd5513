"""Mails that are put in as files, and come out as files."""

import io
import mailbox
import re
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_support import Api, make_mail, running_api
from hostile_support import PeakMemory
from http_wire import HttpWire

MAIL = (
    b"From: Me <me@a.example>\r\nTo: You <you@b.example>, b@c.example\r\nBcc: d@e.example\r\nSubject: put\r\n\r\nhi\r\n"
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_api(tmp_path_factory.mktemp("api-export"), "--max-size=1M") as api:
        yield api


@pytest.fixture
def api(shared: Api) -> Api:
    shared.clear()
    return shared


def put(api: Api, octets: bytes, **params: str) -> str:
    reply = api.ask("POST", "/api/v1/messages", data=octets, params=params)
    assert reply.status_code == 200, reply.text
    mail_id: str = reply.json()["ID"]
    return mail_id


def raw(api: Api, mail_id: str) -> bytes:
    return api.get(f"/api/v1/message/{mail_id}/raw").content


# --- in


def test_files_with_either_line_end(api: Api) -> None:
    assert raw(api, put(api, MAIL)) == MAIL
    assert raw(api, put(api, MAIL.replace(b"\r\n", b"\n"))) == MAIL
    bare = MAIL + b"a\nb\n\r\n.\r\nc"
    assert raw(api, put(api, bare)) == bare


@pytest.mark.parametrize("octets", [b"x", b"\r\n", b"\r", bytes(range(256)) * 500, b"\r\n" * 70_000])
def test_any_bytes_are_a_message(api: Api, octets: bytes) -> None:
    mail_id = put(api, b"\r\n" + octets, to="a@b.example")
    assert raw(api, mail_id) == b"\r\n" + octets
    assert api.message(mail_id)["ID"] == mail_id


def test_the_envelope_out_of_the_message(api: Api) -> None:
    mail = api.message(put(api, MAIL))
    assert mail["ReturnPath"] == "me@a.example"
    assert api.search("rcpt:d@e.example rcpt:you@b.example rcpt:b@c.example")["messages_count"] == 1


def test_the_envelope_in_the_query(api: Api) -> None:
    mail = api.message(put(api, MAIL, **{"from": "bounce@x.example", "to": "one@y.example, two@z.example"}))
    assert mail["ReturnPath"] == "bounce@x.example"
    assert [address["Address"] for address in mail["Bcc"]] == ["d@e.example", "one@y.example", "two@z.example"]
    assert api.message(put(api, MAIL, **{"from": ""}))["ReturnPath"] == ""


@pytest.mark.parametrize(
    "params",
    [
        {"from": "a@b.example>\r\nX-Evil: 1"},
        {"from": "no address"},
        {"to": "a@b.example\r\nX-Evil: 1"},
        {"to": "a@b.example,"},
        {"to": ""},
        {"to": "a@b," * 1000 + "a@b"},
    ],
)
def test_invalid_envelopes_store_nothing(api: Api, params: dict[str, str]) -> None:
    api.expect_rejected(400, "POST", "/api/v1/messages", params=params, data=MAIL)
    assert api.list()["total"] == 0


def test_a_message_that_was_stored_before_keeps_what_it_came_with(api: Api) -> None:
    bare = b"Subject: one\r\n\r\na\nb\r\n"
    sent = api.put(bare, ["one@y.example", '"a, b"@z.example'], sender="bounce@x.example")
    octets = api.stored(sent)
    again = put(api, octets, stored="1")
    assert raw(api, again) == bare
    assert api.stored(again) == octets.replace(sent.encode(), again.encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"X-RcptTo: to@example.com", b"X-RcptTo: no address"),
        (b"X-Peer: 127.", b"X-Peer: 127\r."),
        (b"X-Peer: ", b"X-Peer: " + b"x" * 255),
        (b"Return-Path: <", b"X-Other: <"),
    ],
)
def test_what_could_not_have_been_stored_here_stays_in_the_message(api: Api, old: bytes, new: bytes) -> None:
    octets = api.stored(api.put(MAIL)).replace(old, new)
    again = put(api, octets, stored="1")
    assert raw(api, again) == octets.replace(b"\n", b"\r\n")


@pytest.mark.parametrize(("header", "bytes_max"), [(b"X-Auth-User: ", 255), (b"X-Bare-LF: ", 32 * 1024)])
def test_a_block_keeps_what_is_as_long_as_it_may_be(api: Api, header: bytes, bytes_max: int) -> None:
    stored = api.stored(api.put(MAIL))
    for length in (bytes_max, bytes_max + 1):
        octets = stored.replace(b"Received: from", header + b"1" * length + b"\nReceived: from")
        again = put(api, octets, stored="1")
        is_kept = raw(api, again) == MAIL
        assert is_kept == (length == bytes_max)
        assert api.stored(again).startswith(octets.partition(b"Received: from")[0]) == is_kept


def test_a_stored_message_keeps_its_recipients(api: Api) -> None:
    mail = b"Return-Path: <>\nDelivered-To: list@b.example\n" + MAIL.replace(b"\r\n", b"\n")
    assert api.message(put(api, mail, stored="1"))["ReturnPath"] == ""
    assert api.search("rcpt:list@b.example")["messages_count"] == 1
    assert api.search("rcpt:d@e.example")["messages_count"] == 0
    nobody = put(api, b"Subject: for nobody\n\n", stored="1")
    assert raw(api, nobody) == b"Subject: for nobody\r\n\r\n"
    assert api.message(nobody)["Bcc"] == []


def test_invalid_messages_are_rejected(api: Api) -> None:
    api.expect_rejected(400, "POST", "/api/v1/messages", data=b"")
    assert "to=" in api.expect_rejected(400, "POST", "/api/v1/messages", data=b"Subject: for nobody\n\n")
    assert "--max-size" in api.expect_rejected(413, "POST", "/api/v1/messages", data=MAIL + b"x" * 2**20)
    assert api.list()["total"] == 0


def test_it_is_logged_as_a_message(api: Api) -> None:
    mail = MAIL.replace(b"Subject: put", b"Subject: =?utf-8?q?f=C3=BCr_=1B=5Bdich?=")
    put(api, mail)
    match = api.server.wait_for_log(r"me@a\.example -> you@b\.example, b@c\.example, d@e\.example \[für (.*)dich\]")
    assert "\x1b" not in match[0]


# --- out

HARD = [
    b"From: a@b.example\r\nSubject: one\r\n\r\nFrom here\r\n>From there\r\n>>From everywhere\r\n From x\r\n",
    b"Subject: no end\r\n\r\nlast line without end",
    b"",
    b"From a separator, as some mails begin\r\nSubject: three\r\n\r\nx\r\n",
    "Subject: ünï\r\n\r\nä\r\n".encode(),
]


def unquote(text: bytes) -> bytes:
    return re.sub(rb"^>(>*From )", rb"\1", text, flags=re.MULTILINE)


def test_mbox(api: Api, tmp_path: Path) -> None:
    ids = [api.put(mail, sender=f"sender{number}@a.example") for number, mail in enumerate(HARD)]
    reply = api.get("/api/v1/export")
    assert reply.headers["Content-Type"] == "application/mbox"
    assert reply.headers["Content-Disposition"] == 'attachment; filename="dsmtpd.mbox"'
    path = tmp_path / "mbox"
    path.write_bytes(reply.content)
    box = mailbox.mbox(str(path), create=False)
    assert len(box) == len(HARD)
    for number, (key, mail_id) in enumerate(zip(box.keys(), ids, strict=True)):
        expected = raw(api, mail_id).replace(b"\r\n", b"\n")
        assert unquote(box.get_bytes(key)).rstrip(b"\n") == expected.rstrip(b"\n")
        assert box[key].get_from().startswith(f"sender{number}@a.example ")
    box.close()


def test_zip(api: Api) -> None:
    ids = [api.put(mail) for mail in HARD]
    reply = api.get("/api/v1/export", format="zip")
    assert reply.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"{mail_id}.eml" for mail_id in ids]
        assert [archive.read(name) for name in archive.namelist()] == [raw(api, mail_id) for mail_id in ids]


def test_maildir(api: Api, tmp_path: Path) -> None:
    ids = [api.put(make_mail(f"number {number}")) for number in range(3)]
    api.expect_ok("PUT", "/api/v1/messages", {"IDs": ids[1:], "Read": True})
    api.expect_ok("PUT", "/api/v1/messages", {"IDs": ids[2:], "Flagged": True})
    with zipfile.ZipFile(io.BytesIO(api.get("/api/v1/export", format="maildir").content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"new/{ids[0]}", f"cur/{ids[1]}:2,S", f"cur/{ids[2]}:2,FS"]
        assert archive.read(f"new/{ids[0]}") == api.stored(ids[0])


def test_what_a_search_finds(api: Api) -> None:
    for number in range(5):
        api.put(make_mail(f"number {number}"))
    assert api.get("/api/v1/export", query="subject:number -subject:3").content.count(b"\nSubject: number") == 4
    assert api.get("/api/v1/export", query="subject:nothing").content == b""
    with zipfile.ZipFile(io.BytesIO(api.get("/api/v1/export", format="zip", query="subject:nothing").content)) as empty:
        assert empty.namelist() == []
    api.expect_rejected(400, "GET", "/api/v1/export", params={"format": "tar"})
    api.expect_rejected(400, "GET", "/api/v1/export", params={"query": "nosuchfield:x", "strict": "1"})
    head = api.ask("HEAD", "/api/v1/export")
    assert (head.status_code, head.content) == (200, b"")


def test_what_came_after_a_cursor(api: Api) -> None:
    api.put(make_mail("behind it: no"))
    after = api.cursor()
    api.put(make_mail("behind it: yes"))
    assert api.get("/api/v1/export", query="behind", after=after).content.count(b"\nSubject: behind it: yes") == 1
    assert b"behind it: no" not in api.get("/api/v1/export", after=after).content
    api.expect_rejected(400, "GET", "/api/v1/export", params={"query": "behind", "after": "x"})


def test_more_than_one_list_of_them(api: Api) -> None:
    """Lists are asked for in pieces of 200."""
    with HttpWire.connect(api.port) as wire:
        post = b"POST /api/v1/messages?to=a@b.example HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
        for number in range(401):
            mail = b"Subject: %d\r\n\r\n" % number
            assert wire.ask(post % (len(mail), mail)).status == 200
    exported = api.get("/api/v1/export").content
    assert re.findall(rb"^Subject: (\d+)$", exported, re.MULTILINE) == [b"%d" % number for number in range(401)]


def begin_export(port: int, path: str = "/api/v1/export") -> socket.socket:
    """Asks, and reads no more than the head and a little."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    connection.settimeout(60)
    connection.connect(("127.0.0.1", port))
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
    return connection


def read_to_end(connection: socket.socket) -> int:
    n_bytes = 0
    while octets := connection.recv(1 << 20):
        n_bytes += len(octets)
    return n_bytes


def test_memory_does_not_grow_with_the_export(tmp_path: Path) -> None:
    with running_api(tmp_path, "--sync=none") as api:
        mail = b"Subject: large\r\n\r\n" + (b"x" * 70 + b"\r\n") * 55_000  # 4 MB
        for _ in range(12):
            api.put(mail)
        memory = PeakMemory(api.server)
        with begin_export(api.port, "/api/v1/export?format=zip") as slow:
            assert len(api.get("/api/v1/export").content) > 12 * 70 * 55_000
            assert read_to_end(slow) > 12 * len(mail) - 4096  # which may have come with the head
        assert memory.growth_mib < 32


def test_messages_deleted_in_the_meantime_are_left_out(api: Api) -> None:
    for number in range(40):
        api.put(make_mail(f"number {number}", "x" * 60_000 + "\n"))
    with begin_export(api.port) as connection:
        api.clear()
        n_bytes = read_to_end(connection)
    assert n_bytes < 40 * 60_000
    with begin_export(api.port), begin_export(api.port, "/api/v1/export?format=zip"):
        pass  # who goes in the middle
    assert api.list()["total"] == 0
