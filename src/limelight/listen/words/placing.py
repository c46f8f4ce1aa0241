"""Lines without times, placed in a song that may sing more than they say, or not all of it.

They are placed by what was heard and by attention, then compared by sound (:mod:`limelight.listen.words.echoes`) and
placed again: those that stand where another line sounds are held to where their own does, and where a line sounds
that the text lacks its words keep the others away. Until nothing changes.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from limelight.listen.words.align import MOST_KEPT, NEAR_ENOUGH, Placed, Settled, settle
from limelight.listen.words.anchors import Anchors, between, find_anchors, with_fillers
from limelight.listen.words.echoes import Echo, echoes, keys, nearly_alike, woven
from limelight.listen.words.hearing import Hearing
from limelight.listen.words.transcribe import HeardWord

LIKELY = -4.0
"""Mean log-probability of words from which on they are this song's (measured: -0.7 to -2.6; others -5 to -11)."""
MOST_ROUNDS = 3
"""So often are lines compared by sound and placed again; each time costs as much as the first."""
MOST_TRIES = 3
"""So often is a round begun anew without what cost a line its place."""
NEIGHBOURS = 2
"""Lines on either side of one that lost its place among which the line is that took it."""

Times = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Part:
    """A line to be placed.

    Attributes:
        words: Its words.
        number: Of the line in the text; None if it is only there to keep others from its place.
        span: Seconds between which it is looked for; None: everywhere.
    """

    words: tuple[str, ...]
    number: int | None
    span: tuple[float, float] | None = None


def place_lines(hearing: Hearing, lines: Sequence[Sequence[str]], heard: Sequence[HeardWord]) -> Settled:
    """Place lines of a text, in its order.

    Compared by sound they are only if the voice was separated, if they are this song's, and in songs of which all
    looks are kept (up to about ten minutes), as it would take too long otherwise.

    Args:
        hearing: The song.
        lines: Words of each line.
        heard: What was heard, each moment once.
    """
    parts = [Part(tuple(line), number) for number, line in enumerate(lines)]
    settled = _settled(hearing, parts, heard)
    if not len(hearing.voiced.timbre) or len(hearing.starts) > MOST_KEPT or not belongs(settled.placed):
        return settled
    names = keys(lines)
    firsts = np.cumsum([0, *(len(line) for line in lines)])[:-1]
    held: set[int] = set()
    for _ in range(MOST_ROUNDS):
        before = [part.number for part in parts], set(held)
        starts = np.where(settled.sung, settled.placed.starts[firsts], np.nan)
        order = woven(names, starts, echoes(lines, settled, hearing.voiced))
        held |= _moved(order, starts)
        parts = _parts(lines, names, order, held)
        if ([part.number for part in parts], held) == before:
            break
        again = _nothing_lost(hearing, parts, heard, settled)
        if again is None:
            break
        settled = again
    return settled


def belongs(placed: Placed) -> bool:
    """Another song's words are not what the model expects in this sound, even where they stand best."""
    return float(placed.log_probabilities.mean()) >= LIKELY


def _moved(order: Sequence[tuple[int | None, Echo | None]], starts: Times) -> set[int]:
    """Lines that stand elsewhere than where another line says that their words are sung, or nowhere."""
    return {
        line
        for line, echo in order
        if line is not None
        and echo is not None
        and echo.heard
        and not abs(echo.start - starts[line]) <= NEAR_ENOUGH  # or NaN: it was not found
    }


def _parts(
    lines: Sequence[Sequence[str]],
    names: Sequence[str],
    order: Sequence[tuple[int | None, Echo | None]],
    held: Collection[int],
) -> list[Part]:
    """Lines, and between them those that sound where the text has nothing.

    Beside a line of nearly the same words that stands nowhere surely it is left out: it may be that line.
    """
    parts = []
    for at, (line, echo) in enumerate(order):
        span = None if echo is None else (echo.start - NEAR_ENOUGH, echo.start + echo.length + NEAR_ENOUGH)
        if line is not None:
            known = span if line in held and echo is not None and echo.heard else None
            parts.append(Part(tuple(lines[line]), line, known))
        elif echo is not None and echo.heard:
            beside = order[max(0, at - 1) : at + 2]
            unsure = [names[one] for one, own in beside if one is not None and not (own and own.heard)]
            if not any(nearly_alike(name, echo.key) for name in unsure):
                parts.append(Part(_shortest(lines, names, echo.key), None, span))
    return parts


