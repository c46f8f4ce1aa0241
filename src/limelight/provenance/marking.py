"""Marking: the pattern goes into the luma of every frame, stronger where there is texture to hide it."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from limelight.provenance.film_id import FilmId
from limelight.provenance.pattern import ALGORITHM, Floats, picture_pattern

BLOCK = 8
"""Pixels of a block whose texture is measured."""
FAINTEST, STRONGEST = 0.7, 2.6
"""Deviation of the mark in luma levels: in flat blocks, and in textured ones."""
GAIN = 0.32
"""Levels of mark for a level of texture."""

Plane = NDArray[np.uint8]


@dataclass(frozen=True)
class Watermark:
    """A film's id, ready to be put into pictures of one size."""

    film: FilmId
    height: int
    width: int

    @property
    def key(self) -> str:
        """What a cache key must know of it."""
        return f"{ALGORITHM} {self.film.text} {FAINTEST} {STRONGEST} {GAIN}"

    def __call__(self, luma: Plane) -> Plane:
        """Mark a frame's luma.

        Args:
            luma: ``(height, width) uint8``.

        Returns:
            The marked plane, a new array.
        """
        marked = np.empty_like(luma)
        strength = _strength(luma)
        wide = cv2.resize(strength, (luma.shape[1], len(strength)), interpolation=cv2.INTER_LINEAR)
        _add(luma, self._pattern, np.asarray(wide, np.float32), marked)
        return marked

    @cached_property
    def _pattern(self) -> Floats:
        return picture_pattern(self.film, self.height, self.width)


def _strength(luma: Plane) -> Floats:
    """Deviation of the mark, ``(rows, columns) float32`` of blocks: a block beside a flat one counts as flat."""
    texture = _texture(luma)
    calm = cv2.blur(np.asarray(cv2.erode(texture, np.ones((3, 3), np.uint8)), np.float32), (3, 3))
    return np.asarray(np.clip(FAINTEST + GAIN * np.asarray(calm), FAINTEST, STRONGEST), np.float32)


@numba.njit(cache=True, nogil=True, fastmath=True)
def _texture(luma: Plane) -> Floats:
    """Mean difference of neighbours two apart, ``(rows, columns) float32`` of blocks, levels."""
    rows, columns = max(1, luma.shape[0] // BLOCK), max(1, luma.shape[1] // BLOCK)
    texture = np.empty((rows, columns), np.float32)
    sums = np.empty(luma.shape[1], np.int32)
    for row in range(rows):
        sums[:] = 0
        first = row * BLOCK
        for y in range(first, min(first + BLOCK, luma.shape[0] - 2)):
            for x in range(luma.shape[1] - 2):
                here = np.int32(luma[y, x])
                sums[x] += abs(here - np.int32(luma[y, x + 2])) + abs(here - np.int32(luma[y + 2, x]))
        for column in range(columns):
            total = 0
            for x in range(column * BLOCK, min(column * BLOCK + BLOCK, luma.shape[1])):
                total += sums[x]
            texture[row, column] = total / (2.0 * BLOCK * BLOCK)
    return texture


@numba.njit(cache=True, nogil=True, fastmath=True)
def _add(luma: Plane, pattern: Floats, strength: Floats, marked: Plane) -> None:
    """Luma + pattern x strength, rounded, within 0 to 255; the strength has as many columns and fewer rows."""
    height, rows = luma.shape[0], strength.shape[0]
    for y in range(height):
        at = min(max((y + 0.5) * rows / height - 0.5, 0.0), rows - 1.0)
        above = int(at)
        below = min(above + 1, rows - 1)
        _add_row(luma[y], pattern[y], strength[above], strength[below], np.float32(at - above), marked[y])


@numba.njit(cache=True, nogil=True, fastmath=True)
def _add_row(  # noqa: PLR0917 - compiled: positions only
    luma: Plane, pattern: Floats, upper: Floats, lower: Floats, share: np.float32, marked: Plane
) -> None:
    """A function of its own, so that the compiler sees rows in one piece."""
    for x in range(luma.size):
        strength = upper[x] + (lower[x] - upper[x]) * share
        value = np.float32(luma[x]) + pattern[x] * strength + np.float32(0.5)
        marked[x] = np.uint8(min(max(value, np.float32(0)), np.float32(255)))
