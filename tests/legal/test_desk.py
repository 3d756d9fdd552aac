"""The legal desk: what stands on it, in which order, for whom, and what it costs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from borrowers.models import AuditEvent, User
from legal.models import CourtPaper, Deadline, LawFirm, Lawyer, LegalPaper, Matter
from legal.services.desk import SECTIONS, SHOWN, Narrow, View, desk_lists
from legal.services.opening import open_matters
from tests.factories import CreditorFactory, TeamFactory, UserFactory
from tests.legal.conftest import today
from tests.legal.rows import legal_case, matter_in

DAY = dt.timedelta(days=1)


def listed(user: User, **narrow: Any) -> dict[str, list[Any]]:
    """Section → what its rows are about: keys of matters, cases or papers."""
    view = View(user, Narrow(**narrow), today(), timezone.now())
    return {one.section.code: [row.pk for row in one.rows] for one in desk_lists(view)}


def paper(matter: Matter, state: str, actor: User) -> LegalPaper:
    return LegalPaper.objects.create(
        matter=matter, state=state, language="en", pay_by=today() + 15 * DAY, drafted_by=actor, approved_by=actor
    )


def deadline(matter: Matter, due_on: dt.date, **values: Any) -> Deadline:
    return Deadline.objects.create(matter=matter, kind="other", source="manual", due_on=due_on, **values)


def fill(creditor: Any, legal: User, count: int) -> None:
    """So many rows in every list."""
    for _ in range(count):
        legal_case(creditor)
        matter = matter_in(creditor, "review", case__limitation_expires_on=today() + DAY)
        for due in (today() - DAY, today(), today() + DAY):
            deadline(matter, due)
        for state in ("draft", "reviewed", "approved"):
            paper(matter, state, legal)
        matter_in(creditor, "hearing", hearing_at=timezone.now() + DAY)
        CourtPaper.objects.create(
            name=f"{matter.pk}.pdf",
            upload_path="x",
            mime_type="application/pdf",
            sha256=f"{matter.pk:064d}",
            received_on=today(),
            filed_by=legal,
        )


def test_each_thing_stands_in_its_list(creditor: Any, legal: User) -> None:
    waiting = legal_case(creditor)
    matter = matter_in(creditor, "served", opened_on=today())
    late, now, soon, later = (deadline(matter, today() + days * DAY) for days in (-1, 0, 7, 8))
    hearing = matter_in(creditor, "hearing", opened_on=today(), hearing_at=timezone.now() + 29 * DAY)
    matter_in(creditor, "hearing", opened_on=today(), hearing_at=timezone.now() - DAY)
    matter_in(creditor, "hearing", opened_on=today(), hearing_at=timezone.now() + 31 * DAY)
    expiring = matter_in(creditor, "review", case__limitation_expires_on=today() + 180 * DAY)
    # The same day ahead, but a court has it: limitation does not run.
    matter_in(creditor, "filing", opened_on=today(), case__limitation_expires_on=today() + DAY)
    matter_in(creditor, "mediation", opened_on=today(), case__limitation_expires_on=today() + 181 * DAY)
    idle = matter_in(creditor, "accepted", opened_on=today() - 40 * DAY)
    papers = {state: paper(matter, state, legal) for state in ("draft", "reviewed", "approved", "dropped")}
    assert listed(legal) == {
        "overdue": [late.pk],
        "today": [now.pk],
        "week": [soon.pk],
        "hearings": [hearing.pk],
        "limitation": [expiring.pk],
        "issue": [papers["approved"].pk],
        "approve": [papers["reviewed"].pk],
        "review": [papers["draft"].pk],
        "court_papers": [],
        "idle": [idle.pk],
        "reviews": [expiring.pk],
        "waiting": [waiting.pk],
    }
    assert later.pk not in listed(legal)["week"]
    assert [section.code for section in SECTIONS] == list(listed(legal))


def test_what_is_done_or_ended_needs_nobody(creditor: Any, legal: User) -> None:
    ended = matter_in(creditor, "settled", case__stage="demanding", case__limitation_expires_on=today())
    deadline(ended, today() - DAY)
    paper(ended, "draft", legal)
    deadline(matter_in(creditor, "served", opened_on=today()), today(), closed_as="done", done_on=today())
    assert {code: rows for code, rows in listed(legal).items() if rows} == {}


def test_a_matter_counts_as_idle_from_its_last_move(creditor: Any, legal: User) -> None:
    matter = matter_in(creditor, "accepted", opened_on=today() - 100 * DAY)
    event = AuditEvent(subject_type="matter", subject_id=matter.pk, action="accept", field="state", new="accepted")
    event.save()
    assert listed(legal)["idle"] == []
    # A note is no move.
    other = matter_in(creditor, "accepted", opened_on=today() - 31 * DAY)
    AuditEvent(subject_type="matter", subject_id=other.pk, action="assign_firm", field="firm").save()
    assert listed(legal)["idle"] == [other.pk]
    assert listed(legal, idle_days=31)["idle"] == [other.pk]
    assert listed(legal, idle_days=32)["idle"] == []


def test_it_is_narrowed_to_mine_a_firm_a_creditor_and_words(
    creditor: Any, legal: User, firm: LawFirm, lawyer: Lawyer
) -> None:
    other = CreditorFactory.create()
    TeamFactory.create(creditors=[other])
    legal.creditors.add(other)
    mine = matter_in(creditor, "review", firm=firm, lawyer=lawyer)
    opened = matter_in(other, "review", opened_by=legal)
    strange = matter_in(other, "review", court_case_no="（2026）沪0115民初77号")
    waiting, waiting_other = legal_case(creditor), legal_case(other)
    assert listed(legal)["reviews"] == [mine.pk, opened.pk, strange.pk]
    assert listed(legal, mine=True)["reviews"] == [mine.pk, opened.pk]
    assert listed(legal, firm=firm)["reviews"] == [mine.pk]
    assert listed(legal, firm=firm)["waiting"] == []
    assert listed(legal, creditor=other)["reviews"] == [opened.pk, strange.pk]
    assert listed(legal, creditor=creditor)["waiting"] == [waiting.pk]
    assert listed(legal, words=waiting_other.borrower.name)["waiting"] == [waiting_other.pk]
    assert listed(legal, words="民初77")["reviews"] == [strange.pk]
    assert listed(legal, words=mine.case.case_no)["reviews"] == [mine.pk]


def test_counsel_see_their_firms_matters_and_no_cases(creditor: Any, firm: LawFirm) -> None:
    counsel = UserFactory.create(role="counsel")
    Lawyer.objects.create(firm=firm, name="C", licence_no="L-9", user=counsel)
    own = matter_in(creditor, "review", firm=firm)
    matter_in(creditor, "review")
    legal_case(creditor)
    seen = listed(counsel)
    assert seen["reviews"] == [own.pk]
    assert "waiting" not in seen
    Lawyer.objects.update(is_active=False)
    assert listed(counsel)["reviews"] == []


def test_a_list_shows_the_first_and_says_how_many(creditor: Any, legal: User, client: Client) -> None:
    cases = [legal_case(creditor, case_no=f"CASE-W{place:03d}") for place in range(SHOWN + 3)]
    client.force_login(legal)
    page = client.get(reverse("legal:desk")).content.decode()
    assert page.count('name="case"') == SHOWN
    assert f"all {SHOWN + 3}, on every page" in page
    whole = client.get(reverse("legal:desk"), {"show": "waiting"}).content.decode()
    assert all(case.case_no in whole for case in cases)
    assert client.get(reverse("legal:desk"), {"show": "no such list"}).status_code == 200


def test_all_on_every_page_are_opened_and_only_those_looked_at(creditor: Any, legal: User, client: Client) -> None:
    other = CreditorFactory.create()
    legal.creditors.add(other)
    for _ in range(60):
        legal_case(creditor)
    left = legal_case(other)
    client.force_login(legal)
    client.post(reverse("legal:open_matters"), {"all": "1", "creditor": creditor.pk})
    assert Matter.objects.count() == 60
    assert not Matter.objects.filter(case=left).exists()
    assert {matter.opened_by for matter in Matter.objects.all()} == {legal}


def test_of_another_creditor_none_is_opened(creditor: Any, legal: User, client: Client) -> None:
    strange = legal_case(CreditorFactory.create())
    client.force_login(legal)
    client.post(reverse("legal:open_matters"), {"case": [strange.pk]})
    client.post(reverse("legal:open_matters"), {"all": "1"})
    assert not Matter.objects.exists()


@pytest.mark.parametrize("show", ["", *(section.code for section in SECTIONS)])
def test_it_takes_as_many_queries_for_fifty_rows_as_for_five(
    creditor: Any, legal: User, client: Client, show: str
) -> None:
    fill(creditor, legal, 5)
    client.force_login(legal)
    url = f"{reverse('legal:desk')}?show={show}"
    client.get(url)
    taken = []
    for more in (0, 45):
        fill(creditor, legal, more)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        taken.append(len(queries))
    assert taken[0] == taken[1]
    assert taken[0] <= 22


def test_opened_ones_leave_the_list(creditor: Any, legal: User) -> None:
    case = legal_case(creditor)
    open_matters(case_ids=[case.pk], actor=legal, on=today())
    assert listed(legal)["waiting"] == []
