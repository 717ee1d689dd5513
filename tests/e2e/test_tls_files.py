"""Where certificates come from: those made here, those given, and what is wrong with them."""

from __future__ import annotations

import os
import signal
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from programs import run_program
from server import Launcher, Server
from tls_support import Authority, Certificate, connect_tls, trusting


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> Certificate:
    return authority.issue("server", "DNS:localhost")


def start_auto(launcher: Launcher, directory: Path, *options: str) -> Server:
    return launcher.start("--tls=auto", "--smtps=0", f"--state-directory={directory}", *options, n_listeners=2)


def serial_of(server: Server, host: str = "localhost") -> object:
    """Which certificate it shows to a client that trusts its CA and checks the name."""
    with connect_tls(server.smtps_port, trusting(server.ca_file), host=host) as connection:
        return dict(connection.getpeercert() or {})["serialNumber"]


# --- those made here


def test_files_are_for_their_owner_alone_but_for_the_ca(launcher: Launcher, tmp_path: Path) -> None:
    server = start_auto(launcher, tmp_path / "deep" / "state")
    directory = tmp_path / "deep" / "state" / "tls"
    assert server.ca_file == directory / "ca.pem"
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) & ~0o044 for path in directory.iterdir()}
    assert modes == {"ca.pem": 0o600, "ca-key.pem": 0o600, "server.pem": 0o600}
    assert all(stat.S_IMODE((directory / name).stat().st_mode) == 0o600 for name in ("ca-key.pem", "server.pem"))
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_second_start_keeps_what_the_first_made(launcher: Launcher, tmp_path: Path) -> None:
    first = start_auto(launcher, tmp_path / "state")
    serial = serial_of(first)
    assert first.stop() == 0
    second = start_auto(launcher, tmp_path / "state")
    assert serial_of(second) == serial
    assert "a certificate made earlier" in second.log


def test_other_names_take_another_certificate_under_the_same_ca(launcher: Launcher, tmp_path: Path) -> None:
    first = start_auto(launcher, tmp_path / "state")
    ca = first.ca_file.read_bytes()
    serial = serial_of(first)
    assert first.stop() == 0
    second = start_auto(launcher, tmp_path / "state", "-i", "127.0.0.1", "-i", "127.0.0.2", "--tls-name=mail.internal")
    assert serial_of(second, "127.0.0.2") == serial_of(second, "mail.internal") != serial
    assert "a certificate renewed" in second.log
    assert second.ca_file.read_bytes() == ca


def test_name_the_ca_must_not_vouch_for_takes_a_new_ca(launcher: Launcher, tmp_path: Path) -> None:
    first = start_auto(launcher, tmp_path / "state")
    ca = first.ca_file.read_bytes()
    assert first.stop() == 0
    second = start_auto(launcher, tmp_path / "state", "--tls-name=mail.example.com")
    second.wait_for_log(
        "WARNING: replaced the CA of --tls=auto because the old one may not sign for mail.example.com: "
    )
    assert second.ca_file.read_bytes() != ca
    serial_of(second, "mail.example.com")


def start_on_host(launcher: Launcher, state: Path, host: str) -> Server:
    wrapper = ("unshare", "--uts", "sh", "-c", 'hostname "$0"; exec "$@"', host)
    return launcher.start("--tls=auto", "--smtps=0", f"--state-directory={state}", wrapper=wrapper, n_listeners=2)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root can have another host name")
def test_ca_stays_when_the_host_name_changes(launcher: Launcher, tmp_path: Path) -> None:
    first = start_on_host(launcher, tmp_path / "state", "158872fd16d1")
    ca = first.ca_file.read_bytes()
    serial_of(first, "158872fd16d1")
    assert first.stop() == 0
    second = start_on_host(launcher, tmp_path / "state", "9c0ffee12345")
    assert second.ca_file.read_bytes() == ca
    second.wait_for_log("INFO: the certificate does not name 9c0ffee12345: ")
    assert "WARNING" not in second.log
    serial_of(second)


