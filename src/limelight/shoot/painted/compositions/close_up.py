"""Close-up: the star sings in front of the scenery, at a third, in its light; from the bust to the eyes alone.

Three sizes share one file: medium (low in a wide view), close-up, and extreme close-up.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from limelight.shoot.painted.blend import Canvas
from limelight.shoot.painted.finish import Recipe
from limelight.shoot.painted.multiplane import FOCUS
from limelight.shoot.painted.staging import Place, Staging
from limelight.shoot.painted.standing import LOWEST, Ensemble, stand
from limelight.shoot.painted.veil import Veil
from limelight.shoot.painted.words import Verses


@dataclass(frozen=True)
class Lens:
    """How near the camera is.

    Attributes:
        blur: Of the scenery, share of the picture's shorter side.
        top: Where mist begins, share of the height.
        mist: Opacity of the mist at the lower edge.
        front: Whether the nearest layers are drawn once more, large and out of focus.
        share: How much of the camera's move the scenery makes.
    """

    blur: float
    top: float
    mist: float
    front: bool
    share: float


class _Portrait(ABC):
    """What the three sizes have in common."""

    recipe = Recipe(bloom=0.36, vignette=0.32)
    lens = Lens(0.0042, 0.8, 0.3, front=False, share=1.0)

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        self._ensemble = Ensemble(staging, self._places(staging))
        self._planes = staging.unfocused(self.lens.blur) if staging.actors else staging.planes
        self._veil = (
            Veil(staging, top=self.lens.top, most=self.lens.mist, front=self.lens.front)
            if staging.actors and self.lens.mist
            else None
        )
        box, align = _box(staging)
        self._verses = Verses(staging.words, "sans-heavy", box, align, 0.1 * staging.short)
        self._inks = staging.inks(box)

    @staticmethod
    @abstractmethod
    def _places(staging: Staging) -> tuple[Place, ...]:
        """Where the actors stand, and how large."""

    def draw(self, canvas: Canvas, frame: int) -> None:
        """Back layers, star, near layers, mist, words."""
        staging = self._staging
        view = staging.view(frame, share=self.lens.share)
        self._planes.draw(canvas, view, depths=(-1, FOCUS))
        staging.fly(canvas, frame, near=False)
        self._ensemble.draw(canvas, frame)
        self._planes.draw(canvas, view, depths=(FOCUS, 2))
        if self._veil is not None:
            self._veil.draw(canvas, frame)
        staging.fly(canvas, frame, near=True)
        inks = self._inks
        self._verses.draw(canvas, frame, inks.ink, inks.lit, shadow=inks.shadow)


class CloseUp(_Portrait):
    """One star at a third, two stars side by side, or the scenery alone."""

    @staticmethod
    def _places(staging: Staging) -> tuple[Place, ...]:
        return stand(staging, staging.actors, head=0.165, eyes=0.43)


class Medium(_Portrait):
    """The star to the chest in a wide view, leaving the picture below: the place is as large as she or he is."""

    lens = Lens(0.0016, 0.78, 0.5, front=True, share=1.15)

    @staticmethod
    def _places(staging: Staging) -> tuple[Place, ...]:
        width, height = staging.size
        pair = len(staging.actors) > 1
        off = 0.16 if pair else 0.2 if staging.is_broad else 0.1
        places = []
        for index, actor in enumerate(staging.actors):
            unit = min(0.108 * height, (0.1 if pair else 0.15) * width)
            reach = actor.below
            y = max(0.5 * height, 1.02 * height - reach * unit)
            if y > LOWEST * height:  # the bust is short: come nearer
                y = LOWEST * height
                unit = (1.02 * height - y) / reach
            sign = -1 if (index == 0 if pair else staging.side == "left") else 1
            places.append(Place(width * (0.5 + sign * off), y, unit))
        return tuple(places)


class ExtremeCloseUp(_Portrait):
    """Eyes and lips fill the picture."""

    recipe = Recipe(bloom=0.42, vignette=0.42)
    lens = Lens(0.011, 1.0, 0.0, front=False, share=0.7)

    @staticmethod
    def _places(staging: Staging) -> tuple[Place, ...]:
        width, height = staging.size
        if len(staging.actors) > 1:
            return stand(staging, staging.actors, head=0.24, eyes=0.42, room=0.165)
        unit = min(0.31 * height, (0.29 if staging.is_tall else 0.4) * width)
        off = 0.085 * width * (-1 if staging.side == "left" else 1) if staging.is_broad else 0.0
        # captions: over chin and neck, in upright pictures over the hair; never over lips or brow
        y = (0.335 if staging.is_broad else 0.5 if staging.is_tall else 0.3) * height
        return tuple(Place(width / 2 + off, y, unit) for _ in staging.actors)


def _box(staging: Staging) -> tuple[tuple[float, float, float, float], str]:
    """Where words go: on the side where nobody stands."""
    width, height = staging.size
    if staging.actors and staging.is_broad and len(staging.actors) == 1:
        left = 0.07 if staging.side == "right" else 0.6
        return (left * width, 0.16 * height, 0.33 * width, 0.6 * height), "left"
    return (0.08 * width, (0.8 if staging.is_tall else 0.74) * height, 0.84 * width, 0.17 * height), "center"
