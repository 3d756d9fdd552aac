"""An SMS centre on the loopback (smpp34), which answers as a test tells it and remembers what it got."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import smpp34

from tests.servers import free_port

SILENT, HANG_UP = "silent", "hang up"


@dataclass
class Smsc:
    """`answers` are given in turn: a number of the SMPP error, SILENT or HANG_UP; then everything is accepted.

    `got` are the accepted parts, as (number, destination, header, coding, bytes)."""

    port: int
    loop: asyncio.AbstractEventLoop
    answers: list[Any] = field(default_factory=list)
    got: list[smpp34.SubmitSmEvent] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    sessions: dict[str, Any] = field(default_factory=dict)
    server: Any = None
    ready: threading.Event = field(default_factory=threading.Event)
    kept: list[Any] = field(default_factory=list)

    async def serve(self) -> None:
        self.server = smpp34.Server("127.0.0.1", self.port, system_id="TEST")
        await self.server.start()
        self.ready.set()
        while True:
            event = await self.server.next()
            if isinstance(event, smpp34.Esme):
                self.sessions[event.session_id] = event
            elif isinstance(event, smpp34.SubmitSmEvent):
                await self._answer(event)
            else:
                self.sessions.pop(event.session_id, None)

    async def stop(self) -> None:
        await self.server.stop()

    async def _answer(self, event: smpp34.SubmitSmEvent) -> None:
        answer = self.answers.pop(0) if self.answers else None
        if answer == SILENT:
            self.kept.append(event)  # dropping it would answer
        elif answer == HANG_UP:
            self.kept.append(event)
            await self.sessions[event.session_id].unbind()
        elif answer is not None:
            event.reject(answer)
        else:
            self.got.append(event)
            self.numbers.append(f"m{len(self.got)}")
            event.accept(self.numbers[-1])

    def deliver(self, **pdu: Any) -> int:
        """Deliver to a bound receiver; the status with which it confirmed."""

        async def deliver() -> int:
            receiver = next(session for session in self.sessions.values() if session.can_receive)
            answer = await receiver.deliver_sm(**pdu)
            status: int = answer.command_status
            return status

        return asyncio.run_coroutine_threadsafe(deliver(), self.loop).result(timeout=20)

    def wait_for_receiver(self, seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while not any(session.can_receive for session in self.sessions.values()):
            assert time.monotonic() < end, "nobody bound as a receiver"
            time.sleep(0.05)


@contextmanager
def smsc() -> Iterator[Smsc]:
    loop = asyncio.new_event_loop()
    centre = Smsc(free_port(), loop)

    def run() -> None:
        asyncio.set_event_loop(loop)
        task = loop.create_task(centre.serve())
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
        finally:
            loop.run_until_complete(centre.stop())
            loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert centre.ready.wait(10)
    try:
        yield centre
    finally:
        loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])
        thread.join(timeout=20)
