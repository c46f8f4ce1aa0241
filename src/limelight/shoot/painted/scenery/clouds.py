"""Clouds: a high veil in perspective, and banks of heaped clouds that light shines into.

A cloud has no surface: it is a density, soft at its edge, and what is bright in it is where little of it lies
towards the light. So the light of each place is what Beer's law leaves of it on the way through a few steps of the
density, as in Schneider, "The real-time volumetric cloudscapes of Horizon Zero Dawn", SIGGRAPH 2015, in the flat.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.scenery.noise import fbm, line, smoothstep, warp
from limelight.shoot.painted.scenery.setting import Setting
from limelight.shoot.painted.scenery.sheet import Sheet
from limelight.shoot.painted.soft import soften

Floats = NDArray[np.floating]

TILE = 512
SCALE = 0.5
"""Heaps are soft: half size is enough."""
REACHES = (0.012, 0.03, 0.06, 0.11, 0.18)
"""How far towards the light a heap's density is looked at, in units of the plate."""
THICK = 1.15
"""How much light a density of one takes away at each look."""

SWIRL = 0.032
"""How far a bank's shape is bent sideways, share of a heap's width: domes drawn as a line have upright walls."""


def paint_high_clouds(setting: Setting, sheet: Sheet, horizon: float, light: tuple[float, float]) -> None:
    """Clouds on a plane above the viewer, so that they crowd together towards the horizon."""
    colors = setting.light
    rng = setting.rng("clouds")
    height, width = setting.shape
    texture = fbm(rng, (TILE, TILE), (7, 7), 6, 0.46)
    twist = fbm(rng, (TILE, TILE), (4, 4), 3) * (14 + 12 * max(0.0, setting.arousal))
    texture = _tileable(warp(texture, twist, twist[::-1]))
    relief = np.asarray(
        cv2.GaussianBlur(np.tile(texture, (3, 3)), (0, 0), 5.0)[TILE : 2 * TILE, TILE : 2 * TILE], np.float32
    )
    rows = int(horizon * height) + 1
    rise = np.clip(horizon - setting.y[:rows], 0, 1) * height / setting.unit
    plane = 0.42 / (rise + 0.30)
    far = plane * 520
    sideways = (setting.x - 0.5) * width / setting.unit * plane * 480
    drift = rng.uniform(0, TILE, 2)
    slant = rng.uniform(-0.5, 0.5)
    map_x = ((sideways + far * slant + drift[0]) % TILE).astype(np.float32)
    map_y = np.broadcast_to((far + drift[1]) % TILE, map_x.shape).astype(np.float32)
    shape = _looked_up(texture, map_x, map_y)
    toward = 12.0
    moved_x = np.asarray(np.mod(map_x + toward * np.sign(light[0] - setting.x), TILE), np.float32)
    lee = _looked_up(relief, moved_x, np.asarray(np.mod(map_y - toward, TILE), np.float32))
    rim = np.clip((_looked_up(relief, map_x, map_y) - lee) * 0.34 + 0.5, 0, 1)
    threshold = 1.1 - 2.2 * colors.cover
    density = smoothstep(threshold, threshold + 2.3, shape)
    distance = np.hypot((setting.x - light[0]) * width, (setting.y[:rows] - light[1]) * height) / setting.unit
    thin = np.clip(1 - density, 0, 1)
    bright = np.clip(
        0.26 + 0.42 * rim + 0.35 * thin + 0.45 * np.exp(-distance / 0.35) - 0.25 * colors.cover, 0, 1
    )
    if setting.weather in {"rain", "storm"}:
        bright *= 0.75
    shade, lit = np.array(colors.cloud_shade, np.float32), np.array(colors.cloud, np.float32)
    rgb = shade + (lit - shade) * bright[..., None].astype(np.float32)
    fade = smoothstep(0.0, 0.16, rise)
    opacity = 0.96 if colors.cover > 0.6 else 0.8
    sheet.over(np.ascontiguousarray(rgb, np.float32), (density * fade * opacity).astype(np.float32))


