"""The page of a matter, its moves and corrections: who sees and does what, with htmx and without."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from borrowers.models import User
from cases.models import Case
from cases.stages import move_case
from legal.models import Court, LawFirm, Lawyer, Matter
from legal.move_forms import MoveForm
from legal.services.moves import make_move
from legal.services.suggestions import suggest
from legal.stages import matter_moves
from tests.factories import CaseFactory, CreditorFactory, UserFactory
from tests.legal.conftest import today
from tests.legal.matters.life import MOVES, STATES, ago, court, put_in, told_by

HTMX = {"HTTP_HX_REQUEST": "true"}


def move_url(matter: Matter, name: str) -> str:
    return reverse("legal:move", args=[matter.pk, name])


def page_of(client: Client, matter: Matter) -> str:
    return client.get(reverse("legal:matter", args=[matter.pk])).content.decode()


@pytest.fixture
def counsel(firm: LawFirm, matter: Matter) -> User:
    user: User = UserFactory.create(role="counsel")
    Lawyer.objects.create(firm=firm, name="Sample Counsel", licence_no="L-9", user=user)
    Matter.objects.update(firm=firm)
    return user


def test_who_opens_what(matter: Matter, legal: User, supervisor: User, counsel: User, client: Client) -> None:
    put_in(matter, "filing")
    Matter.objects.update(firm=LawFirm.objects.get())
    pages = {
        "page": reverse("legal:matter", args=[matter.pk]),
        "check": reverse("legal:check_panel", args=[matter.pk]),
        "accept": move_url(matter, "accept"),
        "withdraw": move_url(matter, "withdraw"),
        "correct": reverse("legal:correct", args=[matter.pk]),
        "fee": reverse("legal:fee_hint", args=[matter.pk, "accept"]),
    }
    assert {client.get(url).status_code for url in pages.values()} == {302}
    everything = dict.fromkeys(pages, 200)
    nothing = dict.fromkeys(pages, 404)
    stranger = UserFactory.create(role="legal", creditors=[CreditorFactory.create()])
    expected: list[tuple[User, dict[str, int]]] = [
        (legal, everything),
        (counsel, everything | {"withdraw": 404}),
        (supervisor, everything | {"accept": 404, "withdraw": 404, "correct": 404}),
        (stranger, nothing),
        (UserFactory.create(role="counsel"), nothing),
        (UserFactory.create(role="collector", team=matter.case.team), nothing),
    ]
    for user, answers in expected:
        client.force_login(user)
        assert {name: client.get(url).status_code for name, url in pages.items()} == answers, user.groups.get()


def test_the_menu_offers_what_the_person_may_do(
    matter: Matter, legal: User, supervisor: User, counsel: User, client: Client
) -> None:
    put_in(matter, "filing")
    offered: list[tuple[User, set[str]]] = [
        (legal, {"accept", "send_back", "withdraw", "settle", "recall"}),
        (counsel, {"accept", "send_back"}),
        (supervisor, set()),
    ]
    for user, names in offered:
        client.force_login(user)
        page = page_of(client, matter)
        assert {name for name in MOVES if move_url(matter, name) in page} == names
        assert (reverse("cases:case", args=[matter.case_id]) in page) == (user != counsel)


@pytest.mark.parametrize("state", STATES)
def test_the_page_stands_in_every_state(matter: Matter, legal: User, client: Client, state: str) -> None:
    put_in(matter, state)
    client.force_login(legal)
    page = page_of(client, matter)
    assert page.count('aria-current="step"') == 1
    assert Matter.objects.get().get_state_display() in page


@pytest.mark.parametrize("name", MOVES)
def test_the_form_of_a_move_with_what_it_proposes_can_be_sent(
    name: str, matter: Matter, legal: User, client: Client, supervisor: User
) -> None:
    """Every move through its form, told what the tests' own matter is told; what the form proposes besides stays."""
    put_in(matter, MOVES[name][0].split()[0])
    if name == "settle":
        move_case(matter.case_id, "close_paid", actor=None, on=today())
    client.force_login(legal)
    fresh = Matter.objects.select_related("case__creditor", "court").get()
    move = next(move for move in matter_moves(fresh, legal) if move.name == name)
    form = MoveForm(matter=fresh, name=name, custom=move.custom, may_override=True)
    data = {
        column: _text(told_by(name)[column]) for column in (*form.needed, *form.optional) if column in told_by(name)
    }
    assert client.get(move_url(matter, name), **HTMX).status_code == 200
    data |= {"reason": "as the file says", "override": "checked by hand"}
    answer = client.post(move_url(matter, name), data, **HTMX)
    if "notice-warning" in answer.content.decode():
        mark = answer.context["mark"]
        answer = client.post(move_url(matter, name), data | {"confirmed": mark}, **HTMX)
    assert (answer.status_code, answer.headers.get("HX-Trigger")) == (204, "matter-changed"), answer.content.decode()
    assert Matter.objects.get().state == MOVES[name][1]


