"""Signing of issued papers (PAdES-B-B, with a time stamp PAdES-B-T), and what can be said of a signed file later.

The signature covers the whole file, certifies it, and allows no change after it. It attests that these bytes are what
the firm issued.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import logging
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, TypeVar

from asn1crypto import core
from django.conf import settings
from django.utils.translation import gettext as _
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, InnerScaling, SimpleBoxLayoutRule
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext

from cases.letters.render import RenderedLetter, lay_out
from cases.letters.seal import seal_uri
from legal.models import FirmCertificate
from legal.services.certificates import pkcs12_of
from legal.services.matters import LegalRefused

logger = logging.getLogger(__name__)
T = TypeVar("T")
FIELD = "FirmSeal"
SECONDS_TO_STAMP = 20


class Standing(StrEnum):
    """What is so of the bytes of a file."""

    INTACT = "intact"
    CHANGED = "changed"
    UNSIGNED = "unsigned"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`trusted`: the signer's certificate leads to a root that this installation trusts. `fingerprint` is that of the
    signer's certificate, to be compared with those on file. `stamped`: the time comes from a time stamp."""

    standing: Standing
    signer: str = ""
    fingerprint: str = ""
    signed_at: dt.datetime | None = None
    stamped: bool = False
    trusted: bool = False


def sign_paper(
    rendered: RenderedLetter,
    *,
    certificate: FirmCertificate,
    reason: str,
    seal_svg: str = "",
    timestamper: TimeStamper | None = None,
) -> bytes:
    """The PDF with the firm's signature; its seal is seen where the paper has its place for it, and nowhere else.

    `timestamper` None: that of TIMESTAMP_URL, when it is set. LegalRefused when the key or the time stamp fails: nothing
    is issued then.
    """
    data, passphrase = pkcs12_of(certificate)
    signer = signers.SimpleSigner.load_pkcs12_data(data, other_certs=[], passphrase=passphrase or None)
    if signer is None:
        raise LegalRefused(_("The firm's certificate cannot be opened."))
    place = rendered.seal
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        reason=reason,
        name=certificate.subject,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    spec = fields.SigFieldSpec(FIELD, on_page=place.page, box=place.box) if place else fields.SigFieldSpec(FIELD)
    with tempfile.TemporaryDirectory() as folder:
        style = _stamp(Path(folder) / "seal.pdf", certificate.firm.name, seal_svg) if place else None
        pdf_signer = signers.PdfSigner(
            meta,
            signer=signer,
            timestamper=timestamper or configured_timestamper(),
            stamp_style=style,
            new_field_spec=spec,
        )
        output = io.BytesIO()
        try:
            source = IncrementalPdfFileWriter(io.BytesIO(rendered.pdf))
            _outside_of_loops(lambda: pdf_signer.sign_pdf(source, output=output))
        except (SigningError, OSError, ValueError) as error:
            logger.exception("a paper could not be signed")
            raise LegalRefused(_("The paper could not be signed: %(error)s") % {"error": error}) from error
    return output.getvalue()


def _outside_of_loops(step: Callable[[], T]) -> T:
    """Take the step where no event loop runs: the library starts one of its own. Nothing in it may touch the database."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return step()
    with ThreadPoolExecutor(max_workers=1) as apart:
        return apart.submit(step).result()


def configured_timestamper() -> TimeStamper | None:
    """That of the installation's time-stamping authority (RFC 3161); None without TIMESTAMP_URL."""
    if not settings.TIMESTAMP_URL:
        return None
    return HTTPTimeStamper(settings.TIMESTAMP_URL, timeout=SECONDS_TO_STAMP)


def _stamp(path: Path, firm: str, seal_svg: str) -> StaticStampStyle:
    path.write_bytes(_seal_pdf(firm, seal_svg))
    whole = SimpleBoxLayoutRule(
        x_align=AxisAlignment.ALIGN_MID,
        y_align=AxisAlignment.ALIGN_MID,
        inner_content_scaling=InnerScaling.STRETCH_TO_FIT,
    )
    return StaticStampStyle.from_pdf_file(str(path), border_width=0, background_opacity=0.82, background_layout=whole)


@lru_cache(maxsize=32)
def _seal_pdf(firm: str, seal_svg: str) -> bytes:
    """The seal as a page of its own size: the firm's picture of it, or one drawn from its name."""
    seal = escape(seal_uri(firm, seal_svg))
    html = (
        '<html lang="zh-Hans"><style>@page { size: 34mm 34mm; margin: 0; '
        "@bottom-left { content: none } @bottom-right { content: none } } "
        "body { margin: 0; line-height: 0 } img { width: 34mm; height: 34mm; display: block }</style>"
        f'<img src="{seal}" alt=""></html>'
    )
    return lay_out(html, html).pdf


# --- Looking at a file ---------------------------------------------------------------------------------


def verify_paper(data: bytes) -> Verdict:
    """What is so of a paper's bytes. Everything that does not fit is CHANGED: a byte in what was signed, a byte behind
    it, a signature that cannot be read any more. A PDF without a signature is UNSIGNED."""
    try:
        reader = PdfFileReader(io.BytesIO(data), strict=False)
        found = reader.embedded_signatures
        if not found:
            # Who takes the signature's field away leaves the bytes of its signature behind.
            return Verdict(Standing.CHANGED if b"/ETSI.CAdES.detached" in data else Standing.UNSIGNED)
        return _verdict(found[0], len(found))
    except Exception as error:  # a changed file may break any part of a reader; none of it is a reason to fail
        logger.info("a paper cannot be read: %s", error)
        return Verdict(Standing.CHANGED if b"/ByteRange" in data else Standing.UNREADABLE)


def _verdict(signature: Any, count: int) -> Verdict:
    context = _context()
    status = _outside_of_loops(lambda: validate_pdf_signature(signature, signer_validation_context=context))
    certificate = status.signing_cert
    whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    intact = (
        count == 1 and status.intact and status.valid and whole and bool(status.docmdp_ok) and _is_padded(signature)
    )
    stamp = status.timestamp_validity
    if stamp is not None and not (stamp.intact and stamp.valid):
        intact = False
    return Verdict(
        Standing.INTACT if intact else Standing.CHANGED,
        signer=str(certificate.subject.native.get("common_name", certificate.subject.human_friendly)),
        fingerprint=certificate.sha256.hex(),
        signed_at=stamp.timestamp if stamp is not None else status.signer_reported_dt,
        stamped=stamp is not None,
        trusted=bool(intact and status.trusted),
    )


def _is_padded(signature: Any) -> bool:
    """Behind the signature's own bytes its room is filled with zeros: nobody has hidden anything there."""
    held = bytes(signature.sig_object.raw_get("/Contents"))
    length = len(core.Sequence.load(held).dump())
    return not held[length:].strip(b"\0")


def _context() -> ValidationContext:
    """Roots that the installation trusts (SIGNATURE_ROOTS, PEM files); nothing is fetched."""
    roots = list(load_certs_from_pemder(settings.SIGNATURE_ROOTS)) if settings.SIGNATURE_ROOTS else []
    return ValidationContext(trust_roots=roots, allow_fetching=False)
