"""The sky: its gradient, clouds in perspective, heaped clouds, sun and moon with halos, stars, the Milky Way."""

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.scenery.clouds import paint_heaps, paint_high_clouds
from limelight.shoot.painted.scenery.light import mix
from limelight.shoot.painted.scenery.noise import fbm, smoothstep
from limelight.shoot.painted.scenery.setting import Setting
from limelight.shoot.painted.scenery.sheet import Sheet

Floats = NDArray[np.floating]


def paint_sky(setting: Setting, horizon: float, *, heaps: float = 0.5) -> tuple[Sheet, tuple[float, float]]:
    """A whole sky, opaque to the bottom of the plate.

    Args:
        setting: Hour, weather, elements, seed.
        horizon: 0..1 from the top.
        heaps: How many heaped clouds stand over the horizon, 0..1.

    Returns:
        The sheet and where its light is, 0..1.
    """
    light = where_the_light_is(setting, horizon)
    sheet = Sheet.opaque(_gradient(setting, horizon, light))
    if setting.light.stars > 0.04 or setting.has("stars"):
        paint_stars(setting, sheet, horizon, milky_way=setting.is_dark and setting.weather == "clear")
    _paint_disc(setting, sheet, light, behind=True)
    paint_high_clouds(setting, sheet, horizon, light)
    if setting.weather not in {"mist", "storm"} and heaps > 0:
        paint_heaps(setting, sheet, horizon, light, heaps)
    _shine_through(setting, sheet, light)
    if setting.has("shooting-star"):
        _paint_shooting_star(setting, sheet, horizon)
    if setting.weather == "storm":
        _paint_lightning(setting, sheet, horizon)
    return sheet, light


def where_the_light_is(setting: Setting, horizon: float) -> tuple[float, float]:
    """The sun's or moon's place: over the focal point, as high as the hour says."""
    jitter = setting.rng("light").uniform(-0.06, 0.06, 2)
    share = float(np.clip(setting.light.elevation + jitter[1], 0.08, 0.8))
    if setting.has("sun") and setting.time in {"dawn", "dusk"}:
        share = min(share, 0.2)
    return setting.focus + float(jitter[0]) * 0.4, horizon * (1 - share)


def _gradient(setting: Setting, horizon: float, light: tuple[float, float]) -> Floats:
    colors = setting.light
    t = np.clip(setting.y / horizon, 0, 1.0)
    knots = np.array([0.0, 0.52, 0.86, 1.0], np.float32)
    stops = np.array([colors.zenith, colors.sky, mix(colors.sky, colors.horizon, 0.72), colors.horizon])
    wobble = fbm(setting.rng("gradient"), setting.shape, (2, 2), 2) * 0.025
    t = np.clip(t + wobble, 0, 1)
    rgb = np.stack([np.interp(t, knots, stops[:, i]) for i in range(3)], axis=-1).astype(np.float32)
    # the sky is brighter and warmer towards the light, darker away from it
    distance = np.hypot(
        (setting.x - light[0]) * setting.width / setting.unit,
        (setting.y - light[1]) * setting.height / setting.unit,
    )
    if setting.weather in {"clear", "cloud", "mist", "snow"}:
        warm = np.exp(-((distance / 0.62) ** 2)) * (0.42 if setting.time != "night" else 0.30)
        near = np.array(mix(colors.horizon, colors.disc, 0.45), np.float32)
        rgb += (near - rgb) * warm[..., None].astype(np.float32)
    rgb *= (1.04 - 0.16 * np.clip(distance - 0.5, 0, 1))[..., None].astype(np.float32)
    return np.clip(rgb, 0, 1)


