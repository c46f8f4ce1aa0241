"""Weather in front of things: mist in banks, sheets of falling rain, snow on the ground, shafts of light."""

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.scenery.light import mix
from limelight.shoot.painted.scenery.noise import fbm, smoothstep
from limelight.shoot.painted.scenery.setting import Setting
from limelight.shoot.painted.scenery.sheet import Color, Sheet

Floats = NDArray[np.floating]


def veil(setting: Setting, sheet: Sheet, horizon: float, depth: float) -> None:
    """Mist, rain or snow between the viewer and a cel of a depth (0 far .. 1 near)."""
    share = {"mist": 0.62, "rain": 0.34, "snow": 0.36, "storm": 0.30}.get(setting.weather, 0.0) * (
        1 - depth
    ) ** 1.3
    if share <= 0:
        return
    air = mix(setting.light.horizon, setting.light.sky, 0.3)
    banks = fbm(setting.rng(f"veil{depth:.2f}"), setting.shape, (5, 2.2), 4)
    if setting.weather in {"rain", "storm"}:
        banks = _slanted(setting, f"curtain{depth:.2f}")
    low = np.exp(-np.abs(setting.y - horizon - 0.04) / 0.24)
    sheet.tint(air, np.clip(share * (0.55 + 0.45 * low + 0.22 * banks), 0, 0.94).astype(np.float32))


def _slanted(setting: Setting, part: str) -> Floats:
    """Curtains of rain: noise drawn out along a slant."""
    noise = fbm(setting.rng(part), setting.shape, (2, 16), 4)
    shear = np.array([[1, 0.22, 0], [0, 1, 0]], np.float32)
    return np.asarray(
        cv2.warpAffine(noise, shear, setting.shape[::-1], borderMode=cv2.BORDER_REFLECT), np.float32
    )


def ground_mist(
    setting: Setting, level: float, *, thick: float = 0.1, strength: float = 0.75, part: str = "mist"
) -> Sheet:
    """A bank of mist lying at a height of the picture, as a cel of its own."""
    sheet = Sheet.clear(*setting.shape)
    noise = fbm(setting.rng(part), setting.shape, (5, 2.0), 5, 0.55)
    shift = (setting.y - level) / thick + noise * 0.45
    mask = np.exp(-(shift**2)) * smoothstep(-1.6, 0.8, noise) * strength
    sheet.over(mix(setting.light.horizon, setting.light.cloud, 0.35), mask.astype(np.float32))
    return sheet


def shafts(
    setting: Setting, light: tuple[float, float], *, count: float = 9, strength: float = 0.3
) -> Floats:
    """Shafts of light fanning out from the light: (h, w) amount to glow."""
    rng = setting.rng("shafts")
    dx = (setting.x - light[0]) * setting.width / setting.unit
    dy = (setting.y - light[1]) * setting.height / setting.unit
    angle = np.arctan2(dx, dy + 0.25)
    line = fbm(rng, (4, 720), (1, count * 2.4), 3)[1]
    rays = np.interp(angle, np.linspace(-np.pi, np.pi, 720), line)
    distance = np.hypot(dx, dy)
    return np.asarray(
        smoothstep(0.1, 1.6, rays.astype(np.float32)) * np.exp(-distance / 0.75) * strength, np.float32
    )


def vignette(setting: Setting, sheet: Sheet, color: Color, strength: float = 0.5) -> None:
    """Darken a front cel's outer parts towards a colour."""
    edge = np.clip(np.hypot((setting.x - 0.5) * 1.7, (setting.y - 0.5) * 1.5) - 0.55, 0, 1)
    sheet.tint(color, (edge * strength).astype(np.float32))
