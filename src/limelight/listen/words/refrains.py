"""Lines that the text lacks and the song may have: a refrain given whole in one place and cut short in another.

A text that has "A B" in one place, "B C" in another and "A C" in a third has probably lost a B there, if somebody
sings near by where the text has no words. Such a line is placed with the others, so that they are not drawn to where
it is sung; it is not shown.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from limelight.listen.words.align import Settled
from limelight.listen.words.transcribe import folded
from limelight.listen.words.voicing import Voicing

REACH = 1
"""Lines: so far from where a line is missing may the hole be, as a line is drawn to where a like one is sung."""
LEAST_HOLE = 1.5
"""Seconds sung without words. Where nothing is missing the voice's noises and held words leave less."""
ROOM = 2.0
"""A missing line may be so many times as long as its hole: the lines beside it spread into half of it."""
HELD = 6.0
"""Seconds that a line's last word may be held."""

PICK_UP = 0.6
"""Share of a line's words that make it the same line as one without the words before them."""

Times = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Cut:
    """Lines that may be missing.

    Attributes:
        gap: The number of the line before which they may be missing.
        lines: Numbers of the same lines elsewhere, in order.
        support: How often the text has them beside the lines here; 0 if beside one of the two only.
    """

    gap: int
    lines: tuple[int, ...]
    support: int


def cuts(lines: Sequence[Sequence[str]]) -> list[Cut]:
    """Where lines may be missing that the text has elsewhere, by the lines that follow each other in it.

    One or two lines that lead from the line before to the line after; or one line of which the text has several
    copies, and which more than once follows the line before, or stands before the line after. Lines that follow each
    other oftener than that lack nothing.

    Args:
        lines: Words of each line.
    """
    keys = _keys(lines)
    number = {key: at for at, key in reversed(list(enumerate(keys)))}
    counts = Counter(keys)
    pairs = Counter(itertools.pairwise(keys))
    after: dict[str, set[str]] = defaultdict(set)
    for one, other in pairs:
        after[one].add(other)
    found = []
    for gap, (here, there) in enumerate(itertools.pairwise(keys), start=1):
        for path in _paths(after, here, there):
            support = min(pairs[edge] for edge in itertools.pairwise((here, *path, there)))
            if support >= pairs[here, there]:
                found.append(Cut(gap, tuple(number[key] for key in path), support))
        if pairs[here, there] > 1:
            continue
        beside = (key for key in sorted(counts.keys() - {here, there}) if counts[key] > 1)
        often = (key for key in beside if max(pairs[here, key], pairs[key, there]) > 1)
        found.extend(Cut(gap, (number[key],), 0) for key in often)
    return found


def likely(cuts: Sequence[Cut], holes: Times, lengths: Times) -> dict[int, tuple[int, ...]]:
    """The cuts that explain holes: numbers of lines by the line before which they are missing.

    Args:
        cuts: What may be missing.
        holes: (lines + 1,) seconds that are sung without words before each line, and after the last.
        lengths: (lines,) seconds that each line lasts.
    """
    chosen: dict[int, tuple[int, ...]] = {}
    for hole in np.argsort(-holes, kind="stable").tolist():
        left = float(holes[hole])
        near = [cut for cut in cuts if abs(cut.gap - hole) <= REACH]
        for cut in sorted(near, key=lambda cut: (-cut.support, abs(cut.gap - hole), -len(cut.lines))):
            length = float(sum(lengths[line] for line in cut.lines))
            if cut.gap not in chosen and left >= LEAST_HOLE and length <= ROOM * left:
                chosen[cut.gap] = cut.lines
                left -= length
    return chosen


def holes(
    lines: Sequence[Sequence[str]], settled: Settled, voiced: Voicing, duration: float
) -> tuple[Times, Times]:
    """Where is sung without words, and how long each line lasts where it is sung fastest.

    Args:
        lines: Words of each line.
        settled: Where they stand.
        voiced: Where somebody sings.
        duration: Seconds of the song.

    Returns:
        (lines + 1,) seconds sung before each line and after the last; (lines,) seconds.
    """
    starts = settled.placed.starts
    edges = np.cumsum([0, *(len(line) for line in lines)])
    keys = [_key(line) for line in lines]
    silent = np.zeros(len(lines) + 1)
    lengths = np.zeros(len(lines))
    shortest: dict[str, float] = {}
    reached = 0.0
    for number, (first, last) in enumerate(itertools.pairwise(edges.tolist())):
        following = starts[last] if last < len(starts) else duration
        fades = voiced.fades(starts[last - 1], min(starts[last - 1] + HELD, following))
        end = max(float(settled.placed.ends[last - 1]), fades)
        lengths[number] = end - starts[first]
        if settled.sung[number]:
            silent[number] = _sung(voiced, reached, float(starts[first]))
            shortest[keys[number]] = min(shortest.get(keys[number], np.inf), lengths[number])
            reached = end
    silent[-1] = _sung(voiced, reached, duration)
    fastest = [shortest.get(key, length) for key, length in zip(keys, lengths, strict=True)]
    return silent, np.array(fastest, dtype=np.float64)


def without_nearest(
    missing: Mapping[int, tuple[int, ...]], lost: npt.NDArray[np.int64]
) -> dict[int, tuple[int, ...]]:
    """What may be missing without the one nearest to each line that lost its place; ``lost``: their numbers."""
    nearest = {min(missing, key=lambda gap: abs(gap - number)) for number in lost.tolist()}
    return {gap: others for gap, others in missing.items() if gap not in nearest}


def restored(
    lines: Sequence[Sequence[str]], missing: Mapping[int, Sequence[int]]
) -> list[tuple[list[str], int]]:
    """Words of each line with its number, and of each missing one with -1; ``missing``: see :func:`likely`."""
    whole: list[tuple[list[str], int]] = []
    for number, line in enumerate(lines):
        whole += [(list(lines[other]), -1) for other in missing.get(number, ())]
        whole.append((list(line), number))
    return whole


def _keys(lines: Sequence[Sequence[str]]) -> list[str]:
    """What makes lines the same: their words, without a few that are sung before the line in one place."""
    keys = [_key(line) for line in lines]
    words = {key: len(key.split()) for key in keys}

    def bare(key: str) -> str:
        ends = [end for end in words if key.endswith(end) and words[end] >= PICK_UP * words[key]]
        return min(ends, key=len)

    return [bare(key) for key in keys]


def _key(line: Sequence[str]) -> str:
    return " ".join(map(folded, line))


def _paths(after: Mapping[str, set[str]], here: str, there: str) -> Iterator[tuple[str, ...]]:
    """One or two lines that lead from one to another, none of them twice."""
    for one in sorted(after[here] - {here, there}):
        if there in after[one]:
            yield (one,)
        for two in sorted(after[one] - {here, there, one}):
            if there in after[two]:
                yield (one, two)


def _sung(voiced: Voicing, start: float, end: float) -> float:
    return voiced.share(start, end) * max(0.0, end - start)
