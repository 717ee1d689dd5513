"""Checks that a tag is of the version in meson.build, and prints whether that is a pre-release, for a workflow."""

import argparse
import os
import sys
from pathlib import Path

from bump import read_version


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tag", help="such as v1.2.3 or v1.2.3-rc1")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the checkout (default: the current directory)")
    arguments = parser.parse_args()

    try:
        version = read_version(arguments.root)
    except (ValueError, OSError) as error:
        print(f"check_tag: {error}", file=sys.stderr)
        return 1
    if arguments.tag != f"v{version}":
        print(f"check_tag: the tag is {arguments.tag}, and meson.build says {version}", file=sys.stderr)
        return 1
    print(f"prerelease={'true' if version.prerelease else 'false'}")
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
