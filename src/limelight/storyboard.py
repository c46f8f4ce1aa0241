"""Storyboard: the film shot by shot. Times are whole frames from the film's first frame."""

from enum import StrEnum
from fractions import Fraction
from typing import Self

from pydantic import Field, field_validator, model_validator

from limelight.document import Document, Part, Sha256, Share, Signed
from limelight.score import SectionLabel
from limelight.timebase import parse_fps

MOST_ON_SCREEN = 2
"""Stars that a camera draws in one picture."""


class Format(Part):
    """The picture's size and pace."""

    width: int = Field(default=1280, ge=64, le=7680, multiple_of=2)
    height: int = Field(default=720, ge=64, le=7680, multiple_of=2)
    fps: str = "30"
    """Frames a second as an exact fraction: ``30`` or ``24000/1001``."""

    @field_validator("fps", mode="before")
    @classmethod
    def _exact(cls, value: object) -> str:
        return str(parse_fps(str(value)))

    @property
    def rate(self) -> Fraction:
        """Frames a second."""
        return Fraction(self.fps)


class Composition(StrEnum):
    """How the picture is arranged."""

    CLOSE_UP = "close-up"
    """The star singing in front of the scenery."""
    EXTREME_CLOSE_UP = "extreme-close-up"
    """Eyes and lips."""
    MEDIUM = "medium"
    """The star low in a wide view of the scenery."""
    SILHOUETTE = "silhouette"
    """The star dark before a disc of light; nobody need be recognised in it."""
    REFLECTION = "reflection"
    """The star over water or wet ground that mirrors her or him."""
    TRIPTYCH = "triptych"
    """Three pictures side by side, of three sizes, that enter on beats."""
    WIDE = "wide"
    """The scenery, the star small or absent in it."""
    DOUBLE_EXPOSURE = "double-exposure"
    """The scenery inside the star's silhouette, the words beside it."""
    GRID = "grid"
    """A pop-art grid of portraits with one word."""
    MEDALLION = "medallion"
    """A kaleidoscope of the scenery around the star's face."""
    WINDOWS = "windows"
    """The words as windows onto star and scenery."""


class Move(StrEnum):
    """What the camera does during a shot."""

    PUSH_IN = "push-in"
    PULL_OUT = "pull-out"
    PAN_LEFT = "pan-left"
    PAN_RIGHT = "pan-right"
    TILT_UP = "tilt-up"
    TILT_DOWN = "tilt-down"
    HOLD = "hold"


class Transition(StrEnum):
    """How a shot begins. Each is drawn inside the shots it joins, so that a shot stays independent."""

    CUT = "cut"
    WHIP = "whip"
    FLASH = "flash"
    LEAK = "leak"
    """Warm light floods in from one side and ebbs away."""
    INK = "ink"
    """Ink runs over the picture, and the next one comes out of it."""
    ZOOM = "zoom"
    """A push through the picture into the next."""
    FADE = "fade"
    """From or to black: the film's first and last frames."""


class CaptionStyle(StrEnum):
    """Who draws the words."""

    KARAOKE = "karaoke"
    """The cut draws them below the picture's middle, the sung word lit."""
    IN_PICTURE = "in-picture"
    """The camera draws them as part of the composition."""
    NONE = "none"


class Imagery(Part):
    """What the scenery shows."""

    scenery: str
    """A name from the catalogue, such as ``sea`` or ``rain-street``."""
    elements: tuple[str, ...] = ()
    """Things in it, such as ``moon``, ``birds``, ``lighthouse``."""
    time_of_day: str = "day"
    """``dawn``, ``day``, ``dusk`` or ``night``."""
    weather: str = "clear"
    """``clear``, ``cloud``, ``rain``, ``snow``, ``mist`` or ``storm``."""
    words: tuple[str, ...] = ()
    """The words of the lyrics that led to it: for people who ask why."""


class Shot(Part):
    """One shot: what is seen, who is in it, and how it feels."""

    number: int = Field(ge=1)
    start: int = Field(ge=0)
    """First frame."""
    frames: int = Field(ge=1)
    section: SectionLabel
    lyric: str = ""
    """The words sung during the shot."""
    valence: Signed = 0.0
    """Sad (-1) to happy (1), as the song feels there."""
    arousal: Signed = 0.0
    """Calm (-1) to excited (1)."""
    imagery: Imagery
    composition: Composition
    move: Move = Move.PUSH_IN
    look: str
    """A name from ``limelight backends`` (looks): palette and painting style."""
    transition: Transition = Transition.CUT
    captions: CaptionStyle = CaptionStyle.KARAOKE
    stars: tuple[str, ...] = ()
    """Ids of the stars who are meant to be seen; empty for scenery alone."""
    style_strength: Share = 0.8
    """How far the star's face is painted over; the review lowers it where the star is not recognised."""
    seed: int = Field(ge=0, lt=2**63)
    """Another number, another picture of the same."""
    prompt: str = ""
    """What cameras that follow prompts draw; ``<star>`` stands for a star."""
    negative_prompt: str = ""
    """What they must not draw."""
    locked: bool = False
    """A locked shot survives re-direction as it is."""

    @property
    def end(self) -> int:
        """The frame after the last."""
        return self.start + self.frames


class Storyboard(Document):
    """The whole film on paper."""

    kind = "storyboard"

    song_sha256: Sha256
    title: str = ""
    format: Format
    frames: int = Field(ge=1)
    """The film's length: as long as the song, to the nearest frame."""
    director: str
    """Who wrote it: a name from ``limelight backends``."""
    look: str
    """The look of the whole; shots may have others."""
    seed: int = Field(ge=0, lt=2**63)
    """The director's."""
    stars: tuple[str, ...] = ()
    """Ids of all stars of the film, the leading one first."""
    synopsis: str = ""
    """The film's plan in words, where the director made one: for people."""
    shots: tuple[Shot, ...]
    """Numbered from 1, without gap or overlap, from the first frame to the last."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        expected = 0
        for index, shot in enumerate(self.shots, start=1):
            if shot.number != index:
                raise ValueError(
                    f"shot {index} has the number {shot.number}: shots are numbered from 1 in order"
                )
            if shot.start != expected:
                raise ValueError(f"shot {index} starts at frame {shot.start}; frame {expected} is due")
            unknown = set(shot.stars) - set(self.stars)
            if unknown:
                raise ValueError(f"shot {index} names stars who are not in the film: {sorted(unknown)}")
            expected = shot.end
        if expected != self.frames:
            raise ValueError(f"the shots fill {expected} frames; the film has {self.frames}")
        return self
