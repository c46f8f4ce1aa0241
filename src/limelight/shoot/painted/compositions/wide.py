"""Wide: the scenery; and, where a star is meant to be seen, a face in its sky, made of its light.

A small full figure looks like a paper doll. What is far and large does not: an apparition over the horizon,
fading into it, its lights screened onto the painted sky.
"""

import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.actor import Actor, Floats, Sprite, oval_mask
from limelight.shoot.painted.blend import Canvas, mix, new_canvas
from limelight.shoot.painted.finish import Recipe
from limelight.shoot.painted.multiplane import place
from limelight.shoot.painted.soft import soften
from limelight.shoot.painted.staging import Place, Staging
from limelight.shoot.painted.words import Verses, bright

BEHIND = 0.5
"""Layers nearer than this cover the face."""


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
        self._fade = _fade(staging)

    def draw(self, canvas: Canvas, frame: int) -> None:
        """Sky, apparition, land, words."""
        staging = self._staging
        view = staging.view(frame, share=1.25)
        if staging.actors:
            staging.planes.draw(canvas, view, depths=(-1, BEHIND))
            self._above[...] = canvas
            for actor, spot in zip(staging.actors, self._places, strict=True):
                self._apparition(self._above, actor, spot, frame)
            mix(canvas, self._above, self._fade)
            staging.planes.draw(canvas, view, depths=(BEHIND, 2))
        else:
            staging.planes.draw(canvas, view)
        self._verses.draw(canvas, frame, (255, 252, 244), bright(staging.palette.accent), shadow=(6, 4, 12))

    def _apparition(self, canvas: Canvas, actor: Actor, spot: Place, frame: int) -> None:
        staging, motion = self._staging, self._staging.motion
        sky, light = staging.palette.color(0.3), staging.palette.color(0.95)
        sprite = actor.dressed(
            "apparition", actor.drawing(frame), lambda s, p: apparition(s, p, actor.unit, sky, light)
        )
        x = spot.x + staging.size[0] * 0.4 * float(motion.pan[frame])
        unit = spot.unit * (1 + 0.5 * float(motion.zoom[frame]))
        appear = min(1.0, 0.45 + frame / max(1.0, 0.6 * staging.fps))
        matrix = actor.matrix(x, spot.y, unit, 0.5 * float(motion.rock[frame]))
        place(canvas, actor.with_mouth(sprite, frame), matrix, 0.94 * appear)


def apparition(
    sprite: Sprite, points: Floats, unit: float, sky: tuple[int, int, int], light: tuple[int, int, int]
) -> Sprite:
    """A person as light in the sky: the sky's colours from dark to light, dissolving towards hair and neck."""
    alpha = sprite[..., 3].astype(np.float32) / 255
    rgb = sprite[..., :3].astype(np.float32) / np.maximum(alpha, 1e-3)[..., None]
    grey = np.clip(rgb @ np.array([0.3, 0.59, 0.11], np.float32), 0, 255)
    oval = oval_mask(points, alpha.shape, 0.42 * unit)
    inside = oval > 0.6
    low, high = np.quantile(grey[inside], (0.03, 0.97)) if inside.any() else (20.0, 230.0)
    tone = np.clip((grey - low) / max(24.0, high - low), 0, 1)
    tint = tone[..., None] * np.array(light) + (1 - tone[..., None]) * np.array(sky)
    color = 0.4 * rgb + 0.6 * tint
    around = soften(oval, 0.7 * unit)
    keep = alpha * np.clip(0.55 * oval + 0.75 * around, 0, 1) * np.clip(0.35 + 0.75 * tone, 0, 0.95)
    out = np.empty_like(sprite)
    out[..., :3] = np.clip(np.rint(color * keep[..., None]), 0, 255)
    out[..., 3] = np.rint(keep * 255)
    return out


def _in_the_sky(staging: Staging) -> tuple[Place, ...]:
    width, height = staging.size
    pair = len(staging.actors) > 1
    xs = (0.28, 0.72) if pair else ((0.34,) if staging.side == "left" else (0.66,)) if staging.is_broad else (0.5,)
    unit = min(0.145 * height, (0.09 if pair else 0.17) * width)
    return tuple(Place(x * width, max(2.45 * unit, 0.38 * height), unit) for x in xs[: len(staging.actors)])


def _fade(staging: Staging) -> NDArray[np.uint8]:
    """Where the apparition may be: it dissolves below the horizon."""
    width, height = staging.size
    horizon = float(np.clip(staging.plate.horizon, 0.5, 0.8))
    y = np.linspace(0, 1, height)[:, None]
    down = np.clip((horizon + 0.1 - y) / 0.22, 0, 1)
    return np.asarray(np.broadcast_to(255 * down * down * (3 - 2 * down), (height, width)), np.uint8).copy()
