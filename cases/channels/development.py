"""A provider that sends nothing: it keeps what it accepted where staff can read it."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction

from cases.models import DevelopmentDelivery

from .protocol import Outgoing, Receipt


class DevelopmentChannel:
    """Behaves as a good provider does: a key that it has accepted is not accepted again, and it knows its keys."""

    name = "development"
    can_look_up = True

    def __init__(self, channel: str) -> None:
        self.channel = channel

    def send(self, message: Outgoing) -> Receipt:
        try:
            with transaction.atomic():
                accepted = DevelopmentDelivery.objects.create(
                    key=message.key,
                    channel=self.channel,
                    to=message.to,
                    subject=message.subject,
                    body=message.body,
                )
        except IntegrityError:
            accepted = DevelopmentDelivery.objects.get(key=message.key)
        return Receipt((f"dev-{accepted.pk}",))

    def lookup(self, message: Outgoing, since: dt.datetime) -> Receipt | None:
        pk = DevelopmentDelivery.objects.filter(key=message.key).values_list("pk", flat=True).first()
        return None if pk is None else Receipt((f"dev-{pk}",))
