"""Borders: the bar lines at which a section begins.

Witnesses, each a curve over bar lines: how much the sound of the bars after differs from that of the bars before,
over spans of 4 and 8 bars, so that a loop of chords cancels out; where a loop of chords is left for another one; the
novelty of the time-lag structure, which sees where repetitions begin and end (Serrà, Müller, Grosche, Arcos, IEEE
TMM 2014); the coming and going of the voice; lines of the lyrics that come again. What bar lines tell whose
surroundings are repeats of each other is shared between them. The borders are the best partition by dynamic
programming with a preference for lengths of 4, 8 and 16 bars.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from limelight.listen.rhythm.pointer import Floats
from limelight.listen.structure.bars import DYNAMIC, Bars
from limelight.listen.structure.refrain import repeated_lines
from limelight.score import Line

SHORTEST_BARS, LONGEST_BARS = 4, 32
SHORTEST_SECONDS, HASTE = 8.0, 0.15
"""A shorter section is unlikely, and how much so a second; intro and outro may be."""
SPANS = (4, 8)
"""Bars on either side of a border that are compared."""
LOOPS = (2, 4, 8)
"""Bars after which a progression comes again."""
WORTH = 0.8
"""Evidence that a border needs."""
MORE = 0.1
"""What it needs beyond that where there are twice as many lines to begin at by chance."""
SHARED = 0.5
"""How much bar lines with alike surroundings learn from each other."""
SOUND, LOOP, STRUCTURE, VOICE, PAUSE, WORDS = 1.0, 0.6, 0.6, 0.6, 0.3, 0.4
FLOOR, STRONG = 30.0, 0.2
"""Percentile of the changes of sound that is none, and the least that a strong one is above it."""
SUNG = 0.3
"""Share of a bar with voice from which on it is sung."""
BREATHLESS = 0.1
"""Share of a bar with voice under which it is a pause."""
INSIDE = 0.4
"""Against a border in the middle of a line."""


def find_borders(bars: Bars, lines: Sequence[Line]) -> list[int]:
    """The bar lines at which sections begin, with the first and the last one."""
    if len(bars) < 2 * SHORTEST_BARS + 2:
        return [0, len(bars)]
    return partition(witnesses(bars, lines), bars.edges, parts=bars.parts)


def witnesses(bars: Bars, lines: Sequence[Line]) -> Floats:
    """(bars + 1,) how likely a section begins at each bar line, about 0 to 1 for each witness."""
    chords = same_chords(bars)
    changes = _sound_changes(bars)
    going_on = _loops_go_on(chords) ** 4 * (1 - np.minimum(1, 2 * changes))
    total = SOUND * changes + LOOP * _loops_left(chords)
    total += STRUCTURE * _peaked(_structure(chords, bars.timbre)) * (1 - going_on)
    total += SHARED * _shared(total, bars, chords)
    total += VOICE * _voice_borders(bars) + PAUSE * _pauses(bars)
    total += WORDS * _lyric_borders(bars, lines)
    total -= INSIDE * _inside_lines(bars, lines)
    loud = np.flatnonzero(bars.loudness > bars.loudness.max() - DYNAMIC)
    total[loud[-1] :] = 0  # where the song dies away is no section of its own
    total[: loud[0] + 1] = 0
    from_rim = np.minimum(np.arange(len(total)), np.arange(len(total))[::-1])
    return np.asarray(
        total * np.minimum(1, from_rim / SHORTEST_BARS)
    )  # there is little to compare with at the rims


def same_chords(bars: Bars, key: int = 0) -> Floats:
    """(bars, bars) how alike the chords are, -1 to 1, 0 for the usual: cosines of what each bar has of its own.

    Args:
        bars: The song's.
        key: Semitones by which the second of the two is moved up.
    """
    total = np.zeros((len(bars), len(bars)))
    for part in (bars.harmony, bars.bass):
        own = part - part.mean(axis=0)
        own /= np.linalg.norm(own, axis=(1, 2), keepdims=True) + 1e-6
        total += 0.5 * own.reshape(len(bars), -1) @ np.roll(own, key, axis=2).reshape(len(bars), -1).T
    return total


def _sound_changes(bars: Bars) -> Floats:
    """(n + 1,) 0 to 1: the difference of the mean sound before and after, against how restless the song is."""
    loudness = (bars.loudness - bars.loudness.mean()) / (bars.loudness.std() + 0.5)
    sung = 2.0 * (_steadied(bars.sung > SUNG) > 0)
    sound = np.concatenate([bars.timbre, 2.0 * loudness[:, None], sung[:, None]], axis=1)
    size = len(sound)
    total = np.concatenate([np.zeros((1, sound.shape[1])), np.cumsum(sound, axis=0)])
    restless = float(np.median(((sound[4:] - sound[:-4]) ** 2).mean(axis=1))) / 2 if size > 4 else 0.0
    change = np.zeros(size + 1)
    for span in SPANS:
        for border in range(2, size - 1):
            before, after = max(0, border - span), min(size, border + span)
            past = (total[border] - total[before]) / (border - before)
            future = (total[after] - total[border]) / (after - border)
            difference = float(((past - future) ** 2).mean())
            chance = restless / (border - before) + restless / (after - border)
            change[border] += difference / (difference + 0.4 + 3 * chance) / len(SPANS)
    inner = change[SHORTEST_BARS : size + 1 - SHORTEST_BARS]  # a fade at the end is no measure of the rest
    floor = float(np.percentile(inner, FLOOR))
    strong = max(STRONG, float(np.percentile(inner, 93)) - floor)
    return np.asarray(np.clip((change - floor) / strong, 0, 1.2))


def _steadied(sung: npt.NDArray[np.bool_]) -> Floats:
    """Singing without pauses of a bar, and without cries of one bar."""
    from scipy.ndimage import binary_closing, binary_opening  # noqa: PLC0415

    padded = np.pad(sung, 2, mode="edge")
    closed = binary_closing(padded, np.ones(3))
    return np.asarray(binary_opening(closed, np.ones(2))[2:-2], float)


def _loops_left(chords: Floats) -> Floats:
    """(n + 1,) 0 to 1: how much less the next bars repeat the last ones than they do within either side."""
    size = len(chords)
    left = np.zeros(size + 1)
    for loop in LOOPS:
        again = _again(chords, loop)
        for border in range(2 * loop, size - 2 * loop + 1):
            usual = min(again[border - loop], again[border + loop])
            left[border] = max(left[border], usual - again[border])
    return np.asarray(np.clip(left, 0, 1))


def _loops_go_on(chords: Floats) -> Floats:
    """(n + 1,) 0 to 1: how much the next four bars repeat the last four, against the best repeats of the song."""
    repeat = max(0.3, float(np.percentile(chords[~np.eye(len(chords), dtype=bool)], 97)))
    return np.asarray(np.clip(_again(chords, SPANS[0]) / repeat, 0, 1))


def _again(chords: Floats, loop: int) -> Floats:
    """(n + 1,) how alike the next ``loop`` bars are to as many before, -1 to 1."""
    again = np.zeros(len(chords) + 1)
    for border in range(loop, len(chords) - loop + 1):
        again[border] = np.diagonal(chords[border : border + loop, border - loop : border]).mean()
    return again


def _structure(chords: Floats, timbre: Floats) -> Floats:
    """(n + 1,) novelty of structure features: how the set of repetitions changes at each border."""
    from scipy.ndimage import gaussian_filter  # noqa: PLC0415

    size = len(chords)
    alike = (1 + chords) * _similarity(timbre) ** 0.5
    nearest = np.quantile(alike, 0.88, axis=1, keepdims=True)
    recurrence = ((alike >= nearest) & (alike >= nearest.T)).astype(np.float64)
    lagged = np.stack([np.roll(recurrence[bar], -bar) for bar in range(size)])  # (bar, lag)
    lagged[:, 0] = 0
    smooth = gaussian_filter(lagged, (1.2, 0.6), mode=("nearest", "wrap"))
    novelty = np.zeros(size + 1)
    novelty[2:-2] = np.linalg.norm(smooth[2:-1] - smooth[1:-2], axis=1)
    return novelty


def _similarity(features: Floats) -> Floats:
    """(n, n) Gaussian similarity, 0 to 1, at the scale of the median distance."""
    square = (features**2).sum(axis=1)
    distance = np.maximum(square[:, None] + square[None] - 2 * features @ features.T, 0)
    return np.asarray(np.exp(-distance / (np.median(distance) + 1e-9)))


def _peaked(curve: Floats) -> Floats:
    """A curve's peaks, relative to its strong ones; elsewhere 0."""
    from scipy.ndimage import maximum_filter1d  # noqa: PLC0415

    peaks = np.where(curve == maximum_filter1d(curve, 5), np.maximum(curve - np.median(curve), 0), 0)
    strong = np.percentile(peaks[peaks > 0], 90) if (peaks > 0).any() else 1.0
    return np.asarray(np.clip(peaks / strong, 0, 1.2))


