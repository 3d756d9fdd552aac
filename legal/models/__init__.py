"""When collection fails."""

from .batch import MatterBatch
from .court import Court
from .court_paper import CourtPaper
from .law_firm import LawFirm, Lawyer, Mandate
from .matter import Matter
from .matter_states import MatterState
from .paper import LegalPaper, PaperState

__all__ = [
    "Court",
    "CourtPaper",
    "LawFirm",
    "Lawyer",
    "LegalPaper",
    "Mandate",
    "Matter",
    "MatterBatch",
    "MatterState",
    "PaperState",
]
