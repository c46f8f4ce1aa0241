"""Levels: which of the beats that could be counted are felt.

Of a song's metrical levels several can be tapped: its quarters, its halves, its eighths. Each is tracked, and these
vote: what is usual, the accents, a network that was trained on people's tapping, and the chords, which change where
bars begin.
"""

from collections.abc import Mapping

import numpy as np

from limelight.listen.rhythm.beatnet import FRAME_RATE as TAP_RATE
from limelight.listen.rhythm.beatnet import Tapped
from limelight.listen.rhythm.meter import chords_in_bars
from limelight.listen.rhythm.onsets import Onsets, around_each
from limelight.listen.rhythm.pointer import Floats, Ints
from limelight.listen.sound.spectrum import FRAME_RATE, Spectrum

SLOWEST, FASTEST = 48.0, 215.0
"""Beats a minute."""
LEAST_TEMPO, MOST_TEMPO = 36.0, 256.0
"""Beats a minute of a level that may be voted for: beyond SLOWEST and FASTEST it is halves or doubles of those."""
USUAL, SPREAD = 105.0, 0.6
"""Preferred tempo (beats a minute) and its spread (octaves), near van Noorden and Moelants' resonance (1999)."""
AGREEMENT = 4.0
"""What a factor of e between strong and weak beats in every band weighs against the preference of tempo."""
LEAST_AGREEMENT = 0.08
"""Less than this (a factor of 1.08) is chance."""
BACKBEAT, SLOW_BACKBEAT = 0.1, 0.5
"""What a slow backbeat counts as agreement; how much more the snare must repeat after four beats than after two."""
EVERY_OTHER, ACCENT = 0.4, 1.15
"""How much a snare on every other beat repeats; what is that much stronger than elsewhere is an accent."""
KICKED = 1.6
"""How much more is low where a kick is played than where none is."""
LONG_ENOUGH = 48
"""Beats of a song in which a usual tempo can be told."""
LEVELS = (0.5, 1, 2, 3)
"""How many of the beats that were found make one of a level."""
BY_TEMPO, BY_ACCENTS, BY_TAPS, BY_CHORDS = 0.5, 1.0, 1.0, 4.0
"""What the votes weigh: tempo (nats), the accents' choice, taps (nats a half second), chords (0 to 1)."""
ALONE = 1.5
"""What the accents' choice weighs where nobody taps."""
PASSED_OVER = 0.03
"""A peak of taps from which on it speaks against a level that it is no beat of."""
MISSED = 0.06
"""Seconds within which a tap is a beat's."""
CERTAIN = 0.01
"""The least probability that taps give, for a beat or against it."""


def vote(
    levels: Mapping[float, Floats],
    accents: float,
    onsets: Onsets,
    spectrum: Spectrum,
    tapped: Tapped | None,
) -> dict[float, float]:
    """How good each level is as that of the felt beats.

    Args:
        levels: The beats of each level in seconds.
        accents: The level that the accents choose (:func:`accented`).
        onsets: The song's.
        spectrum: The song's.
        tapped: What the network hears, if it is here.

    Returns:
        The levels' votes, in about nats: the highest wins.
    """
    if len(levels) == 1:
        return dict.fromkeys(levels, 0.0)
    votes = {}
    for level, beats in levels.items():
        votes[level] = BY_TEMPO * _preference(60 / float(np.median(np.diff(beats))))
        votes[level] += BY_CHORDS * chords_in_bars(beats, onsets, spectrum)
        if level == accents:
            votes[level] += ALONE if tapped is None else BY_ACCENTS
        if tapped is not None:
            votes[level] += BY_TAPS * _tapped_along(beats, tapped)
    return votes


def _preference(tempo: float) -> float:
    """The log-likelihood of a tempo in beats a minute, 0 or less."""
    return float(-0.5 * (np.log2(tempo / USUAL) / SPREAD) ** 2)


def _tapped_along(beats: Floats, tapped: Tapped) -> float:
    """The log-likelihood, for each half second, that these beats are tapped and no others."""
    taps = np.clip(tapped.beat + tapped.first, CERTAIN, 1 - CERTAIN)
    frames = np.clip(np.round(beats * TAP_RATE).astype(int), 0, len(taps) - 1)
    rises = (taps[1:-1] > taps[:-2]) & (taps[1:-1] >= taps[2:]) & (taps[1:-1] > PASSED_OVER)
    peaks = np.flatnonzero(rises) + 1
    peaks = peaks[(peaks > frames[0] - 5) & (peaks < frames[-1] + 5)]
    nearest = np.abs(peaks[:, None] / TAP_RATE - beats).min(axis=1) if len(peaks) else np.zeros(0)
    heard = np.log(around_each(taps, frames)).sum()
    passed = np.log(1 - taps[peaks[nearest > MISSED]]).sum()
    return float((heard + passed) / (2 * (beats[-1] - beats[0])))


