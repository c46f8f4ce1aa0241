"""Typed events: the library never prints, it tells; command line and studio draw the same events."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StageStarted:
    """A stage begins."""

    stage: str
    total: float = 0.0
    """Units of work, 0 if unknown."""
    unit: str = ""


@dataclass(frozen=True)
class StageProgressed:
    """A stage has done so much of its total."""

    stage: str
    done: float
    total: float
    note: str = ""


@dataclass(frozen=True)
class StageFinished:
    """A stage ends."""

    stage: str
    seconds: float
    cached: bool = False


@dataclass(frozen=True)
class Warned:
    """Something a person should know, that does not stop the work."""

    stage: str
    message: str


@dataclass(frozen=True)
class WeightProgressed:
    """A model is being fetched."""

    name: str
    done: int
    """Bytes."""
    total: int
    source: str = ""


@dataclass(frozen=True)
class FileWritten:
    """A result is in place."""

    path: Path
    what: str


Event = StageStarted | StageProgressed | StageFinished | Warned | WeightProgressed | FileWritten
Listener = Callable[[Event], None]


def ignore(_event: Event) -> None:
    """The listener for those who do not want to know."""
