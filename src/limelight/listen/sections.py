"""Sections: the song's form.

Bars are described by harmony, timbre, loudness and voice. Where a section begins is told by four witnesses, each a
curve over bar lines: the checkerboard novelty of the self-similarity matrix (Foote, ICME 2000), the novelty of its
time-lag structure, which sees where repetitions begin and end (Serrà, Müller, Grosche, Arcos, IEEE TMM 2014), the
coming and going of the voice, and lines of the lyrics that are repeated elsewhere. The borders are the best
partition by dynamic programming with a preference for lengths of 4, 8 and 16 bars. Letters come from aligning the
sections with each other bar by bar; labels from repetition, energy, voice and place.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from limelight.listen.pointer import Floats
from limelight.listen.refrain import plain, repeated_lines, sings_refrain
from limelight.listen.spectrum import CHROMA_RATE, FRAME_RATE, Spectrum
from limelight.score import BeatGrid, Line, Section, SectionLabel, Voice

FREE_BAR = 2.0
"""Seconds of a stand-in for a bar where no beat was found."""
SHORTEST_BARS, LONGEST_BARS = 4, 32
KERNEL = 8
"""Bars on either side that the checkerboard looks at."""
DYNAMIC = 24.0
"""Decibels below the loudest bar under which all is one silence."""
WORTH = 0.75
"""Evidence that a border needs."""
ALIKE = 0.65
"""Alignment similarity, 0 to 1, from which two sections share a letter."""
VOICED = 0.25
"""Share of a section with voice from which on it counts as sung."""


@dataclass(frozen=True, eq=False)
class Bars:
    """A song bar by bar.

    Attributes:
        edges: (bars + 1,) seconds, from 0 to the song's duration.
        harmony: (bars, 48) pitch classes of four parts of each bar, unit length.
        timbre: (bars, 13) mel cepstrum and onset density, standardised.
        loudness: (bars,) dBFS, at least the loudest less DYNAMIC.
        sung: (bars,) share of the bar with voice.
    """

    edges: Floats
    harmony: Floats
    timbre: Floats
    loudness: Floats
    sung: Floats

    def __len__(self) -> int:
        return len(self.edges) - 1


def find_sections(
    spectrum: Spectrum,
    rhythm: BeatGrid,
    duration: float,
    voice: Voice | None = None,
    lines: Sequence[Line] = (),
) -> tuple[Section, ...]:
    """Sections that cover the song from 0 to its duration without a gap, at least one."""
    bars = _bars(spectrum, rhythm, duration, voice)
    cuts = _partition(_witnesses(bars, lines)) if len(bars) >= 2 * SHORTEST_BARS else [0, len(bars)]
    cuts = _instrumentals_joined(bars, cuts)
    letters = _letters(bars, cuts)
    energy = _energy(bars, cuts)
    labels = _labels(bars, cuts, letters, energy, lines)
    return tuple(
        Section(
            label=labels[index],
            start=float(bars.edges[start]),
            end=float(bars.edges[end]),
            energy=energy[index],
            letter=letters[index],
        )
        for index, (start, end) in enumerate(itertools.pairwise(cuts))
    )


def _bars(spectrum: Spectrum, rhythm: BeatGrid, duration: float, voice: Voice | None) -> Bars:
    edges = _edges(rhythm, duration)
    quarters = np.concatenate(
        [np.interp(np.arange(0, len(edges) - 1, 0.25), np.arange(len(edges)), edges), edges[-1:]]
    )
    harmony = _pooled(spectrum.chroma, CHROMA_RATE, quarters)
    harmony -= harmony.min(axis=1, keepdims=True)
    harmony = harmony.reshape(len(edges) - 1, 48)
    harmony /= np.linalg.norm(harmony, axis=1, keepdims=True) + 1e-9
    timbre = _pooled(_cepstrum(spectrum), FRAME_RATE, edges)
    power = _pooled(10 ** (spectrum.loudness[:, None] / 10), FRAME_RATE, edges)[:, 0]
    loudness = 10 * np.log10(power + 1e-10)
    loudness = np.maximum(loudness, loudness.max() - DYNAMIC)
    heard = loudness > loudness.max() - DYNAMIC  # silence would widen the scale of everything
    timbre = np.clip((timbre - timbre[heard].mean(axis=0)) / (timbre[heard].std(axis=0) + 1e-3), -3, 3)
    sung = np.zeros(len(edges) - 1)
    if voice is not None and voice.envelope:
        sung = _pooled(np.array(voice.envelope)[:, None] > 0.05, voice.rate, edges)[:, 0]
    return Bars(edges, harmony, timbre, loudness, sung)


def _edges(rhythm: BeatGrid, duration: float) -> Floats:
    """Bar lines with what is before the first and after the last; bits shorter than half a bar join a neighbour."""
    lines = np.array([time for time in rhythm.downbeats if 0 < time < duration])
    if len(lines) < 4:
        return np.linspace(0, duration, max(2, round(duration / FREE_BAR) + 1))
    bar = float(np.median(np.diff(lines)))
    before = np.arange(lines[0] - bar, bar / 2, -bar)[::-1]
    after = np.arange(lines[-1] + bar, duration - bar / 2, bar)
    edges = np.concatenate([[0.0], before, lines, after, [duration]])
    if edges[1] < bar / 2 and len(edges) > 2:
        edges = np.delete(edges, 1)
    if edges[-1] - edges[-2] < bar / 2 and len(edges) > 2:
        edges = np.delete(edges, -2)
    return np.asarray(edges)


def _pooled(values: npt.NDArray[np.generic], rate: float, edges: Floats) -> Floats:
    """(spans, features): the mean over each span between ``edges`` in seconds."""
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)])
    index = np.clip(np.round(edges * rate).astype(int), 0, len(values))
    count = np.maximum(index[1:] - index[:-1], 1)
    return np.asarray((total[index[1:]] - total[index[:-1]]) / count[:, None])


def _cepstrum(spectrum: Spectrum) -> Floats:
    """(frames, 13): loudness in the mel bands as 12 cosines, and how busy the frame is."""
    from scipy.fft import dct  # noqa: PLC0415

    level = np.log10(spectrum.mel + 1e-4)
    shape = dct(level, axis=1, norm="ortho")[:, :12]
    busy = np.abs(np.diff(level, axis=0, prepend=level[:1])).mean(axis=1, keepdims=True)
    return np.concatenate([shape, busy], axis=1)


def _witnesses(bars: Bars, lines: Sequence[Line]) -> Floats:
    """(bars + 1,) how likely a section begins at each bar line, about 0 to 1 for each witness."""
    loudness = (bars.loudness - bars.loudness.mean()) / (bars.loudness.std() + 0.5)
    sound = np.concatenate([bars.timbre, 2.0 * loudness[:, None], 2.0 * (bars.sung[:, None] > 0.3)], axis=1)
    total = 1.0 * _peaked(_checkerboard(_similarity(sound)))
    total += 0.8 * _peaked(_structure(bars.harmony, bars.timbre))
    total += 0.4 * _peaked(_checkerboard(bars.harmony @ bars.harmony.T))
    total += 0.6 * _voice_borders(bars)
    total += 0.5 * _lyric_borders(bars, lines)
    loud = np.flatnonzero(bars.loudness > bars.loudness.max() - DYNAMIC)
    total[loud[-1] :] = 0  # where the song dies away is no section of its own
    total[: loud[0] + 1] = 0
    from_rim = np.minimum(np.arange(len(total)), np.arange(len(total))[::-1])
    return np.asarray(
        total * np.minimum(1, from_rim / SHORTEST_BARS)
    )  # there is little to compare with at the rims


def _similarity(features: Floats) -> Floats:
    """(n, n) Gaussian similarity, 0 to 1, at the scale of the median distance."""
    square = (features**2).sum(axis=1)
    distance = np.maximum(square[:, None] + square[None] - 2 * features @ features.T, 0)
    return np.asarray(np.exp(-distance / (np.median(distance) + 1e-9)))


def _checkerboard(similarity: Floats) -> Floats:
    """(n + 1,) Foote's novelty at each border, with a tapered kernel."""
    size = len(similarity)
    taper = np.exp(-0.5 * ((np.arange(KERNEL) + 0.5) / (KERNEL / 2)) ** 2)
    novelty = np.zeros(size + 1)
    for border in range(2, size - 1):
        reach = min(KERNEL, border, size - border)
        weight = np.outer(taper[:reach], taper[:reach])
        past, future = slice(border - reach, border), slice(border, border + reach)
        inside = (similarity[past, past] * weight[::-1, ::-1]).sum() + (
            similarity[future, future] * weight
        ).sum()
        across = (similarity[past, future] * weight[::-1]).sum()
        novelty[border] = (inside - 2 * across) / (2 * weight.sum())
    return novelty


