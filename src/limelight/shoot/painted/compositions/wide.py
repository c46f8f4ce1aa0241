"""Wide: the scenery; and, where a star is meant to be seen, a face in its sky, made of its light.

A small full figure looks like a paper doll. What is far and large does not: an apparition that stands behind the
horizon, head and shoulders, and fades into its haze, in the colours of the painted sky.
"""

from collections.abc import Sequence

import numba
import numpy as np
from numpy.typing import NDArray

from limelight.faces.mesh import OVAL
from limelight.shoot.painted.actor import Actor, Floats, oval_mask, unmixed_grey
from limelight.shoot.painted.blend import Canvas, mix, new_canvas
from limelight.shoot.painted.finish import Recipe
from limelight.shoot.painted.lighting import Sprite
from limelight.shoot.painted.staging import Place, Staging
from limelight.shoot.painted.words import Verses

BEHIND = 0.2
"""Layers nearer than this cover the face, but for those that would hide it."""
HIDDEN = 0.18
"""Share of a face that a layer may cover: a shoulder of land, not a mountain before the mouth."""
ABOVE, SUNK = 2.3, 3.0
"""Units of sky above the eyes at least, and from the eyes down to the horizon."""


class Wide:
    """The place is the subject."""

    recipe = Recipe(bloom=0.36, vignette=0.36)

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        self._places = _in_the_sky(staging)
        width, height = staging.size
        self._above = new_canvas(width, height)
        box = (0.08 * width, 0.76 * height, 0.84 * width, 0.18 * height)
        self._verses = Verses(staging.words, "serif-display", box, "center", 0.085 * staging.short)
        self._inks = staging.inks(box)
        self._fade = _fade(staging)
        self._before = _before(staging, self._places)

    def draw(self, canvas: Canvas, frame: int) -> None:
        """Sky, apparition, land, words."""
        staging = self._staging
        view = staging.view(frame, share=1.25)
        if staging.actors:
            staging.planes.draw(canvas, view, depths=(-1, self._before))
            staging.fly(canvas, frame, near=False)
            np.copyto(self._above, canvas)
            for actor, spot in zip(staging.actors, self._places, strict=True):
                self._apparition(self._above, actor, spot, frame)
            mix(canvas, self._above, self._fade)
            staging.planes.draw(canvas, view, depths=(self._before, 2))
        else:
            staging.planes.draw(canvas, view)
            staging.fly(canvas, frame, near=False)
        staging.fly(canvas, frame, near=True)
        inks = self._inks
        self._verses.draw(canvas, frame, inks.ink, inks.lit, shadow=inks.shadow)

    def _apparition(self, canvas: Canvas, actor: Actor, spot: Place, frame: int) -> None:
        staging, motion = self._staging, self._staging.motion
        sky, light = staging.palette.color(0.12), staging.palette.color(0.97)
        sprite = actor.eased(
            frame,
            lambda at: actor.with_mouth(
                actor.dressed(
                    "apparition", actor.drawing(at), lambda s, p: apparition(s, p, actor.unit, sky, light)
                ),
                at,
            ),
        )
        x = spot.x + staging.size[0] * 0.4 * float(motion.pan[frame])
        unit = spot.unit * (1 + 0.5 * float(motion.zoom[frame]))
        appear = min(1.0, 0.45 + frame / max(1.0, 0.6 * staging.fps))
        matrix = actor.matrix(x, spot.y, unit, 0.5 * float(motion.rock[frame]))
        actor.put(canvas, sprite, frame, matrix, 0.94 * appear)


def apparition(
    sprite: Sprite, points: Floats, unit: float, sky: tuple[int, int, int], light: tuple[int, int, int]
) -> Sprite:
    """A person as light in the sky: head and hair in the sky's colours from dark to light, dissolving outwards."""
    alpha = sprite[..., 3]
    grey = unmixed_grey(sprite)
    inside = oval_mask(points, alpha.shape, 0.2 * unit)[::3, ::3] > 0.6
    low, high = np.quantile(grey[::3, ::3][inside], (0.02, 0.95)) if inside.any() else (20.0, 230.0)
    tone = np.sqrt(np.clip((grey - np.float32(low)) / np.float32(max(24.0, high - low)), 0, 1))
    out = np.empty_like(sprite)
    _dissolve(sprite, tone, _head(points, alpha.shape, unit), np.array(sky), np.array(light), out)
    return out


def _head(points: Floats, shape: tuple[int, int], unit: float) -> Floats:
    """Where the apparition is, 0 to 1: head and shoulders, fading towards the arms; the land or sea cuts them."""
    outline = points[list(OVAL)]
    x, y = (outline.min(axis=0) + outline.max(axis=0)) / 2
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    away = np.hypot((columns - x) / (4.1 * unit), (rows - y - 0.6 * unit) / (4.0 * unit))
    share = np.clip((1.0 - away) / 0.5, 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


@numba.njit(cache=True, nogil=True)
def _dissolve(  # noqa: PLR0917 - compiled: positions only
    sprite: Sprite, tone: Floats, head: Floats, sky: NDArray[np.int64], light: NDArray[np.int64], out: Sprite
) -> None:
    """Own colours mixed with the sky's, opacity falling from the face outwards."""
    for y in range(sprite.shape[0]):
        for x in range(sprite.shape[1]):
            alpha = sprite[y, x, 3] / np.float32(255)
            if alpha == 0:
                out[y, x, :] = 0
                continue
            t = tone[y, x]
            keep = alpha * head[y, x] * min(0.93, 0.7 + 0.25 * abs(t - 0.5))
            for c in range(3):
                color = 0.34 * sprite[y, x, c] / alpha + 0.66 * (t * light[c] + (1 - t) * sky[c])
                out[y, x, c] = np.uint8(min(255.0, color) * keep + 0.5)
            out[y, x, 3] = np.uint8(keep * 255 + 0.5)


def _in_the_sky(staging: Staging) -> tuple[Place, ...]:
    width, height = staging.size
    pair = len(staging.actors) > 1
    xs = (
        (0.28, 0.72)
        if pair
        else ((0.34,) if staging.side == "left" else (0.66,))
        if staging.is_broad
        else (0.5,)
    )
    horizon = _horizon(staging)
    unit = min(
        0.145 * height,
        (0.08 if pair else 0.15 if staging.is_broad else 0.11) * width,
        (horizon - 0.02) * height / (ABOVE + SUNK),
    )
    return tuple(
        Place(x * width, max(ABOVE * unit, horizon * height - SUNK * unit), unit)
        for x in xs[: len(staging.actors)]
    )


def _before(staging: Staging, places: Sequence[Place]) -> float:
    """Depth from which layers are drawn over the faces."""
    depth = BEHIND
    for spot in places:
        unit = spot.unit
        box = spot.x - 1.1 * unit, spot.y - 1.1 * unit, spot.x + 1.1 * unit, spot.y + 1.7 * unit
        hiding = [at for at, share in staging.planes.covered(*box) if at >= BEHIND and share > HIDDEN]
        depth = max([depth, *(at + 0.01 for at in hiding)])
    return depth


def _horizon(staging: Staging) -> float:
    return float(np.clip(staging.plate.horizon, 0.5, 0.72))


def _fade(staging: Staging) -> NDArray[np.uint8]:
    """Where the apparition may be: it dissolves below the horizon."""
    width, height = staging.size
    y = np.linspace(0, 1, height)[:, None]
    down = np.clip((_horizon(staging) + 0.025 - y) / 0.09, 0, 1)
    return np.asarray(np.broadcast_to(255 * down * down * (3 - 2 * down), (height, width)), np.uint8).copy()
