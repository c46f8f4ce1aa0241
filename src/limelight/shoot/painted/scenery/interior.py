"""A room: a tall window on the world outside, curtains, a lamp's cone of light, things that somebody owns."""

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.scenery.furniture import (
    paint_house_plant,
    paint_lamp_light,
    paint_table,
    paint_vase,
)
from limelight.shoot.painted.scenery.light import mix, times
from limelight.shoot.painted.scenery.noise import fbm, line, smoothstep
from limelight.shoot.painted.scenery.setting import Cel, Scene, Setting
from limelight.shoot.painted.scenery.sheet import Color, Sheet
from limelight.shoot.painted.scenery.sky import paint_sky
from limelight.shoot.painted.scenery.things import paint_birds
from limelight.shoot.painted.scenery.weather import veil

Floats = NDArray[np.floating]
WALLS: tuple[Color, ...] = (
    (0.52, 0.40, 0.36),
    (0.34, 0.44, 0.44),
    (0.58, 0.50, 0.38),
    (0.42, 0.36, 0.46),
    (0.36, 0.42, 0.34),
)


def paint_interior(setting: Setting) -> Scene:
    """A quiet room."""
    rng = setting.rng("interior")
    floor = 0.80 if not setting.is_tall else 0.82
    outside, _ = paint_sky(setting, 0.62, heaps=0.6)
    if setting.has("birds"):
        paint_birds(setting, outside, 0.62, (setting.focus, 0.3))
    _outlook(setting, outside)
    veil(setting, outside, 0.6, 0.0)
    unit = setting.unit
    middle = setting.focus * setting.width
    half = unit * rng.uniform(0.17, 0.215)
    top, bottom = (
        setting.height * (0.10 if not setting.is_tall else 0.20),
        setting.height * (0.66 if not setting.is_tall else 0.60),
    )
    window = (middle - half, top, middle + half, bottom)
    lamp_on = setting.has("lamp") or setting.time in {"night", "dusk"}
    away = 1 if setting.focus < 0.5 else -1
    lamp_at = (middle + away * unit * 0.52, setting.height * floor - unit * 0.34)
    wall_color = WALLS[int(rng.integers(len(WALLS)))]
    room = _room(setting, window, floor, wall_color, lamp_at if lamp_on else None)
    curtains = Sheet.clear(*setting.shape)
    _curtains(setting, curtains, window, mix(wall_color, (0.86, 0.78, 0.66), 0.6))
    furniture = Sheet.clear(*setting.shape)
    paint_table(setting, furniture, lamp_at, floor, lamp_on=lamp_on)
    if setting.has("flowers"):
        paint_vase(setting, furniture, (lamp_at[0] + away * unit * 0.145, lamp_at[1] + unit * 0.10))
    paint_lamp_light(setting, furniture, lamp_at, lamp_on=lamp_on)
    front = paint_house_plant(setting, away)
    light = lamp_at if lamp_on and setting.is_dark else (middle, (top + bottom) / 2)
    place = (light[0] / setting.width, light[1] / setting.height)
    cels = (Cel(outside, 0.0), Cel(room, 0.12), Cel(curtains, 0.2), Cel(furniture, 0.5), Cel(front, 0.9))
    return Scene(cels, 0.55, place, 0.95)


def _outlook(setting: Setting, sheet: Sheet) -> None:
    """Roofs and trees before the window."""
    rng = setting.rng("outlook")
    colors = setting.light
    for level, haze, size in ((0.545, 0.55, 0.035), (0.60, 0.28, 0.06)):
        profile = (
            level
            - size * np.abs(line(rng, setting.width, 7))
            - size * 0.5 * (line(rng, setting.width, 24, 2) > 0.4)
        )
        mask = np.clip(
            np.arange(setting.height, dtype=np.float32)[:, None] - profile[None, :] * setting.height, 0, 1
        )
        sheet.over(mix(colors.lit((0.22, 0.26, 0.22), 0.3), colors.horizon, haze), mask.astype(np.float32))
        if setting.time in {"dusk", "night", "dawn"}:
            for _ in range(70):
                x = rng.random()
                y = (
                    profile[int(x * (setting.width - 1))] * setting.height
                    + rng.uniform(4, 70) * setting.unit / 832
                )
                side = max(2, int(setting.unit * 0.0045))
                sheet.over(
                    (1.0, 0.82, 0.48),
                    np.full((side + 1, side), float(rng.uniform(0.4, 0.9)), np.float32),
                    int(y),
                    int(x * setting.width),
                )


