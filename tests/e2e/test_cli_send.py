"""dsmtpd send, as itself and as the sendmail of programs that others wrote."""

import subprocess
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
from api_support import Api
from cli_support import EXIT_INVALID_MAILDIR, EXIT_NO_SERVER, EXIT_USAGE, Cli
from programs import require_program, run_program
from server import PATIENCE_S, binary, clean_environment

EXIT_DATA = 65


@pytest.fixture
def sendmail(tmp_path: Path) -> Path:
    """dsmtpd by that name."""
    path = tmp_path / "bin" / "sendmail"
    path.parent.mkdir()
    path.symlink_to(binary())
    return path


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    """A Maildir without a server."""
    path = tmp_path / "mail"
    for directory in ("tmp", "new", "cur"):
        (path / directory).mkdir(parents=True)
    return path


class Sender:
    """Calls sendmail for messages that go to a place."""

    def __init__(self, sendmail: Path, directory: Path, **place: str) -> None:
        self.sendmail = sendmail
        self.environment = clean_environment({**Cli(directory).environment, **place})

    def send(self, *options: str, mail: bytes = b"Subject: hi\n\nbody\n", code: int = 0) -> bytes:
        """What it printed."""
        process = subprocess.run(
            [self.sendmail, *options],
            input=mail,
            capture_output=True,
            env=self.environment,
            timeout=PATIENCE_S,
            check=False,
        )
        assert process.returncode == code, process.stderr
        assert process.stderr.count(b"\n") == (1 if code else 0), process.stderr
        return process.stdout


@pytest.fixture
def sender(sendmail: Path, maildir: Path, tmp_path: Path) -> Sender:
    return Sender(sendmail, tmp_path, DSMTPD_DIRECTORY=str(maildir))


def only_mail(maildir: Path) -> Message:
    [path] = (maildir / "new").iterdir()
    return message_from_bytes(path.read_bytes())


def envelope(mail: Message) -> tuple[str, str]:
    return str(mail["X-MailFrom"]), str(mail["X-RcptTo"])


@pytest.mark.parametrize(
    "options",
    [
        ["-oi", "-f", "me@x.example", "--", "bob@y.example"],
        ["-i", "-fme@x.example", "bob@y.example"],
        ["-bm", "-r", "me@x.example", "-oem", "-odb", "-O", "DeliveryMode=b", "bob@y.example"],
        [
            "-N",
            "success,failure",
            "-R",
            "hdrs",
            "-V",
            "id",
            "-B8BITMIME",
            "-v",
            "-fme@x.example",
            "Bob <bob@y.example>",
        ],
    ],
)
def test_options_of_callers_are_accepted(sender: Sender, maildir: Path, options: list[str]) -> None:
    sender.send(*options)
    assert envelope(only_mail(maildir)) == ("me@x.example", "bob@y.example")


def test_recipients_of_the_message_are_read_and_bcc_is_hidden(sender: Sender, maildir: Path) -> None:
    sender.send("-ti", mail=b"To: a@x.example\r\nBcc: b@x.example\r\nSubject: hi\r\n\r\n.\r\nrest\r\n")
    mail = only_mail(maildir)
    assert mail["X-RcptTo"] == "a@x.example, b@x.example"
    assert mail["Bcc"] is None
    assert mail.get_payload() == ".\nrest\n"


def test_message_ends_at_a_dot_and_bytes_stay(sender: Sender, maildir: Path) -> None:
    sender.send("bob@y.example", mail=b"Subject: raw\n\n\x80\xff\0\r.\n.\nnot this\n")
    [path] = (maildir / "new").iterdir()
    assert path.read_bytes().endswith(b"\n\n\x80\xff\0\r.\n")


def test_exit_codes_are_those_of_sysexits(sender: Sender, sendmail: Path, tmp_path: Path) -> None:
    sender.send(code=EXIT_USAGE)
    sender.send("-Z", "bob@y.example", code=EXIT_USAGE)
    sender.send("-bp", code=EXIT_USAGE)
    sender.send("-t", code=EXIT_DATA)
    sender.send("not an@address@at.all", code=EXIT_DATA)
    sender.send(*(f"somebody.of.a.long.name.{i}@example.com" for i in range(1000)), code=EXIT_DATA)
    nobody = Sender(sendmail, tmp_path, DSMTPD_URL="http://127.0.0.1:9")
    nobody.send("bob@y.example", code=EXIT_NO_SERVER)
    nowhere = Sender(sendmail, tmp_path, DSMTPD_DIRECTORY=str(tmp_path))
    nowhere.send("bob@y.example", code=EXIT_INVALID_MAILDIR)


