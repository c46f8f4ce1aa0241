"""Rhythm: onsets, beats, tempo and bars of a song.

Onsets: :mod:`~limelight.listen.rhythm.onsets`. Beats: :mod:`~limelight.listen.rhythm.pointer`, run once over all
tempi, then at each metrical level; :mod:`~limelight.listen.rhythm.levels` votes which of them is felt. In its octave
they are looked for once more, by the bands that keep them, and each is moved to the onset that it belongs to. Bars:
:mod:`limelight.listen.rhythm.meter`.
"""

import numpy as np
import numpy.typing as npt

from limelight.listen.rhythm.beatnet import Tapped
from limelight.listen.rhythm.levels import (
    FASTEST,
    LEAST_TEMPO,
    LEVELS,
    LONG_ENOUGH,
    MOST_TEMPO,
    SLOWEST,
    accented,
    vote,
)
from limelight.listen.rhythm.meter import felt, find_bars
from limelight.listen.rhythm.onsets import ATTACK, Onsets, around_each, between, find_onsets, pick
from limelight.listen.rhythm.pointer import ZONE, Floats, Ints, follow
from limelight.listen.sound.spectrum import FRAME_RATE, Spectrum
from limelight.score import BeatGrid

NEAR = 0.035
"""Seconds: how far a beat may be moved to its onset."""
STEADY, SOMETIMES = 0.05, 0.3
"""Deviation from the usual tempo from which on a beat is astray; the share that may be so in a steady song."""
STILL_HEARD = 0.5
"""What is heard at beats in the usual tempo, of what is heard at those astray, so that the usual tempo is kept."""
TOGETHER = 8
"""Beats between two stretches astray that count as one."""
PAUSE = 0.045
"""Activation at which a frame speaks neither for nor much against a beat: once the level is known, a beat that is
not heard is no reason to leave the tempo."""
LEAST_BEATS, ANOTHER_TEMPO = 16, 0.15
"""Beats of a level that may be voted for; what share its tempo may be away from where it is to be."""
OCTAVE = 1.42
"""Half of one: the least and the most tempo around that of a level."""
LEAST_WEIGHT = 0.2
"""Of a band of onsets that keeps off the beats."""
AUDIBLE = 0.5
"""Onset strength, relative to the surroundings, from which a beat has an onset of its own."""
OFF_BEAT = (0.31, 0.42, 0.58, 0.69)
"""Places in the beat at which little begins: none of its halves, thirds or quarters."""
LEAST_CONFIDENCE = 0.25
"""Below this the song counts as having no beat. Noise, random clicks and unaccompanied voices stayed below 0.2."""


def track(spectrum: Spectrum, tapped: Tapped | None = None) -> BeatGrid:
    """Find onsets, beats and bars.

    Args:
        spectrum: The song's.
        tapped: Where a trained network would tap, if its weights are here.

    Returns:
        No steady beat: a grid without beats and with confidence 0.
    """
    onsets = find_onsets(spectrum)
    times, strengths = pick(onsets)
    frames, sureness = _find_beats(onsets, spectrum, tapped)
    confidence = beat_confidence(onsets, frames)
    if confidence < LEAST_CONFIDENCE:
        return BeatGrid(tempo=0.0, onsets=tuple(times.tolist()), onset_strengths=tuple(strengths.tolist()))
    beats = _aligned(frames, onsets)
    downbeats, meter = find_bars(beats, onsets, spectrum)
    beats, downbeats, meter = felt(beats, downbeats, meter, onsets, spectrum)
    return BeatGrid(
        tempo=round(float(60 / np.median(np.diff(beats))), 2),
        beats=tuple(beats.tolist()),
        downbeats=tuple(beats[downbeats].tolist()),
        meter=meter,
        confidence=round(confidence * sureness, 3),
        onsets=tuple(times.tolist()),
        onset_strengths=tuple(strengths.tolist()),
    )


