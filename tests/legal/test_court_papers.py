"""Papers of courts find their matter by the numbers they bear, and wait for a person when those do not say."""

from __future__ import annotations

import hashlib
import io
from time import monotonic
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfWriter
from pypdf.generic import NameObject, StreamObject

from borrowers.models import AuditEvent, User
from borrowers.models.document import DocumentChanged
from legal.models import CourtPaper, LawFirm, Lawyer, Matter
from legal.rules.court_papers import guess_kind
from legal.services.court_paper_matching import bearing_of, suggestions
from legal.services.court_papers import (
    Came,
    Upload,
    assign_court_paper,
    discard_court_paper,
    offered_move,
    read_court_paper,
    take_court_papers,
)
from legal.services.matters import LegalRefused
from tests.factories import CreditorFactory, TeamFactory, UserFactory
from tests.legal.conftest import today
from tests.legal.rows import blank_pdf, matter_in, text_pdf

NUMBER = "（2026）沪0115民初12345号"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def take(actor: User, *files: tuple[str, bytes], **values: Any) -> list[Upload]:
    return take_court_papers(files=files, received_on=today(), actor=actor, **values)


@pytest.fixture
def accepted(creditor: Any) -> Matter:
    return matter_in(creditor, "accepted", court_case_no=NUMBER)


def test_by_the_number_in_the_name(accepted: Matter, creditor: Any, legal: User) -> None:
    matter_in(creditor, "accepted", court_case_no="（2026）沪0115民初1234号")
    [upload] = take(legal, ("(2026)沪0115民初12345号 传票.png", PNG))
    assert upload.came == Came.FILED
    paper = CourtPaper.objects.get()
    assert (paper.matter, paper.kind, paper.court_case_no) == (accepted, "summons", NUMBER)
    assert paper.document is not None
    assert paper.document.read() == PNG
    assert (paper.document.kind, paper.document.borrower) == ("court", accepted.case.borrower)
    event = AuditEvent.objects.get(action="file_court_paper")
    assert (event.borrower, event.actor) == (accepted.case.borrower, legal)
    assert event.detail["sha256"] == hashlib.sha256(PNG).hexdigest()


@pytest.mark.parametrize("written", [NUMBER, "(2026)沪0115民初12345号", "（ 2026 ）沪 0115 民初 12345 号"])
@pytest.mark.parametrize("stored", [NUMBER, "(2026)沪0115民初12345号", "（2026） 沪0115民初 012345 号"])
def test_by_the_number_in_the_text(creditor: Any, legal: User, written: str, stored: str) -> None:
    matter = matter_in(creditor, "accepted", court_case_no=stored)
    data = text_pdf("示例市示例区人民法院", "民事判决书", written, "原告：示例贷款公司")
    assert take(legal, ("scan 1.pdf", data))[0].came == Came.FILED
    paper = CourtPaper.objects.get()
    assert (paper.matter, paper.kind, paper.court_case_no) == (matter, "judgment", NUMBER)


@pytest.mark.parametrize("column", ["appeal_case_no", "enforcement_case_no"])
def test_by_the_numbers_of_appeal_and_enforcement(creditor: Any, legal: User, column: str) -> None:
    matter = matter_in(creditor, "appeal", court_case_no=NUMBER, **{column: "（2026）沪01民终7号"})
    take(legal, ("（2026）沪01民终7号.pdf", blank_pdf()))
    assert CourtPaper.objects.get().matter == matter


def test_by_our_own_case_number(accepted: Matter, legal: User) -> None:
    take(legal, (f"{accepted.case.case_no} fee receipt.pdf", blank_pdf()))
    paper = CourtPaper.objects.get()
    assert (paper.matter, paper.kind) == (accepted, "fee_receipt")


def test_the_name_goes_before_the_text(accepted: Matter, creditor: Any, legal: User) -> None:
    other = matter_in(creditor, "accepted", court_case_no="（2026）沪0115民初999号")
    take(legal, (f"{NUMBER}.pdf", text_pdf("see also （2026）沪0115民初999号")))
    assert CourtPaper.objects.get().matter == accepted
    assert not other.court_papers.exists()


def test_what_fits_two_matters_waits_with_both(accepted: Matter, creditor: Any, legal: User) -> None:
    other = matter_in(creditor, "accepted", court_case_no=NUMBER)
    [upload] = take(legal, (f"{NUMBER}.pdf", blank_pdf()))
    assert upload.came == Came.WAITING
    paper = CourtPaper.objects.get()
    assert paper.matter is None
    assert {matter.pk for matter in suggestions([paper], legal)[paper.pk]} == {accepted.pk, other.pk}


