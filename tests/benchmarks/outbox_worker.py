"""The real Celery application with one task more: the yardstick of the outbox's benchmark."""

from __future__ import annotations

import uuid

from config.celery import app

__all__ = ["app"]


@app.task(name="tests.insert_one")
def insert_one() -> None:
    from cases.models import DevelopmentDelivery

    DevelopmentDelivery.objects.create(key=f"bare-{uuid.uuid4()}", channel="sms", to="+8615400000001", body="bare")
