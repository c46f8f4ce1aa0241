"""Echoes: places where the voice does what it does elsewhere, and so sings the same words.

A recogniser that mishears singing cannot tell which of a refrain's lines it hears, but the singer sings each of them
the same way every time. Where a line stands that was found with certainty, its sound is taken and looked for in the
whole song: that finds the line where it was placed wrongly, and where it is sung but not in the text.
"""

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
import numpy.typing as npt

from limelight.listen.words.align import Settled
from limelight.listen.words.timbre import STEP, Floats
from limelight.listen.words.transcribe import folded
from limelight.listen.words.voicing import Voicing

SHORTEST, LONGEST = 1.2, 5.0
"""Seconds of a line's sound; shorter ones are like too much, and over longer ones a singer drifts."""
LAST_WORD = 0.5
"""Seconds of a line's last word that belong to its sound."""
MOSTLY = 0.5
"""Share of a line's sound in which somebody sings; the rests between lines all sound alike."""
LIKE = 1.35
"""An echo may be so many times as far from its line as lines that are in the text more than once usually are from
their nearest echo. On three songs the nearest place with other words was 1.9 to 2.7 times as far."""
FARTHEST = 0.5
"""An echo is never farther than that, of 1 for sounds that have nothing in common."""
ONE_PLACE = 0.6
"""Seconds within which echoes tell of one place."""
ITSELF = 0.5
"""Votes of the line that stands in a place for its own words; an echo has between half a vote and one."""
SHARED = 0.4
"""Share of the shorter of two places from which on both cannot be."""
PICK_UP = 0.6
"""Share of a line's words that make it the same line as one without the words before them."""
NEARLY_ALIKE = 0.6
"""Share of their words in which two lines agree of which one may stand for the other, if it stands there already."""
NEAR, FAR = 3.0, 10.0
"""Seconds: so far lines that are only nearly alike may be from an echo; and how much of a distance counts."""
SAME, NEARLY, SURER, AWAY = 1.0, 0.4, 0.2, 0.03
"""What it is worth that a line stands in an echo of the same words, of nearly the same; for each vote that is ahead
(two at most); and what each second costs by which the line is moved."""

Times = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Echo:
    """A place where a line's words are sung.

    Attributes:
        start: Seconds.
        length: Seconds of the sound that was compared.
        line: The number of the line whose sound is most like it, another one if possible.
        key: The line's words as :func:`keys` has them.
        lead: Votes by which these words are ahead of all others.
        heard: Whether a line elsewhere sounds like it, not only the line that stands here.
    """

    start: float
    length: float
    line: int
    key: str
    lead: float
    heard: bool


@dataclass(frozen=True)
class _Likeness:
    """That it sounds at ``start`` (seconds) as in a line; ``own``: where the line itself stands."""

    start: float
    line: int
    distance: float
    own: bool


def keys(lines: Sequence[Sequence[str]]) -> list[str]:
    """What makes lines the same: their folded words, without a few that are sung before the line in one place."""
    names = [" ".join(map(folded, line)) for line in lines]
    counts = {name: len(name.split()) for name in names}

    def bare(name: str) -> str:
        ends = [end for end in counts if name.endswith(end) and counts[end] >= PICK_UP * counts[name]]
        return min(ends, key=len)

    return [bare(name) for name in names]


def nearly_alike(one: str, other: str) -> bool:
    """Whether two lines, as :func:`keys` has them, agree in most of their words."""
    shared = SequenceMatcher(None, one.split(), other.split(), autojunk=False)
    return shared.ratio() >= NEARLY_ALIKE


def echoes(lines: Sequence[Sequence[str]], settled: Settled, voiced: Voicing) -> list[Echo]:
    """Where the song sings the words of which line, by its sound; in order of time, without overlaps.

    Args:
        lines: Words of each line.
        settled: Where they were placed, some of them wrongly.
        voiced: Where somebody sings, and how it sounds; what is not sung for half of its time is no echo.
    """
    names, timbre = keys(lines), voiced.timbre
    spans = {
        line: span
        for line, span in _spans(lines, settled, len(timbre) * STEP).items()
        if voiced.share(*span) >= MOSTLY
    }
    counts = Counter(names[line] for line in spans)
    far = {line: distances(timbre, *span) for line, span in spans.items()}
    nearest = [_nearest(far[line], spans[line][0]) for line in spans if counts[names[line]] > 1]
    if not nearest:
        return []
    limit = min(LIKE * float(np.median(nearest)), FARTHEST)
    found = [
        like
        for line, (start, end) in spans.items()
        for like in _likenesses(far[line], line, start, limit)
        if voiced.share(like.start, like.start + end - start) >= MOSTLY
    ]
    places = [_elected(place, names, spans, limit) for place in _places(found)]
    return _without_overlaps(places)


def distances(timbre: Floats, start: float, end: float) -> Times:
    """How far the sound between two moments is from that of every place of the song: 0 the same, 1 unrelated.

    One less the cosine between all values of both.

    Args:
        timbre: (n, 13) float32.
        start: Seconds.
        end: Seconds.

    Returns:
        (n - length + 1,) float64; value k is of the place that begins at k x ``STEP`` seconds.
    """
    whole = timbre.astype(np.float64)
    part = whole[round(start / STEP) : round(end / STEP)]
    length = len(part)
    products = sum(np.correlate(whole[:, row], part[:, row], "valid") for row in range(part.shape[1]))
    energy = np.concatenate([[0.0], np.cumsum((whole * whole).sum(axis=1))])
    norms = np.sqrt(np.maximum(energy[length:] - energy[:-length], 0.0) * (part * part).sum())
    return np.asarray(1 - products / np.maximum(norms, 1e-9), np.float64)


