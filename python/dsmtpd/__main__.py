"""`python -m dsmtpd`: becomes the native program."""

import os
import sys
from typing import NoReturn

from dsmtpd import program_path


def main() -> NoReturn:
    """Replaces this process with dsmtpd, with the same arguments; signals and the exit code are then its own."""
    os.execv(program_path(), ["dsmtpd", *sys.argv[1:]])


if __name__ == "__main__":
    main()
