"""Bust: where the footage ends, at the chest, the clothes go on a little, so that a picture need not show the cut.

Webcams end below the shoulders. A bust that is smaller than a close-up would stand in the picture as a head on a
board; so the outline goes on as it was going, ever more upright, the clothes' colours go down in folds, the grain of
their strokes is that of the strip above, mirrored, and shadow falls on what nobody has seen. Skin does not go on: a
neckline closes.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.soft import soften

Sprite = NDArray[np.uint8]
Floats = NDArray[np.float32]

LENGTH = 1.35
"""Units (distances between the eyes) that are added below."""
SEAM = 0.05
"""Units above the footage's lower edge at which the added part begins: the last rows are blurred by the camera."""
STRIP = 0.45
"""Units of the strip whose strokes are mirrored."""
STEEPEST, BENDS = 0.55, 0.7
"""How far the outline may go outwards, pixels a pixel, and over how many units it turns upright."""
NECKLINE = 0.5
"""Units below which no skin is left at most."""
SHADOW = 0.5
"""Light lost at the lower end."""
END = 0.12
"""Units over which the sprite ends at the very bottom; nobody counts on them."""


def lengthen(sprite: Sprite, skin: Floats, unit: float) -> Sprite:
    """A premultiplied sprite with :data:`LENGTH` units of clothes added below.

    Args:
        sprite: ``(height, width, 4) uint8``; its lower edge is where the footage ended.
        skin: ``(height, width)``, 0 to 1.
        unit: Distance between the eyes, pixels.

    Returns:
        ``(height + added(unit), width, 4) uint8``.
    """
    height, width = sprite.shape[:2]
    base = height - 1 - max(1, round(SEAM * unit))
    rows = height + added(unit) - base
    edge = sprite[max(0, base - max(1, round(0.05 * unit))) : base + 1].astype(np.float32).mean(axis=0)
    out = np.zeros((height + added(unit), width, 4), np.uint8)
    out[:base] = sprite[:base]
    cover = edge[:, 3] / 255
    if float(cover.sum()) < 0.5 * unit:
        return out
    down = (np.arange(rows, dtype=np.float32) / np.float32(unit)).reshape(-1, 1)
    at = _outline(sprite, base, unit, down)
    strip = max(2, round(STRIP * unit))
    mirrored = base - np.abs(np.mod(np.arange(rows) + strip, 2 * strip) - strip)
    lines = np.broadcast_to(mirrored.astype(np.float32)[:, None], at.shape)
    calm = _calm(edge, cover, skin[base], unit, down)
    below = np.empty((rows, width, 4), np.float32)
    for channel in range(3):
        below[..., channel] = cv2.remap(calm[..., channel], at, _rows(at), cv2.INTER_LINEAR)
    alpha = cv2.remap(
        np.repeat(cover[None], 2, axis=0),
        at,
        np.zeros_like(at),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
    )
    whole = sprite[base - strip : base + 1].astype(np.float32)
    local = cv2.remap(
        _strokes(whole, unit), at, np.ascontiguousarray(lines - (base - strip)), cv2.INTER_LINEAR
    )
    dark = 1 - SHADOW * _smooth(down / (LENGTH + SEAM))
    below[..., :3] = np.clip((below[..., :3] + 0.7 * local) * dark[..., None], 0, 255) * alpha[..., None]
    below[..., 3] = 255 * alpha
    below *= (1 - _smooth((down - down[-1] + END) / END))[..., None]
    out[base:] = np.rint(below)
    return out


def added(unit: float) -> int:
    """Rows that :func:`lengthen` adds."""
    return round(LENGTH * unit)


def _outline(sprite: Sprite, base: int, unit: float, down: NDArray[np.floating]) -> Floats:
    """(rows, width): from which column of the base row each place comes: the outline goes on and turns upright."""
    width = sprite.shape[1]
    left, right = _sides(sprite[base, :, 3])
    higher = max(0, base - round(0.3 * unit))
    upper_left, upper_right = _sides(sprite[higher, :, 3])
    rise = max(1, base - higher)
    turn = BENDS * unit * (1 - np.exp(-down / BENDS))
    middle = (left + right) / 2
    x = np.arange(width, dtype=np.float32)[None]
    half = max(1.0, (right - left) / 2)
    grown = [
        1 + np.clip(slope / rise, -0.1, STEEPEST) * turn / half
        for slope in (upper_left - left, right - upper_right)
    ]
    away = x - middle
    return np.asarray(middle + away / np.where(away < 0, grown[0], grown[1]), np.float32)


