"""Runs a program with a listening socket passed the way systemd does: `activate.py PROGRAM OPTION...`.

It listens at 127.0.0.1, or with ACTIVATE_DUAL set at all addresses of both families.
"""

import os
import socket
import sys

LISTEN_FDS_START = 3


def main() -> None:
    if "ACTIVATE_DUAL" in os.environ:
        listener = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    else:
        listener = socket.create_server(("127.0.0.1", 0))
    if listener.fileno() != LISTEN_FDS_START:
        os.dup2(listener.fileno(), LISTEN_FDS_START)
    os.set_inheritable(LISTEN_FDS_START, True)
    # Only the process that was started may take it; exec keeps the process.
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
    os.execv(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
