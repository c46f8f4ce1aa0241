"""Screening: the pictures of a take are looked at on their way from the camera to the encoder."""

from collections.abc import Callable, Iterable, Iterator
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
    scenery: Share | None = None
    """The highest score of pictures that passed because their scenery alone was to blame; see :class:`Watch`."""
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

    A picture that scores as high as the threshold may do so for its scenery: dunes pass for skin. Where a camera
    draws sceneries by code of its own, which can be nothing explicit, it draws the same shot before a reference
    scenery as a control. If all of that stays below the threshold, the scenery alone was to blame, and the picture
    passes, with the control's score for its own. So nothing passes that would not pass before the reference scenery.

    Args:
        scorer: An open scorer; None looks at nothing.
        threshold: The score from which a picture is refused.
        frames: The shot's length.
        rate: Frames a second.
        control: Draws the control, asked at most once; None: there is none, as for cameras that draw by a model.
    """

    def __init__(
        self,
        scorer: Scorer | None,
        threshold: float,
        frames: int,
        rate: Fraction,
        control: Callable[[], Iterable[Picture]] | None = None,
    ) -> None:
        self._scorer = scorer
        self._threshold = threshold
        self._frames, self._rate = frames, rate
        self._draw_control = control
        self._control: float | None = None
        self.scenery: float | None = None
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
                if score >= self._threshold and (control := self._before_the_reference()) is not None:
                    self.scenery, score = max(score, self.scenery or 0.0), control
                self.highest = max(self.highest, score)
                if score >= self._threshold:
                    raise BlockedError(f"frame {index} scores {score:.2f} for explicit content.")
            self.passed = index + 1
            yield picture

    def attempt(self, way: str, *, blocked: bool) -> Attempt:
        """What was seen."""
        scenery = None if self.scenery is None else round(self.scenery, 4)
        highest = round(self.highest, 4)
        return Attempt(way=way, checked=self.checked, highest=highest, blocked=blocked, scenery=scenery)

    def _before_the_reference(self) -> float | None:
        """The control's highest score, if it excuses the shot."""
        if self._draw_control is None:
            return None
        if self._control is None:
            watch = Watch(self._scorer, float("inf"), self._frames, self._rate)
            drawn = sum(1 for _ in watch.over(self._draw_control()))
            self._control = watch.highest if drawn == self._frames else float("inf")
        return self._control if self._control < self._threshold else None
