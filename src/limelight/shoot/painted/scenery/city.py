"""A city: towers behind towers with lit windows, over a river that mirrors them or over near roofs."""

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.scenery.light import mix, times
from limelight.shoot.painted.scenery.noise import fbm, line
from limelight.shoot.painted.scenery.setting import Cel, Scene, Setting
from limelight.shoot.painted.scenery.sheet import Color, Sheet
from limelight.shoot.painted.scenery.sky import paint_sky
from limelight.shoot.painted.scenery.things import paint_birds
from limelight.shoot.painted.scenery.water import paint_water
from limelight.shoot.painted.scenery.weather import veil

Floats = NDArray[np.floating]
LAMPS: tuple[Color, ...] = ((1.0, 0.83, 0.52), (1.0, 0.72, 0.38), (1.0, 0.93, 0.76), (0.80, 0.90, 1.0))


def paint_city(setting: Setting) -> Scene:
    """A skyline."""
    rng = setting.rng("city")
    river = rng.random() < 0.55
    horizon = (0.70 if setting.is_tall else 0.69) if river else 0.74
    sky, light = paint_sky(setting, horizon, heaps=0.35)
    if setting.has("birds"):
        paint_birds(setting, sky, horizon, light)
    _city_glow(setting, sky, horizon)
    far, middle = Sheet.clear(*setting.shape), Sheet.clear(*setting.shape)
    _row(setting, far, "far", horizon, light, size=0.62, tall=(0.10, 0.40), haze=0.66, dense=1.25)
    veil(setting, far, horizon, 0.12)
    _row(setting, middle, "middle", horizon + 0.004, light, size=1.0, tall=(0.07, 0.34), haze=0.24, dense=1.0)
    veil(setting, middle, horizon, 0.35)
    cels = [Cel(sky, 0.0), Cel(far, 0.12)]
    if river:
        backdrop = Sheet(sky.pixels.copy())
        backdrop.place(far.pixels, 0, 0)
        backdrop.place(middle.pixels, 0, 0)
        water = paint_water(
            setting,
            backdrop,
            horizon + 0.004,
            light,
            deep=mix(setting.light.zenith, (0.04, 0.07, 0.10), 0.5),
            roughness=0.30,
        )
        middle.place(water.pixels, 0, 0)
    else:
        lower = Sheet.clear(*setting.shape)
        _row(setting, lower, "lower", 1.02, light, size=1.5, tall=(0.22, 0.34), haze=0.10, dense=0.9)
        veil(setting, lower, horizon, 0.5)
        middle.place(lower.pixels, 0, 0)
    cels += [Cel(middle, 0.3), Cel(_near_roofs(setting, light, river=river), 0.9)]
    return Scene(tuple(cels), horizon, light, 0.93)


def _city_glow(setting: Setting, sky: Sheet, horizon: float) -> None:
    if setting.time == "day":
        return
    strength = {"night": 0.40, "dusk": 0.16, "dawn": 0.08}[setting.time]
    rise = np.clip(horizon - setting.y, 0, 1)
    across = np.exp(-(((setting.x - setting.focus) / 0.55) ** 2))
    sky.glow((0.95, 0.62, 0.42), (strength * np.exp(-rise / 0.16) * across).astype(np.float32))