def _shared(evidence: Floats, bars: Bars, chords: Floats) -> Floats:
    """(n + 1,) the mean evidence of the bar lines with alike surroundings, as far as there are any."""
    size = len(bars)
    alike = chords + _similarity(bars.timbre)
    reach = SPANS[0]
    padded = np.pad(alike, reach, constant_values=float(np.median(alike)))
    shifted = (
        padded[reach + k : reach + k + size + 1, reach + k : reach + k + size + 1]
        for k in range(-reach, reach)
    )
    around = np.mean(list(shifted), axis=0)
    near = np.abs(np.subtract.outer(np.arange(size + 1), np.arange(size + 1))) < reach
    usual, repeat = np.percentile(around[~near], [50, 98]) if (~near).any() else (0.0, 1.0)
    weight = np.clip((around - usual) / (repeat - usual + 1e-6), 0, 1) ** 4
    weight[near] = 0
    mean = weight @ evidence / (weight.sum(axis=1) + 1e-6)
    return np.asarray((mean - evidence) * np.minimum(1, weight.sum(axis=1)))


def _voice_borders(bars: Bars) -> Floats:
    """(n + 1,) 1 where the voice comes after two bars or more without it, or leaves for as long."""
    borders = np.zeros(len(bars) + 1)
    sung = bars.sung > SUNG
    for border in range(2, len(bars) - 1):
        before, after = sung[border - 2 : border], sung[border : border + 2]
        comes = not before.any() and after.any() and sung[border]
        goes = sung[border - 1] and not after.any()
        borders[border] = float(comes or goes)
    return borders


