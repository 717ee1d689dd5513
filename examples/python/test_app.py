"""The fixture `dsmtpd` comes with `pip install dsmtpd`."""

from django.test import Client
from dsmtpd.pytest_plugin import CaughtMails

import app  # noqa: F401  (it has the settings)


def test_the_code_in_the_mail_confirms_the_address(dsmtpd: CaughtMails) -> None:
    client = Client()
    client.post("/sign-up", {"email": "bob@example.com"})
    mail = dsmtpd.wait("to:bob@example.com", timeout=10)
    assert mail.subject == "Welcome to the shop"
    assert client.post("/confirm", {"email": "bob@example.com", "code": "000"}).status_code == 403
    assert client.post("/confirm", {"email": "bob@example.com", "code": mail.code}).status_code == 200


def test_each_test_has_its_own_mails(dsmtpd: CaughtMails) -> None:
    Client().post("/sign-up", {"email": "carol@example.com"})
    assert dsmtpd.wait().to[0].address == "carol@example.com"
    assert dsmtpd.count() == 1
