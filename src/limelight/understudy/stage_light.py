"""Lights and backdrops."""

# mypy: disable-error-code="no-any-return"
# numpy's stubs answer Any for arithmetic on real arrays of unstated width

import functools

import cv2
import numpy as np

from limelight.errors import SettingsError
from limelight.understudy.anatomy import Floats

LIGHTS: dict[str, tuple[tuple[float, ...], ...]] = {
    # key, its colour, fill, its colour, rim, its colour, sky, ground
    "soft": (
        (-0.55, 0.55, 0.80),
        (0.92, 0.86, 0.78),
        (0.7, 0.05, 0.75),
        (0.16, 0.17, 0.20),
        (0.75, 0.45, -0.65),
        (0.55, 0.56, 0.60),
        (0.24, 0.25, 0.28),
        (0.13, 0.115, 0.10),
    ),
    "warm": (
        (-0.60, 0.50, 0.75),
        (1.02, 0.84, 0.64),
        (0.7, 0.0, 0.7),
        (0.12, 0.13, 0.18),
        (0.8, 0.4, -0.6),
        (0.75, 0.50, 0.30),
        (0.20, 0.19, 0.20),
        (0.13, 0.10, 0.075),
    ),
    "cool": (
        (0.55, 0.55, 0.80),
        (0.80, 0.88, 0.96),
        (-0.7, 0.05, 0.75),
        (0.19, 0.17, 0.15),
        (-0.75, 0.45, -0.65),
        (0.62, 0.52, 0.42),
        (0.22, 0.25, 0.30),
        (0.11, 0.11, 0.12),
    ),
    "flat": (
        (-0.10, 0.35, 0.95),
        (0.62, 0.60, 0.58),
        (0.3, 0.0, 0.95),
        (0.22, 0.22, 0.22),
        (0.0, 0.8, -0.6),
        (0.15, 0.15, 0.15),
        (0.30, 0.30, 0.31),
        (0.20, 0.19, 0.18),
    ),
}
BACKDROPS = ("studio", "room", "flat")


def rig(name: str) -> Floats:
    """Light rig (8, 3) for the kernels; see `shade.KEY` and the rest.

    Raises:
        SettingsError: no rig has this name.
    """
    if name not in LIGHTS:
        raise SettingsError(
            f"there is no light {name!r}; there are {', '.join(LIGHTS)}.", hint="Choose one of these."
        )
    rows = np.array(LIGHTS[name], np.float32)
    for row in (0, 2, 4):
        rows[row] /= np.linalg.norm(rows[row])
    return rows


@functools.lru_cache(maxsize=8)
def backdrop(name: str, width: int, height: int, seed: int) -> Floats:
    """Linear picture (height, width, 3) of what is behind the person.

    Raises:
        SettingsError: no backdrop has this name.
    """
    if name not in BACKDROPS:
        raise SettingsError(
            f"there is no backdrop {name!r}; there are {', '.join(BACKDROPS)}.", hint="Choose one of these."
        )
    rng = np.random.default_rng([seed, 5])
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = (x - width / 2) / height, y / height
    if name == "flat":
        return np.full((height, width, 3), 0.36, np.float32)
    hue = np.array([(0.30, 0.33, 0.36), (0.36, 0.32, 0.28), (0.28, 0.33, 0.31)][seed % 3], np.float32)
    if name == "studio":
        glow = np.exp(-((x + 0.1) ** 2 + (y - 0.5) ** 2) / 0.35)
        picture = hue * (0.35 + 0.75 * glow)[..., None]
    else:
        picture = _room(x, y, hue, rng, height)
    picture = picture * (1 + 0.01 * rng.standard_normal((height, width, 1)))
    return np.ascontiguousarray(picture, np.float32)


def _room(x: Floats, y: Floats, hue: Floats, rng: np.random.Generator, height: int) -> Floats:
    """A room out of focus: wall, window or lamp, shelves of books, a plant."""
    picture = hue * (0.62 - 0.25 * y + 0.15 * x)[..., None]
    side = 1 if rng.random() < 0.5 else -1
    window = (np.abs(x - side * 0.62) < 0.20) & (y < 0.62)
    picture[window] = np.array([0.95, 0.98, 1.05]) * 0.95
    picture[(np.abs(x - side * 0.62) < 0.012) & (y < 0.62)] = 0.45
    shelf = -side * 0.62
    inside = np.abs(x - shelf) < 0.30
    picture[inside] = np.array([0.10, 0.065, 0.045])
    for row in range(6):
        top = 0.02 + row * 0.17
        left = shelf - 0.29
        while left < shelf + 0.27:
            thick, tall = 0.016 + 0.022 * rng.random(), 0.09 + 0.05 * rng.random()
            book = (x > left) & (x < left + thick) & (y > top + 0.15 - tall) & (y < top + 0.15)
            colour = np.array(
                [
                    [0.40, 0.14, 0.10],
                    [0.12, 0.22, 0.32],
                    [0.45, 0.36, 0.18],
                    [0.14, 0.26, 0.17],
                    [0.48, 0.44, 0.38],
                ]
            )
            picture[book] = colour[rng.integers(5)] * (0.5 + 0.7 * rng.random())
            left += thick + 0.003
    plant = np.hypot((x - side * 0.45) / 0.12, (y - 0.82) / 0.22) + 0.25 * np.sin(18 * x + 25 * y) < 1
    picture[plant] = np.array([0.05, 0.14, 0.06])
    lamp = np.exp(-((x - shelf * 0.55) ** 2 + (y - 0.25) ** 2) / 0.02)
    picture = picture + lamp[..., None] * np.array([0.55, 0.36, 0.16])
    return cv2.GaussianBlur(picture.astype(np.float32), (0, 0), height / 36)


@functools.cache
def tone_curve() -> Floats:
    """SRGB code (0-255) for linear light 0 to 4 in 4096 steps, with a soft shoulder from .55 up."""
    return _codes(np.linspace(0, 4, 4096))


def develop(light: Floats) -> Floats:
    """The same curve, finer in the shadows: sRGB codes 0 to 255, not rounded, of linear light 0 to 4 (any shape)."""
    steps = np.sqrt(np.clip(light, 0, 4)) * np.float32((len(_fine_curve()) - 1) / 2)
    return _fine_curve()[(steps + 0.5).astype(np.int32)]


@functools.cache
def _fine_curve() -> Floats:
    return _codes(4 * np.linspace(0, 1, 8192) ** 2) - np.float32(0.5)


def _codes(light: Floats) -> Floats:
    soft = np.where(light < 0.55, light, 0.55 + 0.45 * np.tanh((light - 0.55) / 0.62))
    code = np.where(soft <= 0.0031308, 12.92 * soft, 1.055 * soft ** (1 / 2.4) - 0.055)
    return (np.clip(code, 0, 1) * 255 + 0.5).astype(np.float32)
