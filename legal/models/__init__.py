"""When collection fails."""

from .batch import MatterBatch
from .certificate import FirmCertificate
from .court import Court
from .court_paper import CourtPaper
from .evidence import EvidenceBundle, ExhibitPaper
from .law_firm import LawFirm, Lawyer, Mandate
from .matter import Matter
from .matter_states import MatterState
from .paper import LegalPaper, PaperState
from .paper_template import PaperCounter, PaperTemplate

__all__ = [
    "Court",
    "CourtPaper",
    "EvidenceBundle",
    "ExhibitPaper",
    "FirmCertificate",
    "LawFirm",
    "Lawyer",
    "LegalPaper",
    "Mandate",
    "Matter",
    "MatterBatch",
    "MatterState",
    "PaperCounter",
    "PaperState",
    "PaperTemplate",
]
