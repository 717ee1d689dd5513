"""The server is killed, or told to stop, in the middle of its work: what was acknowledged is there, whole and once."""

import platform
import random
import signal

import pytest
from load import Account, Load, MailProgram
from server import Launcher

SYNC_MODES = ["always", "none"]

# Older kernels do not tell one mount of a file system from the next, so that the journal has to be believed, which
# brings back what was deleted in its last seconds.
LINUX_THAT_NUMBERS_MOUNTS = (6, 8)


def deletions_are_known() -> bool:
    major, minor = platform.release().split(".")[:2]
    return platform.system() == "Linux" and (int(major), int(minor)) >= LINUX_THAT_NUMBERS_MOUNTS


@pytest.mark.parametrize("sync", SYNC_MODES)
def test_kill_under_load_loses_nothing(launcher: Launcher, sync: str) -> None:
    account = Account()
    when = random.Random(sync)
    filed: set[str] = set()
    for _ in range(20):
        server = launcher.start(f"--sync={sync}")
        assert "came back" not in account.check(server.maildir)
        program = MailProgram(server.maildir, account, deletes=deletions_are_known())
        assert filed <= set(program.names_in_cur())
        with Load(server.port, account):
            account.wait_for_more(when.randrange(1, 40))
            program.look()
            account.wait_for_more(when.randrange(1, 40))
            server.kill()
        filed = set(program.names_in_cur())
    server = launcher.start(f"--sync={sync}")
    account.check(server.maildir)
    assert filed <= set(program.names_in_cur())
    assert len(account.acknowledged) > 20 * 2


def test_kill_while_it_recovers_loses_nothing(launcher: Launcher) -> None:
    account = Account()
    for _ in range(5):
        server = launcher.start()
        with Load(server.port, account):
            account.wait_for_more(30)
            server.kill()
        for _ in range(3):
            starting = launcher.start(n_listeners=0)
            starting.wait_for_log("dsmtpd")
            starting.kill()
    account.check(launcher.start().maildir)


def test_kill_right_after_the_answer_loses_nothing(launcher: Launcher) -> None:
    account = Account()
    for _ in range(10):
        server = launcher.start()
        with Load(server.port, account, n_clients=1):
            account.wait_for_more(1)
            server.kill()
        account.check(server.maildir)


@pytest.mark.parametrize("sync", SYNC_MODES)
@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_stop_under_load_answers_for_all_that_is_stored(
    launcher: Launcher, sync: str, signal_number: signal.Signals
) -> None:
    account = Account()
    for n_messages in (1, 10, 60):
        server = launcher.start(f"--sync={sync}")
        with Load(server.port, account, n_clients=6):
            account.wait_for_more(n_messages)
            assert server.stop(signal_number) == 0
        assert account.check(server.maildir).keys() == account.acknowledged
        assert account.rejected == set()
        assert list((server.maildir / "tmp").iterdir()) == []
        names = {path.name for path in server.maildir.iterdir()}
        assert names - {"dsmtpd.transcripts"} == {"tmp", "new", "cur", "dsmtpd.index", "dsmtpd.uidlist"}


def test_stop_right_after_the_start_is_clean(launcher: Launcher) -> None:
    """The messages are still being counted then."""
    server = launcher.start()
    for n in range(3000):
        (server.maildir / "cur" / f"1357999999.{n}.host:2,S").touch()
    codes = [server.stop(), *(launcher.start().stop() for _ in range(5))]
    assert codes == [0] * 6


def test_second_signal_ends_at_once_and_loses_nothing(launcher: Launcher) -> None:
    account = Account()
    for _ in range(5):
        server = launcher.start()
        with Load(server.port, account):
            account.wait_for_more(20)
            server.process.terminate()
            assert server.stop() == 0
        account.check(server.maildir)
