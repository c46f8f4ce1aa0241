"""A neon grid: a plane of glowing lines, a striped sun, wire mountains, palms in front."""

import cv2
import numpy as np

from limelight.shoot.painted.scenery.light import mix, rgb, times
from limelight.shoot.painted.scenery.noise import fbm, line, smoothstep
from limelight.shoot.painted.scenery.plants import palm, stand
from limelight.shoot.painted.scenery.setting import Cel, Scene, Setting
from limelight.shoot.painted.scenery.sheet import Color, Sheet
from limelight.shoot.painted.scenery.sky import paint_stars
from limelight.shoot.painted.scenery.terrain import EYE

SCHEMES: tuple[tuple[Color, Color, Color, Color], ...] = (
    (rgb("#12042e"), rgb("#ff2fa0"), rgb("#19e3ff"), rgb("#ffd23f")),
    (rgb("#060a2c"), rgb("#7b3cff"), rgb("#ff4fd8"), rgb("#ff9d4d")),
    (rgb("#1a0424"), rgb("#ff5a3c"), rgb("#ffb03a"), rgb("#fff08a")),
    (rgb("#021a2b"), rgb("#00d9b5"), rgb("#7df9ff"), rgb("#f6ff8a")),
)
"""Night, horizon, lines, sun."""


def paint_neon_grid(setting: Setting) -> Scene:
    """A drive into the future as the past saw it."""
    rng = setting.rng("neon")
    night, blaze, wire, sun = SCHEMES[int(rng.integers(len(SCHEMES)))]
    horizon = 0.62 if setting.is_tall else 0.60
    dusk = setting.time in {"dusk", "dawn"}
    t = np.clip(setting.y / horizon, 0, 1)
    stops = np.array(
        [
            times(night, 0.75),
            mix(night, blaze, 0.22 if not dusk else 0.42),
            mix(night, blaze, 0.75),
            mix(blaze, sun, 0.35),
        ]
    )
    if setting.time == "day":
        stops = stops * 0.6 + np.array(sun) * 0.4
    wobble = fbm(rng, setting.shape, (2, 3), 3) * 0.02
    sky_rgb = np.stack(
        [np.interp(np.clip(t + wobble, 0, 1), (0, 0.55, 0.88, 1), stops[:, i]) for i in range(3)], -1
    )
    sky = Sheet.opaque(sky_rgb.astype(np.float32))
    paint_stars(
        setting,
        sky,
        horizon,
        milky_way=False,
        amount=(1.6 if setting.has("stars") else 1.0) * (0.5 if dusk else 1.0),
    )
    light = (0.5 + (setting.focus - 0.5) * (1.0 if setting.star_space else 0.35), horizon - 0.17)
    radius = setting.unit * (0.26 if setting.has("sun") else 0.225)
    _sun(setting, sky, light, radius, sun, blaze, horizon)
    mountains = _wire_mountains(setting, horizon, light, wire, blaze, night)
    floor = _grid(setting, horizon, light, wire, blaze, night)
    front = Sheet.clear(*setting.shape)
    ink = times(night, 0.35)
    for side in (-1, 1):
        for _ in range(2):
            cel = palm(rng, int(setting.unit * rng.uniform(0.56, 0.78)), ink, mix(ink, blaze, 0.35))
            x = rng.uniform(-0.01, 0.13)
            stand(
                front,
                cel,
                (x if side < 0 else 1 - x) * setting.width,
                setting.height * rng.uniform(0.94, 1.03),
                cel.shape[0],
            )
    front.soften(setting.unit * 0.001)
    return Scene(
        (Cel(sky, 0.0), Cel(mountains, 0.12), Cel(floor, 0.3), Cel(front, 0.9)), horizon, light, 0.90
    )


def _sun(
    setting: Setting,
    sky: Sheet,
    light: tuple[float, float],
    radius: float,
    color: Color,
    blaze: Color,
    horizon: float,
) -> None:
    x = setting.x * setting.width - light[0] * setting.width
    y = setting.y * setting.height - light[1] * setting.height
    distance = np.hypot(x, y)
    sky.glow(blaze, (0.55 * np.exp(-np.maximum(distance - radius, 0) / (radius * 0.55))).astype(np.float32))
    disc = np.clip((radius - distance) / 1.5 + 0.5, 0, 1)
    down = (y + radius) / (2 * radius)
    stripe = np.ones_like(down)
    for k in range(8):
        center, half = 0.46 + 0.075 * k, 0.004 + 0.0035 * k
        stripe = np.minimum(stripe, np.clip((np.abs(down - center) - half) * radius, 0, 1))
    mask = np.broadcast_to(disc * stripe, setting.shape).astype(np.float32)
    t = np.clip(down, 0, 1)[..., None]
    rgb_ = np.array(color, np.float32) * (1 - t) + np.array(blaze, np.float32) * t
    sky.over(np.ascontiguousarray(np.broadcast_to(rgb_, (*setting.shape, 3)), np.float32), mask)
    _ = horizon


