"""sRGB pictures to the Y'CbCr planes of a film: BT.709, limited range, 4:2:0.

Y' = 16 + 219 (Kr R' + Kg G' + Kb B'), Cb = 128 + 224 (B' - Y') / 1.8556, Cr = 128 + 224 (R' - Y') / 1.5748,
with Kr = .2126, Kb = .0722 (ITU-R BT.709-6, items 3.2 to 3.5). The transfer is left alone: video is shown on
the same displays as sRGB pictures, and players treat BT.709 as display-referred.

OpenCV's own RGB to I420 has the BT.601 weights: saturated colours would shift in every player.
"""

from typing import Final

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

KR: Final = 0.2126
KB: Final = 0.0722
_LUMA = np.array([KR, 1 - KR - KB, KB])
_MATRIX: Final = np.rint(
    65536
    * np.stack(
        [
            _LUMA * 219 / 255,
            (np.array([0, 0, 1]) - _LUMA) * 224 / 255 / (2 * (1 - KB)),
            (np.array([1, 0, 0]) - _LUMA) * 224 / 255 / (2 * (1 - KR)),
        ]
    )
).astype(np.int32)
"""Of red, green and blue, in 1/65536."""

Plane = NDArray[np.uint8]
Words = NDArray[np.uint32]


def to_planes(picture: NDArray[np.uint8]) -> tuple[Plane, Plane, Plane]:
    """Convert a picture.

    Args:
        picture: ``(height, width, 3) uint8``, sRGB, even height and width.

    Returns:
        Y' ``(height, width)``, Cb and Cr ``(height / 2, width / 2)``, each ``uint8``; chroma of the mean colour of
        each two by two pixels.
    """
    whole = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA), np.uint8)
    size = (picture.shape[1] // 2, picture.shape[0] // 2)
    half = np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.uint8)
    luma, cb, cr = (np.empty(part.shape[:2], np.uint8) for part in (whole, half, half))
    for part, plane, weights, offset in zip(
        (whole, half, half), (luma, cb, cr), _MATRIX, (16, 128, 128), strict=True
    ):
        red, green, blue = weights
        _weigh(part.view(np.uint32).reshape(-1), red, green, blue, np.int32(offset), plane.reshape(-1))
    return luma, cb, cr


@numba.njit(cache=True, nogil=True)
def _weigh(  # noqa: PLR0917 - compiled: positions only
    pixels: Words, red: np.int32, green: np.int32, blue: np.int32, offset: np.int32, plane: Plane
) -> None:
    """``offset`` + the weighted sum of three channels (weights in 1/65536), rounded."""
    byte, start = np.uint32(255), np.int32(65536 * offset + 32768)
    for x in range(plane.size):
        pixel = pixels[x]
        total = np.int32(pixel & byte) * red + np.int32((pixel >> np.uint32(8)) & byte) * green
        total += np.int32((pixel >> np.uint32(16)) & byte) * blue
        plane[x] = np.uint8(np.int32(total + start) >> np.int32(16))
