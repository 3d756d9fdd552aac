"""A loan that bears no penalty interest only for want of an LPR says so where its amounts stand."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse

from borrowers.models import Loan, PenaltyPolicy
from borrowers.rules.reference_rates import lpr_table
from tests.cases.views.conftest import House
from tests.cases.views.test_case_page import Enter
from tests.factories import DAY

WORDS = "No penalty interest is reckoned on this loan"


def test_the_amounts_panel_warns_and_only_then(house: House, enter: Enter) -> None:
    client, url = enter(house.collector), reverse("cases:case", args=[house.case.pk])
    after = lpr_table().known_to + dt.timedelta(days=1)
    PenaltyPolicy.objects.create(creditor=house.case.creditor, start_on=DAY, cap="4lpr")
    Loan.objects.update(penalty_rate="0.18", disbursed_on=lpr_table().known_to)
    assert WORDS not in client.get(url).content.decode()
    Loan.objects.update(disbursed_on=after)
    page = client.get(url).content.decode()
    assert WORDS in page
    assert f"the one-year LPR of {after}" in page
    PenaltyPolicy.objects.update(cap="rate")
    assert WORDS not in client.get(url).content.decode()
