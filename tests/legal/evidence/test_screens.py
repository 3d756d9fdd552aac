"""The evidence screens: who sees them, what is said, what a person does there."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from borrowers.models import AuditEvent, Document, User
from legal.models import EvidenceBundle, ExhibitPaper, Matter
from tests.factories import CreditorFactory, TeamFactory, UserFactory
from tests.legal.conftest import today
from tests.legal.evidence import files
from tests.legal.evidence.conftest import make


def test_who_sees_what(full: Matter, legal: User, supervisor: User, creditor: Any, client: Client) -> None:
    bundle = make(full, legal)
    pages = {
        "panel": reverse("legal:evidence_panel", args=[full.pk]),
        "page": reverse("legal:evidence", args=[full.pk]),
        "pdf": reverse("legal:bundle_download", args=[bundle.pk, "pdf"]),
        "zip": reverse("legal:bundle_download", args=[bundle.pk, "zip"]),
    }
    posts = {name: reverse(f"legal:{name}", args=[full.pk]) for name in ("make_bundle", "hand_in_exhibit")}
    assert {client.get(url).status_code for url in pages.values()} == {302}
    collector = UserFactory.create(role="collector", creditors=[creditor], team=creditor.teams.first())
    elsewhere = CreditorFactory.create()
    TeamFactory.create(creditors=[elsewhere])
    expected = [
        (legal, 200, 200),
        (supervisor, 200, 200),
        (UserFactory.create(role="legal", creditors=[elsewhere]), 404, 404),
        (collector, 403, 404),
    ]
    for user, page, file in expected:
        client.force_login(user)
        found = {name: client.get(url).status_code for name, url in pages.items()}
        assert found == {"panel": page, "page": page, "pdf": file, "zip": file}, user.groups.get()
    client.force_login(supervisor)
    assert b"Make the bundle" not in client.get(pages["page"]).content  # sees, and does not make
    given = {"language": "en", "cut_off": today().isoformat(), "copies": 1}
    assert client.post(posts["make_bundle"], given).status_code == 403
    assert client.get(reverse("legal:bundle_download", args=[bundle.pk, "exe"])).status_code == 404


def test_the_panel_tells_what_a_court_would_miss(ready: Matter, legal: User, client: Client) -> None:
    client.force_login(legal)
    text = client.get(reverse("legal:evidence_panel", args=[ready.pk])).content.decode()
    assert "A court would miss:" in text
    assert "proof of disbursement" in text
    assert "No bundle was made yet." in text


def test_a_paper_is_handed_in_and_a_bundle_made(full: Matter, legal: User, client: Client) -> None:
    client.force_login(legal)
    page = reverse("legal:evidence", args=[full.pk])
    paper = SimpleUploadedFile("scan.pdf", files.pdf("Guarantee"), "application/pdf")
    told = {
        "kind": "other",
        "name": "Guarantee",
        "form": "copy",
        "source": "Sample Lender",
        "proves": "That there is one.",
    }
    assert client.post(reverse("legal:hand_in_exhibit", args=[full.pk]), {**told, "paper": paper}).status_code == 302
    text = client.get(page).content.decode()
    assert "Guarantee" in text
    assert "That there is one." in text
    given = {
        "language": "en", "cut_off": today().isoformat(), "copies": 3,
        "leave_out": ["messages"], "reason:messages": "not needed",
    }  # fmt: skip
    assert client.post(reverse("legal:make_bundle", args=[full.pk]), given).status_code == 302
    bundle = EvidenceBundle.objects.get()
    assert [one["reason"] for one in bundle.manifest["left_out"]] == ["not needed"]
    text = client.get(page).content.decode()
    assert bundle.pdf_sha256 in text
    assert f"Bundle {bundle.number} is made" in text
    response = client.get(reverse("legal:bundle_download", args=[bundle.pk, "zip"]))
    assert response.content == bundle.zip.read()
    assert response.headers["Content-Disposition"] == f'attachment; filename="{bundle.number}.zip"'
    assert AuditEvent.objects.filter(action="downloaded", actor=legal, new=f"{bundle.number}.zip").exists()


def test_what_is_refused_is_said_and_what_was_typed_stays(full: Matter, legal: User, client: Client) -> None:
    client.force_login(legal)
    told = {"kind": "contract", "name": "Second contract", "form": "copy", "source": "S", "proves": "P"}
    url = reverse("legal:hand_in_exhibit", args=[full.pk])
    for data, why in ((files.encrypted("x"), "encrypted"), (b"%PDF- x", "broken"), (b"text", "neither")):
        response = client.post(url, {**told, "paper": SimpleUploadedFile("scan.pdf", data)})
        assert response.status_code == 422
        text = response.content.decode()
        assert why in text
        assert 'value="Second contract"' in text
    assert not ExhibitPaper.objects.filter(name="Second contract").exists()
    given = {"language": "en", "cut_off": today().isoformat(), "copies": 1, "leave_out": ["messages"]}
    response = client.post(reverse("legal:make_bundle", args=[full.pk]), given)
    assert response.status_code == 422
    assert "Say why each exhibit is left out." in response.content.decode()
    given["cut_off"] = "2999-01-01"
    assert client.post(reverse("legal:make_bundle", args=[full.pk]), given).status_code == 422
    assert not EvidenceBundle.objects.exists()


@pytest.mark.parametrize("papers", [1, 6])
def test_the_panel_costs_the_same_whatever_there_is(
    full: Matter, legal: User, client: Client, papers: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(papers):
        number = f"SAMPLE-{_}"
        documents = [
            Document.objects.create(
                creditor=full.case.creditor, borrower=full.case.borrower, kind="evidence", name=f"{number}.{ending}",
                mime_type="application/pdf", size=1, sha256="0" * 64, path="x",
            )
            for ending in ("pdf", "zip")
        ]  # fmt: skip
        EvidenceBundle.objects.create(
            matter=full, number=number, language="en", cut_off=today(), pages=1, manifest={}, pdf=documents[0],
            zip=documents[1], pdf_sha256="0" * 64, zip_sha256="0" * 64, made_by=legal, made_at=timezone.now(),
        )  # fmt: skip
    client.force_login(legal)
    client.get(reverse("legal:evidence_panel", args=[full.pk]))
    with django_assert_max_num_queries(16):
        client.get(reverse("legal:evidence_panel", args=[full.pk]))
