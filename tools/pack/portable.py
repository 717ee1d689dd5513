"""The program that runs on any Linux of its processor: in a wheel, and with it a tarball and the packages of npm.

It is built once, for the wheel. Debian has the static libraries that it is made of; elsewhere there is none of this.
"""

import gzip
import platform
import shutil
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from pack.licences import copy_licences
from pack.source import Source, run

# What the program needs of a system: nothing. These are the oldest that its tests start it in, of either C library.
PLATFORMS = ("manylinux_2_28", "musllinux_1_2")

# Where the build has what belongs next to the program, and where that goes in an installed tree.
PAGES = {
    "dsmtpd.1": "share/man/man1/dsmtpd.1",
    "dsmtpd": "share/bash-completion/completions/dsmtpd",
    "_dsmtpd": "share/zsh/site-functions/_dsmtpd",
    "dsmtpd.fish": "share/fish/vendor_completions.d/dsmtpd.fish",
}


@dataclass(frozen=True)
class Portable:
    """What the build of the wheel left."""

    wheel: Path
    tree: Path
    """As it is installed: bin/dsmtpd, share/, LICENSE and licences/ of what is linked into it."""


def why_not() -> str:
    """Why none can be built here; empty when it can."""
    return "" if shutil.which("dpkg") else "only Debian has the static libraries"


def build_portable(source: Source, sdist: Path, work: Path) -> Portable:
    """Builds it from the sdist."""
    with tarfile.open(sdist) as archive:
        archive.extractall(work)
    (unpacked,) = (path for path in work.iterdir() if path.is_dir())
    settings = [f"-Csetup-args=-D{option}=true" for option in ("portable", "prefer_static")]
    build = unpacked / "build"
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", f"--outdir={work}"]
    run(*command, f"-Cbuild-dir={build}", *settings, unpacked, env=source.environment)
    (wheel,) = work.glob("*.whl")
    tree = work / "tree"
    install_tree(wheel, build, tree)
    return Portable(finish_wheel(wheel, tree, source, work), tree)


def install_tree(wheel: Path, build: Path, tree: Path) -> None:
    program = tree / "bin" / "dsmtpd"
    program.parent.mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".data/scripts/dsmtpd"))
        program.write_bytes(archive.read(name))
    program.chmod(0o755)
    for page, place in PAGES.items():
        (tree / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(build / "src" / "cli" / page, tree / place)
    shutil.copyfile(build.parent / "LICENSE", tree / "LICENSE")
    copy_licences((build / "dsmtpd.map").read_text(encoding="utf-8"), tree / "licences")


def finish_wheel(wheel: Path, tree: Path, source: Source, work: Path) -> Path:
    """Adds the licences of the libraries, and says which systems the wheel is for."""
    python, place, finished = Path(sys.executable), work / "unpacked", work / "finished"
    run(python, "-m", "wheel", "unpack", "--dest", place, wheel)
    (unpacked,) = place.iterdir()
    shutil.copytree(tree / "licences", unpacked / "dsmtpd" / "licences")
    finished.mkdir()
    run(python, "-m", "wheel", "pack", "--dest-dir", finished, unpacked, env=source.environment)
    (made,) = finished.iterdir()
    tags = "--platform-tag=" + ".".join(f"{name}_{platform.machine()}" for name in PLATFORMS)
    # meson-python takes every wheel with a native file for one that needs the Python it was built with.
    run(
        python,
        "-m",
        "wheel",
        "tags",
        "--remove",
        "--python-tag=py3",
        "--abi-tag=none",
        tags,
        made,
        env=source.environment,
    )
    (made,) = finished.iterdir()
    return made


def write_tarball(tree: Path, root: str, out: Path, epoch_s: int) -> None:
    """Packs a directory as `root`, without user, time and umask."""

    def normalise(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.mtime = epoch_s
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
        return member

    with (
        out.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as archive,
    ):
        for path in sorted([tree, *tree.rglob("*")]):
            archive.add(path, Path(root) / path.relative_to(tree), recursive=False, filter=normalise)


def make_tarball(portable: Portable, source: Source, out: Path) -> Path:
    """Makes the tarball for those who use neither Python nor Node."""
    name = f"{source.name}-linux-{platform.machine()}"
    write_tarball(portable.tree, name, out / f"{name}.tar.gz", source.epoch_s)
    return out / f"{name}.tar.gz"
