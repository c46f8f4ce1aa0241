"""A toy server that speaks OpenAI's chat interface over real HTTP, with answers that a test chooses."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from limelight.catalogue import catalogue

Asked = dict[str, Any]
Reply = Callable[[Asked], str | bytes | tuple[int, str] | None]
"""What a model says to a request: text, raw bytes of a body, a status with a body, or None: it hangs up."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, reply: Reply) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.reply = reply
        self.asked: list[Asked] = []
        self.headers: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(asked)
        self.server.headers.append(dict(self.headers))
        if self.path != "/v1/chat/completions":
            return self._send(404, b"{}")
        said = self.server.reply(asked)
        if said is None:
            return self.connection.close()
        if isinstance(said, bytes):
            return self._send(200, said)
        if isinstance(said, tuple):
            return self._send(said[0], said[1].encode())
        message = {"role": "assistant", "content": said}
        body = {
            "object": "chat.completion",
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        }
        return self._send(200, json.dumps(body).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):  # the writer had enough
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(reply: Reply) -> Iterator[Server]:
    with Server(reply) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def user(asked: Asked) -> str:
    """The brief of a request."""
    return str(asked["messages"][1]["content"])


def is_plan(asked: Asked) -> bool:
    return user(asked).startswith("Plan the whole film")


def sections_of(asked: Asked) -> list[Asked]:
    return json.loads(user(asked)[user(asked).index('{"title"') :])["sections"]


def shots_of(asked: Asked) -> list[Asked]:
    return json.loads(user(asked)[user(asked).rindex('{"shots"') :])["shots"]


def good_plan(asked: Asked) -> Asked:
    scenes = [
        {
            "section": s["section"],
            "scenery": "lake",
            "time_of_day": "dawn",
            "weather": "mist",
            "picture": "a dock",
        }
        for s in sections_of(asked)
    ]
    return {
        "story": "A singer looks for a lost boat. It comes back at dawn.",
        "clothes": "a red raincoat",
        "motifs": ["red boat"],
        "look": "ink",
        "scenes": scenes,
    }


def good_idea(shot: Asked) -> Asked:
    return {
        "shot": shot["shot"],
        "picture": f"a red boat drifts past, ripple number {shot['shot']}",
        "scenery": "lake",
        "elements": ["boat"],
        "time_of_day": "dawn",
        "weather": "mist",
        "composition": shot["compositions"][shot["shot"] % len(shot["compositions"])],
        "star": True,
    }


def good(asked: Asked) -> str:
    """A model that does as it is told."""
    if is_plan(asked):
        return json.dumps(good_plan(asked))
    return json.dumps({"shots": [good_idea(shot) for shot in shots_of(asked)]})


def outside_catalogue(text: str) -> list[str]:
    """Signs in a prompt that neither the catalogue nor plain words have."""
    allowed = "".join(look.prompt for look in catalogue().looks) + "<star>"
    return [sign for sign in set(re.findall(r"[^\w ,'-]", text)) if sign not in allowed]
