"""An abstract place: sheets of silk, lit from the side, folding through depth, with lights adrift."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.scenery.light import mix, times
from limelight.shoot.painted.scenery.noise import fbm, smoothstep, warp
from limelight.shoot.painted.scenery.setting import Cel, Scene, Setting
from limelight.shoot.painted.scenery.sheet import Color, Sheet
from limelight.shoot.painted.scenery.sky import paint_stars

Floats = NDArray[np.floating]


def paint_abstract(setting: Setting) -> Scene:
    """Ribbons of colour around one light."""
    rng = setting.rng("abstract")
    colors = setting.light
    light = (setting.focus, float(rng.uniform(0.28, 0.46)))
    away = (
        np.hypot((setting.x - light[0]) * setting.width, (setting.y - light[1]) * setting.height)
        / setting.unit
    )
    back = (
        np.array(times(colors.zenith, 0.85), np.float32)
        + (np.array(colors.horizon, np.float32) - np.array(times(colors.zenith, 0.85), np.float32))
        * np.exp(-((away / 0.62) ** 1.3))[..., None]
    )
    smoke = fbm(rng, setting.shape, (2.2, 3.2), 6, 0.5)
    bend = fbm(rng, setting.shape, (1.5, 2.2), 3) * setting.unit * 0.10
    smoke = warp(smoke, bend, bend[:, ::-1])
    back = back * (1 + 0.10 * smoke)[..., None]
    sky = Sheet.opaque(np.clip(back, 0, 1).astype(np.float32))
    if setting.has("stars") or setting.is_dark:
        paint_stars(setting, sky, 1.4, milky_way=False, amount=0.8)
    sky.glow(colors.disc, (0.65 * np.exp(-away / 0.11)).astype(np.float32))
    _orbs(setting, sky, "far", 26, (0.006, 0.022), 0.5)
    hues: list[Color] = [
        mix(colors.sky, (0.55, 0.30, 0.60), 0.35),
        mix(colors.horizon, (0.90, 0.45, 0.35), 0.35),
        mix(colors.cloud, (0.95, 0.75, 0.45), 0.3),
        mix(colors.zenith, (0.10, 0.40, 0.50), 0.45),
    ]
    order = rng.permutation(4)
    cels = [Cel(sky, 0.0)]
    turn = rng.uniform(-0.55, 0.55)
    for i, depth in enumerate((0.12, 0.3, 0.6)):
        cels.append(
            Cel(
                _silk(
                    setting,
                    f"silk{i}",
                    hues[int(order[i])],
                    light,
                    level=0.40 + 0.20 * i,
                    turn=turn + rng.normal(0, 0.18),
                    size=0.24 - 0.02 * i,
                ),
                depth,
            )
        )
    front = Sheet.clear(*setting.shape)
    _orbs(setting, front, "near", 12, (0.02, 0.06), 0.22)
    cels.append(Cel(front, 0.9))
    return Scene(tuple(cels), 0.55, light, 0.93)


def _silk(
    setting: Setting,
    part: str,
    color: Color,
    light: tuple[float, float],
    *,
    level: float,
    turn: float,
    size: float,
) -> Sheet:
    """One ribbon, woven at half size: silk has no fine detail."""
    half = replace(setting, width=setting.width // 2, height=setting.height // 2)
    small = _weave(half, part, color, light, level=level, turn=turn, size=size)
    return Sheet(
        np.asarray(
            cv2.resize(small.pixels, setting.shape[::-1], interpolation=cv2.INTER_CUBIC).clip(0, 1),
            np.float32,
        )
    )


def _weave(
    setting: Setting,
    part: str,
    color: Color,
    light: tuple[float, float],
    *,
    level: float,
    turn: float,
    size: float,
) -> Sheet:
    """One ribbon: a band along a wave whose folds catch the light."""
    rng = setting.rng(part)
    sheet = Sheet.clear(*setting.shape)
    x = (setting.x - 0.5) * setting.width / setting.unit
    y = (setting.y - level) * setting.height / setting.unit
    slow = fbm(rng, setting.shape, (1.3, 1.6), 2, 0.35)
    u = x * np.cos(turn) + y * np.sin(turn)
    v = -x * np.sin(turn) + y * np.cos(turn)
    wildness = 0.09 + 0.05 * max(0.0, setting.arousal)
    path = (
        wildness * np.sin(u * 3.1 + rng.uniform(0, 6))
        + 0.05 * np.sin(u * 7.3 + rng.uniform(0, 6))
        + 0.07 * slow
    )
    wide = size * (0.55 + 0.45 * np.sin(u * 2.3 + rng.uniform(0, 6)) ** 2) + 0.02
    t = (v - path) / wide
    inside = np.clip((1 - np.abs(t)) * wide * setting.unit / 1.6, 0, 1)
    phase = (
        t * 2.4
        + 0.9 * np.sin(u * 2.1 + t * 1.3 + rng.uniform(0, 6))
        + 0.55 * slow
        + 0.25 * np.sin(u * 6 + t * 3)
    )
    height = np.sin(phase * 2.2) * 0.6 + np.sin(phase * 4.7 + u * 3) * 0.25
    gy, gx = np.gradient(height.astype(np.float32) * setting.unit * 0.055)
    lx, ly = light[0] - 0.5, light[1] - level
    norm = np.hypot(lx, ly) + 0.05
    facing = (-gx * lx / norm - gy * ly / norm + 0.35) / np.sqrt(1 + gx * gx + gy * gy)
    diffuse = np.clip(0.30 + 0.75 * facing, 0, 1.2)
    gleam = np.clip(facing, 0, 1) ** 7
    fine = np.sin(phase * 46) * 0.03 * np.clip(facing, 0, 1)
    colors = setting.light
    shade = times(mix(color, colors.zenith, 0.55), 0.55)
    rgb = (
        np.array(shade, np.float32)
        + (np.array(color, np.float32) - np.array(shade, np.float32))
        * np.clip(diffuse + fine, 0, 1)[..., None]
    )
    rgb = rgb + (np.array(colors.disc, np.float32) - rgb) * np.clip(gleam * 0.75, 0, 1)[..., None]
    edge = smoothstep(0.80, 1.0, np.abs(t).astype(np.float32))
    rgb = rgb * (1 - 0.25 * edge)[..., None]
    opacity = inside * (0.80 + 0.20 * np.clip(diffuse, 0, 1))
    sheet.over(np.ascontiguousarray(np.clip(rgb, 0, 1), np.float32), opacity.astype(np.float32))
    return sheet


def _orbs(
    setting: Setting, sheet: Sheet, part: str, count: int, sizes: tuple[float, float], strength: float
) -> None:
    """Lights out of focus."""
    rng = setting.rng(f"orbs-{part}")
    for _ in range(int(count * setting.width / setting.unit / 1.78) + 2):
        radius = setting.unit * rng.uniform(*sizes)
        side = int(radius * 2) + 5
        yy, xx = np.mgrid[:side, :side].astype(np.float32) - side / 2
        distance = np.hypot(xx, yy) / radius
        disc = (
            np.clip((1 - distance) * radius / 2.0, 0, 1)
            * (0.45 + 0.55 * np.clip(distance, 0, 1) ** 3)
            * strength
            * rng.uniform(0.4, 1.0)
        )
        color = mix(setting.light.disc, setting.light.horizon, float(rng.random()))
        x, y = rng.uniform(-0.02, 1.0) * setting.width, rng.uniform(0, 1) * setting.height
        sheet.over(color, disc.astype(np.float32), int(y), int(x))
