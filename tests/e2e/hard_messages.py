"""Mails that are hard to read, by name: the examples of the RFCs, character sets, nesting, damage."""

import base64
import quopri
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage

# RFC 5322 appendix A; a message each.
RFC_5322 = {
    "A.1.1": """From: John Doe <jdoe@machine.example>
To: Mary Smith <mary@example.net>
Subject: Saying Hello
Date: Fri, 21 Nov 1997 09:55:06 -0600
Message-ID: <1234@local.machine.example>

This is a message just to say hello.
So, "Hello".
""",
    "A.1.2": """From: "Joe Q. Public" <john.q.public@example.com>
To: Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>
Cc: <boss@nil.test>, "Giant; \\"Big\\" Box" <sysservices@example.net>
Date: Tue, 1 Jul 2003 10:52:37 +0200
Message-ID: <5678.21-Nov-1997@example.com>

Hi everyone.
""",
    "A.1.3": """From: Pete <pete@silly.example>
To: A Group:Ed Jones <joe@where.test>,joe@where.test,John <jdoe@one.test>;
Cc: Undisclosed recipients:;
Date: Thu, 13 Feb 1969 23:32:54 -0330
Message-ID: <testabcd.1234@silly.example>

Testing.
""",
    "A.2": """From: Mary Smith <mary@example.net>
To: John Doe <jdoe@machine.example>
Reply-To: "Mary Smith: Personal Account" <smith@home.example>
Subject: Re: Saying Hello
Date: Fri, 21 Nov 1997 10:01:10 -0600
Message-ID: <3456@example.net>
In-Reply-To: <1234@local.machine.example>
References: <1234@local.machine.example>

This is a reply to your hello.
""",
    "A.5": """From: Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>
To:A Group(Some people)
     :Chris Jones <c@(Chris's host.)public.example>,
         joe@example.org,
  John <jdoe@one.test> (my dear friend); (the end of the group)
Cc:(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;
Date: Thu,
      13
        Feb
          1969
      23:32
               -0330 (Newfoundland Time)
Message-ID:              <testabcd.1234@test>

Testing.
""",
    "A.6.1": """From: Joe Q. Public <john.q.public@example.com>
To: Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example
Date: Tue, 1 Jul 2003 10:52:37 +0200
Message-ID: <5678.21-Nov-1997@example.com>

Hi everyone.
""",
    "A.6.2": """From: John Doe <jdoe@machine.example>
To: Mary Smith <mary@example.net>
Subject: Saying Hello
Date: 21 Nov 97 09:55:06 GMT
Message-ID: <1234@local.machine.example>

This is a message just to say hello.
""",
    "A.6.3": """From  : John Doe <jdoe@machine(comment).  example>
To    : Mary Smith
\x20\x20
          <mary@example.net>
Subject     : Saying Hello
Date  : Fri, 21 Nov 1997 09(comment):   55  :  06 -0600
Message-ID  : <1234   @   local(blah)  .machine .example>

This is a message just to say hello.
""",
}

# RFC 2047 section 8: the value and what it means.
RFC_2047 = {
    "=?US-ASCII?Q?Keith_Moore?=": "Keith Moore",
    "=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?=": "Keld Jørn Simonsen",
    "=?ISO-8859-1?Q?Andr=E9?= Pirard": "André Pirard",
    "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\n =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=": (
        "If you can read this you understand the example."
    ),
    "=?ISO-8859-1?Q?a?=": "a",
    "=?ISO-8859-1?Q?a?= b": "a b",
    "=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=": "ab",
    "=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=": "ab",
    "=?ISO-8859-1?Q?a?=\n    =?ISO-8859-1?Q?b?=": "ab",
    "=?ISO-8859-1?Q?a_b?=": "a b",
    "=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=": "a b",
    # RFC 2231 5: with a language
    "=?US-ASCII*EN?Q?Keith_Moore?=": "Keith Moore",
    # no RFC: what programs write
    "=?utf-8?q?=E2=82?= =?utf-8?q?=AC?=": "€",
    "=?utf-8?b?4oI=?= =?utf-8?b?rA==?=": "€",
    "=?iso-2022-jp?B?GyRCRnxLXDhsGyhC?=": "日本語",
    "=?shift_jis?B?k/qWe4zq?=": "日本語",
    "=?koi8-r?B?8NLJ18XU?=": "Привет",
    "=?gb2312?B?xOO6ww==?=": "你好",
    "=?utf-8?Q?no=20end": "no end",
    "Grüße": "Grüße",
}

