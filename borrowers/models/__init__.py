"""Who owes what."""

from .audit import AuditEvent, record_event
from .contact_point import ContactPoint
from .document import Document
from .ledger import Component, CostItem, LedgerEntry, PenaltyPolicy
from .loan import Instalment, Loan, LoanBalance, LoanPause
from .party import Borrower, Creditor
from .payment import Allocation, Payment
from .payment_file import PaymentFile, PaymentLine, PaymentShare, PaymentSource
from .placement import Placement
from .user import User

__all__ = [
    "Allocation",
    "AuditEvent",
    "Borrower",
    "Component",
    "ContactPoint",
    "CostItem",
    "Creditor",
    "Document",
    "Instalment",
    "LedgerEntry",
    "Loan",
    "LoanBalance",
    "LoanPause",
    "Payment",
    "PaymentFile",
    "PaymentLine",
    "PaymentShare",
    "PaymentSource",
    "PenaltyPolicy",
    "Placement",
    "User",
    "record_event",
]
