"""Every administration page: own creditors' rows only, in lists and by address; cheap; nothing of the ledger changed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from borrowers.models import (
    Allocation,
    CostItem,
    Document,
    LedgerEntry,
    Payment,
    PaymentFile,
    PaymentSource,
    PenaltyPolicy,
    Placement,
    record_event,
)
from cases.models import (
    ApprovalRule,
    Arrangement,
    CallScript,
    CasePaper,
    ContactRecord,
    ContactSeal,
    DayRun,
    GateDecision,
    LegalHold,
    Letter,
    Message,
    MessageTemplate,
    Objection,
    Plan,
    PlanStep,
    Promise,
    RiskRecord,
    ScorecardVersion,
    Strategy,
)  # fmt: skip
from cases.services.defaults import load_defaults
from legal.models import Court, LawFirm, Lawyer, LegalPaper, LimitationPeriod, Mandate, Matter, MatterBatch
from tests.factories import (
    DAY,
    BorrowerFactory,
    CaseFactory,
    ContactConditionFactory,
    ContactPointFactory,
    CreditorFactory,
    PaymentFactory,
    TeamFactory,
    UserFactory,
)  # fmt: skip

pytestmark = pytest.mark.django_db

LABELS = sorted(model._meta.label for model in admin.site._registry)
READ_ONLY = (
    "borrowers.Borrower", "borrowers.Loan", "borrowers.Payment", "borrowers.Allocation", "borrowers.AuditEvent",
    "borrowers.Placement", "borrowers.LedgerEntry", "borrowers.PaymentFile", "cases.Arrangement", "cases.CasePaper",
    "cases.Objection",
    "cases.Case", "cases.Letter", "cases.Message", "cases.ContactRecord", "cases.ContactSeal", "cases.GateDecision",
    "cases.Promise", "cases.Plan", "cases.RiskRecord", "cases.DayRun", "cases.ContactCondition", "legal.Matter", "legal.LegalPaper",
    "legal.MatterBatch",
)  # fmt: skip
# Belongs to all: permissions alone say who sees it.
COMMON = ("auth.Group", "cases.ScorecardVersion", "legal.LawFirm", "legal.Lawyer", "legal.Court")


def fill(creditor, count, start=0):
    """`count` rows of every kind for the creditor."""
    now = timezone.now()
    load_defaults()
    card = ScorecardVersion.objects.get(is_active=True)
    firm = LawFirm.objects.create(name=f"Firm {creditor.code} {start}", address="1 Road", phone="+861000000200")
    user = UserFactory(role="supervisor", creditors=[creditor])
    for n in range(start, start + count):
        mark = f"{creditor.code}-{n}"
        case = CaseFactory(borrower=BorrowerFactory(creditor=creditor), team=TeamFactory(creditors=[creditor]))
        borrower = case.borrower
        loan = case.loans.get()
        point = ContactPointFactory(borrower=borrower, value=f"+8615400{n:06d}")
        payment = PaymentFactory(loan=loan)
        Allocation.objects.create(
            payment=payment, instalment=loan.instalments.first(), fee=0, interest=0, principal=Decimal(100)
        )
        item = CostItem.objects.create(creditor=creditor, code=mark, name=mark, valid_from=DAY)
        LedgerEntry.objects.create(
            loan=loan, instalment=loan.instalments.first(), kind="fee", component="fee", on=DAY, amount=1, item=item
        )
        source = PaymentSource.objects.create(creditor=creditor, name=mark)
        PaymentFile.objects.create(source=source, file_name=mark, file_sha256=mark, loaded_on=DAY)
        PenaltyPolicy.objects.create(creditor=creditor, product=mark, start_on=DAY)
        LimitationPeriod.objects.get_or_create(creditor=creditor, defaults={"years": 4, "source": "Sample statute"})
        UserFactory(role="supervisor", creditors=[creditor])
        Placement.objects.create(creditor=creditor, state="loaded", file_name=mark, created_by=user)
        record_event(case, "test", actor=None)
        decision = GateDecision.objects.create(
            borrower=borrower, case=case, contact_point=point, moment="send", at=now, channel="sms", party="debtor",
            allowed=True, pack="cn", pack_version="1",
        )  # fmt: skip
        ContactConditionFactory(borrower=borrower, recorded_by=user)
        LegalHold.objects.create(borrower=borrower, reason="suit of another creditor", set_by=user)
        ContactRecord.objects.create(
            borrower=borrower, person_key=borrower.person_key, case=case, at=now, channel="phone", to=point.value,
            outcome="no_answer", gate_outcome="no_answer", decision=decision, actor=user,
        )  # fmt: skip
        Message.objects.create(
            key=mark, borrower=borrower, case=case, purpose="x", day=DAY, channel="sms", to=point.value, body="x",
            not_before=now,
        )  # fmt: skip
        Objection.objects.create(
            case=case, number=mark, family="dispute", topic="amount", channel="phone", received_on=DAY, words="too much",
            clock="cn_dispute", due_on=DAY, owner=user,
        )  # fmt: skip
        arrangement = Arrangement.objects.create(
            case=case,
            loan=loan,
            kind="deferral",
            sequence=1,
            total=1,
            proposed_on=DAY,
            proposed_by=user,
            needs_level="supervisor",
        )
        ApprovalRule.objects.get_or_create(
            creditor=creditor, level=("collector", "supervisor", "manager")[n % 3], kind="waiver"
        )
        Promise.objects.create(case=case, amount=10, due_on=DAY, made_on=DAY)
        strategy = Strategy.objects.create(name=mark, code=mark, creditor=creditor)
        plan = Plan.objects.create(case=case, strategy=strategy, strategy_version=1, anchor_on=DAY, made_on=DAY)
        PlanStep.objects.create(plan=plan, code="a", anchor_on=DAY, due_on=DAY, channel="phone", performer="collector")
        RiskRecord.objects.create(
            case=case, scorecard=card, on=DAY, grade="A", willingness_points=1, capacity_points=1, reasons=[]
        )
        MessageTemplate.objects.create(code=mark, channel="sms", language="en", creditor=creditor, body="Hello")
        CallScript.objects.create(pack=f"cn{n}", situation="debtor", language="en", creditor=creditor, opening=mark)
        DayRun.objects.create(creditor=creditor, on=DAY + dt.timedelta(days=n), phase="age", started_at=now)
        ContactSeal.objects.create(
            creditor=creditor, number=n + 1, on=DAY + dt.timedelta(days=n), chains=0, entries=0, heads_hash="0" * 64,
            hash="1" * 64, sealed_at=now,
        )  # fmt: skip
        paper = Document.objects.create(
            creditor=creditor, kind="letter", name=mark, mime_type="application/pdf", size=1, sha256=mark, path=mark
        )
        CasePaper.objects.create(
            case=case,
            kind="statement",
            loan=loan,
            number=mark,
            language="en",
            on=DAY,
            document=paper,
            arrangement=arrangement,
        )
        letter = Letter.objects.create(
            creditor=creditor, case=case, kind="demand", year=2026, sequence=n + 1, number=mark, language="en",
            cut_off=DAY, pay_by=DAY, amount=1, currency="CNY", figures={}, document=paper, pages=1,
        )  # fmt: skip
        mandate = Mandate.objects.create(creditor=creditor, firm=firm, reference=mark, document=paper, valid_from=DAY)
        Court.objects.create(name=f"Sample Court {mark}")
        MatterBatch.objects.create(creditor=creditor, name=mark, made_by=user)
        lawyer = Lawyer.objects.create(firm=firm, name=mark, licence_no=mark)
        matter = Matter.objects.create(case=case, firm=firm, lawyer=lawyer, mandate=mandate, opened_on=DAY)
        LegalPaper.objects.create(matter=matter, language="en", pay_by=DAY, drafted_by=user, letter=letter)


@pytest.fixture
def creditors():
    ours, theirs = CreditorFactory(), CreditorFactory()
    fill(ours, 3)
    fill(theirs, 3)
    return ours, theirs


def page(label, name="changelist", *args):
    return reverse(f"admin:{label.lower().replace('.', '_')}_{name}", args=args)


@pytest.mark.parametrize("label", [label for label in LABELS if label not in COMMON])
def test_a_supervisor_finds_own_rows_only_in_lists_and_by_address(client, creditors, label):
    ours, theirs = creditors
    client.force_login(UserFactory(role="supervisor", creditors=[ours]))
    model: Any = next(m for m in admin.site._registry if m._meta.label == label)
    foreign_admin: Any = admin.site._registry[model]
    foreign_user = UserFactory(role="supervisor", creditors=[theirs])
    foreign_user.user_permissions.clear()
    common = set()
    if foreign_admin.common_rows:
        common = set(model.objects.filter(creditor__isnull=True).values_list("pk", flat=True))
    foreign = set(foreign_admin.scope(model.objects.all(), foreign_user).values_list("pk", flat=True)) - common
    assert foreign
    response = client.get(page(label))
    assert response.status_code in (200, 403)
    if response.status_code == 200:
        shown = {row.pk for row in response.context["cl"].result_list}
        assert not shown & foreign
        assert shown
    for pk in sorted(foreign)[:2]:
        assert client.get(page(label, "change", pk)).status_code in (302, 403)


@pytest.mark.parametrize("label", LABELS)
def test_lists_cost_the_same_for_five_rows_and_twenty_five(
    admin_client, django_assert_num_queries, django_assert_max_num_queries, label
):
    creditor = CreditorFactory()
    fill(creditor, 5)
    CreditorFactory.create_batch(4)
    admin_client.get(page(label))
    with django_assert_max_num_queries(14) as few:
        assert admin_client.get(page(label)).status_code == 200
    fill(creditor, 20, start=5)
    CreditorFactory.create_batch(20)
    with django_assert_num_queries(len(few)):
        admin_client.get(page(label))


@pytest.mark.parametrize("label", READ_ONLY)
def test_nobody_writes_the_ledger_or_history_here(admin_client, label):
    creditor = CreditorFactory()
    fill(creditor, 1)
    model: Any = next(m for m in admin.site._registry if m._meta.label == label)
    row = model.objects.order_by("pk").first()
    assert admin_client.get(page(label, "change", row.pk)).status_code == 200
    assert admin_client.get(page(label, "add")).status_code == 403
    assert admin_client.post(page(label, "change", row.pk), {"stage": "closed"}).status_code == 403
    assert admin_client.post(page(label, "delete", row.pk), {"post": "yes"}).status_code == 403
    actions = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    admin_client.post(page(label), actions)
    assert model.objects.filter(pk=row.pk).exists()


def test_numbers_are_masked_and_found_by_their_hash(client):
    creditor = CreditorFactory()
    number = "99000019900101001X"
    borrower = BorrowerFactory(creditor=creditor, id_type="resident_id", id_no=number)
    ContactPointFactory(borrower=borrower, value="+8615400001234")
    client.force_login(UserFactory(role="supervisor", creditors=[creditor]))
    found = client.get(page("borrowers.Borrower"), {"q": number})
    assert [row.pk for row in found.context["cl"].result_list] == [borrower.pk]
    shown = client.get(page("borrowers.Borrower", "change", borrower.pk)).content.decode()
    assert number not in shown
    assert "+8615400001234" not in shown
    assert Payment.objects.count() == 0
