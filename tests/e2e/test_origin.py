"""Whether messages are from whom they say, by keys that were given; signatures are made by dkimpy."""

from __future__ import annotations

import base64
import itertools
import signal
import smtplib
from collections.abc import Iterator
from pathlib import Path

import dkim
import pytest
from api_support import Api, Json, running_api
from nacl.signing import SigningKey
from programs import run_program
from server import PATIENCE_S, Launcher

CANONICAL = (b"simple", b"relaxed")
ALGORITHMS = ("rsa-sha256", "ed25519-sha256")
MAIL = (
    b"From: Joe <joe@mail.example.com>\r\nTo: Suzie\r\n\t<suzie@example.net>\r\nSubject:  Is  dinner\t ready? \r\n"
    b"X-Twice: one\r\nX-Twice: two\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700\r\n\r\n"
    b"Hi.\r\n \r\n.. We  lost\tthe game. \r\n\r\n\r\n"
)
ZONE = """\
$ORIGIN example.com.
@ TXT "v=spf1 include:_spf.example.com -all"
_spf TXT "v=spf1 ip4:192.0.2.0/28 a:out.example.com ~all"
out A 198.51.100.7
_dmarc TXT "v=DMARC1; p=reject; adkim=r; aspf=r"
"""
CHANGES = ((b"joe@", b"eve@"), (b"Suzie", b"Susi"), (b"dinner", b"supper"), (b"two", b"2"), (b"11 Jul", b"12 Jul"))
SIGNED = [b"From", b"To", b"Subject", b"X-Twice", b"X-Twice", b"Date", b"Reply-To", b"From"]


