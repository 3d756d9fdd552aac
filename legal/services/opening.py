"""Opening matters, singly or a thousand at once: on cases that a strategy, a supervisor or the desk sent over."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from borrowers.models import AuditEvent, Creditor, User
from borrowers.models.audit import build_event
from cases.models import Case, Stage
from cases.stages import move_cases
from legal.models import Matter

CHUNK = 500


def open_matters(*, case_ids: Iterable[int], actor: User | None, on: dt.date) -> list[Matter]:
    """The legal files of those of the cases that are with legal and have no open matter; the others, and those that the
    actor does not see, are passed over. `actor` None is the system.

    A fixed number of statements for each 500 cases, each 500 in a transaction of their own. PermissionDenied for whoever
    may not work matters.
    """
    if actor is not None and not actor.has_perm("legal.work_matter"):
        raise PermissionDenied(_("You may not do this."))
    opened: list[Matter] = []
    for chunk in _chunks(case_ids):
        with transaction.atomic():
            opened += _open(chunk, actor, on)
    return opened


def send_and_open(*, case_ids: Iterable[int], actor: User, reason: str) -> list[Matter]:
    """Send cases to legal and open their matters, in a fixed number of statements for each creditor and 500 cases. The
    day is each creditor's own. Cases from whose stage it is not legal, or that the actor does not see, are passed over.

    PermissionDenied for whoever may not send cases to legal; MoveRefused without a reason.
    """
    if not actor.has_perm("cases.send_case_to_legal"):
        raise PermissionDenied(_("You may not do this."))
    now = timezone.now()
    opened: list[Matter] = []
    for chunk in _chunks(case_ids):
        of_creditor: dict[int, list[int]] = defaultdict(list)
        seen = Case.objects.visible_to(actor).filter(pk__in=chunk).order_by("creditor", "pk")
        for pk, creditor_id in seen.values_list("pk", "creditor"):
            of_creditor[creditor_id].append(pk)
        for creditor in Creditor.objects.filter(pk__in=of_creditor).order_by("pk"):
            on = creditor.business_date(now)
            with transaction.atomic():
                moved = move_cases(of_creditor[creditor.pk], "send_to_legal", actor=actor, reason=reason, on=on)
                opened += _open([case.pk for case in moved], actor, on, sees_all=True)
    return opened


def open_waiting(*, creditor: Creditor, on: dt.date) -> list[Matter]:
    """Matters for the creditor's cases that were sent to legal and have had none since; by the system. A case whose
    matter ended since it was sent over waits at the desk for a person."""
    had_one = Matter.objects.filter(case=OuterRef("pk"), opened_on__gte=OuterRef("sent_to_legal_on"))
    waiting = Case.objects.filter(~Exists(had_one), creditor=creditor, stage=Stage.LEGAL, sent_to_legal_on__lte=on)
    waiting = waiting.exclude(Exists(Matter.objects.open().filter(case=OuterRef("pk"))))
    return open_matters(case_ids=list(waiting.order_by("pk").values_list("pk", flat=True)), actor=None, on=on)


def _chunks(case_ids: Iterable[int]) -> Iterator[Sequence[int]]:
    ids = list(dict.fromkeys(case_ids))
    for at in range(0, len(ids), CHUNK):
        yield ids[at : at + CHUNK]


def _open(case_ids: Sequence[int], actor: User | None, on: dt.date, *, sees_all: bool = False) -> list[Matter]:
    """With the cases locked: whoever opens one beside us waits, and then finds it open."""
    cases = Case.objects.all() if actor is None or sees_all else Case.objects.visible_to(actor)
    wanted = Case.objects.filter(pk__in=cases.filter(pk__in=case_ids).values("pk"), stage=Stage.LEGAL)
    found = list(wanted.select_for_update(of=("self",)).order_by("pk"))
    taken = set(Matter.objects.open().filter(case__in=[case.pk for case in found]).values_list("case", flat=True))
    free = [case for case in found if case.pk not in taken]
    matters = Matter.objects.bulk_create(Matter(case=case, opened_on=on, opened_by=actor) for case in free)
    AuditEvent.objects.bulk_create(
        build_event(matter, "open_matter", actor=actor, new=matter.case.case_no) for matter in matters
    )
    return matters
