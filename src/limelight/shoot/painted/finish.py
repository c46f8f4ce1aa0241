"""Finish: what makes the layers one picture: grade, bloom, vignette, grain and, on beats, aberration.

One pass over the pixels, compiled. The grain is a tile of noise shown at another offset every second frame.
"""

from dataclasses import dataclass

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.blend import Canvas
from limelight.shoot.painted.palette import Palette, from_oklab, to_oklab

Picture = NDArray[np.uint8]

GRAIN = 2.6
"""Standard deviation of the grain, 8-bit levels."""
TILE = 512
BLOOM_SHRINK = 8


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
        self._across = np.repeat(np.rint(x * recipe.vignette * 128).astype(np.int16), 4)
        self._down = np.rint(256 - y * recipe.vignette * 128).astype(np.int16)
        self._grain = _grain_tile(recipe.grain, width)
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
        width, height = self._size
        curve = np.clip(np.rint(self._curve * exposure), 0, 255).astype(np.uint8)
        graded = np.asarray(cv2.LUT(canvas, curve), np.uint8)
        if aberration >= 0.5:
            part = np.rint(np.linspace(-aberration, aberration, width)).astype(np.int64)
            columns = np.arange(width)
            red, blue = np.clip(columns + part, 0, width - 1), np.clip(columns - part, 0, width - 1)
            graded[..., 0] = graded[:, red, 0]
            graded[..., 2] = graded[:, blue, 2]
        row, column = (int(value) for value in self._offsets[(frame // 2) % len(self._offsets)])
        _finish(
            graded.reshape(height, -1), self._glow(graded).reshape(height, -1), self._across, self._down,
            self._grain, row, 4 * column,
        )  # fmt: skip
        return np.asarray(cv2.cvtColor(graded, cv2.COLOR_RGBA2RGB), np.uint8)

    def _glow(self, canvas: Canvas) -> NDArray[np.uint8]:
        width, height = self._size
        small_size = (max(2, width // BLOOM_SHRINK), max(2, height // BLOOM_SHRINK))
        small = cv2.resize(canvas, small_size, interpolation=cv2.INTER_AREA)
        lights = cv2.subtract(small, np.array([110, 110, 110, 0], np.float64))
        sigma = max(1.0, small_size[0] / 45)
        glow = cv2.GaussianBlur(lights, (0, 0), sigma)
        glow = cv2.convertScaleAbs(glow, alpha=1.9 * self._bloom)
        return np.asarray(cv2.resize(glow, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


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


def _grain_tile(sigma: float, width: int) -> NDArray[np.int16]:
    """The same for all shots; each of the four channels alike, wide enough for any offset."""
    noise = np.random.default_rng(7).normal(0, 1, (TILE, width + TILE)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 0.6, borderType=cv2.BORDER_REFLECT)
    return np.repeat(np.clip(np.rint(soft / soft.std() * sigma), -127, 127).astype(np.int16), 4, axis=1)


@numba.njit(cache=True, nogil=True)
def _finish(  # noqa: PLR0917 - compiled: positions only
    picture: NDArray[np.uint8],
    glow: NDArray[np.uint8],
    across: NDArray[np.int16],
    down: NDArray[np.int16],
    grain: NDArray[np.int16],
    first_row: int,
    first_column: int,
) -> None:
    """Glow, vignette and grain in place, on rows of interleaved channels."""
    count = picture.shape[1]
    for y in range(picture.shape[0]):
        noise = grain[(y + first_row) % grain.shape[0], first_column : first_column + count]
        _finish_row(picture[y], glow[y], across, int(down[y]), noise, count)


@numba.njit(cache=True, nogil=True)
def _finish_row(  # noqa: PLR0917 - compiled: positions only
    row: NDArray[np.uint8],
    light: NDArray[np.uint8],
    across: NDArray[np.int16],
    lit: int,
    noise: NDArray[np.int16],
    count: int,
) -> None:
    """A function of its own, so that the compiler sees contiguous rows and uses wide instructions."""
    for x in range(count):
        value = np.int32(row[x])
        value += ((np.int32(255) - value) * np.int32(light[x])) >> np.int32(8)
        value = ((value * (lit - np.int32(across[x]))) >> np.int32(8)) + np.int32(noise[x])
        value = np.int32(0) if value < 0 else value
        row[x] = np.int32(255) if value > 255 else value
