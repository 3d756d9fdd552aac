"""The rows of a bank's file as lines: by the columns of its source, with what is wrong with each."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from borrowers.errors import InputError, gettext_noop
from borrowers.intake.source import FileRefused, Row, open_source
from borrowers.models import PaymentFile, PaymentLine, PaymentSource
from borrowers.money import parse_signed_money
from borrowers.services.ledger import LONGEST_NUMBER

FIELDS = ("amount", "paid_on", "payment_no", "reference", "payer_name", "payer_account")
REQUIRED = ("amount", "paid_on", "payment_no")
# Separators of thousands alone are taken out: of "310,50" nobody knows whether it is 310.50 or 31050.
_THOUSANDS = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_lines(path: Path, source: PaymentSource, file: PaymentFile) -> Iterator[PaymentLine]:
    """The lines of a file, unsaved: suspended, or refused with what is wrong. FileRefused when it is no table, or lacks
    a column that the source names."""
    with open_source(path, only="lines") as tables:
        if len(tables) != 1:
            raise FileRefused(file.file_name, gettext_noop("must hold exactly one table"))
        table = next(iter(tables.values()))
        columns = _columns(source)
        for field in REQUIRED:
            if not columns[field] or columns[field] not in table.header:
                raise FileRefused(
                    f"{file.file_name} row 1", gettext_noop("the column for %(field)s is missing"), field=field
                )
        for number, row in table.rows():
            yield _line(number, row, columns, file)


def _columns(source: PaymentSource) -> dict[str, str]:
    """Our fields with the columns that hold them, written as headers are read: case does not count."""
    return {field: str(source.mapping.get(field) or "").strip().lower() for field in FIELDS}


def _line(number: int, row: Row, columns: dict[str, str], file: PaymentFile) -> PaymentLine:
    given = {field: row.get(columns[field], "").strip() for field in FIELDS}
    line = PaymentLine(
        file=file,
        row=number,
        raw=row,
        payment_no=given["payment_no"][:LONGEST_NUMBER],
        reference=given["reference"][:300],
        payer_name=given["payer_name"][:200],
        payer_account=given["payer_account"][:64],
        state=PaymentLine.State.SUSPENDED,
    )
    try:
        line.amount = _amount(given["amount"], file.source.creditor.currency)
        line.paid_on = _date(given["paid_on"], file.source.date_format)
        if line.paid_on > file.loaded_on:
            raise InputError("paid_on", gettext_noop("lies in the future"))
        if not line.payment_no:
            raise InputError("payment_no", gettext_noop("is missing"))
        # Cut off, two payments would have one number.
        if len(given["payment_no"]) > LONGEST_NUMBER:
            raise InputError("payment_no", gettext_noop("is longer than %(length)s characters"), length=LONGEST_NUMBER)
        if line.amount == 0:
            raise InputError("amount", gettext_noop("must be more than 0"))
    except InputError as refused:
        line.state, line.reason = PaymentLine.State.REFUSED, str(refused)[:300]
    return line


def _amount(text: str, currency: str) -> Decimal:
    plain_text = text.replace(",", "") if _THOUSANDS.fullmatch(text) else text
    return parse_signed_money(plain_text, "amount", currency=currency)


def _date(text: str, form: str) -> dt.date:
    """By the source's form. The dates of a workbook come as ISO 8601, whatever the form of its texts; so do many times."""
    try:
        if _ISO.match(text):
            return dt.datetime.fromisoformat(text).date()
        return dt.datetime.strptime(text, form).date()  # noqa: DTZ007 - a calendar date, no instant
    except ValueError:
        raise InputError(
            "paid_on", gettext_noop("%(value)s is no date in the form %(form)s"), value=text[:40], form=form
        ) from None


def preview_lines(rows: Iterable[tuple[int, Row]], source: PaymentSource, on: dt.date) -> list[PaymentLine]:
    """A few rows as they would be read by the columns of `source`, which need not be saved yet; nothing is written."""
    file = PaymentFile(source=source, loaded_on=on)
    columns = _columns(source)
    return [_line(number, row, columns, file) for number, row in rows]
