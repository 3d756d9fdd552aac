"""Issued papers in bulk: in print order, each noted, none of another's, signed ones with their signatures whole."""

from __future__ import annotations

import csv
import datetime as dt
import io
import tracemalloc
import zipfile
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from borrowers.models import AuditEvent, User
from cases.letters.print_copy import is_signed
from legal.models import LawFirm, Lawyer, LegalPaper, Matter, MatterBatch
from legal.services.bulk_download import (
    Wanted,
    choose_papers,
    issued_papers,
    papers_of,
    place_papers,
    write_print_pdf,
    write_zip,
)
from legal.services.letters import approve_paper, draft_lawyers_letter, issue_paper, review_paper
from legal.services.matters import LegalRefused
from tests.cases.letters.test_print_copy import signed as signed_fixture
from tests.factories import CreditorFactory, TeamFactory, UserFactory
from tests.legal.conftest import today
from tests.legal.rows import OPENED, blank_pdf, issued_paper, matter_in

signed = signed_fixture


def many(creditor: Any, by: User, pages: tuple[int, ...]) -> list[LegalPaper]:
    return [
        issued_paper(matter_in(creditor, "filing"), by, blank_pdf(count, f"{place}"), f"N-{place:03d}")
        for place, count in enumerate(pages, start=1)
    ]


def fetch(user: User, papers: Any = None) -> list[LegalPaper]:
    chosen = choose_papers(papers=issued_papers(user, Wanted()) if papers is None else papers, actor=user)
    return papers_of(chosen, user)


def test_each_begins_on_an_odd_page_and_the_list_says_which(creditor: Any, legal: User) -> None:
    many(creditor, legal, (1, 2, 3, 1))
    papers = fetch(legal)
    target = io.BytesIO()
    assert write_print_pdf(papers=papers, actor=legal, target=target, with_copies=False) == 4
    placed = place_papers(papers, with_copies=False)
    assert [(one.first, one.last) for one in placed] == [(1, 1), (3, 4), (5, 7), (9, 9)]
    reader = PdfReader(target)
    assert len(reader.pages) == 9
    marks: list[Any] = reader.outline
    titles = [(mark["/Title"], reader.get_destination_page_number(mark)) for mark in marks]
    assert titles == [("N-001", 0), ("N-002", 2), ("N-003", 4), ("N-004", 8)]


def test_a_download_is_noted_with_each_paper_and_makes_it_no_longer_new(creditor: Any, legal: User) -> None:
    first, second = many(creditor, legal, (1, 1))
    assert list(issued_papers(legal, Wanted(only_new=True))) == [first, second]
    write_print_pdf(papers=[first], actor=legal, target=io.BytesIO(), with_copies=False)
    assert list(issued_papers(legal, Wanted(only_new=True))) == [second]
    event = AuditEvent.objects.get(action="downloaded")
    assert (event.subject_type, event.subject_id, event.actor) == ("legalpaper", first.pk, legal)
    assert event.borrower == first.matter.case.borrower
    assert event.detail["sha256"] == first.document.sha256


def test_a_letter_is_noted_as_a_single_download_of_it_is(ready: Matter, legal: User, client: Client) -> None:
    pay_by = today() + dt.timedelta(days=15)
    paper = draft_lawyers_letter(matter=ready, actor=legal, language="en", pay_by=pay_by, remarks="")
    review_paper(paper=paper, actor=legal)
    approve_paper(paper=paper, actor=legal)
    letter = issue_paper(paper=paper, actor=legal, on=today()).letter
    assert letter is not None
    [found] = issued_papers(legal, Wanted(only_new=True))
    client.force_login(legal)
    assert client.get(reverse("cases:letter_download", args=[letter.pk])).status_code == 200
    assert list(issued_papers(legal, Wanted(only_new=True))) == []
    write_zip(papers=[found], actor=legal, target=io.BytesIO())
    noted = AuditEvent.objects.filter(action="downloaded", subject_type="letter", subject_id=letter.pk)
    assert [event.actor for event in noted] == [legal, legal]


