"""Forms of legal papers, made from what their kinds declare, and those around them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from borrowers.errors import InputError
from borrowers.models import Creditor, User
from borrowers.money import money_text, parse_money
from borrowers.services.file_types import MOST_BYTES, type_of
from legal.forms import _day_input, _helper
from legal.models import LawFirm, LegalPaper, Matter
from legal.services.papers import fields as declared
from legal.services.papers.fields import FIELDS, Field
from legal.services.papers.wording import MOST_SIGNS

LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]


class LinesField(forms.CharField):
    """A list, one entry a line."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, (list, tuple)) else value


class PlanField(forms.CharField):
    """Payments, one a line: the day in ISO 8601 and the sum."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        found = []
        for number, line in enumerate((value or "").splitlines(), start=1):
            if not line.strip():
                continue
            day, _blank, amount = line.strip().partition(" ")
            try:
                parsed = (dt.date.fromisoformat(day).isoformat(), money_text(parse_money(amount)))
            except (ValueError, InputError) as error:
                raise forms.ValidationError(
                    _("Line %(line)s: write the day and the sum, like 2027-01-15 1500.00"), params={"line": number}
                ) from error
            if Decimal(parsed[1]) <= 0:
                raise forms.ValidationError(_("Line %(line)s: the sum must be more than 0."), params={"line": number})
            found.append(list(parsed))
        if found != sorted(found, key=lambda pair: pair[0]):
            raise forms.ValidationError(_("Write the payments in order of their days."))
        return found

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(" ".join(pair) for pair in value) if isinstance(value, (list, tuple)) else value


def form_field(field: Field) -> forms.Field:
    """The field of a form for what a kind declares."""
    common: dict[str, Any] = {"label": field.label, "required": field.required, "help_text": field.help}
    if field.type == declared.YES:
        return forms.BooleanField(**common | {"required": False})
    if field.type == declared.CHOICE:
        return forms.ChoiceField(choices=field.choices, **common)
    if field.type == declared.DATE:
        return forms.DateField(widget=_day_input(), **common)
    if field.type == declared.MONEY:
        return forms.DecimalField(min_value=Decimal("0.01"), max_digits=14, decimal_places=2, **common)
    if field.type == declared.NUMBER:
        return forms.IntegerField(min_value=0, max_value=99, **common)
    if field.type == declared.LINES:
        return LinesField(widget=forms.Textarea(attrs={"rows": 3}), max_length=None, **common)
    if field.type == declared.PLAN:
        return PlanField(widget=forms.Textarea(attrs={"rows": 4}), **common)
    if field.type == declared.LONG:
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=4000, **common)
    return forms.CharField(max_length=300, **common)


class PaperForm(forms.Form):
    """What is filled in for a paper: language, the kind's own fields, and for a lawyer's letter its deadline."""

    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)

    def __init__(self, *args: Any, kind: str, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.today = kind, today
        if kind == LegalPaper.Kind.LAWYERS_LETTER:
            self.fields["pay_by"] = forms.DateField(label=_("To be paid by"), widget=_day_input())
            self.fields["remarks"] = forms.CharField(
                label=_("Facts to be added"), widget=forms.Textarea(attrs={"rows": 4}), required=False, max_length=4000
            )
        for field in FIELDS[kind]:
            self.fields[field.name] = form_field(field)
        self.helper = _helper()

    def clean_pay_by(self) -> dt.date:
        day: dt.date = self.cleaned_data["pay_by"]
        if day <= self.today:
            raise forms.ValidationError(_("The deadline must lie ahead."))
        return day

    def content(self) -> dict[str, Any]:
        """What was filled in, as the paper keeps it."""
        return {field.name: _kept(self.cleaned_data[field.name]) for field in FIELDS[self.kind]}

    def values(self) -> dict[str, Any]:
        """The arguments of draft_paper and edit_paper."""
        data = self.cleaned_data
        return {
            "language": data["language"],
            "content": self.content(),
            "pay_by": data.get("pay_by"),
            "remarks": data.get("remarks", ""),
        }


def _kept(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return money_text(value)
    return "" if value is None else value


class DeliveryForm(forms.Form):
    """That a paper arrived or came back."""

    on = forms.DateField(label=_("Day"), widget=_day_input())
    arrived = forms.ChoiceField(label=_("What happened"), choices=[("yes", _("it arrived")), ("no", _("it came back"))])
    note = forms.CharField(label=_("Remark"), max_length=300, required=False)
    proof = forms.FileField(
        label=_("Receipt"),
        required=False,
        help_text=_("PDF, PNG or JPEG, at most 10 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = _helper()

    def clean_proof(self) -> UploadedFile | None:
        proof: UploadedFile | None = self.cleaned_data["proof"]
        if proof is None:
            return None
        if proof.size is None or proof.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 10 MB."))
        try:
            type_of(proof.read(16))
        except InputError as refused:
            raise forms.ValidationError(_("The file is neither a PDF nor a PNG or JPEG picture.")) from refused
        proof.seek(0)
        return proof


class TemplateForm(forms.Form):
    """A new version of a wording."""

    body = forms.CharField(
        label=_("Wording"),
        max_length=MOST_SIGNS,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 28, "class": "wording", "spellcheck": "false"}),
    )
    reason = forms.CharField(label=_("Why it is changed"), max_length=300)
    based_on = forms.IntegerField(widget=forms.HiddenInput)
    matter = forms.ModelChoiceField(
        label=_("Preview for"), queryset=Matter.objects.none(), required=False, empty_label=_("a sample")
    )

    def __init__(self, *args: Any, user: User, packs: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        matters = Matter.objects.visible_to(user).filter(case__creditor__pack__in=packs)
        field: Any = self.fields["matter"]
        field.queryset = matters.select_related("case__borrower", "case__creditor").order_by("-pk")
        field.choices = [("", _("a sample"))] + [
            (matter.pk, f"{matter.case.case_no} {matter.case.borrower.name}") for matter in field.queryset[:30]
        ]
        self.helper = _helper()


class CertificateForm(forms.Form):
    """A firm's certificate with its key."""

    firm = forms.ModelChoiceField(label=_("Law firm"), queryset=LawFirm.objects.none())
    file = forms.FileField(
        label=_("Certificate with key"),
        help_text=_("PKCS#12 (.p12, .pfx). It is kept encrypted and never shown."),
        widget=forms.ClearableFileInput(attrs={"accept": ".p12,.pfx"}),
    )
    passphrase = forms.CharField(
        label=_("Passphrase"), required=False, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["firm"]
        field.queryset = LawFirm.objects.filter(is_active=True)
        self.helper = _helper()


def creditor_choices(user: User) -> list[Creditor]:
    return list(Creditor.objects.visible_to(user).filter(is_active=True))
