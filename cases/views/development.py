"""What the development provider kept instead of sending."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from borrowers.identity import mask_email, mask_phone
from cases.models import DevelopmentDelivery

PAGE_SIZE = 30


@require_GET
@login_required
@permission_required("cases.view_developmentdelivery", raise_exception=True)
def development_outbox(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\0", "").strip()
    deliveries = DevelopmentDelivery.objects.order_by("-id")
    if text:
        deliveries = deliveries.filter(Q(to__icontains=text) | Q(body__icontains=text) | Q(subject__icontains=text))
    page = Paginator(deliveries, PAGE_SIZE).get_page(request.GET.get("page"))
    for delivery in page.object_list:
        masked = mask_email(delivery.to) if "@" in delivery.to else mask_phone(delivery.to)
        delivery.masked_to = masked  # type: ignore[attr-defined]
    return render(request, "cases/development_outbox.html", {"page_obj": page, "q": text})
