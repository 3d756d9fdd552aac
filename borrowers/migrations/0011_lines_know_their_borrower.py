"""Lines that were booked before: whose loan it is."""

from typing import Any

from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps: Any, schema_editor: Any) -> None:
    line, loan = apps.get_model("borrowers", "PaymentLine"), apps.get_model("borrowers", "Loan")
    owner = loan.objects.filter(pk=OuterRef("loan")).values("borrower")
    line.objects.filter(loan__isnull=False, borrower=None).update(borrower=Subquery(owner))


class Migration(migrations.Migration):
    dependencies = [("borrowers", "0010_payments_for_several_loans")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
