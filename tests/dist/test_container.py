"""The container image, built and run by buildah, which needs no daemon.

It is built upon a bare Debian made here: the base that the Containerfile names is in a registry.
"""

import json
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pack.bare_root import BareRoot
from programs import require_program, run_program
from server import ROOT, Launcher
from smtp_wire import SmtpWire

pytestmark = pytest.mark.timeout(600)

ISOLATION = "--isolation=chroot"
# Building installs packages.
TIMEOUT_S = 300


class Buildah:
    """buildah, with a storage of its own."""

    def __init__(self, folder: Path) -> None:
        self.command = [require_program("buildah"), f"--root={folder}/images", f"--runroot={folder}/run"]

    def __call__(self, *arguments: str) -> str:
        return run_program([*self.command, *arguments], timeout_s=TIMEOUT_S).strip()


@pytest.fixture
def buildah() -> Iterator[Buildah]:
    with tempfile.TemporaryDirectory(prefix="buildah-", dir=ROOT / "build") as folder:
        buildah = Buildah(Path(folder))
        yield buildah
        buildah("rm", "--all")


@pytest.fixture
def container(buildah: Buildah, dist: Path, sealed_root: BareRoot) -> str:
    """A container of the image that the Containerfile describes."""
    assert list(dist.glob("*.deb")), "no .deb was built"
    base = buildah("from", "scratch")
    buildah("add", "--quiet", base, str(sealed_root.path), "/")
    buildah("commit", "--quiet", "--disable-compression", base, "base")
    options = ("--quiet", "--format=docker", "--build-arg=BASE=localhost/base", "--tag=dsmtpd")
    buildah("build", ISOLATION, *options, str(ROOT))
    return buildah("from", "dsmtpd")


def descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            yield child
            yield from descendants(child)


def test_container_takes_a_mail_as_a_user_without_rights(
    buildah: Buildah, container: str, launcher: Launcher, tmp_path: Path
) -> None:
    config = json.loads(buildah("inspect", container))["Docker"]["config"]
    run = ["run", ISOLATION, container, "--"]
    assert buildah(*run, "id", "--user") != "0"

    assert "DSMTPD_INTERFACE=::" in config["Env"]
    # Not so here, where it shares our network, and on a free port.
    (entry_point,) = config["Entrypoint"]
    server = launcher.start(
        "--interface=127.0.0.1",
        "--port=0",
        wrapper=[*buildah.command, *run],
        program=Path(entry_point),
        defaults=False,
        maildir=tmp_path,
    )
    with SmtpWire.greeted(server.port) as wire:
        wire.send_mail(b"Subject: hello\r\n\r\nhello\r\n")
    assert buildah(*run, "sh", "-c", "cat /mails/mail/new/*").endswith("\n\nhello")

    kind, *health_check = config["Healthcheck"]["Test"]
    assert kind == "CMD"
    with_port = ["run", ISOLATION, f"--env=DSMTPD_PORT={server.port}", container, "--"]
    buildah(*with_port, *health_check)

    (pid,) = (
        child for child in descendants(server.process.pid) if Path(f"/proc/{child}/comm").read_text() == "dsmtpd\n"
    )
    os.kill(pid, signal.SIGTERM)
    assert server.wait() == 0

    with pytest.raises(AssertionError):
        buildah(*with_port, *health_check)
