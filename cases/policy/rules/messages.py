"""Texts and e-mails: consent and its freshness, notice, the employer's address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.policy.decision import Finding
from cases.policy.facts import Channel, ConsentKind, Place, Purpose
from cases.policy.localtime import local_date, start_of_day
from cases.policy.request import Request

from .base import Rule


@dataclass(frozen=True)
class TextConsent(Rule):
    """A text needs consent, a check of the number, or a text from that number, at most `days` days old (1006.6(d)(5))."""

    days: int

    @property
    def lookback_days(self) -> int:
        return self.days + 1

    def find(self, ask: Request, at: datetime) -> Finding | None:
        if ask.attempt.purpose is Purpose.OPT_OUT_CONFIRMATION:
            return None
        consent = ask.consent(ConsentKind.TEXT, at)
        texted = ask.history.last_inbound(Channel.SMS, ask.attempt.to, at)
        grounds = (consent.at if consent else None, texted.at if texted else None, ask.number_checked_at)
        newest = max((ground for ground in grounds if ground is not None and ground <= at), default=None)
        if newest is None:
            return Finding("text_consent_missing")
        for zone in ask.zones:
            given = local_date(newest, zone)
            if local_date(at, zone) > given + timedelta(days=self.days):
                return Finding("text_consent_stale", {"day": given.isoformat(), "days": self.days})
        return None


@dataclass(frozen=True)
class EmailPermission(Rule):
    """An e-mail needs consent, an e-mail from that address, or a notice at least `notice_days` old (1006.6(d)(4))."""

    notice_days: int

    def find(self, ask: Request, at: datetime) -> Finding | None:
        if ask.attempt.purpose is Purpose.OPT_OUT_CONFIRMATION or ask.consent(ConsentKind.EMAIL, at):
            return None
        if ask.history.last_inbound(Channel.EMAIL, ask.attempt.to, at):
            return None
        notice = ask.email_notice_sent_at
        if notice is None or notice > at:
            return Finding("email_permission_missing")
        wait = timedelta(days=self.notice_days)
        late = [zone for zone in ask.zones if local_date(at, zone) < local_date(notice, zone) + wait]
        if not late:
            return None
        until = max(start_of_day(local_date(notice, zone) + wait, zone) for zone in late)
        sent_on = local_date(notice, late[0]).isoformat()
        return Finding("email_notice_fresh", {"day": sent_on, "days": self.notice_days}, until)


@dataclass(frozen=True)
class EmployerEmail(Rule):
    """No e-mail to an address given by the employer, unless the consumer wrote from it (1006.22(f)(3))."""

    def find(self, ask: Request, at: datetime) -> Finding | None:
        if ask.attempt.place is not Place.WORKPLACE:
            return None
        return None if ask.history.last_inbound(Channel.EMAIL, ask.attempt.to, at) else Finding("employer_email")
