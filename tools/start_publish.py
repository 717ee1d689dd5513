"""Starts the workflow Publish on a tag, by GitHub's gh, and waits for its end: fails when it did."""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

WORKFLOW = "publish.yml"

# A run shows up some seconds after it was asked for.
START_S = 300
# Its jobs may wait for runners, and for people where the environments ask for an approval.
END_S = 4 * 60 * 60
# Looks in a row that may fail, each with an interval between, before a run counts as lost.
MAX_FAILED_LOOKS = 10


class PublishError(Exception):
    """Why the tag is not published, in one line."""


def gh(*arguments: str) -> str:
    result = subprocess.run(["gh", *arguments], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise PublishError(f"gh {' '.join(arguments[:2])}: {result.stderr.strip() or f'exit code {result.returncode}'}")
    return result.stdout


def wait_for(what: str, limit_s: float, interval_s: float, question: Sequence[str]) -> Any:
    """Asks gh again and again, until it answers with JSON that is not empty; a few of the looks may fail."""
    end = time.monotonic() + limit_s
    failed = 0
    while True:
        try:
            answer = json.loads(gh(*question) or "null")
            failed = 0
            if answer:
                return answer
        except PublishError:
            failed += 1
            if failed >= MAX_FAILED_LOOKS:
                raise
        if time.monotonic() >= end:
            raise PublishError(f"no sign of {what} within {limit_s:.0f} s")
        time.sleep(interval_s)


def start_publish(tag: str, interval_s: float) -> None:
    """Runs the workflow on a tag, which has no run of this kind yet, to its good end."""
    gh("workflow", "run", WORKFLOW, "--ref", tag)
    runs = ["run", "list", "--workflow", WORKFLOW, "--branch", tag, "--event", "workflow_dispatch", "--limit", "1"]
    number = wait_for(
        "its run", START_S, interval_s, [*runs, "--json", "databaseId", "--jq", ".[0].databaseId // empty"]
    )
    fields = ["--json", "status,conclusion,url", "--jq", 'select(.status == "completed")']
    ended = wait_for("its end", END_S, interval_s, ["run", "view", str(number), *fields])
    if ended["conclusion"] != "success":
        raise PublishError(f"the run ended with {ended['conclusion']}: {ended['url']}")
    print(f"published: {ended['url']}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tag")
    parser.add_argument("--interval", type=float, default=15, metavar="SECONDS", help="between two looks")
    arguments = parser.parse_args()
    try:
        start_publish(arguments.tag, arguments.interval)
    except (PublishError, OSError, ValueError) as error:
        print(f"Publish on {arguments.tag}: {error}", file=sys.stderr)
        return 1
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
