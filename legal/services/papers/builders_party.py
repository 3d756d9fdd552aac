"""What goes to the borrower: lawyer's letter, settlement agreement, notice of assignment, validation notice."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import holidays

from borrowers.models import LedgerEntry
from borrowers.money import amount_in_words, format_money
from borrowers.schedule import load_accounts
from cases.letters.content import Contract, LawyersLetter
from cases.policy.rules.conduct import dispute_period_end
from cases.services.letter_figures import account_of
from legal.services.claim import facts_of
from legal.services.papers import content as papers
from legal.services.papers.facts import ZERO, Draft, scope_of
from legal.services.papers.laws import laws_for

# Validation information stands for five business days of travel and thirty days to dispute (1006.34(b)(5)).
RECEIPT_BUSINESS_DAYS, DISPUTE_DAYS = 5, 30


def _pay_into(draft: Draft) -> papers.Account:
    account = account_of(draft.creditor)
    return papers.Account(
        holder=account.holder, bank=account.bank, number=account.number, reference=draft.matter.case.case_no
    )


def view_letter(draft: Draft, letter: LawyersLetter) -> papers.LawyersLetterPaper:
    """The lawyer's letter as its template sees it. The figures are the letter's."""
    shown = [format_money(c.owed, letter.currency, letter.language) for c in letter.contracts]
    total = format_money(letter.total, letter.currency, letter.language)
    values = draft.common() | {
        "number": letter.number,
        "issued_on": letter.issued_on,
        "debtor": papers.Person(
            name=letter.addressee.name, id_no=letter.addressee.masked_id, address=letter.addressee.address
        ),
    }
    return papers.LawyersLetterPaper(
        **values,
        cut_off=letter.cut_off,
        total=letter.total,
        total_words=amount_in_words(letter.total, letter.currency, letter.language),
        sum_formula=f"{' + '.join(shown)} = {total}" if len(shown) > 1 else "",
        delivery=letter.delivery,
        mandate_reference=letter.mandate_reference,
        mandate_from=letter.mandate_from,
        tables=tuple(_table(contract) for contract in letter.contracts),
        demands=tuple(
            papers.Demand(on=d.on, channel=d.channel, delivery=d.delivery, reference=d.reference)
            for d in letter.earlier_demands
        ),
        facts=letter.facts,
        legal_basis=letter.legal_basis,
        pay_by=letter.pay_by,
        account=papers.Account(
            holder=letter.account.holder,
            bank=letter.account.bank,
            number=letter.account.number,
            reference=letter.payment_reference,
        ),
        complaint_line=letter.complaint_line,
        attachments=letter.attachments,
    )


_FIGURES = ("principal", "interest", "fee", "penalty", "paid", "owed")


def _table(contract: Contract) -> papers.Table:
    totals = {name: sum((getattr(row, name) for row in contract.rows), ZERO) for name in _FIGURES}
    parts = [totals[name] for name in ("principal", "interest", "fee")]
    parts += [totals["penalty"]] if totals["penalty"] else []
    formula = f"{' + '.join(f'{part:,.2f}' for part in parts)} − {totals['paid']:,.2f} = {contract.owed:,.2f}"
    return papers.Table(
        contract_no=contract.contract_no,
        account_no=contract.account_no,
        disbursed_on=contract.disbursed_on,
        amount=contract.amount,
        annual_rate=contract.annual_rate,
        has_penalty=bool(totals["penalty"]),
        rows=tuple(
            papers.Row(
                label=row.label or str(row.number),
                due_on=row.due_on.isoformat(),
                days=row.days_past_due,
                **{name: f"{getattr(row, name):,.2f}" for name in _FIGURES},
            )
            for row in contract.rows
        ),
        totals=papers.Row(label="", due_on="", days=0, **{name: f"{value:,.2f}" for name, value in totals.items()}),
        formula=formula,
    )


def build_settlement(draft: Draft) -> papers.Settlement:
    """和解协议: what is owed, what is agreed, when it is paid, what follows when it is not."""
    filled, currency = draft.filled, draft.matter.case.currency
    values = draft.claiming(scope_of(filled.text("scope")), with_costs=False)
    plan = filled.plan("plan")
    agreed = sum((amount for _day, amount in plan), ZERO)
    return papers.Settlement(
        **values,
        agreed=agreed,
        agreed_words=amount_in_words(agreed, currency, draft.language),
        forgiven=values["total"] - agreed if agreed < values["total"] else None,
        plan=tuple(
            papers.Instalment(number=place, due_on=day, amount=amount) for place, (day, amount) in enumerate(plan, 1)
        ),
        grace_days=filled.number("grace_days"),
        account=_pay_into(draft),
        withdraws_suit=filled.yes("withdraws_suit"),
        costs_borne_by=draft.words.costs_by[filled.text("costs_borne_by")],
        service_clause=filled.yes("service_clause"),
        further_terms=filled.text("further_terms"),
        complaint_line=draft.creditor.complaint_line,
    )


def build_assignment(draft: Draft) -> papers.AssignmentNotice:
    filled = draft.filled
    return papers.AssignmentNotice(
        **draft.claiming(scope_of(filled.text("scope")), with_costs=False),
        assignee=papers.Company(
            name=filled.text("assignee_name"),
            address=filled.text("assignee_address"),
            phone=filled.text("assignee_phone"),
            code=filled.text("assignee_code"),
        ),
        agreement_no=filled.text("agreement_no"),
        assigned_on=filled.day("assigned_on") or draft.on,
        account=papers.Account(
            holder=filled.text("account_holder"),
            bank=filled.text("account_bank"),
            number=filled.text("account_number"),
            reference=draft.matter.case.case_no,
        ),
        complaint_line=draft.creditor.complaint_line,
        legal_basis=laws_for("assignment_notice", draft.creditor.pack, draft.language),
    )


def build_validation(draft: Draft) -> papers.ValidationNotice:
    """The debt at the end of the itemization date, what was charged and credited since, the debt now (1006.34(c)(2)):
    all from the ledger as it stood on both days."""
    filled = draft.filled
    then = min(filled.day("itemization_date") or draft.on, draft.on)
    loan_ids = list(draft.matter.case.loans.values_list("pk", flat=True))
    before, now = _standing(loan_ids, then), _standing(loan_ids, draft.on)
    sent = filled.day("send_on") or draft.on
    free = holidays.country_holidays("US", years=range(sent.year, sent.year + 2))
    accounts = draft.matter.case.loans.order_by("account_no").values_list("account_no", flat=True)
    return papers.ValidationNotice(
        **draft.common(),
        website=filled.text("website"),
        reply_hours=filled.text("reply_hours"),
        then_creditor=filled.text("then_creditor") or draft.creditor.name,
        current_creditor=draft.creditor.name,
        account_tail=", ".join(f"…{number[-4:]}" for number in accounts),
        itemization_date=then,
        itemization_event=draft.words.itemization[filled.text("itemization_event")],
        amount_then=before.owed,
        interest=now.interest - before.interest,
        fees=now.fees - before.fees,
        paid=now.credited - before.credited,
        amount_now=now.owed,
        send_on=sent,
        dispute_by=dispute_period_end(sent, RECEIPT_BUSINESS_DAYS, DISPUTE_DAYS, list(free)),
        spanish=filled.yes("spanish"),
        notice=filled.text("notice"),
    )


@dataclass(frozen=True)
class _Standing:
    """A debt at the end of a day: all principal, the interest (penalty interest with it) and fees charged by then, and
    what was paid or credited."""

    principal: Decimal
    interest: Decimal
    fees: Decimal
    credited: Decimal

    @property
    def owed(self) -> Decimal:
        return self.principal + self.interest + self.fees - self.credited


def _standing(loan_ids: list[int], day: dt.date) -> _Standing:
    sums = dict.fromkeys(("principal", "interest", "fee", "credited"), ZERO)
    for account in load_accounts(loan_ids).values():
        facts_of(account, day)  # leaves the account as it stood on that day, penalty interest in its entries
        for due in account.due():
            sums["principal"] += due.principal
            if due.due_on <= day:
                sums["interest"] += due.interest
                sums["fee"] += due.fee
        for entry in account.entries:
            if entry.kind == LedgerEntry.Kind.WAIVER:
                sums["credited"] -= entry.amount
            else:
                sums["interest" if entry.component == "penalty" else entry.component] += entry.amount
        sums["credited"] += sum((payment.amount for payment in account.payments), ZERO)
    return _Standing(sums["principal"], sums["interest"], sums["fee"], sums["credited"])
