"""A small good placement, and ways to write and to spoil it."""

from __future__ import annotations

import csv
import io
import zipfile
from copy import deepcopy
from pathlib import Path

Row = dict[str, str]
Tables = dict[str, list[Row]]

GOOD: Tables = {
    "loans": [
        {
            "account_no": "A1", "borrower_ref": "B1", "name": "张样本", "id_type": "resident_id",
            "id_no": "990000199001010017", "birth_date": "1990-01-01", "currency": "CNY", "principal": "300.00",
            "annual_rate": "0.12", "disbursed_on": "2026-01-05", "contract_no": "C1", "shop": "样板店",
        },
        {
            "account_no": "A2", "borrower_ref": "B2", "name": "李样本", "id_type": "", "id_no": "", "birth_date": "",
            "currency": "CNY", "principal": "100", "annual_rate": "0.2", "disbursed_on": "2026-01-05",
            "contract_no": "C2", "shop": "",
        },
    ],
    "instalments": [
        {"account_no": "A1", "number": "1", "due_on": "2026-02-05", "principal": "100.00", "interest": "3.00", "fee": ""},
        {"account_no": "A1", "number": "2", "due_on": "2026-03-05", "principal": "100.00", "interest": "2.00", "fee": "1.5"},
        {"account_no": "A1", "number": "3", "due_on": "2026-04-05", "principal": "100.00", "interest": "1.00", "fee": ""},
        {"account_no": "A2", "number": "1", "due_on": "2026-02-05", "principal": "100.00", "interest": "2.00", "fee": ""},
    ],
    "contact_points": [
        {"borrower_ref": "B1", "kind": "mobile", "value": "154 0000 0001", "owner": "debtor", "consent": "yes", "preferred": "yes"},
        {"borrower_ref": "B1", "kind": "email", "value": "B1@Example.com", "owner": "", "consent": "", "preferred": ""},
    ],
    "payments": [
        {"account_no": "A1", "payment_no": "P1", "paid_on": "2026-02-05", "amount": "103.00", "method": "card", "reversed_payment_no": ""},
        {"account_no": "A1", "payment_no": "P2", "paid_on": "2026-03-01", "amount": "50.00", "method": "card", "reversed_payment_no": ""},
        {"account_no": "A1", "payment_no": "P2R", "paid_on": "2026-03-03", "amount": "50.00", "method": "", "reversed_payment_no": "P2"},
    ],
}  # fmt: skip


def good() -> Tables:
    return deepcopy(GOOD)


def as_csv(rows: list[Row]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write_folder(tables: Tables, folder: Path, encoding: str = "utf-8") -> Path:
    folder.mkdir(exist_ok=True)
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text(as_csv(rows), encoding=encoding, newline="")
    return folder


def write_zip(tables: Tables, path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, rows in tables.items():
            archive.writestr(f"data/{name}.csv", as_csv(rows))
    return path
