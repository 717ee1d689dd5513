"""A Debian with Python and nothing else, to see what packages really need."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# $ORIGIN, by which the wheel's libraries are found, needs /proc. The mount ends with the command.
ENTER = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'


def this_suite() -> str:
    """The code name of the Debian that runs here."""
    lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line)["VERSION_CODENAME"].strip('"')


@dataclass(frozen=True)
class BareRoot:
    """A root directory."""

    path: Path

    @staticmethod
    def missing() -> str:
        """Why there can be none here; empty when there can."""
        if os.geteuid() != 0:
            return "only root may change its root"
        programs = [name for name in ("debootstrap", "unshare", "chroot") if shutil.which(name) is None]
        return f"{', '.join(programs)} not installed" if programs else ""

    @classmethod
    def make(cls, path: Path, suite: str = "") -> "BareRoot":
        """Makes one of a release of Debian, by default the one that runs here, unless it exists already."""
        # One process makes it, and never half a one under that name.
        unfinished = path.with_name(f"{path.name}.unfinished")
        with path.with_name(f"{path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if path.exists():
                return cls(path)
            shutil.rmtree(unfinished, ignore_errors=True)
            suite = suite or this_suite()
            command = ["debootstrap", "--variant=minbase", "--include=python3-venv", suite, str(unfinished)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            unfinished.rename(path)
        return cls(path)

    def copy(self, path: Path) -> "BareRoot":
        """A copy to install things in."""
        subprocess.run(["cp", "--archive", "--reflink=auto", str(self.path), str(path)], check=True)
        return BareRoot(path)

    @property
    def wrapper(self) -> Sequence[str]:
        """What to put before a command so that it runs in here, with our network and as the same process."""
        return ["unshare", "--mount", "sh", "-c", ENTER, str(self.path)]

    def run(self, *command: str) -> str:
        """Runs a command, which has to succeed, and returns what it printed."""
        env = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"}
        proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
        result = subprocess.run(
            [*self.wrapper, *command], env={**proxies, **env}, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
        return result.stdout
