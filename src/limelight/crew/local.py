"""Work shared among processes of this machine.

Workers are started afresh (``spawn``), so that no thread or lock is inherited; they die with their parent,
even when it is killed; they ignore Ctrl-C, which the parent handles.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Self, TypeVar

from limelight.errors import LimelightError
from limelight.events import Event, Listener

Job = TypeVar("Job")
Outcome = TypeVar("Outcome")

STOPPED = 128 + signal.SIGTERM
"""Exit code of a worker that was told to stop."""

_events: Any = None
_busy = False


class LocalCrew:
    """A pool of processes that do jobs and tell events.

    Args:
        workers: How many processes; 0 for one a core that this process may use.
        tell: Gets the events of all workers, in this process. If it raises, it gets no more of them, and
            :meth:`each` raises the same.
    """

    def __init__(self, workers: int, tell: Listener) -> None:
        self.workers = workers or available_cores()
        self.tell = tell
        self._deaf: Exception | None = None

    def __enter__(self) -> Self:
        """Start the listening thread; processes start with the first job."""
        context = multiprocessing.get_context("spawn")
        self._queue: Any = context.SimpleQueue()
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()
        self._pool = ProcessPoolExecutor(
            self.workers, mp_context=context, initializer=_begin, initargs=(self._queue, os.getpid())
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        """Let running jobs end, or stop them at once if there was an error."""
        if kind is not None:
            for process in list((self._pool._processes or {}).values()):  # noqa: SLF001  # no public way to stop
                process.terminate()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._queue.put(None)
        self._listening.join()

    def each(self, work: Callable[[Job], Outcome], jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        """Do ``work`` on each job; yields job and outcome as they finish, in any order.

        Raises:
            LimelightError: the first error of a worker, or a worker that died (out of memory, killed).
            Exception: what ``tell`` raised, such as ``BrokenPipeError`` where nobody reads the events any more.
        """
        waiting: dict[Future[Outcome], Job] = {self._pool.submit(_do, work, job): job for job in jobs}
        try:
            while waiting:
                finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
                if self._deaf is not None:
                    raise self._deaf
                for future in finished:
                    yield waiting.pop(future), future.result()
        except BrokenProcessPool as problem:
            raise LimelightError(
                "a worker process was stopped from outside, perhaps for want of memory.",
                hint="Finished shots are kept: run it again, with --workers 1 if it happens again.",
            ) from problem

    def _listen(self) -> None:
        """Pass events on. The queue is emptied whatever happens: a full one would stop all workers."""
        while (event := self._queue.get()) is not None:
            if self._deaf is None:
                try:
                    self.tell(event)
                except Exception as problem:  # noqa: BLE001  # whatever it is, the caller gets it
                    self._deaf = problem


def tell_parent(event: Event) -> None:
    """Send an event from a worker to the crew's listener; outside a worker it does nothing."""
    if _events is not None:
        _events.put(event)


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _do(work: Callable[[Job], Outcome], job: Job) -> Outcome:
    """One job; a worker that is told to stop in the middle cleans up after itself, and takes no other."""
    global _busy  # noqa: PLW0603  # one worker process, one job at a time
    _busy = True
    try:
        return work(job)
    except SystemExit:
        os._exit(STOPPED)
    finally:
        _busy = False


def _stop(_signal: int, _frame: object) -> None:
    if not _busy:
        os._exit(STOPPED)
    raise SystemExit(STOPPED)


def _begin(queue: Any, parent: int) -> None:
    global _events  # noqa: PLW0603  # one worker process, one queue
    _events = queue
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if hasattr(os, "nice"):  # not on Windows
        with contextlib.suppress(OSError):
            os.nice(5)
    threading.Thread(target=_die_with, args=(parent,), daemon=True).start()


def _die_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
