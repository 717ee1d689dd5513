"""The ID of a message: one and the same for whoever names it, on hosts of any name."""

import os
import re
import sys

import pytest
from api_support import Api
from server import Launcher
from smtp_wire import SmtpWire

MAIL = b"Subject: hello\r\n\r\ntext\r\n"


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root can have another host name")
@pytest.mark.parametrize("host", ["plain.example", "a,b:c/d", "b\u00fcro", "with space~\\", "x" * 64, "\u20ac" * 21])
def test_id_is_the_same_everywhere(launcher: Launcher, host: str) -> None:
    wrapper = ("unshare", "--uts", "sh", "-c", 'printf %s "$0" >/proc/sys/kernel/hostname; exec "$@"', host)
    server = launcher.start("--http=127.0.0.1:0", "--log-format=json", wrapper=wrapper)
    api = Api(server)
    with SmtpWire.greeted(server.port) as wire:
        reply = wire.send_mail(MAIL)
    mail_id = api.list()["messages"][0]["ID"]
    assert re.fullmatch(r"[A-Za-z0-9._~-]+", mail_id)
    assert mail_id in reply.text
    assert mail_id in server.wait_for_log("hello").string
    assert [path.name.partition(",")[0] for path in server.messages()] == [mail_id]
    assert mail_id.encode() in server.only_mail()
    assert api.get(f"/api/v1/message/{mail_id}").json()["ID"] == mail_id
    posted = api.ask("POST", "/api/v1/messages?from=a@example.com&to=b@example.com", data=MAIL).json()["ID"]
    assert [path.name.partition(",")[0] for path in server.messages()] == [mail_id, posted]
