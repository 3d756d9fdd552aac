"""A batch as a spreadsheet: one row a matter for the court, and what the court tells of them read back.

Read back, the file is taken whole or not at all: every row is made as the moves that it tells (accepted, hearing fixed),
and when one of them is refused, none stands. A row whose matter says the same already changes nothing, so that the same
file twice does nothing twice.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from borrowers.errors import InputError, gettext_noop
from borrowers.export import csv_cell
from borrowers.intake import FileRefused
from borrowers.intake.source import open_source
from borrowers.models import User, record_event
from borrowers.money import parse_money
from borrowers.services.uploads import file_type
from legal.models import Matter, MatterBatch, MatterState
from legal.rules.court_numbers import normalise
from legal.services.batches import MATTERS_AT_MOST, check_works_batch, matters_of
from legal.services.matters import LegalRefused, MoveRefused
from legal.services.moves import make_move

MOST_BYTES = 5_000_000
# Column → its names: the first in English, the second in Chinese; the others are read as well.
COLUMNS: dict[str, tuple[str, ...]] = {
    "case_no": ("case_no", "委案编号", "case number", "案件编号", "内部编号"),
    "court_case_no": ("court_case_no", "法院案号", "案号", "court case number", "court's case number"),
    "accepted_on": ("accepted_on", "立案日期", "受理日期", "accepted on"),
    "court_fee": ("court_fee", "诉讼费", "案件受理费", "受理费", "court fee"),
    "judge": ("judge", "承办法官", "法官", "审判员"),
    "clerk": ("clerk", "书记员", "court clerk"),
    "hearing_at": ("hearing_at", "开庭时间", "hearing"),
    "courtroom": ("courtroom", "法庭", "开庭地点"),
    "defendant": ("defendant", "被告"),
    "court": ("court", "受理法院", "法院"),
    "procedure": ("procedure", "程序"),
    "filed_on": ("filed_on", "起诉日期", "filed on"),
    "claimed_amount": ("claimed_amount", "诉讼标的额", "标的额"),
    "state": ("state", "状态"),
}
READ = ("court_case_no", "accepted_on", "court_fee", "judge", "clerk", "hearing_at", "courtroom")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_HOUR = re.compile(r"[ T日]*(\d{1,2})[:：时点](\d{1,2})?")


def write_sheet(batch: MatterBatch, actor: User) -> bytes:
    """CSV for Excel: UTF-8 with its mark, formulas escaped, headers in the reader's language."""
    check_works_batch(batch, actor)
    text = io.StringIO()
    writer = csv.writer(text)
    place = 1 if (get_language() or "").startswith("zh") else 0
    writer.writerow([names[place] for names in COLUMNS.values()])
    for matter in matters_of(batch, actor).select_related("case__borrower", "case__creditor", "court"):
        row = _row_of(matter)
        writer.writerow([csv_cell(row[name]) for name in COLUMNS])
    return text.getvalue().encode("utf-8-sig")


def _row_of(matter: Matter) -> dict[str, Any]:
    row = {name: getattr(matter, name) for name in ("court_case_no", "accepted_on", "court_fee", "judge", "clerk")}
    hearing = matter.hearing_at.astimezone(matter.case.creditor.zone) if matter.hearing_at else None
    return {
        **row,
        "case_no": matter.case.case_no,
        "hearing_at": f"{hearing:%Y-%m-%d %H:%M}" if hearing else "",
        "courtroom": matter.courtroom,
        "defendant": matter.case.borrower.name,
        "court": str(matter.court or ""),
        "procedure": str(matter.get_procedure_display()),
        "filed_on": matter.filed_on,
        "claimed_amount": matter.claimed_amount,
        "state": str(matter.get_state_display()),
    }


@dataclass(slots=True)
class Line:
    """One row of the file: what it does to its matter, or what is wrong with it and in which column."""

    number: int
    case_no: str = ""
    matter: Matter | None = None
    changes: dict[str, str] = field(default_factory=dict)
    column: str = ""
    problem: str = ""


