"""What some borrowers of the demonstration contest or complain of: waiting, overdue, claimed and answered."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from borrowers.models import User
from borrowers.services.ledger import record_payment
from cases.models import Case, Objection, Stage
from cases.services.objection_answers import answer_objection
from cases.services.objection_evidence import add_evidence
from cases.services.objections import acknowledge_objection, open_objection

PAPER = b"%PDF-1.4\n% sample\n"
# Kind, topic, how it came, days ago, in whose words.
_WORDS = (
    ("complaint", "conduct", "authority", 17, "催收员晚上九点半打电话，语气不好。"),
    ("dispute", "terms", "email", 13, "罚息怎么算的？请给我计算过程。"),
    ("credit_report", "other", "post", 6, "征信报告里还显示逾期，请更正。"),
    ("identity_theft", "not_mine", "visit", 4, "这笔借款不是我申请的，身份证去年丢过。"),
    ("dispute", "paid", "phone", 9, "第一期我在柜台付过现金，收据还在。"),
)


def tell_objections(*, today: dt.date, supervisor: User) -> int:
    """One objection each for a few cases; the last one is right, is answered and corrects the ledger."""
    cases = Case.objects.open().filter(creditor__pack="cn", assigned_to__isnull=False, objections=None)
    worked = cases.filter(stage__in=[Stage.REMINDING, Stage.DEMANDING, Stage.NEGOTIATING])
    told = 0
    for case, (family, topic, channel, days, words) in zip(
        worked.select_related("borrower__creditor", "creditor", "assigned_to").order_by("days_past_due", "-pk")[:5],
        _WORDS,
        strict=False,
    ):
        assert case.assigned_to is not None
        on = today - dt.timedelta(days=days)
        objection = open_objection(
            case=case, actor=case.assigned_to, family=family, topic=topic, channel=channel, received_on=on, words=words
        )
        told += 1
        if family == Objection.Family.IDENTITY_THEFT:
            for item in ("police_report", "id_copy"):
                add_evidence(
                    objection=objection, actor=case.assigned_to, item=item, on=on, data=PAPER, name=f"{item}.pdf"
                )
        if topic == Objection.Topic.PAID:
            acknowledge_objection(objection=objection, actor=case.assigned_to, on=today)
            _uphold(objection, case, supervisor, today)
    return told


def _uphold(objection: Objection, case: Case, supervisor: User, today: dt.date) -> None:
    loan = case.loans.order_by("pk").first()
    due_on = case.oldest_due_on or today
    if loan is None:
        return

    def book(actor: User) -> None:
        record_payment(
            loan=loan, payment_no=f"{loan.account_no}-GT", paid_on=due_on, amount=Decimal("100.00"), method="cash",
            actor=actor,
        )  # fmt: skip

    answer_objection(
        objection=objection, actor=supervisor, outcome=Objection.State.UPHELD, on=today,
        found="经核对柜台收据，您已于到期日支付现金 100.00 元，该笔款项未入账。",
        corrected="已按收款日入账，并冲回由此产生的罚息。", corrections=[book],
    )  # fmt: skip
