"""The power fails: only what has reached the disk is left, and all that was acknowledged has to be in it.

The Maildir is on an ext4 in a file. What is in that file at some moment is what the kernel has written to the disk by
then; what is only in the page cache is not in it. The server is stopped (SIGSTOP) in the middle of its work while the
file is copied, for a power cut is one moment and copying takes longer; that the kernel wrote nothing in that time is
read from the device's own count (Disk.copy_as_it_is). Then a server starts on the copy.
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
from hostile_support import wait_until
from load import KIB, SIZES, Account, Load, MailProgram
from mounts import Disk
from programs import require_program
from server import Launcher, Server, binary
from smtp_wire import SmtpWire

SEGMENT_HEADER_BYTES = 64
MIB = 1024 * KIB
SMALL, LARGE = [500, 4 * KIB], [100 * KIB, 700 * KIB]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk.make(tmp_path / "disk.img", tmp_path / "disk")
    with disk.mounted():
        yield disk


def is_stopped(thread: Path) -> bool:
    state = (thread / "stat").read_text().rpartition(")")[2].split()[0]
    return state == "T"


@contextmanager
def standing_still(pid: int) -> Iterator[None]:
    """The process in the middle of whatever it does."""
    threads = Path(f"/proc/{pid}/task")
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_until(lambda: all(is_stopped(thread) for thread in threads.iterdir()), "all threads stop")
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def segment_headers(maildir: Path) -> tuple[bytes, bytes]:
    """How each half of the journal begins; a checkpoint changes that."""
    data = (maildir / "dsmtpd.journal").read_bytes()
    return data[:SEGMENT_HEADER_BYTES], data[len(data) // 2 :][:SEGMENT_HEADER_BYTES]


@dataclass
class Aftermath:
    """A server on what a power cut left."""

    server: Server
    disk: Disk
    acknowledged: frozenset[str]  # before the cut


class PowerCut:
    """Cuts the power of a disk any number of times, each in a copy of its own."""

    def __init__(self, launcher: Launcher, disk: Disk, directory: Path) -> None:
        self._launcher = launcher
        self._disk = disk
        self._directory = directory
        self.maildir = disk.at / "mail"

    def start(self, *options: str) -> Server:
        return self._launcher.start(*options, maildir=self.maildir)

    def cut(self, server: Server) -> Disk:
        """What is left on the disk. The server itself goes on, as if there had been no cut."""
        with standing_still(server.process.pid):
            return self._disk.copy_as_it_is(self._directory / "copy.img", self._directory / "copy")

    @contextmanager
    def aftermath(self, server: Server, account: Account) -> Iterator[Aftermath]:
        """What comes after a cut."""
        acknowledged = account.known()
        copy = self.cut(server)
        with copy.mounted() as place:
            restarted = self._launcher.start(maildir=place / "mail")
            yield Aftermath(restarted, copy, acknowledged)
            restarted.kill()

    def check(self, server: Server, account: Account) -> None:
        """Holds the restarted server to having all that was acknowledged before the cut, and to going on."""
        with self.aftermath(server, account) as after:
            account.check(after.server.maildir, after.acknowledged)
            with SmtpWire.greeted(after.server.port) as wire:
                wire.send_mail(b"Subject: after\r\n\r\nthe power is back\r\n")


@pytest.fixture
def power_cut(launcher: Launcher, disk: Disk, tmp_path: Path) -> Iterator[PowerCut]:
    yield PowerCut(launcher, disk, tmp_path)
    launcher.kill_all()  # or its disk could not be unmounted


@contextmanager
def holding(place: Path) -> Iterator[None]:
    """A mount namespace of its own in which that disk stays mounted, and is written to at the end."""
    script = 'mount --make-rprivate / && echo held && read -r _ && echo more >"$0/late" && sync -f "$0/late"'
    command = [require_program("unshare"), "--mount", "sh", "-c", script, str(place)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        yield
        holder.stdin.write("\n")
        holder.stdin.close()
        assert holder.wait() == 0


def test_copy_is_not_written_by_who_still_holds_the_one_before(disk: Disk, tmp_path: Path) -> None:
    """Or the tests below would look at a disk that no power cut leaves."""
    (disk.at / "file").write_text("first")
    os.sync()
    image = tmp_path / "copy.img"
    with ExitStack() as held:
        with disk.copy_as_it_is(image, tmp_path / "copy").mounted() as place:
            held.enter_context(holding(place))
        second = disk.copy_as_it_is(image, tmp_path / "copy")
        copied = sha256(image.read_bytes()).digest()
    assert sha256(image.read_bytes()).digest() == copied
    with second.mounted() as place:
        assert (place / "file").read_text() == "first"


@pytest.mark.parametrize("sizes", [SMALL, LARGE, SIZES], ids=["small", "large", "mixed"])
def test_first_message_survives(power_cut: PowerCut, sizes: list[int]) -> None:
    """Nothing was there before: the Maildir, the journal and their names are as young as the mail."""
    account = Account()
    server = power_cut.start()
    with Load(server.port, account, n_clients=1, sizes=sizes) as load:
        account.wait_for_more(1)
        load.end()
    power_cut.check(server, account)


@pytest.mark.parametrize("sizes", [SMALL, LARGE, SIZES], ids=["small", "large", "mixed"])
def test_acknowledged_messages_survive_under_load(power_cut: PowerCut, sizes: list[int]) -> None:
    account = Account()
    server = power_cut.start()
    for n_messages in (1, 7, 40, 80):
        with Load(server.port, account, sizes=sizes):
            account.wait_for_more(n_messages)
            power_cut.check(server, account)


def test_acknowledged_messages_survive_around_checkpoints_with_a_mail_program_at_work(power_cut: PowerCut) -> None:
    account = Account()
    server = power_cut.start()
    program = MailProgram(power_cut.maildir, account, deletes=False)
    with Load(server.port, account, sizes=SIZES) as load:
        account.wait_for_more(20)
        program.look()
        account.wait_for_more(20)
        load.end()
    power_cut.check(server, account)

    headers = segment_headers(power_cut.maildir)
    program.look()
    wait_until(lambda: segment_headers(power_cut.maildir) != headers, "a checkpoint ends")
    power_cut.check(server, account)

    with Load(server.port, account, sizes=SIZES):
        account.wait_for_more(20)
        program.look()
        account.wait_for_more(20)
        power_cut.check(server, account)


def test_journal_that_is_full_loses_nothing(power_cut: PowerCut) -> None:
    """Its halves hold 8 MiB at most, so a checkpoint is due every few hundred messages."""
    account = Account()
    server = power_cut.start()
    with Load(server.port, account, sizes=[60 * KIB]):
        for _ in range(4):
            account.wait_for_more(90)
            power_cut.check(server, account)


def test_messages_survive_a_kill_and_then_a_power_cut(power_cut: PowerCut) -> None:
    """After the kill the files are there, but in the page cache; the journal that the next start removes held them."""
    account = Account()
    server = power_cut.start()
    with Load(server.port, account):
        account.wait_for_more(40)
        server.kill()
    power_cut.check(power_cut.start(), account)


def test_messages_survive_a_clean_stop_and_then_a_power_cut(power_cut: PowerCut) -> None:
    account = Account()
    server = power_cut.start()
    with Load(server.port, account) as load:
        account.wait_for_more(40)
        load.end()
    assert server.stop() == 0
    power_cut.check(power_cut.start("--sync=none"), account)


def test_messages_survive_a_second_power_cut_right_after_recovery(
    power_cut: PowerCut, launcher: Launcher, tmp_path: Path
) -> None:
    account = Account()
    server = power_cut.start()
    with Load(server.port, account):
        account.wait_for_more(40)
        with power_cut.aftermath(server, account) as after:
            (tmp_path / "second").mkdir()
            second = PowerCut(launcher, after.disk, tmp_path / "second")
            with second.aftermath(after.server, account) as after_both:
                account.check(after_both.server.maildir, after.acknowledged)


def test_power_cut_of_a_full_disk_loses_nothing(launcher: Launcher, tmp_path: Path) -> None:
    """The next start may ask for room to put messages back; then they are there, but not what got 452."""
    disk = Disk.make(tmp_path / "disk.img", tmp_path / "disk", 12 * MIB)
    with disk.mounted():
        (disk.at / "ballast").write_bytes(bytes(2 * MIB))
        power_cut = PowerCut(launcher, disk, tmp_path)
        account = Account()
        server = power_cut.start()
        with Load(server.port, account, sizes=[500, 4 * KIB, 20 * KIB, 90 * KIB]) as load:
            wait_until(lambda: len(account.rejected) > 20, "the disk is full")
            load.end()
        acknowledged = account.known()
        copy = power_cut.cut(server)
        with copy.mounted() as place:
            starting = launcher.start(maildir=place / "mail", n_listeners=0)
            starting.wait_for_log("Starting SMTP server|No space left on device$")
            starting.kill()
            (place / "ballast").unlink()
            restarted = launcher.start(maildir=place / "mail")
            account.check(restarted.maildir, acknowledged)
            restarted.kill()
        launcher.kill_all()


def is_whole(account: Account, path: Path) -> bool:
    try:
        account.read_whole(path)
    except AssertionError:
        return False
    return True


def test_without_sync_messages_may_be_lost(power_cut: PowerCut) -> None:
    """No promise is broken then. It shows that the tests above would see a loss: here it is usually every mail."""
    account = Account()
    server = power_cut.start("--sync=none")
    with Load(server.port, account, sizes=SMALL) as load:
        account.wait_for_more(40)
        load.end()
    with power_cut.aftermath(server, account) as after:
        n_whole = sum(is_whole(account, path) for path in after.server.messages())
        print(f"{len(after.acknowledged)} mails acknowledged without sync, {n_whole} of them there after the power cut")


def record_load(*arguments: str) -> list[str]:
    return [str(binary().parent / "tests" / "support" / "record_load"), *arguments]


def stored(lines: list[str], mark: str) -> set[str]:
    return {line.split()[1] for line in lines if line.startswith(f"{mark} ")}


@contextmanager
def loading(disk: Disk) -> Iterator[tuple[int, Path]]:
    """Messages that bring records of others, under way to that disk: the process, and what it says is stored."""
    report = disk.image.with_suffix(".report")
    with report.open("w") as out, subprocess.Popen(record_load("load", str(disk.at / "mail")), stdout=out) as load:
        try:
            yield load.pid, report
        finally:
            load.kill()


def has_lines(report: Path, n_lines: int) -> bool:
    return len(report.read_text().splitlines()) >= n_lines


def check_records(copy: Disk, report: list[str]) -> int:
    """Every message that is left has all of its records, and none is left without its message."""
    with copy.mounted() as place:
        (place / "ballast").unlink(missing_ok=True)  # the next start may ask for room
        done = subprocess.run(record_load("check", str(place / "mail")), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    there = stored(done.stdout.splitlines(), "M")
    assert stored(report, "R") <= there
    return len(there)


def test_records_of_others_survive_with_their_messages(disk: Disk, tmp_path: Path) -> None:
    with loading(disk) as (pid, report):
        for n_messages in (1, 20, 60, 150):
            wait_until(partial(has_lines, report, n_messages), "messages are stored")
            with standing_still(pid):
                lines = report.read_text().splitlines()
                copy = disk.copy_as_it_is(tmp_path / "copy.img", tmp_path / "copy")
            assert check_records(copy, lines) >= n_messages


def test_records_of_others_on_a_full_disk(tmp_path: Path) -> None:
    """Whatever has no room leaves nothing behind."""
    disk = Disk.make(tmp_path / "disk.img", tmp_path / "disk", 12 * MIB)
    with disk.mounted():
        (disk.at / "ballast").write_bytes(bytes(MIB))
        with loading(disk) as (pid, report):
            wait_until(lambda: report.read_text().count("F ") > 20, "the disk is full")
            with standing_still(pid):
                lines = report.read_text().splitlines()
                copy = disk.copy_as_it_is(tmp_path / "copy.img", tmp_path / "copy")
        assert check_records(copy, lines) > 0
