"""Legal staff at work: from a case that was sent to them to the lawyer's letter in hand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from borrowers.models import User
from cases.models import Letter
from legal.models import LawFirm, Lawyer, LegalPaper
from legal.services.certificates import file_certificate
from legal.services.signing import verify_paper
from tests.factories import CreditorFactory, TeamFactory, UserFactory
from tests.legal.conftest import make_legal_case, make_mandate
from tests.legal.papers.certificates import PASSPHRASE, pkcs12_file
from tests.legal.papers.samples import account_of, make_matter


@pytest.mark.django_db(transaction=True)
def test_a_lawyers_letter_from_desk_to_download(sign_in: Callable[[User], Page]) -> None:
    creditor = CreditorFactory.create(code="LEND")
    TeamFactory.create(creditors=[creditor])
    supervisor = UserFactory.create(role="supervisor", creditors=[creditor])
    legal = UserFactory.create(role="legal", creditors=[creditor])
    firm = LawFirm.objects.create(name="Sample & Partners", address="3 Sample Square", phone="+861000000300")
    Lawyer.objects.create(firm=firm, name="Sample Lawyer", licence_no="L-1", user=legal)
    make_mandate(creditor, firm, legal)
    case = make_legal_case(creditor, supervisor)

    page = sign_in(legal)
    page.goto("/")
    expect(page.get_by_role("heading", name="Legal desk")).to_be_visible()
    page.get_by_label(f"{case.borrower.name} {case.case_no}").check()
    page.get_by_role("button", name="Open matters for those chosen").click()
    expect(page.get_by_role("heading", name=case.borrower.name)).to_be_visible()

    page.get_by_label("Law firm").select_option("Sample & Partners")
    page.get_by_label("Lawyer", exact=True).select_option("Sample Lawyer (Sample & Partners)")
    page.get_by_label("Mandate", exact=True).select_option("M-1 (Sample & Partners)")
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_text("The matter is assigned.")).to_be_visible()

    page.get_by_label("Facts to be added").fill("The parcels were delivered.")
    page.get_by_role("button", name="Draft", exact=True).click()
    expect(page.get_by_text("The letter is drafted.")).to_be_visible()
    page.get_by_role("button", name="Read through").click()
    expect(page.get_by_text("The paper is read through.")).to_be_visible()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("The letter is approved.")).to_be_visible()
    page.get_by_role("button", name="Issue", exact=True).click()
    expect(page.get_by_text("The letter is issued.")).to_be_visible()

    letter = Letter.objects.select_related("document").get()
    with page.expect_download() as download:
        page.get_by_role("link", name=letter.number).click()
    data = Path(download.value.path()).read_bytes()
    assert data.startswith(b"%PDF")
    assert hashlib.sha256(data).hexdigest() == letter.document.sha256
    assert download.value.suggested_filename == f"{letter.number}.pdf"


@pytest.mark.django_db(transaction=True)
def test_a_complaint_from_form_to_signed_paper(sign_in: Callable[[User], Page]) -> None:
    matter = make_matter("one")
    lawyer = account_of(matter)
    file_certificate(firm=matter.firm, data=pkcs12_file(), passphrase=PASSPHRASE, actor=lawyer)

    page = sign_in(lawyer)
    page.goto(f"/legal/matters/{matter.pk}/")
    page.get_by_label("Kind of paper").select_option("complaint")
    page.get_by_role("button", name="Write").click()
    page.get_by_label("The creditor's registration number").fill("91000000SAMPLE0001")
    page.get_by_label("The creditor's legal representative, with post").fill("王虚拟")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_text("This field is required").or_(page.locator("input:invalid").first)).to_be_visible()
    page.get_by_label("Clause on interest").fill("合同第3条")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_text("The paper is drafted.")).to_be_visible()
    expect(page.get_by_text("It cannot be issued yet")).to_have_count(0)
    expect(page.get_by_title("How it would look today")).to_be_visible()

    for button, said in (("Read through", "read through"), ("Approve", "approved"), ("Issue", "issued")):
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_text(f"is {said}.")).to_be_visible()
    paper = LegalPaper.objects.select_related("document").get()
    with page.expect_download() as download:
        page.get_by_role("link", name=paper.number).click()
    assert verify_paper(Path(download.value.path()).read_bytes()).standing == "intact"
    page.get_by_role("link", name="complaint in elements form").click()
    expect(page.get_by_text("Signed, not changed")).to_be_visible()


@pytest.mark.django_db(transaction=True)
def test_a_wording_is_changed_with_a_preview_beside_it(sign_in: Callable[[User], Page]) -> None:
    lawyer = account_of(make_matter("one"))
    page = sign_in(lawyer)
    page.goto("/legal/templates/")
    page.get_by_role("row").filter(has_text="power of attorney").filter(has_text="English").get_by_role("link").click()
    box = page.get_by_label("Wording")
    wording = box.input_value()
    box.fill(wording.replace("<h2>Term</h2>", "<h2>How long</h2><script>x</script>"))
    page.get_by_label("Why it is changed").fill("plainer")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_text("<script> may not stand in a paper.")).to_be_visible()
    page.get_by_label("Wording").fill(wording.replace("<h2>Term</h2>", "<h2>How long</h2>"))
    with page.expect_response(lambda answer: answer.url.endswith("/preview/")) as shown:
        page.get_by_role("button", name="Preview").click()
    assert shown.value.headers["content-type"] == "application/pdf"
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_text("saved as a new version")).to_be_visible()
    page.get_by_role("link", name="Version 2").click()
    expect(page.locator(".diff .added")).to_contain_text("How long")
