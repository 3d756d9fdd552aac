"""Click to call by Asterisk's REST interface (ARI): the desk rings, and who lifts it is put through to the number.

The dialplan records the call under the name that it is given in FAIRDUE_RECORDING (docs/providers.md).
"""

from __future__ import annotations

import requests
from django.conf import settings

from .web import never_left

# How long the desk may ring.
RING_SECONDS = 30
TIMEOUT = 5


class ExchangeError(Exception):
    """The call was not begun; says why."""


class ExchangeSilent(Exception):
    """The exchange did not answer: nobody knows whether the desk rings."""


def originate(*, call_id: str, extension: str, number: str, recording: str) -> None:
    """Ring the desk `extension` and put it through to `number` (E.164). `call_id` is ours, and unique: the same call is
    never begun twice. Raises ExchangeError, ExchangeSilent."""
    try:
        answer = requests.post(
            _address(f"channels/{call_id}"),
            params={
                "endpoint": settings.ARI_DESK.format(extension=extension),
                "extension": number.removeprefix("+"),
                "context": settings.ARI_CONTEXT,
                "priority": "1",
                "callerId": settings.ARI_CALLER_ID or number,
                "timeout": str(RING_SECONDS),
            },
            # The underscores hand the name on to the leg that is dialled.
            json={"variables": {"__FAIRDUE_RECORDING": recording}},
            auth=(settings.ARI_USER, settings.ARI_PASSWORD),
            timeout=TIMEOUT,
        )
    except requests.RequestException as error:
        if never_left(error):
            raise ExchangeError("the exchange cannot be reached") from error
        raise ExchangeSilent("the exchange did not answer") from error
    if answer.status_code == 409:
        return  # this very call is there already
    if answer.status_code >= 500:
        raise ExchangeSilent(f"the exchange answered {answer.status_code}")
    if answer.status_code != 200:
        raise ExchangeError(_reason(answer))


def is_up(call_id: str) -> bool:
    """Whether the call is still there. ExchangeSilent when the exchange does not say."""
    try:
        answer = requests.get(
            _address(f"channels/{call_id}"), auth=(settings.ARI_USER, settings.ARI_PASSWORD), timeout=TIMEOUT
        )
    except requests.RequestException as error:
        raise ExchangeSilent("the exchange did not answer") from error
    if answer.status_code not in (200, 404):
        raise ExchangeSilent(f"the exchange answered {answer.status_code}")
    return answer.status_code == 200


def _address(path: str) -> str:
    return f"{settings.ARI_URL.rstrip('/')}/ari/{path}"


def _reason(answer: requests.Response) -> str:
    """The exchange's own words, in a line."""
    try:
        told = answer.json().get("message", "")
    except (ValueError, AttributeError):
        told = ""
    return f"{answer.status_code} {told or answer.reason}".strip()[:200]