def test_ca_vouches_for_local_names_alone(launcher: Launcher, tmp_path: Path) -> None:
    server = start_auto(launcher, tmp_path / "state")
    both = tmp_path / "state" / "tls" / "ca-key.pem"
    names = {"www.example.com": False, "app.internal": True}
    for name, good in names.items():
        made = tmp_path / name
        request = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-nodes", "-newkey", "rsa:2048"]
        files = ["-out", str(made), "-keyout", str(tmp_path / "key"), "-CA", str(both), "-CAkey", str(both)]
        run_program(["openssl", "req", "-x509", "-days", "3", *request, *files])
        verify = ["openssl", "verify", "-CAfile", str(server.ca_file), str(made)]
        if good:
            run_program(verify)
        else:
            with pytest.raises(AssertionError, match="permitted subtree violation"):
                run_program(verify)


@pytest.mark.parametrize("name", ["ca.pem", "ca-key.pem", "server.pem"])
@pytest.mark.parametrize("content", [None, b"", b"no certificate"], ids=["missing", "empty", "damaged"])
def test_what_is_missing_or_damaged_is_made_again(
    launcher: Launcher, tmp_path: Path, name: str, content: bytes | None
) -> None:
    assert start_auto(launcher, tmp_path / "state").stop() == 0
    path = tmp_path / "state" / "tls" / name
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    serial_of(start_auto(launcher, tmp_path / "state"))


def test_sighup_makes_again_what_is_gone(launcher: Launcher, tmp_path: Path) -> None:
    server = start_auto(launcher, tmp_path / "state")
    serial = serial_of(server)
    (tmp_path / "state" / "tls" / "server.pem").unlink()
    server.process.send_signal(signal.SIGHUP)
    server.wait_for_log("INFO: Read the certificates again")
    assert serial_of(server) != serial


def test_servers_that_start_at_once_share_a_ca(launcher: Launcher, tmp_path: Path) -> None:
    servers = [
        launcher.start(
            "--tls=auto",
            "--smtps=0",
            f"--state-directory={tmp_path / 'state'}",
            maildir=tmp_path / f"mail{n}",
            n_listeners=0,
        )
        for n in range(4)
    ]
    assert len({server.ca_file.read_bytes() for server in servers}) == 1
    for server in servers:
        serial_of(server)


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        ({"STATE_DIRECTORY": "@/service:@/other"}, "service"),
        ({"XDG_STATE_HOME": "@/xdg"}, "xdg/dsmtpd"),
        ({"XDG_STATE_HOME": "not/absolute", "HOME": "@/home"}, "home/.local/state/dsmtpd"),
        ({"HOME": "@/home"}, "home/.local/state/dsmtpd"),
        ({"DSMTPD_STATE_DIRECTORY": "@/own", "STATE_DIRECTORY": "@/service"}, "own"),
    ],
)
def test_state_directory(launcher: Launcher, tmp_path: Path, variables: dict[str, str], place: str) -> None:
    base = {"XDG_STATE_HOME": "", "STATE_DIRECTORY": ""}
    env = {name: value.replace("@", str(tmp_path)) for name, value in variables.items()}
    server = launcher.start("--tls=auto", env={**base, **env})
    assert server.ca_file == tmp_path / place / "tls" / "ca.pem"


# --- what is wrong


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--tls=auto", "--tls-cert=a.pem"], "--tls=auto generates a certificate: give it or --tls-cert, not both"),
        (["--tls-key=a.key"], "there are more --tls-key than --tls-cert"),
        (["--tls-cert=a.pem", "--tls-key=a.key", "--tls-key=b.key"], "there are more --tls-key than --tls-cert"),
        (["--smtps=1465"], "--smtps needs a certificate: give --tls=auto or --tls-cert"),
        (["--require-tls"], "--require-tls needs a certificate"),
        (["--tls-client-ca=ca.pem"], "--tls-client-ca needs a certificate for the server"),
        (["--tls-name=x", "--tls-cert=a.pem"], "--tls-name is for the certificate that --tls=auto generates"),
        (["--tls=on"], '--tls: "on" is not a valid TLS mode; give off or auto'),
        (["--smtps=70000", "--tls=auto"], '--smtps: "70000" is not a valid port; give 0 to 65535 .* or off'),
    ],
)
def test_options_that_do_not_go_together(launcher: Launcher, options: list[str], complaint: str) -> None:
    server = launcher.start(*options, n_listeners=0)
    assert server.wait() == 64
    assert len(server.log_lines) == 1
    server.wait_for_log(f"^dsmtpd: {complaint}")
    assert not server.maildir.exists()


