"""The night sky: a swirling or a starry immensity over a low dark land."""

import cv2
import numpy as np

from limelight.shoot.painted.scenery.light import mix, times
from limelight.shoot.painted.scenery.mountains import mountain_range
from limelight.shoot.painted.scenery.noise import fbm, line, smoothstep, warp
from limelight.shoot.painted.scenery.plants import grass, pine, stand
from limelight.shoot.painted.scenery.setting import Cel, Scene, Setting
from limelight.shoot.painted.scenery.sheet import Sheet
from limelight.shoot.painted.scenery.sky import paint_sky, paint_stars
from limelight.shoot.painted.scenery.weather import ground_mist, veil


def paint_night_sky(setting: Setting) -> Scene:
    """Mostly sky: swirls when it is wild, the Milky Way when it is calm."""
    rng = setting.rng("night-sky")
    horizon = 0.84 if setting.is_tall else 0.80
    sky, light = paint_sky(setting, horizon, heaps=0.0)
    if rng.random() < 0.35 + 0.45 * max(0.0, setting.arousal):
        _swirls(setting, sky, horizon, light)
    else:
        _nebula(setting, sky, horizon)
        paint_stars(setting, sky, horizon, milky_way=False, amount=0.8)
    far = mountain_range(
        setting, "far", horizon, light, near=14, far=26, peak=0.13, at=setting.focus, haze=0.45
    )
    veil(setting, far, horizon, 0.1)
    far.place(ground_mist(setting, horizon + 0.02, thick=0.03, strength=0.45).pixels, 0, 0)
    return Scene(
        (Cel(sky, 0.0), Cel(far, 0.12), Cel(_pines(setting, horizon, light), 0.6), Cel(_grass(setting), 0.9)),
        horizon,
        light,
        0.94,
    )


def _nebula(setting: Setting, sky: Sheet, horizon: float) -> None:
    rng = setting.rng("nebula")
    cloud = fbm(rng, setting.shape, (2.4, 3.4), 6, 0.55)
    bend = fbm(rng, setting.shape, (2, 3), 3) * setting.unit * 0.06
    cloud = warp(cloud, bend, bend[:, ::-1])
    fade = smoothstep(1.0, 0.4, setting.y / horizon)
    hues = ((0.32, 0.20, 0.62), (0.10, 0.42, 0.58), (0.66, 0.22, 0.44))
    for i, hue in enumerate(hues):
        part = smoothstep(0.1, 2.1, (cloud, -cloud, cloud[:, ::-1])[i])
        sky.glow(hue, (part * fade * 0.55).astype(np.float32))