def _structure(harmony: Floats, timbre: Floats) -> Floats:
    """(n + 1,) novelty of structure features: how the set of repetitions changes at each border."""
    from scipy.ndimage import gaussian_filter  # noqa: PLC0415

    size = len(harmony)
    alike = (harmony @ harmony.T) * _similarity(timbre) ** 0.5
    nearest = np.quantile(alike, 0.88, axis=1, keepdims=True)
    recurrence = ((alike >= nearest) & (alike >= nearest.T)).astype(np.float64)
    lagged = np.stack([np.roll(recurrence[bar], -bar) for bar in range(size)])  # (bar, lag)
    lagged[:, 0] = 0
    smooth = gaussian_filter(lagged, (1.2, 0.6), mode=("nearest", "wrap"))
    novelty = np.zeros(size + 1)
    novelty[2:-2] = np.linalg.norm(smooth[2:-1] - smooth[1:-2], axis=1)
    return novelty


def _peaked(curve: Floats) -> Floats:
    """A curve's peaks, relative to its strong ones; elsewhere 0."""
    from scipy.ndimage import maximum_filter1d  # noqa: PLC0415

    peaks = np.where(curve == maximum_filter1d(curve, 5), np.maximum(curve - np.median(curve), 0), 0)
    strong = np.percentile(peaks[peaks > 0], 90) if (peaks > 0).any() else 1.0
    return np.asarray(np.clip(peaks / strong, 0, 1.2))


