"""Actor: one star in one shot: which drawing is on screen, lit by the plate's light, with the mouth on the voice."""

from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.faces.mesh import CHIN, LIP_LOWER, LIP_UPPER, MOUTH_LEFT, MOUTH_RIGHT, OVAL
from limelight.shoot.painted.blend import Canvas
from limelight.shoot.painted.bust import END
from limelight.shoot.painted.lighting import Light, Sprite, relight
from limelight.shoot.painted.multiplane import place
from limelight.shoot.painted.performance import Performance
from limelight.shoot.painted.rotoscope import Exposure
from limelight.shoot.painted.soft import soften

Floats = NDArray[np.float32]

MOST_KEPT = 40
NEAR = 0.03
"""Units between two drawings' heads up to which one gives way to the other softly."""


class Actor:
    """A star in a shot.

    Args:
        performance: The star's drawings.
        exposure: Which drawing is on screen in each frame.
        sprite: Gives the painted sprite of a drawing.
    """

    def __init__(self, performance: Performance, exposure: Exposure, sprite: Callable[[int], Sprite]) -> None:
        self.performance = performance
        self.exposure = exposure
        self._sprite = sprite
        self._dressed: OrderedDict[object, Sprite] = OrderedDict()
        self._boxes: dict[int, tuple[int, int, int, int]] = {}
        gaps = np.linalg.norm(performance.points[:, LIP_UPPER] - performance.points[:, LIP_LOWER], axis=1)
        self._reach = float(gaps.max() - gaps.min())

    @property
    def unit(self) -> float:
        """Distance between the eyes' centres in a sprite, pixels."""
        return self.performance.unit

    @property
    def below(self) -> float:
        """How far below the eyes the sprite may be shown, in units: its very end is soft."""
        return (self.performance.whole[1] - self.performance.eyes[1]) / self.unit - END

    @cached_property
    def lightness(self) -> float:
        """How light the face is as it was painted, 0 to 1: the middle of its first drawing's skin."""
        drawing = self.drawing(0)
        sprite = self.plain(drawing)
        inside = oval_mask(self.performance.points[drawing], sprite.shape[:2], 1.0)[::4, ::4] > 0.8
        if not inside.any():
            return 0.5
        return float(np.median(unmixed_grey(np.ascontiguousarray(sprite[::4, ::4]))[inside])) / 255

    def drawing(self, frame: int) -> int:
        """Which drawing is on screen in a frame of the shot."""
        return int(self.exposure.drawings[frame])

    def plain(self, drawing: int) -> Sprite:
        """The painted sprite as it was kept."""
        return self._dress(("plain", drawing), lambda: self._sprite(drawing))

    def dressed(self, name: str, drawing: int, make: Callable[[Sprite, Floats], Sprite]) -> Sprite:
        """A sprite made over by a composition, made once and kept for the shot.

        Args:
            name: Of the making over.
            drawing: Which.
            make: Given the sprite and its (478, 2) landmarks.
        """
        return self._dress(
            (name, drawing), lambda: make(self.plain(drawing), self.performance.points[drawing])
        )

    def lit(self, frame: int, light: Light, name: str = "lit") -> Sprite:
        """The sprite of a frame with the scenery's light on it and the mouth on the voice; a name for each light."""

        def make(sprite: Sprite, points: Floats) -> Sprite:
            return relight(sprite, points, light, self.unit)

        return self.eased(frame, lambda at: self.with_mouth(self.dressed(name, self.drawing(at), make), at))

    def eased(self, frame: int, draw: Callable[[int], Sprite]) -> Sprite:
        """A frame's sprite; where a drawing of nearly the same pose comes, half of it is the one before.

        A shutter is open for a while; but of heads that are further apart one would see two.

        Args:
            frame: Of the shot.
            draw: Gives a frame's sprite.
        """
        now = draw(frame)
        if not self._changes(frame):
            return now
        return np.asarray(cv2.addWeighted(draw(frame - 1), 0.5, now, 0.5, 0), np.uint8)

    def _changes(self, frame: int) -> bool:
        """Whether a frame shows another drawing than the one before, near enough for both to be seen at once."""
        if frame == 0:
            return False
        now, before = self.drawing(frame), self.drawing(frame - 1)
        return now != before and float(self.performance.distances[now, before]) < NEAR

    def with_mouth(self, sprite: Sprite, frame: int) -> Sprite:
        """A sprite of the frame's drawing with the rest of the lip opening warped in."""
        drawing = self.drawing(frame)
        shift = float(self.exposure.residual[frame]) * self._reach
        if abs(shift) < 0.4:
            return sprite
        return warp_mouth(sprite, self.performance.points[drawing], shift, self.unit)

    def matrix(self, x: float, y: float, unit: float, degrees: float = 0.0) -> NDArray[np.float64]:
        """(2, 3) that puts the eyes at (x, y), ``unit`` pixels apart, turned about a point below the chin."""
        scale = unit / self.unit
        turn = np.deg2rad(degrees)
        linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        eyes = np.array(self.performance.eyes)
        pivot = eyes + np.array([0.0, 3.0 * self.unit])
        target = np.array([x, y + 3.0 * unit])
        return np.hstack([linear, (target - linear @ pivot)[:, None]])

    def put(
        self,
        canvas: Canvas,
        sprite: Sprite,
        frame: int,
        matrix: NDArray[np.float64],
        opacity: float = 1.0,
    ) -> None:
        """Draw a sprite of the frame's drawing; the matrix (2, 3) is from its pixels to the canvas's."""
        left, top, width, height = self._box(self.drawing(frame))
        if self._changes(frame):
            before = self._box(self.drawing(frame - 1))
            right = max(left + width, before[0] + before[2])
            bottom = max(top + height, before[1] + before[3])
            left, top = min(left, before[0]), min(top, before[1])
            width, height = right - left, bottom - top
        moved = matrix.copy()
        moved[:, 2] += matrix[:, :2] @ (left, top)
        place(canvas, sprite[top : top + height, left : left + width], moved, opacity)

    def _box(self, drawing: int) -> tuple[int, int, int, int]:
        """Left, top, width and height of what of a drawing is not empty, and a pixel around it."""
        if drawing not in self._boxes:
            alpha = cv2.extractChannel(self.plain(drawing), 3)
            left, top, width, height = cv2.boundingRect(alpha)
            right, bottom = min(alpha.shape[1], left + width + 1), min(alpha.shape[0], top + height + 1)
            left, top = max(0, left - 1), max(0, top - 1)
            self._boxes[drawing] = left, top, right - left, bottom - top
        return self._boxes[drawing]

    def _dress(self, key: object, make: Callable[[], Sprite]) -> Sprite:
        if key not in self._dressed:
            self._dressed[key] = make()
            if len(self._dressed) > MOST_KEPT:
                self._dressed.popitem(last=False)
        self._dressed.move_to_end(key)
        return self._dressed[key]


