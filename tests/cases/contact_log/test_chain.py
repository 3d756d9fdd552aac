"""The contact log as a chain: whatever is changed behind its back is found, and named."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from borrowers.models import Borrower
from borrowers.models.payment import AppendOnlyError
from cases import contact_hashes
from cases.contact_hashes import End, Link, follow
from cases.models import Case, ContactChain, ContactRecord, ContactSeal, GateDecision
from cases.services import contact_log
from cases.services.contact_chain import check_creditor, link_of, seal_day, verify_chain
from cases.services.contact_gate import judge
from cases.services.contact_log import empty_contents, write_contact
from tests.conftest import ROOT
from tests.factories import CaseFactory, ContactPointFactory, UserFactory

NOON = dt.datetime(2026, 3, 2, 4, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def case(db: None) -> Case:
    return CaseFactory.create()


def write(case: Case, count: int = 1, **more: Any) -> list[ContactRecord]:
    """Calls on successive days, each with the gate's decision."""
    point = case.borrower.contact_points.first() or ContactPointFactory.create(borrower=case.borrower)
    actor = UserFactory.create()
    made = []
    for number in range(count):
        at = NOON + DAY * number
        decision = judge(
            borrower=case.borrower, case=case, contact_point=point, channel="phone", at=at, party="debtor",
            moment=GateDecision.Moment.RECORD, recording_ref="REC-1",
        )  # fmt: skip
        with transaction.atomic():
            made.append(
                write_contact(
                    borrower=case.borrower,
                    case=case,
                    at=at,
                    channel="phone",
                    outcome="no_answer",
                    contact_point=point,
                    to=point.value,
                    notes=f"Rang {number}.",
                    recording_ref=f"REC-{number}",
                    decision=decision,
                    actor=actor,
                    next_action="call",
                    next_action_on=at.date(),
                    **more,
                )
            )
    return made


def sql(text: str, *values: Any) -> None:
    """Behind the application's back; what the database itself refuses is left out of it. Constraint checks wait."""
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def words(case: Case) -> str:
    fault = verify_chain(case.borrower)
    assert fault is not None
    return fault.words


def test_an_honest_log_holds_and_each_entry_takes_in_the_one_before(case: Case) -> None:
    first, second, third = write(case, 3)
    assert verify_chain(case.borrower) is None
    assert [first.previous_hash, second.previous_hash] == ["", first.entry_hash]
    end = ContactChain.objects.get()
    assert (end.length, end.hash) == (3, third.entry_hash)


def test_what_was_written_in_memory_is_what_the_database_gives_back(case: Case) -> None:
    [written] = write(case)
    [kept] = ContactRecord.objects.select_related("decision")
    assert contact_log.entry_values(kept) == contact_log.entry_values(written)
    assert contact_log.decision_values(kept) == contact_log.decision_values(written)


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_nothing_is_written() -> None:
    case = CaseFactory.create()
    with pytest.raises(RuntimeError):
        write_contact(borrower=case.borrower, case=case, at=NOON, channel="phone", outcome="busy")
    with pytest.raises(RuntimeError):
        empty_contents(borrower=case.borrower, actor=None, reason="no reason")


def test_nothing_but_the_log_writes_entries() -> None:
    """Whoever writes one past it would leave a row without a place in the chain."""
    writes = re.compile(r"ContactRecord(\.objects\.(bulk_)?create)?\(|contacts\.create\(")
    found = [
        path.name
        for app in ("borrowers", "cases", "legal")
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts and writes.search(path.read_text())
    ]
    assert sorted(found) == ["contact.py", "contact_log.py"]  # the class, and its one writer


