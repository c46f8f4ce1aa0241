"""Things that stand, float or fly in a scenery: birds, boat, lighthouse, cactus, umbrella, lamp posts, a dock."""

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.scenery.light import mix, times
from limelight.shoot.painted.scenery.plants import canvas, ink, shrink
from limelight.shoot.painted.scenery.setting import Setting
from limelight.shoot.painted.scenery.sheet import Color, Sheet

Floats = NDArray[np.floating]


def paint_birds(setting: Setting, sheet: Sheet, horizon: float, light: tuple[float, float]) -> None:
    """A loose flock, larger towards one end, crossing the open half of the sky."""
    rng = setting.rng("birds")
    dark = mix(setting.light.zenith, (0.04, 0.04, 0.07), 0.75)
    if setting.is_dark:
        dark = mix(setting.light.cloud, setting.light.disc, 0.35)
    center = np.array([0.5 + (0.5 - light[0]) * 0.35, horizon * rng.uniform(0.30, 0.5)])
    count = int(rng.integers(9, 17))
    heading = rng.uniform(-0.25, 0.25)
    for i in range(count):
        row = (i + 1) // 2 * (1 if i % 2 else -1)
        offset = np.array([abs(row) * 0.030, row * 0.018 + heading * abs(row) * 0.02]) + rng.normal(
            0, 0.008, 2
        )
        if center[0] > 0.5:
            offset[0] = -offset[0]
        size = setting.unit * rng.uniform(0.022, 0.036) * (1.15 - 0.045 * abs(row))
        x = center[0] * setting.width + offset[0] * setting.unit * 1.4
        y = center[1] * setting.height + offset[1] * setting.unit * 1.4
        cel = _bird(rng, max(6, int(size)), dark)
        sheet.place(cel, int(y - cel.shape[0] / 2), int(x - cel.shape[1] / 2))


