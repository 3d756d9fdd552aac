"""Objections on screens: who sees which, in which order, at what cost, and the way from the case page to the letter."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from borrowers.models import LedgerEntry, LoanBalance, Payment
from borrowers.services.entries import book_penalty
from cases.models import Case, CasePaper, Objection, ObjectionEvidence
from cases.services.objection_evidence import add_evidence
from cases.services.objections import open_objection
from tests.borrowers.ledger_checks import total
from tests.cases.arrangements.steps import loan_of
from tests.cases.objections.conftest import PDF
from tests.factories import (
    DAY,
    BorrowerFactory,
    CaseFactory,
    ContactConditionFactory,
    CreditorFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
ONE = dt.timedelta(days=1)
LIST = "/objections/"


@pytest.fixture
def enter(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


def numbers(client, **query):
    return [row.objection.number for row in client.get(LIST, query).context["rows"]]


def text(client, address, **query):
    return client.get(address, query).content.decode()


# --- The list ----------------------------------------------------------------------------------------------


def test_the_most_overdue_stands_first_and_stands_out(people, take, enter):
    later = take()
    overdue = take(received_on=DAY - 20 * ONE)
    soon = take(received_on=DAY - 13 * ONE)
    client = enter(people["supervisor"])
    assert numbers(client) == [overdue.number, soon.number, later.number]
    page = text(client, LIST)
    for words in ("5 days overdue", "due in 2 days", "due in 15 days", "1 overdue", "1 due within 3 days"):
        assert words in " ".join(page.split())


def test_tabs_show_ones_own_all_open_and_the_answered(people, take, enter):
    own = take(owner=people["colleague"])
    theirs = take()
    client = enter(people["supervisor"])
    client.post(
        reverse("cases:act_on_objection", args=[theirs.pk, "withdraw"]), {"reason": "the borrower found the receipt"}
    )
    assert numbers(client) == [own.number]
    assert numbers(client, tab="answered") == [theirs.number]
    assert numbers(client, tab="mine") == []
    assert numbers(enter(people["colleague"]), tab="mine") == [own.number]


def test_everybody_sees_those_of_their_cases_and_nobody_else_any(case, people, take, enter, client):
    objection = take()
    evidence = add_evidence(
        objection=objection, actor=people["collector"], item="handed_in", on=DAY, data=PDF, name="a.pdf"
    )
    addresses = [
        reverse("cases:objection", args=[objection.pk]),
        reverse("cases:evidence_download", args=[evidence.pk]),
    ]
    for address in (LIST, *addresses):
        assert client.get(address).status_code == 302
    outsiders = [
        UserFactory(role="collector", team=TeamFactory(creditors=[case.creditor])),
        UserFactory(role="supervisor", creditors=[CreditorFactory()]),
        UserFactory(role="legal", creditors=[case.creditor]),
    ]
    for person in outsiders:
        assert numbers(enter(person)) == []
        assert [client.get(address).status_code for address in addresses] == [404, 404]
        posted = client.post(reverse("cases:act_on_objection", args=[objection.pk, "take"]))
        assert posted.status_code == 404
    for person in (people["collector"], people["colleague"], people["supervisor"]):
        assert numbers(enter(person)) == [objection.number]
        assert [client.get(address).status_code for address in addresses] == [200, 200]
    download = client.get(addresses[1])
    assert (download.content, download["Content-Type"]) == (PDF, "application/pdf")
    assert download["Content-Disposition"].startswith("attachment")
    # Sent to legal, legal staff read the case and its objections, and answer none.
    Case.objects.filter(pk=case.pk).update(sent_to_legal_on=DAY)
    assert numbers(enter(outsiders[2])) == [objection.number]
    assert "Answer</a>" not in text(client, addresses[0])
    assert client.get(reverse("cases:answer_objection", args=[objection.pk])).status_code == 403


def test_queries_do_not_grow(case, people, take, enter):
    client, counts = enter(people["supervisor"]), []
    for _ in range(2):
        for _ in range(6):
            other = CaseFactory(
                borrower=BorrowerFactory(creditor=case.creditor), team=case.team, assigned_to=people["collector"]
            )
            open_objection(
                case=other, actor=people["collector"], family="dispute", topic="amount", channel="phone",
                received_on=DAY, words="no",
            )  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 14


def test_the_menu_leads_there(people, enter):
    link = f'href="{LIST}"'
    for who in ("collector", "supervisor"):
        assert link in text(enter(people[who]), "/cases/")


# --- From the case page to the letter ----------------------------------------------------------------------


def test_taken_down_on_the_case_page_with_its_paper(case, people, enter):
    client, address = enter(people["collector"]), reverse("cases:add_objection", args=[case.pk])
    data = {
        "family": "dispute", "topic": "paid", "channel": "post", "received_on": DAY.isoformat(),
        "words": "I paid in cash.",
    }  # fmt: skip
    wrong = SimpleUploadedFile("receipt.pdf", b"<html>", "application/pdf")
    assert "neither a PDF" in client.post(address, {**data, "paper": wrong}).content.decode()
    assert "required" in client.post(address, {**data, "words": ""}).content.decode()
    assert not Objection.objects.exists()
    paper = SimpleUploadedFile("receipt.pdf", PDF, "application/pdf")
    answer = client.post(address, {**data, "paper": paper}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Trigger"]) == (204, "case-changed")
    objection = Objection.objects.get()
    assert objection.loan is None
    assert ObjectionEvidence.objects.get().document.read() == PDF
    page = text(client, reverse("cases:case", args=[case.pk]))
    assert objection.number in page
    assert "due in 15 days" in " ".join(page.split())
    assert "disputes the debt" in page


def test_the_case_page_warns_of_what_is_due_and_offers_to_take_up_a_bare_flag(case, people, take, enter):
    flag = ContactConditionFactory(
        borrower=case.borrower, kind="flag", code="complaint_open", words="rude on the phone"
    )
    client, address = enter(people["collector"]), reverse("cases:case", args=[case.pk])
    page = text(client, address)
    assert "without an objection" in page
    form = text(client, reverse("cases:add_objection", args=[case.pk]), condition=flag.pk)
    assert "rude on the phone" in form
    assert '<option value="complaint" selected>' in form
    objection = take(family="complaint", topic="conduct", received_on=DAY - 16 * ONE)
    page = " ".join(text(client, address).split())
    assert "without an objection" not in page
    assert page.count("1 day overdue") == 2  # in the head and in the panel
    assert objection.condition == flag


def test_the_page_of_an_objection_leads_through_it(case, people, take, enter):
    objection = take(family="identity_theft", topic="not_mine")
    client, address = enter(people["collector"]), reverse("cases:objection", args=[objection.pk])
    page = text(client, address)
    for words in ("police report", "device and IP log", "House rule", "in cash"):
        assert words in page
    assert "For supervisors" not in page
    for act in ("acknowledge", "take"):
        client.post(reverse("cases:act_on_objection", args=[objection.pk, act]))
    file = SimpleUploadedFile("report.png", b"\x89PNG\r\n\x1a\n", "text/plain")
    data = {"item": "police_report", "on": DAY.isoformat(), "note": "", "paper": file}
    assert client.post(reverse("cases:objection_evidence", args=[objection.pk]), data).status_code == 302
    late = {**data, "on": (DAY + ONE).isoformat(), "paper": SimpleUploadedFile("x.pdf", PDF)}
    assert client.post(reverse("cases:objection_evidence", args=[objection.pk]), late).status_code == 422
    objection = Objection.objects.get()
    assert (objection.state, objection.owner) == ("in_progress", people["collector"])
    assert objection.evidence.get().document.mime_type == "image/png"
    refused = client.post(
        reverse("cases:act_on_objection", args=[objection.pk, "extend"]), {"reason": "police"}, follow=True
    )
    assert "You may not do this." in refused.content.decode()
    client = enter(people["supervisor"])
    client.post(reverse("cases:act_on_objection", args=[objection.pk, "extend"]), {"reason": "police"})
    client.post(reverse("cases:act_on_objection", args=[objection.pk, "assign"]), {"owner": people["colleague"].pk})
    objection = Objection.objects.get()
    assert (objection.due_on, objection.owner) == (DAY + 60 * ONE, people["colleague"])
    assert client.post(reverse("cases:act_on_objection", args=[objection.pk, "delete"])).status_code == 404


def test_an_answer_with_two_corrections_and_its_letter(case, people, take, enter):
    objection = take(topic="paid")
    book_penalty(loan_ids=[loan_of(case).pk], on=DAY)
    before = LoanBalance.objects.get(loan=loan_of(case)).outstanding_amount
    client, address = enter(people["supervisor"]), reverse("cases:answer_objection", args=[objection.pk])
    assert enter(people["collector"]).get(address).status_code == 403
    enter(people["supervisor"])
    assert "a part of the debt is waived" in text(client, address)
    data = {
        "outcome": "upheld", "language": "en", "found": "The receipt is real.", "corrected": "Booked, and 1.00 waived.",
        "c0-kind": "received", "c0-loan": loan_of(case).pk, "c0-amount": "100.00", "c0-payment_no": "CASH-1",
        "c0-on": (DAY - 5 * ONE).isoformat(),
        "c1-kind": "waived", "c1-loan": loan_of(case).pk, "c1-component": "penalty", "c1-amount": "9999.00",
    }  # fmt: skip
    refused = client.post(address, data)
    assert refused.status_code == 422
    assert "more than is owed of it" in refused.content.decode()
    assert not Payment.objects.exists()
    assert Objection.objects.get().is_open
    done = client.post(address, {**data, "c1-amount": "1.00"}, follow=True)
    assert "It is answered" in done.content.decode()
    assert Payment.objects.get().amount == 100
    assert total(LedgerEntry.objects.filter(kind="waiver", component="penalty")) == -1
    after = LoanBalance.objects.get(loan=loan_of(case)).outstanding_amount
    assert after <= before - 101
    paper = CasePaper.objects.get()
    assert paper.number in text(client, reverse("cases:case", args=[case.pk]))
    assert client.get(reverse("cases:paper_download", args=[paper.pk])).content.startswith(b"%PDF")
    assert client.post(address, data).status_code == 422  # answered already


@pytest.mark.parametrize("missing", ["amount", "payment_no"])
def test_what_a_correction_lacks_is_said_at_its_field(case, people, take, enter, missing):
    data = {
        "outcome": "upheld", "language": "en", "found": "Yes.", "corrected": "Booked.", "c0-kind": "received",
        "c0-loan": loan_of(case).pk, "c0-amount": "5.00", "c0-payment_no": "X",
    }  # fmt: skip
    del data[f"c0-{missing}"]
    answer = enter(people["supervisor"]).post(reverse("cases:answer_objection", args=[take().pk]), data)
    assert "is missing" in answer.content.decode()
    assert answer.context["corrections"][0].errors.keys() == {missing}


def test_the_timeline_tells_of_it(case, people, take, enter):
    take(family="identity_theft", topic="not_mine")
    page = text(enter(people["collector"]), reverse("cases:timeline", args=[case.pk]))
    assert "Objection taken down" in page
    assert "Interest and clock stand still" in page
