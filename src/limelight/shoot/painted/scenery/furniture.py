"""Furniture of a room: a table with books, its lamp, a vase of flowers, a house plant in front."""

import cv2
import numpy as np

from limelight.shoot.painted.scenery.light import mix, times
from limelight.shoot.painted.scenery.plants import bloom, branches, ink
from limelight.shoot.painted.scenery.setting import Setting
from limelight.shoot.painted.scenery.sheet import Color, Sheet


def paint_table(
    setting: Setting, sheet: Sheet, lamp: tuple[float, float], floor: float, *, lamp_on: bool
) -> None:
    """A table with books and a lamp on it; ``lamp`` is the bulb, in pixels."""
    unit = setting.unit
    colors = setting.light
    wood = times(colors.lit((0.46, 0.28, 0.17), 0.5), 0.9 if not setting.is_dark else 1.0)
    if lamp_on:
        wood = mix(wood, (0.60, 0.36, 0.18), 0.45)
    top = lamp[1] + unit * 0.11
    foot = floor * setting.height + unit * 0.06
    drawn = np.zeros((setting.height * 2, setting.width * 2, 4), np.uint8)

    def poly(points: list[tuple[float, float]], color: Color) -> None:
        cv2.fillPoly(drawn, [(np.array(points) * 2).astype(np.int32)], ink(color), cv2.LINE_AA)

    x = lamp[0]
    wide = unit * 0.27
    for leg in (-0.88, 0.82, -0.70, 0.66):
        lower = foot if abs(leg) > 0.75 else foot - unit * 0.03
        poly(
            [
                (x + leg * wide, top),
                (x + leg * wide + unit * 0.02, top),
                (x + leg * wide + unit * 0.014, lower),
                (x + leg * wide + unit * 0.006, lower),
            ],
            times(wood, 0.55),
        )
    poly(
        [
            (x - wide * 0.94, top + unit * 0.018),
            (x + wide * 0.94, top + unit * 0.018),
            (x + wide * 0.94, top + unit * 0.055),
            (x - wide * 0.94, top + unit * 0.055),
        ],
        times(wood, 0.68),
    )
    poly(
        [
            (x - wide, top),
            (x + wide, top),
            (x + wide * 1.0, top + unit * 0.018),
            (x - wide * 1.0, top + unit * 0.018),
        ],
        times(wood, 0.95),
    )
    poly(
        [
            (x - wide * 0.93, top - unit * 0.022),
            (x + wide * 0.93, top - unit * 0.022),
            (x + wide, top),
            (x - wide, top),
        ],
        times(wood, 1.30),
    )
    rng = setting.rng("books")
    bx = x - wide * 0.66
    for _ in range(int(rng.integers(3, 6))):
        w, h = unit * rng.uniform(0.010, 0.020), unit * rng.uniform(0.07, 0.105)
        cover = colors.lit(
            (float(rng.uniform(0.2, 0.7)), float(rng.uniform(0.15, 0.5)), float(rng.uniform(0.15, 0.5))), 0.55
        )
        poly(
            [
                (bx, top - unit * 0.010 - h),
                (bx + w, top - unit * 0.010 - h),
                (bx + w, top - unit * 0.010),
                (bx, top - unit * 0.010),
            ],
            cover,
        )
        bx += w * 1.12
    stand = times(colors.lit((0.55, 0.42, 0.24), 0.6), 1.0)
    base = top - unit * 0.010
    poly(
        [
            (x - unit * 0.035, base),
            (x + unit * 0.035, base),
            (x + unit * 0.018, base - unit * 0.012),
            (x - unit * 0.018, base - unit * 0.012),
        ],
        stand,
    )
    poly(
        [
            (x - unit * 0.005, base - unit * 0.01),
            (x + unit * 0.005, base - unit * 0.01),
            (x + unit * 0.005, lamp[1]),
            (x - unit * 0.005, lamp[1]),
        ],
        stand,
    )
    shade = (1.0, 0.84, 0.54) if lamp_on else colors.lit((0.88, 0.80, 0.66), 0.55)
    poly(
        [
            (x - unit * 0.046, lamp[1] - unit * 0.075),
            (x + unit * 0.046, lamp[1] - unit * 0.075),
            (x + unit * 0.085, lamp[1] + unit * 0.026),
            (x - unit * 0.085, lamp[1] + unit * 0.026),
        ],
        shade,
    )
    cel = (
        cv2.resize(drawn, (setting.width, setting.height), interpolation=cv2.INTER_AREA).astype(np.float32)
        / 255
    )
    sheet.place(cel, 0, 0)


def paint_lamp_light(setting: Setting, sheet: Sheet, lamp: tuple[float, float], *, lamp_on: bool) -> None:
    """The glow of the lamp, on things and in the air."""
    if not lamp_on:
        return
    x, y = setting.x * setting.width - lamp[0], setting.y * setting.height - lamp[1]
    distance = np.hypot(x, y) / setting.unit
    glow = (0.75 * np.exp(-((distance / 0.10) ** 2)) + 0.25 * np.exp(-distance / 0.16)).astype(np.float32)
    sheet.glow((1.0, 0.78, 0.45), glow)
    # the halo also hangs in the air, where nothing is painted
    air = (0.30 * np.exp(-((distance / 0.17) ** 2))).astype(np.float32)
    free = air * (1 - np.clip(sheet.alpha, 0, 1))
    sheet.over((1.0, 0.80, 0.48), free)


