"""Certificates with which firms sign: taken in, put in use, retired. Key and passphrase never leave the database in clear."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from borrowers.models import User, record_event
from legal.models import FirmCertificate, LawFirm
from legal.services.matters import LegalRefused

MOST_BYTES = 100_000
_SMALLEST_RSA = 2048


def file_certificate(*, firm: LawFirm, data: bytes, passphrase: str, actor: User) -> FirmCertificate:
    """Keep a PKCS#12 file and use it from now on; the one before is retired. PermissionDenied; LegalRefused for a file
    that cannot be opened, holds no key of its own, is not valid today, or was filed before."""
    _check_may(actor)
    if len(data) > MOST_BYTES:
        raise LegalRefused(_("The file is larger than a certificate can be."))
    certificate = _certificate_in(data, passphrase)
    now = timezone.now()
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not begins <= now <= ends:
        raise LegalRefused(
            _("The certificate is valid from %(begins)s to %(ends)s, not today.")
            % {"begins": begins.date(), "ends": ends.date()}
        )
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    with transaction.atomic():
        LawFirm.objects.select_for_update().get(pk=firm.pk)
        if FirmCertificate.objects.filter(firm=firm, fingerprint=fingerprint).exists():
            raise LegalRefused(_("This certificate is on file already."))
        _retire(FirmCertificate.objects.filter(firm=firm, active=True), actor)
        filed = FirmCertificate.objects.create(
            firm=firm,
            subject=_name(certificate.subject)[:300],
            issuer=_name(certificate.issuer)[:300],
            serial=f"{certificate.serial_number:x}",
            fingerprint=fingerprint,
            valid_from=begins,
            valid_until=ends,
            pkcs12=base64.b64encode(data).decode(),
            passphrase=passphrase,
            filed_by=actor,
        )
        record_event(filed, "file_certificate", actor=actor, new=fingerprint, firm=firm.name, until=ends.isoformat())
    return filed


def retire_certificate(*, certificate: FirmCertificate, actor: User, reason: str) -> None:
    """Sign with it no more; what it signed stays signed. LegalRefused without a reason."""
    _check_may(actor)
    if not reason.strip():
        raise LegalRefused(_("A reason is needed."))
    with transaction.atomic():
        _retire(FirmCertificate.objects.select_for_update().filter(pk=certificate.pk, active=True), actor, reason)


def certificate_of(firm: LawFirm | None, at: dt.datetime) -> FirmCertificate | None:
    """What the firm signs with at that moment; None where it has none. LegalRefused when its certificate has run out:
    it is replaced or retired, not passed over."""
    found = FirmCertificate.objects.filter(firm=firm, active=True).first() if firm is not None else None
    if found is not None and not found.valid_at(at):
        raise LegalRefused(
            _("The firm's certificate is not valid today: file another one, or retire it."),
        )
    return found


def pkcs12_of(certificate: FirmCertificate) -> tuple[bytes, bytes]:
    """The file and its passphrase, for signing."""
    return base64.b64decode(certificate.pkcs12), certificate.passphrase.encode()


def _check_may(actor: User) -> None:
    if not actor.has_perm("legal.add_firmcertificate"):
        raise PermissionDenied(_("You may not do this."))


def _retire(certificates: Iterable[FirmCertificate], actor: User, reason: str = "") -> None:
    for certificate in certificates:
        certificate.active = False
        certificate.save(update_fields=["active"])
        record_event(certificate, "retire_certificate", actor=actor, old=certificate.fingerprint, reason=reason.strip())


def _certificate_in(data: bytes, passphrase: str) -> x509.Certificate:
    try:
        key, certificate, _others = pkcs12.load_key_and_certificates(data, passphrase.encode() or None)
    except ValueError as error:
        raise LegalRefused(_("The file is no PKCS#12 certificate (.p12, .pfx), or the passphrase is wrong.")) from error
    if key is None or certificate is None:
        raise LegalRefused(_("The file has no key or no certificate in it."))
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= _SMALLEST_RSA:
        return certificate
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return certificate
    raise LegalRefused(_("Only RSA keys of 2048 bits or more and elliptic curves can sign."))


def _name(name: x509.Name) -> str:
    """The common name, else the whole."""
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string()
