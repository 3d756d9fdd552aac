"""When collection fails."""

from .law_firm import LawFirm, Lawyer, Mandate
from .matter import Matter, MatterState
from .paper import LegalPaper, PaperState

__all__ = ["LawFirm", "Lawyer", "LegalPaper", "Mandate", "Matter", "MatterState", "PaperState"]
