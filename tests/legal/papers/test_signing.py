"""A signed paper says by whom it was issued, shows its seal, and shows any changed byte."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import serialization
from django.core.management import call_command
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore
from pypdf import PdfReader, PdfWriter

from borrowers.models import AuditEvent, User
from cases.letters.render import Place, RenderedLetter
from legal.models import FirmCertificate, LawFirm
from legal.services.certificates import certificate_of, file_certificate, retire_certificate
from legal.services.matters import LegalRefused
from legal.services.papers.drawing import draw_paper
from legal.services.papers.templates import default_body
from legal.services.signing import Standing, sign_paper, verify_paper
from tests.legal.papers import certificates
from tests.legal.papers.certificates import ONE, PASSPHRASE, pkcs12_file
from tests.legal.papers.contents import authority_paper
from tests.legal.papers.pdf import check_with_qpdf, fonts_of, text_of


def rendered() -> RenderedLetter:
    return draw_paper("power_of_attorney", default_body("power_of_attorney", "zh-hans"), authority_paper(), signed=True)


@pytest.fixture
def certificate(firm: LawFirm, legal: User) -> FirmCertificate:
    return file_certificate(firm=firm, data=pkcs12_file(), passphrase=PASSPHRASE, actor=legal)


@pytest.fixture
def trusting(settings: Any, tmp_path: Path) -> None:
    """The installation trusts the tests' root."""
    path = tmp_path / "root.pem"
    path.write_bytes(certificates.root_pem())
    settings.SIGNATURE_ROOTS = [str(path)]


def timestamper() -> DummyTimeStamper:
    plain = certificates.key("tsa").private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain = SimpleCertificateStore()
    chain.register(asn1_x509.Certificate.load(certificates.authority().public_bytes(serialization.Encoding.DER)))
    return DummyTimeStamper(
        tsa_cert=asn1_x509.Certificate.load(certificates.stamping().public_bytes(serialization.Encoding.DER)),
        tsa_key=asn1_keys.PrivateKeyInfo.load(plain),
        certs_to_embed=chain,
    )


def test_a_signed_paper_is_intact_and_says_by_whom(certificate: FirmCertificate, trusting: None) -> None:
    paper = rendered()
    verdict = verify_paper(sign_paper(paper, certificate=certificate, reason="LEND-WT-2026-000001"))
    assert (verdict.standing, verdict.trusted, verdict.stamped) == (Standing.INTACT, True, False)
    assert verdict.signer == "示例（样板）律师事务所"
    assert verdict.fingerprint == certificate.fingerprint
    assert abs(verdict.signed_at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=5)
    assert verify_paper(paper.pdf).standing == Standing.UNSIGNED


def test_without_the_root_it_is_intact_and_not_trusted(certificate: FirmCertificate) -> None:
    verdict = verify_paper(sign_paper(rendered(), certificate=certificate, reason="x"))
    assert (verdict.standing, verdict.trusted) == (Standing.INTACT, False)


def test_the_seal_stands_in_its_place_with_its_chinese_name(certificate: FirmCertificate, tmp_path: Path) -> None:
    paper = rendered()
    assert isinstance(paper.seal, Place)
    data = sign_paper(paper, certificate=certificate, reason="x")
    page: Any = PdfReader(io.BytesIO(data)).pages[paper.seal.page]
    [widget] = [annotation.get_object() for annotation in page["/Annots"]]
    assert tuple(round(float(edge)) for edge in widget["/Rect"]) == paper.seal.box
    assert round((paper.seal.box[2] - paper.seal.box[0]) / 72 * 25.4) == 34
    assert {font[-5] for font in fonts_of(data, tmp_path)} == {"yes"}
    check_with_qpdf(data, tmp_path)
    assert "授权委托书" in text_of(data, tmp_path)


def test_a_paper_without_a_place_for_it_is_signed_unseen(certificate: FirmCertificate) -> None:
    paper = rendered()
    data = sign_paper(RenderedLetter(paper.pdf, paper.sha256, paper.pages), certificate=certificate, reason="x")
    assert verify_paper(data).standing == Standing.INTACT


def test_a_time_stamp_tells_the_time(certificate: FirmCertificate, trusting: None) -> None:
    data = sign_paper(rendered(), certificate=certificate, reason="x", timestamper=timestamper())
    verdict = verify_paper(data)
    assert (verdict.standing, verdict.stamped, verdict.trusted) == (Standing.INTACT, True, True)


def test_no_stamp_no_paper(certificate: FirmCertificate, settings: Any) -> None:
    settings.TIMESTAMP_URL = "http://127.0.0.1:9/"
    with pytest.raises(LegalRefused, match="could not be signed"):
        sign_paper(rendered(), certificate=certificate, reason="x")


@pytest.fixture
def signed(certificate: FirmCertificate) -> bytes:
    return sign_paper(rendered(), certificate=certificate, reason="x")


def test_any_changed_byte_of_what_was_signed_shows(signed: bytes) -> None:
    reader = PdfReader(io.BytesIO(signed))
    [field] = reader.trailer["/Root"]["/AcroForm"]["/Fields"]
    start, length, second, rest = (int(number) for number in field.get_object()["/V"]["/ByteRange"])
    assert (start, second + rest) == (0, len(signed))

    @settings(max_examples=60)
    @given(place=st.integers(0, length + rest - 1), bit=st.integers(0, 7))
    def flip(place: int, bit: int) -> None:
        at = place if place < length else second + place - length
        changed = bytearray(signed)
        changed[at] ^= 1 << bit
        assert verify_paper(bytes(changed)).standing in (Standing.CHANGED, Standing.UNREADABLE)

    flip()


