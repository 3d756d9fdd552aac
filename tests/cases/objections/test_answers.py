"""Answering: what it corrects is booked with it or not at all, and the letter says both, before and after."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
from decimal import Decimal
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied
from django.db.utils import IntegrityError
from pypdf import PdfReader

from borrowers.ageing import age_loans
from borrowers.errors import InputError
from borrowers.models import AuditEvent, LedgerEntry, LoanBalance, Payment
from borrowers.services.entries import book_penalty
from borrowers.services.ledger import move_payment, record_payment
from cases.models import Case, CasePaper, Objection
from cases.services.case_figures import refresh_cases
from cases.services.objection_answers import answer_objection
from cases.services.objection_corrections import waive_for
from cases.services.objection_evidence import add_evidence
from cases.services.objections import ObjectionRefused, assign_objection, open_objection, withdraw_objection
from tests.borrowers.ledger_checks import check_books, total
from tests.cases.arrangements.steps import loan_of
from tests.cases.objections.conftest import PDF
from tests.factories import DAY, BorrowerFactory, CaseFactory, CreditorFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
D, ONE = Decimal, dt.timedelta(days=1)
FOUND = "The receipt of 2 February shows 310.00 that was not booked."


def owed(case) -> Decimal:
    return LoanBalance.objects.get(loan=loan_of(case)).outstanding_amount


def answer(objection, actor, outcome="upheld", found=FOUND, **values):
    return answer_objection(objection=objection, actor=actor, outcome=outcome, found=found, on=DAY, **values)


def receipt(case, amount="310.00"):
    """The booking of a payment that was made on the due day and never arrived in the books."""

    def book(actor):
        record_payment(loan=loan_of(case), payment_no="CASH-1", paid_on=DAY - 40 * ONE, amount=D(amount), actor=actor)

    return book


def waiver(case, objection, component, amount):
    return partial(
        _waive, objection=objection, loan=loan_of(case), component=component, amount=D(amount), on=DAY, reason="agreed"
    )


def _waive(actor, **values):
    waive_for(actor=actor, **values)


def text_of(paper: CasePaper) -> str:
    data = paper.document.read()
    assert hashlib.sha256(data).hexdigest() == paper.document.sha256
    return re.sub(r"\s+", " ", "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_payment_that_was_missing_is_booked_and_the_letter_says_so(case, people, take, language):
    objection = take()
    book_penalty(loan_ids=[loan_of(case).pk], on=DAY)
    before = owed(case)
    paper = answer(
        objection, people["supervisor"], corrected="The payment is booked for its own day.",
        corrections=[receipt(case)], language=language,
    )  # fmt: skip
    after = owed(case)
    # With the payment in time, the first instalment bore no penalty interest either.
    assert after < before - 310
    change = paper.figures["loans"][loan_of(case).account_no]
    assert (change["owed_before"], change["owed_after"]) == (str(before), str(after))
    # Penalty interest belongs to what is overdue: the two sums fall by the same.
    owed_less = D(change["owed_before"]) - D(change["owed_after"])
    assert D(change["overdue_before"]) - D(change["overdue_after"]) == owed_less
    text = text_of(paper)
    for amount in (before, after):
        assert f"{amount:,.2f}" in text
    assert objection.number in text
    assert "The payment is booked for its own day." in text
    assert "I paid the first instalment in cash." in text
    tight = text.replace(" ", "")
    for words in {
        "en": ["Youareright:weupholdit", "Whatyoumaydonext", "12378", "Owedbefore"],
        "zh-hans": ["您的主张成立", "您还可以", "12378", "更正前剩余未还"],
    }[language]:
        assert words in tight
    check_books(loan_of(case))


def test_the_event_refers_to_the_bookings_with_before_and_after(case, people, take):
    objection = take()
    paper = answer(objection, people["supervisor"], corrected="Booked.", corrections=[receipt(case)])
    event = AuditEvent.objects.get(action="answer_objection")
    assert (event.actor, event.new, event.subject_id) == (people["supervisor"], paper.number, objection.pk)
    [booked] = AuditEvent.objects.filter(pk__in=event.detail["bookings"])
    assert (booked.action, booked.subject_id) == ("payment_booked", loan_of(case).pk)
    account = loan_of(case).account_no
    assert D(event.detail["after"][account]) == owed(case) < D(event.detail["before"][account])
    row = Objection.objects.get()
    assert (row.state, row.closed_on, row.answered_by) == ("upheld", DAY, people["supervisor"])


def test_the_case_follows_the_ledger_at_once(case, people, take):
    # 620 are overdue and bear penalty interest: paid in time, nothing is.
    answer(take(), people["supervisor"], corrected="Booked.", corrections=[receipt(case), _second(case)])
    case = Case.objects.get(pk=case.pk)
    assert (case.close_reason, case.overdue_amount) == ("paid", 0)


def _second(case):
    def book(actor):
        record_payment(loan=loan_of(case), payment_no="CASH-2", paid_on=DAY - 10 * ONE, amount=D("310.00"), actor=actor)

    return book


def test_a_correction_that_the_ledger_refuses_leaves_no_answer_and_no_booking(case, people, take):
    objection, before = take(), owed(case)
    with pytest.raises(InputError):
        answer(objection, people["supervisor"], corrected="Booked.", corrections=[receipt(case), receipt(case, "-5")])
    objection = Objection.objects.get()
    assert objection.is_open
    assert owed(case) == before
    assert not Payment.objects.exists()
    assert not CasePaper.objects.exists()


@pytest.mark.parametrize(
    ("outcome", "values", "words"),
    [
        ("upheld", {"found": " "}, "what was found"),
        ("withdrawn", {}, "is no answer"),
        ("rejected", {"corrected": "A little."}, "corrects nothing"),
        ("upheld", {"found": "Pay, or the police will arrest you."}, "may not leave the house"),
        ("upheld", {"found": "不还款就拘留你"}, "may not leave the house"),
    ],
)
def test_what_is_refused_is_said(people, take, outcome, values, words):
    objection = take()
    with pytest.raises(ObjectionRefused, match=words):
        answer(objection, people["supervisor"], outcome, **values)
    assert Objection.objects.get().is_open


def test_a_correction_is_told_to_the_borrower_in_words(case, people, take):
    with pytest.raises(ObjectionRefused, match="what is corrected"):
        answer(take(), people["supervisor"], corrections=[receipt(case)])


def test_it_is_answered_once_and_withdrawn_never_after(people, take):
    objection = take()
    answer(objection, people["supervisor"], "rejected")
    with pytest.raises(ObjectionRefused, match="closed already"):
        answer(objection, people["second"])
    with pytest.raises(ObjectionRefused, match="closed already"):
        withdraw_objection(objection=objection, actor=people["second"], reason="x", on=DAY)
    assert CasePaper.objects.filter(objection=objection).count() == 1


def test_who_may_answer(case, people, take):
    Case.objects.filter(pk=case.pk).update(assigned_to=people["supervisor"])
    objection = take(family="complaint", topic="conduct")
    stranger = UserFactory(role="supervisor", creditors=[CreditorFactory()])
    # A collector; a supervisor of another creditor; the one it is about.
    for person in (people["collector"], stranger, people["supervisor"]):
        with pytest.raises(PermissionDenied):
            answer(objection, person)
    assert answer(objection, people["second"]).made_by == people["second"]


def test_who_was_complained_of_does_not_answer_after_the_case_was_given_to_somebody_else(case, people, take):
    Case.objects.filter(pk=case.pk).update(assigned_to=people["supervisor"])
    complaint = take(family="complaint", topic="conduct")
    Case.objects.filter(pk=case.pk).update(assigned_to=people["second"])
    with pytest.raises(PermissionDenied, match="themselves"):
        answer(complaint, people["supervisor"])
    with pytest.raises(ObjectionRefused, match="themselves"):
        assign_objection(objection=complaint, owner=people["supervisor"], actor=people["second"])
    # Who took the case over was not complained of.
    assert answer(complaint, people["second"]).objection == complaint


def test_an_answer_says_what_was_found(case, take):
    with pytest.raises(IntegrityError):
        Objection.objects.filter(pk=take().pk).update(closed_on=DAY, state="rejected")


# --- Waivers under authority -------------------------------------------------------------------------------


def test_penalty_interest_is_waived_within_authority(case, people, take):
    objection = take(topic="terms")
    book_penalty(loan_ids=[loan_of(case).pk], on=DAY)
    before = owed(case)
    answer(
        objection, people["supervisor"], "partly_upheld", corrected="5.00 of penalty interest are waived.",
        corrections=[waiver(case, objection, "penalty", "5.00")],
    )  # fmt: skip
    assert owed(case) == before - 5
    waived = LedgerEntry.objects.filter(kind="waiver")
    assert {entry.source for entry in waived} == {objection.source}
    check_books(loan_of(case))


def test_nobody_waives_on_what_they_took_down_themselves_nor_more_than_they_may(case, people, take):
    own = take(people["supervisor"])
    with pytest.raises(PermissionDenied, match="alone"):
        answer(own, people["supervisor"], corrected="x", corrections=[waiver(case, own, "penalty", "5.00")])
    with pytest.raises((InputError, PermissionDenied)):
        answer(own, people["second"], corrected="x", corrections=[waiver(case, own, "principal", "1200.00")])
    assert Objection.objects.get().is_open
    assert not LedgerEntry.objects.filter(kind="waiver").exists()


def test_a_waiver_in_parts_needs_the_authority_of_the_whole(case, people, take):
    """10 % is what a supervisor may waive: not thrice in one answer, nor in the answer after it."""
    answer(take(), people["supervisor"], corrected="x", corrections=[waiver(case, take(), "principal", "100.00")])
    second = Objection.objects.open().get()
    with pytest.raises(PermissionDenied, match="alone"):
        answer(second, people["supervisor"], corrected="x", corrections=[waiver(case, second, "principal", "100.00")])
    parts = [waiver(case, second, "principal", "10.00")] * 3
    with pytest.raises(PermissionDenied, match="alone"):
        answer(second, people["supervisor"], corrected="x", corrections=parts)
    assert total(LedgerEntry.objects.filter(kind="waiver")) == -100


def test_a_waiver_is_not_dated_back(case, people, take):
    """Of the principal 100 days ago, it would take the penalty interest of those days along, unseen by the matrix."""
    objection = take()
    back = partial(waiver(case, objection, "principal", "100.00"), on=DAY - 100 * ONE)
    with pytest.raises(InputError, match="as of today"):
        answer(objection, people["supervisor"], corrected="x", corrections=[back])
    assert not LedgerEntry.objects.filter(kind="waiver").exists()


# --- What follows, and the letter ----------------------------------------------------------------------------


def test_the_case_of_the_account_that_a_payment_belongs_to_follows_at_once(case, people, take):
    other = CaseFactory(borrower=BorrowerFactory(creditor=case.creditor))
    payment = record_payment(loan=loan_of(case), payment_no="P1", paid_on=DAY - 5 * ONE, amount=D("110.00"), actor=None)
    age_loans(creditor=case.creditor, on=DAY)
    refresh_cases(creditor=case.creditor, on=DAY)
    before = Case.objects.get(pk=other.pk).overdue_amount

    def move(actor):
        move_payment(payment=payment, to=other.loans.get(), payment_no="P1/1", reason="not his", actor=actor)

    answer(take(), people["supervisor"], corrected="Moved.", corrections=[move], also=[other.pk])
    assert Case.objects.get(pk=other.pk).overdue_amount == before - 110


def test_signs_that_no_font_draws_are_boxes_in_what_was_written_to_us_and_refused_in_what_we_write(case, people, take):
    objection = take(words="Paid 🙂 on the second.")
    for told in ({"found": "Seen 🙂"}, {"found": "Seen", "corrected": "Booked 🙂"}):
        with pytest.raises(ObjectionRefused, match="🙂"):
            answer(objection, people["supervisor"], **told)
    assert "“Paid □ on the second.”" in text_of(answer(objection, people["supervisor"]))


# --- The United States -------------------------------------------------------------------------------------


def test_a_written_dispute_is_answered_after_verification_was_sent(clock):
    creditor = CreditorFactory(pack="us_reg_f", currency="USD", time_zone="America/New_York")
    team = TeamFactory(creditors=[creditor])
    case = CaseFactory(borrower__creditor=creditor, team=team)
    collector = UserFactory(role="collector", team=team)
    supervisor = UserFactory(role="supervisor", creditors=[creditor])
    on = creditor.business_date(dt.datetime.now(dt.UTC))
    made = [
        open_objection(
            case=case, actor=collector, family="dispute", topic="amount", channel=channel, received_on=on, words="no"
        )
        for channel in ("post", "phone")
    ]
    written, oral = made
    with pytest.raises(ObjectionRefused, match="verification"):
        answer(written, supervisor, "rejected")
    assert answer(oral, supervisor, "rejected").objection == oral
    told = {"objection": written, "actor": collector, "item": "verification", "data": PDF, "name": "v.pdf"}
    add_evidence(**told, on=on - ONE)  # what went out before the dispute verifies nothing
    with pytest.raises(ObjectionRefused, match="verification"):
        answer(written, supervisor, "rejected")
    add_evidence(**told, on=on)
    paper = answer(written, supervisor, "rejected")
    assert "consumerfinance.gov" in text_of(paper)
