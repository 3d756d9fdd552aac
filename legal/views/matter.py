"""One matter and what is done with it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from borrowers.models import User
from cases.models import Case
from cases.services.letter_figures import language_of
from cases.views.access import signed_in
from legal.forms import AssignForm, DraftForm
from legal.models import Matter, MatterState
from legal.models.matter_states import BEFORE_COURT, may_record_court
from legal.services.letters import draft_lawyers_letter, valid_mandate
from legal.services.matters import assign_firm
from legal.services.moves import correctable
from legal.stages import matter_moves
from legal.views.access import REFUSALS, act, posted, say_refusal, visible_matter
from legal.views.matter_parts import column_words, end_words, events_of, facts_of, history_of, visited_states, way_of

# A lawyer's letter gives this long unless the draft says otherwise.
DAYS_TO_PAY = 15


# Panels that are fetched on their own: address, title, whether they stand in the wide column.
PANELS: tuple[tuple[str, Any, bool], ...] = (
    ("deadlines_panel", gettext_lazy("Deadlines"), False),
    ("check_panel", gettext_lazy("Before a suit"), False),
    ("limitation_panel", gettext_lazy("Limitation"), False),
    ("claim_panel", gettext_lazy("Claim"), True),
    ("preservation_panel", gettext_lazy("Preservation"), False),
    ("evidence_panel", gettext_lazy("Evidence"), True),
    ("court_papers_panel", gettext_lazy("Papers of the court"), True),
)
# Before the court decided, what the suit lacks is of use.
_UNTIL_SUIT = (MatterState.REVIEW, MatterState.LAWYERS_LETTER, MatterState.MEDIATION, MatterState.PAYMENT_ORDER)
_ENDS = ("conclude", "withdraw", "settle", "recall")


def matter_context(matter: Matter, user: User, **forms: Any) -> dict[str, Any]:
    today = matter.case.creditor.business_date(timezone.now())
    first = {"language": language_of(matter.case.borrower), "pay_by": today + dt.timedelta(days=DAYS_TO_PAY)}
    events = events_of(matter)
    return {
        "matter": matter,
        "case": matter.case,
        "is_open": matter.is_open,
        # A letter comes first; later papers are written from the panel of papers.
        "before_court": matter.state in BEFORE_COURT,
        "may_open_case": Case.objects.visible_to(user).filter(pk=matter.case_id).exists(),
        "moves": _menu(matter, user),
        "may_correct": may_record_court(matter, user) and bool(correctable(matter, user)),
        "way": way_of(matter, visited_states(events)),
        "facts": facts_of(matter),
        "end_reason": end_words(matter.end_reason),
        "history": history_of(matter, events),
        "hearing": column_words(matter, "hearing_at", matter.hearing_at),
        "cost": sum(filter(None, (matter.court_fee, matter.preservation_fee, matter.lawyers_fee)), Decimal(0)),
        "main_panels": _panels(matter, wide=True),
        "side_panels": _panels(matter, wide=False),
        "mandate_holds": valid_mandate(matter, today) is not None,
        "papers": matter.papers.select_related("drafted_by", "approved_by", "letter"),
        "assign_form": AssignForm(instance=matter),
        "draft_form": DraftForm(today=today, initial=first),
        **forms,
    }


def _menu(matter: Matter, user: User) -> list[dict[str, Any]]:
    """The moves of this person; those that end the matter below a line."""
    moves = sorted(matter_moves(matter, user), key=lambda move: move.name in _ENDS)
    found: list[dict[str, Any]] = []
    for move in moves:
        is_end = move.name in _ENDS
        url = reverse("legal:move", args=[matter.pk, move.name])
        line = is_end and bool(found) and not found[-1]["is_end"]
        found.append({"label": move.custom["label"], "url": url, "is_end": is_end, "line": line})
    return found


def _panels(matter: Matter, *, wide: bool) -> list[dict[str, Any]]:
    """Those that this installation has."""
    found = []
    for name, title, is_wide in PANELS:
        if is_wide != wide or (name == "check_panel" and matter.state not in _UNTIL_SUIT):
            continue
        try:
            url = reverse(f"legal:{name}", args=[matter.pk])
        except NoReverseMatch:
            continue
        found.append({"id": name.replace("_", "-"), "title": title, "url": url})
    return found


@require_GET
@login_required
def matter_page(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "legal/matter.html", matter_context(visible_matter(request, pk), signed_in(request)))


@posted
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    matter = visible_matter(request, pk)
    # The form writes into its instance; what is stored is the service's business.
    form = AssignForm(request.POST, instance=visible_matter(request, pk))
    if not form.is_valid():
        return render(
            request, "legal/matter.html", matter_context(matter, signed_in(request), assign_form=form), status=422
        )
    actor, data = signed_in(request), form.cleaned_data
    return act(request, pk, _("The matter is assigned."), lambda: assign_firm(matter=matter, actor=actor, **data))


@posted
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    matter, actor = visible_matter(request, pk), signed_in(request)
    form = DraftForm(request.POST, today=matter.case.creditor.business_date(timezone.now()))
    if form.is_valid():
        try:
            draft_lawyers_letter(matter=matter, actor=actor, **form.cleaned_data)
        except REFUSALS as refusal:
            say_refusal(request, refusal)
        else:
            messages.success(request, _("The letter is drafted."))
            return redirect("legal:matter", pk)
    return render(request, "legal/matter.html", matter_context(matter, actor, draft_form=form), status=422)
