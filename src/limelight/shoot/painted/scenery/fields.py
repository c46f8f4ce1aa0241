"""Fields: rolling land in stripes of crops, a line of trees, a lone tree, wheat and flowers in front."""

import cv2
import numpy as np

from limelight.shoot.painted.scenery.light import mix, times
from limelight.shoot.painted.scenery.noise import fbm, line, smoothstep
from limelight.shoot.painted.scenery.plants import grass, leafy, stand
from limelight.shoot.painted.scenery.setting import Cel, Scene, Setting
from limelight.shoot.painted.scenery.sheet import Color, Sheet
from limelight.shoot.painted.scenery.sky import paint_sky
from limelight.shoot.painted.scenery.terrain import (
    EYE,
    GRID,
    Land,
    land_width,
    light_direction,
    paint_colors,
    relief,
    render_land,
)
from limelight.shoot.painted.scenery.things import paint_birds
from limelight.shoot.painted.scenery.weather import ground_mist, veil

CROPS: tuple[Color, ...] = (
    (0.86, 0.70, 0.34),
    (0.52, 0.58, 0.26),
    (0.74, 0.64, 0.34),
    (0.36, 0.46, 0.22),
    (0.62, 0.46, 0.30),
    (0.92, 0.80, 0.40),
)


def paint_fields(setting: Setting) -> Scene:
    """Hills of fields under a wide sky."""
    rng = setting.rng("fields")
    horizon = 0.58 if setting.is_tall else 0.56
    sky, light = paint_sky(setting, horizon, heaps=0.75)
    if setting.has("birds"):
        paint_birds(setting, sky, horizon, light)
    far = _land(setting, "far", horizon, light, near=9, far=26, swell=0.65, haze=0.40)
    stamps = tree_stamps(setting, light, 4)
    _scatter(setting, far, "far-trees", stamps, (0.012, 0.045), 90, haze=0.42)
    middle = _land(setting, "middle", horizon, light, near=2.4, far=8, swell=0.20, haze=0.16)
    _scatter(setting, middle, "hedges", stamps, (0.03, 0.085), 26, haze=0.16)
    _farm(setting, middle)
    lone = stamps[int(rng.integers(len(stamps)))]
    x = setting.focus + (0.10 if setting.focus < 0.5 else -0.10)
    tall = 0.36 if setting.has("trees") else 0.27
    stand(middle, lone, x * setting.width, top_at(middle, x) + setting.unit * 0.035, setting.unit * tall)
    for depth, cel in ((0.12, far), (0.3, middle)):
        veil(setting, cel, horizon, depth)
    near = _land(setting, "near", horizon, light, near=0.7, far=2.2, swell=0.03, haze=0.02, eye=EYE)
    if setting.weather == "mist":
        middle.place(ground_mist(setting, horizon + 0.06, thick=0.06).pixels, 0, 0)
    front = Sheet.clear(*setting.shape)
    colors = setting.light
    base = (0.945 + 0.015 * line(rng, setting.width, 3)) * setting.height
    petals = ((0.90, 0.20, 0.16), (0.95, 0.92, 0.86), (0.40, 0.36, 0.80)) if setting.has("flowers") else ()
    ripe = (0.86, 0.66, 0.30) if rng.random() < 0.6 else (0.46, 0.52, 0.20)
    grass(
        setting.rng("wheat"),
        front,
        setting.unit,
        base=base,
        tall=0.125,
        dark=times(colors.lit(ripe, 0.05), 0.36),
        lit=colors.lit(ripe, 0.85),
        density=0.95,
        seeds=0.55,
        lean=0.22,
        flowers=petals,
    )
    front.soften(setting.unit * 0.0009)
    return Scene(
        (Cel(sky, 0.0), Cel(far, 0.12), Cel(middle, 0.3), Cel(near, 0.6), Cel(front, 0.9)),
        horizon,
        light,
        0.93,
    )


def top_at(sheet: Sheet, x: float) -> float:
    """The row of a cel's upper edge at x (0..1), in pixels."""
    column = sheet.alpha[:, int(np.clip(x, 0, 0.999) * sheet.alpha.shape[1])]
    return float(np.argmax(column > 0.5))


def tree_stamps(setting: Setting, light: tuple[float, float], count: int) -> list[np.ndarray]:
    """Leafy trees to be placed many times."""
    rng = setting.rng("tree-stamps")
    colors = setting.light
    side = 1.0 if light[0] > 0.5 else -1.0
    stamps = []
    for _ in range(count):
        hue = rng.uniform(0.85, 1.2)
        dark = colors.lit((0.10, 0.15, 0.09), 0.12)
        lit = colors.lit((0.44 * hue, 0.52, 0.22), 0.85)
        if setting.weather == "snow":
            lit = mix(lit, colors.cloud, 0.5)
        stamps.append(
            leafy(rng, int(setting.unit * 0.36), dark, lit, colors.lit((0.26, 0.19, 0.15), 0.3), side)
        )
    return stamps


def _land(
    setting: Setting,
    part: str,
    horizon: float,
    light: tuple[float, float],
    *,
    near: float,
    far: float,
    swell: float,
    haze: float,
    eye: float = EYE,
) -> Sheet:
    rng = setting.rng(part)
    width = land_width(setting, far)
    ratio = width / (far - near)
    waves = fbm(rng, (GRID, GRID), (1.6, 1.6 * ratio), 3, 0.35)
    rows = np.linspace(0, 1, GRID, dtype=np.float32)[:, None]
    heights = (swell * (waves * 0.6 + 0.4) * smoothstep(0.0, 0.5, rows)).astype(np.float32)
    land = Land(near, far, width, heights)
    lit, _ = relief(land, light_direction(setting, light), 0.08)
    albedo = _crops(setting, rng, ratio, near)
    if setting.weather == "snow":
        albedo += (np.array([0.95, 0.96, 1.0], np.float32) - albedo) * 0.85
    painted = paint_colors(0.25 + lit * 0.95, albedo, setting.light.ambient, setting.light.sun)
    return render_land(
        setting, land, painted, horizon, thickness=min(0.92, haze * setting.light.haze * 10 / far), eye=eye
    )


