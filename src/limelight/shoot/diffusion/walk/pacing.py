"""Pacing: how fast a shot walks through the space of pictures.

After "Secure & Personalized Music-to-Video Generation via CHARCHA" (arXiv 2502.02610): the way between keyframes is
walked by cumulative onset strength and percussive energy, so that it jumps on hits and lingers on held notes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limelight.score import Score
from limelight.storyboard import Format, Shot

Floats = NDArray[np.float64]

ATTACK = 0.10
"""Seconds in which a hit is walked: its speed falls by e."""
REST = 0.08
"""Speed without any sound, of the song's mean: a held note lingers but never stands."""
LEG_SECONDS = 4.0
"""Seconds of the song's mean sound for one leg of the walk."""


@dataclass(frozen=True, eq=False)
class Walk:
    """How far a shot has walked.

    Attributes:
        way: ``(frames,) float64`` legs since the start of the shot's section, at the middle of each frame.
        progress: ``(frames,) float64`` share of the shot's own way, 0 at its first frame, 1 at its last.
    """

    way: Floats
    progress: Floats


def walk_of(score: Score, shot: Shot, film: Format, section_start: float) -> Walk:
    """Pace a shot.

    Args:
        score: Its onsets.
        shot: Which.
        film: Frames a second.
        section_start: Seconds at which the section begins, where the walk does.
    """
    rate = float(film.rate)
    start = shot.start / rate
    moments: Floats = np.asarray(start + (np.arange(shot.frames) + 0.5) / rate, np.float64)
    way = _walked(score, moments) - _walked(
        score, np.array([min(section_start, float(moments[0]))], np.float64)
    )
    span = float(way[-1] - way[0])
    progress = (way - way[0]) / span if span > 1e-9 else np.linspace(0, 1, shot.frames)
    return Walk(way, progress)


def _walked(score: Score, moments: Floats) -> Floats:
    """Legs walked since the song's start at each moment.

    Speed is ``REST`` + (1 - ``REST``) x sound, where sound has a mean of 1 over the song: half onsets, half
    percussive energy; one of them alone where the other was not heard, and an even pace where neither was.
    """
    seconds: Floats = np.maximum(moments, 0.0)
    duration = max(score.song.duration, 1e-6)
    heard = [way for way in (_struck(score, seconds), _beaten(score, seconds)) if way is not None]
    if not heard:
        return seconds / LEG_SECONDS
    sound = np.mean([way / way_total * duration for way, way_total in heard], axis=0)
    return np.asarray((REST * seconds + (1 - REST) * sound) / LEG_SECONDS)


def _struck(score: Score, seconds: Floats) -> tuple[Floats, float] | None:
    """Onset strength heard so far, and in all: an onset's is heard as ``1 - exp(-t / ATTACK)``."""
    onsets = np.array(score.rhythm.onsets, np.float64)
    strengths = np.array(score.rhythm.onset_strengths, np.float64)
    if not strengths.sum():
        return None
    since = (seconds[:, None] - onsets[None, :]) / ATTACK
    played = np.where(since > 0, 1 - np.exp(-np.clip(since, 0, None)), 0.0) @ strengths
    return played, float(strengths.sum())


def _beaten(score: Score, seconds: Floats) -> tuple[Floats, float] | None:
    """Percussive energy heard so far, and in all."""
    energy = np.array(score.percussion.envelope, np.float64) ** 2
    if not energy.sum():
        return None
    times = np.arange(len(energy) + 1) / score.percussion.rate
    return np.interp(seconds, times, np.concatenate([[0.0], np.cumsum(energy)])), float(energy.sum())
