"""Who works which case: by load, so that nobody has more than the others."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from borrowers.models import AuditEvent, Creditor, User
from borrowers.models.audit import build_event
from cases.models import Case, TeamMembership

_CHUNK = 1_000


class AssignmentRefused(ValueError):
    """The cases cannot be assigned like this; says why in words. Nothing was changed."""


def assign_cases(
    *, case_ids: Sequence[int], collectors: Sequence[User], actor: User, reason: str = ""
) -> dict[int, int]:
    """Give open cases to the collectors, each next case to whoever has the fewest; returns cases by collector id.

    A collector takes only cases of their own teams. Raises PermissionDenied, and AssignmentRefused when a case is
    closed, not visible to `actor`, or none of the collectors is in its team.
    """
    if not actor.has_perm("cases.assign_case"):
        raise PermissionDenied(_("You may not do this."))
    with transaction.atomic():
        cases = list(
            Case.objects.visible_to(actor).open().filter(pk__in=case_ids).select_for_update(of=("self",)).order_by("pk")
        )
        if len(cases) != len(set(case_ids)):
            raise AssignmentRefused(_("Some of the cases are closed, or not yours to assign."))
        return _share_out(cases, collectors, actor, reason)


def assign_new_cases(*, creditor: Creditor) -> int:
    """Give the creditor's open cases that nobody works to the members of their teams who take cases. Idempotent."""
    assigned = 0
    while True:
        with transaction.atomic():
            cases = list(
                Case.objects.open()
                .filter(
                    creditor=creditor,
                    assigned_to__isnull=True,
                    team__memberships__takes_cases=True,
                    team__memberships__user__is_active=True,
                )
                .distinct()
                .order_by("pk")[:_CHUNK]
            )
            if not cases:
                return assigned
            members = User.objects.filter(
                memberships__team__in={case.team_id for case in cases}, memberships__takes_cases=True, is_active=True
            ).distinct()
            assigned += sum(_share_out(cases, list(members), None, "").values())


def _share_out(cases: Sequence[Case], collectors: Sequence[User], actor: User | None, reason: str) -> dict[int, int]:
    by_team = _members_by_team(cases, collectors)
    load: dict[int, int] = dict(
        User.objects.filter(pk__in=[user.pk for user in collectors])
        .annotate(open_cases=Count("cases", filter=Q(cases__closed_on__isnull=True)))
        .values_list("pk", "open_cases")
    )
    given: dict[int, int] = {}
    events: list[AuditEvent] = []
    queues: dict[int | None, list[tuple[int, int]]] = {}
    names = {user.pk: user for user in collectors}
    for case in cases:
        queue = queues.setdefault(case.team_id, sorted((load[pk], pk) for pk in by_team.get(case.team_id, ())))
        if not queue:
            raise AssignmentRefused(_("None of these collectors is in the team of case %(case)s.") % {"case": case})
        _stale, pk = heapq.heappop(queue)
        load[pk] += 1
        heapq.heappush(queue, (load[pk], pk))
        given[pk] = given.get(pk, 0) + 1
        if case.assigned_to_id != pk:
            old = names.get(case.assigned_to_id or 0, case.assigned_to_id)
            case.assigned_to_id = pk
            events.append(
                build_event(case, "assigned", actor=actor, field="assigned_to", old=old, new=names[pk], reason=reason)
            )
    Case.objects.bulk_update(cases, ["assigned_to"], batch_size=500)
    AuditEvent.objects.bulk_create(events, batch_size=1_000)
    return given


def _members_by_team(cases: Iterable[Case], collectors: Sequence[User]) -> dict[int | None, list[int]]:
    """Which of the collectors are in which of the cases' teams and take cases."""
    found: dict[int | None, list[int]] = {}
    memberships = TeamMembership.objects.filter(
        team__in={case.team_id for case in cases if case.team_id}, user__in=collectors, takes_cases=True
    )
    for membership in memberships:
        found.setdefault(membership.team_id, []).append(membership.user_id)
    return found
