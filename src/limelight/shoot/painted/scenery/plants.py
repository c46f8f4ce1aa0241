"""Plants: pines, leafy trees, bare trees, palms, grass, reeds, flowers, hanging branches.

Drawn at three times their size without smoothing and shrunk by area, which premultiplies them on the way.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.scenery.light import mix, times
from limelight.shoot.painted.scenery.sheet import Color, Sheet

Floats = NDArray[np.floating]
Canvas = NDArray[np.uint8]
OVER = 3


def canvas(height: int, width: int) -> Canvas:
    """An empty canvas at drawing size for a cel of (height, width) pixels."""
    return np.zeros((max(1, height) * OVER, max(1, width) * OVER, 4), np.uint8)


def ink(color: Color) -> tuple[int, int, int, int]:
    """A colour for OpenCV's drawing calls, opaque."""
    return (int(color[0] * 255), int(color[1] * 255), int(color[2] * 255), 255)


def shrink(drawn: Canvas) -> Floats:
    """A drawn canvas as a premultiplied (h, w, 4) float32 cel."""
    size = (drawn.shape[1] // OVER, drawn.shape[0] // OVER)
    return np.asarray(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA), np.float32) / 255


def stand(
    sheet: Sheet,
    cel: Floats,
    x: float,
    y: float,
    height: float,
    *,
    flip: bool = False,
    haze: Color | None = None,
    share: float = 0.0,
) -> None:
    """Put a cel on the ground: its bottom middle at (x, y) pixels, scaled to a height in pixels."""
    scale = height / cel.shape[0]
    size = (max(1, round(cel.shape[1] * scale)), max(1, round(height)))
    small: Floats = np.asarray(
        cv2.resize(cel, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR), np.float32
    )
    if flip:
        small = np.ascontiguousarray(small[:, ::-1])
    if haze is not None and share > 0:
        small = small.copy()
        small[..., :3] += (np.array(haze, np.float32) * small[..., 3:] - small[..., :3]) * share
    sheet.place(small, round(y - size[1]), round(x - size[0] / 2))


