"""Limitation feeds itself: post, messages, ledger, arrangements, calls and matters; what is not proved restarts nothing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from borrowers.models import Creditor, Payment
from borrowers.models.document import file_document
from borrowers.services.ledger import record_payment, reverse_payment
from cases.models import Arrangement, Case, CaseLoan, ContactRecord, Letter, Posting, PrintRun, Promise
from cases.models.message import Message, MessageTemplate
from cases.policy.facts import Flag
from cases.services.gate_facts import _case_flags
from legal.models import LegalPaper, LimitationEvent, LimitationPeriod, LoanLimitation, Matter
from legal.services.limitation import limitation_of, refresh_limitations
from legal.services.limitation_recording import record_limitation, withdraw_limitation
from legal.services.matters import LegalRefused
from tests.factories import CaseFactory, ContactPointFactory, CreditorFactory, LoanFactory, TeamFactory, with_schedule

pytestmark = pytest.mark.django_db
D = Decimal
LAST = dt.date(2024, 3, 15)  # the contract's last instalment; three years end on Monday, 15 March 2027
TODAY = dt.date(2026, 11, 25)


def day(text):
    return dt.date.fromisoformat(text)


def noon(text):
    return dt.datetime.fromisoformat(f"{text}T04:00:00+00:00")


@pytest.fixture
def loan(db):
    """Twelve instalments up to LAST, in an open case since its first day."""
    creditor = CreditorFactory(code="LEND")
    loan = LoanFactory(borrower__creditor=creditor, disbursed_on=day("2023-01-02"))
    with_schedule(loan, first_due=LAST - dt.timedelta(days=330), count=12)
    case = CaseFactory(borrower=loan.borrower, loan=loan, team=TeamFactory(creditors=[creditor]), opened_on=LAST)
    CaseLoan.objects.filter(case=case).update(added_on=day("2023-06-01"))
    return loan


@pytest.fixture
def case(loan):
    return Case.objects.select_related("creditor", "borrower").get(loans=loan)


def standing(loan, on=TODAY):
    loan = type(loan).objects.select_related("creditor").get(pk=loan.pk)
    return limitation_of([loan], on)[0]


def shown(loan, on=TODAY):
    result = standing(loan, on).result
    return result.state, str(result.expires_on)


def document(case, name="x.pdf"):
    return file_document(
        data=f"%PDF-1.7 {name}".encode(), name=name, mime_type="application/pdf", kind="letter", creditor=case.creditor,
        borrower=case.borrower, by=None,
    )  # fmt: skip


def post(case, user, state, **values):
    letter = Letter.objects.create(
        creditor=case.creditor, case=case, kind="demand", year=2025, sequence=Letter.objects.count() + 1,
        number=f"D-{Letter.objects.count() + 1}", language="en", cut_off=day("2025-05-02"), pay_by=day("2025-05-20"),
        amount=D("100.00"), currency="CNY", figures={}, document=document(case, f"l{Letter.objects.count()}"), pages=1,
    )  # fmt: skip
    run = PrintRun.objects.create(
        creditor=case.creditor, pdf=document(case, f"r{letter.pk}"), addresses=document(case, f"a{letter.pk}"),
        count=1, pages=1, made_by=user,
    )  # fmt: skip
    return Posting.objects.create(
        letter=letter, run=run, position=1, name="Sample", address="2 Sample Lane", state=state,
        posted_on=day("2025-05-03"), **values,
    )  # fmt: skip


def send(case, code, state, channel="sms", owner="debtor"):
    point = ContactPointFactory(borrower=case.borrower, owner=owner)
    template = MessageTemplate.objects.create(
        code=code, channel=channel, language="en", body="x", creditor=case.creditor
    )
    return Message.objects.bulk_create(
        [
            Message(
                key=f"k{template.pk}", borrower=case.borrower, case=case, purpose=code, day=day("2025-05-03"),
                channel=channel, contact_point=point, to=point.value, body="x", template=template, state="failed",
                not_before=noon("2025-05-03"), handed_at=noon("2025-05-03"), settled_at=noon("2025-05-04"),
            )
        ]
    )[0] if state == "failed" else _delivered(case, code, state, channel, point, template)  # fmt: skip


def _delivered(case, code, state, channel, point, template):
    from cases.models import GateDecision

    decision = GateDecision.objects.create(
        borrower=case.borrower, case=case, moment="send", at=noon("2025-05-03"), channel=channel, party="debtor",
        allowed=True, pack="cn", pack_version="1",
    )  # fmt: skip
    return Message.objects.create(
        key=f"k{template.pk}", borrower=case.borrower, case=case, purpose=code, day=day("2025-05-03"), channel=channel,
        contact_point=point, to=point.value, body="x", template=template, state=state, send_decision=decision,
        not_before=noon("2025-05-03"), handed_at=noon("2025-05-03"), settled_at=noon("2025-05-04"),
    )  # fmt: skip


def test_it_runs_from_the_last_instalment(loan):
    assert shown(loan) == ("running", "2027-03-15")


class TestLetters:
    def test_one_that_arrived_restarts_it_on_that_day(self, loan, case, django_user_model):
        user = django_user_model.objects.create(username="printer")
        post(case, user, "delivered", settled_on=day("2025-05-06"), signed_by="somebody")
        assert shown(loan) == ("interrupted", "2028-05-08")

    @pytest.mark.parametrize("state", ["printed", "posted", "returned", "lost"])
    def test_one_that_did_not_arrive_proves_nothing(self, loan, case, state, django_user_model):
        user = django_user_model.objects.create(username="printer")
        post(case, user, state)
        assert shown(loan) == ("running", "2027-03-15")
        assert [(r.kind, r.effect, r.ref) for r in standing(loan).result.reasons[1:]] == [
            ("demand_sent", "unproven", "D-1")
        ]

    def test_a_loan_that_came_later_was_not_demanded(self, loan, case, django_user_model):
        user = django_user_model.objects.create(username="printer")
        CaseLoan.objects.update(added_on=day("2025-05-04"))
        post(case, user, "delivered", settled_on=day("2025-05-06"))
        assert shown(loan) == ("running", "2027-03-15")


class TestMessages:
    def test_a_delivered_request_to_pay_is_a_demand(self, loan, case):
        send(case, "final_reminder", "delivered")
        assert shown(loan) == ("interrupted", "2028-05-04")

    @pytest.mark.parametrize(
        ("code", "state", "owner"),
        [
            ("final_reminder", "sent", "debtor"),
            ("final_reminder", "failed", "debtor"),
            ("promise_reminder", "delivered", "debtor"),
            ("final_reminder", "delivered", "guarantor"),
        ],
    )
    def test_others_are_none(self, loan, case, code, state, owner):
        send(case, code, state, owner=owner)
        assert shown(loan) == ("running", "2027-03-15")


class TestMoney:
    def test_what_was_paid_and_stayed_restarts_it(self, loan):
        record_payment(loan=loan, payment_no="P1", paid_on=day("2025-06-03"), amount=D("10.00"), actor=None)
        assert shown(loan) == ("interrupted", "2028-06-05")

    def test_what_was_taken_back_does_not(self, loan):
        payment = record_payment(loan=loan, payment_no="P1", paid_on=day("2025-06-03"), amount=D("10.00"), actor=None)
        reverse_payment(payment=payment, payment_no="R1", on=day("2025-06-05"), cause="bounced", actor=None)
        assert shown(loan) == ("running", "2027-03-15")

    def test_what_comes_after_expiry_can_be_kept_and_revives_nothing(self, loan):
        record_payment(loan=loan, payment_no="P1", paid_on=day("2027-06-03"), amount=D("10.00"), actor=None)
        assert shown(loan, day("2027-07-01")) == ("expired", "2027-03-15")
        assert ("part_payment", "too_late") in {
            (r.kind, r.effect) for r in standing(loan, day("2027-07-01")).result.reasons
        }


class TestAgreements:
    def arrange(self, case, loan, **values):
        given = {
            "kind": "instalments", "state": "active", "sequence": 1, "total": D("100.00"), "reason": "asked",
            "proposed_on": day("2025-05-01"), "proposed_by": self.user, "needs_level": "collector",
            "accepted_on": day("2025-05-06"), "recording_ref": "rec-1", "last_due_on": day("2025-09-08"),
        } | values  # fmt: skip
        return Arrangement.objects.create(case=case, loan=loan, **given)

    @pytest.fixture(autouse=True)
    def _user(self, django_user_model, db):
        self.user = django_user_model.objects.create(username="worker")

    def test_a_plan_runs_from_its_last_day(self, loan, case):
        self.arrange(case, loan)
        assert shown(loan) == ("interrupted", "2028-09-08")

    def test_a_broken_one_from_the_day_it_broke(self, loan, case):
        self.arrange(case, loan, state="broken", ended_on=day("2025-07-07"))
        assert shown(loan) == ("interrupted", "2028-07-07")

    def test_one_made_before_the_last_instalment_moves_the_beginning(self, loan, case):
        self.arrange(case, loan, accepted_on=day("2024-01-06"))
        assert standing(loan).file.due_on == day("2025-09-08")
        assert shown(loan) == ("running", "2028-09-08")

    def test_a_waiver_is_the_creditors_own_doing(self, loan, case):
        self.arrange(case, loan, kind="waiver", recording_ref="")
        assert shown(loan) == ("running", "2027-03-15")

    @pytest.mark.parametrize(("recording", "expected"), [("rec-2", "interrupted"), ("", "running")])
    @pytest.mark.parametrize("outcome", ["promise", "asks_plan"])
    def test_what_was_said_counts_when_it_was_recorded(self, loan, case, outcome, recording, expected):
        contact = ContactRecord.objects.create(
            borrower=case.borrower, person_key="k", case=case, at=noon("2025-05-06"), channel="phone",
            outcome=outcome, gate_outcome="conversation", recording_ref=recording,
        )  # fmt: skip
        if outcome == "promise":
            Promise.objects.create(
                case=case, contact=contact, amount=D("10.00"), due_on=day("2025-05-10"), made_on=day("2025-05-06")
            )
        assert shown(loan)[0] == expected


class TestMatters:
    def open(self, case, **values):
        return Matter.objects.create(case=case, opened_on=day("2025-04-01"), **{"state": "filing", **values})

    def test_a_suit_stops_it_and_its_end_restarts_it(self, loan, case):
        matter = self.open(case, filed_on=day("2025-05-06"))
        assert shown(loan) == ("in_proceedings", "None")
        Matter.objects.filter(pk=matter.pk).update(ended_on=day("2025-09-08"))
        assert shown(loan) == ("interrupted", "2028-09-08")

    def test_one_that_the_court_sent_back_restarts_it_when_it_was_filed(self, loan, case):
        self.open(case, filed_on=day("2025-05-06"), state="review")
        assert shown(loan) == ("interrupted", "2028-05-08")

    def test_an_opposed_payment_order_ends_and_a_suit_follows(self, loan, case):
        matter = self.open(case, payment_order_on=day("2025-05-06"), order_opposed_on=day("2025-06-09"))
        assert shown(loan) == ("interrupted", "2028-06-09")
        Matter.objects.filter(pk=matter.pk).update(filed_on=day("2025-08-01"), effective_on=day("2026-01-09"))
        assert shown(loan) == ("interrupted", "2029-01-09")
        assert standing(loan).file.adjudged_on == day("2026-01-09")

    def test_mediation_that_failed_lasts_until_the_suit(self, loan, case):
        self.open(case, mediation_on=day("2025-05-06"), filed_on=day("2025-08-01"))
        assert shown(loan) == ("in_proceedings", "None")

    def test_notice_of_assignment_counts_when_it_arrived(self, loan, case, django_user_model):
        user = django_user_model.objects.create(username="clerk")
        matter = self.open(case)
        paper = LegalPaper.objects.create(matter=matter, kind="assignment_notice", language="en", drafted_by=user)
        filed = {"approved_by": user, "document": document(case), "issued_on": day("2025-05-02")}
        LegalPaper.objects.filter(pk=paper.pk).update(state="issued", **filed)
        assert shown(loan) == ("running", "2027-03-15")
        LegalPaper.objects.filter(pk=paper.pk).update(state="delivered", delivered_on=day("2025-05-06"))
        assert shown(loan) == ("interrupted", "2028-05-08")


class TestOtherLaws:
    def test_nobody_guesses_a_state_of_the_union(self, loan):
        Creditor.objects.update(pack="us_reg_f")
        assert standing(loan).has_no_term
        LimitationPeriod.objects.create(creditor=loan.creditor, years=4, source="Sample statute, read 2026-01-05")
        record_payment(loan=loan, payment_no="P1", paid_on=day("2025-06-03"), amount=D("10.00"), actor=None)
        first = loan.instalments.order_by("due_on").first().due_on
        assert shown(loan) == ("running", str(first.replace(year=first.year + 4)))

    def test_in_england_a_payment_restarts_it_and_a_demand_does_not(self, loan, case, django_user_model):
        Creditor.objects.update(pack="uk")
        user = django_user_model.objects.create(username="printer")
        post(case, user, "delivered", settled_on=day("2025-05-06"))
        assert shown(loan)[0] == "running"
        record_payment(loan=loan, payment_no="P1", paid_on=day("2025-06-03"), amount=D("10.00"), actor=None)
        assert shown(loan) == ("interrupted", "2031-06-03")


class TestRecorded:
    def record(self, case, loan, actor, kind="demand_delivered", **values):
        given = {"on": day("2025-05-06"), "until": None, "note": "handed over", "proof": b"%PDF-1.7 x"} | values
        return record_limitation(case=case, loan=loan, kind=kind, actor=actor, today=TODAY, **given)

    @pytest.fixture
    def actor(self, case):
        from tests.factories import UserFactory

        return UserFactory(role="supervisor", creditors=[case.creditor])

    def test_a_demand_with_proof_counts_until_it_is_withdrawn(self, loan, case, actor):
        event = self.record(case, loan, actor)
        assert shown(loan) == ("interrupted", "2028-05-08")
        assert Case.objects.get(pk=case.pk).limitation_expires_on == day("2028-05-08")
        withdraw_limitation(case=case, event=event, reason="another loan", actor=actor, today=TODAY)
        assert shown(loan) == ("running", "2027-03-15")
        assert Case.objects.get(pk=case.pk).limitation_expires_on == day("2027-03-15")
        with pytest.raises(LegalRefused):
            withdraw_limitation(case=case, event=event, reason="again", actor=actor, today=TODAY)
        assert LimitationEvent.objects.count() == 2

    @pytest.mark.parametrize(
        "values", [{"proof": None}, {"on": day("2026-12-01")}, {"kind": "guarantee_agreed"}, {"kind": "due"}]
    )
    def test_what_is_incomplete_is_refused(self, loan, case, actor, values):
        with pytest.raises(LegalRefused):
            self.record(case, loan, actor, **values)

    def test_acceleration_brings_the_beginning_forward(self, loan, case, actor):
        self.record(case, loan, actor, kind="accelerated", on=day("2023-12-11"), proof=None)
        assert shown(loan) == ("running", "2026-12-11")

    def test_a_guarantee_ends_after_six_months_unless_agreed_or_claimed(self, loan, case, actor):
        assert standing(loan).guarantee_until is None
        ContactPointFactory(borrower=case.borrower, owner="guarantor")
        assert standing(loan).guarantee_until == day("2024-09-15")
        self.record(
            case, loan, actor, kind="guarantee_agreed", on=day("2023-01-02"), until=day("2026-03-15"), proof=None
        )
        assert standing(loan).guarantee_until == day("2026-03-15")
        self.record(case, loan, actor, kind="guarantee_claimed", on=day("2026-01-15"), proof=None)
        assert standing(loan).guarantee_until is None


class TestDay:
    def test_twice_changes_nothing(self, loan, case):
        assert refresh_limitations(creditor=case.creditor, on=TODAY) == 2
        assert refresh_limitations(creditor=case.creditor, on=TODAY) == 0
        assert refresh_limitations(creditor=case.creditor, on=TODAY + dt.timedelta(days=1)) == 0
        row = LoanLimitation.objects.get(loan=loan)
        assert (row.state, row.expires_on, row.reckoned_on) == ("running", day("2027-03-15"), TODAY)

    def test_an_expired_loan_marks_its_case_and_stands_in_the_gate(self, loan, case):
        refresh_limitations(creditor=case.creditor, on=day("2027-03-16"))
        case = Case.objects.get(pk=case.pk)
        assert (case.limitation_expires_on, case.limitation_expired) == (None, True)
        assert Flag.TIME_BARRED in {flag for flag, _end in _case_flags(case, case.creditor.zone)}

    def test_of_two_loans_the_first_to_expire_is_told(self, loan, case):
        other = LoanFactory(borrower=loan.borrower, disbursed_on=day("2022-01-02"))
        with_schedule(other, first_due=day("2023-11-25"), count=1)
        CaseLoan.objects.create(case=case, loan=other, added_on=day("2023-12-01"))
        refresh_limitations(creditor=case.creditor, on=day("2026-11-01"))
        case = Case.objects.get(pk=case.pk)
        assert (case.limitation_expires_on, case.limitation_expired) == (day("2026-11-25"), False)
        refresh_limitations(creditor=case.creditor, on=day("2026-11-26"))
        case = Case.objects.get(pk=case.pk)
        assert (case.limitation_expires_on, case.limitation_expired) == (day("2027-03-15"), True)

    def test_more_loans_cost_no_more_queries(self, loan, case, django_assert_max_num_queries):
        for number in range(5):
            more = with_schedule(LoanFactory(borrower__creditor=case.creditor), first_due=LAST)
            CaseFactory(borrower=more.borrower, loan=more)
            Payment.objects.create(loan=more, payment_no=f"P{number}", paid_on=TODAY, amount=D("1.00"))
        with django_assert_max_num_queries(27):
            assert refresh_limitations(creditor=case.creditor, on=TODAY) == 12
