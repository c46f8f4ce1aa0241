"""A forest: trunks behind trunks fading into light, a path, ferns, shafts of sun, dark trees in front."""

import cv2
import numpy as np

from limelight.shoot.painted.scenery.light import mix, times
from limelight.shoot.painted.scenery.noise import fbm, line, smoothstep
from limelight.shoot.painted.scenery.plants import _at, canvas, grass, hanging_branch, ink, shrink
from limelight.shoot.painted.scenery.setting import Cel, Scene, Setting
from limelight.shoot.painted.scenery.sheet import Color, Sheet
from limelight.shoot.painted.scenery.sky import paint_sky
from limelight.shoot.painted.scenery.things import paint_birds
from limelight.shoot.painted.scenery.weather import shafts, veil


def paint_forest(setting: Setting) -> Scene:
    """Tall trees with the light behind them."""
    horizon = 0.66 if setting.is_tall else 0.62
    colors = setting.light
    sky, light = paint_sky(setting, horizon, heaps=0.0)
    light = (setting.focus, min(light[1], horizon * 0.62) if not setting.is_dark else horizon * 0.3)
    if setting.has("birds"):
        paint_birds(setting, sky, horizon, light)
    _glow_between(setting, sky, light, horizon)
    back = Sheet.clear(*setting.shape)
    _ground(setting, back, "back-ground", horizon, 0.45)
    for part, size, count, haze in (("a", 0.5, 44, 0.74), ("b", 0.7, 30, 0.54)):
        _stand_of_trees(setting, back, f"trees-{part}", horizon, size, count, haze)
    back.glow(
        mix(colors.disc, colors.horizon, 0.4),
        shafts(setting, light, strength=0.20 if setting.is_dark else 0.36),
    )
    veil(setting, back, horizon, 0.15)
    middle = Sheet.clear(*setting.shape)
    _ground(setting, middle, "middle-ground", horizon + 0.07, 0.22)
    _stand_of_trees(setting, middle, "trees-c", horizon + 0.07, 1.0, 13, 0.30)
    middle.glow(
        mix(colors.disc, colors.horizon, 0.4),
        shafts(setting, light, strength=0.10 if setting.is_dark else 0.20),
    )
    veil(setting, middle, horizon, 0.35)
    near = Sheet.clear(*setting.shape)
    _ground(setting, near, "near-ground", horizon + 0.22, 0.06)
    _ferns(setting, near)
    _stand_of_trees(setting, near, "trees-d", horizon + 0.22, 1.5, 5, 0.08, sides=True)
    if setting.has("fireflies"):
        _fireflies(setting, near)
    front = _front(setting)
    return Scene(
        (Cel(sky, 0.0), Cel(back, 0.12), Cel(middle, 0.3), Cel(near, 0.6), Cel(front, 0.9)),
        horizon,
        light,
        0.91,
    )


def _glow_between(setting: Setting, sky: Sheet, light: tuple[float, float], horizon: float) -> None:
    """What is seen between the trees: foliage far off, bright around the light."""
    colors = setting.light
    leaves = fbm(setting.rng("foliage"), setting.shape, (12, 20), 6, 0.62)
    green = np.array(mix(colors.lit((0.34, 0.46, 0.20), 0.6), colors.horizon, 0.42), np.float32)
    deep = np.array(mix(colors.lit((0.10, 0.18, 0.10), 0.2), colors.horizon, 0.22), np.float32)
    rgb = deep + (green - deep) * smoothstep(-0.9, 1.1, leaves)[..., None]
    away = (
        np.hypot((setting.x - light[0]) * setting.width, (setting.y - light[1]) * setting.height * 0.8)
        / setting.unit
    )
    cover = np.clip(smoothstep(0.02, 0.62, away.astype(np.float32)) + 0.16 * leaves, 0, 0.93)
    sky.over(rgb.astype(np.float32), cover.astype(np.float32))
    glow = np.exp(-((away / 0.30) ** 2)) * (0.75 if not setting.is_dark else 0.35)
    sky.glow(mix(colors.disc, colors.horizon, 0.3), glow.astype(np.float32))
    _ = horizon


