"""The licences of the libraries that a wheel brings; some of them have to go wherever the library goes."""

import re
import shutil
import sys
from pathlib import Path

from pack.source import Source, run

SYSTEM_DOCS = Path("/usr/share/doc")


def original_name(bundled: str) -> str:
    """The name that a library had before auditwheel put a part of its checksum into it."""
    return re.sub(r"-[0-9a-f]{8}(?=\.)", "", bundled, count=1)


def owner(printed: str) -> str:
    """The package in what `dpkg --search` prints: `zlib1g:amd64: /lib/x86_64-linux-gnu/libz.so.1.2.13`."""
    return printed.partition(":")[0]


def add_licences(wheel: Path, source: Source, out: Path) -> Path:
    """Writes the wheel anew into `out`, with the licences beside the libraries. Only Debian says where they are."""
    if not shutil.which("dpkg"):
        print(f"{wheel.name} lacks the licences of its libraries: there is no dpkg to find them", file=sys.stderr)
        return wheel
    python = Path(sys.executable)
    place = out / "unpacked"
    run(python, "-m", "wheel", "unpack", "--dest", place, wheel)
    (tree,) = place.iterdir()
    libraries = [path.name for path in (tree / "dsmtpd.libs").iterdir()]
    folder = tree / "dsmtpd.libs" / "licences"
    folder.mkdir()
    for package in {owner(run("dpkg", "--search", f"*/{original_name(name)}")) for name in libraries}:
        shutil.copyfile(SYSTEM_DOCS / package / "copyright", folder / package)
    run(python, "-m", "wheel", "pack", "--dest-dir", out, tree, env=source.environment)
    shutil.rmtree(place)
    (made,) = out.glob("*.whl")
    return made
