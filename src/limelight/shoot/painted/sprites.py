"""Sprites: painted drawings of a star, kept sealed beside the likeness and nowhere else."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.catalogue import Look
from limelight.shoot.painted import portrait
from limelight.shoot.painted.brush import Brush
from limelight.shoot.painted.palette import palette_of
from limelight.shoot.painted.performance import KEPT_AS, Performance, performance_of
from limelight.vault import Likeness

if TYPE_CHECKING:
    from limelight.faces.matte import Matter

Sprite = NDArray[np.uint8]

MOST_OPEN = 96
"""Sprites kept decoded in memory, about 2.5 MB each."""


@dataclass(frozen=True)
class Coat:
    """How a sprite is painted: its style and the colour behind the person while painting."""

    style: int
    background: tuple[int, int, int]
    strength: float

    def __str__(self) -> str:
        red, green, blue = self.background
        return f"{self.style}-{red:02x}{green:02x}{blue:02x}-{round(self.strength * 100)}"

    @classmethod
    def parse(cls, text: str) -> "Coat":
        """The reverse of ``str``."""
        style, color, strength = text.split("-")
        red, green, blue = bytes.fromhex(color)
        return cls(int(style), (red, green, blue), int(strength) / 100)


def coat_of(look: Look, valence: float, arousal: float, strength: float) -> Coat:
    """The coat of a shot: few different ones in a film, so that most sprites are shared.

    Calm shots take the look's first portrait style, wild ones its second; the background is the look's for the
    nearest of four moods.
    """
    wild = arousal > 0.15 and len(look.portrait_styles) > 1
    mood = palette_of(look, 0.6 if valence >= 0 else -0.6, 0.5 if wild else -0.5)
    return Coat(look.portrait_styles[1 if wild else 0], mood.color(0.45), round(strength, 2))


class Wardrobe:
    """Paints, keeps and hands out sprites; models load when first needed and are freed by :meth:`close`."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[str, str], Sprite] = OrderedDict()
        self._performances: dict[str, Performance] = {}
        self._models = ExitStack()
        self._tools: tuple[Brush, Matter] | None = None

    def close(self) -> None:
        """Free models and forget all sprites."""
        self._models.close()
        self._tools = None
        self._open.clear()
        self._performances.clear()

    def brush(self) -> Brush:
        """The painting net, loaded."""
        return self._load()[0]

    def performance(self, likeness: Likeness) -> Performance:
        """The star's drawings; analysed if nobody did yet."""
        if likeness.digest not in self._performances:
            self._performances[likeness.digest] = performance_of(likeness)
        return self._performances[likeness.digest]

    def has_performance(self, likeness: Likeness) -> bool:
        """Whether the star's footage has been analysed."""
        return likeness.digest in self._performances or likeness.recall(KEPT_AS) is not None

    def missing(self, likeness: Likeness, coat: Coat, drawings: Sequence[int]) -> list[int]:
        """Which of the drawings have not been painted yet."""
        performance = self.performance(likeness)
        return [
            drawing
            for drawing in drawings
            if likeness.recall(sprite_name(performance, drawing, coat)) is None
        ]

    def sprite(self, likeness: Likeness, coat: Coat, drawing: int) -> Sprite:
        """A painted sprite: from memory, from beside the likeness, or painted now.

        Raises:
            ConsentError: as the likeness raises.
        """
        performance = self.performance(likeness)
        name = sprite_name(performance, drawing, coat)
        key = (likeness.digest, name)
        if key not in self._open:
            kept = likeness.recall(name)
            self._open[key] = self._paint(likeness, coat, drawing) if kept is None else decode(kept)
            if len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)
        self._open.move_to_end(key)
        return self._open[key]

    def _paint(self, likeness: Likeness, coat: Coat, drawing: int) -> Sprite:
        performance = self.performance(likeness)
        brush, matter = self._load()
        source = likeness.footage.frame(int(performance.frames[drawing]))
        sprite = portrait.paint_portrait(
            source, matter.alpha(source), performance, drawing, background=coat.background, style=coat.style,
            strength=coat.strength, brush=brush,
        )  # fmt: skip
        likeness.keep(sprite_name(performance, drawing, coat), encode(sprite))
        return sprite

    def _load(self) -> tuple[Brush, "Matter"]:
        if self._tools is None:
            from limelight.faces.matte import Matter  # noqa: PLC0415

            self._tools = (self._models.enter_context(Brush()), self._models.enter_context(Matter()))
        return self._tools


def sprite_name(performance: Performance, drawing: int, coat: Coat) -> str:
    """The name under which a sprite is kept: other recipes have other names."""
    recipe = f"{portrait.VERSION}/{Brush().digest}/{KEPT_AS}/{int(performance.frames[drawing])}/{coat}"
    return f"painted-sprite-{hashlib.sha256(recipe.encode()).hexdigest()[:24]}"


def encode(sprite: Sprite) -> bytes:
    """PNG, fast and lossless."""
    return bytes(cv2.imencode(".png", sprite, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes())


def decode(content: bytes) -> Sprite:
    """The reverse of :func:`encode`."""
    return np.asarray(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED), np.uint8)