def _ground(setting: Setting, sheet: Sheet, part: str, level: float, haze: float) -> None:
    rng = setting.rng(part)
    colors = setting.light
    top = (level + 0.012 * line(rng, setting.width, 5)) * setting.height
    rows = np.arange(setting.height, dtype=np.float32)[:, None]
    mask = np.clip(rows + 1 - top[None, :], 0, 1)
    depth = np.clip((rows / setting.height - level) / 0.3, 0, 1)
    texture = fbm(rng, setting.shape, (60, 26), 5, 0.6)
    moss, earth = (
        np.array(colors.lit((0.28, 0.36, 0.14), 0.55), np.float32),
        np.array(colors.lit((0.30, 0.21, 0.14), 0.35), np.float32),
    )
    if setting.weather == "snow":
        moss = np.array(colors.lit((0.86, 0.89, 0.96), 0.4), np.float32)
    center = setting.focus + (0.5 - setting.focus) * depth + 0.03 * np.sin(depth * 7)
    path = np.exp(-(((setting.x - center) * setting.width / setting.unit) ** 2) / (0.012 + 0.16 * depth**2))
    rgb = moss + (earth - moss) * np.clip(0.75 * path + 0.18 * texture, 0, 1)[..., None]
    rgb = rgb * (1 + 0.16 * texture - 0.25 * depth)[..., None]
    dapple = smoothstep(0.6, 1.6, fbm(rng, setting.shape, (30, 14), 4)) * (
        0.45 if not setting.is_dark else 0.2
    )
    if setting.weather in {"clear", "snow"}:
        rgb = rgb + (np.array(colors.disc, np.float32) * 0.8 - rgb) * (dapple * 0.55)[..., None]
    rgb = rgb + (np.array(colors.horizon, np.float32) - rgb) * haze
    sheet.over(np.clip(rgb, 0, 1).astype(np.float32), mask.astype(np.float32))


def _stand_of_trees(
    setting: Setting,
    sheet: Sheet,
    part: str,
    level: float,
    size: float,
    count: int,
    haze: float,
    *,
    sides: bool = False,
) -> None:
    """Trunks from the ground out of the top of the picture, thicker and darker as they come near."""
    rng = setting.rng(part)
    colors = setting.light
    number = max(2, round(count * setting.width / setting.unit / 1.78))
    share = min(0.86, haze * min(1.5, 0.55 + 0.45 * colors.haze))
    typical = setting.unit * 0.024 * size**1.25
    tall = int((level + 0.03 * size) * setting.height)
    stamps = [_trunk(rng, setting, int(typical), tall, side=1.0) for _ in range(min(number, 6))]
    for i in range(number):
        x = (i + rng.uniform(0.15, 0.85)) / number
        gap = abs(x - setting.focus)
        if sides:
            x = rng.uniform(-0.02, 0.14) if i % 2 else rng.uniform(0.86, 1.02)
        elif gap < 0.075 * size and rng.random() < 0.85:
            continue
        foot = (level + rng.uniform(0.004, 0.03) * size) * setting.height
        stamp = stamps[int(rng.integers(len(stamps)))]
        if x > setting.focus:  # the light is on the other side
            stamp = np.ascontiguousarray(stamp[:, ::-1])
        wide = max(8, int(stamp.shape[1] * rng.uniform(0.6, 1.4)))
        cel = np.asarray(cv2.resize(stamp, (wide, tall), interpolation=cv2.INTER_AREA), np.float32)
        cel[..., :3] += (np.array(colors.horizon, np.float32) * cel[..., 3:] - cel[..., :3]) * share
        sheet.place(cel, int(foot) - cel.shape[0], int(x * setting.width - cel.shape[1] / 2))


