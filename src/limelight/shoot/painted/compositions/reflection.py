"""Reflection: the star over water or a wet street that mirrors her or him in slow waves."""

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.blend import Canvas, fill, new_canvas
from limelight.shoot.painted.finish import Recipe
from limelight.shoot.painted.multiplane import FOCUS
from limelight.shoot.painted.staging import Place, Staging, shade
from limelight.shoot.painted.standing import Ensemble
from limelight.shoot.painted.words import Verses

WATERLINE, UPRIGHT_WATERLINE = 0.64, 0.74
"""Share of the height from the top; lower where captions stand in the sky."""
MIRROR = 0.78
"""Opacity of the mirrored picture at the waterline; it falls towards the camera."""
SQUASH = 1.18
"""Mirrored things are seen this much shorter."""
DEEP = 4.3
"""Units between eyes and waterline at most."""
RIPPLES, RIPPLE_TURN = 4, 0.35
"""Rings around somebody in the water, and how many of them spread in a second."""


class Reflection:
    """The picture above the waterline, and the same below it, upside down and moving."""

    recipe = Recipe(bloom=0.4, vignette=0.36)

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        width, height = staging.size
        lowest = UPRIGHT_WATERLINE if staging.is_tall else WATERLINE
        self._line = round(max(lowest, min(0.8, staging.plate.horizon + 0.08)) * height)
        self._ensemble = Ensemble(staging, _places(staging, self._line), nearing=0.35)
        self._waists: dict[tuple[int, int], tuple[float, float]] = {}
        self._planes = staging.unfocused(0.0022) if staging.actors else staging.planes
        self._upper = new_canvas(width, height)
        tint = 0.5 * np.array(staging.palette.color(0.2), np.float64) + 0.5 * staging.haze[-3:].mean(
            axis=(0, 1)
        )
        self._tint = tint.astype(np.float32)
        box = (0.08 * width, 0.8 * height, 0.84 * width, 0.14 * height)
        self._verses = Verses(staging.words, "serif-display", box, "center", 0.08 * staging.short)

    def draw(self, canvas: Canvas, frame: int) -> None:
        """Scenery, star, water."""
        staging = self._staging
        view = staging.view(frame, share=0.8)
        self._planes.draw(canvas, view, depths=(-1, FOCUS))
        staging.fly(canvas, frame, near=False)
        np.copyto(self._upper, canvas)
        self._ensemble.draw(self._upper, frame)
        rate = staging.short / 720
        _mirror(canvas, self._upper, self._line, frame / staging.fps, rate, self._tint)
        for index in range(len(staging.actors)):
            self._ripple(canvas, index, frame)
        staging.fly(canvas, frame, near=True)
        self._verses.draw(canvas, frame, (255, 252, 244), staging.palette.color(0.9), shadow=(6, 4, 12))

    def _ripple(self, canvas: Canvas, index: int, frame: int) -> None:
        """Water that gives way: a dark line where the body meets it, and flat rings of light that spread and fade."""
        staging, actor = self._staging, self._staging.actors[index]
        matrix = self._ensemble.matrix(index, frame)
        scale = float(np.hypot(*matrix[:, 0]))
        eyes = float((matrix @ (*actor.performance.eyes, 1.0))[0])
        offset, half = (scale * value for value in self._waist(index, actor.drawing(0)))
        middle = eyes + offset
        beside, reach = (scale * value for value in self._waist(index, actor.drawing(frame)))
        wide, high = round(2.2 * half), max(4, round(0.34 * half))
        light = np.zeros((high, 2 * wide), np.uint8)
        dark = np.zeros_like(light)
        soft = staging.short / 450
        for ring in range(RIPPLES):
            grown = (ring + RIPPLE_TURN * frame / staging.fps % 1) / RIPPLES
            size = round(16 * half * (1 + 1.1 * grown)), round(16 * 0.3 * half * (0.12 + 0.8 * grown))
            level = round(190 * (1 - grown) * min(1.0, 6 * grown))
            cv2.ellipse(
                light, (16 * wide, 0), size, 0, 0, 180, level, max(1, round(1.25 * soft)), cv2.LINE_AA, 4
            )
        cv2.ellipse(
            dark,
            (round(16 * (wide + eyes + beside - middle)), 0),
            (round(15.5 * reach), round(0.8 * reach)),
            0,
            0,
            180,
            200,
            -1,
            cv2.LINE_AA,
            4,
        )
        deep, bright = shade(staging.palette.color(0.05), 0.6), staging.palette.color(0.95)
        for mask, color, share in ((dark, deep, 0.55), (light, bright, 0.5)):
            blurred = np.asarray(cv2.GaussianBlur(mask, (0, 0), max(0.7, soft / 2)), np.uint8)
            fill(canvas, blurred, round(middle) - wide, self._line, color, share)

    def _waist(self, index: int, drawing: int) -> tuple[float, float]:
        """Where a body's middle lies beside its eyes at the waterline, and half its width there, in sprite pixels."""
        if (index, drawing) not in self._waists:
            actor, spot = self._staging.actors[index], self._ensemble.places[index]
            x, y = actor.performance.eyes
            alpha = actor.plain(drawing)[..., 3]
            row = min(round(y + (self._line - spot.y) / spot.unit * actor.unit), len(alpha) - 1)
            columns = np.flatnonzero(alpha[row] > 127)
            left, right = (columns[0], columns[-1]) if len(columns) else (x - actor.unit, x + actor.unit)
            self._waists[index, drawing] = float(left + right) / 2 - x, float(right - left) / 2
        return self._waists[index, drawing]


