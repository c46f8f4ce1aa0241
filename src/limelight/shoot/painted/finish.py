"""Finish: what makes the layers one picture: grade, bloom, vignette, grain and, on beats, aberration.

One pass over the pixels, compiled, row by row. The grain is a tile of noise shown at another offset every second
frame.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.blend import Canvas, Words, words_of
from limelight.shoot.painted.palette import Palette, from_oklab, to_oklab

Picture = NDArray[np.uint8]

GRAIN = 2.6
"""Standard deviation of the grain, 8-bit levels."""
TILE = 512
BLOOM_HALVINGS = 3


@dataclass(frozen=True)
class Recipe:
    """How strongly each part works.

    Attributes:
        tone: Share of the palette's split tone in shadows and lights.
        contrast: Slope of the tone curve in the middle.
        bloom: Share of glow around lights.
        vignette: Darkening in the corners, 0 to 1.
        grain: Standard deviation in 8-bit levels.
    """

    tone: float = 0.14
    contrast: float = 1.06
    bloom: float = 0.32
    vignette: float = 0.36
    grain: float = GRAIN


class Finish:
    """Finishes canvases of one shot.

    Args:
        size: Width and height.
        palette: Of the shot.
        recipe: How strongly each part works.
        seed: Of the grain.
    """

    def __init__(self, size: tuple[int, int], palette: Palette, recipe: Recipe, seed: int) -> None:
        width, height = size
        self._size = size
        self._bloom = recipe.bloom
        self._curve = tone_curve(palette, recipe)
        x = np.linspace(-1, 1, width) ** 2
        y = np.linspace(-1, 1, height) ** 2
        self._across = np.repeat(np.rint(x * recipe.vignette * 128).astype(np.uint16), 4)
        self._down = np.rint(256 - y * recipe.vignette * 128).astype(np.uint16)
        self._grain = _grain_tile(recipe.grain, width)
        self._finished = np.empty((height, width, 4), np.uint8)
        self._offsets = np.random.default_rng(seed).integers(0, TILE, (257, 2))

    def __call__(
        self, canvas: Canvas, frame: int, *, aberration: float = 0.0, exposure: float = 1.0
    ) -> Picture:
        """Finish one canvas.

        Args:
            canvas: ``(height, width, 4) uint8``; left as it is.
            frame: Number of the frame, for the grain.
            aberration: Pixels by which red and blue part at the picture's left and right edge.
            exposure: Factor on light.

        Returns:
            ``(height, width, 3) uint8``, sRGB.
        """
        width = self._size[0]
        table = _table(self._curve * exposure)
        columns = np.arange(width)
        part = np.rint(np.linspace(-aberration, aberration, width)).astype(np.int64)
        red, blue = (np.clip(columns + sign * part, 0, width - 1).astype(np.uint32) for sign in (1, -1))
        row, column = (int(value) for value in self._offsets[(frame // 2) % len(self._offsets)])
        glow = self._glow(canvas, table)
        _finish(
            *words_of(canvas), table, red, blue, bool(part.any()), glow.reshape(len(glow), -1),
            self._across, self._down, self._grain, row, 4 * column, self._finished.view(np.uint32)[..., 0],
        )  # fmt: skip
        return np.asarray(cv2.cvtColor(self._finished, cv2.COLOR_RGBA2RGB), np.uint8)

    def _glow(self, canvas: Canvas, table: Words) -> NDArray[np.uint8]:
        """What shines around lights, ``(height / 8, width, 4)``: rows are enlarged where they are used."""
        small = canvas
        for _ in range(BLOOM_HALVINGS):  # three halvings cost a sixth of one shrinking to an eighth
            half = max(2, small.shape[1] // 2), max(2, small.shape[0] // 2)
            small = np.asarray(cv2.resize(small, half, interpolation=cv2.INTER_AREA), np.uint8)
        words = small.view(np.uint32)[..., 0]
        graded = table[0][words & 255] | table[1][words >> 8 & 255] | table[2][words >> 16 & 255]
        lights = cv2.subtract(
            graded.view(np.uint8).reshape(small.shape), np.array([110, 110, 110, 0], np.float64)
        )
        glow = cv2.GaussianBlur(lights, (0, 0), max(1.0, small.shape[1] / 45))
        glow = cv2.convertScaleAbs(glow, alpha=1.9 * self._bloom)
        size = (self._size[0], small.shape[0])
        return np.asarray(cv2.resize(glow, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _table(curve: NDArray[np.float64]) -> Words:
    """(3, 256): each channel's look-up, at its place in the pixel."""
    levels = np.clip(np.rint(curve[:, 0, :3].T), 0, 255).astype(np.uint32)
    return np.ascontiguousarray(levels << np.array([[0], [8], [16]], np.uint32))


