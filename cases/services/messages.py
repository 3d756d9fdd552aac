"""The wording of SMS and e-mail: chooses the template, fills in the figures. Strict: never a half-filled sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from borrowers.errors import InputError, gettext_noop
from borrowers.models import Borrower, Creditor, Instalment, Loan
from borrowers.money import format_money
from cases.models import Case, CaseLoan, MessageTemplate, Promise
from cases.strategy.placeholders import check_template, placeholders_in

# Days from the message to the date by which it asks for payment.
PAY_WITHIN_DAYS = 5
# How to stop messages where the law asks for it in each of them: 12 CFR 1006.6(e).
_OPT_OUT: dict[tuple[str, str], str] = {
    ("us_reg_f", "sms"): gettext_noop("Reply STOP to stop these messages."),
    ("us_reg_f", "email"): gettext_noop("To stop these e-mails, reply with the word STOP."),
}
_MAY_BE_EMPTY = frozenset({"opt_out"})


@dataclass(frozen=True, slots=True)
class Figures:
    """What a message can speak of. A reminder before the due date has no case, and `due_amount` set."""

    borrower: Borrower
    on: dt.date
    case: Case | None = None
    account_no: str = ""
    due_on: dt.date | None = None
    due_amount: Decimal | None = None
    promise: Promise | None = None


def figures_of_cases(cases: Sequence[Case], on: dt.date) -> dict[int, tuple[Figures, list[Loan]]]:
    """Figures and loans by case, in two queries; the loan that is longest overdue comes first. `on` is the business
    date on which the messages are written."""
    loans: dict[int, list[Loan]] = {case.pk: [] for case in cases}
    rows = CaseLoan.objects.filter(case__in=loans).select_related("loan")
    for row in rows.order_by("case_id", "loan__balance__next_due_on", "loan_id"):
        loans[row.case_id].append(row.loan)
    open_promises = Promise.objects.filter(case__in=loans, state=Promise.State.OPEN)
    promises = {promise.case_id: promise for promise in open_promises}
    return {
        case.pk: (
            Figures(
                case.borrower,
                on,
                case,
                loans[case.pk][0].account_no if loans[case.pk] else "",
                case.oldest_due_on,
                None,
                promises.get(case.pk),
            ),
            loans[case.pk],
        )
        for case in cases
    }


def figures_of_loan(loan: Loan, instalment: Instalment, due_amount: Decimal, on: dt.date) -> Figures:
    """For a reminder of an instalment that is about to fall due; no query."""
    return Figures(loan.borrower, on, None, loan.account_no, instalment.due_on, due_amount)


def message_language(borrower: Borrower) -> str:
    """The language in which this borrower is written to: their own where we have it, else the creditor's."""
    return _known_language(borrower.language) or _known_language(borrower.creditor.language) or "en"


def load_templates(code: str, channel: str) -> list[MessageTemplate]:
    """All active wordings of one template, to choose from with `choose_template`."""
    return list(MessageTemplate.objects.filter(code=code, channel=channel, is_active=True))


def choose_template(templates: Iterable[MessageTemplate], borrower: Borrower) -> MessageTemplate:
    """In the borrower's language, else in the creditor's; of each the creditor's own before the common one.
    InputError when there is none."""
    creditor = borrower.creditor
    for language in dict.fromkeys((message_language(borrower), _known_language(creditor.language))):
        fitting = [t for t in templates if t.language == language and t.creditor_id in (None, creditor.pk)]
        if fitting:
            return min(fitting, key=lambda template: template.creditor_id is None)
    raise InputError(
        "template",
        gettext_noop("there is no active template in the language %(language)s"),
        language=message_language(borrower),
    )


def find_template(code: str, channel: str, borrower: Borrower) -> MessageTemplate:
    """The wording for this borrower; one query. InputError when there is none."""
    return choose_template(load_templates(code, channel), borrower)


def templates_for(creditor: Creditor, channel: str = "") -> Sequence[MessageTemplate]:
    """What a compose screen offers: the active templates of this creditor and the common ones."""
    templates = MessageTemplate.objects.filter(Q(creditor=creditor) | Q(creditor=None), is_active=True)
    return list(templates.filter(channel=channel) if channel else templates)


@dataclass(frozen=True, slots=True)
class Wording:
    """A message as it is sent. `values`: what was filled into the body, by placeholder, in the order of the wording;
    a provider that knows the approved wording by number is told only these."""

    subject: str
    body: str
    values: dict[str, str]


def render_template(template: MessageTemplate, figures: Figures) -> tuple[str, str]:
    """Subject and body in the template's language. InputError names the placeholder that does not exist, or that
    cannot be filled in for this case."""
    wording = word_message(template, figures)
    return wording.subject, wording.body


def word_message(template: MessageTemplate, figures: Figures) -> Wording:
    """The template filled in, in its own language. InputError as above."""
    for field, text in (("subject", template.subject), ("body", template.body)):
        check_template(text, template.channel, field)
    with translation.override(template.language):
        values = _values(figures, template)
    _check_filled(template, values)
    return Wording(
        template.subject.format_map(values).strip(),
        template.body.format_map(values).strip(),
        {name: values[name] for name in placeholders_in(template.body)},
    )


def preview_message(*, case: Case, code: str, channel: str, on: dt.date) -> tuple[str, str]:
    """Subject and body as they would be queued now, for the compose screen. InputError as above."""
    return render_template(find_template(code, channel, case.borrower), figures_of_cases([case], on)[case.pk][0])


def _check_filled(template: MessageTemplate, values: Mapping[str, str]) -> None:
    for name in placeholders_in(f"{template.subject}\n{template.body}"):
        if not values[name] and name not in _MAY_BE_EMPTY:
            raise InputError("template", gettext_noop("there is nothing to fill in for {%(name)s}"), name=name)


def _values(figures: Figures, template: MessageTemplate) -> dict[str, str]:
    """Every placeholder as text in the active language; empty where there is nothing to say."""
    borrower, case, creditor = figures.borrower, figures.case, figures.borrower.creditor
    promise, language = figures.promise, template.language
    currency = case.currency if case else creditor.currency

    def money(amount: Decimal | None) -> str:
        return "" if amount is None else format_money(amount, currency, language)

    account = (creditor.account_holder, creditor.account_bank, creditor.account_number)
    opt_out = _OPT_OUT.get((creditor.pack, template.channel))
    return {
        "creditor": creditor.name,
        "salutation": gettext("Mr/Ms %(name)s") % {"name": borrower.masked_name} if borrower.name else "",
        "account": figures.account_no[-4:],
        "overdue_amount": money(case.overdue_amount if case else None),
        "due_amount": money(figures.due_amount),
        "due_on": _date(figures.due_on),
        "days_past_due": str(case.days_past_due) if case else "",
        "pay_by": _date(figures.on + dt.timedelta(days=PAY_WITHIN_DAYS)),
        "promise_amount": money(promise.amount if promise else None),
        "promise_due_on": _date(promise.due_on if promise else None),
        "repayment_account": "\n".join(account) if all(account) else "",
        "reference": case.case_no if case else "",
        "phone": creditor.phone,
        "complaint_line": creditor.complaint_line,
        "opt_out": f" {gettext(opt_out)}" if opt_out else "",
    }


def _date(day: dt.date | None) -> str:
    return "" if day is None else date_format(day, "DATE_FORMAT")


def _known_language(name: str) -> str:
    """zh, zh-CN, zh-hans → zh-hans; en, en-US → en; anything else → ""."""
    head = name.lower().replace("_", "-").partition("-")[0]
    return {"zh": "zh-hans", "en": "en"}.get(head, "")
