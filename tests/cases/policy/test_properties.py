"""What must hold for any history: the next minute is true and the first, and the limits are never passed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import event, given, settings
from hypothesis import strategies as st

from cases.policy import (
    Attempt,
    Channel,
    Consent,
    ConsentKind,
    Direction,
    Flag,
    History,
    OptOut,
    Outcome,
    Party,
    PastContact,
    Place,
    Purpose,
    Request,
    Role,
    TimeWindow,
    decide,
    load_pack,
    pack_names,
)  # fmt: skip
from cases.policy.localtime import MINUTE, ceil_minute, next_fit, start_of_day, wall

from . import naive

ZONES = (
    "Asia/Shanghai", "America/New_York", "America/Los_Angeles", "Europe/London", "Africa/Cairo", "America/Havana",
    "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Kiritimati", "America/Santiago", "Asia/Beirut", "Pacific/Apia",
    "Africa/Casablanca",
)  # fmt: skip
NUMBERS = ("+12025550101", "+12025550102")
DEBTS = ("A", "B", "C")

# Around both changes of the clock of 2026 in most of these zones, and around the day that Samoa left out.
STARTS = (
    datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 10, 20, tzinfo=UTC),
    datetime(2011, 12, 20, tzinfo=UTC),
)  # fmt: skip

# With it the hours do not cover up when exactly the other rules give way.
NIGHT = Consent(ConsentKind.NIGHT, datetime(2026, 1, 1, tzinfo=UTC))

debts = st.lists(st.sampled_from(DEBTS), max_size=2, unique=True).map(tuple)
zone_sets = st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True).map(tuple)


def instants(start: datetime, days: int = 21):
    return st.integers(0, days * 86_400).map(lambda seconds: start + timedelta(seconds=seconds))


@st.composite
def requests(draw) -> Request:
    start = draw(st.sampled_from(STARTS))
    when = instants(start)
    attempted = draw(when)
    # Most contacts shortly before the attempt, else the daily limits are hardly ever reached.
    recent = st.integers(0, 20 * 60).map(lambda minutes: attempted - minutes * MINUTE)
    contacts = st.builds(
        PastContact,
        at=recent | recent | when,
        channel=st.sampled_from([Channel.PHONE] * 4 + list(Channel)),
        direction=st.sampled_from([Direction.OUT] * 4 + [Direction.IN]),
        to=st.sampled_from(NUMBERS),
        party=st.sampled_from([Party.DEBTOR] * 6 + list(Party)),
        outcome=st.sampled_from([Outcome.CONVERSATION] * 8 + [Outcome.NO_ANSWER] * 8 + list(Outcome)),
        debts=debts,
    )
    windows = st.builds(
        TimeWindow,
        days=st.frozensets(st.integers(0, 6), min_size=1),
        start=st.sampled_from([time(0), time(1, 30), time(15)]),
        end=st.sampled_from([time(2, 30), time(2, 30, 30), time(17), time(20)]),
    )
    consents = st.builds(Consent, st.sampled_from(ConsentKind), when, debts)
    flags = draw(st.frozensets(st.sampled_from(Flag), max_size=2)) if draw(st.integers(0, 2)) == 0 else frozenset()
    # Most stops have an end: those that have none leave nothing to be shown.
    later = instants(attempted, 30) | instants(attempted, 30) | when
    ends = [(flag, draw(later)) for flag in sorted(flags) if draw(st.sampled_from([True] * 6 + [False]))]
    since = [(flag, draw(instants(attempted - timedelta(days=70), 70))) for flag in sorted(flags)]
    return Request(
        attempt=Attempt(
            at=attempted,
            channel=draw(st.sampled_from([Channel.PHONE] * 6 + list(Channel))),
            to=draw(st.sampled_from(NUMBERS)),
            party=draw(st.sampled_from([Party.DEBTOR] * 6 + list(Party))),
            debts=draw(debts),
            collectors=draw(st.integers(1, 2)),
            purpose=draw(st.none() | st.none() | st.sampled_from(Purpose)),
            place=draw(st.none() | st.sampled_from(Place)),
        ),
        time_zones=draw(zone_sets),
        role=draw(st.sampled_from(Role)),
        history=History.of(draw(st.lists(contacts, max_size=5) | st.lists(contacts, min_size=8, max_size=25))),
        consents=tuple(draw(st.lists(consents, max_size=3)) + draw(st.sampled_from([[], [NIGHT]]))),
        flags=flags,
        opt_outs=tuple(draw(st.sampled_from([[], [], [OptOut(Channel.SMS)]]))),
        inconvenient=tuple(draw(st.lists(windows, max_size=2))),
        flag_ends=tuple(ends),
        flag_since=tuple(since),
        treatment_ended_at=draw(st.none() | instants(attempted - timedelta(days=40), 40)),
        inconvenient_places=frozenset(draw(st.sampled_from([[], [], [Place.HOME]]))),
        number_checked_at=draw(st.none() | instants(start - timedelta(days=60), 80)),
        debtor_numbers=draw(st.sampled_from([(), (), NUMBERS[:1], NUMBERS])),
        debtor_unreachable=draw(st.sampled_from([None, None, None, True])),
        email_notice_sent_at=draw(st.none() | when),
    )


@st.composite
def busy_days(draw) -> Request:
    """Calls to the debtor and nothing else, the night agreed: only the counts can refuse."""
    start = draw(st.sampled_from(STARTS))
    attempted = draw(instants(start))
    minutes = st.integers(0, 20 * 60) | st.integers(0, 8 * 24 * 60)
    calls = st.builds(
        PastContact,
        at=minutes.map(lambda ago: attempted - ago * MINUTE),
        channel=st.just(Channel.PHONE),
        direction=st.just(Direction.OUT),
        to=st.sampled_from(NUMBERS),
        party=st.just(Party.DEBTOR),
        outcome=st.sampled_from(
            draw(st.sampled_from([[Outcome.NO_ANSWER], [Outcome.NO_ANSWER, Outcome.CONVERSATION]]))
        ),
        debts=st.sampled_from([("A",), ("A",), ("B", "A")]),
    )
    agreed = st.builds(Consent, st.just(ConsentKind.CALL), instants(attempted - timedelta(days=12), 12), debts)
    return Request(
        attempt=Attempt(attempted, Channel.PHONE, NUMBERS[0], Party.DEBTOR, ("A",)),
        time_zones=draw(zone_sets),
        history=History.of(draw(st.lists(calls, min_size=6, max_size=20))),
        consents=(NIGHT, *draw(st.lists(agreed, max_size=1))),
    )


def moved(request: Request, at: datetime) -> Request:
    """The same attempt with the same history at another time."""
    return replace(request, attempt=replace(request.attempt, at=at))


def before(request: Request) -> Request:
    """The request with only what was known at its time: what came later cannot be foreseen."""
    at = request.attempt.at
    known = [contact for contact in request.history.contacts if contact.at <= at]
    given = tuple(consent for consent in request.consents if consent.at <= at)
    notice, checked = request.email_notice_sent_at, request.number_checked_at
    return replace(
        request,
        history=History.of(known),
        consents=given,
        email_notice_sent_at=notice if notice and notice <= at else None,
        number_checked_at=checked if checked and checked <= at else None,
    )


@settings(max_examples=300, deadline=None)
@given(request=requests() | busy_days(), pack=st.sampled_from(pack_names()))
def test_at_the_next_minute_the_same_attempt_is_allowed(request, pack):
    decision = decide(load_pack(pack), request)
    later = decision.next_allowed_at
    assert decision.allowed == (not decision.rule)
    if decision.allowed:
        assert later is None
    elif later is not None:
        assert later > request.attempt.at
        assert later == ceil_minute(later)
        assert decide(load_pack(pack), moved(request, later)).allowed


@settings(max_examples=250, deadline=None)
@given(request=requests() | busy_days(), pack=st.sampled_from(pack_names()), data=st.data())
def test_no_minute_before_it_is_allowed(request, pack, data):
    request = before(request)
    decision = decide(load_pack(pack), request)
    event(f"{pack}: {decision.rule or 'allowed'}, {'time heals' if decision.next_allowed_at else 'no end'}")
    if decision.allowed:
        return
    at = ceil_minute(request.attempt.at)
    last = (decision.next_allowed_at or at + timedelta(days=15)) - MINUTE
    minutes = max(0, int((last - at) / MINUTE))
    tried = {0, minutes} | data.draw(st.sets(st.integers(0, minutes), max_size=12))
    for minute in tried if last >= at else ():
        assert not decide(load_pack(pack), moved(request, at + minute * MINUTE)).allowed


@settings(max_examples=100, deadline=None)
@given(request=requests(), pack=st.sampled_from(pack_names()), zone=st.sampled_from(ZONES))
def test_another_possible_zone_never_allows_more(request, pack, zone):
    wider = replace(request, time_zones=(*request.time_zones, zone))
    if not decide(load_pack(pack), request).allowed:
        assert not decide(load_pack(pack), wider).allowed


@settings(max_examples=100, deadline=None)
@given(request=requests(), pack=st.sampled_from(pack_names()), data=st.data())
def test_the_order_of_the_history_is_no_matter(request, pack, data):
    contacts = list(request.history.contacts)
    stamped = {contact.at for contact in contacts}
    if len(stamped) == len(contacts):  # of two contacts at one instant the given order is the order
        mixed = replace(request, history=History.of(data.draw(st.permutations(contacts))))
        assert decide(load_pack(pack), mixed) == decide(load_pack(pack), request)


@st.composite
def third_parties(draw: st.DrawFn) -> Request:
    """A contact person and what led there: calls to the debtor's numbers, signs of life, earlier words with others."""
    now = STARTS[0] + timedelta(days=10, hours=4)
    contacts = st.builds(
        PastContact,
        at=st.integers(0, 30 * 60).map(lambda minutes: now - minutes * MINUTE),
        channel=st.sampled_from([Channel.PHONE] * 8 + [Channel.VISIT, Channel.SMS]),
        direction=st.sampled_from([Direction.OUT] * 12 + [Direction.IN]),
        to=st.sampled_from(NUMBERS),
        party=st.sampled_from([Party.DEBTOR] * 9 + [Party.CONTACT_PERSON]),
        outcome=st.sampled_from([Outcome.NO_ANSWER] * 14 + list(Outcome)),
    )
    return Request(
        attempt=Attempt(now, Channel.PHONE, draw(st.sampled_from(NUMBERS)), Party.CONTACT_PERSON),
        time_zones=("Asia/Shanghai",),
        role=draw(st.sampled_from(Role)),
        history=History.of(draw(st.lists(contacts, min_size=2, max_size=10))),
        debtor_numbers=draw(st.sampled_from([(), NUMBERS[:1], NUMBERS])),
    )


