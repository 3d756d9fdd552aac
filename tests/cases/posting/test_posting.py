"""Letters by post: printed once, in the order of their list, and followed to the door."""

import csv
import datetime as dt
import io
import threading

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from pypdf import PdfReader, PdfWriter

from borrowers.errors import InputError
from borrowers.models import AuditEvent, Document
from borrowers.models.document import file_document
from cases.letters.print_run import bind_letters
from cases.models import ContactRecord, GateDecision, Letter, Posting, PrintRun
from cases.services.carrier_file import take_carrier_file
from cases.services.posting import PostingRefused, letters_to_post, make_print_run
from tests.cases.outbox.conftest import NOON, make_case
from tests.factories import ContactConditionFactory, ContactPointFactory, CreditorFactory, UserFactory

pytestmark = pytest.mark.django_db
TODAY = NOON.date()
ISSUED = NOON - dt.timedelta(days=20)


@pytest.fixture(autouse=True)
def _house(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with time_machine.travel(NOON, tick=False):
        yield


def pdf(pages, width=200):
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width, 300)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def issue(case, number, pages=1):
    document = file_document(
        data=pdf(pages, 200 + number), name=f"{number}.pdf", mime_type="application/pdf", kind=Document.Kind.LETTER,
        creditor=case.creditor, borrower=case.borrower, by=None,
    )  # fmt: skip
    with time_machine.travel(ISSUED, tick=False):
        return Letter.objects.create(
            creditor=case.creditor, case=case, kind="demand", year=2026, sequence=number, number=f"X-D-2026-{number:06d}",
            language="en", cut_off=TODAY, pay_by=TODAY, amount=100, currency="CNY", figures={}, document=document, pages=pages,
        )  # fmt: skip


@pytest.fixture
def creditor():
    return CreditorFactory.create()


@pytest.fixture
def supervisor(creditor):
    return UserFactory(role="supervisor", creditors=[creditor])


def addressed(creditor, address="1 Sample Street"):
    case = make_case(creditor)
    ContactPointFactory(borrower=case.borrower, kind="address", value=address)
    return case


@pytest.fixture
def letters(creditor):
    return [issue(addressed(creditor, f"{n} Sample Street"), n, pages=n) for n in (1, 2, 3)]


def test_each_letter_begins_on_a_sheet_of_its_own():
    bound = bind_letters([("one", pdf(1)), ("two", pdf(2)), ("three", pdf(3))])
    reader = PdfReader(io.BytesIO(bound.pdf))
    assert bound.starts == (1, 3, 5)
    assert (bound.pages, len(reader.pages)) == (7, 7)
    assert [item.title for item in reader.outline] == ["one", "two", "three"]
    assert [reader.get_destination_page_number(item) + 1 for item in reader.outline] == [1, 3, 5]
    with pytest.raises(ValueError, match="without letters"):
        bind_letters([])


def test_a_run_holds_what_waits_in_the_order_of_its_list(creditor, supervisor, letters):
    run = make_print_run(creditor=creditor, actor=supervisor, now=NOON)
    assert (run.count, run.pages) == (3, 7)
    assert len(PdfReader(io.BytesIO(run.pdf.read())).pages) == 7
    rows = list(csv.DictReader(io.StringIO(run.addresses.read().decode("utf-8-sig"))))
    assert [(row["position"], row["letter"], row["first_page"]) for row in rows] == [
        ("1", letters[0].number, "1"), ("2", letters[1].number, "3"), ("3", letters[2].number, "5"),
    ]  # fmt: skip
    assert rows[1]["address"] == "2 Sample Street"
    assert GateDecision.objects.filter(channel="post", moment="send", allowed=True).count() == 3
    assert AuditEvent.objects.get(action="make_print_run").detail["letters"] == 3


def test_a_letter_is_printed_once(creditor, supervisor, letters):
    make_print_run(creditor=creditor, actor=supervisor, now=NOON)
    with pytest.raises(PostingRefused):
        make_print_run(creditor=creditor, actor=supervisor, now=NOON)
    assert Posting.objects.count() == 3


