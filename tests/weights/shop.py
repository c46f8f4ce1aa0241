"""A small web server with faults, and registered models of our own."""

import hashlib
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from limelight.weights import Weight


@dataclass
class Shop:
    """What the server serves, how it misbehaves, and what it was asked."""

    url: str = ""
    content: dict[str, bytes] = field(default_factory=dict)
    break_after: int = 0
    """Break the first answer off after so many bytes (0: never)."""
    ranges: bool = True
    pause: float = 0.0
    """Seconds between blocks."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Path and Range header of each request."""


class Handler(BaseHTTPRequestHandler):
    shop: Shop

    def log_message(self, *_args: object) -> None:
        """Silence."""

    def do_GET(self) -> None:
        shop = self.shop
        wanted = self.headers.get("Range", "")
        shop.asked.append((self.path, wanted))
        whole = shop.content.get(self.path)
        if whole is None:
            self.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and shop.ranges else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(whole) - start))
        self.end_headers()
        stop, shop.break_after = shop.break_after, 0
        end = start + stop if stop else len(whole)
        try:
            for at in range(start, min(end, len(whole)), 20_000):
                self.wfile.write(whole[at : min(at + 20_000, end)])
                self.wfile.flush()
                time.sleep(shop.pause)
        except OSError:
            pass
        if stop:
            self.close_connection = True


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_args: object) -> None:
        """A client that was killed is no news."""


def model(content: bytes, *sources: dict[str, object], name: str = "toy", **extra: object) -> Weight:
    """A registered model of one file ``toy.bin`` with these bytes."""
    file = {
        "name": "toy.bin",
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "sources": sources,
    }
    return Weight.model_validate(
        {
            "name": name,
            "purpose": "to be tested",
            "licence": "CC0-1.0",
            "licence_source": "this test",
            "files": [file],
            **extra,
        }
    )
