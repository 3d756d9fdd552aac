"""What is done about it."""

from .arrangement import ApprovalRule, Arrangement, ArrangementApproval, Level
from .call import CallScript, DialledCall
from .case import Case, CaseLoan, HoldKind, Stage
from .condition import ContactCondition
from .contact import ContactRecord, GateDecision
from .contact_chain import ContactChain, ContactSeal
from .day import DayRun
from .legal_hold import LegalHold
from .letter import Letter, LetterCounter
from .message import DevelopmentDelivery, Message, MessageTemplate
from .objection import Objection, ObjectionEvidence
from .paper import CasePaper
from .plan import Plan, PlanStep, Strategy, StrategyStep
from .posting import Posting, PrintRun
from .promise import Promise
from .provider import MessagePart, ProviderEvent, ProviderState
from .risk import RiskRecord, ScorecardVersion
from .staff_mail import StaffMail
from .team import Team, TeamMembership

__all__ = [
    "ApprovalRule",
    "Arrangement",
    "ArrangementApproval",
    "CallScript",
    "Case",
    "CaseLoan",
    "CasePaper",
    "ContactChain",
    "ContactCondition",
    "ContactRecord",
    "ContactSeal",
    "DayRun",
    "DevelopmentDelivery",
    "DialledCall",
    "GateDecision",
    "HoldKind",
    "LegalHold",
    "Letter",
    "LetterCounter",
    "Level",
    "Message",
    "MessagePart",
    "MessageTemplate",
    "Objection",
    "ObjectionEvidence",
    "Plan",
    "PlanStep",
    "Posting",
    "PrintRun",
    "Promise",
    "ProviderEvent",
    "ProviderState",
    "RiskRecord",
    "ScorecardVersion",
    "StaffMail",
    "Stage",
    "Strategy",
    "StrategyStep",
    "Team",
    "TeamMembership",
]
