"""Setting: everything a painter of scenery needs to know; Scene: what it gives back."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.scenery.light import Illumination, illumination
from limelight.shoot.painted.scenery.sheet import Sheet

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Setting:
    """A place, an hour, a weather and a mood, on a plate of a size.

    Attributes:
        width: Of the plate, pixels.
        height: Of the plate, pixels.
        seed: The same seed paints the same picture.
        time: ``dawn``, ``day``, ``dusk`` or ``night``.
        weather: ``clear``, ``cloud``, ``rain``, ``snow``, ``mist`` or ``storm``.
        elements: Names from the catalogue.
        valence: -1 sad .. 1 happy.
        arousal: -1 calm .. 1 wild.
        star_space: The side that a person will cover, or None.
    """

    width: int
    height: int
    seed: int
    time: str = "day"
    weather: str = "clear"
    elements: frozenset[str] = frozenset()
    valence: float = 0.0
    arousal: float = 0.0
    star_space: str | None = None

    def rng(self, part: str) -> np.random.Generator:
        """Randomness for one part of the picture, untouched by what other parts draw."""
        digest = hashlib.sha256(f"{self.seed}/{part}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:8], "big"))

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width)."""
        return self.height, self.width

    @cached_property
    def unit(self) -> float:
        """A length that makes things equally large in every format: 832 on a 1480 x 832 plate."""
        return float(np.sqrt(self.width * self.height) * 0.75)

    @property
    def is_tall(self) -> bool:
        """Whether the picture is taller than wide."""
        return self.height > 1.1 * self.width

    @cached_property
    def x(self) -> Floats:
        """(1, w) in 0..1."""
        return ((np.arange(self.width, dtype=np.float32) + 0.5) / self.width)[None, :]

    @cached_property
    def y(self) -> Floats:
        """(h, 1) in 0..1."""
        return ((np.arange(self.height, dtype=np.float32) + 0.5) / self.height)[:, None]

    @cached_property
    def light(self) -> Illumination:
        """The colours of the hour and the weather."""
        return illumination(self.time, self.weather)

    @cached_property
    def focus(self) -> float:
        """Where the eye should land, 0..1 from the left: on a third, away from the star."""
        jitter = float(self.rng("focus").uniform(-0.035, 0.035))
        if self.star_space == "left":
            return 0.69 + jitter
        if self.star_space == "right":
            return 0.31 + jitter
        side = 0.345 if self.rng("side").random() < 0.5 else 0.655
        if self.star_space == "center":
            side = 0.24 if side < 0.5 else 0.76
        return side + jitter

    def has(self, element: str) -> bool:
        """Whether a thing was asked for."""
        return element in self.elements

    @property
    def is_dark(self) -> bool:
        """Whether it is night."""
        return self.time == "night"


@dataclass(frozen=True)
class Cel:
    """A painted sheet and its depth, 0 far .. 1 near."""

    sheet: Sheet
    depth: float


@dataclass(frozen=True)
class Scene:
    """What a painter made: cels far to near, the first one opaque.

    Attributes:
        cels: Far to near.
        horizon: 0..1 from the top.
        light: Where the light comes from, 0..1 (x, y).
        ground: Where a standing figure's feet would be, 0..1 from the top.
    """

    cels: tuple[Cel, ...]
    horizon: float
    light: tuple[float, float]
    ground: float


Painter = Callable[[Setting], Scene]
