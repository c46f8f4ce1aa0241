"""Scenes: what is to be drawn of one shot, in words, noise and people, and its drawing."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from limelight.errors import BackendError
from limelight.shoot.camera import CallSheet, Picture
from limelight.shoot.diffusion import wording
from limelight.shoot.diffusion.coherence import steady
from limelight.shoot.diffusion.drawing import Draughtsman, Wish
from limelight.shoot.diffusion.identity.casting import Identity, identity_for
from limelight.shoot.diffusion.inbetween import Drawn
from limelight.shoot.diffusion.models.register import Model
from limelight.shoot.diffusion.walk.keyframes import Keyframe, Surroundings, plan, surroundings
from limelight.stage import digest
from limelight.storyboard import MOST_ON_SCREEN
from limelight.vault import Likeness

REDRAWN = (0.3, 0.8)
"""Strength with which the first picture is redrawn: nothing walked since, and a whole leg."""


@dataclass(frozen=True)
class Scene:
    """What is to be drawn of a shot.

    Attributes:
        sheet: The shot.
        cast: Who is seen.
        around: Its neighbours.
        keyframes: Which pictures.
        identity: How the cast come into them.
    """

    sheet: CallSheet
    cast: tuple[Likeness, ...]
    around: Surroundings
    keyframes: tuple[Keyframe, ...]
    identity: Identity

    @classmethod
    def of(cls, sheet: CallSheet, model: Model, drawings_a_second: float) -> "Scene":
        """Plan a shot for a model.

        Raises:
            BackendError: a star's likeness was not opened.
        """
        cast = cast_of(sheet)
        around = surroundings(sheet.score, sheet.shot, sheet.shots or (sheet.shot,), sheet.format)
        keyframes = plan(sheet.score, sheet.shot, around, sheet.format, drawings_a_second)
        return cls(sheet, cast, around, keyframes, identity_for(model, cast))

    @property
    def wishes(self) -> tuple[Wish, ...]:
        """What the keyframes ask a draughtsman for."""
        words = {likeness.star.id: self.identity.words(likeness) for likeness in self.cast}
        prompt, following = wording.positive(self.sheet.shot, words), self.around.following
        towards = wording.positive(following, words) if following is not None else ""
        avoided = wording.negative(self.sheet.shot)
        return tuple(Wish(prompt, avoided, key.noise, towards, key.share) for key in self.keyframes)

    @property
    def digest(self) -> str:
        """SHA-256 of all that decides the drawings beside the model."""
        asked = [(wish.prompt, wish.negative, wish.noise, wish.towards, wish.share) for wish in self.wishes]
        stars = {likeness.star.id: likeness.digest for likeness in self.cast}
        planned = hashlib.sha256(repr(self.keyframes).encode()).hexdigest()
        return digest([asked, planned, self.identity.digest(self.cast), stars])

    def draw(self, artist: Draughtsman, size: tuple[int, int]) -> list[Drawn]:
        """Draw the keyframes and make them agree; consent is asked for before each picture is used.

        Raises:
            ConsentError: a star says no.
            BackendError: memory, or the safety checker.
        """
        wishes = self.wishes
        with self._dressed(artist, size) as dressing:
            if artist.model.family.continues:
                (first,) = self.allowed(artist.draw(wishes[:1], size, dressing))
                rest = [
                    _continued(wish, key, first)
                    for wish, key in zip(wishes[1:], self.keyframes[1:], strict=True)
                ]
                pictures = [first, *self.allowed(artist.draw(rest, size, dressing))]
            else:
                pictures = list(self.allowed(artist.draw(wishes, size, dressing)))
        drawn = [Drawn(key.frame, picture) for key, picture in zip(self.keyframes, pictures, strict=True)]
        return steady(drawn, [key.change for key in self.keyframes])

    def open(self, artist: Draughtsman, size: tuple[int, int]) -> Picture:
        """Draw the first keyframe alone."""
        with self._dressed(artist, size) as dressing:
            (picture,) = self.allowed(artist.draw(self.wishes[:1], size, dressing))
        return picture

    @contextmanager
    def _dressed(self, artist: Draughtsman, size: tuple[int, int]) -> Iterator[Mapping[str, Any]]:
        """The pipeline changed for the cast; prompts that it read otherwise are forgotten."""
        with self.identity.dress(artist.pipeline, self.cast, size) as dressing:
            artist.forget()
            yield dressing
        artist.forget()

    def allowed(self, pictures: Iterable[Picture], every: int = 1) -> Iterator[Picture]:
        """Pass pictures on, asking for consent before each (or every so manyth)."""
        for number, picture in enumerate(pictures):
            if number % every == 0:
                self.check()
            yield picture

    def check(self) -> None:
        """Ask everybody's consent.

        Raises:
            ConsentError: a star says no.
        """
        for likeness in self.cast:
            likeness.check()


def cast_of(sheet: CallSheet) -> tuple[Likeness, ...]:
    """The open likenesses of who is seen in a shot.

    Raises:
        BackendError: one was not opened.
    """
    return tuple(_opened(sheet.cast, star, sheet.shot.number) for star in sheet.shot.stars[:MOST_ON_SCREEN])


def _opened(cast: Mapping[str, Likeness], star: str, number: int) -> Likeness:
    if star not in cast:
        raise BackendError(
            f"Shot {number} wants the star {star!r}, whose likeness was not opened.",
            hint="Open it in the vault and hand it over in the call sheet's cast.",
        )
    return cast[star]


def _continued(wish: Wish, keyframe: Keyframe, first: Picture) -> Wish:
    """Redraw the shot's first picture, the more the further the walk has come."""
    strength = REDRAWN[0] + (REDRAWN[1] - REDRAWN[0]) * min(1.0, keyframe.away)
    return replace(wish, continued=first, strength=strength)


def beats_of(sheet: CallSheet) -> Sequence[float]:
    """The beats within a shot, seconds from its start."""
    start = float(sheet.shot.start / sheet.format.rate)
    length = float(sheet.shot.frames / sheet.format.rate)
    return [beat - start for beat in sheet.score.rhythm.beats if 0 < beat - start < length]
