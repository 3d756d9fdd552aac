"""When collection fails."""

from .batch import MatterBatch
from .certificate import FirmCertificate
from .court import Court
from .court_paper import CourtPaper
from .deadline import CalendarFeed, Deadline, Preservation
from .evidence import EvidenceBundle, ExhibitPaper
from .law_firm import LawFirm, Lawyer, Mandate
from .limitation import LimitationEvent, LimitationPeriod, LoanLimitation
from .matter import Matter
from .matter_states import MatterState
from .paper import LegalPaper, PaperState
from .paper_template import PaperCounter, PaperTemplate

__all__ = [
    "CalendarFeed",
    "Court",
    "CourtPaper",
    "Deadline",
    "EvidenceBundle",
    "ExhibitPaper",
    "FirmCertificate",
    "LawFirm",
    "Lawyer",
    "LegalPaper",
    "LimitationEvent",
    "LimitationPeriod",
    "LoanLimitation",
    "Mandate",
    "Matter",
    "MatterBatch",
    "MatterState",
    "PaperCounter",
    "PaperState",
    "PaperTemplate",
    "Preservation",
]
