"""Pacing: where to cut. Cuts lie on beats and section borders; shots grow shorter as the music grows excited.

The cut points minimise, by dynamic programming over the beats, the squared log-ratio of each shot's length to the
length that its moment asks for, plus what it costs to cut off a downbeat or in the middle of a sung word.
"""

import itertools
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from limelight.score import Score, SectionLabel
from limelight.timebase import frames_in, nearest_frame

CALM_BARS, WILD_BARS = 2.3, 0.65
PACES = {SectionLabel.INTRO: 1.2, SectionLabel.CHORUS: 0.8, SectionLabel.OUTRO: 1.3}
"""Shots of choruses are shorter than the mood alone asks for; a film begins and ends calmly."""
OWN_RANGE, WIDE_RANGE = 0.5, 0.4
"""How much a song's own range of mood counts, and how wide it must be to count fully."""
SHORTEST, LONGEST = 0.9, 7.5
"""Seconds that a shot may last."""
OFF_DOWNBEAT = 0.35
TRUSTED = 0.5
"""Confidence of the beats from which on downbeats count in full; below, less, as bars may be counted wrongly."""
INSIDE_WORD = 0.15
AWAY_FROM_LINE = 0.22
BORDER_REACH = 1.2
"""Seconds within which a section border moves to a beat."""
UNBEATEN_STEP = 0.5
"""Seconds between possible cuts where there is neither beat nor onset."""


@dataclass(frozen=True)
class Place:
    """A moment where one may cut."""

    frame: int
    cost: float
    border: bool
    """A section begins here: there must be a cut."""


def cut_frames(score: Score, fps: Fraction) -> tuple[int, ...]:
    """First frames of all shots, beginning with 0. The film's end is not among them."""
    total = frames_in(score.song.duration, fps)
    places = _places(score, fps, total)
    wanted = [wanted_length(score, float(place.frame / fps)) for place in places]
    best = [math.inf] * len(places)
    best[0] = 0.0
    came_from = [0] * len(places)
    for later in range(1, len(places)):
        for earlier in range(later - 1, -1, -1):
            seconds = float((places[later].frame - places[earlier].frame) / fps)
            cost = best[earlier] + places[later].cost + _misfit(seconds, wanted[earlier])
            if cost < best[later]:
                best[later], came_from[later] = cost, earlier
            if places[earlier].border or seconds > 2 * LONGEST:
                break
    cuts = []
    at = len(places) - 1
    while at > 0:
        at = came_from[at]
        cuts.append(places[at].frame)
    return tuple(sorted(cuts))


def wanted_length(score: Score, moment: float) -> float:
    """Seconds that a shot should last at a moment: whole bars by arousal, within SHORTEST and LONGEST."""
    excitement = (felt_at(score, moment)[1] + 1) / 2
    bars = CALM_BARS * (WILD_BARS / CALM_BARS) ** excitement
    if score.sections:
        bars *= PACES.get(score.sections[section_index(score, moment)].label, 1.0)
    beat = 60.0 / score.rhythm.tempo if score.rhythm.tempo > 0 else 0.6
    return float(np.clip(bars * beat * score.rhythm.meter, 1.6 * SHORTEST, LONGEST * 0.75))


def felt_at(score: Score, moment: float) -> tuple[float, float]:
    """Valence and arousal as a film should show them, -1 to 1 each: a song's own range counts, not its mean alone.

    Half is the mood as heard, half where the moment lies in the song's own range (5th to 95th percentile), the
    less the narrower that range is: a quiet song has its loud moments too.
    """
    times = [point.time for point in score.mood]
    courses = [point.valence for point in score.mood], [point.arousal for point in score.mood]
    valence, arousal = (_stretched(course, float(np.interp(moment, times, course))) for course in courses)
    return valence, arousal


def _stretched(course: Sequence[float], value: float) -> float:
    low, high = np.percentile(course, [5, 95])
    share = OWN_RANGE * min(1.0, float(high - low) / WIDE_RANGE)
    within = 2 * float(np.clip((value - low) / max(high - low, 1e-6), 0, 1)) - 1
    return (1 - share) * value + share * within


def section_index(score: Score, moment: float) -> int:
    """Which section sounds at a moment."""
    starts = [section.start for section in score.sections]
    return max(0, bisect_right(starts, moment + 0.05) - 1)


def _misfit(seconds: float, wanted: float) -> float:
    cost = math.log2(max(seconds, 1e-3) / wanted) ** 2
    if seconds < SHORTEST:
        cost += 8 * (SHORTEST - seconds) / SHORTEST + 2
    if seconds > LONGEST:
        cost += (seconds - LONGEST) + 2
    return cost


def _places(score: Score, fps: Fraction, total: int) -> list[Place]:
    moments = list(score.rhythm.beats) or list(score.rhythm.onsets)
    moments += _fill(moments, score.song.duration)
    downbeats = {nearest_frame(moment, fps) for moment in score.rhythm.downbeats}
    off_downbeat = OFF_DOWNBEAT * min(1.0, (score.rhythm.confidence or 1.0) / TRUSTED)  # 0: it was not told
    borders = {
        _snapped(section.start, score.rhythm.beats, fps)
        for section in score.sections
        if section.start > SHORTEST
    }
    words = [(word.start, word.end) for line in score.lyrics.lines for word in line.words if word.sung]
    line_starts = [line.start for line in score.lyrics.lines if line.is_sung]
    frames = sorted({nearest_frame(moment, fps) for moment in moments} | borders)
    last = total - math.ceil(SHORTEST * fps)
    places = [Place(0, 0.0, border=True)]
    for frame in frames:
        if not math.ceil(SHORTEST * fps) <= frame <= last:
            continue
        moment = float(frame / fps)
        cost = 0.0 if frame in downbeats or not downbeats else off_downbeat
        cost += INSIDE_WORD * any(start + 0.12 < moment < end - 0.05 for start, end in words)
        cost += AWAY_FROM_LINE * (not any(-0.35 <= moment - start <= 0.12 for start in line_starts))
        places.append(Place(frame, cost, border=frame in borders))
    places.append(Place(total, 0.0, border=True))
    return places


def _fill(moments: Sequence[float], duration: float) -> list[float]:
    """Evenly spaced moments in gaps where the music gives none."""
    extra = []
    for left, right in itertools.pairwise([0.0, *moments, duration]):
        if right - left > 2 * LONGEST:
            extra += list(np.arange(left + UNBEATEN_STEP, right - UNBEATEN_STEP, UNBEATEN_STEP))
    return extra


def _snapped(moment: float, beats: Sequence[float], fps: Fraction) -> int:
    near = min(beats, key=lambda beat: abs(beat - moment), default=moment)
    return nearest_frame(near if abs(near - moment) <= BORDER_REACH else moment, fps)