class Signer:
    """Signs messages with keys whose public halves are in a directory: RSA's in PEM form, Ed25519's in a zone file."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        rsa = directory / "private"
        run_program(["openssl", "genrsa", "-out", str(rsa), "2048"])
        public = directory / "rsa-sha256._domainkey.example.com.pem"
        run_program(["openssl", "pkey", "-in", str(rsa), "-pubout", "-out", str(public)])
        ed25519 = SigningKey.generate()
        key = base64.b64encode(bytes(ed25519.verify_key)).decode()
        (directory / "keys.txt").write_text(
            f'$ORIGIN example.com.\ned25519-sha256._domainkey 3600 IN TXT ( "v=DKIM1; k=ed25519; "\n  "p={key}" )\n'
        )
        (directory / "senders.zone").write_text(ZONE)
        self._keys = {"rsa-sha256": rsa.read_bytes(), "ed25519-sha256": base64.b64encode(bytes(ed25519))}

    def sign(
        self,
        mail: bytes,
        algorithm: str = "rsa-sha256",
        canonical: tuple[bytes, bytes] = (b"relaxed", b"relaxed"),
        selector: str | None = None,
    ) -> bytes:
        signature = dkim.sign(
            mail,
            (selector or algorithm).encode(),
            b"example.com",
            self._keys[algorithm],
            canonicalize=canonical,
            signature_algorithm=algorithm.encode(),
            include_headers=SIGNED,
        )
        assert isinstance(signature, bytes)
        return signature + mail


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, signer: Signer) -> Iterator[Api]:
    with running_api(
        tmp_path_factory.mktemp("origin"), f"--dns-records={signer.directory}", "--xclient=127.0.0.1"
    ) as api:
        yield api


def check(api: Api, mail: bytes) -> tuple[list[Json], dict[str, Json]]:
    """What is said of each signature, and what is found, by name."""
    told = api.get_json(f"/api/v1/message/{api.put(mail)}/checks")
    return told["Authentication"]["DKIM"], {check["Name"]: check for check in told["Checks"]}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_others_signed_is_good(api: Api, signer: Signer, algorithm: str) -> None:
    for canonical in itertools.product(CANONICAL, CANONICAL):
        [signature], found = check(api, signer.sign(MAIL, algorithm, canonical))
        assert (signature["Result"], signature["Fields"], signature["Body"]) == ("pass", "same", "same"), signature
        assert signature["Record"] == f"{algorithm}._domainkey.example.com"
        assert signature["Canonicalization"] == b"/".join(canonical).decode()
        assert signature["Algorithm"] == algorithm
        assert signature["KeyBits"] == (2048 if algorithm == "rsa-sha256" else 0)
        assert signature["Alignment"] == "relaxed"
        assert [name.lower() for name in signature["SignedFields"]] == [name.decode().lower() for name in SIGNED]
        assert {name for name in found if name.startswith("dkim")} == {"dkim-pass"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_each_change_is_found(api: Api, signer: Signer, algorithm: str) -> None:
    for canonical in itertools.product(CANONICAL, CANONICAL):
        signed = signer.sign(MAIL, algorithm, canonical)
        for old, new in CHANGES:
            [signature], found = check(api, signed.replace(old, new))
            assert (signature["Result"], signature["Body"]) == ("fail", "same"), (old, signature)
            assert f"canonicalization {canonical[0].decode()};" in signature["Reason"]
            assert signature["Fields"] == ("changed" if algorithm == "rsa-sha256" else "unknown")
            assert found["dkim-fields"]["Level"] == "error"
        [signature], found = check(api, signed.replace(b"lost", b"won"))
        assert (signature["Result"], signature["Body"], signature["Fields"]) == ("fail", "changed", "same")
        assert f"canonicalization {canonical[1].decode()};" in signature["Reason"]
        assert found["dkim-body"]["Level"] == "error"


def test_each_signature_is_reported_by_itself(api: Api, signer: Signer) -> None:
    mail = signer.sign(signer.sign(MAIL, "ed25519-sha256"), "rsa-sha256", selector="other")
    signatures, found = check(api, mail)
    assert [signature["Result"] for signature in signatures] == ["unknown", "pass"]
    assert "TXT other._domainkey.example.com" in found["dkim-offline"]["Detail"]
    assert found["dkim-pass"]["Detail"].startswith("example.com: ")


def put_from(api: Api, address: str, sender: str, mail: bytes) -> Json:
    """Has a message come from another address, and returns what is said of who it is from."""
    with smtplib.SMTP("127.0.0.1", api.server.port, timeout=PATIENCE_S) as smtp:
        smtp.ehlo()
        assert smtp.docmd("XCLIENT", f"ADDR={address}")[0] == 220
        smtp.ehlo("helo.example.com")
        smtp.mail(sender)
        smtp.rcpt("to@example.net")
        code, reply = smtp.data(mail)
        assert code == 250, reply
    mail_id = reply.decode().split()[-1]
    authentication: Json = api.get_json(f"/api/v1/message/{mail_id}/checks")["Authentication"]
    return authentication


@pytest.mark.parametrize(
    ("address", "sender", "spf", "dmarc"),
    [
        ("192.0.2.10", "joe@example.com", "pass", "pass"),
        ("198.51.100.7", "joe@example.com", "pass", "pass"),
        ("198.51.100.8", "joe@example.com", "fail", "fail"),
        ("IPv6:2001:db8::1", "joe@example.com", "fail", "fail"),
        ("127.0.0.1", "joe@example.com", "unknown", "unknown"),
        ("192.0.2.10", "joe@example.net", "unknown", "fail"),
        ("192.0.2.10", "", "unknown", "unknown"),
    ],
)
def test_senders_are_checked(api: Api, address: str, sender: str, spf: str, dmarc: str) -> None:
    told = put_from(api, address, sender, MAIL)
    assert told["From"] == "mail.example.com"
    assert (told["SPF"]["Result"], told["DMARC"]["Result"]) == (spf, dmarc), told
    assert told["SPF"]["Domain"] == (sender.partition("@")[2] or "helo.example.com")
    assert told["SPF"]["Address"] == address.removeprefix("IPv6:")
    assert (told["DMARC"]["Record"], told["DMARC"]["Policy"]) == ("_dmarc.example.com", "reject")


def test_a_good_signature_serves_dmarc(api: Api, signer: Signer) -> None:
    signed = signer.sign(MAIL, "ed25519-sha256")
    assert put_from(api, "198.51.100.8", "joe@example.net", signed)["DMARC"]["Result"] == "pass"
    assert put_from(api, "198.51.100.8", "joe@example.net", signed + b"x\r\n")["DMARC"]["Result"] == "fail"
    _, found = check(api, signed)
    assert {"dmarc-pass", "dkim-pass", "spf-offline"} <= set(found)
    assert found["spf-offline"]["Detail"].startswith("example.com: ")


def test_records_are_read_again(tmp_path: Path, signer: Signer) -> None:
    zone = tmp_path / "zone"
    zone.write_text("; nothing yet\n")
    with running_api(tmp_path, f"--dns-records={zone}") as api:
        mail_id = api.put(signer.sign(MAIL, "ed25519-sha256"))

        def result() -> object:
            return api.get_json(f"/api/v1/message/{mail_id}/checks")["Authentication"]["DKIM"][0]["Result"]

        assert result() == "unknown"
        zone.write_text((signer.directory / "keys.txt").read_text())
        api.server.process.send_signal(signal.SIGHUP)
        api.server.wait_for_log("DNS records")
        assert result() == "pass"
        zone.write_text('a.example TXT "open\n')
        api.server.process.send_signal(signal.SIGHUP)
        api.server.wait_for_log("line 1: a quote is not closed")
        assert result() == "pass"


def test_what_cannot_be_read_stops_the_start(launcher: Launcher, tmp_path: Path) -> None:
    zone = tmp_path / "zone"
    zone.write_text("selector._domainkey TXT x\n")
    server = launcher.start(f"--dns-records={zone}", n_listeners=0)
    assert server.wait() == 1
    assert f"DNS records {zone}, line 1: the name lacks its domain" in server.log