@dataclass(slots=True)
class SheetRead:
    """The file row by row. `applied` is whether it stands."""

    file: str
    lines: list[Line]
    applied: bool = False

    @property
    def problems(self) -> list[Line]:
        return [line for line in self.lines if line.problem]

    @property
    def changed(self) -> list[Line]:
        return [line for line in self.lines if line.changes and not line.problem]

    @property
    def unchanged(self) -> int:
        return len(self.lines) - len(self.problems) - len(self.changed)

    def where(self, line: Line) -> str:
        """File, row and column, as a person finds it."""
        place = f"{self.file} " + _("row %(row)s") % {"row": line.number}
        return f"{place}, " + _("column %(column)s") % {"column": line.column} if line.column else place


Rows = list[tuple[int, dict[str, str]]]


def read_rows(name: str, data: bytes) -> Rows:
    """(row number, column → text) of a CSV (UTF-8 or GB 18030) or of a workbook's first sheet. FileRefused for a file that
    cannot be read, that has no column with our case number, or too many rows."""
    if len(data) > MOST_BYTES:
        raise FileRefused(name, gettext_noop("is larger than 5 MB"))
    # The reader goes by the ending, and what the file is, its content says.
    ending = file_type(io.BytesIO(data), "payments")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{Path(name).stem[:80] or 'sheet'}{ending}"
        path.write_bytes(data)
        with open_source(path, only="sheet") as tables:
            table = next(iter(tables.values()), None)
            if table is None:
                raise FileRefused(name, gettext_noop("is empty"))
            found = {column: _named(column) for column in table.header}
            if "case_no" not in found.values():
                raise FileRefused(name, gettext_noop("has no column with our case number (case_no)"))
            rows = []
            for number, row in table.rows():
                rows.append((number, {known: row[told] for told, known in found.items() if known and row.get(told)}))
                if len(rows) > MATTERS_AT_MOST:
                    raise FileRefused(name, gettext_noop("has too many rows"))
    return rows


def _named(header: str) -> str:
    return next((column for column, names in COLUMNS.items() if header.strip().lower() in names), "")


def take_sheet(*, batch: MatterBatch, name: str, rows: Rows, actor: User, dry: bool) -> SheetRead:
    """Make the moves that the rows tell, all or none; with `dry` none, so that what it would do can be looked at.

    PermissionDenied for whoever may not work the batch. Rows that tell nothing are passed over.
    """
    check_works_batch(batch, actor)
    with transaction.atomic():
        MatterBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
        read = SheetRead(name, list(_taken(batch, rows, actor)))
        read.applied = not dry and not read.problems
        if read.applied and read.changed:
            record_event(batch, "read_sheet", actor=actor, new=name, rows=len(rows), changed=len(read.changed))
        if not read.applied:
            transaction.set_rollback(True)
    return read


def _taken(batch: MatterBatch, rows: Rows, actor: User) -> Iterator[Line]:
    related = ("case__creditor", "case__borrower", "court")
    matters = {matter.case.case_no: matter for matter in matters_of(batch, actor).select_related(*related)}
    seen: dict[str, int] = {}
    numbers: dict[str, int] = {}
    for number, row in rows:
        told = {column: row[column] for column in READ if row.get(column, "").strip()}
        line = Line(number, row.get("case_no", "").strip().lstrip("'"))
        if not line.case_no and not told:
            continue
        try:
            line.matter = _matter_of(line, matters, seen)
            values = _values(line.matter, told)
            _once(values.get("court_case_no", ""), number, numbers)
            line.changes = _apply(line.matter, values, actor)
        except _Wrong as wrong:
            line.column, line.problem = wrong.column, wrong.words
        except (LegalRefused, MoveRefused) as refusal:
            line.problem = str(refusal)
        except PermissionDenied as refusal:
            line.problem = str(refusal) or _("You may not do this.")
        yield line


class _Wrong(ValueError):
    """A cell that cannot be taken."""

    def __init__(self, column: str, words: str) -> None:
        super().__init__(words)
        self.column, self.words = column, words


