"""Serving the studio with uvicorn, at a socket of our own so that the port is known beforehand."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from limelight.charcha.wire.frames import MAX_HEADER, MAX_JPEG
from limelight.errors import InputError

MOST_MESSAGE = 2 + MAX_HEADER + MAX_JPEG + 1024
"""Bytes of a WebSocket message; longer ones are not even received."""
MOST_CONNECTIONS = 64
MOST_UNSPOKEN = 24
"""Connections that may wait at a time for their request to be whole; of more, the one that came first is dropped."""
SECONDS_TO_ASK = 10.0
"""From a connection's beginning, or a further request's first byte, to the end of the request."""


class PromptHttp(H11Protocol):
    """HTTP for those who ask: whoever holds a connection open and says nothing, or never ends, is dropped.

    Otherwise as many silent connections as :data:`MOST_CONNECTIONS` shut everybody else out. A browser sends its
    request within milliseconds and opens some connections beforehand; it does not mind losing those.
    """

    _opened = 0.0
    _bound: asyncio.TimerHandle | None = None
    _is_websocket = False

    @property
    def unspoken(self) -> bool:
        """Whether there is no whole request to answer: none yet, or none any more."""
        return not self._is_websocket and self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its parent
        """Begin to wait for a request; somebody who came first and said nothing may have to go for it."""
        super().connection_made(transport)
        self._wait()
        unspoken = [one for one in self.connections if isinstance(one, PromptHttp) and one.unspoken]
        if len(unspoken) > MOST_UNSPOKEN:
            min(unspoken, key=lambda one: one._opened).drop()  # noqa: SLF001  # of its own kind

    def data_received(self, data: bytes) -> None:
        """Read on; the time runs until the request is whole, however often a little of it comes."""
        super().data_received(data)
        if self.unspoken:
            self._wait()
        else:
            self._wait_no_more()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection over: from here on it is the WebSocket's, and lasts as long as that."""
        self._is_websocket = True
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """It has ended."""
        self._wait_no_more()
        super().connection_lost(exc)

    def drop(self) -> None:
        """Close it without an answer, which nobody waits for."""
        self._wait_no_more()
        self.connections.discard(self)  # the server's own set; it learns of the end only a moment later
        self.transport.abort()

    def _wait(self) -> None:
        if self._bound is None:
            self._opened = self.loop.time()
            self._bound = self.loop.call_later(SECONDS_TO_ASK, self.drop)

    def _wait_no_more(self) -> None:
        if self._bound is not None:
            self._bound.cancel()
            self._bound = None


@contextmanager
def listening_socket(host: str, port: int) -> Iterator[socket.socket]:
    """A bound socket; port 0: any that is free.

    Raises:
        InputError: the address or port cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except OSError as problem:
            raise InputError(
                f"cannot listen at {host} port {port}: {problem.strerror}.",
                hint="Choose another --port or --host.",
            ) from problem
        yield door


def server(app: FastAPI) -> uvicorn.Server:
    """A server of the studio, not running yet."""
    config = uvicorn.Config(
        app,
        http=PromptHttp,
        ws="websockets-sansio",
        ws_max_size=MOST_MESSAGE,
        ws_per_message_deflate=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=5,
        server_header=False,
        access_log=False,
        log_level="warning",
    )
    return uvicorn.Server(config)


def serve(app: FastAPI, door: socket.socket) -> None:
    """Serve until Ctrl-C."""
    server(app).run(sockets=[door])
