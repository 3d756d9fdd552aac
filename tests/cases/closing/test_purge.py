"""Personal data go when their day has come, all of them and nothing else; the books and the log still hold."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from borrowers.models import (
    AuditEvent,
    Borrower,
    ContactPoint,
    LoanBalance,
    PaymentFile,
    PaymentLine,
    PaymentSource,
    Placement,
)
from borrowers.models.document import Document, DocumentPurged
from borrowers.rules.retention import purge_before, purge_day
from borrowers.services import erasing
from borrowers.services.erasing import plain
from borrowers.services.ledger_check import check_balances
from cases.models import Case, ContactCondition, ContactRecord, LegalHold, Message, Objection, ProviderEvent
from cases.services import purge
from cases.services.contact_chain import check_creditor, verify_chain
from cases.services.legal_holds import HoldRefused, lift_legal_hold, set_legal_hold
from cases.services.purge import purge_borrower, purge_creditor
from cases.services.purge_files import purge_files
from cases.stages import move_case
from cases.tasks import purge_data
from tests.cases.closing.full_file import SECRET, everything, fill, full_file, stored_bytes
from tests.factories import DAY, BorrowerFactory, CaseFactory, CreditorFactory, LoanFactory, UserFactory, with_schedule

pytestmark = pytest.mark.django_db
DUE = DAY.replace(year=DAY.year + 5)
ONE = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _today(time_machine, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    time_machine.move_to(f"{DUE.isoformat()}T10:00:00+08:00", tick=False)


def close(case):
    """Paid in full and closed, so that its day is DUE."""
    for loan in case.loans.all():
        LoanBalance.objects.filter(loan=loan).update(outstanding_amount=0)
    return move_case(case.pk, "close_recalled", actor=UserFactory(is_superuser=True), reason="contract ended", on=DAY)


@pytest.fixture
def case():
    return close(CaseFactory(borrower__name=SECRET))


def run(case, on=DUE, **more):
    return purge_creditor(creditor=case.creditor, on=on, **more)


# --- What goes and what stays --------------------------------------------------------------------------


@pytest.mark.loose_ledger
def test_nothing_of_the_person_is_left_anywhere():
    case = full_file(name=SECRET, employer=SECRET, id_type="passport", id_no=SECRET)
    fill(case)
    phone = case.borrower.contact_points.get()
    plain_value = "+8615400099999"
    ContactPoint.objects.filter(pk=phone.pk).update(value=plain_value)
    Message.objects.update(to=plain_value)
    ProviderEvent.objects.filter(kind="reply").update(sender=plain_value)
    assert len([where for where, value in everything() if SECRET in value]) > 60
    assert [data for data in stored_bytes() if SECRET.encode() in data]
    close(case)
    summary = run(case)
    assert (summary.due, summary.purged, summary.kept) == (1, 1, {})
    left = {where for where, value in everything() if SECRET in value or plain_value in value or "4321" in value}
    assert left == set()
    assert stored_bytes() == []


@pytest.mark.loose_ledger
def test_what_the_books_the_log_and_the_audit_need_stays():
    case = full_file(name=SECRET)
    loan, before = case.loans.get(), LoanBalance.objects.get(loan=case.loans.get())
    letter = case.letters.get()
    close(case)
    paid = list(loan.payments.values("payment_no", "amount", "paid_on"))
    run(case)
    assert list(loan.payments.values("payment_no", "amount", "paid_on")) == paid
    assert LoanBalance.objects.get(loan=loan).paid_total == before.paid_total
    contact = ContactRecord.objects.get()
    assert (contact.outcome, contact.notes, contact.to) == ("promise", "", "")
    assert verify_chain(case.borrower) is None
    assert list(check_creditor(case.creditor)) == []
    document = Document.objects.get(pk=letter.document_id)
    assert len(document.sha256) == 64
    with pytest.raises(DocumentPurged):
        document.read()
    event = AuditEvent.objects.get(action="purge_data")
    assert event.borrower == case.borrower
    assert event.detail["cases"] == [case.pk]
    assert event.detail["rows"]["contactrecord"] == 1
    changed = AuditEvent.objects.get(action="changed")
    assert (changed.old, changed.new, changed.reason, changed.actor is None) == ("", "", "", False)
    assert (changed.detail["on"], changed.detail["amount"], changed.detail["case"]) == (str(DAY), "12.50", case.pk)
    assert (changed.detail["words"], changed.detail["inner"]) == ("", [{"of": ""}])
    moved = AuditEvent.objects.get(action="close_recalled")
    assert (moved.old, moved.new) == ("preparing", "closed")


def test_the_books_still_add_up():
    case = CaseFactory()
    loan = case.loans.get()
    from borrowers.services.ledger import record_payment

    record_payment(loan=loan, payment_no="P1", paid_on=DAY, amount=Decimal("1320.00"), actor=None)
    move_case(case.pk, "close_paid", actor=None, on=DAY)
    run(case)
    assert Case.objects.get().purged_on == DUE
    assert list(check_balances([loan.pk])) == []


def test_a_purged_case_can_still_be_looked_at(case, client):
    client.force_login(UserFactory(role="supervisor", creditors=[case.creditor]))
    run(case)
    page = client.get(reverse("cases:case", args=[case.pk])).content.decode()
    assert "Personal data were removed on 2031-03-02." in page
    assert case.borrower.ref in page
    assert SECRET not in page
    assert client.get(reverse("cases:timeline", args=[case.pk])).status_code == 200


@pytest.mark.loose_ledger
def test_who_asks_for_a_purged_file_is_told(client):
    case = full_file()
    close(case)
    client.force_login(UserFactory(role="supervisor", creditors=[case.creditor]))
    url = reverse("cases:letter_download", args=[case.letters.get().pk])
    assert client.get(url).status_code == 200
    run(case)
    answer = client.get(url)
    assert answer.status_code == 410
    assert "This file was removed" in answer.content.decode()


@pytest.mark.loose_ledger
def test_bytes_that_another_borrower_shares_stay_for_that_one():
    case = full_file()
    letter = case.letters.get().document
    from borrowers.models.document import file_document

    theirs = file_document(
        data=letter.read(), name="same", mime_type="text/plain", kind="letter", creditor=case.creditor,
        borrower=BorrowerFactory(creditor=case.creditor), by=None,
    )  # fmt: skip
    close(case)
    run(case)
    assert theirs.read() == f"{SECRET} letter {case.pk}".encode()
    assert Document.objects.get(pk=letter.pk).path == ""


# --- When ----------------------------------------------------------------------------------------------


def test_not_a_day_too_early(case, time_machine):
    time_machine.move_to(f"{(DUE - ONE).isoformat()}T10:00:00+08:00", tick=False)
    assert run(case, DUE - ONE).due == 0
    with pytest.raises(ValueError, match="has not come yet"):
        run(case, DUE)
    assert run(case, DUE, dry_run=True).purged == 1
    assert Borrower.objects.get().name == SECRET


def test_twice_is_once(case):
    assert run(case).purged == 1
    events = AuditEvent.objects.count()
    assert run(case).due == 0
    assert purge_borrower(case.borrower_id, on=DUE) is None
    assert AuditEvent.objects.count() == events


def test_who_comes_back_and_closes_again_is_purged_again(case):
    run(case)
    Borrower.objects.update(name="Back Again")
    again = CaseFactory(borrower=case.borrower)
    LoanBalance.objects.update(outstanding_amount=0)
    move_case(again.pk, "close_recalled", actor=UserFactory(is_superuser=True), reason="x", on=DAY - 30 * ONE)
    assert run(case).purged == 1
    assert Borrower.objects.get().name == ""
    assert Case.objects.filter(purged_on=DUE).count() == 2


def test_a_borrower_who_cannot_be_purged_leaves_the_others_purged(monkeypatch):
    creditor = CreditorFactory()
    cases = [close(CaseFactory(borrower__creditor=creditor, borrower__name=f"P{n}")) for n in range(3)]
    erase = purge._erase

    def fail(borrower):
        if borrower.name == "P1":
            erase(borrower)
            raise ConnectionError("killed")
        return erase(borrower)

    monkeypatch.setattr(purge, "_erase", fail)
    with pytest.raises(ConnectionError):
        purge_creditor(creditor=creditor, on=DUE)
    assert [Borrower.objects.get(pk=case.borrower_id).name for case in cases] == ["", "P1", "P2"]
    monkeypatch.setattr(purge, "_erase", erase)
    summary = purge_creditor(creditor=creditor, on=DUE)
    assert (summary.due, summary.purged) == (2, 2)


@pytest.mark.loose_ledger
def test_killed_between_the_bytes_and_the_commit(monkeypatch):
    case = full_file()
    close(case)
    whole = purge.erase_documents

    def die(documents):
        whole(documents)
        raise ConnectionError("killed")

    monkeypatch.setattr(purge, "erase_documents", die)
    with pytest.raises(ConnectionError):
        run(case)
    assert stored_bytes() == []
    assert Case.objects.get().purged_on is None
    monkeypatch.setattr(purge, "erase_documents", whole)
    assert run(case).purged == 1
    assert not Document.objects.exclude(path="").exists()


@given(closed=st.dates(dt.date(1996, 1, 1), dt.date(2060, 1, 1)), more=st.integers(-3, 3))
@pytest.mark.parametrize("pack", ["cn", "us_reg_f", "uk"])
def test_the_last_closing_day_and_the_purge_day_agree(pack, closed, more):
    on = purge_day(pack, closed) + more * ONE
    assert (purge_day(pack, closed) <= on) == (closed <= purge_before(pack, on))


# --- Who is kept ---------------------------------------------------------------------------------------


def kept(case):
    summary = run(case)
    assert summary.purged == 0
    assert Borrower.objects.get(pk=case.borrower_id).name == SECRET
    assert purge_borrower(case.borrower_id, on=DUE) is None
    return dict(summary.kept)


def test_another_open_case(case):
    CaseFactory(borrower=case.borrower, loan=case.loans.get())
    assert kept(case) == {"open case": 1}


def test_another_case_that_closed_later(case):
    later = CaseFactory(borrower=case.borrower, loan=case.loans.get())
    move_case(later.pk, "close_recalled", actor=UserFactory(is_superuser=True), reason="x", on=DAY + ONE)
    assert kept(case) == {"later case": 1}


def test_a_loan_that_is_still_being_paid(case):
    with_schedule(LoanFactory(borrower=case.borrower), first_due=DUE + 9 * ONE)
    assert kept(case) == {"open loan": 1}


def test_an_objection_that_is_not_answered(case):
    Objection.objects.create(
        case=case, number="O-1", family="complaint", topic="privacy", channel="post", received_on=DUE, due_on=DUE,
        clock="x",
    )  # fmt: skip
    assert kept(case) == {"open objection": 1}


@pytest.mark.parametrize(("at", "is_kept"), [(DAY + ONE, True), (DAY - ONE, False)])
def test_recordings_are_kept_as_long_as_their_own_law_says(case, at, is_kept):
    from django.db import transaction

    from cases.services.contact_log import write_contact

    with transaction.atomic():
        write_contact(
            borrower=case.borrower, case=case, at=dt.datetime.combine(at, dt.time(4), tzinfo=dt.UTC), channel="phone",
            outcome="busy", recording_ref="REC-1",
        )  # fmt: skip
    assert dict(run(case).kept) == ({"recordings": 1} if is_kept else {})


def test_a_message_whose_fate_is_not_known(case):
    Message.objects.create(
        key="m", borrower=case.borrower, case=case, purpose="x", day=DAY, channel="sms", to="x", body="x",
        not_before=dt.datetime(2026, 3, 2, tzinfo=dt.UTC),
    )  # fmt: skip
    assert kept(case) == {"message on its way": 1}


def test_a_guard_of_the_apps_above(case, settings):
    settings.PURGE_GUARDS = [("asked for", "tests.cases.closing.test_purge.everybody")]
    assert kept(case) == {"asked for": 1}


def everybody(borrower_ids, on):
    return set(borrower_ids)


# --- Legal holds ---------------------------------------------------------------------------------------


def test_a_legal_hold_until_it_is_lifted(case):
    supervisor = UserFactory(role="supervisor", creditors=[case.creditor])
    hold = set_legal_hold(borrower=case.borrower, reason="court order", until=None, actor=supervisor)
    assert kept(case) == {"legal hold": 1}
    lift_legal_hold(hold=hold, reason="suit is over", actor=supervisor)
    with pytest.raises(HoldRefused, match="already"):
        lift_legal_hold(hold=hold, reason="again", actor=supervisor)
    assert run(case).purged == 1
    assert [e.action for e in AuditEvent.objects.filter(subject_type="legalhold").order_by("pk")] == [
        "set_legal_hold", "lift_legal_hold",
    ]  # fmt: skip


def test_a_legal_hold_ends_with_its_last_day(case, time_machine):
    supervisor = UserFactory(role="legal", creditors=[case.creditor])
    set_legal_hold(borrower=case.borrower, reason="audit", until=DUE, actor=supervisor)
    assert kept(case) == {"legal hold": 1}
    time_machine.move_to(f"{(DUE + ONE).isoformat()}T10:00:00+08:00", tick=False)
    assert run(case, DUE + ONE).purged == 1


def test_who_may_set_a_legal_hold_and_how(case):
    stranger = UserFactory(role="supervisor", creditors=[CreditorFactory()])
    collector = UserFactory(role="collector", creditors=[case.creditor])
    for person in (stranger, collector):
        with pytest.raises(PermissionDenied):
            set_legal_hold(borrower=case.borrower, reason="x", until=None, actor=person)
    supervisor = UserFactory(role="supervisor", creditors=[case.creditor])
    for reason, until in ((" ", None), ("x", DUE - ONE)):
        with pytest.raises(HoldRefused):
            set_legal_hold(borrower=case.borrower, reason=reason, until=until, actor=supervisor)
    assert not LegalHold.objects.exists()


def test_the_administration_sets_and_lifts_it(case, client):
    client.force_login(UserFactory(role="supervisor", creditors=[case.creditor]))
    add = reverse("admin:cases_legalhold_add")
    assert client.get(add).status_code == 200
    assert (
        "has passed"
        in client.post(add, {"borrower": case.borrower_id, "reason": "audit", "until": DAY}).content.decode()
    )
    client.post(add, {"borrower": case.borrower_id, "reason": "audit", "until": ""})
    hold = LegalHold.objects.get()
    change = reverse("admin:cases_legalhold_change", args=[hold.pk])
    client.post(change, {"reason": "forged", "lift_reason": ""})
    hold.refresh_from_db()
    assert (hold.reason, hold.lifted_at) == ("audit", None)
    client.post(change, {"reason": "forged", "lift_reason": "audit is over"})
    hold.refresh_from_db()
    assert (hold.reason, hold.lift_reason) == ("audit", "audit is over")
    assert client.post(change, {"lift_reason": "again"}).status_code == 403
    client.force_login(UserFactory(role="operator", creditors=[case.creditor]))
    assert client.get(add).status_code == 403


# --- The same person elsewhere -------------------------------------------------------------------------


def test_an_opt_out_goes_on_binding_the_persons_other_creditor():
    key = {"person_key": "k" * 64}
    other = BorrowerFactory(**key)
    case = CaseFactory(borrower__person_key=key["person_key"])
    common = {"borrower": case.borrower, "person_key": key["person_key"], "source": "call", "words": SECRET}
    since = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    number = "+8615400000001"
    stands = ContactCondition.objects.create(kind="opt_out", code="sms", to=number, since=since, **common)
    ended = ContactCondition.objects.create(
        kind="opt_out", code="sms", to=number, since=since, ended_at=since + ONE, **common
    )
    consent = ContactCondition.objects.create(kind="consent", code="call", to=number, since=since, **common)
    close(case)
    run(case)
    for condition, to in ((stands, number), (ended, "purged"), (consent, "purged")):
        condition.refresh_from_db()
        assert (condition.to, condition.words) == (to, "")
    theirs = close(CaseFactory(borrower=other))
    run(theirs)
    assert Borrower.objects.filter(name="").count() == 2


def test_the_number_of_somebody_else_is_not_taken_from_their_replies(case):
    from tests.factories import ContactPointFactory

    shared, own = "+8615400000001", "+8615400000002"
    for value in (shared, own):
        ContactPointFactory(borrower=case.borrower, value=value)
        ProviderEvent.objects.create(
            provider="development", kind="reply", event_id=value, sender=value, text="hello",
            at=dt.datetime(2026, 3, 2, tzinfo=dt.UTC),
        )  # fmt: skip
    ContactPointFactory(value=shared)
    run(case)
    assert dict(ProviderEvent.objects.values_list("event_id", "text")) == {shared: "hello", own: ""}


# --- Files ---------------------------------------------------------------------------------------------


def test_refused_rows_and_uploads_go_when_they_are_as_old(time_machine):
    creditor = CreditorFactory()
    time_machine.move_to(f"{DAY.isoformat()}T23:30:00+08:00", tick=False)
    stored = default_storage.save("uploads/x/waiting.csv", ContentFile(SECRET.encode()))
    row = Placement.objects.create(
        creditor=creditor, kind="payments", state="checked", file_name="x", upload_path=stored, refusals_csv=SECRET
    )
    source = PaymentSource.objects.create(creditor=creditor, name="Sample Bank")
    file = PaymentFile.objects.create(source=source, file_name="x", file_sha256="0" * 64, loaded_on=DAY)
    for number, state in enumerate(("refused", "suspended")):
        PaymentLine.objects.create(file=file, row=number, raw={"name": SECRET}, payer_name=SECRET, state=state)
    time_machine.move_to(f"{DUE.isoformat()}T10:00:00+08:00", tick=False)
    assert purge_files(creditor=creditor, on=DUE - ONE) == 0
    assert purge_files(creditor=creditor, on=DUE, dry_run=True) == 2
    assert purge_files(creditor=creditor, on=DUE) == 2
    row.refresh_from_db()
    assert (row.refusals_csv, row.upload_path, default_storage.exists(stored)) == ("", "", False)
    assert dict(PaymentLine.objects.values_list("state", "payer_name")) == {"refused": "", "suspended": SECRET}
    assert purge_files(creditor=creditor, on=DUE) == 0
    assert AuditEvent.objects.filter(action="purge_data").count() == 2


# --- The command and the clock -------------------------------------------------------------------------


def command(*arguments):
    out = io.StringIO()
    call_command("purge_data", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_the_command_says_what_went_and_what_stayed(case):
    held = close(CaseFactory(borrower__creditor=case.creditor))
    set_legal_hold(borrower=held.borrower, reason="audit", until=None, actor=UserFactory(is_superuser=True))
    dry = command("--dry-run")
    assert f"{case.creditor.code} {DUE}: 2 borrowers due, 1 would be purged" in dry
    assert "kept, legal hold: 1" in dry
    assert Borrower.objects.filter(name="").count() == 0
    done = command("--creditor", case.creditor.code)
    assert "2 borrowers due, 1 purged" in done
    assert "rows emptied, borrower: 1" in done
    assert "1 borrowers due, 0 purged" in command()


@pytest.mark.parametrize("arguments", [["--creditor", "NOBODY"], ["--on", str(DUE + ONE)]])
def test_the_command_refuses(case, arguments):
    with pytest.raises(SystemExit) as ended:
        command(*arguments)
    assert ended.value.code == 1
    assert Borrower.objects.get().name == SECRET


def test_the_nightly_task_takes_every_creditor_active_or_not(case):
    sleeping = close(CaseFactory(borrower__creditor=CreditorFactory(is_active=False)))
    purge_data()
    assert set(Case.objects.values_list("pk", "purged_on")) == {(case.pk, DUE), (sleeping.pk, DUE)}


def test_the_door_is_shut_outside_of_a_transaction(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(erasing, "connection", SimpleNamespace(in_atomic_block=False))
        with pytest.raises(RuntimeError, match="inside a transaction"):
            plain(AuditEvent)
