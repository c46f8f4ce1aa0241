"""BlazeFace short range: faces within about two metres of the camera, with six points each.

Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019 (arXiv 1907.05047);
constants as published with MediaPipe's FaceDetector graph.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.faces.picture import Picture, Points, Roi
from limelight.faces.tflite import TfliteModel

SIDE = 128
STRIDES_AND_ANCHORS = ((8, 2), (16, 6))
"""Grid step in pixels of the input, and anchors at each place of the grid."""
MIN_SCORE = 0.5
MIN_OVERLAP = 0.5
"""Intersection over union from which two boxes are votes for one face."""


@dataclass(frozen=True)
class BlazeDetection:
    """One face.

    Attributes:
        low: ``(2,)`` smallest x and y of the box, pixels.
        high: ``(2,)`` greatest x and y of the box, pixels.
        points: ``(6, 2)`` pixels: the eyes (the one at the picture's left first), nose, mouth, ears.
        score: 0 to 1.
    """

    low: Points
    high: Points
    points: Points
    score: float

    def roi(self) -> Roi:
        """Where to look for the mesh of this face: the box turned to the eyes and enlarged by half."""
        return Roi.around(self.low, self.high, self.points[:2]).scaled(1.5)


@cache
def anchors() -> Points:
    """``(896, 2)`` centres of the anchors, as shares of the input's side."""
    rows = []
    for stride, count in STRIDES_AND_ANCHORS:
        size = SIDE // stride
        centres = (np.arange(size, dtype=np.float32) + 0.5) / size
        grid = np.stack(np.meshgrid(centres, centres), axis=-1).reshape(-1, 2)
        rows.append(np.repeat(grid, count, axis=0))
    return np.concatenate(rows)


def decode(regressors: Points, logits: NDArray[np.float32]) -> tuple[Points, NDArray[np.float32]]:
    """Candidate faces above :data:`MIN_SCORE`, best first.

    Args:
        regressors: ``(896, 16)`` box centre, box size and six points, each x then y, relative to the anchors.
        logits: ``(896,)``.

    Returns:
        ``(n, 8, 2)`` low corner, high corner and six points as shares of the input's side, and ``(n,)`` scores.
    """
    scores = 1.0 / (1.0 + np.exp(-np.clip(logits, -80, 80)))
    chosen = np.flatnonzero(scores >= MIN_SCORE)
    chosen = chosen[np.argsort(-scores[chosen], kind="stable")]
    pairs = regressors[chosen].reshape(-1, 8, 2) / SIDE
    centres = anchors()[chosen]
    middle, size = pairs[:, 0] + centres, pairs[:, 1]
    places = np.concatenate(
        [(middle - size / 2)[:, None], (middle + size / 2)[:, None], pairs[:, 2:] + centres[:, None]], axis=1
    )
    return places.astype(np.float32), scores[chosen].astype(np.float32)


def merge(places: Points, scores: NDArray[np.float32]) -> list[tuple[Points, float]]:
    """Weighted non-maximum suppression: overlapping candidates are averaged by score, best first.

    Args:
        places: ``(n, 8, 2)`` low corner, high corner, points; sorted by score, best first.
        scores: ``(n,)``.

    Returns:
        For each face ``(8, 2)`` places and the best score among its candidates.
    """
    faces = []
    while len(scores):
        alike = _overlaps(places[0], places) > MIN_OVERLAP
        alike[0] = True
        weights = scores[alike] / scores[alike].sum()
        faces.append((np.tensordot(weights, places[alike], axes=1).astype(np.float32), float(scores[0])))
        places, scores = places[~alike], scores[~alike]
    return faces


def _overlaps(one: Points, others: Points) -> NDArray[np.float32]:
    shared = np.clip(np.minimum(one[1], others[:, 1]) - np.maximum(one[0], others[:, 0]), 0, None).prod(
        axis=1
    )
    areas = np.clip(others[:, 1] - others[:, 0], 0, None).prod(axis=1)
    union = max(float((one[1] - one[0]).prod()), 0.0) + areas - shared
    overlaps: NDArray[np.float32] = np.where(union > 0, shared / np.maximum(union, 1e-12), 0.0)
    return overlaps


class BlazeFace:
    """The detector; :meth:`close` frees it."""

    def __init__(self, content: bytes, num_threads: int = 1) -> None:
        self._model = TfliteModel(content, num_threads)

    def __call__(self, rgb: Picture) -> list[BlazeDetection]:
        """All faces in a picture, best first."""
        height, width = rgb.shape[:2]
        whole = Roi(width / 2, height / 2, width, height).squared()
        crop = whole.crop(rgb, SIDE, SIDE, border=cv2.BORDER_CONSTANT)
        values = crop[None].astype(np.float32) / 127.5 - 1.0
        regressors, logits = self._model(values, ("regressors", "classificators"))
        corner = np.array([whole.x, whole.y], np.float32) - np.float32(whole.width / 2)
        found = []
        for places, score in merge(*decode(regressors[0], logits[0, :, 0])):
            pixels = places * np.float32(whole.width) + corner
            found.append(BlazeDetection(pixels[0], pixels[1], pixels[2:], score))
        return found

    def close(self) -> None:
        """Free the model's memory."""
        self._model.close()
