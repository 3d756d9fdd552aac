"""Sources of payment files: their columns seen in a sample, guessed, tried and saved."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from borrowers.errors import gettext_noop
from borrowers.intake.source import FileRefused, Row, open_source
from borrowers.models import Creditor, PaymentLine, PaymentSource, User, record_event
from borrowers.services.payment_lines import FIELDS, REQUIRED, preview_lines

ROWS_SHOWN = 8
_LONGEST_CELL = 200
_MOST_COLUMNS = 80
# Words by which a column is guessed, the surer ones first; a person sees the guess and decides.
_WORDS: dict[str, tuple[str, ...]] = {
    "amount": ("交易金额", "收入金额", "贷方发生额", "金额", "amount", "credit", "sum"),
    "paid_on": ("交易日期", "记账日期", "入账日期", "交易时间", "日期", "value date", "booking date", "date", "day"),
    "payment_no": (
        "交易流水",
        "流水号",
        "交易号",
        "订单号",
        "流水",
        "transaction id",
        "transaction",
        "payment no",
        "no",
    ),
    "reference": ("附言", "备注", "摘要", "用途", "reference", "remittance", "purpose", "remark", "text"),
    "payer_name": ("对方户名", "付款人名称", "付款方", "付款人", "户名", "payer", "debtor", "name"),
    "payer_account": ("对方账号", "付款账号", "付款人账号", "账号", "payer account", "iban", "account"),
}
DATE_FORMS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日", "%Y/%m/%d %H:%M:%S", "%Y%m%d%H%M%S", "%d/%m/%Y",
    "%d.%m.%Y", "%d-%m-%Y", "%m/%d/%Y",
)  # fmt: skip


class SourceRefused(ValueError):
    """The source cannot be saved so: `field` names the place, str() says why in the reader's language."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True, slots=True)
class Sample:
    """The columns of a file and its first rows, by their number in it."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, Row], ...]

    def as_text(self) -> str:
        """To be carried by the form between two looks: nothing of the file is kept here."""
        return json.dumps([self.header, self.rows], ensure_ascii=False)


def read_sample(path: Path) -> Sample:
    """The first rows of a bank's file. FileRefused when it is no table."""
    with open_source(path, only="lines") as tables:
        if len(tables) != 1:
            raise FileRefused("", gettext_noop("must hold exactly one table"))
        table = next(iter(tables.values()))
        rows = tuple(
            (number, {name: value[:_LONGEST_CELL] for name, value in row.items()})
            for number, row in islice(table.rows(), ROWS_SHOWN)
        )
        return Sample(table.header[:_MOST_COLUMNS], rows)


def sample_from_text(text: str) -> Sample | None:
    """What `as_text` made, back from the form; None when there is none, or somebody wrote another thing there."""
    try:
        header, rows = json.loads(text)
        return Sample(
            tuple(str(name)[:_LONGEST_CELL] for name in header[:_MOST_COLUMNS]),
            tuple(
                (int(number), {str(name): str(value)[:_LONGEST_CELL] for name, value in row.items()})
                for number, row in rows[:ROWS_SHOWN]
            ),
        )
    except (ValueError, TypeError, AttributeError, KeyError):
        return None


def guess_columns(header: Sequence[str]) -> dict[str, str]:
    """Our field → the column that is likely to hold it; each column at most once.

    >>> guess_columns(["交易流水", "交易日期", "交易金额", "附言"])
    {'amount': '交易金额', 'paid_on': '交易日期', 'payment_no': '交易流水', 'reference': '附言'}
    """
    guessed: dict[str, str] = {}
    for field, words in _WORDS.items():
        left = [name for name in header if name and name not in guessed.values()]
        found = next((name for word in words for name in left if _means(name, word)), None)
        if found is not None:
            guessed[field] = found
    return guessed


def _means(column: str, word: str) -> bool:
    """Whole words of a Latin script; a Chinese name of a column is a run without blanks."""
    return re.search(rf"\b{re.escape(word)}\b", column) is not None if word.isascii() else word in column


def guess_date_form(sample: Sample, column: str) -> str:
    """The form in which most of the column's dates can be read, half of them at least (a file may end in a sum); "" when
    there is none."""
    dates = [row.get(column, "") for _number, row in sample.rows if row.get(column, "")]
    fitting = {form: sum(_fits(date, form) for date in dates) for form in DATE_FORMS}
    best = max(DATE_FORMS, key=lambda form: fitting[form])
    return best if fitting[best] and 2 * fitting[best] >= len(dates) else ""


def _fits(text: str, form: str) -> bool:
    try:
        dt.datetime.strptime(text, form)  # noqa: DTZ007 - a calendar date, no instant
    except ValueError:
        return False
    return True


def try_columns(
    sample: Sample, *, creditor: Creditor, mapping: Mapping[str, str], date_format: str, on: dt.date
) -> list[PaymentLine]:
    """The rows of the sample as they would be read; nothing is written."""
    source = PaymentSource(creditor=creditor, mapping=dict(mapping), date_format=date_format)
    return preview_lines(sample.rows, source, on)


def save_source(
    *,
    source: PaymentSource | None,
    creditor: Creditor,
    name: str,
    mapping: Mapping[str, str],
    date_format: str,
    method: str,
    actor: User,
) -> PaymentSource:
    """Save a new source (None) or the columns of one. Files that were loaded stay as they were read. SourceRefused,
    PermissionDenied."""
    permission = "borrowers.add_paymentsource" if source is None else "borrowers.change_paymentsource"
    visible = Creditor.objects.visible_to(actor).filter(pk=creditor.pk).exists()
    if not visible or not actor.has_perm(permission) or (source is not None and source.creditor_id != creditor.pk):
        raise PermissionDenied(_("You may not do this."))
    wanted = {field: column for field, column in mapping.items() if field in FIELDS and column}
    _check_columns(wanted)
    with transaction.atomic():
        # Two people who name a new source alike: the second is told.
        Creditor.objects.select_for_update(of=("self",)).get(pk=creditor.pk)
        namesakes = PaymentSource.objects.filter(creditor=creditor, name=name).values_list("pk", flat=True)
        if set(namesakes) - {source.pk if source is not None else 0}:
            raise SourceRefused("name", _("The creditor has a source of this name."))
        row = source or PaymentSource(creditor=creditor)
        old = _told(row) if source is not None else ""
        row.name, row.mapping, row.date_format, row.method = name, wanted, date_format, method
        row.save()
        action = "change_payment_source" if source is not None else "add_payment_source"
        record_event(row, action, actor=actor, field="mapping", old=old, new=_told(row), name=name)
    return row


def _check_columns(mapping: Mapping[str, str]) -> None:
    for field in REQUIRED:
        if field not in mapping:
            raise SourceRefused(field, _("Every file must have it: choose its column."))
    for field, column in mapping.items():
        if list(mapping.values()).count(column) > 1:
            raise SourceRefused(field, _("This column is chosen twice."))


def _told(source: PaymentSource) -> str:
    return f"{json.dumps(source.mapping, ensure_ascii=False, sort_keys=True)} {source.date_format} {source.method}"