@settings(max_examples=400, deadline=None)
@given(request=requests() | busy_days() | busy_days() | third_parties(), pack=st.sampled_from(["cn", "us_reg_f"]))
def test_the_counting_rules_agree_with_a_plain_reading_of_all_contacts(request, pack):
    decision = decide(load_pack(pack), request)
    blocks = {verdict.rule for verdict in decision.verdicts if verdict.status == "block"}
    counting = blocks & set(naive.RULES[pack])
    event(f"{pack}: {sorted(counting)}")
    assert counting == naive.refusing(pack, request)


tries = st.lists(
    st.tuples(
        st.integers(1, 300),
        st.sampled_from(NUMBERS),
        st.sampled_from([Outcome.CONVERSATION, Outcome.NO_ANSWER, Outcome.VOICEMAIL_LEFT, Outcome.BUSY]),
        st.sampled_from(DEBTS),
    ),
    min_size=20,
    max_size=80,
)


def dial(pack: str, zone: str, attempts) -> list[PastContact]:
    """Call as often as the gate lets one: what comes of obeying it."""
    at = STARTS[0]
    made: list[PastContact] = []
    for wait, number, outcome, debt in attempts:
        at += wait * MINUTE
        attempt = Attempt(at, Channel.PHONE, number, Party.DEBTOR, (debt,))
        if decide(load_pack(pack), Request(attempt, (zone,), Role.AGENCY, History.of(made))).allowed:
            made.append(PastContact(at, Channel.PHONE, Direction.OUT, number, Party.DEBTOR, outcome, (debt,)))
    return made


