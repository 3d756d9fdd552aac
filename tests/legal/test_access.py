"""Who gets in where: every address of the legal screens against every kind of person. A new address must be classified
here, or the first test fails.

Whoever is outside of a matter must get nothing at all of it. Whoever sees it without being allowed to act may get its form
again, and must leave no trace: no event, no changed row.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from borrowers.models import AuditEvent, User
from cases.models import Case
from legal.models import CourtPaper, Deadline, LawFirm, Lawyer, LegalPaper, Matter, MatterBatch
from legal.urls import urlpatterns
from tests.legal.access import ROLES, House, build
from tests.legal.conftest import today
from tests.legal.rows import blank_pdf

# --- Who ------------------------------------------------------------------------------------------------
STAFF = {"other_legal", "supervisor", "legal"}
LEGAL = {"other_legal", "legal"}
COUNSEL = {"counsel", "other_counsel", "left_counsel"}
# Of this matter: who sees it, who works it, who records what its court did.
SEES = {"supervisor", "legal", "counsel"}
SEES_STAFF = {"supervisor", "legal"}
WORKS = {"legal"}
RECORDS = {"legal", "counsel"}
EVERYBODY = STAFF | COUNSEL


@dataclass(frozen=True)
class Door:
    """An address by one method: whom it lets in; of what; with which data. `hidden` people see what it is about and are
    refused or shown the form again, without a trace."""

    name: str
    who: set[str]
    of: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    method: str = "post"


def get(name: str, who: set[str], of: str = "", **data: Any) -> Door:
    return Door(name, who, of, data, "get")


def post(name: str, who: set[str], of: str = "", **data: Any) -> Door:
    return Door(name, who, of, data)


SOON = (today() + dt.timedelta(days=9)).isoformat()
DAY = today().isoformat()

DOORS: list[Door] = [
    # Pages that show each person what is theirs.
    get("desk", EVERYBODY),
    get("court_papers", EVERYBODY),
    get("downloads", EVERYBODY),
    get("calendar", EVERYBODY),
    get("results", STAFF),
    get("batches", LEGAL),
    get("new_batch", LEGAL),
    get("mandates", LEGAL),
    get("templates", LEGAL),
    get("template", LEGAL, "complaint zh-hans"),
    get("template_version", LEGAL, "version"),
    get("certificates", LEGAL),
    # One matter and what is in it.
    get("matter", SEES, "matter"),
    get("move", RECORDS, "matter fix_hearing"),
    get("move", WORKS, "matter withdraw"),
    get("fee_hint", SEES, "matter file_suit"),
    get("correct", RECORDS, "matter"),
    get("prepare", WORKS, "review_matter"),
    get("check_panel", SEES, "matter"),
    get("write_paper", WORKS, "matter", kind="complaint"),
    get("paper", SEES, "paper"),
    get("paper_download", SEES, "issued"),
    get("paper_verdict", SEES, "issued"),
    get("preview", SEES, "paper"),
    get("court_papers_panel", SEES, "matter"),
    get("court_paper", SEES, "court_paper"),
    get("court_paper", WORKS, "waiting"),
    get("evidence", SEES, "matter"),
    get("evidence_panel", SEES, "matter"),
    get("bundle_download", SEES, "bundle pdf"),
    get("deadlines_panel", SEES, "matter"),
    get("preservation_panel", SEES, "matter"),
    get("claim_panel", SEES, "matter"),
    get("claim_csv", SEES, "matter"),
    get("limitation_panel", SEES, "matter"),
    get("case_panel", SEES_STAFF, "case"),
    # A collector reads about limitation in the cases of the own team.
    get("case_limitation", SEES_STAFF | {"collector"}, "case"),
    get("download_set", WORKS, "chosen"),
    get("download_file", WORKS, "chosen zip"),
    get("batch", WORKS, "batch"),
    get("batch_add", WORKS, "batch"),
    get("batch_edits", WORKS, "batch complaint"),
    get("batch_preview", WORKS, "batch lawyers_letter"),
    get("batch_step", WORKS, "batch", step="prepare"),
    get("batch_sheet", WORKS, "batch"),
    # Acts.
    post("open_matters", LEGAL),
    post("assign", WORKS, "matter", firm="FIRM"),
    post("draft", WORKS, "matter", language="en", pay_by=SOON),
    post("write_paper", WORKS, "matter", kind="complaint"),
    post("paper", WORKS, "paper", language="en", pay_by=SOON, remarks="x"),
    post("review", WORKS, "paper"),
    post("approve", RECORDS, "paper"),
    post("issue", RECORDS, "paper"),
    post("reopen", WORKS, "paper", reason="x"),
    post("drop", WORKS, "paper", reason="x"),
    post("deliver", WORKS, "issued", on=DAY, note="x", arrived="1"),
    post("move", RECORDS, "matter fix_hearing", hearing_at=f"{SOON}T09:30"),
    post("move", WORKS, "matter withdraw", reason="x", ended_on=DAY),
    post("move", WORKS, "matter settle", reason="x", ended_on=DAY),
    post("correct", RECORDS, "matter", court_case_no="(2026) Sample 2", reason="x"),
    post("prepare", WORKS, "review_matter", procedure="small"),
    post("upload_court_papers", RECORDS, "matter", received_on=DAY, papers="FILE"),
    post("court_papers", LEGAL | COUNSEL, received_on=DAY, papers="FILE"),
    post("assign_court_paper", WORKS, "waiting", number="CASE"),
    post("discard_court_paper", WORKS, "waiting", reason="x"),
    post("make_bundle", WORKS, "matter", language="en"),
    post("hand_in_exhibit", WORKS, "matter"),
    post("keep_claim", WORKS, "matter", cut_off=DAY, scope="due"),
    post("record_limitation", WORKS, "case"),
    post("withdraw_limitation", set(), "case 1"),
    post("add_deadline", RECORDS, "matter", title="x", due_on=SOON),
    post("finish_deadline", RECORDS, "deadline", on=DAY),
    post("reopen_deadline", RECORDS, "deadline", reason="x"),
    post("preserve", RECORDS, "matter", asset="deposit", what="y", since=DAY),
    post("renew_preservation", RECORDS, "preservation", since=DAY),
    post("release_preservation", RECORDS, "preservation", on=DAY),
    post("choose_downloads", EVERYBODY),
    post("new_batch", LEGAL),
    post("batch_add", WORKS, "batch"),
    post("batch_edits", WORKS, "batch complaint", rate_clause="Clause 3"),
    post("batch_step", WORKS, "batch", step="prepare"),
    post("read_sheet", WORKS, "batch"),
    post("apply_sheet", WORKS, "batch"),
    post("leave_batch", WORKS, "matter"),
    post("mandates", LEGAL),
    post("template", LEGAL, "complaint zh-hans"),
    post("template_preview", LEGAL, "complaint zh-hans", body="x"),
    post("restore_template", LEGAL, "version", reason="x"),
    post("certificates", LEGAL),
    post("retire_certificate", LEGAL, "certificate", reason="x"),
    post("make_feed", EVERYBODY),
    post("revoke_feed", EVERYBODY),
    # The calendar's own address is its key: whoever asks with a wrong one gets nothing, signed in or not.
    get("feed", set(), "nosuchtoken"),
]
# Acts whose answer to those who only see the matter may be its form again.
TRACELESS = [door for door in DOORS if door.method == "post" and door.of]


def test_every_address_is_classified() -> None:
    assert {pattern.name for pattern in urlpatterns} == {door.name for door in DOORS}


@pytest.fixture
def house(creditor: Any, legal: User, supervisor: User, firm: LawFirm, lawyer: Lawyer) -> House:
    return build(creditor, legal, supervisor, firm, lawyer)


def ask(house: House, door: Door, role: str) -> int:
    """The status that this kind of person gets; 401 when asked to sign in."""
    client = Client()
    person = house.people[role]
    if person is not None:
        client.force_login(person)
    data = dict(door.data)
    if "papers" in data:
        data["papers"] = SimpleUploadedFile("a.pdf", blank_pdf(title=role))
    if data.get("number") == "CASE":
        data["number"] = house.rows["case"].case_no
    if data.get("firm") == "FIRM":
        data["firm"] = house.rows["matter"].firm_id
    url = house.url(door.name, door.of)
    if door.name == "write_paper":
        url += f"?kind={data.pop('kind')}"
    answer = getattr(client, door.method)(url, data)
    asked_to_sign_in = answer.status_code == 302 and answer["Location"].startswith(reverse("login"))
    return 401 if asked_to_sign_in else int(answer.status_code)


def trace() -> tuple[Any, ...]:
    """All that an act would change."""
    rows = (
        Matter.objects.order_by("pk").values_list(),
        LegalPaper.objects.order_by("pk").values_list(),
        CourtPaper.objects.order_by("pk").values_list(),
        Deadline.objects.order_by("pk").values_list("pk", "closed_as", "due_on"),
        MatterBatch.objects.order_by("pk").values_list(),
        Case.objects.order_by("pk").values_list("pk", "stage"),
    )
    # Looking at a paper is noted; that is no act.
    acts = AuditEvent.objects.exclude(action__in=["downloaded", "reveal"]).count()
    return (acts, *(list(row) for row in rows))


DENIED = (401, 403, 404)


def label(door: Door) -> str:
    return f"{door.method} {door.name} {door.of}".strip()


@pytest.mark.parametrize("door", DOORS, ids=label)
def test_whoever_is_outside_gets_nothing(house: House, door: Door) -> None:
    """Nobody signed in, and those to whom the matter does not belong."""
    before = trace()
    seers = SEES if door.of and door.name not in ("template", "template_version") else set()
    for role in ROLES:
        if role in door.who or role in seers:
            continue
        status = ask(house, door, role)
        assert status in DENIED or (status == 302 and door.name in TOLD_NO), (role, status)
    assert trace() == before


# A collector asks for what is about a case of the team: the answer goes back to the page and says no.
TOLD_NO = ("record_limitation",)


@pytest.mark.parametrize("door", TRACELESS, ids=label)
def test_whoever_only_sees_it_leaves_no_trace(house: House, door: Door) -> None:
    before = trace()
    for role in SEES - door.who:
        status = ask(house, door, role)
        assert status in (*DENIED, 302, 422, 200), (role, status)
    assert trace() == before


@pytest.mark.parametrize("door", [door for door in DOORS if door.method == "get"], ids=label)
def test_those_who_may_get_in(house: House, door: Door) -> None:
    for role in sorted(door.who, key=ROLES.index):
        status = ask(house, door, role)
        assert status in (200, 302), (role, status)


@pytest.mark.parametrize(
    ("door", "role"),
    [
        pytest.param(door, role, id=f"{label(door)} {role}")
        for door in DOORS
        for role in ("legal", "counsel")
        if door.method == "post" and role in door.who
    ],
)
def test_those_who_may_act(house: House, door: Door, role: str) -> None:
    """One at a time: an act may leave nothing for the next."""
    assert ask(house, door, role) in (200, 302, 422)


@pytest.mark.parametrize("role", ["legal", "counsel"])
def test_what_they_may_record_is_recorded(house: House, role: str) -> None:
    acts = ("matter fix_hearing", "matter withdraw")
    told = [door for door in DOORS if door.method == "post" and (door.of in acts or door.name == "upload_court_papers")]
    for door in sorted(told, key=lambda one: one.of == "matter withdraw"):
        before = trace()
        ask(house, door, role)
        assert (trace() != before) == (role in door.who), label(door)


@pytest.mark.parametrize(
    "door", [door for door in DOORS if door.method == "get" and door.of and "counsel" not in door.who], ids=label
)
def test_counsel_see_no_page_that_is_not_their_matters(house: House, door: Door) -> None:
    assert ask(house, door, "counsel") in DENIED


def test_counsel_reach_none_of_the_borrowers_other_pages(house: House) -> None:
    client = Client()
    counsel = house.people["counsel"]
    assert counsel is not None
    client.force_login(counsel)
    case = house.rows["case"]
    for name in ("case", "timeline", "log_call", "letter_preview"):
        assert client.get(reverse(f"cases:{name}", args=[case.pk])).status_code in (403, 404)
    worklist = client.get(reverse("cases:worklist"))
    assert case.borrower.name not in worklist.content.decode()
    assert client.get("/", follow=True).redirect_chain[-1][0] == reverse("legal:desk")
    page = client.get(reverse("legal:matter", args=[house.rows["matter"].pk])).content.decode()
    assert reverse("cases:case", args=[case.pk]) not in page
    for name in ("legal:results", "legal:batches", "legal:mandates", "cases:worklist"):
        assert f'href="{reverse(name)}"' not in page
