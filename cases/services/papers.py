"""Papers of a case other than demands: drawn from the ledger and the arrangement, numbered, filed byte for byte."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from borrowers.models import Document, Loan, User, record_event
from borrowers.models.document import file_document
from borrowers.money import amount_in_words, format_money, money_figures, money_text
from borrowers.services.account import Statement, statement_of
from cases.letters.render import RenderedLetter, render_paper, shown_day
from cases.letters.seal import seal_uri
from cases.models import Arrangement, Case, CasePaper
from cases.services.letter_figures import account_of, addressee_of, language_of, sender_of
from cases.services.letters import check_may_issue

KIND = CasePaper.Kind
_MARK = {KIND.STATEMENT: "S", KIND.AGREEMENT: "A", KIND.CERTIFICATE: "C", KIND.ANSWER: "D"}


class PaperRefused(ValueError):
    """The paper cannot be made; says why in the reader's language."""


def make_statement(*, case: Case, loan: Loan, actor: User, on: dt.date, language: str | None = None) -> CasePaper:
    """A statement of account of one loan up to `on`. PaperRefused when the loan is not in the case."""
    check_may_issue(case, actor)
    if not case.loans.filter(pk=loan.pk).exists():
        raise PaperRefused(_("The loan is not in this case."))
    language = language or language_of(case.borrower)
    with translation.override(language):
        statement = statement_of(loan=loan, on=on)
        context = statement_context(statement, language)
    figures = {"owed": money_text(statement.owed, loan.currency), "lines": len(statement.lines)}
    return file_paper(case, KIND.STATEMENT, language, on, context, figures, actor, loan=loan)


def make_agreement(*, arrangement: Arrangement, actor: User, on: dt.date, language: str | None = None) -> CasePaper:
    """The agreement with its return slip, once for each arrangement: asked again, the same paper. PaperRefused while it
    is not approved, when it has ended without one, or for a waiver, which needs no agreement."""
    case = Case.objects.select_related("creditor", "borrower").get(pk=arrangement.case_id)
    check_may_issue(case, actor)
    made = CasePaper.objects.filter(arrangement=arrangement, kind=KIND.AGREEMENT).first()
    if made is not None:
        return made
    over = (Arrangement.State.PROPOSED, Arrangement.State.BROKEN, Arrangement.State.CANCELLED)
    if arrangement.state in over or not arrangement.lines:
        raise PaperRefused(_("Only an approved arrangement with payments has an agreement."))
    language = language or language_of(case.borrower)
    context = agreement_context(arrangement, language)
    figures = {"total": str(arrangement.total), "lines": arrangement.lines, "forgiven": arrangement.forgiven}
    return file_paper(
        case, KIND.AGREEMENT, language, on, context, figures, actor, loan=arrangement.loan, arrangement=arrangement
    )


def make_certificate(*, case: Case, actor: User, on: dt.date, language: str | None = None) -> CasePaper:
    """结清证明 for the whole case, once: asked again, the same paper. PaperRefused while anything is owed, also where a
    payment bounced after one was made."""
    case = Case.objects.select_related("creditor", "borrower").get(pk=case.pk)
    check_may_issue(case, actor)
    loans = list(case.loans.select_related("balance").order_by("account_no"))
    if any(loan.balance.outstanding_amount for loan in loans):
        raise PaperRefused(_("Something is still owed: there is nothing to certify."))
    made = CasePaper.objects.filter(case=case, kind=KIND.CERTIFICATE).first()
    if made is not None:
        return made
    language = language or language_of(case.borrower)
    forgiven = any(loan.entries.filter(kind="waiver", component="principal").exists() for loan in loans)
    context = {
        "loans": [_certified(loan, language) for loan in loans],
        "settled_on": shown_day(max((loan.balance.last_paid_on or on for loan in loans), default=on), language),
        "forgiven": forgiven,
    }
    return file_paper(
        case, KIND.CERTIFICATE, language, on, context, {"loans": [loan.account_no for loan in loans]}, actor
    )


def _certified(loan: Loan, language: str) -> dict[str, str]:
    return {
        "contract_no": loan.contract_no or loan.account_no,
        "amount": format_money(loan.principal, loan.currency, language),
        "words": amount_in_words(loan.principal, loan.currency, language),
        "disbursed_on": shown_day(loan.disbursed_on, language),
        "paid": format_money(loan.balance.paid_total, loan.currency, language),
    }


