"""Re-direction: other ways to draw a shot that was refused, ever plainer. Same shot, same ways."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from limelight.catalogue import Look, Scenery, catalogue
from limelight.guard.screening import Picture
from limelight.storyboard import CaptionStyle, Composition, Format, Imagery, Move, Shot

AS_DIRECTED, PLAIN = "as directed", "a plain colour"


@dataclass(frozen=True)
class Way:
    """One way to draw a shot."""

    name: str
    shot: Shot
    by_camera: bool = True
    """Whether a camera draws it; else :func:`plain` does."""


def ways(shot: Shot) -> Iterator[Way]:
    """As directed; another picture of it; another place and composition; scenery alone; a plain colour.

    Times, section, words and transitions stay, so that the film fits together whichever way is taken. A prompt of
    one's own is not kept: its author's words have led to what was refused.
    """
    yield Way(AS_DIRECTED, shot)
    yield Way("another picture", shot.model_copy(update={"seed": shot.seed ^ 1, "prompt": ""}))
    places = _other_places(shot)
    composition = Composition.CLOSE_UP if shot.stars else Composition.WIDE
    yield Way("another place", _elsewhere(shot, places[0], composition, shot.seed ^ 1))
    scenery = _elsewhere(shot, places[1], Composition.WIDE, shot.seed)
    yield Way("scenery alone", scenery.model_copy(update={"stars": (), "move": Move.HOLD}))
    bare = {"stars": (), "composition": Composition.WIDE, "move": Move.HOLD, "captions": _karaoke(shot)}
    yield Way(PLAIN, shot.model_copy(update={**bare, "prompt": ""}), by_camera=False)


def plain(shot: Shot, size: Format) -> Iterator[Picture]:
    """The shot's frames without any drawing: the darkest two colours of its look, one above the other."""
    dark, other = _colours(shot.look)
    share = np.linspace(0, 1, size.height, dtype=np.float32)[:, None, None]
    column = (
        (np.array(dark, np.float32) * (1 - share) + np.array(other, np.float32) * share)
        .round()
        .astype(np.uint8)
    )
    picture = np.broadcast_to(column, (size.height, size.width, 3))
    for _ in range(shot.frames):
        yield picture.copy()


def _elsewhere(shot: Shot, place: Scenery, composition: Composition, seed: int) -> Shot:
    seen = shot.imagery
    imagery = Imagery(
        scenery=place.name,
        time_of_day=seen.time_of_day if seen.time_of_day in place.times else place.times[0],
        weather=seen.weather if seen.weather in place.weathers else place.weathers[0],
    )
    changed = {"imagery": imagery, "composition": composition, "captions": _karaoke(shot)}
    return shot.model_copy(update={**changed, "prompt": "", "seed": seed})


def _other_places(shot: Shot) -> list[Scenery]:
    """The catalogue's other sceneries, in an order of the shot's own."""

    def order(place: Scenery) -> bytes:
        return hashlib.sha256(f"{shot.seed}/{place.name}".encode()).digest()

    return sorted((p for p in catalogue().sceneries if p.name != shot.imagery.scenery), key=order)


def _karaoke(shot: Shot) -> CaptionStyle:
    """Words that the composition drew are drawn by the cut instead."""
    return CaptionStyle.NONE if shot.captions is CaptionStyle.NONE else CaptionStyle.KARAOKE


def _colours(name: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    looks: dict[str, Look] = {look.name: look for look in catalogue().looks}
    palettes = looks[name].palettes if name in looks else {}
    colours = next(iter(palettes.values()), ("#101018", "#202430"))
    dark, other = (tuple(bytes.fromhex(colour.removeprefix("#"))) for colour in (colours[0], colours[1]))
    return dark, other