def _row(
    setting: Setting,
    sheet: Sheet,
    part: str,
    level: float,
    light: tuple[float, float],
    *,
    size: float,
    tall: tuple[float, float],
    haze: float,
    dense: float,
) -> None:
    """A row of towers, the tallest at the focal point."""
    rng = setting.rng(part)
    unit = setting.unit
    colors = setting.light
    side = 1.0 if light[0] > 0.5 else -1.0
    x = -0.02 * setting.width
    foot = int(level * setting.height) + 2
    towers = []
    while x < setting.width:
        wide = unit * rng.uniform(0.045, 0.105) * size / dense**0.5
        at = (x + wide / 2) / setting.width
        crowd = np.exp(-(((at - setting.focus) / 0.20) ** 2)) + 0.35 * np.exp(
            -(((at - (1 - setting.focus)) / 0.14) ** 2)
        )
        high = unit * (
            tall[0]
            + (tall[1] - tall[0])
            * float(np.clip(crowd * rng.uniform(0.35, 1.1) + rng.uniform(0, 0.25), 0, 1.15))
        )
        towers.append((x, wide, high))
        x += wide * rng.uniform(0.72, 1.12)
    order = rng.permutation(len(towers))
    share = min(0.88, haze * (0.6 + 0.4 * colors.haze))
    for i in order:
        left, wide, high = towers[int(i)]
        cel = tower(rng, setting, max(8, int(wide)), max(8, int(high)), side, near=size > 1.2)
        cel[..., :3] += (
            (np.array(colors.horizon, np.float32) * cel[..., 3:] - cel[..., :3])
            * share
            * (0.75 + 0.25 * rng.random())
        )
        sheet.place(cel, foot - cel.shape[0], int(left))
    rows = np.arange(setting.height, dtype=np.float32)[:, None]
    below = np.broadcast_to(np.clip(rows - foot + 1, 0, 1), setting.shape)
    sheet.over(mix(colors.lit((0.2, 0.2, 0.24), 0.2), colors.horizon, share * 0.8), below.astype(np.float32))
    low = np.exp(-np.clip(foot - rows, 0, None) / (unit * 0.10)) * 0.42 * (rows <= foot)
    sheet.tint(
        colors.horizon if setting.time != "night" else mix(colors.horizon, (0.9, 0.6, 0.42), 0.35),
        np.broadcast_to(low * min(1.0, haze * 1.6), setting.shape).astype(np.float32),
    )


def tower(
    rng: np.random.Generator, setting: Setting, wide: int, high: int, side: float, *, near: bool = False
) -> Floats:
    """One building with its windows and its top: a premultiplied (h, w, 4) cel standing on its lower edge."""
    colors = setting.light
    crown = int(high * rng.uniform(0.04, 0.20))
    cel = np.zeros((high + crown, wide, 4), np.float32)
    stone = [
        (0.50, 0.46, 0.44),
        (0.40, 0.42, 0.48),
        (0.58, 0.48, 0.40),
        (0.34, 0.36, 0.42),
        (0.52, 0.36, 0.31),
    ][int(rng.integers(5))]
    bright, dim = colors.lit(stone, 0.85), colors.lit(stone, 0.12)
    edge = int(wide * rng.uniform(0.25, 0.42))
    faces = [(0, wide - edge), (wide - edge, wide)] if side < 0 else [(0, edge), (edge, wide)]
    lit_face = 0 if side < 0 else 1
    tiers = [(0.0, 1.0)] if rng.random() < 0.5 else [(0.0, 0.72), (rng.uniform(0.1, 0.3), 1.0)]
    cell = max(3, round(setting.unit * rng.uniform(0.0072, 0.011) * (1.6 if near else 1.0)))
    share_on = {"night": 0.52, "dusk": 0.42, "dawn": 0.16, "day": 0.0}[setting.time] * rng.uniform(0.5, 1.25)
    if setting.weather in {"rain", "storm", "mist"} and setting.time == "day":
        share_on = 0.14
    glass_strip = rng.random() < 0.3
    for inset, height_share in tiers:
        top = crown + int(high * (1 - height_share))
        cut = int(inset * wide / 2)
        for number, (x0, x1) in enumerate(faces):
            a, b = max(x0, cut), min(x1, wide - cut)
            if b <= a or high + crown <= top:
                continue
            face = bright if number == lit_face else dim
            down = np.linspace(1.08, 0.80, high + crown - top, dtype=np.float32)[:, None, None]
            cel[top:, a:b, :3] = np.clip(np.array(face, np.float32) * down, 0, 1)
            cel[top:, a:b, 3] = 1
            _windows(rng, setting, cel[top:, a:b], cell, share_on, face, strip=glass_strip)
    _crown(
        rng, setting, cel, crown + int(high * (1 - tiers[-1][1])), int(tiers[-1][0] * wide / 2), bright, dim
    )
    return cel


