"""The panels of claim and limitation: who sees them, what they say, what is recorded through them."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cases.models import Case
from legal.models import LimitationEvent, Matter
from legal.services.claim import claim_of
from tests.factories import CreditorFactory, TeamFactory, UserFactory
from tests.legal.conftest import today

pytestmark = pytest.mark.django_db
ONE = dt.timedelta(days=1)


@pytest.fixture
def people(creditor, supervisor, legal, firm):
    other = CreditorFactory()
    return {
        "anonymous": None,
        "collector": UserFactory(role="collector", team=creditor.teams.first()),
        "other team": UserFactory(role="collector", team=TeamFactory(creditors=[creditor])),
        "supervisor": supervisor,
        "legal": legal,
        "stranger": UserFactory(role="legal", creditors=[other]),
    }


def get(client, user, name, *args, **query):
    if user is None:
        client.logout()
    else:
        client.force_login(user)
    return client.get(reverse(f"legal:{name}", args=args), query)


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("claim_panel", (302, 403, 403, 200, 200, 404)),
        ("claim_csv", (302, 403, 403, 200, 200, 404)),
        ("limitation_panel", (302, 403, 403, 200, 200, 404)),
    ],
)
def test_panels_of_the_matter_by_role(client, people, matter, name, statuses):
    assert tuple(get(client, user, name, matter.pk).status_code for user in people.values()) == statuses


def test_limitation_is_for_everybody_who_sees_the_case(client, people, matter):
    found = tuple(get(client, user, "case_limitation", matter.case_id).status_code for user in people.values())
    assert found == (302, 200, 404, 200, 200, 404)


class TestClaim:
    def test_the_table_says_what_the_rule_says(self, client, legal, matter):
        claim = claim_of(matter=matter, cut_off=today(), scope="all")
        page = get(client, legal, "claim_panel", matter.pk, cut_off=today().isoformat(), scope="all").content.decode()
        assert f"{claim.total:,.2f}" in page
        for loan in claim.loans:
            for line in loan.lines:
                assert line.formula in page

    def test_a_day_that_is_none_is_told(self, client, legal, matter):
        page = get(client, legal, "claim_panel", matter.pk, cut_off="soon", scope="all").content.decode()
        assert "Enter a valid date" in page
        page = get(client, legal, "claim_panel", matter.pk, cut_off="2001-01-01", scope="all").content.decode()
        assert "was not lent yet" in page

    def test_the_file_adds_up(self, client, legal, matter):
        text = get(client, legal, "claim_csv", matter.pk, cut_off=today().isoformat(), scope="due").content.decode()
        rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
        amounts = [Decimal(row["amount"]) for row in rows]
        assert rows[-1]["component"] == "total"
        assert sum(amounts[:-1]) == amounts[-1] == claim_of(matter=matter, cut_off=today(), scope="due").total

    def test_figures_are_kept_for_the_matter_by_those_who_work_it(self, client, legal, supervisor, matter):
        url, asked = reverse("legal:keep_claim", args=[matter.pk]), {"cut_off": today().isoformat(), "scope": "all"}
        client.force_login(supervisor)
        assert client.post(url, asked).status_code == 403
        client.force_login(legal)
        assert client.post(url, asked).status_code == 302
        kept = Matter.objects.get(pk=matter.pk)
        claim = claim_of(matter=matter, cut_off=today(), scope="all")
        assert (kept.claim_cut_off, kept.claims_all, kept.claimed_amount) == (today(), True, claim.debt)
        page = get(client, legal, "claim_panel", matter.pk).content.decode()
        assert f"{claim.total:,.2f}" in page


class TestLimitation:
    def record(self, client, case, loan, **values):
        given = {
            "loan": loan.pk, "kind": "demand_delivered", "on": today().isoformat(), "note": "handed over",
            "proof": SimpleUploadedFile("slip.pdf", b"%PDF-1.7 slip"),
        } | values  # fmt: skip
        return client.post(reverse("legal:record_limitation", args=[case.pk]), given, follow=True)

    def test_a_proof_is_recorded_shown_and_withdrawn(self, client, supervisor, case, matter):
        loan = case.loans.get()
        loan.instalments.update(due_on=today() - 400 * ONE)
        client.force_login(supervisor)
        assert "It is recorded." in self.record(client, case, loan).content.decode()
        page = get(client, supervisor, "case_limitation", case.pk).content.decode()
        assert "restarts" in page
        assert Case.objects.get(pk=case.pk).limitation_expires_on is not None
        event = LimitationEvent.objects.get()
        url = reverse("legal:withdraw_limitation", args=[case.pk, event.pk])
        answer = client.post(url, {"reason": "wrong", "matter": matter.pk})
        assert answer["Location"] == reverse("legal:matter", args=[matter.pk])
        assert "withdrawn" in get(client, supervisor, "case_limitation", case.pk).content.decode()

    def test_without_its_proof_it_is_refused(self, client, supervisor, case):
        client.force_login(supervisor)
        page = self.record(client, case, case.loans.get(), proof="").content.decode()
        assert "only with its proof" in page
        assert not LimitationEvent.objects.exists()

    def test_collectors_look_and_do_not_record(self, client, people, case):
        client.force_login(people["collector"])
        assert self.record(client, case, case.loans.get()).status_code == 403
        assert (
            "Record what happened" not in get(client, people["collector"], "case_limitation", case.pk).content.decode()
        )

    def test_another_cases_event_is_not_found(self, client, supervisor, case, legal):
        from tests.factories import CaseFactory

        other = CaseFactory(borrower__creditor=case.creditor).loans.get()
        event = LimitationEvent.objects.create(loan=other, kind="suspended", on=today(), note="x", by=legal)
        client.force_login(supervisor)
        url = reverse("legal:withdraw_limitation", args=[case.pk, event.pk])
        assert client.post(url, {"reason": "x"}).status_code == 404


class TestWorklist:
    @pytest.mark.parametrize(
        ("left", "expired", "words"),
        [(181, False, None), (180, False, "180 days"), (1, False, "1 day"), (-1, False, "expired"), (None, True, "expired")],
    )  # fmt: skip
    def test_a_tag_warns(self, client, supervisor, case, left, expired, words):
        day = None if left is None else today() + left * ONE
        Case.objects.filter(pk=case.pk).update(limitation_expires_on=day, limitation_expired=expired)
        client.force_login(supervisor)
        page = client.get(reverse("cases:worklist"), {"show": "all"}).content.decode()
        assert (words is not None) == ("limitation:" in page or "limitation expired" in page)
        if words:
            assert words in " ".join(page.split())

    def test_it_is_filtered_and_sorted_by_it(self, client, supervisor, case, creditor):
        from tests.factories import CaseFactory

        far, near, over = [
            CaseFactory(borrower__creditor=creditor, team=creditor.teams.first(), **values)
            for values in (
                {"limitation_expires_on": today() + 80 * ONE, "priority": 9},
                {"limitation_expires_on": today() + 5 * ONE},
                {"limitation_expired": True},
            )
        ]
        client.force_login(supervisor)

        def listed(value):
            page = client.get(reverse("cases:worklist"), {"show": "all", "limitation": value})
            return [row.pk for row in page.context["page_obj"]]

        assert listed("7") == [near.pk]
        assert listed("90") == listed("all") == [near.pk, far.pk]
        assert listed("expired") == [over.pk]
