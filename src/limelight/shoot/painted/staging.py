"""Staging: everything a composition is given for one shot."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.actor import Actor, Light
from limelight.shoot.painted.blend import Canvas, Color
from limelight.shoot.painted.finish import Recipe
from limelight.shoot.painted.motion import Motion
from limelight.shoot.painted.multiplane import Multiplane, View
from limelight.shoot.painted.palette import Palette
from limelight.shoot.painted.particles import Particles
from limelight.shoot.painted.plates import Plate
from limelight.shoot.painted.words import Inks, TimedWord, inks_on
from limelight.storyboard import Imagery


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

    def view(self, frame: int, *, zoom: float = 0.0, share: float = 1.0) -> View:
        """The camera in a frame; ``zoom`` is added, ``share`` scales the move."""
        motion = self.motion
        return View(
            zoom + share * float(motion.zoom[frame]),
            share * float(motion.pan[frame]) + float(motion.sway[frame, 0]) * 0.5,
            share * float(motion.tilt[frame]) + float(motion.sway[frame, 1]) * 0.5,
            float(motion.pulse[frame]) * (0.5 + 0.5 * max(0.0, self.arousal)),
        )

    def light_on(self, x: float, y: float) -> Light:
        """The scenery's light on a person whose face is at (x, y) pixels."""
        width, height = self.size
        at = (self.plate.light[0] * width - x, self.plate.light[1] * height - y)
        exposure = 0.92 + 0.22 * self.brightness
        palette = self.palette
        red, green, blue = palette.accent
        grey = 1 - min(1.0, (max(red, green, blue) - min(red, green, blue)) / 90)
        return Light(
            at,
            palette.color(0.93),
            palette.color(0.35),
            exposure=exposure,
            palette=palette,
            grade=0.22 + 0.7 * grey,
        )

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


@dataclass(frozen=True)
class Place:
    """Where an actor's eyes are, and how far apart, in pixels of the picture."""

    x: float
    y: float
    unit: float


def stand(
    staging: Staging, actors: Sequence[Actor], *, head: float, eyes: float, spread: float | None = None
) -> tuple[Place, ...]:
    """Places for one or two actors who are cut by the picture's lower edge, never above the shoulders.

    Args:
        staging: Gives size and side.
        actors: Who.
        head: Wished distance between the eyes as a share of the picture's height.
        eyes: Wished height of the eyes as a share of the picture's height, from the top.
        spread: Distance from the middle as a share of the width; thirds if not given.
    """
    width, height = staging.size
    pair = len(actors) > 1
    room = 0.105 if pair and not staging.is_tall else 0.13 if pair else 0.2
    unit = min(head * height, room * width * (1.25 if not staging.is_broad else 1.0))
    off = spread if spread is not None else (0.23 if pair else 0.155 if staging.is_broad else 0.0)
    sign = -1 if staging.side == "left" else 1
    places = []
    for index, actor in enumerate(actors[:2]):
        below = actor.below - 0.3
        y = (
            max(eyes * height, 1.02 * height - below * unit)
            if below * unit < (1.02 - eyes) * height
            else eyes * height
        )
        grown = unit
        if y > 0.62 * height:  # the footage ends high: come nearer instead of sinking out of the picture
            y = 0.55 * height
            grown = (1.02 * height - y) / below
        side = sign if not pair else (-1 if index == 0 else 1)
        places.append(Place(width * (0.5 + side * off), y, grown))
    return tuple(places)


def silhouette(sprite: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The coverage of a sprite."""
    return np.ascontiguousarray(sprite[..., 3])


def shade(color: Color, factor: float) -> Color:
    """A colour made darker (below 1) or lighter (above)."""
    red, green, blue = (int(np.clip(round(value * factor), 0, 255)) for value in color)
    return red, green, blue
