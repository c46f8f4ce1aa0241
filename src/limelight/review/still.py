"""Still: pictures that stand, pictures that are black, and light that flickers."""

from fractions import Fraction
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.report import Measure
from limelight.review.pictures import Seen

FROZEN_SECONDS: Final = Fraction(1, 2)
"""A picture that stands for less is rhythm: animation on twos and threes."""
FROZEN_LEVELS: Final = 1.5
"""Mean change, of 255, that the liveliest sixteenth of the picture must pass to count as moving."""
BLACK_LEVEL: Final = 24
"""Luma (16 is black) that 98 % of a black picture is below: ITU-R BT.709 limited range."""
BLACK_SHARE: Final = 0.98


class Stillness:
    """Looks for frozen and black frames.

    A run is frozen if for half a second no picture differs anywhere from the run's first. Comparing with the
    first, not with the one before, tells a slow push-in from a frozen picture, and does not mistake the small
    jump of an encoder's key frame for motion.

    Args:
        frames: The film's length.
        fps: Frames a second.
    """

    def __init__(self, frames: int, fps: Fraction) -> None:
        self._least = max(2, round(FROZEN_SECONDS * fps))
        self._fps = fps
        self.frozen = np.zeros(frames, bool)
        """Frame by frame: whether it belongs to a frozen run."""
        self.black = np.zeros(frames, bool)
        self._anchor: NDArray[np.uint8] | None = None
        self._start = 0
        self._flicker, self._unsteady = _Flicker(), _Flicker()
        self._held: Stillness | None = None
        self._held_picture: NDArray[np.uint8] | None = None

    def see(self, seen: Seen) -> None:
        """Look at the film's next frame."""
        if seen.index < len(self.frozen):
            self._look(seen.index, seen.luma)
            self._flicker.see(seen.luma.astype(np.float32))
            self._unsteady.see(seen.luma + np.float32(4.38 * (seen.index % 2)))
            self._look_at_control(seen)

    def measures(self) -> tuple[Measure, ...]:
        """Shares of frozen and of black frames, and the flicker."""
        count = len(self.frozen)
        edge = round(self._fps)
        within = self.black[edge:-edge]
        held = self._held.frozen if self._held is not None else self.frozen
        return (
            Measure(
                name="frozen_frames",
                title="Frozen frames",
                value=float(self.frozen.mean()) if count else 0.0,
                unit="share",
                control=float(held.mean()) if count else 0.0,
                control_title="this film with each second's first picture held",
                target=0.01,
                higher_is_better=False,
                samples=count,
                note="half a second or longer without any change",
            ),
            Measure(
                name="black_frames",
                title="Black frames",
                value=float(within.mean()) if len(within) else 0.0,
                unit="share",
                target=0.01,
                higher_is_better=False,
                samples=len(within),
                note="the film's first and last second, where it fades, are left out",
            ),
            Measure(
                name="flicker",
                title="Flicker of the picture's light",
                value=self._flicker.value(),
                unit="levels",
                control=self._unsteady.value(),
                control_title="this film with every second frame 2 % of white brighter",
                samples=count,
                note="mean second difference of 16 x 9 areas' luma, of 255: even motion cancels out",
            ),
        )

    def _look(self, index: int, luma: NDArray[np.uint8]) -> None:
        self.black[index] = np.mean(luma < BLACK_LEVEL) >= BLACK_SHARE
        if self._anchor is None or _liveliest(luma, self._anchor) > FROZEN_LEVELS:
            self._anchor, self._start = luma, index
        elif index - self._start + 1 >= self._least and not self.black[index]:
            self.frozen[self._start : index + 1] = True

    def _look_at_control(self, seen: Seen) -> None:
        if self._held is None:
            self._held = Stillness(len(self.frozen), self._fps)
        if seen.index % max(1, round(self._fps)) == 0 or self._held_picture is None:
            self._held_picture = seen.luma
        self._held._look(seen.index, self._held_picture)  # noqa: SLF001  # the same class


def _liveliest(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Mean difference of the most different of 8 x 6 areas."""
    difference = cv2.absdiff(one, other)
    return float(cv2.resize(difference.astype(np.float32), (8, 6), interpolation=cv2.INTER_AREA).max())


class _Flicker:
    def __init__(self) -> None:
        self._last: list[NDArray[np.float32]] = []
        self._total, self._count = 0.0, 0

    def see(self, luma: NDArray[np.float32]) -> None:
        areas = np.asarray(cv2.resize(luma, (16, 9), interpolation=cv2.INTER_AREA), np.float32)
        self._last = [*self._last[-2:], areas]
        if len(self._last) == 3:
            first, middle, last = self._last
            step = np.abs(first - 2 * middle + last) / 2
            self._total += float(np.median(step))
            self._count += 1

    def value(self) -> float:
        return self._total / self._count if self._count else 0.0
