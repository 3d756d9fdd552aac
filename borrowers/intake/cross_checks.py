"""What rows must be together: one statement a rule, over the staging tables, on every database alike.

Each finds rows and puts them into st_refusals. A loan with any refused row of its own is refused whole.
"""

from __future__ import annotations

from django.db import connection

from borrowers.money import CURRENCIES

# Staging holds hundredths: of a currency without cents they are whole hundreds.
_WITHOUT_CENTS = ", ".join(f"'{code}'" for code, currency in CURRENCIES.items() if currency.minor_units == 0)
_HAS_CENTS = "its currency has no cents"


def _shown(cents: str) -> str:
    """SQL that writes whole cents with their point, alike on every database."""
    return f"CAST({cents} / 100 AS text) || '.' || SUBSTR(CAST(100 + {cents} %% 100 AS text), 2)"


# (table of the refusal, column, reason, SELECT line, account_no, value …). {creditor} is its key, a whole number.
_PLACEMENT_RULES: tuple[tuple[str, str, str, str], ...] = (
    (
        "loans", "account_no", "the account stands in the file twice",
        ("SELECT s.line, s.account_no, s.account_no FROM st_loans s "
        "JOIN (SELECT account_no, MIN(line) AS first FROM st_loans GROUP BY account_no HAVING COUNT(*) > 1) d "
        "ON d.account_no = s.account_no AND s.line > d.first WHERE s.account_no <> ''"),
    ),
    (
        "loans", "borrower_ref", "the same borrower reference stands for another person elsewhere in the file",
        ("SELECT s.line, s.account_no, s.borrower_ref FROM st_loans s "
        "JOIN (SELECT borrower_ref, MIN(name) AS name FROM st_loans GROUP BY borrower_ref "
        "HAVING COUNT(DISTINCT name) > 1) d ON d.borrower_ref = s.borrower_ref WHERE s.borrower_ref <> ''"),
    ),
    (
        "loans", "account_no", "the loan has no instalments",
        ("SELECT s.line, s.account_no, s.account_no FROM st_loans s WHERE s.account_no <> '' "
        "AND NOT EXISTS (SELECT 1 FROM st_instalments i WHERE i.account_no = s.account_no)"),
    ),
    (
        "instalments", "account_no", "there is no loan with this account number",
        ("SELECT s.line, s.account_no, s.account_no FROM st_instalments s "
        "WHERE NOT EXISTS (SELECT 1 FROM st_loans l WHERE l.account_no = s.account_no)"),
    ),
    (
        "instalments", "number", "the instalment stands in the file twice",
        ("SELECT s.line, s.account_no, CAST(s.number AS text) FROM st_instalments s "
        "JOIN (SELECT account_no, number, MIN(line) AS first FROM st_instalments GROUP BY account_no, number "
        "HAVING COUNT(*) > 1) d ON d.account_no = s.account_no AND d.number = s.number AND s.line > d.first "
        "WHERE s.number > 0"),
    ),
    (
        "instalments", "due_on", "is not after the due date of the instalment before it",
        ("SELECT o.line, o.account_no, CAST(o.due_on AS text) FROM (SELECT line, account_no, due_on, number, "
        "LAG(number) OVER (PARTITION BY account_no ORDER BY number) AS number_before, LAG(due_on) OVER "
        "(PARTITION BY account_no ORDER BY number) AS before FROM st_instalments WHERE due_on IS NOT NULL) o "
        "WHERE o.due_on <= o.before AND o.number <> o.number_before"),
    ),
    (
        "instalments", "due_on", "lies before the day of disbursement",
        ("SELECT s.line, s.account_no, CAST(s.due_on AS text) FROM st_instalments s "
        "JOIN st_loans l ON l.account_no = s.account_no WHERE s.due_on < l.disbursed_on"),
    ),
    (
        "loans", "principal", "the instalments do not add up to the principal",
        ("SELECT s.line, s.account_no, CAST(s.principal / 100 AS text) FROM st_loans s "
        "JOIN (SELECT account_no, SUM(principal) AS total FROM st_instalments GROUP BY account_no) t "
        "ON t.account_no = s.account_no WHERE t.total <> s.principal AND s.principal > 0 "
        "AND NOT EXISTS (SELECT 1 FROM st_refusals r WHERE r.account_no = s.account_no AND r.tab = 'instalments')"),
    ),
    (
        "loans", "account_no", "was loaded before with more instalments",
        ("SELECT s.line, s.account_no, s.account_no FROM st_loans s "
        "JOIN borrowers_loan l ON l.creditor_id = {creditor} AND l.account_no = s.account_no "
        "WHERE (SELECT COUNT(*) FROM borrowers_instalment i WHERE i.loan_id = l.id) > "
        "(SELECT COUNT(*) FROM st_instalments i WHERE i.account_no = s.account_no)"),
    ),
    (
        "loans", "borrower_ref", "was loaded before for another borrower",
        ("SELECT s.line, s.account_no, s.borrower_ref FROM st_loans s "
        "JOIN borrowers_loan l ON l.creditor_id = {creditor} AND l.account_no = s.account_no "
        "JOIN borrowers_borrower b ON b.id = l.borrower_id WHERE b.ref <> s.borrower_ref AND s.borrower_ref <> ''"),
    ),
    (
        "loans", "currency", "payments were booked for this loan in another currency",
        ("SELECT s.line, s.account_no, s.currency FROM st_loans s "
        "JOIN borrowers_loan l ON l.creditor_id = {creditor} AND l.account_no = s.account_no "
        "WHERE l.currency <> s.currency AND s.currency <> '' "
        "AND EXISTS (SELECT 1 FROM borrowers_payment p WHERE p.loan_id = l.id)"),
    ),
    (
        "instalments", "number", "charges, waivers or an arrangement were booked on this instalment: it cannot change any more",
        ("SELECT s.line, s.account_no, CAST(s.number AS TEXT) FROM st_instalments s "
        "JOIN borrowers_loan l ON l.creditor_id = {creditor} AND l.account_no = s.account_no "
        "JOIN borrowers_instalment i ON i.loan_id = l.id AND i.number = s.number "
        "WHERE (i.due_on <> s.due_on OR ROUND(i.principal * 100) <> s.principal "
        "OR ROUND(i.interest * 100) <> s.interest OR ROUND(i.fee * 100) <> s.fee) "
        "AND EXISTS (SELECT 1 FROM borrowers_ledgerentry e WHERE e.instalment_id = i.id AND e.kind <> 'penalty')"),
    ),
    (
        "loans", "principal", _HAS_CENTS,
        (f"SELECT s.line, s.account_no, {_shown('s.principal')} FROM st_loans s "  # noqa: S608 - own text
        f"WHERE s.currency IN ({_WITHOUT_CENTS}) AND s.principal %% 100 <> 0"),
    ),
    *(
        (
            "instalments", column, _HAS_CENTS,
            (f"SELECT s.line, s.account_no, {_shown(f's.{column}')} FROM st_instalments s "  # noqa: S608 - own text
            "JOIN st_loans l ON l.account_no = s.account_no "
            f"WHERE l.currency IN ({_WITHOUT_CENTS}) AND s.{column} %% 100 <> 0"),
        )
        for column in ("principal", "interest", "fee")
    ),
    (
        "contact_points", "borrower_ref", "there is no borrower with this reference",
        ("SELECT s.line, '', s.borrower_ref FROM st_contact_points s "
        "WHERE NOT EXISTS (SELECT 1 FROM st_loans l WHERE l.borrower_ref = s.borrower_ref) "
        "AND NOT EXISTS (SELECT 1 FROM borrowers_borrower b WHERE b.creditor_id = {creditor} AND b.ref = s.borrower_ref)"),
    ),
)  # fmt: skip
_SEEN = (
    "borrowers_payment p JOIN borrowers_loan l ON l.id = p.loan_id AND l.creditor_id = {creditor} "
    "WHERE l.account_no = s.account_no AND p.payment_no = "
)
_PAYMENT_RULES: tuple[tuple[str, str, str, str], ...] = (
    (
        "payments", "account_no", "there is no loan with this account number",
        ("SELECT s.line, s.account_no, s.account_no FROM st_payments s "
        "WHERE NOT EXISTS (SELECT 1 FROM st_loans l WHERE l.account_no = s.account_no) AND NOT EXISTS "
        "(SELECT 1 FROM borrowers_loan l WHERE l.creditor_id = {creditor} AND l.account_no = s.account_no)"),
    ),
    (
        "payments", "amount", _HAS_CENTS,
        (f"SELECT s.line, s.account_no, {_shown('s.amount')} FROM st_payments s "  # noqa: S608 - own text
        f"WHERE s.amount %% 100 <> 0 AND (EXISTS (SELECT 1 FROM borrowers_loan l WHERE l.currency IN ({_WITHOUT_CENTS}) "
        "AND l.creditor_id = {creditor} AND l.account_no = s.account_no) OR EXISTS "
        f"(SELECT 1 FROM st_loans l WHERE l.currency IN ({_WITHOUT_CENTS}) AND l.account_no = s.account_no))"),
    ),
    (
        "payments", "payment_no", "the payment number stands in the file twice",
        ("SELECT s.line, s.account_no, s.payment_no FROM st_payments s "
        "JOIN (SELECT account_no, payment_no, MIN(line) AS first FROM st_payments GROUP BY account_no, payment_no "
        "HAVING COUNT(*) > 1) d ON d.account_no = s.account_no AND d.payment_no = s.payment_no AND s.line > d.first "
        "WHERE s.payment_no <> ''"),
    ),
    (
        "payments", "payment_no", "was booked before with another date or amount",
        "SELECT s.line, s.account_no, s.payment_no FROM st_payments s WHERE EXISTS (SELECT 1 FROM "  # noqa: S608 - own text
        + _SEEN +
        "s.payment_no AND (p.paid_on <> s.paid_on OR ROUND(ABS(p.amount) * 100) <> s.amount))",
    ),
    (
        "payments", "reversed_payment_no", "there is no such payment to reverse",
        "SELECT s.line, s.account_no, s.reversed_payment_no FROM st_payments s WHERE s.reversed_payment_no <> '' "  # noqa: S608 - own text
        "AND NOT EXISTS (SELECT 1 FROM st_payments o WHERE o.account_no = s.account_no "
        "AND o.payment_no = s.reversed_payment_no AND o.reversed_payment_no = '' AND NOT EXISTS "
        "(SELECT 1 FROM st_refusals r WHERE r.tab = 'payments' AND r.line = o.line)) "
        "AND NOT EXISTS (SELECT 1 FROM " + _SEEN + "s.reversed_payment_no AND p.reverses_id IS NULL)",
    ),
    (
        "payments", "amount", "takes back more than the payment brought",
        "SELECT s.line, s.account_no, s.reversed_payment_no FROM st_payments s WHERE s.reversed_payment_no <> '' "  # noqa: S608 - own text
        "AND NOT EXISTS (SELECT 1 FROM " + _SEEN + "s.payment_no) "
        # What this file would take back, and what was taken back before.
        "AND (SELECT SUM(r.amount) FROM st_payments r WHERE r.account_no = s.account_no "
        "AND r.reversed_payment_no = s.reversed_payment_no AND NOT EXISTS (SELECT 1 FROM "
        + _SEEN.replace("s.account_no", "r.account_no") + "r.payment_no)) "
        "+ COALESCE((SELECT -SUM(ROUND(t.amount * 100)) FROM borrowers_payment t WHERE t.reverses_id IN "
        "(SELECT p.id FROM " + _SEEN + "s.reversed_payment_no)), 0) > COALESCE("
        "(SELECT MIN(ROUND(p.amount * 100)) FROM " + _SEEN + "s.reversed_payment_no), "
        "(SELECT MIN(o.amount) FROM st_payments o WHERE o.account_no = s.account_no "
        "AND o.payment_no = s.reversed_payment_no))",
    ),
)  # fmt: skip


