"""Connections that are opened and never ask for anything: they shut nobody out."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from fastapi import FastAPI, WebSocket
from websockets.sync.client import connect

from limelight.studio import serving
from limelight.studio.serving import MOST_CONNECTIONS
from studio.running import running

HALF = b"POST /said HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
HALF_A_BODY = b"POST /said HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf"
WHOLE = b"POST /said HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
HELD = 70


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    app = FastAPI()

    @app.websocket("/live")
    async def live(visitor: WebSocket) -> None:
        await visitor.accept()
        async for text in visitor.iter_text():
            await visitor.send_text(text)

    @app.post("/said")
    def said() -> str:
        return "heard"

    with running(app) as host:
        yield host


@contextmanager
def half_open(address: str, sent: bytes, many: int = HELD) -> Iterator[list[socket.socket]]:
    """Connections held open after a beginning, as a slow attacker holds them."""
    host, port = address.split(":")
    with ExitStack() as stack:
        held = []
        for _ in range(many):
            line = stack.enter_context(socket.create_connection((host, int(port)), timeout=5))
            line.sendall(sent)
            held.append(line)
        time.sleep(0.2)
        yield held


def is_closed(line: socket.socket) -> bool:
    line.settimeout(0.2)
    try:
        while line.recv(4096):
            pass  # an answer that nobody had read
    except TimeoutError:
        return False
    except OSError:
        pass  # reset
    return True


@pytest.mark.parametrize(
    "sent", [b"", HALF, HALF_A_BODY, WHOLE], ids=["silent", "half a header", "half a body", "asked once"]
)
def test_a_browser_gets_in_while_more_than_all_places_are_held_half_open(address: str, sent: bytes) -> None:
    """The control: the connections are more than the server takes at all."""
    assert HELD > MOST_CONNECTIONS
    with half_open(address, sent) as held:
        for _ in range(3):
            answer = httpx.post(f"http://{address}/said", timeout=5)
            assert (answer.status_code, answer.json()) == (200, "heard")
        closed = [is_closed(line) for line in held]
        assert closed[0], "who came first goes first"
        assert sum(not shut for shut in closed) < MOST_CONNECTIONS
        assert not closed[-1], "the control: who has only just come may still ask"


def test_a_request_that_never_ends_is_dropped_however_often_a_little_of_it_comes(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control keeps its connection, which has answered, and asks on it again."""
    monkeypatch.setattr(serving, "SECONDS_TO_ASK", 0.6)
    with httpx.Client() as visitor, half_open(address, HALF, 1) as (line,):
        assert visitor.post(f"http://{address}/said").status_code == 200
        (kept,) = visitor._transport._pool.connections
        ends = time.monotonic() + 4
        while not is_closed(line):
            assert time.monotonic() < ends, "it was never dropped"
            with pytest.MonkeyPatch.context():
                try:
                    line.sendall(b"x")
                except OSError:
                    break
        assert visitor.post(f"http://{address}/said").status_code == 200
        assert visitor._transport._pool.connections == [kept]


def test_a_websocket_stays_open_long_after_its_request(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control, half a request of the same age, is dropped."""
    monkeypatch.setattr(serving, "SECONDS_TO_ASK", 0.4)
    with connect(f"ws://{address}/live") as live, half_open(address, HALF, 1) as (line,):
        time.sleep(1.0)
        assert is_closed(line)
        live.send("still here")
        assert live.recv(timeout=5) == "still here"
