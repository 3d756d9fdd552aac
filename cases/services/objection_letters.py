"""The answer to an objection as a paper: what was objected, found and corrected, with the figures before and after, and
what the borrower may do next. Kept byte for byte, once for each objection."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from borrowers.models import User
from borrowers.money import format_money
from cases.letters.fonts import drawable_text
from cases.letters.render import shown_day
from cases.models import CasePaper, Objection
from cases.policy.objection_clocks import remedies_for
from cases.services.letter_figures import language_of
from cases.services.objection_corrections import LoanChange
from cases.services.papers import file_paper


def make_answer(
    *,
    objection: Objection,
    changes: Sequence[LoanChange],
    bookings: Sequence[int],
    actor: User,
    on: dt.date,
    language: str | None = None,
) -> CasePaper:
    """Number, draw and file it (call inside the transaction of the answer)."""
    case = objection.case
    language = language or language_of(case.borrower)
    figures = {
        "outcome": objection.state,
        "loans": {one.account_no: one.figures() for one in changes},
        "bookings": list(bookings),
    }
    return file_paper(
        case, CasePaper.Kind.ANSWER, language, on, answer_context(objection, changes, on, language), figures, actor,
        loan=objection.loan, objection=objection,
    )  # fmt: skip


def answer_context(objection: Objection, changes: Sequence[LoanChange], on: dt.date, language: str) -> dict[str, Any]:
    creditor = objection.case.creditor

    def shown(amount: Decimal, currency: str) -> str:
        return format_money(amount, currency, language)

    return {
        "objection": objection,
        # As the borrower wrote them, whatever signs there are among them.
        "words": drawable_text(objection.words),
        "contract_no": (objection.loan.contract_no or objection.loan.account_no) if objection.loan else "",
        "received_on": shown_day(objection.received_on, language),
        "found": objection.found.splitlines(),
        "corrected": objection.corrected.splitlines(),
        "gives_back": objection.family == Objection.Family.IDENTITY_THEFT and objection.state == Objection.State.UPHELD,
        "changes": [
            {
                "contract_no": change.contract_no,
                "owed_before": shown(change.owed_before, change.currency),
                "owed_after": shown(change.owed_after, change.currency),
                "overdue_before": shown(change.overdue_before, change.currency),
                "overdue_after": shown(change.overdue_after, change.currency),
            }
            for change in changes
            if change.is_changed
        ],
        "remedies": remedies_for(creditor.pack, objection.family, language, on),
        "complaint_line": creditor.complaint_line,
    }
