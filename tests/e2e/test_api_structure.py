"""How a message is made, and its HTML as the page frames it."""

import base64
import email
import email.policy
import re
from email.message import EmailMessage, Message
from typing import Any

from api_support import Api, Json, make_mail

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))


def make_rich_mail(html: str) -> EmailMessage:
    mail = make_mail("Größe", "The text\n", {"X-Long": "word " * 40 + "end"}, html=html)
    html_part: Any = mail.get_payload()[1]  # type: ignore[index]
    html_part.add_related(PNG, "image", "png", cid="<pic@1>", filename="pic.png", disposition="inline")
    mail.add_attachment("eins\nzwei\n", filename="größe.txt")
    return mail


def assert_same(part: Json, other: Message) -> None:
    """A part is what Python's email package takes it for."""
    assert part["ContentType"] == other.get_content_type()
    assert part["FileName"] == (other.get_filename() or "")
    assert part["Disposition"] == (other.get_content_disposition() or "")
    assert part["Encoding"] == other.get("Content-Transfer-Encoding", "")
    # Parameters that are encoded stay so: they are no text.
    texts = [(name, value) for name, value in other.items() if name != "Content-Disposition"]
    assert [(f["Name"], f["Text"]) for f in part["Fields"] if f["Name"] != "Content-Disposition"] == texts
    below = [child for child in other.get_payload() if isinstance(child, Message)] if other.is_multipart() else []
    assert len(part["Parts"]) == len(below)
    if not below:
        payload = other.get_payload(decode=True)
        assert isinstance(payload, bytes)
        assert abs(part["Size"] - len(payload)) <= 2  # the line end in front of a boundary
    for child, other_child in zip(part["Parts"], below, strict=True):
        assert_same(child, other_child)


def test_structure(api: Api) -> None:
    data = make_rich_mail('<img src="cid:pic@1">').as_bytes(policy=email.policy.SMTP)
    mail_id = api.put(data, ["one@example.com", "two@example.com"], "bounce@example.com")
    told = api.get_json(f"/api/v1/message/{mail_id}/structure")
    assert told["ID"] == mail_id
    envelope = told["Envelope"]
    assert (envelope["From"], envelope["To"]) == ("bounce@example.com", ["one@example.com", "two@example.com"])
    assert (envelope["Protocol"], envelope["TLS"], envelope["Username"]) == ("ESMTP", "", "")
    assert_same(told["Structure"], email.message_from_bytes(data, policy=email.policy.default))
    kinds = [part["Kind"] for part in told["Structure"]["Parts"]]
    assert (told["Structure"]["Kind"], kinds) == ("container", ["container", "attachment"])
    raw = {field["Name"]: field["Raw"] for field in told["Structure"]["Fields"]}
    assert raw["Subject"].strip().startswith("=?utf-8?")
    assert "\n " in raw["X-Long"].replace("\r", "")


def test_the_structure_of_many_levels(api: Api) -> None:
    levels = 120
    mail = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(levels))
    mail_id = api.put(mail)
    part = api.get_json(f"/api/v1/message/{mail_id}/structure")["Structure"]
    depth = 0
    while part["Parts"]:
        [part] = part["Parts"]
        depth += 1
    assert depth == 100
    assert part["Kind"] == "attachment"


def test_remote(api: Api) -> None:
    html = (
        '<style>@import "https://a.example/s.css";p{background:url(//a.example/b.png)}</style>'
        '<img src="https://a.example/i.png" srcset="https://a.example/2.png 2x"><img src="cid:x">'
        '<link rel="preconnect" href="https://a.example"><a href="https://a.example/link">x</a>'
    )
    mail_id = api.put(make_mail(html=html))
    told = api.get_json(f"/api/v1/message/{mail_id}/remote")
    assert [(one["Kind"], one["URL"]) for one in told["Remote"]] == [
        ("stylesheet", "https://a.example/s.css"),
        ("image", "//a.example/b.png"),
        ("image", "https://a.example/i.png"),
        ("image", "https://a.example/2.png"),
        ("resource", "https://a.example"),
    ]
    mail_id = api.put(make_mail())
    assert api.get_json(f"/api/v1/message/{mail_id}/remote")["Remote"] == []


def policy_of(api: Api, mail_id: str, **wishes: int) -> dict[str, str]:
    """The Content Security Policy of a framed view, by directive."""
    reply = api.get(f"/view/{mail_id}.html", frame=1, **wishes)
    assert reply.status_code == 200
    assert reply.headers["X-DNS-Prefetch-Control"] == "off"
    directives = (directive.split(" ", 1) for directive in reply.headers["Content-Security-Policy"].split("; "))
    return {words[0]: words[1] for words in directives}


def test_a_framed_view_has_no_origin_and_all_it_needs(api: Api) -> None:
    html = '<link rel=preconnect href="//a.example"><a href="https://a.example">x</a><img src="cid:pic@1">'
    mail_id = api.put(make_rich_mail(html))
    for wishes in ({}, {"remote": 1}, {"bare": 1}, {"dark": 1}):
        policy = policy_of(api, mail_id, **wishes)
        assert policy["sandbox"] == "allow-popups allow-popups-to-escape-sandbox"
        assert (policy["default-src"], policy["base-uri"], policy["form-action"]) == ("'none'",) * 3
        assert "script-src" not in policy
    assert policy_of(api, mail_id)["img-src"] == "data:"
    assert policy_of(api, mail_id, remote=1)["img-src"] == "data: http: https:"
    assert "img-src" not in policy_of(api, mail_id, bare=1)
    page = api.get(f"/view/{mail_id}.html", frame=1).text
    assert "<link" not in page
    assert '<a target="_blank" rel="noreferrer noopener" href=' in page
    [picture] = re.findall(r'src="data:image/png;base64,([^"]*)"', page)
    assert base64.b64decode(picture) == PNG
    assert "<link rel=preconnect" in api.get(f"/view/{mail_id}.html", frame=1, remote=1).text
    assert "filter:invert" in api.get(f"/view/{mail_id}.html", frame=1, dark=1).text


def test_a_printed_view_has_a_heading(api: Api) -> None:
    mail_id = api.put(make_mail("<b>&", html="<html><body bgcolor=white><p>x</p>"))
    page = api.get(f"/view/{mail_id}.html", print=1).text
    assert "<b>Subject:</b> &lt;b&gt;&amp;</div>" in page
    assert page.index("<body") < page.index("Subject:") < page.index("<p>x</p>")