def _room(
    setting: Setting,
    window: tuple[float, float, float, float],
    floor: float,
    wall: Color,
    lamp: tuple[float, float] | None,
) -> Sheet:
    """Wall and floor with the light that falls on them, and a hole where the window is."""
    rng = setting.rng("room")
    colors = setting.light
    unit = setting.unit
    height, width = setting.shape
    x, y = setting.x * width, setting.y * height
    left, top, right, bottom = window
    middle = ((left + right) / 2, (top + bottom) / 2)
    ambient = {"day": 0.56, "dawn": 0.46, "dusk": 0.34, "night": 0.29}[setting.time]
    shade = mix((ambient, ambient, ambient), colors.ambient, 0.55)
    plaster = fbm(rng, setting.shape, (18, 26), 5, 0.6)
    paper = _wallpaper(setting, rng)
    base = np.array(wall, np.float32) * (1 + 0.025 * plaster + paper)[..., None]
    row = floor * height
    is_floor = np.clip(y - row + 0.5, 0, 1)
    board = _boards(setting, rng, floor)
    base = base * (1 - is_floor[..., None]) + board * is_floor[..., None]
    far = np.hypot((x - middle[0]) / 1.25, y - middle[1]) / unit
    spill = (0.42 * np.exp(-((far / 0.52) ** 2)))[..., None]
    light = np.array(shade, np.float32) + np.array(
        mix(colors.horizon, colors.sky, 0.4), np.float32
    ) * spill * (1.0 if not setting.is_dark else 0.5)
    light = (
        light
        * (
            1
            - 0.30 * np.clip((np.abs(x - middle[0]) / unit - 0.4), 0, 1)
            - 0.22 * np.clip(0.28 - y / height, 0, 1)
        )[..., None]
    )
    beam = _window_light(setting, window, row)
    strength = {"day": 0.80, "dawn": 0.85, "dusk": 0.75, "night": 0.34}[setting.time] * (
        1.0 if setting.weather == "clear" else 0.25
    )
    warm = np.array(mix(colors.disc, colors.horizon, 0.35), np.float32)
    light = light + warm * (beam * strength)[..., None]
    if lamp is not None:
        near = np.hypot(x - lamp[0], (y - lamp[1]) * 0.9) / unit
        pool = 0.95 * np.exp(-((near / 0.38) ** 2)) + 0.42 * np.exp(-near / 0.50)
        light = (
            light
            + np.array([1.0, 0.70, 0.38], np.float32) * (pool * (1.0 if setting.is_dark else 0.62))[..., None]
        )
    corner = np.exp(-np.abs(y - row) / (unit * 0.02)) * 0.18
    rgb = np.clip(base * light * (1 - corner)[..., None], 0, 1).astype(np.float32)
    sheet = Sheet.opaque(rgb)
    skirting = (np.abs(y - (row - unit * 0.018)) < unit * 0.017).astype(np.float32) * np.ones_like(x)
    sheet.tint(mix(wall, (0.95, 0.93, 0.88), 0.5), (skirting * 0.22).astype(np.float32))
    _pictures(setting, sheet, window, row)
    _window_frame(setting, sheet, window)
    return sheet