# RFC 2231 sections 3 and 4 and what programs write instead: the field and the file name in it.
FILE_NAMES = {
    "attachment; filename=plain.txt": "plain.txt",
    'attachment; filename="quoted \\"name\\".txt"': 'quoted "name".txt',
    "attachment; filename*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A": "This is ***fun***",
    "attachment; filename*0*=us-ascii'en'This%20is%20even%20more%20; filename*1*=%2A%2A%2Afun%2A%2A%2A%20; "
    'filename*2="isn\'t it!"': "This is even more ***fun*** isn't it!",
    'attachment; filename*0="one"; filename*1="two.txt"': "onetwo.txt",
    'attachment; filename*1="two.txt"; filename*0="one"': "onetwo.txt",
    "attachment; filename*=UTF-8''%e2%82%ac%20rates.pdf; filename=\"EURO rates.pdf\"": "€ rates.pdf",
    "attachment; filename*=iso-8859-1''gr%FC%DFe.txt": "grüße.txt",
    'attachment; filename="=?utf-8?q?gr=C3=BC=C3=9Fe.txt?="': "grüße.txt",
    'attachment; filename="grüße.txt"': "grüße.txt",
    'attachment;\n filename="folded\n name.txt"': "folded name.txt",
    "attachment; FILENAME=upper.txt": "upper.txt",
}

CHARSETS = {
    "utf-8": "Grüße, 用户, Привет, 😀",
    "iso-8859-1": "Grüße aus Köln, señor",
    "windows-1252": "“smart” – 5 €",
    "iso-8859-15": "5 €, Žižka",
    "iso-8859-2": "Příliš žluťoučký kůň",
    "koi8-r": "Добрый день, это письмо",
    "windows-1251": "Добрый день, это письмо",
    "shift_jis": "こんにちは世界、日本語のメール",
    "euc-jp": "こんにちは世界、日本語のメール",
    "iso-2022-jp": "こんにちは世界、日本語のメール",
    "gb2312": "您好，您的验证码是",
    "gb18030": "您好，您的验证码是",
    "big5": "您好，您的驗證碼是",
    "euc-kr": "안녕하세요 인증번호",
    "utf-16": "Grüße, 用户",
    "utf-7": "Grüße, 用户",
}


def _structured() -> Iterator[tuple[str, EmailMessage]]:
    """Well-formed messages of many shapes, built by Python's email."""
    message = EmailMessage()
    message.set_content("plain\n")
    message.add_alternative("<p>Rich <a href='https://x.test/'>text</a></p>\n", subtype="html")
    yield "alternative", message

    message = EmailMessage()
    message.set_content("<img src='cid:logo@x.test'>\n", subtype="html")
    message.add_related(b"\x89PNG not really", "image", "png", cid="<logo@x.test>")
    message.add_attachment(bytes(range(256)) * 20, "application", "octet-stream", filename="all octets.bin")
    message.add_attachment("grüße\n", filename="grüße.txt")
    yield "related in mixed", message

    inner = EmailMessage()
    inner["Subject"] = "inside"
    inner.set_content("inner text\n")
    inner.add_attachment(b"x", "image", "gif", filename="inner.gif")
    message = EmailMessage()
    message.set_content("see below\n")
    message.add_attachment(inner)
    yield "mail in mail", message

    message = EmailMessage()
    message.set_content("Ünïcödé " * 60 + "\n", cte="quoted-printable")
    message["X-Long"] = "word " * 100
    yield "long lines", message

    message = EmailMessage(policy=policy.SMTPUTF8)
    message["To"] = "Jörg <jörg@例え.jp>"
    message.set_content("用户\n", cte="8bit")
    yield "smtputf8", message


