"""What of a claim the matter keeps: up to when it is reckoned, whether all principal is claimed, and how much that is."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from borrowers.models import User, record_event
from borrowers.money import money_text
from legal.models import Matter
from legal.rules.claim import ALL, Claim
from legal.services.claim import claim_of
from legal.services.matters import LegalRefused, check_works_matter


def keep_claim(*, matter: Matter, cut_off: dt.date, scope: str, actor: User) -> Claim:
    """Let the matter's papers and its filing have these figures. LegalRefused when it is ended, has been decided, or when
    nothing is owed."""
    check_works_matter(matter, actor)
    with transaction.atomic():
        matter = Matter.objects.select_for_update(of=("self",)).select_related("case__creditor").get(pk=matter.pk)
        if not matter.is_open or matter.effective_on is not None:
            raise LegalRefused(_("The claim of this matter is settled."))
        claim = claim_of(matter=matter, cut_off=cut_off, scope=scope)
        if not claim.debt:
            raise LegalRefused(_("Nothing is owed on that day."))
        old = matter.claimed_amount
        matter.claim_cut_off, matter.claims_all = cut_off, scope == ALL
        matter.claimed_amount = claim.debt + (matter.lawyers_fee or 0)
        matter.save(update_fields=["claim_cut_off", "claims_all", "claimed_amount"])
        record_event(
            matter,
            "keep_claim",
            actor=actor,
            field="claimed_amount",
            old="" if old is None else money_text(old, claim.currency),
            new=money_text(matter.claimed_amount, claim.currency),
            cut_off=cut_off.isoformat(),
            scope=scope,
        )
    return claim