def _crops(setting: Setting, rng: np.random.Generator, ratio: float, near: float) -> np.ndarray:
    """Fields as bent rectangles of one crop each, with furrows along them."""
    bend = fbm(rng, (GRID, GRID), (1.6, 1.6 * ratio), 3, 0.4)
    along = np.linspace(0, ratio, GRID, dtype=np.float32)[None, :] * rng.uniform(2.0, 3.0) + bend * 0.28
    away = (
        np.linspace(0, 1, GRID, dtype=np.float32)[:, None] * rng.uniform(3.0, 5.0)
        + bend * 0.22
        + along * rng.uniform(-0.3, 0.3)
    )
    if near < 2:
        along, away = along * 0.5, away * 0.35
    i, j = np.floor(along).astype(int), np.floor(away).astype(int)
    pick = rng.integers(0, len(CROPS), (64, 64))[i % 64, j % 64]
    albedo = np.array(CROPS, np.float32)[pick]
    turned = (i * 7 + j * 3) % 2 == 0
    furrow = np.sin(np.where(turned, along, away) * (150 if near < 2 else 75))
    edge = np.minimum(np.minimum(along - i, 1 - (along - i)), np.minimum(away - j, 1 - (away - j)))
    hedge = smoothstep(0.035, 0.012, edge.astype(np.float32))
    tone = (
        1
        + 0.07 * furrow
        + 0.10 * fbm(rng, (GRID, GRID), (30, 30 * ratio), 4)
        + 0.06 * fbm(rng, (GRID, GRID), (5, 5), 3)
    )
    albedo = albedo * tone[..., None]
    albedo += (np.array([0.16, 0.22, 0.11], np.float32) - albedo) * (hedge * (0.8 if near > 2 else 0.0))[
        ..., None
    ]
    _ = setting
    return np.asarray(np.clip(cv2.GaussianBlur(albedo.astype(np.float32), (0, 0), 0.7), 0, 1), np.float32)


def _scatter(
    setting: Setting,
    sheet: Sheet,
    part: str,
    stamps: list[np.ndarray],
    sizes: tuple[float, float],
    count: int,
    *,
    haze: float,
) -> None:
    rng = setting.rng(part)
    clumps = rng.random((max(3, count // 9), 2))
    number = int(count * setting.width / setting.unit / 1.8)
    for _ in range(number):
        clump = clumps[int(rng.integers(len(clumps)))]
        x = float(np.clip(clump[0] + rng.normal(0, 0.045), 0, 1))
        tall = setting.unit * rng.uniform(*sizes)
        y = top_at(sheet, x) + setting.unit * (0.004 + 0.05 * clump[1] * sizes[1] * 8)
        stand(
            sheet,
            stamps[int(rng.integers(len(stamps)))],
            x * setting.width,
            y,
            tall,
            flip=False,
            haze=setting.light.horizon,
            share=min(0.85, haze * setting.light.haze),
        )


def _farm(setting: Setting, sheet: Sheet) -> None:
    """A small house, its window lit in the dark."""
    rng = setting.rng("farm")
    if rng.random() < 0.35:
        return
    x = float(np.clip(1 - setting.focus + rng.uniform(-0.1, 0.1), 0.1, 0.9))
    size = setting.unit * 0.055
    y = top_at(sheet, x) + size * 0.5
    left = x * setting.width
    colors = setting.light
    drawn = np.zeros((int(size * 3) * 3, int(size * 4) * 3, 4), np.uint8)
    s = size * 3

    def poly(points: list[tuple[float, float]], color: Color) -> None:
        cv2.fillPoly(
            drawn,
            [(np.array(points) * s).astype(np.int32)],
            (int(color[0] * 255), int(color[1] * 255), int(color[2] * 255), 255),
        )

    poly([(0.5, 1.0), (2.4, 1.0), (2.4, 1.9), (0.5, 1.9)], colors.lit((0.85, 0.78, 0.68), 0.5))
    poly([(2.4, 1.0), (3.0, 0.95), (3.0, 1.75), (2.4, 1.9)], colors.lit((0.85, 0.78, 0.68), 0.1))
    poly([(0.35, 1.05), (0.9, 0.35), (2.75, 0.35), (2.4, 1.05)], colors.lit((0.55, 0.22, 0.18), 0.6))
    poly([(2.4, 1.05), (2.75, 0.35), (3.12, 1.0)], colors.lit((0.55, 0.22, 0.18), 0.15))
    window = (1.0, 0.84, 0.46) if setting.time != "day" else colors.lit((0.3, 0.35, 0.4), 0.4)
    for wx in (0.8, 1.3, 1.85):
        poly([(wx, 1.25), (wx + 0.24, 1.25), (wx + 0.24, 1.6), (wx, 1.6)], window)
    cel = (
        cv2.resize(drawn, (drawn.shape[1] // 3, drawn.shape[0] // 3), interpolation=cv2.INTER_AREA).astype(
            np.float32
        )
        / 255
    )
    sheet.place(cel, int(y - size * 1.85), int(left - size * 1.5))
