"""Land seen in perspective: height fields, lit and shadowed, marched column by column (Comanche, 1992)."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from limelight.shoot.painted.scenery.setting import Setting
from limelight.shoot.painted.scenery.sheet import Color, Sheet

Floats = NDArray[np.floating]
EYE = 0.42
"""Height of the viewer over the ground plane, in the lengths in which distances are counted."""
GRID = 512
"""Samples of a land along each side."""


@dataclass(frozen=True)
class Land:
    """A piece of land between two distances, as wide as the picture sees at the farther one.

    Attributes:
        near: Distance of its near edge.
        far: Distance of its far edge.
        width: Its width.
        heights: (GRID, GRID) float32, rows from near to far, columns from left to right.
    """

    near: float
    far: float
    width: float
    heights: Floats

    @property
    def steps(self) -> tuple[float, float]:
        """Size of a cell (across, away)."""
        return self.width / GRID, (self.far - self.near) / GRID


def land_width(setting: Setting, far: float) -> float:
    """How wide the picture sees at a distance, with some to spare."""
    return far * setting.width / setting.unit * 1.04


def screen_place(setting: Setting, land: Land, x: float, distance: float) -> tuple[float, float]:
    """Grid coordinates (row, column) of what is seen at ``x`` (0..1) at a distance."""
    across = (x - 0.5) * setting.width / setting.unit * distance
    return (distance - land.near) / land.steps[1], (across / land.width + 0.5) * GRID


def light_direction(setting: Setting, light: tuple[float, float]) -> tuple[float, float, float]:
    """Where light comes from, as (right, up, away): from the side, so that forms show."""
    side = 1.0 if light[0] > 0.5 else -1.0
    up = 0.25 + 0.55 * setting.light.elevation
    vector = np.array([side * 0.95, up, -0.22])
    x, y, z = vector / np.linalg.norm(vector)
    return float(x), float(y), float(z)


def relief(
    land: Land, direction: tuple[float, float, float], softness: float = 0.02
) -> tuple[Floats, Floats]:
    """How the land catches the light.

    Returns:
        (GRID, GRID) light, 0 in shadow .. 1 facing it; and the upward part of the normal, 1 flat .. 0 steep.
    """
    dx, dz = land.steps
    gz, gx = np.gradient(land.heights, dz, dx)
    norm = 1 / np.sqrt(1 + gx * gx + gz * gz)
    facing = np.clip((-gx * direction[0] + direction[1] - gz * direction[2]) * norm, 0, 1)
    slope = direction[1] / max(abs(direction[0]), 1e-3)
    heights = land.heights if direction[0] < 0 else np.ascontiguousarray(land.heights[:, ::-1])
    cast = _sweep(heights, dx * slope, softness * max(1.0, float(land.heights.max())))
    if direction[0] > 0:
        cast = np.ascontiguousarray(cast[:, ::-1])
    cast = cv2.GaussianBlur(cast, (0, 0), 1.2)
    return (facing * cast).astype(np.float32), norm.astype(np.float32)


@njit(cache=True)
def _sweep(heights: Any, fall: Any, softness: Any) -> Any:
    """Cast shadows along rows, light from the left: 1 lit, 0 in shadow."""
    out = np.ones_like(heights)
    for y in range(heights.shape[0]):
        top = heights[y, 0]
        for x in range(1, heights.shape[1]):
            top -= fall
            if heights[y, x] >= top:
                top = heights[y, x]
            else:
                out[y, x] = max(0.0, 1.0 - (top - heights[y, x]) / softness)
    return out


def render_land(
    setting: Setting,
    land: Land,
    colors: Floats,
    horizon: float,
    *,
    haze: Color | None = None,
    thickness: float = 0.0,
    eye: float = EYE,
) -> Sheet:
    """Draw a land.

    Args:
        setting: The plate's size.
        land: Its heights.
        colors: (GRID, GRID, 3) float32, already lit.
        horizon: 0..1 from the top.
        haze: Colour of the air between.
        thickness: Share of the haze at distance 10; it grows with distance.
        eye: Height of the viewer.

    Returns:
        The land, going on downwards under its near edge, so that nearer cels can move in front of it.
    """
    sheet = Sheet.clear(*setting.shape)
    air = setting.light.horizon if haze is None else haze
    rate = -np.log(max(1e-3, 1 - min(thickness, 0.97))) / 10
    _march(
        sheet.pixels, land.heights, np.ascontiguousarray(colors, np.float32), np.float32(land.near),
        np.float32(land.far), np.float32(land.width), np.float32(horizon * setting.height),
        np.float32(setting.unit), np.float32(eye), np.array(air, np.float32), np.float32(rate),
    )  # fmt: skip
    return sheet


@njit(cache=True, fastmath=True)
def _march(
    pixels: Any,
    heights: Any,
    colors: Any,
    near: Any,
    far: Any,
    width: Any,
    horizon: Any,
    unit: Any,
    eye: Any,
    air: Any,
    rate: Any,
) -> Any:
    rows, cols = pixels.shape[:2]
    n = heights.shape[0]
    growth = 1.0 + min(0.004, 1.6 / unit)
    last = np.zeros(3, np.float32)
    color = np.zeros(3, np.float32)
    for x in range(cols):
        for half in range(2):  # two rays a column: smooth silhouettes
            ray = (x + 0.25 + 0.5 * half - cols * 0.5) / unit
            top = float(rows)
            z = near
            first = True
            while z < far:
                gz = (z - near) / (far - near) * (n - 1.001)
                gx = (ray * z / width + 0.5) * n - 0.5
                gx = min(max(gx, 0.0), n - 1.001)
                i, j = int(gz), int(gx)
                fz, fx = gz - i, gx - j
                w00, w01, w10, w11 = (1 - fz) * (1 - fx), (1 - fz) * fx, fz * (1 - fx), fz * fx
                h = (
                    heights[i, j] * w00
                    + heights[i, j + 1] * w01
                    + heights[i + 1, j] * w10
                    + heights[i + 1, j + 1] * w11
                )
                y = horizon - (h - eye) * unit / z
                if y < top:
                    mist = 1.0 - np.exp(-rate * z)
                    for c in range(3):
                        v = colors[i, j, c] * w00 + colors[i, j + 1, c] * w01
                        v += colors[i + 1, j, c] * w10 + colors[i + 1, j + 1, c] * w11
                        color[c] = v + (air[c] - v) * mist
                    if first:
                        for c in range(3):
                            last[c] = color[c]
                    start, stop = max(0, int(np.floor(y))), min(rows, int(np.ceil(top)))
                    for row in range(start, stop):
                        upper, lower = max(y, row), min(top, row + 1.0)
                        cover = (lower - upper) * 0.5
                        if cover <= 0:
                            continue
                        t = min(max((top - row - 0.5) / max(top - y, 1.0), 0.0), 1.0)
                        if first:
                            t = 1.0
                        for c in range(3):
                            pixels[row, x, c] += (last[c] + (color[c] - last[c]) * t) * cover
                        pixels[row, x, 3] += cover
                    top = y
                    first = False
                    for c in range(3):
                        last[c] = color[c]
                else:
                    first = first and False
                    mist = 1.0 - np.exp(-rate * z)
                    for c in range(3):
                        v = colors[i, j, c]
                        last[c] = v + (air[c] - v) * mist
                if top <= 0:
                    break
                z *= growth


def paint_colors(
    light: Floats, albedo: Floats, ambient: Color, sun: Color, occlusion: Floats | None = None
) -> Floats:
    """Lit colours: albedo x (ambient + sun x light); albedo is (h, w, 3) or (3,)."""
    shade = np.array(ambient, np.float32) * (1.0 if occlusion is None else occlusion[..., None])
    return np.clip(albedo * (shade + np.array(sun, np.float32) * light[..., None]), 0, 1).astype(np.float32)


def albedo_of(*bands: tuple[Color, Floats]) -> Floats:
    """Colours laid over each other through masks, the first one everywhere: (h, w, 3)."""
    base, mask = bands[0]
    out = np.empty((*mask.shape, 3), np.float32)
    out[:] = base
    for color, share in bands[1:]:
        out += (np.array(color, np.float32) - out) * share[..., None]
    return out
