"""Crops: pictures around the face, in a few shapes of the same number of pixels, so that a batch fits together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ASPECTS = (1.0, 3 / 4, 4 / 3)
"""Width by height of the buckets."""
FACE_SHARES = (0.55, 0.34, 0.2)
"""Height of the face as a share of the picture's, taken in turn: close, bust, wide."""
EYES_AT = 0.42
"""Where the face's middle comes to lie, as a share of the crop's height."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Crop:
    """A part of a frame and the shape it is brought to.

    Attributes:
        left: Pixels of the frame.
        top: Pixels of the frame.
        width: Pixels of the frame.
        height: Pixels of the frame.
        bucket: Width and height in pixels that the model sees.
    """

    left: int
    top: int
    width: int
    height: int
    bucket: tuple[int, int]

    def cut(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """``(bucket height, bucket width, 3) uint8`` from ``(height, width, 3) uint8``."""
        import cv2

        part = frame[self.top : self.top + self.height, self.left : self.left + self.width]
        shrinks = self.width > self.bucket[0]
        return np.asarray(
            cv2.resize(part, self.bucket, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC),
            np.uint8,
        )


def buckets(resolution: int, multiple: int) -> tuple[tuple[int, int], ...]:
    """Widths and heights of about ``resolution`` squared pixels, each a multiple of what the model can take."""
    found = []
    for aspect in ASPECTS:
        width = max(multiple, round(resolution * aspect**0.5 / multiple) * multiple)
        height = max(multiple, round(resolution / aspect**0.5 / multiple) * multiple)
        found.append((width, height))
    return tuple(dict.fromkeys(found))


def crop_around(face: Box, frame: tuple[int, int], face_share: float, bucket: tuple[int, int]) -> Crop:
    """The largest sensible crop of a bucket's shape with the face in its place; always inside the frame.

    Args:
        face: Left, top, width and height, pixels.
        frame: Width and height of the frame.
        face_share: Wished height of the face as a share of the crop's.
        bucket: Width and height that the model sees.
    """
    aspect = bucket[0] / bucket[1]
    wide, high = frame
    height = max(face[3] / face_share, face[2] / aspect * 1.1)
    height = min(height, high, wide / aspect)
    width = height * aspect
    left = float(np.clip(face[0] + face[2] / 2 - width / 2, 0, wide - width))
    top = float(np.clip(face[1] + face[3] / 2 - EYES_AT * height, 0, high - height))
    x, y = int(left), int(top)
    return Crop(x, y, max(1, min(round(width), wide - x)), max(1, min(round(height), high - y)), bucket)
