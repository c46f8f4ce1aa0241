"""Paint a colour through a mask: the one loop over pixels that captions need."""

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(cache=True, nogil=True)
def paint(  # noqa: PLR0917  # numba calls by position
    picture: NDArray[np.uint8],
    mask: NDArray[np.uint8],
    left: int,
    top: float,
    colour: tuple[float, float, float],
    opacity: float,
) -> None:
    """Lay a colour over a picture, in place, where a mask says so; what is outside the picture is left out.

    Args:
        picture: ``(height, width, 3) uint8``.
        mask: ``(rows, columns) uint8``: coverage, 255 for all.
        left: The mask's first column in the picture.
        top: The mask's first row in the picture; a fraction shifts it between two rows, so that what rises
            slowly does not jump from row to row.
        colour: 0 to 255 each.
        opacity: 0 to 1, times the mask.
    """
    rows, columns = mask.shape
    height, width, _ = picture.shape
    first = int(np.floor(top))
    lower = np.int32(round((top - first) * 256))
    upper = np.int32(256) - lower
    weight = np.int32(round(opacity * 256))
    red, green, blue = np.int32(colour[0]), np.int32(colour[1]), np.int32(colour[2])
    start, stop = max(0, -left), min(columns, width - left)
    empty = np.zeros(columns, np.uint8)
    for row in range(max(0, -first), min(rows + 1, height - first)):
        here = mask[row] if row < rows else empty
        above = mask[row - 1] if row > 0 else empty
        line = picture[first + row]
        for column in range(start, stop):
            cover = np.int32(here[column]) * upper + np.int32(above[column]) * lower  # of 255 x 256
            if cover == 0:
                continue
            cover = (((cover * weight) >> 8) * np.int32(257)) >> 8  # of 65535
            pixel = line[left + column]
            pixel[0] += ((red - pixel[0]) * cover + 32768) >> 16
            pixel[1] += ((green - pixel[1]) * cover + 32768) >> 16
            pixel[2] += ((blue - pixel[2]) * cover + 32768) >> 16