def test_a_paper_that_only_cites_a_number_waits(accepted: Matter, creditor: Any, legal: User) -> None:
    """An order of another suit that mentions ours: its own number, which stands first, is not known yet."""
    own = "（2026）沪0115民初777号"
    [upload] = take(legal, ("scan.pdf", text_pdf("民事裁定书", own, "被告：示例人乙", f"另案{NUMBER}已立案")))
    assert upload.came == Came.WAITING
    paper = CourtPaper.objects.get()
    assert paper.numbers == [own, NUMBER]
    assert suggestions([paper], legal)[paper.pk] == [accepted]


def test_a_judgment_of_the_second_instance_names_the_first_and_the_borrower(creditor: Any, legal: User) -> None:
    matter = matter_in(creditor, "appeal", court_case_no=NUMBER, case__borrower__name="示例人甲")
    data = text_pdf("民事判决书", "（2026）沪01民终7号", "上诉人：示例人甲", f"不服一审{NUMBER}民事判决")
    assert take(legal, ("scan.pdf", data))[0].came == Came.FILED
    assert CourtPaper.objects.get().matter == matter


def test_a_small_file_that_unpacks_to_a_flood_is_not_read(accepted: Matter, legal: User) -> None:
    writer = PdfWriter()
    page = writer.add_blank_page(width=100, height=100)
    flood = StreamObject()
    flood.set_data(b"BT (x) Tj ET\n" * 1_000_000)
    page[NameObject("/Contents")] = writer._add_object(flood.flate_encode(9))
    target = io.BytesIO()
    writer.write(target)
    assert len(target.getvalue()) < 100_000
    started = monotonic()
    assert bearing_of("scan.pdf", target.getvalue(), "application/pdf").text == ""
    assert monotonic() - started < 2
    assert take(legal, ("scan.pdf", target.getvalue()))[0].came == Came.WAITING


def test_a_name_alone_files_nothing_it_suggests(creditor: Any, legal: User) -> None:
    matter = matter_in(creditor, "filing", case__borrower__name="示例人甲")
    [upload] = take(legal, ("受理通知书.pdf", text_pdf(f"案件受理通知书 {NUMBER}", "被告：示例人甲")))
    assert upload.came == Came.WAITING
    paper = CourtPaper.objects.get()
    assert (paper.kind, paper.court_case_no) == ("acceptance", NUMBER)
    assert suggestions([paper], legal)[paper.pk] == [matter]


def test_the_same_bytes_stand_once_in_a_matter(accepted: Matter, creditor: Any, legal: User) -> None:
    data = blank_pdf()
    assert [one.came for one in take(legal, (f"{NUMBER}.pdf", data), (f"{NUMBER} copy.pdf", data))] == [
        Came.FILED,
        Came.TWICE,
    ]
    assert take(legal, ("no number.pdf", data))[0].came == Came.TWICE
    assert take(legal, ("x.pdf", data), matter=accepted)[0].came == Came.TWICE
    # Another matter may have them too: one judgment for two.
    other = matter_in(creditor, "judged")
    assert take(legal, ("x.pdf", data), matter=other)[0].came == Came.FILED
    assert CourtPaper.objects.count() == 2


def test_what_waits_stands_once_too(legal: User) -> None:
    data = blank_pdf()
    assert [one.came for one in take(legal, ("a.pdf", data), ("b.pdf", data))] == [Came.WAITING, Came.TWICE]


def test_one_bad_file_keeps_no_other_from_being_filed(accepted: Matter, legal: User) -> None:
    uploads = take(
        legal,
        ("a.exe", b"MZ"),
        ("empty.pdf", b""),
        ("large.pdf", b"%PDF-" + bytes(10 * 1024 * 1024)),
        ("broken.pdf", b"%PDF-1.7 not really"),
        (f"{NUMBER}.pdf", blank_pdf()),
    )
    assert [one.came for one in uploads] == [Came.REFUSED] * 3 + [Came.WAITING, Came.FILED]
    assert all(one.problem for one in uploads[:3])


