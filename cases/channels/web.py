"""Reading the failures of HTTP clients: what certainly never left, and what nobody can tell."""

from __future__ import annotations

import requests

from .protocol import AmbiguousError, PassingError

# The service said so before it did anything with the request (RFC 9110; 425 RFC 8470; 429 RFC 6585).
BUSY = frozenset({408, 425, 429, 503})


def never_left(error: BaseException | None) -> bool:
    """True if no connection was made, by the exception or whatever lies beneath it: nothing was sent then."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, ConnectionRefusedError | requests.ConnectTimeout):
            return True
        if type(one).__name__ in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError"):
            return True
        reason = getattr(one, "reason", None)
        waiting += [reason if isinstance(reason, BaseException) else None, one.__cause__, one.__context__]
        waiting += [argument for argument in one.args if isinstance(argument, BaseException)]
    return False


def line_error(error: BaseException, who: str) -> PassingError | AmbiguousError:
    """What a broken or silent line means for the message; `who` is the provider in words."""
    if never_left(error):
        return PassingError(f"no connection to {who}")
    return AmbiguousError(f"{who} did not answer: {type(error).__name__}")


def status_error(status: int, who: str, retry_after: str = "") -> PassingError | AmbiguousError:
    """What an error status of the service as a whole means. 5xx may come after the message was taken over."""
    words = f"{who} answered {status}"
    if status in BUSY:
        return PassingError(words, retry_after=float(retry_after) if retry_after.isdigit() else None)
    if status in (401, 403):
        return PassingError(f"{who} refuses our key: {status}")  # ours to mend, not the message's
    return AmbiguousError(words)
