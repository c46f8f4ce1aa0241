"""A rainy street: two walls of houses running to one point, lamps and signs mirrored in wet asphalt."""

from typing import Any

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from limelight.shoot.painted.scenery.light import mix, times
from limelight.shoot.painted.scenery.noise import fbm
from limelight.shoot.painted.scenery.setting import Cel, Scene, Setting
from limelight.shoot.painted.scenery.sheet import Color, Sheet
from limelight.shoot.painted.scenery.sky import paint_sky
from limelight.shoot.painted.scenery.terrain import EYE
from limelight.shoot.painted.scenery.things import figure_with_umbrella

Floats = NDArray[np.floating]
SIGNS: tuple[Color, ...] = (
    (1.0, 0.28, 0.36),
    (0.24, 0.86, 1.0),
    (1.0, 0.72, 0.22),
    (0.50, 1.0, 0.55),
    (0.86, 0.40, 1.0),
)
HALF = 0.95
"""Half the width of the street."""


def paint_rain_street(setting: Setting) -> Scene:
    """An empty street at dusk or at night."""
    rng = setting.rng("street")
    horizon = 0.56 if setting.is_tall else 0.54
    sky, light = paint_sky(setting, horizon, heaps=0.0)
    vanish = setting.focus if setting.star_space else 0.5 + (setting.focus - 0.5) * 0.5
    colors = setting.light
    warm = (
        np.hypot((setting.x - vanish) * setting.width, (setting.y - horizon) * setting.height) / setting.unit
    )
    glow = mix((1.0, 0.70, 0.42), colors.horizon, 0.35)
    sky.glow(glow, (0.55 * np.exp(-warm / 0.16)).astype(np.float32))
    walls = Sheet.clear(*setting.shape)
    _paint_walls(setting, walls, horizon, vanish)
    lights = _lamps(setting, walls, horizon, vanish)
    _signs(setting, walls, horizon, vanish)
    walls.glow(glow, (0.55 * np.exp(-warm / 0.11)).astype(np.float32))
    scene = Sheet(sky.pixels.copy())
    scene.place(walls.pixels, 0, 0)
    bloom = cv2.GaussianBlur(np.clip(scene.pixels[..., :3] - 0.62, 0, 1), (0, 0), setting.unit * 0.012)
    walls.glow(np.clip(bloom * 3, 0, 1), np.full(setting.shape, 0.9, np.float32))
    scene.glow(np.clip(bloom * 3, 0, 1), np.full(setting.shape, 0.9, np.float32))
    people = Sheet.clear(*setting.shape)
    if setting.has("umbrella"):
        _umbrella(setting, people, horizon, vanish)
    scene.place(people.pixels, 0, 0)
    road = _road(setting, scene, horizon, vanish)
    walls.place(road.pixels, 0, 0)
    front = _front(setting, lights)
    _ = rng
    cels = [Cel(sky, 0.0), Cel(walls, 0.3)]
    if setting.has("umbrella"):
        cels.append(Cel(people, 0.36))
    return Scene((*cels, Cel(front, 0.9)), horizon, light, 0.92)


def _project(
    setting: Setting, horizon: float, vanish: float, x: float, y: float, z: float
) -> tuple[float, float]:
    """(right, up, away) -> pixels."""
    return vanish * setting.width + x / z * setting.unit, horizon * setting.height - (
        y - EYE
    ) / z * setting.unit


