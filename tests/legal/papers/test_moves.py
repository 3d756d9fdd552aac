"""A paper on its way: what each step asks for, what it leaves behind."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections

from borrowers.models import AuditEvent, User
from cases.letters.check import LetterRefused
from cases.models import ContactCondition, ContactRecord, GateDecision
from legal.models import Lawyer, LegalPaper, Matter, PaperCounter
from legal.services.certificates import file_certificate
from legal.services.matters import LegalRefused, MoveRefused
from legal.services.moves import make_move
from legal.services.papers.delivery import deliver_paper
from legal.services.papers.drafting import (
    approve_paper,
    content_of,
    draft_of,
    draft_paper,
    drop_paper,
    edit_paper,
    gaps_of,
    preview_paper,
    reopen_paper,
    review_paper,
)
from legal.services.papers.issuing import issue_paper, read_paper, verdict_on
from legal.services.papers.kinds import KINDS
from legal.services.signing import Standing
from legal.services.suggestions import suggest
from tests.factories import UserFactory
from tests.legal.conftest import today
from tests.legal.papers.certificates import PASSPHRASE, pkcs12_file
from tests.legal.papers.samples import account_of, filled, make_matter

pytestmark = pytest.mark.django_db
ONE = dt.timedelta(days=1)


@pytest.fixture
def matter(db: None) -> Matter:
    return make_matter("one")


@pytest.fixture
def lawyer(matter: Matter) -> User:
    return account_of(matter)


def write(matter: Matter, actor: User, kind: str = "complaint", **values: Any) -> LegalPaper:
    return draft_paper(
        matter=matter,
        kind=kind,
        language="zh-hans",
        content=filled(kind) | values,
        actor=actor,
        pay_by=today() + 9 * ONE,
    )


def approved(matter: Matter, actor: User, kind: str = "complaint", **values: Any) -> LegalPaper:
    paper = write(matter, actor, kind, **values)
    review_paper(paper=paper, actor=actor)
    return approve_paper(paper=paper, actor=actor)


def codes(refused: pytest.ExceptionInfo[LetterRefused]) -> set[str]:
    return {reason.code for reason in refused.value.reasons}


@pytest.mark.parametrize("kind", [kind for kind, paper in KINDS.items() if "cn" in paper.packs])
def test_every_kind_is_issued_signed_and_intact(matter: Matter, lawyer: User, kind: str) -> None:
    certificate = file_certificate(firm=matter.firm, data=pkcs12_file(), passphrase=PASSPHRASE, actor=lawyer)
    paper = issue_paper(paper=approved(matter, lawyer, kind), actor=lawyer, on=today())
    assert paper.state == "issued"
    assert paper.number == f"LEND-{KINDS[kind].mark}-{today().year}-000001"
    data = paper.file.read()
    assert hashlib.sha256(data).hexdigest() == paper.file.sha256
    verdict = verdict_on(paper.file)
    assert (verdict.standing, verdict.fingerprint) == (Standing.INTACT, certificate.fingerprint)
    assert paper.figures["certificate"] == certificate.fingerprint
    assert paper.figures["content"]["number"] == paper.number
    assert read_paper(paper=paper, actor=lawyer) == data


def test_a_firm_without_a_certificate_issues_for_stamp_and_pen(matter: Matter, lawyer: User) -> None:
    paper = issue_paper(paper=approved(matter, lawyer), actor=lawyer, on=today())
    assert verdict_on(paper.file).standing == Standing.UNSIGNED
    assert paper.figures["certificate"] == ""


def test_a_certificate_that_ran_out_stops_it(matter: Matter, lawyer: User) -> None:
    certificate = file_certificate(firm=matter.firm, data=pkcs12_file(), passphrase=PASSPHRASE, actor=lawyer)
    certificate.valid_until = certificate.valid_from + ONE
    certificate.save(update_fields=["valid_until"])
    paper = approved(matter, lawyer)
    with pytest.raises(LegalRefused, match="not valid today"):
        issue_paper(paper=paper, actor=lawyer, on=today())
    assert LegalPaper.objects.get().state == "approved"


def test_numbers_have_no_gaps(matter: Matter, lawyer: User) -> None:
    first = issue_paper(paper=approved(matter, lawyer), actor=lawyer, on=today())
    broken = approved(matter, lawyer, rate_clause="")
    with pytest.raises(LetterRefused):
        issue_paper(paper=broken, actor=lawyer, on=today())
    third = issue_paper(paper=approved(matter, lawyer), actor=lawyer, on=today())
    assert [first.number[-6:], third.number[-6:]] == ["000001", "000002"]
    assert PaperCounter.objects.get().last == 2


def test_a_gap_stops_it_and_all_of_them_are_named(matter: Matter, lawyer: User) -> None:
    Matter.objects.filter(pk=matter.pk).update(court=None)
    matter = Matter.objects.get()
    paper = approved(matter, lawyer, plaintiff_code="", rate_clause=" ")
    with pytest.raises(LetterRefused) as refused:
        issue_paper(paper=paper, actor=lawyer, on=today())
    assert codes(refused) == {"court", "creditor.code", "rate_clause"}
    assert {reason.code for reason in gaps_of(paper=LegalPaper.objects.get(), actor=lawyer)} == codes(refused)


@pytest.mark.parametrize(
    ("kind", "values", "code"),
    [
        ("settlement", {"plan": [["tomorrow", "999999.00"]]}, "agreed"),
        ("settlement", {"plan": [["today", "10.00"]]}, "plan"),
        ("preservation", {"amount": "999999.00"}, "amount"),
        ("preservation", {"leads": []}, "leads"),
        ("assignment_notice", {"assigned_on": "tomorrow"}, "assigned_on"),
        ("enforcement", {"paid_since": [["yesterday", "99999.00"]]}, "remaining"),
        ("payment_order", {"no_mutual_debt": False}, "no_mutual_debt"),
        ("power_of_attorney", {"plaintiff_representative": ""}, "creditor.representative"),
        ("complaint", {"facts": "𠮷"}, "characters"),
    ],
)
def test_what_does_not_add_up(matter: Matter, lawyer: User, kind: str, values: dict[str, Any], code: str) -> None:
    paper = write(matter, lawyer, kind, **_dated(values))
    assert code in {reason.code for reason in gaps_of(paper=paper, actor=lawyer)}


def _dated(value: Any) -> Any:
    """With the days by their names: a run may go past midnight."""
    days = {"yesterday": today() - ONE, "today": today(), "tomorrow": today() + ONE}
    if isinstance(value, dict):
        return {name: _dated(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_dated(part) for part in value]
    return days[value].isoformat() if value in days else value


def test_a_draft_is_changed_and_an_approved_paper_is_not(matter: Matter, lawyer: User) -> None:
    paper = write(matter, lawyer)
    content = filled("complaint") | {"facts": "Neu."}
    assert edit_paper(paper=paper, content=content, actor=lawyer).content["facts"] == "Neu."
    assert AuditEvent.objects.get(action="edit_paper").detail == {"changed": ["facts"]}
    with pytest.raises(LegalRefused, match="no field"):
        edit_paper(paper=paper, content={"nonsense": 1}, actor=lawyer)
    with pytest.raises(LegalRefused, match="may not stand"):
        edit_paper(paper=paper, content=content | {"facts": "You will be arrested."}, actor=lawyer)
    review_paper(paper=paper, actor=lawyer)
    approve_paper(paper=paper, actor=lawyer)
    with pytest.raises(LegalRefused, match="Only a draft"):
        edit_paper(paper=paper, content=content, actor=lawyer)
    with pytest.raises(MoveRefused):
        reopen_paper(paper=paper, actor=lawyer, reason="")
    again = reopen_paper(paper=paper, actor=lawyer, reason="the clause is wrong")
    assert (again.state, again.approved_by, again.template) == ("draft", None, None)
    assert drop_paper(paper=paper, actor=lawyer, reason="not needed").state == "dropped"


def test_a_kind_that_the_creditors_rules_do_not_know_is_no_draft(matter: Matter, lawyer: User) -> None:
    with pytest.raises(LegalRefused):
        write(matter, lawyer, "validation_notice")


def test_an_approval_falls_with_the_lawyer(matter: Matter, lawyer: User) -> None:
    paper = approved(matter, lawyer)
    Lawyer.objects.update(is_active=False)
    with pytest.raises(LetterRefused) as refused:
        issue_paper(paper=paper, actor=lawyer, on=today())
    assert "lawyer" in codes(refused)


def test_it_is_delivered_with_its_receipt(matter: Matter, lawyer: User) -> None:
    paper = issue_paper(paper=approved(matter, lawyer), actor=lawyer, on=today())
    for values in (
        {"on": today() + ONE, "note": "x", "arrived": True},
        {"on": today() - ONE, "note": "x", "arrived": True},
        {"on": today(), "note": " ", "arrived": True},
        {"on": today(), "note": "x", "arrived": True, "proof": b"MZ"},
    ):
        with pytest.raises(LegalRefused):
            deliver_paper(paper=paper, actor=lawyer, **values)
    done = deliver_paper(paper=paper, actor=lawyer, on=today(), note="signed", arrived=True, proof=b"%PDF-1.7 slip")
    assert (done.state, done.delivered_on, done.receipt.kind) == ("delivered", today(), "receipt")
    with pytest.raises(MoveRefused):
        deliver_paper(paper=paper, actor=lawyer, on=today(), note="x", arrived=False)


def test_it_comes_back(matter: Matter, lawyer: User) -> None:
    paper = issue_paper(paper=approved(matter, lawyer), actor=lawyer, on=today())
    assert deliver_paper(paper=paper, actor=lawyer, on=today(), note="moved", arrived=False).state == "returned"


def test_what_goes_to_the_borrower_passes_the_gate_and_is_a_contact(matter: Matter, lawyer: User) -> None:
    paper = issue_paper(paper=approved(matter, lawyer, "settlement"), actor=lawyer, on=today())
    contact = ContactRecord.objects.get()
    assert (contact.notes, contact.channel) == (paper.number, "post")
    assert contact.decision.allowed
    ContactCondition.objects.create(
        borrower=matter.case.borrower, person_key=matter.case.borrower.person_key, kind="flag", code="cease",
        source="letter", since=contact.at,
    )  # fmt: skip
    with pytest.raises(LetterRefused) as refused:
        issue_paper(paper=approved(matter, lawyer, "assignment_notice"), actor=lawyer, on=today())
    assert codes(refused) == {"gate"}
    assert GateDecision.objects.filter(allowed=False).count() == 1
    issue_paper(paper=approved(matter, lawyer, "complaint"), actor=lawyer, on=today())
    assert ContactRecord.objects.count() == 1


def test_the_validation_notice_opens_the_time_to_dispute() -> None:
    matter = make_matter("one", pack="us_reg_f")
    lawyer = account_of(matter)
    paper = issue_paper(paper=approved(matter, lawyer, "validation_notice"), actor=lawyer, on=today())
    notice = ContactCondition.objects.get()
    assert (notice.kind, notice.code, notice.proof) == ("notice", "validation_notice", paper.number)


def test_a_whole_id_number_is_revealed_with_a_trace(matter: Matter, lawyer: User) -> None:
    reveals = AuditEvent.objects.filter(action="reveal", subject_type="borrower", field="id_no")
    preview_paper(paper=write(matter, lawyer, "settlement"), actor=lawyer)
    assert reveals.count() == 0
    preview_paper(paper=write(matter, lawyer, "complaint"), actor=lawyer)
    assert reveals.count() == 1
    issue_paper(paper=approved(matter, lawyer, "complaint"), actor=lawyer, on=today())
    assert reveals.count() == 2


def test_others_get_nothing(matter: Matter, lawyer: User) -> None:
    paper = approved(matter, lawyer)
    stranger = UserFactory.create(role="collector", team=matter.case.team)
    steps: list[Any] = [
        lambda: preview_paper(paper=paper, actor=stranger),
        lambda: gaps_of(paper=paper, actor=stranger),
        lambda: issue_paper(paper=paper, actor=stranger, on=today()),
        lambda: write(matter, stranger),
        lambda: drop_paper(paper=paper, actor=stranger, reason="x"),
        lambda: read_paper(paper=paper, actor=stranger),
    ]
    for step in steps:
        with pytest.raises(PermissionDenied):
            step()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_papers_at_the_same_time_get_numbers_without_gap() -> None:
    matter = make_matter("one")
    lawyer = account_of(matter)
    papers = [approved(matter, lawyer) for _ in range(6)]
    papers.append(approved(matter, lawyer, rate_clause=""))
    start, refused = threading.Barrier(len(papers)), []

    def issue(paper: LegalPaper) -> None:
        try:
            start.wait(timeout=60)
            issue_paper(paper=paper, actor=lawyer, on=today())
        except LetterRefused as refusal:
            refused.append(str(refusal))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=issue, args=[paper]) for paper in papers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert len(refused) == 1
    numbers = LegalPaper.objects.filter(state="issued").values_list("number", flat=True)
    assert sorted(int(number[-6:]) for number in numbers) == list(range(1, 7))
    assert PaperCounter.objects.get().last == 6


def test_a_matter_that_is_withdrawn_while_its_paper_is_made_ready_issues_nothing(
    matter: Matter, lawyer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = approved(matter, lawyer)

    def meanwhile(*_args: Any) -> list[Any]:
        make_move(matter=matter, name="withdraw", actor=lawyer, reason="an error", ended_on=today())
        return []

    monkeypatch.setattr("legal.services.papers.issuing.reasons_against", meanwhile)
    with pytest.raises(LetterRefused) as refused:
        issue_paper(paper=paper, actor=lawyer, on=today())
    assert {"matter", "case"} <= codes(refused)
    assert not PaperCounter.objects.exists()
    assert LegalPaper.objects.get(pk=paper.pk).state == "approved"


@pytest.mark.parametrize("scope", ["due", "by_suit"])
def test_what_is_proposed_for_the_suit_is_what_the_issued_complaint_states(
    matter: Matter, lawyer: User, scope: str
) -> None:
    Matter.objects.filter(pk=matter.pk).update(lawyers_fee="800.00")
    matter = Matter.objects.get(pk=matter.pk)
    paper = issue_paper(paper=approved(matter, lawyer, scope=scope), actor=lawyer, on=today())
    stated: Any = content_of(draft_of(paper=paper, actor=lawyer, on=today()))
    fee = next(line.amount for line in stated.costs if line.amount != 800)
    needs = ["claim_cut_off", "claimed_amount", "court_fee", "procedure"]
    told = suggest(matter=matter, name="file_suit", needs=needs, sets=needs)
    assert (told["claim_cut_off"], told["claimed_amount"]) == (today(), stated.total - fee)