def test_smtp_is_spoken_on_standard_input(sender: Sender, maildir: Path) -> None:
    mail = b"MAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\nDATA\r\nSubject: %d\r\n\r\n..\nx\r\n.\r\n"
    said = sender.send("-bs", mail=b"EHLO me.example\r\n" + mail % 1 + b"NOOP 1 2\r\nRSET\r\n" + mail % 2 + b"QUIT\r\n")
    codes = [line[:3] for line in said.splitlines() if line[3:4] == b" "]
    assert codes == b"220 250 250 250 354 250 250 250 250 250 354 250 221".split()
    paths = sorted((maildir / "new").iterdir())
    assert [path.read_bytes().rpartition(b"\n\n")[2] for path in paths] == [b".\nx\n", b".\nx\n"]
    assert all(b"X-Bare-LF: " in path.read_bytes() for path in paths)


def test_smtp_that_is_cut_off_stores_nothing(sender: Sender, maildir: Path) -> None:
    sender.send("-bs", mail=b"EHLO x\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\nDATA\r\nSubject: half\r\n")
    assert list((maildir / "new").iterdir()) == []


def test_running_server_gets_the_message(api: Api, tmp_path: Path) -> None:
    cli = Cli(tmp_path, "--server", api.url)
    process = subprocess.run(
        [binary(), "send", "--server", api.url, "-f", "", "bob@y.example"],
        input=b"Subject: to a server\n\nbody\n",
        env=clean_environment(cli.environment),
        timeout=PATIENCE_S,
        check=False,
    )
    assert process.returncode == 0
    [mail] = api.search('subject:"to a server"')["messages"]
    assert api.message(mail["ID"])["ReturnPath"] == ""
    assert "\tbob@y.example\t" in cli.run("list").out  # though no header names him


def test_php_mail(sender: Sender, maildir: Path) -> None:
    script = (
        "mail('bob@y.example', 'from PHP', \"Hello\\nPHP\\n\", ['From' => 'web@x.example', 'Bcc' => 'eve@y.example'],"
    )
    script += " '-fbounce@x.example') or exit(1);"
    run_program(["php", "-d", f"sendmail_path={sender.sendmail} -t -i", "-r", script], env=sender.environment)
    mail = only_mail(maildir)
    assert envelope(mail) == ("bounce@x.example", "bob@y.example, eve@y.example")
    assert (mail["Subject"], mail["From"], mail["Bcc"]) == ("from PHP", "web@x.example", None)
    assert str(mail.get_payload()).rstrip() == "Hello\nPHP"


def test_mutt(sender: Sender, maildir: Path, tmp_path: Path) -> None:
    settings = [f'set sendmail="{sender.sendmail} -oem -oi"', "set use_envelope_from", "set from=mutt@x.example"]
    options = [word for setting in settings for word in ("-e", setting)]
    arguments = ["mutt", "-n", "-F", "/dev/null", *options, "-s", "from mutt", "-b", "eve@y.example", "bob@y.example"]
    run_program(arguments, stdin=b"Hello\n.\nmutt\n", env={**sender.environment, "HOME": str(tmp_path)})
    mail = only_mail(maildir)
    assert envelope(mail) == ("mutt@x.example", "bob@y.example, eve@y.example")
    assert str(mail.get_payload()).endswith("Hello\n.\nmutt\n")


def test_git_send_email(sender: Sender, maildir: Path, tmp_path: Path) -> None:
    require_program("git-send-email")
    patch = tmp_path / "0001.patch"
    patch.write_text(
        "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\n"
        "From: Author <author@x.example>\nDate: Tue, 24 Nov 2026 12:00:00 +0000\nSubject: [PATCH] mend\n\n"
        "---\n file | 1 +\n"
    )
    options = [f"--sendmail-cmd={sender.sendmail} -i", "--to=list@y.example", "--from=git@x.example", "--confirm=never"]
    environment = {**sender.environment, "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    for who in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{who}_NAME": "Git", f"GIT_{who}_EMAIL": "git@x.example"}
    run_program(["git", "send-email", *options, "--quiet", str(patch)], env=environment, cwd=tmp_path)
    mail = only_mail(maildir)
    assert mail["Subject"] == "[PATCH] mend"
    assert set(str(mail["X-RcptTo"]).split(", ")) == {"list@y.example", "author@x.example"}


def test_caller_like_cron(sender: Sender, maildir: Path) -> None:
    """Vixie's cron: an address without domain, a From with a comment, no Date, no Message-ID."""
    mail = b"From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@host> true\n\noutput\n"
    sender.send("-FCronDaemon", "-i", "-B8BITMIME", "-oem", "root", mail=mail)
    stored = only_mail(maildir)
    assert str(stored["X-RcptTo"]).startswith("root@")
    assert stored["From"] == "root (Cron Daemon)"
    assert stored["Date"] is not None
    assert stored["Message-ID"] is not None