def _paint_walls(setting: Setting, sheet: Sheet, horizon: float, vanish: float) -> None:
    rng = setting.rng("houses")
    count = 26
    edges = np.empty((2, count + 1), np.float32)
    for side in (0, 1):
        edges[side] = 0.25 + np.concatenate([[0], np.cumsum(rng.uniform(0.6, 1.35, count))])
    heights = rng.uniform(1.5, 3.6, (2, count)).astype(np.float32)
    colors = setting.light
    stones = np.array(
        [(0.52, 0.38, 0.32), (0.44, 0.42, 0.44), (0.56, 0.48, 0.40), (0.36, 0.34, 0.42), (0.46, 0.30, 0.28)],
        np.float32,
    )
    houses = stones[rng.integers(0, 5, (2, count))] * rng.uniform(0.75, 1.1, (2, count, 1)).astype(np.float32)
    light = np.array(times(colors.ambient, 1.15), np.float32) + np.array(colors.sun, np.float32) * 0.22
    shops = np.array(SIGNS, np.float32)[rng.integers(0, len(SIGNS), (2, count))] * 0.35 + np.array(
        [0.65, 0.50, 0.33], np.float32
    )
    brick = fbm(rng, (256, 256), (24, 24), 4)
    dice = rng.random((64, 64), np.float32)
    share = 0.30 if setting.is_dark else 0.34
    _walls(
        sheet.pixels, edges, heights, houses.astype(np.float32), np.clip(shops, 0, 1).astype(np.float32), light,
        np.array(colors.horizon, np.float32), brick, dice, np.float32(vanish * setting.width),
        np.float32(horizon * setting.height), np.float32(setting.unit), np.float32(share),
        np.float32(0.10 * min(colors.haze, 2.4)),
    )  # fmt: skip


@njit(cache=True, fastmath=True)
def _walls(
    pixels: Any,
    edges: Any,
    heights: Any,
    houses: Any,
    shops: Any,
    light: Any,
    air: Any,
    brick: Any,
    dice: Any,
    vx: Any,
    vy: Any,
    unit: Any,
    share: Any,
    fog: Any,
) -> Any:
    rows, cols = pixels.shape[:2]
    count = heights.shape[1]
    half, eye = 0.95, 0.42
    color = np.zeros(3, np.float32)
    for x in range(cols):
        dx = (x + 0.5 - vx) / unit
        side = 0 if dx < 0 else 1
        z = half / max(abs(dx), 1e-3)
        b = 0
        while b < count and edges[side, b + 1] < z:
            b += 1
        if b >= count:
            continue
        footprint = z * z / half / unit  # how much of the wall's length one column covers
        u = z - edges[side, b]
        long = edges[side, b + 1] - edges[side, b]
        mist = 1.0 - np.exp(-fog * z)
        bays = max(2.0, np.floor(long / 0.22))
        bay = u / long * bays
        iu = int(bay)
        fu = bay - iu
        for y in range(rows):
            h = eye - (y + 0.5 - vy) / unit * z
            if h < -0.02 or h > heights[side, b] + 0.09:
                continue
            texture = brick[int(h * 90) & 255, int(z * 90) & 255] / (1.0 + footprint * 40)
            for c in range(3):
                color[c] = (
                    houses[side, b, c] * light[c] * (1.0 + 0.10 * texture) * (0.78 + 0.22 * min(h, 1.0))
                )
            if u < 0.02 or long - u < 0.02:
                for c in range(3):
                    color[c] *= 0.6
            if h > heights[side, b]:
                for c in range(3):
                    color[c] *= 1.35  # cornice
            elif h < 0.60:
                # shop: a band of glass under a sign
                glass = 0.10 < h < 0.44 and 0.06 < u / long < 0.94
                if glass:
                    open_ = dice[(b * 7 + side * 31) & 63, 5]
                    frame = fu < 0.07
                    power = 0.95 if open_ < 0.62 else 0.16
                    power *= 0.72 + 0.28 * dice[iu & 63, b & 63]
                    for c in range(3):
                        lamp = shops[side, b, c] * power * (1.08 - 0.9 * abs(h - 0.33))
                        color[c] = color[c] * 0.4 if frame else max(color[c] * 0.4, lamp)
                elif 0.47 < h < 0.56:
                    for c in range(3):
                        color[c] = color[c] * 0.6 + shops[side, b, c] * 0.22
            else:
                row = (h - 0.66) / 0.40
                iv = int(row)
                fv = row - iv
                if row > 0 and 0.24 < fu < 0.76 and 0.18 < fv < 0.78 and h < heights[side, b] - 0.12:
                    toss = dice[(iu * 5 + b * 13 + side * 29) & 63, (iv * 3 + b) & 63]
                    bar = abs(fu - 0.5) < 0.025 or abs(fv - 0.55) < 0.025
                    if toss < share and not bar:
                        warm = 0.55 + 0.45 * dice[iv & 63, (iu + b) & 63]
                        color[0], color[1], color[2] = 1.0 * warm, 0.78 * warm, 0.45 * warm
                    elif bar:
                        for c in range(3):
                            color[c] *= 0.8
                    else:
                        for c in range(3):
                            color[c] = color[c] * 0.42 + air[c] * 0.10
                elif row > 0 and 0.20 < fu < 0.80 and 0.10 < fv < 0.18:
                    for c in range(3):
                        color[c] *= 1.25  # sills
            for c in range(3):
                pixels[y, x, c] = min(color[c] + (air[c] - color[c]) * mist, 1.0)
            pixels[y, x, 3] = 1.0


