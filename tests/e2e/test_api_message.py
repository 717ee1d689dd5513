"""One message: each field, headers, bytes and parts, checked against Python's email package where it knows them."""

import email
import email.policy
import hashlib
import io
import zipfile
from base64 import encodebytes
from datetime import datetime, timezone
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from typing import Any

import pytest
from api_support import Api, Json, make_mail, running_api
from PIL import Image


def is_read(api: Api, mail_id: str) -> bool:
    return next(bool(mail["Read"]) for mail in api.list(limit=1000)["messages"] if mail["ID"] == mail_id)


# One message with everything.

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))


@pytest.fixture
def rich(api: Api) -> tuple[str, bytes]:
    """Its ID and its bytes."""
    mail = make_mail(
        "Rich",
        "The text\n",
        {
            "From": "Ä. Sender <sender@example.com>",
            "To": "One <one@example.com>, two@example.com",
            "Cc": "Three <three@example.com>",
            "Reply-To": "four@example.com, five@example.com",
            "Message-ID": "<rich@example.com>",
            "List-Unsubscribe": "<mailto:off@example.com>, <https://example.com/off>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        html='<p>Text <img src="cid:pic@1"></p>',
    )
    html_part: Any = mail.get_payload()[1]  # type: ignore[index]
    html_part.add_related(PNG, "image", "png", cid="<pic@1>", filename="pic.png", disposition="inline")
    mail.add_attachment("eins\nzwei\n", filename="größe.txt")
    mail.add_attachment(b"%PDF-1.7 \x00\xff", "application", "pdf", filename="a b.pdf")
    octets = mail.as_bytes(policy=email.policy.SMTP)
    return api.put(octets, ["one@example.com", "blind@example.com"], "bounce@example.com"), octets


def test_the_whole_message(api: Api, rich: tuple[str, bytes]) -> None:
    mail_id, octets = rich
    mail = api.message(mail_id)
    attachments = mail.pop("Attachments")
    inline = mail.pop("Inline")
    assert datetime.fromisoformat(mail.pop("Created")) <= datetime.now(timezone.utc)
    assert mail == {
        "ID": mail_id,
        "MessageID": "rich@example.com",
        "Read": True,
        "Flagged": False,
        "From": {"Name": "Ä. Sender", "Address": "sender@example.com"},
        "To": [{"Name": "One", "Address": "one@example.com"}, {"Name": "", "Address": "two@example.com"}],
        "Cc": [{"Name": "Three", "Address": "three@example.com"}],
        "Bcc": [{"Name": "", "Address": "blind@example.com"}],
        "ReplyTo": [{"Name": "", "Address": "four@example.com"}, {"Name": "", "Address": "five@example.com"}],
        "ReturnPath": "bounce@example.com",
        "Subject": "Rich",
        "ListUnsubscribe": {
            "Header": "<mailto:off@example.com>, <https://example.com/off>",
            "Links": ["mailto:off@example.com", "https://example.com/off"],
            "Errors": "",
            "HeaderPost": "List-Unsubscribe=One-Click",
        },
        "Date": "2026-10-13T08:20:30Z",
        "Tags": [],
        "Username": "",
        "Snippet": "Text",
        "Text": "The text\n",
        "HTML": '<p>Text <img src="cid:pic@1"></p>\n',
        "Size": len(octets),
    }
    assert [part["FileName"] for part in attachments] == ["größe.txt", "a b.pdf"]
    assert [(part["FileName"], part["ContentID"], part["ContentType"]) for part in inline] == [
        ("pic.png", "pic@1", "image/png")
    ]


def leaves(message: Message) -> list[Message]:
    return [part for part in message.walk() if not part.is_multipart()]


def test_parts_are_what_python_reads(api: Api, rich: tuple[str, bytes]) -> None:
    mail_id, octets = rich
    by_name = {name: part for part in leaves(email.message_from_bytes(octets)) if (name := part.get_filename())}
    mail = api.message(mail_id)
    shown = mail["Inline"] + mail["Attachments"]
    assert len(shown) == len(by_name) == 3
    names = {str(make_header(decode_header(name))): part for name, part in by_name.items()}
    for part in shown:
        content = names[part["FileName"]].get_payload(decode=True)
        assert isinstance(content, bytes)
        assert part["Size"] == len(content)
        assert part["Checksums"] == {
            "MD5": hashlib.md5(content).hexdigest(),
            "SHA1": hashlib.sha1(content).hexdigest(),
            "SHA256": hashlib.sha256(content).hexdigest(),
        }
        reply = api.get(f"/api/v1/message/{mail_id}/part/{part['PartID']}")
        assert reply.content == content
        assert reply.headers["Content-Type"].startswith(part["ContentType"])


def test_a_part_says_its_name(api: Api, rich: tuple[str, bytes]) -> None:
    mail = api.message(rich[0])
    part = f"/api/v1/message/{rich[0]}/part/{mail['Attachments'][0]['PartID']}"
    disposition = api.get(part).headers["Content-Disposition"]
    assert disposition.startswith("inline;")
    assert "filename*=UTF-8''gr%C3%B6%C3%9Fe.txt" in disposition
    assert api.get(part, dl=1).headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize("part", ["9", "1.9", "x", "0.0", "1%2e%2e", "-1", "99999999999999999999"])
def test_an_unknown_part_is_404(api: Api, rich: tuple[str, bytes], part: str) -> None:
    api.expect_rejected(404, "GET", f"/api/v1/message/{rich[0]}/part/{part}")
    api.expect_rejected(404, "GET", f"/api/v1/message/{rich[0]}/part/{part}/thumb")


def test_raw_is_what_was_sent(api: Api, rich: tuple[str, bytes]) -> None:
    reply = api.get(f"/api/v1/message/{rich[0]}/raw")
    assert reply.content == rich[1]
    assert reply.headers["Content-Type"].startswith("text/plain")
    assert "Content-Disposition" not in reply.headers
    saved = api.get(f"/api/v1/message/{rich[0]}/raw", dl=1)
    assert saved.headers["Content-Disposition"] == f'attachment; filename="{rich[0]}.eml"'


def test_raw_has_ranges_and_a_tag(api: Api, rich: tuple[str, bytes]) -> None:
    path = f"/api/v1/message/{rich[0]}/raw"
    ranged = api.ask("GET", path, headers={"Range": "bytes=5-9"})
    assert (ranged.status_code, ranged.content) == (206, rich[1][5:10])
    assert api.ask("GET", path, headers={"If-None-Match": ranged.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    "octets",
    [
        b"no headers at all\r\n",
        b"\r\nbody\r\n",
        b" folded first: x\r\nSubject: y\r\n\r\n\r\n\r\n",
        b"From someone Mon Jan 1\r\nSubject: mbox\r\n\r\n.dot\r\n..dots\r\nFrom here\r\n",
        b"Subject: 8bit\r\n\r\n" + bytes(range(128, 256)) + b"\r\n",
        b"Subject: long\r\n\r\n" + b"x" * 100_000 + b"\r\n",
        b"Return-Path: <x@example.com>\r\nX-Peer: 1\r\nX-MailFrom: y\r\nX-RcptTo: z\r\nSubject: own block\r\n\r\n",
    ],
    ids=["no-headers", "empty-header", "folded-first", "mbox", "8bit", "long", "block-like"],
)
def test_raw_is_exact_whatever_was_sent(api: Api, octets: bytes) -> None:
    mail_id = api.put(octets)
    assert api.get(f"/api/v1/message/{mail_id}/raw").content == octets
    assert api.message(mail_id)["Size"] == len(octets)


def test_headers_are_unfolded_and_not_decoded(api: Api) -> None:
    mail_id = api.put(
        b"received: one\r\nReceived: two\r\nSUBJECT: =?utf-8?q?gr=C3=B6=C3=9Fe?=\r\n"
        b"x-folded: a\r\n\tb\r\n  c\r\nmessage-id: <x@y>\r\nmime-version: 1.0\r\nX-Empty:\r\nx-raw: caf\xc3\xa9\r\n\r\n"
    )
    assert api.get_json(f"/api/v1/message/{mail_id}/headers") == {
        "Received": ["one", "two"],
        "Subject": ["=?utf-8?q?gr=C3=B6=C3=9Fe?="],
        "X-Folded": ["a\tb  c"],
        "Message-Id": ["<x@y>"],
        "Mime-Version": ["1.0"],
        "X-Empty": [""],
        "X-Raw": ["café"],
    }


@pytest.mark.parametrize(
    ("path", "marks"),
    [
        ("/api/v1/message/{id}", True),
        ("/view/{id}.txt", True),
        ("/view/{id}.html", True),
        ("/api/v1/message/{id}/link-check", True),
        ("/api/v1/message/{id}/raw", False),
        ("/api/v1/message/{id}/headers", False),
        ("/api/v1/message/{id}/part/1", False),
    ],
)
def test_reading_marks_as_read(api: Api, path: str, marks: bool) -> None:
    mail_id = api.put(make_mail(html="<p>x</p>"))
    assert not is_read(api, mail_id)
    assert api.get(path.format(id=mail_id)).status_code == 200
    assert is_read(api, mail_id) == marks


def test_latest_is_the_newest_that_a_search_finds(api: Api) -> None:
    first = api.put(make_mail("needle one"))
    second = api.put(make_mail("other"))
    assert api.message("latest")["ID"] == second
    assert api.message("latest", query="subject:needle")["ID"] == first
    assert api.get("/api/v1/message/latest/raw", query="needle").content.count(b"needle one") == 1
    api.expect_rejected(404, "GET", "/api/v1/message/latest?query=nothing-like-this")


@pytest.mark.parametrize("what", ["", "/headers", "/raw", "/part/1", "/part/1/thumb", "/html-check", "/link-check"])
@pytest.mark.parametrize("mail_id", ["nope", "..%2fnew", "%2e%2e", "LATEST", "x-00000000000000000000000000000000"])
def test_an_unknown_message_is_404(api: Api, mail_id: str, what: str) -> None:
    assert api.get(f"/api/v1/message/{mail_id}{what}").status_code in ((404,) if "%" not in mail_id else (400, 404))


def test_latest_of_none_is_404(api: Api) -> None:
    api.clear()
    for path in ("/api/v1/message/latest", "/view/latest.html", "/view/latest.txt", "/view/latest"):
        api.expect_rejected(404, "GET", path)


# Dates.


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Tue, 13 Oct 2026 10:20:30 +0200", "2026-10-13T08:20:30Z"),
        ("13 Oct 2026 10:20 -0700", "2026-10-13T17:20:00Z"),
        ("Thu, 13 Feb 1969 23:32:54 -0330", "1969-02-14T03:02:54Z"),
        ("Fri, 21 Nov 1997 09:55:06 -0600 (comment)", "1997-11-21T15:55:06Z"),
    ],
)
def test_the_date_is_an_instant(api: Api, date: str, expected: str) -> None:
    mail_id = api.put(f"Date: {date}\r\n\r\n".encode())
    assert api.message(mail_id)["Date"] == expected


