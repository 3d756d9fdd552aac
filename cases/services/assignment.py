"""Who works which case: by load, so that nobody has more than the others."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from borrowers.models import AuditEvent, Creditor, User
from borrowers.models.audit import build_event
from cases.models import Case, TeamMembership

# What is levelled: the number of open cases, or the sum that is overdue in them.
COUNT, AMOUNT = "count", "amount"
_CHUNK = 1_000


class AssignmentRefused(ValueError):
    """The cases cannot be assigned like this; says why in words. Nothing was changed."""


def assign_cases(
    *, case_ids: Sequence[int], collectors: Sequence[User], actor: User, reason: str = "", balance: str = COUNT
) -> dict[int, int]:
    """Give open cases to the collectors, each next case to whoever has least; returns cases by collector id.

    Cases that `actor` cannot see, or that are closed, are left alone. A collector takes only cases of their own
    teams: AssignmentRefused when none of them is in a case's team. PermissionDenied without the permission.
    """
    if not actor.has_perm("cases.assign_case"):
        raise PermissionDenied(_("You may not do this."))
    with transaction.atomic():
        cases = list(
            Case.objects.visible_to(actor).open().filter(pk__in=case_ids).select_for_update(of=("self",)).order_by("pk")
        )
        return _share_out(cases, collectors, actor, reason, balance) if cases else {}


def assign_new_cases(*, creditor: Creditor) -> int:
    """Give the creditor's open cases that nobody works to the members of their team who take cases. Idempotent.

    A case without a team comes to the creditor's team when there is exactly one; otherwise it waits for a supervisor.
    """
    teams = list(creditor.teams.all()[:2])
    waiting = Case.objects.open().filter(creditor=creditor, assigned_to__isnull=True)
    if len(teams) == 1:
        waiting.filter(team__isnull=True).update(team=teams[0])
    able = set(
        TeamMembership.objects.filter(
            takes_cases=True, user__is_active=True, team__cases__creditor=creditor
        ).values_list("team_id", flat=True)
    )
    members = list(
        User.objects.filter(memberships__team__in=able, memberships__takes_cases=True, is_active=True).distinct()
    )
    assigned = 0
    while True:
        with transaction.atomic():
            cases = list(waiting.filter(team__in=able).order_by("pk").select_for_update(of=("self",))[:_CHUNK])
            if not cases:
                return assigned
            assigned += sum(_share_out(cases, members, None, "", COUNT).values())


def _share_out(
    cases: Sequence[Case], collectors: Sequence[User], actor: User | None, reason: str, balance: str
) -> dict[int, int]:
    by_team = _members_by_team(cases, collectors)
    load = _loads(collectors, cases, balance)
    names = {user.pk: user for user in collectors}
    olds = User.objects.in_bulk({case.assigned_to_id for case in cases if case.assigned_to_id})
    given: dict[int, int] = {}
    events: list[AuditEvent] = []
    queues: dict[int | None, list[tuple[Decimal, int]]] = {}
    for case in sorted(cases, key=lambda case: (-case.overdue_amount if balance == AMOUNT else 0, case.pk)):
        if case.team_id not in queues:
            queues[case.team_id] = [(load[pk], pk) for pk in by_team.get(case.team_id, ())]
            heapq.heapify(queues[case.team_id])
        queue = queues[case.team_id]
        # Someone in two teams may have got cases of the other one meanwhile.
        while queue and queue[0][0] != load[queue[0][1]]:
            heapq.heapreplace(queue, (load[queue[0][1]], queue[0][1]))
        if not queue:
            raise AssignmentRefused(_("None of these collectors is in the team of case %(case)s.") % {"case": case})
        pk = queue[0][1]
        load[pk] += case.overdue_amount if balance == AMOUNT else 1
        given[pk] = given.get(pk, 0) + 1
        if case.assigned_to_id != pk:
            old = olds.get(case.assigned_to_id or 0, "")
            case.assigned_to_id = pk
            events.append(
                build_event(
                    case, "assign_case", actor=actor, field="assigned_to", old=old, new=names[pk], reason=reason
                )
            )
    Case.objects.bulk_update(cases, ["assigned_to"], batch_size=500)
    AuditEvent.objects.bulk_create(events, batch_size=1_000)
    return given


def _loads(collectors: Sequence[User], cases: Sequence[Case], balance: str) -> dict[int, Decimal]:
    """What each has already, without the cases that are being shared out."""
    mine = Q(cases__closed_on__isnull=True) & ~Q(cases__in=[case.pk for case in cases])
    measure = Sum("cases__overdue_amount", filter=mine) if balance == AMOUNT else Count("cases", filter=mine)
    rows = User.objects.filter(pk__in=[user.pk for user in collectors]).annotate(measure=measure)
    return {pk: Decimal(value or 0) for pk, value in rows.values_list("pk", "measure")}


def _members_by_team(cases: Iterable[Case], collectors: Sequence[User]) -> dict[int | None, list[int]]:
    """Which of the collectors are in which of the cases' teams and take cases."""
    found: dict[int | None, list[int]] = {}
    memberships = TeamMembership.objects.filter(
        team__in={case.team_id for case in cases if case.team_id}, user__in=collectors, takes_cases=True
    )
    for membership in memberships.order_by("user_id"):
        found.setdefault(membership.team_id, []).append(membership.user_id)
    return found