def _lamps(setting: Setting, sheet: Sheet, horizon: float, vanish: float) -> list[tuple[float, float, float]]:
    rng = setting.rng("lamps")
    iron = times(setting.light.lit((0.16, 0.16, 0.19), 0.2), 0.8)
    heads = []
    drawn = np.zeros((setting.height * 2, setting.width * 2, 4), np.uint8)
    ink = (int(iron[0] * 255), int(iron[1] * 255), int(iron[2] * 255), 255)
    start = rng.uniform(1.05, 1.35)
    for k in range(7):
        z = start * 1.48 ** (6 - k)
        for side in (-1, 1):
            x, top = side * 0.70, 1.12
            foot, head = (
                _project(setting, horizon, vanish, x, 0.0, z),
                _project(setting, horizon, vanish, x, top, z),
            )
            arm = _project(setting, horizon, vanish, x - side * 0.15, top + 0.03, z)
            thick = max(1, round(setting.unit * 0.017 / z * 2))
            cv2.line(
                drawn,
                (int(foot[0] * 2), int(foot[1] * 2)),
                (int(head[0] * 2), int(head[1] * 2)),
                ink,
                thick,
                cv2.LINE_AA,
            )
            cv2.line(
                drawn,
                (int(head[0] * 2), int(head[1] * 2)),
                (int(arm[0] * 2), int(arm[1] * 2)),
                ink,
                max(1, thick * 2 // 3),
                cv2.LINE_AA,
            )
            heads.append((arm[0], arm[1], z))
    cel = (
        cv2.resize(drawn, (setting.width, setting.height), interpolation=cv2.INTER_AREA).astype(np.float32)
        / 255
    )
    sheet.place(cel, 0, 0)
    light = (1.0, 0.80, 0.50)
    for x, y, z in heads:
        size = setting.unit * 0.030 / z
        box = int(size * 9) + 3
        yy, xx = np.mgrid[-box : box + 1, -box : box + 1].astype(np.float32)
        distance = np.hypot(xx, yy) / size
        cone = (
            np.exp(-((xx / (0.55 * (yy + size * 1.5) + size)) ** 2))
            * np.exp(-np.maximum(yy, 0) / (size * 7))
            * (yy > -size * 0.3)
            * 0.20
        )
        head = np.clip(1.4 - distance, 0, 1) + 0.45 * np.exp(-distance / 2.2) + cone
        patch = Sheet(np.dstack([np.zeros((*head.shape, 3), np.float32), np.ones(head.shape, np.float32)]))
        patch.glow(light, np.clip(head, 0, 1).astype(np.float32))
        strength = np.clip(head, 0, 1).astype(np.float32)
        sheet.over((1.0, 0.86, 0.60), (strength * 0.9).astype(np.float32), int(y) - box, int(x) - box)
    return heads


def _signs(setting: Setting, sheet: Sheet, horizon: float, vanish: float) -> None:
    """Lit signs that stand out from the walls."""
    rng = setting.rng("signs")
    for z in np.geomspace(6.5, 1.25, 8) * rng.uniform(0.9, 1.1, 8):
        side = rng.choice([-1.0, 1.0])
        color = SIGNS[int(rng.integers(len(SIGNS)))]
        base, tall, deep = rng.uniform(0.62, 1.2), rng.uniform(0.24, 0.62), rng.uniform(0.12, 0.20)
        x0, y0 = _project(setting, horizon, vanish, side * HALF, base + tall, z)
        x1, y1 = _project(setting, horizon, vanish, side * (HALF - deep), base, z)
        left, right = sorted((int(x0), int(x1)))
        top, bottom = int(y0), int(y1)
        h, w = bottom - top, right - left
        if h < 4 or w < 2:
            continue
        margin = int(max(h, w) * 0.6) + 2
        panel = np.zeros((h + 2 * margin, w + 2 * margin), np.float32)
        panel[margin : margin + h, margin : margin + w] = 1
        sheet.over(times(color, 0.16), panel, top - margin, left - margin)
        tube = np.zeros_like(panel)
        line = max(1, w // 14)
        cv2.rectangle(
            tube, (margin + line, margin + line), (margin + w - line - 1, margin + h - line - 1), 1.0, line
        )
        cells = max(2, int(h / max(w, 1) * 1.6))
        for k in range(cells):  # strokes that read as writing from afar
            cy = margin + int((k + 0.5) * h / cells)
            for _ in range(2):
                a = (margin + int(w * rng.uniform(0.25, 0.75)), cy + int(rng.uniform(-0.3, 0.3) * h / cells))
                b = (margin + int(w * rng.uniform(0.25, 0.75)), cy + int(rng.uniform(-0.3, 0.3) * h / cells))
                cv2.line(tube, a, b, 1.0, line)
        halo = cv2.GaussianBlur(tube, (0, 0), max(1.0, w * 0.22)) * 1.1
        sheet.glow(color, np.clip(halo, 0, 1), top - margin, left - margin)
        sheet.over(mix(color, (1.0, 1.0, 1.0), 0.45), tube * 0.95, top - margin, left - margin)


def _umbrella(setting: Setting, sheet: Sheet, horizon: float, vanish: float) -> None:
    rng = setting.rng("umbrella")
    z = 1.95
    x = float(rng.uniform(-0.22, 0.22))
    cel = figure_with_umbrella(setting, int(0.56 / z * setting.unit), (0.86, 0.16, 0.15))
    px, py = _project(setting, horizon, vanish, x, 0.0, z)
    sheet.place(cel, int(py - cel.shape[0]), int(px - cel.shape[1] / 2))


def _road(setting: Setting, scene: Sheet, horizon: float, vanish: float) -> Sheet:
    """Wet asphalt and pavements: a rippled mirror with puddles, rings of drops and lane marks."""
    rng = setting.rng("road")
    sheet = Sheet.clear(*setting.shape)
    puddles = fbm(rng, (512, 512), (9, 9), 5, 0.55)
    grain = fbm(rng, (512, 512), (90, 90), 3, 0.7)
    wave = fbm(rng, (512, 512), (36, 36), 4, 0.6)
    asphalt = np.array(
        mix(setting.light.lit((0.20, 0.20, 0.23), 0.45), setting.light.zenith, 0.2), np.float32
    )
    streak = cv2.GaussianBlur(
        scene.pixels[..., :3], (0, 0), sigmaX=setting.unit * 0.0015, sigmaY=setting.unit * 0.016
    )
    _wet(
        sheet.pixels, np.ascontiguousarray(scene.pixels), np.ascontiguousarray(streak, np.float32),
        puddles, grain, wave, asphalt,
        np.array(setting.light.horizon, np.float32), np.float32(vanish * setting.width),
        np.float32(horizon * setting.height), np.float32(setting.unit),
    )  # fmt: skip
    rings = np.zeros(setting.shape, np.uint8)
    for _ in range(int(260 * setting.width / setting.unit / 1.78)):
        drop = float(rng.uniform(0.05, 1.0)) ** 1.4
        y = horizon + (1 - horizon) * drop
        x, size = rng.random(), setting.unit * 0.022 * drop * rng.uniform(0.4, 1.2)
        cv2.ellipse(
            rings,
            (int(x * setting.width), int(y * setting.height)),
            (max(1, int(size)), max(1, int(size * 0.28))),
            0,
            0,
            360,
            int(rng.uniform(40, 120)),
            1,
            cv2.LINE_AA,
        )
    sheet.glow(setting.light.cloud, rings.astype(np.float32) / np.float32(255) * 0.8)
    return sheet


@njit(cache=True, fastmath=True)
def _wet(
    pixels: Any,
    scene: Any,
    streak: Any,
    puddles: Any,
    grain: Any,
    wave: Any,
    asphalt: Any,
    air: Any,
    vx: Any,
    vy: Any,
    unit: Any,
) -> Any:
    rows, cols = pixels.shape[:2]
    for y in range(int(vy), rows):
        dy = (y + 0.5 - vy) / unit
        z = 0.42 / max(dy, 1e-3)
        if z > 60:
            continue
        detail = 1.0 / (1.0 + z * z * 0.05)
        for x in range(cols):
            wx = (x + 0.5 - vx) / unit * z
            if abs(wx) > 0.95:
                continue
            i, j = int(z * 70 + 4000) & 511, int(wx * 70 + 4000) & 511
            w = wave[i, j] * detail
            water = min(max((puddles[int(z * 40) & 511, int(wx * 60 + 4000) & 511] + 0.15) * 1.3, 0.0), 1.0)
            pavement = abs(wx) > 0.62
            if pavement:
                water *= 0.55
            ry = 2 * vy - y + w * unit * 0.010 * (1.6 - water)
            rx = x + w * unit * 0.0035
            iy = int(min(max(ry, 0.0), rows - 1.0))
            ix = int(min(max(rx, 0.0), cols - 1.0))
            grazing = 1.0 / (1.0 + dy * 1.6)
            mirror = (0.30 + 0.62 * water) * grazing
            g = grain[int(z * 160) & 511, int(wx * 220 + 8000) & 511] * detail
            mark = 0.0
            if abs(wx) < 0.014 and (z * 1.1) % 1.0 < 0.5:
                mark = 0.55
            if 0.60 < abs(wx) < 0.635:
                mark = -0.45
            for c in range(3):
                sharp = scene[iy, ix, c]
                soft = streak[iy, ix, c]
                image = soft + (sharp - soft) * water * 0.8
                body = asphalt[c] * (1.0 + 0.30 * g) * (1.35 if pavement else 1.0)
                body += mark * (0.75 - body) if mark > 0 else mark * body
                v = body * (1.0 - mirror * 0.75) + image * mirror
                v += (air[c] - v) * (1.0 - np.exp(-z * 0.02))
                pixels[y, x, c] = min(max(v, 0.0), 1.0)
            pixels[y, x, 3] = 1.0


def _front(setting: Setting, lights: list[tuple[float, float, float]]) -> Sheet:
    """Drops on the lens' side of the street: lights out of focus, and an awning's edge."""
    rng = setting.rng("bokeh")
    sheet = Sheet.clear(*setting.shape)
    layer = np.zeros((setting.height, setting.width), np.float32)
    for _ in range(int(12 * setting.width / setting.unit)):
        x = rng.random()
        x = x * 0.30 if rng.random() < 0.5 else 1 - x * 0.30
        y = rng.uniform(0.05, 0.95)
        radius = setting.unit * rng.uniform(0.008, 0.030)
        disc = np.zeros((int(radius * 2) + 5,) * 2, np.float32)
        yy, xx = np.mgrid[: disc.shape[0], : disc.shape[1]] - disc.shape[0] / 2
        distance = np.hypot(xx, yy) / radius
        disc = (
            np.clip((1 - distance) * radius / 1.5, 0, 1)
            * (0.55 + 0.45 * distance**3)
            * rng.uniform(0.10, 0.26)
        ).astype(np.float32)
        color = mix(SIGNS[int(rng.integers(len(SIGNS)))], (1.0, 0.84, 0.6), 0.55)
        sheet.over(color, disc, int(y * setting.height), int(x * setting.width))
    _ = layer, lights
    return sheet
