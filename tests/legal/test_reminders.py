"""Reminders: one a threshold, to whom the matter is, without the borrower's name, through the outbox and no gate."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from cases.channels import AmbiguousError, PassingError, PermanentError
from cases.channels.mail import build_mail
from cases.channels.protocol import Outgoing
from cases.models import ContactRecord, DevelopmentDelivery, GateDecision, Message, StaffMail
from cases.services import staff_mail as mails
from cases.services.outbox import sweep
from legal.day import run_deadlines_day, run_legal_day, run_limitation_day
from legal.services.deadlines import add_deadline
from legal.services.reminders import queue_reminders
from tests.factories import CreditorFactory, UserFactory
from tests.legal.conftest import today

pytestmark = pytest.mark.django_db
ONE = dt.timedelta(days=1)


def noon(day):
    return dt.datetime.combine(day, dt.time(4), tzinfo=dt.UTC)


@pytest.fixture
def owner(legal):
    legal.email = "lawyer@example.com"
    legal.save(update_fields=["email"])
    return legal


@pytest.fixture
def deadline(matter, owner):
    return add_deadline(
        matter=matter, title="Sample step", due_on=today() + 10 * ONE, note="", owner=owner, actor=owner
    )


def remind(deadline, day):
    return queue_reminders(creditor=deadline.matter.case.creditor, on=day, now=noon(day))


def keys():
    return [key.split(":")[3] for key in StaffMail.objects.order_by("pk").values_list("key", flat=True)]


def test_each_threshold_once(deadline):
    written = [remind(deadline, today() + n * ONE) for n in range(12)]
    assert written == [0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0]
    assert keys() == ["7", "3", "1", "0"]
    assert remind(deadline, today() + 10 * ONE) == 0


def test_a_day_that_was_missed_is_made_up_for(deadline):
    assert remind(deadline, today() + 5 * ONE) == 1
    assert keys() == ["7"]


def test_another_day_than_today_writes_nothing(deadline):
    creditor = deadline.matter.case.creditor
    assert queue_reminders(creditor=creditor, on=today() + 3 * ONE, now=noon(today())) == 0


def test_it_names_the_case_and_not_the_borrower(deadline, settings):
    settings.PUBLIC_URL = "https://desk.example.com"
    remind(deadline, today() + 3 * ONE)
    mail = StaffMail.objects.get()
    case = deadline.matter.case
    assert mail.to == "lawyer@example.com"
    assert case.case_no in mail.subject
    assert "7 days" in mail.subject
    assert f"https://desk.example.com/legal/matters/{deadline.matter_id}/" in mail.body
    assert case.borrower.name not in mail.subject + mail.body


def test_in_the_readers_language(deadline, owner):
    owner.language = "zh-hans"
    owner.save(update_fields=["language"])
    remind(deadline, today() + 10 * ONE)
    assert StaffMail.objects.get().user == owner


def test_nobodys_deadline_is_everybodys(deadline, owner, clerk, creditor):
    clerk.email = "clerk@example.com"
    clerk.save(update_fields=["email"])
    UserFactory(role="legal", creditors=[CreditorFactory()], email="stranger@example.com")
    type(owner).objects.filter(pk=owner.pk).update(is_active=False)
    assert remind(deadline, today() + 7 * ONE) == 1
    assert StaffMail.objects.get().to == "clerk@example.com"


def test_who_no_longer_sees_the_matter_is_told_nothing(deadline, owner):
    owner.creditors.clear()
    assert remind(deadline, today() + 7 * ONE) == 0


class TestSending:
    @pytest.fixture
    def mail(self, deadline):
        remind(deadline, today() + 7 * ONE)
        return StaffMail.objects.get()

    def test_the_sweep_sends_it_without_gate_or_contact(self, mail):
        assert sweep(noon(today() + 7 * ONE)) == 1
        mail.refresh_from_db()
        assert (mail.state, mail.attempts) == ("sent", 1)
        assert DevelopmentDelivery.objects.get(key=mail.key).to == "lawyer@example.com"
        assert not Message.objects.exists()
        assert not ContactRecord.objects.exists()
        assert not GateDecision.objects.exists()
        assert sweep(noon(today() + 7 * ONE)) == 0

    def test_one_that_waited_too_long_is_dropped(self, mail):
        sweep(noon(today() + 9 * ONE) + dt.timedelta(seconds=1))
        mail.refresh_from_db()
        assert (mail.state, mail.reason) == ("failed", "expired")

    @pytest.mark.parametrize(
        ("error", "state"),
        [(PassingError("busy", about_recipient=True), "queued"), (PermanentError("no such box"), "failed"),
         (AmbiguousError("silence"), "unknown")],
    )  # fmt: skip
    def test_errors_are_told_apart(self, mail, error, state, monkeypatch):
        class Provider:
            name, can_look_up = "smtp", False

            def send(self, message):
                assert message.is_internal
                raise error

            def lookup(self, message, since):
                raise AssertionError

        monkeypatch.setattr(mails, "channel_for", lambda channel: Provider())
        mails.sweep_staff_mails(noon(today() + 7 * ONE))
        mail.refresh_from_db()
        assert mail.state == state
        if state == "queued":
            assert mail.not_before > noon(today() + 7 * ONE)

    def test_one_that_was_cut_off_is_asked_for(self, mail):
        now = noon(today() + 7 * ONE)
        StaffMail.objects.update(
            state="sending", claimed_at=now - ONE, handed_at=now - ONE, attempts=1, provider="development"
        )
        assert mails.sweep_staff_mails(now) >= 1
        mail.refresh_from_db()
        assert mail.state in {"sent", "queued"}
        mails.sweep_staff_mails(now)
        assert DevelopmentDelivery.objects.filter(key=mail.key).count() == 1

    def test_it_has_no_way_to_be_stopped_and_a_borrowers_has(self):
        plain = build_mail(Outgoing("k", "a@example.com", "s", "b", is_internal=True))
        assert "List-Unsubscribe" not in plain.extra_headers
        assert "List-Unsubscribe" in build_mail(Outgoing("k", "a@example.com", "s", "b")).extra_headers


def test_a_borrowers_message_still_needs_its_decision():
    with connection.cursor() as cursor:
        names = connection.introspection.get_constraints(cursor, Message._meta.db_table)
    assert "message_leaves_with_decision" in names


def test_the_whole_day_twice_changes_nothing(matter, owner, creditor):
    add_deadline(matter=matter, title="Sample step", due_on=today() + 3 * ONE, note="", owner=owner, actor=owner)
    steps = (run_limitation_day, run_legal_day, run_deadlines_day)
    assert sum(step(creditor, today(), noon(today())) for step in steps) > 0
    assert sum(step(creditor, today(), noon(today())) for step in steps) == 0
