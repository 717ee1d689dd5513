"""Who may read what dsmtpd writes: the rights of new/ decide, less the umask, or --file-mode."""

import stat
from pathlib import Path

import pytest
from api_support import Api, make_mail
from cli_support import Cli
from hostile_support import wait_until
from server import Launcher

LONG = b"Subject: long\r\n\r\n" + b"x" * 76 + b"\r\n" + b"y" * 200_000 + b"\r\n"
FILES = ["dsmtpd.index", "dsmtpd.index-wal", "dsmtpd.index-shm", "dsmtpd.journal"]


def with_umask(umask: str) -> tuple[str, ...]:
    return ("sh", "-c", f'umask {umask}; exec "$0" "$@"')


def make_directories(maildir: Path, mode: int, mode_above: int = 0o755) -> None:
    for path in (maildir, *(maildir / name for name in ("tmp", "new", "cur"))):
        path.mkdir(exist_ok=True)
        path.chmod(mode if path.name == "new" else mode_above)


def mode_of(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):o}"


def modes(maildir: Path) -> dict[str, str]:
    messages = [path for directory in ("new", "cur") for path in (maildir / directory).iterdir()]
    return {path.name: mode_of(path) for path in [*messages, *maildir.glob("dsmtpd.*")]}


def expect_modes(launcher: Launcher, maildir: Path, expected: str, *options: str, umask: str = "022") -> None:
    """Of a short and a long message, of one that was put in by HTTP and marked, and of all that the server keeps."""
    api = Api(launcher.start("--http=127.0.0.1:0", *options, maildir=maildir, wrapper=with_umask(umask)))
    api.put(make_mail("short"))
    api.put(LONG)
    marked = api.put(make_mail("marked"))
    api.expect_ok("PUT", "/api/v1/messages", {"IDs": [marked], "Read": True})
    assert api.list()["total"] == 3
    wait_until((maildir / "dsmtpd.journal").exists, "there is a journal")
    found = modes(maildir)
    assert set(FILES) < set(found)
    assert found == dict.fromkeys(found, expected)
    api.server.kill()  # what a crash leaves is read by the next start
    again = Api(launcher.start("--http=127.0.0.1:0", *options, maildir=maildir, wrapper=with_umask(umask)))
    assert again.list()["total"] == 3
    found = modes(maildir)
    assert found == dict.fromkeys(found, expected)
    assert again.server.stop() == 0


@pytest.mark.parametrize(
    ("mode_of_new", "umask", "expected"),
    [
        (0o700, "022", "600"),
        (0o700, "000", "600"),
        (0o750, "022", "640"),
        (0o755, "022", "644"),
        (0o755, "077", "600"),
        (0o2777, "000", "666"),
        (0o2777, "002", "664"),
        (0o2770, "007", "660"),
        (0o711, "000", "600"),
    ],
)
def test_files_have_the_rights_of_new_less_the_umask(
    launcher: Launcher, tmp_path: Path, mode_of_new: int, umask: str, expected: str
) -> None:
    make_directories(tmp_path / "mail", mode_of_new, mode_above=0o777 if mode_of_new == 0o700 else 0o700)
    expect_modes(launcher, tmp_path / "mail", expected, umask=umask)


@pytest.mark.parametrize(("option", "umask"), [("640", "077"), ("0666", "022"), ("600", "000")])
def test_file_mode_is_what_was_asked_for(launcher: Launcher, tmp_path: Path, option: str, umask: str) -> None:
    make_directories(tmp_path / "mail", 0o755)
    expect_modes(launcher, tmp_path / "mail", option.lstrip("0"), f"--file-mode={option}", umask=umask)


def test_directories_we_make_are_private(launcher: Launcher, tmp_path: Path) -> None:
    expect_modes(launcher, tmp_path / "made", "600", umask="000")
    assert {mode_of(tmp_path / "made" / name) for name in ("", "tmp", "new", "cur")} == {"700"}


def test_mode_of_an_index_from_before_is_set(launcher: Launcher, tmp_path: Path) -> None:
    maildir = tmp_path / "mail"
    make_directories(maildir, 0o700)
    expect_modes(launcher, maildir, "600")
    (maildir / "dsmtpd.index").chmod(0o644)
    server = launcher.start("--http=127.0.0.1:0", maildir=maildir)
    wait_until(lambda: mode_of(maildir / "dsmtpd.index") == "600", "the mode is set")
    assert Api(server).list()["total"] == 3
    server.kill()
    for path in maildir.glob("dsmtpd.index*"):
        path.chmod(0o666)
    server = launcher.start("--http=127.0.0.1:0", maildir=maildir)
    assert Api(server).list()["total"] == 3
    assert {mode_of(path) for path in maildir.glob("dsmtpd.*")} == {"600"}
    server.stop()


@pytest.mark.parametrize(("mode_of_new", "expected"), [(0o700, "600"), (0o2775, "644")])
def test_commands_without_a_server_follow_new_as_well(tmp_path: Path, mode_of_new: int, expected: str) -> None:
    maildir = tmp_path / "mail"
    make_directories(maildir, mode_of_new)
    cli = Cli(tmp_path, "--directory", str(maildir))
    (tmp_path / "one.eml").write_bytes(bytes(make_mail("one")))
    for command in (("import", str(tmp_path / "one.eml")), ("mark", "--read", "latest"), ("reindex",)):
        cli.run(*command).expect()
        assert set(modes(maildir).values()) == {expected}, (command, modes(maildir))
    (maildir / "dsmtpd.index").chmod(0o666)
    cli.run("list").expect()
    assert mode_of(maildir / "dsmtpd.index") == expected


def test_invalid_mode_is_rejected(launcher: Launcher) -> None:
    server = launcher.start("--file-mode=755", n_listeners=0)
    assert server.wait() == 64
    assert '--file-mode: "755" is not a valid file mode' in server.log