def beat_confidence(onsets: Onsets, beats: Ints) -> float:
    """How sure it is that there is a beat, and here: 0 to 1, the product of four shares.

    How much more begins at the beats than between them; how many beats have an onset; how steadily they come;
    how far the onsets gather at equal parts (1 to 4) of the beat, by the length of their mean phase vector.
    """
    times, strengths = pick(onsets)
    if len(beats) < 4 or not len(times):
        return 0.0
    envelope = onsets.all
    gaps = np.diff(beats)
    on = around_each(envelope, beats)
    off = np.mean([around_each(envelope, (beats[:-1] + gaps * share).astype(int)) for share in OFF_BEAT])
    contrast = min(1.0, 2 * max(0.0, float((on.mean() - off) / (on.mean() + off + 1e-9))))
    supported = float(np.mean(on > AUDIBLE)) ** 2
    steady = float(np.mean(np.abs(np.diff(gaps)) / gaps[1:] < 0.08))
    inside = (times > beats[0] / FRAME_RATE) & (times < beats[-1] / FRAME_RATE)
    phase = np.interp((times[inside] - ATTACK) * FRAME_RATE, beats, np.arange(len(beats)))
    weight = strengths[inside] / (strengths[inside].sum() + 1e-9)
    gathered = max(
        float(np.abs((weight * np.exp(2j * np.pi * parts * phase)).sum())) for parts in (1, 2, 3, 4)
    )
    return round(contrast * supported * steady * gathered, 3)


def _find_beats(onsets: Onsets, spectrum: Spectrum, tapped: Tapped | None) -> tuple[Ints, float]:
    """The beats as frames, and how sure their level is, 0 to 1."""
    activation = _activation(onsets.all)
    beats = follow(activation, FRAME_RATE, SLOWEST, FASTEST)
    if len(beats) < 4:
        return beats, 0.0
    tempo = 60 * FRAME_RATE / np.diff(beats)
    low, high = np.percentile(tempo, [5, 95])
    centre = float(np.median(tempo) if high > 1.9 * low else np.sqrt(low * high))
    levels, accents = {}, accented(beats, onsets)
    for level in LEVELS:
        if level == 5 - accents:
            continue  # what is heard to go by threes is not counted by twos, nor the other way round
        if level == accents or LEAST_TEMPO <= centre / level <= MOST_TEMPO:
            counted = _sounding(_follow_within(activation, centre / level), spectrum, onsets)
            if level == accents or _is_level(counted, beats, level):
                levels[level] = counted
    if len(levels[accents]) < 4:
        return levels[accents], 0.0
    aligned = {level: _aligned(counted, onsets) for level, counted in levels.items()}
    votes = vote(aligned, accents, onsets, spectrum, tapped)
    level = max(votes, key=lambda level: votes[level])
    again = _activation(_weighed(onsets, levels[level]).all)
    found = _sounding(_follow_within(again, centre / level), spectrum, onsets)
    return found, float(1 / sum(np.exp(other - votes[level]) for other in votes.values()))


def _is_level(counted: Ints, beats: Ints, level: float) -> bool:
    """Whether one is counted for every ``level`` beats: what is tracked may have come to another tempo."""
    if len(counted) < LEAST_BEATS:
        return False
    periods = float(np.median(np.diff(counted)) / np.median(np.diff(beats)))
    return abs(periods / level - 1) < ANOTHER_TEMPO


def _follow_within(activation: Floats, tempo: float) -> Ints:
    """The beats within half an octave of a tempo, where a beat that is not heard is no reason to leave it."""
    activation = np.maximum(activation, PAUSE)
    reach = max(1, round(60 * FRAME_RATE / tempo / ZONE / 2))
    beats = follow(activation, FRAME_RATE, tempo / OCTAVE, tempo * OCTAVE, reach)
    return _steadied(beats, activation, reach)


