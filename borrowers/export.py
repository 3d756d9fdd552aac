"""Rows to CSV or JSON on a stream, one at a time: memory does not grow with their number.

A CSV is opened in spreadsheets: a text cell that would be taken for a formula gets an apostrophe before it.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from borrowers.money import money_text

FORMATS = ("csv", "json")
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")

Row = Mapping[str, Any]


class Stream(Protocol):
    def write(self, text: str, /) -> Any: ...


def write_rows(stream: Stream, columns: Sequence[str], rows: Iterable[Row], form: str) -> int:
    """Write the rows in one of FORMATS; returns their number. Decimals are money, dates ISO 8601, None is empty or
    null, a list is joined by semicolons in CSV."""
    return _write_json(stream, columns, rows) if form == "json" else _write_csv(stream, columns, rows)


def escape_formula(text: str) -> str:
    """The text as a spreadsheet takes it for text."""
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text


def csv_cell(value: Any) -> str:
    """One value as it stands in a CSV."""
    if isinstance(value, list | tuple):
        return escape_formula(";".join(str(part) for part in value))
    if isinstance(value, str):
        return escape_formula(value)
    plain = _plain(value)
    return "" if plain is None else str(plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return money_text(value)
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _write_csv(stream: Stream, columns: Sequence[str], rows: Iterable[Row]) -> int:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    count = 0
    for row in rows:
        writer.writerow([csv_cell(row[name]) for name in columns])
        count += 1
    return count


def _write_json(stream: Stream, columns: Sequence[str], rows: Iterable[Row]) -> int:
    count = 0
    for row in rows:
        text = json.dumps({name: _plain(row[name]) for name in columns}, ensure_ascii=False)
        stream.write(f"{',' if count else '['}\n{text}")
        count += 1
    stream.write("\n]\n" if count else "[]\n")
    return count