@pytest.mark.parametrize("header", ["", "Date: nonsense\r\n", "Date:\r\n"])
def test_without_a_date_it_is_when_it_came(api: Api, header: str) -> None:
    mail_id = api.put(f"{header}Subject: x\r\n\r\n".encode())
    age = datetime.now(timezone.utc) - datetime.fromisoformat(api.message(mail_id)["Date"])
    assert abs(age.total_seconds()) < 300


# Text in any charset.


SUBJECTS = [
    (b"Subject: =?utf-8?Q?gr=C3=B6=C3=9Fe?=\r\n", "größe"),
    (b"Subject: =?UTF-8?b?Z3LDtsOfZQ==?=\r\n", "größe"),
    (b"Subject: =?iso-8859-1?Q?caf=E9?=\r\n", "café"),
    (b"Subject: =?windows-1252?Q?=80_=84quoted=93?=\r\n", "€ „quoted“"),
    (b"Subject: =?koi8-r?B?8NLJ18XU?=\r\n", "Привет"),
    (b"Subject: =?shift_jis?B?k/qWew==?=\r\n", "日本"),
    (b"Subject: =?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=\r\n", "日本"),
    (b"Subject: =?utf-8?Q?one?= =?utf-8?Q?two?=\r\n", "onetwo"),
    (b"Subject: =?utf-8?B?5pel?=\r\n =?utf-8?B?5pys?=\r\n", "日本"),
    (b"Subject: a =?utf-8?Q?b?= c\r\n", "a b c"),
    ("Subject: größe\r\n".encode(), "größe"),
]