def test_a_person_says_to_which_matter(accepted: Matter, legal: User) -> None:
    data = blank_pdf(title="who knows")
    paper = take(legal, ("scan.pdf", data))[0].paper
    assert paper is not None
    stored = paper.upload_path
    assert read_court_paper(paper=paper, actor=legal) == data
    filed = assign_court_paper(paper=paper, matter=accepted, actor=legal, kind="ruling")
    assert (filed.matter, filed.kind, filed.upload_path) == (accepted, "ruling", "")
    assert read_court_paper(paper=filed, actor=legal) == data
    with pytest.raises(LegalRefused):
        assign_court_paper(paper=paper, matter=accepted, actor=legal)
    again = take(legal, ("scan.pdf", blank_pdf(title="another")))[0].paper
    assert again is not None
    assert default_storage.exists(again.upload_path)
    assert stored != again.upload_path


def test_a_waiting_paper_is_thrown_away_with_a_reason(legal: User, django_capture_on_commit_callbacks: Any) -> None:
    paper = take(legal, ("scan.pdf", blank_pdf()))[0].paper
    assert paper is not None
    with pytest.raises(LegalRefused):
        discard_court_paper(paper=paper, actor=legal, reason=" ")
    with django_capture_on_commit_callbacks(execute=True):
        discard_court_paper(paper=paper, actor=legal, reason="an advertisement")
    assert not CourtPaper.objects.exists()
    assert not default_storage.exists(paper.upload_path)
    assert AuditEvent.objects.get(action="discarded").reason == "an advertisement"


def test_a_changed_byte_is_not_given_out(accepted: Matter, legal: User, client: Client) -> None:
    paper = take(legal, (f"{NUMBER}.pdf", blank_pdf(title="to be changed")))[0].paper
    assert paper is not None
    assert paper.document is not None
    path = default_storage.path(paper.document.path)
    with open(path, "r+b") as stored:  # noqa: PTH123
        stored.seek(30)
        stored.write(b"\xff\xfe")
    with pytest.raises(DocumentChanged):
        read_court_paper(paper=paper, actor=legal)
    client.force_login(legal)
    answer = client.get(reverse("legal:court_paper", args=[paper.pk]))
    assert answer.status_code == 500
    assert b"%PDF" not in answer.content


def test_who_may_hand_in(accepted: Matter, supervisor: User, firm: LawFirm, creditor: Any) -> None:
    other_legal = UserFactory.create(role="legal", creditors=[CreditorFactory.create()])
    stranger = UserFactory.create(role="counsel")
    for actor in (supervisor, UserFactory.create(role="collector", team=creditor.teams.get()), other_legal, stranger):
        with pytest.raises(PermissionDenied):
            take(actor, ("a.pdf", blank_pdf()), matter=accepted)
    # Whoever does not see the matter hands in papers that wait, whatever number they bear.
    assert take(other_legal, (f"{NUMBER}.pdf", blank_pdf()))[0].came == Came.WAITING
    counsel = UserFactory.create(role="counsel")
    Lawyer.objects.create(firm=firm, name="C", licence_no="L-9", user=counsel)
    assert take(counsel, (f"{NUMBER}.pdf", blank_pdf(2)))[0].came == Came.WAITING
    Matter.objects.update(firm=firm)
    assert take(counsel, (f"{NUMBER}.pdf", blank_pdf(3)))[0].came == Came.FILED


def test_what_waits_is_seen_by_those_who_share_the_uploaders_creditors(creditor: Any, legal: User, clerk: User) -> None:
    other = CreditorFactory.create()
    TeamFactory.create(creditors=[other])
    both = UserFactory.create(role="legal", creditors=[creditor, other])
    counsel = UserFactory.create(role="counsel")
    mine, theirs, outside = (
        take(user, ("a.pdf", blank_pdf(pages)))[0].paper for pages, user in enumerate((legal, both, counsel), start=1)
    )
    seen = {user: set(CourtPaper.objects.visible_to(user)) for user in (legal, clerk, both, counsel)}
    assert seen == {legal: {mine}, clerk: {mine}, both: {mine, theirs}, counsel: {outside}}


@pytest.mark.parametrize(
    ("kind", "state", "move"),
    [
        ("acceptance", "filing", "accept"),
        ("acceptance", "served", None),
        ("service_receipt", "accepted", "serve"),
        ("hearing", "served", "fix_hearing"),
        ("judgment", "hearing", "hand_down"),
        ("judgment", "appeal", "decide_appeal"),
        ("mediation", "hearing", "mediate_in_court"),
        ("mediation", "mediation", "confirm_mediation"),
        ("payment_order", "payment_order", "issue_writ"),
        ("enforcement", "enforcement", "terminate"),
        ("other", "filing", None),
    ],
)
def test_the_move_that_a_paper_proves_is_offered(
    creditor: Any, legal: User, supervisor: User, kind: str, state: str, move: str | None
) -> None:
    matter = matter_in(creditor, state)
    paper = take(legal, (f"{NUMBER}.pdf", blank_pdf()), matter=matter, kind=kind)[0].paper
    assert paper is not None
    offer = offered_move(paper, legal)
    assert (offer.name if offer else None) == move
    assert offered_move(paper, supervisor) is None


