"""Legal staff put evidence together: a scan handed in, a bundle made, its zip taken and checked."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from borrowers.models import User
from legal.models import EvidenceBundle
from legal.services.matters import open_matter
from tests.factories import CreditorFactory, TeamFactory, UserFactory
from tests.legal.conftest import make_legal_case, today
from tests.legal.evidence import files


@pytest.mark.django_db(transaction=True)
def test_a_bundle_from_a_scan_to_a_checked_zip(sign_in: Callable[[User], Page], tmp_path: Path) -> None:
    creditor = CreditorFactory.create(code="LEND")
    TeamFactory.create(creditors=[creditor])
    supervisor = UserFactory.create(role="supervisor", creditors=[creditor])
    legal = UserFactory.create(role="legal", creditors=[creditor])
    matter = open_matter(case=make_legal_case(creditor, supervisor), actor=legal, on=today())
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(files.pdf("Contract page one", "Contract page two"))

    page = sign_in(legal)
    page.goto(f"/legal/matters/{matter.pk}/")
    expect(page.get_by_text("A court would miss:")).to_be_visible()
    page.get_by_role("link", name="Exhibits and new bundle").click()
    page.get_by_label("File").set_input_files(scan)
    page.get_by_label("Kind").select_option("contract")
    page.get_by_label("Name in the catalogue").fill("Loan contract")
    page.get_by_label("Source").fill("Sample Lender")
    page.get_by_label("What it proves").fill("That the loan was agreed")
    page.get_by_role("button", name="Hand in", exact=True).click()
    expect(page.get_by_text("“Loan contract” is handed in.")).to_be_visible()

    page.get_by_text("Leave out", exact=True).last.click()
    page.get_by_label("Leave it out, because").last.check()
    page.get_by_label("Reason").last.fill("told in the complaint")
    page.get_by_role("button", name="Make the bundle").click()
    expect(page.get_by_text(f"Bundle {matter.case.case_no}-E1 is made")).to_be_visible()
    bundle = EvidenceBundle.objects.get()
    assert [one["reason"] for one in bundle.manifest["left_out"]] == ["told in the complaint"]

    with page.expect_download() as taken:
        page.get_by_role("link", name=f"{bundle.number} ZIP").click()
    path = tmp_path / "bundle.zip"
    taken.value.save_as(path)
    out = io.StringIO()
    call_command("verify_evidence", str(path), stdout=out)
    assert out.getvalue().endswith("all that was checked fits\n")
