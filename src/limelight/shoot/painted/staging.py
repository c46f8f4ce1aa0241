"""Staging: everything a composition is given for one shot."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.actor import Actor
from limelight.shoot.painted.blend import Canvas, Color
from limelight.shoot.painted.finish import Recipe
from limelight.shoot.painted.lighting import SHRINK, Light
from limelight.shoot.painted.motion import Motion
from limelight.shoot.painted.multiplane import Multiplane, View
from limelight.shoot.painted.palette import Palette
from limelight.shoot.painted.particles import Particles
from limelight.shoot.painted.plates import Plate
from limelight.shoot.painted.words import Inks, TimedWord, inks_on
from limelight.storyboard import Imagery

MIDDLE_SKIN, MOST_LIFT = 0.5, 1.5
"""A face darker than this is exposed longer, as a photographer would, by this factor at most."""
HAZE = 8
"""The scenery's shed light is worked out at this fraction of its size."""


@dataclass(frozen=True)
class Place:
    """Where an actor's eyes are, and how far apart, in pixels of the picture."""

    x: float
    y: float
    unit: float


@dataclass(frozen=True)
class Staging:
    """One shot, ready to be composed.

    Attributes:
        size: Width and height of the picture.
        fps: Frames a second.
        frames: Length of the shot.
        seed: Of everything that is left to chance.
        side: ``left`` or ``right``: where the star stands in an asymmetric picture.
        valence: -1 to 1.
        arousal: -1 to 1.
        plate: The painted scenery.
        actors: None, one or two.
        motion: Of camera and heads.
        words: To be drawn in the picture; empty if the cut draws them or nobody does.
        imagery: What the scenery shows, for what moves in its air.
    """

    size: tuple[int, int]
    fps: float
    frames: int
    seed: int
    side: str
    valence: float
    arousal: float
    plate: Plate
    actors: tuple[Actor, ...]
    motion: Motion
    words: tuple[TimedWord, ...]
    imagery: Imagery

    @property
    def palette(self) -> Palette:
        """The shot's colours."""
        return self.plate.palette

    @property
    def short(self) -> int:
        """The picture's shorter side, pixels."""
        return min(self.size)

    @property
    def is_tall(self) -> bool:
        """Whether the picture is upright."""
        return self.size[1] > 1.2 * self.size[0]

    @property
    def is_broad(self) -> bool:
        """Whether the picture lies."""
        return self.size[0] > 1.2 * self.size[1]

    @cached_property
    def planes(self) -> Multiplane:
        """The plate, ready to be moved."""
        return Multiplane(self.plate, self.size)

    def unfocused(self, blur: float) -> Multiplane:
        """The plate through a lens that is focused on the star; ``blur`` is a share of the picture's shorter side."""
        return Multiplane(self.plate, self.size, blur * self.short)

    def view(self, frame: int, *, zoom: float = 0.0, share: float = 1.0) -> View:
        """The camera in a frame; ``zoom`` is added, ``share`` scales the move."""
        motion = self.motion
        return View(
            zoom + share * float(motion.zoom[frame]),
            share * float(motion.pan[frame]) + float(motion.sway[frame, 0]) * 0.5,
            share * float(motion.tilt[frame]) + float(motion.sway[frame, 1]) * 0.5,
            float(motion.pulse[frame]) * (0.5 + 0.5 * max(0.0, self.arousal)),
        )

    def lights(self, places: Sequence[Place]) -> list[Light]:
        """The scenery's light on each actor at her or his place."""
        return [self.light_on(actor, spot) for actor, spot in zip(self.actors, places, strict=False)]

    def light_on(self, actor: Actor, spot: Place) -> Light:
        """The scenery's light on an actor whose eyes are at a place."""
        width, height = self.size
        towards = (self.plate.light[0] * width - spot.x, self.plate.light[1] * height - spot.y)
        palette = self.palette
        red, green, blue = palette.accent
        grey = 1 - min(1.0, (max(red, green, blue) - min(red, green, blue)) / 90)
        behind = self._behind(actor, spot)
        key, shade = exposure_in(behind.reshape(-1, 3).mean(axis=0), self._sun, self.brightness)
        lift = float(np.clip(np.sqrt(MIDDLE_SKIN / max(0.05, actor.lightness)), 1.0, MOST_LIFT))
        return Light(
            towards,
            key,
            shade,
            palette.color(0.93),
            rim=0.75,
            wrap=0.36,
            lift=lift,
            behind=behind,
            palette=palette,
            grade=0.2 + 0.75 * grey,
            fade=float(np.clip(0.42 - 0.55 * self.brightness, 0.08, 0.34)),
        )

    @cached_property
    def sun_color(self) -> Color:
        """The colour of a sun or moon of this scenery: its light's, as bright as can be."""
        red, green, blue = (
            round(float(value))
            for value in 0.35 * np.array(self.palette.color(0.97))
            + 0.65 * self._sun * (235 / max(48.0, float(self._sun.max())))
        )
        return red, green, blue

    @cached_property
    def _sun(self) -> NDArray[np.float64]:
        """The colour of the scenery around its light, 0 to 255."""
        height, width = self.haze.shape[:2]
        x = int(np.clip(self.plate.light[0], 0.02, 0.98) * (width - 1))
        y = int(np.clip(self.plate.light[1], 0.02, 0.98) * (height - 1))
        near = max(1, height // 12)
        around = self.haze[max(0, y - near) : y + near + 1, max(0, x - near) : x + near + 1]
        return np.asarray(np.quantile(around.reshape(-1, 3), 0.8, axis=0), np.float64)

    def _behind(self, actor: Actor, spot: Place) -> NDArray[np.uint8]:
        """What lies behind an actor, blurred, in a quarter of the sprite's pixels."""
        matrix = actor.matrix(spot.x, spot.y, spot.unit)
        x, y = (self.plate.size[0] - self.size[0]) / 2, (self.plate.size[1] - self.size[1]) / 2
        to_plate = np.vstack([matrix, [0, 0, 1]])
        to_plate[:2, 2] += (x, y)
        shrunk = np.diag([1 / HAZE, 1 / HAZE, 1]) @ to_plate @ np.diag([SHRINK, SHRINK, 1])
        columns, rows = actor.performance.whole
        return np.asarray(
            cv2.warpAffine(
                self.haze,
                shrunk[:2],
                (max(2, columns // SHRINK), max(2, rows // SHRINK)),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            ),
            np.uint8,
        )

    @cached_property
    def haze(self) -> NDArray[np.uint8]:
        """The scenery blurred, at 1/8 of its size: the light that it sheds."""
        flat = self.flat
        size = (flat.shape[1] // HAZE, flat.shape[0] // HAZE)
        small = cv2.resize(flat, size, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.GaussianBlur(small, (0, 0), max(1.0, size[1] / 22)), np.uint8)

    @cached_property
    def developer(self) -> NDArray[np.uint8]:
        """(256,) look-up that prints the scenery at middle lightness, for pictures cut out of it."""
        gamma = float(np.clip(np.log(0.48) / np.log(np.clip(self.brightness, 0.05, 0.95)), 0.62, 1.5))
        return np.asarray(np.rint(255 * (np.arange(256) / 255) ** gamma), np.uint8)

    @cached_property
    def brightness(self) -> float:
        """Mean lightness of the scenery, 0 to 1."""
        return float(self.plate.layers[0].rgba[::16, ::16, :3].mean()) / 255

    def fly(self, canvas: Canvas, frame: int, *, near: bool) -> None:
        """Draw what moves in the air: behind the star (birds, twinkling stars) or in front (rain, snow, dust)."""
        for particles in self._air[near]:
            particles.draw(canvas, frame / self.fps, 1 / self.fps)

    @cached_property
    def _air(self) -> tuple[list[Particles], list[Particles]]:
        amount = 0.8 + 0.5 * (self.arousal + 1) / 2
        behind, front = (
            [Particles(kind, self.size, self.seed, amount=amount) for kind in kinds]
            for kinds in air_of(self.imagery, self.arousal)
        )
        return behind, front

    def inks(self, box: tuple[float, float, float, float]) -> Inks:
        """Colours of words in a box (left, top, width, height, pixels) in front of the scenery."""
        flat = self.flat
        x, y = ((flat.shape[1] - self.size[0]) // 2, (flat.shape[0] - self.size[1]) // 2)
        left, top, width, height = (round(value) for value in box)
        behind = flat[y + top : y + top + height, x + left : x + left + width]
        return inks_on(behind, self.palette.accent, self.palette.color(0))

    @cached_property
    def flat(self) -> NDArray[np.uint8]:
        """The scenery unmoved, ``(height, width, 3)``, larger than the picture."""
        return self.plate.flat()

    @cached_property
    def random(self) -> np.random.Generator:
        """Chance of this shot: draw from it only while a composition is made, in a fixed order."""
        return np.random.default_rng(self.seed)


def exposure_in(
    air: NDArray[np.floating], sun: NDArray[np.floating], brightness: float
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Factors on a person's colours in the light and in the shadow of a place.

    Args:
        air: Mean colour around the person, 0 to 255.
        sun: Colour of the place where its light is, 0 to 255.
        brightness: Of the whole place, 0 to 1.

    Returns:
        Key and shade, a factor for each channel.
    """
    level = float(np.clip(0.66 + 0.6 * brightness, 0.7, 1.02))
    light = np.asarray(sun, np.float64) / max(48.0, float(np.max(sun)))
    cool = np.asarray(air, np.float64) / max(24.0, float(np.max(air)))
    key = 1.24 * level * (0.5 + 0.5 * light)
    shade = level * (0.46 + 0.3 * brightness) * (0.34 + 0.66 * cool)
    return _three(key), _three(shade)


def _three(values: NDArray[np.float64]) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in values)
    return red, green, blue


def air_of(imagery: Imagery, arousal: float) -> tuple[list[str], list[str]]:
    """Kinds of particles behind and in front of the star."""
    things, weather = set(imagery.elements), imagery.weather
    behind: list[str] = [kind for kind in ("birds", "stars") if kind in things]
    if imagery.scenery == "night-sky" and "stars" not in behind:
        behind.append("stars")
    front = {"rain": ["rain"], "storm": ["rain"], "snow": ["snow"]}.get(weather, [])
    if "fireflies" in things:
        front.append("fireflies")
    if "flowers" in things and imagery.scenery != "interior":
        front.append("petals")
    if not front:
        front.append("embers" if arousal > 0.35 or imagery.scenery == "neon-grid" else "dust")
    return behind, front


class Composed(Protocol):
    """A shot being drawn."""

    recipe: Recipe

    def draw(self, canvas: Canvas, frame: int) -> None:
        """Draw one frame over the whole canvas."""
        ...


def shade(color: Color, factor: float) -> Color:
    """A colour made darker (below 1) or lighter (above)."""
    red, green, blue = (int(np.clip(round(value * factor), 0, 255)) for value in color)
    return red, green, blue
