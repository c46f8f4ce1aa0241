"""Serving the studio with uvicorn, at a socket of our own so that the port is known beforehand."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from limelight.charcha.wire.frames import MAX_HEADER, MAX_JPEG
from limelight.errors import InputError

MOST_MESSAGE = 2 + MAX_HEADER + MAX_JPEG + 1024
"""Bytes of a WebSocket message; longer ones are not even received."""
MOST_CONNECTIONS = 64


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
