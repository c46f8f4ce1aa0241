"""Lighting: the scenery's light on a painted person, so that she or he stands in the picture and not on it.

Three things that a cut-out lacks: form (a key light from where the plate's light is, over a relief inflated from
the outline and the face), air (the person's colours move towards the place's), and edges that the background
shines around.
"""

from dataclasses import dataclass

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from limelight.faces.mesh import OVAL
from limelight.shoot.painted.palette import Palette
from limelight.shoot.painted.soft import soften

Sprite = NDArray[np.uint8]
"""``(height, width, 4) uint8``, sRGB, premultiplied."""
Floats = NDArray[np.float32]

SHRINK = 4
"""The relief, the air and the light behind are worked out at this fraction of a sprite's size."""
FACE_CALM, FACE_LIGHT = 0.5, 0.66
"""How far the face is lit evenly, and how brightly: with all of its modelling it is recognised less well."""
FRONTAL = 0.34
"""How much of the key light comes from the camera's side: a face wholly turned from the light is not black."""


@dataclass(frozen=True)
class Light:
    """How the scenery lights a person.

    Attributes:
        direction: From the person towards the light, pixels of any length.
        key: Colour of what is lit, a factor on each channel, about 1.
        shade: Colour of what lies in shadow, a factor on each channel.
        color: Of the rim, sRGB.
        rim: Strength of the rim, 0 to 1; above 1 it grows broader.
        wrap: How far the light behind shines around the edges, 0 to 1.
        behind: ``(height / 4, width / 4, 3) uint8``: what lies behind each place of the sprite, blurred; or None.
        palette: Whose colour table grades the person too, or None.
        grade: How far, 0 to 1: wholly in a black-and-white look, a little elsewhere.
        edge: How far the light behind reaches inwards, in units.
        fade: How far colours fade, 0 to 1: eyes see few of them at night.
        lift: How much longer the face is exposed than all else, a factor.
    """

    direction: tuple[float, float]
    key: tuple[float, float, float]
    shade: tuple[float, float, float]
    color: tuple[int, int, int]
    rim: float = 0.7
    wrap: float = 0.4
    behind: NDArray[np.uint8] | None = None
    palette: Palette | None = None
    grade: float = 0.0
    fade: float = 0.0
    lift: float = 1.0
    edge: float = 0.05


