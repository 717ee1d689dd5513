"""Becomes the native program.

The less is imported here, the sooner that is: pathlib alone would take as long as the program needs to be ready.
"""

import os
import sys
from typing import NoReturn

from dsmtpd import program_path


def main() -> NoReturn:
    """Replaces this process by dsmtpd, with our arguments; signals and the exit code are then its own."""
    os.execv(program_path(), ["dsmtpd", *sys.argv[1:]])


if __name__ == "__main__":
    main()
