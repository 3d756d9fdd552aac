"""Where SMS providers report: each checked, stored before it is answered, and answered in the provider's own words."""

from __future__ import annotations

import hashlib
import secrets

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from cases.channels.cloud_reports import READERS, twilio_receipt, twilio_reply
from cases.services.receipts import keep_unreadable, store_events

LONGEST = 1_000_000


@csrf_exempt  # machines post here; what they know is the secret in the address or the key of their signature
@require_POST
def hook(request: HttpRequest, provider: str, kind: str) -> HttpResponse:
    """One post of a provider. 403 for one that does not prove itself, 400 for what cannot be read (kept all the same)."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LONGEST:
        return HttpResponse(status=413)
    if provider == "twilio" and kind in ("status", "reply"):
        return _twilio(request, kind)
    name, _dot, secret = kind.partition(".")
    if (provider, name) not in READERS:
        raise Http404
    if not settings.HOOK_SECRET or not secrets.compare_digest(secret.encode(), settings.HOOK_SECRET.encode()):
        return HttpResponseForbidden()
    reader, answer = READERS[provider, name]
    try:
        events = reader(request.body, timezone.now())
    except (ValueError, KeyError) as error:
        return _unreadable(request, provider, str(error))
    store_events(events)
    return JsonResponse(answer, json_dumps_params={"ensure_ascii": False})


def _twilio(request: HttpRequest, kind: str) -> HttpResponse:
    # Imported here: the library is there only where it is used.
    from twilio.request_validator import RequestValidator

    address = settings.PUBLIC_URL.rstrip("/") + request.get_full_path()
    signature = request.headers.get("X-Twilio-Signature", "")
    if not settings.TWILIO_AUTH_TOKEN or not RequestValidator(settings.TWILIO_AUTH_TOKEN).validate(
        address, request.POST, signature
    ):
        return HttpResponseForbidden()
    form = {name: str(value) for name, value in request.POST.items()}
    try:
        now = timezone.now()
        events = twilio_receipt(form, request.GET.get("key", ""), now) if kind == "status" else twilio_reply(form, now)
    except ValueError as error:
        return _unreadable(request, "twilio", str(error))
    store_events(events)
    # An empty answer: Twilio sends nothing of its own.
    return HttpResponse('<?xml version="1.0" encoding="UTF-8"?><Response/>', content_type="text/xml")


def _unreadable(request: HttpRequest, provider: str, why: str) -> HttpResponse:
    raw = request.body if provider != "twilio" else request.POST.urlencode().encode()
    keep_unreadable(provider=provider, digest=hashlib.sha256(raw).hexdigest(), raw=raw, why=why, now=timezone.now())
    return HttpResponse(why, status=400, content_type="text/plain")
