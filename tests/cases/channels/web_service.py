"""A service over HTTP on the loopback that answers as a test tells it, and remembers what it was asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DROP = "drop"


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class WebService:
    """`answers` are given in turn, the last one for ever: (status, body[, headers]), DROP, or seconds of silence."""

    address: str = ""
    answers: list = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def next_answer(self):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def _handler(service: WebService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            request = Request(self.command, self.path, dict(self.headers), self.rfile.read(length))
            service.requests.append(request)
            answer = service.next_answer()
            if answer == DROP:
                self.connection.close()
                return
            if isinstance(answer, float):
                time.sleep(answer)
                return
            status, body, *rest = answer
            data = body if isinstance(body, bytes) else body.encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(rest[0] if rest else {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = _take

        def log_message(self, *args: object) -> None:
            """Silent."""

    return Handler


@contextmanager
def web_service() -> Iterator[WebService]:
    service = WebService()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(service))
    server.daemon_threads = True
    service.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