@pytest.mark.parametrize(("header", "expected"), SUBJECTS, ids=range(len(SUBJECTS)))
def test_subjects_are_decoded(api: Api, header: bytes, expected: str) -> None:
    assert api.message(api.put(header + b"\r\n"))["Subject"] == expected


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("utf-8", "größe 日本"),
        ("iso-8859-1", "größe"),
        ("windows-1252", "„größe“ €"),
        ("koi8-r", "Привет, мир"),
        ("shift_jis", "こんにちは"),
        ("iso-2022-jp", "こんにちは"),
        ("gb18030", "你好"),
    ],
)
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_texts_are_decoded(api: Api, charset: str, encoding: str, text: str) -> None:
    mail = Message()
    mail["Content-Type"] = f'text/plain; charset="{charset}"'
    mail["Content-Transfer-Encoding"] = encoding
    octets = f"{text}\r\n".encode(charset)
    encoded = encodebytes(octets).decode() if encoding == "base64" else "".join(f"={byte:02X}" for byte in octets)
    mail.set_payload(encoded)
    mail_id = api.put(mail.as_bytes(policy=email.policy.SMTP))
    assert api.message(mail_id)["Text"].strip() == text


def test_an_unknown_charset_does_not_fail(api: Api) -> None:
    mail_id = api.put(b"Content-Type: text/plain; charset=x-nowhere\r\n\r\ncaf\xc3\xa9 \xff\r\n")
    assert "caf" in api.message(mail_id)["Text"]


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        (b"filename*=utf-8''gr%C3%B6%C3%9Fe.txt", "größe.txt"),
        (b"filename*=iso-8859-1'de'gr%F6%DFe.txt", "größe.txt"),
        (b"filename*0=one; filename*1=two.txt", "onetwo.txt"),
        (b"filename*0*=utf-8''%E6%97%A5; filename*1*=%E6%9C%AC.txt", "日本.txt"),
        (b'filename="=?utf-8?Q?gr=C3=B6=C3=9Fe=2Etxt?="', "größe.txt"),
        (b'filename="../../etc/passwd"', "passwd"),
        (b'filename="C:\\\\x\\\\y.exe"', "y.exe"),
        (b'filename="a\tb.txt"', "ab.txt"),
    ],
)
def test_file_names_are_decoded_and_tame(api: Api, parameter: bytes, expected: str) -> None:
    mail_id = api.put(
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/x-y\r\n"
        b"Content-Disposition: attachment; " + parameter + b"\r\n\r\nx\r\n--b--\r\n"
    )
    [attachment] = api.message(mail_id)["Attachments"]
    assert attachment["FileName"] == expected


