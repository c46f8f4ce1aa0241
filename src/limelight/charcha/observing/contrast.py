"""What is dark and what is bright side by side around the eyes: brows, lashes and pupils against the skin there.

Light that falls on a face is multiplied by what each place reflects; light that is added by a screen's glass or by a
program is the same everywhere. Only places that lie close together can tell the two apart, for the room's light is
then the same on both (Land and McCann, "Lightness and Retinex Theory", JOSA 61(1), 1971).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.charcha.observing.linear_light import mean_light
from limelight.faces.landmarks import Face
from limelight.faces.mesh import BROW_LEFT, BROW_RIGHT, EYE_LEFT, EYE_RIGHT
from limelight.faces.picture import Picture

AROUND = (np.array(BROW_RIGHT + EYE_RIGHT), np.array(BROW_LEFT + EYE_LEFT))
DARKEST = 0.12
"""Share of the places around the eyes that counts as dark: brows or, where they are fair, lashes and pupils."""
BRIGHT = (0.5, 0.9)
"""Shares between which a place counts as bright; what shines more (whites of the eyes, glints) is left out."""
LEAST = 60
"""Pixels around one eye, below which nothing is said."""


def dark_and_bright(rgb: Picture, face: Face) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """``(3,)`` and ``(3,)`` mean linear RGB of the dark and the bright places around the eyes; zeros if not seen."""
    parts = [_around(rgb, face, places) for places in AROUND]
    pixels = np.concatenate(parts)
    if min(len(part) for part in parts) < LEAST:
        return np.zeros(3, np.float32), np.zeros(3, np.float32)
    order = np.argsort(pixels.astype(np.int32) @ (2, 5, 1), kind="stable")
    low, high = int(BRIGHT[0] * len(order)), int(BRIGHT[1] * len(order))
    return mean_light(pixels[order[: int(DARKEST * len(order))]]), mean_light(pixels[order[low:high]])


def _around(rgb: Picture, face: Face, places: NDArray[np.int_]) -> NDArray[np.uint8]:
    """``(n, 3)`` the pixels inside the outline of one brow and its eye."""
    outline = cv2.convexHull(np.round(face.points[places, :2]).astype(np.int32))
    left, top, across, down = cv2.boundingRect(outline)
    low = np.maximum((left, top), 0)
    region = rgb[low[1] : max(0, top + down), low[0] : max(0, left + across)]
    if min(region.shape[:2]) < 2:
        return np.zeros((0, 3), np.uint8)
    inside = np.zeros(region.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, outline - low.astype(np.int32), 255)
    return region[inside > 0]
