"""Becomes the native program.

Imports as little as possible: pathlib alone would take as long as the program needs to be ready.
"""

import os
import sys
from typing import NoReturn

from dsmtpd import program_path


def main() -> NoReturn:
    """Replaces this process with dsmtpd, with the same arguments; signals and exit code are those of the program."""
    os.execv(program_path(), ["dsmtpd", *sys.argv[1:]])


if __name__ == "__main__":
    main()
