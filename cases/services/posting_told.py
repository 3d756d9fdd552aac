"""What became of a letter by post: kept on its posting, in the contact log, and by whoever else must know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from borrowers.models import User, record_event
from cases.models import Posting
from cases.models.contact import Channel
from cases.services.contact_log import write_contact
from cases.services.contact_points import take_out_of_use

_State = Posting.State


def tell_posting(*, posting: Posting, changes: Mapping[str, Any], actor: User) -> None:
    """Keep what was told of the letter, in the caller's transaction and on the row that it has locked.

    An arrival or a return is a fact of the case, a return closes the address. Then those that the settings name
    (POSTING_TOLD) follow, so that they stand or fall with it. What ends it needs its day, `settled_on`.
    """
    old = posting.state
    for name, value in changes.items():
        setattr(posting, name, value)
    posting.save(update_fields=list(changes))
    record_event(
        posting,
        "posting_told",
        actor=actor,
        field="state",
        old=old,
        new=posting.state,
        reason=posting.return_reason or posting.tracking_no,
        borrower_id=posting.letter.case.borrower_id,
    )
    if posting.state != old and posting.state in (_State.DELIVERED, _State.RETURNED):
        _note(posting, actor)
        if posting.state == _State.RETURNED and posting.contact_point is not None:
            take_out_of_use(posting.contact_point, why="returned", because=posting.return_reason)
    for follower in settings.POSTING_TOLD:
        import_string(follower)(posting)


def _note(posting: Posting, actor: User) -> None:
    """What became of the letter stands in the contact log: proof of arrival for the limitation of the debt."""
    case, outcome = posting.letter.case, "served" if posting.state == _State.DELIVERED else "returned"
    assert posting.settled_on is not None  # whoever tells an end tells its day
    zone = case.borrower.creditor.zone
    write_contact(
        borrower=case.borrower,
        case=case,
        at=dt.datetime.combine(posting.settled_on, dt.time(12), tzinfo=zone),
        channel=Channel.POST,
        outcome=outcome,
        contact_point=posting.contact_point,
        to=posting.address,
        notes=" · ".join(
            filter(None, (posting.letter.number, posting.tracking_no, posting.signed_by, posting.return_reason))
        ),
        decision=posting.letter.decision,
        actor=actor,
    )