def _bird(rng: np.random.Generator, span: int, color: Color) -> Floats:
    drawn = canvas(span, span * 2)
    h, w = drawn.shape[:2]
    beat = rng.uniform(-0.6, 1.0)
    for side in (-1, 1):
        t = np.linspace(0, 1, 9)
        xs = w / 2 + side * t * w * 0.46
        arch = h * 0.5 - np.sin(t * np.pi * 0.62) * h * 0.30 * beat + t**3 * h * 0.10
        thick = h * 0.075 * np.sin(np.pi * (0.18 + 0.80 * t)) + h * 0.008
        wing = np.concatenate([np.stack([xs, arch - thick], 1), np.stack([xs, arch + thick * 0.7], 1)[::-1]])
        cv2.fillPoly(drawn, [wing.astype(np.int32)], ink(color))
    cv2.ellipse(
        drawn,
        (w // 2, int(h * 0.52)),
        (max(1, int(w * 0.055)), max(1, int(h * 0.085))),
        12,
        0,
        360,
        ink(color),
        -1,
    )
    return shrink(drawn)


def boat(rng: np.random.Generator, size: int, light: Setting, *, sail: bool) -> Floats:
    """A sailing boat or a rowing boat; its water line at the bottom of the cel."""
    colors = light.light
    height = size if sail else int(size * 0.42)
    width = int(size * 0.85)
    drawn = canvas(height, width)
    h, w = drawn.shape[:2]
    hull_color = colors.lit((0.46, 0.20, 0.14), 0.35)
    hull = np.array([[0.06, 0.80], [0.20, 0.99], [0.80, 0.99], [0.97, 0.76], [0.72, 0.82], [0.3, 0.83]])
    if not sail:
        hull[:, 1] = [0.42, 0.98, 0.98, 0.34, 0.52, 0.54]
    cv2.fillPoly(drawn, [(hull * (w, h)).astype(np.int32)], ink(hull_color))
    rim = (hull[[0, 5, 4, 3]] * (w, h)).astype(np.int32)
    cv2.polylines(drawn, [rim], False, ink(mix(hull_color, colors.cloud, 0.5)), max(1, w // 70))
    if sail:
        mast = 0.47
        cv2.line(
            drawn,
            (int(mast * w), int(h * 0.82)),
            (int(mast * w), int(h * 0.02)),
            ink(times(hull_color, 0.6)),
            max(1, w // 60),
        )
        t = np.linspace(0, 1, 12)
        belly = 0.09 * np.sin(np.pi * t)
        for side, reach, top in ((1, 0.40, 0.05), (-1, 0.34, 0.14)):
            edge = np.stack(
                [mast + side * (0.015 + reach * t**1.25 + belly * (1 - t)), top + (0.72 - top) * t], 1
            )
            shape = np.concatenate([[[mast + side * 0.015, top]], edge, [[mast + side * 0.015, 0.76]]])
            tone = mix(colors.lit((0.96, 0.93, 0.86), 0.75 if side > 0 else 0.35), colors.cloud, 0.2)
            cv2.fillPoly(drawn, [(shape * (w, h)).astype(np.int32)], ink(tone))
            for k in (0.3, 0.52, 0.74):
                row = edge[int(k * 11)]
                cv2.line(
                    drawn,
                    (int((mast + side * 0.02) * w), int(row[1] * h)),
                    (int(row[0] * w), int(row[1] * h)),
                    ink(times(tone, 0.88)),
                    max(1, w // 110),
                )
    else:
        person = colors.lit((0.16, 0.16, 0.20), 0.3)
        cv2.ellipse(
            drawn, (int(w * 0.44), int(h * 0.42)), (int(w * 0.055), int(h * 0.24)), 0, 0, 360, ink(person), -1
        )
        cv2.circle(drawn, (int(w * 0.455), int(h * 0.13)), int(w * 0.036), ink(person), -1)
        cv2.line(
            drawn,
            (int(w * 0.47), int(h * 0.36)),
            (int(w * 0.93), int(h * 0.03)),
            ink(times(person, 1.2)),
            max(1, w // 110),
        )
    _ = rng
    return shrink(drawn)


def lighthouse(setting: Setting, height: int, side: float) -> Floats:
    """A banded tower with a lantern room; lit from one side."""
    colors = setting.light
    width = int(height * 0.34)
    drawn = canvas(height, width)
    h, w = drawn.shape[:2]
    columns = np.linspace(-1, 1, 28)
    for band in range(7):
        t0, t1 = 0.22 + band * 0.112, 0.22 + (band + 1) * 0.112
        base = (0.86, 0.83, 0.78) if band % 2 == 0 else (0.66, 0.16, 0.14)
        for a, b in pairwise(columns):
            lit = float(np.clip(0.45 + 0.55 * side * (a + b) / 2, 0, 1))
            r0, r1 = 0.15 + 0.13 * t0, 0.15 + 0.13 * t1
            quad = np.array(
                [[0.5 + a * r0, t0], [0.5 + b * r0, t0], [0.5 + b * r1, t1], [0.5 + a * r1, t1]]
            ) * (w, h)
            cv2.fillPoly(drawn, [np.round(quad).astype(np.int32)], ink(colors.lit(base, lit)))
    iron = colors.lit((0.16, 0.15, 0.17), 0.3)
    cv2.rectangle(drawn, (int(w * 0.27), int(h * 0.20)), (int(w * 0.73), int(h * 0.225)), ink(iron), -1)
    cv2.rectangle(
        drawn, (int(w * 0.37), int(h * 0.115)), (int(w * 0.63), int(h * 0.20)), ink((1.0, 0.90, 0.58)), -1
    )
    for x in (0.37, 0.455, 0.545, 0.63):
        cv2.line(drawn, (int(w * x), int(h * 0.115)), (int(w * x), int(h * 0.2)), ink(iron), max(1, w // 50))
    roof = np.array([[0.33, 0.118], [0.67, 0.118], [0.5, 0.03]]) * (w, h)
    cv2.fillPoly(drawn, [roof.astype(np.int32)], ink(colors.lit((0.60, 0.14, 0.13), 0.4)))
    cv2.line(drawn, (w // 2, int(h * 0.035)), (w // 2, 0), ink(iron), max(1, w // 60))
    for y in (0.42, 0.66):
        cv2.rectangle(
            drawn,
            (int(w * 0.47), int(h * y)),
            (int(w * 0.53), int(h * (y + 0.03))),
            ink(times(iron, 0.9)),
            -1,
        )
    return shrink(drawn)


def beam(setting: Setting, sheet: Sheet, at: tuple[float, float], towards: float) -> None:
    """A lighthouse's beam, from ``at`` in pixels to one side."""
    xs = (setting.x * setting.width - at[0]) * towards
    ys = setting.y * setting.height - at[1]
    spread = np.maximum(xs, 1) * 0.085 + setting.unit * 0.006
    core = np.exp(-((ys + xs * 0.05) ** 2) / (2 * (spread * 0.5) ** 2)) * (xs > 0)
    fade = np.exp(-np.maximum(xs, 0) / (setting.unit * 0.55))
    strength = {"night": 0.75, "dusk": 0.5, "dawn": 0.25, "day": 0.1}[setting.time]
    near = np.exp(-np.hypot(xs, ys) / (setting.unit * 0.03))
    sheet.glow((1.0, 0.93, 0.70), ((core * fade + near) * strength).astype(np.float32))


def cactus(rng: np.random.Generator, height: int, setting: Setting, side: float) -> Floats:
    """A saguaro with raised arms and ribs, lit from one side."""
    drawn = canvas(height, int(height * 0.72))
    h, w = drawn.shape[:2]
    albedo = (0.30, 0.46, 0.27)
    limbs = [([(0.5, 1.0), (0.5, 0.06)], 0.088)]
    for arm in (-1, 1):
        joint = rng.uniform(0.42, 0.66)
        out, top = rng.uniform(0.22, 0.32), joint - rng.uniform(0.18, 0.34)
        curve = [
            (0.5, joint),
            (0.5 + arm * out * 0.6, joint + 0.015),
            (0.5 + arm * out * 0.92, joint - 0.04),
            (0.5 + arm * out, joint - 0.11),
            (0.5 + arm * out, top),
        ]
        limbs.append((curve, rng.uniform(0.052, 0.066)))
    for path, radius in limbs:
        points = np.array(path) * (w, h)
        for k in np.linspace(-1, 1, 13):
            edge = np.sqrt(max(0.0, 1 - k * k))
            lit = float(np.clip(0.34 + 0.55 * k * side, 0, 1)) * (0.72 + 0.4 * (round((k + 1) * 6) % 2))
            shifted = points + np.array([k * radius * w * 0.62, 0])
            thick = max(1, int(radius * w * (0.32 + 0.9 * edge) * 0.62))
            cv2.polylines(
                drawn, [shifted.astype(np.int32)], False, ink(setting.light.lit(albedo, lit)), thick
            )
            if abs(k) < 0.99:
                cv2.circle(
                    drawn,
                    (int(shifted[-1, 0]), int(shifted[-1, 1])),
                    thick // 2,
                    ink(setting.light.lit(albedo, lit)),
                    -1,
                )
    return shrink(drawn)


def figure_with_umbrella(setting: Setting, height: int, canopy: Color) -> Floats:
    """Somebody seen from behind under an umbrella."""
    drawn = canvas(height, int(height * 0.78))
    h, w = drawn.shape[:2]
    coat = times(setting.light.lit((0.16, 0.16, 0.22), 0.35), 0.8)
    body = np.array(
        [
            [0.42, 0.36],
            [0.58, 0.36],
            [0.62, 0.50],
            [0.65, 0.80],
            [0.56, 0.81],
            [0.55, 0.985],
            [0.505, 0.985],
            [0.50, 0.82],
            [0.485, 0.82],
            [0.47, 0.985],
            [0.425, 0.985],
            [0.43, 0.81],
            [0.345, 0.80],
            [0.38, 0.50],
        ]
    )
    cv2.fillPoly(drawn, [(body * (w, h)).astype(np.int32)], ink(coat))
    cv2.circle(drawn, (int(w * 0.5), int(h * 0.315)), int(w * 0.062), ink(times(coat, 0.8)), -1)
    t = np.linspace(0, np.pi, 30)
    dome = np.stack([0.5 - np.cos(t) * 0.47, 0.27 - np.sin(t) * 0.215], 1)
    scallop = np.stack(
        [np.linspace(0.97, 0.03, 41), 0.27 - 0.022 * np.abs(np.sin(np.linspace(0, 5 * np.pi, 41)))], 1
    )
    cv2.fillPoly(drawn, [(np.concatenate([dome, scallop]) * (w, h)).astype(np.int32)], ink(canopy))
    for k in range(5):
        a, b = np.pi * k / 5, np.pi * (k + 1) / 5
        tt = np.linspace(a, b, 8)
        rim = np.stack([0.5 - np.cos(tt) * 0.47, 0.27 - 0.012 * np.sin((tt - a) / (b - a) * np.pi)], 1)
        rib = np.stack([0.5 - np.cos(tt) * 0.47, 0.27 - np.sin(tt) * 0.215], 1)
        _ = rib
        panel = np.concatenate([[[0.5, 0.055]], rim])
        cv2.fillPoly(drawn, [(panel * (w, h)).astype(np.int32)], ink(times(canopy, 0.72 + 0.12 * k)))
    cv2.line(drawn, (w // 2, int(h * 0.055)), (w // 2, int(h * 0.02)), ink(coat), max(1, w // 60))
    return shrink(drawn)


def dock(setting: Setting, sheet: Sheet, horizon: float, x: float, reach: float) -> None:
    """A wooden dock leading from the lower edge out onto the water, in perspective."""
    height, width = setting.shape
    rng = setting.rng("dock")
    color = setting.light.lit((0.58, 0.46, 0.36), 0.75)
    drawn = np.zeros((height * 2, width * 2, 4), np.uint8)
    eye = horizon * height

    def at(across: float, away: float) -> tuple[float, float]:
        drop = 0.42 * 0.86 / away
        return (x * width + (across + (away - 0.5) * -0.03) / away * setting.unit, eye + drop * setting.unit)

    distances = np.geomspace(0.42, reach, 64)
    for post in np.geomspace(reach, 0.75, 6):
        for side in (-0.19, 0.19):
            px, py = at(side, post)
            thick = max(1, int(0.013 / post * setting.unit))
            deep = int(py * 2 + 0.10 / post * setting.unit * 2)
            cv2.rectangle(
                drawn,
                (int(px * 2 - thick), int(py * 2 - 0.035 / post * setting.unit * 2)),
                (int(px * 2 + thick), deep),
                ink(times(color, 0.5)),
                -1,
            )
    for near, far in pairwise(distances):
        jitter = rng.normal(0, 0.005, 2)
        tone = times(color, float(rng.uniform(0.78, 1.15)))
        quad = np.array(
            [
                at(-0.18 + jitter[0], near),
                at(0.18 + jitter[1], near),
                at(0.18 + jitter[1], far),
                at(-0.18 + jitter[0], far),
            ]
        )
        cv2.fillPoly(drawn, [(quad * 2).astype(np.int32)], ink(tone))
        cv2.line(
            drawn,
            tuple((quad[0] * 2).astype(int)),
            tuple((quad[1] * 2).astype(int)),
            ink(times(color, 0.45)),
            max(1, int(0.007 / near * setting.unit)),
        )
    cel = cv2.resize(drawn, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(
        255
    )
    sheet.place(cel, 0, 0)
