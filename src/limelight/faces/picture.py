"""Pictures as the face models take them, and rotated rectangles cut out of them."""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.errors import InputError

Picture = NDArray[np.uint8]
Points = NDArray[np.float32]


def check_picture(rgb: Any) -> Picture:
    """A picture as the models take it: ``(height, width, 3) uint8, sRGB``, at least 2 pixels a side.

    Raises:
        InputError: any other array.
    """
    if not isinstance(rgb, np.ndarray) or rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
        got = f"{rgb.dtype} {rgb.shape}" if isinstance(rgb, np.ndarray) else type(rgb).__name__
        raise InputError(f"A picture must be a (height, width, 3) uint8 array, and this is {got}.")
    if min(rgb.shape[:2]) < 2:
        raise InputError(
            f"A picture must have at least 2 x 2 pixels, and this has {rgb.shape[1]} x {rgb.shape[0]}."
        )
    return rgb


@dataclass(frozen=True)
class Roi:
    """A region of interest: a rectangle in a picture, turned about its centre.

    Attributes:
        x: Centre, pixels.
        y: Centre, pixels.
        width: Pixels along its own horizontal.
        height: Pixels along its own vertical.
        angle: Radians, positive turns clockwise as seen.
    """

    x: float
    y: float
    width: float
    height: float
    angle: float = 0.0

    @classmethod
    def around(cls, low: Points, high: Points, eyes: Points) -> "Roi":
        """The box from ``low`` to ``high`` (each x, y), turned so that its top is parallel to the eyes.

        Args:
            low: ``(2,)`` smallest x and y.
            high: ``(2,)`` greatest x and y.
            eyes: ``(2, 2)`` the eye at the picture's left, then the other.
        """
        x, y = (low + high) / 2
        width, height = high - low
        dx, dy = eyes[1] - eyes[0]
        return cls(float(x), float(y), float(width), float(height), math.atan2(float(dy), float(dx)))

    def scaled(self, factor: float) -> "Roi":
        """The same region, larger by a factor."""
        return Roi(self.x, self.y, self.width * factor, self.height * factor, self.angle)

    def squared(self) -> "Roi":
        """The same region with both sides as long as the longer."""
        side = max(self.width, self.height)
        return Roi(self.x, self.y, side, side, self.angle)

    def matrix(self, width: int, height: int) -> NDArray[np.float64]:
        """``(2, 3)`` affine map from a crop of that many pixels to the picture."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        across, down = self.width / width, self.height / height
        return np.array(
            [
                [cos * across, -sin * down, self.x - (cos * self.width - sin * self.height) / 2],
                [sin * across, cos * down, self.y - (sin * self.width + cos * self.height) / 2],
            ]
        )

    def crop(self, rgb: Picture, width: int, height: int, *, border: int) -> Picture:
        """The region as a picture of ``width`` x ``height``, bilinear, with an OpenCV border mode outside."""
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        matrix = self.matrix(width, height)
        cut = cv2.warpAffine(rgb, matrix, (width, height), flags=flags, borderMode=border)
        return cut.astype(np.uint8, copy=False)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Smallest x and y, greatest x and y of the box as if it were not turned."""
        half_width, half_height = self.width / 2, self.height / 2
        return self.x - half_width, self.y - half_height, self.x + half_width, self.y + half_height

    def overlap(self, other: "Roi") -> float:
        """Intersection over union of the two boxes as if they were not turned, 0 to 1."""
        left, top, right, bottom = self.bounds
        other_left, other_top, other_right, other_bottom = other.bounds
        across = min(right, other_right) - max(left, other_left)
        down = min(bottom, other_bottom) - max(top, other_top)
        if across <= 0 or down <= 0:
            return 0.0
        shared = across * down
        return shared / (self.width * self.height + other.width * other.height - shared)
