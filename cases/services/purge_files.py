"""What uploaded files still say of people who have no record here: refused rows, files that nobody loaded, lines that
were refused. Emptied when as old as a closed case would be (retention.toml)."""

from __future__ import annotations

import datetime as dt

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q

from borrowers.models import Creditor, PaymentLine, Placement, record_event
from borrowers.rules.retention import purge_before

CHUNK = 500


def purge_files(*, creditor: Creditor, on: dt.date, dry_run: bool = False) -> int:
    """Empty them; returns how many placements and lines. Each placement, each file of payments is one transaction."""
    day = purge_before(creditor.pack, on)
    last = dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, tzinfo=creditor.zone)
    told = ~Q(refusals_csv="") | ~Q(upload_path="")
    placements = Placement.objects.filter(told, creditor=creditor, created_at__lt=last)
    refused = PaymentLine.objects.filter(
        file__source__creditor=creditor, file__loaded_on__lte=day, state=PaymentLine.State.REFUSED
    ).exclude(raw={})
    if dry_run:
        return placements.count() + refused.count()
    count = 0
    for pk in list(placements.order_by("pk").values_list("pk", flat=True)):
        count += _empty_placement(pk, on)
    for file_id in sorted(set(refused.values_list("file_id", flat=True))):
        count += _empty_lines(file_id, on)
    return count


@transaction.atomic
def _empty_placement(pk: int, on: dt.date) -> int:
    row = Placement.objects.select_for_update(of=("self",)).get(pk=pk)
    if row.upload_path:
        default_storage.delete(row.upload_path)
    row.refusals_csv, row.upload_path = "", ""
    row.save(update_fields=["refusals_csv", "upload_path"])
    record_event(row, "purge_data", actor=None, field="purged_on", new=on.isoformat())
    return 1


@transaction.atomic
def _empty_lines(file_id: int, on: dt.date) -> int:
    lines = PaymentLine.objects.filter(file=file_id, state=PaymentLine.State.REFUSED).exclude(raw={})
    first = lines.select_related("file").first()
    if first is None:
        return 0
    count = lines.update(raw={}, reference="", payer_name="", payer_account="", reason="")
    record_event(first.file, "purge_data", actor=None, field="purged_on", new=on.isoformat(), rows=count)
    return count