def _weighed(onsets: Onsets, beats: Ints) -> Onsets:
    """Onsets whose bands weigh as much as they keep these beats, so that what plays off the beat misleads nowhere.

    Where a kick keeps the beat and hats fall between, a stretch without a loud kick would else be counted by hats.
    """
    between_beats = ((beats[1:] + beats[:-1]) / 2).astype(int)
    bands = (onsets.low, onsets.mid, onsets.high)
    strength = [(around_each(band, beats).mean(), around_each(band, between_beats).mean()) for band in bands]
    contrast = np.array([(on - off) / (on + off + 1e-9) for on, off in strength])
    weights = np.maximum(LEAST_WEIGHT, 1 + contrast / (np.abs(contrast).max() + 1e-9))
    low, mid, high = weights * len(bands) / weights.sum()
    return Onsets(low * onsets.low, mid * onsets.mid, high * onsets.high)


def _steadied(beats: Ints, activation: Floats, reach: int) -> Ints:
    """Beats that keep the song's tempo where they left it for a while for what does not keep time itself.

    A band that rests while a voice sings on is no other tempo. Another tempo has beats that are heard, and in the
    old one they would not be.
    """
    periods = np.diff(beats)
    if len(periods) < LONG_ENOUGH:
        return beats
    usual = float(np.median(periods))
    astray = np.abs(periods / usual - 1) > STEADY
    if not astray.any() or astray.mean() > SOMETIMES:
        return beats
    tempo = 60 * FRAME_RATE / usual
    kept = follow(activation, FRAME_RATE, tempo / (1 + STEADY), tempo * (1 + STEADY), reach)
    for first, last in _stretches(astray):
        start, end = beats[first], beats[last]
        heard, in_time = (
            around_each(activation, moments[(moments >= start) & (moments <= end)]).mean()
            for moments in (beats, kept)
        )
        if in_time < STILL_HEARD * heard:
            return beats
    return kept


def _stretches(astray: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last beats around runs of periods that are astray, runs within a few beats of each other as one."""
    found: list[tuple[int, int]] = []
    for index in np.flatnonzero(astray).tolist():
        if found and index - found[-1][1] <= TOGETHER:
            found[-1] = found[-1][0], index + 1
        else:
            found.append((index, index + 1))
    return found


def _activation(envelope: Floats) -> Floats:
    """How much each frame sounds like a beat, relative to the strong onsets of the seconds around it."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d  # noqa: PLC0415

    peaks = maximum_filter1d(envelope, int(FRAME_RATE))
    strong = uniform_filter1d(peaks, int(4 * FRAME_RATE), mode="nearest")
    return np.asarray(np.clip(envelope / (strong + 1e-3), 0.01, 0.97))


def _sounding(beats: Ints, spectrum: Spectrum, onsets: Onsets) -> Ints:
    """Leave out the beats before the song begins and after it has died away (40 dB under its loud parts).

    The beats end with the last one that is struck, not with its echo.
    """
    audible = np.flatnonzero(spectrum.loudness > np.percentile(spectrum.loudness, 95) - 40)
    struck = np.flatnonzero(around_each(onsets.all, beats) > AUDIBLE)
    if not len(audible) or not len(struck):
        return beats[:0]
    beats = beats[: struck[-1] + 1]
    return np.asarray(beats[(beats >= audible[0] - 0.1 * FRAME_RATE) & (beats <= audible[-1])])


def _aligned(beats: Ints, onsets: Onsets) -> Floats:
    """Beat times in seconds, each moved to the strongest onset near it, if there is one."""
    envelope = onsets.all
    reach = round(NEAR * FRAME_RATE)
    padded = np.pad(envelope, reach)
    near = padded[beats[:, None] + np.arange(2 * reach + 1)]
    likely = near * np.exp(-0.5 * (np.arange(-reach, reach + 1) / reach) ** 2)
    offset = likely.argmax(axis=1) - reach
    inner = np.abs(offset) < reach  # at the rim it belongs to another event
    audible = near.max(axis=1) > AUDIBLE
    moved = np.where(inner & audible, beats + offset, beats)
    times = between(np.clip(moved, 0, len(envelope) - 1), envelope) / FRAME_RATE + ATTACK
    times = np.maximum(0.0, times)
    return np.asarray(times[np.concatenate([[True], np.diff(times) > 0.05])])