def _looked_up(texture: Floats, x: Floats, y: Floats) -> NDArray[np.float32]:
    return np.asarray(
        cv2.remap(
            texture, x, np.ascontiguousarray(y, np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
        ),
        np.float32,
    )


def _tileable(texture: Floats) -> Floats:
    """Cross-fade the borders so that the texture repeats without a seam."""
    n = texture.shape[0]
    ramp = np.clip(np.abs(np.arange(n, dtype=np.float32) - n / 2) / (n / 2) * 3 - 2, 0, 1)
    for axis in (0, 1):
        w = ramp[:, None] if axis == 0 else ramp[None, :]
        texture = (texture * (1 - w) + np.roll(texture, n // 2, axis) * w) / np.sqrt((1 - w) ** 2 + w**2)
    return np.asarray(texture, np.float32)


def paint_heaps(
    setting: Setting, sheet: Sheet, horizon: float, light: tuple[float, float], amount: float
) -> None:
    """Banks of cumulus, far ones low and small and in the colour of the air, near ones high and large."""
    rng = setting.rng("heaps")
    height, width = setting.shape
    rows, columns = int(horizon * height * SCALE) + 2, int(width * SCALE)
    if rows < 8 or setting.light.cover < 0.2:
        return
    unit = setting.unit * SCALE
    whole = (width, min(height, round(rows / SCALE)))
    for base, tall, wide, air in (
        (0.97, 0.16, 0.55, 0.6),
        (0.86, 0.25, 0.85, 0.32),
        (0.62, 0.26, 1.25, 0.08),
    ):
        if base < 0.7 and rng.random() > 0.25 + 0.8 * amount:
            continue
        density = _bank(rng, (rows, columns), unit, base * rows, tall * (0.55 + 0.8 * amount), wide)
        rgb = _lit(setting, density, unit, (light[0] * columns, light[1] * height * SCALE))
        rgb += (np.array(setting.light.horizon, np.float32) - rgb) * np.float32(air)
        cover = np.clip(1.25 * density, 0, 1) * (0.9 if setting.time != "night" else 0.75)
        cover *= smoothstep(1.0, 0.9, np.arange(rows, dtype=np.float32) / rows)[:, None]
        sheet.over(
            np.asarray(cv2.resize(rgb, whole, interpolation=cv2.INTER_LINEAR), np.float32),
            np.asarray(
                cv2.resize(cover.astype(np.float32), whole, interpolation=cv2.INTER_LINEAR), np.float32
            ),
        )


def _bank(
    rng: np.random.Generator, shape: tuple[int, int], unit: float, base: float, tall: float, wide: float
) -> Floats:
    """Density of a bank of heaps on a common level base, 0 to 1: domes of a random outline, billowing, frayed."""
    rows, columns = shape
    cells = columns / unit / wide
    outline = 0.3 + 0.46 * line(rng, columns, 1.7 * cells, 3, 0.42)
    domes = np.clip(outline, 0, None) / (1 + 0.45 * np.clip(outline, 0, None))
    top = (base - tall * unit * domes)[None, :]
    y = np.arange(rows, dtype=np.float32)[:, None]
    billow = 1 - 0.9 * np.abs(fbm(rng, shape, (4.6 * rows / unit / wide, 4.6 * cells), 4, 0.48))
    fray = fbm(rng, shape, (12 * rows / unit / wide, 9 * cells), 4, 0.55)
    deep = (y - top) / (0.32 * tall * unit)  # 0 at the outline of the domes, growing inwards
    under = (base - y) / (0.16 * tall * unit) + 0.5 + 0.25 * fray
    inside = np.minimum(np.minimum(deep, 1.6), under)
    density = inside + 0.5 * billow + 0.2 * fray - 0.36
    gaps = smoothstep(0.05, 0.4, np.asarray(domes, np.float32))[None, :]
    swirl = fbm(rng, shape, (3.4 * rows / unit / wide, 3.4 * cells), 4, 0.55)
    bank = np.asarray(smoothstep(0.0, 1.15, np.asarray(density, np.float32)) * gaps, np.float32)
    return np.asarray(
        warp(bank, SWIRL * wide * unit * swirl, 0.35 * SWIRL * wide * unit * swirl[::-1]), np.float32
    )


def _lit(setting: Setting, density: Floats, unit: float, light: tuple[float, float]) -> Floats:
    """Colour of every place of a bank: how much light reaches it through the density, (rows, columns, 3)."""
    rows, columns = density.shape
    x = np.arange(columns, dtype=np.float32)[None] - np.float32(light[0])
    y = np.arange(rows, dtype=np.float32)[:, None] - np.float32(light[1])
    length = np.sqrt(x * x + y * y) + 0.12 * unit
    # from above as much as from the light itself: the sky shines too
    way_x, way_y = -x / length, -(y / length) - 0.9
    norm = np.sqrt(way_x * way_x + way_y * way_y) + 1e-3
    passed = np.zeros(density.shape, np.float32)
    soft = np.asarray(density, np.float32)
    for reach in REACHES:
        step = reach * unit
        soft = soften(density, 0.3 * step)
        passed += warp(soft, step * way_x / norm, step * way_y / norm)
    through = np.exp(-THICK * passed / len(REACHES) * 2.2)
    near = np.exp(-length / (0.5 * unit))
    lining = near * np.clip(1 - density, 0, 1)
    colors = setting.light
    bright = np.clip(0.16 + 0.95 * through + 0.3 * near * through + 0.5 * lining, 0, 1)[..., None]
    shade, lit = np.array(colors.cloud_shade, np.float32), np.array(colors.cloud, np.float32)
    return np.asarray(shade + (lit - shade) * bright, np.float32)
