"""Veil: what lies between the camera and the star's feet: the plate's nearest layers, larger, out of focus, and air.

A bust that ends in the picture would hover. It is cut by the picture's edge, and mist in the scenery's own colours
and blurred plants and roofs stand before it.
"""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.blend import Canvas, over
from limelight.shoot.painted.multiplane import FOCUS, Cel, cel_of, lay
from limelight.shoot.painted.plates import Layer, Plate
from limelight.shoot.painted.staging import Staging

GROWTH = 1.3
"""The nearest layers once more, this much larger than in the scenery."""
BLUR = 0.009
"""Standard deviation of their blur, share of the picture's shorter side."""
DRIFT = 0.012
"""Picture widths a second that the mist moves."""


class Veil:
    """The foreground of a shot.

    Args:
        staging: The shot.
        top: Where the mist begins, share of the height from the top.
        most: Its opacity at the lower edge, 0 to 1.
        front: Whether the nearest layers are drawn once more.
        light: How much of the scenery's light is left, 0 to 1.
    """

    def __init__(
        self,
        staging: Staging,
        *,
        top: float = 0.72,
        most: float = 0.8,
        front: bool = True,
        light: float = 1.0,
    ) -> None:
        self._staging = staging
        self._mist = _mist(staging, top, most, light)
        self._front = _front(dimmed(staging.plate, light), staging.short) if front else None

    def draw(self, canvas: Canvas, frame: int) -> None:
        """Draw mist and foreground over the canvas."""
        staging = self._staging
        width, height = staging.size
        slack = self._mist.shape[1] - width
        seconds = frame / staging.fps
        x = round(slack * (0.5 + 0.5 * np.sin(2 * np.pi * DRIFT * seconds * width / max(1, slack))))
        over(canvas, self._mist[:, x : x + width], 0, height - self._mist.shape[0])
        if self._front is not None:
            view = staging.view(frame, share=1.6)
            lay(canvas, self._front, view.matrix(1.15, staging.plate.size, staging.size))


def dimmed(plate: Plate, light: float) -> Plate:
    """A plate with a share of its light."""
    if light >= 1:
        return plate
    table = np.rint(np.arange(256) * light).astype(np.uint8)
    layers = []
    for layer in plate.layers:
        rgba = layer.rgba.copy()
        rgba[..., :3] = cv2.LUT(layer.rgba, table)[..., :3]
        layers.append(Layer(rgba, layer.depth))
    return replace(plate, layers=tuple(layers))


def _mist(staging: Staging, top: float, most: float, light: float) -> NDArray[np.uint8]:
    """Mist over the ground in the colours that lie behind it, premultiplied; wider than the picture."""
    width, height = staging.size
    rows, columns = max(2, round((1 - top) * height)), round(1.12 * width)
    haze = staging.haze
    lowest = haze[-max(2, haze.shape[0] // 5) :].mean(axis=0, keepdims=True)
    spread = cv2.GaussianBlur(lowest.astype(np.float32), (0, 0), max(1.0, haze.shape[1] / 9))
    color = cv2.resize(spread.reshape(1, -1, 3), (columns, 1), interpolation=cv2.INTER_LINEAR)
    noise = np.random.default_rng(staging.seed).normal(0, 1, (4, 9)).astype(np.float32)
    banks = cv2.resize(noise, (columns, rows), interpolation=cv2.INTER_CUBIC)
    rise = (
        np.linspace(0, 1, rows, dtype=np.float32)[:, None] + 0.1 * banks * np.linspace(0.2, 1, rows)[:, None]
    )
    rise = np.clip(rise, 0, 1)
    cover = most * rise * rise * (3 - 2 * rise)
    mist = np.empty((rows, columns, 4), np.uint8)
    mist[..., :3] = np.clip(color.reshape(1, columns, 3) * 0.92 * light * cover[..., None], 0, 255)
    mist[..., 3] = 255 * cover
    return mist


def _front(plate: Plate, short: int) -> Cel | None:
    """The plate's nearest layers, grown from the middle of their lower edge and out of focus."""
    near = [layer for layer in plate.layers if layer.depth >= FOCUS]
    if not near:
        return None
    width, height = plate.size
    grown = np.array([[GROWTH, 0, (1 - GROWTH) * width / 2], [0, GROWTH, (1 - GROWTH) * height]])
    grown[1, 2] += 0.05 * height  # lower, so that only the tips of what is tall come up
    sigma = max(0.8, BLUR * short)
    shrink = max(1, int(sigma // 1.5))
    small = (width // shrink, height // shrink)
    front = cv2.warpAffine(near[-1].rgba, grown / shrink, small, flags=cv2.INTER_LINEAR)
    blurred = cv2.GaussianBlur(front, (0, 0), sigma / shrink)
    whole = np.asarray(cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    return cel_of(whole, FOCUS)
