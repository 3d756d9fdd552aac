"""The adapter of the faulty provider, whose address is in FAULTY_PROVIDER."""

from __future__ import annotations

import datetime as dt
import os

import requests

from cases.channels import AmbiguousError, Outgoing, PassingError, Receipt, registry
from tests.cases.outbox.faults.provider import PATIENCE


class FaultyChannel:
    """Speaks to the faulty provider. SMS can be looked up there, e-mail cannot."""

    def __init__(self, channel: str) -> None:
        self.name = f"faulty-{channel}"
        self.can_look_up = channel == "sms"
        self._address = os.environ["FAULTY_PROVIDER"]

    def send(self, message: Outgoing) -> Receipt:
        try:
            answer = requests.post(self._address, json={"key": message.key, "to": message.to}, timeout=PATIENCE)
        except requests.ConnectTimeout as error:
            raise PassingError("no connection") from error
        except requests.RequestException as error:
            raise AmbiguousError("no answer") from error
        if answer.status_code == 503:
            raise PassingError("busy", about_recipient=True)
        return Receipt((answer.json()["id"],))

    def lookup(self, message: Outgoing, since: dt.datetime) -> Receipt | None:
        if not self.can_look_up:
            return None
        try:
            answer = requests.get(self._address, params={"key": message.key}, timeout=PATIENCE)
        except requests.RequestException as error:
            raise PassingError("no answer") from error
        return Receipt((answer.json()["id"],)) if answer.status_code == 200 else None


def install() -> None:
    """Puts it in the place of the development provider, for both channels."""
    sms, email = FaultyChannel("sms"), FaultyChannel("email")
    registry._PROVIDERS.update({("sms", "development"): lambda: sms, ("email", "development"): lambda: email})
