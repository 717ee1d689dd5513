"""Writes src/syntax/time_zone_rows.inc from the time zones of this system.

usage: tools/update_time_zones.py > src/syntax/time_zone_rows.inc
"""

import textwrap
from collections import defaultdict
from pathlib import Path

ZONES = Path("/usr/share/zoneinfo")
# Ireland's summer time is its standard time, which GLib does not understand.
SAID_DIFFERENTLY = {"IST-1GMT0,M10.5.0,M3.5.0/1": "GMT0IST,M3.5.0/1,M10.5.0"}


def read_rules() -> dict[str, list[str]]:
    """The names of zones by what is the rule today, which is the last line of their files (RFC 9636 3.3)."""
    rules = defaultdict(list)
    for path in sorted(ZONES.rglob("*")):
        name = str(path.relative_to(ZONES))
        if path.is_file() and not name.startswith(("right/", "posix/")) and path.read_bytes().startswith(b"TZif"):
            rule = path.read_bytes().rstrip(b"\n").rpartition(b"\n")[2].decode()
            rules[SAID_DIFFERENTLY.get(rule, rule)].append(name)
    return rules


def main() -> None:
    print("/* Made by tools/update_time_zones.py. */")
    for rule, names in sorted(read_rules().items()):
        lines = textwrap.wrap(" ".join(names), 100, break_on_hyphens=False)
        print(f'{{"{rule}",')
        print("\n".join(f'" {line}{" " * (line is lines[-1])}"' for line in lines) + "},")


if __name__ == "__main__":
    main()
