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


def _label(kind: str, code: str) -> Any:
    return _LABELS.get((kind, code)) or _MORE.get((kind, code))


def code_words(kind: str, code: str) -> str:
    """A code alone, as events keep it."""
    label = _label(kind, code)
    if label is None and kind == ContactCondition.Kind.OPT_OUT:
        label = dict(Channel.choices).get(code)
    return str(label or code)


def condition_words(condition: ContactCondition) -> str:
    """What stands, in a few words: "no SMS (+8615••••)", "weekdays, all day"."""
    if condition.kind == ContactCondition.Kind.TIME and condition.starts and condition.ends:
        window = TimeWindow(
            frozenset(condition.days), condition.starts, condition.ends, condition.outside, condition.words
        )
        return gettext("not: %(time)s") % {"time": window_words(window, gettext)}
    words = code_words(condition.kind, condition.code)
    if condition.kind == ContactCondition.Kind.OPT_OUT and condition.to and not _label(condition.kind, condition.code):
        words = gettext("no contact there")
    return f"{words} ({mask_address(condition.to)})" if condition.to else words
