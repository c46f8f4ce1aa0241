"""Cues: the slice of a score that one shot hears, in the shot's own time. All that a shot may depend on."""

import hashlib
import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limelight.parts import sings
from limelight.score import Line, Score
from limelight.shoot.painted.words import TimedWord
from limelight.storyboard import Format, Shot
from limelight.timebase import frame_at, start_of

BEFORE, AFTER = 0.8, 0.1
"""Seconds around the shot from which beats still show."""
UPBEAT = 0.6
"""Weight of a beat that begins no bar."""


@dataclass(frozen=True)
class Cues:
    """What a shot hears.

    Attributes:
        voice: (frames,) the singing voice's envelope in the middle of each frame, 0 to 1.
        beats: (n, 2) seconds from the shot's start, and weight: 1 on downbeats.
        words: Those sung in the shot, frames from its start.
    """

    voice: NDArray[np.float32]
    beats: NDArray[np.float64]
    words: tuple[TimedWord, ...]

    def digests(self) -> dict[str, str]:
        """SHA-256 of each part."""
        return {
            "voice": _digest(np.round(self.voice, 3).astype(float).tolist()),
            "beats": _digest(np.round(self.beats, 4).tolist()),
            "words": _digest([[word.text, word.start, word.end, word.line] for word in self.words]),
        }


def cues_of(score: Score, shot: Shot, film: Format) -> Cues:
    """Cut a shot's slice out of a score."""
    rate = film.rate
    start, end = start_of(shot.start, rate), start_of(shot.end, rate)
    middles = start + (np.arange(shot.frames) + 0.5) / float(rate)
    envelope = np.array(score.voice.envelope, np.float32)
    voice = np.zeros(shot.frames, np.float32)
    if len(envelope):
        times = np.arange(len(envelope)) / score.voice.rate
        voice = np.interp(middles, times, envelope, left=0.0, right=0.0).astype(np.float32)
    down = set(score.rhythm.downbeats)
    beats = [
        (beat - start, 1.0 if beat in down else UPBEAT)
        for beat in score.rhythm.beats
        if start - BEFORE <= beat <= end + AFTER
    ]
    return Cues(voice, np.array(beats, np.float64).reshape(-1, 2), _words(score, shot, film, start, end))


def silent_in(score: Score, shot: Shot, film: Format, star: str) -> NDArray[np.bool_]:
    """(frames,) where somebody else sings and the star does not: a mouth that stays shut in a duet."""
    middles = start_of(shot.start, film.rate) + (np.arange(shot.frames) + 0.5) / float(film.rate)
    own, others = np.zeros(shot.frames, bool), np.zeros(shot.frames, bool)
    for line in (line for line in score.lyrics.lines if line.is_sung):
        within = (middles >= line.start) & (middles < line.end)
        (own if sings(line, star) else others)[within] = True
    return others & ~own


def _words(score: Score, shot: Shot, film: Format, start: float, end: float) -> tuple[TimedWord, ...]:
    found = []
    number = 0
    for line in score.lyrics.between(start, end):
        spoken = [
            TimedWord(
                text,
                frame_at(max(0.0, begin), film.rate) - shot.start,
                frame_at(max(0.0, stop), film.rate) - shot.start,
                number,
            )
            for text, begin, stop in _timed(line)
        ]
        found += spoken
        number += bool(spoken)
    return tuple(found)


def _timed(line: Line) -> list[tuple[str, float, float]]:
    """Words with their times; spread evenly over the line where they have none."""
    if line.words:
        return [(word.text, word.start, word.end) for word in line.words if word.text.strip()]
    texts = line.text.split()
    step = (line.end - line.start) / max(1, len(texts))
    return [(text, line.start + i * step, line.start + (i + 1) * step) for i, text in enumerate(texts)]


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()