def _paint_disc(setting: Setting, sheet: Sheet, light: tuple[float, float], *, behind: bool) -> None:
    """The sun or the moon, with its halo; hidden in rain and storm unless it was asked for."""
    wanted = setting.has("moon") or setting.has("sun")
    moon = setting.has("moon") or (setting.is_dark and not setting.has("sun"))
    if setting.weather in {"rain", "storm", "snow"} and not wanted:
        return
    unit = setting.unit
    radius = unit * (0.062 if moon else 0.07 if setting.time == "day" else 0.085) * (1.25 if wanted else 0.8)
    cx, cy = light[0] * setting.width, light[1] * setting.height
    xs, ys = setting.x * setting.width - cx, setting.y * setting.height - cy
    distance = np.sqrt(xs * xs + ys * ys).astype(np.float32)
    color = setting.light.disc
    halo_color = mix(color, setting.light.horizon, 0.55)
    strength = 0.55 if setting.weather in {"clear", "cloud"} else 0.4
    halo = (strength * np.exp(-distance / (radius * 1.9)) + 0.22 * np.exp(-distance / (radius * 5.5))).astype(
        np.float32
    )
    sheet.glow(halo_color, halo)
    if moon and behind:
        ring = 0.10 * np.exp(-(((distance - radius * 3.2) / (radius * 0.35)) ** 2))
        sheet.glow(halo_color, ring.astype(np.float32))
    edge = np.clip((radius - distance) / 1.6 + 0.5, 0, 1).astype(np.float32)
    top, left = max(0, int(cy - radius - 3)), max(0, int(cx - radius - 3))
    box = np.s_[top : int(cy + radius + 4), left : int(cx + radius + 4)]
    if edge[box].size == 0:
        return
    if moon:
        seas = fbm(setting.rng("moon"), edge[box].shape, (2.6, 2.6), 4)
        crescent = _phase(setting, xs, ys, radius)[box]
        face = 1.0 - 0.13 * smoothstep(0.1, 1.2, seas)
        rgb = np.array(color, np.float32) * face[..., None]
        sheet.over(np.ascontiguousarray(rgb, np.float32), edge[box] * crescent, top, left)
    else:
        sheet.over(mix(color, (1.0, 1.0, 1.0), 0.35), edge[box], top, left)


def _shine_through(setting: Setting, sheet: Sheet, light: tuple[float, float]) -> None:
    """Light that comes through the clouds before the sun or moon."""
    strength = {"clear": 0.5, "cloud": 0.35, "mist": 0.3}.get(setting.weather, 0.0)
    away = (
        np.hypot((setting.x - light[0]) * setting.width, (setting.y - light[1]) * setting.height)
        / setting.unit
    )
    sheet.glow(setting.light.disc, (strength * np.exp(-((away / 0.085) ** 2))).astype(np.float32))


def _phase(setting: Setting, xs: Floats, ys: Floats, radius: float) -> Floats:
    kind = setting.rng("phase").random()
    if kind < 0.6:
        return np.ones(setting.shape, np.float32)
    shift = radius * (0.42 if kind < 0.8 else 0.65)
    cut = np.sqrt((xs - shift) ** 2 + (ys + shift * 0.35) ** 2)
    return np.asarray(np.clip((cut - radius * 0.98) / (radius * 0.06), 0.0, 1), np.float32)


def paint_stars(
    setting: Setting, sheet: Sheet, horizon: float, *, milky_way: bool, amount: float = 1.0
) -> None:
    """Stars of many magnitudes and temperatures; on clear nights the Milky Way with its dust lanes."""
    rng = setting.rng("stars")
    height, width = setting.shape
    fade = smoothstep(1.0, 0.55, setting.y / horizon)
    share = max(setting.light.stars, 0.35 if setting.has("stars") else 0.0) * amount
    density = np.full(setting.shape, 0.35, np.float32)
    if milky_way:
        density += _paint_milky_way(setting, sheet, horizon)
    count = int(2600 * share * (width * height) / (1480 * 832))
    glow = np.zeros(setting.shape, np.float32)
    xs, ys = rng.uniform(2, width - 3, count), rng.uniform(0, min(1.0, horizon) * (height - 1), count)
    magnitudes = rng.pareto(2.3, count)
    keep = rng.random(count) < density[ys.astype(int), xs.astype(int)]
    scale = setting.unit / 832
    for x, y, magnitude in zip(xs[keep], ys[keep], magnitudes[keep], strict=True):
        bright = float(np.clip(0.25 + 0.28 * magnitude, 0, 1))
        radius = (0.55 + 0.35 * min(magnitude, 4.0)) * scale
        cv2.circle(glow, (int(x * 16), int(y * 16)), int(radius * 16), bright, -1, cv2.LINE_AA, 4)
    halo = cv2.GaussianBlur(glow, (0, 0), 3.2 * scale) * 1.6
    tints = fbm(setting.rng("star-colour"), setting.shape, (14, 24), 1)[..., None]
    color = np.array([0.92, 0.95, 1.0], np.float32) + tints * np.array([0.06, 0.0, -0.08], np.float32)
    sheet.glow(np.clip(color, 0, 1), (glow + halo) * fade * min(1.0, 0.35 + share))


