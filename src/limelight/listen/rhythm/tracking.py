"""Rhythm: onsets, beats, tempo and bars of a song.

Onsets: :mod:`~limelight.listen.rhythm.onsets`. Beats: :mod:`~limelight.listen.rhythm.pointer`, run once over all
tempi, then once more within the octave that the vote on metrical levels chose, then each beat is moved to the onset
that it belongs to. Bars: :mod:`limelight.listen.rhythm.meter`.
"""

import numpy as np
import numpy.typing as npt

from limelight.listen.rhythm.meter import felt, find_bars
from limelight.listen.rhythm.onsets import ATTACK, Onsets, around_each, between, find_onsets, pick
from limelight.listen.rhythm.pointer import ZONE, Floats, Ints, follow
from limelight.listen.sound.spectrum import FRAME_RATE, Spectrum
from limelight.score import BeatGrid

SLOWEST, FASTEST = 48.0, 215.0
"""Beats a minute."""
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
NEAR = 0.035
"""Seconds: how far a beat may be moved to its onset."""
LONG_ENOUGH = 48
"""Beats of a song in which a usual tempo can be told."""
STEADY, SOMETIMES = 0.05, 0.3
"""Deviation from the usual tempo from which on a beat is astray; the share that may be so in a steady song."""
STILL_HEARD = 0.5
"""What is heard at beats in the usual tempo, of what is heard at those astray, so that the usual tempo is kept."""
TOGETHER = 8
"""Beats between two stretches astray that count as one."""
PAUSE = 0.045
"""Activation at which a frame speaks neither for nor much against a beat: once the level is known, a beat that is
not heard is no reason to leave the tempo."""
AUDIBLE = 0.5
"""Onset strength, relative to the surroundings, from which a beat has an onset of its own."""
OFF_BEAT = (0.31, 0.42, 0.58, 0.69)
"""Places in the beat at which little begins: none of its halves, thirds or quarters."""
LEAST_CONFIDENCE = 0.25
"""Below this the song counts as having no beat. Noise, random clicks and unaccompanied voices stayed below 0.2."""


def track(spectrum: Spectrum) -> BeatGrid:
    """Find onsets, beats and bars. No steady beat: a grid without beats and with confidence 0."""
    onsets = find_onsets(spectrum)
    times, strengths = pick(onsets)
    frames = _find_beats(onsets, spectrum)
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
        confidence=confidence,
        onsets=tuple(times.tolist()),
        onset_strengths=tuple(strengths.tolist()),
    )


def beat_confidence(onsets: Onsets, beats: Ints) -> float:
    """How sure it is that these are the beats: 0 to 1, the product of four shares.

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


def _find_beats(onsets: Onsets, spectrum: Spectrum) -> Ints:
    activation = _activation(onsets)
    beats = follow(activation, FRAME_RATE, SLOWEST, FASTEST)
    if len(beats) < 4:
        return beats
    tempo = 60 * FRAME_RATE / np.diff(beats)
    low, high = np.percentile(tempo, [5, 95])
    centre = float(np.median(tempo) if high > 1.9 * low else np.sqrt(low * high)) / _level(beats, onsets)
    activation = np.maximum(activation, PAUSE)
    reach = max(1, round(60 * FRAME_RATE / centre / ZONE / 2))
    beats = follow(activation, FRAME_RATE, centre / 1.42, centre * 1.42, reach)
    return _sounding(_steadied(beats, activation, reach), spectrum, onsets)


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


def _activation(onsets: Onsets) -> Floats:
    """How much each frame sounds like a beat, relative to the strong onsets of the seconds around it."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d  # noqa: PLC0415

    envelope = onsets.all
    peaks = maximum_filter1d(envelope, int(FRAME_RATE))
    strong = uniform_filter1d(peaks, int(4 * FRAME_RATE), mode="nearest")
    return np.asarray(np.clip(envelope / (strong + 1e-3), 0.01, 0.97))


def _level(beats: Ints, onsets: Onsets) -> int:
    """How many of these beats make one felt beat: 1, 2 or 3.

    Beats are grouped when the tempo is then more usual and the strong ones are stronger in every band. Where
    the bands disagree (kick on one beat, snare on the other) both are felt beats, unless a snare on every fourth
    of them says that they are eighths.
    """
    tempo = float(60 * FRAME_RATE / np.median(np.diff(beats)))

    def preference(beats_a_minute: float) -> float:
        return float(-0.5 * (np.log2(beats_a_minute / USUAL) / SPREAD) ** 2)

    votes = {1: preference(tempo)}
    for group in (2, 3):
        agreement = _agreement(beats, onsets, group)
        allowed = _repeats(beats, onsets, group) >= _repeats(beats, onsets, 5 - group)
        if group == 2 and _has_slow_backbeat(beats, onsets):
            agreement, allowed = max(agreement, BACKBEAT), True
        elif group == 2 and _take_turns(beats, onsets):
            allowed = False
        if allowed and tempo / group >= SLOWEST and agreement > LEAST_AGREEMENT:
            votes[group] = preference(tempo / group) + AGREEMENT * agreement
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
