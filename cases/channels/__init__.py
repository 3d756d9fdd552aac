"""How a message leaves the house: one small adapter for each provider."""

from .protocol import AmbiguousError, Channel, Outgoing, PassingError, PermanentError, Receipt
from .registry import channel_for

__all__ = [
    "AmbiguousError",
    "Channel",
    "Outgoing",
    "PassingError",
    "PermanentError",
    "Receipt",
    "channel_for",
]
