"""The catalogue of what can be filmed: sceneries, things in them, and looks. Data: see ``catalogue.toml``.

Director and cameras both read it, so that what is directed can be drawn.
"""

import tomllib
from functools import cache
from importlib import resources

from pydantic import Field

from limelight.document import Part, Share, Signed


class Scenery(Part):
    """A place that a camera can draw."""

    name: str
    description: str
    """What it shows, in words; the director compares lyrics with it."""
    prompt: str
    """The same for a diffusion model."""
    elements: tuple[str, ...] = ()
    """Things that can be added, each with an entry in ``elements``."""
    times: tuple[str, ...] = ("dawn", "day", "dusk", "night")
    weathers: tuple[str, ...] = ("clear",)


class Element(Part):
    """A thing that can stand in a scenery."""

    name: str
    description: str


class Look(Part):
    """A family of palettes and painting styles for a whole film."""

    name: str
    description: str
    styles: tuple[int, ...]
    """Style numbers of the painting net for scenery, calm to wild."""
    portrait_styles: tuple[int, ...]
    """Style numbers that keep a face recognisable."""
    palettes: dict[str, tuple[str, ...]]
    """Hex colours, dark to light, by mood: ``sad-calm``, ``sad-wild``, ``happy-calm``, ``happy-wild``."""
    tint: Share = 0.38
    """How far the palettes rule over natural colours: 0 not at all, 1 nothing else."""
    brush: Share = 0.78
    """How far scenery is painted over by the net."""
    hold: Share = 0.95
    """How far regions keep their own light and colour, and calm ones their calm: less where strokes are the look."""
    valence: Signed = 0.0
    """With ``arousal``: the mood of a song that this look suits."""
    arousal: Signed = 0.0
    grain: Share = 0.5
    prompt: str = ""


class Catalogue(Part):
    """All of it."""

    sceneries: tuple[Scenery, ...] = Field(min_length=1)
    elements: tuple[Element, ...]
    looks: tuple[Look, ...] = Field(min_length=1)

    def scenery(self, name: str) -> Scenery:
        """Find a scenery; ``KeyError`` if there is none of that name."""
        return {scenery.name: scenery for scenery in self.sceneries}[name]

    def look(self, name: str) -> Look:
        """Find a look; ``KeyError`` if there is none of that name."""
        return {look.name: look for look in self.looks}[name]


@cache
def catalogue() -> Catalogue:
    """The catalogue that comes with Limelight."""
    text = resources.files("limelight").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return Catalogue.model_validate(tomllib.loads(text))
