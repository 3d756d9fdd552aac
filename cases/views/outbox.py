"""The outbox for supervisors: what left, what waits, what nobody knows of, and how the providers are."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from cases.filters import OutboxFilter
from cases.models import Message, ProviderEvent, ProviderState
from cases.services.reconcile import SettleRefused, settle_unknown
from cases.views.access import signed_in

PAGE_SIZE = 50
TABS = (("messages", gettext_lazy("Messages")), ("reports", gettext_lazy("Reports that match nothing")))
WITH = ("case", "loan", "borrower__creditor", "contact_point", "queue_decision", "send_decision", "template")
PUZZLING = (ProviderEvent.Result.UNMATCHED, ProviderEvent.Result.FAULTY)


def _by_state(found: QuerySet[Message]) -> list[dict[str, Any]]:
    """Every state with its label and its number of messages: one query."""
    counts = dict(found.order_by().values_list("state").annotate(Count("pk")))
    return [{"state": state, "label": label, "count": counts.get(state, 0)} for state, label in Message.State.choices]


def _messages(request: HttpRequest) -> dict[str, Any]:
    user, state = signed_in(request), request.GET.get("state", "")
    filtered = OutboxFilter(request.GET, queryset=Message.objects.visible_to(user), user=user)
    states = _by_state(filtered.qs)
    asked = [line for line in states if state in ("", line["state"])] or states
    found = filtered.qs.filter(state__in=[line["state"] for line in asked])
    paginator = Paginator(found.select_related(*WITH).prefetch_related("parts").order_by("-id"), PAGE_SIZE)
    paginator.count = sum(line["count"] for line in asked)
    return {
        "filter": filtered,
        "states": states,
        "state": state,
        "total": sum(line["count"] for line in states),
        "page_obj": paginator.get_page(request.GET.get("page")),
    }


def _reports(request: HttpRequest) -> dict[str, Any]:
    found = ProviderEvent.objects.visible_to(signed_in(request)).filter(result__in=PUZZLING)
    text = request.GET.get("q", "").replace("\0", "").strip()
    if text:
        found = found.filter(Q(provider_id=text) | Q(message_key=text) | Q(sender__endswith=text) | Q(code=text))
    return {"q": text, "page_obj": Paginator(found.order_by("-id"), PAGE_SIZE).get_page(request.GET.get("page"))}


@require_GET
@login_required
@permission_required("cases.supervise_case", raise_exception=True)
def outbox(request: HttpRequest) -> HttpResponse:
    tab = "reports" if request.GET.get("tab") == "reports" else "messages"
    context = {
        "tabs": TABS,
        "tab": tab,
        "now": timezone.now(),
        "providers": ProviderState.objects.all(),
        **(_reports(request) if tab == "reports" else _messages(request)),
    }
    return render(request, "cases/outbox.html", context)


@require_POST
@login_required
@permission_required("cases.supervise_case", raise_exception=True)
def settle_message(request: HttpRequest, pk: int) -> HttpResponse:
    """A person's word on a message of which nobody knows whether it went; back to the list as it was filtered."""
    user = signed_in(request)
    message = get_object_or_404(Message.objects.visible_to(user), pk=pk)
    was_sent, reason = request.POST.get("answer") == "sent", request.POST.get("reason", "")
    try:
        if request.POST.get("answer") not in ("sent", "not_sent"):
            raise SettleRefused(_("Say whether it was sent."))
        settle_unknown(message=message, actor=user, was_sent=was_sent, reason=reason, now=timezone.now())
    except SettleRefused as refusal:
        notices.error(request, str(refusal))
    else:
        done = _("Noted: the message was sent.") if was_sent else _("The message waits in the queue again.")
        notices.success(request, done)
    return redirect(f"{reverse('cases:outbox')}?{request.POST.get('query', '')}")
