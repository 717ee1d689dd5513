"""tools/check_layers.py finds what is reached through other headers, and headers that include themselves."""

from pathlib import Path

import check_layers
import pytest


def write_source(source: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def check(source: Path, files: dict[str, str]) -> list[str]:
    write_source(source, files)
    return list(check_layers.check_reach(check_layers.read_includes(source)))


INDEX = {"index/index.h": "#include <sqlite3.h>\n"}


def test_sqlite_is_found_through_other_headers(tmp_path: Path) -> None:
    files = {"store/store.h": '#include "index/index.h"\n', "api/list.c": '# include  "store/store.h"\n'}
    assert check(tmp_path, INDEX | files) == [
        "src/api/list.c: reaches <sqlite3.h> through store/store.h -> index/index.h",
        "src/store/store.h: reaches <sqlite3.h> through index/index.h",
    ]


def test_sqlite_is_found_where_it_is_included(tmp_path: Path) -> None:
    assert check(tmp_path, {"cli/main.c": "#include <sqlite3.h>\n"}) == [
        "src/cli/main.c: reaches <sqlite3.h> through nothing else"
    ]


@pytest.mark.parametrize("name", ["index/other.c", "store/store.c", "store/store_private.h"])
def test_index_and_what_is_private_to_the_store_may_reach_it(tmp_path: Path, name: str) -> None:
    assert check(tmp_path, INDEX | {name: '#include "index/index.h"\n'}) == []


def test_header_that_includes_itself_is_found(tmp_path: Path) -> None:
    files = {"a/one.h": '#include "a/two.h"\n', "a/two.h": '#include "a/one.h"\n'}
    assert check(tmp_path, files) == [
        "src/a/one.h: includes itself through a/two.h",
        "src/a/two.h: includes itself through a/one.h",
    ]
