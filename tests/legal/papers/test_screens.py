"""The pages of papers, wordings and certificates: who sees them, what they do, how many queries they take."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from borrowers.models import User
from legal.models import FirmCertificate, LegalPaper, Matter, PaperTemplate
from legal.services.papers.drafting import draft_paper
from legal.services.papers.templates import default_body, load_default_papers
from tests.factories import CreditorFactory, UserFactory
from tests.legal.conftest import today
from tests.legal.papers.certificates import PASSPHRASE, pkcs12_file
from tests.legal.papers.samples import account_of, filled, make_matter

pytestmark = pytest.mark.django_db
ONE = dt.timedelta(days=1)


@pytest.fixture
def matter(db: None) -> Matter:
    load_default_papers()
    return make_matter("one")


@pytest.fixture
def lawyer(matter: Matter) -> User:
    return account_of(matter)


@pytest.fixture
def paper(matter: Matter, lawyer: User) -> LegalPaper:
    return draft_paper(matter=matter, kind="complaint", language="en", content=filled("complaint"), actor=lawyer)


def form_of(kind: str) -> dict[str, Any]:
    """The values of `filled` as a browser sends them."""
    data: dict[str, Any] = {"language": "zh-hans"}
    for name, value in filled(kind).items():
        if isinstance(value, list):
            data[name] = "\n".join(" ".join(part) if isinstance(part, list) else part for part in value)
        elif value is True:
            data[name] = "on"
        elif value is not False:
            data[name] = value
    return data


def test_who_sees_which_page(matter: Matter, lawyer: User, paper: LegalPaper, client: Client) -> None:
    creditor = matter.case.creditor
    template = PaperTemplate.objects.filter(creditor=None).first()
    pages = {
        "write": reverse("legal:write_paper", args=[matter.pk]) + "?kind=settlement",
        "paper": reverse("legal:paper", args=[paper.pk]),
        "preview": reverse("legal:preview", args=[paper.pk]),
        "templates": reverse("legal:templates"),
        "template": reverse("legal:template", args=["complaint", "en"]),
        "version": reverse("legal:template_version", args=[template.pk]),
        "certificates": reverse("legal:certificates"),
    }
    assert {client.get(url).status_code for url in pages.values()} == {302}
    files = {"write": 404, "paper": 404, "preview": 404}
    wordings = ("templates", "template", "version", "certificates")
    expected: list[tuple[User, dict[str, int]]] = [
        (lawyer, dict.fromkeys(pages, 200)),
        (
            UserFactory.create(role="supervisor", creditors=[creditor]),
            {"write": 403, "paper": 200, "preview": 200} | dict.fromkeys(wordings, 403),
        ),
        (
            UserFactory.create(role="legal", creditors=[CreditorFactory.create()]),
            files | dict.fromkeys(wordings, 200),
        ),
        (
            UserFactory.create(role="collector", team=matter.case.team),
            files | {"write": 403} | dict.fromkeys(wordings, 403),
        ),
    ]
    for user, answers in expected:
        client.force_login(user)
        assert {name: client.get(url).status_code for name, url in pages.items()} == answers, user


def test_a_supervisor_looks_and_changes_nothing(matter: Matter, paper: LegalPaper, client: Client) -> None:
    client.force_login(UserFactory.create(role="supervisor", creditors=[matter.case.creditor]))
    for name in ("review", "approve", "issue", "reopen", "drop"):
        assert client.post(reverse(f"legal:{name}", args=[paper.pk]), {"reason": "x"}).status_code == 403, name
    assert client.post(reverse("legal:paper", args=[paper.pk]), form_of("complaint")).status_code == 403
    assert LegalPaper.objects.get().state == "draft"


@pytest.mark.parametrize("kind", ["complaint", "settlement", "enforcement", "preservation", "assignment_notice"])
def test_the_whole_way_by_forms(matter: Matter, lawyer: User, client: Client, kind: str) -> None:
    client.force_login(lawyer)
    response = client.post(reverse("legal:write_paper", args=[matter.pk]) + f"?kind={kind}", form_of(kind))
    paper = LegalPaper.objects.get()
    assert response["Location"] == reverse("legal:paper", args=[paper.pk])
    assert {name: paper.content[name] for name in filled(kind)} == filled(kind)
    assert client.get(response["Location"]).status_code == 200
    for name in ("review", "approve", "issue"):
        client.post(reverse(f"legal:{name}", args=[paper.pk]))
    paper = LegalPaper.objects.get()
    assert paper.state == "issued"
    response = client.get(reverse("legal:paper_download", args=[paper.pk]))
    assert response.content == paper.file.read()
    assert response["Content-Disposition"] == f'attachment; filename="{paper.number}.pdf"'
    assert "Not signed electronically" in client.get(reverse("legal:paper_verdict", args=[paper.pk])).content.decode()
    data = {"on": today().isoformat(), "arrived": "yes", "note": "", "proof": SimpleUploadedFile("a.pdf", b"%PDF-1.7")}
    client.post(reverse("legal:deliver", args=[paper.pk]), data)
    assert LegalPaper.objects.get().state == "delivered"


def test_a_stored_file_that_was_changed_is_not_handed_out(matter: Matter, lawyer: User, client: Client) -> None:
    client.force_login(lawyer)
    client.post(reverse("legal:write_paper", args=[matter.pk]) + "?kind=complaint", form_of("complaint"))
    paper = LegalPaper.objects.get()
    for name in ("review", "approve", "issue"):
        client.post(reverse(f"legal:{name}", args=[paper.pk]))
    paper = LegalPaper.objects.get()
    path = Path(default_storage.path(paper.file.path))
    good = path.read_bytes()
    # Put right afterwards: the same bytes are stored once, and another test may draw them.
    try:
        path.write_bytes(good[:100] + b"X" + good[101:])
        assert client.get(reverse("legal:paper_download", args=[paper.pk])).status_code == 500
        page = client.get(reverse("legal:paper_verdict", args=[paper.pk])).content.decode()
    finally:
        path.write_bytes(good)
    assert "The file is not what was issued" in page


def test_gaps_are_named_before_it_is_issued(matter: Matter, lawyer: User, client: Client) -> None:
    client.force_login(lawyer)
    row = draft_paper(matter=matter, kind="complaint", language="en", content={}, actor=lawyer)
    page = client.get(reverse("legal:paper", args=[row.pk])).content.decode()
    assert "It cannot be issued yet" in page
    assert "registration number is missing" in page
    assert "this is missing: Clause on interest" in page


@pytest.mark.parametrize(
    "plan", ["2027-01-15", "15.1.2027 10.00", "2027-01-15 1,000.00", "2027-02-01 5.00\n2027-01-01 5.00", "2027-01-15 0"]
)
def test_a_plan_is_days_and_sums_in_order(matter: Matter, lawyer: User, client: Client, plan: str) -> None:
    client.force_login(lawyer)
    url = reverse("legal:write_paper", args=[matter.pk]) + "?kind=settlement"
    assert client.post(url, form_of("settlement") | {"plan": plan}).status_code == 422
    assert not LegalPaper.objects.exists()


def test_an_unknown_kind_is_no_page(matter: Matter, lawyer: User, client: Client) -> None:
    client.force_login(lawyer)
    for kind in ("validation_notice", "nonsense", ""):
        assert client.get(reverse("legal:write_paper", args=[matter.pk]) + f"?kind={kind}").status_code == 404


def test_only_the_preview_may_stand_in_a_frame(paper: LegalPaper, lawyer: User, client: Client) -> None:
    client.force_login(lawyer)
    framed = client.get(reverse("legal:preview", args=[paper.pk]) + "?frame=1")
    assert framed["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in framed["Content-Security-Policy"]
    page = client.get(reverse("legal:paper", args=[paper.pk]))
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


# --- Wordings -------------------------------------------------------------------------------------------


def test_a_wording_is_looked_at_saved_compared_and_taken_back(matter: Matter, lawyer: User, client: Client) -> None:
    client.force_login(lawyer)
    editor = reverse("legal:template", args=["power_of_attorney", "en"])
    body = default_body("power_of_attorney", "en").replace("<h2>Term</h2>", "<h2>How long</h2>")
    data = {"body": body, "reason": "plainer", "based_on": 1}
    preview = reverse("legal:template_preview", args=["power_of_attorney", "en"])
    for chosen in ("", str(matter.pk)):
        response = client.post(preview, data | {"matter": chosen})
        assert response.content.startswith(b"%PDF")
        assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert PaperTemplate.objects.filter(kind="power_of_attorney", language="en").count() == 1
    assert client.post(editor, data)["Location"] == editor
    made = PaperTemplate.objects.get(kind="power_of_attorney", language="en", version=2)
    page = client.get(reverse("legal:template_version", args=[made.pk])).content.decode()
    assert "How long" in page
    assert "plainer" in page
    first = PaperTemplate.objects.get(kind="power_of_attorney", language="en", version=1)
    client.post(reverse("legal:restore_template", args=[first.pk]), {"reason": "as it was"})
    assert PaperTemplate.objects.get(kind="power_of_attorney", language="en", version=3).body == first.body


def test_a_wrong_wording_is_refused_in_words_and_stays_on_the_screen(lawyer: User, client: Client) -> None:
    client.force_login(lawyer)
    data = {"body": "<script>x</script>{{ secret }}{% part signature %}", "reason": "x", "based_on": 1}
    response = client.post(reverse("legal:template", args=["complaint", "en"]), data)
    page = response.content.decode()
    assert response.status_code == 422
    assert "There is no “secret” on this paper." in page
    assert "&lt;script&gt;x" in page
    response = client.post(reverse("legal:template_preview", args=["complaint", "en"]), data)
    assert response.status_code == 422
    assert "&lt;script&gt; may not stand" in response.content.decode()


def test_another_creditors_wording_is_out_of_sight(lawyer: User, client: Client) -> None:
    other = CreditorFactory.create()
    theirs = PaperTemplate.objects.create(kind="complaint", language="en", creditor=other, version=1, body="x")
    client.force_login(lawyer)
    assert client.get(reverse("legal:template_version", args=[theirs.pk])).status_code == 404
    url = reverse("legal:template", args=["complaint", "en"])
    assert client.get(f"{url}?creditor={other.pk}").status_code == 404
    assert client.get(f"{url}?creditor=x").status_code == 404
    assert other.name not in client.get(reverse("legal:templates")).content.decode()


def test_the_list_of_wordings_takes_a_fixed_number_of_queries(
    lawyer: User, client: Client, django_assert_max_num_queries: Any
) -> None:
    for version in range(2, 8):
        PaperTemplate.objects.create(kind="complaint", language="en", version=version, body="x", made_by=lawyer)
    client.force_login(lawyer)
    with django_assert_max_num_queries(10):
        client.get(reverse("legal:templates"))


# --- Certificates ---------------------------------------------------------------------------------------


def test_a_certificate_is_filed_and_its_key_never_shown(matter: Matter, lawyer: User, client: Client) -> None:
    client.force_login(lawyer)
    url = reverse("legal:certificates")
    wrong = {"firm": matter.firm_id, "file": SimpleUploadedFile("a.p12", b"x"), "passphrase": "x"}
    assert "no PKCS#12 certificate" in client.post(url, wrong).content.decode()
    right = {"firm": matter.firm_id, "file": SimpleUploadedFile("a.p12", pkcs12_file()), "passphrase": PASSPHRASE}
    assert client.post(url, right).status_code == 302
    certificate = FirmCertificate.objects.get()
    page = client.get(url).content.decode()
    assert certificate.serial in page
    assert PASSPHRASE not in page
    assert certificate.pkcs12[:40] not in page
    client.post(reverse("legal:retire_certificate", args=[certificate.pk]), {"reason": "lost"})
    assert not FirmCertificate.objects.get().active


def test_who_may_not_file_a_certificate(matter: Matter, client: Client) -> None:
    for role in ("supervisor", "operator"):
        client.force_login(UserFactory.create(role=role, creditors=[matter.case.creditor]))
        assert client.get(reverse("legal:certificates")).status_code == 403