def _paint_milky_way(setting: Setting, sheet: Sheet, horizon: float) -> Floats:
    rng = setting.rng("milky-way")
    angle = rng.uniform(0.5, 1.05) * (1 if setting.focus < 0.5 else -1)
    x = (setting.x - setting.focus) * setting.width / setting.unit
    y = (setting.y - horizon * 0.5) * setting.height / setting.unit
    clouds = fbm(rng, setting.shape, (4, 6), 6, 0.58)
    across = x * np.sin(angle) + y * np.cos(angle) + clouds * 0.035
    along = x * np.cos(angle) - y * np.sin(angle)
    core = np.exp(-((across / 0.17) ** 2)) * (0.65 + 0.35 * np.exp(-((along / 0.5) ** 2)))
    dust = fbm(rng, setting.shape, (5, 8), 6, 0.6)
    lane = np.exp(-(((across - 0.02) / 0.06) ** 2)) * smoothstep(-0.5, 0.9, dust)
    bright = core * np.clip(0.75 + 0.30 * clouds, 0.1, 1.6) * (1 - 0.75 * lane)
    bright = (bright * smoothstep(1.0, 0.6, setting.y / horizon)).astype(np.float32)
    warm = np.exp(-((across / 0.07) ** 2)).astype(np.float32)[..., None]
    color = (
        np.array([0.52, 0.62, 0.95], np.float32) * (1 - warm)
        + np.array([0.95, 0.72, 0.72], np.float32) * warm
    )
    sheet.glow(np.ascontiguousarray(color, np.float32), bright * 0.52)
    return np.asarray(core * 0.9, np.float32)


def _paint_shooting_star(setting: Setting, sheet: Sheet, horizon: float) -> None:
    rng = setting.rng("shooting-star")
    height, width = setting.shape
    away = 1 - setting.focus
    start = np.array([away + rng.uniform(-0.12, 0.12), horizon * rng.uniform(0.12, 0.3)]) * (width, height)
    slope = rng.uniform(0.35, 0.6)
    step = np.array([1.0 if away < 0.5 else -1.0, slope]) * setting.unit * 0.36
    trail = np.zeros(setting.shape, np.float32)
    for i in range(60):
        a, b = start + step * i / 60, start + step * (i + 1) / 60
        thick = max(1, round(setting.unit * 0.0045 * (i / 60)))
        cv2.line(
            trail,
            tuple((a * 16).astype(int)),
            tuple((b * 16).astype(int)),
            (i / 60) ** 1.6,
            thick,
            cv2.LINE_AA,
            4,
        )
    glow = cv2.GaussianBlur(trail, (0, 0), setting.unit * 0.008) * 2
    sheet.glow((1.0, 0.98, 0.92), np.clip(trail + glow, 0, 1))


def _paint_lightning(setting: Setting, sheet: Sheet, horizon: float) -> None:
    """One forked bolt, and the cloud it lights from inside."""
    rng = setting.rng("lightning")
    height, width = setting.shape
    top = np.array([1 - setting.focus + rng.uniform(-0.06, 0.06), horizon * 0.16]) * (width, height)
    bolt = np.zeros(setting.shape, np.float32)
    _bolt(rng, bolt, top, np.array([rng.uniform(-0.3, 0.3), 1.0]), horizon * height * 0.80, setting.unit, 1.0)
    flare = cv2.GaussianBlur(bolt, (0, 0), setting.unit * 0.02) * 2.2
    distance = np.hypot(setting.x * width - top[0], setting.y * height - top[1]) / setting.unit
    cloud = (0.45 * np.exp(-((distance / 0.26) ** 2))).astype(np.float32)
    sheet.glow(mix(setting.light.horizon, (0.9, 0.92, 1.0), 0.7), np.clip(bolt + flare + cloud, 0, 1))


def _bolt(
    rng: np.random.Generator,
    canvas: Floats,
    at: NDArray[np.floating],
    way: NDArray[np.floating],
    length: float,
    unit: float,
    bright: float,
) -> None:
    step = unit * 0.022
    while length > 0 and bright > 0.15:
        ahead = at + way / np.hypot(*way) * step + rng.normal(0, step * 0.42, 2)
        thick = max(1, round(unit * 0.0042 * bright))
        cv2.line(
            canvas,
            tuple((at * 16).astype(int)),
            tuple((ahead * 16).astype(int)),
            bright,
            thick,
            cv2.LINE_AA,
            4,
        )
        if rng.random() < 0.09 and bright > 0.4:
            fork = way + np.array([rng.choice([-1.0, 1.0]) * rng.uniform(0.5, 1.1), 0])
            _bolt(rng, canvas, ahead, fork, length * 0.4, unit, bright * 0.5)
        at, length = ahead, length - step
