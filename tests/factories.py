"""Rows for tests, plainly fictional. Amounts and dates are fixed unless a test sets them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import factory
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from borrowers.models import Borrower, ContactPoint, Creditor, Instalment, Loan, LoanBalance, Payment, User
from borrowers.models.encryption import id_index, person_key
from borrowers.services.roles import set_up_roles
from cases.models import Case, CaseLoan, ContactCondition, Team, TeamMembership

DAY = dt.date(2026, 3, 2)


class _CreditorFactory(DjangoModelFactory[Creditor]):
    class Meta:
        model = Creditor

    code = factory.Sequence(lambda n: f"CR{n}")
    name = factory.Sequence(lambda n: f"Sample Lender {n}")
    pack = "cn"
    currency = "CNY"
    time_zone = "Asia/Shanghai"
    language = "en"
    address = "1 Sample Road, Sample City"
    phone = "+861000000100"
    complaint_line = "+861000000101"
    authority = "Sample licence no. 1"
    account_holder = "Sample Lender"
    account_bank = "Sample Bank"
    account_number = "0000 0000 0000 0001"


class _UserFactory(DjangoModelFactory[User]):
    """UserFactory(role="collector", creditors=[...], team=...)."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")

    @factory.post_generation
    def role(self: Any, create: bool, extracted: str | None, **kwargs: Any) -> None:
        if extracted:
            set_up_roles()
            self.groups.add(Group.objects.get(name=extracted))
            if extracted != "collector":
                self.is_staff = True
                self.save(update_fields=["is_staff"])

    @factory.post_generation
    def creditors(self: Any, create: bool, extracted: list[Creditor] | None, **kwargs: Any) -> None:
        self.creditors.set(extracted or [])

    @factory.post_generation
    def team(self: Any, create: bool, extracted: Team | None, **kwargs: Any) -> None:
        if extracted:
            TeamMembership.objects.create(team=extracted, user=self)


class _TeamFactory(DjangoModelFactory[Team]):
    class Meta:
        model = Team
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Team {n}")

    @factory.post_generation
    def creditors(self: Any, create: bool, extracted: list[Creditor] | None, **kwargs: Any) -> None:
        self.creditors.set(extracted or [])


class _BorrowerFactory(DjangoModelFactory[Borrower]):
    class Meta:
        model = Borrower

    creditor = factory.SubFactory(_CreditorFactory)
    ref = factory.Sequence(lambda n: f"B{n}")
    name = factory.Sequence(lambda n: f"Borrower {n}")
    language = "en"
    id_no = ""
    id_type = ""
    id_no_index = factory.LazyAttribute(lambda o: id_index(o.id_type, o.id_no))
    person_key = factory.LazyAttribute(lambda o: person_key(o.creditor.code, o.ref, o.id_type, o.id_no))


class _ContactPointFactory(DjangoModelFactory[ContactPoint]):
    class Meta:
        model = ContactPoint

    borrower = factory.SubFactory(_BorrowerFactory)
    kind = "mobile"
    value = factory.Sequence(lambda n: f"+86154000{n:05d}"[:14])
    owner = "debtor"


class _LoanFactory(DjangoModelFactory[Loan]):
    """A loan without schedule; `with_schedule` makes one with equal instalments and its balance row."""

    class Meta:
        model = Loan

    borrower = factory.SubFactory(_BorrowerFactory)
    creditor = factory.SelfAttribute("borrower.creditor")
    account_no = factory.Sequence(lambda n: f"A{n:06d}")
    contract_no = factory.LazyAttribute(lambda o: f"C-{o.account_no}")
    currency = factory.SelfAttribute("creditor.currency")
    principal = Decimal("1200.00")
    annual_rate = Decimal("0.120000")
    disbursed_on = dt.date(2026, 1, 2)


def with_schedule(
    loan: Loan,
    *,
    first_due: dt.date,
    count: int = 12,
    interest: Decimal = Decimal("10.00"),
    fee: Decimal = Decimal("0.00"),
    every_days: int = 30,
) -> Loan:
    """Give the loan `count` instalments of equal principal, `every_days` apart, and an unaged balance row."""
    part = (loan.principal / count).quantize(Decimal("0.01"))
    total = Decimal(0)
    rows = []
    for index in range(count):
        principal = part if index < count - 1 else loan.principal - part * (count - 1)
        total += principal + interest + fee
        rows.append(
            Instalment(
                loan=loan,
                number=index + 1,
                due_on=first_due + dt.timedelta(days=every_days * index),
                principal=principal,
                interest=interest,
                fee=fee,
                cumulative_due=total,
            )
        )
    Instalment.objects.bulk_create(rows)
    LoanBalance.objects.create(
        loan=loan,
        due_total=total,
        outstanding_principal=loan.principal,
        outstanding_amount=total,
        next_due_on=first_due,
    )
    return loan


class _PaymentFactory(DjangoModelFactory[Payment]):
    """A bare payment row: tests that need it allocated go through borrowers.services.ledger."""

    class Meta:
        model = Payment

    loan = factory.SubFactory(_LoanFactory)
    payment_no = factory.Sequence(lambda n: f"P{n}")
    paid_on = DAY
    amount = Decimal("100.00")


class _CaseFactory(DjangoModelFactory[Case]):
    """A case as the day's run would open it, in stage preparing, with one loan 30 days late."""

    class Meta:
        model = Case
        skip_postgeneration_save = True

    borrower = factory.SubFactory(_BorrowerFactory)
    creditor = factory.SelfAttribute("borrower.creditor")
    case_no = factory.Sequence(lambda n: f"CASE-{n}")
    opened_on = DAY
    currency = factory.SelfAttribute("creditor.currency")
    days_past_due = 30
    delinquent_days = 30
    bucket = "M1"
    overdue_amount = Decimal("110.00")
    outstanding_amount = Decimal("1320.00")
    oldest_due_on = DAY - dt.timedelta(days=30)

    @factory.post_generation
    def loan(self: Any, create: bool, extracted: Loan | None, **kwargs: Any) -> None:
        loan = extracted or with_schedule(_LoanFactory(borrower=self.borrower), first_due=DAY - dt.timedelta(days=30))
        CaseLoan.objects.create(case=self, loan=loan, added_on=self.opened_on)


class _ContactConditionFactory(DjangoModelFactory[ContactCondition]):
    """A condition as it is kept: an opt-out of SMS unless told otherwise. Nothing follows from it by itself."""

    class Meta:
        model = ContactCondition

    borrower = factory.SubFactory(_BorrowerFactory)
    person_key = factory.SelfAttribute("borrower.person_key")
    kind = "opt_out"
    code = "sms"
    source = "staff"
    since = dt.datetime(2026, 3, 1, 4, 0, tzinfo=dt.UTC)


# A call gives the model, which the library's types do not say: to the type checker a factory is anything.
CreditorFactory: Any = _CreditorFactory
UserFactory: Any = _UserFactory
TeamFactory: Any = _TeamFactory
BorrowerFactory: Any = _BorrowerFactory
ContactPointFactory: Any = _ContactPointFactory
LoanFactory: Any = _LoanFactory
PaymentFactory: Any = _PaymentFactory
CaseFactory: Any = _CaseFactory
ContactConditionFactory: Any = _ContactConditionFactory
