"""What goes to a court: complaint, payment order, preservation, enforcement, evidence catalogue, power of attorney."""

from __future__ import annotations

from decimal import Decimal

from borrowers.models import Creditor
from borrowers.money import amount_in_words
from cases.letters.legal_basis import legal_basis_for
from legal.rules import claim as claims
from legal.rules import fees
from legal.rules.delayed_interest import DAILY_RATE, delayed_interest
from legal.services.papers import content as papers
from legal.services.papers.facts import ZERO, Draft, bundled, demands_of, exhibits_of, guarantors_of, scope_of
from legal.services.papers.laws import laws_for

_CN = Creditor.Pack.CN


def _court(draft: Draft) -> str:
    return draft.matter.court.name if draft.matter.court else ""


def build_complaint(draft: Draft) -> papers.Complaint:
    """要素式起诉状: every element that the form asks for, ticked or told."""
    filled, words, matter = draft.filled, draft.words, draft.matter
    choice = filled.text("scope")
    scope, guarantee = scope_of(choice), filled.text("guarantee_kind")
    mediates = filled.text("mediates")
    return papers.Complaint(
        **draft.claiming(scope),
        court=_court(draft),
        agent_special=filled.text("agent_powers") == "special",
        third_party=filled.text("third_party"),
        guarantors=guarantors_of(matter),
        to_payoff=filled.yes("to_payoff"),
        payoff_rule=draft.payoff_rule(scope) if filled.yes("to_payoff") else "",
        compound=bool(filled.text("compound_method")),
        compound_method=filled.text("compound_method"),
        accelerates=choice in ("declared", "by_suit"),
        rescinds=choice == "rescission",
        only_due=scope == claims.DUE,
        accelerated_on=filled.day("accelerated_on") if choice == "declared" else None,
        security_claim=filled.text("security_claim"),
        enforcement_costs=matter.lawyers_fee or None,
        enforcement_costs_basis=filled.text("enforcement_costs_basis"),
        claims_court_costs=filled.yes("claims_court_costs"),
        other_claims=filled.text("other_claims"),
        agreed_venue=filled.text("agreed_venue"),
        preservation_applied=filled.yes("preservation_applied"),
        preservation_note=filled.text("preservation_note"),
        signed_on=filled.day("signed_on"),
        signed_at=filled.text("signed_at"),
        rate_clause=filled.text("rate_clause"),
        penalty_clause=filled.text("penalty_clause"),
        acceleration_clause=filled.text("acceleration_clause"),
        repayment_method=words.repayment.get(filled.text("repayment_method"), ""),
        collateral=filled.text("collateral"),
        guaranteed=bool(guarantee),
        guarantee_kind=words.guarantees.get(guarantee, ""),
        guarantee_note=filled.text("guarantee_note"),
        demanded=filled.text("demanded") or demands_of(draft),
        facts=filled.text("facts"),
        legal_basis=legal_basis_for(draft.creditor.pack, draft.language),
        exhibits=exhibits_of(draft),
        knows_mediation=mediates != "unsure",
        mediates=mediates == "yes",
        declines_mediation=mediates == "no",
        copies=filled.number("copies"),
    )


def build_payment_order(draft: Draft) -> papers.PaymentOrder:
    filled = draft.filled
    scope = scope_of(filled.text("scope"))
    values = draft.claiming(scope, with_costs=False)
    fee = None
    if draft.creditor.pack == _CN:
        fee = draft.matter.court_fee or fees.court_fee(values["total"], "payment_order").amount
    return papers.PaymentOrder(
        **values,
        court=_court(draft),
        court_fee=fee,
        to_payoff=filled.yes("to_payoff"),
        payoff_rule=draft.payoff_rule(scope) if filled.yes("to_payoff") else "",
        demanded=filled.text("demanded") or demands_of(draft),
        facts=filled.text("facts"),
        no_mutual_debt=filled.yes("no_mutual_debt"),
        serviceable=filled.yes("serviceable"),
        legal_basis=(
            *legal_basis_for(draft.creditor.pack, draft.language),
            *laws_for("payment_order", _CN, draft.language),
        ),
        exhibits=exhibits_of(draft),
    )


