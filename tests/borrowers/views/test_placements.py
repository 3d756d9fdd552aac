"""Upload, preview, load: nothing is written before it is asked for, nothing is lost, nobody else's is seen."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from borrowers.models import AuditEvent, Loan, Placement
from tests.factories import CreditorFactory, UserFactory

pytestmark = pytest.mark.django_db

LOANS = """account_no,borrower_ref,name,currency,principal,annual_rate,disbursed_on
A1,B1,Sample One,CNY,100.00,0.12,2026-01-01
A2,B2,Sample Two,CNY,{second},0.12,2026-01-01
"""
INSTALMENTS = """account_no,number,due_on,principal,interest
A1,1,2026-02-01,100.00,1.00
A2,1,2026-02-01,100.00,1.00
"""


def placement_file(second="100.00"):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("loans.csv", LOANS.format(second=second))
        archive.writestr("instalments.csv", INSTALMENTS)
    return SimpleUploadedFile("march.zip", data.getvalue())


@pytest.fixture
def creditor():
    return CreditorFactory()


@pytest.fixture
def supervisor(client, creditor):
    user = UserFactory(role="supervisor", creditors=[creditor])
    client.force_login(user)
    return user


def upload(client, creditor, file):
    return client.post(reverse("borrowers:placements"), {"creditor": creditor.pk, "kind": "placement", "file": file})


def test_a_file_is_checked_then_loaded(client, supervisor, creditor):
    assert upload(client, creditor, placement_file()).status_code == 302
    row = Placement.objects.get()
    assert (row.state, row.summary["loans_new"], Loan.objects.count()) == ("checked", 2, 0)
    stored = row.upload_path
    client.post(reverse("borrowers:placement_load", args=[row.pk]), {"accept": "all_or_nothing"})
    row.refresh_from_db()
    assert (row.state, row.upload_path, Loan.objects.count()) == ("loaded", "", 2)
    assert default_storage.exists(stored)  # thrown away on commit, which a test never reaches
    assert client.post(reverse("borrowers:placement_load", args=[row.pk]), {"accept": "good_rows"}).status_code == 403


def test_refused_rows_are_told_and_either_left_out_or_stop_all(client, supervisor, creditor):
    upload(client, creditor, placement_file(second="-5"))
    row = Placement.objects.get()
    page = client.get(reverse("borrowers:placement", args=[row.pk]))
    assert page.context["refused_count"] >= 1
    csv = client.get(reverse("borrowers:placement_refusals", args=[row.pk])).content.decode("utf-8-sig")
    assert csv.startswith("file,row,column,value,reason\nloans.csv,3,principal,-5,")
    client.post(reverse("borrowers:placement_load", args=[row.pk]), {"accept": "all_or_nothing"})
    assert Loan.objects.count() == 0
    client.post(reverse("borrowers:placement_load", args=[row.pk]), {"accept": "good_rows"})
    assert list(Loan.objects.values_list("account_no", flat=True)) == ["A1"]


@pytest.mark.parametrize("content", [b"%PDF-1.7 no", b"PK\x03\x04broken", b"account_no\nA1\n", b"\0\0\0"])
def test_a_file_of_another_kind_is_refused_whatever_its_name(client, supervisor, creditor, content):
    response = upload(client, creditor, SimpleUploadedFile("march.zip", content))
    assert response.status_code == 422
    assert not Placement.objects.exists()


def test_an_abandoned_upload_can_be_thrown_away(client, supervisor, creditor):
    upload(client, creditor, placement_file())
    row = Placement.objects.get()
    client.post(reverse("borrowers:placement_discard", args=[row.pk]))
    assert not Placement.objects.exists()
    assert AuditEvent.objects.filter(action="discarded", subject_id=row.pk, old="march.zip").exists()


def test_other_creditors_uploads_are_out_of_reach(client, supervisor, creditor):
    upload(client, creditor, placement_file())
    row = Placement.objects.get()
    client.force_login(UserFactory(role="supervisor", creditors=[CreditorFactory()]))
    assert not client.get(reverse("borrowers:placements")).context["page_obj"].object_list
    for name in ("placement", "placement_refusals"):
        assert client.get(reverse(f"borrowers:{name}", args=[row.pk])).status_code == 404
    for name in ("placement_load", "placement_discard"):
        assert client.post(reverse(f"borrowers:{name}", args=[row.pk]), {"accept": "good_rows"}).status_code == 404
    assert upload(client, creditor, placement_file()).status_code == 422


def test_a_collector_uploads_nothing(client, creditor):
    client.force_login(UserFactory(role="collector", creditors=[creditor]))
    assert client.get(reverse("borrowers:placements")).status_code == 403


@pytest.mark.parametrize("name", ["delinquency", "allocation", "contact"])
def test_every_calculator_works_its_example(client, supervisor, name):
    page = client.get(reverse("borrowers:calculator", args=[name]))
    assert "result" in page.context


def test_a_wrong_input_names_its_place(client, supervisor):
    address = reverse("borrowers:calculator", args=["delinquency"])
    response = client.post(address, {"input": '{"on": "soon", "instalments": []}'}, headers={"HX-Request": "true"})
    assert response.context["where"] == "on"
    assert "<html" not in response.content.decode()
