"""Room for HOT updates in the narrow table that ageing rewrites, on PostgreSQL."""

from django.db import migrations


def set_fillfactor(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE borrowers_loanbalance SET (fillfactor = 50)")


def reset_fillfactor(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE borrowers_loanbalance RESET (fillfactor)")


class Migration(migrations.Migration):
    dependencies = [("borrowers", "0001_initial")]
    operations = [migrations.RunPython(set_fillfactor, reset_fillfactor)]