def _windows(
    rng: np.random.Generator,
    setting: Setting,
    face: Floats,
    cell: int,
    share: float,
    wall: Color,
    *,
    strip: bool,
) -> None:
    rows, cols = face.shape[0] // (cell + cell // 2 + 1), face.shape[1] // cell
    if rows < 2 or cols < 1:
        return
    pitch = cell + cell // 2 + 1
    on = rng.random((rows, cols)) < share
    floors = rng.random(rows)
    on[floors < 0.06] = share > 0
    on[floors > 0.90] = False
    glass = mix(times(wall, 0.62), setting.light.sky, 0.22 if setting.time != "night" else 0.08)
    tone = rng.integers(0, len(LAMPS), (rows, cols))
    strength = rng.uniform(0.45, 1.0, (rows, cols))
    width = cell if strip else max(1, cell * 2 // 3)
    tall = max(1, int(pitch * 0.58))
    lamps = np.array(LAMPS, np.float32)
    colors = np.where(
        on[..., None],
        lamps[tone] * strength[..., None] + np.array(wall) * (1 - strength[..., None]),
        np.array(glass) * rng.uniform(0.85, 1.2, (rows, cols, 1)),
    )
    block = np.repeat(np.repeat(colors, pitch, 0), cell, 1).astype(np.float32)
    inside = ((np.arange(rows * pitch) % pitch) < tall)[:, None] & ((np.arange(cols * cell) % cell) < width)[
        None, :
    ]
    shift_y, shift_x = (
        (face.shape[0] - rows * pitch) // 3 + pitch // 3,
        (face.shape[1] - cols * cell + cell - width) // 2,
    )
    window = face[shift_y : shift_y + rows * pitch, shift_x : shift_x + cols * cell, :3]
    block, inside = block[: window.shape[0], : window.shape[1]], inside[: window.shape[0], : window.shape[1]]
    window[inside] = np.clip(block[inside], 0, 1)


def _crown(
    rng: np.random.Generator, setting: Setting, cel: Floats, top: int, cut: int, bright: Color, dim: Color
) -> None:
    """What a tower ends in: a box, a spire, a slant, a dome or an aerial with its red lamp."""
    wide = cel.shape[1]
    kind = int(rng.integers(6))
    x0, x1 = cut, wide - cut
    body = ((*mix(bright, dim, 0.5), 1.0),)
    ink = tuple(float(c) for c in body[0])
    middle = (x0 + x1) // 2
    room = max(2, min(top, cel.shape[0] // 3))
    if kind == 0:
        a, b = x0 + (x1 - x0) // 4, x1 - (x1 - x0) // 3
        cel[max(0, top - room // 3) : top, a:b] = ink
    elif kind == 1:
        shape = np.array(
            [[x0 + (x1 - x0) // 5, top], [x1 - (x1 - x0) // 5, top], [middle, max(0, top - room)]], np.int32
        )
        cv2.fillPoly(cel, [shape], ink)
    elif kind == 2:
        shape = np.array([[x0, top], [x1 - 1, top], [x1 - 1, max(0, top - room // 2)]], np.int32)
        cv2.fillPoly(cel, [shape], ink)
    elif kind == 3:
        cv2.ellipse(cel, (middle, top), (max(1, (x1 - x0) * 2 // 5), max(1, room // 3)), 0, 180, 360, ink, -1)
    if kind in {0, 4, 5, 3}:
        reach = max(0, top - room)
        cv2.line(cel, (middle, top), (middle, reach), ink, max(1, wide // 40))
        if setting.time in {"night", "dusk"}:
            cv2.circle(cel, (middle, reach + 1), max(1, wide // 26), (1.0, 0.25, 0.18, 1.0), -1)


def _near_roofs(setting: Setting, light: tuple[float, float], *, river: bool) -> Sheet:
    """A dark roof edge with what stands on roofs, or a quay with a railing, close to the viewer."""
    rng = setting.rng("roofs")
    sheet = Sheet.clear(*setting.shape)
    colors = setting.light
    height, width = setting.shape
    unit = setting.unit
    dark = times(colors.lit((0.20, 0.19, 0.22), 0.15), 0.62)
    rim = mix(dark, colors.horizon, 0.38)
    drawn = np.zeros((height * 2, width * 2, 4), np.uint8)

    def box(x0: float, y0: float, x1: float, y1: float, color: Color) -> None:
        cv2.rectangle(
            drawn,
            (int(x0 * 2), int(y0 * 2)),
            (int(x1 * 2), int(y1 * 2)),
            (int(color[0] * 255), int(color[1] * 255), int(color[2] * 255), 255),
            -1,
        )

    if river:
        top = height - 0.080 * unit
        box(0, height - 0.030 * unit, width, height, dark)
        for y in (top, top + 0.020 * unit):
            box(0, y, width, y + 0.0055 * unit, dark)
            box(0, y, width, y + 0.0014 * unit, rim)
        for x in np.arange(-0.03 * unit, width, 0.036 * unit):
            box(x, top, x + 0.0032 * unit, height, dark)
        for x in np.arange(rng.uniform(0, 0.4) * unit, width, 0.52 * unit):
            box(x, top - 0.016 * unit, x + 0.013 * unit, height, dark)
            cv2.circle(
                drawn,
                (int((x + 0.0065 * unit) * 2), int((top - 0.022 * unit) * 2)),
                int(0.013 * unit * 2),
                (int(dark[0] * 255), int(dark[1] * 255), int(dark[2] * 255), 255),
                -1,
                cv2.LINE_AA,
            )
    else:
        away = -1 if setting.focus > 0.5 else 1
        base = height - 0.055 * unit
        box(0, base, width, height, dark)
        box(0, base, width, base + 0.004 * unit, rim)
        x = (0.16 if away < 0 else 0.84) * width
        tank, legs = 0.075 * unit, 0.075 * unit
        for leg in (-1, -0.3, 0.3, 1):
            box(x + leg * tank * 0.85, base - legs, x + leg * tank * 0.85 + 0.006 * unit, base, dark)
        box(x - tank, base - legs - tank * 1.6, x + tank, base - legs, times(dark, 1.25))
        for k in range(5):
            box(
                x - tank,
                base - legs - tank * (0.2 + 0.3 * k),
                x + tank,
                base - legs - tank * (0.2 + 0.3 * k) + 0.003 * unit,
                times(dark, 0.8),
            )
        roof = (
            np.array(
                [
                    [x - tank * 1.1, base - legs - tank * 1.6],
                    [x + tank * 1.1, base - legs - tank * 1.6],
                    [x, base - legs - tank * 2.25],
                ]
            )
            * 2
        )
        cv2.fillPoly(
            drawn,
            [roof.astype(np.int32)],
            (int(dark[0] * 255), int(dark[1] * 255), int(dark[2] * 255), 255),
            cv2.LINE_AA,
        )
        for _ in range(5):
            at = rng.uniform(0.02, 0.98) * width
            tall = rng.uniform(0.02, 0.06) * unit
            box(
                at,
                base - tall,
                at + rng.uniform(0.03, 0.09) * unit,
                base,
                times(dark, float(rng.uniform(0.8, 1.3))),
            )
        for _ in range(3):
            at = rng.uniform(0.02, 0.98) * width
            tall = rng.uniform(0.08, 0.15) * unit
            box(at, base - tall, at + 0.003 * unit, base, dark)
            for k in range(4):
                box(
                    at - 0.022 * unit + 0.003 * k * unit,
                    base - tall + k * 0.012 * unit,
                    at + 0.022 * unit - 0.003 * k * unit,
                    base - tall + k * 0.012 * unit + 0.002 * unit,
                    dark,
                )
    cel = cv2.resize(drawn, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(
        255
    )
    sheet.place(cel, 0, 0)
    sheet.soften(unit * 0.0012)
    _ = light, fbm, line
    return sheet
