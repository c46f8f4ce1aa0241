"""The guard: what every request must keep to before anything else looks at it. Plain ASGI.

- The Host header must name this server, so that a foreign name that resolves to 127.0.0.1 (DNS rebinding) is refused.
- What changes something, and every WebSocket, must come from this very origin: Fetch's Origin header says so.
- Bodies are small.
- Every answer forbids framing, foreign scripts, storing, and every device but the camera.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY = 16_384
"""Bytes of a request's body."""
HOSTS = ("127.0.0.1", "localhost", "[::1]")
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; "
        "connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "permissions-policy": "camera=(self), microphone=(), geolocation=(), display-capture=(), fullscreen=(self)",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Guard:
    """Wraps an application.

    Args:
        app: What is guarded.
        hosts: Names under which the server may be called, without port.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] = HOSTS) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on."""
        if scope["type"] == "websocket":
            if self._own_origin(Headers(scope=scope), needed=True):
                await self._app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if not self._own_origin(headers, needed=scope["method"] not in SAFE):
            await PlainTextResponse("Not from here.\n", 403)(scope, receive, _armed(send))
        elif not length.isascii() or not length.isdigit() or int(length[:9]) > MOST_BODY:
            await PlainTextResponse("Too large.\n", 413)(scope, receive, _armed(send))
        elif scope["method"] in SAFE:
            await self._app(scope, receive, _armed(send))
        elif (body := await _body(receive)) is None:
            await PlainTextResponse("Too large.\n", 413)(scope, receive, _armed(send))
        else:
            await self._app(scope, _again(body, receive), _armed(send))

    def _own_origin(self, headers: Headers, *, needed: bool) -> bool:
        """Whether host and origin are this server's; ``needed``: an origin must be told."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or _name(hosts[0]) not in self._hosts:
            return False
        origin = headers.get("origin")
        if origin is None:
            return not needed
        try:
            told = urlsplit(origin)
        except ValueError:
            return False
        return told.scheme in {"http", "https"} and told.netloc.lower() == hosts[0].lower()


def _name(host: str) -> str:
    """A Host header without its port, lower case."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdigit() and not name.endswith(":") else host.lower()


async def _body(receive: Receive) -> bytes | None:
    """The whole body, counted as it comes, because nobody has to tell its length; None: too large."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BODY:
            return None
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    """Hands out a body that was read, then what follows it."""
    given = False

    async def receiving() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving


def _armed(send: Send) -> Send:
    """Every answer carries :data:`HEADERS`."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
        await send(message)

    return sending
