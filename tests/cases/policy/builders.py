"""Short ways to write attempts and histories. Times are wall times in the first zone unless they carry an offset."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cases.policy import Attempt, Consent, Decision, History, PastContact, Request, decide, load_pack

CN = ("Asia/Shanghai",)
NY = ("America/New_York",)
UK = ("Europe/London",)
NUMBER = "+12025550101"


def at(text: str, zone: str = "Asia/Shanghai") -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


def past(when: str, outcome: str = "no_answer", zone: str = "Asia/Shanghai", **more: Any) -> PastContact:
    given = {"channel": "phone", "direction": "out", "to": NUMBER, "party": "debtor", "debts": ("A",)} | more
    return PastContact(at=at(when, zone), outcome=outcome, **given)


def consent(kind: str, when: str, zone: str = "Asia/Shanghai", debts: tuple[str, ...] = ()) -> Consent:
    return Consent(kind, at(when, zone), debts)


def request(
    when: str,
    zones: tuple[str, ...] = CN,
    history: list[PastContact] | tuple[PastContact, ...] = (),
    role: str = "debt_collector",
    more: dict[str, Any] | None = None,
    **attempt: Any,
) -> Request:
    """`more` goes to the request, other keywords to the attempt."""
    given = {"channel": "phone", "to": NUMBER, "party": "debtor", "debts": ("A",)} | attempt
    made = Attempt(at=at(when, zones[0]), **given)
    return Request(attempt=made, time_zones=zones, role=role, history=History.of(history), **(more or {}))


def cn(when: str, history: Any = (), zones: tuple[str, ...] = CN, **more: Any) -> Decision:
    return decide(load_pack("cn"), request(when, zones, history, more.pop("role", "creditor"), **more))


def us(when: str, history: Any = (), zones: tuple[str, ...] = NY, **more: Any) -> Decision:
    return decide(load_pack("us_reg_f"), request(when, zones, history, more.pop("role", "debt_collector"), **more))


def uk(when: str, history: Any = (), zones: tuple[str, ...] = UK, **more: Any) -> Decision:
    return decide(load_pack("uk"), request(when, zones, history, more.pop("role", "creditor"), **more))


def shown(decision: Decision, zone: str) -> str | None:
    """The next allowed minute as the clock there shows it."""
    later = decision.next_allowed_at
    return later.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") if later else None


def warned(decision: Decision) -> set[str]:
    return {verdict.rule for verdict in decision.warnings}


def owed(decision: Decision) -> set[str]:
    """The duties that go with the contact."""
    return {verdict.rule for verdict in decision.duties}
