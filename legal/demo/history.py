"""What was said on the telephone: contacts, promises, requests, spread over the days before today."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

from borrowers.models import User
from borrowers.money import round_money
from cases.models import Case, ContactCondition, GateDecision, Stage
from cases.policy.times_in_words import windows_from_words
from cases.services.conditions import record_condition
from cases.services.contact_gate import judge
from cases.services.contact_log import write_contact
from cases.services.promises import PromiseRefused, make_promise
from cases.stages import move_case_if_legal

# outcome, reason for non-payment, what was said
_CALLS = (
    ("no_answer", "", ""),
    ("no_answer", "", ""),
    ("busy", "", ""),
    ("switched_off", "", ""),
    ("promise", "cash_flow", "借款人表示发工资后还款，态度配合。"),
    ("promise", "forgot", "忘记还款日，承诺尽快转账。"),
    ("call_back", "", "借款人在开会，请晚些再打。"),
    ("asks_plan", "income_cut", "收入减少，希望分期偿还，已说明需要的材料。"),
    ("hardship", "illness", "家人住院，目前困难，希望延期。"),
    ("no_intent", "unwilling", "表示近期不打算还款，已告知可能的后果与权利。"),
    ("claims_paid", "payment_trouble", "称已还款，请其提供凭证核实。"),
    ("hung_up", "", ""),
)


def tell_history(*, day: dt.date, today: dt.date, collectors: Sequence[User]) -> None:
    """One call for about a third of the cases that are open on `day`; promises and talks follow from it."""
    dice = random.Random(day.toordinal())  # noqa: S311 - sample data, no secret
    cases = (
        Case.objects.open()
        .filter(opened_on__lte=day, creditor__pack="cn")
        .select_related("borrower__creditor", "assigned_to")
        .order_by("pk")
    )
    for case in list(cases):
        if dice.random() < 0.36:
            _call(case, day, today, dice, collectors)


def _call(case: Case, day: dt.date, today: dt.date, dice: random.Random, collectors: Sequence[User]) -> None:
    point = case.borrower.contact_points.filter(kind="mobile", owner="debtor").first()
    actor = case.assigned_to or collectors[0]
    outcome, reason, notes = dice.choice(_CALLS)
    at = dt.datetime.combine(day, dt.time(9 + dice.randint(0, 9), dice.randint(0, 59)), tzinfo=case.creditor.zone)
    decision = judge(
        borrower=case.borrower, case=case, contact_point=point, channel="phone", at=at, party="debtor",
        moment=GateDecision.Moment.RECORD, recording_ref=f"REC-{case.pk}-{day:%m%d}",
    )  # fmt: skip
    if not decision.allowed:
        return
    contact = write_contact(
        borrower=case.borrower,
        case=case,
        contact_point=point,
        at=at,
        channel="phone",
        to=point.value if point else "",
        party="debtor",
        outcome=outcome,
        nonpayment_reason=reason,
        notes=notes,
        recording_ref=f"REC-{case.pk}-{day:%m%d}",
        decision=decision,
        actor=actor,
    )
    if outcome == "promise":
        # Half of the sum or all of it, due before today or after: some are kept, some broken, some still run.
        amount = round_money(case.overdue_amount * dice.choice((1, 1, 2)) / 2, case.currency)
        due_on = day + dt.timedelta(days=dice.randint(2, 10))
        try:
            make_promise(
                case=case, amount=amount, due_on=due_on, means="transfer", contact=contact, actor=actor, on=day
            )
        except PromiseRefused:
            return
    elif outcome in ("asks_plan", "hardship") and case.stage != Stage.LEGAL and (today - day).days < 20:
        move_case_if_legal(case, "start_negotiating", actor=actor)


# What some borrowers said about being contacted, in their words: kind, code, words.
_WISHES = (
    (ContactCondition.Kind.OPT_OUT, "sms", "不要再给我发短信了"),
    (ContactCondition.Kind.TIME, "", "工作日15点到17点以外不行"),
    (ContactCondition.Kind.FLAG, "attorney", "律师 示例事务所 张示例律师，示例市样板路1号"),
    (ContactCondition.Kind.PLACE, "workplace", "不要打到单位"),
    (ContactCondition.Kind.FLAG, "hold", "住院，请暂停"),
    (ContactCondition.Kind.CONSENT, "night", "夜班，晚上十点以后方便"),
    (ContactCondition.Kind.FLAG, "dispute_open", "对第三期金额有异议"),
)


def tell_wishes(*, now: dt.datetime, collectors: Sequence[User]) -> int:
    """One wish each for a few cases, and two calls of last night that nobody should have made."""
    cases = list(
        Case.objects.open()
        .filter(creditor__pack="cn", assigned_to__in=collectors)
        .exclude(stage__in=[Stage.LEGAL, Stage.ON_HOLD])
        .select_related("borrower__creditor", "assigned_to")
        .order_by("priority", "pk")[: len(_WISHES) + 2]
    )
    for case, (kind, code, words) in zip(cases, _WISHES, strict=False):
        windows = windows_from_words(words) if kind == ContactCondition.Kind.TIME else (None,)
        for window in windows:
            record_condition(
                borrower=case.borrower, actor=case.assigned_to, kind=kind, code=code, window=window, words=words,
                source=ContactCondition.Source.CALL, since=now,
            )  # fmt: skip
    for case in cases[len(_WISHES) :]:
        _call_at_night(case, now)
    return len(cases)


def _call_at_night(case: Case, now: dt.datetime) -> None:
    point = case.borrower.contact_points.filter(kind="mobile", owner="debtor").first()
    yesterday = case.creditor.business_date(now) - dt.timedelta(days=1)
    at = dt.datetime.combine(yesterday, dt.time(22, 20), tzinfo=case.creditor.zone)
    decision = judge(
        borrower=case.borrower, case=case, contact_point=point, channel="phone", at=at, party="debtor",
        moment=GateDecision.Moment.RECORD,
    )  # fmt: skip
    write_contact(
        borrower=case.borrower,
        case=case,
        contact_point=point,
        at=at,
        channel="phone",
        to=point.value if point else "",
        party="debtor",
        outcome="no_answer",
        decision=decision,
        is_breach=not decision.allowed,
        actor=case.assigned_to,
    )
