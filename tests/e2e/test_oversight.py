"""What a supervisor looks after: what waits, what went against the rules, what nobody knows of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from borrowers.models import User
from cases.models import Case, ContactRecord, GateDecision, Message
from tests.e2e.test_collector import _zone_at_noon
from tests.factories import BorrowerFactory, CaseFactory, ContactPointFactory, CreditorFactory, TeamFactory, UserFactory

SignIn = Callable[[User], Page]


@dataclass
class Scene:
    collector: User
    supervisor: User
    free: Case
    waiting: Case


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    creditor, now = CreditorFactory.create(time_zone=_zone_at_noon()), timezone.now()
    team = TeamFactory(creditors=[creditor])
    collector = UserFactory.create(username="cora", role="collector", team=team)
    cases = [
        CaseFactory.create(
            borrower=BorrowerFactory(creditor=creditor, name=name),
            team=team,
            assigned_to=collector,
            workable_from=at,
        )
        for name, at in (("Anna Sample", now), ("Otto Beispiel", now + dt.timedelta(days=1)))
    ]
    return Scene(collector, UserFactory.create(role="supervisor", creditors=[creditor]), *cases)


def test_the_list_shows_the_rest_on_request_and_the_address_remembers_it(sign_in: SignIn, scene: Scene) -> None:
    page = sign_in(scene.collector)
    page.goto("/cases/")
    rows = page.locator("#worklist tbody tr")
    expect(rows).to_have_count(1)
    expect(page.locator("#worklist")).to_contain_text("1 more cannot be worked now")
    page.get_by_label("Also what cannot be worked now").check()
    expect(rows).to_have_count(2)
    expect(page.locator("#worklist")).to_contain_text("no number in use")
    assert "show=all" in page.url
    page.reload()
    expect(rows).to_have_count(2)
    page.get_by_role("link", name="hide").click()
    expect(rows).to_have_count(1)


def test_a_breach_is_found_from_the_keyboard_and_leads_to_its_case(sign_in: SignIn, scene: Scene) -> None:
    decision = GateDecision.objects.create(
        borrower=scene.free.borrower, case=scene.free, moment="record", at=timezone.now(), channel="phone",
        party="debtor", allowed=False, rule="night_window", source="Sample clause", reason_code="outside_hours",
        reason_params={"local_time": "23:00", "zone": "UTC", "opens": "08:00", "closes": "22:00"}, pack="cn",
    )  # fmt: skip
    ContactRecord.objects.create(
        borrower=scene.free.borrower, person_key=scene.free.borrower.person_key, case=scene.free, at=timezone.now(),
        channel="phone", to="+8615400004321", outcome="no_answer", gate_outcome="no_answer", is_breach=True,
        decision=decision, actor=scene.collector,
    )  # fmt: skip
    page = sign_in(scene.supervisor)
    page.goto("/cases/")
    page.keyboard.press("g")
    page.keyboard.press("b")
    expect(page.get_by_role("heading", name="Breaches")).to_be_visible()
    expect(page.get_by_text("No collection at night").last).to_be_visible()
    page.get_by_role("link", name=scene.free.case_no).click()
    expect(page.get_by_role("heading", name="Anna Sample")).to_be_visible()


def test_an_unknown_message_is_settled(sign_in: SignIn, scene: Scene) -> None:
    point = ContactPointFactory.create(borrower=scene.free.borrower)
    now = timezone.now()
    decision = GateDecision.objects.create(
        borrower=scene.free.borrower, case=scene.free, moment="send", at=now, channel="sms", party="debtor",
        allowed=True, pack="cn",
    )  # fmt: skip
    message = Message.objects.create(
        key="sample", borrower=scene.free.borrower, case=scene.free, purpose="reminder", day=now.date(), channel="sms",
        contact_point=point, to=point.value, body="Please pay.", state="unknown", not_before=now, handed_at=now,
        attempts=1, send_decision=decision, reason="not_known_if_sent",
    )  # fmt: skip
    page = sign_in(scene.supervisor)
    page.goto("/outbox/?state=unknown")
    page.get_by_text("Settle").click()
    page.get_by_label("How do you know?").fill("the provider's list")
    page.get_by_role("button", name="It was sent").click()
    expect(page.get_by_text("Noted: the message was sent.")).to_be_visible()
    expect(page.get_by_text("No message here.")).to_be_visible()
    message.refresh_from_db()
    assert message.state == "sent"
