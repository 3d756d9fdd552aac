"""ID numbers at rest: encrypted with rotating Fernet keys, found through a keyed hash."""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(plain: str) -> str:
    """Ciphertext of `plain`, "" for "". The first of ID_ENCRYPTION_KEYS encrypts."""
    if not plain:
        return ""
    return _cipher(tuple(settings.ID_ENCRYPTION_KEYS)).encrypt(plain.encode()).decode()


def decrypt(token: str) -> str:
    """What `encrypt` was given. Raises cryptography's InvalidToken when no key fits: never guesses."""
    if not token:
        return ""
    return _cipher(tuple(settings.ID_ENCRYPTION_KEYS)).decrypt(token.encode()).decode()


def keyed_hash(*parts: str) -> str:
    """Hex HMAC-SHA256 under ID_INDEX_KEY of the parts, joined so that they cannot run together."""
    message = "\x1f".join(parts).encode()
    return hmac.new(settings.ID_INDEX_KEY.encode(), message, hashlib.sha256).hexdigest()


def id_index(id_type: str, id_no: str) -> str:
    """Blind index of an ID number; "" when there is none. Case and spaces do not matter."""
    cleaned = "".join(id_no.split()).upper()
    return keyed_hash("id", id_type, cleaned) if cleaned else ""


def person_key(creditor_code: str, ref: str, id_type: str, id_no: str) -> str:
    """Key of the person across creditors: the ID number's index, else creditor and reference."""
    return id_index(id_type, id_no) or keyed_hash("ref", creditor_code, ref)


class EncryptedTextField(models.TextField):
    """Text that is encrypted in the database and plain in Python; it cannot be searched."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return None if value is None else decrypt(value)

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return None if value is None else encrypt(value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            return None
        return super().get_lookup(lookup_name)
