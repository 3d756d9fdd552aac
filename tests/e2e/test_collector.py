"""A collector's morning: sign in, open the most urgent case from the keyboard, log a call with a promise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from borrowers.models import User
from cases.models import Case, ContactCondition, ContactRecord, Promise
from tests.factories import BorrowerFactory, CaseFactory, ContactPointFactory, CreditorFactory, TeamFactory, UserFactory

PASSWORD = "a-long-sample-password"


def _zone_at_noon() -> str:
    """A zone in which it is between twelve and one now, so that a call is allowed at whatever hour this runs. The names
    count the other way round: Etc/GMT-8 lies east of Greenwich."""
    return f"Etc/GMT{dt.datetime.now(dt.UTC).hour - 12:+d}"


@pytest.fixture
def collector(transactional_db: None) -> User:
    zone = _zone_at_noon()
    creditor = CreditorFactory.create(name="Sample Lender", time_zone=zone)
    creditor.aged_on = creditor.business_date(timezone.now())
    creditor.save()
    team = TeamFactory(creditors=[creditor])
    collector = UserFactory.create(username="cora", role="collector", team=team)
    collector.set_password(PASSWORD)
    collector.save()
    for number, name in enumerate(["Anna Sample", "Otto Beispiel"]):
        borrower = BorrowerFactory(creditor=creditor, name=name)
        ContactPointFactory(borrower=borrower, value=f"+8615400004{number}21")
        CaseFactory(
            borrower=borrower,
            team=team,
            assigned_to=collector,
            case_no=f"SAMPLE-{number}",
            priority=10 - number,
            workable_from=timezone.now(),
        )
    return collector


def test_a_collector_logs_a_promise_from_the_keyboard(page: Page, collector: User) -> None:
    page.goto("/")
    page.get_by_label("Username").fill(collector.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Worklist")).to_be_visible()

    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Anna Sample")).to_be_visible()
    expect(page.get_by_text("+8615400004021")).to_have_count(0)

    page.keyboard.press("c")
    form = page.locator("[data-call-form]")
    expect(form.get_by_text("usable now")).to_be_visible()
    expect(page.locator("#find-outcome")).to_be_focused()
    expect(form.get_by_label("Promised sum")).to_be_hidden()
    page.keyboard.type("p")
    page.keyboard.press("Enter")
    expect(form.get_by_label("Promised sum")).to_be_focused()
    page.keyboard.type("60")
    case = Case.objects.get(case_no="SAMPLE-0")
    due_on = case.creditor.business_date(timezone.now()) + dt.timedelta(days=4)
    form.get_by_label("Promised for").fill(due_on.isoformat())
    form.get_by_label("What was said").fill("Salary comes on <b>Friday</b>.")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_text("The call is logged.")).to_be_visible()
    timeline = page.locator("#timeline")
    expect(timeline.get_by_text("promises to pay")).to_be_visible()
    expect(timeline.get_by_text("Salary comes on <b>Friday</b>.")).to_be_visible()
    expect(page.get_by_role("button", name="Log a call")).to_be_focused()
    promise = Promise.objects.get(case=case)
    assert (promise.amount, promise.due_on) == (Decimal(60), due_on)
    assert ContactRecord.objects.get(case=case).is_breach is False

    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="Otto Beispiel")).to_be_visible()


def test_errors_keep_what_was_typed_and_the_number_is_shown_on_request(
    page: Page, sign_in: Callable[[User], Page], collector: User
) -> None:
    sign_in(collector)
    case = Case.objects.get(case_no="SAMPLE-0")
    page.goto(f"/cases/{case.pk}/")
    page.locator(".points").get_by_role("button", name="Show").first.click()
    expect(page.get_by_role("link", name="+8615400004021")).to_have_attribute("href", "tel:+8615400004021")

    page.keyboard.press("c")
    expect(page.locator("#find-outcome")).to_be_focused()
    page.keyboard.type("promises")
    page.get_by_label("What was said").fill("will pay soon")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("A promise needs its sum and its day.").first).to_be_visible()
    expect(page.get_by_label("What was said")).to_have_value("will pay soon")
    expect(page.get_by_label("Promised sum")).to_be_focused()
    assert not ContactRecord.objects.exists()


@pytest.mark.parametrize("width", [400, 1400])
def test_pages_fit_narrow_and_wide(page: Page, sign_in: Callable[[User], Page], collector: User, width: int) -> None:
    sign_in(collector)
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("/cases/", f"/cases/{Case.objects.get(case_no='SAMPLE-0').pk}/"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_search_replaces_the_table_as_one_types(page: Page, sign_in: Callable[[User], Page], collector: User) -> None:
    sign_in(collector)
    page.goto("/cases/")
    expect(page.locator("#worklist tbody tr")).to_have_count(2)
    page.keyboard.press("/")
    page.keyboard.type("otto")
    expect(page.locator("#worklist tbody tr")).to_have_count(1)
    expect(page.locator("#worklist")).to_contain_text("Otto Beispiel")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_wish_about_contact_takes_two_keys(page: Page, sign_in: Callable[[User], Page], collector: User) -> None:
    open_first_case(page, sign_in, collector)
    page.keyboard.press("c")
    expect(page.locator("#find-outcome")).to_be_focused()
    page.keyboard.type("i")  # no intent to pay yet
    page.keyboard.press("Alt+c")
    page.keyboard.press("s")
    expect(page.get_by_label("no SMS")).to_be_checked()
    page.keyboard.press("t")
    page.keyboard.type("weekdays except 3 to 5", delay=40)  # slowly: what is shown back must not take the keys away
    expect(page.get_by_text("weekdays, except from 15:00 to 17:00")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("The call is logged.")).to_be_visible()
    panel = page.get_by_role("region", name="About contact")
    expect(panel.get_by_text("no SMS")).to_be_visible()
    expect(panel.get_by_text("at every creditor")).to_have_count(2)
    assert {(c.kind, c.code) for c in ContactCondition.objects.all()} == {("opt_out", "sms"), ("time", "")}


def test_a_call_is_dialled_from_the_case_and_logged(
    page: Page, sign_in: Callable[[User], Page], collector: User
) -> None:
    open_first_case(page, sign_in, collector)
    page.keyboard.press("c")
    expect(page.locator("#find-outcome")).to_be_focused()
    page.keyboard.press("Alt+d")
    expect(page.get_by_text("What came of it?")).to_be_visible()
    page.locator("[name=outcome]").select_option("no_intent")
    page.locator("[data-save]").click()
    expect(page.get_by_text("The call is logged.")).to_be_visible()
    record = ContactRecord.objects.get()
    assert (record.outcome, record.is_breach) == ("no_intent", False)
    assert record.dialled_call.recording_ref == record.recording_ref


def open_first_case(page: Page, sign_in: Callable[[User], Page], collector: User) -> None:
    sign_in(collector)
    page.goto(f"/cases/{Case.objects.get(case_no='SAMPLE-0').pk}/")
    expect(page.get_by_role("heading", name="Anna Sample")).to_be_visible()
    expect(page.locator("#timeline")).not_to_contain_text("Fetching")
