"""Deadlines as people see and work them: what is due, what is done, what they add by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import BooleanField, Case, QuerySet, Value, When
from django.utils.translation import gettext as _

from borrowers.models import User, record_event
from legal.models import Deadline, Matter, Preservation
from legal.services.deadline_sync import follow_matters
from legal.services.matters import LegalRefused

AHEAD = dt.timedelta(days=7)
MINE, ALL, FIRM = "mine", "all", "firm"
WHOSE = (MINE, ALL, FIRM)
# With a claim to its title: what is shown of a deadline anywhere.
RELATED = ("matter__case__borrower", "matter__case__creditor", "matter__court", "owner")


def open_deadlines(user: User, whose: str = ALL) -> QuerySet[Deadline]:
    """Open ones that the person may see: their own, all, or those of their law firm's matters (of any, for staff who are no
    lawyers of one: matters that a firm has)."""
    deadlines = Deadline.objects.visible_to(user).open().select_related(*RELATED).order_by("due_on", "at", "pk")
    if whose == MINE:
        return deadlines.filter(owner=user)
    if whose == FIRM:
        lawyer = getattr(user, "lawyer", None)
        if lawyer is None:
            return deadlines.filter(matter__firm__isnull=False)
        return deadlines.filter(matter__firm=lawyer.firm_id)
    return deadlines


def deadlines_due(user: User, on: dt.date) -> QuerySet[Deadline]:
    """What the legal desk shows first: open ones that are overdue on the day `on` (`is_overdue`) or due within a week, the
    most overdue first. One query."""
    due = open_deadlines(user).filter(due_on__lte=on + AHEAD)
    overdue = Case(When(due_on__lt=on, then=Value(True)), default=Value(False), output_field=BooleanField())
    return due.annotate(is_overdue=overdue)


def _check(matter: Matter, actor: User) -> None:
    """Legal staff work deadlines; counsel of the matter's firm theirs."""
    may = actor.has_perm("legal.work_matter") or actor.has_perm("legal.counsel_matter")
    if not may or not Matter.objects.visible_to(actor).filter(pk=matter.pk).exists():
        raise PermissionDenied(_("You may not do this."))


def add_deadline(
    *, matter: Matter, title: str, due_on: dt.date, note: str, owner: User | None, actor: User
) -> Deadline:
    """One by hand. LegalRefused without a title, in an ended matter, or for an owner who does not see the matter."""
    _check(matter, actor)
    if not matter.is_open:
        raise LegalRefused(_("The matter is ended."))
    if not title.strip():
        raise LegalRefused(_("A title is needed."))
    if owner is not None and not Matter.objects.visible_to(owner).filter(pk=matter.pk).exists():
        raise LegalRefused(_("%(person)s does not see this matter.") % {"person": owner})
    with transaction.atomic():
        deadline = Deadline.objects.create(
            matter=matter, kind=Deadline.Kind.OTHER, source=Deadline.Source.MANUAL, title=title.strip()[:200],
            due_on=due_on, note=note.strip()[:300], owner=owner or actor, made_by=actor,
        )  # fmt: skip
        record_event(deadline, "add_deadline", actor=actor, new=due_on.isoformat(), title=deadline.title)
    return deadline


def finish_deadline(*, deadline: Deadline, note: str, actor: User, on: dt.date) -> Deadline:
    """Done, by whom and when. LegalRefused when it is closed already."""
    _check(deadline.matter, actor)
    with transaction.atomic():
        deadline = _locked(deadline)
        if deadline.closed_as:
            raise LegalRefused(_("It is closed already."))
        deadline.closed_as, deadline.done_on, deadline.done_by = Deadline.Closed.DONE, on, actor
        deadline.note = note.strip()[:300] or deadline.note
        deadline.save(update_fields=["closed_as", "done_on", "done_by", "note", "changed_at"])
        record_event(deadline, "finish_deadline", actor=actor, new=deadline.kind, due_on=deadline.due_on.isoformat())
    return deadline


def reopen_deadline(*, deadline: Deadline, actor: User) -> Deadline:
    """What was ticked off by mistake. LegalRefused when it is not done."""
    _check(deadline.matter, actor)
    with transaction.atomic():
        deadline = _locked(deadline)
        if deadline.closed_as != Deadline.Closed.DONE:
            raise LegalRefused(_("It is not done."))
        deadline.closed_as, deadline.done_on, deadline.done_by = "", None, None
        deadline.save(update_fields=["closed_as", "done_on", "done_by", "changed_at"])
        record_event(deadline, "reopen_deadline", actor=actor, new=deadline.kind)
        if deadline.source == Deadline.Source.AUTO:
            follow_matters([deadline.matter])
    return deadline


def _locked(deadline: Deadline) -> Deadline:
    return Deadline.objects.select_for_update(of=("self",)).select_related("matter").get(pk=deadline.pk)


# --- What a court holds --------------------------------------------------------------------------------


def record_preservation(
    *, matter: Matter, asset: str, what: str, amount: Decimal | None, since: dt.date, until: dt.date | None, actor: User
) -> Preservation:
    """Something was preserved; its renewal becomes a deadline. LegalRefused for an end before the beginning."""
    _check(matter, actor)
    if until is not None and until < since:
        raise LegalRefused(_("It ends before it begins."))
    with transaction.atomic():
        held = Preservation.objects.create(
            matter=matter, asset=asset, what=what.strip()[:200], amount=amount, since=since, until=until,
            recorded_by=actor,
        )  # fmt: skip
        record_event(held, "record_preservation", actor=actor, new=asset, since=since.isoformat())
        follow_matters([matter])
    return held


def renew_preservation(*, held: Preservation, since: dt.date, until: dt.date | None, actor: User) -> Preservation:
    """The court has renewed it, from a new day on."""
    _check(held.matter, actor)
    with transaction.atomic():
        held = Preservation.objects.select_for_update(of=("self",)).get(pk=held.pk)
        if held.released_on is not None or since <= held.since or (until is not None and until < since):
            raise LegalRefused(_("It cannot be renewed from that day."))
        old, held.since, held.until = held.since, since, until
        held.save(update_fields=["since", "until"])
        record_event(held, "renew_preservation", actor=actor, field="since", old=old.isoformat(), new=since.isoformat())
        follow_matters([held.matter])
    return held


def release_preservation(*, held: Preservation, on: dt.date, actor: User) -> Preservation:
    """The court, or we, let it go."""
    _check(held.matter, actor)
    with transaction.atomic():
        held = Preservation.objects.select_for_update(of=("self",)).get(pk=held.pk)
        if held.released_on is not None:
            raise LegalRefused(_("It is released already."))
        held.released_on = on
        held.save(update_fields=["released_on"])
        record_event(held, "release_preservation", actor=actor, new=on.isoformat())
        follow_matters([held.matter])
    return held
