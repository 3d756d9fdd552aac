"""Reminders of deadlines to the people who work them, by e-mail through the outbox of the house's own mails.

One for each deadline, day of it and threshold: the smallest that has been reached, so that a run that was missed on the day
is made up for by the next, and a run repeated writes nothing. No borrower is named in them: a mailbox is no case file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, ngettext

from borrowers.models import Creditor, User
from cases.models import StaffMail
from cases.services.staff_mail import staff_mail, write_staff_mails
from legal.models import Deadline, Matter
from legal.rules.deadlines import table, warnings_of

# A reminder that has waited longer says something that was true then.
HOLDS = dt.timedelta(days=2)


def queue_reminders(*, creditor: Creditor, on: dt.date, now: dt.datetime) -> int:
    """Write what the day `on` asks for; how many mails are new. Only for the day that it is: what a past day is run for is
    not written again."""
    if on != creditor.business_date(now):
        return 0
    reach = on + dt.timedelta(days=max(max(warnings_of(kind)) for kind in Deadline.Kind.values))
    rows = list(
        Deadline.objects.open()
        .filter(matter__case__creditor=creditor, due_on__range=(on, reach))
        .select_related("matter__case", "matter__court", "matter__lawyer__user", "matter__opened_by", "owner")
        .order_by("due_on", "pk")
    )
    reached = [(row, threshold) for row in rows if (threshold := _threshold(row, on)) is not None]
    if not reached:
        return 0
    everybody = _legal_staff(creditor)
    wanted = [(row, threshold, user) for row, threshold in reached for user in _people(row) or everybody]
    seen = _seen({user.pk: user for _row, _threshold, user in wanted}, {row.matter_id for row, _threshold in reached})
    mails = [
        _mail(row, threshold, user, creditor, on, now)
        for row, threshold, user in wanted
        if row.matter_id in seen[user.pk]
    ]
    with transaction.atomic():
        return write_staff_mails(mails)


def _seen(users: dict[int, User], matters: Collection[int]) -> dict[int, set[int]]:
    """By person, the matters that they may see today; one query a person."""
    return {
        pk: set(Matter.objects.visible_to(user).filter(pk__in=matters).values_list("pk", flat=True))
        for pk, user in users.items()
    }


def _threshold(deadline: Deadline, on: dt.date) -> int | None:
    """The smallest number of days before it that has been reached."""
    left = (deadline.due_on - on).days
    warn = warnings_of(deadline.kind) if deadline.kind in table() else tuple(table()["reminders"])
    return min((days for days in warn if left <= days), default=None)


def _people(deadline: Deadline) -> list[User]:
    """Its owner; else the matter's lawyer, else who opened the matter. Of those who are still here."""
    lawyer = deadline.matter.lawyer
    for user in (deadline.owner, lawyer.user if lawyer else None, deadline.matter.opened_by):
        if user is not None and user.is_active and user.email:
            return [user]
    return []


def _legal_staff(creditor: Creditor) -> Sequence[User]:
    """All who work matters of the creditor: nobody's deadline is everybody's."""
    works = Q(groups__permissions__codename="work_matter") | Q(user_permissions__codename="work_matter")
    staff = User.objects.filter(works, is_active=True, creditors=creditor).exclude(email="")
    return list(staff.distinct().order_by("pk"))


def _mail(
    deadline: Deadline, threshold: int, user: User, creditor: Creditor, on: dt.date, now: dt.datetime
) -> StaffMail:
    with translation.override(user.language or creditor.language):
        subject, body = _wording(deadline, creditor, on)
    key = f"deadline:{deadline.pk}:{deadline.due_on}:{threshold}:{user.pk}"
    return staff_mail(user=user, key=key, subject=subject, body=body, now=now, not_after=now + HOLDS)


def _wording(deadline: Deadline, creditor: Creditor, on: dt.date) -> tuple[str, str]:
    matter = deadline.matter
    left = (deadline.due_on - on).days
    when = ngettext("in %(days)s day", "in %(days)s days", left) % {"days": left} if left else gettext("today")
    subject = gettext("%(what)s %(when)s: case %(case)s") % {
        "what": deadline.name, "when": when, "case": matter.case.case_no,
    }  # fmt: skip
    lines = [
        gettext("%(what)s: %(day)s") % {"what": deadline.name, "day": deadline.due_on.isoformat()},
        *(
            [gettext("At: %(time)s") % {"time": f"{deadline.at.astimezone(creditor.zone):%H:%M}"}]
            if deadline.at
            else []
        ),
        gettext("Case: %(case)s") % {"case": matter.case.case_no},
        *([gettext("Court: %(court)s") % {"court": matter.court}] if matter.court else []),
        *([gettext("Court’s number: %(number)s") % {"number": matter.court_case_no}] if matter.court_case_no else []),
        *([gettext("Basis: %(clause)s") % {"clause": deadline.clause}] if deadline.clause else []),
        "",
        settings.PUBLIC_URL.rstrip("/") + reverse("legal:matter", args=[matter.pk]),
    ]
    return subject, "\n".join(lines) + "\n"
