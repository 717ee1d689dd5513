"""Options, variables and exit codes, as a user at a shell meets them."""

import re
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from server import PATIENCE_S, Launcher, binary, clean_environment
from smtp_wire import SmtpWire

OPTIONS = [
    *(
        "--port",
        "--interface",
        "--directory",
        "--init",
        "--max-size",
        "--disable-smtputf8",
        "--strict",
        "--sync",
        "--timeout",
    ),
    *("--http", "--http-host", "--webroot", "--cors"),
    *("--max-connections", "--max-recipients", "--log-format", "--quiet", "--verbose", "--version", "--help"),
]

EXIT_FAILED = 1
EXIT_INVALID_MAILDIR = 2
EXIT_USAGE = 64


def run_dsmtpd(
    *options: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs dsmtpd where it is to end by itself."""
    return subprocess.run(
        [str(binary()), *options],
        cwd=cwd,
        env=clean_environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def assert_one_line_error(result: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert result.returncode == code, result
    assert result.stdout == ""
    *before, last = result.stderr.splitlines()
    # Events logged before the error are fine; the error itself is one line.
    assert all(re.match(r"\d{4}-\d\d-\d\d .* (INFO|WARNING): ", line) for line in before), result.stderr
    for word in words:
        assert word in last


def test_version_is_a_line_on_stdout() -> None:
    result = run_dsmtpd("--version")
    assert (result.returncode, result.stderr) == (0, "")
    assert re.fullmatch(r"dsmtpd \d+\.\d+\.\d+\n", result.stdout)


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_names_every_option_and_its_variable(option: str) -> None:
    result = run_dsmtpd(option)
    assert (result.returncode, result.stderr) == (0, "")
    for name in OPTIONS:
        assert name in result.stdout
    assert "DSMTPD_" in result.stdout


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_asking_about_the_program_makes_no_maildir(option: str, tmp_path: Path) -> None:
    assert run_dsmtpd(option, cwd=tmp_path).returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--port=70000"], "port"),
        (["--port=smtp"], "port"),
        (["-p", "-1"], "port"),
        (["-p", ""], "port"),
        (["--port"], "port"),
        (["--max-size=-1"], "max-size"),
        (["--max-size=ten"], "max-size"),
        (["--max-size=99999999999999999999"], "max-size"),
        (["--sync=sometimes"], "sync"),
        (["--log-format=xml"], "log-format"),
        (["--timeout=0"], "timeout"),
        (["--max-connections=0"], "max-connections"),
        (["--max-recipients=none"], "max-recipients"),
        (["--disable-smtputf8=maybe"], "disable-smtputf8"),
        (["--no-such-option"], "no-such-option"),
        (["-Z"], "Z"),
        (["stray"], "stray"),
    ],
)
def test_wrong_command_line_ends_with_64_and_names_what_is_wrong(options: list[str], word: str, tmp_path: Path) -> None:
    assert_one_line_error(run_dsmtpd(*options, cwd=tmp_path), EXIT_USAGE, word)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DSMTPD_PORT", "high"),
        ("DSMTPD_MAX_SIZE", "-5"),
        ("DSMTPD_SYNC", "maybe"),
        ("DSMTPD_LOG_FORMAT", "xml"),
        ("DSMTPD_TIMEOUT", "soon"),
        ("DSMTPD_MAX_CONNECTIONS", "0"),
        ("DSMTPD_MAX_RECIPIENTS", "many"),
        ("DSMTPD_DISABLE_SMTPUTF8", "perhaps"),
    ],
)
def test_wrong_variable_ends_with_64_and_is_named(variable: str, value: str, tmp_path: Path) -> None:
    assert_one_line_error(run_dsmtpd(cwd=tmp_path, env={variable: value}), EXIT_USAGE, variable, value)
    assert list(tmp_path.iterdir()) == []


def test_settings_come_from_the_environment(launcher: Launcher, tmp_path: Path) -> None:
    maildir = tmp_path / "from-environment"
    env = {
        "DSMTPD_PORT": "0",
        "DSMTPD_INTERFACE": "127.0.0.1",
        "DSMTPD_DIRECTORY": str(maildir),
        "DSMTPD_MAX_SIZE": "54321",
        "DSMTPD_DISABLE_SMTPUTF8": "1",
    }
    server = launcher.start(maildir=maildir, env=env, defaults=False)
    with SmtpWire.connect(server.port) as wire:
        wire.expect(220)
        capabilities = wire.ask("EHLO client.example.org", 250).lines
        wire.send_mail(b"Subject: hello\r\n\r\nhello\r\n")
    assert "SIZE 54321" in capabilities
    assert "SMTPUTF8" not in capabilities
    assert len(server.messages()) == 1


def test_variables_of_a_kubernetes_service_are_not_settings(launcher: Launcher) -> None:
    link = "tcp://10.96.12.7:1025"
    env = {
        "DSMTPD_SERVICE_HOST": "10.96.12.7",
        "DSMTPD_SERVICE_PORT": "1025",
        "DSMTPD_PORT": link,
        "DSMTPD_PORT_1025_TCP": link,
        "DSMTPD_PORT_1025_TCP_PORT": "1025",
        "DSMTPD_HTTP_PORT": link,
    }
    server = launcher.start(env=env)
    assert len([line for line in server.log_lines if "ignored" in line]) == 1
    server.wait_for_log(rf"INFO: ignored DSMTPD_PORT={link}")


@pytest.mark.parametrize("value", ["tcp:1025", "http://10.96.12.7:1025", "tcp", "1025/tcp"])
def test_what_only_looks_like_a_service_is_wrong(value: str, tmp_path: Path) -> None:
    assert_one_line_error(run_dsmtpd(cwd=tmp_path, env={"DSMTPD_PORT": value}), EXIT_USAGE, "DSMTPD_PORT", value)


def test_the_command_line_wins_over_the_environment(launcher: Launcher) -> None:
    server = launcher.start("--max-size=2000", env={"DSMTPD_MAX_SIZE": "1000", "DSMTPD_PORT": "1"})
    with SmtpWire.connect(server.port) as wire:
        wire.expect(220)
        assert "SIZE 2000" in wire.ask("EHLO client.example.org", 250).lines


def test_size_limit_of_0_means_no_limit(launcher: Launcher) -> None:
    server = launcher.start("-s", "0")
    with SmtpWire.connect(server.port) as wire:
        wire.expect(220)
        assert {"SIZE", "SIZE 0"} & set(wire.ask("EHLO client.example.org", 250).lines)
        wire.ask("MAIL FROM:<a@example.com> SIZE=99999999999", 250)


def test_port_in_use_ends_with_1_and_names_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert_one_line_error(run_dsmtpd("-p", port, "-d", str(tmp_path / "mail")), EXIT_FAILED, port)


def test_interface_that_is_not_ours_ends_with_1(tmp_path: Path) -> None:
    # 192.0.2.0/24 is for documentation and nobody's address (RFC 5737).
    result = run_dsmtpd("-p", "0", "-i", "192.0.2.1", "-d", str(tmp_path / "mail"))
    assert_one_line_error(result, EXIT_FAILED, "192.0.2.1")


def test_host_name_that_does_not_exist_ends_with_1(tmp_path: Path) -> None:
    result = run_dsmtpd("-p", "0", "-i", "no-such-host.invalid", "-d", str(tmp_path / "mail"))
    assert_one_line_error(result, EXIT_FAILED, "no-such-host.invalid")


@pytest.mark.parametrize("missing", ["tmp", "new", "cur"])
def test_directory_that_is_not_a_maildir_ends_with_2_and_stays_as_it_is(missing: str, tmp_path: Path) -> None:
    place = tmp_path / "place"
    for directory in {"tmp", "new", "cur"} - {missing}:
        (place / directory).mkdir(parents=True)
    (place / "precious").write_text("data")
    before = sorted(place.rglob("*"))
    assert_one_line_error(run_dsmtpd("-p", "0", "-d", str(place)), EXIT_INVALID_MAILDIR, str(place), missing)
    assert sorted(place.rglob("*")) == before


def test_init_makes_a_maildir_of_a_directory_that_exists(launcher: Launcher, tmp_path: Path) -> None:
    volume, link = tmp_path / "volume", tmp_path / "link"
    (volume / "lost+found").mkdir(parents=True)
    (volume / "cur").mkdir()
    link.symlink_to(volume)
    before = sorted(volume.rglob("*"))
    assert_one_line_error(run_dsmtpd("-p", "0", "-d", str(link)), EXIT_INVALID_MAILDIR, str(link), "--init")
    assert sorted(volume.rglob("*")) == before
    server = launcher.start(maildir=link, env={"DSMTPD_INIT": "1"})
    with SmtpWire.connect(server.port) as wire:
        wire.expect(220)
        wire.ask("EHLO client.example.org", 250)
        wire.send_mail(b"Subject: hello\r\n\r\nhello\r\n")
    assert len(list((volume / "new").iterdir())) == 1


def test_init_leaves_alone_what_cannot_become_a_maildir(tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    volume.mkdir()
    (volume / "new").write_text("a file")
    assert_one_line_error(run_dsmtpd("--init", "-p", "0", "-d", str(volume)), EXIT_INVALID_MAILDIR, "new")
    assert_one_line_error(run_dsmtpd("--init", "-p", "0", "-d", str(volume / "new")), EXIT_INVALID_MAILDIR, "is a file")
    assert [path.name for path in volume.iterdir()] == ["new"]


def test_file_in_place_of_the_maildir_ends_with_2(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("data")
    assert_one_line_error(run_dsmtpd("-p", "0", "-d", str(place)), EXIT_INVALID_MAILDIR, str(place))
    assert place.read_text() == "data"


def test_place_below_a_file_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("data")
    place = str(tmp_path / "file" / "mail")
    assert_one_line_error(run_dsmtpd("-p", "0", "-d", place), EXIT_INVALID_MAILDIR, place)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc here")
def test_directory_that_cannot_be_made_ends_with_1() -> None:
    place = "/proc/no-such-folder"
    assert_one_line_error(run_dsmtpd("-p", "0", "-d", place), EXIT_FAILED, place)


def test_missing_directory_is_made(launcher: Launcher, tmp_path: Path) -> None:
    maildir = tmp_path / "not" / "there" / "yet"
    server = launcher.start(maildir=maildir)
    assert {path.name for path in maildir.iterdir()} >= {"tmp", "new", "cur"}
    assert server.messages() == []


def test_without_directory_the_current_one_becomes_the_maildir(launcher: Launcher, tmp_path: Path) -> None:
    server = launcher.start("--port=0", maildir=tmp_path, defaults=False)
    with SmtpWire.greeted(server.port) as wire:
        wire.send_mail(b"Subject: here\r\n\r\nhello\r\n")
    assert b"Subject: here\n" in server.only_mail()


def test_existing_maildir_is_opened_as_it_is(launcher: Launcher, tmp_path: Path) -> None:
    maildir = tmp_path / "mail"
    for directory in ("tmp", "new", "cur"):
        (maildir / directory).mkdir(parents=True)
    old_mail = maildir / "cur" / "1357999207.M7P3.host:2,FS"
    old_mail.write_text("Subject: old\n\nkept\n")
    server = launcher.start(maildir=maildir)
    server.wait_for_log(r"Storing messages in .*, which holds 1$")
    assert server.messages() == [old_mail]
    assert old_mail.read_text() == "Subject: old\n\nkept\n"