def _by_hand() -> Iterator[tuple[str, bytes]]:
    """Mails as bytes: signed, reported, damaged."""
    mixed = b'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n'
    yield "preamble and epilogue", mixed + b"preamble\n--b\n\none\n--b\n\ntwo\n\n--b--\nepilogue\n"
    yield "padding behind a boundary", mixed + b"--b \t\n\none\n--b-- \n"
    yield "never closed", mixed + b"--b\n\none\n--b\nContent-Type: text/html\n\n<p>two"
    yield (
        "boundary with odd characters",
        (
            b'Content-Type: multipart/mixed; boundary="a b\'()+_,-./:=?"\n\n'
            b"--a b'()+_,-./:=?\n\none\n--a b'()+_,-./:=?--\n"
        ),
    )
    yield (
        "boundary that begins another",
        (
            mixed
            + b"--b\nContent-Type: multipart/alternative; boundary=bb\n\n--bb\n\none\n"
            + b"--bb\n\ntwo\n--bb--\n--b\n\nthree\n--b--\n"
        ),
    )
    yield (
        "report",
        (
            b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nIt failed.\n--b\n"
            b"Content-Type: text/rfc822-headers\n\nSubject: x\n\n--b--\n"
        ),
    )
    yield (
        "signed",
        (
            b"Content-Type: multipart/signed; protocol=application/pgp-signature; micalg=pgp-sha256; boundary=b\n\n"
            b"--b\nContent-Type: text/plain\n\nsigned text\n--b\n"
            b"Content-Type: application/pgp-signature; name=signature.asc\n\n"
            b"-----BEGIN PGP SIGNATURE-----\n--b--\n"
        ),
    )
    yield (
        "tnef",
        (
            mixed
            + b"--b\n\nsee winmail.dat\n--b\nContent-Type: application/ms-tnef; name=winmail.dat\n"
            + b"Content-Transfer-Encoding: base64\n\neJ8+IgE=\n--b--\n"
        ),
    )
    yield (
        "base64 with line noise",
        (
            b"Content-Transfer-Encoding: base64\nContent-Type: text/plain; charset=utf-8\n\n"
            + b"*\n".join(base64.encodebytes("Grüße aus Köln".encode()).split(b"\n"))
        ),
    )
    yield "base64 without padding", b"Content-Transfer-Encoding: base64\n\naGVsbG8"
    yield (
        "quoted-printable damaged",
        (
            b"Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=utf-8\n\n"
            b"=C3=BC =XY 100= % =\nend\n"
        ),
    )
    yield (
        "octets as they are",
        (
            b"Content-Type: application/octet-stream\nContent-Transfer-Encoding: binary\n\n"
            + bytes(range(256)).replace(b"\r", b"")
        ),
    )
    yield "nothing but headers", b"Subject: x\nTo: a@b.test\n"
    yield "no headers", b"just text\nand more\n"
    yield "empty", b""
    yield "twice the same", b"Subject: first\nSubject: second\nTo: a@x.test\nTo: b@x.test\n\nx\n"


def hard_messages() -> dict[str, bytes]:
    """All of them in the stored form, LF at the end of lines."""
    messages = {f"RFC 5322 {name}": text.encode() for name, text in RFC_5322.items()}
    for number, value in enumerate(RFC_2047):
        messages[f"RFC 2047 {number}"] = f"Subject: {value}\n\nx\n".encode()
    for number, value in enumerate(FILE_NAMES):
        messages[f"file name {number}"] = f"Content-Type: application/x\nContent-Disposition: {value}\n\nx\n".encode()
    for charset, text in CHARSETS.items():
        data = text.encode(charset)
        head = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding:".encode()
        messages[f"{charset} base64"] = head + b" base64\n\n" + base64.encodebytes(data)
        if b"\n" not in data and charset != "utf-16":
            messages[f"{charset} 8bit"] = head + b" 8bit\n\n" + data + b"\n"
            messages[f"{charset} quoted-printable"] = head + b" quoted-printable\n\n" + quopri.encodestring(data)
    messages |= {name: message.as_bytes(policy=message.policy.clone(linesep="\n")) for name, message in _structured()}
    messages |= dict(_by_hand())
    return messages