def agreement_context(arrangement: Arrangement, language: str) -> dict[str, Any]:
    loan = arrangement.loan

    def shown(amount: Decimal) -> str:
        return format_money(amount, loan.currency, language)

    lines = [
        {"number": place, "due_on": shown_day(line.due_on, language), "amount": shown(line.total)}
        for place, line in enumerate(arrangement.plan, start=1)
    ]
    return {
        "arrangement": arrangement,
        "contract_no": loan.contract_no or loan.account_no,
        "lines": lines,
        "total": shown(arrangement.total),
        "total_words": amount_in_words(arrangement.total, loan.currency, language),
        "owed": shown(arrangement.total + arrangement.forgiven_total),
        "forgiven": shown(arrangement.forgiven_total) if arrangement.forgiven_total else "",
        "last_due_on": lines[-1]["due_on"],
        "proposed_on": shown_day(arrangement.proposed_on, language),
        "account": account_of(loan.creditor),
        "payment_reference": loan.contract_no or loan.account_no,
    }


def statement_context(statement: Statement, language: str) -> dict[str, Any]:
    """The words of each line are those of the language that is active."""
    currency = statement.loan.currency

    def shown(amount: Decimal | None) -> str:
        return "" if amount is None else money_figures(amount, currency)

    return {
        "contract_no": statement.loan.contract_no or statement.loan.account_no,
        "currency": currency,
        "as_of": shown_day(statement.on, language),
        "owed": format_money(statement.owed, currency, language),
        "due": format_money(statement.due, currency, language),
        "credit": format_money(statement.credit, currency, language) if statement.credit else "",
        "lines": [
            {
                "on": line.on.isoformat(),
                "what": line_words(line.kind, line.text, statement.labels.get(line.number or 0, "")),
                "formula": line.formula,
                "amount": ("+" if line.amount > 0 else "") + shown(line.amount) if line.amount else "",
                "owed": shown(line.owed - line.credit),
                "due": shown(line.due),
            }
            for line in statement.lines
        ],
        "penalty": [
            {
                "label": statement.labels.get(row.number, ""),
                "start": row.start.isoformat(),
                "end": row.end.isoformat(),
                "base": shown(row.base),
                "days": row.days,
                "product": shown(row.product),
            }
            for row in (statement.penalty.lines if statement.penalty else ())
        ],
    }


def line_words(kind: str, text: str, label: str) -> str:
    """What a line of a statement is about, in the language that is active."""
    words = {
        "contract": _("To be repaid by contract"),
        "falls_due": _("Instalment %(number)s falls due"),
        "payment": _("Payment %(text)s"),
        "reversal": _("Taken back: %(text)s"),
        "fee": _("Charge: %(text)s"),
        "penalty": _("Penalty interest, instalment %(number)s"),
        "interest": _("Interest of the arrangement"),
        "waiver": _("Waived: %(text)s, instalment %(number)s"),
        "transfer": _("Moved by an arrangement: %(text)s, instalment %(number)s"),
    }[kind]
    return words % {"text": text, "number": label}


# --- Common --------------------------------------------------------------------------------------------


def file_paper(
    case: Case,
    kind: str,
    language: str,
    on: dt.date,
    context: dict[str, Any],
    figures: dict[str, Any],
    actor: User,
    **about: Any,
) -> CasePaper:
    """Number, draw and keep it, with its event. The case's row is locked, so that numbers have no gaps."""
    with transaction.atomic():
        case = Case.objects.select_for_update(of=("self",)).select_related("creditor", "borrower").get(pk=case.pk)
        number = f"{case.case_no}-{_MARK[KIND(kind)]}{case.papers.filter(kind=kind).count() + 1}"
        rendered = _draw(case, kind, language, on, number, context)
        paper: CasePaper = CasePaper.objects.create(
            case=case,
            kind=kind,
            number=number,
            language=language,
            on=on,
            figures=figures,
            document=file_document(
                data=rendered.pdf, name=f"{number}.pdf", mime_type="application/pdf", kind=Document.Kind.LETTER,
                creditor=case.creditor, borrower=case.borrower, by=actor,
            ),
            made_by=actor,
            **about,
        )  # fmt: skip
        record_event(
            paper, "make_paper", actor=actor, new=number, borrower_id=case.borrower_id, case=case.pk, kind=str(kind),
            sha256=rendered.sha256,
        )  # fmt: skip
    return paper


def _draw(case: Case, kind: str, language: str, on: dt.date, number: str, context: dict[str, Any]) -> RenderedLetter:
    sender = sender_of(case.creditor)
    common = {
        "letter": {"number": number, "sender": sender, "addressee": addressee_of(case.borrower)},
        "issued_on": shown_day(on, language),
        "author": sender.name,
        "created": on.isoformat(),
        "seal": seal_uri(sender.name, sender.seal_svg),
        "creditor": case.creditor,
    }
    return render_paper(str(kind), language, {**common, **context})
