"""Puts the files of web/ into a C file, each also compressed; their paths are named by the hash of all of them.

Comments of scripts and style sheets stay here, which saves a fifth on the way; lines keep their numbers.

Pages are made of templates. Where one says `{files}/` it gets the path of the files as seen from the page's own, so the
inbox has a page for each depth of path; where it says `{preloads}` it gets the modules that its script imports, one
after another, so that the browser need not find them out step by step.
"""

import argparse
import gzip
import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Each page with its template and what leads from its path to the root: /, /view/ID, /api/v1/.
PAGES = {"list.html": ("index.html", ""), "mail.html": ("index.html", "../"), "api.html": ("api/index.html", "../../")}
TEMPLATES = {template for template, _ in PAGES.values()}

# Not `import(…)`, which is for what is loaded later.
IMPORT = re.compile(r"""^(?:import|export)\s(?:[^"';]*?\sfrom\s)?["'](\.[^"']+)["'];""", re.MULTILINE)

# Not what stands before or after code.
COMMENT = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*$", re.MULTILINE | re.DOTALL)

SCRIPT = re.compile(r'<script type="module" src="\{files\}/([^"]+)">')


def imports_of(folder: Path, module: str, found: dict[str, None] | None = None) -> dict[str, None]:
    """A module and all it imports, as paths in the folder, each once."""
    found = {} if found is None else found
    if module not in found:
        found[module] = None
        for name in IMPORT.findall((folder / module).read_text(encoding="utf-8")):
            imports_of(folder, os.path.normpath(Path(module).parent / name), found)
    return found


def print_page(folder: Path, template: str, root: str, digest: str) -> str:
    """A template as it is served from where `root` leads to the root."""
    page = (folder / template).read_text(encoding="utf-8")
    script = SCRIPT.search(page)
    if script is None:
        raise SystemExit(f"{folder / template} has no script {SCRIPT.pattern}")
    modules = list(imports_of(folder, script.group(1)))[1:]
    preloads = "\n    ".join(f'<link rel="modulepreload" href="{{files}}/{module}" />' for module in modules)
    return page.replace("{preloads}", preloads).replace("{files}", f"{root}page/{digest}")


def hash_of(folder: Path, files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        octets = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()} {len(octets)}\n".encode() + octets)
    return digest.hexdigest()[:16]


def without_comments(text: str) -> str:
    """A script or style sheet without the comments that have lines of their own, and with as many lines as before."""
    return COMMENT.sub(lambda match: "\n" * match.group().count("\n"), text)


def read_served(path: Path) -> bytes:
    octets = path.read_bytes()
    return without_comments(octets.decode()).encode() if path.suffix in (".js", ".css") else octets


def lay_out(folder: Path, files: list[Path], digest: str, stage: Path) -> Iterator[str]:
    """Writes what is served, and each compressed beside it, below `stage`; gives their paths."""
    served = {f"files/{path.relative_to(folder).as_posix()}": read_served(path) for path in files}
    served |= {name: print_page(folder, *page, digest).encode() for name, page in PAGES.items()}
    for name, octets in served.items():
        (stage / name).parent.mkdir(parents=True, exist_ok=True)
        (stage / name).write_bytes(octets)
        (stage / f"{name}.gz").write_bytes(gzip.compress(octets, 9, mtime=0))
        yield from (name, f"{name}.gz")


def compile_resources(compiler: str, stage: Path, names: list[str], *targets: Path) -> None:
    """Writes the C file and the header."""
    entries = "\n".join(f"    <file>{name}</file>" for name in names)
    description = stage / "page.gresource.xml"
    description.write_text(
        f'<gresources>\n  <gresource prefix="/dsmtpd/page">\n{entries}\n  </gresource>\n</gresources>\n',
        encoding="utf-8",
    )
    for option, target in zip(("--generate-source", "--generate-header"), targets, strict=True):
        words = [compiler, f"--sourcedir={stage}", "--c-name=page_data", "--internal", option, f"--target={target}"]
        subprocess.run([*words, str(description)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", default="glib-compile-resources")
    parser.add_argument("--depfile", type=Path, required=True)
    parser.add_argument("folder", type=Path, help="web/")
    parser.add_argument("source", type=Path, help="the C file to write")
    parser.add_argument("header", type=Path, help="the header to write")
    arguments = parser.parse_args()

    folder: Path = arguments.folder
    below = sorted(folder.rglob("*"))
    templates = [folder / template for template in sorted(TEMPLATES)]
    files = [path for path in below if path.is_file() and path not in templates]
    digest = hash_of(folder, [*files, *templates])
    with tempfile.TemporaryDirectory() as stage:
        names = list(lay_out(folder, files, digest, Path(stage)))
        compile_resources(arguments.compiler, Path(stage), names, arguments.source, arguments.header)
    with arguments.header.open("a", encoding="utf-8") as header:
        header.write(f'\n#define PAGE_HASH "{digest}"\n')
    # The folders too: a file that is new makes theirs newer.
    depends = " ".join(str(path) for path in [folder, *below])
    arguments.depfile.write_text(f"{arguments.source} {arguments.header}: {depends}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
