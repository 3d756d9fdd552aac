"""The one place where the environment is read.

Every reader returns a typed value or stops the start with the name of the variable and what is wrong
with it. A `.env` file beside manage.py (written by `./run setup`) fills in what the environment lacks.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def load_file(path: Path) -> None:
    """Fill the environment from `path` without replacing what is already set."""
    if path.is_file():
        environ.Env.read_env(str(path), overwrite=False)


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def _read(name: str, default: str, parse: Callable[[str], T], wanted: str) -> T:
    raw = text(name, default)
    try:
        return parse(raw)
    except (ValueError, KeyError, LookupError) as error:
        raise ImproperlyConfigured(f"{name}: {raw!r} is not {wanted}") from error


def flag(name: str, default: bool = False) -> bool:
    def parse(raw: str) -> bool:
        lowered = raw.lower()
        if lowered in _TRUE:
            return True
        if lowered in _FALSE:
            return False
        raise ValueError(raw)

    return _read(name, "1" if default else "0", parse, "a yes or no (1, 0, true, false)")


def integer(name: str, default: int, least: int = 0) -> int:
    def parse(raw: str) -> int:
        value = int(raw)
        if value < least:
            raise ValueError(raw)
        return value

    return _read(name, str(default), parse, f"a whole number of at least {least}")


def decimal(name: str, default: str) -> Decimal:
    """A number of at least 0, exact."""

    def parse(raw: str) -> Decimal:
        try:
            value = Decimal(raw)
        except InvalidOperation as error:
            raise ValueError(raw) from error
        if not value.is_finite() or value < 0:
            raise ValueError(raw)
        return value

    return _read(name, default, parse, "a number of at least 0, such as 0.045")


def needed(name: str, is_needed: bool) -> str:
    """A text that must be there if `is_needed`."""
    value = text(name)
    if is_needed and not value:
        raise ImproperlyConfigured(f"{name}: must be set for the provider that was chosen")
    return value


def prefixed(prefix: str, *but: str) -> dict[str, str]:
    """All variables whose names begin with `prefix`, without it; those named in `but` left out."""
    names = [name for name in os.environ if name.startswith(prefix) and name not in but]
    return {name.removeprefix(prefix): text(name) for name in names}


def words(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    def parse(raw: str) -> str:
        if raw not in allowed:
            raise ValueError(raw)
        return raw

    return _read(name, default, parse, "one of " + ", ".join(allowed))


def time_zone(name: str, default: str) -> str:
    return _read(name, default, lambda raw: ZoneInfo(raw).key, "an IANA time zone such as Asia/Shanghai")


def url(name: str, default: str, schemes: tuple[str, ...]) -> str:
    def parse(raw: str) -> str:
        if urlsplit(raw).scheme not in schemes:
            raise ValueError(raw)
        return raw

    return _read(name, default, parse, "a URL that starts with " + ", ".join(f"{s}://" for s in schemes))


def database(name: str, default: str) -> dict[str, Any]:
    """Django's database dictionary from sqlite:///PATH or postgres://USER:PASSWORD@HOST:PORT/NAME."""
    raw = url(name, default, ("sqlite", "postgres", "postgresql"))
    try:
        config: dict[str, Any] = environ.Env.db_url_config(raw)
    except (ValueError, TypeError) as error:
        raise ImproperlyConfigured(f"{name}: {raw!r} cannot be read as a database address") from error
    if not config.get("NAME"):
        raise ImproperlyConfigured(f"{name}: {raw!r} names no database")
    return config


def fernet_keys(name: str, default: str) -> list[str]:
    """Fernet keys, newest first: the first encrypts, all of them decrypt."""
    keys = words(name, default)
    for key in keys:
        try:
            Fernet(key)
        except ValueError as error:
            raise ImproperlyConfigured(f"{name}: holds something that is not a Fernet key") from error
    if not keys:
        raise ImproperlyConfigured(f"{name}: at least one Fernet key is needed")
    return keys