def _swirls(setting: Setting, sky: Sheet, horizon: float, light: tuple[float, float]) -> None:
    """Streams of light that wind around whirls, and rings around the stars."""
    rng = setting.rng("swirls")
    scale = 0.5
    rows, cols = int(setting.height * scale), int(setting.width * scale)
    unit = setting.unit * scale
    x = (np.arange(cols, dtype=np.float32)[None, :] + np.zeros((rows, 1), np.float32)) / unit
    y = (np.arange(rows, dtype=np.float32)[:, None] + np.zeros((1, cols), np.float32)) / unit
    flow_x = np.ones_like(x) * 0.55
    flow_y = 0.30 * np.sin(x * 3.1 + rng.uniform(0, 6)) * np.ones_like(y)
    high = horizon * setting.height / setting.unit
    wide = setting.width / setting.unit
    for k in range(int(4 + 2 * wide)):
        cx, cy = rng.uniform(0.05, 0.95) * wide, rng.uniform(0.10, 0.72) * high
        size = rng.uniform(0.07, 0.20) * (1.25 if k == 0 else 1)
        turn = rng.choice([-1.0, 1.0])
        dx, dy = x - cx, y - cy
        pull = np.exp(-(dx * dx + dy * dy) / (2 * size * size)) * 3.0 / size
        flow_x += -turn * dy * pull
        flow_y += turn * dx * pull
    speed = np.sqrt(flow_x**2 + flow_y**2) + 1e-3
    ux, uy = (flow_x / speed).astype(np.float32), (flow_y / speed).astype(np.float32)
    streaks = fbm(rng, (rows, cols), (80, 80 * cols / rows), 2, 0.5)
    for step in (1.0, 2.0, 4.0, 8.0):  # line integral convolution by doubling
        length = step * unit * 0.0032
        streaks = (warp(streaks, ux * length, uy * length) + warp(streaks, -ux * length, -uy * length)) / 2
    streaks = streaks / max(float(streaks.std()), 1e-4)
    broad = fbm(rng, (rows, cols), (3, 5), 3)
    whole = (setting.width, setting.height)
    tone = np.asarray(
        cv2.resize(
            np.asarray(streaks * 0.6 + broad * 0.45, np.float32), whole, interpolation=cv2.INTER_CUBIC
        ),
        np.float32,
    )
    fade = smoothstep(1.02, 0.72, setting.y / horizon)
    colors = setting.light
    bright = mix(colors.horizon, colors.disc, 0.45)
    sky.glow(bright, (smoothstep(0.0, 2.2, tone) * 0.62 * fade).astype(np.float32))
    sky.tint(times(colors.zenith, 0.6), (smoothstep(0.0, -2.0, tone) * 0.55 * fade).astype(np.float32))
    for _ in range(int(9 * wide / 1.78) + 3):
        cx, cy = rng.uniform(0.03, 0.97) * setting.width, rng.uniform(0.05, 0.8) * horizon * setting.height
        radius = setting.unit * rng.uniform(0.010, 0.022)
        distance = np.hypot(setting.x * setting.width - cx, setting.y * setting.height - cy) / radius
        ring = (
            np.exp(-((distance - 2.1) ** 2) / 0.5) * 0.38
            + np.exp(-((distance - 3.5) ** 2) / 0.5) * 0.20
            + np.exp(-(distance**2) / 1.2)
        )
        sky.glow((1.0, 0.93, 0.66), ring.astype(np.float32) * 0.9)
    _ = light


def _pines(setting: Setting, horizon: float, light: tuple[float, float]) -> Sheet:
    rng = setting.rng("pines")
    sheet = Sheet.clear(*setting.shape)
    colors = setting.light
    base = (
        0.93 + 0.012 * line(rng, setting.width, 4) - 0.035 * smoothstep(0.1, 0.5, np.abs(setting.x[0] - 0.5))
    ) * setting.height
    mask = np.clip(np.arange(setting.height, dtype=np.float32)[:, None] - base[None, :], 0, 1).astype(
        np.float32
    )
    sheet.over(times(colors.lit((0.16, 0.20, 0.16), 0.3), 0.8), mask)
    side = 1.0 if light[0] > 0.5 else -1.0
    dark, lit = times(colors.lit((0.06, 0.09, 0.09), 0.1), 0.8), colors.lit((0.26, 0.34, 0.30), 0.7)
    stamps = [pine(rng, int(setting.unit * 0.36), dark, lit, side) for _ in range(4)]
    clumps = rng.random(5 if setting.has("trees") else 4)
    for _ in range(int((34 if setting.has("trees") else 20) * setting.width / setting.unit / 1.78)):
        x = float(np.clip(clumps[int(rng.integers(len(clumps)))] + rng.normal(0, 0.06), 0, 1))
        if abs(x - 0.5) < 0.12:
            continue
        tall = setting.unit * rng.uniform(0.09, 0.30) * (0.7 + 0.6 * abs(x - 0.5))
        stand(
            sheet,
            stamps[int(rng.integers(4))],
            x * setting.width,
            base[int(x * (setting.width - 1))] + setting.unit * 0.02,
            tall,
            haze=colors.horizon,
            share=0.06,
        )
    _ = horizon
    return sheet


def _grass(setting: Setting) -> Sheet:
    sheet = Sheet.clear(*setting.shape)
    rng = setting.rng("grass")
    colors = setting.light
    base = (0.965 + 0.01 * line(rng, setting.width, 3)) * setting.height
    grass(
        rng,
        sheet,
        setting.unit,
        base=base,
        tall=0.055,
        dark=times(colors.lit((0.07, 0.09, 0.09), 0.1), 0.5),
        lit=colors.lit((0.24, 0.32, 0.28), 0.6),
        density=0.9,
    )
    sheet.soften(setting.unit * 0.0012)
    return sheet