# Kinds of messages.


def test_text_is_made_of_html(api: Api) -> None:
    mail_id = api.put(b"Content-Type: text/html\r\n\r\n<p>Hello <b>you</b></p><style>x</style>\r\n")
    mail = api.message(mail_id)
    assert mail["Text"].strip() == "Hello you"
    assert mail["HTML"].startswith("<p>Hello")


def test_a_message_of_text_has_no_html(api: Api) -> None:
    assert api.message(api.put(make_mail()))["HTML"] == ""


def test_a_message_in_a_message_is_one_attachment(api: Api) -> None:
    inner = make_mail("inner")
    inner.add_attachment(b"x", "application", "x-y", filename="deep.bin")
    outer = make_mail("outer")
    outer.add_attachment(inner)
    mail_id = api.put(outer)
    [attachment] = api.message(mail_id)["Attachments"]
    assert attachment["ContentType"] == "message/rfc822"
    content = api.get(f"/api/v1/message/{mail_id}/part/{attachment['PartID']}").content
    assert email.message_from_bytes(content)["Subject"] == "inner"
    assert attachment["Size"] == len(content)


def test_a_made_message_id_stays_the_same(api: Api) -> None:
    mail_id = api.put(b"Subject: no id\r\n\r\n")
    made = api.message(mail_id)["MessageID"]
    assert "@" in made
    assert "<" not in made
    assert api.list(limit=1)["messages"][0]["MessageID"] == made