def warp_mouth(sprite: Sprite, points: Floats, shift: float, unit: float) -> Sprite:
    """Move the lower lip and jaw by ``shift`` pixels (down if positive), the upper lip staying.

    A mouth that is shut in the drawing opens only a little: stretched lips look false.
    """
    upper, lower, chin = points[LIP_UPPER], points[LIP_LOWER], points[CHIN]
    gap = float(lower[1] - upper[1])
    if shift > 0:
        shift *= float(np.clip(gap / (0.12 * unit), 0.25, 1.0))
    else:
        shift = max(shift, -0.6 * max(gap, 0.0))
    wide = float(np.linalg.norm(points[MOUTH_LEFT] - points[MOUTH_RIGHT]))
    centre = (upper + lower) / 2
    top, bottom = int(upper[1] - 0.1 * unit), int(chin[1] + 0.7 * unit)
    left, right = int(centre[0] - 1.3 * wide), int(centre[0] + 1.3 * wide)
    top, left = max(0, top), max(0, left)
    bottom, right = min(sprite.shape[0], bottom), min(sprite.shape[1], right)
    if bottom - top < 4 or right - left < 4:
        return sprite
    x = np.arange(left, right, dtype=np.float32)
    y = np.arange(top, bottom, dtype=np.float32)
    across = np.exp(-(((x - centre[0]) / (0.62 * wide)) ** 2))
    rise = np.clip((y - upper[1]) / max(2.0, 0.8 * gap + 0.06 * unit), 0, 1)
    fall = np.clip((bottom - y) / max(2.0, bottom - lower[1] - 0.2 * unit), 0, 1)
    down = (rise * rise * (3 - 2 * rise)) * (fall * fall * (3 - 2 * fall))
    map_x = np.broadcast_to(x, (len(y), len(x))).astype(np.float32)
    map_y = (y[:, None] - shift * down[:, None] * across[None]).astype(np.float32)
    out = sprite.copy()
    out[top:bottom, left:right] = cv2.remap(sprite, map_x, map_y, cv2.INTER_LINEAR)
    return out


def unmixed_grey(sprite: Sprite) -> Floats:
    """Grey of a premultiplied sprite as it was before, 0 to 255; what lies outside means nothing."""
    grey = np.asarray(cv2.cvtColor(sprite, cv2.COLOR_RGBA2GRAY), np.float32)
    return np.asarray(
        np.minimum(255, grey * (255 / np.maximum(sprite[..., 3], 1).astype(np.float32))), np.float32
    )


def oval_mask(points: Floats, shape: tuple[int, int], spread: float) -> Floats:
    """The face's oval, 0 to 1, ``shape`` (height, width)."""
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.rint(points[list(OVAL)]).astype(np.int32)], 255)
    return soften(mask, spread)
