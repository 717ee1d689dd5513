"""Adds up JUnit reports, as Meson and pytest write them, into "N passed, N failed", behind the names of what failed.

Fails when any test did, or none passed.
"""

import argparse
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

# What a failing test printed is in the report as it came, and not all of that may stand in XML.
NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_report(report: Path) -> tuple[int, list[str]]:
    """How many tests of a report passed, and the names of those that failed; skipped ones are neither."""
    passed, failed = 0, []
    text = NO_XML.sub("?", report.read_text(encoding="utf-8", errors="replace"))
    for case in ElementTree.fromstring(text).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(f"{report}: {case.get('classname', '')} {case.get('name', '')}")
        elif case.find("skipped") is None:
            passed += 1
    return passed, failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reports", type=Path, nargs="*")
    parser.add_argument("--passed", type=int, default=0, help="checks that passed beside the reports")
    parser.add_argument("--failed", type=int, default=0, help="checks that failed beside the reports")
    arguments = parser.parse_args()

    reports = [read_report(report) for report in arguments.reports]
    for name in (name for _, names in reports for name in names):
        print(f"failed: {name}")
    passed = arguments.passed + sum(passed for passed, _ in reports)
    failed = arguments.failed + sum(len(names) for _, names in reports)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
