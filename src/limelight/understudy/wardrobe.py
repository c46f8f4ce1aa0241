"""Clothes: a field on the body that is positive where it is covered, and how far the cloth stands off."""

# mypy: disable-error-code="no-any-return"
# numpy's stubs answer Any for arithmetic on real arrays of unstated width

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
            [
                *linear(self.colour),
                *linear(self.second),
                WEAVES.index(self.weave),
                self.sheen,
                self.collar,
                self.contrast,
            ],
            np.float32,
        )


def covered(garment: Garment, rest: Floats, head: Floats) -> Floats:
    """Cloth field (n,) in dm at rest places (n, 3): positive under the garment. `head` (n,) is the head's weight."""
    x, y, z = rest.T
    if garment.neck == "turtle":
        field = 6.00 - 0.16 * z - y + 0.9 * np.maximum(0, np.hypot(x, z - 0.1) - 0.72)
    else:
        # a ring about the foot of the neck: lower than its plane, and outside its radius
        field = 0.6 * (5.68 - 0.30 * z - y) + 0.6 * (np.hypot(x, z - 0.10) - 0.70)
    if garment.neck == "vee":
        field = field - 0.55 * np.clip((z - 0.1) / 0.5, 0, 1) * np.clip(1 - np.abs(x) / 0.55, 0, 1)
    elif garment.neck == "scoop":
        field = field - 0.12 - 0.16 * np.clip((z - 0.1) / 0.5, 0, 1) * np.clip(1.2 - np.abs(x), 0, 1)
    return np.where((head > 0.92) & (y > 5.9), -1.0, np.clip(field, -1, 4)).astype(np.float32)


def stand_off(garment: Garment, field: Floats, rest: Floats) -> Floats:
    """How far (n,) dm the cloth stands off the smoothed body."""
    rise = np.clip((field + 0.015) / 0.05, 0, 1)
    rise = rise * rise * (3 - 2 * rise)
    depth = {"turtle": 0.05, "hood": 0.075}.get(garment.neck, 0.035)
    roll = np.exp(-(((field - 0.5 * garment.collar) / (0.6 * garment.collar)) ** 2))
    swell = {"turtle": 0.05, "hood": 0.22}.get(garment.neck, 0.014)
    rng = np.random.default_rng(11)
    folds = (
        0.030
        * noise(rest * np.array([1.0, 0.55, 1.0], np.float32), 0.55, rng)
        * np.clip((field - 0.3) / 0.6, 0, 1)
    )
    return (rise * (depth + swell * roll) + np.clip(field, 0, 1) * 0.03 + folds).astype(np.float32)