@pytest.mark.parametrize(
    ("headers", "links", "problem"),
    [
        ("<https://a.example/x>", ["https://a.example/x"], ""),
        ("https://a.example/x", [], "angle brackets"),
        ("<ftp://a.example>", [], "mailto:"),
        ("<https://a.example>\r\nList-Unsubscribe-Post: yes", ["https://a.example"], "One-Click"),
        ("<mailto:a@b>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click", ["mailto:a@b"], "https:"),
    ],
)
def test_list_unsubscribe_is_checked(api: Api, headers: str, links: list[str], problem: str) -> None:
    mail_id = api.put(f"List-Unsubscribe: {headers}\r\n\r\n".encode())
    told = api.message(mail_id)["ListUnsubscribe"]
    assert told["Links"] == links
    assert problem in told["Errors"] if problem else told["Errors"] == ""


def nested(levels: int) -> bytes:
    start = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(levels)
    )
    return start + b"Content-Type: text/plain\r\n\r\ndeep\r\n"


MALFORMED = {
    "unended-multipart": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx",
    "no-boundary": b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nx\r\n",
    "bad-base64": b"Content-Transfer-Encoding: base64\r\n\r\n!!!===\xff\r\n",
    "bad-qp": b"Content-Transfer-Encoding: quoted-printable\r\n\r\n=ZZ=\xff=\r\n",
    "odd-encoding": b"Content-Transfer-Encoding: x-what\r\n\r\nx\r\n",
    "type-of-rubbish": b"Content-Type: ;;;===\r\n\r\nx\r\n",
    "control-characters": b"Subject: a\x01\x7fb\r\nFrom: \x02 <\x03>\r\n\r\n\x04\r\n",
    "deep": nested(1000),
    "wide": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 10_000 + b"--b--\r\n",
    "many-headers": b"X: y\r\n" * 20_000 + b"\r\nx\r\n",
    "many-addresses": b"To: " + b",\r\n ".join(b"a%d@example.com" % i for i in range(5000)) + b"\r\n\r\n",
    "nothing": b"\r\n",
}


@pytest.mark.parametrize("octets", MALFORMED.values(), ids=MALFORMED)
def test_malformed_messages_are_listed_and_readable(api: Api, octets: bytes) -> None:
    mail_id = api.put(octets)
    assert api.list(limit=1)["messages"][0]["ID"] == mail_id
    mail = api.message(mail_id)
    for path in ("raw", "headers", "link-check"):
        assert api.get(f"/api/v1/message/{mail_id}/{path}").status_code == 200
    for part in (mail["Attachments"] + mail["Inline"])[:5]:
        assert api.get(f"/api/v1/message/{mail_id}/part/{part['PartID']}").status_code == 200
    assert api.get(f"/view/{mail_id}.txt").status_code == 200


# Thumbnails.


def picture(kind: str, size: tuple[int, int], colour: str = "red") -> bytes:
    octets = io.BytesIO()
    Image.new("RGB", size, colour).save(octets, kind)
    return octets.getvalue()


def thumbnail_of(api: Api, octets: bytes, subtype: str = "png") -> Image.Image:
    mail = make_mail()
    mail.add_attachment(octets, "image", subtype, filename="p")
    mail_id = api.put(mail)
    [attachment] = api.message(mail_id)["Attachments"]
    reply = api.get(f"/api/v1/message/{mail_id}/part/{attachment['PartID']}/thumb")
    assert reply.headers["Content-Type"] == "image/jpeg"
    image = Image.open(io.BytesIO(reply.content))
    assert (image.format, image.size) == ("JPEG", (180, 120))
    return image.convert("RGB")


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 40 for a, b in zip(pixel, colour, strict=True))


