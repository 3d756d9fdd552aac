"""A matter with something of everything that proves a claim, with other people in it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from borrowers.models import User
from borrowers.services.ledger import record_payment
from cases.models import ContactCondition, GateDecision, Message, MessagePart, PrintRun
from cases.models.posting import Posting
from cases.services.contact_gate import judge
from cases.services.contact_log import write_contact
from cases.services.letters import issue_demand_letter
from legal.models import EvidenceBundle, Matter
from legal.services.evidence import add_exhibit, build_bundle
from tests.factories import ContactPointFactory, UserFactory
from tests.legal.conftest import today
from tests.legal.evidence import files

AUNT = "Aunt Sample"
AUNTS_NUMBER = "+8615400008888"
STRANGE_NUMBER = "154 0000 7777"
OWN_NUMBER = "+8615400001234"


def hand_in(matter: Matter, actor: User, kind: str, data: bytes, name: str, **more: Any) -> Any:
    told = {"form": "copy", "source": "Sample Lender", "proves": f"Proves the {kind}."} | more
    return add_exhibit(matter=matter, actor=actor, data=data, kind=kind, name=name, **told)


@pytest.fixture
def full(ready: Matter, legal: User, supervisor: User) -> Matter:
    case = ready.case
    own = ContactPointFactory.create(borrower=case.borrower, value=OWN_NUMBER)
    aunt = ContactPointFactory.create(
        borrower=case.borrower, value=AUNTS_NUMBER, owner="contact_person", owner_name=AUNT
    )
    hand_in(ready, legal, "identity", files.png(), "Identity card")
    hand_in(ready, legal, "contract", files.pdf("Contract page one", "Contract page two"), "Loan contract")
    hand_in(ready, legal, "disbursement", files.pdf("Transfer slip", rotate=90), "Transfer slip")
    hand_in(ready, legal, "receipt", files.with_form(), "Return slip")
    letter = issue_demand_letter(case=case, actor=supervisor, on=today())
    run = PrintRun.objects.create(
        creditor=case.creditor, pdf=letter.document, addresses=ready.mandate.document, count=1, pages=1,
        made_by=supervisor,
    )  # fmt: skip
    Posting.objects.create(
        letter=letter, run=run, position=1, name=case.borrower.name, address="2 Sample Lane", state="delivered",
        carrier="Sample Post", tracking_no="EX123456789", posted_on=today(), settled_on=today(), signed_by="himself",
    )  # fmt: skip
    _calls(case, own, aunt)
    _message(case, own)
    ContactCondition.objects.create(
        borrower=case.borrower, person_key=case.borrower.person_key, kind="consent", code="text", source="call",
        words=f"Text me, not {AUNTS_NUMBER}.", since=timezone.now() - dt.timedelta(days=9),
    )  # fmt: skip
    loan = case.loans.get()
    record_payment(
        loan=loan, payment_no="P-1", paid_on=loan.disbursed_on + dt.timedelta(days=40), amount=Decimal("50.00"),
        method="transfer", actor=None,
    )  # fmt: skip
    return Matter.objects.select_related("case__borrower__creditor", "case__creditor", "firm", "mandate").get(
        pk=ready.pk
    )


def _calls(case: Any, own: Any, aunt: Any) -> None:
    actor = UserFactory.create()
    told = [
        (own, "promise", "Will pay on Friday."),
        (own, "no_answer", ""),
        (own, "refuses", f"Says to ring {AUNT} on {STRANGE_NUMBER}, she pays 1,234.50 on 2026-12-01."),
        (aunt, "will_relay", f"{AUNT} will tell him to ring back."),
    ]
    for number, (point, outcome, notes) in enumerate(told):
        at = timezone.now() - dt.timedelta(days=8 - number)
        decision = judge(
            borrower=case.borrower, case=case, contact_point=point, channel="phone", at=at, party=point.owner,
            moment=GateDecision.Moment.RECORD, recording_ref=f"REC-{number}",
        )  # fmt: skip
        with transaction.atomic():
            write_contact(
                borrower=case.borrower, case=case, at=at, channel="phone", outcome=outcome, contact_point=point,
                to=point.value, party=point.owner, notes=notes, recording_ref=f"REC-2026-{number:08d}",
                decision=decision, actor=actor,
            )  # fmt: skip


def _message(case: Any, own: Any) -> None:
    decision = GateDecision.objects.filter(case=case, contact_point=own).first()
    message = Message.objects.create(
        key="sample-1", borrower=case.borrower, case=case, purpose="reminder", day=today(), channel="sms",
        contact_point=own, to=own.value, body="Sample Lender: 110.00 is overdue.", state="delivered",
        not_before=timezone.now(), handed_at=timezone.now(), sent_at=timezone.now(), settled_at=timezone.now(),
        provider="development", send_decision=decision,
    )  # fmt: skip
    MessagePart.objects.create(
        message=message, number=1, provider="development", provider_id="DEV-1", state="delivered"
    )


def make(matter: Matter, actor: User, language: str = "en", **more: Any) -> EvidenceBundle:
    told = {"cut_off": today(), "now": timezone.now()} | more
    return build_bundle(matter=matter, actor=actor, language=language, **told)
