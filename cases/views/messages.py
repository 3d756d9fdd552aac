"""Writing an SMS or e-mail from a template: choose, read it as it will go out, queue it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from borrowers.errors import InputError
from cases.channels.segments import Segments, segments, sms_cost
from cases.models import Case
from cases.services.messages import preview_message, templates_for
from cases.services.outbox import MessageRefused, compose_message
from cases.views.access import signed_in, today_of, visible_case
from cases.views.answers import changed


@dataclass(frozen=True)
class Draft:
    """A message as it would go out, or why it cannot be written."""

    channel: str
    subject: str = ""
    body: str = ""
    problem: str = ""

    @property
    def segments(self) -> Segments | None:
        """How an SMS goes out."""
        return segments(self.body) if self.channel == "sms" and not self.problem else None

    @property
    def cost(self) -> Decimal | None:
        """What it costs, where the installation knows the price of a segment."""
        if self.segments is None or not settings.SMS_SEGMENT_PRICE:
            return None
        return sms_cost(self.body, settings.SMS_SEGMENT_PRICE)


def _choices(case: Case) -> list[tuple[str, str]]:
    """Value `channel:code` and words of every template that fits a case."""
    channels = {template.channel: template.get_channel_display() for template in templates_for(case.creditor)}
    codes = sorted({(template.channel, template.code) for template in templates_for(case.creditor)}, reverse=True)
    return [
        (f"{channel}:{code}", f"{channels[channel]} – {code.replace('_', ' ')}")
        for channel, code in codes
        if code != "before_due"
    ]


def _draft(case: Case, choice: str) -> Draft | None:
    channel, _colon, code = choice.partition(":")
    if not code:
        return None
    try:
        subject, body = preview_message(case=case, code=code, channel=channel, on=today_of(case))
    except InputError as error:
        return Draft(channel, problem=error.translated(_))
    return Draft(channel, subject, body)


@require_http_methods(["GET", "POST"])
@login_required
@permission_required("cases.work_case", raise_exception=True)
def compose(request: HttpRequest, pk: int) -> HttpResponse:
    """A fragment: the form with its preview; sending queues the message and refreshes the page."""
    case = visible_case(request, pk)
    choices = _choices(case)
    wanted = request.POST.get("template") or request.GET.get("template") or (choices[0][0] if choices else "")
    choice = wanted if wanted in dict(choices) else ""
    draft, refusal = _draft(case, choice), ""
    if request.method == "POST" and draft and not draft.problem:
        channel, _colon, code = choice.partition(":")
        try:
            compose_message(
                case=case, actor=signed_in(request), channel=channel, template_code=code, now=timezone.now()
            )
        except MessageRefused as error:
            refusal = str(error)
        else:
            return changed(request, case, _("The message is queued: the rules are asked again before it leaves."))
    context = {
        "case": case,
        "choices": choices,
        "choice": choice,
        "draft": draft,
        "refusal": refusal,
        "currency": settings.SMS_PRICE_CURRENCY,
    }
    return render(request, "cases/_compose.html", context)
