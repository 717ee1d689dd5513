"""The disk is full: the client is told 452, nothing half-written stays, and with room again all goes on."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_support import Api
from hostile_support import wait_until
from load import KIB, Account
from mounts import small_memory_disk
from server import Launcher, Server
from smtp_wire import SmtpWire

# Without room for a journal, with a small one, and with so few inodes that room is not what is missing.
DISKS = {"2 MiB": "size=2m", "24 MiB": "size=24m", "20 inodes": "size=24m,nr_inodes=20"}


@pytest.fixture(params=list(DISKS))
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    with small_memory_disk(tmp_path / "disk", DISKS[request.param]) as disk:
        yield disk


@pytest.fixture
def disk_of_2_mib(tmp_path: Path) -> Iterator[Path]:
    with small_memory_disk(tmp_path / "disk", "size=2m") as disk:
        yield disk


@pytest.fixture(params=["always", "none"])
def full_launcher(request: pytest.FixtureRequest, launcher: Launcher, tmp_path: Path) -> Iterator["FullLauncher"]:
    yield FullLauncher(launcher, tmp_path / "disk" / "mail", f"--sync={request.param}")
    launcher.kill_all()  # or the disk could not be unmounted


class FullLauncher:
    """Starts servers on a small disk."""

    def __init__(self, launcher: Launcher, maildir: Path, *options: str) -> None:
        self._launcher = launcher
        self._maildir = maildir
        self._options = options

    def start(self, *options: str) -> Server:
        return self._launcher.start(*self._options, *options, maildir=self._maildir)


def send(wire: SmtpWire, account: Account, size: int) -> int:
    """Sends a message of its own and returns what the server says of it."""
    name, content = account.new_mail(size)
    wire.begin_data()
    wire.send(content + b".\r\n")
    code = wire.read_reply().code
    account.note(name, code)
    return code


def fill(wire: SmtpWire, account: Account, size: int) -> None:
    """Sends such messages until the disk is full, and holds the server to rejecting them well from then on."""
    while (code := send(wire, account, size)) == 250:
        pass
    assert code == 452
    assert send(wire, account, size) in {250, 452}
    wire.ask("NOOP", 250)


def assert_nothing_half_written(server: Server) -> None:
    assert list((server.maildir / "tmp").iterdir()) == []


def make_room(server: Server) -> None:
    """Deletes the half of all messages."""
    for path in server.messages()[::2]:
        path.unlink()


def take_off_what_was_deleted(server: Server, account: Account) -> None:
    left = {account.read_whole(path) for path in server.messages()}
    account.removed |= account.acknowledged - left


@pytest.mark.parametrize("size", [20 * KIB, 200 * KIB])
@pytest.mark.usefixtures("small_disk")
def test_full_disk_gets_452_until_there_is_room(full_launcher: FullLauncher, size: int) -> None:
    account = Account()
    server = full_launcher.start()
    with SmtpWire.greeted(server.port) as wire:
        for _ in range(2):
            fill(wire, account, size)
            assert_nothing_half_written(server)
            account.check(server.maildir)
            make_room(server)
            take_off_what_was_deleted(server, account)
            # The journal keeps the files of its last messages open: their room is free after its next checkpoint only.
            wait_until(lambda: send(wire, account, size) == 250, "a mail is taken again")
    server.wait_for_log(r"ERROR: .*[Nn]o space left")
    assert server.stop() == 0
    account.check(server.maildir)


@pytest.mark.usefixtures("disk_of_2_mib")
def test_full_disk_shows_its_messages_and_lets_go_of_them(full_launcher: FullLauncher) -> None:
    account = Account()
    server = full_launcher.start("--http=127.0.0.1:0")
    api = Api(server)
    with SmtpWire.greeted(server.port) as wire:
        assert send(wire, account, 20 * KIB) == 250
        first = api.list()["messages"][0]["ID"]
        assert api.ask("PUT", "/api/v1/tags", json={"IDs": [first], "Tags": ["kept"]}).status_code == 200
        fill(wire, account, 20 * KIB)
        assert api.list()["total"] == len(server.messages())
        assert api.message(first)["Tags"] == ["kept"]
        doomed = [mail["ID"] for mail in api.list(limit=1000)["messages"] if mail["ID"] != first][::2]
        assert api.ask("DELETE", "/api/v1/messages", json={"IDs": doomed}).status_code == 200
        take_off_what_was_deleted(server, account)
        wait_until(lambda: send(wire, account, 20 * KIB) == 250, "a mail is taken again")
        assert api.list()["total"] == len(server.messages())
    account.check(server.maildir)


@pytest.mark.usefixtures("disk_of_2_mib")
def test_message_larger_than_the_disk_gets_452_at_its_end(full_launcher: FullLauncher) -> None:
    account = Account()
    server = full_launcher.start()
    with SmtpWire.greeted(server.port) as wire:
        assert send(wire, account, 500) == 250
        wire.begin_data()
        for _ in range(8):
            wire.send(b"x" * 998 * KIB + b"\r\n")
        wire.send(b"MAIL FROM:<evil@example.com>\r\n.\r\n")
        wire.expect(452)
        assert_nothing_half_written(server)
        assert send(wire, account, 200 * KIB) == 250
    account.check(server.maildir)


@pytest.mark.usefixtures("disk_of_2_mib")
def test_message_that_has_no_room_to_be_written_twice_gets_452(full_launcher: FullLauncher) -> None:
    """A large message with a bare LF is copied behind its list of bare LFs, for which there is no room here."""
    account = Account()
    server = full_launcher.start()
    with SmtpWire.greeted(server.port) as wire:
        wire.begin_data()
        wire.send((b"x" * 1022 + b"\r\n") * 1200 + b"bare\nline end\r\n.\r\n")
        wire.expect(452)
        assert_nothing_half_written(server)
        assert send(wire, account, 700 * KIB) == 250
    account.check(server.maildir)


@pytest.mark.usefixtures("disk_of_2_mib")
def test_client_that_leaves_in_the_middle_leaves_nothing(full_launcher: FullLauncher) -> None:
    account = Account()
    server = full_launcher.start()
    tmp = server.maildir / "tmp"
    for n_kib in (200, 1500, 4000):
        with SmtpWire.greeted(server.port) as wire:
            wire.begin_data()
            wire.send((b"x" * 1022 + b"\r\n") * n_kib)
            wait_until(lambda: any(path.stat().st_size > 0 for path in tmp.iterdir()), "the mail is on its way")
        wait_until(lambda: not any(tmp.iterdir()), "what had come of the mail is removed")
    with SmtpWire.greeted(server.port) as wire:
        assert send(wire, account, 700 * KIB) == 250
    account.check(server.maildir)


def fill_from_many(server: Server, account: Account) -> None:
    """Several clients at once, with messages of both ways to the disk, until each was rejected ten times."""

    def fill_with(size: int) -> None:
        n_rejected = 0
        with SmtpWire.greeted(server.port) as wire:
            while n_rejected < 10:
                code = send(wire, account, size)
                assert code in {250, 452}
                n_rejected += code == 452

    clients = [
        threading.Thread(target=fill_with, args=(size,), daemon=True) for size in (500, 4 * KIB, 60 * KIB, 700 * KIB)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()


@pytest.mark.usefixtures("small_disk")
def test_many_clients_at_a_full_disk_and_a_kill(full_launcher: FullLauncher) -> None:
    account = Account()
    server = full_launcher.start()
    fill_from_many(server, account)
    account.check(server.maildir)
    assert_nothing_half_written(server)

    server.kill()
    server = full_launcher.start()
    account.check(server.maildir)
    make_room(server)
    take_off_what_was_deleted(server, account)
    fill_from_many(server, account)
    assert server.stop() == 0
    account.check(server.maildir)
    assert_nothing_half_written(server)
