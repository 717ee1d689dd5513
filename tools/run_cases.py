#!/usr/bin/env python3
"""Runs a folder of cases against a dsmtpd and says which went wrong.

A folder of cases has up to three folders: mail/, whose check.py takes the URL of a server; server/, programs that exit
with 0 when all is well; and security/, programs that attack a server they start themselves and print what they saw,
which is judged here. Each case runs in a network namespace of its own, so fixed ports never collide; that needs root.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import multiprocessing
import os
import re
import signal
import smtplib
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

PORT, HTTP_PORT = 1025, 8025
CASE_LIMIT_S = 300
START_LIMIT_S = 20
SIOCSIFFLAGS, IFF_UP_RUNNING = 0x8914, 0x49

# What memory a server may take while clients do not read: 256 MiB of answers (docs/http.md) and itself.
MEMORY_LIMIT_MIB = 400
# A request answered within this time was not held up by others, even on a busy machine.
PROMPT_S = 3.0


@dataclass(frozen=True)
class Needs:
    """What a program of server/ is given: a server with these options, and these arguments."""

    arguments: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    has_server: bool = True
    n_messages: int = 0


SERVER_CASES = {
    "06-dsn-parameters.py": Needs((str(PORT),)),
    "08-sends-all-and-closes.py": Needs((str(PORT), "{maildir}")),
    "09-lf-alone-in-the-mail.py": Needs((str(PORT),), ("--timeout=4",)),
    "10-dots-in-local-part.py": Needs((str(PORT),)),
    "11-ehlo-name-in-a-code-page.py": Needs((str(PORT),)),
    "15-output-into-head.sh": Needs(("{maildir}",), n_messages=100),
    "16-addresses-that-1.2.1-took.py": Needs((str(PORT),)),
}


def numbers(pattern: str, output: str) -> list[float]:
    return [float(number) for number in re.findall(pattern, output)]


def judge_index_path(output: str) -> bool:
    files = re.findall(r"files.*", output)
    return bool(files) and "TOPSECRET" not in output and all("outside/abs" in f and "outside/up" in f for f in files)


def judge_memory(output: str) -> bool:
    peaks = numbers(r"\bpeak (\d+)", output)
    return bool(peaks) and max(peaks) <= MEMORY_LIMIT_MIB


def judge_slow_readers(output: str) -> bool:
    worst = numbers(r"worst http ([\d.]+)s", output)
    return bool(worst) and max(worst) <= PROMPT_S and judge_memory(output)


def judge_delete_early(output: str) -> bool:
    left = re.findall(r"files left (\d+) total (\d+)", output)
    return bool(left) and all(counts == ("0", "0") for counts in left)


def judge_ready(output: str) -> bool:
    removed = re.findall(r"Maildir removed:.*readyz \((\d+)", output)
    again = re.findall(r"made again, later: b'(\d+).*?readyz (\d+)", output)
    return bool(removed) and "200" not in removed and bool(again) and set(again) == {("250", "200")}


def judge_sparse(output: str) -> bool:
    waits = numbers(r"list while two readers are held: ([\d.]+)s", output)
    return bool(waits) and max(waits) <= PROMPT_S


def judge_reindex_tags(output: str) -> bool:
    counts = re.findall(r"tagged before (\d+) \| server after the kill (\d+) .*after reindex again (\d+)", output)
    return bool(counts) and all(len(set(row)) == 1 and row[0] != "0" for row in counts)


Judge = Callable[[str], bool]

# The attacks: program, arguments, and what its output has to say.
SECURITY_CASES: list[tuple[str, tuple[str, ...], Judge]] = [
    ("index_path.py", (), judge_index_path),
    ("http_mem_answers.py", ("150",), judge_memory),
    ("stream_mem.py", ("ws", "200", "60"), judge_memory),
    ("stream_mem.py", ("sse", "300", "100"), judge_slow_readers),
    ("stream_mem.py", ("mh", "300", "100"), judge_slow_readers),
    ("delete_early.py", (), judge_delete_early),
    ("ready.py", (), judge_ready),
    ("sparse.py", (), judge_sparse),
    ("reindex_tags.py", (), judge_reindex_tags),
]


@dataclass(frozen=True)
class Case:
    """A program to run, the server it needs, and how its output is judged; by its exit code without a judge."""

    name: str
    program: Path
    needs: Needs
    judge: Judge | None = None


def list_cases(folder: Path) -> Iterator[Case]:
    """All cases of a folder, the quick ones first."""
    check = folder / "mail" / "check.py"
    if check.exists():
        yield Case("mail", check, Needs((f"http://127.0.0.1:{HTTP_PORT}",), (f"--http=127.0.0.1:{HTTP_PORT}",)))
    for program in sorted((folder / "server").glob("*.*")):
        yield Case(f"server/{program.name}", program, SERVER_CASES.get(program.name, Needs(has_server=False)))
    for name, arguments, judge in SECURITY_CASES:
        program = folder / "security" / name
        if program.exists():
            yield Case(" ".join((f"security/{name}", *arguments)), program, Needs(arguments, has_server=False), judge)


def enter_network() -> None:
    """Moves this process into a network namespace of its own, whose loopback interface is up."""
    clone_newnet = 0x40000000
    import ctypes  # noqa: PLC0415  # os.unshare() needs Python 3.12

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(clone_newnet) != 0:
        raise OSError(ctypes.get_errno(), "a network namespace cannot be made; run this as root")
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", IFF_UP_RUNNING, b""))


@contextlib.contextmanager
def running_server(binary: Path, options: tuple[str, ...], work: Path) -> Iterator[Path]:
    """A server at the usual port; the value is its Maildir."""
    maildir = work / "mail"
    web = () if any(option.startswith("--http") for option in options) else ("--http=off",)
    command = [
        binary,
        f"--directory={maildir}",
        f"--port={PORT}",
        f"--state-directory={work / 'state'}",
        *web,
        *options,
    ]
    with (work / "log").open("wb") as log, subprocess.Popen(command, stderr=log) as server:
        try:
            deadline = time.monotonic() + START_LIMIT_S
            while b"Storing" not in (work / "log").read_bytes():
                if server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the server did not start: {(work / 'log').read_text(errors='replace')}")
                time.sleep(0.02)
            yield maildir
        finally:
            server.terminate()


def send_messages(count: int) -> None:
    """Stores so many messages of some 8 KiB, more than a pipe holds."""
    if count == 0:
        return
    with smtplib.SMTP("127.0.0.1", PORT) as smtp:
        for number in range(count):
            text = f"Subject: message {number}\r\n\r\n" + 100 * f"{'text':80}\r\n"
            smtp.sendmail("alice@example.com", ["bob@example.com"], text)


def run_case(case: Case, binary: Path) -> bool:
    """Runs one case in this process's network and prints what it says when it went wrong."""
    with tempfile.TemporaryDirectory(prefix="case-") as folder, contextlib.ExitStack() as stack:
        work = Path(folder)
        maildir = work / "mail"
        work.chmod(0o755)  # some cases become another user
        if case.needs.has_server:
            stack.enter_context(running_server(binary, case.needs.options, work))
            send_messages(case.needs.n_messages)
        arguments = [argument.format(maildir=maildir) for argument in case.needs.arguments]
        interpreter = "bash" if case.program.suffix == ".sh" else sys.executable
        environment = {**os.environ, "DSMTPD": str(binary), "TMPDIR": folder, "PYTHONPATH": str(case.program.parent)}
        (work / "run").mkdir()
        result = subprocess.run(
            [interpreter, case.program, *arguments],
            check=False,
            cwd=work / "run",
            env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=CASE_LIMIT_S,
        )
        output = result.stdout.decode(errors="replace")
        good = case.judge(output) if case.judge else result.returncode == 0
        lines = [f"{'ok   ' if good else 'WRONG'} {case.name}"]
        if not good:
            lines += [f"      {line}" for line in output.splitlines()[-40:]]
        print("\n".join(lines), flush=True)
        return good