def _shortest(lines: Sequence[Sequence[str]], names: Sequence[str], key: str) -> tuple[str, ...]:
    """The words of the shortest of the lines that are the same."""
    return min((tuple(line) for line, name in zip(lines, names, strict=True) if name == key), key=len)


def _nothing_lost(
    hearing: Hearing, parts: Sequence[Part], heard: Sequence[HeardWord], before: Settled
) -> Settled | None:
    """Parts placed so that no line loses its place; None if some line always does.

    What stands nearest to a line that lost its place and is not in the text is taken out, and the line is not held.
    """
    for _ in range(MOST_TRIES):
        settled = _settled(hearing, parts, heard)
        lost = set(np.flatnonzero(before.sung & ~settled.sung).tolist())
        if not lost:
            return settled
        parts = _without(parts, lost)
    return None


def _without(parts: Sequence[Part], lost: Collection[int]) -> list[Part]:
    """Parts without those that took lines' places; ``lost``: the numbers of the lines."""
    guilty = set()
    for at, part in enumerate(parts):
        near = range(max(0, at - NEIGHBOURS), min(len(parts), at + NEIGHBOURS + 1))
        added = [other for other in near if parts[other].number is None]
        if part.number in lost and added:
            guilty.add(min(added, key=lambda other: abs(other - at)))
    kept = [part for at, part in enumerate(parts) if at not in guilty]
    return [replace(part, span=None) if part.number in lost else part for part in kept]


def _settled(hearing: Hearing, parts: Sequence[Part], heard: Sequence[HeardWord]) -> Settled:
    """Parts placed, and among them what was heard where the text has nothing; of those that the text has."""
    anchors = find_anchors([part.words for part in parts], heard)
    filled = with_fillers([part.words for part in parts], anchors)
    whole = [
        replace(parts[at], words=tuple(words)) if at >= 0 else Part(tuple(words), None)
        for words, at in filled
    ]
    words = [part.words for part in whole]
    found = find_anchors(words, heard)
    spans = np.array([part.span or (np.nan, np.nan) for part in whole], dtype=np.float64)
    known = _known(found, words, spans)
    expected = np.where(np.isnan(known), np.nan, found.expected())
    everything = settle(hearing, words, between(known, hearing.duration), expected, spans)
    given = np.array([part.number is not None for part in whole])
    shown = np.repeat(given, [len(part.words) for part in whole])
    return Settled(everything.placed.only(shown), everything.sung[given])


def _known(found: Anchors, words: Sequence[Sequence[str]], spans: Times) -> Times:
    """(words,) seconds of the anchors that agree with where lines are held; of a held line without one even steps.

    Args:
        found: The anchors.
        words: Of each line.
        spans: (lines, 2) seconds, NaN for lines that are not held.
    """
    line_of = np.repeat(np.arange(len(words)), [len(line) for line in words])
    early, late = spans[line_of].T
    times = np.full(len(line_of), np.nan)
    times[found.kept] = found.times[found.kept]
    times[(times < early) | (times > late)] = np.nan
    for line in np.flatnonzero(~np.isnan(spans[:, 0])).tolist():
        mine = line_of == line
        if np.isnan(times[mine]).all():
            first, last = spans[line] + (NEAR_ENOUGH, -NEAR_ENOUGH)
            times[mine] = np.linspace(first, last, int(mine.sum()), endpoint=False)
    held = np.where(np.isnan(early), np.nan, times)
    reached = np.fmax.accumulate(np.concatenate([[-np.inf], held]))[:-1]
    coming = np.fmin.accumulate(np.concatenate([[np.inf], held[::-1]]))[-2::-1]
    times[np.isnan(held) & ((times < reached) | (times > coming))] = np.nan
    return times
