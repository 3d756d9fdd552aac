"""Limitation of loans: live for a page, and kept row by row by the day's run, which writes only what changed."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from borrowers.models import Creditor, Loan
from cases.models import Case, CaseLoan
from legal.models import LoanLimitation
from legal.rules import limitation as rules
from legal.rules.limitation import EXPIRED, Limitation, limitation
from legal.rules.limitation_law import guarantee_until
from legal.services.limitation_events import LoanFile, events_of

# Days before the end on which a warning tag changes (rules.md part 2).
WARN_DAYS = (180, 90, 30, 7)
CHUNK = 1000
# A long file restarts many times; the row keeps how it began and what happened last.
REASONS_KEPT = 40
_COLUMNS = ("state", "due_on", "expires_on", "suit_ok", "guarantee_until", "reasons")


@dataclass(frozen=True, slots=True)
class Standing:
    """One loan on one day. `result` is None where no term is set for its creditor, or nothing is due of it."""

    loan: Loan
    file: LoanFile
    result: Limitation | None
    guarantee_until: dt.date | None

    @property
    def is_expired(self) -> bool:
        return self.result is not None and self.result.state == EXPIRED

    @property
    def has_no_term(self) -> bool:
        return self.file.regime.years is None

    def row(self, on: dt.date) -> LoanLimitation:
        result = self.result
        return LoanLimitation(
            loan=self.loan,
            state=result.state if result else "",
            due_on=self.file.due_on,
            expires_on=result.expires_on if result else None,
            suit_ok=result is not None and result.state != EXPIRED,
            guarantee_until=self.guarantee_until,
            reasons=[_as_json(reason) for reason in _kept(result.reasons)] if result else [],
            reckoned_on=on,
        )


def limitation_of(loans: Sequence[Loan], on: dt.date) -> list[Standing]:
    """Where limitation of each loan stands on the day `on`, in their order; a fixed number of queries. `loans` come with
    their creditor."""
    files = events_of(loans)
    return [_standing(loan, files[loan.pk], on) for loan in loans]


def _standing(loan: Loan, file: LoanFile, on: dt.date) -> Standing:
    result = None
    if file.due_on is not None and file.regime.years is not None:
        result = limitation(file.due_on, file.events, on, file.regime.years, file.regime.law)
    guarantee = None
    if file.is_guaranteed and file.due_on is not None and file.regime.law is rules.CHINA:
        guarantee = guarantee_until(file.due_on, file.guarantee_agreed)
        if file.guarantee_claimed is not None and file.guarantee_claimed <= guarantee:
            guarantee = None
    return Standing(loan, file, result, guarantee)


def _kept(reasons: Sequence[rules.Reason]) -> Sequence[rules.Reason]:
    return reasons if len(reasons) <= REASONS_KEPT else (reasons[0], *reasons[-REASONS_KEPT + 1 :])


def _as_json(reason: rules.Reason) -> dict[str, Any]:
    return {
        "on": reason.on.isoformat(),
        "kind": reason.kind,
        "effect": reason.effect,
        "source": reason.source,
        "via": reason.via,
        "ref": reason.ref,
    }


# --- The day's run -------------------------------------------------------------------------------------


def refresh_limitations(*, creditor: Creditor, on: dt.date) -> int:
    """Reckon the loans of the creditor's open cases for the day `on`, and tell their cases; returns the rows that changed.

    Each chunk in a transaction of its own: cut off in the middle, the next run completes it; run twice, it changes
    nothing.
    """
    loans = Loan.objects.filter(creditor=creditor, cases__closed_on__isnull=True, cases__isnull=False).distinct()
    ids = list(loans.order_by("pk").values_list("pk", flat=True))
    changed = 0
    for at in range(0, len(ids), CHUNK):
        changed += refresh_loans(ids[at : at + CHUNK], on)
    return changed + _tell_cases(Case.objects.open().filter(creditor=creditor))


def refresh_loans(ids: Sequence[int], on: dt.date) -> int:
    """Bring the rows of these loans up to the day `on`."""
    with transaction.atomic():
        loans = list(Loan.objects.filter(pk__in=ids).select_related("creditor").order_by("pk"))
        held = {row.loan_id: row for row in LoanLimitation.objects.filter(loan__in=ids)}
        new, changed = [], []
        for standing in limitation_of(loans, on):
            row, before = standing.row(on), held.get(standing.loan.pk)
            if before is None:
                new.append(row)
            elif any(getattr(row, name) != getattr(before, name) for name in _COLUMNS):
                changed.append(row)
        LoanLimitation.objects.bulk_create(new, batch_size=500)
        LoanLimitation.objects.bulk_update(changed, [*_COLUMNS, "reckoned_on"], batch_size=200)
    return len(new) + len(changed)


def refresh_case(*, case: Case, on: dt.date) -> int:
    """One case at once, as after a page recorded something for it."""
    changed = refresh_loans(list(case.loans.values_list("pk", flat=True)), on)
    return changed + _tell_cases(Case.objects.filter(pk=case.pk))


def _tell_cases(cases: Any) -> int:
    """The next day on which a loan of the case expires, and whether one has expired; only where that is not what the case
    says. What is paid or taken back counts no more."""
    wanted: dict[int, tuple[dt.date | None, bool]] = {}
    rows = CaseLoan.objects.filter(case__in=cases, loan__status__in=[Loan.Status.OPEN, Loan.Status.WRITTEN_OFF])
    standing: dict[int, list[tuple[str, dt.date | None]]] = defaultdict(list)
    for case_id, state, expires_on in rows.filter(loan__balance__outstanding_amount__gt=0).values_list(
        "case_id", "loan__limitation__state", "loan__limitation__expires_on"
    ):
        standing[case_id].append((state or "", expires_on))
    for case_id, states in standing.items():
        ahead = [on for state, on in states if on is not None and state != EXPIRED]
        wanted[case_id] = (min(ahead, default=None), any(state == EXPIRED for state, _on in states))
    return sum(_write(changes) for changes in _chunks(_differing(cases, wanted)))


def _differing(
    cases: Any, wanted: dict[int, tuple[dt.date | None, bool]]
) -> Iterator[tuple[int, dt.date | None, bool]]:
    for pk, *held in cases.values_list("pk", "limitation_expires_on", "limitation_expired"):
        expires_on, expired = wanted.get(pk, (None, False))
        if held != [expires_on, expired]:
            yield pk, expires_on, expired


def _chunks(found: Iterable[tuple[int, dt.date | None, bool]]) -> Iterator[list[tuple[int, dt.date | None, bool]]]:
    rows = list(found)
    for at in range(0, len(rows), CHUNK):
        yield rows[at : at + CHUNK]


def _write(changes: list[tuple[int, dt.date | None, bool]]) -> int:
    """No more than two columns of each row; nothing else that is being written there is touched."""
    Case.objects.bulk_update(
        [Case(pk=pk, limitation_expires_on=on, limitation_expired=expired) for pk, on, expired in changes],
        ["limitation_expires_on", "limitation_expired"],
        batch_size=500,
    )
    return len(changes)
