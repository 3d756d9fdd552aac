"""Receives delivery receipts and answers from the SMS centre, for as long as it runs."""

from __future__ import annotations

import logging
import signal
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, close_old_connections
from django.utils import timezone

log = logging.getLogger(__name__)

# After a lost line it is opened again, at first at once, then after longer and longer waits.
WAITS = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)


class Command(BaseCommand):
    help = "Bind to the SMS centre and take in receipts and answers until it is told to stop (SIGTERM)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=float, default=None, help="end by itself after so many seconds")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SMPP_HOST:
            raise CommandError("SMPP_HOST: names no SMS centre")
        self.is_over = False
        for kind in (signal.SIGTERM, signal.SIGINT):
            signal.signal(kind, self._stop)
        end = None if options["seconds"] is None else time.monotonic() + options["seconds"]
        failures = 0
        while not self._ended(end):
            try:
                self._receive(end)
                failures = 0
            except (OSError, Exception) as error:  # whatever the line brings: it is opened again
                log.warning("the line to the SMS centre is lost: %r", error)
                failures += 1
                self._wait(WAITS[min(failures, len(WAITS) - 1)], end)

    def _stop(self, *_: Any) -> None:
        self.is_over = True

    def _ended(self, end: float | None) -> bool:
        return self.is_over or (end is not None and time.monotonic() >= end)

    def _wait(self, seconds: float, end: float | None) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._ended(end):
            time.sleep(0.1)

    def _receive(self, end: float | None) -> None:
        """One line, from bind to loss. Each message is stored before it is confirmed: a crash lets it come again."""
        from cases.channels.smpp import hang_up, new_client

        client = new_client()
        client.timeout = min(client.timeout, 5)
        try:
            client.connect()
            bind = getattr(client, f"bind_{settings.SMPP_RECEIVE_AS}")
            bind(system_id=settings.SMPP_SYSTEM_ID, password=settings.SMPP_PASSWORD)
            self.stdout.write("bound")
            client.set_message_received_handler(self._take)
            while not self._ended(end):
                client.read_once()
        finally:
            hang_up(client)

    def _take(self, pdu: Any) -> int:
        """Store what came; the status with which it is confirmed."""
        from smpplib import consts

        from cases.channels.smpp_reports import read_delivery
        from cases.services.receipts import store_events

        close_old_connections()
        try:
            store_events([read_delivery(pdu, timezone.now())])
        except ValueError as error:
            log.warning("a delivery that nobody can read: %s", error)
        except Error:
            log.exception("a delivery could not be stored")
            return int(consts.SMPP_ESME_RX_T_APPN)  # not now: the centre keeps it and tries again
        return int(consts.SMPP_ESME_ROK)
