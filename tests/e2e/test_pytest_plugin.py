"""The fixture `dsmtpd`, in a pytest of its own."""

from __future__ import annotations

import os

import pytest
from dsmtpd import Server
from server import ROOT, binary

SENDING = """
import os
import smtplib

def send(mails, subject, to="bob@example.com"):
    with smtplib.SMTP(mails.smtp_host, mails.smtp_port) as smtp:
        head = f"From: app@example.com\\nTo: {to}\\nSubject: {subject}\\n\\n"
        smtp.sendmail("app@example.com", [to], head + "Your code is 482913.\\n")
"""


@pytest.fixture
def inner(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A directory for tests, the plugin loaded, and the built program to be found."""
    for name in ("DSMTPD_URL", "SMTP_HOST", "SMTP_PORT", "PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", f"{binary().parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "python"))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "xdist.plugin,dsmtpd.pytest_plugin")
    return pytester


def test_each_test_sees_its_own_messages(inner: pytest.Pytester) -> None:
    inner.makepyfile(
        SENDING
        + """
import pytest

@pytest.mark.parametrize("number", range(6))
def test_one_of_many(dsmtpd, number):
    assert dsmtpd.list() == []
    send(dsmtpd, f"mail {number}")
    mail = dsmtpd.wait("to:bob")
    assert (mail.subject, mail.code) == (f"mail {number}", "482913")
    assert dsmtpd.count() == 1
    assert "SMTP_PORT" not in os.environ
"""
    )
    inner.runpytest_subprocess().assert_outcomes(passed=6)
    inner.runpytest_subprocess("-n2").assert_outcomes(passed=6)


def test_a_failure_shows_the_messages_that_arrived(inner: pytest.Pytester) -> None:
    inner.makepyfile(
        SENDING
        + """
import pytest

@pytest.fixture
def app(dsmtpd):
    return dsmtpd

def test_before(dsmtpd):
    send(dsmtpd, "of another test")

def test_waits_in_vain(app):
    send(app, "Welcome")
    app.wait("to:carol", timeout=0)

def test_nothing_came(dsmtpd):
    assert False

def test_many(dsmtpd):
    for number in range(22):
        send(dsmtpd, f"mail {number}")
    assert False

def test_server_is_gone(dsmtpd):
    dsmtpd._server.stop()
    assert False

def test_without_mails():
    assert False
"""
    )
    result = inner.runpytest_subprocess()
    result.assert_outcomes(passed=1, failed=5)
    result.stdout.fnmatch_lines(
        [
            "*NotInTime: 0 of 1 messages for 'to:carol' arrived within 0 s; others that arrived:",
            "E * app@example.com -> bob@example.com [[]Welcome[]]",
            "*- Messages that arrived -*",
            "app@example.com -> bob@example.com [[]Welcome[]]",
            "    Your code is 482913.",
            "*- dsmtpd log -*",
            "INFO: *: app@example.com -> bob@example.com [[]Welcome[]]",
            "*test_nothing_came*",
            "*- Messages that arrived -*",
            "none",
            "*test_many*",
            "2 more",
            "app@example.com -> bob@example.com [[]mail 2[]]",
            "*test_server_is_gone*",
            "*- dsmtpd -*",
            "no dsmtpd at http://127.0.0.1:*",
        ]
    )
    result.stdout.no_fnmatch_line("*of another test*")
    assert result.stdout.str().count("- Messages that arrived -") == 3


def test_the_environment_is_set_before_anything_reads_it(inner: pytest.Pytester) -> None:
    inner.makeini("[pytest]\ndsmtpd_environment = true")
    inner.makeconftest(
        "import os\n"
        "SETTINGS = {name: os.environ.get(name) for name in ('SMTP_HOST', 'SMTP_PORT', 'DSMTPD_URL')}\n"
        "import pytest\n"
        "@pytest.fixture\n"
        "def settings():\n"
        "    return SETTINGS\n"
    )
    inner.makepyfile(
        """
import pytest
from dsmtpd import Inbox

@pytest.mark.parametrize("number", range(4))
def test_settings(dsmtpd, settings, number):
    assert settings == {
        "SMTP_HOST": dsmtpd.smtp_host, "SMTP_PORT": str(dsmtpd.smtp_port), "DSMTPD_URL": dsmtpd.url + "/"
    }
    assert Inbox.from_environment().url == dsmtpd.url
    dsmtpd.put(b"From: a@example.com\\nTo: b@example.com\\n\\n")
    assert dsmtpd.count() == 1
    with open("urls.txt", "a") as urls:
        print(dsmtpd.url, file=urls)
"""
    )
    inner.runpytest_subprocess().assert_outcomes(passed=4)
    inner.runpytest_subprocess("-n2").assert_outcomes(passed=4)
    urls = (inner.path / "urls.txt").read_text().split()
    assert len(set(urls)) == 3  # that of the first run, and one a worker


def test_a_running_server_is_used(inner: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    inner.makeini("[pytest]\ndsmtpd_environment = true")
    inner.makepyfile(
        SENDING
        + """
def test_sends(dsmtpd):
    assert dsmtpd.count() == 0
    send(dsmtpd, "here")
    assert dsmtpd.wait().subject == "here"
    dsmtpd.clear()
    assert dsmtpd.count() == 0
"""
    )
    with Server(program=binary()) as server:
        server.inbox.put(b"From: a@example.com\nTo: b@example.com\nSubject: before\n\n")
        monkeypatch.setenv("DSMTPD_URL", "http://127.0.0.1:1")
        inner.runpytest_subprocess(f"--dsmtpd-url={server.url}").assert_outcomes(passed=1)
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        inner.runpytest_subprocess().assert_outcomes(passed=1)
        monkeypatch.setenv("SMTP_HOST", "192.0.2.1.invalid")
        inner.runpytest_subprocess().assert_outcomes(failed=1)
        assert [mail.subject for mail in server.inbox.list()] == ["before"]
    result = inner.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*NoServer: no dsmtpd at http://127.0.0.1:*"])
