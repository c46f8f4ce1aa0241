"""Score: what was heard in a song. Times are float seconds from its first sample."""

import itertools
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from limelight.document import Document, Part, Seconds, Sha256, Share, Signed


class Song(Part):
    """The recording that was listened to."""

    title: str = ""
    artist: str = ""
    sha256: Sha256
    duration: Seconds
    """Seconds of sound, counted in decoded samples."""
    sample_rate: int = Field(gt=0)
    """Hz, of the file."""
    channels: int = Field(ge=1)
    """Of the file."""


class BeatGrid(Part):
    """Beats and bars."""

    tempo: float = Field(ge=0)
    """Beats a minute (median), 0 if no beat was found."""
    beats: tuple[Seconds, ...] = ()
    downbeats: tuple[Seconds, ...] = ()
    """The first beat of each bar: a subset of ``beats``."""
    meter: int = Field(default=4, ge=1, le=16)
    """Beats in most bars."""
    confidence: Share = 0.0
    """How steady and plain the beat is."""
    onsets: tuple[Seconds, ...] = ()
    onset_strengths: tuple[Share, ...] = ()
    """One for each onset, relative to the strongest."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for name in ("beats", "downbeats", "onsets"):
            times = getattr(self, name)
            if any(b <= a for a, b in itertools.pairwise(times)):
                raise ValueError(f"{name} must rise strictly")
        if len(self.onsets) != len(self.onset_strengths):
            raise ValueError("onsets and onset_strengths must have the same length")
        return self


class SectionLabel(StrEnum):
    """The part that a section plays in the song's form."""

    INTRO = "intro"
    VERSE = "verse"
    CHORUS = "chorus"
    BRIDGE = "bridge"
    SOLO = "solo"
    OUTRO = "outro"


class Section(Part):
    """A part of the song's form."""

    label: SectionLabel
    start: Seconds
    end: Seconds
    energy: Share = 0.5
    """Loudness relative to the loudest section."""
    letter: str = ""
    """Sections with the same letter sound alike."""


class Word(Part):
    """One sung word."""

    text: str
    start: Seconds
    end: Seconds
    confidence: Share = 1.0
    """How surely it is sung there."""
    sung: bool = True
    """False: it stands in the lyrics but could not be placed; its times are a guess."""


class Line(Part):
    """One line of the lyrics with its words."""

    text: str
    start: Seconds
    end: Seconds
    words: tuple[Word, ...] = ()
    singer: str = ""
    """A star's id or a name from the lyrics file; empty: nobody in particular."""

    @property
    def is_sung(self) -> bool:
        """Whether any of its words could be placed in the song, or it has none; the times of others are guesses."""
        return not self.words or any(word.sung for word in self.words)


class LyricsSource(StrEnum):
    """Where the words came from."""

    GIVEN = "given"
    EMBEDDED = "embedded"
    TRANSCRIBED = "transcribed"
    NONE = "none"


class Lyrics(Part):
    """The words of the song, in the order in which they are sung."""

    source: LyricsSource = LyricsSource.NONE
    language: str = ""
    """ISO 639-1 code, empty if unknown."""
    confidence: Share = 0.0
    lines: tuple[Line, ...] = ()

    def between(self, start: float, end: float) -> tuple[Line, ...]:
        """The sung lines of a span of the film (seconds), each cut down to the words that belong to it.

        A line that only lifts off before a border, most of it sounding after, belongs to the span after.
        """
        found = []
        for line in self.lines:
            outside = line.end <= start or line.start >= end
            if outside or not line.is_sung or _lifts_off_before(end, line):
                continue
            whole = _lifts_off_before(start, line)
            words = tuple(
                w for w in line.words if (whole or w.end > start + GLIMPSE) and w.start < end - GLIMPSE
            )
            if words or not line.words:
                found.append(line.model_copy(update={"words": words}))
        return tuple(found)


LIFT_OFF = 0.9
"""Seconds before a border in which a line may begin and still belong to what follows."""
GLIMPSE = 0.06
"""Seconds by which a word may begin early and still belong."""


def _lifts_off_before(border: float, line: Line) -> bool:
    return border - LIFT_OFF <= line.start < border and line.end - border > border - line.start


class MoodPoint(Part):
    """Russell's circumplex at one moment: valence (sad to happy) and arousal (calm to excited), -1 to 1."""

    time: Seconds
    valence: Signed
    arousal: Signed


class Voice(Part):
    """The singing voice's loudness envelope, for the mouth: 0 (silent) to 1, sampled evenly from time 0."""

    rate: float = Field(default=50.0, gt=0)
    """Samples a second."""
    envelope: tuple[Share, ...] = ()


class Percussion(Part):
    """How loud the struck part of the sound is: 0 to 1 (the song's loudest), sampled evenly from time 0."""

    rate: float = Field(default=25.0, gt=0)
    """Samples a second."""
    envelope: tuple[Share, ...] = ()


class Score(Document):
    """Everything that was heard."""

    kind = "score"

    song: Song
    rhythm: BeatGrid
    sections: tuple[Section, ...]
    """Cover the whole song without gap or overlap."""
    lyrics: Lyrics = Lyrics()
    mood: tuple[MoodPoint, ...] = Field(min_length=1)
    """At least one point a second, the first at time 0."""
    voice: Voice = Voice()
    percussion: Percussion = Percussion()
    key: str = ""
    """Such as ``A minor``; empty if unclear."""
    warnings: tuple[str, ...] = ()
    """What a person should know about this listening, in sentences."""
