"""The desert: dunes with knife-edge ridges and rippled lee sides, far table mountains, a huge sun, cacti."""

import cv2
import numpy as np

from limelight.shoot.painted.scenery.light import mix, times
from limelight.shoot.painted.scenery.noise import fbm, line, smoothstep
from limelight.shoot.painted.scenery.plants import grass, stand
from limelight.shoot.painted.scenery.setting import Cel, Scene, Setting
from limelight.shoot.painted.scenery.sheet import Sheet
from limelight.shoot.painted.scenery.sky import paint_sky
from limelight.shoot.painted.scenery.terrain import (
    GRID,
    Land,
    albedo_of,
    land_width,
    light_direction,
    paint_colors,
    relief,
    render_land,
)
from limelight.shoot.painted.scenery.things import cactus, paint_birds
from limelight.shoot.painted.scenery.weather import veil


def paint_desert(setting: Setting) -> Scene:
    """Dunes in three depths."""
    horizon = 0.60 if setting.is_tall else 0.56
    sky, light = paint_sky(setting, horizon, heaps=0.12)
    if setting.has("birds"):
        paint_birds(setting, sky, horizon, light)
    far = _mesas(setting, horizon)
    far.place(_dunes(setting, "far", horizon, light, near=9, far=24, swell=0.55, haze=0.42).pixels, 0, 0)
    middle = _dunes(setting, "middle", horizon, light, near=2.6, far=8.5, swell=0.50, haze=0.22)
    near = _dunes(setting, "near", horizon, light, near=0.72, far=2.3, swell=0.15, haze=0.03)
    for depth, cel in ((0.12, far), (0.3, middle)):
        veil(setting, cel, horizon, depth)
    _cacti(setting, middle, near, light)
    front = Sheet.clear(*setting.shape)
    dark = times(setting.light.lit((0.26, 0.17, 0.12), 0.1), 0.6)
    rng = setting.rng("scrub")
    base = (
        1.0 + 0.03 * line(rng, setting.width, 3) - 0.05 * np.abs(setting.x[0] - (1 - setting.focus))
    ).clip(0.93, 1.2) * setting.height
    grass(
        rng,
        front,
        setting.unit,
        base=base,
        tall=0.055,
        dark=dark,
        lit=setting.light.lit((0.62, 0.46, 0.24), 0.4),
        density=0.22,
        lean=0.4,
        filled=False,
    )
    front.soften(setting.unit * 0.0014)
    return Scene(
        (Cel(sky, 0.0), Cel(far, 0.12), Cel(middle, 0.3), Cel(near, 0.6), Cel(front, 0.9)),
        horizon,
        light,
        0.91,
    )


def _mesas(setting: Setting, horizon: float) -> Sheet:
    rng = setting.rng("mesas")
    sheet = Sheet.clear(*setting.shape)
    profile = line(rng, setting.width, 4 * setting.width / setting.unit, 6, 0.45)
    steps = (
        smoothstep(0.25, 0.75, profile) * 0.034
        + smoothstep(1.0, 1.35, profile) * 0.036
        + 0.012 * np.clip(profile, 0, 2)
    )
    top = (horizon + 0.01) * setting.height - steps * setting.unit * 1.15
    mask = np.clip(np.arange(setting.height, dtype=np.float32)[:, None] + 1 - top[None, :], 0, 1).astype(
        np.float32
    )
    bands = fbm(rng, setting.shape, (90, 3), 3)
    cliffs = fbm(rng, setting.shape, (6, 60), 4)
    base = np.array(setting.light.lit((0.62, 0.36, 0.25), 0.45), np.float32)
    rgb = base * (1 + 0.08 * bands + 0.10 * cliffs)[..., None]
    air = np.array(setting.light.horizon, np.float32)
    rgb += (air - rgb) * min(0.86, 0.55 * setting.light.haze**0.5)
    sheet.over(np.clip(rgb, 0, 1).astype(np.float32), mask)
    return sheet


