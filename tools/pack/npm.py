"""The npm packages: one with the program for each processor, and `dsmtpd`, which brings the one that fits."""

import json
import platform
import shutil
from pathlib import Path

from pack.portable import Portable, write_tarball
from pack.source import Source

# Node's names of processors, by those of Linux.
PROCESSORS = {"x86_64": "x64", "aarch64": "arm64"}


def describe(template: str, version: str) -> dict[str, object]:
    """What the package.json of all of them says."""
    described: dict[str, object] = json.loads(template)
    return {**described, "version": version}


def make_npm_packages(portable: Portable, source: Source, out: Path, work: Path) -> None:
    """Makes dsmtpd-linux-PROCESSOR-VERSION.tgz and dsmtpd-VERSION.tgz, named as `npm pack` does."""
    contrib = source.path / "contrib" / "npm"
    common = describe((contrib / "package.json.in").read_text(encoding="utf-8"), source.version)
    processor = PROCESSORS[platform.machine()]
    carriers = {f"dsmtpd-linux-{name}": source.version for name in PROCESSORS.values()}
    command = {
        **common,
        "name": "dsmtpd",
        "bin": {"dsmtpd": "bin/dsmtpd"},
        "main": "index.js",
        "types": "index.d.ts",
        "optionalDependencies": carriers,
    }
    carrier = {
        **common,
        "name": f"dsmtpd-linux-{processor}",
        "description": f"The program of the package dsmtpd, for Linux on {processor}",
        "cpu": [processor],
        "preferUnplugged": True,
    }
    tree = work / "npm"
    shutil.copytree(contrib, tree / "dsmtpd", ignore=shutil.ignore_patterns("*.in"))
    shutil.copyfile(source.path / "LICENSE", tree / "dsmtpd" / "LICENSE")
    shutil.copytree(portable.tree, tree / "carrier")
    for folder, package in (("dsmtpd", command), ("carrier", carrier)):
        (tree / folder / "package.json").write_text(json.dumps(package, indent=2) + "\n", encoding="utf-8")
        name = f"{package['name']}-{source.version}.tgz"
        write_tarball(tree / folder, "package", out / name, source.epoch_s)
