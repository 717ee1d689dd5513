"""Programs that others wrote read, move and flag what is stored, while the server goes on."""

import mailbox
import os
import pty
import select
import subprocess
from pathlib import Path

import pytest
from programs import TIMEOUT_S, require_program, run_program
from server import Launcher, Server
from smtp_wire import SmtpWire

SUBJECTS = ["first", "second", "third"]


@pytest.fixture
def full_server(server: Server, wire: SmtpWire) -> Server:
    for subject in SUBJECTS:
        header = f"From: a@example.com\r\nDate: Sun, 13 Jan 2013 14:00:07 +0100\r\nSubject: {subject}\r\n\r\n"
        wire.send_mail(header.encode() + f"Body of the {subject}: Grüße.\r\n".encode())
    return server


def run_in_terminal(arguments: list[str], env: dict[str, str]) -> None:
    """Runs a full-screen program on a terminal of its own until it ends by itself."""
    main_end, program_end = pty.openpty()
    with subprocess.Popen(
        [require_program(arguments[0]), *arguments[1:]],
        stdin=program_end,
        stdout=program_end,
        stderr=program_end,
        env={**os.environ, "TERM": "xterm", "LANG": "C.UTF-8", **env},
    ) as process:
        os.close(program_end)
        screen = b""
        try:
            while select.select([main_end], [], [], TIMEOUT_S)[0] and (chunk := os.read(main_end, 65536)):
                screen += chunk
        except OSError:
            pass  # what Linux says when the program has closed the terminal
        os.close(main_end)  # hangs up, where it waits for more
        code = process.wait(TIMEOUT_S)
        assert code == 0, screen.decode("utf-8", "replace")


def test_mutt_reads_and_marks(full_server: Server, wire: SmtpWire, tmp_path: Path) -> None:
    out = tmp_path / "read-by-mutt"
    (tmp_path / "Mail").mkdir()  # mutt asks for it else
    script = [
        "set sort=mailbox-order pipe_decode=yes wait_key=no quit=yes",
        f'push "<pipe-message>cat > {out}<enter><display-message><exit><quit>"',
    ]
    options = [word for command in script for word in ("-e", command)]
    run_in_terminal(
        ["mutt", "-n", "-F", "/dev/null", "-f", str(full_server.maildir), *options], {"HOME": str(tmp_path)}
    )
    text = out.read_text(encoding="utf-8")
    # Its first one is any: names in the same second need not sort by time.
    assert any(f"Body of the {subject}: Grüße." in text and f"Subject: {subject}\n" in text for subject in SUBJECTS)
    assert [path.name.partition(":2,")[2] for path in (full_server.maildir / "cur").iterdir()].count("S") == 1

    wire.send_mail(b"Subject: fourth\r\n\r\nafter mutt\r\n")
    assert len(full_server.messages()) == 4


def test_mblaze_lists_and_shows(full_server: Server, tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "MBLAZE": str(tmp_path), "LANG": "C.UTF-8"}
    listed = run_program(["mlist", str(full_server.maildir)], env=env).split()
    messages = [str(path) for path in full_server.messages()]
    assert sorted(listed) == sorted(messages)
    (tmp_path / "seq").write_text("")  # what mseq -S makes, and mscan looks for
    assert run_program(["mscan", "-f", "%s", *messages], env=env).split() == SUBJECTS
    assert run_program(["mhdr", "-h", "x-rcptto", messages[0]], env=env).strip() == "r@example.com"
    assert "Body of the second: Grüße." in run_program(["mshow", messages[1]], env=env)


def test_python_mailbox_reads_and_flags(full_server: Server, wire: SmtpWire) -> None:
    box = mailbox.Maildir(full_server.maildir, create=False)
    by_subject = {message["Subject"]: key for key, message in box.iteritems()}
    assert sorted(by_subject) == SUBJECTS

    read = box[by_subject["first"]]
    read.set_subdir("cur")
    read.set_flags("FS")
    box[by_subject["first"]] = read
    box.remove(by_subject["second"])

    wire.send_mail(b"Subject: fourth\r\n\r\nhello\r\n")
    fresh = mailbox.Maildir(full_server.maildir, create=False)
    assert sorted(message["Subject"] for message in fresh) == ["first", "fourth", "third"]
    assert fresh[by_subject["first"]].get_flags() == "FS"
    assert full_server.stop() == 0
    assert len(full_server.messages()) == 3


def test_what_was_read_or_deleted_stays_so_after_a_crash(full_server: Server, launcher: Launcher) -> None:
    first, second, _ = full_server.messages()
    read = full_server.maildir / "cur" / f"{first.name}:2,S"
    first.rename(read)
    second.unlink()
    kept = full_server.messages()
    full_server.kill()

    restarted = launcher.start(maildir=full_server.maildir)
    assert restarted.messages() == kept
    assert read in kept