def _voice_borders(bars: Bars) -> Floats:
    """(n + 1,) 1 where the voice comes after two bars or more without it, or leaves for as long."""
    borders = np.zeros(len(bars) + 1)
    sung = bars.sung > 0.3
    for border in range(2, len(bars) - 1):
        before, after = sung[border - 2 : border], sung[border : border + 2]
        comes = not before.any() and after.any() and sung[border]
        goes = sung[border - 1] and not after.any()
        borders[border] = float(comes or goes)
    return borders


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


def _partition(witnesses: Floats) -> list[int]:
    """The borders, as indices of bar lines with both ends, that gather most evidence at likely lengths."""
    bars = len(witnesses) - 1
    worth = witnesses - WORTH
    best = np.full(bars + 1, -np.inf)
    best[0] = 0.0
    back = np.zeros(bars + 1, int)
    for end in range(1, bars + 1):
        gain = worth[end] if end < bars else 0.0
        for start in range(max(0, end - LONGEST_BARS), end):
            length = end - start
            at_rim = start == 0 or end == bars
            if length < (2 if at_rim else SHORTEST_BARS):
                continue
            score = best[start] + gain + _length_preference(length)
            if score > best[end]:
                best[end], back[end] = score, start
    cuts = [bars]
    while cuts[-1] > 0:
        cuts.append(int(back[cuts[-1]]))
    return cuts[::-1]


def _length_preference(bars: int) -> float:
    """Sections mostly last 8 or 16 bars, often 4 or 12, seldom an odd number."""
    regular = 0.25 if bars % 8 == 0 else 0.1 if bars % 4 == 0 else 0.0 if bars % 2 == 0 else -0.1
    too_long = 0.05 * max(0, bars - 16)
    too_short = 0.25 * max(0, SHORTEST_BARS - bars)
    return regular - too_long - too_short


def _instrumentals_joined(bars: Bars, cuts: list[int]) -> list[int]:
    """In a song with voice, without the borders between two alike sections in which nobody sings."""
    if bars.sung.max(initial=0.0) <= VOICED:
        return cuts
    letters = _letters(bars, cuts)
    silent = [bool(bars.sung[start:end].mean() <= VOICED) for start, end in itertools.pairwise(cuts)]
    return [
        cut
        for at, cut in enumerate(cuts)
        if not (0 < at < len(cuts) - 1 and silent[at - 1] and silent[at] and letters[at - 1] == letters[at])
    ]


def _letters(bars: Bars, cuts: list[int]) -> list[str]:
    """A letter for each section, in the order of first appearance; alike sections share one."""
    alike = bars.harmony @ bars.harmony.T
    others = alike[~np.eye(len(alike), dtype=bool)] if len(alike) > 1 else alike
    usual = (float(np.median(others)), float(np.percentile(others, 95)))
    groups: list[list[int]] = []
    names: list[str] = []
    for index in range(len(cuts) - 1):
        scores = [
            np.mean([_alignment(bars, cuts, index, other, usual) for other in group]) for group in groups
        ]
        top = int(np.argmax(scores)) if scores else -1
        if scores and scores[top] >= ALIKE:
            groups[top].append(index)
        else:
            top = len(groups)
            groups.append([index])
        names.append(chr(ord("A") + top) if top < 26 else f"Z{top - 25}")
    return names