def _sides(alpha: NDArray[np.uint8]) -> tuple[float, float]:
    columns = np.flatnonzero(alpha > 127)
    return (float(columns[0]), float(columns[-1])) if len(columns) else (0.0, float(len(alpha) - 1))


def _calm(edge: Floats, cover: Floats, skin: Floats, unit: float, down: NDArray[np.floating]) -> Floats:
    """(rows, width, 3): the base row's colours going down, spreading into folds; a neckline closes in an arc."""
    own = edge[:, :3] / np.maximum(cover, 1e-3)[:, None]
    everywhere = np.ones_like(cover)
    bare = np.clip(4 * _blurred((skin * cover)[:, None], everywhere, 0.04 * unit)[:, 0] - 0.6, 0, 1)
    around = np.clip(6 * _blurred(bare[:, None], everywhere, 0.1 * unit)[:, 0], 0, 1)
    clothes = cover * (1 - around)
    if float(clothes.sum()) < 0.2 * float(cover.sum()):
        clothes = cover
    far = _blurred(own, clothes, 0.6 * unit)
    near = _blurred(own, clothes + 1e-3, 0.06 * unit)
    known = np.clip(3 * _blurred(clothes[:, None], everywhere, 0.06 * unit), 0, 1)
    near = far + (near - far) * known
    spread = _smooth(down / 0.8)[..., None]
    dressed = near[None] + (far - near)[None] * 0.7 * spread
    seam = _blurred(own, cover, 0.015 * unit)
    dressed = seam[None] + (dressed - seam[None]) * np.maximum(
        _smooth(down / 0.3)[..., None], around[None, :, None]
    )
    body = _blurred(own, cover * bare + 1e-6, 0.1 * unit)
    inside = _neckline(bare, unit, down)[..., None]
    return np.asarray(
        dressed + (body[None] * (1 - 0.25 * _smooth(down))[..., None] - dressed) * inside, np.float32
    )


def _neckline(bare: NDArray[np.floating], unit: float, down: NDArray[np.floating]) -> Floats:
    """(rows, width): where skin still is, 0 to 1: the base row's stretch of it above half an ellipse."""
    columns = np.flatnonzero(bare > 0.5)
    if not len(columns):
        return np.zeros((len(down), len(bare)), np.float32)
    middle, half = (columns[0] + columns[-1]) / 2, max(1.0, (columns[-1] - columns[0]) / 2)
    deep = min(NECKLINE, 0.5 * half / unit)
    x = (np.arange(len(bare), dtype=np.float32)[None] - middle) / half
    away = np.sqrt(x * x + (down / deep) ** 2)
    return np.asarray(np.clip((1 - away) * half / (0.05 * unit) + 0.5, 0, 1), np.float32)


def _blurred(colors: NDArray[np.floating], weight: NDArray[np.floating], sigma: float) -> Floats:
    """(width, channels) along the row, the weightless left out."""
    kernel = cv2.getGaussianKernel(2 * max(1, round(3 * sigma)) + 1, max(0.5, sigma)).ravel()
    total = np.maximum(np.convolve(weight, kernel, "same"), 1e-4)
    parts = [np.convolve(channel * weight, kernel, "same") / total for channel in colors.T]
    return np.asarray(np.stack(parts, axis=1), np.float32)


def _strokes(strip: Floats, unit: float) -> Floats:
    """What is fine in a strip of the sprite, as lightness alone: (rows, width, 3)."""
    grey = strip[..., :3].mean(axis=2)
    cover = strip[..., 3] / 255
    calm = soften(grey, 0.05 * unit) / np.maximum(soften(cover, 0.05 * unit), 1e-2)
    fine = np.clip((grey - calm * cover) * np.clip(3 * cover - 2, 0, 1), -26, 26)
    return np.repeat(fine[..., None], 3, axis=2).astype(np.float32)


def _rows(at: Floats) -> Floats:
    rows = np.arange(at.shape[0], dtype=np.float32)[:, None]
    return np.ascontiguousarray(np.broadcast_to(rows, at.shape))


def _smooth(value: NDArray[np.floating]) -> Floats:
    share = np.clip(value, 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)
