"""Who works which case: given by load, one event for each case that changes hands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from borrowers.models import AuditEvent, Creditor, User
from borrowers.models.audit import build_event
from cases.models import Case, Team, TeamMembership
from cases.services.taking import AlreadyTaken, take_case

__all__ = ["AMOUNT", "COUNT", "AlreadyTaken", "AssignmentRefused", "assign_cases", "assign_new_cases", "take_case"]

COUNT, AMOUNT = "count", "amount"
_CHUNK = 5_000


class AssignmentRefused(ValueError):
    """The cases cannot be assigned like this; says why in words. Nothing was changed."""


def assign_cases(
    *, case_ids: Iterable[int], collectors: Iterable[User], actor: User, reason: str = "", balance: str = COUNT
) -> dict[int, int]:
    """Share open cases among the collectors, the next one to whoever has least; → {user id: cases given}.

    `balance` weighs by the number of open cases or by their overdue amounts (each currency for itself). Only people who
    take cases in a case's team get it. Raises PermissionDenied; AssignmentRefused when a case is closed, not visible to
    `actor`, or fits none of the collectors.
    """
    if not actor.has_perm("cases.assign_case"):
        raise PermissionDenied(_("You may not do this."))
    ids = sorted(set(case_ids))
    chosen = {user.pk: user for user in collectors if user.is_active}
    with transaction.atomic():
        seen = Case.objects.visible_to(actor).open()
        rows: list[Case] = []
        for start in range(0, len(ids), _CHUNK):  # locked in the order of their keys: two at once wait
            chunk = seen.filter(pk__in=ids[start : start + _CHUNK])
            rows += chunk.select_for_update(of=("self",)).order_by("pk")
        if len(rows) != len(ids):
            raise AssignmentRefused(_("Some of the cases are closed, or not yours to assign."))
        return _share(rows, _members(), chosen, actor=actor, reason=reason, balance=balance)


def assign_new_cases(*, creditor: Creditor) -> int:
    """Give each open case without a person to somebody of its team, by load; → how many were given.

    A case without a team goes to the creditor's team when it has exactly one. Cases whose team has nobody who takes
    cases stay as they are; running it again changes nothing.
    """
    with transaction.atomic():
        waiting = Case.objects.filter(creditor=creditor, assigned_to__isnull=True).open()
        rows = list(waiting.select_for_update().order_by("pk"))
        if not rows:
            return 0
        members = _members()
        sole = _sole_teams({creditor.pk})
        fits = [row for row in rows if members.get(row.team_id or sole.get(row.creditor_id, 0))]
        people = User.objects.in_bulk({pk for team in members.values() for pk in team})
        return sum(_share(fits, members, people, actor=None, reason="", balance=COUNT).values())


def _members() -> dict[int, set[int]]:
    """Team id → ids of active people who take its cases."""
    members: dict[int, set[int]] = defaultdict(set)
    pairs = TeamMembership.objects.filter(takes_cases=True, user__is_active=True).values_list("team_id", "user_id")
    for team_id, user_id in pairs:
        members[team_id].add(user_id)
    return members


def _sole_teams(creditor_ids: set[int]) -> dict[int, int]:
    """Creditor id → its team, for creditors with exactly one."""
    teams: dict[int, list[int]] = defaultdict(list)
    links = Team.creditors.through.objects.filter(creditor__in=creditor_ids)
    for creditor_id, team_id in links.values_list("creditor_id", "team_id"):
        teams[creditor_id].append(team_id)
    return {creditor_id: found[0] for creditor_id, found in teams.items() if len(found) == 1}


def _loads(user_ids: Iterable[int], shared: Sequence[Case], balance: str) -> dict[tuple[int, str], Decimal]:
    """(user, currency) → what lies on the desk beside the cases now shared; currency "" when cases are counted."""
    held = Case.objects.open().filter(assigned_to__in=list(user_ids)).order_by()
    loads: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    if balance == AMOUNT:
        for user_id, currency, amount in held.values_list("assigned_to", "currency").annotate(Sum("overdue_amount")):
            loads[user_id, currency] += amount
    else:
        for user_id, count in held.values_list("assigned_to").annotate(Count("pk")):
            loads[user_id, ""] += count
    for row in shared:  # what is shared anew does not weigh on whoever holds it now
        if row.assigned_to_id is not None:
            unit, weight = _weight(row, balance)
            loads[row.assigned_to_id, unit] -= weight
    return loads


def _weight(row: Case, balance: str) -> tuple[str, Decimal]:
    return (row.currency, row.overdue_amount) if balance == AMOUNT else ("", Decimal(1))


def _share(
    rows: list[Case],
    members: dict[int, set[int]],
    people: dict[int, User],
    *,
    actor: User | None,
    reason: str,
    balance: str,
) -> dict[int, int]:
    sole = _sole_teams({row.creditor_id for row in rows if row.team_id is None})
    loads = _loads(people, rows, balance)
    holders = User.objects.in_bulk({row.assigned_to_id for row in rows if row.assigned_to_id})
    given: dict[int, int] = defaultdict(int)
    moves: dict[tuple[int, int], list[int]] = defaultdict(list)
    events: list[AuditEvent] = []
    # The large ones first: the small ones then level the desks.
    for row in sorted(rows, key=lambda row: (-row.overdue_amount if balance == AMOUNT else -row.priority, row.pk)):
        team_id = row.team_id or sole.get(row.creditor_id, 0)
        fits = [pk for pk in people if pk in members.get(team_id, ())]
        if not fits:
            raise AssignmentRefused(_("None of these collectors is in the team of case %(case)s.") % {"case": row})
        unit, weight = _weight(row, balance)
        taker = min(fits, key=lambda pk: (loads[pk, unit], pk))
        loads[taker, unit] += weight
        given[taker] += 1
        if taker == row.assigned_to_id and team_id == row.team_id:
            continue
        moves[taker, team_id].append(row.pk)
        old = holders.get(row.assigned_to_id or 0)
        events.append(
            build_event(
                row, "assign_case", actor=actor, field="assigned_to", old=old, new=people[taker], reason=reason.strip()
            )
        )
    for (user_id, team_id), ids in moves.items():
        for start in range(0, len(ids), _CHUNK):
            Case.objects.filter(pk__in=ids[start : start + _CHUNK]).update(assigned_to=user_id, team=team_id)
    AuditEvent.objects.bulk_create(events, batch_size=1_000)
    return dict(given)
