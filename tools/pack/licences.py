"""The licences of what is linked into the portable program; some of them have to go wherever it goes."""

import re
import shutil
from pathlib import Path

from pack.source import run

SYSTEM_DOCS = Path("/usr/share/doc")


def linked_archives(link_map: str) -> set[str]:
    """The static libraries of the system that the linker took something from, by the map it wrote."""
    return set(re.findall(r"^(/\S+\.a)\(", link_map, re.MULTILINE))


def owner(printed: str) -> str:
    """The package in what `dpkg --search` prints: `zlib1g-dev:amd64: /usr/lib/x86_64-linux-gnu/libz.a`."""
    return printed.partition(":")[0]


def copy_licences(link_map: str, folder: Path) -> None:
    """Fills a new directory with the copyright files of the packages that the libraries are of."""
    folder.mkdir()
    # The compiler names them by way of its own directory.
    archives = {str(Path(path).resolve()) for path in linked_archives(link_map)}
    for package in {owner(run("dpkg", "--search", path)) for path in archives}:
        shutil.copyfile(SYSTEM_DOCS / package / "copyright", folder / package)
