"""Lawyer's letters go by the creditor's post when they are sealed, and their papers follow what the carrier tells."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.utils import timezone
from pypdf import PdfReader

from borrowers.models import AuditEvent, User
from cases.letters.print_copy import is_signed
from cases.models import ContactRecord, Letter, Posting, PrintRun
from cases.services.carrier_file import Line, take_carrier_file
from cases.services.letters import issue_demand_letter
from cases.services.posting import letters_to_post, make_print_run
from legal.models import FirmCertificate, LawFirm, LegalPaper, Matter
from legal.services.certificates import file_certificate
from legal.services.matters import MoveRefused
from legal.services.papers.delivery import deliver_paper
from tests.legal.conftest import today
from tests.legal.papers.certificates import PASSPHRASE, pkcs12_file
from tests.legal.test_lawyers_letters import approve, draft, issue_paper

ONE = dt.timedelta(days=1)


@pytest.fixture
def certificate(firm: LawFirm, legal: User) -> FirmCertificate:
    return file_certificate(firm=firm, data=pkcs12_file(), passphrase=PASSPHRASE, actor=legal)


@pytest.fixture
def paper(ready: Matter, legal: User, certificate: FirmCertificate) -> LegalPaper:
    return issue_paper(paper=approve(draft(ready, legal), legal), actor=legal, on=today())


@pytest.fixture
def run(paper: LegalPaper, supervisor: User) -> PrintRun:
    return make_print_run(creditor=paper.matter.case.creditor, actor=supervisor, now=timezone.now())


def take(run: PrintRun, by: User, *words: str, today_is: dt.date | None = None) -> Line:
    letter = run.postings.get(letter__kind="lawyer").letter.number
    data = f"letter,tracking_no,state,date,signed_by,reason\n{','.join((letter, *words))}\n".encode()
    last = today_is or today() + 5 * ONE
    (line,) = take_carrier_file(run=run, actor=by, name="c.csv", data=data, dry_run=False, today=last)
    assert not line.problem
    return line


def waiting(creditor: Any) -> list[Letter]:
    return [one.letter for one in letters_to_post(creditor=creditor, now=timezone.now())]


def test_a_sealed_letter_is_printed_as_it_looks_in_the_firms_own_envelope(
    paper: LegalPaper, supervisor: User, firm: LawFirm
) -> None:
    demand = issue_demand_letter(case=paper.matter.case, actor=supervisor, on=today())
    run = make_print_run(creditor=demand.creditor, actor=supervisor, now=timezone.now())
    assert paper.letter is not None
    assert is_signed(paper.letter.document.read())
    printed = run.pdf.read()
    assert not is_signed(printed)
    first, second = csv.DictReader(io.StringIO(run.addresses.read().decode("utf-8-sig")))
    assert (first["letter"], second["letter"]) == (paper.letter.number, demand.number)
    assert (first["kind"], first["sender"], first["sender_address"]) == ("lawyer's letter", firm.name, firm.address)
    assert (second["kind"], second["sender"]) == ("demand letter", demand.creditor.name)
    page = PdfReader(io.BytesIO(printed)).pages[paper.letter.pages - 1]
    assert "/Field0" in page["/Resources"]["/XObject"]  # the seal is drawn on the page that was sealed
    assert not page.get("/Annots")


def test_what_the_firm_must_stamp_by_hand_stays_with_the_firm(ready: Matter, legal: User) -> None:
    unsealed = issue_paper(paper=approve(draft(ready, legal), legal), actor=legal, on=today())
    assert unsealed.letter is not None
    assert waiting(ready.case.creditor) == []


def test_what_has_arrived_by_another_way_is_not_printed(paper: LegalPaper, legal: User) -> None:
    creditor = paper.matter.case.creditor
    assert waiting(creditor) == [paper.letter]
    deliver_paper(paper=paper, actor=legal, on=today(), note="by courier", arrived=True)
    assert waiting(creditor) == []


@pytest.mark.parametrize("state", ["delivered", "returned"])
def test_the_paper_follows_the_carriers_file(run: PrintRun, paper: LegalPaper, supervisor: User, state: str) -> None:
    take(run, supervisor, "T1", "", "", "", "")
    assert LegalPaper.objects.get().state == "issued"  # on its way
    take(run, supervisor, "T1", state, f"{today()}", "B. Sample", "")
    told = LegalPaper.objects.get()
    assert (told.state, told.delivered_on, told.delivery_note) == (state, today(), "T1 · B. Sample")
    event = AuditEvent.objects.get(subject_type="legalpaper", old="issued")
    assert (event.actor, event.new, event.detail) == (None, state, {"posting": run.postings.get().pk})
    take(run, supervisor, "T1", state, f"{today()}", "B. Sample", "")  # the same file again
    assert (
        AuditEvent.objects.filter(subject_type="legalpaper", subject_id=told.pk, detail__has_key="posting").count() == 1
    )


def test_a_later_word_moves_it_again_and_a_lost_letter_proves_nothing(
    run: PrintRun, paper: LegalPaper, supervisor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def now() -> tuple[str, dt.date | None]:
        return LegalPaper.objects.values_list("state", "delivered_on").get()

    monkeypatch.setattr("cases.services.posting_told.write_contact", lambda **_told: None)  # their days lie ahead
    take(run, supervisor, "T1", "returned", f"{today()}", "", "closed")
    assert now() == ("returned", today())
    take(run, supervisor, "T1", "delivered", f"{today() + ONE}", "B. Sample", "")
    assert now() == ("delivered", today() + ONE)
    take(run, supervisor, "T1", "delivered", f"{today() + 2 * ONE}", "B. Sample", "")  # its day was mistyped
    assert now() == ("delivered", today() + 2 * ONE)
    take(run, supervisor, "T1", "lost", f"{today() + 3 * ONE}", "", "")
    assert now() == ("returned", today() + 3 * ONE)


def test_both_stand_or_fall_together(
    run: PrintRun, paper: LegalPaper, supervisor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_told: Any, **_more: Any) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("legal.services.posting.move_paper", refuse)
    with pytest.raises(RuntimeError):
        take(run, supervisor, "T1", "delivered", f"{today()}", "", "")
    assert Posting.objects.get().state == "printed"
    assert not ContactRecord.objects.filter(outcome="served").exists()


@pytest.mark.parametrize("arrived", [True, False])
def test_told_by_a_person_the_posting_is_settled_with_it(
    run: PrintRun, paper: LegalPaper, legal: User, arrived: bool
) -> None:
    deliver_paper(paper=paper, actor=legal, on=today(), note="slip", arrived=arrived, proof=b"%PDF-1.7 slip")
    posting, told = Posting.objects.get(), LegalPaper.objects.get()
    assert posting.state == told.state == ("delivered" if arrived else "returned")
    assert posting.settled_on == told.delivered_on == today()
    assert (told.delivery_note, told.receipt is not None) == ("slip", True)
    assert ContactRecord.objects.filter(outcome="served" if arrived else "returned").count() == 1
    with pytest.raises(MoveRefused):
        deliver_paper(paper=paper, actor=legal, on=today(), note="again", arrived=not arrived)


def test_a_demand_letter_has_no_paper_to_follow(ready: Matter, supervisor: User) -> None:
    demand = issue_demand_letter(case=ready.case, actor=supervisor, on=today())
    run = make_print_run(creditor=demand.creditor, actor=supervisor, now=timezone.now())
    data = f"letter,state,date\n{demand.number},delivered,{today()}\n".encode()
    take_carrier_file(run=run, actor=supervisor, name="c.csv", data=data, dry_run=False, today=today())
    assert Posting.objects.get().state == "delivered"
    assert not LegalPaper.objects.exists()
