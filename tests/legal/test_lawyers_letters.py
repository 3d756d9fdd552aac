"""A lawyer's letter needs a matter, a mandate and the approval of a lawyer."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from borrowers.models import AuditEvent, User
from cases.letters.check import LetterRefused
from cases.letters.content import LawyersLetter, from_json
from cases.models import Case, Letter, LetterCounter, Message
from cases.services.letters import issue_demand_letter
from cases.stages import move_case
from legal.models import LawFirm, Lawyer, LegalPaper, Matter
from legal.services.letters import (
    approve_paper,
    draft_lawyers_letter,
    drop_paper,
    issue_paper,
    preview_paper,
    review_paper,
)
from legal.services.matters import LegalRefused, MoveRefused, assign_firm
from legal.services.papers.builders_party import view_letter
from legal.services.papers.content import LawyersLetterPaper
from legal.services.papers.drawing import draw_paper
from legal.services.papers.facts import Draft
from legal.services.papers.templates import default_body
from tests.factories import UserFactory
from tests.legal.conftest import make_mandate, today


def draft(matter: Matter, actor: User, **values: Any) -> LegalPaper:
    given = {"language": "en", "pay_by": today() + dt.timedelta(days=15), "remarks": ""} | values
    return draft_lawyers_letter(matter=matter, actor=actor, **given)


def approve(paper: LegalPaper, actor: User) -> LegalPaper:
    """Read through, then approved by the same person, which is allowed."""
    review_paper(paper=paper, actor=actor)
    return approve_paper(paper=paper, actor=actor)


def view_of(content: LawyersLetter) -> LawyersLetterPaper:
    """The issued letter as its template saw it."""
    paper = LegalPaper.objects.get()
    lawyer = Lawyer.objects.get(user=paper.approved_by)
    return view_letter(Draft(paper, content.issued_on, content.number, lawyer, paper.matter.mandate, False), content)


def codes(refused: pytest.ExceptionInfo[LetterRefused]) -> set[str]:
    return {reason.code for reason in refused.value.reasons}


def test_from_draft_to_filed_letter(ready: Matter, legal: User) -> None:
    paper = draft(ready, legal, remarks="The borrower moved in January.")
    approve(paper, legal)
    letter = issue_paper(paper=paper, actor=legal, on=today()).letter
    assert letter.number == f"LEND-LS-{today().year}-000001"
    data = letter.document.read()
    content = from_json(Letter.objects.get().figures)
    assert draw_paper("lawyers_letter", default_body("lawyers_letter", "en"), view_of(content)).pdf == data
    assert (content.lawyer, content.lawyer_licence_no, content.mandate_reference) == ("Sample Lawyer", "L-1", "M-1")
    assert content.facts == "The borrower moved in January."
    assert content.sender.name == "Sample & Partners"
    paper = LegalPaper.objects.get()
    assert (paper.state, paper.letter, paper.approved_by) == ("issued", letter, legal)
    assert Matter.objects.get().state == "lawyers_letter"
    assert letter.decision.allowed
    actions = AuditEvent.objects.filter(subject_type="legalpaper", borrower=ready.case.borrower).order_by("pk")
    assert list(actions.values_list("action", flat=True)) == ["draft_paper", "review", "approve", "issue"]


def test_earlier_demands_stand_on_it(ready: Matter, legal: User, supervisor: User) -> None:
    demand = issue_demand_letter(case=ready.case, actor=supervisor, on=today())
    for number, state in enumerate(("delivered", "failed")):
        Message.objects.create(
            key=f"k{number}",
            borrower=ready.case.borrower,
            case=ready.case,
            purpose="collection",
            day=today(),
            channel="sms",
            to="+8615400000001",
            body="x",
            not_before=demand.issued_at,
            state="queued" if state == "delivered" else state,
        )
    Message.objects.filter(key="k0").update(send_decision=demand.decision, state="delivered")
    paper = draft(ready, legal)
    approve(paper, legal)
    content = from_json(issue_paper(paper=paper, actor=legal, on=today()).letter.figures)
    assert sorted((d.channel, d.delivery, d.reference) for d in content.earlier_demands) == [
        ("SMS", "delivered", ""),
        ("demand letter", "posted", demand.number),
    ]


def test_a_demand_letter_leaves_a_case_with_legal_where_it_is(ready: Matter, supervisor: User) -> None:
    issue_demand_letter(case=ready.case, actor=supervisor, on=today())
    assert Case.objects.get(pk=ready.case_id).stage == "legal"


def test_without_approval_it_is_refused(ready: Matter, legal: User) -> None:
    paper = draft(ready, legal)
    with pytest.raises(LetterRefused) as refused:
        issue_paper(paper=paper, actor=legal, on=today())
    assert "approval" in codes(refused)
    assert not Letter.objects.exists()
    assert not LetterCounter.objects.exists()


def test_without_a_mandate_it_is_refused(matter: Matter, firm: LawFirm, lawyer: Lawyer, legal: User) -> None:
    assign_firm(matter=matter, firm=firm, lawyer=lawyer, mandate=None, actor=legal)
    paper = draft(matter, legal)
    approve(LegalPaper.objects.get(pk=paper.pk), legal)
    with pytest.raises(LetterRefused) as refused:
        issue_paper(paper=paper, actor=legal, on=today())
    assert codes(refused) == {"mandate_reference"}


@pytest.mark.parametrize(
    "dates",
    [
        {"valid_from": dt.date(2020, 1, 1), "valid_until": dt.date(2020, 12, 31)},
        {"valid_from": dt.date(2090, 1, 1)},
    ],
)
def test_a_mandate_counts_only_in_its_time(
    matter: Matter, firm: LawFirm, lawyer: Lawyer, legal: User, dates: dict[str, dt.date]
) -> None:
    mandate = make_mandate(matter.case.creditor, firm, legal, **dates)
    assign_firm(matter=matter, firm=firm, lawyer=lawyer, mandate=mandate, actor=legal)
    paper = draft(Matter.objects.get(), legal)
    approve(paper, legal)
    with pytest.raises(LetterRefused) as refused:
        issue_paper(paper=paper, actor=legal, on=today())
    assert codes(refused) == {"mandate_reference"}


def test_a_case_taken_back_gets_no_lawyers_letter(ready: Matter, legal: User, supervisor: User) -> None:
    paper = draft(ready, legal)
    approve(paper, legal)
    move_case(ready.case_id, "take_back_from_legal", actor=supervisor, reason="paying")
    with pytest.raises(LetterRefused) as refused:
        issue_paper(paper=paper, actor=legal, on=today())
    assert codes(refused) == {"case"}


def test_only_a_lawyer_of_the_firm_approves(ready: Matter, clerk: User, legal: User, supervisor: User) -> None:
    paper = draft(ready, clerk)
    review_paper(paper=paper, actor=clerk)
    with pytest.raises(LegalRefused):
        approve_paper(paper=paper, actor=clerk)
    other = LawFirm.objects.create(name="Other", address="x", phone="1")
    Lawyer.objects.create(firm=other, name="O", licence_no="L-2", user=clerk)
    with pytest.raises(LegalRefused):
        approve_paper(paper=paper, actor=clerk)
    with pytest.raises(PermissionDenied):
        approve_paper(paper=paper, actor=supervisor)
    Lawyer.objects.filter(user=legal).update(is_active=False)
    with pytest.raises(LegalRefused):
        approve_paper(paper=paper, actor=legal)
    assert LegalPaper.objects.get().state == "reviewed"


def test_an_approval_falls_with_the_lawyer(ready: Matter, legal: User) -> None:
    paper = draft(ready, legal)
    approve(paper, legal)
    Lawyer.objects.filter(user=legal).update(is_active=False)
    with pytest.raises(LetterRefused) as refused:
        issue_paper(paper=paper, actor=legal, on=today())
    assert "lawyer" in codes(refused)


def test_nobody_approves_what_was_not_read_through(ready: Matter, legal: User) -> None:
    paper = draft(ready, legal)
    with pytest.raises(MoveRefused):
        approve_paper(paper=paper, actor=legal)
    assert LegalPaper.objects.get().state == "draft"


def test_it_is_issued_once(ready: Matter, legal: User) -> None:
    paper = draft(ready, legal)
    approve(paper, legal)
    issue_paper(paper=paper, actor=legal, on=today())
    with pytest.raises(LetterRefused) as refused:
        issue_paper(paper=paper, actor=legal, on=today())
    assert "approval" in codes(refused)
    assert Letter.objects.count() == 1


def test_wording_that_may_not_leave_the_house_is_no_draft(ready: Matter, legal: User) -> None:
    with pytest.raises(LegalRefused):
        draft(ready, legal, remarks="You will be arrested.")
    assert not LegalPaper.objects.exists()


def test_a_paper_is_dropped_with_a_reason(ready: Matter, legal: User) -> None:
    paper = draft(ready, legal)
    with pytest.raises(MoveRefused):
        drop_paper(paper=paper, actor=legal, reason="")
    assert drop_paper(paper=paper, actor=legal, reason="written anew").state == "dropped"


def test_a_preview_keeps_nothing_and_others_get_none(ready: Matter, legal: User) -> None:
    paper = draft(ready, legal)
    assert preview_paper(paper=paper, actor=legal).startswith(b"%PDF")
    assert not Letter.objects.exists()
    with pytest.raises(PermissionDenied):
        preview_paper(paper=paper, actor=UserFactory.create(role="collector", team=ready.case.team))
