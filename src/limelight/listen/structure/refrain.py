"""Refrain: the words that come again.

What sections, their labels and the form of a song take from its words, all from here: which lines are the same, which
are repeated, in which runs, which of those runs are the refrain, and which sections sing the chorus's own lines.
"""

import itertools
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

from limelight.score import Line

BREATH = 6.0
"""Seconds between two lines of one refrain at most."""
REFRAIN_LINES = 2
"""Lines in a row that must come again to be a refrain, and times that it must be heard."""
WHOLE = 4
"""Lines of a refrain that is sung twice in a row; fewer are its halves."""
NEARLY_EVERY = 0.7
"""Share of the times that a refrain is heard in which a line must be to belong to it."""
SAME = 0.8
"""Share of letters in the same order from which two lines are the same line, sung a little differently."""
LONG = 12
"""Letters from which on a line may be found inside another one that is up to 1 / SAME_WITHIN times as long."""
SAME_WITHIN = 0.65


def plain(text: str) -> str:
    """A line for comparison: its letters and digits, without case."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def same_lines(lines: Sequence[Line]) -> list[int]:
    """For each line, the index of the first line that is the same, or nearly: "with fear, no", "with fear, no no"."""
    texts = [plain(line.text) for line in lines]
    firsts: list[int] = []
    found: list[int] = []
    for index, text in enumerate(texts):
        same = next((first for first in firsts if _nearly(texts[first], text)), index)
        if same == index:
            firsts.append(index)
        found.append(same)
    return found


def _nearly(one: str, other: str) -> bool:
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= LONG and len(shorter) >= SAME_WITHIN * len(longer) and shorter in longer:
        return True
    if len(shorter) < SAME * len(longer) / (2 - SAME):
        return False
    match = SequenceMatcher(None, one, other, autojunk=False)
    return match.quick_ratio() >= SAME and match.ratio() >= SAME


def repeated_lines(lines: Sequence[Line]) -> list[bool]:
    """For each line, whether it and a neighbour both come again elsewhere in that order."""
    again = [False] * len(lines)
    for index, comes in enumerate(_repeated_pairs(same_lines(lines))):
        if comes:
            again[index] = again[index + 1] = True
    return again


def _repeated_pairs(same: Sequence[int]) -> list[bool]:
    """For each line but the last, whether it and the next one come again in that order."""
    pairs = list(itertools.pairwise(same))
    count = Counter(pairs)
    return [count[pair] > 1 for pair in pairs]


def refrains(lines: Sequence[Line]) -> list[list[Line]]:
    """Each time that the refrain is sung, in order: of the runs of lines that come again, the kind most often heard.

    A verse that is sung twice comes again as well, but not as often as the chorus between.
    """
    same = same_lines(lines)
    runs = _runs(lines, same)
    if not runs:
        return []
    kinds = _kinds([[same[index] for index in run] for run in runs])
    weights = {
        kind: _weight([run for run, own in zip(runs, kinds, strict=True) if own == kind], lines)
        for kind in kinds
    }
    chorus = max(weights, key=lambda kind: weights[kind])
    if weights[chorus][0] < REFRAIN_LINES:
        return []
    heard = [run for run, kind in zip(runs, kinds, strict=True) if kind == chorus]
    return [[lines[index] for index in run] for run in _core(heard, same)]


def _core(runs: Sequence[Sequence[int]], same: Sequence[int]) -> list[list[int]]:
    """Each run from the first to the last line that nearly every run has: a verse may come again beside it."""
    count = Counter(line for run in runs for line in {same[index] for index in run})
    cores = []
    for run in runs:
        usual = [index for index in run if count[same[index]] >= NEARLY_EVERY * len(runs)]
        whole = len(usual) < REFRAIN_LINES
        cores.append(list(run) if whole else [index for index in run if usual[0] <= index <= usual[-1]])
    return cores


def _runs(lines: Sequence[Line], same: Sequence[int]) -> list[list[int]]:
    """Runs of lines each of which comes again after the one before, by their indices."""
    runs: list[list[int]] = []
    for index, again in enumerate(_repeated_pairs(same)):
        if not again or lines[index + 1].start - lines[index].end > BREATH:
            continue
        if runs and runs[-1][-1] == index and not _begins_anew(runs, same, index + 1):
            runs[-1].append(index + 1)
        elif runs and runs[-1][-1] == index:
            runs.append([index + 1])
        else:
            runs.append([index, index + 1])
    return [run for run in runs if len(run) >= REFRAIN_LINES]


def _begins_anew(runs: Sequence[Sequence[int]], same: Sequence[int], index: int) -> bool:
    """Whether a line is the first of its run again, and the run is as long by now as a refrain, and the last one."""
    run = runs[-1]
    if same[index] != same[run[0]] or len(run) < WHOLE:
        return False
    return len(runs) < REFRAIN_LINES or len(runs[-2]) <= len(run)


def _kinds(runs: Sequence[Sequence[int]]) -> list[int]:
    """For each run, the first one with which it shares half of its lines or more; itself if there is none."""
    kinds: list[int] = []
    for index, run in enumerate(runs):
        own = set(run)
        alike = (
            kinds[before]
            for before, other in enumerate(runs[:index])
            if 2 * len(own & set(other)) >= min(len(own), len(set(other)))
        )
        kinds.append(next(alike, index))
    return kinds


def _weight(runs: Sequence[Sequence[int]], lines: Sequence[Line]) -> tuple[int, float]:
    """How often a kind of run is heard, runs without other lines between them counted once, and for how long."""
    visits = 1 + sum(after[0] > before[-1] + 1 for before, after in itertools.pairwise(runs))
    apart = sum(
        lines[after[0]].start - lines[before[-1]].end > BREATH
        for before, after in itertools.pairwise(runs)
        if after[0] == before[-1] + 1
    )
    return visits + apart, sum(lines[run[-1]].end - lines[run[0]].start for run in runs)


def sings_refrain(texts: list[list[str]], letters: list[str], chorus: str) -> list[bool]:
    """For each section, whether half of its lines or more are the chorus's own: heard in two of its sections."""
    heard = [
        text
        for letter, inside in zip(letters, texts, strict=True)
        if letter == chorus
        for text in set(inside)
    ]
    refrain = {text for text in heard if heard.count(text) > 1}
    return [
        len(inside) > 1 and 2 * sum(text in refrain for text in inside) >= len(inside) for inside in texts
    ]
