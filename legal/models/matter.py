"""The legal file of a case. `legal.stages` alone calls its transitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from cases.models import Case
from legal.models.law_firm import LawFirm, Lawyer, Mandate

if TYPE_CHECKING:
    from borrowers.models import User


class MatterState(models.TextChoices):
    REVIEW = "review", _("review")
    LAWYERS_LETTER = "lawyers_letter", _("lawyer's letter")
    WITHDRAWN = "withdrawn", _("withdrawn")
    SETTLED = "settled", _("settled")


ENDED = (MatterState.WITHDRAWN, MatterState.SETTLED)


class MatterQuerySet(models.QuerySet["Matter"]):
    def visible_to(self, user: User) -> MatterQuerySet:
        """Whoever may see the case and legal matters at all."""
        if not user.is_superuser and not user.has_perm("legal.view_matter"):
            return self.none()
        return self.filter(case__in=Case.objects.visible_to(user))

    def open(self) -> MatterQuerySet:
        return self.exclude(state__in=ENDED)


class Matter(models.Model):
    case = models.ForeignKey(Case, models.PROTECT, related_name="matters", verbose_name=_("case"))
    firm = models.ForeignKey(LawFirm, models.PROTECT, null=True, blank=True, verbose_name=_("law firm"))
    lawyer = models.ForeignKey(Lawyer, models.PROTECT, null=True, blank=True, verbose_name=_("lawyer"))
    mandate = models.ForeignKey(Mandate, models.PROTECT, null=True, blank=True, verbose_name=_("mandate"))
    state = FSMField(_("state"), default=MatterState.REVIEW, choices=MatterState.choices, protected=True)
    opened_on = models.DateField(_("opened on"))
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True)

    objects = MatterQuerySet.as_manager()

    class Meta:
        verbose_name = _("matter")
        verbose_name_plural = _("matters")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=MatterState.values), name="matter_state_known"),
            models.UniqueConstraint(
                fields=["case"],
                condition=~Q(state__in=["withdrawn", "settled"]),
                name="one_open_matter_a_case",
            ),
        ]
        permissions = [
            ("work_matter", _("Can prepare matters and papers")),
            ("approve_paper", _("Can approve and issue lawyer's letters")),
        ]

    def __str__(self) -> str:
        return f"{self.case}"

    @property
    def borrower_id(self) -> int:
        """So that its events stand in the borrower's timeline."""
        return self.case.borrower_id

    @transition(
        state,
        source=MatterState.REVIEW,
        target=MatterState.LAWYERS_LETTER,
        permission="legal.work_matter",
        custom={"label": _("Lawyer's letter issued"), "sets": [], "by_system": True},
    )
    def letter_issued(self) -> None:
        """The firm has written to the borrower."""

    @transition(
        state,
        source=[MatterState.REVIEW, MatterState.LAWYERS_LETTER],
        target=MatterState.WITHDRAWN,
        permission="legal.work_matter",
        custom={"label": _("Withdraw"), "sets": [], "needs_reason": True},
    )
    def withdraw(self) -> None:
        """No legal steps; the case goes back to collection."""

    @transition(
        state,
        source=[MatterState.REVIEW, MatterState.LAWYERS_LETTER],
        target=MatterState.SETTLED,
        permission="legal.work_matter",
        custom={"label": _("Settled"), "sets": [], "by_system": True},
    )
    def settle(self) -> None:
        """What was overdue has been paid."""