def _trunk(rng: np.random.Generator, setting: Setting, wide: int, tall: int, side: float) -> np.ndarray:
    """A trunk with bark, boughs and leaves; ``side`` is where the light comes from."""
    colors = setting.light
    wide = max(4, wide)
    reach = int(wide * 4.5)
    drawn = np.zeros((tall, wide + 2 * reach, 4), np.uint8)  # leaves are drawn smooth, at their size
    h, w = drawn.shape[:2]
    middle = (
        w / 2
        + np.cumsum(rng.normal(0, 0.02, h)) * wide * 0.05
        + np.sin(np.linspace(0, rng.uniform(1, 3), h)) * wide * 0.4
    )
    t = np.linspace(0, 1, h)
    radius = wide / 2 * (0.62 + 0.38 * t + 0.75 * np.clip((t - 0.94) / 0.06, 0, 1) ** 2)
    bark = colors.lit((0.30, 0.23, 0.18), 0.22)
    rim = colors.lit((0.62, 0.50, 0.36), 0.9)
    leaf_dark, leaf_lit = colors.lit((0.10, 0.16, 0.08), 0.12), colors.lit((0.44, 0.52, 0.18), 0.9)
    if setting.weather == "snow":
        leaf_lit = colors.lit((0.9, 0.93, 1.0), 0.5)
    for _ in range(int(3 + h / wide / 5)):
        y = int(rng.uniform(0.0, 0.62) ** 1.2 * h)
        way = rng.choice([-1.0, 1.0])
        length = wide * rng.uniform(1.6, 4.2)
        start = np.array([middle[min(y, h - 1)], y])
        end = start + np.array([way * length, -length * rng.uniform(-0.15, 0.5)])
        cv2.line(
            drawn,
            _at((start[0], start[1])),
            _at((end[0], end[1])),
            ink(times(bark, 0.8)),
            max(1, int(wide * rng.uniform(0.06, 0.16))),
            cv2.LINE_AA,
        )
        for _ in range(34):
            u = rng.uniform(0.25, 1.1)
            at = start + (end - start) * u + rng.normal(0, wide * 0.34, 2)
            tone = mix(
                leaf_dark, leaf_lit, float(np.clip(rng.beta(1.6, 2.2) + 0.25 * way * np.sign(side), 0, 1))
            )
            axes = (max(1, int(wide * rng.uniform(0.05, 0.15))), max(1, int(wide * rng.uniform(0.03, 0.08))))
            cv2.ellipse(
                drawn,
                _at((at[0], at[1])),
                axes,
                float(rng.uniform(0, 180)),
                0,
                360,
                ink(tone),
                -1,
                cv2.LINE_AA,
            )
    first, last = max(0, int(middle.min() - wide * 1.1)), min(w, int(middle.max() + wide * 1.1) + 1)
    across = (np.arange(first, last, dtype=np.float32)[None, :] - middle[:, None]) / radius[:, None]
    inside = np.clip((1 - np.abs(across)) * radius[:, None], 0, 1).astype(np.float32)
    grain = fbm(rng, inside.shape, (max(2, h / wide / 2.2), (last - first) / wide * 9), 3, 0.6)
    toward = np.clip(0.5 + across * np.sign(side) * 0.5, 0, 1)
    light = np.clip(toward**3 * 0.9 + 0.12 * grain, 0, 1)[..., None]
    rgb = (
        np.array(bark, np.float32) * (1 + 0.22 * grain[..., None]) * (1 - light)
        + np.array(rim, np.float32) * light
    )
    cel = drawn.astype(np.float32) / np.float32(255)
    cel[..., :3] *= cel[..., 3:]
    keep = 1 - inside[..., None]
    trunk = cel[:, first:last]
    trunk[..., :3] = trunk[..., :3] * keep + np.clip(rgb, 0, 1) * inside[..., None]
    trunk[..., 3] = trunk[..., 3] * keep[..., 0] + inside
    return cel