def cross_check(creditor_id: int, kind: str, files: dict[str, str]) -> None:
    """Apply every rule. `files` gives the file's name for each table, for the list of refusals."""
    rules = _PAYMENT_RULES if kind == "payments" else (*_PLACEMENT_RULES, *_PAYMENT_RULES)
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX st_refusals_line ON st_refusals (tab, line)")
        for table, column, reason, select in rules:
            if table not in files:
                continue
            cursor.execute(
                "INSERT INTO st_refusals (line, account_no, value, file, tab, col, reason) "  # noqa: S608 - own text
                f"SELECT q.*, %s, %s, %s, %s FROM ({select.format(creditor=int(creditor_id))}) q",
                [files[table], table, column, reason],
            )
        if kind != "payments":
            # A loan goes in with all of its schedule and payments, or not at all.
            cursor.execute("CREATE INDEX st_refusals_account ON st_refusals (account_no)")
            # Also when the loan itself is here already: its payments wait for a file that is right.
            cursor.execute(
                "DELETE FROM st_payments WHERE account_no IN (SELECT account_no FROM st_loans) AND account_no IN "
                "(SELECT account_no FROM st_refusals WHERE tab IN ('loans', 'instalments', 'payments'))"
            )
            cursor.execute(
                "DELETE FROM st_loans WHERE account_no IN "
                "(SELECT account_no FROM st_refusals WHERE tab IN ('loans', 'instalments', 'payments'))"
            )
            cursor.execute("DELETE FROM st_instalments WHERE account_no NOT IN (SELECT account_no FROM st_loans)")
            cursor.execute(
                "DELETE FROM st_contact_points WHERE borrower_ref NOT IN (SELECT borrower_ref FROM st_loans) "
                "AND borrower_ref NOT IN (SELECT ref FROM borrowers_borrower WHERE creditor_id = %s)",
                [creditor_id],
            )
            cursor.execute(
                "DELETE FROM st_payments WHERE account_no NOT IN (SELECT account_no FROM st_loans) AND account_no "
                "NOT IN (SELECT account_no FROM borrowers_loan WHERE creditor_id = %s)",
                [creditor_id],
            )
        for table in ("payments", "contact_points"):
            cursor.execute(
                f"DELETE FROM st_{table} WHERE line IN (SELECT line FROM st_refusals WHERE tab = %s)",  # noqa: S608 - own names
                [table],
            )
