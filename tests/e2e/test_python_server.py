"""The Python package: a server of one's own."""

from __future__ import annotations

import os
import smtplib
import socket
import subprocess
import sys
from pathlib import Path

import dsmtpd
import pytest
from dsmtpd import NotStarted, Server
from server import PATIENCE_S, ROOT, binary


def test_it_serves_until_the_block_is_left() -> None:
    with Server(program=binary()) as server:
        maildir = server.maildir
        with smtplib.SMTP(server.smtp_host, server.smtp_port, timeout=PATIENCE_S) as smtp:
            smtp.sendmail("a@example.com", ["b@example.com"], "Subject: hello\r\n\r\nhello\r\n")
        assert server.inbox.latest().subject == "hello"
        assert len(list((maildir / "new").iterdir())) == 1
        assert any("a@example.com -> b@example.com [hello]" in line for line in server.log())
        assert len(server.log()) == server.n_logged
        assert server.log(server.n_logged) == []
        assert server.environment == {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(server.smtp_port),
            "MAIL_HOST": "127.0.0.1",
            "MAIL_PORT": str(server.smtp_port),
            "DSMTPD_URL": server.url,
        }
        port = server.smtp_port
    assert not maildir.parent.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    assert "INFO: Cleaning up" in server.log()


def test_a_maildir_that_is_given_is_kept(tmp_path: Path) -> None:
    server = Server("--max-size=1000", program=binary(), maildir=tmp_path / "kept")
    for _ in range(2):  # it may be started again
        server.start()
        server.inbox.put(b"From: a@example.com\nTo: b@example.com\n\n")
        server.stop()
        server.stop()
    assert len(list((tmp_path / "kept" / "new").iterdir())) == 2
    assert any("size limit 1000" in line for line in server.log())


def test_what_the_shell_has_set_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSMTPD_WEBROOT", "/elsewhere")
    monkeypatch.setenv("DSMTPD_PORT", "nonsense")
    with Server(program=binary()) as server:
        assert server.inbox.count() == 0
        with pytest.raises(NotStarted, match="is running already"):
            server.start()


def test_a_program_that_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(NotStarted, match="was not started"):
        _ = Server(program=binary()).url
    with pytest.raises(NotStarted, match="could not be started"):
        Server(program=tmp_path / "nothing").start()
    with pytest.raises(NotStarted, match=r"(?s)did not start; its log:.*--no-such-option"):
        Server("--no-such-option", program=binary()).start()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    with pytest.raises(NotStarted, match="tmp"):
        Server(program=binary(), maildir=tmp_path / "other").start()


def test_the_program_is_found_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(binary().parent))
    with Server() as server:
        assert server.inbox.count() == 0
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NotStarted, match="in this package or on PATH"):
        Server().start()


def test_it_ends_with_the_program_that_forgets_it() -> None:
    script = "from dsmtpd import Server; import sys\ns = Server(program=sys.argv[1]); s.start(); print(s.smtp_port)"
    command = [sys.executable, "-c", script, str(binary())]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(done.stdout)))


def test_what_is_exported_is_there() -> None:
    for name in dsmtpd.__all__:
        assert getattr(dsmtpd, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = dsmtpd.nothing
    command = [
        sys.executable,
        "-c",
        "import dsmtpd, sys; print(sorted({'http.client', 'email', 'ssl'} & {*sys.modules}))",
    ]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    assert subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout == "[]\n"
