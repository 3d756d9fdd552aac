"""The door by which django-anymail hands over its checked reports: two signals, the only ones this house listens to.

The library offers nothing else (docs/adr/0110-providers.md). They do no more than turn a report into ours and store it.
"""

from __future__ import annotations

from typing import Any

from anymail.signals import inbound, tracking

from cases.channels.anymail import take_inbound, take_tracking


def listen() -> None:
    """Called once, when the application is ready."""
    tracking.connect(_tracked, dispatch_uid="fairdue.tracking")
    inbound.connect(_received, dispatch_uid="fairdue.inbound")


def _tracked(sender: Any, event: Any, esp_name: str, **_: Any) -> None:
    # Imported here: services are not there yet when the applications are made ready.
    from cases.services.receipts import store_events

    report = take_tracking(event, esp_name)
    if report is not None:
        store_events([report])


def _received(sender: Any, event: Any, esp_name: str, **_: Any) -> None:
    from cases.services.receipts import store_events

    store_events([take_inbound(event, esp_name)])
