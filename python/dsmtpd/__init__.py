"""dsmtpd, a mail catcher for developers. This package contains the native program, and a client for it.

The commands `dsmtpd` and `python -m dsmtpd` are the same. `Inbox` reads the messages of a running server. `Server`
starts one for tests, and so does the fixture `dsmtpd` of pytest:

    from dsmtpd import Inbox

    inbox = Inbox("http://127.0.0.1:8025")
    with inbox.expect("to:bob@example.com", timeout=5) as mail:
        sign_up("bob@example.com")
    log_in(mail.code)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsmtpd.errors import BadQuery, DsmtpdError, NoServer, NotFound, NotInTime, NotStarted, Refused
    from dsmtpd.inbox import Inbox
    from dsmtpd.mail import Address, Attachment, Code, Finding, Link, Mail, SessionLine
    from dsmtpd.server import Server

__all__ = [
    "Address",
    "Attachment",
    "BadQuery",
    "Code",
    "DsmtpdError",
    "Finding",
    "Inbox",
    "Link",
    "Mail",
    "NoServer",
    "NotFound",
    "NotInTime",
    "NotStarted",
    "Refused",
    "Server",
    "SessionLine",
    "program_path",
]

# Imported on first use, so that starting the program does not wait for what it does not need.
_MODULES = {
    "errors": ("BadQuery", "DsmtpdError", "NoServer", "NotFound", "NotInTime", "NotStarted", "Refused"),
    "inbox": ("Inbox",),
    "mail": ("Address", "Attachment", "Code", "Finding", "Link", "Mail", "SessionLine"),
    "server": ("Server",),
}


def _script_directories() -> Iterator[str]:
    """Where installers put a package's programs: of this environment, of the user, and next to `pip --target`."""
    import sysconfig  # noqa: PLC0415

    yield sysconfig.get_path("scripts")
    yield sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user"))
    yield f"{__path__[0]}/../bin"


def program_path() -> str:
    """The path of the native program that was installed with this package. Raises FileNotFoundError."""
    import os  # noqa: PLC0415

    for directory in _script_directories():
        path = os.path.realpath(f"{directory}/dsmtpd")
        if os.access(path, os.X_OK):
            return path
    raise FileNotFoundError("the program dsmtpd is not where packages install programs")


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            import importlib  # noqa: PLC0415

            return getattr(importlib.import_module(f"dsmtpd.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
