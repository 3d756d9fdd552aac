"""A print copy of a signed PDF shows what the signed one shows, and claims no signature."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.stamp import TextStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore
from pypdf import PdfReader
from weasyprint import HTML

from cases.letters.print_copy import is_signed, page_count, print_copy


def _signer() -> signers.SimpleSigner:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sample firm")])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    [loaded] = load_certs_from_pemder_data(certificate.public_bytes(serialization.Encoding.PEM))
    return signers.SimpleSigner(
        signing_cert=loaded,
        signing_key=load_private_key_from_pemder_data(pem, passphrase=None),
        cert_registry=SimpleCertificateStore(),
    )


@pytest.fixture(scope="module")
def signed() -> bytes:
    """Two pages, the second with a visible seal."""
    body = '<p>First page</p><p style="page-break-before: always">Second page</p>'
    plain = HTML(string=f"<html><body>{body}</body></html>").write_pdf()
    signer = signers.PdfSigner(
        signers.PdfSignatureMetadata(field_name="Seal"),
        signer=_signer(),
        stamp_style=TextStampStyle(stamp_text="SEALED %(signer)s"),
        new_field_spec=SigFieldSpec("Seal", on_page=1, box=(300, 100, 500, 180)),
    )
    made: bytes = signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(plain))).getvalue()
    return made


def test_what_is_signed_is_known(signed: bytes) -> None:
    assert is_signed(signed)
    assert not is_signed(HTML(string="<p>x</p>").write_pdf())
    assert page_count(signed) == 2


def test_the_copy_shows_the_seal_and_has_no_signature(signed: bytes) -> None:
    copy = print_copy(signed)
    assert not is_signed(copy)
    reader = PdfReader(io.BytesIO(copy))
    assert "/AcroForm" not in reader.trailer["/Root"]
    assert [len(page.get("/Annots", ())) for page in reader.pages] == [0, 0]
    texts = [page.extract_text() for page in reader.pages]
    assert "First page" in texts[0]
    assert "Second page" in texts[1]
    assert "SEALED" in texts[1]
    assert "SEALED" not in texts[0]


def test_an_unsigned_paper_stays_as_it_looks() -> None:
    plain = HTML(string='<p>Text and <a href="https://example.test/">a link</a></p>').write_pdf()
    copy = PdfReader(io.BytesIO(print_copy(plain)))
    assert copy.pages[0].extract_text() == PdfReader(io.BytesIO(plain)).pages[0].extract_text()
    assert len(copy.pages[0].get("/Annots", ())) == 1