# Column → another value that its type takes. The row's number is the database's own and says nothing.
OTHER: dict[str, Any] = {
    "person_key": "0" * 64, "case_id": None, "loans": '["A999999"]', "contact_point_id": None,
    "at": "2026-01-01 00:00:00+00:00", "channel": "sms", "direction": "in", "to": "+8615400009999",
    "party": "guarantor", "outcome": "busy", "gate_outcome": "busy", "nonpayment_reason": "illness",
    "notes": "He paid.", "next_action": "letter", "next_action_on": "2027-01-01", "recording_ref": "REC-9",
    "decision_id": None, "is_breach": True, "actor_id": None, "recorded_at": "2026-01-01 00:00:00+00:00",
    "chain_no": 9, "previous_hash": "0" * 64, "contact_point_no": None, "content_salt": "0" * 32,
    "content_hash": "0" * 64, "decision_hash": "0" * 64, "entry_hash": "0" * 64,
}  # fmt: skip
OTHER_OF_DECISION: dict[str, Any] = {
    "case_id": None, "moment": "dial", "at": "2026-01-01 00:00:00+00:00", "channel": "sms", "party": "guarantor",
    "allowed": "flip", "rule": "cn.other", "source": "another law", "reason_code": "outside_hours",
    "reason_params": '{"count": 9}', "reason": "Other words.", "next_allowed_at": "2026-01-01 00:00:00+00:00",
    "overridable": True, "warnings": '[{"rule": "x"}]', "pack": "uk", "pack_version": "0", "override_by_id": "actor",
    "override_reason": "because", "created_at": "2026-01-01 00:00:00+00:00",
}  # fmt: skip


def test_the_columns_below_are_all_that_there_are() -> None:
    columns = {field.attname for field in ContactRecord._meta.concrete_fields}
    assert columns == {*OTHER, "id", "borrower_id"}
    decided = {field.attname for field in GateDecision._meta.concrete_fields}
    assert decided == {*OTHER_OF_DECISION, "id", "borrower_id", "contact_point_id"}


@pytest.mark.parametrize("column", OTHER)
def test_one_column_of_one_entry_changed_in_the_database_is_found_and_named(case: Case, column: str) -> None:
    record = write(case, 3)[1]
    sql(f'UPDATE cases_contactrecord SET "{column}" = %s WHERE id = %s', OTHER[column], record.pk)
    fault = verify_chain(case.borrower)
    assert fault is not None
    assert fault.number == 2
    assert "entry 2" in fault.words
    assert fault.borrower == case.borrower_id


@pytest.mark.parametrize("column", OTHER_OF_DECISION)
def test_one_column_of_the_gates_decision_changed_is_found_and_named(case: Case, column: str) -> None:
    record = write(case, 3)[1]
    assert record.decision is not None
    value = OTHER_OF_DECISION[column]
    value = {"flip": not record.decision.allowed, "actor": record.actor_id}.get(value, value)
    if column == "allowed" and record.decision.rule == "":
        sql("UPDATE cases_gatedecision SET allowed = %s, rule = 'cn.x' WHERE id = %s", value, record.decision_id)
    else:
        sql(f'UPDATE cases_gatedecision SET "{column}" = %s WHERE id = %s', value, record.decision_id)
    assert words(case).startswith("entry 2 (")


def test_an_entry_given_to_another_borrower_is_missing_here_and_strange_there(case: Case) -> None:
    other = CaseFactory.create(borrower__creditor=case.creditor)
    write(other)
    record = write(case, 3)[1]
    sql("UPDATE cases_contactrecord SET borrower_id = %s WHERE id = %s", other.borrower_id, record.pk)
    assert words(case).startswith("entry 2 is missing")
    assert "entry 2" in words(other)


@pytest.mark.parametrize(
    ("place", "told"),
    [(0, "entry 1 is missing"), (1, "entry 2 is missing: entry 3"), (2, "entry 3 is missing: 3 were")],
)
def test_a_deleted_entry_is_missing_wherever_it_stood(case: Case, place: int, told: str) -> None:
    record = write(case, 3)[place]
    sql("DELETE FROM cases_contactrecord WHERE id = %s", record.pk)
    assert words(case).startswith(told)


def test_two_entries_that_changed_places_are_found(case: Case) -> None:
    first, second, _third = write(case, 3)
    sql("UPDATE cases_contactrecord SET chain_no = 99 WHERE id = %s", first.pk)
    sql("UPDATE cases_contactrecord SET chain_no = 1 WHERE id = %s", second.pk)
    sql("UPDATE cases_contactrecord SET chain_no = 2 WHERE id = %s", first.pk)
    assert words(case).startswith("entry 1 (")


