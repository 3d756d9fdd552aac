"""The end of the demonstration's story: letters, holds, matters, and cases that were closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from borrowers.models import Payment, User
from borrowers.services.ledger import reverse_payment
from cases.letters.check import LetterRefused
from cases.models import Case, Stage
from cases.services.case_figures import refresh_cases
from cases.services.letters import issue_demand_letter
from cases.stages import move_case
from legal.models import LawFirm, Lawyer, Mandate, Matter
from legal.services.letters import approve_paper, draft_lawyers_letter, issue_paper, review_paper
from legal.services.matters import assign_firm, open_matter

Say = Callable[[str], None]


def issue_papers(*, today: dt.date, users: dict[str, User], firm: LawFirm, say: Say) -> None:
    """Demand letters for the late, lawyer's letters for the very late; a few cases on hold, recalled, written off."""
    supervisor, lawyer = users["supervisor"], users["legal"]
    cases = Case.objects.open().filter(creditor__pack="cn").select_related("creditor").order_by("-days_past_due", "pk")
    late = [case for case in cases if case.days_past_due >= 30]
    letters = 0
    for case in late[:40]:
        try:
            issue_demand_letter(case=case, actor=supervisor, on=today)
        except LetterRefused:
            continue
        letters += 1
    say(f"demand letters: {letters}")
    matters = 0
    for case in late[:12]:
        if case.stage != Stage.LEGAL:  # its strategy may have handed it over by itself
            move_case(case.pk, "send_to_legal", actor=supervisor, reason="三次催告后仍未还款", on=today)
        if matters < 8:
            matters += _matter(Case.objects.get(pk=case.pk), lawyer, firm, today, issue=matters < 4)
    say(f"matters: {matters}")
    _others(today, supervisor)
    _bounce(today)


def _matter(case: Case, lawyer: User, firm: LawFirm, today: dt.date, *, issue: bool) -> int:
    matter = Matter.objects.open().filter(case=case).first() or open_matter(case=case, actor=lawyer, on=today)
    mandate = Mandate.objects.get(creditor=case.creditor, firm=firm)
    matter = assign_firm(
        matter=matter, firm=firm, lawyer=Lawyer.objects.get(firm=firm, user=lawyer), mandate=mandate, actor=lawyer
    )
    paper = draft_lawyers_letter(
        matter=matter, language="zh-hans", pay_by=today + dt.timedelta(days=10), remarks="", actor=lawyer
    )
    if issue:
        review_paper(paper=paper, actor=lawyer)
        paper = approve_paper(paper=paper, actor=lawyer)
        try:
            issue_paper(paper=paper, actor=lawyer, on=today)
        except LetterRefused:
            return 1
    return 1


def _bounce(today: dt.date) -> None:
    """Three recent payments bounce: their cases were closed, and new ones wait to be prepared tonight."""
    payments = (
        Payment.objects.filter(
            loan__creditor__pack="cn",
            loan__balance__days_past_due=0,
            loan__cases__close_reason=Case.CloseReason.PAID,
            paid_on__gte=today - dt.timedelta(days=7),
            reverses__isnull=True,
        )
        .select_related("loan__creditor")
        .order_by("pk")
    )
    bounced = list(payments[:3])
    for payment in bounced:
        reverse_payment(payment=payment, payment_no=f"{payment.payment_no}-R", on=today, actor=None)
    for creditor in {payment.loan.creditor for payment in bounced}:
        refresh_cases(creditor=creditor, on=today)


def _others(today: dt.date, supervisor: User) -> None:
    early = list(Case.objects.open().filter(creditor__pack="cn", stage=Stage.REMINDING).order_by("pk")[:8])
    for case in early[:4]:
        until = today + dt.timedelta(days=20)
        move_case(case.pk, "put_on_hold", actor=supervisor, reason="借款人住院", until=until, kind="illness")
    for case in early[4:6]:
        move_case(case.pk, "close_recalled", actor=supervisor, reason="债权人撤回委案", on=today)
    oldest = Case.objects.open().filter(creditor__pack="cn", stage=Stage.LEGAL).order_by("-days_past_due").last()
    if oldest:
        move_case(oldest.pk, "close_written_off", actor=supervisor, reason="追偿成本高于预期回收", on=today)
