"""A paper of a kind with its own names for values: what an editor sees while no matter is chosen."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from legal.services.papers import content as papers

DAY = dt.date(2026, 3, 2)


def sample_of(kind: type[papers.Paper], language: str) -> papers.Paper:
    """Every text is its own name in brackets, every sum 1,234.50, every list has two entries."""
    return dataclasses.replace(
        _made(kind, ""), language=language, currency="CNY", number="SAMPLE-2026-000001", case_no="CASE-1"
    )


def _made(kind: Any, name: str) -> Any:
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        parts = dataclasses.fields(kind)
        return kind(**{f.name: _made(hints[f.name], f"{name}.{f.name}" if name else f.name) for f in parts})  # type: ignore[operator]
    if get_origin(kind) is tuple:
        return (_made(get_args(kind)[0], name), _made(get_args(kind)[0], name))
    if get_origin(kind) in (Union, UnionType):
        return _made(next(part for part in get_args(kind) if part is not type(None)), name)
    if kind is Decimal:
        return Decimal("0.156") if name.endswith("rate") else Decimal("1234.50")
    return {dt.date: DAY, bool: True, int: 2}.get(kind, f"[{name}]")
