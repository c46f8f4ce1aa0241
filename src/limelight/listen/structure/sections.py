"""Sections: the song's form.

Bars are described by harmony, timbre, loudness and voice (:mod:`limelight.listen.structure.bars`), borders are found
among the bar lines (:mod:`limelight.listen.structure.borders`). Letters come from aligning the sections with each
other bar by bar; labels from repetition, energy, voice, words and place.
"""

import itertools
from collections.abc import Sequence

import numpy as np

from limelight.listen.rhythm.pointer import Floats
from limelight.listen.sound.spectrum import Spectrum
from limelight.listen.structure.bars import DYNAMIC, Bars, describe
from limelight.listen.structure.borders import SHORTEST_BARS, find_borders, same_chords
from limelight.listen.structure.refrain import plain, repeated_lines, sings_refrain
from limelight.score import BeatGrid, Line, Section, SectionLabel, Voice

LEAST_ALIKE, SURELY_ALIKE = 0.5, 0.8
"""Similarity, 0 to 1, between which lies the one from which two sections share a letter."""
HARMONY_TIMBRE_VOICE = np.array([0.45, 0.4, 0.15])
"""What the three weigh in it."""
REPEATED, LEAST_REPEAT = 93.0, 0.3
"""Percentile of the similarity of bars at which they count as repeats, and the least that it may be."""
OTHER_KEY = 0.15
"""What a section in another key is less alike."""
LOUDER = 0.05
"""Difference in energy from which on a section is louder than another one."""
REPEATED_WORDS = 0.3
"""Share of the lines of a letter's sections that come again, from which on its words are a refrain."""
VOICED = 0.25
"""Share of a section with voice from which on it counts as sung."""


def find_sections(
    spectrum: Spectrum,
    rhythm: BeatGrid,
    duration: float,
    voice: Voice | None = None,
    lines: Sequence[Line] = (),
) -> tuple[Section, ...]:
    """Sections that cover the song from 0 to its duration without a gap, at least one."""
    bars = describe(spectrum, rhythm, duration, voice, lines)
    cuts = find_borders(bars, lines)
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
    alike = _alike(bars, cuts)
    enough = _widest_gap(alike)
    groups: list[list[int]] = []
    names: list[str] = []
    for index in range(len(cuts) - 1):
        scores = [float(np.mean(alike[index, group])) for group in groups]
        top = int(np.argmax(scores)) if scores else -1
        if scores and scores[top] >= enough:
            groups[top].append(index)
        else:
            top = len(groups)
            groups.append([index])
        names.append(chr(ord("A") + top) if top < 26 else f"Z{top - 25}")
    return names


def _widest_gap(alike: Floats) -> float:
    """Where the similarities of the song's sections part into alike and not: the middle of their widest gap."""
    values = alike[np.triu_indices(len(alike), 1)]
    between = values[(values > LEAST_ALIKE) & (values < SURELY_ALIKE)]
    steps = np.sort(np.concatenate([[LEAST_ALIKE], between, [SURELY_ALIKE]]))
    widest = int(np.diff(steps).argmax())
    return float(steps[widest : widest + 2].mean())


def _alike(bars: Bars, cuts: list[int]) -> Floats:
    """(sections, sections) how alike two sections are, 0 to 1: the geometric mean of harmony, timbre and voice.

    Harmony is compared bar by bar at the best shift of the shorter one along the longer one, and in the best key: a
    last chorus a tone higher is a chorus.
    """
    count = len(cuts) - 1
    spans = [np.arange(start, end) for start, end in itertools.pairwise(cuts)]
    usual = same_chords(bars)
    others = usual[~np.eye(len(bars), dtype=bool)]
    repeat = max(LEAST_REPEAT, float(np.percentile(others, REPEATED))) if len(others) else 1.0
    best = np.zeros((count, count))
    for key in range(12):  # one after the other: of an hour's song each takes tens of megabytes
        chords = same_chords(bars, key) if key else usual
        for one, other in itertools.combinations(range(count), 2):
            found = _best_diagonal(chords[np.ix_(spans[one], spans[other])]) - OTHER_KEY * (key > 0)
            best[one, other] = max(best[one, other], found)
    alike = np.eye(count)
    for one, other in itertools.combinations(range(count), 2):
        first, second, harmony = spans[one], spans[other], best[one, other]
        gap = bars.timbre[first].mean(axis=0) - bars.timbre[second].mean(axis=0)
        timbre = float(np.exp(-0.5 * (gap**2).mean()))
        voice = 1 - abs(float((bars.sung[first] > VOICED).mean() - (bars.sung[second] > VOICED).mean()))
        shares = np.array([np.clip(harmony / repeat, 0.01, 1), timbre, np.clip(voice, 0.01, 1)])
        alike[one, other] = alike[other, one] = np.exp(HARMONY_TIMBRE_VOICE @ np.log(shares))
    return alike


