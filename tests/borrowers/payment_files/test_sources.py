"""The columns of a source, seen in a sample, guessed, tried and saved."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from borrowers.models import AuditEvent, PaymentLine, PaymentSource
from borrowers.services.payment_files import load_file
from borrowers.services.payment_sources import Sample, guess_columns, guess_date_form, sample_from_text
from tests.factories import DAY, CreditorFactory, LoanFactory, UserFactory, with_schedule

pytestmark = pytest.mark.django_db
CHINESE = (
    '交易流水,交易日期,交易金额,附言,对方户名,对方账号\nT1,2026/03/01,"1,310.00",还款 A1,张样本,6222\nT2,x,12.00,,,\n'
)
NEW = reverse("borrowers:new_payment_source")


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(f"{DAY.isoformat()}T10:00:00+08:00", tick=False)


@pytest.fixture
def creditor():
    return CreditorFactory()


@pytest.fixture
def client(client, creditor):
    client.force_login(UserFactory(role="supervisor", creditors=[creditor]))
    return client


def given(creditor, **more):
    return {"creditor": creditor.pk, "name": "Sample Bank", "method": "transfer", "date_format": "%Y-%m-%d"} | more


def look(client, creditor, text=CHINESE, url=NEW, name="day.csv", **more):
    file = SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)
    first = given(creditor, file=file, look="", **more)
    del first["date_format"]  # the page asks for it only when a sample is there
    return client.post(url, first)


def choices(page):
    form = page.context["form"]
    return {field: form[f"column_{field}"].value() for field in ("amount", "paid_on", "payment_no", "reference")}


def columns(**chosen):
    return {f"column_{field}": column for field, column in chosen.items()}


def test_who_may_enter(client, creditor):
    source = PaymentSource.objects.create(creditor=creditor, name="Other")
    change = reverse("borrowers:payment_source", args=[source.pk])
    assert [client.get(url).status_code for url in (NEW, change)] == [200, 200]
    client.force_login(UserFactory(role="supervisor", creditors=[CreditorFactory()]))
    assert [client.get(url).status_code for url in (NEW, change)] == [200, 404]
    for role in ("collector", "legal", "operator"):
        client.force_login(UserFactory(role=role, creditors=[creditor]))
        assert [client.get(url).status_code for url in (NEW, change)] == [403, 403]
    client.logout()
    assert client.get(NEW).status_code == 302


def test_a_sample_shows_its_columns_the_guess_and_its_rows_as_read(client, creditor):
    page = look(client, creditor)
    assert page.status_code == 200, page.context["form"].errors
    assert choices(page) == {
        "amount": "交易金额", "paid_on": "交易日期", "payment_no": "交易流水", "reference": "附言",
    }  # fmt: skip
    assert page.context["form"]["column_payer_name"].value() == "对方户名"
    good, bad = page.context["lines"]
    assert (str(good.amount), good.payer_account, good.state) == ("1310.00", "6222", "suspended")
    assert (bad.state, bad.reason) == ("refused", "paid_on: x is no date in the form %Y/%m/%d")
    assert "还款 A1" in page.content.decode()
    assert not PaymentSource.objects.exists()
    assert not PaymentLine.objects.exists()


def test_another_choice_is_tried_on_the_same_sample_without_a_new_upload(client, creditor):
    text = look(client, creditor).context["form"]["sample_text"].value()
    chosen = columns(amount="交易金额", paid_on="交易日期", payment_no="附言")
    page = client.post(NEW, given(creditor, look="", sample_text=text, **chosen) | {"date_format": "%Y/%m/%d"})
    good, bad = page.context["lines"]
    assert (good.payment_no, str(good.paid_on), good.state) == ("还款 A1", "2026-03-01", "suspended")
    assert bad.state == "refused"


def test_what_is_saved_reads_the_next_file(client, creditor, tmp_path):
    loan = with_schedule(LoanFactory(borrower__creditor=creditor), first_due=DAY, count=4)
    text = look(client, creditor).context["form"]["sample_text"].value()
    chosen = columns(amount="交易金额", paid_on="交易日期", payment_no="交易流水", reference="附言")
    answer = client.post(NEW, given(creditor, save="", sample_text=text, **chosen) | {"date_format": "%Y/%m/%d"})
    assert answer.url == reverse("borrowers:payment_files")
    source = PaymentSource.objects.get()
    assert source.mapping == {
        "amount": "交易金额",
        "paid_on": "交易日期",
        "payment_no": "交易流水",
        "reference": "附言",
    }
    event = AuditEvent.objects.get(action="add_payment_source")
    assert event.actor is not None
    assert "交易金额" in event.new
    path = tmp_path / "next.csv"
    path.write_text(f"交易日期,附言,交易金额,交易流水\n2026/03/01,{loan.account_no},310.00,T9\n")
    load_file(path=path, source=source, file_name="next.csv", on=DAY, actor=None)
    assert PaymentLine.objects.get().state == "booked"


def test_a_source_is_changed_with_what_it_was_kept(client, creditor):
    mapping = {"amount": "Sum", "paid_on": "Day", "payment_no": "No"}
    source = PaymentSource.objects.create(
        creditor=creditor, name="Sample Bank", mapping=mapping, date_format="%d.%m.%y"
    )
    url = reverse("borrowers:payment_source", args=[source.pk])
    assert choices(client.get(url))["amount"] == "Sum"
    page = look(client, creditor, "no,day,sum,text\n1,01.03.26,5.00,x\n", url=url)
    assert choices(page) == {"amount": "sum", "paid_on": "day", "payment_no": "no", "reference": "text"}
    text = page.context["form"]["sample_text"].value()
    chosen = columns(amount="sum", paid_on="day", payment_no="no", reference="text")
    client.post(url, given(creditor, save="", sample_text=text, **chosen) | {"date_format": "%d.%m.%y"})
    source.refresh_from_db()
    assert (source.mapping["reference"], source.date_format) == ("text", "%d.%m.%y")
    event = AuditEvent.objects.get(action="change_payment_source")
    assert '"Sum"' in event.old
    assert '"sum"' in event.new


@pytest.mark.parametrize(
    ("chosen", "field", "words"),
    [
        ({"amount": "sum", "paid_on": "day"}, "column_payment_no", "choose its column"),
        ({"amount": "sum", "paid_on": "day", "payment_no": "day"}, "column_paid_on", "chosen twice"),
        ({"amount": "sum", "paid_on": "day", "payment_no": "elsewhere"}, "column_payment_no", "Select a valid choice"),
    ],
)
def test_what_cannot_be_saved_is_said_at_its_field(client, creditor, chosen, field, words):
    text = Sample(("no", "day", "sum"), ((2, {"no": "1", "day": "2026-03-01", "sum": "1"}),)).as_text()
    page = client.post(NEW, given(creditor, save="", sample_text=text, **columns(**chosen)))
    assert page.status_code == 422
    assert words in str(page.context["form"].errors[field])
    assert not PaymentSource.objects.exists()


def test_a_name_is_taken_once_a_creditor(client, creditor):
    PaymentSource.objects.create(creditor=creditor, name="Sample Bank")
    text = Sample(("no", "day", "sum"), ()).as_text()
    chosen = columns(amount="sum", paid_on="day", payment_no="no")
    page = client.post(NEW, given(creditor, save="", sample_text=text, **chosen))
    assert "has a source of this name" in str(page.context["form"].errors["name"])


def test_not_for_another_creditor(client, creditor):
    other = CreditorFactory()
    text = Sample(("no", "day", "sum"), ()).as_text()
    chosen = columns(amount="sum", paid_on="day", payment_no="no")
    assert client.post(NEW, given(other, save="", sample_text=text, **chosen)).status_code == 422
    assert not PaymentSource.objects.exists()


@pytest.mark.parametrize("text", ["%PDF-1.7", "", "a,a\n1,2\n"])
def test_a_file_that_is_none_is_refused_in_words(client, creditor, text):
    page = look(client, creditor, text)
    assert page.status_code == 422
    assert page.context["form"].errors["file"]


def test_the_page_of_files_leads_here(client, creditor):
    source = PaymentSource.objects.create(creditor=creditor, name="Sample Bank")
    page = client.get(reverse("borrowers:payment_files")).content.decode()
    assert NEW in page
    assert reverse("borrowers:payment_source", args=[source.pk]) in page


@pytest.mark.parametrize("text", ["", "[", "[1]", "[[], 3]", '{"a": 1}', json.dumps([["a"], [[1, "x"]]]), "null"])
def test_a_forged_sample_is_none(text):
    assert sample_from_text(text) is None


@pytest.mark.parametrize("dates", [("2026-03-01",), ("20260301",), ("31/12/2026", "01/02/2026"), ("2026年3月1日",)])
def test_the_form_of_dates_is_guessed_where_one_fits_most(dates):
    sample = Sample(("day",), tuple((n, {"day": date}) for n, date in enumerate(dates)))
    form = guess_date_form(sample, "day")
    assert form
    words = tuple((9 + n, {"day": "soon"}) for n in range(len(dates)))
    assert guess_date_form(Sample(("day",), (*sample.rows, *words)), "day") == form
    assert guess_date_form(Sample(("day",), (*sample.rows, *words, (99, {"day": "sum"}))), "day") == ""
    assert guess_date_form(Sample(("day",), ()), "day") == ""


def test_a_column_is_guessed_once_and_only_by_whole_words():
    assert guess_columns(["transaction id", "value date", "amount", "note", "footnote"]) == {
        "amount": "amount", "paid_on": "value date", "payment_no": "transaction id",
    }  # fmt: skip
