"""Screening: the pictures of a take are looked at on their way from the camera to the encoder."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from limelight.document import Document, Part, Share
from limelight.errors import LimelightError
from limelight.guard.policy import Policy
from limelight.storyboard import Shot

Picture = NDArray[np.uint8]
"""``(height, width, 3) uint8``, sRGB."""


class Scorer(Protocol):
    """Tells how explicit a picture is: a backend behind the entry point group ``limelight.scorers``."""

    name: ClassVar[str]
    version: ClassVar[int]
    weights: ClassVar[tuple[str, ...]]

    def __enter__(self) -> Self:
        """Load models."""
        ...

    def __exit__(self, *exc: object) -> None:
        """Free models."""
        ...

    def explicit(self, rgb: Picture) -> float:
        """How likely a picture is explicit, 0 to 1."""
        ...


class BlockedError(LimelightError):
    """A picture that the guard does not let into the film; never leaves the unit that shoots."""


class Attempt(Part):
    """One way in which a shot was drawn."""

    way: str
    """What was different: ``as directed``, ``another picture``, ``another place``..."""
    checked: int = Field(ge=0)
    """Pictures that were looked at."""
    highest: Share
    """The highest score of them."""
    blocked: bool
    looked: int = Field(default=0, ge=0)
    """Pictures in which faces were looked for; 0 for cameras that invent nobody."""
    uninvited: int = Field(default=0, ge=0)
    """Faces of nobody in the cast that were found in them."""


class Screening(Document):
    """What was seen in a take, kept beside it."""

    kind = "screening"

    policy: Policy
    scorer: str
    number: int = Field(ge=1)
    """The shot's."""
    frames: int = Field(ge=1)
    stars: tuple[str, ...] = ()
    """Who is in it."""
    attempts: tuple[Attempt, ...] = ()
    """In order; the last one is in the film."""
    shot: Shot | None = None
    """The shot as it was drawn, where that is not as it was directed."""

    @property
    def redirected(self) -> bool:
        """Whether it was drawn another way than directed."""
        return len(self.attempts) > 1


def sampled(frames: int, rate: Fraction) -> frozenset[int]:
    """Which frames of a shot are looked at: the first, the last, and evenly between, at most a second apart."""
    steps = max(1, -(-(frames - 1) // max(1, int(rate))))
    return frozenset(round(step * (frames - 1) / steps) for step in range(steps + 1))


class Watch:
    """Looks at one drawing of a shot.

    Args:
        scorer: An open scorer; None looks at nothing.
        threshold: The score from which a picture is refused.
        frames: The shot's length.
        rate: Frames a second.
    """

    def __init__(self, scorer: Scorer | None, threshold: float, frames: int, rate: Fraction) -> None:
        self._scorer = scorer
        self._threshold = threshold
        self._due = sampled(frames, rate) if scorer else frozenset()
        self.checked = 0
        self.highest = 0.0
        self.passed = 0

    def over(self, pictures: Iterable[Picture]) -> Iterator[Picture]:
        """Pass pictures on.

        Raises:
            BlockedError: a picture scores as high as the threshold; it is not passed on.
        """
        for index, picture in enumerate(pictures):
            if self._scorer is not None and index in self._due:
                score = min(1.0, max(0.0, float(self._scorer.explicit(picture))))
                self.checked += 1
                self.highest = max(self.highest, score)
                if score >= self._threshold:
                    raise BlockedError(f"frame {index} scores {score:.2f} for explicit content.")
            self.passed = index + 1
            yield picture

    def attempt(self, way: str, *, blocked: bool) -> Attempt:
        """What was seen."""
        return Attempt(way=way, checked=self.checked, highest=round(self.highest, 4), blocked=blocked)
