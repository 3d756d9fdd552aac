"""The gate: every rule of the pack is asked, and the answers become one decision."""

from __future__ import annotations

from datetime import UTC, datetime

from .decision import Decision, Finding, Params, Severity, Status, Verdict
from .localtime import HORIZON
from .pack import Pack
from .reasons import sentence
from .request import Request
from .rules import Rule

_STATUS = {Severity.BLOCK: Status.BLOCK, Severity.WARN: Status.WARN, Severity.RECORD: Status.RECORD}
_NEVER = datetime.max.replace(tzinfo=UTC)


def decide(pack: Pack, request: Request) -> Decision:
    """Whether `request.attempt` may be made at its time, and if not why and from when.

    History, consents and notices later than the time asked about are not looked at: an attempt is judged by what went
    before. The rule named in a refusal is the one that stands longest, the pack's order deciding between equals.
    """
    at = request.attempt.at
    verdicts = tuple(_verdict(rule, request, at) for rule in pack.rules)
    refusals = [verdict for verdict in verdicts if verdict.status is Status.BLOCK]
    warnings = tuple(verdict for verdict in verdicts if verdict.status is Status.WARN)
    duties = tuple(verdict for verdict in verdicts if verdict.status is Status.RECORD)
    main = _longest(refusals)
    return Decision(
        allowed=main is None,
        rule=main.rule if main else "",
        source=main.source if main else "",
        reason_code=main.reason_code if main else "",
        reason_params=main.reason_params if main else {},
        reason=main.reason if main else "",
        next_allowed_at=_next_allowed_at(pack, request, refusals) if main else None,
        overridable=bool(refusals) and all(verdict.overridable for verdict in refusals),
        warnings=warnings,
        duties=duties,
        verdicts=verdicts,
        pack=pack.name,
        pack_version=pack.version,
    )


def _severity(rule: Rule, request: Request) -> Severity:
    return rule.terms.severity_by_role.get(request.role, rule.terms.severity)


def _concerns(rule: Rule, request: Request) -> bool:
    terms = rule.terms
    return (
        terms.enabled
        and request.role in terms.roles
        and request.attempt.channel in terms.channels
        and request.attempt.party in terms.parties
    )


def _verdict(rule: Rule, request: Request, at: datetime) -> Verdict:
    """What that rule says of the attempt at `at`; also why it has nothing to say."""
    terms = rule.terms
    severity = _severity(rule, request)
    finding: Finding | None = None
    if not terms.enabled:
        status, code, params = Status.OFF, "switched_off", Params()
    elif request.role not in terms.roles:
        status, code, params = Status.NOT_BINDING, "not_binding", {"role": str(request.role)}
    elif not _concerns(rule, request):
        status, code, params = Status.NOT_APPLICABLE, "not_applicable", Params()
    elif (finding := rule.find(request, at)) is not None:
        status, code, params = _STATUS[severity], finding.reason_code, finding.params
    else:
        status, code, params = Status.PASS, "", Params()
    return Verdict(
        rule=terms.code,
        title=terms.title,
        status=status,
        severity=severity,
        source=terms.source,
        grade=terms.grade,
        effective_on=terms.effective_on,
        overridable=terms.overridable and status is Status.BLOCK,
        reason_code=code,
        reason_params=params,
        reason=sentence(code, params),
        until=finding.until if finding else None,
    )


def _longest(refusals: list[Verdict]) -> Verdict | None:
    """The refusal that stands longest, one that time does not heal before all others; the first of equals."""
    if not refusals:
        return None
    return max(refusals, key=lambda verdict: verdict.until or _NEVER)


def _next_allowed_at(pack: Pack, request: Request, refusals: list[Verdict]) -> datetime | None:
    """The first whole minute at which no rule refuses any more.

    Each rule knows the first minute at which it would give way by itself; going to the latest of them and asking all
    again cannot step over an allowed minute, and ends where all agree. None if one of them never gives way by time,
    or if they never agree within the horizon.
    """
    blocking = [rule for rule in pack.rules if _concerns(rule, request) and _severity(rule, request) is Severity.BLOCK]
    at = request.attempt.at
    untils = [verdict.until for verdict in refusals]
    # What is known to end in two years ends then: the search for a fit hour begins there.
    limit = max((until for until in untils if until), default=at) + HORIZON
    while untils:
        latest = max(until or _NEVER for until in untils)
        if latest > limit or latest <= at:
            return None
        at = latest
        findings = (rule.find(request, at) for rule in blocking)
        untils = [finding.until for finding in findings if finding is not None]
    return at
