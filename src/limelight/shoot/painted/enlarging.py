"""Enlarging: a layer drawn larger and shifted, as a camera sees it that nears and pans but does not turn.

Without a turn, rows and columns can be worked out apart: two rows of the layer are mixed, then neighbours in the
mixed row. Only the stretch of each row that is not empty is touched. Interpolation is bilinear, places are exact to
1/256 pixel; pixels lie at whole numbers, as in OpenCV's ``warpAffine``.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.blend import Canvas, Words, over_row, words_of

Bytes = NDArray[np.uint8]
Spans = NDArray[np.int32]


def spans_of(rgba: NDArray[np.uint8]) -> Spans:
    """(height, 2): the first column of each row that is not empty, and the one after the last; width, 0 if none."""
    there = rgba[..., 3] > 0
    width = there.shape[1]
    ends = np.stack([there.argmax(axis=1), width - there[:, ::-1].argmax(axis=1)], axis=1)
    some = np.asarray(there.any(axis=1))
    return np.where(some[:, None], ends, (width, 0)).astype(np.int32)


def enlarge(  # noqa: PLR0917 - what, and where
    canvas: Canvas, rgba: NDArray[np.uint8], spans: Spans | None, scale: float, x: float, y: float
) -> None:
    """Draw a layer onto the canvas, ``scale`` times as large, its first pixel at (x, y).

    Args:
        canvas: Drawn on.
        rgba: ``(height, width, 4) uint8``, sRGB, premultiplied, in one piece; height and width 2 or more.
        spans: From :func:`spans_of`: it is laid over. None: it is opaque, and its border goes on for ever.
        scale: Above 0.
        x: Column of the canvas, may lie outside.
        y: Row of the canvas.
    """
    height, width = rgba.shape[:2]
    whole = spans is None
    ends = np.broadcast_to(np.array([0, width], np.int32), (height, 2)).copy() if spans is None else spans
    _draw(
        *words_of(canvas), canvas.shape[0], canvas.shape[1], rgba.reshape(height, -1), ends,
        float(scale), float(x), float(y), whole,
    )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _draw(  # noqa: PLR0917 - compiled: positions only
    canvas: Words,
    step: int,
    height: int,
    width: int,
    layer: Bytes,
    spans: Spans,
    scale: float,
    x: float,
    y: float,
    whole: bool,
) -> None:
    rows, count = layer.shape[0], layer.shape[1] // 4
    columns, across = _places(width, count, scale, x)
    line = np.empty(count, np.uint32)
    lefts, rights, mixed = (
        np.empty(width, np.uint32), np.empty(width, np.uint32), np.empty(width, np.uint32)
    )  # fmt: skip
    for j in range(height):
        at = (j - y) / scale
        if not whole and (at < 0 or at > rows - 1):
            continue
        row = min(max(int(np.floor(at)), 0), rows - 2)
        down = np.uint16(min(max(int(np.floor((at - row) * 256 + 0.5)), 0), 256))
        first, last = min(spans[row, 0], spans[row + 1, 0]), max(spans[row, 1], spans[row + 1, 1])
        begin, end = 0, width
        if not whole:
            begin = max(begin, int(np.ceil((max(first, 1) - 1) * scale + x)))
            end = min(end, int(np.floor(min(last, count - 1) * scale + x)) + 1)
        if first >= last or begin >= end:
            continue
        low, high = columns[begin], columns[end - 1] + 2
        _mix_bytes(
            layer[row, 4 * low : 4 * high], layer[row + 1, 4 * low : 4 * high], down, np.uint16(256 - down),
            line[low:high].view(np.uint8),
        )  # fmt: skip
        size = end - begin
        _gather(line, columns[begin:end], lefts[:size], rights[:size])
        start = j * step + begin
        target = canvas[start : start + size] if whole else mixed[:size]
        _mix_neighbours(
            lefts[:size].view(np.uint8), rights[:size].view(np.uint8), across[4 * begin : 4 * end],
            target.view(np.uint8),
        )  # fmt: skip
        if not whole:
            over_row(canvas[start : start + size], mixed[:size], 256)


@numba.njit(cache=True, nogil=True)
def _places(width: int, count: int, scale: float, x: float) -> tuple[NDArray[np.uint32], NDArray[np.uint16]]:
    """The layer's column left of each of the canvas's, and for each byte the right neighbour's share of 256."""
    columns, across = np.empty(width, np.uint32), np.empty(4 * width, np.uint16)
    for i in range(width):
        at = (i - x) / scale
        column = min(max(int(np.floor(at)), 0), count - 2)
        columns[i] = column
        across[4 * i : 4 * i + 4] = min(max(int(np.floor((at - column) * 256 + 0.5)), 0), 256)
    return columns, across


@numba.njit(cache=True, nogil=True)
def _mix_bytes(upper: Bytes, lower: Bytes, part: np.uint16, rest: np.uint16, out: Bytes) -> None:
    """``lower`` has the share ``part`` of 256; 16-bit arguments, or the compiler takes narrow instructions."""
    for i in range(out.size):
        out[i] = np.uint8(np.uint16(upper[i] * rest + lower[i] * part + np.uint16(128)) >> np.uint16(8))


@numba.njit(cache=True, nogil=True)
def _gather(line: Words, columns: NDArray[np.uint32], lefts: Words, rights: Words) -> None:
    for i in range(columns.size):
        column = np.uint64(columns[i])  # unsigned: no look whether it counts from the end
        lefts[i] = line[column]
        rights[i] = line[column + np.uint64(1)]


@numba.njit(cache=True, nogil=True)
def _mix_neighbours(lefts: Bytes, rights: Bytes, share: NDArray[np.uint16], out: Bytes) -> None:
    for i in range(out.size):
        part = share[i]
        value = np.uint16(lefts[i]) * np.uint16(np.uint16(256) - part) + np.uint16(rights[i]) * part
        out[i] = np.uint8(np.uint16(value + np.uint16(128)) >> np.uint16(8))
