"""The container image, built and run by buildah, which needs no daemon.

It is built upon a bare Debian made here: the base that the Containerfile names is in a registry. Its containers share
the processes of this machine; their network is one of the test's own, in which the usual ports are free.
"""

import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from http_wire import SERVING
from networks import Network, two_networks
from pack.bare_root import BareRoot
from programs import require_program, run_program
from server import ROOT, Launcher, Server

pytestmark = pytest.mark.timeout(600)

ISOLATION = "--isolation=chroot"
# Building installs packages.
TIMEOUT_S = 300
VISIT = str(ROOT / "tests" / "e2e" / "visit_by_name.py")


class Buildah:
    """buildah, with a storage of its own."""

    def __init__(self, directory: Path) -> None:
        self.command = [require_program("buildah"), f"--root={directory}/images", f"--runroot={directory}/run"]

    def __call__(self, *arguments: str, wrapper: tuple[str, ...] = ()) -> str:
        return run_program([*wrapper, *self.command, *arguments], timeout_s=TIMEOUT_S).strip()


@pytest.fixture(scope="module")
def buildah() -> Iterator[Buildah]:
    with tempfile.TemporaryDirectory(prefix="buildah-", dir=ROOT / "build") as directory:
        buildah = Buildah(Path(directory))
        yield buildah
        buildah("rm", "--all")


@pytest.fixture(scope="module")
def image(buildah: Buildah, dist: Path, sealed_root: BareRoot) -> str:
    """The image that the Containerfile describes."""
    assert list(dist.glob("*.deb")), "no .deb was built"
    base = buildah("from", "scratch")
    buildah("add", "--quiet", base, str(sealed_root.path), "/")
    buildah("commit", "--quiet", "--disable-compression", base, "base")
    options = ("--quiet", "--format=docker", "--build-arg=BASE=localhost/base", "--tag=dsmtpd")
    buildah("build", ISOLATION, *options, str(ROOT))
    return "dsmtpd"


class Container:
    """A container of the image, in a network of its own, and what clients in another one see of it."""

    def __init__(self, buildah: Buildah, image: str, networks: tuple[Network, Network], launcher: Launcher) -> None:
        self._buildah = buildah
        self._name = buildah("from", image)
        self._network, self._clients = networks
        self._launcher = launcher
        self.config: dict[str, Any] = json.loads(buildah("inspect", self._name))["Docker"]["config"]

    def _command(self, *options: str) -> list[str]:
        return ["run", ISOLATION, *options, self._name, "--"]

    def run(self, *command: str) -> str:
        """What another command in the container prints, which has to succeed."""
        return self._buildah(*self._command(), *command, wrapper=tuple(self._network.wrapper))

    def start(self, *arguments: str, options: tuple[str, ...] = (), n_listeners: int = 1) -> Server:
        """The server, with such arguments; `options` are buildah's."""
        (entry_point,) = self.config["Entrypoint"]
        return self._launcher.start(
            *arguments,
            wrapper=[*self._network.wrapper, *self._buildah.command, *self._command(*options)],
            program=Path(entry_point),
            defaults=False,
            n_listeners=n_listeners,
        )

    def check_health(self) -> None:
        kind, *command = self.config["Healthcheck"]["Test"]
        assert kind == "CMD"
        self.run(*command)

    def visit(self) -> Any:
        """A client in the other network sends a message to the usual ports, and sees it by page, API and WebSocket."""
        return json.loads(run_program([*self._clients.wrapper, sys.executable, VISIT, "dsmtpd"]))


@pytest.fixture
def container(buildah: Buildah, image: str, launcher: Launcher, tmp_path: Path) -> Iterator[Container]:
    with two_networks(tmp_path, "dsmtpd") as networks:
        yield Container(buildah, image, networks, launcher)


def descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            yield child
            yield from descendants(child)


def stop(server: Server) -> None:
    """What `docker stop` does; the server ends well. (buildah 1.28 may panic as it unmounts.)"""
    pids = [server.process.pid, *descendants(server.process.pid)]
    (pid,) = (pid for pid in pids if Path(f"/proc/{pid}/comm").read_text() == "dsmtpd\n")
    os.kill(pid, signal.SIGTERM)
    server.wait_for_log("INFO: Cleaning up$")
    server.wait()


def test_other_containers_reach_mail_page_and_api_by_its_name(container: Container) -> None:
    assert set(container.config["ExposedPorts"]) == {"1025/tcp", "8025/tcp"}
    assert container.config["User"].isdigit()
    assert container.run("id", "--user") != "0"

    server = container.start()
    server.wait_for_log(SERVING)
    container.check_health()
    assert container.visit() == {"page": 200, "total": 1, "heard": "from afar", "marked": 200, "foreign": 403}
    assert container.run("dsmtpd", "count") == "1"
    stop(server)
    with pytest.raises(AssertionError, match="no server runs here"):
        container.check_health()

    # Started again, it has the message.
    server = container.start()
    server.wait_for_log(SERVING)
    assert container.visit()["total"] == 2
    stop(server)


@pytest.mark.parametrize(
    ("arguments", "options", "started"),
    [
        (("-p", "2525"), (), r"SMTP server at \[::\]:2525"),
        (("-p", "2525", "--http=off"), (), r"SMTP server at \[::\]:2525"),
        ((), ("--env=DSMTPD_PORT=2525", "--env=DSMTPD_HTTP=0.0.0.0:9000"), r"http://0\.0\.0\.0:9000/"),
        ((), ("--env=MP_SMTP_BIND_ADDR=0.0.0.0:2525", "--env=MP_UI_BIND_ADDR=:9000"), r"http://\[::\]:9000/"),
        ((), ("--env=MH_UI_BIND_ADDR=0.0.0.0:9000",), r"Serving HTTP at http://0\.0\.0\.0:9000/"),
        (("--interface=unix:/mails/smtp", "--http=unix:/mails/web"), (), "unix:/mails/web"),
    ],
    ids=["port", "without-http", "own-variables", "mailpit", "mailhog", "sockets"],
)
def test_it_stays_healthy_wherever_it_listens(
    container: Container, arguments: tuple[str, ...], options: tuple[str, ...], started: str
) -> None:
    server = container.start(*arguments, options=options)
    server.wait_for_log(started)
    container.check_health()
    stop(server)


def on_volume(volume: Path) -> tuple[str, ...]:
    """With its Maildir on a volume; not at /mails, where buildah mounts what it keeps for VOLUME over it."""
    return (f"--volume={volume}:/data", "--env=DSMTPD_DIRECTORY=/data/mail")


@pytest.mark.parametrize(("user", "mode"), [("1000:1000", 0o777), ("12345:0", 0o775)], ids=["anybody", "group"])
def test_an_empty_volume_of_root_is_filled_where_the_user_may(
    container: Container, tmp_path: Path, user: str, mode: int
) -> None:
    """As emptyDir of Kubernetes is made, and as OpenShift starts containers."""
    volume = tmp_path / "volume"
    (volume / "lost+found").mkdir(parents=True)
    volume.chmod(mode)
    server = container.start(options=(*on_volume(volume), f"--user={user}"))
    server.wait_for_log(SERVING)
    assert container.visit()["total"] == 1
    stop(server)
    assert len(list((volume / "mail" / "new").iterdir()) + list((volume / "mail" / "cur").iterdir())) == 1


def test_a_volume_that_cannot_be_written_is_named(container: Container, tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    volume.mkdir(mode=0o755)
    server = container.start(options=on_volume(volume), n_listeners=0)
    assert server.wait() != 0
    assert re.search(r"ERROR: .*/data/.*: Permission denied", server.log)
