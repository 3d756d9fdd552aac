"""Payment files on their page, by role; the command."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from borrowers.models import PaymentFile, PaymentLine, PaymentSource
from tests.factories import DAY, BorrowerFactory, CreditorFactory, LoanFactory, UserFactory, with_schedule

pytestmark = pytest.mark.django_db
HEADER = "no,day,sum,text,name"
MAPPING = {"payment_no": "no", "paid_on": "day", "amount": "sum", "reference": "text", "payer_name": "name"}


@pytest.fixture
def source():
    creditor = CreditorFactory()
    with_schedule(LoanFactory(borrower=BorrowerFactory(creditor=creditor, name="Sam Sample")), first_due=DAY, count=4)
    return PaymentSource.objects.create(creditor=creditor, name="Sample Bank", mapping=MAPPING)


@pytest.fixture
def supervisor(source):
    return UserFactory(role="supervisor", creditors=[source.creditor])


def upload(client, source, *rows):
    text = "\n".join([HEADER, *rows]).encode()
    data = {"source": source.pk, "file": SimpleUploadedFile("day.csv", text)}
    return client.post(reverse("borrowers:payment_files"), data, follow=True)


def test_who_may_enter(client, source, supervisor):
    url = reverse("borrowers:payment_files")
    assert client.get(url).status_code == 302
    for role, status in [("collector", 403), ("legal", 403), ("supervisor", 200)]:
        client.force_login(UserFactory(role=role, creditors=[source.creditor]))
        assert client.get(url).status_code == status


def test_upload_reconcile_and_decide(client, source, supervisor, time_machine):
    time_machine.move_to("2026-03-02T10:00:00+08:00", tick=False)
    loan = source.creditor.loans.get()
    client.force_login(supervisor)
    page = upload(
        client, source, f"T1,2026-03-01,310.00,{loan.account_no},", "T2,2026-03-01,5.00,rent,Sam Sample", "T3,x,1,,"
    )
    assert "The file was loaded: 3 lines." in page.content.decode()
    page = client.get(reverse("borrowers:payment_files") + "?on=2026-03-02").content.decode()
    assert "adds up" in page
    assert "3 · ¥316.00" in page
    line = PaymentLine.objects.get(payment_no="T2")
    assert f"{loan.account_no} Sam Sample" in page
    decide = reverse("borrowers:decide_line", args=[line.pk])
    assert "no account NOBODY" in client.post(decide, {"account_no": "NOBODY"}, follow=True).content.decode()
    client.post(decide, {"account_no": loan.account_no})
    line.refresh_from_db()
    assert (line.state, line.decided_by) == ("booked", supervisor)
    page = client.get(reverse("borrowers:payment_file", args=[line.file_id])).content.decode()
    assert "is no date in the form" in page


def test_another_creditors_lines_are_not_there(client, source, supervisor):
    client.force_login(supervisor)
    upload(client, source, "T2,2026-03-01,5.00,garden shed,")
    line = PaymentLine.objects.get()
    client.force_login(UserFactory(role="supervisor", creditors=[CreditorFactory()]))
    assert client.get(reverse("borrowers:payment_file", args=[line.file_id])).status_code == 404
    assert client.post(reverse("borrowers:decide_line", args=[line.pk]), {"reason": "mine"}).status_code == 404
    assert "garden shed" not in client.get(reverse("borrowers:payment_files")).content.decode()
    assert upload(client, source, "T3,2026-03-01,5.00,,").status_code == 422


def test_a_file_that_is_none_is_refused_in_words(client, source, supervisor):
    client.force_login(supervisor)
    data = {"source": source.pk, "file": SimpleUploadedFile("day.csv", b"%PDF-1.7")}
    page = client.post(reverse("borrowers:payment_files"), data)
    assert page.status_code == 422
    assert "neither a zip" in page.content.decode()
    assert not PaymentFile.objects.exists()


def test_the_command(source, tmp_path):
    path = tmp_path / "day.csv"
    path.write_text(f"{HEADER}\nT1,2026-03-01,310.00,{source.creditor.loans.get().account_no},\nT2,x,1,,\n")
    out, err = io.StringIO(), io.StringIO()
    options = {"creditor": source.creditor.code, "source": source.name}
    call_command("load_bank_file", str(path), **options, stdout=out, stderr=err)
    assert out.getvalue() == "2 lines: 1 booked, 0 suspended, 1 refused\n"
    assert "day.csv row 3, paid_on: x is no date" in err.getvalue()
    with pytest.raises(SystemExit) as end:
        call_command("load_bank_file", str(path), **options, stdout=out, stderr=err)
    assert end.value.code == 1
    assert "loaded before" in err.getvalue()
