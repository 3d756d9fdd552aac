"""What a provider tells us later: that a message arrived or did not, or that somebody answered it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# States of a receipt; anything else that a provider tells on the way ("accepted", "enroute") is "".
DELIVERED, FAILED, EXPIRED, UNKNOWN = "delivered", "failed", "expired", "unknown"
RECEIPT, REPLY = "receipt", "reply"


@dataclass(frozen=True, slots=True)
class ReportedEvent:
    """One report, read from a webhook, a delivery receipt or a mail. `kind`: receipt or reply.

    `event_id` is the provider's own number of the report, or a digest of it: the same report again has the same one.
    Receipts name the message by `provider_id` (the provider's number of it or of a part) or by `message_key` (our own
    key, where the provider echoes it), and say `state`, with the provider's own `code`; `bad_address`: the number or
    mailbox itself is the trouble. Replies come from `sender` to `recipient` (E.164 or e-mail) by `channel`.
    """

    provider: str
    kind: str
    event_id: str
    at: dt.datetime
    provider_id: str = ""
    message_key: str = ""
    state: str = ""
    code: str = ""
    bad_address: bool = False
    channel: str = ""
    sender: str = ""
    recipient: str = ""
    text: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in (RECEIPT, REPLY):
            raise ValueError(f"a report is a receipt or a reply, not {self.kind!r}")
        if self.state not in ("", DELIVERED, FAILED, EXPIRED, UNKNOWN):
            raise ValueError(f"{self.state!r} is no state of a receipt")
        if self.at.tzinfo is None:
            raise ValueError("a report's time needs its offset")
