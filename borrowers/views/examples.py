"""Worked examples of the calculators: a beginning that can be changed."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

TITLES = {
    "delinquency": _("Days past due"),
    "allocation": _("Splitting of payments"),
    "penalty": _("Penalty interest"),
    "contact": _("Contact gate"),
    "court_fee": _("Court fee"),
    "enforcement_fee": _("Enforcement fee"),
    "preservation_fee": _("Preservation fee"),
    "delayed_interest": _("Interest for delayed performance"),
    "limitation": _("Limitation of actions"),
}

_INSTALMENTS = [
    {"number": 1, "due_on": "2026-01-15", "principal": "1000.00", "interest": "12.00", "fee": "5.00"},
    {"number": 2, "due_on": "2026-02-15", "principal": "1000.00", "interest": "8.00", "fee": "5.00"},
    {"number": 3, "due_on": "2026-03-15", "principal": "1000.00", "interest": "4.00", "fee": "5.00"},
]
_PAYMENTS = [{"paid_on": "2026-01-15", "amount": "1017.00"}, {"paid_on": "2026-02-20", "amount": "300.00"}]
_PAUSES = [{"start": "2026-03-01", "end": "2026-03-06"}]

EXAMPLES: dict[str, dict[str, Any]] = {
    "court_fee": {"claim": "36800.00", "procedure": "summary"},
    "enforcement_fee": {"amount": "36800.00"},
    "preservation_fee": {"amount": "36800.00"},
    "delayed_interest": {
        "base": "36800.00",
        "deadline": "2026-01-10",
        "payments": [{"paid_on": "2026-02-09", "amount": "10000.00"}],
        "on": "2026-03-11",
    },
    "limitation": {
        "due_on": "2023-03-15",
        "years": 3,
        "events": [
            {"kind": "demand_sent", "on": "2024-01-10"},
            {"kind": "part_payment", "on": "2024-06-03"},
            {"kind": "suspended", "on": "2027-01-20", "until": "2027-03-01"},
        ],
        "on": "2027-03-20",
    },
    "delinquency": {
        "on": "2026-03-20",
        "grace_days": 3,
        "instalments": _INSTALMENTS,
        "payments": _PAYMENTS,
        "pauses": _PAUSES,
    },
    "allocation": {
        "order": ["fee", "interest", "principal"],
        "across": "oldest_first",
        "instalments": _INSTALMENTS,
        "payments": _PAYMENTS,
    },
    "penalty": {
        "on": "2026-03-20",
        "rate": "0.18",
        "cap": "4lpr",
        "contract_on": "2025-08-01",
        "base": "principal",
        "days_in_year": 365,
        "instalments": _INSTALMENTS,
        "payments": _PAYMENTS,
        "pauses": _PAUSES,
    },
    "contact": {
        "pack": "cn",
        "role": "creditor",
        "time_zones": ["Asia/Shanghai"],
        "attempt": {
            "at": "2026-03-20T22:30:00+08:00",
            "channel": "phone",
            "to": "+8615400000001",
            "party": "debtor",
            "debts": ["A1"],
            "collectors": 1,
        },
        "history": [],
        "consents": [],
        "flags": [],
        "opt_outs": [],
    },
}
