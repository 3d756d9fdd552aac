"""The screens of legal staff: who sees them, what they do, how many queries they take."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from borrowers.models import User
from cases.models import Case, Letter
from legal.models import LawFirm, Lawyer, LegalPaper, Mandate, Matter
from legal.services.letters import draft_lawyers_letter
from tests.factories import CreditorFactory, UserFactory
from tests.legal.conftest import make_legal_case, today


def draft(matter: Matter, actor: User) -> LegalPaper:
    pay_by = today() + dt.timedelta(days=15)
    return draft_lawyers_letter(matter=matter, actor=actor, language="en", pay_by=pay_by, remarks="")


def test_who_sees_which_page(ready: Matter, legal: User, supervisor: User, client: Client, creditor: Any) -> None:
    paper = draft(ready, legal)
    pages = {
        "desk": reverse("legal:desk"),
        "matter": reverse("legal:matter", args=[ready.pk]),
        "preview": reverse("legal:preview", args=[paper.pk]),
        "panel": reverse("legal:case_panel", args=[ready.case_id]),
        "mandates": reverse("legal:mandates"),
    }
    assert {client.get(url).status_code for url in pages.values()} == {302}
    expected: list[tuple[User, dict[str, int]]] = [
        (legal, dict.fromkeys(pages, 200)),
        (supervisor, dict.fromkeys(pages, 200) | {"mandates": 403}),
        (
            UserFactory.create(role="legal", creditors=[CreditorFactory.create()]),
            {"desk": 200, "matter": 404, "preview": 404, "panel": 404, "mandates": 200},
        ),
        (
            UserFactory.create(role="collector", team=creditor.teams.get()),
            {"desk": 403, "matter": 404, "preview": 404, "panel": 403, "mandates": 403},
        ),
    ]
    for user, answers in expected:
        client.force_login(user)
        assert {name: client.get(url).status_code for name, url in pages.items()} == answers


def test_others_see_no_names_on_the_desk(ready: Matter, client: Client) -> None:
    client.force_login(UserFactory.create(role="legal", creditors=[CreditorFactory.create()]))
    assert ready.case.borrower.name not in client.get(reverse("legal:desk")).content.decode()


def test_a_supervisor_looks_but_does_not_act(ready: Matter, legal: User, supervisor: User, client: Client) -> None:
    paper = draft(ready, legal)
    client.force_login(supervisor)
    page = client.get(reverse("legal:matter", args=[ready.pk])).content.decode()
    assert reverse("legal:approve", args=[paper.pk]) not in page
    for name, pk in (
        ("review", paper.pk),
        ("approve", paper.pk),
        ("issue", paper.pk),
        ("drop", paper.pk),
    ):
        assert client.post(reverse(f"legal:{name}", args=[pk]), {"reason": "x"}).status_code == 403
    assert LegalPaper.objects.get().state == "draft"


def test_matters_open_singly_and_many_at_once(creditor: Any, supervisor: User, legal: User, client: Client) -> None:
    cases = [make_legal_case(creditor, supervisor) for _ in range(3)]
    client.force_login(legal)
    url = reverse("legal:open_matters")
    response = client.post(url, {"case": [cases[0].pk]})
    assert response["Location"] == reverse("legal:matter", args=[Matter.objects.get().pk])
    response = client.post(url, {"case": [case.pk for case in cases]})
    assert response["Location"] == reverse("legal:desk")
    assert Matter.objects.count() == 3


def test_the_whole_way_by_forms(
    case: Case, legal: User, lawyer: Lawyer, firm: LawFirm, client: Client, creditor: Any
) -> None:
    client.force_login(legal)
    upload = SimpleUploadedFile("mandate.exe", b"%PDF-1.7 signed")
    client.post(
        reverse("legal:mandates"),
        {"creditor": creditor.pk, "firm": firm.pk, "reference": "M-7", "valid_from": "2026-01-01", "paper": upload},
    )
    mandate = Mandate.objects.get()
    assert mandate.document.name == "M-7.pdf"
    client.post(reverse("legal:open_matters"), {"case": case.pk})
    matter = Matter.objects.get()
    data = {"firm": firm.pk, "lawyer": lawyer.pk, "mandate": mandate.pk}
    client.post(reverse("legal:assign", args=[matter.pk]), data)
    pay_by = (today() + dt.timedelta(days=20)).isoformat()
    client.post(reverse("legal:draft", args=[matter.pk]), {"language": "zh-hans", "pay_by": pay_by, "remarks": ""})
    paper = LegalPaper.objects.get()
    client.post(reverse("legal:review", args=[paper.pk]))
    client.post(reverse("legal:approve", args=[paper.pk]))
    client.post(reverse("legal:issue", args=[paper.pk]))
    letter = Letter.objects.get()
    assert letter.language == "zh-hans"
    response = client.get(reverse("cases:letter_download", args=[letter.pk]))
    assert response.content == letter.document.read()


def test_refusals_are_said_in_words(matter: Matter, legal: User, client: Client) -> None:
    paper = draft(matter, legal)
    client.force_login(legal)
    response = client.post(reverse("legal:issue", args=[paper.pk]), follow=True)
    page = response.content.decode()
    assert "no lawyer has approved it" in page
    assert "there is no mandate for the law firm" in page


def test_a_wrong_file_is_no_mandate(legal: User, firm: LawFirm, client: Client, creditor: Any) -> None:
    client.force_login(legal)
    data = {"creditor": creditor.pk, "firm": firm.pk, "reference": "M-7", "valid_from": "2026-01-01"}
    response = client.post(reverse("legal:mandates"), data | {"paper": SimpleUploadedFile("a.pdf", b"MZ")})
    assert response.status_code == 422
    assert "neither a PDF" in response.content.decode()
    assert not Mandate.objects.exists()


def test_a_deadline_in_the_past_is_no_draft(ready: Matter, legal: User, client: Client) -> None:
    client.force_login(legal)
    data = {"language": "en", "pay_by": today().isoformat(), "remarks": ""}
    assert client.post(reverse("legal:draft", args=[ready.pk]), data).status_code == 422
    assert not LegalPaper.objects.exists()


@pytest.mark.parametrize("count", [1, 6])
def test_a_matter_takes_a_fixed_number_of_queries(
    ready: Matter, legal: User, client: Client, django_assert_max_num_queries: Any, count: int
) -> None:
    for _ in range(count):
        draft(ready, legal)
    client.force_login(legal)
    with django_assert_max_num_queries(14):
        page = client.get(reverse("legal:matter", args=[ready.pk])).content.decode()
    assert page.count("Look at the PDF") == count
