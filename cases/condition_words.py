"""Conditions of contact in the reader's words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from borrowers.identity import mask_address
from cases.models import ContactCondition
from cases.models.contact import Channel
from cases.policy import TimeWindow
from cases.policy.window_words import window_words
from cases.services.conditions import PRESETS

_LABELS: dict[tuple[str, str], Any] = {(p.kind, p.code): p.label for p in PRESETS.values() if not p.of_number}
_MORE: dict[tuple[str, str], Any] = {
    ("notice", "outsourcing_notice"): _("notice of outsourcing sent"),
    ("notice", "validation_notice"): _("validation notice sent"),
    ("notice", "email_notice"): _("notice about e-mail sent"),
    ("notice", "number_check"): _("number checked"),
    ("place", "home"): _("not at home"),
    ("place", "other"): _("not elsewhere"),
    ("flag", "mental_health_crisis"): _("in a mental-health crisis"),
    ("flag", "incapable"): _("not capable of acting"),
    ("flag", "minor"): _("a minor"),
    ("flag", "arrangement_kept"): _("keeps an arrangement"),
    ("flag", "workplace_prohibited"): _("no contact at work"),
    ("flag", "time_barred"): _("the debt is time-barred"),
    ("opt_out", "visit"): _("no visits"),
    ("opt_out", "post"): _("no letters"),
}


def condition_words(condition: ContactCondition) -> str:
    """What stands, in a few words: "no SMS (+8615••••)", "weekdays, all day"."""
    if condition.kind == ContactCondition.Kind.TIME and condition.starts and condition.ends:
        window = TimeWindow(
            frozenset(condition.days), condition.starts, condition.ends, condition.outside, condition.words
        )
        return gettext("not: %(time)s") % {"time": window_words(window, gettext)}
    key = (condition.kind, condition.code)
    label = _LABELS.get(key) or _MORE.get(key)
    if label is None and condition.kind == ContactCondition.Kind.OPT_OUT:
        label = _("no contact there") if condition.to else dict(Channel.choices).get(condition.code, condition.code)
    words = str(label or condition.code)
    return f"{words} ({mask_address(condition.to)})" if condition.to else words