def pine(
    rng: np.random.Generator, height: int, dark: Color, lit: Color, side: float, snow: float = 0.0
) -> Floats:
    """A conifer; ``side`` is where the light comes from, -1 left .. 1 right."""
    width = int(height * rng.uniform(0.36, 0.48))
    drawn = canvas(height, width)
    h, w = drawn.shape[:2]
    mid = w / 2
    lean = rng.normal(0, 0.012) * h
    trunk = np.array([[mid - w * 0.022, h], [mid + w * 0.022, h], [mid + lean, h * 0.02]], np.int32)
    cv2.fillPoly(drawn, [trunk], ink(times(dark, 0.8)))
    tiers = int(rng.integers(17, 25))
    white = mix((0.93, 0.96, 1.0), lit, 0.25)
    for tier in range(tiers):
        t = max(0.0, (tier + rng.uniform(-0.3, 0.3)) / tiers)
        y = h * (0.03 + 0.89 * t)
        reach = w * 0.47 * (t**0.82) * rng.uniform(0.72, 1.08) + w * 0.02
        count = int(5 + 7 * t)
        for _ in range(count):
            along = rng.uniform(-1, 1)
            length = reach * (0.55 + 0.45 * abs(along)) * rng.uniform(0.7, 1.0)
            droop = h * 0.035 * (0.5 + t) * rng.uniform(0.6, 1.5)
            base = (mid + lean * (1 - t), y)
            tip = (mid + lean * (1 - t) + along * length, y + droop * abs(along) + h * 0.008)
            light = np.clip(0.42 + 0.5 * along * side + rng.normal(0, 0.14) - 0.16 * t, 0, 1)
            color = mix(dark, lit, float(light))
            thick = max(1, int(h * 0.011 * (0.6 + 0.7 * t)))
            middle = ((base[0] * 0.4 + tip[0] * 0.6), (base[1] * 0.55 + tip[1] * 0.45) - h * 0.004)
            _stroke(drawn, [base, middle, tip], color, thick)
            for _ in range(3):
                u = rng.uniform(0.35, 1.0)
                px = base[0] + (tip[0] - base[0]) * u
                py = base[1] + (tip[1] - base[1]) * u
                hang = (px + rng.normal(0, w * 0.02), py + h * rng.uniform(0.008, 0.028))
                _stroke(
                    drawn, [(px, py), hang], times(color, float(rng.uniform(0.75, 1.1))), max(1, thick // 2)
                )
            if snow > 0 and rng.random() < snow * 0.75:
                cv2.line(
                    drawn,
                    _at(middle),
                    _at((tip[0], tip[1] - thick * 0.3)),
                    ink(mix(white, color, 0.25 * (1 - float(light)))),
                    max(1, thick),
                )
    return shrink(drawn)


def _at(point: tuple[float, float]) -> tuple[int, int]:
    return int(point[0]), int(point[1])


def _stroke(drawn: Canvas, points: list[tuple[float, float]], color: Color, thick: int) -> None:
    cv2.polylines(drawn, [np.array(points, np.int32)], False, ink(color), thick)


def branches(
    rng: np.random.Generator,
    start: tuple[float, float],
    angle: float,
    length: float,
    thick: float,
    depth: int,
    spread: float = 0.5,
    up: float = 0.08,
) -> list[tuple[float, float, float, float, float, int]]:
    """A branching tree as segments (x0, y0, x1, y1, thickness, generations left); angle 0 is upwards."""
    segments: list[tuple[float, float, float, float, float, int]] = []
    stack = [(start[0], start[1], angle, length, thick, depth)]
    while stack:
        x, y, angle, length, thick, left = stack.pop()
        steps = 3
        for step in range(steps):
            angle += rng.normal(0, 0.11) - angle * up
            nx, ny = x + np.sin(angle) * length / steps, y - np.cos(angle) * length / steps
            segments.append((x, y, nx, ny, thick * (1 - 0.1 * step), left))
            x, y = nx, ny
        if left > 0:
            count = 2 if rng.random() < 0.62 else 3
            for child in range(count):
                side = (child - (count - 1) / 2) * 2 / max(1, count - 1)
                turn = side * spread * rng.uniform(0.6, 1.25) + rng.normal(0, 0.1)
                stack.append((x, y, angle + turn, length * rng.uniform(0.68, 0.84), thick * 0.66, left - 1))
    return segments


def leafy(
    rng: np.random.Generator,
    height: int,
    dark: Color,
    lit: Color,
    bark: Color,
    side: float,
    fullness: float = 1.0,
) -> Floats:
    """A broad-leaved tree: a branching trunk and thousands of dabs of leaves, lit from one side and above."""
    width = int(height * 1.5)
    drawn = canvas(height, width)
    h, w = drawn.shape[:2]
    wood = branches(rng, (w / 2, h), rng.normal(0, 0.06), h * 0.235, h * 0.036, 5, 0.52)
    for x0, y0, x1, y1, thick, _ in wood:
        cv2.line(
            drawn,
            _at((x0, y0)),
            _at((x1, y1)),
            ink(times(bark, float(rng.uniform(0.8, 1.1)))),
            max(1, int(thick)),
        )
    tips = np.array([(s[2], s[3]) for s in wood if s[5] <= 1])
    if fullness <= 0 or len(tips) == 0:
        return shrink(drawn)
    center = tips.mean(0)
    reach = np.abs(tips - center).max(0) + 1
    count = int(3400 * fullness)
    at = tips[rng.integers(0, len(tips), count)] + rng.normal(0, h * 0.042, (count, 2))
    local = (at - center) / reach
    light = np.clip(0.45 + 0.30 * local[:, 0] * side - 0.42 * local[:, 1] + rng.normal(0, 0.14, count), 0, 1)
    order = np.argsort(light + rng.normal(0, 0.18, count))
    sizes = h * rng.uniform(0.007, 0.016, count)
    for i in order:
        color = mix(dark, lit, float(light[i]))
        axes = (max(1, int(sizes[i])), max(1, int(sizes[i] * 0.55)))
        cv2.ellipse(
            drawn, _at((at[i, 0], at[i, 1])), axes, float(rng.uniform(0, 180)), 0, 360, ink(color), -1
        )
    return shrink(drawn)


def palm(rng: np.random.Generator, height: int, dark: Color, lit: Color) -> Floats:
    """A palm with arching fronds."""
    width = int(height * 0.8)
    drawn = canvas(height, width)
    h, w = drawn.shape[:2]
    lean = rng.uniform(-0.12, 0.12) * w
    top = np.array([w / 2 + lean, h * 0.27])
    for i in range(40):
        t = i / 40
        x, y = w / 2 + lean * t**1.8, h - (h - top[1]) * t
        cv2.circle(
            drawn,
            _at((x, y)),
            max(1, int(h * (0.017 - 0.007 * t))),
            ink(times(dark, 0.9 + 0.3 * (i % 2))),
            -1,
        )
    for angle in np.linspace(-2.3, 2.3, 13) + rng.normal(0, 0.12, 13):
        length = h * rng.uniform(0.26, 0.34)
        at, heading = top.copy(), angle * 0.8
        for step in range(18):
            t = step / 18
            heading += np.sign(angle) * 0.09 * (0.4 + abs(angle) * 0.3)
            ahead = at + np.array([np.sin(heading), -np.cos(heading)]) * length / 18
            for blade in (-1, 1):
                out = heading + blade * 0.9 + np.sign(angle) * 0.35
                tip = at + np.array([np.sin(out), -np.cos(out)]) * h * 0.075 * np.sin(
                    np.pi * min(1, t * 0.9 + 0.1)
                )
                cv2.line(
                    drawn,
                    _at((at[0], at[1])),
                    _at((tip[0], tip[1])),
                    ink(mix(dark, lit, 0.5 * rng.random())),
                    max(1, int(h * 0.005)),
                )
            cv2.line(drawn, _at((at[0], at[1])), _at((ahead[0], ahead[1])), ink(dark), max(1, int(h * 0.006)))
            at = ahead
    return shrink(drawn)


def grass(
    rng: np.random.Generator,
    sheet: Sheet,
    unit: float,
    *,
    base: Floats,
    tall: float,
    dark: Color,
    lit: Color,
    density: float = 1.0,
    seeds: float = 0.0,
    lean: float = 0.15,
    flowers: tuple[Color, ...] = (),
    filled: bool = True,
) -> None:
    """Blades of grass along a line.

    Args:
        rng: Randomness.
        sheet: Painted on.
        unit: The setting's unit.
        base: (w,) row in pixels from which the blades grow in each column; filled below.
        tall: Length of a blade in units.
        dark: Colour at the root.
        lit: Colour of the lightest blades.
        density: About 1.
        seeds: Share of blades with ears or seed heads.
        lean: How far wind bends them.
        flowers: Colours of flowers among them.
        filled: Whether the ground below the roots is painted too.
    """
    height, width = sheet.pixels.shape[:2]
    top = max(0, int(base.min() - tall * unit * 1.5))
    drawn = np.zeros(((height - top) * 2, width * 2, 4), np.uint8)
    ground = np.stack([np.arange(width) * 2, (base - top) * 2], 1)
    floor = np.concatenate([ground, [[width * 2, drawn.shape[0]], [0, drawn.shape[0]]]]).astype(np.int32)
    if filled:
        cv2.fillPoly(drawn, [floor], ink(dark))
    count = int(width / unit * 620 * density)
    roots = np.sort(rng.uniform(-0.02, 1.02, count) * width)
    rng.shuffle(roots)
    depth = np.sort(rng.random(count))  # later ones stand nearer and lower
    for root, near in zip(roots, depth, strict=True):
        y = float(base[int(np.clip(root, 0, width - 1))]) - top + near * (height - float(base.max())) * 0.8
        long = tall * unit * rng.uniform(0.45, 1.25) * (0.75 + 0.35 * near)
        bend = (rng.normal(lean, 0.32)) * long
        thick = unit * rng.uniform(0.0016, 0.0042) * (0.8 + 0.6 * near)
        color = mix(dark, lit, float(np.clip(rng.beta(1.6, 2.6) * (1.15 - 0.7 * near), 0, 1)))
        t = np.linspace(0, 1, 6)
        xs, ys = root + bend * t**1.9, y - long * t + 0.22 * abs(bend) * t**2.4
        half = thick * (1 - t**1.6)
        blade = np.concatenate([np.stack([xs - half, ys], 1), np.stack([xs + half, ys], 1)[::-1]]) * 2
        cv2.fillPoly(drawn, [(blade * 16).astype(np.int32)], ink(color), cv2.LINE_AA, 4)
        if seeds and rng.random() < seeds:
            for k in range(7):
                s = 0.72 + 0.045 * k
                px, py = root + bend * s**1.9, y - long * s + 0.22 * abs(bend) * s**2.4
                side = (-1) ** k * thick * 1.1
                cv2.ellipse(
                    drawn,
                    _at(((px + side) * 2, py * 2)),
                    (max(1, int(thick * 2.0)), max(1, int(unit * 0.0058))),
                    -25 * (-1) ** k,
                    0,
                    360,
                    ink(mix(color, lit, 0.6)),
                    -1,
                )
        elif flowers and rng.random() < 0.10:
            bloom(
                rng,
                drawn,
                (xs[-1] * 2, ys[-1] * 2),
                unit * 2 * rng.uniform(0.006, 0.014) * (0.6 + near),
                flowers[int(rng.integers(len(flowers)))],
            )
    cel = cv2.resize(drawn, (width, height - top), interpolation=cv2.INTER_AREA).astype(
        np.float32
    ) / np.float32(255)
    sheet.place(cel, top, 0)


def bloom(
    rng: np.random.Generator, drawn: Canvas, at: tuple[float, float], radius: float, color: Color
) -> None:
    """A flower of five to eight petals, drawn on a canvas."""
    petals = int(rng.integers(5, 9))
    turn = rng.uniform(0, 360)
    squash = rng.uniform(0.5, 0.95)
    for petal in range(petals):
        angle = np.radians(turn + petal * 360 / petals)
        middle = (at[0] + np.cos(angle) * radius * 0.6, at[1] + np.sin(angle) * radius * 0.6 * squash)
        tone = times(color, float(rng.uniform(0.78, 1.08)))
        cv2.ellipse(
            drawn,
            _at(middle),
            (max(1, int(radius * 0.6)), max(1, int(radius * 0.33))),
            float(np.degrees(np.arctan2(np.sin(angle) * squash, np.cos(angle)))),
            0,
            360,
            ink(tone),
            -1,
            cv2.LINE_AA,
        )
    cv2.circle(drawn, _at(at), max(1, int(radius * 0.25)), ink((0.98, 0.80, 0.30)), -1, cv2.LINE_AA)


def hanging_branch(
    rng: np.random.Generator, size: int, dark: Color, lit: Color, *, leaves: float = 1.0
) -> Floats:
    """A branch reaching in from the upper left corner, for the front of a picture: (size, size, 4)."""
    drawn = canvas(size, size)
    side = drawn.shape[0]
    for _ in range(3):
        start = (-0.02 * side, side * rng.uniform(0.0, 0.28))
        angle = rng.uniform(1.5, 1.95)
        wood = branches(rng, start, angle, side * 0.26, side * 0.022, 4, 0.55, up=-0.01)
        for x0, y0, x1, y1, thick, left in wood:
            cv2.line(drawn, _at((x0, y0)), _at((x1, y1)), ink(dark), max(1, int(thick)))
            if leaves and left <= 2:
                for _ in range(int(5 * leaves)):
                    u = rng.random()
                    at = (x0 + (x1 - x0) * u, y0 + (y1 - y0) * u)
                    turn = rng.uniform(0.2, 2.9)
                    long = side * rng.uniform(0.016, 0.034)
                    tip = (at[0] + np.cos(turn) * long, at[1] + np.sin(turn) * long)
                    wide = long * 0.24
                    normal = (-np.sin(turn) * wide, np.cos(turn) * wide)
                    middle = ((at[0] + tip[0]) / 2, (at[1] + tip[1]) / 2)
                    leaf = [
                        at,
                        (middle[0] + normal[0], middle[1] + normal[1]),
                        tip,
                        (middle[0] - normal[0], middle[1] - normal[1]),
                    ]
                    cv2.fillPoly(
                        drawn, [np.array(leaf, np.int32)], ink(mix(dark, lit, float(rng.beta(1.3, 3))))
                    )
    return shrink(drawn)
