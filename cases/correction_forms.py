"""Corrections of the ledger as one form: what is done, and on what."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from borrowers.errors import InputError, gettext_noop
from borrowers.models import CostItem, Instalment, LedgerEntry, Loan, Payment, User
from borrowers.services.entries import charge_fee, cost_sheet, reverse_entry
from borrowers.services.ledger import marked, move_payment, record_payment, refund_overpayment, reverse_payment
from cases.forms import day_input
from cases.models import Case

RECEIVED, TAKEN_BACK, MOVED, REFUNDED, CHARGED, UNDONE = (
    "received",
    "taken_back",
    "moved",
    "refunded",
    "charged",
    "undone",
)
KINDS = [
    (RECEIVED, _("a payment came")),
    (TAKEN_BACK, _("a payment was taken back")),
    (MOVED, _("a payment belongs to another account")),
    (REFUNDED, _("money paid in excess went back")),
    (CHARGED, _("a charge of the cost sheet")),
    (UNDONE, _("a charge or waiver was a mistake")),
]
CAUSES = [choice for choice in Payment.Cause.choices if choice[0] in ("bounced", "chargeback", "mistake")]


class CorrectionForm(forms.Form):
    """`make` does it. Which fields count depends on the kind; what is missing is said at its field."""

    kind = forms.ChoiceField(label=_("What happened"), choices=KINDS)
    loan = forms.ModelChoiceField(queryset=Loan.objects.none(), label=_("Loan"), empty_label=None)
    payment = forms.ModelChoiceField(queryset=Payment.objects.none(), label=_("Payment"), required=False)
    cause = forms.ChoiceField(label=_("Because it was"), choices=CAUSES, required=False)
    to_account = forms.CharField(label=_("Account it belongs to"), max_length=64, required=False)
    entry = forms.ModelChoiceField(queryset=LedgerEntry.objects.none(), label=_("Charge or waiver"), required=False)
    item = forms.ModelChoiceField(queryset=CostItem.objects.none(), label=_("Charge"), required=False)
    instalment = forms.ModelChoiceField(
        queryset=Instalment.objects.none(), label=_("Meant for instalment"), required=False
    )
    amount = forms.DecimalField(label=_("Amount"), min_value=Decimal("0.01"), decimal_places=2, required=False)
    on = forms.DateField(label=_("On"), widget=day_input())
    payment_no = forms.CharField(label=_("Number of the booking"), max_length=60, required=False)
    reason = forms.CharField(label=_("Why"), max_length=300)

    def __init__(self, *args: Any, case: Case, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case, self.today = case, today
        self.fields["on"].initial = today
        loans = case.loans.order_by("account_no")
        self._offer("loan", loans)
        self._offer("payment", Payment.objects.filter(loan__in=loans, reverses=None).order_by("-paid_on", "-pk"))
        undoable = LedgerEntry.objects.filter(loan__in=loans, kind__in=["fee", "waiver"], reverses=None, source="")
        self._offer("entry", undoable.filter(reversals=None))
        self._offer("item", CostItem.objects.filter(pk__in=[item.pk for loan in loans for item in cost_sheet(loan)]))
        self._offer("instalment", Instalment.objects.filter(loan__in=loans).order_by("loan_id", "due_on"))
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(
            Div("kind", "loan", "on", "amount", "payment_no", css_class="fields"),
            Div("payment", "cause", "to_account", "item", "entry", "instalment", css_class="fields"),
            "reason",
        )

    def _offer(self, name: str, rows: QuerySet[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows

    def clean_on(self) -> dt.date:
        on: dt.date = self.cleaned_data["on"]
        if on > self.today:
            raise forms.ValidationError(_("It lies in the future."))
        return on

    def make(self, actor: User) -> bool:
        """Do it; False, with the error at its field, when the ledger refuses."""
        try:
            self.book(actor)
        except InputError as refused:
            self.refuse(refused)
            return False
        return True

    def book(self, actor: User) -> None:
        """Do it. InputError when the ledger refuses."""
        _MAKERS[self.cleaned_data["kind"]](self, actor)

    def refuse(self, refused: InputError) -> None:
        """Say at its field why the ledger refuses."""
        where = {"code": "item", "to": "to_account", "designated": "instalment"}.get(refused.where, refused.where)
        self.add_error(where if where in self.fields else None, refused.translated(gettext))

    def need(self, name: str) -> Any:
        """A field that this kind needs. InputError where it is empty."""
        value = self.cleaned_data.get(name)
        if value in (None, ""):
            raise InputError(name, gettext_noop("is missing"))
        return value

    def other_loan(self) -> Loan | None:
        """The loan to which a payment is moved, of the same creditor."""
        account = self.cleaned_data.get("to_account")
        if self.cleaned_data["kind"] != MOVED or not account:
            return None
        return Loan.objects.filter(creditor=self.case.creditor_id, account_no=account).first()

    def case_ids(self) -> list[int]:
        """The open cases whose loans it changes."""
        other = self.other_loan()
        others = [] if other is None else other.cases.filter(closed_on=None).values_list("pk", flat=True)
        return sorted({self.case.pk, *others})

    def number(self, old: Payment | None = None) -> str:
        """The booking's number: as given, else that of the payment it corrects, marked and free on its loan."""
        given = str(self.cleaned_data.get("payment_no") or "")
        if given or old is None:
            return given or str(self.need("payment_no"))
        return marked(old.payment_no, old.reversals.count() + 1)


def _receive(form: CorrectionForm, actor: User) -> None:
    record_payment(
        loan=form.need("loan"), payment_no=form.number(), paid_on=form.need("on"), amount=form.need("amount"),
        designated=form.cleaned_data.get("instalment"), reason=form.cleaned_data["reason"], actor=actor,
    )  # fmt: skip


def _take_back(form: CorrectionForm, actor: User) -> None:
    payment: Payment = form.need("payment")
    reverse_payment(
        payment=payment, payment_no=form.number(payment), on=form.need("on"), amount=form.cleaned_data.get("amount"),
        cause=form.need("cause"), reason=form.cleaned_data["reason"], actor=actor,
    )  # fmt: skip


def _move(form: CorrectionForm, actor: User) -> None:
    payment: Payment = form.need("payment")
    account = form.need("to_account")
    loan = form.other_loan()
    if loan is None:
        raise InputError("to_account", gettext_noop("%(account)s is no account here"), account=account)
    move_payment(
        payment=payment, to=loan, payment_no=form.number(payment), reason=form.cleaned_data["reason"], actor=actor
    )


def _refund(form: CorrectionForm, actor: User) -> None:
    refund_overpayment(
        loan=form.need("loan"), payment_no=form.number(), on=form.need("on"), amount=form.need("amount"),
        reason=form.cleaned_data["reason"], actor=actor,
    )  # fmt: skip


def _charge(form: CorrectionForm, actor: User) -> None:
    charge_fee(
        loan=form.need("loan"), code=form.need("item").code, amount=form.need("amount"), on=form.need("on"),
        reason=form.cleaned_data["reason"], actor=actor,
    )  # fmt: skip


def _undo(form: CorrectionForm, actor: User) -> None:
    reverse_entry(entry=form.need("entry"), reason=form.cleaned_data["reason"], actor=actor)


_MAKERS = {
    RECEIVED: _receive,
    TAKEN_BACK: _take_back,
    MOVED: _move,
    REFUNDED: _refund,
    CHARGED: _charge,
    UNDONE: _undo,
}
