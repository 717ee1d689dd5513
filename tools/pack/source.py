"""The commit that packages are built from."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


def run(*command: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """Runs a command, whose output is shown only when it fails. Returns its standard output."""
    result = subprocess.run([*map(str, command)], cwd=cwd, env=env, text=True, capture_output=True, check=False)
    if result.returncode != 0:
        sys.stderr.write(result.stdout + result.stderr)
        raise SystemExit(f"{' '.join(map(str, command))} failed in {cwd or Path.cwd()}")
    return result.stdout


@dataclass(frozen=True)
class Source:
    """A clean checkout: what is not committed is in no package."""

    path: Path
    version: str
    """As meson.build has it, the one place that names it."""
    epoch_s: int
    """The time of the commit, which all files of the packages get."""

    @property
    def name(self) -> str:
        return f"dsmtpd-{self.version}"

    @property
    def meson(self) -> Path:
        return self.path / "tools" / "meson.sh"

    @property
    def environment(self) -> dict[str, str]:
        """For what builds: nothing of the place, the time or the user; and the Python tools beside our Python."""
        tools = str(Path(sys.executable).parent)
        path = os.pathsep.join([tools, os.environ.get("PATH", os.defpath)])
        fixed = {"SOURCE_DATE_EPOCH": str(self.epoch_s), "LC_ALL": "C.UTF-8", "TZ": "UTC", "PATH": path}
        # Else what is built twice to compare would be one and the same, where Meson finds a ccache.
        fixed["CCACHE_DISABLE"] = "1"
        ours = ("DEB_", "CFLAGS", "CPPFLAGS", "LDFLAGS", "DESTDIR", "MESON")
        return {**{name: value for name, value in os.environ.items() if not name.startswith(ours)}, **fixed}


def check_out(repository: Path, path: Path) -> Source:
    """Checks out the repository's current commit to a folder that does not exist yet."""
    if run("git", "status", "--porcelain", cwd=repository):
        print("warning: packages are made from the last commit; what has changed since is not in them", file=sys.stderr)
    commit = run("git", "rev-parse", "HEAD", cwd=repository).strip()
    run("git", "clone", "--quiet", "--shared", "--no-checkout", repository, path)
    run("git", "checkout", "--quiet", "--detach", commit, cwd=path)
    project = json.loads(run(repository / "tools" / "meson.sh", "introspect", "--projectinfo", path / "meson.build"))
    return Source(path, project["version"], int(run("git", "log", "-1", "--format=%ct", cwd=path)))
