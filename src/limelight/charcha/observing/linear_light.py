"""Linear light of sRGB codes, and the light of some places of a face: its skin, and what lies behind it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.faces.landmarks import Face
from limelight.faces.picture import Picture

Light = NDArray[np.float32]
"""``(3,)`` mean linear RGB, 0 to 1."""
SKIN_POINTS = ((50, 101, 205), (280, 330, 425), (9, 108, 337))
"""Triangles of the mesh on the right cheek, the left cheek and the forehead."""


def _linear_codes() -> NDArray[np.float32]:
    code = np.arange(256) / 255
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4).astype(np.float32)


LINEAR = _linear_codes()
"""Linear light for each sRGB code (IEC 61966-2-1)."""


def mean_light(pixels: NDArray[np.uint8]) -> Light:
    """``(3,)`` mean linear RGB of ``(n, 3)`` sRGB codes; zeros for none."""
    if not len(pixels):
        return np.zeros(3, np.float32)
    mean: Light = LINEAR[pixels].mean(axis=0)
    return mean


def skin_light(rgb: Picture, face: Face | None) -> Light:
    """Mean linear RGB inside three triangles of the mesh; zeros without a face."""
    if face is None:
        return np.zeros(3, np.float32)
    triangles = face.points[np.array(SKIN_POINTS), :2]
    low = np.maximum(np.floor(triangles.min(axis=(0, 1))).astype(int), 0)
    high = np.ceil(triangles.max(axis=(0, 1))).astype(int) + 1
    region = rgb[low[1] : high[1], low[0] : high[0]]
    if min(region.shape[:2]) < 2:
        return np.zeros(3, np.float32)
    mask = np.zeros(region.shape[:2], np.uint8)
    for triangle in triangles:
        cv2.fillConvexPoly(mask, np.round(triangle - low).astype(np.int32), 255)
    return mean_light(region[mask > 0])


def surround_light(rgb: Picture, faces: tuple[Face, ...]) -> Light:
    """Mean linear RGB of the upper corners, each a sixth of the width and a third of the height."""
    height, width = rgb.shape[:2]
    edge = width // 6
    if faces:
        left, _, across, _ = faces[0].box
        edge = int(np.clip(min(left, width - left - across) * 0.6, 8, edge))
    corners = np.concatenate(
        [rgb[: height // 3 : 2, :edge:2].reshape(-1, 3), rgb[: height // 3 : 2, -edge::2].reshape(-1, 3)]
    )
    return mean_light(corners)