def _pauses(bars: Bars) -> Floats:
    """(n + 1,) up to 1 around a bar without voice between sung ones, less where such bars are frequent."""
    sung = bars.sung > SUNG
    silent = np.flatnonzero((bars.sung[1:-1] < BREATHLESS) & sung[:-2] & sung[2:]) + 1
    around = np.zeros(len(bars) + 1)
    around[silent] = around[silent + 1] = min(1.0, len(bars) / 8 / max(1, len(silent)))
    return around


def _lyric_borders(bars: Bars, lines: Sequence[Line]) -> Floats:
    """(n + 1,) 1 at the bar line nearest to where a run of two or more repeated lines begins, or ends."""
    borders = np.zeros(len(bars) + 1)
    repeated = repeated_lines(lines)
    for index, line in enumerate(lines):
        if repeated[index] and (index == 0 or not repeated[index - 1]):
            borders[int(np.abs(bars.edges - line.start).argmin())] = 1.0
        if repeated[index] and index + 1 < len(lines) and not repeated[index + 1]:
            borders[int(np.abs(bars.edges - lines[index + 1].start).argmin())] = 1.0
    return borders


def _inside_lines(bars: Bars, lines: Sequence[Line]) -> Floats:
    """(n + 1,) 1 at bar lines well inside a line: more than a bar after it began and half a bar before it ends."""
    inside = np.zeros(len(bars) + 1)
    bar = float(np.median(np.diff(bars.edges)))
    for line in lines:
        inside[(bars.edges > line.start + 0.75 * bar) & (bars.edges < line.end - 0.25 * bar)] = 1.0
    return inside


def partition(evidence: Floats, edges: Floats, parts: int = 1) -> list[int]:
    """The borders, as indices of bar lines with both ends, that gather most evidence at likely lengths.

    Args:
        evidence: (bars + 1,) for each bar line.
        edges: (bars + 1,) seconds of the bar lines.
        parts: How many of these bars are one of the beat grid's.
    """
    bars = len(evidence) - 1
    worth = evidence - WORTH - MORE * (parts - 1)
    best = np.full(bars + 1, -np.inf)
    best[0] = 0.0
    back = np.zeros(bars + 1, int)
    for end in range(1, bars + 1):
        gain = worth[end] if end < bars else 0.0
        for start in range(max(0, end - LONGEST_BARS * parts), end):
            length = end - start
            at_rim = start == 0 or end == bars
            if length < (2 if at_rim else SHORTEST_BARS):
                continue
            score = best[start] + gain + length_preference(length / parts)
            if not at_rim:
                score -= HASTE * max(0.0, SHORTEST_SECONDS - float(edges[end] - edges[start]))
            if score > best[end]:
                best[end], back[end] = score, start
    cuts = [bars]
    while cuts[-1] > 0:
        cuts.append(int(back[cuts[-1]]))
    return cuts[::-1]


def length_preference(bars: float) -> float:
    """Sections mostly last 8 or 16 bars, often 4 or 12, seldom an odd number."""
    regular = 0.25 if bars % 8 == 0 else 0.1 if bars % 4 == 0 else 0.0 if bars % 2 == 0 else -0.1
    too_long = 0.05 * max(0, bars - 16)
    too_short = 0.25 * max(0, SHORTEST_BARS - bars)
    return regular - too_long - too_short