RED = (255, 0, 0)
WHITE = (255, 255, 255)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
@pytest.mark.parametrize("size", [(2000, 1000), (90, 60), (1000, 1000)])
def test_a_thumbnail_shows_the_picture_in_its_middle(api: Api, kind: str, size: tuple[int, int]) -> None:
    thumbnail = thumbnail_of(api, picture(kind, size))
    assert near(thumbnail.getpixel((90, 60)), RED)
    corner = WHITE if size != (180, 120) else RED
    assert near(thumbnail.getpixel((1, 1)), corner)


@pytest.mark.parametrize(
    "octets",
    [
        b"no picture",
        b"",
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 100,
        b"\xff\xd8\xff" + b"\x00" * 100,
        b"GIF89a" + b"\xff" * 50,
        picture("PNG", (5000, 5000)),
        picture("JPEG", (300, 300))[:400],
    ],
    ids=["text", "empty", "bad-png", "bad-jpeg", "bad-gif", "too-many-pixels", "cut-jpeg"],
)
def test_what_is_not_an_image_is_blank(api: Api, octets: bytes) -> None:
    thumbnail = thumbnail_of(api, octets)
    assert near(thumbnail.getpixel((90, 60)), WHITE) or octets[:3] == b"\xff\xd8\xff"


# Views.


def test_the_html_has_its_pictures(api: Api, rich: tuple[str, bytes]) -> None:
    reply = api.get(f"/view/{rich[0]}.html")
    assert reply.headers["Content-Type"].startswith("text/html")
    assert "sandbox" in reply.headers["Content-Security-Policy"]
    assert "allow-scripts" not in reply.headers["Content-Security-Policy"]
    [source] = [piece.split('"')[0] for piece in reply.text.split('src="')[1:]]
    assert source.startswith(f"/api/v1/message/{rich[0]}/part/")
    assert api.get(source).content == PNG


def test_an_embedded_view_opens_links_elsewhere(api: Api) -> None:
    mail_id = api.put(make_mail(html='<a href="https://x.example" target="_top">x</a>'))
    assert "_blank" not in api.get(f"/view/{mail_id}.html").text
    embedded = api.get(f"/view/{mail_id}.html", embed=1).text
    assert '<a target="_blank" rel="noreferrer noopener" href=' in embedded


def test_the_text_is_plain(api: Api) -> None:
    mail_id = api.put(make_mail(text="<script>größe</script>\n"))
    reply = api.get(f"/view/{mail_id}.txt")
    assert (reply.text, reply.headers["Content-Type"]) == ("<script>größe</script>\n", "text/plain; charset=utf-8")


def test_without_html_there_is_no_html_view(api: Api) -> None:
    mail_id = api.put(make_mail())
    api.expect_rejected(404, "GET", f"/view/{mail_id}.html")


def test_latest_leads_to_the_page_of_the_message(api: Api) -> None:
    first = api.put(make_mail("needle two"))
    second = api.put(make_mail("x", html="<p>x</p>"))
    assert api.get("/view/latest").headers["Location"] == f"/view/{second}"
    assert api.get("/view/latest", query="needle two").headers["Location"] == f"/view/{first}"
    assert api.get(f"/view/{second}").headers["Content-Type"].startswith("text/html")
    assert "<p>x</p>" in api.get("/view/latest.html").text
    assert api.get("/view/latest.txt", query="needle two").text == "text\n"


