"""What is known of a matter: where it is heard, when what happened, how much. legal.models.matter has its moves."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from legal.models.court import Court


class MatterColumns(models.Model):
    """The columns that moves set."""

    class Procedure(models.TextChoices):
        ORDINARY = "ordinary", _("ordinary procedure")
        SUMMARY = "summary", _("summary procedure")
        SMALL = "small", _("small claim")

    class Service(models.TextChoices):
        """How the court reached the defendant; by notice it takes thirty days more (民诉法 95)."""

        DIRECT = "direct", pgettext_lazy("service", "in person")
        POST = "post", _("by post")
        ELECTRONIC = "electronic", _("electronically")
        NOTICE = "notice", _("by public notice")

    class Outcome(models.TextChoices):
        WON = "won", _("won")
        PARTLY = "partly", _("won in part")
        LOST = "lost", pgettext_lazy("suit", "lost")
        MEDIATED = "mediated", _("settled before the court")

    class Venue(models.TextChoices):
        """By what a court is the right one (民诉法 24, 35)."""

        DOMICILE = "domicile", _("defendant's domicile")
        PERFORMANCE = "performance", _("place of performance")
        AGREEMENT = "agreement", _("agreed in writing")

    # Where it is heard.
    court = models.ForeignKey(
        Court, models.PROTECT, null=True, blank=True, related_name="matters", verbose_name=_("court")
    )
    # Why this court: rules.md part 2, venue.
    venue_basis = models.CharField(_("why this court"), max_length=12, choices=Venue.choices, blank=True)
    # A clause of the contract is enough for service by electronic means (民诉法 90).
    service_address = models.CharField(
        _("agreed address for service"),
        max_length=300,
        blank=True,
        help_text=_("E-mail, telephone or place named in the contract for papers of a court."),
    )
    procedure = models.CharField(_("procedure"), max_length=10, choices=Procedure.choices, blank=True)
    court_case_no = models.CharField(_("court's case number"), max_length=100, blank=True)
    judge = models.CharField(_("judge"), max_length=100, blank=True)
    clerk = models.CharField(_("court clerk"), max_length=100, blank=True)
    courtroom = models.CharField(_("courtroom"), max_length=100, blank=True)
    appeal_court = models.ForeignKey(
        Court, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("court of appeal")
    )
    appeal_case_no = models.CharField(_("case number of the appeal"), max_length=100, blank=True)
    enforcement_court = models.ForeignKey(
        Court, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("court of enforcement")
    )
    enforcement_case_no = models.CharField(_("case number of the enforcement"), max_length=100, blank=True)

    # When.
    payment_order_on = models.DateField(_("payment order applied for on"), null=True, blank=True)
    writ_issued_on = models.DateField(_("payment order issued on"), null=True, blank=True)
    # Not the same as the service of a complaint: the fifteen days to object run from it (民诉法 227).
    writ_served_on = models.DateField(_("payment order served on"), null=True, blank=True)
    order_opposed_on = models.DateField(_("payment order opposed on"), null=True, blank=True)
    mediation_on = models.DateField(_("mediation begun on"), null=True, blank=True)
    mediator = models.CharField(_("mediator"), max_length=200, blank=True)
    filed_on = models.DateField(_("filed on"), null=True, blank=True)
    accepted_on = models.DateField(pgettext_lazy("suit", "accepted on"), null=True, blank=True)
    served_on = models.DateField(_("served on"), null=True, blank=True)
    served_by = models.CharField(_("way of service"), max_length=12, choices=Service.choices, blank=True)
    hearing_at = models.DateTimeField(_("hearing"), null=True, blank=True)
    judged_on = models.DateField(_("judged on"), null=True, blank=True)
    # From the day after this the time for an appeal runs (民诉法 171).
    judgment_served_on = models.DateField(_("judgment served on"), null=True, blank=True)
    appealed_on = models.DateField(_("appealed on"), null=True, blank=True)
    effective_on = models.DateField(_("effective on"), null=True, blank=True)
    # The end of the time for performance: doubled interest and the time to apply for enforcement run from it.
    performance_due_on = models.DateField(_("to be performed by"), null=True, blank=True)
    enforcement_applied_on = models.DateField(_("enforcement applied for on"), null=True, blank=True)
    terminated_on = models.DateField(_("enforcement closed on"), null=True, blank=True)
    resumed_on = models.DateField(_("enforcement resumed on"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=300, blank=True)

    # How much. `claims_all`: the lender has declared everything due, or does so with the suit.
    claims_all = models.BooleanField(_("all principal is claimed"), default=False, db_default=False)
    claim_cut_off = models.DateField(_("claim reckoned up to"), null=True, blank=True)
    claimed_amount = models.DecimalField(_("amount claimed"), max_digits=16, decimal_places=2, null=True, blank=True)
    court_fee = models.DecimalField(_("court fee"), max_digits=14, decimal_places=2, null=True, blank=True)
    preservation_fee = models.DecimalField(
        _("fee for preservation"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    lawyers_fee = models.DecimalField(_("lawyer's fee"), max_digits=14, decimal_places=2, null=True, blank=True)
    outcome = models.CharField(pgettext_lazy("suit", "outcome"), max_length=10, choices=Outcome.choices, blank=True)
    awarded_principal = models.DecimalField(
        _("principal awarded"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    awarded_interest = models.DecimalField(
        _("interest awarded"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    awarded_costs = models.DecimalField(_("costs awarded"), max_digits=16, decimal_places=2, null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def awarded_amount(self) -> Decimal | None:
        """All that was awarded; None before a judgment."""
        if self.awarded_principal is None:
            return None
        return self.awarded_principal + (self.awarded_interest or Decimal(0)) + (self.awarded_costs or Decimal(0))
