"""Batches: hundreds of matters with one set of edits, worked in pieces, nothing twice."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from borrowers.models import AuditEvent, User
from cases.letters.render import RenderError, lay_out
from cases.models import Letter
from legal.models import Court, LawFirm, Lawyer, LegalPaper, Matter, MatterBatch
from legal.rules.fees import court_fee
from legal.services.batch_preview import preview_batch
from legal.services.batch_steps import Chunk, Order, Step, run_chunk, waiting_for
from legal.services.batches import Selection, add_matters, edit_batch, free_matters, make_batch, take_out
from legal.services.matters import LegalRefused
from tests.factories import ContactPointFactory, CreditorFactory, TeamFactory, UserFactory
from tests.legal.conftest import make_mandate, today
from tests.legal.matters.life import court as sample_court
from tests.legal.matters.test_presuit_check import put_in_order
from tests.legal.papers.samples import filled
from tests.legal.rows import blank_pdf, issued_paper, matter_in

DAY = dt.timedelta(days=1)
LETTER = "lawyers_letter"


def addressed(creditor: Any, **values: Any) -> Matter:
    matter = matter_in(creditor, values.pop("state", "review"), **values)
    ContactPointFactory.create(borrower=matter.case.borrower, kind="address", value="2 Sample Lane, Sample City")
    return matter


@pytest.fixture
def batch(creditor: Any, legal: User, firm: LawFirm, lawyer: Lawyer) -> MatterBatch:
    """Four matters; firm, lawyer, mandate and court are what they have alike."""
    ids = [addressed(creditor).pk for _ in range(4)]
    made = make_batch(creditor=creditor, name="Spring", matter_ids=ids, actor=legal)
    mandate = make_mandate(creditor, firm, legal)
    values = {"firm": firm.pk, "lawyer": lawyer.pk, "mandate": mandate.pk, "court": sample_court().pk}
    return edit_batch(batch=made, part="matter", values={**values, "venue_basis": "agreement"}, actor=legal)


def run(batch: MatterBatch, actor: User, step: Step, *, seconds: float = 60, **told: Any) -> Chunk:
    return run_chunk(batch=batch, order=Order(step, **told), actor=actor, seconds=seconds)


def to_letters(batch: MatterBatch, actor: User) -> None:
    """As far as approved."""
    run(batch, actor, Step.PREPARE)
    run(batch, actor, Step.DRAFT, kind=LETTER, pay_by=today() + 15 * DAY)
    run(batch, actor, Step.REVIEW, kind=LETTER)
    run(batch, actor, Step.APPROVE, kind=LETTER)


# --- Which matters -------------------------------------------------------------------------------------


def test_matters_are_chosen_by_what_they_are(creditor: Any, legal: User, firm: LawFirm) -> None:
    other = CreditorFactory.create()
    TeamFactory.create(creditors=[other])
    here = Court.objects.create(name="Here")
    one = matter_in(creditor, "review", firm=firm, case__outstanding_amount="100.00", opened_on=today() - 2 * DAY)
    two = matter_in(
        creditor,
        "filing",
        court=here,
        case__outstanding_amount="200.00",
        case__limitation_expires_on=today(),
        opened_on=today() - DAY,
    )
    matter_in(creditor, "settled")
    matter_in(other, "review")
    told: list[tuple[dict[str, Any], list[Matter]]] = [
        ({}, [one, two]),
        ({"creditor": creditor}, [one, two]),
        ({"creditor": other}, []),
        ({"state": "filing"}, [two]),
        ({"firm": firm}, [one]),
        ({"court": here}, [two]),
        ({"at_least": 150}, [two]),
        ({"at_most": 100}, [one]),
        ({"limitation_until": today()}, [two]),
        ({"words": one.case.case_no}, [one]),
    ]
    for selection, found in told:
        assert list(free_matters(legal, Selection(**selection))) == found, selection


def test_a_batch_takes_open_matters_of_its_creditor_that_are_in_none(creditor: Any, legal: User) -> None:
    other = CreditorFactory.create()
    legal.creditors.add(other)
    one, two, three = (matter_in(creditor, "review") for _ in range(3))
    ended, strange = matter_in(creditor, "settled"), matter_in(other, "review")
    first = make_batch(creditor=creditor, name="A", matter_ids=[one.pk], actor=legal)
    second = make_batch(
        creditor=creditor, name="B", matter_ids=[one.pk, two.pk, two.pk, ended.pk, strange.pk], actor=legal
    )
    assert list(first.matters.all()) == [one]
    assert list(second.matters.all()) == [two]
    assert add_matters(batch=first, matter_ids=[three.pk, two.pk], actor=legal) == 1
    event = AuditEvent.objects.get(action="join_batch", subject_id=three.pk)
    assert (event.new, event.borrower) == ("A", three.case.borrower)
    take_out(matter=Matter.objects.get(pk=three.pk), actor=legal)
    assert list(first.matters.all()) == [one]
    assert AuditEvent.objects.get(action="leave_batch").old == "A"
    refused: list[tuple[str, list[int]]] = [("A", [three.pk]), (" ", [three.pk]), ("C", []), ("D", [ended.pk])]
    for name, ids in refused:
        with pytest.raises(LegalRefused):
            make_batch(creditor=creditor, name=name, matter_ids=ids, actor=legal)
    assert MatterBatch.objects.count() == 2


def test_who_may_not(batch: MatterBatch, creditor: Any, supervisor: User, firm: LawFirm) -> None:
    counsel = UserFactory.create(role="counsel")
    Lawyer.objects.create(firm=firm, name="C", licence_no="L-9", user=counsel)
    others = [counsel, supervisor, UserFactory.create(role="legal", creditors=[CreditorFactory.create()])]
    for actor in others:
        with pytest.raises(PermissionDenied):
            make_batch(creditor=creditor, name="X", matter_ids=[], actor=actor)
        with pytest.raises(PermissionDenied):
            edit_batch(batch=batch, part=LETTER, values={}, actor=actor)
        with pytest.raises(PermissionDenied):
            run(batch, actor, Step.PREPARE)


# --- One set of edits ----------------------------------------------------------------------------------


def test_edits_reach_the_drafts_and_those_that_there_are(batch: MatterBatch, legal: User) -> None:
    edit_batch(batch=batch, part="complaint", values={"rate_clause": "Clause 3", "copies": ""}, actor=legal)
    assert run(batch, legal, Step.DRAFT, kind="complaint").done == 4
    assert {paper.content["rate_clause"] for paper in LegalPaper.objects.all()} == {"Clause 3"}
    own = LegalPaper.objects.order_by("pk").first()
    assert own is not None
    own.content = {**own.content, "facts": "Of this one alone."}
    own.save(update_fields=["content"])
    edit_batch(batch=batch, part="complaint", values={"rate_clause": "Clause 4"}, actor=legal)
    assert run(batch, legal, Step.DRAFT, kind="complaint").done == 4
    assert LegalPaper.objects.count() == 4
    assert {paper.content["rate_clause"] for paper in LegalPaper.objects.all()} == {"Clause 4"}
    own = LegalPaper.objects.get(pk=own.pk)
    assert own.content["facts"] == "Of this one alone."
    # What was read through is not changed behind the reader's back.
    run(batch, legal, Step.REVIEW, kind="complaint")
    edit_batch(batch=batch, part="complaint", values={"rate_clause": "Clause 5"}, actor=legal)
    assert waiting_for(batch, Order(Step.DRAFT, "complaint"), legal) == []


def test_edits_that_are_none_are_refused(batch: MatterBatch, legal: User) -> None:
    wrong = [
        ("complaint", {"no such field": "x"}),
        ("validation_notice", {}),
        ("no such kind", {}),
        ("complaint", {"facts": "You will be arrested."}),
        ("matter", {"state": "judged"}),
    ]
    for part, values in wrong:
        with pytest.raises(LegalRefused):
            edit_batch(batch=batch, part=part, values=values, actor=legal)


def test_the_matters_get_what_they_have_alike(batch: MatterBatch, legal: User, firm: LawFirm) -> None:
    filed = addressed(batch.creditor, state="filing", filed_on=today(), batch=batch)
    assert run(batch, legal, Step.PREPARE).done == 4
    for matter in batch.matters.exclude(pk=filed.pk):
        assert (matter.firm, matter.court, matter.venue_basis) == (firm, sample_court(), "agreement")
        assert matter.lawyer is not None
        assert matter.mandate is not None
    assert Matter.objects.get(pk=filed.pk).court is None
    assert run(batch, legal, Step.PREPARE).done == 0


def test_the_first_three_are_looked_at_and_nothing_is_kept(batch: MatterBatch, legal: User) -> None:
    run(batch, legal, Step.PREPARE)
    edit_batch(batch=batch, part="complaint", values=filled("complaint"), actor=legal)
    borrower = batch.matters.order_by("pk")[0].case.borrower
    borrower.id_type, borrower.id_no = "other", "SAMPLE-1"
    borrower.save()
    data = preview_batch(batch=MatterBatch.objects.get(pk=batch.pk), kind="complaint", actor=legal)
    assert data.startswith(b"%PDF")
    assert not LegalPaper.objects.exists()
    assert not AuditEvent.objects.filter(action="draft_paper").exists()
    # That the ID number was seen is kept.
    assert AuditEvent.objects.filter(action="reveal", borrower=borrower).count() == 1
    with pytest.raises(LegalRefused):
        preview_batch(batch=batch, kind="validation_notice", actor=legal)


# --- Steps ---------------------------------------------------------------------------------------------


def test_from_draft_to_issued_for_all_and_nothing_twice(batch: MatterBatch, legal: User) -> None:
    to_letters(batch, legal)
    assert set(LegalPaper.objects.values_list("state", flat=True)) == {"approved"}
    chunk = run(batch, legal, Step.ISSUE, kind=LETTER)
    assert (chunk.done, chunk.refused, chunk.left) == (4, [], 0)
    assert Letter.objects.count() == 4
    events = AuditEvent.objects.count()
    for step in (Step.PREPARE, Step.DRAFT, Step.REVIEW, Step.APPROVE, Step.ISSUE):
        again = run(batch, legal, step, kind=LETTER)
        assert (again.done, again.left) == (0, 0)
    assert (LegalPaper.objects.count(), Letter.objects.count(), AuditEvent.objects.count()) == (4, 4, events)


def test_in_pieces_it_comes_to_the_same(batch: MatterBatch, legal: User) -> None:
    run(batch, legal, Step.PREPARE)
    order = Order(Step.DRAFT, LETTER, pay_by=today() + 15 * DAY)
    after, lefts = 0, []
    while True:
        chunk = run_chunk(batch=batch, order=order, actor=legal, after=after, seconds=0)
        after = chunk.after
        lefts.append(chunk.left)
        if not chunk.left:
            break
    assert lefts == [3, 2, 1, 0]
    assert LegalPaper.objects.count() == 4


def test_cut_off_in_the_middle_it_is_taken_up_again(batch: MatterBatch, legal: User) -> None:
    run(batch, legal, Step.PREPARE)
    order = Order(Step.DRAFT, LETTER, pay_by=today() + 15 * DAY)
    run_chunk(batch=batch, order=order, actor=legal, seconds=0)
    assert LegalPaper.objects.count() == 1
    run_chunk(batch=batch, order=order, actor=legal)
    assert sorted(LegalPaper.objects.values_list("matter", flat=True)) == sorted(
        batch.matters.values_list("pk", flat=True)
    )


def test_one_that_is_refused_keeps_no_other_from_being_done(batch: MatterBatch, legal: User) -> None:
    bad = batch.matters.order_by("pk")[1]
    bad.case.borrower.contact_points.all().delete()
    run(batch, legal, Step.PREPARE)
    run(batch, legal, Step.DRAFT, kind=LETTER, pay_by=today() + 15 * DAY)
    run(batch, legal, Step.REVIEW, kind=LETTER)
    dry = run_chunk(batch=batch, order=Order(Step.APPROVE, LETTER), actor=legal, dry=True)
    assert (dry.done, [one.matter for one in dry.refused]) == (3, [bad])
    assert "address" in " ".join(dry.refused[0].reasons)
    assert set(LegalPaper.objects.values_list("state", flat=True)) == {"reviewed"}
    done = run(batch, legal, Step.APPROVE, kind=LETTER)
    assert (done.done, [one.matter for one in done.refused]) == (3, [bad])
    assert run(batch, legal, Step.ISSUE, kind=LETTER).done == 3


def test_only_an_authorised_lawyer_approves_all(batch: MatterBatch, legal: User, clerk: User) -> None:
    run(batch, legal, Step.PREPARE)
    run(batch, legal, Step.DRAFT, kind=LETTER, pay_by=today() + 15 * DAY)
    run(batch, legal, Step.REVIEW, kind=LETTER)
    # A clerk has the permission of the role, and is no lawyer of the firm.
    chunk = run(batch, clerk, Step.APPROVE, kind=LETTER)
    assert (chunk.done, len(chunk.refused)) == (0, 4)
    assert "Only an active lawyer" in chunk.refused[0].reasons[0]
    clerk.groups.clear()
    with pytest.raises(PermissionDenied):
        run(batch, User.objects.get(pk=clerk.pk), Step.APPROVE, kind=LETTER)


def test_a_look_at_what_would_be_issued_issues_nothing(batch: MatterBatch, legal: User) -> None:
    to_letters(batch, legal)
    Matter.objects.filter(pk=batch.matters.order_by("pk")[0].pk).update(mandate=None)
    dry = run_chunk(batch=batch, order=Order(Step.ISSUE, LETTER), actor=legal, dry=True)
    assert (dry.done, len(dry.refused)) == (3, 1)
    assert not Letter.objects.exists()
    assert run(batch, legal, Step.ISSUE, kind=LETTER).done == 3


def test_suits_are_filed_with_the_claim_of_the_day(batch: MatterBatch, legal: User) -> None:
    run(batch, legal, Step.PREPARE)
    ready, unwritten, unproven, _other = batch.matters.order_by("pk")
    for matter in (ready, unwritten):
        put_in_order(matter, legal)
    for matter in (ready, unproven):
        issued_paper(matter, legal, blank_pdf(title=str(matter.pk)), f"N-{matter.pk}")
    dry = run_chunk(batch=batch, order=Order(Step.FILE, on=today()), actor=legal, dry=True)
    assert dry.done == 1
    assert Matter.objects.get(pk=ready.pk).state == "review"
    chunk = run(batch, legal, Step.FILE, on=today())
    assert (chunk.done, len(chunk.refused)) == (1, 3)
    reasons = {one.matter.pk: " ".join(one.reasons) for one in chunk.refused}
    assert "No complaint was issued." in reasons[unwritten.pk]
    assert "Before it is filed" in reasons[unproven.pk]
    filed = Matter.objects.get(pk=ready.pk)
    assert (filed.state, filed.filed_on, filed.claim_cut_off, filed.court) == (
        "filing",
        today(),
        today(),
        sample_court(),
    )
    assert filed.claimed_amount is not None
    assert filed.claimed_amount > 0
    assert filed.court_fee is not None
    assert ready.pk not in waiting_for(batch, Order(Step.FILE), legal)


def test_what_is_filed_is_what_the_complaint_states(batch: MatterBatch, legal: User) -> None:
    """Everything is claimed by the suit, while the ledger has little that is due: the court and its fee go by the paper."""
    run(batch, legal, Step.PREPARE)
    matter = batch.matters.order_by("pk")[0]
    put_in_order(matter, legal)
    content = {
        "cut_off": (today() - DAY).isoformat(), "principal": "30000.00", "interest": "1500.00", "penalty": "400.00",
        "fees": "0.00", "enforcement_costs": "100.00", "total": "32450.00",
    }  # fmt: skip
    issued_paper(matter, legal, blank_pdf(title="c"), "N-1", figures={"content": content}, issued_on=today() - DAY)
    assert run(batch, legal, Step.FILE, on=today()).done == 1
    filed = Matter.objects.get(pk=matter.pk)
    assert (filed.claim_cut_off, filed.claimed_amount) == (today() - DAY, Decimal("32000.00"))
    assert filed.court_fee == court_fee(Decimal("32000.00"), filed.procedure).amount


def test_a_paper_that_cannot_be_drawn_keeps_no_other_from_being_issued(
    batch: MatterBatch, legal: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_letters(batch, legal)
    bad = batch.matters.order_by("pk")[1]

    def fail_for_one(html: str, identity: str) -> Any:
        if bad.case.case_no in html:
            raise RenderError("Failed to load a font")
        return lay_out(html, identity)

    monkeypatch.setattr("legal.services.papers.drawing.lay_out", fail_for_one)
    chunk = run(batch, legal, Step.ISSUE, kind=LETTER)
    assert (chunk.done, [one.matter for one in chunk.refused]) == (3, [bad])
    assert "cannot be drawn" in chunk.refused[0].reasons[0]
    assert [paper.matter for paper in LegalPaper.objects.filter(state="approved")] == [bad]
    assert sorted(Letter.objects.values_list("sequence", flat=True)) == [1, 2, 3]


# --- Screens -------------------------------------------------------------------------------------------


def test_the_whole_way_by_forms(creditor: Any, legal: User, firm: LawFirm, lawyer: Lawyer, client: Client) -> None:
    matters = [addressed(creditor) for _ in range(3)]
    mandate = make_mandate(creditor, firm, legal)
    client.force_login(legal)
    page = client.get(reverse("legal:new_batch"), {"creditor": creditor.pk}).content.decode()
    assert page.count('name="matter"') == 3
    answer = client.post(reverse("legal:new_batch"), {"matter": [m.pk for m in matters], "name": "Spring"}, follow=True)
    assert "Choose the creditor" in answer.content.decode()
    data = {"creditor": creditor.pk, "matter": [m.pk for m in matters], "name": "Spring"}
    assert client.post(reverse("legal:new_batch"), data).status_code == 302
    batch = MatterBatch.objects.get()
    edits = reverse("legal:batch_edits", args=[batch.pk, "matter"])
    assert client.post(edits, {"lawyer": lawyer.pk}).status_code == 422
    client.post(edits, {"firm": firm.pk, "lawyer": lawyer.pk, "mandate": mandate.pk})
    step = reverse("legal:batch_step", args=[batch.pk])
    pay_by = (today() + 15 * DAY).isoformat()
    for name in ("prepare", "draft", "review", "approve", "issue"):
        told = {"step": name, "kind": LETTER, "pay_by": pay_by}
        page = client.get(step, told).content.decode()
        assert "Looking for exceptions: 0 of 3" in page
        looked = client.post(step, {**told, "dry": "1", "total": "3"}, headers={"HX-Request": "true"}).content.decode()
        assert "It can be done for <b>3</b>" in looked
        done = client.post(step, told).content.decode()
        assert "Done for <b>3</b> matters; <b>0</b> were passed over." in done
    assert Letter.objects.count() == 3
    page = client.get(reverse("legal:batch", args=[batch.pk])).content.decode()
    assert "lawyer&#x27;s letter" in page or "lawyer's letter" in page
    assert client.get(step, {"step": "draft"}).status_code == 302
    assert client.get(step, {"step": "burn"}).status_code == 302


def test_exceptions_are_named_on_the_page(batch: MatterBatch, legal: User, client: Client) -> None:
    client.force_login(legal)
    told = {"step": "file", "dry": "1"}
    page = client.post(
        reverse("legal:batch_step", args=[batch.pk]), told, headers={"HX-Request": "true"}
    ).content.decode()
    assert page.count("No complaint was issued.") == 4
    assert 'hx-swap-oob="beforeend:#exceptions"' in page
    assert "File the suits:" not in page


def test_kept_edits_are_shown_again(batch: MatterBatch, legal: User, client: Client) -> None:
    client.force_login(legal)
    url = reverse("legal:batch_edits", args=[batch.pk, "preservation"])
    told = {"leads": "a\n\n b ", "scope": "due", "amount": "12.50"}
    assert client.post(url, told).status_code == 302
    kept = MatterBatch.objects.get(pk=batch.pk).edits["preservation"]
    assert kept == {"leads": ["a", "b"], "scope": "due", "amount": "12.50"}
    page = client.get(url).content.decode()
    assert "a\nb</textarea>" in page
    assert 'value="12.50"' in page
    assert client.get(reverse("legal:batch_edits", args=[batch.pk, "validation_notice"])).status_code == 404


@pytest.mark.parametrize("page", ["batches", "new_batch", "batch"])
def test_it_takes_as_many_queries_for_fifty_as_for_five(creditor: Any, legal: User, client: Client, page: str) -> None:
    client.force_login(legal)
    batch = MatterBatch.objects.create(creditor=creditor, name="B", made_by=legal)
    url = reverse(f"legal:{page}", args=[batch.pk] if page == "batch" else [])
    client.get(url)
    taken = []
    for count in (5, 45):
        for number in range(count):
            MatterBatch.objects.create(creditor=creditor, name=f"B{count}-{number}", made_by=legal)
            matter_in(creditor, "review", batch=batch if page == "batch" else None)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        taken.append(len(queries))
    assert taken[0] == taken[1]
    assert taken[0] <= 16
