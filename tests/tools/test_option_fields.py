"""Fields of the server's options are called as the options are, as src/app/options.h promises."""

import re
from pathlib import Path

TABLE = Path(__file__).parents[2] / "src/app/option_table.c"
ROW = re.compile(r'\.name = "([a-z0-9-]+)".*?\b(?:CALL|SERVER|INBOX)\((\w+)\)', re.DOTALL)
UNITS = ("", "_bytes", "_s", "_ms")

# Two switches for one field, and two that end the run before any field counts.
SHARED = {"quiet": "log_level", "verbose": "log_level", "help": "action", "version": "action"}


def test_fields_are_called_as_their_options() -> None:
    rows = ROW.findall(TABLE.read_text())

    assert len(rows) > 40
    for option, field in rows:
        name = SHARED.get(option, option.replace("-", "_"))
        assert field in {name + unit for unit in UNITS}, option
