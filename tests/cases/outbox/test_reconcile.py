"""Unknown messages, settled by a person: once, with a reason, and never sent twice by it."""

import datetime as dt

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.utils import translation

from borrowers.models import AuditEvent, ContactPoint
from cases.channels import AmbiguousError, PermanentError
from cases.models import Case, ContactRecord, Message, PlanStep
from cases.services import outbox_sending
from cases.services.contact_gate import decision_words
from cases.services.outbox import dispatch, queue_due_steps
from cases.services.reconcile import SettleRefused, settle_unknown
from cases.services.workable import refresh_workable
from cases.templatetags.case_words import why_not_sent
from tests.cases.outbox.conftest import NOON, TODAY, make_step
from tests.cases.outbox.provider import Provider
from tests.factories import CreditorFactory, LoanFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
LATER = NOON + dt.timedelta(minutes=30)


@pytest.fixture
def provider(monkeypatch):
    made = Provider(AmbiguousError("timeout"), can_look_up=False)
    monkeypatch.setattr(outbox_sending, "channel_for", lambda channel: made)
    return made


@pytest.fixture
def message(case, provider):
    """Handed over, and then nobody answered."""
    make_step(case)
    with time_machine.travel(NOON, tick=False):
        queue_due_steps(creditor=case.creditor, on=TODAY, now=NOON)
        message = Message.objects.get()
        assert dispatch(message.pk, NOON) == "unknown"
    message.refresh_from_db()
    return message


@pytest.fixture
def supervisor(case):
    return UserFactory(role="supervisor", creditors=[case.creditor])


def _settle(message, actor, was_sent, reason="asked the provider"):
    with time_machine.travel(LATER, tick=False):
        return settle_unknown(message=message, actor=actor, was_sent=was_sent, reason=reason, now=LATER)


def test_it_was_sent_writes_the_contact_and_finishes_the_step(message, supervisor, provider):
    settled = _settle(message, supervisor, True)
    assert settled.state == "sent"
    contact = ContactRecord.objects.get()
    assert (contact.outcome, contact.at, contact.decision) == ("sent", message.handed_at, message.send_decision)
    assert PlanStep.objects.get().state == "done"
    event = AuditEvent.objects.get(action="settle_unknown")
    assert (event.actor, event.old, event.new, event.reason) == (supervisor, "unknown", "sent", "asked the provider")
    assert event.borrower_id == message.borrower_id
    assert len(provider.sent) == 1


def test_it_was_not_sent_goes_again_under_its_key_and_is_judged_again(message, supervisor, provider):
    first = message.send_decision_id
    settled = _settle(message, supervisor, False)
    assert (settled.state, settled.attempts, settled.reason) == ("queued", 1, "")
    assert PlanStep.objects.get().state == "queued"
    assert not ContactRecord.objects.exists()
    assert dispatch(message.pk, LATER) == "sent"
    settled.refresh_from_db()
    assert provider.sent == [message.key, message.key]
    assert (settled.attempts, settled.send_decision_id != first) == (2, True)
    assert PlanStep.objects.get().state == "done"


def test_what_the_gate_refuses_meanwhile_does_not_go_again(message, supervisor, provider):
    _settle(message, supervisor, False)
    message.contact_point.is_valid = False
    message.contact_point.save()
    assert dispatch(message.pk, LATER) == "cancelled"
    assert len(provider.sent) == 1


def test_the_decision_that_refuses_is_kept_with_the_message(message, supervisor, provider):
    _settle(message, supervisor, False)
    night = LATER + dt.timedelta(hours=10)
    assert dispatch(message.pk, night) == "queued"
    message.refresh_from_db()
    assert (message.send_decision.allowed, message.send_decision.rule) == (False, "night_window")
    assert message.not_before == message.send_decision.next_allowed_at
    ContactPoint.objects.update(consent="no")
    assert dispatch(message.pk, message.not_before) == "cancelled"
    message.refresh_from_db()
    assert message.send_decision.rule == "opt_out"
    with translation.override("zh-hans"):
        assert decision_words(message.send_decision) in why_not_sent(message)
    assert len(provider.sent) == 1


@pytest.mark.parametrize("first", [True, False])
def test_two_people_cannot_both_settle_it(message, supervisor, first):
    _settle(message, supervisor, first)
    other = UserFactory(role="supervisor", creditors=[message.case.creditor])
    with pytest.raises(SettleRefused, match="settled already"):
        _settle(message, other, not first)
    assert ContactRecord.objects.count() == int(first)
    assert AuditEvent.objects.filter(action="settle_unknown").count() == 1


def test_a_reason_is_needed(message, supervisor):
    with pytest.raises(SettleRefused, match="reason"):
        _settle(message, supervisor, True, reason="  ")
    message.refresh_from_db()
    assert message.state == "unknown"


def test_only_supervisors_of_the_creditor_settle(message):
    team = TeamFactory(creditors=[message.case.creditor])
    message.case.team = team
    message.case.save(update_fields=["team"])
    for actor in (
        UserFactory(role="collector", team=team),
        UserFactory(role="legal", creditors=[message.case.creditor]),
        UserFactory(role="supervisor", creditors=[CreditorFactory()]),
    ):
        with pytest.raises(PermissionDenied):
            _settle(message, actor, True)


def test_a_reminder_without_a_case_is_seen_by_the_supervisors_of_its_creditor(message, supervisor):
    loan = LoanFactory(borrower=message.borrower)
    Message.objects.filter(pk=message.pk).update(case=None, step=None, loan=loan)
    team = TeamFactory(creditors=[message.borrower.creditor])
    others = [
        UserFactory(role="collector", team=team),
        UserFactory(role="legal", creditors=[message.borrower.creditor]),
        UserFactory(role="supervisor", creditors=[CreditorFactory()]),
    ]
    assert [Message.objects.visible_to(user).count() for user in (supervisor, *others)] == [1, 0, 0, 0]
    assert Message.objects.visible_to(UserFactory(is_superuser=True)).count() == 1
    message.refresh_from_db()
    assert _settle(message, supervisor, True).state == "sent"
    assert ContactRecord.objects.get().loans == [loan.account_no]


def test_a_number_that_the_provider_knows_to_be_dead_is_no_number_to_call(case, monkeypatch):
    made = Provider(PermanentError("no such subscriber", bad_address=True))
    monkeypatch.setattr(outbox_sending, "channel_for", lambda channel: made)
    make_step(case)
    with time_machine.travel(NOON, tick=False):
        refresh_workable(person_keys=[case.borrower.person_key], now=NOON)
        queue_due_steps(creditor=case.creditor, on=TODAY, now=NOON)
        assert dispatch(Message.objects.get().pk, NOON) == "failed"
    case = Case.objects.get(pk=case.pk)
    assert case.workable_from is None