def test_what_cannot_go_is_told_with_its_reason(creditor, supervisor):
    without = issue(make_case(creditor), 1)
    ceased = addressed(creditor)
    refused = issue(ceased, 2)
    ContactConditionFactory(borrower=ceased.borrower, kind="flag", code="cease")
    problems = {one.letter: one.problem for one in letters_to_post(creditor=creditor, now=NOON)}
    assert "No address" in problems[without]
    assert problems[refused]
    with pytest.raises(PostingRefused):
        make_print_run(creditor=creditor, actor=supervisor, now=NOON)
    assert not PrintRun.objects.exists()


def test_a_cell_is_never_a_formula(creditor, supervisor):
    issue(addressed(creditor, "=1+1 Sample Street"), 1)
    run = make_print_run(creditor=creditor, actor=supervisor, now=NOON)
    assert "'=1+1" in run.addresses.read().decode("utf-8-sig")


def test_only_who_may_print_prints(creditor, letters):
    for person in (UserFactory(role="collector"), UserFactory(role="supervisor", creditors=[CreditorFactory()])):
        with pytest.raises(PermissionDenied):
            make_print_run(creditor=creditor, actor=person, now=NOON)


def test_the_list_costs_the_same_for_three_and_for_thirteen(creditor, letters, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        letters_to_post(creditor=creditor, now=NOON)
    for number in range(4, 14):
        issue(addressed(creditor), number)
    with django_assert_max_num_queries(8):
        assert len(letters_to_post(creditor=creditor, now=NOON)) == 13


@pytest.fixture
def run(creditor, supervisor, letters):
    return make_print_run(creditor=creditor, actor=supervisor, now=NOON)


def take(run, supervisor, text, dry_run=False, name="carrier.csv", encoding="utf-8"):
    data = text.encode(encoding)
    return take_carrier_file(run=run, actor=supervisor, name=name, data=data, dry_run=dry_run, today=TODAY)


def states(run):
    return list(Posting.objects.filter(run=run).order_by("position").values_list("state", flat=True))


def test_tracking_numbers_and_ends_are_read_back(run, supervisor, letters):
    text = (
        "letter,tracking_no,carrier,posted_on,state,date,signed_by,reason\n"
        f"{letters[0].number},T1,Sample Post,2026-02-20,delivered,2026-02-24,B. Sample,\n"
        f"{letters[1].number},T2,Sample Post,2026-02-20,returned,2026-02-27,,unknown\n"
        f"{letters[2].number},T3,Sample Post,2026-02-20,,,,\n"
    )
    assert not any(line.problem for line in take(run, supervisor, text, dry_run=True))
    assert states(run) == ["printed"] * 3  # only looked at
    take(run, supervisor, text)
    assert states(run) == ["delivered", "returned", "posted"]
    served, back = ContactRecord.objects.order_by("at")
    assert (served.channel, served.outcome, served.at.date()) == ("post", "served", dt.date(2026, 2, 24))
    assert (back.outcome, "T2" in back.notes) == ("returned", True)
    point = letters[1].case.borrower.contact_points.get(kind="address")
    assert (point.is_valid, point.invalid_reason) == (False, "returned")
    assert not any(line.changes for line in take(run, supervisor, text))
    assert ContactRecord.objects.count() == 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_chinese_file_by_position(run, supervisor, encoding):
    take(run, supervisor, "序号,邮件号,状态,日期\n1,EMS1,妥投,2026/02/24\n", encoding=encoding)
    assert states(run)[0] == "delivered"
    assert Posting.objects.get(position=1).tracking_no == "EMS1"


@pytest.mark.parametrize(
    ("row", "told"),
    [("NOBODY,,,", "No such letter"), ("{0},T,nonsense,", "“nonsense” is not known"), ("{0},T,delivered,", "on which day"),
     ("{0},T,delivered,2026-02-01", "issued only on 2026-02-10"), ("{0},T,delivered,soon", "is not a day"),
     ("{0},T,delivered,2027-01-01", "lies ahead")],
)  # fmt: skip
def test_a_bad_row_is_named_and_the_others_are_taken(run, supervisor, letters, row, told):
    text = f"letter,tracking_no,state,date\n{row.format(letters[0].number)}\n{letters[1].number},T2,,\n"
    bad, good = take(run, supervisor, text)
    assert told in bad.problem
    assert bad.number == 2
    assert states(run) == ["printed", "posted", "printed"]
    assert not good.problem


def test_what_is_settled_changes_only_by_a_later_fact(run, supervisor, letters):
    head = "letter,state,date\n"
    take(run, supervisor, f"{head}{letters[0].number},returned,2026-02-24\n")
    (line,) = take(run, supervisor, f"{head}{letters[0].number},delivered,2026-02-23\n")
    assert line.problem
    take(run, supervisor, f"{head}{letters[0].number},delivered,2026-02-26\n")
    assert states(run)[0] == "delivered"


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [("a.csv", b"", "empty"), ("a.csv", b"what,ever\n1,2\n", "no column"), ("a.xlsx", b"no workbook", "no workbook"),
     ("a.csv", b"x" * 5_000_001, "too large")],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why(run, supervisor, name, data, told):
    with pytest.raises(InputError, match=told):
        take_carrier_file(run=run, actor=supervisor, name=name, data=data, dry_run=True, today=TODAY)


def test_the_screens(client, creditor, supervisor, letters):
    client.force_login(supervisor)
    assert "3 letters can go" in client.get(reverse("cases:print_runs")).content.decode()
    answer = client.post(reverse("cases:make_run", args=[creditor.pk]))
    run = PrintRun.objects.get()
    assert answer["Location"] == reverse("cases:print_run", args=[run.pk])
    page = client.get(reverse("cases:print_run", args=[run.pk])).content.decode()
    assert letters[0].number in page
    assert client.get(reverse("cases:run_file", args=[run.pk, "letters"]))["Content-Type"] == "application/pdf"
    assert client.get(reverse("cases:run_file", args=[run.pk, "addresses"])).status_code == 200
    assert client.get(reverse("cases:run_file", args=[run.pk, "other"])).status_code == 404
    upload = SimpleUploadedFile("c.csv", f"letter,tracking_no\n{letters[0].number},T9\nNO,T8\n".encode())
    page = client.post(reverse("cases:print_run", args=[run.pk]), {"file": upload}).content.decode()
    assert "nothing was changed" in page
    assert "No such letter" in page
    assert states(run) == ["printed"] * 3
    upload = SimpleUploadedFile("c.csv", f"letter,tracking_no\n{letters[0].number},T9\n".encode())
    client.post(reverse("cases:print_run", args=[run.pk]), {"file": upload, "apply": "on"})
    assert states(run)[0] == "posted"
    case_page = client.get(reverse("cases:case", args=[letters[0].case_id])).content.decode()
    assert "T9" in case_page


@pytest.mark.parametrize(("role", "status"), [("collector", 403), ("legal", 403), ("operator", 403)])
def test_who_may_not_print_sees_nothing(client, creditor, run, role, status):
    client.force_login(UserFactory(role=role, creditors=[creditor]))
    for address in (
        reverse("cases:print_runs"),
        reverse("cases:print_run", args=[run.pk]),
        reverse("cases:run_file", args=[run.pk, "letters"]),
    ):
        assert client.get(address).status_code == status


def test_another_creditors_supervisor_finds_nothing(client, creditor, run):
    client.force_login(UserFactory(role="supervisor", creditors=[CreditorFactory()]))
    assert client.get(reverse("cases:print_run", args=[run.pk])).status_code == 404
    assert client.post(reverse("cases:make_run", args=[creditor.pk])).status_code == 404


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_supervisors_at_once_print_each_letter_once(creditor, supervisor, letters):
    results = []

    def press():
        try:
            results.append(make_print_run(creditor=creditor, actor=supervisor, now=NOON).count)
        except PostingRefused:
            results.append(0)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [0, 3]
    assert Posting.objects.count() == 3
