"""Chain the entries of the contact log that stand already, in the order in which they were written."""

import secrets
from itertools import groupby

from django.db import migrations

from cases import contact_hashes

# So many borrowers at a time.
CHUNK = 500
UPDATE = (
    "UPDATE cases_contactrecord SET chain_no = %s, previous_hash = %s, contact_point_no = %s, content_salt = %s, "
    "content_hash = %s, decision_hash = %s, entry_hash = %s WHERE id = %s"
)
# Hash name → the column it is read from, as the models stood at this migration.
ENTRY = {
    "borrower": "borrower_id", "person_key": "person_key", "case": "case_id", "loans": "loans",
    "contact_point": "contact_point_id", "at": "at", "channel": "channel", "direction": "direction", "party": "party",
    "outcome": "outcome", "gate_outcome": "gate_outcome", "nonpayment_reason": "nonpayment_reason",
    "next_action": "next_action", "next_action_on": "next_action_on", "decision": "decision_id", "is_breach": "is_breach",
    "actor": "actor_id", "recorded_at": "recorded_at",
}
CONTENT = ("to", "notes", "recording_ref")
DECISION = {
    "id": "id", "borrower": "borrower_id", "case": "case_id", "contact_point": "contact_point_id", "moment": "moment",
    "at": "at", "channel": "channel", "party": "party", "allowed": "allowed", "rule": "rule", "source": "source",
    "reason_code": "reason_code", "next_allowed_at": "next_allowed_at", "overridable": "overridable", "pack": "pack",
    "pack_version": "pack_version", "override_by": "override_by_id", "created_at": "created_at",
}
WORDS = ("reason", "reason_params", "warnings", "override_reason")


def chain(apps, schema_editor):
    record = apps.get_model("cases", "ContactRecord")
    ends = apps.get_model("cases", "ContactChain")
    columns = ("id", *set(ENTRY.values()), *CONTENT, *(f"decision__{name}" for name in (*DECISION.values(), *WORDS)))
    borrowers = list(
        record.objects.filter(chain_no=None).order_by("borrower_id").values_list("borrower_id", flat=True).distinct()
    )
    with schema_editor.connection.cursor() as cursor:
        for start in range(0, len(borrowers), CHUNK):
            rows = record.objects.filter(borrower_id__in=borrowers[start : start + CHUNK], chain_no=None)
            ordered = list(rows.order_by("borrower_id", "id").values(*columns))
            updates, heads = [], []
            for borrower, entries in groupby(ordered, key=lambda row: row["borrower_id"]):
                number, previous = 0, contact_hashes.START
                for row in entries:
                    number += 1
                    updates.append(linked(row, number, previous))
                    previous = updates[-1][-2]
                heads.append(ends(borrower_id=borrower, length=number, hash=previous))
            cursor.executemany(UPDATE, updates)
            ends.objects.bulk_create(heads)


def linked(row, number, previous):
    """The columns of UPDATE for one row."""
    decision, words = None, None
    if row["decision_id"] is not None:
        decision = {name: row[f"decision__{column}"] for name, column in DECISION.items()}
        decision["contact_point"] = decision["contact_point"] or row["contact_point_id"]
        words = {name: row[f"decision__{name}"] for name in WORDS}
    salt = secrets.token_hex(16)
    content = contact_hashes.content_hash(salt, row, words)
    decided = contact_hashes.decision_hash(decision)
    own = contact_hashes.entry_hash(
        number=number,
        previous=previous,
        entry={name: row[column] for name, column in ENTRY.items()},
        content=content,
        decision=decided,
    )
    return (number, previous, row["contact_point_id"], salt, content, decided, own, row["id"])


class Migration(migrations.Migration):

    dependencies = [("cases", "0011_objections_and_holds")]

    # Backwards nothing is to be done: the columns go with the migration before this one.
    operations = [migrations.RunPython(chain, migrations.RunPython.noop, elidable=True)]