def _wallpaper(setting: Setting, rng: np.random.Generator) -> Floats:
    kind = int(rng.integers(3))
    step = setting.unit * 0.052
    x, y = setting.x * setting.width, setting.y * setting.height
    if kind == 0:
        return np.asarray(0.030 * np.sign(np.sin(x / step * np.pi)) + 0 * y, np.float32)
    if kind == 1:
        cell = np.cos(x / step * np.pi * 1.3) * np.cos(y / step * np.pi * 1.3)
        return np.asarray(0.06 * smoothstep(0.55, 0.75, np.abs(cell).astype(np.float32)), np.float32)
    return np.zeros(setting.shape, np.float32)


def _boards(setting: Setting, rng: np.random.Generator, floor: float) -> Floats:
    """Floor boards running away from the viewer."""
    drop = np.maximum((setting.y - floor * 0.93) * setting.height / setting.unit, 1e-3)
    away = 0.42 / drop
    across = (setting.x - 0.5) * setting.width / setting.unit * away / 0.13
    number = np.floor(across).astype(int)
    tone = rng.uniform(0.80, 1.12, 512)[number % 512]
    gap = np.minimum(across - number, 1 - (across - number))
    grain = fbm(rng, setting.shape, (10, 90), 4)
    rgb = (
        np.array([0.50, 0.33, 0.22], np.float32)
        * (tone * (1 - 0.55 * (gap < 0.025)) * (1 + 0.06 * grain))[..., None]
    )
    return np.asarray(rgb, np.float32)


def _window_light(setting: Setting, window: tuple[float, float, float, float], row: float) -> Floats:
    """The window's bright panes on the floor, slanting away from the light."""
    left, _, right, _ = window
    height, width = setting.shape
    slant = (0.5 - setting.focus) * setting.unit * 1.1
    panes = np.zeros((height, width), np.uint8)
    deep = height - row
    for i in range(2):
        for j in range(2):
            a, b = i / 2 + 0.03, (i + 1) / 2 - 0.03
            c, d = 0.10 + j * 0.46, 0.10 + j * 0.46 + 0.40
            quad = [
                (
                    left
                    + (right - left) * u * (1 + 0.30 * v)
                    - (right - left) * 0.15 * v
                    + slant * (0.3 + 0.7 * v),
                    row + deep * v,
                )
                for u, v in ((a, c), (b, c), (b, d), (a, d))
            ]
            cv2.fillPoly(panes, [np.array(quad, np.int32)], 255)
    return cv2.GaussianBlur(panes, (0, 0), setting.unit * 0.008).astype(np.float32) / np.float32(255)


