"""Packs: the law of a place as data. Read once from `<name>.toml` beside this file and checked to the last key."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from borrowers.errors import InputError, gettext_noop

from .rules import KINDS, Rule

FOLDER = Path(__file__).parent

# The keys of a rule's table that are not its terms.
_NOT_TERMS = ("kind", "figures")


@dataclass(frozen=True)
class Pack:
    """The rules of one place in the order in which they are asked. `version` changes with every figure."""

    name: str
    version: str
    title: str
    effective_on: date
    rules: tuple[Rule, ...]

    @property
    def lookback_days(self) -> int:
        """How many days before an attempt its counting rules look back."""
        return max((rule.lookback_days for rule in self.rules if rule.terms.enabled), default=0)


class _Head(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    version: str
    title: str
    effective_on: date
    rules: list[dict[str, Any]]


@cache
def pack_names() -> tuple[str, ...]:
    """The packs that are there, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def load_pack(name: str) -> Pack:
    """The pack of that name. InputError if there is none, or naming file and key of what is wrong in it."""
    if name not in pack_names():
        message = gettext_noop("%(value)r is not known; use one of: %(known)s")
        raise InputError("pack", message, value=name, known=", ".join(pack_names()))
    path = FOLDER / f"{name}.toml"
    return read_pack(path.read_text(encoding="utf-8"), path.name)


def read_pack(text: str, file: str) -> Pack:
    """The pack written in `text`; `file` is how errors call it."""
    try:
        head = _Head.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InputError(file, "%(error)s", error=str(error)) from None
    except ValidationError as error:
        raise _refusal(error, file) from None
    rules = tuple(_read_rule(table, f"{file}: rules[{number}]") for number, table in enumerate(head.rules, start=1))
    seen: set[str] = set()
    for rule in rules:
        if rule.terms.code in seen:
            raise InputError(f"{file}: rules", gettext_noop("the code %(code)r stands twice"), code=rule.terms.code)
        seen.add(rule.terms.code)
    return Pack(head.name, head.version, head.title, head.effective_on, rules)


def _read_rule(table: dict[str, Any], where: str) -> Rule:
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        message = gettext_noop("%(value)r is not known; use one of: %(known)s")
        raise InputError(f"{where}.kind", message, value=kind, known=", ".join(KINDS))
    figures = table.get("figures", {})
    if not isinstance(figures, dict):
        raise InputError(f"{where}.figures", gettext_noop("must be a table"))
    terms = {key: value for key, value in table.items() if key not in _NOT_TERMS}
    where = f"{where} ({terms.get('code', '?')})"
    try:
        return _adapter(kind).validate_python(figures | {"terms": terms})
    except ValidationError as error:
        raise _refusal(error, where) from None


@cache
def _adapter(kind: str) -> TypeAdapter[Rule]:
    return TypeAdapter(KINDS[kind])


def _refusal(error: ValidationError, where: str) -> InputError:
    first = error.errors(include_url=False)[0]
    path = ".".join(str(part) for part in first["loc"])
    return InputError(f"{where}: {path}" if path else where, "%(error)s", error=first["msg"])
