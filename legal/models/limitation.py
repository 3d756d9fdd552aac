"""Limitation of each loan as it stood when it last changed, what people recorded for it, and each creditor's own term."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from borrowers.models import Creditor, Document, Loan
from borrowers.models.payment import AppendOnlyModel, AppendOnlyQuerySet
from cases.models import Case

if TYPE_CHECKING:
    from borrowers.models import User


class LimitationPeriod(models.Model):
    """A creditor's own term, with where it stands: needed where the law of its pack sets none for all (United States),
    and used before the pack's elsewhere."""

    creditor = models.OneToOneField(
        Creditor, models.CASCADE, related_name="limitation_period", verbose_name=_("creditor")
    )
    years = models.PositiveSmallIntegerField(_("years"), validators=[MinValueValidator(1), MaxValueValidator(30)])
    source = models.CharField(
        _("source"), max_length=200, help_text=_("The statute and state, as it was read, with the day.")
    )

    class Meta:
        verbose_name = _("term of limitation")
        verbose_name_plural = _("terms of limitation")
        ordering = ["creditor"]
        constraints = [models.CheckConstraint(condition=Q(years__gte=1), name="limitation_period_years")]

    def __str__(self) -> str:
        return f"{self.creditor}: {self.years}"


class LoanLimitation(models.Model):
    """Limitation of one loan: a narrow row that the day's run rewrites when something changed. `reasons` are what each
    event did ({"on", "kind", "effect", "source", "via", "ref"}); state "" while no term is set for its creditor."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        INTERRUPTED = "interrupted", _("restarted")
        IN_PROCEEDINGS = "in_proceedings", _("stopped by proceedings")
        SUSPENDED = "suspended", pgettext_lazy("limitation", "suspended")
        EXPIRED = "expired", pgettext_lazy("limitation", "expired")
        REVIVED = "revived", _("revived")

    loan = models.OneToOneField(
        Loan, models.CASCADE, primary_key=True, related_name="limitation", verbose_name=_("loan")
    )
    state = models.CharField(_("state"), max_length=15, choices=State.choices, blank=True)
    due_on = models.DateField(_("runs from"), null=True, blank=True)
    expires_on = models.DateField(_("last day in time"), null=True, blank=True)
    suit_ok = models.BooleanField(_("a suit is in time"), default=True)
    # Of loans that somebody guarantees: the last day on which the guarantor can be held to it.
    guarantee_until = models.DateField(_("guarantee until"), null=True, blank=True)
    reasons = models.JSONField(_("reasons"), default=list, blank=True)
    # The day whose run last changed it.
    reckoned_on = models.DateField(_("reckoned on"))

    class Meta:
        verbose_name = _("limitation of a loan")
        verbose_name_plural = _("limitation of loans")

    def __str__(self) -> str:
        return f"{self.loan_id}: {self.state}"


class LimitationEventQuerySet(AppendOnlyQuerySet):
    def visible_to(self, user: User) -> LimitationEventQuerySet:
        return self.filter(loan__cases__in=Case.objects.visible_to(user)).distinct()

    def standing(self) -> LimitationEventQuerySet:
        """Those that were not withdrawn, without the withdrawals."""
        return self.filter(withdraws=None, withdrawal=None)


class LimitationEvent(AppendOnlyModel):
    """What the ledger and the post do not know: a demand handed over, a reason that suspends, a police report, that all was
    declared due, what was agreed of a guarantee. Wrong ones are withdrawn by a further row, with the reason as its note."""

    class Kind(models.TextChoices):
        DEMAND_DELIVERED = "demand_delivered", _("demand handed over, with proof")
        SIGNED_DEMAND = "signed_demand", _("demand signed by the debtor")
        ACKNOWLEDGEMENT = "acknowledgement", _("debt acknowledged by the debtor")
        VOLUNTARY_PERFORMANCE = "voluntary_performance", _("debtor agreed to perform in spite of expiry")
        ASSIGNMENT_NOTICE = "assignment_notice", _("notice of assignment arrived")
        PROCEEDINGS_STARTED = "proceedings_started", _("proceedings begun elsewhere (police, bankruptcy, preservation)")
        PROCEEDINGS_ENDED = "proceedings_ended", _("those proceedings ended")
        SUSPENDED = "suspended", pgettext_lazy("limitation", "suspended")
        ACCELERATED = "accelerated", _("everything was declared due")
        GUARANTEE_AGREED = "guarantee_agreed", _("guarantee agreed until")
        GUARANTEE_CLAIMED = "guarantee_claimed", _("guarantor was claimed on in time")

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="limitation_events", verbose_name=_("loan"))
    kind = models.CharField(_("what happened"), max_length=25, choices=Kind.choices)
    on = models.DateField(_("on"))
    until = models.DateField(_("until"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300)
    proof = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("proof")
    )
    withdraws = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="withdrawal", verbose_name=_("withdraws")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name=_("by")
    )
    at = models.DateTimeField(_("recorded"), auto_now_add=True)

    objects = LimitationEventQuerySet.as_manager()  # type: ignore[misc]  # the same, and narrower

    class Meta:
        verbose_name = _("recorded event of limitation")
        verbose_name_plural = _("recorded events of limitation")
        ordering = ["loan_id", "on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("on")), name="limitation_event_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.loan_id}: {self.kind} {self.on}"

    @property
    def borrower_id(self) -> int:
        """So that it stands in the borrower's timeline."""
        return self.loan.borrower_id