def fern(rng: np.random.Generator, size: int, dark: Color, lit: Color) -> np.ndarray:
    """A fern: fronds arching from one root."""
    drawn = canvas(int(size * 0.7), size)
    h, w = drawn.shape[:2]
    for angle in np.linspace(-1.35, 1.35, 9) + rng.normal(0, 0.1, 9):
        at, heading, length = np.array([w / 2, h * 0.98]), angle * 0.7, w * rng.uniform(0.38, 0.5)
        for step in range(16):
            t = step / 16
            heading += 0.055 * np.sign(angle) * (1 + abs(angle))
            ahead = at + np.array([np.sin(heading), -np.cos(heading)]) * length / 16
            tone = mix(dark, lit, float(np.clip(0.15 + 0.7 * t + rng.normal(0, 0.12), 0, 1)))
            for blade in (-1, 1):
                out = heading + blade * 1.15
                tip = at + np.array([np.sin(out), -np.cos(out)]) * w * 0.085 * (1 - t) ** 0.7
                cv2.line(drawn, _at((at[0], at[1])), _at((tip[0], tip[1])), ink(tone), max(1, int(w * 0.011)))
            cv2.line(drawn, _at((at[0], at[1])), _at((ahead[0], ahead[1])), ink(tone), max(1, int(w * 0.007)))
            at = ahead
    return shrink(drawn)


def _ferns(setting: Setting, sheet: Sheet) -> None:
    rng = setting.rng("ferns")
    colors = setting.light
    dark, lit = colors.lit((0.09, 0.16, 0.07), 0.1), colors.lit((0.42, 0.52, 0.18), 0.75)
    if setting.weather == "snow":
        lit = colors.lit((0.8, 0.84, 0.9), 0.4)
    stamps = [fern(rng, int(setting.unit * 0.2), dark, lit) for _ in range(4)]
    for y in np.sort(rng.uniform(0.86, 1.04, int(30 * setting.width / setting.unit))):
        x = rng.random()
        if abs(x - 0.5) < 0.13 * rng.random():
            continue
        cel = stamps[int(rng.integers(4))]
        sheet.place(cel, int(y * setting.height - cel.shape[0]), int(x * setting.width - cel.shape[1] / 2))
    if setting.has("flowers"):
        base = np.full(setting.width, 0.93 * setting.height, np.float32)
        petals = ((0.92, 0.90, 0.98), (0.58, 0.48, 0.92), (0.98, 0.76, 0.30))
        grass(
            rng,
            sheet,
            setting.unit,
            base=base,
            tall=0.055,
            dark=dark,
            lit=lit,
            density=0.5,
            flowers=petals,
            filled=False,
        )


def _fireflies(setting: Setting, sheet: Sheet) -> None:
    """Points of yellow-green light over the ground, with their glow in the air."""
    rng = setting.rng("fireflies")
    for _ in range(int(34 * setting.width / setting.unit / 1.78) + 4):
        x, y = rng.random() * setting.width, (0.52 + 0.42 * rng.random()) * setting.height
        radius = setting.unit * rng.uniform(0.0018, 0.0042)
        box = int(radius * 9) + 2
        yy, xx = np.mgrid[-box : box + 1, -box : box + 1].astype(np.float32)
        distance = np.hypot(xx, yy) / radius
        glow = np.clip(1.2 - distance, 0, 1) + 0.42 * np.exp(-distance / 2.0)
        sheet.over(
            (0.93, 1.0, 0.55),
            np.clip(glow * rng.uniform(0.6, 1.0), 0, 1).astype(np.float32),
            int(y) - box,
            int(x) - box,
        )


def _front(setting: Setting) -> Sheet:
    rng = setting.rng("front")
    sheet = Sheet.clear(*setting.shape)
    dark = times(setting.light.lit((0.08, 0.10, 0.07), 0.1), 0.45)
    lit = setting.light.lit((0.26, 0.32, 0.12), 0.35)
    size = int(setting.unit * 0.50)
    left, right = hanging_branch(rng, size, dark, lit), hanging_branch(rng, size, dark, lit)
    sheet.place(left, -int(size * 0.10), -int(size * 0.06))
    sheet.place(np.ascontiguousarray(right[:, ::-1]), -int(size * 0.16), setting.width - int(size * 0.94))
    base = (1.02 + 0.02 * line(rng, setting.width, 4) - 0.05 * np.abs(setting.x[0] - 0.5)) * setting.height
    grass(rng, sheet, setting.unit, base=base, tall=0.075, dark=dark, lit=lit, density=0.7)
    sheet.soften(setting.unit * 0.0022)
    return sheet
