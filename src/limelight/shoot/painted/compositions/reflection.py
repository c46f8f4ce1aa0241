"""Reflection: the star over water or a wet street that mirrors her or him in slow waves."""

import numba
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.blend import Canvas, new_canvas
from limelight.shoot.painted.finish import Recipe
from limelight.shoot.painted.multiplane import FOCUS
from limelight.shoot.painted.staging import Place, Staging
from limelight.shoot.painted.standing import Ensemble
from limelight.shoot.painted.words import Verses

WATERLINE = 0.64
"""Share of the height from the top."""
MIRROR = 0.78
"""Opacity of the mirrored picture at the waterline; it falls towards the camera."""
SQUASH = 1.18
"""Mirrored things are seen this much shorter."""


class Reflection:
    """The picture above the waterline, and the same below it, upside down and moving."""

    recipe = Recipe(bloom=0.4, vignette=0.36)

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        width, height = staging.size
        self._line = round(max(WATERLINE, min(0.8, staging.plate.horizon + 0.08)) * height)
        self._ensemble = Ensemble(staging, _places(staging, self._line), nearing=0.35)
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
        staging.fly(canvas, frame, near=True)
        self._verses.draw(canvas, frame, (255, 252, 244), staging.palette.color(0.9), shadow=(6, 4, 12))


def _places(staging: Staging, line: int) -> tuple[Place, ...]:
    """Cut by the waterline at the shoulders."""
    width, height = staging.size
    pair = len(staging.actors) > 1
    places = []
    for index, actor in enumerate(staging.actors):
        unit = min(0.105 * height, (0.1 if pair else 0.16) * width)
        reach = actor.below - 0.4
        y = max(0.33 * height, line - reach * unit)
        if (line - y) / unit < 2.1:  # the chin stays dry
            y = line - 2.1 * unit
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
