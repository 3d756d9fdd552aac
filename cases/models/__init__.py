"""What is done about it."""

from .case import Case, CaseLoan, Stage
from .contact import ContactRecord, GateDecision
from .day import DayRun
from .letter import Letter, LetterCounter
from .message import DevelopmentDelivery, Message, MessageTemplate
from .plan import Plan, PlanStep, Strategy, StrategyStep
from .promise import Promise
from .risk import RiskRecord, ScorecardVersion
from .team import Team, TeamMembership

__all__ = [
    "Case",
    "CaseLoan",
    "ContactRecord",
    "DayRun",
    "DevelopmentDelivery",
    "GateDecision",
    "Letter",
    "LetterCounter",
    "Message",
    "MessageTemplate",
    "Plan",
    "PlanStep",
    "Promise",
    "RiskRecord",
    "ScorecardVersion",
    "Stage",
    "Strategy",
    "StrategyStep",
    "Team",
    "TeamMembership",
]