def _window_frame(setting: Setting, sheet: Sheet, window: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = (int(v) for v in window)
    unit = setting.unit
    wood = setting.light.lit((0.86, 0.82, 0.75), 0.45)
    thick = max(2, int(unit * 0.016))
    mask = np.zeros(setting.shape, np.float32)
    mask[top - thick : bottom + thick, left - thick : right + thick] = 1
    sheet.over(wood, mask)
    arch = np.zeros(setting.shape, np.uint8)
    bar = max(2, int(unit * 0.0085))
    middle, cross = (left + right) // 2, top + (bottom - top) * 2 // 5
    for x0, x1 in ((left, middle - bar), (middle + bar, right)):
        for y0, y1 in ((top, cross - bar), (cross + bar, bottom)):
            cv2.rectangle(arch, (x0, y0), (x1, y1), 255, -1)
    hole = cv2.GaussianBlur(arch, (0, 0), 0.8).astype(np.float32) / np.float32(255)
    sheet.pixels *= (1 - hole)[..., None]
    sill = np.ones((max(2, int(unit * 0.022)), right - left + thick * 5), np.float32)
    sheet.over(times(wood, 1.12), sill, bottom + thick, left - int(thick * 2.5))
    sheet.over(
        times(wood, 0.45),
        np.full((max(1, int(unit * 0.006)), sill.shape[1]), 0.7, np.float32),
        bottom + thick + sill.shape[0],
        left - int(thick * 2.5),
    )


def _pictures(setting: Setting, sheet: Sheet, window: tuple[float, float, float, float], row: float) -> None:
    rng = setting.rng("pictures")
    unit = setting.unit
    away = 1 if setting.focus < 0.5 else -1
    x = (window[2] if away > 0 else window[0]) + away * unit * 0.30
    for k in range(3):
        w, h = unit * rng.uniform(0.08, 0.13), unit * rng.uniform(0.09, 0.15)
        cx, cy = x + away * unit * 0.17 * k, window[1] + unit * rng.uniform(0.07, 0.16)
        if not 0 < cx < setting.width:
            continue
        box = (max(4, int(h)), max(4, int(w)))
        dim = 0.75 if not setting.is_dark else 0.42
        sheet.over(
            times((0.20, 0.14, 0.10), dim),
            np.ones((box[0] + 10, box[1] + 10), np.float32),
            int(cy) - 5,
            int(cx) - 5,
        )
        field = fbm(rng, box, (2, 2), 3)[..., None]
        hue = np.array(rng.uniform(0.25, 0.8, 3), np.float32) * dim
        art = np.clip(
            np.array((0.82, 0.78, 0.68)) * dim * 0.6 + hue * 0.5 * (1 + 0.5 * np.tanh(field * 2)), 0, 1
        )
        sheet.over(art.astype(np.float32), np.ones(box, np.float32), int(cy), int(cx))
    _ = row


def _curtains(
    setting: Setting, sheet: Sheet, window: tuple[float, float, float, float], color: Color
) -> None:
    """Two curtains gathered at the sides, light shining through their inner folds."""
    rng = setting.rng("curtains")
    left, top, right, bottom = window
    unit = setting.unit
    height, width = setting.shape
    y = setting.y * height
    x = setting.x * width
    colors = setting.light
    rod = top - unit * 0.045
    foot = bottom + (height * 0.86 - bottom) * (0.8 if rng.random() < 0.7 else 0.05)
    share = np.clip((y - rod) / (foot - rod), 0, 1)
    for side, edge in ((-1, left), (1, right)):
        outer = edge + side * unit * 0.115
        drape = 0.045 * np.sin(np.pi * np.clip(share * 1.15, 0, 1)) ** 2
        inner = edge - side * unit * (0.055 - drape + 0.012 * np.sin(share * 5 + side))
        u = (x - inner) / (outer - inner)
        bend = rng.normal(0, 0.3)
        folds = np.sin(
            (u * 5.2 + 0.35 * np.sin(u * 4 + bend) + 0.10 * share * np.sin(u * 9)) * 2 * np.pi * 0.92
        )
        inside = (
            np.clip(np.minimum(u, 1 - u) * unit * 0.16, 0, 1)
            * (y > rod)
            * np.clip((foot + 4 * np.sin(u * 30) - y) / 2, 0, 1)
        )
        through = np.exp(-np.clip(u, 0, None) / 0.35)
        amount = np.clip(0.26 + 0.26 * folds + 0.45 * through, 0, 1.2)
        shade = (
            np.array(mix(colors.ambient, (0.3, 0.3, 0.3), 0.3), np.float32) * 0.75
            + np.array(times(colors.sun, 0.9), np.float32) * amount[..., None]
        )
        cloth = fbm(rng, setting.shape, (120, 60), 2) * 0.02
        rgb = np.clip(np.array(color, np.float32) * (shade * (1 + 0.28 * folds + cloth)[..., None]), 0, 1)
        sheet.over(rgb.astype(np.float32), np.clip(inside, 0, 1).astype(np.float32))
    iron = times(colors.lit((0.22, 0.17, 0.13), 0.3), 0.9)
    bar = np.ones((max(2, int(unit * 0.010)), int(right - left + unit * 0.30)), np.float32)
    sheet.over(iron, bar, int(rod - unit * 0.006), int(left - unit * 0.15))
