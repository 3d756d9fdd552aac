"""The counting rules once more, written straight from the source: each reads all contacts, every time.

Slow and short: the yardstick of ./run bench gate, and what the properties compare the gate with. Figures stand here as
the source has them, not as the packs do.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cases.policy import ConsentKind, Direction, Flag, Outcome, Party, PastContact, Request, Role

ANSWERED = {"conversation", "refused", "message_relayed"}
NEVER_CONNECTED = {"busy", "not_in_service", "failed", "wrong_number"}
TALK = {"conversation", "refused"}
INVALID = {"not_in_service", "wrong_number"}
# A call is answered, unanswered, or answered by somebody else; the words of messages are none of a call's.
UNANSWERED = {"no_answer", "busy", "not_in_service", "voicemail_left", "voicemail_not_left", "dropped", "failed"}


def plain(address: str) -> str:
    return "".join(sign for sign in address if sign not in " -().\t\u00a0").lower()


def refusing(pack: str, ask: Request) -> set[str]:
    """The codes of those counting rules of the pack that refuse the attempt."""
    return {code for code, refuses in RULES[pack].items() if refuses(ask)}


def _known(ask: Request) -> list[PastContact]:
    return [contact for contact in ask.history.contacts if contact.at <= ask.attempt.at]


def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def _clock(at: datetime, zone: str) -> time:
    return at.astimezone(ZoneInfo(zone)).time()


def _agreed(ask: Request, kind: ConsentKind) -> bool:
    """Any consent of that kind, for all debts of the attempt."""
    return any(c.kind is kind and c.at <= ask.attempt.at and _covers(c.debts, ask.attempt.debts) for c in ask.consents)


def _covers(given: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return not given or (bool(wanted) and set(wanted) <= set(given))


def _calls_out(ask: Request) -> list[PastContact]:
    return [c for c in _known(ask) if c.channel == "phone" and c.direction is Direction.OUT]


def connected_calls(ask: Request) -> bool:
    """≤ 3 a day per debtor."""
    calls = [c for c in _calls_out(ask) if c.party is ask.attempt.party and c.outcome in ANSWERED]
    return ask.attempt.channel == "phone" and any(
        sum(_day(c.at, zone) == _day(ask.attempt.at, zone) for c in calls) >= 3 for zone in ask.time_zones
    )


def attempts(ask: Request) -> bool:
    """≤ 6 a day on the same number while unanswered, unless agreed."""
    if ask.attempt.channel != "phone" or _agreed(ask, ConsentKind.CALL):
        return False
    calls = [c for c in _calls_out(ask) if plain(c.to) == plain(ask.attempt.to) and c.outcome in UNANSWERED]
    return any(sum(_day(c.at, zone) == _day(ask.attempt.at, zone) for c in calls) >= 6 for zone in ask.time_zones)


def _wrong(ask: Request, contact: PastContact) -> bool:
    """The last word on the contact's number is that it is not that person's."""
    said = [
        c.outcome
        for c in _known(ask)
        if plain(c.to) == plain(contact.to) != "" and c.party is contact.party and c.outcome in ("conversation", "wrong_number")
    ]  # fmt: skip
    return bool(said) and said[-1] is Outcome.WRONG_NUMBER


def _consented(ask: Request, debts: tuple[str, ...], at: datetime, before: bool) -> bool:
    """Direct prior consent ≤ 7 days old, not yet used up by a conversation about the debt."""
    for consent in ask.consents:
        fresh = all(_day(at, zone) - _day(consent.at, zone) <= timedelta(days=6) for zone in ask.time_zones)
        if consent.kind is ConsentKind.CALL and consent.at <= at and fresh and _covers(consent.debts, debts):
            talks = [
                c
                for c in _known(ask)
                if c.channel == "phone"
                and c.party is ask.attempt.party
                and c.outcome in TALK
                and consent.at < c.at
                and (c.at < at if before else c.at <= at)
                and (not c.debts or not debts or set(c.debts) & set(debts))
            ]
            if not talks:
                return True
    return False


def _regulated(ask: Request) -> bool:
    owes = ask.attempt.party in (Party.DEBTOR, Party.GUARANTOR)
    return ask.attempt.channel == "phone" and ask.role is not Role.CREDITOR and owes


def call_frequency(ask: Request) -> bool:
    """Not more than 7 in 7 consecutive days per person per debt."""
    if not _regulated(ask) or _consented(ask, ask.attempt.debts, ask.attempt.at, before=False):
        return False
    calls = [
        c
        for c in _calls_out(ask)
        if c.party is ask.attempt.party
        and c.outcome not in NEVER_CONNECTED
        and not _wrong(ask, c)
        and not _consented(ask, c.debts, c.at, before=True)
    ]
    for debt in ask.attempt.debts or ("",):
        own = [c for c in calls if not debt or not c.debts or debt in (c.debts if c.outcome in TALK else c.debts[:1])]
        for zone in ask.time_zones:
            if sum(_day(ask.attempt.at, zone) - _day(c.at, zone) < timedelta(days=7) for c in own) >= 7:
                return True
    return False


def after_conversation(ask: Request) -> bool:
    """Not within 7 days of a conversation, its date being day 1."""
    if not _regulated(ask) or _consented(ask, ask.attempt.debts, ask.attempt.at, before=False):
        return False
    talks = [
        c
        for c in _known(ask)
        if c.channel == "phone"
        and c.outcome in TALK
        and c.party is ask.attempt.party
        and (not c.debts or not ask.attempt.debts or set(c.debts) & set(ask.attempt.debts))
        and not (c.direction is Direction.OUT and _wrong(ask, c))
    ]
    return any(
        _day(ask.attempt.at, zone) - _day(c.at, zone) < timedelta(days=7) for c in talks for zone in ask.time_zones
    )


def contact_person(ask: Request) -> bool:
    """Only if the debtor cannot be reached: each number invalid or 3 failures in a row since the debtor was heard."""
    if ask.attempt.party is not Party.CONTACT_PERSON:
        return False
    ends = {flag: max(end for told, end in ask.flag_ends if told is flag) for flag, _ in ask.flag_ends}
    gone = [f for f in ask.flags & {Flag.DECEASED, Flag.INCAPABLE} if f not in ends or ask.attempt.at < ends[f]]
    if gone:
        return False
    if ask.debtor_unreachable is not None:
        return not ask.debtor_unreachable
    own = [c for c in _known(ask) if c.party is Party.DEBTOR]
    heard = max(
        (c.at for c in own if c.direction is Direction.IN or (c.channel == "visit" and c.outcome in TALK)), default=None
    )
    calls = [c for c in own if c.direction is Direction.OUT and c.channel == "phone"]
    numbers = {plain(c.to) for c in calls}
    if not calls or not {plain(number) for number in ask.debtor_numbers} <= numbers:
        return True
    if heard is not None and all(c.at <= heard for c in calls):
        return True
    return not all(_dead([c for c in calls if plain(c.to) == number], heard) for number in numbers)


def _dead(calls: list[PastContact], heard: datetime | None) -> bool:
    if calls[-1].outcome in INVALID:
        return True
    last = calls[-3:]
    failed = all(c.outcome in UNANSWERED | INVALID and (heard is None or c.at > heard) for c in last)
    return len(last) == 3 and failed


def refused_for_good(ask: Request) -> bool:
    outside = (Party.CONTACT_PERSON, Party.OTHER)
    return ask.attempt.party in outside and any(
        c.outcome is Outcome.REFUSED and c.party in outside and plain(c.to) == plain(ask.attempt.to)
        for c in _known(ask)
    )


def third_party_once(ask: Request) -> bool:
    outside = (Party.CONTACT_PERSON, Party.OTHER)
    reached = ANSWERED | {"sent", "delivered"}
    return (
        ask.role is not Role.CREDITOR
        and ask.attempt.party in outside
        and ask.attempt.purpose != "representative"
        and any(
            c.outcome in reached and c.direction is Direction.OUT and c.party in outside and plain(c.to) == plain(ask.attempt.to)
            for c in _known(ask)
        )
    )  # fmt: skip


def night_window(ask: Request) -> bool:
    """No collection 22:00–08:00 unless agreed."""
    if ask.attempt.channel == "post" or _agreed(ask, ConsentKind.NIGHT):
        return False
    return not all(time(8) <= _clock(ask.attempt.at, zone) < time(22) for zone in ask.time_zones)


def hours(ask: Request) -> bool:
    """Not before 8:00 nor after 21:00."""
    if ask.attempt.channel == "post" or ask.role is Role.CREDITOR or _agreed(ask, ConsentKind.NIGHT):
        return False
    return not all(time(8) <= _clock(ask.attempt.at, zone) <= time(21) for zone in ask.time_zones)


RULES: dict[str, dict[str, Callable[[Request], bool]]] = {
    "cn": {
        "connected_calls": connected_calls,
        "attempts": attempts,
        "contact_person": contact_person,
        "contact_person_refused": refused_for_good,
        "night_window": night_window,
    },
    "us_reg_f": {
        "call_frequency": call_frequency,
        "after_conversation": after_conversation,
        "third_party_once": third_party_once,
        "third_party_refused": refused_for_good,
        "hours": hours,
    },
    "uk": {},
}
