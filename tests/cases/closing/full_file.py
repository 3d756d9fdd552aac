"""A borrower of whom every table knows something: each text that a purge must erase holds SECRET."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import models, transaction

from borrowers.models import LedgerEntry, LoanPause, PaymentFile, PaymentLine, PaymentSource, record_event
from borrowers.models.document import Document, file_document
from borrowers.services.erasing import plain, registers
from borrowers.services.ledger import record_payment
from cases.models import (
    Arrangement,
    Case,
    CasePaper,
    ContactCondition,
    DevelopmentDelivery,
    DialledCall,
    GateDecision,
    LegalHold,
    Letter,
    Message,
    Objection,
    ObjectionEvidence,
    Plan,
    PlanStep,
    Posting,
    PrintRun,
    ProviderEvent,
    RiskRecord,
    ScorecardVersion,
    Strategy,
)
from cases.services.contact_log import write_contact
from tests.factories import DAY, CaseFactory, ContactConditionFactory, ContactPointFactory, UserFactory

SECRET = "SECRET"
AT = dt.datetime(2026, 3, 2, 4, 0, tzinfo=dt.UTC)
D = Decimal


def full_file(**borrower: Any) -> Case:
    """An open case with a row of every kind; `fill` then writes SECRET wherever the registers say."""
    case = CaseFactory.create(**{f"borrower__{name}": value for name, value in borrower.items()})
    loan, person = case.loans.get(), UserFactory.create()
    point = ContactPointFactory.create(borrower=case.borrower)
    decision = GateDecision.objects.create(
        borrower=case.borrower, case=case, moment="dial", at=AT, channel="phone", party="debtor", allowed=True,
        pack="cn", pack_version="1", reason=SECRET, override_reason=SECRET, warnings=[{"reason": SECRET}],
    )  # fmt: skip
    with transaction.atomic():
        write_contact(
            borrower=case.borrower, case=case, at=AT, channel="phone", outcome="promise", decision=decision,
            notes=SECRET, to=SECRET, recording_ref=SECRET, contact_point=point, actor=person,
        )  # fmt: skip
    DialledCall.objects.create(
        case=case, contact_point=point, to=SECRET, actor=person, decision=decision, mode="link", started_at=AT
    )
    ContactConditionFactory.create(borrower=case.borrower, code="sms", to=SECRET, words=SECRET, proof=SECRET)
    LegalHold.objects.create(borrower=case.borrower, reason=SECRET, set_by=person, lifted_at=AT, lifted_by=person)
    _messages(case, point)
    _papers(case, loan, person)
    _money(case, loan)
    strategy = Strategy.objects.create(code="test", name="test")
    plan = Plan.objects.create(case=case, strategy=strategy, strategy_version=1, anchor_on=DAY, made_on=DAY)
    PlanStep.objects.create(
        plan=plan, code="call", anchor_on=DAY, due_on=DAY, channel="phone", performer="collector", state="skipped"
    )
    scorecard = ScorecardVersion.objects.create(name="test", version="1", data={})
    RiskRecord.objects.create(
        case=case, scorecard=scorecard, on=DAY, grade="C", willingness_points=1, capacity_points=1, reasons=[]
    )
    with transaction.atomic():
        for action in ("changed", "updated_by_placement", "condition_ended", "reveal"):
            record_event(
                case, action, actor=person, field="name", old=f"{SECRET} was", new=SECRET, reason=SECRET,
                on=DAY.isoformat(), amount="12.50", case=case.pk, words=SECRET, inner=[{"of": SECRET}],
            )  # fmt: skip
    return case


def _messages(case: Case, point: Any) -> None:
    message = Message.objects.create(
        key="m1", borrower=case.borrower, case=case, purpose="x", day=DAY, channel="sms", to=point.value, body=SECRET,
        not_before=AT, state="failed", contact_point=point,
    )  # fmt: skip
    message.parts.create(provider="development", provider_id="1")
    DevelopmentDelivery.objects.create(key="m1", channel="sms", to=SECRET, body=SECRET)
    common = {"provider": "development", "at": AT, "channel": "sms", "text": SECRET, "raw": {"from": SECRET}}
    ProviderEvent.objects.create(kind="receipt", event_id="1", message=message, sender=SECRET, **common)
    ProviderEvent.objects.create(kind="reply", event_id="2", sender=point.value, **common)


def _papers(case: Case, loan: Any, person: Any) -> None:
    def document(name: str, **more: Any) -> Document:
        given = {"creditor": case.creditor, "borrower": case.borrower, "by": person, "kind": "letter"} | more
        return file_document(data=f"{SECRET} {name} {case.pk}".encode(), name=name, mime_type="text/plain", **given)

    letter = Letter.objects.create(
        creditor=case.creditor, case=case, kind="demand", year=2026, sequence=1, number="D-1", language="en",
        cut_off=DAY, pay_by=DAY, amount=D("1.00"), currency="CNY", figures={"name": SECRET}, document=document("letter"),
        pages=1,
    )  # fmt: skip
    run = PrintRun.objects.create(
        creditor=case.creditor, pdf=document("run", borrower=None), addresses=document("list", borrower=None), count=1,
        pages=1, made_by=person,
    )  # fmt: skip
    Posting.objects.create(letter=letter, run=run, position=1, name=SECRET, address=SECRET)
    arrangement = Arrangement.objects.create(
        case=case, loan=loan, kind="deferral", sequence=1, total=1, proposed_on=DAY, proposed_by=person, reason=SECRET,
        needs_level="supervisor", state="broken", accepted_on=DAY, recording_ref=SECRET, slip=document("slip"),
    )  # fmt: skip
    CasePaper.objects.create(
        case=case, kind="agreement", arrangement=arrangement, number="V-1", language="en", on=DAY,
        document=document("paper"), figures={"name": SECRET},
    )  # fmt: skip
    objection = Objection.objects.create(
        case=case, number="O-1", family="dispute", topic="amount", channel="phone", received_on=DAY, due_on=DAY,
        state="rejected", closed_on=DAY, found=SECRET, words=SECRET, clock="dispute",
    )  # fmt: skip
    ObjectionEvidence.objects.create(
        objection=objection,
        item="statement",
        on=DAY,
        note=SECRET,
        document=document("evidence", borrower=None),
        added_by=person,
    )


def _money(case: Case, loan: Any) -> None:
    payment = record_payment(loan=loan, payment_no="P1", paid_on=DAY, amount=D("10.00"), actor=None)
    source = PaymentSource.objects.create(creditor=case.creditor, name="Sample Bank")
    file = PaymentFile.objects.create(source=source, file_name="day.csv", file_sha256="0" * 64, loaded_on=DAY)
    PaymentLine.objects.create(
        file=file, row=2, raw={"name": SECRET}, amount=payment.amount, paid_on=DAY, payment_no="P1", reference=SECRET,
        payer_name=SECRET, payer_account=SECRET, state="booked", loan=loan, payment=payment,
        borrower=case.borrower,
    )  # fmt: skip
    LoanPause.objects.create(loan=loan, start=DAY, end=DAY + dt.timedelta(days=1), reason=SECRET)
    LedgerEntry.objects.create(
        loan=loan, instalment=loan.instalments.first(), kind="interest", component="interest", on=DAY,
        amount=D("1.00"), reason=SECRET, actor=UserFactory.create(),
    )  # fmt: skip


def fill(case: Case) -> None:
    """SECRET in every text that the registers say is erased; a table without a row here would prove nothing."""
    with transaction.atomic():
        for entry in registers():
            if entry.model._meta.app_label == "legal" or not entry.erased:
                continue
            rows = plain(entry.model).filter(**{entry.path: case.borrower_id})
            assert rows.exists(), f"no {entry.model.__name__} in this file"
            rows.update(**dict(_told(entry.model, entry.erased)))


def _told(model: type[models.Model], erased: Any) -> Iterator[tuple[str, Any]]:
    for name in erased:
        field = model._meta.get_field(name)
        if isinstance(field, models.JSONField):
            yield name, [SECRET]
        elif isinstance(field, models.CharField | models.TextField) and not field.choices:
            yield name, SECRET
        elif isinstance(field, models.DecimalField) and field.null:
            yield name, D("4321.00")


def everything() -> Iterator[tuple[str, str]]:
    """(table.column, value) of every row of every table of ours."""
    for app in ("borrowers", "cases", "legal"):
        for model in apps.get_app_config(app).get_models():
            for row in models.QuerySet(model).values():
                for column, value in row.items():
                    yield f"{model.__name__}.{column}", str(value)


def stored_bytes(folder: str = "documents") -> list[bytes]:
    """Every file in the store."""
    folders, files = default_storage.listdir(folder) if default_storage.exists(folder) else ([], [])
    found = [default_storage.open(f"{folder}/{name}").read() for name in files]
    return found + [data for inner in folders for data in stored_bytes(f"{folder}/{inner}")]


__all__ = ["SECRET", "ContactCondition", "everything", "fill", "full_file", "stored_bytes"]
