"""Coherence: neighbouring drawings are made to agree, so that the film does not boil.

Deflicker: the colours of each drawing are led towards the smoothed course of its neighbours' (Reinhard et al., "Color
transfer between images", 2001). Blending: what optical flow finds again in the drawings before and after is mixed in,
where the flow is believed in both directions. Both give way where the music jumps.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.camera import Picture
from limelight.shoot.diffusion.inbetween import Drawn, flow, warp

Floats = NDArray[np.float32]

BLEND = 0.5
"""Weight of a neighbour that agrees entirely, beside 1 for the drawing itself."""
AGREE_PIXELS, AGREE_SHARE = 1.0, 0.05
"""Round trip of the flow that is believed: pixels, and share of the flow's length."""
AGREE_LEVELS = 28.0
"""Levels of difference at which a neighbour's pixel counts 1/e."""
GAIN = (0.8, 1.25)
"""Most that a drawing's contrast is changed."""
LARGE_CHANGE = 0.6
"""Way walked between two drawings (legs) from which they have nothing to do with one another."""


def steady(drawings: Sequence[Drawn], changes: Sequence[float]) -> list[Drawn]:
    """Make a shot's drawings agree.

    Args:
        drawings: In order, of one size.
        changes: For each, the way walked since the one before (legs); the first is not looked at.
    """
    bonds = [max(0.0, 1 - change / LARGE_CHANGE) for change in changes]
    even = _deflickered([drawn.picture for drawn in drawings], bonds)
    blended = _blended(even, bonds)
    return [Drawn(drawn.frame, picture) for drawn, picture in zip(drawings, blended, strict=True)]


def _deflickered(pictures: Sequence[Picture], bonds: Sequence[float]) -> list[Picture]:
    labs = [cv2.cvtColor(np.asarray(p, np.float32) / 255, cv2.COLOR_RGB2LAB) for p in pictures]
    means = np.array([lab.mean(axis=(0, 1)) for lab in labs])
    spreads = np.array([lab.std(axis=(0, 1)) + 1e-3 for lab in labs])
    found = []
    for index, lab in enumerate(labs):
        mean, spread = _smoothed(means, index, bonds), _smoothed(spreads, index, bonds)
        gain = np.clip(spread / spreads[index], *GAIN)
        moved = ((lab - means[index]) * gain + mean).astype(np.float32)
        rgb = cv2.cvtColor(moved, cv2.COLOR_LAB2RGB)
        found.append(np.asarray(np.clip(rgb * 255 + 0.5, 0, 255), np.uint8))
    return found


def _smoothed(values: NDArray[np.float64], index: int, bonds: Sequence[float]) -> NDArray[np.float64]:
    """The mean of a value and of those up to two drawings away, each weighted by the bonds between."""
    total, weight = values[index].copy(), 1.0
    for step in (-1, 1):
        bond = 1.0
        for distance in (1, 2):
            other = index + step * distance
            if not 0 <= other < len(values):
                break
            bond *= bonds[max(other, other - step)]
            total += bond / distance * values[other]
            weight += bond / distance
    return np.asarray(total / weight)


def _blended(pictures: Sequence[Picture], bonds: Sequence[float]) -> list[Picture]:
    found = []
    for index, picture in enumerate(pictures):
        own = np.asarray(picture, np.float32)
        total, weight = own.copy(), np.ones((*own.shape[:2], 1), np.float32)
        for other, bond in ((index - 1, bonds[index]), (index + 1, bonds[min(index + 1, len(bonds) - 1)])):
            if 0 <= other < len(pictures) and bond > 0:
                seen, trust = _seen_from(picture, pictures[other])
                share = (BLEND * bond * trust)[..., None]
                total += share * seen
                weight += share
        found.append(np.asarray(np.clip(total / weight + 0.5, 0, 255), np.uint8))
    return found


def _seen_from(picture: Picture, other: Picture) -> tuple[Floats, Floats]:
    """The other picture moved onto this one, and how far each pixel of it is believed, 0 to 1."""
    there, back = flow(picture, other), flow(other, picture)
    seen = np.asarray(warp(other, there), np.float32)
    height, width = picture.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    returned = cv2.remap(back, x + there[..., 0], y + there[..., 1], cv2.INTER_LINEAR)
    error = np.linalg.norm(there + returned, axis=2)
    agrees = error < AGREE_PIXELS + AGREE_SHARE * np.linalg.norm(there, axis=2)
    apart = np.abs(seen - np.asarray(picture, np.float32)).mean(axis=2)
    return seen, np.asarray(agrees * np.exp(-((apart / AGREE_LEVELS) ** 2)), np.float32)
