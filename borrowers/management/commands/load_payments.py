"""Load a payments table alone; a payment number seen before is not booked twice."""

from __future__ import annotations

from borrowers.management.commands.load_placement import Command as LoadPlacement


class Command(LoadPlacement):
    help = "Loads payments (CSV, folder, .zip or .xlsx)."
    kind = "payments"
