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
REACH = 5.0
"""Time constants after which a hit is over."""


@dataclass(frozen=True, eq=False)
class Walk:
    """How far a shot has walked.

    Attributes:
        way: ``(frames,) float64`` legs since the start of the shot's section, at the middle of each frame.
        progress: ``(frames,) float64`` share of the shot's own way, 0 at its first frame, 1 at its last.
        hits: Frames on which a strong onset falls, rising.
    """

    way: Floats
    progress: Floats
    hits: tuple[int, ...]


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
    onsets, strengths = np.array(score.rhythm.onsets), np.array(score.rhythm.onset_strengths)
    strong = onsets[(strengths >= 0.5) & (onsets >= start) & (onsets < start + shot.frames / rate)]
    hits = sorted({min(shot.frames - 1, int((onset - start) * rate)) for onset in strong})
    return Walk(way, progress, tuple(hits))


def _walked(score: Score, moments: Floats) -> Floats:
    """Legs walked since the song's start at each moment.

    Speed is ``REST`` + (1 - ``REST``) x sound, where sound has a mean of 1 over the song: the sum over onsets of
    ``strength / ATTACK * exp(-(t - onset) / ATTACK)``, integrated in closed form.
    """
    onsets = np.array(score.rhythm.onsets, np.float64)
    strengths = np.array(score.rhythm.onset_strengths, np.float64)
    total = float(strengths.sum())
    seconds = np.maximum(moments, 0.0)
    if total <= 0:
        return seconds / LEG_SECONDS
    since = (seconds[:, None] - onsets[None, :]) / ATTACK
    played = np.where(since > 0, 1 - np.exp(-np.clip(since, 0, None)), 0.0) @ strengths
    mean = total / max(score.song.duration, 1e-6)
    return np.asarray((REST * seconds + (1 - REST) * played / mean) / LEG_SECONDS)
