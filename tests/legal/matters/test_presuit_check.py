"""The check before a suit on real rows: what it finds, in how many queries, and that a suit waits for it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from borrowers.models import AuditEvent, ContactPoint, LoanBalance, User
from cases.models import Case
from cases.services.letters import issue_demand_letter
from legal.models import LegalPaper, LimitationEvent, LoanLimitation, Matter
from legal.services.matters import LegalRefused
from legal.services.moves import make_move, prepare_matter
from legal.services.presuit import check_matter
from legal.stages import move_paper
from tests.factories import LoanFactory, with_schedule
from tests.legal.conftest import make_legal_case, today
from tests.legal.matters.conftest import agree, file_papers
from tests.legal.matters.life import court, told_by


def found(matter: Matter, **told: Any) -> dict[str, str]:
    fresh = Matter.objects.select_related("case__creditor", "case__borrower").get(pk=matter.pk)
    return {f.code: f.level for f in check_matter(matter=fresh, on=today(), told=told) if f.level != "ok"}


def put_in_order(matter: Matter, by: User, *, demanded: bool = True) -> None:
    """Everything that the check asks for."""
    borrower = matter.case.borrower
    borrower.id_type, borrower.id_no = "other", "SAMPLE-1"
    borrower.save()
    file_papers(matter.case, "identity", "contract", "disbursement")
    prepare_matter(matter=matter, actor=by, court=court(), venue_basis="agreement")
    for loan in matter.case.loans.all() if demanded else ():
        LimitationEvent.objects.create(loan=loan, kind="demand_delivered", on=today(), note="handed over", by=by)


def test_what_an_empty_file_lacks(matter: Matter) -> None:
    assert found(matter) == {
        "identity": "missing",
        "contract": "missing",
        "disbursement": "missing",
        "demand": "missing",
        "court": "missing",
        "mandate": "warning",
    }


def test_a_file_in_order(ready: Matter, legal: User) -> None:
    put_in_order(ready, legal)
    assert found(ready) == {}


def test_what_the_move_is_about_to_tell_counts(ready: Matter, legal: User) -> None:
    put_in_order(ready, legal)
    prepare_matter(matter=ready, actor=legal, court=None, venue_basis="")
    assert found(ready) == {"court": "missing"}
    assert found(ready, court=court()) == {"venue": "missing"}
    assert found(ready, court=court(), venue_basis="domicile") == {}
    assert found(ready, court=court(), venue_basis="domicile", lawyers_fee=Decimal(100_000)) == {"cost": "warning"}


@pytest.mark.parametrize("case_of", ["letter", "posting", "message", "paper", "signed"])
def test_demands_and_what_proves_them(ready: Matter, legal: User, supervisor: User, case_of: str) -> None:
    from cases.models import GateDecision, Message, Posting, PrintRun

    put_in_order(ready, legal, demanded=False)
    assert found(ready) == {"demand": "missing"}
    if case_of == "signed":
        LimitationEvent.objects.create(
            loan=ready.case.loans.get(), kind="signed_demand", on=today(), note="slip", by=legal
        )
        assert found(ready) == {}
        return
    if case_of == "message":
        decision = GateDecision.objects.create(borrower=ready.case.borrower, allowed=True, at=_noon(), pack="cn")
        Message.objects.create(
            key="k", borrower=ready.case.borrower, case=ready.case, purpose="demand_notice", day=today(), channel="sms",
            to="+8615400000001", body="x", not_before=_noon(), state="delivered", send_decision=decision,
        )  # fmt: skip
        assert found(ready) == {"demand": "warning"}
        return
    letter = issue_demand_letter(case=ready.case, actor=supervisor, on=today())
    assert found(ready) == {"demand": "missing"}
    if case_of == "paper":
        paper = LegalPaper.objects.create(
            matter=ready, language="en", drafted_by=legal, approved_by=legal, letter=letter, state="issued"
        )
        assert found(ready) == {"demand": "missing"}
        move_paper(paper.pk, "deliver", actor=legal, on=today(), note="handed over")
        assert found(ready) == {}
    if case_of == "posting":
        pdf, addresses = file_papers(ready.case, "letter", "other")
        run = PrintRun.objects.create(
            creditor=ready.case.creditor, pdf=pdf, addresses=addresses, count=1, pages=1, made_by=supervisor
        )
        posting = Posting.objects.create(letter=letter, run=run, position=1, name="x", address="y", state="posted")
        assert found(ready) == {"demand": "missing"}
        Posting.objects.filter(pk=posting.pk).update(state="delivered")
        assert found(ready) == {}


def _noon() -> dt.datetime:
    return dt.datetime.combine(today(), dt.time(4), tzinfo=dt.UTC)


def test_each_loan_has_papers_of_its_own(ready: Matter, legal: User) -> None:
    put_in_order(ready, legal)
    second = with_schedule(LoanFactory.create(borrower=ready.case.borrower), first_due=today() - dt.timedelta(days=40))
    ready.case.case_loans.create(loan=second, added_on=today())
    lacking = {
        f.code: f.values for f in check_matter(matter=ready, on=today()) if f.code in ("contract", "disbursement")
    }
    assert lacking == {"contract": {"accounts": second.account_no}, "disbursement": {"accounts": second.account_no}}
    second.contract_url = "https://archive.example.com/c/2"
    second.save()
    file_papers(ready.case, "disbursement")
    assert found(ready) == {}
    # An account that went back to the creditor is not claimed.
    second.contract_url, second.status = "", "recalled"
    second.save()
    assert found(ready) == {}


def test_a_schedule_that_does_not_add_up(ready: Matter, legal: User) -> None:
    put_in_order(ready, legal)
    loan = ready.case.loans.get()
    loan.principal += 1
    loan.save()
    LoanBalance.objects.filter(loan=loan).update(outstanding_principal=loan.principal)
    assert found(ready) == {"schedule": "missing"}


def test_limitation_is_taken_as_it_was_last_reckoned(ready: Matter, legal: User) -> None:
    put_in_order(ready, legal)
    loan = ready.case.loans.get()
    row = LoanLimitation.objects.create(
        loan=loan, state="running", expires_on=today() + dt.timedelta(days=30), reckoned_on=today()
    )
    assert found(ready) == {"limitation": "warning"}
    row.state, row.suit_ok = "expired", False
    row.save()
    assert found(ready) == {"limitation": "missing"}


def test_without_a_row_it_runs_from_the_last_instalment(ready: Matter, legal: User) -> None:
    put_in_order(ready, legal)
    LoanLimitation.objects.all().delete()
    ready.case.loans.get().instalments.update(due_on=dt.date(2020, 1, 1))
    assert found(ready) == {"limitation": "missing"}


def test_what_should_keep_it_out_of_court(ready: Matter, legal: User, supervisor: User) -> None:
    put_in_order(ready, legal)
    agree(ready.case, supervisor, state="active")
    assert found(ready) == {"arrangement": "missing"}


# --- Filing ------------------------------------------------------------------------------------------------


def file_suit(matter: Matter, actor: User, **more: Any) -> Matter:
    return make_move(matter=matter, name="file_suit", actor=actor, **{**told_by("file_suit"), **more})


def test_a_suit_waits_for_what_is_missing(ready: Matter, legal: User) -> None:
    with pytest.raises(LegalRefused, match="proof that the money was paid out"):
        file_suit(ready, legal, venue_basis="domicile")
    with pytest.raises(LegalRefused):
        make_move(matter=ready, name="apply_for_order", actor=legal, **told_by("apply_for_order"))
    put_in_order(ready, legal)
    assert file_suit(ready, legal).state == "filing"
    check = AuditEvent.objects.get(action="file_suit").detail["check"]
    assert {found["level"] for found in check} == {"ok"}


def test_only_who_approves_papers_files_in_spite_of_it_and_says_why(ready: Matter, legal: User, clerk: User) -> None:
    group = clerk.groups.get()
    group.permissions.remove(group.permissions.get(codename="approve_paper"))
    clerk = User.objects.get(pk=clerk.pk)
    with pytest.raises(LegalRefused, match="approve papers"):
        file_suit(ready, clerk, override="the originals are with the court")
    legal.user_permissions.add(*_permission("approve_paper"))
    legal = User.objects.get(pk=legal.pk)
    with pytest.raises(LegalRefused):
        file_suit(ready, legal, override="  ")
    assert file_suit(ready, legal, override="the originals are with the court").state == "filing"
    detail = AuditEvent.objects.get(action="file_suit").detail
    assert detail["override"] == "the originals are with the court"
    assert "disbursement" in {found["code"] for found in detail["check"] if found["level"] == "missing"}


def _permission(codename: str) -> list[Any]:
    from django.contrib.auth.models import Permission

    return list(Permission.objects.filter(codename=codename))


def test_a_time_barred_debt_is_sued_by_nobody_where_the_law_forbids_it(ready: Matter, legal: User) -> None:
    put_in_order(ready, legal)
    creditor = ready.case.creditor
    creditor.pack, creditor.role = "us_reg_f", "debt_collector"
    creditor.save()
    LoanLimitation.objects.update_or_create(
        loan=ready.case.loans.get(), defaults={"state": "expired", "suit_ok": False, "reckoned_on": today()}
    )
    with pytest.raises(LegalRefused, match="must not be filed"):
        file_suit(ready, legal, override="please")
    assert Matter.objects.get().state == "review"


@pytest.mark.parametrize("count", [1, 5])
def test_the_check_takes_a_fixed_number_of_queries(
    creditor: Any, supervisor: User, legal: User, count: int, django_assert_num_queries: Any
) -> None:
    case: Case = make_legal_case(creditor, supervisor)
    for _ in range(count):
        loan = with_schedule(LoanFactory.create(borrower=case.borrower), first_due=today())
        case.case_loans.create(loan=loan, added_on=today())
        ContactPoint.objects.create(borrower=case.borrower, kind="mobile", value=f"+86154{loan.pk:08d}")
    made = Matter.objects.create(case=case, opened_on=today())
    matter = Matter.objects.select_related("case__creditor", "case__borrower", "court", "mandate").get(pk=made.pk)
    with django_assert_num_queries(3):
        check_matter(matter=matter, on=today())
