"""Compositing kernels on premultiplied RGBA, compiled once and kept.

A canvas is ``(height, width, 4) uint8``, sRGB, opaque, or a cut-out of one. Everything clips at the canvas's edges.
Formulas: Porter and Duff, "Compositing digital images", SIGGRAPH 1984.

Pixels are worked on as whole 32-bit words, two channels of them at a time in the even and in the odd bytes, in rows
that the compiler sees to lie in one piece: then it uses wide instructions.
"""

from typing import Any

import numba
import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

Canvas = NDArray[np.uint8]
Mask = NDArray[np.uint8]
Color = tuple[int, int, int]
Words = NDArray[np.uint32]

EVEN = np.uint32(0x00FF00FF)
HALF = np.uint32(0x00800080)
EIGHT = np.uint32(8)


def new_canvas(width: int, height: int, color: Color = (0, 0, 0)) -> Canvas:
    """An opaque canvas of one colour."""
    canvas = np.empty((height, width, 4), np.uint8)
    flood(canvas, color)
    return canvas


def flood(canvas: Canvas, color: Color) -> None:
    """Make the whole canvas, or a cut-out of one, a single opaque colour."""
    red, green, blue = color
    canvas.view(np.uint32)[...] = red | green << 8 | blue << 16 | 255 << 24


def over(canvas: Canvas, sprite: NDArray[np.uint8], x: int, y: int, opacity: float = 1.0) -> None:
    """Lay a premultiplied sprite over the canvas, its top left corner at (x, y)."""
    box = _overlap(canvas, sprite, x, y)
    if box is not None and opacity > 0:
        height, width = box[0].stop - box[0].start, box[1].stop - box[1].start
        share = round(256 * min(1.0, opacity))
        _over(*words_of(canvas[box[0], box[1]]), *words_of(sprite[box[2], box[3]]), height, width, share)


def fill(  # noqa: PLR0917 - as over, plus a colour
    canvas: Canvas, mask: Mask, x: int, y: int, color: Color, opacity: float = 1.0
) -> None:
    """Paint a colour through a coverage mask whose top left corner is at (x, y)."""
    box = _overlap(canvas, mask, x, y)
    if box is not None and opacity > 0:
        red, green, blue = color
        _fill(
            *words_of(canvas[box[0], box[1]]), np.ascontiguousarray(mask[box[2], box[3]]),
            red | blue << 16, green | 255 << 16, round(256 * min(1.0, opacity)),
        )  # fmt: skip


def mix(canvas: Canvas, other: Canvas, mask: Mask) -> None:
    """Replace the canvas by another of the same size where a mask of the same size covers."""
    _mix(*words_of(canvas), *words_of(other), np.ascontiguousarray(mask))


def words_of(picture: NDArray[np.uint8]) -> tuple[Words, int]:
    """A picture's pixels as 32-bit words in one piece, and how many of them lie from row to row; not a copy.

    Args:
        picture: ``(height, width, 4) uint8``, or a cut-out of one.
    """
    height, width = picture.shape[:2]
    if picture.strides[1:] != (4, 1):
        raise ValueError("the pixels of a row must lie side by side")
    step = picture.strides[0] // 4
    pixels: Words = picture.view(np.uint32)
    return as_strided(pixels, ((height - 1) * step + width,), (4,)), step


def _overlap(
    canvas: NDArray[Any], sprite: NDArray[Any], x: int, y: int
) -> tuple[slice, slice, slice, slice] | None:
    top, left = max(0, y), max(0, x)
    bottom, right = min(canvas.shape[0], y + sprite.shape[0]), min(canvas.shape[1], x + sprite.shape[1])
    if top >= bottom or left >= right:
        return None
    return slice(top, bottom), slice(left, right), slice(top - y, bottom - y), slice(left - x, right - x)


@numba.njit(cache=True, nogil=True)
def over_row(below: Words, above: Words, share: int) -> None:
    """Premultiplied pixels laid over opaque ones, in place; ``share`` of 256 is their opacity."""
    part = np.uint32(share)
    for x in range(above.size):
        low = np.uint32(np.uint32(above[x] & EVEN) * part) >> EIGHT & EVEN
        high = np.uint32(np.uint32(above[x] >> EIGHT & EVEN) * part) >> EIGHT & EVEN
        keep = np.uint32(255) - np.uint32(high >> np.uint32(16))
        even = np.uint32(np.uint32(below[x] & EVEN) * keep + HALF)
        odd = np.uint32(np.uint32(below[x] >> EIGHT & EVEN) * keep + HALF)
        even = np.uint32(low + (np.uint32(even + (even >> EIGHT & EVEN)) >> EIGHT & EVEN))
        odd = np.uint32(high + (np.uint32(odd + (odd >> EIGHT & EVEN)) >> EIGHT & EVEN))
        even |= np.uint32((even >> EIGHT & np.uint32(0x00010001)) * np.uint32(255))  # what is above 255
        odd |= np.uint32((odd >> EIGHT & np.uint32(0x00010001)) * np.uint32(255))
        below[x] = np.uint32(even & EVEN) | np.uint32(np.uint32(odd & EVEN) << EIGHT)


@numba.njit(cache=True, nogil=True)
def _over(  # noqa: PLR0917 - compiled: positions only
    canvas: Words, step: int, sprite: Words, sprite_step: int, height: int, width: int, share: int
) -> None:
    for y in range(height):
        over_row(
            canvas[y * step : y * step + width], sprite[y * sprite_step : y * sprite_step + width], share
        )


@numba.njit(cache=True, nogil=True)
def _fill(  # noqa: PLR0917 - compiled: positions only
    canvas: Words, step: int, mask: Mask, even: int, odd: int, share: int
) -> None:
    for y in range(mask.shape[0]):
        _fill_row(
            canvas[y * step : y * step + mask.shape[1]], mask[y], np.uint32(even), np.uint32(odd), share
        )


@numba.njit(cache=True, nogil=True)
def _fill_row(row: Words, mask: Mask, even: np.uint32, odd: np.uint32, share: int) -> None:
    part = np.uint32(share)
    for x in range(mask.size):
        cover = np.uint32(np.uint32(np.uint32(mask[x]) * part) + np.uint32(255)) >> EIGHT
        cover = np.uint32(cover + (cover >> np.uint32(7)))
        keep = np.uint32(256) - cover
        low = np.uint32(np.uint32(row[x] & EVEN) * keep + np.uint32(even * cover) + HALF) >> EIGHT & EVEN
        high = np.uint32(np.uint32(row[x] >> EIGHT & EVEN) * keep + np.uint32(odd * cover) + HALF) & ~EVEN
        row[x] = low | high


@numba.njit(cache=True, nogil=True)
def _mix(canvas: Words, step: int, other: Words, other_step: int, mask: Mask) -> None:
    width = mask.shape[1]
    for y in range(mask.shape[0]):
        _mix_row(canvas[y * step : y * step + width], other[y * other_step : y * other_step + width], mask[y])


@numba.njit(cache=True, nogil=True)
def _mix_row(row: Words, other: Words, mask: Mask) -> None:
    for x in range(mask.size):
        cover = np.uint32(mask[x]) + (np.uint32(mask[x]) >> np.uint32(7))
        keep = np.uint32(256) - cover
        low = np.uint32(row[x] & EVEN) * keep + np.uint32(other[x] & EVEN) * cover
        high = np.uint32(row[x] >> EIGHT & EVEN) * keep + np.uint32(other[x] >> EIGHT & EVEN) * cover
        row[x] = (np.uint32(low + HALF) >> EIGHT & EVEN) | np.uint32(np.uint32(high + HALF) & ~EVEN)