def test_the_zip_has_each_as_it_was_issued_and_the_address_list(ready: Matter, legal: User) -> None:
    data = blank_pdf(2)
    issued_paper(ready, legal, data, "=N-1", figures={"addressee": {"name": "+Name", "address": "@Lane"}},
                 kind="assignment_notice")  # fmt: skip
    target = io.BytesIO()
    assert write_zip(papers=fetch(legal), actor=legal, target=target) == 1
    with zipfile.ZipFile(target) as archive:
        assert archive.read("0001-=N-1.pdf") == data
        text = archive.read("addresses.csv").decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(text))
    assert row == {
        "position": "1",
        "number": "'=N-1",
        "kind": "notice of assignment",
        "name": "'+Name",
        "address": "'@Lane",
        "case": ready.case.case_no,
        "court_case_no": "",
        "pages": "2",
        "first_page": "1",
        "last_page": "2",
    }


def test_a_signed_paper_keeps_its_signature_in_the_zip_alone(creditor: Any, legal: User, signed: bytes) -> None:
    issued_paper(matter_in(creditor, "filing"), legal, signed, "N-0")
    papers = fetch(legal)
    with pytest.raises(LegalRefused):
        write_print_pdf(papers=papers, actor=legal, target=io.BytesIO(), with_copies=False)
    assert not AuditEvent.objects.filter(action="downloaded").exists()
    many(creditor, legal, (1,))
    papers = fetch(legal)
    assert [(one.first, one.signed) for one in place_papers(papers, with_copies=False)] == [(0, True), (1, False)]
    assert [(one.first, one.signed) for one in place_papers(papers, with_copies=True)] == [(1, True), (3, False)]
    without, with_copy, archive = io.BytesIO(), io.BytesIO(), io.BytesIO()
    assert write_print_pdf(papers=papers, actor=legal, target=without, with_copies=False) == 1
    assert write_print_pdf(papers=papers, actor=legal, target=with_copy, with_copies=True) == 2
    assert not is_signed(with_copy.getvalue())
    assert "SEALED" in PdfReader(with_copy).pages[1].extract_text()
    write_zip(papers=papers, actor=legal, target=archive)
    with zipfile.ZipFile(archive) as opened:
        assert opened.read("0001-N-0.pdf") == signed


def test_a_changed_file_stops_the_whole(creditor: Any, legal: User) -> None:
    papers = many(creditor, legal, (1, 1))
    assert papers[1].document is not None
    path = default_storage.path(papers[1].document.path)
    with open(path, "ab") as stored:  # noqa: PTH123
        stored.write(b"x")
    with pytest.raises(LegalRefused, match="N-002"):
        write_zip(papers=papers, actor=legal, target=io.BytesIO())
    assert not AuditEvent.objects.filter(action="downloaded").exists()


def test_it_is_narrowed(creditor: Any, legal: User, firm: LawFirm) -> None:
    other = CreditorFactory.create()
    TeamFactory.create(creditors=[other])
    legal.creditors.add(other)
    batch = MatterBatch.objects.create(creditor=creditor, name="B", made_by=legal)
    one = issued_paper(matter_in(creditor, "filing", batch=batch, firm=firm), legal, blank_pdf(title="1"), "N-1")
    two = issued_paper(
        matter_in(other, "filing"), legal, blank_pdf(title="2"), "N-2", kind="enforcement", issued_on=today()
    )
    LegalPaper.objects.create(matter=one.matter, language="en", drafted_by=legal)
    narrowed: list[tuple[dict[str, Any], list[LegalPaper]]] = [
        ({}, [two, one] if other.code < creditor.code else [one, two]),
        ({"kind": "enforcement"}, [two]),
        ({"issued_from": today()}, [two]),
        ({"issued_until": OPENED}, [one]),
        ({"batch": batch}, [one]),
        ({"creditor": other}, [two]),
        ({"firm": firm}, [one]),
        ({"words": one.matter.case.case_no}, [one]),
        ({"words": "N-2"}, [two]),
    ]
    for told, found in narrowed:
        assert list(issued_papers(legal, Wanted(**told))) == found, told


