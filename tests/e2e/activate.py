"""Runs a program with a listening socket passed the way systemd does: `activate.py PROGRAM OPTION...`."""

import os
import socket
import sys

LISTEN_FDS_START = 3


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    if listener.fileno() != LISTEN_FDS_START:
        os.dup2(listener.fileno(), LISTEN_FDS_START)
    os.set_inheritable(LISTEN_FDS_START, True)
    # Only the process that was started may take it; exec keeps the process.
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
    os.execv(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
