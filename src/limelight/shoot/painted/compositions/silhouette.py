"""Silhouette: the star dark before a great disc of light, edged by it, the head turned away from the camera."""

from dataclasses import replace

import cv2
import numpy as np

from limelight.shoot.painted.blend import Canvas, Color, over
from limelight.shoot.painted.finish import Recipe
from limelight.shoot.painted.multiplane import FOCUS, Multiplane
from limelight.shoot.painted.staging import Staging
from limelight.shoot.painted.standing import Ensemble, stand
from limelight.shoot.painted.veil import Veil, dimmed
from limelight.shoot.painted.words import Verses

SKY = 0.06
"""Depth before which the disc hangs: over the sky, behind the land."""
WALLED = 0.5
"""Share of the disc that layers may cover: in woods and rooms the light hangs before them."""
DARKEST = 0.42
"""Mean lightness of the scenery, at most: whoever stands against the light is seen by the light's exposure."""
DISC = 0.31
"""Radius, share of the shorter side."""


class Silhouette:
    """A person or two before the sun, the moon or a lamp; without a star the disc rises over the land."""

    recipe = Recipe(tone=0.12, contrast=1.08, bloom=0.55, vignette=0.4)

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        width, height = staging.size
        alone = len(staging.actors) < 2
        x, y = _light(staging)
        places = stand(staging, staging.actors, head=0.15, eyes=0.47, spread=0.0 if alone else None)
        if alone:
            places = tuple(replace(spot, x=x + 0.06 * staging.short) for spot in places)
        else:
            x = width / 2
        self._at = (x, y)
        self._ensemble = Ensemble(staging, places)
        light = float(np.clip(DARKEST / max(0.05, staging.brightness), 0.45, 1.0))
        blur = 0.003 * staging.short if staging.actors else 0.0
        self._planes = Multiplane(dimmed(staging.plate, light), staging.size, blur)
        radius = DISC * staging.short * (1.0 if alone else 1.25)
        self._disc = _disc(radius, staging.sun_color)
        self._open = _openness(staging, self._at, radius) >= 1 - WALLED
        self._ensemble.against(self._disc, self._at, staging.sun_color)
        self._veil = Veil(staging, top=0.78, most=0.5, front=bool(staging.actors), light=light)
        box = (0.08 * width, 0.78 * height, 0.84 * width, 0.16 * height)
        self._verses = Verses(staging.words, "serif-display", box, "center", 0.08 * staging.short)
        self._inks = staging.inks(box)

    def draw(self, canvas: Canvas, frame: int) -> None:
        """Sky, disc, land, person, mist."""
        staging = self._staging
        view = staging.view(frame, share=0.8)
        behind = SKY if self._open else FOCUS
        self._planes.draw(canvas, view, depths=(-1, behind))
        staging.fly(canvas, frame, near=False)
        self._rise(canvas, frame)
        self._planes.draw(canvas, view, depths=(behind, FOCUS))
        self._ensemble.draw(canvas, frame)
        self._planes.draw(canvas, view, depths=(FOCUS, 2))
        self._veil.draw(canvas, frame)
        staging.fly(canvas, frame, near=True)
        inks = self._inks
        self._verses.draw(canvas, frame, inks.ink, inks.lit, shadow=inks.shadow)

    def _rise(self, canvas: Canvas, frame: int) -> None:
        staging, motion = self._staging, self._staging.motion
        half = self._disc.shape[0] // 2
        x = self._at[0] + 0.3 * staging.size[0] * float(motion.pan[frame])
        y = self._at[1] + 0.035 * staging.short * (1 - 2 * float(motion.progress[frame]))
        over(canvas, self._disc, round(x) - half, round(y) - half)


def _light(staging: Staging) -> tuple[float, float]:
    """Where the disc hangs: over the plate's own sun or moon, or there would be two."""
    width, height = staging.size
    x = width / 2 + (staging.plate.light[0] - 0.5) * staging.plate.size[0]
    middle = 0.3 if staging.is_broad else 0.4
    return float(np.clip(x, middle * width, (1 - middle) * width)), float(
        np.clip(staging.plate.light[1], 0.33, 0.4) * height
    )


def _disc(radius: float, color: Color) -> Canvas:
    """A disc with a soft edge and a wide glow, premultiplied."""
    half = round(2.3 * radius)
    y, x = np.ogrid[-half : half + 1, -half : half + 1]
    away = np.hypot(x, y).astype(np.float32) / np.float32(radius)
    face = np.clip((1 - away) * radius / 2 + 0.5, 0, 1)
    glow = np.clip((2.3 - away) / 1.3, 0, 1) ** 2.2 * 0.55
    cover = np.maximum(face * 0.97, glow)
    core = np.array(color, np.float32)
    light = core + (255 - core) * (0.62 * np.clip(1.15 - away, 0, 1) * face)[..., None]
    disc = np.empty((*away.shape, 4), np.uint8)
    disc[..., :3] = np.clip(light * cover[..., None], 0, 255)
    disc[..., 3] = 255 * cover
    return disc


def _openness(staging: Staging, at: tuple[float, float], radius: float) -> float:
    """How much of the disc would be seen behind the land, 0 to 1."""
    plate = staging.plate
    x, y = at[0] + (plate.size[0] - staging.size[0]) / 2, at[1] + (plate.size[1] - staging.size[1]) / 2
    mask = np.zeros(plate.size[::-1], np.uint8)
    cv2.circle(mask, (round(x), round(y)), round(radius), 1, -1)
    inside = mask.astype(bool)
    seen = np.ones(int(inside.sum()), np.float32)
    for layer in plate.layers[1:]:
        if SKY <= layer.depth < FOCUS:
            seen *= 1 - layer.rgba[..., 3][inside] / 255
    return float(seen.mean())
