"""A certificate authority of the tests' own, and what it issues."""

from __future__ import annotations

import datetime as dt
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PASSPHRASE = "correct horse"
ONE = dt.timedelta(days=1)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def key(which: str, size: int = 2048) -> rsa.RSAPrivateKey:
    return _key(which, size)


@cache
def _key(which: str, size: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=size)


@cache
def authority() -> x509.Certificate:
    """The root."""
    return _issue("Sample Root", "root", None, ca=True)


@cache
def stamping() -> x509.Certificate:
    """That of a time-stamping authority."""
    return _issue("Sample Time", "tsa", authority(), usage=ExtendedKeyUsageOID.TIME_STAMPING)


def _issue(
    common: str,
    which: str,
    issuer: x509.Certificate | None,
    *,
    ca: bool = False,
    usage: x509.ObjectIdentifier | None = None,
    begins: dt.datetime | None = None,
    ends: dt.datetime | None = None,
    size: int = 2048,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    usages = dict.fromkeys(
        "content_commitment key_encipherment data_encipherment key_agreement encipher_only decipher_only".split(), False
    )
    usages |= {"digital_signature": not ca, "content_commitment": not ca, "key_cert_sign": ca, "crl_sign": ca}
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(common))
        .issuer_name(issuer.subject if issuer else _name(common))
        .public_key(key(which, size).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins or now - 30 * ONE)
        .not_valid_after(ends or now + 300 * ONE)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usages), critical=True)
    )
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
    return builder.sign(key("root"), hashes.SHA256())


def pkcs12_file(
    common: str = "示例（样板）律师事务所",
    *,
    begins: dt.datetime | None = None,
    ends: dt.datetime | None = None,
    size: int = 2048,
    passphrase: str = PASSPHRASE,
) -> bytes:
    """What a firm files: its key and certificate, issued by the root."""
    certificate = _issue(common, f"firm{size}", authority(), begins=begins, ends=ends, size=size)
    return pkcs12.serialize_key_and_certificates(
        b"firm",
        key(f"firm{size}", size),
        certificate,
        None,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )


def root_pem() -> bytes:
    return authority().public_bytes(serialization.Encoding.PEM)