def _text(value: Any) -> str:
    if isinstance(value, Court):
        return str(value.pk)
    if hasattr(value, "hour"):
        return value.astimezone(_ZONE).strftime("%Y-%m-%dT%H:%M")
    return str(value)


_ZONE = ZoneInfo("Asia/Shanghai")


def test_without_htmx_it_is_a_page_and_leads_back(matter: Matter, legal: User, client: Client) -> None:
    client.force_login(legal)
    url = move_url(matter, "start_mediation")
    assert "<html" in client.get(url).content.decode()
    wrong = client.post(url, {"mediation_on": ago(-1).isoformat(), "mediator": "x"})
    assert wrong.status_code == 422
    assert "lies in the future" in wrong.content.decode()
    assert client.post(url, {"mediation_on": ago(1).isoformat()}).status_code == 422
    answer = client.post(url, {"mediation_on": ago(1).isoformat(), "mediator": "Sample centre"})
    assert answer["Location"] == reverse("legal:matter", args=[matter.pk])
    assert "Sample centre" in page_of(client, matter)


def test_a_warning_is_shown_once_before_the_move_is_made(matter: Matter, legal: User, client: Client) -> None:
    put_in(matter, "hearing")
    client.force_login(legal)
    data = {column: _text(value) for column, value in told_by("hand_down").items()} | {"awarded_principal": "9999.00"}
    answer = client.post(move_url(matter, "hand_down"), data, **HTMX)
    assert answer.status_code == 200
    assert "ore is awarded" in answer.content.decode()
    assert Matter.objects.get().state == "hearing"
    # A mark of other warnings does not count.
    assert client.post(move_url(matter, "hand_down"), data | {"confirmed": "x"}, **HTMX).status_code == 200
    marked = data | {"confirmed": answer.context["mark"]}
    assert client.post(move_url(matter, "hand_down"), marked, **HTMX).status_code == 204
    assert "ore is awarded" in page_of(client, matter)


def test_a_hearing_is_told_in_the_creditors_own_time(matter: Matter, legal: User, client: Client) -> None:
    put_in(matter, "served")
    creditor = matter.case.creditor
    creditor.time_zone = "America/New_York"
    creditor.save()
    client.force_login(legal)
    client.post(move_url(matter, "fix_hearing"), {"hearing_at": "2027-01-15T09:30"}, **HTMX)
    assert Matter.objects.get().hearing_at.isoformat() == "2027-01-15T14:30:00+00:00"
    assert "2027-01-15 09:30" in page_of(client, matter)


def test_a_suit_is_prepared_and_filed_in_spite_of_what_is_missing(matter: Matter, legal: User, client: Client) -> None:
    client.force_login(legal)
    here = court()
    prepared = {"court": here.pk, "venue_basis": "agreement", "service_address": "b@example.com"}
    assert client.post(reverse("legal:prepare", args=[matter.pk]), prepared, **HTMX).status_code == 204
    panel = client.get(reverse("legal:check_panel", args=[matter.pk])).content.decode()
    assert "Court and venue are chosen" in panel
    assert "No demand was made" in panel
    data = {column: _text(value) for column, value in told_by("file_suit").items()}
    refused = client.post(move_url(matter, "file_suit"), data, **HTMX).content.decode()
    assert "no demand was made" in refused
    answer = client.post(move_url(matter, "file_suit"), data | {"override": "the slip is with the court"}, **HTMX)
    assert answer.status_code == 204
    page = page_of(client, matter)
    assert "the slip is with the court" in page
    assert client.get(reverse("legal:prepare", args=[matter.pk])).status_code == 404


def test_a_clerk_who_may_not_approve_is_offered_no_override(matter: Matter, clerk: User, client: Client) -> None:
    group = clerk.groups.get()
    group.permissions.remove(group.permissions.get(codename="approve_paper"))
    client.force_login(clerk)
    url = move_url(matter, "file_suit")
    assert 'name="override"' not in client.get(url).content.decode()
    data = {column: _text(value) for column, value in told_by("file_suit").items()} | {"override": "please"}
    assert client.post(url, data, **HTMX).status_code == 200
    assert Matter.objects.get().state == "review"


