"""The legal file of a case. `legal.stages` alone calls its transitions.

What a move must be told stands beside it: `needs` are the columns it cannot do without, `sets` all that it writes. The
parameters of each transition are columns of the matter, so that one form serves them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from cases.models import Case
from legal.models.batch import MatterBatch
from legal.models.law_firm import LawFirm, Lawyer, Mandate
from legal.models.matter_columns import MatterColumns
from legal.models.matter_states import (
    BEFORE_COURT,
    ENDED,
    ENFORCING,
    IN_COURT,
    OPEN_STATES,
    WITHDRAWABLE,
    MatterState,
    cleared,
    may_record_court,
    told,
)

if TYPE_CHECKING:
    from borrowers.models import User


S = MatterState


class MatterQuerySet(models.QuerySet["Matter"]):
    def visible_to(self, user: User) -> MatterQuerySet:
        """Legal staff and supervisors: the matters of the cases they see. Outside counsel: those of their firm alone,
        while both the lawyer and the firm are active."""
        if user.is_superuser:
            return self
        if user.has_perm("legal.view_matter"):
            return self.filter(case__in=Case.objects.visible_to(user))
        if user.has_perm("legal.counsel_matter"):
            return self.filter(firm__lawyers__user=user, firm__lawyers__is_active=True, firm__is_active=True)
        return self.none()

    def open(self) -> MatterQuerySet:
        return self.exclude(state__in=ENDED)


class Matter(MatterColumns):
    case = models.ForeignKey(Case, models.PROTECT, related_name="matters", verbose_name=_("case"))
    batch = models.ForeignKey(
        MatterBatch, models.PROTECT, null=True, blank=True, related_name="matters", verbose_name=_("batch")
    )
    firm = models.ForeignKey(LawFirm, models.PROTECT, null=True, blank=True, verbose_name=_("law firm"))
    lawyer = models.ForeignKey(Lawyer, models.PROTECT, null=True, blank=True, verbose_name=_("lawyer"))
    mandate = models.ForeignKey(Mandate, models.PROTECT, null=True, blank=True, verbose_name=_("mandate"))
    state = FSMField(_("state"), default=S.REVIEW, choices=S.choices, protected=True)
    opened_on = models.DateField(_("opened on"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name=_("opened by")
    )

    objects = MatterQuerySet.as_manager()

    class Meta:
        verbose_name = _("matter")
        verbose_name_plural = _("matters")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=MatterState.values), name="matter_state_known"),
            models.UniqueConstraint(
                fields=["case"],
                condition=~Q(state__in=["concluded", "settled", "withdrawn", "recalled"]),
                name="one_open_matter_a_case",
            ),
            models.CheckConstraint(
                condition=Q(served_on__isnull=True)
                | Q(accepted_on__isnull=True)
                | Q(served_on__gte=models.F("accepted_on")),
                name="matter_served_after_acceptance",
            ),
            models.CheckConstraint(
                condition=Q(accepted_on__isnull=True)
                | Q(filed_on__isnull=True)
                | Q(accepted_on__gte=models.F("filed_on")),
                name="matter_accepted_after_filing",
            ),
        ]
        permissions = [
            ("work_matter", _("Can prepare matters and papers")),
            ("approve_paper", _("Can approve and issue lawyer's letters")),
            ("counsel_matter", _("Can see and work the matters of their own law firm")),
        ]

    def __str__(self) -> str:
        return f"{self.case}"

    @property
    def borrower_id(self) -> int:
        """So that its events stand in the borrower's timeline."""
        return self.case.borrower_id

    @property
    def is_open(self) -> bool:
        return self.state not in ENDED

    def _take(self, values: dict[str, Any]) -> None:
        """Set what was told; an optional column that was not told keeps what it had."""
        for name, value in values.items():
            setattr(self, name, value)

    # --- Before a court ----------------------------------------------------------------------------------

    @transition(
        state,
        source=S.REVIEW,
        target=S.LAWYERS_LETTER,
        permission="legal.work_matter",
        custom=told(_("Lawyer's letter issued"), by_system=True, hidden=True),
    )
    def letter_issued(self) -> None:
        """The firm has written to the borrower."""

    @transition(
        state,
        source=[*BEFORE_COURT, S.MEDIATION],
        target=S.PAYMENT_ORDER,
        permission="legal.work_matter",
        custom=told(
            _("Apply for a payment order"),
            "court payment_order_on claim_cut_off claimed_amount",
            "venue_basis service_address court_fee",
        ),
    )
    def apply_for_order(self, **values: Any) -> None:
        """支付令: the court's order without trial (民诉法 225)."""
        self._take(values)

    @transition(
        state,
        source=S.PAYMENT_ORDER,
        target=S.PAYMENT_ORDER,
        permission=may_record_court,
        custom=told(_("Payment order issued"), "court_case_no writ_issued_on", "writ_served_on judge clerk"),
    )
    def issue_writ(self, **values: Any) -> None:
        """The debtor has fifteen days to pay or object from its service (民诉法 227)."""
        self._take(values)

    @transition(
        state,
        source=S.PAYMENT_ORDER,
        target=S.EFFECTIVE,
        permission=may_record_court,
        custom=told(
            _("Payment order unopposed"),
            "effective_on performance_due_on awarded_principal",
            "awarded_interest awarded_costs outcome",
        ),
    )
    def order_stands(self, **values: Any) -> None:
        """Neither paid nor opposed within fifteen days: it can be enforced (民诉法 227)."""
        self._take(values)

    @transition(
        state,
        source=list(BEFORE_COURT),
        target=S.MEDIATION,
        permission="legal.work_matter",
        custom=told(_("Start pre-suit mediation"), "mediation_on mediator"),
    )
    def start_mediation(self, **values: Any) -> None:
        """Before a suit, with a mediator or a mediation centre."""
        self._take(values)

    @transition(
        state,
        source=S.MEDIATION,
        target=S.EFFECTIVE,
        permission=may_record_court,
        custom=told(
            _("Mediation confirmed by the court"),
            "court court_case_no effective_on performance_due_on awarded_principal",
            "awarded_interest awarded_costs outcome",
        ),
    )
    def confirm_mediation(self, **values: Any) -> None:
        """An agreement that the court confirmed can be enforced."""
        self._take(values)

    @transition(
        state,
        source=[*BEFORE_COURT, S.PAYMENT_ORDER, S.MEDIATION],
        target=S.FILING,
        permission="legal.work_matter",
        custom=told(
            _("File a suit"),
            "court procedure filed_on claim_cut_off claimed_amount",
            "venue_basis service_address court_fee preservation_fee lawyers_fee",
        ),
    )
    def file_suit(self, **values: Any) -> None:
        """The complaint went to the court; after failed mediation or a payment order that lapsed as well."""
        self._take(values)

    @transition(
        state,
        source=S.PAYMENT_ORDER,
        target=S.FILING,
        permission=may_record_court,
        custom=told(_("Payment order opposed"), "order_opposed_on filed_on court procedure", "court_fee lawyers_fee"),
    )
    def oppose_order(self, **values: Any) -> None:
        """The debtor objected in time: the order lapses and the claim is heard as a suit (民诉法 228)."""
        self._take(values)

    # --- Before the court --------------------------------------------------------------------------------

    @transition(
        state,
        source=S.FILING,
        target=S.ACCEPTED,
        permission=may_record_court,
        custom=told(_("Accepted by the court"), "court_case_no accepted_on", "court_fee procedure judge clerk"),
    )
    def accept(self, **values: Any) -> None:
        """The court has given it a number."""
        self._take(values)

    @transition(
        state,
        source=[S.PAYMENT_ORDER, S.FILING],
        target=S.REVIEW,
        permission=may_record_court,
        custom=cleared(
            _("Not accepted by the court"), "payment_order_on writ_issued_on writ_served_on filed_on", needs_reason=True
        ),
    )
    def send_back(self) -> None:
        """The court did not take it: what is missing is put right, or another way is chosen. Its days are told anew then;
        the events keep those of this attempt."""
        self.payment_order_on = self.writ_issued_on = self.writ_served_on = self.filed_on = None

    @transition(
        state,
        source=S.ACCEPTED,
        target=S.SERVED,
        permission=may_record_court,
        custom=told(_("Served"), "served_on served_by"),
    )
    def serve(self, **values: Any) -> None:
        """The defendant has the complaint."""
        self._take(values)

    @transition(
        state,
        source=list(IN_COURT),
        target=S.HEARING,
        permission=may_record_court,
        custom=told(_("Hearing fixed"), "hearing_at", "courtroom judge clerk served_on served_by"),
    )
    def fix_hearing(self, **values: Any) -> None:
        """A day in court, or another one; the summons is often served together with the complaint."""
        self._take(values)

    @transition(
        state,
        source=[S.SERVED, S.HEARING],
        target=S.JUDGED,
        permission=may_record_court,
        custom=told(
            _("Judged"),
            "judged_on outcome awarded_principal performance_due_on",
            "judgment_served_on awarded_interest awarded_costs",
        ),
    )
    def hand_down(self, **values: Any) -> None:
        """The court of first instance has decided. A dismissed claim is awarded 0."""
        self._take(values)

    @transition(
        state,
        source=list(IN_COURT),
        target=S.EFFECTIVE,
        permission=may_record_court,
        custom=told(
            _("Settled before the court"),
            "effective_on performance_due_on awarded_principal",
            "awarded_interest awarded_costs outcome",
        ),
    )
    def mediate_in_court(self, **values: Any) -> None:
        """调解书: both have signed; it can be enforced like a judgment."""
        self._take(values)

    @transition(
        state,
        source=S.JUDGED,
        target=S.APPEAL,
        permission=may_record_court,
        custom=told(_("Appealed"), "appealed_on appeal_court", "appeal_case_no"),
    )
    def appeal(self, **values: Any) -> None:
        """By either side, within fifteen days of the judgment's service (民诉法 171)."""
        self._take(values)

    @transition(
        state,
        source=S.APPEAL,
        target=S.EFFECTIVE,
        permission=may_record_court,
        custom=told(
            _("Appeal decided"),
            "effective_on outcome awarded_principal performance_due_on",
            "appeal_case_no awarded_interest awarded_costs",
        ),
    )
    def decide_appeal(self, **values: Any) -> None:
        """The second instance is final."""
        self._take(values)

    @transition(
        state,
        source=S.JUDGED,
        target=S.EFFECTIVE,
        permission=may_record_court,
        custom=told(_("Judgment effective"), "effective_on performance_due_on"),
    )
    def become_effective(self, **values: Any) -> None:
        """Nobody appealed in time, or it was final at once."""
        self._take(values)

    # --- Enforcement -------------------------------------------------------------------------------------

    @transition(
        state,
        source=S.EFFECTIVE,
        target=S.ENFORCEMENT,
        permission="legal.work_matter",
        custom=told(_("Apply for enforcement"), "enforcement_court enforcement_applied_on", "enforcement_case_no"),
    )
    def apply_for_enforcement(self, **values: Any) -> None:
        """Within two years of the end of the time for performance (民诉法 250)."""
        self._take(values)

    @transition(
        state,
        source=list(ENFORCING),
        target=S.TERMINATED,
        permission=may_record_court,
        custom=told(_("Closed for lack of assets"), "terminated_on", "enforcement_case_no"),
    )
    def terminate(self, **values: Any) -> None:
        """终本: no assets were found. It may be resumed at any time (民诉法解释 517)."""
        self._take(values)

    @transition(
        state,
        source=S.TERMINATED,
        target=S.RESUMED,
        permission="legal.work_matter",
        custom=told(_("Resume enforcement"), "resumed_on", "enforcement_case_no", needs_reason=True),
    )
    def resume(self, **values: Any) -> None:
        """Assets were found; the reason says which."""
        self._take(values)

    @transition(
        state,
        source=[S.JUDGED, S.EFFECTIVE, *ENFORCING, S.TERMINATED],
        target=S.CONCLUDED,
        permission="legal.work_matter",
        # by_system: when its case is written off.
        custom=told(_("Conclude"), "ended_on", "end_reason", by_system=True),
    )
    def conclude(self, **values: Any) -> None:
        """What was awarded has been paid or enforced, nothing was awarded, or the rest is given up."""
        self._take(values)

    # --- Ends --------------------------------------------------------------------------------------------

    @transition(
        state,
        source=list(WITHDRAWABLE),
        target=S.WITHDRAWN,
        permission="legal.work_matter",
        # by_system: when its case is written off.
        custom={
            "label": _("Withdraw"),
            "sets": ["ended_on", "end_reason"],
            "needs": ["ended_on"],
            "needs_reason": True,
            "by_system": True,
        },
    )
    def withdraw(self, *, ended_on: Any, reason: str) -> None:
        """No legal steps, or the suit is taken back; the case goes back to collection."""
        self.ended_on, self.end_reason = ended_on, reason[:300]

    @transition(
        state,
        source=list(OPEN_STATES),
        target=S.SETTLED,
        permission="legal.work_matter",
        custom=told(_("Settled"), "ended_on", "end_reason", by_system=True),
    )
    def settle(self, **values: Any) -> None:
        """What was overdue has been paid, or both sides agreed."""
        self._take(values)

    @transition(
        state,
        source=list(OPEN_STATES),
        target=S.RECALLED,
        permission="legal.work_matter",
        custom={
            "label": _("Recalled"),
            "sets": ["ended_on", "end_reason"],
            "needs": ["ended_on"],
            "needs_reason": True,
            "by_system": True,
        },
    )
    def recall(self, *, ended_on: Any, reason: str) -> None:
        """The creditor takes the accounts back."""
        self.ended_on, self.end_reason = ended_on, reason[:300]
