"""The states of a matter and which of them belong together; what a move is told."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class MatterState(models.TextChoices):
    REVIEW = "review", _("review")
    LAWYERS_LETTER = "lawyers_letter", _("lawyer's letter")
    PAYMENT_ORDER = "payment_order", _("payment order")
    MEDIATION = "mediation", _("pre-suit mediation")
    FILING = "filing", _("filing")
    ACCEPTED = "accepted", _("accepted by the court")
    SERVED = "served", _("served")
    HEARING = "hearing", _("hearing")
    JUDGED = "judged", _("judged")
    APPEAL = "appeal", _("appeal")
    EFFECTIVE = "effective", _("effective")
    ENFORCEMENT = "enforcement", _("enforcement")
    TERMINATED = "terminated", _("enforcement closed for lack of assets")
    RESUMED = "resumed", _("enforcement resumed")
    CONCLUDED = "concluded", _("concluded")
    SETTLED = "settled", pgettext_lazy("matter", "settled")
    WITHDRAWN = "withdrawn", _("withdrawn")
    RECALLED = "recalled", _("recalled")


S = MatterState
ENDED = (S.CONCLUDED, S.SETTLED, S.WITHDRAWN, S.RECALLED)
OPEN_STATES = tuple(state for state in MatterState if state not in ENDED)
BEFORE_COURT = (S.REVIEW, S.LAWYERS_LETTER)
# Before a court: the borrower has a case number to answer.
IN_COURT = (S.ACCEPTED, S.SERVED, S.HEARING)
ENFORCING = (S.ENFORCEMENT, S.RESUMED)
# Where one who sues may still take the suit back.
WITHDRAWABLE = (*BEFORE_COURT, S.PAYMENT_ORDER, S.MEDIATION, S.FILING, *IN_COURT, S.APPEAL)


def told(label: Any, needs: str = "", may: str = "", **more: Any) -> dict[str, Any]:
    """What a move is called, what it must and what it may be told; all of it are columns that it sets."""
    return {"label": label, "needs": needs.split(), "sets": [*needs.split(), *may.split()], **more}


def cleared(label: Any, columns: str, **more: Any) -> dict[str, Any]:
    """The same for a move that is told nothing and empties columns."""
    return {"label": label, "needs": [], "sets": columns.split(), "clears": columns.split(), **more}


def may_record_court(_matter: Any, user: Any) -> bool:
    """What a court did is recorded by legal staff or by the firm that acts; what is decided about a suit is legal
    staff's alone. Whose matter it is, `visible_to` says."""
    return user.has_perm("legal.work_matter") or user.has_perm("legal.counsel_matter")
