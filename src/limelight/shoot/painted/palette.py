"""Palettes: what colours a plate may have, from the look, the mood and the hour.

Everything is painted in natural colours first; then one 3-D table moves every colour towards the look's
palette. Mixing happens in OKLab (Ottosson 2020), where equal steps look equal.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from limelight.catalogue import Look

Floats = NDArray[np.floating]
MOODS = ("sad-calm", "sad-wild", "happy-calm", "happy-wild")
GRID = 33
"""Nodes of the colour table along each axis."""

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def parse_hex(text: str) -> Floats:
    """``#rrggbb`` -> (3,) sRGB in 0..1."""
    return np.array([int(text[i : i + 2], 16) for i in (1, 3, 5)], np.float32) / 255


def to_oklab(srgb: NDArray[np.floating]) -> NDArray[np.float64]:
    """(..., 3) sRGB in 0..1 -> OKLab, L in 0..1."""
    srgb = np.asarray(srgb, np.float64)
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((np.maximum(srgb, 0) + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T)


def from_oklab(lab: NDArray[np.floating]) -> NDArray[np.float64]:
    """(..., 3) OKLab -> sRGB, clipped to 0..1."""
    lms = (np.asarray(lab, np.float64) @ np.linalg.inv(_TO_LAB).T) ** 3
    linear = np.clip(lms @ np.linalg.inv(_TO_LMS).T, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


@dataclass(frozen=True)
class Palette:
    """Five colours from dark to light, and how strongly they rule a picture.

    Attributes:
        anchors: (5, 3) sRGB in 0..1, dark to light, as nested tuples.
        tint: 0 leaves natural colours alone, 1 paints with the palette's colours only.
        chroma: Factor on colourfulness; above 1 for happy and for wild.
        gain: Factor on lightness.
        contrast: Slope around the middle grey.
    """

    anchors: tuple[tuple[float, float, float], ...]
    tint: float = 0.5
    chroma: float = 1.0
    gain: float = 1.0
    contrast: float = 1.0

    @cached_property
    def _lab(self) -> NDArray[np.float64]:
        lab = to_oklab(np.array(self.anchors))
        return lab[np.argsort(lab[:, 0])]

    def ramp(self, lightness: float | NDArray[np.floating]) -> NDArray[np.float64]:
        """The palette's colour of a lightness in 0..1: (..., 3) OKLab."""
        lab = self._lab
        knots = np.concatenate(([0.0], lab[:, 0], [1.0]))
        low, high = lab[0] * 0.0, lab[-1] * [0, 0.2, 0.2] + [1.0, 0, 0]
        rows = np.vstack((low, lab, high))
        return np.stack([np.interp(lightness, knots, rows[:, i]) for i in range(3)], axis=-1)

    def color(self, share: float) -> tuple[int, int, int]:
        """A colour between the darkest (0) and the lightest (1) anchor: sRGB, 0..255."""
        lab = self._lab
        where = np.linspace(0, 1, len(lab))
        mixed = np.array([np.interp(share, where, lab[:, i]) for i in range(3)])
        r, g, b = np.rint(from_oklab(mixed) * 255).astype(int)
        return int(r), int(g), int(b)

    @cached_property
    def accent(self) -> tuple[int, int, int]:
        """The most colourful anchor: sRGB, 0..255. For lit words, coats, umbrellas."""
        lab = self._lab
        best = lab[np.argmax(np.hypot(lab[:, 1], lab[:, 2]) - 0.15 * np.abs(lab[:, 0] - 0.62))]
        r, g, b = np.rint(from_oklab(best) * 255).astype(int)
        return int(r), int(g), int(b)

    @cached_property
    def table(self) -> Floats:
        """The colour table: (33, 33, 33, 3) sRGB in 0..1, indexed by red, green, blue."""
        axis = np.linspace(0, 1, GRID)
        cube = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
        lab = to_oklab(cube)
        light = np.clip((lab[..., 0] - 0.5) * self.contrast + 0.5, 0, 1) * self.gain
        # where even the darkest colour is light, as on paper, blacks are lifted towards it
        floor = 1.3 * self.tint * max(0.0, float(self._lab[0, 0]) - 0.24)
        light = np.clip(floor + (1 - floor) * light, 0, 1)
        ramp = self.ramp(light)
        # colours as vivid as the sun keep some of their own hue, or every picture would be a duotone
        vivid = np.clip(np.hypot(lab[..., 1], lab[..., 2]) / 0.20, 0, 1) ** 2
        warm = np.clip(lab[..., 2] / 0.10, 0, 1) * np.clip(lab[..., 0] * 1.8 - 0.6, 0, 1)
        spared = np.maximum(0.45 * vivid, 0.40 * warm) * float(np.clip((0.97 - self.tint) * 4, 0, 1))
        share = (self.tint * (1 - spared))[..., None]
        graded = lab * (1 - share) + ramp * share
        graded[..., 0] = light
        graded[..., 1:] *= self.chroma
        return from_oklab(graded).astype(np.float32)


def palette_of(look: Look, valence: float, arousal: float) -> Palette:
    """The palette of a look for a mood.

    Args:
        look: Its four mood palettes are blended, the nearest weighing most.
        valence: -1 sad .. 1 happy: lighter and more colourful as it rises.
        arousal: -1 calm .. 1 wild: more contrast and colour as it rises.
    """
    return _blend(
        tuple(look.palettes[mood] for mood in MOODS),
        round(float(np.clip(valence, -1, 1)), 4),
        round(float(np.clip(arousal, -1, 1)), 4),
        look.tint,
    )


@lru_cache(maxsize=256)
def _blend(moods: tuple[tuple[str, ...], ...], valence: float, arousal: float, tint: float) -> Palette:
    happy, wild = (valence + 1) / 2, (arousal + 1) / 2
    weights = (
        np.array([(1 - happy) * (1 - wild), (1 - happy) * wild, happy * (1 - wild), happy * wild]) ** 1.6
    )
    weights /= weights.sum()
    labs = np.stack([to_oklab(np.stack([parse_hex(c) for c in colours])) for colours in moods])
    mixed = np.tensordot(weights, labs, 1)
    # mixing opposite hues gives grey: restore the colourfulness the moods have on average
    wanted = weights @ np.hypot(labs[..., 1], labs[..., 2])
    mixed[:, 1:] *= (wanted / np.maximum(np.hypot(mixed[:, 1], mixed[:, 2]), wanted / 2.2 + 1e-6))[:, None]
    anchors = tuple((float(r), float(g), float(b)) for r, g, b in from_oklab(mixed))
    return Palette(
        anchors,
        tint=tint,
        chroma=1.06 + 0.16 * valence + 0.10 * arousal,
        gain=1.0 + 0.06 * valence,
        contrast=1.04 + 0.08 * arousal,
    )