def run_apart(case: Case, binary: Path) -> bool:
    """Runs a case in this process, made for it alone, in a network of its own."""
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)  # nohup and background jobs ignore them, and so would all programs here
    try:
        enter_network()
        return run_case(case, binary)
    except (OSError, RuntimeError, subprocess.TimeoutExpired) as error:
        print(f"WRONG {case.name}: {error}", flush=True)
        return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary", type=Path, help="the dsmtpd to try")
    parser.add_argument("folder", type=Path, help="the folder of cases")
    parser.add_argument("--jobs", type=int, default=2, help="so many cases at a time")
    parser.add_argument("names", nargs="*", help="only cases whose name contains one of these words")
    arguments = parser.parse_args()

    cases = [
        case
        for case in list_cases(arguments.folder.resolve())
        if not arguments.names or any(name in case.name for name in arguments.names)
    ]
    if not cases:
        parser.error(f"there are no such cases in {arguments.folder}; make cases takes the folder as CASES=FOLDER")
    with multiprocessing.Pool(arguments.jobs, maxtasksperchild=1) as pool:
        tasks = [(case, arguments.binary.resolve()) for case in cases]
        verdicts = pool.starmap(run_apart, tasks, chunksize=1)
    print(f"{sum(verdicts)} of {len(verdicts)} cases are right")
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
