"""The calendar and its feed: parsed back, by role, revoked, without the borrower's name."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.core.cache import cache
from django.urls import reverse

from legal.models import CalendarFeed, Court, Deadline, LawFirm, Lawyer, Matter
from legal.services import calendar_feed
from legal.services.calendar_feed import make_feed
from legal.services.deadline_sync import refresh_creditor
from legal.services.deadlines import add_deadline, record_preservation
from tests.factories import CreditorFactory, UserFactory
from tests.legal.conftest import make_legal_case, today

pytestmark = pytest.mark.django_db
ONE = dt.timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


@pytest.fixture
def heard(matter, legal):
    """A matter with a hearing at 9:30 in Shanghai, and a step by hand three days before."""
    at = dt.datetime.combine(today() + 20 * ONE, dt.time(9, 30), tzinfo=SHANGHAI)
    court = Court.objects.create(name="Sample Court")
    Matter.objects.filter(pk=matter.pk).update(
        state="hearing", hearing_at=at, court=court, courtroom="Room 3", court_case_no="(2026) X 1"
    )
    refresh_creditor(creditor=matter.case.creditor, on=today())
    add_deadline(
        matter=matter, title="Bring the originals", due_on=today() + 17 * ONE, note="", owner=None, actor=legal
    )
    return Matter.objects.select_related("case__borrower", "case__creditor").get(pk=matter.pk)


def read(client, token):
    return client.get(reverse("legal:feed", args=[token]))


def events(client, token):
    calendar = icalendar.Calendar.from_ical(read(client, token).content)
    return calendar, {str(event["summary"]).partition(" · ")[0]: event for event in calendar.walk("VEVENT")}


class TestFeed:
    def test_it_says_what_the_calendar_says(self, client, legal, heard):
        calendar, found = events(client, make_feed(user=legal))
        hearing, step = found["hearing"], found["Bring the originals"]
        assert hearing.decoded("dtstart") == heard.hearing_at
        assert hearing["dtstart"].params["TZID"] == "Asia/Shanghai"
        assert [str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")] == ["Asia/Shanghai"]
        assert str(hearing["location"]) == "Sample Court, Room 3"
        assert "(2026) X 1" in str(hearing["description"])
        assert step.decoded("dtstart") == today() + 17 * ONE
        assert {alarm.decoded("trigger") for alarm in step.walk("VALARM")} == {-7 * ONE, -3 * ONE, -1 * ONE}
        assert calendar.errors == []

    def test_it_does_not_name_the_borrower(self, client, legal, heard):
        text = read(client, make_feed(user=legal)).content.decode()
        borrower = heard.case.borrower
        assert heard.case.case_no in text
        for private in (borrower.name, borrower.ref, borrower.id_no):
            assert not private or private not in text

    def test_a_moved_deadline_keeps_its_number(self, client, legal, heard):
        token = make_feed(user=legal)
        before = events(client, token)[1]["Bring the originals"]
        Deadline.objects.filter(title="Bring the originals").update(due_on=today() + 18 * ONE)
        after = events(client, token)[1]["Bring the originals"]
        assert str(before["uid"]) == str(after["uid"])
        assert after.decoded("dtstart") == today() + 18 * ONE

    def test_its_headers_keep_it_out_of_caches(self, client, legal, heard):
        answer = read(client, make_feed(user=legal))
        assert "no-store" in answer["Cache-Control"]
        assert answer["Content-Type"].startswith("text/calendar")
        assert answer["Referrer-Policy"] == "no-referrer"

    def test_wrong_and_ended_addresses_are_not_found(self, client, legal, heard):
        first = make_feed(user=legal)
        second = make_feed(user=legal)
        assert [read(client, token).status_code for token in (first, second, "guess")] == [404, 200, 404]
        client.force_login(legal)
        client.post(reverse("legal:revoke_feed"))
        assert read(client, second).status_code == 404
        assert CalendarFeed.objects.filter(revoked_at=None).count() == 0
        assert second not in {feed.token_hash for feed in CalendarFeed.objects.all()}

    @pytest.mark.parametrize("change", ["left", "no role"])
    def test_who_left_reads_nothing(self, client, legal, heard, change):
        token = make_feed(user=legal)
        if change == "left":
            type(legal).objects.filter(pk=legal.pk).update(is_active=False)
        else:
            legal.groups.clear()
        assert read(client, token).status_code == 404

    def test_what_is_seen_is_decided_when_it_is_read(self, client, legal, heard):
        token = make_feed(user=legal)
        assert events(client, token)[1]
        legal.creditors.set([CreditorFactory()])
        assert events(client, token)[1] == {}

    def test_it_may_not_be_read_without_end(self, client, legal, heard, monkeypatch):
        monkeypatch.setattr(calendar_feed, "_READS_AN_HOUR", 2)
        token = make_feed(user=legal)
        assert [read(client, token).status_code for _ in range(3)] == [200, 200, 429]

    def test_many_deadlines_cost_no_more_queries(self, client, legal, heard, django_assert_max_num_queries):
        for n in range(20):
            add_deadline(matter=heard, title=f"Step {n}", due_on=today() + n * ONE, note="", owner=None, actor=legal)
        token = make_feed(user=legal)
        with django_assert_max_num_queries(5):
            assert len(events(client, token)[1]) >= 21


class TestScreen:
    def look(self, client, user, **query):
        client.force_login(user)
        return client.get(reverse("legal:calendar"), query)

    def test_by_role(self, client, legal, supervisor, creditor, heard):
        collector = UserFactory(role="collector", team=creditor.teams.first())
        stranger = UserFactory(role="legal", creditors=[CreditorFactory()])
        assert client.get(reverse("legal:calendar")).status_code == 302
        assert self.look(client, collector).status_code == 403
        for user, sees in ((legal, True), (supervisor, True), (stranger, False)):
            page = self.look(client, user, view="list").content.decode()
            assert ("Bring the originals" in page) is sees
        assert "finish_deadline" not in self.look(client, supervisor, view="list").content.decode()

    def test_the_month_has_its_days_and_the_overdue_stand_on_top(self, client, legal, heard):
        add_deadline(matter=heard, title="Forgotten", due_on=today() - 40 * ONE, note="", owner=None, actor=legal)
        month = f"{today() + 17 * ONE:%Y-%m}"
        page = self.look(client, legal, month=month).content.decode()
        assert "Bring the originals" in page
        assert page.index("Forgotten") < page.index("Bring the originals")
        assert "Bring the originals" not in self.look(client, legal, month="2031-01").content.decode()
        assert self.look(client, legal, month="never").status_code == 200

    def test_mine_and_the_firms(self, client, legal, clerk, heard):
        assert "Bring the originals" in self.look(client, legal, view="list", whose="mine").content.decode()
        assert "Bring the originals" not in self.look(client, clerk, view="list", whose="mine").content.decode()
        assert "Bring the originals" not in self.look(client, legal, view="list", whose="firm").content.decode()

    def test_outside_counsel_see_their_firms_alone(self, client, heard, legal, creditor, supervisor):
        firm = LawFirm.objects.create(name="Outside", address="4 Sample Street", phone="+861000000400")
        counsel = UserFactory(role="counsel")
        Lawyer.objects.create(firm=firm, name="Outside Lawyer", licence_no="L-9", user=counsel)
        assert "Bring the originals" not in self.look(client, counsel, view="list").content.decode()
        Matter.objects.filter(pk=heard.pk).update(firm=firm)
        assert "Bring the originals" in self.look(client, counsel, view="list").content.decode()

    def test_the_address_is_shown_once(self, client, legal, heard):
        client.force_login(legal)
        page = client.post(reverse("legal:make_feed"), follow=True)
        assert ".ics" in page.content.decode()
        assert ".ics" not in self.look(client, legal).content.decode()

    def test_a_long_calendar_costs_few_queries(self, client, legal, heard, django_assert_max_num_queries):
        for n in range(20):
            add_deadline(matter=heard, title=f"Step {n}", due_on=today() + n * ONE, note="", owner=None, actor=legal)
        self.look(client, legal)
        with django_assert_max_num_queries(14):
            self.look(client, legal)


class TestPanels:
    def test_deadlines_are_set_and_finished_on_the_matter(self, client, legal, supervisor, heard):
        client.force_login(legal)
        url = reverse("legal:add_deadline", args=[heard.pk])
        assert client.post(url, {"title": "Call the clerk", "due_on": today().isoformat()}).status_code == 302
        made = Deadline.objects.get(title="Call the clerk")
        panel = client.get(reverse("legal:deadlines_panel", args=[heard.pk])).content.decode()
        assert "Call the clerk" in panel
        client.post(reverse("legal:finish_deadline", args=[made.pk]), {"note": "called"})
        made.refresh_from_db()
        assert (made.closed_as, made.note, made.done_by) == ("done", "called", legal)
        client.post(reverse("legal:reopen_deadline", args=[made.pk]))
        made.refresh_from_db()
        assert made.closed_as == ""
        client.force_login(supervisor)
        assert client.post(reverse("legal:finish_deadline", args=[made.pk])).status_code == 403

    def test_what_a_court_holds_is_recorded_and_renewed(self, client, legal, heard):
        client.force_login(legal)
        asked = {"asset": "deposit", "what": "Sample Bank", "since": today().isoformat()}
        client.post(reverse("legal:preserve", args=[heard.pk]), asked)
        held = heard.preservations.get()
        panel = client.get(reverse("legal:preservation_panel", args=[heard.pk])).content.decode()
        assert f"{today().replace(year=today().year + 1):%Y-%m-%d}" in panel
        client.post(reverse("legal:renew_preservation", args=[held.pk]), {"since": (today() + ONE).isoformat()})
        held.refresh_from_db()
        assert held.since == today() + ONE
        client.post(reverse("legal:release_preservation", args=[held.pk]))
        held.refresh_from_db()
        assert held.released_on == today()

    def test_strangers_find_nothing(self, client, legal, heard):
        held = record_preservation(
            matter=heard, asset="deposit", what="x", amount=None, since=today(), until=None, actor=legal
        )
        row = heard.deadlines.first()
        client.force_login(UserFactory(role="legal", creditors=[CreditorFactory()]))
        for name, pk in (
            ("finish_deadline", row.pk), ("reopen_deadline", row.pk), ("add_deadline", heard.pk),
            ("preserve", heard.pk), ("renew_preservation", held.pk), ("release_preservation", held.pk),
        ):  # fmt: skip
            assert client.post(reverse(f"legal:{name}", args=[pk])).status_code == 404
        for name in ("deadlines_panel", "preservation_panel"):
            assert client.get(reverse(f"legal:{name}", args=[heard.pk])).status_code == 404

    def test_a_case_of_another_matter_is_not_mixed_in(self, client, legal, heard, creditor, supervisor):
        other = Matter.objects.create(case=make_legal_case(creditor, supervisor), opened_on=today())
        client.force_login(legal)
        panel = client.get(reverse("legal:deadlines_panel", args=[other.pk])).content.decode()
        assert "Bring the originals" not in panel
