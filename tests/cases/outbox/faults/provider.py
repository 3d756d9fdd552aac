"""A provider over HTTP that fails in the ways providers do, and remembers exactly what it accepted.

It keeps no promise of idempotency: a key that is handed over twice is accepted twice, and the test sees it.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

# How long the adapter waits, and how long the provider is silent when it wants to be.
PATIENCE = 0.5
SILENCE = 0.9


@dataclass
class Log:
    """`accepted`: how often each key was accepted. `faults`: what went wrong, by kind."""

    accepted: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    # Shares of requests: accepted but silent, silent and not accepted, busy.
    silent_after: float = 0.02
    silent_before: float = 0.01
    busy: float = 0.03
    seed: random.Random = field(default_factory=lambda: random.Random(7))

    def draw(self) -> str:
        with self.lock:
            point = self.seed.random()
        for kind in ("silent_after", "silent_before", "busy"):
            share: float = getattr(self, kind)
            if point < share:
                return kind
            point -= share
        return "fine"

    def accept(self, key: str) -> None:
        with self.lock:
            self.accepted[key] += 1

    def note(self, kind: str) -> None:
        with self.lock:
            self.faults[kind] += 1


def _handler(log: Log) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            kind = log.draw()
            if kind != "fine":
                log.note(kind)
            if kind == "busy":
                self._answer(503, {"error": "busy"})
                return
            if kind != "silent_before":
                log.accept(message["key"])
            if kind != "fine":
                time.sleep(SILENCE)
                self.close_connection = True
                return
            self._answer(200, {"id": f"n-{message['key']}"})

        def do_GET(self) -> None:
            (key,) = parse_qs(urlsplit(self.path).query)["key"]
            with log.lock:
                known = key in log.accepted
            self._answer(200 if known else 404, {"id": f"n-{key}"} if known else {})

        def _answer(self, status: int, body: dict[str, str]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            """Silent."""

    return Handler


@contextmanager
def faulty_provider() -> Iterator[tuple[str, Log]]:
    """Its address and its log."""
    log = Log()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(log))
    server.daemon_threads = True
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/messages", log
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
