"""Legal staff at work: from a case that was sent to them to the lawyer's letter in hand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from borrowers.models import User
from cases.models import Letter
from legal.models import LawFirm, Lawyer
from tests.factories import CreditorFactory, TeamFactory, UserFactory
from tests.legal.conftest import make_legal_case, make_mandate


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