def _alignment(bars: Bars, cuts: list[int], one: int, other: int, usual: tuple[float, float]) -> float:
    """How alike two sections are, 0 to 1: the best shift of one along the other, bar by bar.

    ``usual`` are the similarities in harmony of any two bars and of bars that repeat each other.
    """
    first, second = (np.arange(cuts[at], cuts[at + 1]) for at in (one, other))
    if len(first) > len(second):
        first, second = second, first
    if 2 * len(first) < len(second) and len(second) - len(first) > SHORTEST_BARS:
        return 0.0
    shifts = range(len(second) - len(first) + 1)
    harmony = max(
        float((bars.harmony[first] * bars.harmony[second[shift : shift + len(first)]]).sum(axis=1).mean())
        for shift in shifts
    )
    harmony = float(np.clip((harmony - usual[0]) / (usual[1] - usual[0] + 1e-6), 0, 1))
    gap = bars.timbre[first].mean(axis=0) - bars.timbre[second].mean(axis=0)
    timbre = float(np.exp(-0.5 * (gap**2).mean()))
    voice = 1 - abs(float((bars.sung[first] > VOICED).mean() - (bars.sung[second] > VOICED).mean()))
    return 0.6 * harmony + 0.25 * timbre + 0.15 * voice


def _energy(bars: Bars, cuts: list[int]) -> list[float]:
    """Loudness of each section relative to the loudest: 1 for that one, 0 at DYNAMIC below it."""
    means = [
        float(10 * np.log10(np.mean(10 ** (bars.loudness[start:end] / 10)) + 1e-10))
        for start, end in itertools.pairwise(cuts)
    ]
    loudest = max(means)
    return [round(float(np.clip(1 + (mean - loudest) / DYNAMIC, 0, 1)), 3) for mean in means]


def _labels(
    bars: Bars, cuts: list[int], letters: list[str], energy: list[float], lines: Sequence[Line]
) -> list[SectionLabel]:
    count = len(letters)
    sung = [float(bars.sung[start:end].mean()) for start, end in itertools.pairwise(cuts)]
    vocal_song = max(sung) > VOICED
    is_sung = [share > VOICED or not vocal_song for share in sung]
    chorus = _chorus(letters, energy, is_sung, _repeated_share(bars, cuts, lines))
    verse = _verse(letters, is_sung, chorus)
    refrain = sings_refrain(_texts_by_section(bars, cuts, lines), letters, chorus)
    lonely = [not is_sung[at] if vocal_song else letters.count(letters[at]) == 1 for at in range(count)]
    labels = []
    for index, letter in enumerate(letters):
        if index == 0 and count > 1 and lonely[0]:
            labels.append(SectionLabel.INTRO)
        elif index == count - 1 and count > 1 and lonely[index]:
            labels.append(SectionLabel.OUTRO)
        elif not is_sung[index]:
            labels.append(SectionLabel.SOLO)
        elif letter == chorus or refrain[index]:
            labels.append(SectionLabel.CHORUS)
        elif letter == verse or letters.count(letter) > 1 or index < count / 2:
            labels.append(SectionLabel.VERSE)
        else:
            labels.append(SectionLabel.BRIDGE)
    return labels


def _texts_by_section(bars: Bars, cuts: list[int], lines: Sequence[Line]) -> list[list[str]]:
    """The lines, without case and punctuation, whose middle lies in each section."""
    return [
        [plain(line.text) for line in lines if first <= (line.start + line.end) / 2 < last]
        for first, last in itertools.pairwise(bars.edges[cuts].tolist())
    ]


def _repeated_share(bars: Bars, cuts: list[int], lines: Sequence[Line]) -> list[float]:
    """For each section, the share of its lines that come again elsewhere."""
    again = {plain(line.text) for line, comes in zip(lines, repeated_lines(lines), strict=True) if comes}
    texts = _texts_by_section(bars, cuts, lines)
    return [float(np.mean([text in again for text in inside])) if inside else 0.0 for inside in texts]


def _chorus(letters: list[str], energy: list[float], is_sung: list[bool], repeated: list[float]) -> str:
    """The letter of the chorus: sung, repeated in words, loud, heard more than once, not first; "" if none is."""

    def score(letter: str) -> float:
        places = [index for index, other in enumerate(letters) if other == letter and is_sung[index]]
        if len(places) < 2:
            return -1.0
        loud = float(np.mean([energy[place] for place in places]))
        words = float(np.mean([repeated[place] for place in places]))
        first = places[0] == next(index for index, voiced in enumerate(is_sung) if voiced)
        return loud + 1.0 * words + 0.05 * len(places) - 0.15 * first

    scores = {letter: score(letter) for letter in letters}
    best = max(scores, key=lambda letter: scores[letter])
    return best if scores[best] > 0 else ""


def _verse(letters: list[str], is_sung: list[bool], chorus: str) -> str:
    """The letter of the verse: the first sung one that is not the chorus."""
    for letter, voiced in zip(letters, is_sung, strict=True):
        if voiced and letter != chorus:
            return letter
    return ""
