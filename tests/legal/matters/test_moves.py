"""Every move from every state, what each must be told, what its event keeps, and what follows from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import translation

from borrowers.models import AuditEvent, User
from cases.models import Case
from cases.stages import move_case
from legal.models import LawFirm, Lawyer, Matter
from legal.services.matters import LegalRefused, MoveRefused
from legal.services.moves import correct_matter, correctable, make_move, prepare_matter, warnings_of
from legal.stages import matter_moves
from legal.views.matter_parts import events_of, found_words, history_of
from tests.factories import CreditorFactory, UserFactory
from tests.legal.conftest import today
from tests.legal.matters.life import COUNSEL, MOVES, OPEN, STATES, ago, court, put_in, told_by

REASON = "as the file says"


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside did not happen."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def make(matter: Matter, name: str, actor: User, **changes: Any) -> Matter:
    told = {**told_by(name), **changes}
    return make_move(matter=matter, name=name, actor=actor, reason=REASON, override="checked by hand", **told)


def prepare_for(name: str, matter: Matter) -> None:
    """A matter is settled with its case."""
    if name == "settle":
        move_case(matter.case_id, "close_paid", actor=None, on=today())


@pytest.mark.parametrize("name", MOVES)
def test_every_move_from_every_state(name: str, matter: Matter, legal: User) -> None:
    sources, target = MOVES[name]
    prepare_for(name, matter)
    for state in STATES:
        with undone():
            put_in(matter, state)
            if state in sources.split():
                assert make(matter, name, legal).state == target, state
                assert Matter.objects.get().state == target
                continue
            with pytest.raises(MoveRefused):
                make(matter, name, legal)
            assert Matter.objects.get().state == state


def test_the_table_of_this_file_has_every_move_of_the_model() -> None:
    moves = list(Matter._meta.get_field("state").get_all_transitions(Matter))
    assert {move.name for move in moves if not move.custom.get("hidden")} == set(MOVES)
    assert {(move.name, str(move.source)) for move in moves if not move.custom.get("hidden")} == {
        (name, source) for name, (sources, _target) in MOVES.items() for source in sources.split()
    }


@pytest.mark.parametrize("name", MOVES)
def test_a_move_needs_each_of_its_columns(name: str, matter: Matter, legal: User) -> None:
    move = next(m for m in Matter._meta.get_field("state").get_all_transitions(Matter) if m.name == name)
    prepare_for(name, matter)
    put_in(matter, MOVES[name][0].split()[0])
    for column in move.custom["needs"]:
        for nothing in (None, ""):
            with pytest.raises(MoveRefused, match=str(Matter._meta.get_field(column).verbose_name)):
                make(matter, name, legal, **{column: nothing})
    assert not AuditEvent.objects.filter(action=name).exists()
    with pytest.raises(MoveRefused):
        make(matter, name, legal, opened_on=today())


@pytest.mark.parametrize("name", MOVES)
def test_its_event_keeps_what_it_was_told(name: str, matter: Matter, legal: User) -> None:
    prepare_for(name, matter)
    before = put_in(matter, MOVES[name][0].split()[0])
    moved = make(matter, name, legal)
    event = AuditEvent.objects.get(action=name)
    assert (event.actor, event.field, event.new, event.reason) == (legal, "state", MOVES[name][1], REASON)
    for column, value in told_by(name).items():
        assert getattr(moved, column) == value
        # What the move does not need and was known is not told again.
        assert event.detail.get(column, str(getattr(before, column))) == str(value)
    assert event.borrower == matter.case.borrower


@pytest.mark.parametrize("name", ["send_back", "resume", "withdraw", "recall"])
def test_some_moves_need_a_reason(name: str, matter: Matter, legal: User) -> None:
    put_in(matter, MOVES[name][0].split()[0])
    with pytest.raises(MoveRefused):
        make_move(matter=matter, name=name, actor=legal, reason="  ", **told_by(name))


def test_the_letter_of_the_firm_moves_it_and_nobody_by_hand(matter: Matter, legal: User) -> None:
    with pytest.raises(MoveRefused):
        make_move(matter=matter, name="letter_issued", actor=legal)
    assert "letter_issued" not in {move.name for move in matter_moves(matter, legal)}


# --- Who -----------------------------------------------------------------------------------------------


def test_who_may_not_move_a_matter(matter: Matter, supervisor: User, creditor: Any) -> None:
    strangers = [
        supervisor,
        UserFactory.create(role="collector", team=creditor.teams.get()),
        UserFactory.create(role="legal", creditors=[CreditorFactory.create()]),
        UserFactory.create(role="operator", creditors=[creditor]),
    ]
    for actor in strangers:
        with pytest.raises(PermissionDenied):
            make(matter, "start_mediation", actor)
    assert Matter.objects.get().state == "review"


def test_counsel_records_what_the_court_of_its_own_matters_did(matter: Matter, firm: LawFirm, creditor: Any) -> None:
    counsel = UserFactory.create(role="counsel")
    Lawyer.objects.create(firm=firm, name="Sample Counsel", licence_no="L-9", user=counsel)
    Matter.objects.update(firm=firm)
    for name in MOVES:
        if name == "settle":
            continue
        with undone():
            put_in(matter, MOVES[name][0].split()[0])
            if name in COUNSEL:
                assert make(matter, name, counsel).state == MOVES[name][1]
                continue
            with pytest.raises(PermissionDenied):
                make(matter, name, counsel)
    firm.is_active = False
    firm.save()
    put_in(matter, "filing")
    with pytest.raises(PermissionDenied):
        make(matter, "accept", counsel)


# --- What is told ----------------------------------------------------------------------------------------


def test_days_out_of_order_are_refused_with_their_names(matter: Matter, legal: User) -> None:
    put_in(matter, "accepted")
    with pytest.raises(LegalRefused, match=r"served on.*lies before.*accepted on"):
        make(matter, "serve", legal, served_on=ago(61))
    with pytest.raises(LegalRefused, match="in the future"):
        make(matter, "serve", legal, served_on=ago(-1))
    assert make(matter, "fix_hearing", legal, hearing_at=_in(days=40)).state == "hearing"
    with pytest.raises(LegalRefused, match="hearing"):
        make(matter, "hand_down", legal)


def _in(days: int) -> dt.datetime:
    return dt.datetime.combine(ago(-days), dt.time(9, 30), tzinfo=dt.UTC)


def test_a_warning_is_kept_with_the_event(matter: Matter, legal: User) -> None:
    put_in(matter, "hearing")
    told = {**told_by("hand_down"), "awarded_principal": Decimal("9999.00")}
    assert [f.code for f in warnings_of(matter=Matter.objects.get(), name="hand_down", data=told)] == [
        "award_above_claim"
    ]
    make(matter, "hand_down", legal, awarded_principal=Decimal("9999.00"))
    assert "more is awarded" in AuditEvent.objects.get(action="hand_down").detail["warned_of"][0]["words"]
    lines = history_of(Matter.objects.get(), events_of(Matter.objects.get()))
    assert [line.warned_of for line in lines if line.warned_of] == [
        ["more is awarded (10089.00) than was claimed (1320.00)"]
    ]
    with translation.override("zh-hans"):
        lines = history_of(Matter.objects.get(), events_of(Matter.objects.get()))
        assert [line.warned_of for line in lines if line.warned_of] == [["判决金额（10089.00）超过请求金额（1320.00）"]]


def test_a_finding_that_an_event_kept_as_text_alone_is_said_as_it_stands() -> None:
    assert found_words("the court fee is not that of the tariff") == "the court fee is not that of the tariff"
    assert found_words({"level": "missing", "code": "court", "words": "no court is chosen"}) == "no court is chosen"


def test_the_courts_fee_is_that_of_the_tariff_unless_it_is_told(matter: Matter, legal: User) -> None:
    with undone():
        moved = make(matter, "file_suit", legal, claimed_amount=Decimal("36800.00"))
        assert moved.court_fee == Decimal("360.00")
        assert AuditEvent.objects.get(action="file_suit").detail["court_fee"] == "360.00"
    with undone():
        told = {"claimed_amount": Decimal("36800.00")}
        assert make(matter, "apply_for_order", legal, **told).court_fee == Decimal("240.00")
    moved = make(matter, "file_suit", legal, court_fee=Decimal("1.00"))
    assert moved.court_fee == Decimal("1.00")
    assert "tariff" in AuditEvent.objects.get(action="file_suit").detail["warned_of"][0]["words"]


def test_a_court_that_is_not_in_use_takes_no_suit(matter: Matter, legal: User) -> None:
    with pytest.raises(LegalRefused, match="not in use"):
        make(matter, "file_suit", legal, court=court(name="Closed Sample Court", is_active=False))


def test_an_opposed_payment_order_becomes_a_suit(matter: Matter, legal: User) -> None:
    make(matter, "apply_for_order", legal)
    make(matter, "issue_writ", legal)
    with pytest.raises(LegalRefused, match="does not count"):
        make(matter, "oppose_order", legal, order_opposed_on=ago(71))
    moved = make(matter, "oppose_order", legal)
    assert (moved.state, moved.order_opposed_on, moved.filed_on) == ("filing", ago(80), ago(70))
    assert make(matter, "accept", legal).state == "accepted"
    # The writ was served before the suit was accepted: they are two services.
    assert make(matter, "serve", legal).state == "served"


def test_a_small_claim_knows_no_appeal(matter: Matter, legal: User) -> None:
    put_in(matter, "judged")
    Matter.objects.update(procedure="small")
    with pytest.raises(LegalRefused, match="final"):
        make(matter, "appeal", legal)


def test_enforcement_is_closed_and_resumed_more_than_once(matter: Matter, legal: User) -> None:
    put_in(matter, "enforcement")
    for name, day in (("terminate", 4), ("resume", 3), ("terminate", 2), ("resume", 1)):
        column = "terminated_on" if name == "terminate" else "resumed_on"
        make(matter, name, legal, **{column: ago(day)})
    assert Matter.objects.get().state == "resumed"


# --- Ends ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["withdraw", "recall"])
def test_the_case_goes_back_to_collection(name: str, matter: Matter, legal: User) -> None:
    moved = make(matter, name, legal)
    assert (moved.ended_on, moved.end_reason) == (today(), REASON)
    assert Case.objects.get(pk=matter.case_id).stage == "demanding"
    assert AuditEvent.objects.get(action="take_back_from_legal").actor is None
    with pytest.raises(MoveRefused):
        make(matter, "file_suit", legal)


def test_a_case_that_left_legal_before_stays_where_it_is(matter: Matter, legal: User) -> None:
    move_case(matter.case_id, "start_negotiating", actor=None)
    make(matter, "withdraw", legal)
    assert Case.objects.get(pk=matter.case_id).stage == "negotiating"


def test_settled_needs_a_closed_case_or_an_agreement(matter: Matter, legal: User, supervisor: User) -> None:
    from tests.legal.matters.conftest import agree

    with pytest.raises(LegalRefused, match="neither"):
        make(matter, "settle", legal)
    agree(matter.case, supervisor, state="proposed")
    with pytest.raises(LegalRefused):
        make(matter, "settle", legal)
    matter.case.arrangements.all().delete()
    agree(matter.case, supervisor, state="active")
    assert make(matter, "settle", legal).state == "settled"
    assert Case.objects.get(pk=matter.case_id).stage == "negotiating"


def test_a_concluded_matter_leaves_the_case_with_a_supervisor(matter: Matter, legal: User) -> None:
    put_in(matter, "enforcement")
    make(matter, "conclude", legal)
    assert Case.objects.get(pk=matter.case_id).stage == "legal"


# --- Correcting, preparing -------------------------------------------------------------------------------


def test_a_mistyped_number_is_corrected_with_old_new_and_reason(matter: Matter, legal: User) -> None:
    put_in(matter, "accepted")
    correct_matter(matter=matter, actor=legal, reason="mistyped", court_case_no="(2026) Sample 33", accepted_on=ago(59))
    events = {event.field: event for event in AuditEvent.objects.filter(action="correct_matter")}
    assert {name: (event.old, event.new, event.reason) for name, event in events.items()} == {
        "court_case_no": ("(2026) Sample 3", "(2026) Sample 33", "mistyped"),
        "accepted_on": (str(ago(60)), str(ago(59)), "mistyped"),
    }
    changed = Matter.objects.get()
    assert (changed.court_case_no, changed.accepted_on, changed.state) == ("(2026) Sample 33", ago(59), "accepted")
    # What stays as it is leaves no event.
    correct_matter(matter=matter, actor=legal, reason="again", accepted_on=ago(59))
    assert AuditEvent.objects.filter(action="correct_matter").count() == 2


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"accepted_on": 59}, " "),
        ({"accepted_on": 71}, "x"),  # before it was filed
        ({"accepted_on": 49}, "x"),  # after it was served
        ({"served_on": -1}, "x"),
        ({"judged_on": 3}, "x"),  # was never told
        ({"court_fee": Decimal(-1)}, "x"),
        ({"court_case_no": ""}, "x"),
        ({"claimed_amount": Decimal(0)}, "x"),
        ({"state": "judged"}, "x"),
        ({"opened_on": 1}, "x"),
        ({"ended_on": 1}, "x"),
    ],
)
def test_a_correction_must_fit_too(changes: dict[str, Any], reason: str, matter: Matter, legal: User) -> None:
    # Days are counted here and not above: a run may go past midnight.
    changes = {name: ago(value) if type(value) is int else value for name, value in changes.items()}
    put_in(matter, "served")
    Matter.objects.update(court_fee=Decimal("25.00"))
    with pytest.raises(LegalRefused):
        correct_matter(matter=matter, actor=legal, reason=reason, **changes)
    assert not AuditEvent.objects.filter(action="correct_matter").exists()


def test_an_ended_matter_may_be_corrected_and_strangers_correct_nothing(
    matter: Matter, legal: User, supervisor: User, firm: LawFirm
) -> None:
    put_in(matter, "served")
    make(matter, "withdraw", legal)
    correct_matter(matter=matter, actor=legal, reason="mistyped", served_by="direct")
    with pytest.raises(PermissionDenied):
        correct_matter(matter=matter, actor=supervisor, reason="mistyped", served_by="post")
    counsel = UserFactory.create(role="counsel")
    Lawyer.objects.create(firm=firm, name="Sample Counsel", licence_no="L-9", user=counsel)
    Matter.objects.update(firm=firm)
    correct_matter(matter=matter, actor=counsel, reason="mistyped", served_by="post")
    assert "claimed_amount" not in correctable(Matter.objects.get(), counsel)
    with pytest.raises(LegalRefused):
        correct_matter(matter=matter, actor=counsel, reason="mistyped", claimed_amount=Decimal(1))


def test_a_suit_is_prepared_until_a_court_has_it(matter: Matter, legal: User, supervisor: User) -> None:
    here = court()
    prepare_matter(matter=matter, actor=legal, court=here, venue_basis="agreement", service_address="b@example.com")
    assert Matter.objects.get().court == here
    assert AuditEvent.objects.filter(action="prepare_matter").count() == 3
    prepare_matter(matter=matter, actor=legal, court=None)
    assert Matter.objects.get().court is None
    with pytest.raises(PermissionDenied):
        prepare_matter(matter=matter, actor=supervisor, court=here)
    with pytest.raises(LegalRefused, match="not in use"):
        prepare_matter(matter=matter, actor=legal, court=court(name="Closed", is_active=False))
    put_in(matter, "filing")
    with pytest.raises(LegalRefused):
        prepare_matter(matter=matter, actor=legal, court=here)


def test_every_open_state_may_be_left(matter: Matter) -> None:
    assert {source for sources, _target in MOVES.values() for source in sources.split()} == set(OPEN)
