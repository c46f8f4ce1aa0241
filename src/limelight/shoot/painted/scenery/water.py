"""Water: waves in perspective that mirror what stands behind them and break the light into a glitter path."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from limelight.shoot.painted.scenery.setting import Setting
from limelight.shoot.painted.scenery.sheet import Color, Sheet

Floats = NDArray[np.floating]


def paint_water(
    setting: Setting,
    behind: Sheet,
    horizon: float,
    light: tuple[float, float],
    *,
    deep: Color,
    roughness: float,
    shore: Floats | None = None,
) -> Sheet:
    """A plane of water from the horizon to the bottom of the plate.

    Args:
        setting: Seed, hour, weather.
        behind: What the water mirrors: an opaque sheet.
        horizon: 0..1 from the top.
        light: Where the sun or moon is, 0..1.
        deep: The water's own colour, seen steeply.
        roughness: 0 a mirror, .4 a lake in wind, 1 the sea, 2 a storm.
        shore: (w,) row in pixels where the water begins in each column; the horizon if not given.

    Returns:
        The water alone, transparent above it.
    """
    rng = setting.rng("water")
    sheet = Sheet.clear(*setting.shape)
    waves = _wave_field(rng, roughness)
    colors = setting.light
    glitter = {"clear": 1.0, "cloud": 0.7, "snow": 0.5, "mist": 0.45, "rain": 0.25, "storm": 0.15}[
        setting.weather
    ]
    start = np.full(setting.width, horizon * setting.height, np.float32) if shore is None else shore
    _water(
        sheet.pixels, np.ascontiguousarray(behind.pixels), start.astype(np.float32), waves,
        np.float32(horizon * setting.height), np.float32(setting.unit),
        np.float32(light[0] * setting.width),
        np.array(deep, np.float32), np.array(colors.disc, np.float32), np.array(colors.horizon, np.float32),
        np.float32(roughness), np.float32(glitter), np.float32(min(0.5 * colors.haze * 0.5, 0.8)),
    )  # fmt: skip
    return sheet


def _wave_field(rng: np.random.Generator, roughness: float) -> Floats:
    """Directional waves as rows (kx, kz, amplitude, phase); short waves are many and small."""
    count = 14
    length = np.geomspace(3.0, 0.10, count) * rng.uniform(0.8, 1.25, count)
    heading = rng.normal(0, 0.38 + 0.2 / (1 + roughness), count) + rng.uniform(-0.3, 0.3)
    k = 2 * np.pi / length
    slope = rng.uniform(0.6, 1.2, count) * 0.055 * roughness
    return np.stack([k * np.sin(heading), k * np.cos(heading), slope, rng.uniform(0, 7, count)], 1).astype(
        np.float32
    )


@njit(cache=True, fastmath=True)
def _water(
    pixels: Any,
    behind: Any,
    start: Any,
    waves: Any,
    horizon: Any,
    unit: Any,
    lx: Any,
    deep: Any,
    disc: Any,
    far: Any,
    roughness: Any,
    glitter: Any,
    haze: Any,
) -> Any:
    height, width = pixels.shape[:2]
    for y in range(height):
        drop = (y + 0.5 - horizon) / unit
        if drop <= 0:
            continue
        distance = 0.42 / (drop + 0.004)  # viewer's height over the angle below the horizon
        footprint = distance * distance / 0.42 / unit  # how much depth one row covers
        for x in range(width):
            cover = min(max(y + 1.0 - start[x], 0.0), 1.0)
            if cover <= 0.0:
                continue
            px = (x - width * 0.5) / unit * distance
            sx, sz, crest = 0.0, 0.0, 0.0
            for i in range(waves.shape[0]):
                kx, kz, slope, phase = waves[i]
                # waves finer than a pixel are felt as roughness only
                detail = 1.0 / (1.0 + (abs(kz) * footprint * 0.55) ** 2)
                if detail < 0.03:
                    continue
                a = kx * px + kz * distance + phase
                s = np.sin(a)
                sharp = np.cos(a) * (1.0 + 0.45 * s)
                sx += kx / 20.0 * slope * sharp * detail * 6.0
                sz += slope * sharp * detail * (0.5 + abs(kz) * 0.05)
                crest += s * slope * detail
            # the mirror image, pulled about by the slope
            squeeze = 0.92
            ry = horizon - (y - horizon) * squeeze - sz * unit * 0.55 - roughness * 0.012 * unit
            rx = x + sx * unit * 0.10
            ry = min(max(ry, 0.0), horizon - 1.0)
            rx = min(max(rx, 0.0), width - 1.001)
            ix, iy = int(rx), int(ry)
            fx, fy = rx - ix, ry - iy
            jy = min(iy + 1, height - 1)
            jx = min(ix + 1, width - 1)
            grazing = 1.0 / (1.0 + drop * 2.6 + max(0.0, sz) * 3.0)
            mirror = 0.16 + 0.80 * grazing * grazing
            # the glitter path: facets that happen to face the light
            dx = (x - lx) / unit + sx * 0.35
            spread = 0.035 + 0.16 * drop * (0.4 + 0.6 * min(roughness, 1.0)) + 0.05 * roughness
            path = np.exp(-((dx / spread) ** 2))
            spark = min(max(sz * 9.0 / (0.12 + roughness) - 0.25 + 0.45 * grazing, 0.0), 1.0)
            shine = glitter * path * spark * spark
            air = haze * np.exp(-drop * 14.0)
            for c in range(3):
                m = (
                    behind[iy, ix, c] * (1 - fx) * (1 - fy)
                    + behind[iy, jx, c] * fx * (1 - fy)
                    + behind[jy, ix, c] * (1 - fx) * fy
                    + behind[jy, jx, c] * fx * fy
                )
                body = deep[c] * (0.80 + 1.5 * max(min(crest, 0.3), -0.3))
                v = body + (m - body) * mirror
                v += (far[c] - v) * air
                v += (disc[c] - v) * min(shine, 1.0)
                pixels[y, x, c] = min(max(v, 0.0), 1.0) * cover
            pixels[y, x, 3] = cover
