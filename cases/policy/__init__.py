"""The contact gate: may this person be contacted now, by this channel, about these debts?

Pure: the answer follows from the request and the pack alone. See docs/adr/0010-contact-gate.md.
"""

from .decision import Decision, Finding, Severity, Status, Verdict
from .engine import decide
from .facts import (
    Attempt,
    Channel,
    Consent,
    ConsentKind,
    Direction,
    Flag,
    OptOut,
    Outcome,
    Party,
    PastContact,
    Place,
    Purpose,
    Role,
    TimeWindow,
)
from .history import History
from .pack import Pack, load_pack, pack_names, read_pack
from .reasons import REASONS
from .request import Request

__all__ = [
    "REASONS",
    "Attempt",
    "Channel",
    "Consent",
    "ConsentKind",
    "Decision",
    "Direction",
    "Finding",
    "Flag",
    "History",
    "OptOut",
    "Outcome",
    "Pack",
    "Party",
    "PastContact",
    "Place",
    "Purpose",
    "Request",
    "Role",
    "Severity",
    "Status",
    "TimeWindow",
    "Verdict",
    "decide",
    "load_pack",
    "pack_names",
    "read_pack",
]