def _dunes(
    setting: Setting,
    part: str,
    horizon: float,
    light: tuple[float, float],
    *,
    near: float,
    far: float,
    swell: float,
    haze: float,
) -> Sheet:
    """Barchan-like ridges: long gentle windward sides, steep slip faces, sinuous crests."""
    rng = setting.rng(part)
    width = land_width(setting, far)
    ratio = width / (far - near)
    bend = fbm(rng, (GRID, GRID), (1.8, 1.8 * ratio), 3, 0.42)
    along = np.linspace(0, ratio, GRID, dtype=np.float32)[None, :]
    away = np.linspace(0, 1, GRID, dtype=np.float32)[:, None]
    turn = rng.uniform(0.35, 0.75) * (1 if light[0] > 0.5 else -1)
    phase = away * 2.3 + along * turn + bend * 0.26 + rng.random()
    saw = phase - np.floor(phase)
    crest = 0.80
    shape = np.where(saw < crest, np.sin(np.pi / 2 * (saw / crest)) ** 1.5, 1 - smoothstep(crest, 1.0, saw))
    tall = np.clip(0.62 + 0.34 * fbm(rng, (GRID, GRID), (1.5, 1.5 * ratio), 2), 0.12, 1.3)
    heights = cv2.GaussianBlur((shape * tall * swell).astype(np.float32), (0, 0), 0.9)
    heights = (heights * smoothstep(0.0, 0.12, away + 0.03) + 0.02 * bend).astype(np.float32)
    land = Land(near, far, width, heights)
    lit, flat = relief(land, light_direction(setting, light), 0.03)
    ripples = np.sin(
        (phase * 2.3 + bend * 0.5 + fbm(rng, (GRID, GRID), (8, 8 * ratio), 3) * 0.10)
        * (95 if near < 2 else 60)
    ) * smoothstep(0.85, 0.98, flat)
    sand = np.clip(0.5 + 0.25 * fbm(rng, (GRID, GRID), (5, 5 * ratio), 4), 0, 1)
    albedo = albedo_of(((0.88, 0.62, 0.40), sand), ((0.98, 0.78, 0.54), sand))
    if setting.weather == "snow":
        albedo += (np.array([0.95, 0.96, 1.0], np.float32) - albedo) * 0.8
    strength = 0.055 if near < 2 else 0.035
    shade = np.clip(lit * 1.25 * (1 + strength * 1.6 * ripples), 0, 1.2).astype(np.float32)
    painted = paint_colors(
        shade, albedo, times(setting.light.ambient, (0.95, 0.86, 0.95)), times(setting.light.sun, 1.15)
    )
    return render_land(
        setting, land, painted, horizon, thickness=min(0.9, haze * setting.light.haze * 10 / far)
    )


def _cacti(setting: Setting, middle: Sheet, near: Sheet, light: tuple[float, float]) -> None:
    if not setting.has("cactus"):
        return
    rng = setting.rng("cactus")
    side = 1.0 if light[0] > 0.5 else -1.0
    stamps = [cactus(rng, int(setting.unit * 0.42), setting, side) for _ in range(3)]
    for _ in range(6):
        x, share = rng.random(), rng.uniform(0.2, 0.5)
        stand(
            middle,
            stamps[int(rng.integers(3))],
            x * setting.width,
            _top(middle, x) + setting.unit * 0.012,
            setting.unit * 0.075 * (0.7 + share),
            haze=setting.light.horizon,
            share=0.25,
        )
    x = float(
        np.clip(
            1 - setting.focus + rng.uniform(-0.16, -0.06) * (1 if setting.focus < 0.5 else -1), 0.08, 0.92
        )
    )
    if setting.star_space in {"left", "right", "center"}:
        x = 0.92 if setting.focus > 0.5 else 0.08
    stand(near, stamps[0], x * setting.width, _top(near, x) + setting.unit * 0.05, setting.unit * 0.40)
    _ = mix


def _top(sheet: Sheet, x: float) -> float:
    column = sheet.alpha[:, int(np.clip(x, 0, 0.999) * sheet.alpha.shape[1])]
    return float(np.argmax(column > 0.5))
