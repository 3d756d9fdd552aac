"""The page behind "stop such mails": nobody signs in here, the address itself is the proof."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from borrowers.identity import mask_email
from cases.channels.mail import key_of
from cases.channels.reports import REPLY, ReportedEvent
from cases.models import Message
from cases.services.receipts import store_events


@csrf_exempt  # a mail program posts here by itself (RFC 8058), and the address cannot be guessed
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST does it: what only looks at addresses in mails must not stop anything."""
    key = key_of(token)
    mails = Message.objects.filter(channel="email").select_related("template")
    message = mails.filter(key=key).first() if key else None
    if message is None:
        raise Http404
    if request.method == "POST":
        now = timezone.now()
        event = ReportedEvent(
            provider="unsubscribe",
            kind=REPLY,
            # A second press is the same; one of another day is a wish anew, if the first was taken back since.
            event_id=f"{now:%Y%m%d}:{message.key}"[:150],
            at=now,
            channel="email",
            sender=message.to,
            text="unsubscribe",
        )
        store_events([event])
    context = {"address": mask_email(message.to), "is_done": request.method == "POST"}
    with translation.override(message.template.language if message.template else None):
        return render(request, "cases/unsubscribe.html", context)
