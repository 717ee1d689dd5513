"""What is found in a message; signatures are made by dkimpy."""

import io
import itertools
import random
import subprocess
from email.message import EmailMessage
from email.policy import SMTP

import dkim
import pytest
from api_support import Api, Json, make_mail
from PIL import Image

CANONICAL = (b"simple", b"relaxed")


@pytest.fixture(scope="module")
def key() -> bytes:
    """A private key in PEM."""
    return subprocess.run(["openssl", "genrsa", "2048"], check=True, capture_output=True).stdout


def find(api: Api, mail: EmailMessage | bytes) -> dict[str, Json]:
    """What is found in a message, by name."""
    mail_id = api.put(mail)
    told = api.get_json(f"/api/v1/message/{mail_id}/checks")
    assert told["ID"] == mail_id
    return {check["Name"]: check for check in told["Checks"]}


def test_findings_say_who_reports_them(api: Api) -> None:
    found = find(api, b"From: a@b.example\r\nFrom: c@b.example\r\nBcc: hidden@d.example\r\n\r\nx\r\n")
    assert found["many-from"] == {
        "Name": "many-from",
        "Group": "smtp",
        "Level": "error",
        "Text": "there are 2 From fields",
        "Detail": "",
        "Source": "RFC 5322 3.6",
        "Location": None,
    }
    assert (found["bcc-shown"]["Level"], found["bcc-shown"]["Detail"]) == ("warning", "hidden@d.example")
    assert {"no-date", "no-message-id", "no-subject", "senders-differ", "dkim-none"} <= set(found)
    assert {"spf-offline", "dmarc-offline"} <= set(found)


def test_a_finding_has_the_line_that_causes_it(api: Api) -> None:
    html = "<html>\n<p>Hello\n  <img src=cid:x width=1>\n"
    mail = make_mail("Hello", headers={"Bcc": "hidden@d.example"}, html=html)
    mail_id = api.put(mail)
    found = {check["Name"]: check["Location"] for check in api.get_json(f"/api/v1/message/{mail_id}/checks")["Checks"]}
    assert found["img-no-alt"] == {"In": "html", "Line": 3, "Text": "<img src=cid:x width=1>"}
    assert found["spf-offline"] is None
    raw = api.get(f"/api/v1/message/{mail_id}/raw").content.decode().split("\r\n")
    where = found["bcc-shown"]
    assert (where["In"], raw[where["Line"] - 1], where["Text"]) == (
        "raw",
        "Bcc: hidden@d.example",
        "Bcc: hidden@d.example",
    )
    assert api.message(mail_id)["HTML"].splitlines()[2].strip() == "<img src=cid:x width=1>"


def test_malformed_html_has_the_line_of_each_mistake(api: Api) -> None:
    html = """<html lang="en">
<div>
<b>x
</b></b>
<table>
text
<tr><td colspan=2 style="margin:0" style="color:red">y</td></tr></table>
<p id="a">x<ul><li id="a">y</ul></p>
<a href="#x>here</a> and <a href="#y">there</a>
&nsbp;
"""
    found = find(api, make_mail("Hello", html=html))
    assert {
        name: (check["Level"], check["Location"]["Line"], check["Detail"])
        for name, check in found.items()
        if name.startswith("html-")
    } == {
        "html-doctype": ("info", 1, ""),
        "html-unclosed": ("warning", 2, "<div>"),
        "html-stray-end": ("warning", 4, "</b>"),
        "html-nesting": ("warning", 8, "<ul> in <p>"),
        "html-table": ("warning", 6, "text"),
        "html-attribute-twice": ("warning", 7, "style"),
        "html-id-twice": ("info", 8, "a"),
        "html-quotes": ("warning", 9, '#y"'),
        "html-reference": ("warning", 10, "&nsbp;"),
    }
    assert found["html-doctype"]["Group"] == "html"
    assert found["html-table"]["Source"].startswith("WHATWG HTML, ")