@settings(max_examples=25)
@given(extra=st.binary(min_size=1, max_size=40))
def test_what_is_put_behind_it_shows(extra: bytes) -> None:
    data = _signed_once()
    assert verify_paper(data + extra).standing == Standing.CHANGED


def test_a_changed_signature_shows(signed: bytes) -> None:
    start = signed.index(b"/Contents <") + len(b"/Contents <")
    end = signed.index(b">", start)
    for at in (start + 40, start + 2000, end - 2):
        changed = bytearray(signed)
        changed[at] = ord("0") if changed[at] != ord("0") else ord("1")
        assert verify_paper(bytes(changed)).standing == Standing.CHANGED, at


def test_a_paper_written_anew_over_it_shows(signed: bytes) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(signed)))
    out = io.BytesIO()
    writer.write(out)
    assert verify_paper(out.getvalue()).standing == Standing.CHANGED


@pytest.mark.parametrize("data", [b"", b"no pdf", b"%PDF-1.7\n"])
def test_what_is_no_paper(data: bytes) -> None:
    assert verify_paper(data).standing == Standing.UNREADABLE


def test_the_command_says_what_is_so(signed: bytes, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(signed)
    call_command("verify_paper", str(path))
    said = capsys.readouterr().out
    assert "intact" in said
    assert "certificate on file: Sample & Partners" in said
    path.write_bytes(signed[:-400] + b"x" + signed[-399:])
    for name, words in ((path, "changed since it was signed"), (tmp_path / "none.pdf", "cannot be read")):
        with pytest.raises(SystemExit) as ended:
            call_command("verify_paper", str(name))
        assert ended.value.code == 1
        assert words in capsys.readouterr().err


# --- Certificates ---------------------------------------------------------------------------------------


def test_key_and_passphrase_are_encrypted_at_rest(certificate: FirmCertificate) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pkcs12, passphrase FROM legal_firmcertificate")
        [(kept, passphrase)] = cursor.fetchall()
    assert kept.startswith("gAAAA")
    assert PASSPHRASE not in passphrase
    assert passphrase.startswith("gAAAA")
    event = AuditEvent.objects.get(action="file_certificate")
    assert event.new == certificate.fingerprint
    assert PASSPHRASE not in str(event.detail)


def test_the_next_certificate_retires_the_one_before(certificate: FirmCertificate, firm: LawFirm, legal: User) -> None:
    new = file_certificate(firm=firm, data=pkcs12_file(), passphrase=PASSPHRASE, actor=legal)
    certificate.refresh_from_db()
    assert (certificate.active, new.active) == (False, True)
    now = dt.datetime.now(dt.UTC)
    assert certificate_of(firm, now) == new
    with pytest.raises(LegalRefused):
        retire_certificate(certificate=new, actor=legal, reason=" ")
    retire_certificate(certificate=new, actor=legal, reason="lost")
    assert certificate_of(firm, now) is None
    assert AuditEvent.objects.filter(action="retire_certificate").count() == 2


def test_a_certificate_that_ran_out_is_not_passed_over(certificate: FirmCertificate, firm: LawFirm) -> None:
    with pytest.raises(LegalRefused, match="not valid today"):
        certificate_of(firm, certificate.valid_until + ONE)


@pytest.mark.parametrize(
    ("data", "passphrase", "words"),
    [
        (lambda: b"x", PASSPHRASE, "no PKCS#12"),
        (pkcs12_file, "wrong", "passphrase is wrong"),
        (lambda: b"0" * 200_000, PASSPHRASE, "larger"),
        (lambda: pkcs12_file(ends=dt.datetime.now(dt.UTC) - ONE), PASSPHRASE, "not today"),
        (lambda: pkcs12_file(begins=dt.datetime.now(dt.UTC) + ONE), PASSPHRASE, "not today"),
        (lambda: pkcs12_file(size=1024), PASSPHRASE, "2048 bits"),
    ],
)
def test_what_is_no_certificate_to_sign_with(
    firm: LawFirm, legal: User, data: Any, passphrase: str, words: str
) -> None:
    with pytest.raises(LegalRefused, match=words):
        file_certificate(firm=firm, data=data(), passphrase=passphrase, actor=legal)
    assert not FirmCertificate.objects.exists()


def _signed_once() -> bytes:
    """A signed paper without the database."""
    if not _CACHE:
        firm = LawFirm(name="示例（样板）律师事务所")
        certificate = FirmCertificate(
            firm=firm,
            subject="示例（样板）律师事务所",
            pkcs12=base64.b64encode(pkcs12_file()).decode(),
            passphrase=PASSPHRASE,
        )
        _CACHE.append(sign_paper(rendered(), certificate=certificate, reason="x"))
    return _CACHE[0]


_CACHE: list[bytes] = []


def test_it_signs_and_looks_also_where_an_event_loop_runs(certificate: FirmCertificate) -> None:
    paper = rendered()

    async def sign_and_look() -> Standing:
        return verify_paper(sign_paper(paper, certificate=certificate, reason="x")).standing

    assert asyncio.run(sign_and_look()) == Standing.INTACT