def test_a_web_root_stands_before_every_path(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running_api(tmp_path_factory.mktemp("api-root"), "--webroot=/box") as api:
        mail_id = api.put(make_mail(html="<p>x</p>"))
        assert api.get_json("/box/api/v1/messages")["total"] == 1
        assert api.get("/box/view/latest").headers["Location"] == f"/box/view/{mail_id}"
        api.expect_rejected(404, "GET", "/api/v1/messages")


# Checks.


def test_links_are_listed_and_not_fetched(api: Api) -> None:
    html = (
        '<link rel="stylesheet" href="https://css.example/s"><link rel=icon href="https://icon.example/">'
        '<a href="https://a.example/?x=1&amp;y=2">a</a><img src="http://img.example/i.png">'
        '<a href="https://a.example/?x=1&amp;y=2">again</a><a href="mailto:x@y">m</a><a href="javascript:x">j</a>'
    )
    mail_id = api.put(make_mail(text="See https://text.example/path. And (http://b.example/c)!\n", html=html))
    check = api.get_json(f"/api/v1/message/{mail_id}/link-check", follow="true")
    assert check["Errors"] == 0
    assert [link["URL"] for link in check["Links"]] == [
        "https://css.example/s",
        "https://a.example/?x=1&y=2",
        "http://img.example/i.png",
        "https://text.example/path",
        "http://b.example/c",
    ]
    assert {link["StatusCode"] for link in check["Links"]} == {0}
    assert all("not fetched" in link["Status"] for link in check["Links"])


def test_spamassassin_is_off(api: Api) -> None:
    mail_id = api.put(make_mail())
    assert "SpamAssassin" in api.expect_rejected(400, "GET", f"/api/v1/message/{mail_id}/sa-check")


def test_all_attachments_are_one_archive(api: Api, rich: tuple[str, bytes]) -> None:
    mail_id, _ = rich
    reply = api.get(f"/api/v1/message/{mail_id}/attachments.zip")
    assert reply.headers["Content-Type"] == "application/zip"
    assert reply.headers["Content-Disposition"] == f'attachment; filename="{mail_id}.zip"'
    archive = zipfile.ZipFile(io.BytesIO(reply.content))
    assert archive.testzip() is None
    assert {name: archive.read(name) for name in archive.namelist()} == {
        "pic.png": PNG,
        "größe.txt": b"eins\r\nzwei\r\n",
        "a b.pdf": b"%PDF-1.7 \x00\xff",
    }


def test_files_of_one_name_get_a_number_in_the_archive(api: Api) -> None:
    mail = make_mail("Same")
    for content, name in [
        (b"1", "a.txt"),
        (b"2", "a.txt"),
        (b"3", "a (2).txt"),
        (b"4", "a.txt"),
        (b"5", "../../x"),
        (b"6", "x"),
    ]:
        mail.add_attachment(content, "application", "octet-stream", filename=name)
    archive = zipfile.ZipFile(io.BytesIO(api.get(f"/api/v1/message/{api.put(mail)}/attachments.zip").content))
    assert [(name, archive.read(name)) for name in archive.namelist()] == [
        ("a.txt", b"1"),
        ("a (2).txt", b"2"),
        ("a (2) (2).txt", b"3"),
        ("a (3).txt", b"4"),
        ("x", b"5"),
        ("x (2)", b"6"),
    ]


def test_without_attachments_there_is_no_archive(api: Api) -> None:
    mail_id = api.put(make_mail("None"))
    assert "no attachments" in api.expect_rejected(404, "GET", f"/api/v1/message/{mail_id}/attachments.zip")


def test_the_html_is_checked_against_what_mail_programs_show(api: Api) -> None:
    html = (
        "<html><head><style>\n@media (prefers-color-scheme: dark) {\n a:hover { display: grid } }</style></head>"
        '<body><dialog>x</dialog><p align="left">y</p><p>z</p></body></html>'
    )
    mail_id = api.put(make_mail(html=html))
    check = api.get_json(f"/api/v1/message/{mail_id}/html-check")
    assert set(check) == {"Warnings", "Platforms", "FamilyNames", "PlatformNames", "Total"}
    assert check["FamilyNames"]["apple-mail"] == "Apple Mail"
    assert check["PlatformNames"]["ios"] == "iOS"
    warnings = {warning["Slug"]: warning for warning in check["Warnings"]}
    assert {
        "html-dialog",
        "css-at-media",
        "css-at-media-prefers-color-scheme",
        "css-display-grid",
        "css-pseudo-class-hover",
    } <= set(warnings)
    assert {"html-video", "css-gap", "html-table"}.isdisjoint(warnings)
    dialog = warnings["html-dialog"]
    assert set(dialog) == {
        *("Slug", "Title", "Description", "URL", "Category", "Keywords", "Tags", "Results", "NotesByNumber", "Score"),
        "Location",
    }
    assert (dialog["Category"], dialog["Title"]) == ("html", "<dialog> element")
    assert dialog["URL"] == "https://www.caniemail.com/features/html-dialog/"
    assert dialog["Location"]["Line"] == 3
    grid = warnings["css-display-grid"]["Location"]
    assert grid == {"In": "html", "Line": 3, "Text": dialog["Location"]["Text"]}
    score = dialog["Score"]
    assert score["Found"] == 1
    assert score["Supported"] + score["Partial"] + score["Unsupported"] == pytest.approx(100)
    results = dialog["Results"]
    assert score["Unsupported"] == pytest.approx(
        100 * sum(result["Support"] == "no" for result in results) / len(results)
    )
    assert {"Name": "Gmail iOS (2019-02)", "Platform": "ios", "Family": "gmail", "Version": "2019-02"}.items() <= next(
        result for result in results if (result["Family"], result["Platform"]) == ("gmail", "ios")
    ).items()
    assert "Gmail" in check["Platforms"]["ios"]
    total = check["Total"]
    assert total["Nodes"] == 7
    assert total["Tests"] > 250
    assert total["Supported"] + total["Partial"] + total["Unsupported"] == pytest.approx(100)


def test_html_that_all_show_has_no_warnings(api: Api) -> None:
    mail_id = api.put(b"Content-Type: text/html\r\n\r\nplain<br>text\r\n")
    check = api.get_json(f"/api/v1/message/{mail_id}/html-check")
    assert check["Warnings"] == []
    assert check["Total"]["Supported"] == 100


@pytest.mark.parametrize(
    "html",
    ["<p " + " ".join(f"a{n}=1" for n in range(50_000)) + ">", "<style>" * 50_000, "<style>" + "a{" * 50_000],
    ids=["attributes", "unended-styles", "nested-rules"],
)
def test_huge_html_is_checked_quickly(api: Api, html: str) -> None:
    mail_id = api.put(make_mail(html=html))
    check = api.get_json(f"/api/v1/message/{mail_id}/html-check")
    assert check["Total"]["Nodes"] >= 1


def test_the_html_check_needs_html(api: Api) -> None:
    mail_id = api.put(make_mail())
    assert "HTML" in api.expect_rejected(400, "GET", f"/api/v1/message/{mail_id}/html-check")


@pytest.mark.parametrize("body", [b"", b"nonsense", b"{}", b'{"To": []}', b'{"To": "x"}', b'{"To": ["x@example.com"]}'])
def test_nothing_is_released_without_a_relay(api: Api, body: bytes) -> None:
    mail_id = api.put(make_mail())
    api.expect_rejected(400, "POST", f"/api/v1/message/{mail_id}/release", data=body)


def test_an_unknown_message_cannot_be_released(api: Api) -> None:
    api.expect_rejected(404, "POST", "/api/v1/message/nope/release", json={"To": ["x@example.com"]})


def test_summary_and_mail_agree(api: Api) -> None:
    """What both tell is the same."""
    mail: EmailMessage = make_mail("both", headers={"Cc": "c@example.com"})
    mail_id = api.put(mail)
    summary: Json = api.list(limit=1)["messages"][0]
    whole = api.message(mail_id)
    for key in set(summary) & set(whole) - {"Read", "Attachments"}:
        assert summary[key] == whole[key], key


def test_a_long_list_of_recipients_is_whole(api: Api) -> None:
    """Lists of messages have the first thousand; a message has them all, and none of them is a blind copy."""
    recipients = [f"person{number}@example.com" for number in range(1500)]
    header = "From: a@example.com\r\nSubject: many\r\nTo: " + ",\r\n ".join(recipients) + "\r\n\r\nx\r\n"
    message = api.message(api.put(header.encode(), recipients[1200:1210], "a@example.com"))
    assert [address["Address"] for address in message["To"]] == recipients
    assert message["Bcc"] == []
    listed = next(mail for mail in api.list(limit=1000)["messages"] if mail["ID"] == message["ID"])
    assert [address["Address"] for address in listed["To"]] == recipients[:1000]
