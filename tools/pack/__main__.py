"""Builds all packages of the current commit, and SHA256SUMS."""

import argparse
import hashlib
import os
import shutil
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from pack.archive import make_archive
from pack.debian import make_debian_package
from pack.homebrew import make_formula
from pack.npm import make_npm_packages
from pack.portable import build_portable, make_tarball, why_not
from pack.python import make_sdist
from pack.source import Source, check_out


def make_portable_packages(source: Source, sdist: Path, out: Path, work: Path) -> None:
    """Makes the wheel, the tarball and the packages of npm."""
    portable = build_portable(source, sdist, work)
    shutil.copy(portable.wheel, out)
    make_tarball(portable, source, out)
    make_npm_packages(portable, source, out, work)


def build(repository: Path, out: Path, work: Path) -> None:
    """Fills the folder `out`, in the folder `work`; both are there and empty."""
    source = check_out(repository, work / "source")
    archive = make_archive(source, out, work)
    make_formula(source, archive, out)
    sdist = make_sdist(source, out)
    portable = work / "portable"
    portable.mkdir()
    # What one does by itself, such as configuring and packing, leaves room for the other.
    with ThreadPoolExecutor() as pool:
        packages: list[Future[object]] = []
        if why_not():
            print(f"no wheel, tarball and packages of npm: {why_not()}", file=sys.stderr)
        else:
            packages.append(pool.submit(make_portable_packages, source, sdist, out, portable))
        if shutil.which("dh") and shutil.which("dpkg-buildpackage"):
            packages.append(pool.submit(make_debian_package, source, archive, out, work))
        else:
            print("no .deb: debhelper and dpkg-buildpackage are not here", file=sys.stderr)
        for package in packages:
            package.result()
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(out.iterdir())]
    (out / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m pack", description=__doc__)
    parser.add_argument("out", type=Path, help="folder for the packages; what it holds is replaced")
    out: Path = parser.parse_args().out
    # The modes of files are in the packages.
    os.umask(0o022)
    repository = Path(__file__).resolve().parent.parent.parent
    with tempfile.TemporaryDirectory(prefix="dsmtpd-pack-") as folder:
        made, work = Path(folder, "made"), Path(folder, "work")
        made.mkdir()
        work.mkdir()
        build(repository, made, work)
        # All or nothing, as far as a reader of the folder can tell.
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(made, out)
    for path in sorted(out.iterdir()):
        print(f"{path.stat().st_size:>10} {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