def relight(sprite: Sprite, points: Floats, light: Light, unit: float) -> Sprite:
    """Light a person: key and shadow over a relief, the background around the edges, a rim towards the light.

    Args:
        sprite: Premultiplied.
        points: (478, 2) landmarks in its pixels.
        light: Where from and which colours.
        unit: Distance between the eyes, pixels: the scale of the relief and of the edges.
    """
    height, width = sprite.shape[:2]
    size = (max(2, width // SHRINK), max(2, height // SHRINK))
    shrunk = cv2.resize(sprite[..., 3], size, interpolation=cv2.INTER_AREA)
    alpha = np.asarray(shrunk, np.float32) / np.float32(255)
    marks = np.asarray(points, np.float32) / np.float32(SHRINK)
    small = unit / SHRINK
    towards = _unit(light.direction)
    face = _face(marks, alpha.shape)
    lit = np.asarray(cv2.resize(_lit(alpha, face, towards, small), (width, height)), np.float32)
    gain = np.asarray(cv2.resize(1 + (light.lift - 1) * _around(face, small), (width, height)), np.float32)
    around = np.clip(1 - soften(alpha, light.edge * small), 0, 1) * 1.6
    behind = np.zeros((*alpha.shape, 3), np.uint8) if light.behind is None else light.behind
    if behind.shape[:2] != alpha.shape:
        behind = np.asarray(cv2.resize(behind, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    glow = np.asarray(np.rint(behind * (np.clip(around, 0, 1) * light.wrap)[..., None]), np.uint8)
    out = sprite.copy()
    if light.palette is not None and light.grade > 0:
        _grade(out, light.palette.table, light.grade)
    _relight(
        out, lit, gain, np.asarray(cv2.resize(glow, (width, height)), np.uint8), _rim(sprite[..., 3], towards, unit),
        np.array(light.key, np.float32), np.array(light.shade, np.float32),
        np.array(light.color, np.float32), light.rim, light.fade,
    )  # fmt: skip
    return out


def _unit(direction: tuple[float, float]) -> tuple[float, float]:
    x, y = direction
    length = max(1e-6, float(np.hypot(x, y)))
    return x / length, y / length


def _face(points: Floats, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The face's oval, 0 or 255."""
    face = np.zeros(shape, np.uint8)
    cv2.fillPoly(face, [np.rint(points[list(OVAL)]).astype(np.int32)], 255)
    return face


def _around(face: NDArray[np.uint8], unit: float) -> Floats:
    """The head, 0 to 1: the face and less and less of what lies around; white clothes at night stay in the dark."""
    return np.asarray(np.clip(2.2 * soften(face, 0.7 * unit), 0, 1), np.float32)


def _lit(alpha: Floats, face: NDArray[np.uint8], towards: tuple[float, float], unit: float) -> Floats:
    """How far each place is lit, 0 to 1: Lambert's law on a relief of body and head."""
    body = soften(alpha, 0.55 * unit)
    relief = 1.5 * body * alpha + 1.1 * soften(face, 0.42 * unit) + 0.35 * soften(face, 0.2 * unit)
    across = cv2.Sobel(relief, cv2.CV_32F, 1, 0, ksize=3) / 8 * unit
    down = cv2.Sobel(relief, cv2.CV_32F, 0, 1, ksize=3) / 8 * unit
    length = np.sqrt(across * across + down * down + 1)
    facing = -(across * towards[0] + down * towards[1]) / length
    value = np.clip(0.36 + 0.5 * FRONTAL + 0.85 * soften(facing, 0.05 * unit), 0, 1)
    lit = value * value * (3 - 2 * value)
    calm = FACE_CALM * soften(face, 0.3 * unit)
    return np.asarray(lit + calm * (FACE_LIGHT - lit), np.float32)


def _rim(alpha: NDArray[np.uint8], towards: tuple[float, float], unit: float) -> NDArray[np.uint8]:
    """A thin line of light along the edges that face the light, 0 to 255, and a faint one within it."""
    height, width = alpha.shape
    half = np.asarray(
        cv2.resize(alpha, (max(2, width // 2), max(2, height // 2)), interpolation=cv2.INTER_AREA), np.float32
    )
    half = soften(half / 255, 0.02 * unit)  # single hairs would glitter
    rim = np.zeros_like(half)
    for spread, share in ((0.04, 0.9), (0.14, 0.14)):
        reach = spread * unit / 2
        away = np.array([[1, 0, -towards[0] * reach * 1.4], [0, 1, -towards[1] * reach * 1.4]])
        inner = cv2.warpAffine(soften(half, reach), away, half.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
        rim += share * np.clip(half - inner, 0, 1)
    line = np.asarray(np.clip(rim, 0, 1) * 255, np.uint8)
    return np.asarray(cv2.resize(line, (width, height)), np.uint8)


@numba.njit(cache=True, nogil=True)
def _grade(sprite: Sprite, table: Floats, share: float) -> None:
    """Move colours towards a (n, n, n, 3) colour table, nearest node plus the colour's own remainder, in place."""
    last = np.float32(table.shape[0] - 1)
    part = np.float32(share)
    for y in range(sprite.shape[0]):
        for x in range(sprite.shape[1]):
            if sprite[y, x, 3] == 0:
                continue
            alpha = np.float32(sprite[y, x, 3])
            r = min(np.float32(1), np.float32(sprite[y, x, 0]) / alpha)
            g = min(np.float32(1), np.float32(sprite[y, x, 1]) / alpha)
            b = min(np.float32(1), np.float32(sprite[y, x, 2]) / alpha)
            i, j, k = (
                int(r * last + np.float32(0.5)),
                int(g * last + np.float32(0.5)),
                int(b * last + np.float32(0.5)),
            )
            rest = ((r * last - i) + (g * last - j) + (b * last - k)) / (np.float32(3) * last)
            for c in range(3):
                own = np.float32(sprite[y, x, c]) / alpha
                aim = min(np.float32(1), max(np.float32(0), table[i, j, k, c] + rest))
                sprite[y, x, c] = np.uint8((own + (aim - own) * part) * alpha + np.float32(0.5))


@numba.njit(cache=True, nogil=True)
def _relight(  # noqa: PLR0917 - compiled: positions only
    sprite: Sprite,
    lit: Floats,
    gain: Floats,
    glow: NDArray[np.uint8],
    rim: NDArray[np.uint8],
    key: Floats,
    shade: Floats,
    color: Floats,
    strength: float,
    fade: float,
) -> None:
    """Colours faded, shadow to key by ``lit``, then the light behind screened on, then the rim, in place."""
    full, half = np.float32(255), np.float32(0.5)
    part = np.float32(strength) / full
    for y in range(sprite.shape[0]):
        for x in range(sprite.shape[1]):
            if sprite[y, x, 3] == 0:
                continue
            alpha = np.float32(sprite[y, x, 3]) / full
            share = min(np.float32(1), np.float32(rim[y, x]) * part)
            level = lit[y, x]
            grey = np.float32(0.3) * sprite[y, x, 0] + np.float32(0.59) * sprite[y, x, 1]
            grey = np.float32(fade) * (grey + np.float32(0.11) * sprite[y, x, 2])
            for c in range(3):
                own = np.float32(sprite[y, x, c]) * np.float32(1 - fade) + grey
                value = own * (shade[c] + (key[c] - shade[c]) * level) * gain[y, x]
                value = min(full * alpha, value)
                value += (full * alpha - value) * (np.float32(glow[y, x, c]) / full)
                gap = color[c] * alpha - value
                if gap > 0:
                    value += gap * share
                sprite[y, x, c] = np.uint8(min(full * alpha, value) + half)