def damaged_files(
    directory: Path, certificate: Certificate, other: Certificate
) -> dict[str, tuple[Sequence[str], str]]:
    """Options with something wrong in their files, and what has to be said."""
    encrypted = directory / "encrypted.key"
    run_program(["openssl", "ec", "-in", str(certificate.key), "-aes128", "-passout", "pass:x", "-out", str(encrypted)])
    empty = directory / "empty.pem"
    empty.touch()
    given = [f"--tls-cert={certificate.file}"]
    return {
        "no such file": ([f"--tls-cert={directory}/none.pem"], "none.pem.*No such file"),
        "a folder": ([f"--tls-cert={directory}"], "Is a directory|directory"),
        "no certificate": ([f"--tls-cert={empty}"], f"{empty}: it has no certificate in PEM form"),
        "no key": (given, f"{certificate.file}: it has no private key in PEM form; give .* --tls-key"),
        "another's key": ([*given, f"--tls-key={other.key}"], f"{other.key}: the key does not belong to .*"),
        "a passphrase": (
            [*given, f"--tls-key={encrypted}"],
            f"{encrypted}: the key has a passphrase; give one without",
        ),
        "no CA": ([*certificate.options, f"--tls-client-ca={empty}"], f"{empty}: it has no certificate"),
        "second pair": ([*certificate.options, *given], "it has no private key in PEM form"),
    }


@pytest.mark.parametrize(
    "name",
    ["no such file", "a folder", "no certificate", "no key", "another's key", "a passphrase", "no CA", "second pair"],
)
def test_files_that_will_not_do(
    launcher: Launcher, authority: Authority, certificate: Certificate, tmp_path: Path, name: str
) -> None:
    options, complaint = damaged_files(tmp_path, certificate, authority.issue("other", "DNS:localhost"))[name]
    server = launcher.start(*options, n_listeners=0)
    assert server.wait() == 1
    server.wait_for_log(f"ERROR: .*{complaint}")
    assert sum("ERROR" in line for line in server.log_lines) == 1


def test_state_directory_that_cannot_be_made(launcher: Launcher, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    server = launcher.start("--tls=auto", f"--state-directory={tmp_path / 'file'}", n_listeners=0)
    assert server.wait() == 1
    server.wait_for_log(
        rf"ERROR: {tmp_path}/file/tls: Not a directory; choose another directory with --state-directory"
    )


def test_smtps_needs_an_interface_with_ports(launcher: Launcher, tmp_path: Path, socket_directory: Path) -> None:
    state = f"--state-directory={tmp_path / 'state'}"
    server = launcher.start("-i", f"unix:{socket_directory}/s", "--tls=auto", "--smtps=0", state, n_listeners=0)
    assert server.wait() == 1
    server.wait_for_log("ERROR: --smtps needs an interface that has ports")


def test_no_options_no_openssl(launcher: Launcher, tmp_path: Path) -> None:
    """Its configuration is a pipe here, so that who reads it would wait forever."""
    os.mkfifo(tmp_path / "openssl.cnf")
    state = {"XDG_STATE_HOME": str(tmp_path / "state"), "OPENSSL_CONF": str(tmp_path / "openssl.cnf")}
    server = launcher.start(env=state)
    assert server.stop() == 0
    assert not (tmp_path / "state" / "dsmtpd" / "tls").exists()
