"""The Homebrew formula."""

import hashlib
from pathlib import Path

from pack.needs import Need, read_needs
from pack.source import Source


def fill_formula(template: str, version: str, sha256: str, needs: list[Need]) -> str:
    """A formula that builds the archive with that checksum."""
    names = sorted((not need.is_library, name) for need in needs for name in need.packages)
    depends = [f'  depends_on "{name}"{" => :build" if for_build else ""}' for for_build, name in names]
    filled = template.replace("  # @DEPENDS@", "\n".join(depends))
    return filled.replace("@VERSION@", version).replace("@SHA256@", sha256)


def make_formula(source: Source, archive: Path, out: Path) -> Path:
    """Makes dsmtpd.rb for the source archive."""
    template = (source.path / "contrib" / "dsmtpd.rb.in").read_text(encoding="utf-8")
    needs = read_needs(source.path / "tools" / "packages.txt", "brew")
    sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
    formula = out / "dsmtpd.rb"
    formula.write_text(fill_formula(template, source.version, sha256, needs), encoding="utf-8")
    return formula