def _wire_mountains(
    setting: Setting, horizon: float, light: tuple[float, float], wire: Color, blaze: Color, night: Color
) -> Sheet:
    rng = setting.rng("wire")
    sheet = Sheet.clear(*setting.shape)
    columns = int(26 * setting.width / setting.unit / 1.78) + 4
    rows = 5
    drawn = np.zeros((setting.height * 2, setting.width * 2, 4), np.uint8)
    glow = np.zeros((setting.height, setting.width), np.uint8)
    away = np.abs(np.linspace(0, 1, columns) - light[0])
    ridge = (
        np.clip(
            (0.35 + 0.5 * np.abs(line(rng, columns, columns / 3.0, 3)))
            * smoothstep(0.10, 0.42, away.astype(np.float32)),
            0,
            1.2,
        )
        * 0.20
        * setting.unit
    )
    points = np.zeros((rows, columns, 2))
    for r in range(rows):
        share = 1 - r / (rows - 1)
        jitter = rng.normal(0, 0.10, columns) * ridge * (0 < r < rows - 1)
        points[r, :, 0] = (
            np.linspace(-0.04, 1.04, columns) * setting.width + rng.normal(0, 0.008, columns) * setting.unit
        )
        points[r, :, 1] = horizon * setting.height + 2 - (ridge * share**1.3 + jitter) * (r < rows - 1)
    for r in range(rows - 1):
        for c in range(columns - 1):
            for tri in (
                (points[r, c], points[r, c + 1], points[r + 1, c]),
                (points[r, c + 1], points[r + 1, c + 1], points[r + 1, c]),
            ):
                a = np.array(tri)
                slope = (a[1, 1] - a[0, 1]) / max(1.0, a[1, 0] - a[0, 0])
                toward = 1.0 if a[:, 0].mean() / setting.width < light[0] else -1.0
                shade = float(np.clip(0.22 + 0.38 * slope * toward + 0.10 * rng.random(), 0.03, 0.7))
                tone = mix(times(night, 0.9), blaze, shade)
                cv2.fillPoly(
                    drawn,
                    [np.round(a * 2).astype(np.int32)],
                    (int(tone[0] * 255), int(tone[1] * 255), int(tone[2] * 255), 255),
                )
                cv2.polylines(glow, [np.round(a * 16).astype(np.int32)], True, 255, 1, cv2.LINE_AA, 4)
    cel = (
        cv2.resize(drawn, (setting.width, setting.height), interpolation=cv2.INTER_AREA).astype(np.float32)
        / 255
    )
    sheet.place(cel, 0, 0)
    lines = glow.astype(np.float32) / np.float32(255)
    halo = cv2.GaussianBlur(lines, (0, 0), setting.unit * 0.004) * 1.1
    sheet.glow(wire, np.clip(lines * 0.75 + halo, 0, 1))
    return sheet


def _grid(
    setting: Setting, horizon: float, light: tuple[float, float], wire: Color, blaze: Color, night: Color
) -> Sheet:
    sheet = Sheet.clear(*setting.shape)
    rows = np.arange(setting.height, dtype=np.float32)[:, None]
    drop = np.maximum((rows + 0.5 - horizon * setting.height) / setting.unit, 1e-4)
    z = EYE / drop
    x = (setting.x * setting.width - light[0] * setting.width) / setting.unit * z
    cell = 0.22
    across = np.abs((x / cell + 0.5) % 1 - 0.5) * cell
    along = np.abs((z / cell + 0.3) % 1 - 0.5)
    along = (0.5 - along) * cell
    along = np.broadcast_to(along, across.shape)
    wide_x, wide_z = z / setting.unit, z * z / EYE / setting.unit
    thin = 0.0042
    fade = np.clip(1.6 / (1 + 0.18 * z), 0, 1)
    core = np.maximum(
        _stroke(across, wide_x, thin), _stroke(along, np.broadcast_to(wide_z, across.shape), thin)
    )
    halo = (
        np.maximum(
            _stroke(across, wide_x, 0.022), _stroke(along, np.broadcast_to(wide_z, across.shape), 0.022)
        )
        * 0.34
    )
    mask = np.clip(rows + 1 - horizon * setting.height, 0, 1)
    base = (
        np.array(times(night, 0.55), np.float32)
        + (np.array(mix(night, blaze, 0.5), np.float32) - np.array(times(night, 0.55), np.float32))
        * np.exp(-drop * 6)[..., None]
    )
    # the sun lies mirrored on the polished floor
    shine = (
        np.exp(-(((setting.x - light[0]) * setting.width / setting.unit) ** 2) / (0.05 + 0.05 * drop))
        * np.exp(-drop * 3.2)
        * 0.55
    )
    base = base + (np.array(blaze, np.float32) - base) * shine[..., None]
    sheet.over(
        np.ascontiguousarray(np.broadcast_to(base, (*setting.shape, 3)), np.float32),
        np.broadcast_to(mask, setting.shape).astype(np.float32),
    )
    below = mask * fade
    sheet.glow(wire, np.clip((halo + core * 0.5) * below, 0, 1).astype(np.float32))
    sheet.glow((1.0, 1.0, 1.0), np.clip(core * 0.55 * below, 0, 1).astype(np.float32))
    band = np.exp(-np.abs(rows - horizon * setting.height) / (setting.unit * 0.006)) * (
        rows >= horizon * setting.height - 1
    )
    sheet.glow(mix(wire, (1.0, 1.0, 1.0), 0.4), np.broadcast_to(band * 0.9, setting.shape).astype(np.float32))
    return sheet


def _stroke(distance: np.ndarray, footprint: np.ndarray, half: float) -> np.ndarray:
    """How much of a pixel a line of a half width covers, never finer than the pixel."""
    wide = np.maximum(footprint, half)
    return np.asarray(np.clip(1 - distance / (wide * 1.6), 0, 1) * np.clip(half / wide * 1.8, 0, 1))
