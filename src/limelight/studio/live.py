"""One session over a WebSocket: messages in, in order, and after each what the client may see.

Judging runs in a thread; the event loop only carries. Each answer tells how many messages were handled, so that a
client keeps at most a few frames under way; what it sends beyond waits in a short queue, then in the network.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TypeVar

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from limelight.charcha.session import Session
from limelight.charcha.wire.messages import Consented, Reply

log = logging.getLogger("limelight.studio")

QUEUED = 6
"""Messages that wait at most; the network holds back the rest."""
A_TICK = 1.0
"""Seconds without a message after which the session is told of the time."""
SENT_WITHIN = 5.0
"""Seconds within which a client must take an answer."""

_AHEAD = time.time() - time.monotonic()
Given = TypeVar("Given")


def wall_clock() -> float:
    """Wall-clock seconds that never jump while the process lives."""
    return _AHEAD + time.monotonic()


class Answer(Reply):
    """A reply, and how many of the client's messages were handled before it."""

    acknowledged: int = 0


@dataclass(frozen=True)
class Arrived:
    """A message and when it came; None: the connection is gone."""

    message: bytes | str | None
    at: float


class Live:
    """Carries one session until it is over or the client has gone.

    Args:
        socket: Not accepted yet.
        session: Just opened.
        executor: Where judging runs.
    """

    def __init__(self, socket: WebSocket, session: Session, executor: Executor) -> None:
        self._socket = socket
        self._session = session
        self._executor = executor
        self._handled = 0

    async def run(self, consented: Consented, protocol: str) -> None:
        """From the handshake to the end. The session is closed after it, whatever happens."""
        queue: asyncio.Queue[Arrived] = asyncio.Queue(QUEUED)
        reader: asyncio.Task[None] | None = None
        try:
            await self._socket.accept(subprotocol=protocol)
            reader = asyncio.create_task(self._read(queue))
            reply = await self._judge(lambda: self._session.handle(consented.model_dump_json(), wall_clock()))
            await self._answer(reply)
            while not reply.over:
                arrived = await _next(queue)
                if arrived is not None and arrived.message is None:
                    return
                reply = await self._take(arrived)
                await self._answer(reply)
        except (WebSocketDisconnect, TimeoutError, RuntimeError) as gone:
            log.info("session %s: the client went away: %s", self._session.id[:8], type(gone).__name__)
        finally:
            if reader is not None:
                reader.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await reader
            await self._judge(lambda: self._session.close(wall_clock()))
            await self._hang_up()

    async def _take(self, arrived: Arrived | None) -> Reply:
        if arrived is None or arrived.message is None:
            return await self._judge(lambda: self._session.tick(wall_clock()))
        message, at = arrived.message, arrived.at
        reply = await self._judge(lambda: self._session.handle(message, at))
        self._handled += 1
        return reply

    async def _judge(self, work: Callable[[], Given]) -> Given:
        """Off the event loop; waited for even if this task is cancelled, so that no two threads meet in a session."""
        running = asyncio.get_running_loop().run_in_executor(self._executor, work)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise

    async def _read(self, queue: asyncio.Queue[Arrived]) -> None:
        """Stamp messages as they come; waits where the queue is full."""
        try:
            while True:
                event = await self._socket.receive()
                if event["type"] != "websocket.receive":
                    break
                text = event.get("text")
                message = text if text is not None else event.get("bytes") or b""
                await queue.put(Arrived(message, wall_clock()))
        except (WebSocketDisconnect, RuntimeError):
            pass
        await queue.put(Arrived(None, wall_clock()))

    async def _answer(self, reply: Reply) -> None:
        answer = Answer(**dict(reply), acknowledged=self._handled)
        await asyncio.wait_for(self._socket.send_text(answer.model_dump_json()), SENT_WITHIN)

    async def _hang_up(self) -> None:
        """The same way whatever happened."""
        if self._socket.application_state is WebSocketState.CONNECTED:
            with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
                await asyncio.wait_for(self._socket.close(1000), SENT_WITHIN)


async def _next(queue: asyncio.Queue[Arrived]) -> Arrived | None:
    try:
        return await asyncio.wait_for(queue.get(), A_TICK)
    except TimeoutError:
        return None