def _best_diagonal(chords: Floats) -> float:
    """The best mean along a diagonal of (n, m) that is as long as the shorter side."""
    if chords.shape[0] > chords.shape[1]:
        chords = chords.T
    bars, span = chords.shape
    if 2 * bars < span and span - bars > SHORTEST_BARS:
        return 0.0
    return float(max(np.trace(chords[:, shift : shift + bars]) for shift in range(span - bars + 1)) / bars)


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
    is_sung = [share > VOICED for share in sung] if vocal_song else _within_rims(letters)
    repeated = _repeated_share(bars, cuts, lines)
    chorus = _chorus(letters, energy, is_sung, repeated)
    verse = _verse(letters, is_sung, chorus)
    refrain = sings_refrain(_texts_by_section(bars, cuts, lines), letters, chorus)
    labels = []
    for index, letter in enumerate(letters):
        if not is_sung[index]:
            labels.append(_unsung(index, count))
        elif letter == chorus or refrain[index]:
            labels.append(SectionLabel.CHORUS)
        elif letter == verse:
            labels.append(SectionLabel.VERSE)
        elif not chorus and letters.count(letter) < letters.count(verse):
            labels.append(SectionLabel.BRIDGE)  # of a song of verses, AABA
        elif letters.count(letter) > 1 or index < count / 2:
            labels.append(SectionLabel.VERSE)
        else:
            labels.append(SectionLabel.BRIDGE)
    return labels


def _unsung(index: int, count: int) -> SectionLabel:
    """What a section is in which nobody sings, by its place."""
    if count > 1 and index == 0:
        return SectionLabel.INTRO
    return SectionLabel.OUTRO if count > 1 and index == count - 1 else SectionLabel.SOLO


def _within_rims(letters: list[str]) -> list[bool]:
    """What takes the voice's place in a song without one: False for a first and last section that come only there."""
    last = len(letters) - 1
    rims = {0, last}
    return [
        at not in rims or last == 0 or any(other == letter for other in letters[1:last])
        for at, letter in enumerate(letters)
    ]


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
    """The letter of the chorus, "" if there is none.

    It is heard more than once, repeated in words, loud, and what is sung last; it is not what is sung first, or it is
    then louder than the rest. Where all that is sung has one letter, or verses begin and end the song (AABA), and no
    words come again, there is no chorus.
    """
    voiced = [letter for letter, sung in zip(letters, is_sung, strict=True) if sung]
    loudness = {
        letter: float(
            np.mean([energy[at] for at, other in enumerate(letters) if other == letter and is_sung[at]])
        )
        for letter in voiced
    }
    words = {
        letter: float(
            np.mean([repeated[at] for at, other in enumerate(letters) if other == letter and is_sung[at]])
        )
        for letter in voiced
    }

    def score(letter: str) -> float:
        rest = [loudness[other] for other in loudness if other != letter]
        louder = loudness[letter] - (max(rest) if rest else loudness[letter])
        if voiced.count(letter) < 2 or (
            louder < LOUDER and letter == voiced[0] and words[letter] < REPEATED_WORDS
        ):
            return -1.0
        place = 0.15 * (letter == voiced[-1]) - 0.15 * (letter == voiced[0])
        return loudness[letter] + 1.0 * words[letter] + 0.05 * voiced.count(letter) + place

    scores = {letter: score(letter) for letter in loudness}
    best = max(scores, key=lambda letter: scores[letter], default="")
    if not best or scores[best] < 0:
        return ""
    if (
        voiced[0] == voiced[-1] != best
        and words[best] < REPEATED_WORDS
        and loudness[best] < loudness[voiced[0]] + LOUDER
    ):
        return ""
    return best


def _verse(letters: list[str], is_sung: list[bool], chorus: str) -> str:
    """The letter of the verse: the first sung one that is not the chorus."""
    for letter, voiced in zip(letters, is_sung, strict=True):
        if voiced and letter != chorus:
            return letter
    return ""
