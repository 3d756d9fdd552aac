"""Arrangements on the case page, by role; the papers of a case."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from django.urls import reverse

from borrowers.ageing import age_loans
from cases.models import Arrangement, CasePaper
from cases.services.arrangements import approve_arrangement
from tests.cases.arrangements.steps import ONE, activate, loan_of, pay, propose
from tests.factories import DAY, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(f"{DAY.isoformat()}T10:00:00+08:00", tick=False)


@pytest.fixture
def other(case):
    return UserFactory(role="collector", team=TeamFactory(creditors=[case.creditor]))


def asked(case, **values):
    return {
        "loan": loan_of(case).pk, "income": "5000", "spending": "4500", "first_on": (DAY + 30 * ONE).isoformat(),
        "reason": "lost his job", **values,
    }  # fmt: skip


def test_who_may_open_the_form(client, case, people, other):
    url = reverse("cases:propose", args=[case.pk])
    assert client.get(url).status_code == 302
    for person, status in [
        (people["collector"], 200), (people["supervisor"], 200), (other, 404),
        (UserFactory(role="legal", creditors=[case.creditor]), 403),
    ]:  # fmt: skip
        client.force_login(person)
        assert client.get(url).status_code == status


def test_what_can_be_afforded_is_shown_and_nothing_is_saved(client, case, people):
    client.force_login(people["collector"])
    page = client.post(reverse("cases:propose", args=[case.pk]), asked(case)).content.decode()
    assert "Affordable: ¥400.00 a month" in page
    assert page.count('name="choose"') == 4  # three plans and one's own
    assert not Arrangement.objects.exists()


def test_a_suggestion_is_proposed(client, case, people):
    client.force_login(people["collector"])
    client.post(reverse("cases:propose", args=[case.pk]), asked(case, choose="0"))
    arrangement = Arrangement.objects.get()
    assert (arrangement.kind, len(arrangement.lines), arrangement.income) == ("instalments", 4, Decimal(5000))
    assert arrangement.proposed_by == people["collector"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": "settlement", "discount": "60"}, "beyond what anybody"),
        ({"kind": "waiver", "penalty": "9999"}, "more than is owed"),
        ({"kind": ""}, "is missing"),
        ({"kind": "deferral", "first_on": "2026-01-01"}, "in the past"),
    ],
)
def test_a_plan_of_ones_own_that_cannot_be(client, case, people, values, words):
    client.force_login(people["collector"])
    page = client.post(reverse("cases:propose", args=[case.pk]), asked(case, choose="own", **values)).content.decode()
    assert words in page
    assert not Arrangement.objects.exists()


def test_from_approval_to_the_end_on_the_page(client, case, people):
    arrangement = propose(case, people["collector"])
    client.force_login(people["collector"])
    page = client.get(reverse("cases:case", args=[case.pk])).content.decode()
    approve = reverse("cases:approve_arrangement", args=[case.pk, arrangement.pk])
    assert approve not in page
    client.post(approve)
    assert Arrangement.objects.get().state == "proposed"
    client.force_login(people["supervisor"])
    assert approve in client.get(reverse("cases:case", args=[case.pk])).content.decode()
    client.post(approve)
    accept = reverse("cases:accept_arrangement", args=[case.pk, arrangement.pk])
    assert "recording" in client.post(accept, {"recording_ref": ""}).content.decode()
    client.post(accept, {"recording_ref": "REC-7"})
    assert Arrangement.objects.get().state == "active"
    page = client.get(reverse("cases:case", args=[case.pk])).content.decode()
    assert "A1-1" in page
    client.post(reverse("cases:cancel_arrangement", args=[case.pk, arrangement.pk]), {"reason": "asked for it"})
    assert Arrangement.objects.get().state == "cancelled"
    timeline = client.get(reverse("cases:timeline", args=[case.pk])).content.decode()
    assert "Arrangement started" in timeline
    assert "days past due: 40 → 0" in timeline


def test_a_signed_slip_is_kept(client, case, people):
    arrangement = propose(case, people["collector"])
    approve_arrangement(arrangement=arrangement, actor=people["supervisor"], on=DAY)
    client.force_login(people["collector"])
    url = reverse("cases:accept_arrangement", args=[case.pk, arrangement.pk])
    # What it is called does not count: what it holds does.
    wrong = io.BytesIO(b"<script>alert(1)</script>")
    wrong.name = "slip.pdf"
    assert "neither a PDF" in client.post(url, {"slip": wrong}).content.decode()
    slip = io.BytesIO(b"%PDF-1.7 sample")
    slip.name = "slip.pdf"
    client.post(url, {"slip": slip})
    assert Arrangement.objects.get().slip.read() == b"%PDF-1.7 sample"


def test_another_teams_arrangement_is_not_there(client, case, other, people):
    arrangement = propose(case, people["collector"])
    client.force_login(other)
    for name in ("approve_arrangement", "accept_arrangement", "cancel_arrangement"):
        assert client.post(reverse(f"cases:{name}", args=[case.pk, arrangement.pk])).status_code == 404


def test_papers_are_made_and_downloaded_by_who_sees_the_case(client, case, people, other):
    arrangement = activate(case, people, "settlement")
    client.force_login(people["collector"])
    for kind, about in [("statement", loan_of(case).pk), ("agreement", arrangement.pk), ("certificate", case.pk)]:
        client.post(reverse("cases:make_paper", args=[case.pk, kind, about]))
    assert set(CasePaper.objects.values_list("kind", flat=True)) == {"statement", "agreement"}
    age_loans(creditor=case.creditor, on=DAY + 10 * ONE)
    pay(case, arrangement.total, DAY + 10 * ONE)
    client.post(reverse("cases:make_paper", args=[case.pk, "certificate", case.pk]))
    paper = CasePaper.objects.get(kind="certificate")
    url = reverse("cases:paper_download", args=[paper.pk])
    assert client.get(url).content.startswith(b"%PDF")
    assert client.post(reverse("cases:make_paper", args=[case.pk, "poem", 1])).status_code == 404
    client.force_login(other)
    assert client.get(url).status_code == 404


def test_the_statement_as_csv_adds_up(client, case, people):
    client.force_login(people["collector"])
    answer = client.get(reverse("cases:statement_csv", args=[case.pk, loan_of(case).pk]))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0]["what"] == "To be repaid by contract"
    assert sum(Decimal(row["change"]) for row in rows) == Decimal(rows[-1]["owed"])
