"""A case with a plan, wordings, and a clock at noon of its creditor's 2 March 2026."""

import datetime as dt

import pytest

from cases.models import Case, MessageTemplate, Plan, PlanStep, Strategy
from cases.services import outbox_sending
from tests.cases.outbox.provider import Provider
from tests.factories import BorrowerFactory, CaseFactory, ContactPointFactory, CreditorFactory

CST = dt.timezone(dt.timedelta(hours=8))
NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=CST)
TODAY = NOON.date()
WORDS = "[{creditor}] {salutation}, account {account}, due {due_on}, {days_past_due} days.{opt_out}"


def make_template(code="reminder", channel="sms", language="en", body=WORDS, **more):
    return MessageTemplate.objects.create(code=code, channel=channel, language=language, body=body, **more)


def make_case(creditor=None, number=0, **more):
    """A case of a borrower with one mobile."""
    borrower = BorrowerFactory(creditor=creditor or CreditorFactory(), **more)
    case = CaseFactory.create(borrower=borrower)
    ContactPointFactory(borrower=borrower, value=f"+86154{case.pk:06d}{number:02d}")
    return case


def make_step(case, due_on=TODAY, code="sms_1", channel="sms", template_code="reminder", performer="system"):
    """A step of the case's plan; its strategy says the same, so that a revision keeps it."""
    strategy, _made = Strategy.objects.get_or_create(code="test", defaults={"name": "test"})
    anchor = case.oldest_due_on
    strategy.steps.get_or_create(
        code=code,
        defaults={
            "day_offset": (due_on - anchor).days,
            "channel": channel,
            "template_code": template_code,
            "performer": performer,
        },
    )
    plan, _made = Plan.objects.get_or_create(
        case=case,
        defaults={"strategy": strategy, "strategy_version": 1, "anchor_on": anchor, "made_on": anchor},
    )
    return PlanStep.objects.create(
        plan=plan,
        code=code,
        anchor_on=anchor,
        due_on=due_on,
        channel=channel,
        template_code=template_code,
        performer=performer,
    )


@pytest.fixture
def case(db) -> Case:
    make_template()
    return make_case()


@pytest.fixture
def provider(monkeypatch):
    """Puts a test provider in the place of the installation's: `provider(*errors, can_look_up=True, known=())`."""

    def use(*errors, **more):
        made = Provider(*errors, **more)
        monkeypatch.setattr(outbox_sending, "channel_for", lambda channel: made)
        return made

    return use
