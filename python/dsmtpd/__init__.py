"""dsmtpd, a mail catcher for developers. It is a native program; this package carries it and starts it.

The command `dsmtpd` and `python -m dsmtpd` are the same.
"""

__all__ = ["program_path"]


def program_path() -> str:
    """The path of the native program, for starting it without Python in between."""
    return f"{__path__[0]}/bin/dsmtpd"
