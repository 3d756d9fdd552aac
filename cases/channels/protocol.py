"""What the outbox asks of a provider, and the three ways in which sending goes wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class PassingError(Exception):
    """Not sent, for a reason that passes: busy, throttled, no connection. Worth trying again."""


class PermanentError(Exception):
    """Not sent and never will be. `bad_address`: because of the recipient's number or address."""

    def __init__(self, message: str, *, bad_address: bool = False) -> None:
        super().__init__(message)
        self.bad_address = bad_address


class AmbiguousError(Exception):
    """Nobody knows: handed over, and the answer never came. It is reconciled, never blindly sent again."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message. `key` is its idempotency key, the same at every attempt."""

    key: str
    to: str
    subject: str
    body: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took it over; `provider_id` is its own number for it."""

    provider_id: str


class Channel(Protocol):
    """An adapter for one provider."""

    name: str
    # True when `lookup` can be relied on: None then means that the provider never had the message.
    can_look_up: bool

    def send(self, message: Outgoing) -> Receipt:
        """Hand it over, or raise PassingError, PermanentError or AmbiguousError."""
        ...

    def lookup(self, key: str) -> Receipt | None:
        """What the provider did with the message of that key."""
        ...
