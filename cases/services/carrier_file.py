"""Reads what the carrier tells of a print run: tracking numbers, and which letters arrived, came back or were lost."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from python_calamine import CalamineWorkbook

from borrowers.errors import InputError, gettext_noop
from borrowers.models import User
from cases.models import Posting, PrintRun
from cases.services.posting_told import tell_posting

LARGEST = 5_000_000
_State = Posting.State
# Column → its names in files, lower case.
_NAMES = {
    "letter": ("letter", "letter number", "letter_number", "number", "函件编号", "函号", "编号"),
    "position": ("position", "序号"),
    "tracking_no": ("tracking_no", "tracking number", "tracking", "运单号", "邮件号", "快递单号"),
    "carrier": ("carrier", "承运人", "快递公司"),
    "posted_on": ("posted_on", "posted on", "posted", "寄出日期", "交寄日期"),
    "state": ("state", "status", "状态"),
    "settled_on": ("settled_on", "date", "delivered on", "日期", "签收日期"),
    "signed_by": ("signed_by", "signed by", "签收人"),
    "return_reason": ("return_reason", "reason", "退回原因", "原因"),
}
_STATES = {
    "posted": _State.POSTED, "in transit": _State.POSTED, "已寄出": _State.POSTED, "在途": _State.POSTED,
    "delivered": _State.DELIVERED, "signed": _State.DELIVERED, "妥投": _State.DELIVERED, "已签收": _State.DELIVERED, "签收": _State.DELIVERED,
    "returned": _State.RETURNED, "退回": _State.RETURNED, "退件": _State.RETURNED,
    "lost": _State.LOST, "遗失": _State.LOST, "丢失": _State.LOST,
}  # fmt: skip
_ENDS = (_State.DELIVERED, _State.RETURNED, _State.LOST)


@dataclass(slots=True)
class Line:
    """One row of the file: what it would change, or what is wrong with it."""

    number: int
    letter: str = ""
    old: str = ""
    new: str = ""
    problem: str = ""
    changes: dict[str, Any] = field(default_factory=dict)


def take_carrier_file(
    *, run: PrintRun, actor: User, name: str, data: bytes, dry_run: bool, today: dt.date
) -> list[Line]:
    """Read the file row by row and apply the good rows (none with `dry_run`); the same file again changes nothing.

    InputError for a file that cannot be read at all, PermissionDenied.
    """
    if not actor.has_perm("cases.make_print_run") or not PrintRun.objects.visible_to(actor).filter(pk=run.pk).exists():
        raise PermissionDenied(_("You may not print letters of this creditor."))
    rows = list(_rows(name, data))
    with transaction.atomic():
        postings = Posting.objects.filter(run=run).select_related(
            "letter__case__borrower__creditor", "letter__decision", "contact_point"
        )
        if not dry_run:
            postings = postings.select_for_update(of=("self",))
        found = list(postings)
        lines = [_check(number, row, found, today) for number, row in rows]
        if not dry_run:
            by_number = {posting.letter.number: posting for posting in found}
            told = [(by_number[line.letter], line) for line in lines if line.changes]
            # In the order of the borrowers: two files at once take the ends of the contact chains in one order.
            for posting, line in sorted(told, key=lambda one: (one[0].letter.case.borrower_id, one[1].number)):
                tell_posting(posting=posting, changes=line.changes, actor=actor)
    return lines


def _rows(name: str, data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, column → text) of a CSV (UTF-8 or GB 18030) or of the first sheet of a workbook."""
    if len(data) > LARGEST:
        raise InputError(name, gettext_noop("the file is too large"))
    table = _sheet(name, data) if name.lower().endswith(".xlsx") else _csv(name, data)
    header = next(table, None)
    if header is None:
        raise InputError(name, gettext_noop("the file is empty"))
    columns = {
        place: key
        for place, told in enumerate(header)
        for key, names in _NAMES.items()
        if told.strip().lower() in names
    }
    if "letter" not in columns.values() and "position" not in columns.values():
        raise InputError(name, gettext_noop("there is no column with the letter's number or its position"))
    for number, cells in enumerate(table, start=2):
        row = {columns[place]: cell.strip() for place, cell in enumerate(cells) if place in columns}
        if any(row.values()):
            yield number, row


def _csv(name: str, data: bytes) -> Iterator[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return csv.reader(io.StringIO(text))
    raise InputError(name, gettext_noop("the text is neither UTF-8 nor GB 18030"))


def _sheet(name: str, data: bytes) -> Iterator[list[str]]:
    try:
        rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    except Exception as error:  # whatever the reader makes of a damaged file
        raise InputError(name, gettext_noop("this is no workbook that can be read")) from error
    return iter([[_text(cell) for cell in row] for row in rows])


def _text(cell: object) -> str:
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _check(number: int, row: dict[str, str], postings: list[Posting], today: dt.date) -> Line:
    posting = _named(row, postings)
    if posting is None:
        return Line(number, row.get("letter", ""), problem=_("No such letter is in this print run."))
    line = Line(number, posting.letter.number, posting.state, posting.state)
    state = _State.POSTED if posting.state == _State.PRINTED and row.get("tracking_no") else posting.state
    if told := row.get("state", ""):
        if told.lower() not in _STATES:
            line.problem = _("state: “%(told)s” is not known") % {"told": told}
            return line
        state = _STATES[told.lower()]
    try:
        days = {name: _day(name, row[name], today) for name in ("posted_on", "settled_on") if row.get(name)}
    except ValueError as error:
        line.problem = str(error)
        return line
    if state in _ENDS and "settled_on" not in days and posting.settled_on is None:
        line.problem = _("date: on which day was it delivered or returned?")
        return line
    settled = days.get("settled_on", posting.settled_on)
    issued = posting.letter.case.borrower.creditor.business_date(posting.letter.issued_at)
    if "settled_on" in days and days["settled_on"] < issued:
        line.problem = _("date: the letter was issued only on %(day)s") % {"day": issued.isoformat()}
        return line
    if (
        posting.state in _ENDS
        and state != posting.state
        and (settled is None or settled <= (posting.settled_on or today))
    ):
        line.problem = _("state: it is %(old)s already") % {"old": posting.get_state_display()}
        return line
    told_values = {
        "state": state,
        **{name: row[name] for name in ("tracking_no", "carrier", "signed_by", "return_reason") if row.get(name)},
        **days,
    }
    line.changes = {name: value for name, value in told_values.items() if getattr(posting, name) != value}
    line.new = state
    return line


def _named(row: dict[str, str], postings: list[Posting]) -> Posting | None:
    if row.get("letter"):
        return next((posting for posting in postings if posting.letter.number == row["letter"].lstrip("'")), None)
    return next((posting for posting in postings if str(posting.position) == row.get("position")), None)


def _day(name: str, text: str, today: dt.date) -> dt.date:
    try:
        day = dt.date.fromisoformat(text[:10].replace("/", "-"))
    except ValueError:
        raise ValueError(_("%(field)s: “%(told)s” is not a day") % {"field": name, "told": text}) from None
    if day > today:
        raise ValueError(_("%(field)s: %(told)s lies ahead") % {"field": name, "told": text})
    return day
