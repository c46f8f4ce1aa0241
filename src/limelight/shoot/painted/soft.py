"""Wide blurs at the price of narrow ones: shrink, blur, enlarge."""

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def soften(mask: NDArray[np.floating] | NDArray[np.uint8], sigma: float) -> Floats:
    """Gaussian blur of a mask or a picture; from 6 pixels on it is done on a smaller copy.

    Args:
        mask: ``(height, width)`` or with channels, float or uint8 (which is scaled to 0..1).
        sigma: Standard deviation in pixels.
    """
    values = mask.astype(np.float32) / 255 if mask.dtype == np.uint8 else mask.astype(np.float32, copy=False)
    shrink = int(sigma // 3)
    if shrink < 2:
        return np.asarray(cv2.GaussianBlur(values, (0, 0), max(0.5, sigma)), np.float32)
    height, width = values.shape[:2]
    size = (max(2, width // shrink), max(2, height // shrink))
    small = cv2.GaussianBlur(cv2.resize(values, size, interpolation=cv2.INTER_AREA), (0, 0), sigma / shrink)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
