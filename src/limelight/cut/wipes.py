"""Wipes: light that leaks in, ink that runs over the picture, a push through it. Each hides a join from both sides.

A wipe is drawn in one shot alone: at the join both shots have come to the same light, the same ink or the same blur.
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

LEAK = ((255, 214, 150), (255, 150, 96), (236, 92, 110))
"""The leaking light's colours from its source outwards, sRGB."""
LEAK_STRENGTH = 0.86
INK = (10, 9, 18)
ZOOM, ZOOM_STEPS = 0.5, 4
"""How far a push magnifies, and from how many pictures its blur is made."""


def leaked(picture: Picture, share: float, *, rightward: bool) -> Picture:
    """Light screened onto the picture.

    Args:
        picture: ``(height, width, 3) uint8``, sRGB.
        share: 0: none, 1: as at the join.
        rightward: Whether it comes from the left.
    """
    light = _leak(picture.shape[1], picture.shape[0], rightward)
    strength = LEAK_STRENGTH * share
    dark = cv2.multiply(cv2.bitwise_not(picture), light, scale=strength / 255)
    return np.asarray(cv2.add(picture, dark), np.uint8)


def inked(picture: Picture, share: float, *, rightward: bool) -> Picture:
    """Ink over a share of the picture, 0 to 1, its border like spilt water colour."""
    width, height = picture.shape[1], picture.shape[0]
    level = _blots(width, height, rightward)
    wet = 0.14
    cover = np.clip((share * (1 + wet) - level) / wet, 0, 1)
    cover8 = np.asarray(np.rint(255 * cover * cover * (3 - 2 * cover)), np.uint8)
    wide = cv2.merge([cover8, cover8, cover8])
    kept = cv2.multiply(picture, cv2.bitwise_not(wide), scale=1 / 255)
    ink = cv2.multiply(np.full_like(picture, INK), wide, scale=1 / 255)
    return np.asarray(cv2.add(kept, ink), np.uint8)


def pushed(picture: Picture, share: float) -> Picture:
    """The picture seen from nearer (above 0) or farther (below 0), smeared from its middle outwards.

    Args:
        picture: ``(height, width, 3) uint8``, sRGB.
        share: -1 (arriving) over 0 (at rest) to 1 (gone).
    """
    width, height = picture.shape[1], picture.shape[0]
    travel = ZOOM * share * abs(share)
    total = np.zeros(picture.shape, np.float32)
    for step in range(ZOOM_STEPS):
        scale = 1 + travel * (1 - 0.22 * step) if travel > 0 else 1 / (1 - travel * (1 - 0.22 * step))
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 0, scale)
        moved = cv2.warpAffine(
            picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
        )
        cv2.accumulate(moved, total)
    return np.asarray(cv2.convertScaleAbs(total, alpha=1 / ZOOM_STEPS), np.uint8)


@lru_cache(maxsize=4)
def _leak(width: int, height: int, rightward: bool) -> Picture:
    """Light from one side: ``(height, width, 3)``, warm and strong at its source, fading across the picture."""
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    away = x if rightward else 1 - x
    bend = 0.1 * np.sin(2.6 * np.pi * y + 0.6) + 0.06 * np.sin(7 * np.pi * y)
    away = np.clip(away + bend, 0, 1)
    strength = 0.34 + 0.66 * np.exp(-((away / 0.62) ** 2))
    colors = np.array(LEAK, np.float32)
    light = np.empty((height, width, 3), np.float32)
    for channel in range(3):
        light[..., channel] = np.interp(away, (0.0, 0.45, 1.0), colors[:, channel]) * strength
    return np.clip(np.rint(light), 0, 255).astype(np.uint8)


@lru_cache(maxsize=4)
def _blots(width: int, height: int, rightward: bool) -> NDArray[np.float32]:
    """When ink reaches each place, 0 to 1: from above and one side, in blots."""
    random = np.random.default_rng(23)
    total = np.zeros((height, width), np.float32)
    for cells, share in ((4, 1.0), (9, 0.6), (22, 0.3), (60, 0.14)):
        rows = max(2, round(cells * height / width) + 1)
        coarse = random.normal(0, 1, (rows, cells + 1)).astype(np.float32)
        total += share * np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    total = total / float(total.std()) + 1.6 * (x if rightward else 1 - x) + 1.2 * y
    order = total - float(total.min())
    return np.asarray(order / max(1e-6, float(order.max())), np.float32)
