"""What workers do. Each task may be lost or run twice: the database knows what is due."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from borrowers.models import Creditor
from cases.services import outbox


@shared_task(name="cases.tasks.sweep_outbox")
def sweep_outbox() -> int:
    """Send what is due; each minute, and after a run of the day has queued something."""
    return outbox.sweep(timezone.now())


@shared_task(name="cases.tasks.dispatch_message")
def dispatch_message(message_id: int) -> str:
    """Send one message now, as soon as it has been written."""
    return outbox.dispatch(message_id, timezone.now())


@shared_task(name="cases.tasks.run_day")
def run_day() -> None:
    """Run the day of each creditor whose night has passed."""
    from cases.day import run_due_days

    run_due_days(timezone.now())


@shared_task(name="cases.tasks.purge_data")
def purge_data() -> None:
    """Remove the personal data whose day has come, of every creditor, active or not."""
    from cases.services.purge import purge_creditor
    from cases.services.purge_files import purge_files

    now = timezone.now()
    for creditor in Creditor.objects.order_by("code"):
        on = creditor.business_date(now)
        purge_creditor(creditor=creditor, on=on)
        purge_files(creditor=creditor, on=on)