def test_a_good_message_has_no_findings_but_what_cannot_be_checked(api: Api) -> None:
    html = (
        '<!doctype html><html lang="en"><body><!--[if mso]><table><tr><td><![endif]-->'
        '<p>Hello <a href="https://example.com/x">there</a><p>&check;<!--[if mso]></table><![endif]--></body></html>'
    )
    mail = make_mail("Hello", headers={"Message-ID": "<1@mail.example.com>"}, html=html)
    del mail["Date"]
    mail["Date"] = api.get("/livez").headers["Date"].replace("GMT", "+0000")
    assert {name for name, check in find(api, mail).items() if check["Level"] != "info"} == set()


def make_picture(form: str, **options: bool) -> bytes:
    """400 by 200 pixels of noise, which does not become small."""
    picture = io.BytesIO()
    Image.frombytes("RGB", (400, 200), random.Random(1).randbytes(3 * 400 * 200)).save(picture, form, **options)
    return picture.getvalue()


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("png", {}),
        ("jpeg", {}),
        ("jpeg", {"progressive": True}),
        ("gif", {}),
        ("webp", {}),
        ("webp", {"lossless": True}),
        ("bmp", {}),
    ],
)
def test_pictures_are_compared_with_how_they_are_shown(api: Api, form: str, options: dict[str, bool]) -> None:
    def find_with(*sizes: str) -> dict[str, Json]:
        mail = make_mail("x", html="".join(f'<img alt="x" src="cid:photo" {size}>' for size in sizes))
        html = mail.get_payload(1)
        assert isinstance(html, EmailMessage)
        html.add_related(make_picture(form, **options), "image", form, cid="<photo>")
        return {name: check for name, check in find(api, mail).items() if name.startswith("picture-")}

    found = find_with('width="800"', 'style="height: 50px"', 'width="400" height="400"')
    assert {name: (check["Level"], check["Detail"]) for name, check in found.items()} == {
        "picture-blurred": ("warning", "400 x 200 pixels shown as 800 x any: cid:photo"),
        "picture-wasteful": ("info", "400 x 200 pixels shown as any x 50: cid:photo"),
        "picture-distorted": ("warning", "400 x 200 pixels shown as 400 x 400: cid:photo"),
    }
    assert found["picture-blurred"]["Text"].startswith("images with fewer pixels than they are displayed with: 2.")
    assert find_with('width="200" height="100"') == {}


def sign(mail: bytes, key: bytes, canonical: tuple[bytes, bytes]) -> bytes:
    signature = dkim.sign(mail, b"s", b"example.com", key, canonicalize=canonical)
    assert isinstance(signature, bytes)
    return signature + mail


def test_bodies_are_those_that_were_signed(api: Api, key: bytes) -> None:
    messages = [
        make_mail("x", "Hello\t \n\n  there  \n\n\n").as_bytes(policy=SMTP),
        make_mail("x", "Hello", html="<p>x</p>").as_bytes(policy=SMTP),
        b"From: a@example.com\r\nSubject: x\r\n\r\n",
        b"From: a@example.com\r\nSubject: x\r\n\r\n..\r\n \r\nno end of line",
    ]
    for mail, canonical in itertools.product(messages, itertools.product(CANONICAL, CANONICAL)):
        found = find(api, sign(mail, key, canonical))
        assert "dkim-offline" in found, (mail, canonical)
        assert not {"dkim-body", "dkim-form", "dkim-none", "dkim-not-aligned", "dkim-from-unsigned"} & set(found)


def test_bodies_that_were_changed_are_found(api: Api, key: bytes) -> None:
    for canonical in itertools.product(CANONICAL, CANONICAL):
        signed = sign(make_mail("x", "Hello\n").as_bytes(policy=SMTP), key, canonical)
        found = find(api, signed + b"One line more\r\n")
        assert found["dkim-body"]["Level"] == "error"
        assert "dkim-offline" not in found
