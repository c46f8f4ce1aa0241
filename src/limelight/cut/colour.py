"""sRGB pictures to the Y'CbCr planes of a film: BT.709, limited range, 4:2:0.

Y' = 16 + 219 (Kr R' + Kg G' + Kb B'), Cb = 128 + 224 (B' - Y') / 1.8556, Cr = 128 + 224 (R' - Y') / 1.5748,
with Kr = .2126, Kb = .0722 (ITU-R BT.709-6, items 3.2 to 3.5). The transfer is left alone: video is shown on
the same displays as sRGB pictures, and players treat BT.709 as display-referred.

OpenCV's own RGB to I420 has the BT.601 weights: saturated colours would shift in every player.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

KR: Final = 0.2126
KB: Final = 0.0722
_LUMA = np.array([KR, 1 - KR - KB, KB])
_MATRIX: Final = np.column_stack(
    [
        np.stack(
            [
                _LUMA * 219 / 255,
                (np.array([0, 0, 1]) - _LUMA) * 224 / 255 / (2 * (1 - KB)),
                (np.array([1, 0, 0]) - _LUMA) * 224 / 255 / (2 * (1 - KR)),
            ]
        ),
        [16, 128, 128],
    ]
).astype(np.float32)


def to_planes(picture: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Convert a picture.

    Args:
        picture: ``(height, width, 3) uint8``, sRGB, even height and width.

    Returns:
        Y' ``(height, width)``, Cb and Cr ``(height / 2, width / 2)``, each ``uint8``.
    """
    y, cb, cr = cv2.split(cv2.transform(picture, _MATRIX))
    half = (picture.shape[1] // 2, picture.shape[0] // 2)
    cb = cv2.resize(cb, half, interpolation=cv2.INTER_AREA)
    cr = cv2.resize(cr, half, interpolation=cv2.INTER_AREA)
    return y, cb, cr  # type: ignore[return-value]  # OpenCV's annotations lose the dtype
