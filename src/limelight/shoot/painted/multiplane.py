"""Multiplane: a plate's layers seen by a moving camera; near ones move more."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.blend import Canvas, over
from limelight.shoot.painted.enlarging import Spans, enlarge, spans_of
from limelight.shoot.painted.plates import Layer, Plate

MOST_CELS = 4
FOCUS = 0.78
"""Depth of the star: nearer layers pass in front."""
PULSE = 0.012
"""Zoom of the nearest plane on a beat."""


@dataclass(frozen=True)
class View:
    """Where the camera stands: see :class:`limelight.shoot.painted.motion.Motion`."""

    zoom: float = 0.0
    pan: float = 0.0
    tilt: float = 0.0
    pulse: float = 0.0

    def matrix(self, depth: float, plate: tuple[int, int], frame: tuple[int, int]) -> NDArray[np.float64]:
        """(2, 3) from a layer's pixels to the frame's."""
        scale = 1 + self.zoom * (0.35 + 1.1 * depth) + PULSE * self.pulse * depth
        lead = 0.25 + 1.6 * depth
        limit = (scale * plate[0] / frame[0] - 1) / 2, (scale * plate[1] / frame[1] - 1) / 2
        x = float(np.clip(self.pan * lead, -limit[0], limit[0])) * frame[0]
        y = float(np.clip(self.tilt * lead, -limit[1], limit[1])) * frame[1]
        return np.array(
            [
                [scale, 0, frame[0] / 2 + x - scale * plate[0] / 2],
                [0, scale, frame[1] / 2 + y - scale * plate[1] / 2],
            ]
        )


@dataclass(frozen=True)
class Cel:
    """What of a layer is not empty, and where its top left corner lies in the plate, pixels."""

    rgba: NDArray[np.uint8]
    depth: float
    left: int
    top: int
    spans: Spans
    """What of each row is not empty."""


class Multiplane:
    """Draws a plate onto canvases of one size.

    Args:
        plate: Its first layer is opaque.
        size: Width and height of the frame.
        blur: What is far from the focus is blurred with this standard deviation, pixels of the frame; 0: all sharp.
    """

    def __init__(self, plate: Plate, size: tuple[int, int], blur: float = 0.0) -> None:
        self._plate_size = plate.size
        self._size = size
        layers = _merged(plate.layers[1:])
        self._back = _unfocused(plate.layers[0], blur)
        self._cels = [
            cel for layer in layers if (cel := cel_of(_unfocused(layer, blur).rgba, layer.depth)) is not None
        ]

    def draw(self, canvas: Canvas, view: View, *, depths: tuple[float, float] = (-1.0, 2.0)) -> None:
        """Draw the layers whose depth lies within ``depths`` (from, up to but without) over the canvas."""
        if depths[0] <= self._back.depth < depths[1]:
            matrix = view.matrix(self._back.depth, self._plate_size, self._size)
            enlarge(canvas, self._back.rgba, None, matrix[0, 0], *matrix[:, 2])
        for cel in self._cels:
            if depths[0] <= cel.depth < depths[1]:
                lay(canvas, cel, view.matrix(cel.depth, self._plate_size, self._size))

    def covered(self, left: float, top: float, right: float, bottom: float) -> list[tuple[float, float]]:
        """Depth of each layer before the back, and the share of a box of the unmoved frame that it covers."""
        x, y = ((plate - frame) / 2 for plate, frame in zip(self._plate_size, self._size, strict=True))
        area = max(1.0, (right - left) * (bottom - top))
        found = []
        for cel in self._cels:
            columns = slice(max(0, round(left + x) - cel.left), max(0, round(right + x) - cel.left))
            rows = slice(max(0, round(top + y) - cel.top), max(0, round(bottom + y) - cel.top))
            found.append((cel.depth, float(cel.rgba[rows, columns, 3].sum(dtype=np.int64)) / 255 / area))
        return found


def _unfocused(layer: Layer, blur: float) -> Layer:
    """A layer as a lens sees it that is focused on the star: the back most blurred, what is near the star less."""
    sigma = blur * (1.0 if layer.depth < FOCUS else 0.8)
    if sigma < 0.6:
        return layer
    height, width = layer.rgba.shape[:2]
    shrink = max(1, int(sigma // 1.5))
    small = cv2.resize(layer.rgba, (width // shrink, height // shrink), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / shrink)
    return Layer(
        np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8), layer.depth
    )


def _merged(layers: Sequence[Layer]) -> list[Layer]:
    """At most :data:`MOST_CELS` layers: neighbours of like depth become one, for each costs time in every frame."""
    kept = list(layers)
    while len(kept) > MOST_CELS:
        gaps = [b.depth - a.depth for a, b in itertools.pairwise(kept)]
        at = int(np.argmin(gaps))
        below, above = kept[at], kept[at + 1]
        both = below.rgba.copy()
        over(both, above.rgba, 0, 0)
        both[..., 3] = 255 - np.rint((255.0 - below.rgba[..., 3]) * (255.0 - above.rgba[..., 3]) / 255)
        kept[at : at + 2] = [Layer(both, (below.depth + above.depth) / 2)]
    return kept


def place(
    canvas: Canvas, sprite: NDArray[np.uint8], matrix: NDArray[np.float64], opacity: float = 1.0
) -> None:
    """Warp a premultiplied sprite by a (2, 3) matrix onto the canvas, touching only the pixels it covers."""
    height, width = sprite.shape[:2]
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]]) @ matrix.T
    left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    right, bottom = np.minimum(np.ceil(corners.max(axis=0)).astype(int), (canvas.shape[1], canvas.shape[0]))
    if left >= right or top >= bottom:
        return
    shifted = matrix.copy()
    shifted[:, 2] -= (left, top)
    size = (int(right - left), int(bottom - top))
    warped = np.asarray(cv2.warpAffine(sprite, shifted, size, flags=cv2.INTER_LINEAR), np.uint8)
    over(canvas, warped, int(left), int(top), opacity)


def lay(canvas: Canvas, cel: Cel, matrix: NDArray[np.float64]) -> None:
    """Draw a cel over the canvas; the matrix (2, 3), from the plate's pixels to the canvas's, does not turn."""
    x, y = matrix[:, 2] + matrix[:, :2] @ (cel.left, cel.top)
    enlarge(canvas, cel.rgba, cel.spans, matrix[0, 0], x, y)


def cel_of(rgba: NDArray[np.uint8], depth: float) -> Cel | None:
    """The layer without its empty borders, one empty pixel kept for the interpolation."""
    rows, columns = np.flatnonzero(rgba[..., 3].any(axis=1)), np.flatnonzero(rgba[..., 3].any(axis=0))
    if not len(rows):
        return None
    top, bottom = max(0, rows[0] - 1), min(rgba.shape[0], rows[-1] + 2)
    left, right = max(0, columns[0] - 1), min(rgba.shape[1], columns[-1] + 2)
    part = np.ascontiguousarray(rgba[top:bottom, left:right])
    return Cel(part, depth, int(left), int(top), spans_of(part))