def test_two_entries_cannot_have_one_place(case: Case) -> None:
    first, second = write(case, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        sql("UPDATE cases_contactrecord SET chain_no = 1 WHERE id = %s", second.pk)
    assert first.chain_no == 1


def test_a_row_written_past_the_log_is_found(case: Case) -> None:
    write(case, 2)
    ContactRecord.objects.create(
        borrower=case.borrower, person_key="", case=case, at=NOON, channel="phone", outcome="busy", gate_outcome="busy"
    )
    assert "past the log" in words(case)


def test_a_lost_head_is_found(case: Case) -> None:
    write(case, 2)
    sql("DELETE FROM cases_contactchain")
    [fault] = check_creditor(case.creditor)
    assert (fault.ref, fault.words) == (case.borrower.ref, "the head of the chain is missing")


def test_a_contact_point_that_is_gone_breaks_nothing(case: Case) -> None:
    write(case, 2)
    case.borrower.contact_points.all().delete()
    assert set(ContactRecord.objects.values_list("contact_point", flat=True)) == {None}
    assert verify_chain(case.borrower) is None


def test_emptied_by_law_the_chain_still_holds_and_emptied_by_hand_it_does_not(case: Case) -> None:
    write(case, 3)
    actor = UserFactory.create()
    with transaction.atomic():
        assert empty_contents(borrower=case.borrower, actor=actor, reason="kept long enough") == 3
    assert set(ContactRecord.objects.values_list("to", "notes", "recording_ref", "content_salt")) == {("",) * 4}
    assert verify_chain(case.borrower) is None
    other = CaseFactory.create(borrower__creditor=case.creditor)
    write(other, 2)
    sql("UPDATE cases_contactrecord SET \"to\" = '', notes = '', recording_ref = '', content_salt = '' WHERE borrower_id = %s",
        other.borrower_id)  # fmt: skip
    assert "no event accounts for it" in words(other)
    # What was written after an emptying is not accounted for by it.
    write(case)
    sql(
        "UPDATE cases_contactrecord SET \"to\" = '', notes = '', recording_ref = '', content_salt = '' WHERE chain_no = 4"
    )
    assert words(case).startswith("entry 4 (")
    assert "no event accounts for it" in words(case)


def test_entries_are_still_append_only(case: Case) -> None:
    [record] = write(case)
    with pytest.raises(AppendOnlyError):
        record.save()
    with pytest.raises(AppendOnlyError):
        ContactRecord.objects.update(notes="x")


# --- Seals ---------------------------------------------------------------------------------------------


def seal(case: Case, day: int = 2) -> int:
    return seal_day(creditor=case.creditor, on=dt.date(2026, 3, day), now=NOON + DAY * day)


def test_a_day_is_sealed_once_and_an_empty_log_not_at_all(case: Case) -> None:
    assert seal(case) == 0
    write(case, 2)
    assert (seal(case), seal(case), seal(case, 3)) == (1, 0, 1)
    first, second = ContactSeal.objects.order_by("number")
    assert (first.chains, first.entries, second.previous_hash) == (1, 2, first.hash)
    assert list(check_creditor(case.creditor)) == []


def test_a_tail_cut_off_with_its_head_is_found_by_the_seal(case: Case) -> None:
    before, last = write(case, 2)
    seal(case)
    sql("DELETE FROM cases_contactrecord WHERE id = %s", last.pk)
    sql("UPDATE cases_contactchain SET length = 1, hash = %s", before.entry_hash)
    [fault] = check_creditor(case.creditor)
    assert fault.words == "entry 2 is missing: 2 were sealed"
    sql("UPDATE cases_contactchain SET sealed_length = 1, sealed_hash = %s", before.entry_hash)
    [fault] = check_creditor(case.creditor)
    assert "do not end as they were sealed on 2026-03-02" in fault.words


def test_a_whole_chain_that_vanished_is_found_by_the_seal(case: Case) -> None:
    write(case, 2)
    write(CaseFactory.create(borrower__creditor=case.creditor))
    seal(case)
    sql("DELETE FROM cases_contactrecord WHERE borrower_id = %s", case.borrower_id)
    sql("DELETE FROM cases_contactchain WHERE borrower_id = %s", case.borrower_id)
    [fault] = check_creditor(case.creditor)
    assert "1 of 2 chains" in fault.words


@pytest.mark.parametrize("column", ["entries", "heads_hash", "hash", "sealed_at", "on", "previous_hash"])
def test_a_changed_seal_is_found(case: Case, column: str) -> None:
    write(case)
    seal(case)
    seal(case, 3)
    value = {"entries": 7, "sealed_at": "2026-01-01 00:00:00+00:00", "on": "2026-01-01"}.get(column, "0" * 64)
    sql(f'UPDATE cases_contactseal SET "{column}" = %s WHERE number = 1', value)
    [fault] = check_creditor(case.creditor)
    assert "seal 1 of" in fault.words


# --- The command ---------------------------------------------------------------------------------------


def test_the_command_counts_and_names_what_does_not_fit(case: Case) -> None:
    record = write(case, 2)[1]
    write(CaseFactory.create(), 1)
    out, err = io.StringIO(), io.StringIO()
    call_command("check_contact_log", stdout=out, stderr=err)
    assert (out.getvalue(), err.getvalue()) == ("3 contacts, 0 faults\n", "")
    sql("UPDATE cases_contactrecord SET outcome = 'busy' WHERE id = %s", record.pk)
    with pytest.raises(SystemExit) as stopped:
        call_command("check_contact_log", "--creditor", case.creditor.code, stdout=out, stderr=err)
    assert stopped.value.code == 1
    assert f"check_contact_log: {case.creditor.code}: {case.borrower.ref}: entry 2 (row {record.pk}," in err.getvalue()
    with pytest.raises(SystemExit) as stopped:
        call_command("check_contact_log", "--creditor", "NOBODY", stdout=out, stderr=err)
    assert stopped.value.code == 1


# --- The rules, without a database ------------------------------------------------------------------------


def _chain(texts: list[str]) -> list[Link]:
    previous, links = "", []
    for number, text in enumerate(texts, start=1):
        entry = dict.fromkeys(contact_hashes.ENTRY_FIELDS, "") | {"loans": [text]}
        content = {"to": text, "notes": text * 2, "recording_ref": ""}
        hashed = contact_hashes.content_hash("salt", content, None)
        own = contact_hashes.entry_hash(number=number, previous=previous, entry=entry, content=hashed, decision="")
        links.append(Link(f"entry {number}", number, previous, own, entry, "salt", content, hashed, None, None, ""))
        previous = own
    return links


@given(st.lists(st.text(max_size=4), min_size=2, max_size=6), st.data())
def test_any_entry_left_out_or_moved_is_found(texts: list[str], data: st.DataObject) -> None:
    links = _chain(texts)
    whole = follow(links)
    assert whole == End(len(texts), links[-1].hash)
    moved = data.draw(st.permutations(links) | st.lists(st.sampled_from(links), max_size=len(links)))
    if moved != links:
        found = follow(moved)
        assert found != whole
        assert not isinstance(found, End) or moved == links[: found.length]


def test_an_instant_is_one_whatever_zone_it_is_told_in() -> None:
    china = dt.timezone(dt.timedelta(hours=8))
    assert contact_hashes.plain(NOON.astimezone(china)) == "2026-03-02T04:00:00.000000+00:00"
    with pytest.raises(ValueError, match="without a time zone"):
        contact_hashes.plain(dt.datetime(2026, 3, 2))


def test_links_of_other_files_are_told_by_their_rows(case: Case) -> None:
    [record] = write(case)
    assert Borrower.objects.get().pk == record.borrower_id
    assert link_of(record).name == f"entry 1 (row {record.pk}, 2026-03-02 04:00 UTC)"