def test_the_offer_fills_in_what_the_paper_tells(creditor: Any, legal: User, client: Client) -> None:
    matter = matter_in(creditor, "filing", filed_on=today())
    client.force_login(legal)
    upload = SimpleUploadedFile(f"{NUMBER} 受理通知书.pdf", blank_pdf())
    data = {"papers": [upload], "received_on": today().isoformat(), "kind": "", "note": "by post"}
    answer = client.post(reverse("legal:upload_court_papers", args=[matter.pk]), data)
    assert answer["Location"] == reverse("legal:matter", args=[matter.pk])
    panel = client.get(reverse("legal:court_papers_panel", args=[matter.pk])).content.decode()
    assert "Accepted by the court" in panel
    paper = CourtPaper.objects.get()
    assert paper.note == "by post"
    offer = offered_move(paper, legal)
    assert offer is not None
    form = client.get(f"{reverse('legal:move', args=[matter.pk, offer.name])}?{offer.query}").content.decode()
    assert f'value="{NUMBER}"' in form


def test_many_at_once_by_the_page(accepted: Matter, legal: User, client: Client) -> None:
    client.force_login(legal)
    files = [
        SimpleUploadedFile(f"{NUMBER} 传票.pdf", blank_pdf(1)),
        SimpleUploadedFile("scan.pdf", blank_pdf(2)),
        SimpleUploadedFile("a.pdf", b"MZ"),
    ]
    url = reverse("legal:court_papers")
    page = client.post(url, {"papers": files, "received_on": today().isoformat()}, follow=True).content.decode()
    assert "1 paper is filed." in page
    assert "1 paper waits" in page
    assert "a.pdf: The file is neither a PDF" in page
    waiting = CourtPaper.objects.get(matter=None)
    wrong = client.post(reverse("legal:assign_court_paper", args=[waiting.pk]), {"number": "no such"}, follow=True)
    assert "No matter has this number." in wrong.content.decode()
    client.post(reverse("legal:assign_court_paper", args=[waiting.pk]), {"number": NUMBER, "kind": "ruling"})
    assert accepted.court_papers.count() == 2
    answer = client.get(reverse("legal:court_paper", args=[waiting.pk]))
    assert answer.content == blank_pdf(2)
    assert answer["Content-Disposition"] == 'attachment; filename="scan.pdf"'
    assert AuditEvent.objects.filter(action="downloaded", subject_id=waiting.pk).count() == 1


def test_a_day_ahead_is_refused(accepted: Matter, legal: User, client: Client) -> None:
    client.force_login(legal)
    data = {"papers": [SimpleUploadedFile("a.pdf", blank_pdf())], "received_on": "2999-01-01"}
    assert client.post(reverse("legal:court_papers"), data).status_code == 422
    assert not CourtPaper.objects.exists()


@pytest.mark.parametrize("page", ["court_papers", "court_papers_panel"])
def test_it_takes_as_many_queries_for_fifty_as_for_five(
    accepted: Matter, legal: User, client: Client, page: str
) -> None:
    client.force_login(legal)
    url = reverse(f"legal:{page}", args=[accepted.pk] if page.endswith("panel") else [])
    taken = []
    for first, last in ((1, 5), (6, 50)):
        for number in range(first, last + 1):
            take(legal, (f"{NUMBER}.pdf", blank_pdf(title=f"f{number}")), ("w.pdf", blank_pdf(title=f"w{number}")))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        taken.append(len(queries))
    assert taken[0] == taken[1]
    assert taken[0] <= 12


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("受理案件通知书.pdf", "", "acceptance"),
        ("x.pdf", "示例法院 民 事 判 决 书", "judgment"),
        ("x.pdf", "送达回证 民事判决书", "service_receipt"),
        ("Notice of hearing.pdf", "", "hearing"),
        ("x.pdf", "民事裁定书 终结本次执行程序", "enforcement"),
        ("x.png", "", "other"),
        ("x.pdf", "。" * 500 + "判决书", "other"),
    ],
)
def test_what_a_paper_is(name: str, text: str, kind: str) -> None:
    assert guess_kind(name, text) == kind
    assert kind in CourtPaper.Kind.values
