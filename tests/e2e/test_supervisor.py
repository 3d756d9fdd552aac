"""A supervisor's morning: a placement comes in, is looked at and loaded; then the cases are shared out."""

from __future__ import annotations

import pytest

from borrowers.models import Loan
from cases.models import Case
from tests.borrowers.views.test_placements import placement_file
from tests.factories import BorrowerFactory, CaseFactory, CreditorFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_placement_is_loaded_and_cases_are_shared_out(page, tmp_path):
    creditor = CreditorFactory()
    team = TeamFactory(creditors=[creditor])
    people = [UserFactory(role="collector", team=team) for _ in range(2)]
    for _ in range(4):
        CaseFactory(borrower=BorrowerFactory(creditor=creditor), team=team)
    supervisor = UserFactory(role="supervisor", creditors=[creditor])
    supervisor.set_password("a-long-password-1")
    supervisor.save()
    file = tmp_path / "march.zip"
    file.write_bytes(placement_file(second="-5").read())

    page.goto("/sign-in/")
    page.fill("[name=username]", supervisor.username)
    page.fill("[name=password]", "a-long-password-1")
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)
    page.goto("/placements/")
    page.set_input_files("[name=file]", str(file))
    page.click("text=Check the file")
    page.wait_for_selector("text=principal")
    assert Loan.objects.filter(account_no="A1").count() == 0
    page.click("button:text-is('Load')")
    page.wait_for_selector("text=The file was loaded.")
    assert Loan.objects.filter(account_no="A1").count() == 1

    page.goto("/admin/cases/case/")
    page.check("#action-toggle")
    page.select_option("select[name=action]", "assign")
    page.click("button[name=index]")
    for person in people:
        page.check(f"input[name=collectors][value='{person.pk}']")
    page.fill("[name=reason]", "new placement")
    page.click("input[type=submit][value='Assign cases by load']")
    page.wait_for_selector(".success")
    assert [Case.objects.filter(assigned_to=person).count() for person in people] == [2, 2]
