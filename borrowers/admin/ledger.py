"""Loans, payments, allocations, the record of changes: to look at, never to change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from borrowers.admin.base import CreditorFilter, ReadOnlyAdmin, ReadOnlyInline, ScopedAdmin
from borrowers.models import (
    Allocation,
    AuditEvent,
    CostItem,
    Instalment,
    LedgerEntry,
    Loan,
    LoanBalance,
    Payment,
    PaymentFile,
    PaymentSource,
    PenaltyPolicy,
    User,
)
from borrowers.money import format_money


class BalanceInline(ReadOnlyInline, admin.StackedInline):
    model = LoanBalance
    fields = (
        "outstanding_principal", "outstanding_amount", "overdue_amount", "days_past_due", "bucket", "next_due_on",
        "paid_total", "last_paid_on",
    )  # fmt: skip
    verbose_name_plural = _("balance")


class InstalmentInline(ReadOnlyInline, admin.TabularInline):
    model = Instalment
    fields = ("number", "due_on", "principal", "interest", "fee")


class EntryInline(ReadOnlyInline, admin.TabularInline):
    model = LedgerEntry
    fields = ("on", "kind", "component", "amount", "instalment", "item", "reason", "recorded_at")

    def get_queryset(self, request: Any) -> QuerySet[LedgerEntry]:
        return super().get_queryset(request).select_related("instalment", "item")


class PaymentInline(ReadOnlyInline, admin.TabularInline):
    model = Payment
    fields = ("payment_no", "paid_on", "amount", "method", "reverses", "cause", "recorded_at")


@admin.register(Loan)
class LoanAdmin(ReadOnlyAdmin):
    list_display = (
        "account_no",
        "creditor",
        "borrower",
        "product",
        "principal",
        "currency",
        "disbursed_on",
        "status",
        "days_past_due",
        "overdue",
    )
    list_filter = (("creditor", CreditorFilter), "status", "currency")
    list_select_related = ("creditor", "borrower", "balance")
    search_fields = ("account_no__exact", "borrower__ref__exact", "borrower__name__startswith")
    search_help_text = _("Account number or reference in full, or the beginning of the name")
    inlines = (BalanceInline, InstalmentInline, EntryInline, PaymentInline)

    @admin.display(description=_("days past due"))
    def days_past_due(self, loan: Loan) -> int | None:
        balance = getattr(loan, "balance", None)
        return balance.days_past_due if balance else None

    @admin.display(description=_("overdue amount"))
    def overdue(self, loan: Loan) -> str:
        balance = getattr(loan, "balance", None)
        return format_money(balance.overdue_amount, loan.currency) if balance else "–"


class AllocationInline(ReadOnlyInline, admin.TabularInline):
    model = Allocation
    fields = ("instalment", "fee", "interest", "penalty", "principal", "revision")

    def get_queryset(self, request: Any) -> QuerySet[Allocation]:
        return super().get_queryset(request).select_related("instalment")


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    creditor_path = "loan__creditor"
    list_display = ("payment_no", "loan", "paid_on", "amount", "currency", "method", "reverses", "recorded_at")
    list_filter = (("loan__creditor", CreditorFilter), "method")
    list_select_related = ("loan", "reverses")
    search_fields = ("payment_no__exact", "loan__account_no__exact")
    search_help_text = _("Payment number or account number in full")
    date_hierarchy = "paid_on"
    ordering = ("-id",)
    inlines = (AllocationInline,)

    @admin.display(description=_("currency"))
    def currency(self, payment: Payment) -> str:
        return payment.loan.currency


@admin.register(Allocation)
class AllocationAdmin(ReadOnlyAdmin):
    creditor_path = "payment__loan__creditor"
    list_display = ("payment", "account", "instalment", "fee", "interest", "penalty", "principal", "revision")
    list_filter = (("payment__loan__creditor", CreditorFilter),)
    list_select_related = ("payment__loan", "instalment")
    search_fields = ("payment__payment_no__exact", "payment__loan__account_no__exact")
    search_help_text = _("Payment number or account number in full")
    ordering = ("-id",)

    @admin.display(description=_("loan"))
    def account(self, row: Allocation) -> str:
        return row.payment.loan.account_no


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    creditor_path = "loan__creditor"
    list_display = ("loan", "on", "kind", "component", "amount", "instalment", "item", "reason", "actor", "recorded_at")
    list_filter = (("loan__creditor", CreditorFilter), "kind", "component")
    list_select_related = ("loan", "instalment", "item", "actor")
    search_fields = ("loan__account_no__exact", "source__exact")
    search_help_text = _("Account number or source in full")
    date_hierarchy = "on"
    ordering = ("-id",)


@admin.register(CostItem)
class CostItemAdmin(ScopedAdmin):
    list_display = ("creditor", "code", "name", "product", "at_most", "valid_from", "valid_until")
    list_filter = (("creditor", CreditorFilter), "code")
    list_select_related = ("creditor",)


@admin.register(PenaltyPolicy)
class PenaltyPolicyAdmin(ScopedAdmin):
    list_display = ("creditor", "product", "start_on", "base", "cap", "cap_rate", "days_in_year")
    list_filter = (("creditor", CreditorFilter),)
    list_select_related = ("creditor",)


@admin.register(PaymentSource)
class PaymentSourceAdmin(ScopedAdmin):
    """`mapping` names the column of the file for each of our own: amount, paid_on, payment_no, and where there are any
    reference, payer_name, payer_account."""

    list_display = ("name", "creditor", "method", "date_format")
    list_filter = (("creditor", CreditorFilter),)
    list_select_related = ("creditor",)


@admin.register(PaymentFile)
class PaymentFileAdmin(ReadOnlyAdmin):
    creditor_path = "source__creditor"
    list_display = ("file_name", "source", "loaded_on", "row_count", "total", "loaded_by", "loaded_at")
    list_filter = (("source__creditor", CreditorFilter), "loaded_on")
    list_select_related = ("source", "loaded_by")
    search_fields = ("file_name__icontains",)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """A person sees the events of their creditors' borrowers, and what they did themselves."""

    list_display = ("at", "actor", "action", "subject_type", "subject_id", "borrower", "field", "old", "new", "reason")
    list_filter = ("action", "subject_type")
    list_select_related = ("actor", "borrower")
    search_fields = ("subject_id__exact", "action__exact", "borrower__ref__exact")
    search_help_text = _("Number of what changed, the action, or the borrower's reference, each in full")

    def scope(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        if user.is_superuser:
            return rows
        return rows.filter(Q(borrower__creditor__in=user.creditors.all()) | Q(actor=user))
