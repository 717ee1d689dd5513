"""Holds the includes in src/ to the layers of docs/design.md, follows them to the end, compiles each header alone."""

import argparse
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
DESIGN = ROOT / "docs" / "design.md"

SQLITE = "sqlite3.h"

TABLE_ROW = re.compile(r"^\| (\d+) \| ((?:`[a-z0-9]+/`(?:, )?)+) \|", re.MULTILINE)
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
ANY_INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)
DIRECTIVE = re.compile(r"^\s*#.*", re.MULTILINE)


def read_layers(design: str) -> dict[str, int]:
    """The folders of the table, each with its layer."""
    return {
        folder: int(layer)
        for layer, folders in TABLE_ROW.findall(design)
        for folder in re.findall(r"`([a-z0-9]+)/`", folders)
    }


def why_not(folder: str, included: str, layers: dict[str, int]) -> str | None:
    """What is wrong when a file of `folder` includes `included`; None when nothing is."""
    other, slash, name = included.partition("/")
    if not slash:
        return "say which folder it is in"
    if other not in layers:
        return f"docs/design.md has no layer for {other}/"
    if other == folder:
        return None
    if layers[other] >= layers[folder]:
        return f"{folder}/ is in layer {layers[folder]}, {other}/ in layer {layers[other]}"
    if name.endswith("_private.h"):
        return f"it is private to {other}/"
    return None


def check_includes(layers: dict[str, int]) -> Iterator[str]:
    for path in sorted(SOURCE.rglob("*.[ch]")):
        folder = path.relative_to(SOURCE).parts[0]
        if folder not in layers:
            yield f"{path.relative_to(ROOT)}: docs/design.md has no layer for {folder}/"
            continue
        for included in INCLUDE.findall(path.read_text(encoding="utf-8")):
            problem = why_not(folder, included, layers)
            if problem:
                yield f'{path.relative_to(ROOT)}: includes "{included}": {problem}'


def read_includes(source: Path) -> dict[str, set[str]]:
    """What each file includes, as it is written: names of ours, and those in angle brackets."""
    return {
        str(path.relative_to(source)): set(ANY_INCLUDE.findall(path.read_text(encoding="utf-8")))
        for path in sorted(source.rglob("*.[ch]"))
    }


def find_way(includes: dict[str, set[str]], start: str, target: str) -> list[str] | None:
    """By which files `start` reaches `target`, with both; None when it does not."""
    ways = [[start]]
    seen = set[str]()
    for way in ways:
        for included in sorted(includes.get(way[-1], ())):
            if included == target:
                return [*way, target]
            if included not in seen:
                seen.add(included)
                ways.append([*way, included])
    return None


def may_reach_sqlite(name: str) -> bool:
    """The index itself, and what of the store nobody else includes."""
    folder, _, file = name.partition("/")
    return folder == "index" or (folder == "store" and (file.endswith((".c", "_private.h"))))


def check_reach(includes: dict[str, set[str]]) -> Iterator[str]:
    """SQLite is the index's alone, through whatever header; and no header includes itself."""
    for name in includes:
        way = None if may_reach_sqlite(name) else find_way(includes, name, SQLITE)
        if way:
            yield f"src/{name}: reaches <{SQLITE}> through {' -> '.join(way[1:-1]) or 'nothing else'}"
        circle = find_way(includes, name, name) if name.endswith(".h") else None
        if circle:
            yield f"src/{name}: includes itself through {' -> '.join(circle[1:-1])}"


@dataclass(frozen=True)
class Compiled:
    """What a build directory compiles of src/."""

    calls: dict[str, tuple[list[str], Path]]
    """For each folder the compiler call of one of its files, up to what is written, and where it runs."""
    first: set[str]
    """What its files include before anything else: these headers the build compiles alone."""


def read_build(build: Path) -> Compiled:
    compiled = Compiled({}, set())
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        directory = Path(entry["directory"])
        path = (directory / entry["file"]).resolve()
        if path.is_relative_to(SOURCE):
            words = shlex.split(entry["command"])
            end = min(words.index(option) for option in ("-MD", "-o") if option in words)
            compiled.calls[path.relative_to(SOURCE).parts[0]] = (words[:end], directory)
            begin = DIRECTIVE.search(path.read_text(encoding="utf-8"))
            compiled.first.update(INCLUDE.findall(begin[0]) if begin else ())
    return compiled


def compile_header(header: Path, call: tuple[list[str], Path]) -> str | None:
    """The compiler's complaint about a file that includes nothing but this header; None when there is none."""
    words, directory = call
    command = [*words, "-Werror", "-fsyntax-only", "-include", str(header), "-x", "c", "/dev/null"]
    result = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    return None if result.returncode == 0 else f"{header.relative_to(ROOT)} does not compile alone:\n{result.stderr}"


def check_headers(build: Path) -> Iterator[str]:
    compiled = read_build(build)
    calls = {
        header: compiled.calls[name.parts[0]]
        for header in sorted(SOURCE.rglob("*.h"))
        if (name := header.relative_to(SOURCE)).parts[0] in compiled.calls and str(name) not in compiled.first
    }
    with ThreadPoolExecutor() as pool:
        yield from filter(None, pool.map(compile_header, calls, calls.values()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--build", type=Path, help="a configured build directory: every header has to compile alone, too"
    )
    arguments = parser.parse_args()

    layers = read_layers(DESIGN.read_text(encoding="utf-8"))
    if not layers:
        print(f"{DESIGN.relative_to(ROOT)}: the table of layers was not found", file=sys.stderr)
        return 1
    problems = [*check_includes(layers), *check_reach(read_includes(SOURCE))]
    if arguments.build:
        problems += check_headers(arguments.build)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
