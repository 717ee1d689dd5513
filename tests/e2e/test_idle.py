"""A server that nobody uses closes its index, which costs memory, and opens it again when somebody does."""

import sys
from pathlib import Path

import pytest
from api_support import Api, make_mail
from hostile_support import wait_until
from server import Launcher

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc says what is open")


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
def api(launcher: Launcher, maildir: Path) -> Api:
    api = Api(launcher.start("--http=127.0.0.1:0", maildir=maildir))
    mail_id = api.put(make_mail("first"))
    api.expect_ok("PUT", "/api/v1/tags", {"IDs": [mail_id], "Tags": ["kept"]})
    return api


def open_files(api: Api) -> list[str]:
    links = []
    for entry in Path(f"/proc/{api.server.process.pid}/fd").iterdir():
        try:
            links.append(str(entry.readlink()))
        except FileNotFoundError:  # it was closed just now
            continue
    return links


def is_index_open(api: Api) -> bool:
    return any("/dsmtpd.index" in path for path in open_files(api))


def wait_until_idle(api: Api) -> None:
    wait_until(lambda: not is_index_open(api), "the index is closed")


def subjects(api: Api) -> dict[str, list[str]]:
    return {mail["Subject"]: mail["Tags"] for mail in api.list()["messages"]}


def test_an_idle_server_closes_its_index_and_opens_it_again(api: Api) -> None:
    assert is_index_open(api)
    wait_until_idle(api)
    assert subjects(api) == {"first": ["kept"]}
    api.put(make_mail("second"))
    assert subjects(api) == {"first": ["kept"], "second": []}
    wait_until_idle(api)
    api.expect_ok("PUT", "/api/v1/messages", {"Read": True})
    assert api.list()["unread"] == 0
    wait_until_idle(api)
    api.expect_ok("DELETE", "/api/v1/messages")
    assert subjects(api) == {}


def test_what_is_put_into_the_maildir_opens_the_index(api: Api, maildir: Path) -> None:
    wait_until_idle(api)
    (maildir / "cur" / "1700000000.other.host:2,S").write_bytes(b"Subject: other\r\n\r\ntext\r\n")
    wait_until(lambda: set(subjects(api)) == {"first", "other"}, "it is listed")


@pytest.mark.parametrize("reads_first", [True, False])
def test_an_index_removed_while_it_is_closed_is_made_again(api: Api, maildir: Path, *, reads_first: bool) -> None:
    wait_until_idle(api)
    for path in maildir.glob("dsmtpd.index*"):
        path.unlink()
    if reads_first:
        wait_until(lambda: subjects(api) == {"first": ["kept"]}, "the message is listed")
    api.put(make_mail("second"))
    wait_until(lambda: subjects(api) == {"first": ["kept"], "second": []}, "both are listed")