def accented(beats: Ints, onsets: Onsets) -> int:
    """How many of these beats make one felt beat: 1, 2 or 3.

    Beats are grouped when the tempo is then more usual and the strong ones are stronger in every band. Where
    the bands disagree (kick on one beat, snare on the other) both are felt beats, unless a snare on every fourth
    of them says that they are eighths.
    """
    tempo = float(60 * FRAME_RATE / np.median(np.diff(beats)))
    votes = {1: _preference(tempo)}
    for group in (2, 3):
        agreement = _agreement(beats, onsets, group)
        allowed = _repeats(beats, onsets, group) >= _repeats(beats, onsets, 5 - group)
        if group == 2 and _has_slow_backbeat(beats, onsets):
            agreement, allowed = max(agreement, BACKBEAT), True
        elif group == 2 and _take_turns(beats, onsets):
            allowed = False
        if allowed and tempo / group >= SLOWEST and agreement > LEAST_AGREEMENT:
            votes[group] = _preference(tempo / group) + AGREEMENT * agreement
    return max(votes, key=lambda group: votes[group])


def _has_slow_backbeat(beats: Ints, onsets: Onsets) -> bool:
    """Whether what is high (snare) repeats after four beats, not after two, and is no accent of all bands."""
    if len(beats) < LONG_ENOUGH / 2:
        return False
    low, high = around_each(onsets.low, beats), _standard(around_each(onsets.high, beats))
    snare = int(np.argmax([high[phase::4].mean() for phase in range(4)]))
    kicks = np.array([low[phase::4].mean() for phase in range(4)])
    accent = kicks[snare] > ACCENT * np.delete(kicks, snare).max()
    played = kicks.max() > KICKED * kicks.min()  # a metronome has no kick
    return bool(_repeat(high, 4) - _repeat(high, 2) > SLOW_BACKBEAT and played and not accent)


def _take_turns(beats: Ints, onsets: Onsets) -> bool:
    """Whether what is high (snare) is on every other beat, and what is lowest (kick) on those between."""
    if len(beats) < LONG_ENOUGH / 2:
        return False
    low, high = around_each(onsets.low, beats), _standard(around_each(onsets.high, beats))
    kick, snare = (int(np.argmax([band[phase::4].mean() for phase in range(4)])) for band in (low, high))
    return _repeat(high, 2) > EVERY_OTHER and (kick - snare) % 2 == 1


def _repeat(values: Floats, lag: int) -> float:
    return float((values[lag:] * values[:-lag]).mean())


def _standard(values: Floats) -> Floats:
    """Mean 0, spread 1."""
    return np.asarray((values - values.mean()) / (values.std() + 1e-9))


def _repeats(beats: Ints, onsets: Onsets, lag: int) -> float:
    """How much the strengths of the beats, band by band, repeat after ``lag`` beats: -1 to 1."""
    bands = np.stack([_standard(around_each(band, beats)) for band in (onsets.low, onsets.mid, onsets.high)])
    return float((bands[:, lag:] * bands[:, :-lag]).mean())


def _agreement(beats: Ints, onsets: Onsets, group: int) -> float:
    """The least, over the bands, of log(strong beats / next stronger beats) when every ``group``-th is strong.

    Judged in stretches of 24 beats, each with its own strong phase, so that one slip does not blur the rest.
    """
    bands = np.stack([around_each(band, beats) for band in (onsets.low, onsets.mid, onsets.high)])
    ratios = []
    for start in range(0, max(1, bands.shape[1] - 12), 24):
        stretch = bands[:, start : start + 24]
        phases = np.stack([stretch[:, phase::group].mean(axis=1) for phase in range(group)]) + 0.5
        strong = int(np.log(phases).sum(axis=1).argmax())
        others = np.delete(phases, strong, axis=0).max(axis=0)
        ratios.append(np.log(phases[strong] / others))
    return float(np.mean(ratios, axis=0).min())
