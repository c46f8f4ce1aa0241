"""Beside: work that goes on in another thread while the film is watched, so that two cores have something to do."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Final, ParamSpec, Self

Arguments = ParamSpec("Arguments")

MOST_WAITING: Final = 8
"""Pieces of work that may wait: each may hold a whole picture."""


class Beside:
    """Does pieces of work in one other thread, one after another in the order given."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    def do(
        self, work: Callable[Arguments, None], *arguments: Arguments.args, **named: Arguments.kwargs
    ) -> None:
        """Have a piece of work done soon; waits while too many are due.

        Raises:
            Exception: what an earlier piece raised.
        """
        self._waiting.append(self._thread.submit(work, *arguments, **named))
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popleft().result()

    def finish(self) -> None:
        """Wait until all is done.

        Raises:
            Exception: what a piece raised.
        """
        while self._waiting:
            self._waiting.popleft().result()
