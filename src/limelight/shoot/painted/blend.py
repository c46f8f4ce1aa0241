"""Compositing kernels on premultiplied RGBA, compiled once and kept.

A canvas is ``(height, width, 4) uint8``, sRGB, opaque. Everything clips at the canvas's edges. Formulas: Porter
and Duff, "Compositing digital images", SIGGRAPH 1984.
"""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Canvas = NDArray[np.uint8]
Mask = NDArray[np.uint8]
Color = tuple[int, int, int]


def new_canvas(width: int, height: int, color: Color = (0, 0, 0)) -> Canvas:
    """An opaque canvas of one colour."""
    canvas = np.empty((height, width, 4), np.uint8)
    flood(canvas, color)
    return canvas


def flood(canvas: Canvas, color: Color) -> None:
    """Make the whole canvas, or a cut-out of one, a single opaque colour."""
    red, green, blue = color
    _flood(canvas, red, green, blue)


def over(canvas: Canvas, sprite: NDArray[np.uint8], x: int, y: int, opacity: float = 1.0) -> None:
    """Lay a premultiplied sprite over the canvas, its top left corner at (x, y)."""
    box = _overlap(canvas, sprite, x, y)
    if box is not None and opacity > 0:
        _over(canvas[box[0], box[1]], sprite[box[2], box[3]], round(256 * min(1.0, opacity)))


def screen(canvas: Canvas, light: NDArray[np.uint8], x: int, y: int, opacity: float = 1.0) -> None:
    """Add light without clipping: ``1 - (1 - a)(1 - b)``; the alpha of ``light`` is ignored."""
    box = _overlap(canvas, light, x, y)
    if box is not None and opacity > 0:
        _screen(canvas[box[0], box[1]], light[box[2], box[3]], round(256 * min(1.0, opacity)))


def fill(  # noqa: PLR0917 - as over and screen, plus a colour
    canvas: Canvas, mask: Mask, x: int, y: int, color: Color, opacity: float = 1.0
) -> None:
    """Paint a colour through a coverage mask whose top left corner is at (x, y)."""
    box = _overlap(canvas, mask, x, y)
    if box is not None and opacity > 0:
        red, green, blue = color
        share = round(256 * min(1.0, opacity))
        _fill(canvas[box[0], box[1]], mask[box[2], box[3]], red, green, blue, share)


def mix(canvas: Canvas, other: Canvas, mask: Mask) -> None:
    """Replace the canvas by another of the same size where a mask of the same size covers."""
    _mix(canvas, other, mask)


def _overlap(
    canvas: NDArray[Any], sprite: NDArray[Any], x: int, y: int
) -> tuple[slice, slice, slice, slice] | None:
    top, left = max(0, y), max(0, x)
    bottom, right = min(canvas.shape[0], y + sprite.shape[0]), min(canvas.shape[1], x + sprite.shape[1])
    if top >= bottom or left >= right:
        return None
    return slice(top, bottom), slice(left, right), slice(top - y, bottom - y), slice(left - x, right - x)


@numba.njit(cache=True, nogil=True)
def _flood(canvas: Canvas, red: int, green: int, blue: int) -> None:
    for y in range(canvas.shape[0]):
        for x in range(canvas.shape[1]):
            canvas[y, x, 0] = red
            canvas[y, x, 1] = green
            canvas[y, x, 2] = blue
            canvas[y, x, 3] = 255


@numba.njit(cache=True, nogil=True)
def _over(canvas: Canvas, sprite: NDArray[np.uint8], share: int) -> None:
    part = np.uint32(share)
    for y in range(canvas.shape[0]):
        for x in range(canvas.shape[1]):
            alpha = sprite[y, x, 3]
            if alpha == 0:
                continue
            if alpha == 255 and share == 256:
                canvas[y, x, 0] = sprite[y, x, 0]
                canvas[y, x, 1] = sprite[y, x, 1]
                canvas[y, x, 2] = sprite[y, x, 2]
                continue
            keep = np.uint32(65280) - np.uint32(alpha) * part
            keep = (keep + (keep >> np.uint32(8)) + np.uint32(128)) >> np.uint32(8)
            for c in range(3):
                value = np.uint32(canvas[y, x, c]) * keep + np.uint32(sprite[y, x, c]) * part
                canvas[y, x, c] = np.uint8(min(np.uint32(255), (value + np.uint32(128)) >> np.uint32(8)))


@numba.njit(cache=True, nogil=True)
def _screen(canvas: Canvas, light: NDArray[np.uint8], share: int) -> None:
    part = np.uint32(share)
    for y in range(canvas.shape[0]):
        for x in range(canvas.shape[1]):
            for c in range(3):
                added = (np.uint32(light[y, x, c]) * part) >> np.uint32(8)
                below = np.uint32(canvas[y, x, c])
                gap = (np.uint32(255) - below) * added
                canvas[y, x, c] = np.uint8(
                    below + ((gap + (gap >> np.uint32(8)) + np.uint32(1)) >> np.uint32(8))
                )


@numba.njit(cache=True, nogil=True)
def _fill(  # noqa: PLR0917 - compiled: positions only
    canvas: Canvas, mask: Mask, red: int, green: int, blue: int, share: int
) -> None:
    part, half = np.uint32(share), np.uint32(128)
    r, g, b = np.uint32(red), np.uint32(green), np.uint32(blue)
    for y in range(canvas.shape[0]):
        for x in range(canvas.shape[1]):
            if mask[y, x] == 0:
                continue
            cover = (np.uint32(mask[y, x]) * part + np.uint32(255)) >> np.uint32(8)
            cover += cover >> np.uint32(7)
            keep = np.uint32(256) - cover
            canvas[y, x, 0] = np.uint8((np.uint32(canvas[y, x, 0]) * keep + r * cover + half) >> np.uint32(8))
            canvas[y, x, 1] = np.uint8((np.uint32(canvas[y, x, 1]) * keep + g * cover + half) >> np.uint32(8))
            canvas[y, x, 2] = np.uint8((np.uint32(canvas[y, x, 2]) * keep + b * cover + half) >> np.uint32(8))


@numba.njit(cache=True, nogil=True)
def _mix(canvas: Canvas, other: Canvas, mask: Mask) -> None:
    for y in range(canvas.shape[0]):
        for x in range(canvas.shape[1]):
            if mask[y, x] == 0:
                continue
            if mask[y, x] == 255:
                canvas[y, x, 0] = other[y, x, 0]
                canvas[y, x, 1] = other[y, x, 1]
                canvas[y, x, 2] = other[y, x, 2]
                continue
            cover = np.uint32(mask[y, x]) + (np.uint32(mask[y, x]) >> np.uint32(7))
            keep = np.uint32(256) - cover
            for c in range(3):
                value = np.uint32(canvas[y, x, c]) * keep + np.uint32(other[y, x, c]) * cover
                canvas[y, x, c] = np.uint8((value + np.uint32(128)) >> np.uint32(8))