def test_who_gets_which(creditor: Any, legal: User, clerk: User, firm: LawFirm, client: Client) -> None:
    paper = issued_paper(matter_in(creditor, "filing", firm=firm), legal, blank_pdf(), "N-1")
    counsel, stranger = UserFactory.create(role="counsel"), UserFactory.create(role="counsel")
    Lawyer.objects.create(firm=firm, name="C", licence_no="L-9", user=counsel)
    assert fetch(counsel) == [paper]
    for user in (stranger, UserFactory.create(role="legal", creditors=[CreditorFactory.create()])):
        with pytest.raises(LegalRefused):
            choose_papers(papers=LegalPaper.objects.all(), actor=user)
    chosen = choose_papers(papers=LegalPaper.objects.all(), actor=counsel)
    with pytest.raises(PermissionDenied):
        papers_of(chosen, clerk)
    client.force_login(clerk)
    assert client.get(reverse("legal:download_set", args=[chosen.pk])).status_code == 404
    assert client.get(reverse("legal:download_file", args=[chosen.pk, "zip"])).status_code == 404
    # What was chosen is looked at anew: the lawyer has left the firm.
    Lawyer.objects.update(is_active=False)
    assert papers_of(chosen, counsel) == []


def test_the_whole_way_by_forms(creditor: Any, legal: User, client: Client) -> None:
    many(creditor, legal, (1, 2))
    client.force_login(legal)
    page = client.get(reverse("legal:downloads"), {"new": "on", "kind": "complaint"}).content.decode()
    assert page.count("not yet") == 2
    answer = client.post(reverse("legal:choose_downloads"), {"all": "1", "new": "on"})
    page = client.get(answer["Location"]).content.decode()
    assert "One PDF, 2 papers on 4 pages" in page
    chosen = AuditEvent.objects.get(action="choose_papers")
    fetched = {}
    for form in ("print", "addresses", "zip"):
        response = client.get(reverse("legal:download_file", args=[chosen.pk, form]))
        fetched[form] = b"".join(response.streaming_content)  # type: ignore[attr-defined]
        assert "attachment" in response["Content-Disposition"]
    assert fetched["print"].startswith(b"%PDF")
    assert fetched["addresses"].startswith(b"\xef\xbb\xbfposition,number")
    assert zipfile.ZipFile(io.BytesIO(fetched["zip"])).testzip() is None
    # The set stays what it was, though nothing in it is new any more.
    assert "One PDF, 2 papers" in client.get(reverse("legal:download_set", args=[chosen.pk])).content.decode()
    assert client.post(reverse("legal:choose_downloads"), {"paper": []})["Location"] == reverse("legal:downloads")
    assert client.get(reverse("legal:download_file", args=[chosen.pk, "exe"])).status_code == 404


def test_the_list_takes_as_many_queries_for_fifty_as_for_five(creditor: Any, legal: User, client: Client) -> None:
    client.force_login(legal)
    taken = []
    for count in (5, 45):
        many_more = [1] * count
        for number, _pages in enumerate(many_more):
            issued_paper(matter_in(creditor, "filing"), legal, blank_pdf(), f"N-{count}-{number}")
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("legal:downloads"))
        taken.append(len(queries))
    assert taken[0] == taken[1]
    assert taken[0] <= 12


def test_many_letters_take_bounded_memory(ready: Matter, legal: User) -> None:
    """Real letters with their embedded fonts, which are not kept once a letter (measured: 300 letters in 2 s)."""
    pay_by = today() + dt.timedelta(days=15)
    paper = draft_lawyers_letter(matter=ready, actor=legal, language="zh-hans", pay_by=pay_by, remarks="")
    review_paper(paper=paper, actor=legal)
    approve_paper(paper=paper, actor=legal)
    issue_paper(paper=paper, actor=legal, on=today())
    [one] = papers_of(choose_papers(papers=issued_papers(legal, Wanted()), actor=legal), legal)
    papers = [one] * 100
    tracemalloc.start()
    target = io.BytesIO()
    write_print_pdf(papers=papers, actor=legal, target=target, with_copies=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000_000
    assert one.file is not None
    assert target.tell() < 100 * one.file.size / 2