def _matter_of(line: Line, matters: Mapping[str, Matter], seen: dict[str, int]) -> Matter:
    if not line.case_no:
        raise _Wrong("case_no", _("is empty"))
    if line.case_no in seen:
        raise _Wrong("case_no", _("stands in row %(row)s already") % {"row": seen[line.case_no]})
    seen[line.case_no] = line.number
    matter = matters.get(line.case_no)
    if matter is None:
        raise _Wrong("case_no", _("%(case)s is not in this batch") % {"case": line.case_no})
    return matter


def _once(court_case_no: str, number: int, numbers: dict[str, int]) -> None:
    if court_case_no and court_case_no in numbers:
        raise _Wrong("court_case_no", _("stands in row %(row)s already") % {"row": numbers[court_case_no]})
    if court_case_no:
        numbers[court_case_no] = number


def _values(matter: Matter, told: Mapping[str, str]) -> dict[str, Any]:
    """The cells as values of the matter's columns. A leading apostrophe is what an export puts before a formula sign."""
    values: dict[str, Any] = {}
    for column, text in told.items():
        text = text.strip().lstrip("'")
        if column == "court_case_no":
            values[column] = normalise(text)
        elif column == "accepted_on":
            values[column] = _day(column, text)
        elif column == "hearing_at":
            values[column] = _hour(column, text, matter)
        elif column == "court_fee":
            values[column] = _money(column, text, matter)
        else:
            values[column] = text[:100]
    return values


def _day(column: str, text: str) -> dt.date:
    found = _DAY.match(text)
    try:
        if found is not None:
            return dt.date(*map(int, found.groups()))
    except ValueError:
        pass
    raise _Wrong(column, _("%(value)s is no day: write it like 2026-11-25") % {"value": text[:40]})


def _hour(column: str, text: str, matter: Matter) -> dt.datetime:
    """In the creditor's own time."""
    found = _DAY.match(text)
    clock = _HOUR.match(text[found.end() :]) if found else None
    try:
        if clock is not None:
            time = dt.time(int(clock[1]), int(clock[2] or 0))
            return dt.datetime.combine(_day(column, text), time, matter.case.creditor.zone)
    except ValueError:
        pass
    raise _Wrong(column, _("%(value)s is no day with an hour: write it like 2026-11-25 09:30") % {"value": text[:40]})


def _money(column: str, text: str, matter: Matter) -> Decimal:
    try:
        return parse_money(text, currency=matter.case.currency)
    except InputError as error:
        raise _Wrong(column, error.translated(_)) from error


# --- What a row does -------------------------------------------------------------------------------------


def _apply(matter: Matter, values: dict[str, Any], actor: User) -> dict[str, str]:
    """Make the moves that the row tells and that the matter does not know yet; what they change, as text."""
    changes: dict[str, str] = {}
    hearing = {name: values.pop(name) for name in ("hearing_at", "courtroom") if name in values}
    if matter.state == MatterState.FILING and values:
        for column in ("court_case_no", "accepted_on"):
            if column not in values:
                raise _Wrong(column, _("is empty"))
        matter = make_move(matter=matter, name="accept", actor=actor, **values)
        changes |= {name: str(value) for name, value in values.items()}
    else:
        _check_same(matter, values)
    if "hearing_at" in hearing and matter.hearing_at != hearing["hearing_at"]:
        make_move(matter=matter, name="fix_hearing", actor=actor, **hearing)
        changes["hearing_at"] = f"{hearing['hearing_at']:%Y-%m-%d %H:%M}"
    return changes


def _check_same(matter: Matter, values: dict[str, Any]) -> None:
    """A matter that was accepted before must not be told anything else: that is a correction, with a reason."""
    for column, value in values.items():
        known = getattr(matter, column)
        if column == "court_case_no" and known:
            known = normalise(known)
        if known == value:
            continue
        if known in (None, ""):
            raise _Wrong(
                column, _("the matter is at “%(state)s”: tell it there") % {"state": matter.get_state_display()}
            )
        raise _Wrong(column, _("the matter says %(known)s: correct it there, with a reason") % {"known": known})
