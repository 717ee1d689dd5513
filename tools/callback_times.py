"""Runs tests with a program that measures its callbacks, and prints those of servers that took most CPU time at a time.

Fails when the longest took more than the limit in every one of some runs."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

SERVERS = ("serve", "run")
N_SHOWN = 8


def read_times(lines: Iterable[str], program: Path) -> dict[str, int]:
    """The most microseconds of a call in a server, by where the function is in the program, or in what library."""
    most: dict[str, int] = {}
    for line in lines:
        command, file, where, max_us, _, _ = line.split()
        name = where if Path(file).name == program.name else f"{Path(file).name} {where}"
        if command in SERVERS:
            most[name] = max(most.get(name, 0), int(max_us))
    return most


def merge(runs: list[dict[str, int]]) -> dict[str, int]:
    """What each function took at least in all runs: a page fault at the wrong moment is not the function's."""
    return {name: min(run.get(name, 0) for run in runs) for name in runs[0]}


def run_tests(command: list[str], program: Path) -> dict[str, int]:
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as file:
        environment = {**os.environ, "DSMTPD_BINARY": str(program), "CALLBACK_TIMES": file.name}
        if subprocess.run(command, env=environment, check=False).returncode != 0:
            sys.exit("the tests failed")
        return read_times(file, program)


def name_function(program: Path, where: str) -> str:
    """Its name and its line; what is in a library stays as it is."""
    if " " in where:
        return where
    asked = ["addr2line", "--functions", "--basenames", f"--exe={program}", where]
    return " ".join(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=Path)
    parser.add_argument("command", nargs="+", help="what runs the tests")
    parser.add_argument("--limit-ms", type=float, default=20)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()

    program = arguments.program.absolute()
    limit_us = arguments.limit_ms * 1000
    runs: list[dict[str, int]] = []
    times: dict[str, int] = {}
    while not runs or (len(runs) < arguments.runs and max(times.values(), default=0) > limit_us):
        runs.append(run_tests(arguments.command, program))
        times = merge(runs)
    if not times:
        sys.exit("no server said what its callbacks took")

    ordered = sorted(times.items(), key=lambda row: -row[1])
    print(f"CPU time of the callbacks of the loop, the most in one call (limit {arguments.limit_ms:g} ms):")
    for where, max_us in ordered[:N_SHOWN]:
        print(f"  {max_us / 1000:8.3f} ms  {name_function(program, where)}")
    return int(ordered[0][1] > limit_us)


if __name__ == "__main__":
    sys.exit(main())
