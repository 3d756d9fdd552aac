"""A scenario put to the contact gate, and what each of its rules says."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from borrowers.errors import InputError
from cases.compliance_forms import PastSet, ScenarioForm
from cases.policy.calculator import judge_scenario
from cases.policy.decision import Decision, Status, Verdict
from cases.services.contact_gate import reason_sentence

STATUS_WORDS: dict[str, Any] = {
    Status.PASS: _("nothing against it"),
    Status.BLOCK: _("refuses"),
    Status.WARN: _("warns"),
    Status.RECORD: _("must be done"),
    Status.NOT_BINDING: _("does not bind us"),
    Status.NOT_APPLICABLE: _("not about this"),
    Status.OFF: _("switched off"),
}
# What refuses comes first, what is not about this last.
_RANK = {
    Status.BLOCK: 0, Status.WARN: 1, Status.RECORD: 2, Status.PASS: 3,
    Status.NOT_BINDING: 4, Status.OFF: 5, Status.NOT_APPLICABLE: 6,
}  # fmt: skip


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("cases.view_gatedecision", raise_exception=True)
def compliance(request: HttpRequest) -> HttpResponse:
    """The form, and after a post the decision with every rule's verdict below it."""
    posted = request.POST if request.method == "POST" else None
    now = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    form, past = ScenarioForm(posted, initial={"at": now}), PastSet(posted, prefix="past")
    context: dict[str, Any] = {"form": form, "past": past}
    if posted is not None and form.is_valid() and past.is_valid():
        try:
            context |= _answer(form.scenario([row.cleaned_data for row in past.forms]))
        except InputError as error:
            where = gettext("The scenario cannot be judged: %(where)s") % {"where": error.where}
            context["problem"] = f"{where} – {InputError('', error.message, **error.params).translated(gettext)}"
    return render(request, "cases/compliance.html", context)


@require_GET
@login_required
@permission_required("cases.view_gatedecision", raise_exception=True)
def past_row(request: HttpRequest) -> HttpResponse:
    """A fragment: one more contact of the past, numbered `n`."""
    number = request.GET.get("n", "")
    row = PastSet(prefix="past").empty_form
    row.prefix = f"past-{int(number) if number.isdigit() else 0}"
    return render(request, "cases/_past_row.html", {"row": row, "count": int(row.prefix[5:]) + 1})


def _answer(scenario: dict[str, Any]) -> dict[str, Any]:
    """The decision of the very function that the product and `calc contact` ask, in the reader's words."""
    question, decision = judge_scenario(scenario)
    zone = ZoneInfo(question.time_zones[0])
    later = decision.next_allowed_at
    return {
        "decision": decision,
        "reason": reason_sentence(decision.reason_code, decision.reason_params, decision.reason),
        "title": _title(decision),
        # Formatted here: a template would turn it to the reader's own clock.
        "next_at": f"{later.astimezone(zone):%Y-%m-%d %H:%M}" if later else "",
        "zone": zone.key,
        "verdicts": [_line(verdict) for verdict in sorted(decision.verdicts, key=lambda v: _RANK[v.status])],
        "json": json.dumps(scenario, ensure_ascii=False, indent=2),
    }


def _title(decision: Decision) -> str:
    return next((gettext(verdict.title) for verdict in decision.verdicts if verdict.rule == decision.rule), "")


def _line(verdict: Verdict) -> dict[str, Any]:
    return {
        "verdict": verdict,
        "title": gettext(verdict.title),
        "status": STATUS_WORDS[verdict.status],
        "reason": reason_sentence(verdict.reason_code, verdict.reason_params, verdict.reason),
        "source": gettext(verdict.source) if verdict.source else "",
    }
