"""What every adapter of a provider speaks: an outgoing message in, a receipt or one of three errors out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class PassingError(Exception):
    """Certainly not sent, for a reason that passes: busy, throttled, no connection. Worth trying again.

    `retry_after`: seconds that the provider asked us to wait. `about_recipient`: the trouble is this recipient's alone
    (mailbox full, greylisted), and says nothing of the provider's health.
    """

    def __init__(self, message: str, *, retry_after: float | None = None, about_recipient: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.about_recipient = about_recipient


class PermanentError(Exception):
    """Not sent and never will be. `bad_address`: because of the recipient's number or address."""

    def __init__(self, message: str, *, bad_address: bool = False) -> None:
        super().__init__(message)
        self.bad_address = bad_address


class AmbiguousError(Exception):
    """Nobody knows: handed over, and the answer never came. It is reconciled, never blindly sent again."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message. `key` is its idempotency key, the same at every attempt.

    Providers with approved wordings get `template` (their number of it) and `values`, what is filled in by the name
    of the placeholder, in the order of the wording; the others get `body`. `is_internal`: to the house's own people, who
    need no way to stop such mails.
    """

    key: str
    to: str
    subject: str
    body: str
    language: str = ""
    template: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    is_internal: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took it over; `provider_ids` are its own numbers, one a part, at least one."""

    provider_ids: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.provider_ids or not all(self.provider_ids):
            raise ValueError("a receipt names the provider's number of each part")


class Channel(Protocol):
    """An adapter for one provider. It never retries by itself: the outbox does."""

    name: str
    # True when `lookup` can be relied on: None then means that the provider never had the message.
    can_look_up: bool

    def send(self, message: Outgoing) -> Receipt:
        """Hand it over, or raise PassingError, PermanentError or AmbiguousError."""
        ...

    def lookup(self, message: Outgoing, since: dt.datetime) -> Receipt | None:
        """What the provider did with the message of that key, handed over not before `since`. PassingError when the
        provider cannot be asked now."""
        ...