@settings(max_examples=40, deadline=None)
@given(attempts=tries, zone=st.sampled_from(ZONES))
def test_who_obeys_the_cn_pack_never_passes_its_limits(attempts, zone):
    made = dial("cn", zone, attempts)
    shown = [(wall(call.at, ZoneInfo(zone)), call) for call in made]
    assert all(8 <= clock.hour < 22 for clock, _ in shown)
    talks = Counter(clock.date() for clock, call in shown if call.outcome is Outcome.CONVERSATION)
    unanswered = Counter((clock.date(), call.to) for clock, call in shown if call.outcome is not Outcome.CONVERSATION)
    assert all(count <= 3 for count in talks.values())
    assert all(count <= 6 for count in unanswered.values())


@settings(max_examples=40, deadline=None)
@given(attempts=tries, zone=st.sampled_from(ZONES))
def test_who_obeys_regulation_f_never_passes_its_limits(attempts, zone):
    made = [(wall(call.at, ZoneInfo(zone)), call) for call in dial("us_reg_f", zone, attempts)]
    assert all(time(8) <= clock.time() <= time(21) for clock, _ in made)
    for debt in DEBTS:
        own = [(clock.date(), call) for clock, call in made if call.debts == (debt,)]
        counted = [day for day, call in own if call.outcome is not Outcome.BUSY]
        for first in counted:
            assert sum(first <= day < first + timedelta(days=7) for day in counted) <= 7
        for number, (day, call) in enumerate(own):
            if call.outcome is Outcome.CONVERSATION:
                assert all(later >= day + timedelta(days=7) for later, _ in own[number + 1 :])


@settings(max_examples=60, deadline=None)
@given(
    start=st.sampled_from(STARTS).flatmap(lambda start: instants(start, 40)),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    opens=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    hours=st.integers(1, 20),
)
def test_the_next_fit_minute_is_that_of_a_patient_search(start, zone, opens, hours):
    closes = (datetime.combine(datetime(2026, 1, 1), opens) + timedelta(hours=hours)).time()

    def fit(clock: datetime) -> bool:
        if opens < closes:
            return opens <= clock.time() < closes
        return clock.time() >= opens or clock.time() < closes

    patient = ceil_minute(start)
    while not fit(wall(patient, zone)):
        patient += MINUTE
    assert next_fit(start, zone, fit, (opens, closes)) == patient


@given(
    start=st.sampled_from(STARTS).flatmap(lambda start: instants(start, 60)), zone=st.sampled_from(ZONES).map(ZoneInfo)
)
def test_the_start_of_a_day_is_its_first_minute(start, zone):
    day = start.astimezone(zone).date()
    begins = start_of_day(day, zone)
    assert begins.astimezone(zone).date() == day
    assert (begins - MINUTE).astimezone(zone).date() == day - timedelta(days=1)
