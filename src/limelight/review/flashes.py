"""Flashes: how many there are in the worst second, for the safety of photosensitive people.

WCAG 2.2, success criterion 2.3.1: no more than three general flashes within any one second. A flash is a pair
of opposing changes of relative luminance by 10 % of white or more, where the darker is below .80. An area of a
quarter of the picture counts (the criterion's 25 % of 10 degrees of the visual field, at ordinary distances).
Red flashes are not measured.
"""

from fractions import Fraction
from typing import Any, Final

import cv2
import numpy as np

from limelight.report import Measure
from limelight.review.pictures import Seen

STEP: Final = 0.10
DARK: Final = 0.80
AREA: Final = 0.25
LIMIT: Final = 3

_LINEAR = np.array(
    [
        v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4
        for v in np.clip((np.arange(256) - 16) / 219, 0, 1)
    ],
    np.float32,
)
"""Relative luminance of limited-range luma."""


class FlashCounter:
    """Counts opposing changes of luminance in 12 x 12 areas of the picture.

    Args:
        fps: Frames a second.
    """

    def __init__(self, fps: Fraction) -> None:
        self._fps = fps
        self._extreme: Any = None
        self._direction = np.zeros((12, 12), np.int8)
        self._turns: list[Any] = []

    def see(self, seen: Seen) -> None:
        """Look at the film's next frame."""
        light = cv2.resize(_LINEAR[seen.luma], (12, 12), interpolation=cv2.INTER_AREA)
        extreme = light if self._extreme is None else self._extreme
        change = light - extreme
        turned = (np.abs(change) >= STEP) & (np.minimum(light, extreme) < DARK)
        turned &= np.sign(change).astype(np.int8) != self._direction
        self._turns.append(turned.ravel())
        self._direction = np.where(turned, np.sign(change).astype(np.int8), self._direction)
        onward = np.sign(change).astype(np.int8) == self._direction
        self._extreme = np.where(turned | onward, light, extreme).astype(np.float32)

    def worst_second(self) -> float:
        """Flashes in the worst second: as many as a quarter of the picture's areas have, two turns of light each."""
        if not self._turns:
            return 0.0
        window = max(1, round(self._fps))
        sums = np.cumsum(np.array(self._turns, np.int32), axis=0)
        within = sums.copy()
        within[window:] -= sums[:-window]
        quarter = within.shape[1] - round(AREA * within.shape[1])
        return float(np.partition(within, quarter, axis=1)[:, quarter].max() // 2)

    def measure(self) -> Measure:
        """The worst second, beside the limit."""
        return Measure(
            name="flashes_a_second",
            title="Flashes in the worst second",
            value=self.worst_second(),
            control=float(self._fps / 2),
            control_title="black and white by turns",
            target=float(LIMIT),
            higher_is_better=False,
            samples=len(self._turns),
            note="WCAG 2.2, 2.3.1: at most three general flashes; red flashes are not measured",
        )
