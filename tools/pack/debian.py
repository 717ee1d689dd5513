"""The Debian package."""

import os
import shutil
import tarfile
from datetime import datetime, timezone
from email.utils import format_datetime
from pathlib import Path

from pack.needs import Need, read_needs
from pack.source import Source, run


def debian_version(version: str) -> str:
    """2.1.0-rc1 comes before 2.1.0, which Debian says with a tilde."""
    return version.replace("-", "~", 1) + "-1"


def fill_control(template: str, needs: list[Need]) -> str:
    packages = [name for need in needs for name in need.packages]
    return template.replace("@BUILD_DEPENDS@", ",\n ".join(packages))


def fill_copyright(template: str, licence: str) -> str:
    """With the text of LICENSE below its headline and copyright, in the form that Debian gives to paragraphs."""
    text = licence[licence.index("Redistribution and use") :].strip()
    return template.replace("@LICENSE@", "\n".join(f" {line or '.'}" for line in text.splitlines()))


def print_changelog(version: str, maintainer: str, epoch_s: int) -> str:
    """One entry: the history is in CHANGES.rst, which the package carries as changelog.gz."""
    date = format_datetime(datetime.fromtimestamp(epoch_s, timezone.utc))
    return (
        f"dsmtpd ({debian_version(version)}) unstable; urgency=medium\n\n"
        f"  * Version {version}. What has changed is told in changelog.gz.\n\n"
        f" -- {maintainer}  {date}\n"
    )


def write_debian_folder(source: Source, tree: Path) -> None:
    """Makes debian/ in an unpacked source archive: what contrib/debian has, its templates filled in."""
    debian = tree / "debian"
    shutil.copytree(tree / "contrib" / "debian", debian, ignore=shutil.ignore_patterns("*.in"))

    def template(name: str) -> str:
        return (tree / "contrib" / "debian" / f"{name}.in").read_text(encoding="utf-8")

    control = fill_control(template("control"), read_needs(tree / "tools" / "packages.txt", "apt"))
    (maintainer,) = (line.partition(": ")[2] for line in control.splitlines() if line.startswith("Maintainer: "))
    files = {
        "control": control,
        "copyright": fill_copyright(template("copyright"), (tree / "LICENSE").read_text(encoding="utf-8")),
        "changelog": print_changelog(source.version, maintainer, source.epoch_s),
    }
    for name, text in files.items():
        (debian / name).write_text(text, encoding="utf-8")


def make_debian_package(source: Source, archive: Path, out: Path, work: Path) -> Path:
    """Makes the .deb from the source archive."""
    place = work / "debian"
    with tarfile.open(archive) as tar:
        tar.extractall(place)
    tree = place / source.name
    write_debian_folder(source, tree)
    # The tests are run from the source archive by check-dist.
    options = f"nocheck noautodbgsym parallel={os.cpu_count() or 1}"
    # Not the Python tools beside our Python: debhelper goes by the system's Meson.
    env = {**source.environment, "DEB_BUILD_OPTIONS": options, "PATH": os.environ.get("PATH", os.defpath)}
    run("dpkg-buildpackage", "--build=binary", "--no-sign", cwd=tree, env=env)
    (package,) = place.glob("*.deb")
    made = Path(shutil.copy(package, out))
    shutil.rmtree(place)
    return made