def tone_curve(palette: Palette, recipe: Recipe) -> NDArray[np.float64]:
    """(256, 1, 4) per channel: contrast around the middle, shadows and lights tinted as the palette's."""
    grey = np.linspace(0, 1, 256)
    bent = np.clip(grey - (recipe.contrast - 1) * np.sin(2 * np.pi * grey) / (2 * np.pi) * 1.6, 0, 1)
    lab = to_oklab(np.repeat(bent[:, None], 3, axis=1))
    tint = palette.ramp(lab[:, 0])
    where = (np.abs(grey - 0.5) * 2)[:, None] ** 1.2
    lab[:, 1:] += recipe.tone * 2.0 * where * tint[:, 1:] * np.clip(grey * 6, 0, 1)[:, None]
    curve = np.empty((256, 1, 4))
    curve[:, 0, :3] = from_oklab(lab) * 255
    curve[:, 0, 3] = np.arange(256)
    return curve


@lru_cache(maxsize=4)
def _grain_tile(sigma: float, width: int) -> NDArray[np.int16]:
    """The same for all shots; each of the four channels alike, wide enough for any offset."""
    noise = np.random.default_rng(7).normal(0, 1, (TILE, width + TILE)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 0.6, borderType=cv2.BORDER_REFLECT)
    return np.repeat(np.clip(np.rint(soft / soft.std() * sigma), -127, 127).astype(np.int16), 4, axis=1)


@numba.njit(cache=True, nogil=True)
def _finish(  # noqa: PLR0917 - compiled: positions only
    canvas: Words,
    step: int,
    table: Words,
    red: Words,
    blue: Words,
    apart: bool,
    glow: NDArray[np.uint8],
    across: NDArray[np.uint16],
    down: NDArray[np.uint16],
    grain: NDArray[np.int16],
    first_row: int,
    first_column: int,
    out: Words,
) -> None:
    """Grade, glow, vignette and grain; red and blue from other columns where they are ``apart``."""
    height, width = out.shape
    for y in range(height):
        row = canvas[y * step : y * step + width]
        if apart:
            _grade_apart(row, table, red, blue, out[y])
        else:
            _grade(row, table, out[y])
        noise = grain[(y + first_row) % grain.shape[0], first_column : first_column + 4 * width]
        at = min(max((y + 0.5) * glow.shape[0] / height - 0.5, 0.0), glow.shape[0] - 1.0)
        above = min(int(at), glow.shape[0] - 2)
        part = np.uint16(256 * (at - above))
        _finish_row(
            out[y].view(np.uint8), glow[above], glow[above + 1], np.uint16(256 - part), part, across, down[y], noise
        )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _grade(row: Words, table: Words, out: Words) -> None:
    """Every channel through its look-up."""
    byte = np.uint32(255)
    for x in range(out.size):
        pixel = row[x]
        red, green = table[0, pixel & byte], table[1, (pixel >> np.uint32(8)) & byte]
        out[x] = red | green | table[2, (pixel >> np.uint32(16)) & byte]


@numba.njit(cache=True, nogil=True)
def _grade_apart(row: Words, table: Words, red: Words, blue: Words, out: Words) -> None:
    """The same, with red and blue from other columns."""
    byte = np.uint32(255)
    for x in range(out.size):
        left, right = row[np.uint64(red[x])], row[np.uint64(blue[x])]
        green = table[1, (row[x] >> np.uint32(8)) & byte]
        out[x] = table[0, left & byte] | green | table[2, (right >> np.uint32(16)) & byte]


@numba.njit(cache=True, nogil=True)
def _finish_row(  # noqa: PLR0917 - compiled: positions only
    row: NDArray[np.uint8],
    upper: NDArray[np.uint8],
    lower: NDArray[np.uint8],
    rest: np.uint16,
    part: np.uint16,
    across: NDArray[np.uint16],
    lit: np.uint16,
    noise: NDArray[np.int16],
) -> None:
    """A function of its own, in 16 bits, so that the compiler sees rows in one piece and uses wide instructions."""
    for x in range(row.size):
        light = np.uint16(np.uint16(upper[x] * rest + lower[x] * part) >> np.uint16(8))
        value = np.uint16(row[x])
        value = np.uint16(value + (np.uint16((np.uint16(255) - value) * light) >> np.uint16(8)))
        value = np.uint16(np.uint16(value * np.uint16(lit - across[x])) >> np.uint16(8))
        noisy = np.int16(np.int16(value) + noise[x])
        row[x] = np.uint8(min(max(noisy, np.int16(0)), np.int16(255)))
