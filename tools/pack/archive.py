"""The source archive."""

import lzma
import shutil
import tarfile
from pathlib import Path

from pack.source import Source, run


def make_archive(source: Source, out: Path, work: Path) -> Path:
    """Makes dsmtpd-VERSION.tar.xz, which holds the commit and nothing else."""
    build = work / "archive"
    run(source.meson, "setup", build, source.path, "-Dtests=false", env=source.environment)
    run(source.meson, "dist", "-C", build, "--formats=xztar", "--no-tests", env=source.environment)
    archive = out / f"{source.name}.tar.xz"
    normalise(build / "meson-dist" / archive.name, archive, source.epoch_s)
    shutil.rmtree(build)
    return archive


def normalise(made: Path, archive: Path, epoch_s: int) -> None:
    """Takes out of a tar.xz what tells when, by whom and with which umask it was made."""
    with tarfile.open(made) as old, lzma.open(archive, "w", preset=9) as xz, tarfile.open(fileobj=xz, mode="w") as new:
        for member in sorted(old.getmembers(), key=lambda member: member.name):
            member.mtime = epoch_s
            member.uid = member.gid = 0
            member.uname = member.gname = "root"
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            new.addfile(member, old.extractfile(member) if member.isreg() else None)