def test_a_correction_by_form_changes_only_what_was_changed(matter: Matter, legal: User, client: Client) -> None:
    put_in(matter, "hearing")
    Matter.objects.update(hearing_at=Matter.objects.get().hearing_at.replace(second=17))
    client.force_login(legal)
    url = reverse("legal:correct", args=[matter.pk])
    form = client.get(url).context["form"]
    data = {name: _text(getattr(Matter.objects.get(), name)) for name in form.names}
    data |= {"court_case_no": "(2026) Sample 44", "reason": "mistyped"}
    assert client.post(url, data, **HTMX).status_code == 204
    changed = Matter.objects.get()
    assert changed.court_case_no == "(2026) Sample 44"
    assert changed.hearing_at.second == 17
    assert "(2026) Sample 3 → (2026) Sample 44" in page_of(client, matter)
    assert (
        "may be corrected" not in client.post(url, data | {"served_on": ago(61).isoformat()}, **HTMX).content.decode()
    )
    assert Matter.objects.get().served_on == ago(50)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("claimed_amount=36800.00&procedure=summary", "360.00"),
        ("claimed_amount=36800.00&procedure=ordinary", "720.00"),
        ("claimed_amount=&procedure=ordinary", ""),
        ("claimed_amount=NaN&procedure=ordinary", ""),
        ("claimed_amount=1e99&procedure=small", ""),
        ("claimed_amount=5&procedure=%27", ""),
        ("claimed_amount=60000&procedure=small&court={court}", "only if both sides agree"),
        ("claimed_amount=600000&procedure=small&court={court}", "too large"),
        ("claimed_amount=5&procedure=small&court={court}", "within the bound"),
    ],
)
def test_the_fee_is_reckoned_while_the_form_is_filled_in(
    matter: Matter, legal: User, client: Client, query: str, said: str
) -> None:
    client.force_login(legal)
    url = reverse("legal:fee_hint", args=[matter.pk, "file_suit"])
    answer = client.get(f"{url}?{query.format(court=court().pk)}")
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert bool(answer.content.decode().strip()) == bool(said)


def test_what_is_proposed(matter: Matter, legal: User) -> None:
    def proposed(name: str) -> dict[str, Any]:
        fresh = Matter.objects.select_related("case__creditor", "court").get()
        move = next(move for move in matter_moves(fresh, legal) if move.name == name)
        return suggest(matter=fresh, name=name, needs=move.custom["needs"], sets=move.custom["sets"])

    Matter.objects.update(court=court())
    suit = proposed("file_suit")
    assert suit["procedure"] == "small"
    assert suit["filed_on"] == suit["claim_cut_off"] == today()
    assert suit["claimed_amount"] > 0
    assert suit["court_fee"] == Decimal("25.00")
    put_in(matter, "judged")
    effective = proposed("become_effective")
    assert effective["effective_on"] > ago(34 - 15)
    assert effective["performance_due_on"] > effective["effective_on"]
    put_in(matter, "effective")
    assert proposed("apply_for_enforcement")["enforcement_court"] == court()


@pytest.mark.parametrize("count", [1, 12])
def test_the_page_takes_a_fixed_number_of_queries(
    matter: Matter, legal: User, client: Client, count: int, django_assert_max_num_queries: Any
) -> None:
    put_in(matter, "enforcement")
    for number in range(count):
        name, column = (("terminate", "terminated_on"), ("resume", "resumed_on"))[number % 2]
        make_move(matter=matter, name=name, actor=legal, reason="x", **{column: today()})
    client.force_login(legal)
    with django_assert_max_num_queries(20):
        page = page_of(client, matter)
    assert page.count('class="what"') == count + 1


# --- The administration ------------------------------------------------------------------------------------


def test_a_supervisor_sends_many_over_in_the_administration(
    creditor: Any, supervisor: User, legal: User, client: Client
) -> None:
    cases = [CaseFactory.create(borrower__creditor=creditor, team=creditor.teams.get()) for _ in range(3)]
    for case in cases[:2]:
        move_case(case.pk, "start_reminding", actor=None)
    url = reverse("admin:cases_case_changelist")
    data = {"action": "send_to_legal", "_selected_action": [case.pk for case in cases]}
    client.force_login(supervisor)
    assert "Send to legal and open matters" in client.get(url).content.decode()
    assert "Reason" in client.post(url, data).content.decode()
    assert not Matter.objects.exists()
    page = client.post(url, data | {"apply": "1", "reason": "three demands"}).content.decode()
    assert "Moved: 2. Refused: 1." in page
    assert Matter.objects.count() == 2
    assert set(Case.objects.values_list("stage", flat=True)) == {"legal", "preparing"}
    client.force_login(legal)
    assert "send_to_legal" not in client.get(url).content.decode()


def test_legal_staff_keep_the_courts(legal: User, supervisor: User, client: Client) -> None:
    url, add = reverse("admin:legal_court_changelist"), reverse("admin:legal_court_add")
    here = court()
    change = reverse("admin:legal_court_change", args=[here.pk])
    client.force_login(legal)
    answer = client.post(add, {"name": "Sample Court 2", "level": "basic", "is_active": "on"})
    assert answer["Location"] == url
    assert client.post(change, {"name": here.name, "level": "basic"}).status_code == 302
    assert not Court.objects.get(pk=here.pk).is_active
    client.force_login(supervisor)
    assert "Sample Court 2" in client.get(url).content.decode()
    assert client.get(add).status_code == 403
    assert client.get(reverse("admin:legal_matterbatch_changelist")).status_code == 200
