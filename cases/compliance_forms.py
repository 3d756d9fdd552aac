"""A scenario for the contact gate, as compliance staff enter it; it becomes the JSON of `calc contact`."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from borrowers.errors import InputError
from borrowers.models import ContactPoint, Creditor
from borrowers.models.party import check_time_zone
from cases.models import ContactRecord
from cases.models.contact import Channel
from cases.policy import ConsentKind, Flag, Outcome, Purpose
from cases.policy.times_in_words import windows_from_words

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

FLAG_WORDS: dict[str, Any] = {
    Flag.ATTORNEY: _("has a lawyer"),
    Flag.REPRESENTED: _("has a representative"),
    Flag.CEASE: _("demands that contact cease"),
    Flag.DISPUTE_OPEN: _("disputes the debt"),
    Flag.COMPLAINT_OPEN: _("complains"),
    Flag.BREATHING_SPACE: _("breathing space"),
    Flag.MENTAL_HEALTH_CRISIS: _("in a mental-health crisis"),
    Flag.DEBT_ADVISER: _("works with a debt adviser"),
    Flag.DECEASED: _("has died"),
    Flag.INCAPABLE: _("not capable of acting"),
    Flag.BANKRUPT: _("is bankrupt"),
    Flag.MINOR: _("a minor"),
    Flag.HOLD: _("hold"),
    Flag.ARRANGEMENT_KEPT: _("keeps an arrangement"),
    Flag.WORKPLACE_PROHIBITED: _("no contact at work"),
    Flag.TIME_BARRED: _("the debt is time-barred"),
    Flag.VULNERABLE: _("is vulnerable"),
    Flag.AGENCY_UNLISTED: _("the agency is not listed"),
    Flag.AGENCY_EXPIRED: _("the agency's review is over a year old"),
    Flag.OUTSOURCING_NOTICE_MISSING: _("no notice of outsourcing was sent"),
    Flag.VALIDATION_NOTICE_MISSING: _("no validation notice was sent"),
}
_PURPOSES: dict[str, Any] = {
    Purpose.COLLECTION: _("to collect"),
    Purpose.LOCATE: _("to ask for contact details"),
    Purpose.RELAY: _("to have a message passed on"),
    Purpose.NOTICE: _("to give notice (end of contact, remedies)"),
    Purpose.VERIFICATION: _("to answer a dispute"),
    Purpose.OPT_OUT_CONFIRMATION: _("to confirm an opt-out"),
    Purpose.REPRESENTATIVE: _("to speak with the representative"),
    Purpose.LEGAL_ACTION: _("to announce a suit"),
}
_CONSENTS: dict[str, Any] = {
    ConsentKind.CALL: _("calls"),
    ConsentKind.TEXT: _("SMS"),
    ConsentKind.EMAIL: _("e-mail"),
    ConsentKind.NIGHT: _("calls at night"),
}
_OUTCOMES: dict[str, Any] = {
    Outcome.CONVERSATION: _("conversation"),
    Outcome.NO_ANSWER: _("no answer"),
    Outcome.BUSY: _("busy"),
    Outcome.NOT_IN_SERVICE: _("number out of service"),
    Outcome.VOICEMAIL_LEFT: _("voicemail, message left"),
    Outcome.VOICEMAIL_NOT_LEFT: _("voicemail, no message left"),
    Outcome.DROPPED: _("call dropped"),
    Outcome.WRONG_NUMBER: _("wrong number"),
    Outcome.REFUSED: _("asks not to be called again"),
    Outcome.MESSAGE_RELAYED: _("will pass the message on"),
    Outcome.SENT: _("sent"),
    Outcome.DELIVERED: _("delivered"),
    Outcome.FAILED: _("not delivered"),
}


def _words(text: str) -> list[str]:
    return [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]


class PastForm(forms.Form):
    """One contact of the past. Times are of the first time zone."""

    at = forms.CharField(widget=forms.DateTimeInput(attrs={"type": "datetime-local"}), required=False)
    direction = forms.ChoiceField(choices=ContactRecord.Direction.choices)
    channel = forms.ChoiceField(choices=Channel.choices)
    party = forms.ChoiceField(choices=ContactRecord.Party.choices)
    to = forms.CharField(required=False, max_length=100)
    outcome = forms.ChoiceField(choices=list(_OUTCOMES.items()))
    debts = forms.CharField(required=False, max_length=200)


PastSet = forms.formset_factory(PastForm, extra=0, max_num=200, absolute_max=200, validate_max=True)


class ScenarioForm(forms.Form):
    """The attempt and what is known of the person."""

    pack = forms.ChoiceField(choices=Creditor.Pack.choices, label=_("Contact rules"))
    role = forms.ChoiceField(choices=Creditor.Role.choices, label=_("We act as"), initial="creditor")
    time_zones = forms.CharField(
        max_length=200, label=_("Time zones in which the person may be"), initial="Asia/Shanghai",
        help_text=_("By comma; the first is the one in which times are given here."),
    )  # fmt: skip
    at = forms.CharField(
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}), label=_("When (on the person's clock)")
    )
    channel = forms.ChoiceField(choices=Channel.choices, label=_("Channel"))
    party = forms.ChoiceField(choices=ContactRecord.Party.choices, label=_("Whom"))
    to = forms.CharField(required=False, max_length=100, label=_("Number or address"))
    debts = forms.CharField(required=False, max_length=200, label=_("Loans (by comma)"), initial="L1")
    purpose = forms.ChoiceField(required=False, choices=[("", _("not told")), *_PURPOSES.items()], label=_("What for"))
    place = forms.ChoiceField(
        required=False, choices=[("", _("not known")), *ContactPoint.Place.choices], label=_("Place that it reaches")
    )
    collectors = forms.IntegerField(min_value=1, max_value=20, initial=1, label=_("Collectors at a visit"))
    recording_ref = forms.CharField(required=False, max_length=100, label=_("Recording"))
    flags = forms.MultipleChoiceField(
        required=False,
        choices=list(FLAG_WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
        label=_("Known of the case"),
    )
    consents = forms.MultipleChoiceField(
        required=False, choices=list(_CONSENTS.items()), widget=forms.CheckboxSelectMultiple, label=_("Agreed to")
    )
    consent_days = forms.IntegerField(
        required=False, min_value=0, max_value=4000, initial=0, label=_("… so many days before")
    )
    opt_outs = forms.MultipleChoiceField(
        required=False, choices=Channel.choices, widget=forms.CheckboxSelectMultiple, label=_("Opted out of")
    )
    inconvenient = forms.CharField(
        required=False, max_length=300, label=_("Inconvenient times, in the borrower's words"),
        help_text=_("Such as: weekdays except 3 to 5"),
    )  # fmt: skip

    def clean_time_zones(self) -> list[str]:
        zones = _words(self.cleaned_data["time_zones"])
        for name in zones:
            check_time_zone(name)
        if not zones:
            raise forms.ValidationError(_("Name at least one time zone."))
        return zones

    def clean_inconvenient(self) -> list[dict[str, Any]]:
        words = self.cleaned_data["inconvenient"].strip()
        try:
            windows = windows_from_words(words) if words else ()
        except InputError as error:
            raise forms.ValidationError(error.translated(gettext)) from error
        return [
            {
                "days": [_DAYS[day] for day in sorted(window.days)],
                "start": f"{window.start:%H:%M}",
                "end": f"{window.end:%H:%M}",
                "outside": window.outside,
                "words": window.words,
            }
            for window in windows
        ]

    def scenario(self, past: list[dict[str, Any]]) -> dict[str, Any]:
        """The JSON object of `calc contact`. InputError for a time that is none."""
        given = self.cleaned_data
        zone = ZoneInfo(given["time_zones"][0])
        at = local_instant(given["at"], zone, "attempt.at")
        attempt = {
            "at": at.isoformat(),
            "channel": given["channel"],
            "to": given["to"],
            "party": given["party"],
            "debts": _words(given["debts"]),
            "collectors": given["collectors"],
            **{name: given[name] for name in ("purpose", "place", "recording_ref") if given[name]},
        }
        agreed = (at - dt.timedelta(days=given["consent_days"] or 0)).isoformat()
        return {
            "pack": given["pack"],
            "role": given["role"],
            "time_zones": given["time_zones"],
            "attempt": attempt,
            "history": [_past(row, zone, index) for index, row in enumerate(past) if row.get("at")],
            "consents": [{"kind": kind, "at": agreed} for kind in given["consents"]],
            "flags": given["flags"],
            "opt_outs": [{"channel": channel} for channel in given["opt_outs"]],
            "inconvenient": given["inconvenient"],
        }


def _past(row: dict[str, Any], zone: ZoneInfo, index: int) -> dict[str, Any]:
    return {
        "at": local_instant(row["at"], zone, f"history[{index}].at").isoformat(),
        **{name: row[name] for name in ("channel", "direction", "to", "party", "outcome")},
        "debts": _words(row["debts"]),
    }


def local_instant(text: str, zone: ZoneInfo, where: str) -> dt.datetime:
    """A time of a datetime-local field on the clock of `zone`; InputError for what is no time."""
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        raise InputError(where, _TIME, value=text) from None


_TIME = "%(value)s is not a time with its offset, as in 2026-11-23T09:30:00+08:00"