def woven(names: Sequence[str], starts: Times, found: Sequence[Echo]) -> list[tuple[int | None, Echo | None]]:
    """Lines in the order of the text among echoes in the order of the song, each line beside its echo.

    Needleman and Wunsch (1970) over lines and echoes: the most lines stand in echoes of their own words.

    Args:
        names: Each line's key.
        starts: (lines,) seconds at which they were placed; NaN for lines that were not found.
        found: The echoes.

    Returns:
        Numbers of lines, each with its echo or None; and echoes without a line.
    """
    worth = np.zeros((len(names) + 1, len(found) + 1))
    match = np.full_like(worth, -np.inf)
    for line, echo in itertools.product(range(len(names)), range(len(found))):
        match[line + 1, echo + 1] = worth[line, echo] + _worth(names[line], float(starts[line]), found[echo])
        worth[line + 1, echo + 1] = max(
            match[line + 1, echo + 1], worth[line, echo + 1], worth[line + 1, echo]
        )
    pairs = []
    line, echo = len(names), len(found)
    while line and echo:
        if worth[line, echo] == worth[line - 1, echo]:
            line -= 1
        elif worth[line, echo] == worth[line, echo - 1]:
            echo -= 1
        else:
            line, echo = line - 1, echo - 1
            pairs.append((line, echo))
    order: list[tuple[int | None, Echo | None]] = []
    between = np.fmax.accumulate(
        np.nan_to_num(starts, nan=-np.inf)
    )  # a line that was not found stands with the one before it
    after = (0, 0)
    for line, echo in [*reversed(pairs), (len(names), len(found))]:
        alone: list[tuple[float, int | None, Echo | None]] = [
            *((float(between[number]), number, None) for number in range(after[0], line)),
            *((found[number].start, None, found[number]) for number in range(after[1], echo)),
        ]
        order += [(number, place) for _, number, place in sorted(alone, key=lambda one: one[0])]
        if line < len(names):
            order.append((line, found[echo]))
        after = (line + 1, echo + 1)
    return order


def _worth(name: str, start: float, echo: Echo) -> float:
    """What it is worth that a line stands in an echo."""
    away = 0.0 if math.isnan(start) else abs(echo.start - start)
    cost = AWAY * min(away, FAR)
    if name == echo.key:
        return SAME + SURER * min(echo.lead, 2.0) - cost
    return NEARLY - cost if away < NEAR and nearly_alike(name, echo.key) else -np.inf


def _spans(
    lines: Sequence[Sequence[str]], settled: Settled, duration: float
) -> dict[int, tuple[float, float]]:
    """Seconds between which each sung line sounds, if that is long enough."""
    starts = settled.placed.starts
    edges = np.cumsum([0, *(len(line) for line in lines)])
    sung = np.flatnonzero(settled.sung).tolist()
    spans = {}
    for line, following in itertools.zip_longest(sung, sung[1:]):
        start = float(starts[edges[line]])
        last = float(starts[edges[line + 1] - 1]) + LAST_WORD
        after = duration if following is None else float(starts[edges[following]])
        end = min(last, after, start + LONGEST, duration)
        if end - start >= SHORTEST:
            spans[line] = start, end
    return spans


def _nearest(far: Times, start: float) -> float:
    """The distance of the likest place other than the line's own."""
    here, reach = round(start / STEP), round(2 * ONE_PLACE / STEP)
    return float(np.concatenate([far[: max(0, here - reach)], far[here + reach + 1 :], [1.0]]).min())


def _likenesses(far: Times, line: int, start: float, limit: float) -> list[_Likeness]:
    """The places that sound like a line, none of them near a liker one."""
    taken: list[int] = []
    apart = round(2 * ONE_PLACE / STEP)
    near = np.flatnonzero(far <= limit)
    for place in near[np.argsort(far[near], kind="stable")].tolist():
        if all(abs(place - other) >= apart for other in taken):
            taken.append(place)
    return [
        _Likeness(place * STEP, line, float(far[place]), own=abs(place * STEP - start) < 2 * STEP)
        for place in taken
    ]


def _places(found: Sequence[_Likeness]) -> list[list[_Likeness]]:
    """Likenesses that tell of one place together."""
    places: list[list[_Likeness]] = []
    for like in sorted(found, key=lambda one: one.start):
        if places and like.start - float(np.mean([one.start for one in places[-1]])) < ONE_PLACE:
            places[-1].append(like)
        else:
            places.append([like])
    return places


def _elected(
    place: Sequence[_Likeness], names: Sequence[str], spans: dict[int, tuple[float, float]], limit: float
) -> Echo:
    """The words for which most lines speak that sound like a place."""
    votes: dict[str, float] = defaultdict(float)
    for like in place:
        votes[names[like.line]] += ITSELF if like.own else 1 - 0.5 * like.distance / limit
    best = max(votes, key=lambda name: votes[name])
    mine = [like for like in place if names[like.line] == best]
    model = min(mine, key=lambda like: (like.own, like.distance))
    start, end = spans[model.line]
    return Echo(
        start=float(np.median([like.start for like in mine])),
        length=end - start,
        line=model.line,
        key=best,
        lead=votes[best] - max((count for name, count in votes.items() if name != best), default=0.0),
        heard=not all(like.own for like in mine),
    )


def _without_overlaps(places: Sequence[Echo]) -> list[Echo]:
    """Places in order of time; of two that overlap the one that leads by more."""
    kept: list[Echo] = []
    for place in sorted(places, key=lambda one: -one.lead):
        if all(_overlap(place, other) < SHARED * min(place.length, other.length) for other in kept):
            kept.append(place)
    return sorted(kept, key=lambda one: one.start)


def _overlap(one: Echo, other: Echo) -> float:
    return min(one.start + one.length, other.start + other.length) - max(one.start, other.start)
