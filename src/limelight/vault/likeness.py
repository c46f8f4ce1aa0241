"""What the vault hands out: an open, checked, short-lived likeness."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from limelight.star import Star


class Footage(Protocol):
    """A sing-along performance: frames in order with their times."""

    @property
    def times(self) -> Sequence[float]:
        """Seconds from the performance's start, one a frame, rising."""
        ...

    def __len__(self) -> int:
        """How many frames there are."""
        ...

    def frame(self, index: int) -> NDArray[np.uint8]:
        """One frame, ``(height, width, 3) uint8``, sRGB, decrypted on demand and not kept."""
        ...


class Likeness(Protocol):
    """An open star. Every use goes through it, so that a revocation stops the next one."""

    @property
    def star(self) -> Star:
        """The public card."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 over all that is sealed, for cache keys."""
        ...

    @property
    def footage(self) -> Footage:
        """The performance, or the accepted frames of the verification where there is none."""
        ...

    @property
    def portraits(self) -> Footage:
        """The sharp, pose-diverse frames of the verification; empty for a star that never went through it."""
        ...

    def check(self) -> None:
        """Ask again; ``ConsentError`` if consent was revoked or has expired, or data was changed."""
        ...

    def keep(self, name: str, content: bytes) -> None:
        """Seal something derived from the likeness (a painted sprite, landmarks) beside it."""
        ...

    def recall(self, name: str) -> bytes | None:
        """What was kept under a name, or None. Raises ``ConsentError`` if it was tampered with."""
        ...

    def discard(self, name: str) -> None:
        """Take away what was kept under a name; allowed when nothing else is any more."""
        ...