def build_catalogue(draft: Draft) -> papers.Catalogue:
    """证据目录: of the bundle that was made; before there is one, of what is on file."""
    bound = bundled(draft)
    exhibits = bound[1] if bound else exhibits_of(draft)
    last = exhibits[-1].pages.rpartition("–")[2] if exhibits else ""
    note = draft.filled.text("note")
    return papers.Catalogue(
        **draft.common(),
        court=_court(draft),
        court_case_no=draft.matter.court_case_no,
        exhibits=exhibits,
        pages=bound[0].pages if bound else int(last) if last.isdecimal() else 0,
        copies=draft.filled.number("copies"),
        note=" ".join(filter(None, [draft.words.bundle.format(number=bound[0].number) if bound else "", note])),
    )


def build_authority(draft: Draft) -> papers.Authority:
    """授权委托书: special powers name each act, general ones none of them."""
    filled, words = draft.filled, draft.words
    special = filled.text("agent_powers") == "special"
    return papers.Authority(
        **draft.common(),
        court=_court(draft),
        matter_words=words.matter.format(creditor=draft.creditor.name, debtor=draft.matter.case.borrower.name),
        special=special,
        powers=(*words.general_powers, *words.special_powers) if special else words.general_powers,
        until_words=filled.text("until_words") or words.until_concluded,
        second_agent=filled.text("second_agent"),
    )


def build_preservation(draft: Draft) -> papers.Preservation:
    filled, currency = draft.filled, draft.matter.case.currency
    values = draft.claiming(scope_of(filled.text("scope")), with_costs=False)
    amount = filled.money("amount") or values["total"]
    fee = fees.preservation_fee(amount)
    return papers.Preservation(
        **values,
        court=_court(draft),
        court_case_no=draft.matter.court_case_no,
        before_suit=filled.text("moment") == "before_suit",
        amount=amount,
        amount_words=amount_in_words(amount, currency, draft.language),
        leads=filled.lines("leads"),
        grounds=filled.text("grounds"),
        security_kind=draft.words.securities.get(filled.text("security_kind"), ""),
        security_by=filled.text("security_by"),
        fee=fee.amount,
        fee_formula=fee.formula,
        legal_basis=laws_for("preservation", _CN, draft.language),
    )


def build_enforcement(draft: Draft) -> papers.Enforcement:
    """强制执行申请书. Doubled interest runs on the adjudicated money without ordinary interest (法释〔2014〕8号 1); what was
    paid goes to the judgment debt first."""
    filled, matter, words = draft.filled, draft.matter, draft.words
    principal = matter.awarded_principal or ZERO
    interest, costs = matter.awarded_interest or ZERO, matter.awarded_costs or ZERO
    paid = filled.plan("paid_since")
    sum_paid = sum((amount for _day, amount in paid), ZERO)
    awarded = principal + interest + costs
    remaining = max(ZERO, awarded - sum_paid)
    doubled, formula = ZERO, ""
    if matter.performance_due_on:
        found = delayed_interest(principal + costs, matter.performance_due_on, paid, draft.on)
        doubled = found.interest
        formula = " + ".join(f"{line.amount:,.2f} × {line.days}" for line in found.lines)
        formula = f"({formula}) × {DAILY_RATE:f} = {doubled:,.2f}" if formula else ""
    titled = matter.appeal_case_no or matter.court_case_no
    court = matter.appeal_court if matter.appeal_case_no and matter.appeal_court else matter.court
    return papers.Enforcement(
        **draft.common(),
        court=matter.enforcement_court.name if matter.enforcement_court else _court(draft),
        title_kind=words.titles.get(filled.text("title_kind"), ""),
        title_court=court.name if court else "",
        title_no=titled,
        judged_on=matter.judged_on,
        effective_on=matter.effective_on,
        performance_due_on=matter.performance_due_on,
        cut_off=draft.on,
        principal=principal,
        interest=interest,
        costs=costs,
        awarded=awarded,
        paid=sum_paid,
        remaining=remaining,
        remaining_words=amount_in_words(remaining, matter.case.currency, draft.language),
        to_payoff=filled.yes("to_payoff"),
        payoff_rule=draft.payoff_rule(claims.ALL) if filled.yes("to_payoff") else "",
        delayed_interest=doubled,
        delayed_formula=formula,
        enforcement_fee=fees.enforcement_fee(Decimal(remaining)).amount,
        reasons=filled.text("reasons"),
        leads=filled.lines("leads"),
        attachments=filled.lines("attachments") or words.attachments,
        legal_basis=laws_for("enforcement", _CN, draft.language),
    )
