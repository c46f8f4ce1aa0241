"""Meter: where the bars begin.

Each beat gets evidence of being a first beat: the chord changes there, the bass note changes, the kick and not the
snare sounds. The meter is the period at which that evidence repeats; the phase is a vote over the whole song in
which the phase may slip now and then (a bar of two, a beat left out), decoded as one best path.
"""

import numpy as np

from limelight.listen.rhythm.onsets import Onsets
from limelight.listen.rhythm.pointer import Floats, Ints
from limelight.listen.sound.spectrum import CHROMA_RATE, FRAME_RATE, Array, Spectrum

LOW = 200.0
"""Hz: the kick and the bass are below."""
LEAST_CHANGE = 0.05
"""Spread of 1 - cosine below which nothing changes: a chord change is 0.4 to 0.5, drums alone stay below 0.01."""
AHEAD = 0.9
"""What a chord change half a beat ahead of a beat counts of one on it."""
JUST_THERE = 0.9
"""What the change half a beat ahead must be of that a whole beat ahead, to be no rest of it."""
DOTTED = 105.0
"""Dotted beats a minute from which on a shuffle in four is likelier than 6/8."""
HALF_BAR, HALF_BAR_QUICK = 0.4, 0.7
"""What the repeats after two beats must be of those after four, for bars of two; where dotted beats are quick."""
QUICK = 130.0
"""Beats a minute from which on bars of three may be halves of 6/8."""
PAIRED, WEAK = 1.0, 0.35
"""Evidence, in spreads, of first beats of every other bar, and the share of it that those between have at most, for
them to be halves."""
SLIP = 6.0
"""Nats that a bar of irregular length costs."""


def find_bars(beats: Floats, onsets: Onsets, spectrum: Spectrum) -> tuple[Ints, int]:
    """Which beats begin a bar, as indices, and the beats in a bar (2 stands for 6/8 felt in two)."""
    if len(beats) < 8:
        return np.arange(0, len(beats), 4), 4
    evidence = _evidence(beats, onsets, spectrum)
    meter = _meter(
        evidence, 60 / float(np.median(np.diff(beats))), compound=_subdivided_in_three(beats, onsets)
    )
    return _first_beats(evidence, meter), meter


def felt(
    beats: Floats, firsts: Ints, meter: int, onsets: Onsets, spectrum: Spectrum
) -> tuple[Floats, Ints, int]:
    """The beats that are felt where quick ones were counted: 6/8 by its eighths.

    Told by bars of three quick beats of which only every other one begins like a bar.

    Args:
        beats: (n,) seconds.
        firsts: Which of them begin a bar.
        meter: Beats in a bar.
        onsets: The song's.
        spectrum: The song's.

    Returns:
        Beats, first beats and meter: the same ones if they are slow enough, or all bars are as strong.
    """
    if meter != 3 or len(firsts) < 8 or 60 / np.median(np.diff(beats)) < QUICK:
        return beats, firsts, meter
    evidence = _evidence(beats, onsets, spectrum)
    rest = float(np.delete(evidence, firsts).mean())
    weak, strong = np.sort([evidence[firsts[::2]].mean() - rest, evidence[firsts[1::2]].mean() - rest])
    if strong < PAIRED or weak > WEAK * strong:
        return beats, firsts, meter
    return beats[firsts], _first_beats(_standard(evidence[firsts]), 2), 2


def _evidence(beats: Floats, onsets: Onsets, spectrum: Spectrum) -> Floats:
    """(beats,) how much each beat sounds like the first of a bar, mean 0, spread 1."""
    kick, upper = _at(onsets.low, beats), _at(onsets.mid, beats) + _at(onsets.high, beats)
    harmony = 1.0 * _standard(_change_near(spectrum.chroma, beats), LEAST_CHANGE)
    harmony += 0.7 * _standard(_change_near(spectrum.bass, beats), LEAST_CHANGE)
    total = _sustained(spectrum) * harmony
    total += 0.5 * _standard(kick) + 0.2 * _standard(_loudness_change(spectrum, beats))
    frames = np.clip(np.round(beats * FRAME_RATE).astype(int), 0, len(spectrum.mel) - 1)
    low = spectrum.mel[frames][:, spectrum.mel_centres < LOW].mean()
    if low > 0.5 * spectrum.mel[frames].mean():
        total -= 0.5 * _standard(upper - kick)  # a snare; a loud kick is loud above as well
    else:
        total += 0.5 * _standard(upper)  # no drums, no bass: what is loud is the accent
    return _standard(total)


def chords_in_bars(beats: Floats, onsets: Onsets, spectrum: Spectrum) -> float:
    """How well bars of three or four of these beats tell where the chords change: 0 to 1.

    Bars of two or four where the beats are divided in three. The correlation between the first beats of the best
    bars and the changes.
    """
    changes = _standard(_change_near(spectrum.chroma, beats), LEAST_CHANGE)
    changes += 0.7 * _standard(_change_near(spectrum.bass, beats), LEAST_CHANGE)
    meters = (2, 4) if _subdivided_in_three(beats, onsets) else (3, 4)
    return max(0.0, *(_explained(changes, meter) for meter in meters))


