"""The kinds of rule, by the name under which a pack asks for them."""

from __future__ import annotations

from . import conduct, frequency, hours, messages, party, status
from .base import Rule, Terms

KINDS: dict[str, type[Rule]] = {
    "contact_hours": hours.ContactHours,
    "inconvenient_time": hours.InconvenientTime,
    "connected_calls": frequency.ConnectedCalls,
    "unanswered_attempts": frequency.UnansweredAttempts,
    "calls_per_debt": frequency.CallsPerDebt,
    "after_conversation": frequency.AfterConversation,
    "clustering": frequency.Clustering,
    "outsider": party.Outsider,
    "only_if_unreachable": party.OnlyIfUnreachable,
    "stop_when_refused": party.StopWhenRefused,
    "third_party_purpose": party.ThirdPartyPurpose,
    "third_party_once": party.ThirdPartyOnce,
    "wrong_number": party.WrongNumber,
    "flag": status.FlagStop,
    "opted_out": status.OptedOut,
    "workplace": status.Workplace,
    "workplace_unknown": status.WorkplaceUnknown,
    "inconvenient_place": status.InconvenientPlace,
    "time_barred": status.TimeBarred,
    "text_consent": messages.TextConsent,
    "email_permission": messages.EmailPermission,
    "employer_email": messages.EmployerEmail,
    "visit_heads": conduct.VisitHeads,
    "recording": conduct.Recording,
    "duty": conduct.Duty,
    "validation_notice": conduct.ValidationNotice,
    "validation_notice_overdue": conduct.ValidationNoticeOverdue,
}

__all__ = ["KINDS", "Rule", "Terms"]
