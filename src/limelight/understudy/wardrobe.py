"""Clothes: a field on the body that is positive where it is covered, and how far the cloth stands off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from limelight.understudy.anatomy import Floats
from limelight.understudy.complexion import Colour, linear, noise

WEAVES = ("plain", "knit", "stripes", "heather")


@dataclass(frozen=True)
class Garment:
    """What an understudy wears. `neck` is crew, vee, scoop, turtle or hood; colours are sRGB 0-1, lengths dm."""

    neck: str
    colour: Colour
    second: Colour
    weave: str = "plain"
    sheen: float = 0.3
    collar: float = 0.09
    contrast: float = 0.0
    """How far the collar goes over to the second colour."""

    def shading(self) -> Floats:
        """The row (10,) that the shading kernel reads."""
        return np.array(
            [*linear(self.colour), *linear(self.second), WEAVES.index(self.weave), self.sheen, self.collar, self.contrast],
            np.float32,
        )


def covered(garment: Garment, rest: Floats, head: Floats) -> Floats:
    """Cloth field (n,) in dm at rest places (n, 3): positive under the garment. `head` (n,) is the head's weight."""
    x, y, z = rest.T
    if garment.neck == "turtle":
        field = 6.00 - 0.16 * z - y
    else:
        field = 5.66 - 0.30 * z - y
    if garment.neck == "vee":
        field = np.minimum(field, np.where(z > 0.2, 5.52 - 0.3 * z - np.maximum(0, 0.85 - 2.0 * np.abs(x)) - y, field))
    elif garment.neck == "scoop":
        ring = np.hypot(np.maximum(np.abs(x) - 0.25, 0) / 0.85, (y - 5.60) / 0.85) - 1
        field = np.minimum(field, np.where(z > 0.15, ring * 0.8, field))
    return np.where((head > 0.92) & (y > 5.9), -1.0, np.clip(field, -1, 4)).astype(np.float32)


def stand_off(garment: Garment, field: Floats, rest: Floats) -> Floats:
    """How far (n,) dm the cloth stands off the smoothed body."""
    rise = np.clip((field + 0.015) / 0.05, 0, 1)
    rise = rise * rise * (3 - 2 * rise)
    depth = {"turtle": 0.05, "hood": 0.075}.get(garment.neck, 0.035)
    roll = np.exp(-(((field - 0.5 * garment.collar) / (0.6 * garment.collar)) ** 2))
    swell = {"turtle": 0.05, "hood": 0.22}.get(garment.neck, 0.014)
    rng = np.random.default_rng(11)
    folds = 0.030 * noise(rest * np.array([1.0, 0.55, 1.0], np.float32), 0.55, rng) * np.clip((field - 0.3) / 0.6, 0, 1)
    return (rise * (depth + swell * roll) + np.clip(field, 0, 1) * 0.03 + folds).astype(np.float32)
