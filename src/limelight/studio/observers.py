"""The observers of a server: each serves one session at a time, is loaded when first needed and used again after."""

import threading

from limelight.charcha.observing.observer import Observer


class Observers:
    """A bounded set of observers. May be used by several threads.

    Args:
        most: So many sessions may run side by side.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._idle: list[Observer] = []
        self._busy = 0

    def take(self) -> Observer | None:
        """One that nobody uses, loaded now if need be (about a second); None: all are busy."""
        with self._lock:
            if self._busy >= self._most:
                return None
            self._busy += 1
            if self._idle:
                return self._idle.pop()
        try:
            return Observer()
        except BaseException:
            with self._lock:
                self._busy -= 1
            raise

    def give_back(self, observer: Observer) -> None:
        """It is free again; what it knew is forgotten."""
        observer.reset()
        with self._lock:
            self._busy -= 1
            self._idle.append(observer)

    def close(self) -> None:
        """Free all models that nobody uses."""
        with self._lock:
            idle, self._idle = self._idle, []
        for observer in idle:
            observer.close()