def _places(staging: Staging, line: int) -> tuple[Place, ...]:
    """To the chest in the water: the bust is cut by the waterline, not by its own end."""
    width, height = staging.size
    pair = len(staging.actors) > 1
    places = []
    for index, actor in enumerate(staging.actors):
        unit = min(0.085 * height, (0.09 if pair else 0.14) * width)
        reach = min(actor.below, DEEP)
        y = max(0.3 * height, line - reach * unit)
        unit = max(unit, (line - y) / reach)
        off = 0.17 if pair else 0.13 if staging.is_broad else 0.0
        sign = -1 if (index == 0 if pair else staging.side == "left") else 1
        places.append(Place(width * (0.5 + sign * off), y, unit))
    return tuple(places)


@numba.njit(cache=True, nogil=True)
def _mirror(  # noqa: PLR0917 - compiled: positions only
    canvas: Canvas, upper: Canvas, line: int, seconds: float, rate: float, tint: NDArray[np.float32]
) -> None:
    """Copy ``upper`` above the line; below it, mix in its mirror image, row by row shifted by waves."""
    height, width = canvas.shape[:2]
    for y in range(line):
        canvas[y] = upper[y]
    deep = max(1, height - line)
    for y in range(line, height):
        below = np.float32(y - line) / np.float32(deep)
        wave = np.sin(0.9 * (y - line) / (rate * (3.0 + 14.0 * below)) - 2.1 * seconds)
        wave += 0.5 * np.sin(0.37 * (y - line) / (rate * (2.0 + 9.0 * below)) + 1.3 * seconds)
        shift = int(np.floor(wave * rate * (1.2 + 9.0 * below) + 0.5))
        source = line - 1 - int((y - line) * SQUASH + 1.5 * wave * rate * (0.4 + 2.0 * below))
        source = min(line - 1, max(0, source))
        share = np.float32(MIRROR) * (np.float32(1) - np.float32(0.55) * below)
        edge = min(np.float32(1), np.float32(y - line + 1) / np.float32(3))
        share *= edge
        for x in range(width):
            from_x = min(width - 1, max(0, x + shift))
            for c in range(3):
                seen = np.float32(0.82) * upper[source, from_x, c] + np.float32(0.18) * tint[c]
                own = np.float32(canvas[y, x, c])
                canvas[y, x, c] = np.uint8(own + (seen - own) * share + np.float32(0.5))