def _explained(evidence: Floats, meter: int) -> float:
    """The correlation of the best bars of so many beats with what is told by their first beats: -1 to 1."""
    first = np.zeros(len(evidence))
    first[_first_beats(_standard(evidence), meter)] = 1
    if not 0 < first.sum() < len(first) or not float(evidence.std()):
        return 0.0
    return float(np.corrcoef(first, evidence)[0, 1])


def _repeats(values: Floats, lag: int) -> float:
    """How much standardised values repeat after ``lag`` of them and twice as many: -1 to 1."""
    if 2 * lag > len(values) - 4:
        return 0.0
    once, twice = (float((values[:-by] * values[by:]).mean()) for by in (lag, 2 * lag))
    return (once + twice) / 2


def _change_near(chroma: Array, beats: Floats) -> Floats:
    """(beats,) the chord change at each beat, or half a beat ahead of it (syncopation) where it is most just there.

    What is half a beat after a change on a beat differs nearly as much, and is none of the next beat's.
    """
    ahead = beats - 0.5 * np.diff(beats, prepend=2 * beats[0] - beats[1])
    on, early = _change(chroma, beats), _change(chroma, np.maximum(0, ahead))
    before = np.concatenate([[0.0], on[:-1]])
    return np.asarray(np.where(early > JUST_THERE * before, np.maximum(on, AHEAD * early), on))


def _change(chroma: Array, beats: Floats) -> Floats:
    """(beats,) 1 - cosine similarity of the pitch classes of the two beats before and the two after each beat."""
    edges = np.clip(np.round(beats * CHROMA_RATE).astype(int), 0, len(chroma))
    total = np.concatenate([np.zeros((1, 12)), np.cumsum(chroma, axis=0, dtype=np.float64)])
    padded = np.concatenate([[edges[0], edges[0]], edges, [len(chroma), len(chroma)]])
    before = total[padded[2:-2]] - total[padded[:-4]]
    after = total[padded[4:]] - total[padded[2:-2]]
    before -= before.min(axis=1, keepdims=True)
    after -= after.min(axis=1, keepdims=True)
    norms = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    return np.asarray(1 - (before * after).sum(axis=1) / (norms + 1e-9))


def _loudness_change(spectrum: Spectrum, beats: Floats) -> Floats:
    level = np.concatenate([[0.0], np.cumsum(np.maximum(spectrum.loudness, -60), dtype=np.float64)])
    frames = np.clip(np.round(beats * FRAME_RATE).astype(int), 0, len(spectrum.loudness))
    bar = int(np.median(np.diff(frames)) * 4)
    before, after = np.maximum(frames - bar, 0), np.minimum(frames + bar, len(spectrum.loudness))
    rise = (level[after] - level[frames]) / np.maximum(after - frames, 1)
    return np.asarray(np.abs(rise - (level[frames] - level[before]) / np.maximum(frames - before, 1)))


def _at(envelope: Floats, beats: Floats) -> Floats:
    frames = np.clip(np.round(beats * FRAME_RATE).astype(int), 0, len(envelope) - 1)
    return np.asarray(np.pad(envelope, 3)[frames[:, None] + np.arange(7)].max(axis=1))


def _sustained(spectrum: Spectrum) -> float:
    """Share of the song that is within 30 dB of its loud parts: clicks with silence between carry no chords."""
    return float(np.mean(spectrum.loudness > np.percentile(spectrum.loudness, 99) - 30))


def _standard(values: Floats, least: float = 1e-9) -> Floats:
    """Mean 0, spread 1 (or below, where the spread is below ``least``), and no value beyond 3."""
    return np.asarray(np.clip((values - values.mean()) / max(float(values.std()), least), -3, 3))


def _subdivided_in_three(beats: Floats, onsets: Onsets) -> bool:
    """Whether more begins at thirds of a beat than at its half."""
    envelope = onsets.low + onsets.mid + onsets.high
    gaps = np.diff(beats)
    half = _at(envelope, beats[:-1] + gaps / 2).mean()
    thirds = np.mean([_at(envelope, beats[:-1] + gaps * share).mean() for share in (1 / 3, 2 / 3)])
    return bool(thirds > 1.3 * half)


def _meter(evidence: Floats, tempo: float, *, compound: bool) -> int:
    """The period at which the evidence repeats: 3 or 4, or, where beats are divided in three, 2 or 4."""
    if compound:
        share = HALF_BAR_QUICK if tempo > DOTTED else HALF_BAR
        return 2 if _repeats(evidence, 2) > share * _repeats(evidence, 4) else 4
    three, four = (_repeats(evidence, beats) + _explained(evidence, beats) for beats in (3, 4))
    return 3 if three > four + 0.05 else 4


def _first_beats(evidence: Floats, meter: int) -> Ints:
    """The best path through positions in the bar, 0 to meter - 1, as indices of beats at position 0."""
    gain = np.where(np.arange(meter) == 0, 1.0, -1.0 / (meter - 1))
    score = np.zeros(meter)
    back = np.zeros((len(evidence), meter), int)
    for beat, strength in enumerate(evidence):
        slipped = score.max() - SLIP
        onward = np.roll(score, 1)
        back[beat] = np.where(onward >= slipped, (np.arange(meter) - 1) % meter, score.argmax())
        score = np.maximum(onward, slipped) + strength * gain
    position = int(score.argmax())
    firsts = []
    for beat in range(len(evidence) - 1, -1, -1):
        if position == 0:
            firsts.append(beat)
        position = int(back[beat, position])
    return np.array(firsts[::-1], int)