def paint_vase(setting: Setting, sheet: Sheet, foot: tuple[float, float]) -> None:
    """A vase of flowers; ``foot`` in pixels."""
    rng = setting.rng("vase")
    unit = setting.unit
    colors = setting.light
    drawn = np.zeros((setting.height * 2, setting.width * 2, 4), np.uint8)
    x, y = foot[0] * 2, foot[1] * 2
    u = unit * 2
    glass = colors.lit((0.36, 0.48, 0.58), 0.6)
    hues: tuple[Color, ...] = ((0.92, 0.30, 0.34), (0.98, 0.84, 0.86), (0.96, 0.66, 0.30))
    for _ in range(13):
        stem = branches(rng, (x, y - u * 0.09), rng.normal(0, 0.38), u * 0.10, u * 0.0035, 1, 0.4)
        for x0, y0, x1, y1, thick, _left in stem:
            cv2.line(
                drawn,
                (int(x0), int(y0)),
                (int(x1), int(y1)),
                ink(colors.lit((0.24, 0.36, 0.16), 0.5)),
                max(1, int(thick)),
                cv2.LINE_AA,
            )
        bloom(
            rng,
            drawn,
            (stem[-1][2], stem[-1][3]),
            u * rng.uniform(0.015, 0.026),
            colors.lit(hues[int(rng.integers(3))], 0.8),
        )
    t = np.linspace(0, 1, 14)
    radius = u * (0.020 + 0.020 * np.sin(np.pi * (0.15 + 0.75 * t)))
    body = np.concatenate(
        [
            np.stack([x - radius, y - u * 0.10 * (1 - t)], 1),
            np.stack([x + radius, y - u * 0.10 * (1 - t)], 1)[::-1],
        ]
    )
    cv2.fillPoly(drawn, [body.astype(np.int32)], ink(glass), cv2.LINE_AA)
    gleam = np.stack([x - radius * 0.55, y - u * 0.10 * (1 - t)], 1)[2:11]
    cv2.polylines(
        drawn,
        [gleam.astype(np.int32)],
        False,
        ink(mix(glass, (1.0, 1.0, 1.0), 0.6)),
        max(1, int(u * 0.004)),
        cv2.LINE_AA,
    )
    cel = (
        cv2.resize(drawn, (setting.width, setting.height), interpolation=cv2.INTER_AREA).astype(np.float32)
        / 255
    )
    sheet.place(cel, 0, 0)


def paint_house_plant(setting: Setting, away: int) -> Sheet:
    """An armchair's back and a house plant, dark against the room."""
    rng = setting.rng("front")
    sheet = Sheet.clear(*setting.shape)
    unit = setting.unit
    height, width = setting.shape
    dark = times(setting.light.lit((0.22, 0.17, 0.17), 0.2), 0.6)
    drawn = np.zeros((height * 2, width * 2, 4), np.uint8)
    x = width * (0.045 if away > 0 else 0.955) * 2
    y = height * 2.0
    for _ in range(11):
        turn = rng.normal(0, 0.55)
        long = unit * 2 * rng.uniform(0.22, 0.44)
        t = np.linspace(0, 1, 12)
        px, py = x + np.sin(turn) * long * t, y - np.cos(turn * 0.8) * long * t + long * 0.25 * t**2
        cv2.polylines(
            drawn,
            [np.stack([px, py], 1).astype(np.int32)],
            False,
            ink(dark),
            max(1, int(unit * 0.006)),
            cv2.LINE_AA,
        )
        for k in range(2, 12):
            for side in (-1, 1):
                out = turn + side * 0.85
                leaf = unit * 2 * 0.075 * np.sin(np.pi * k / 13)
                tip = (px[k] + np.sin(out) * leaf, py[k] - np.cos(out) * leaf * 0.7)
                middle = ((px[k] + tip[0]) / 2 + leaf * 0.14, (py[k] + tip[1]) / 2)
                shape = np.array(
                    [
                        (px[k], py[k]),
                        middle,
                        tip,
                        ((px[k] + tip[0]) / 2 - leaf * 0.10, (py[k] + tip[1]) / 2 + leaf * 0.05),
                    ]
                )
                cv2.fillPoly(
                    drawn,
                    [shape.astype(np.int32)],
                    ink(mix(dark, setting.light.lit((0.24, 0.36, 0.18), 0.4), float(rng.beta(1.4, 2.4)))),
                    cv2.LINE_AA,
                )
    cel = cv2.resize(drawn, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(
        255
    )
    sheet.place(cel, 0, 0)
    sheet.soften(unit * 0.0022)
    return sheet
