"""Alignment of known words: one monotone path over the whole song.

Every window is told the lines that may be sung in it, and its attention says when. Where windows overlap their
scores are averaged, so that one bad window cannot shift the rest; then one Viterbi path places all words at once.
Lines that nobody seems to sing are set aside, and the rest is placed again by its better known times.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from limelight.listen.words.attention import (
    LATENCY,
    SILENT,
    UNSEEN,
    WAIT,
    Look,
    Spelling,
    Waits,
    best_path,
    look,
    spell,
)
from limelight.listen.words.hearing import Hearing
from limelight.listen.words.transcribe import folded
from limelight.listen.words.whisper import FRAME, FRAMES, LONGEST_TEXT, Floats, Listening

MARGIN = 1.5
"""Seconds: a line must lie so far inside a window to be looked for in it."""
LONGEST_BLOCK = 240.0
"""Seconds: songs half as long again are cut between lines, at long pauses, and placed piece by piece."""

NEAR_ENOUGH = 1.5
"""Seconds from where a word was recognised at which it costs nothing."""
STRANGE, STRANGEST = -0.5, -1.5
"""What a frame costs a recognised word for every second farther away, and at most."""
NEIGHBOURS = 4
"""Lines on either side in which a word of a line's own does not occur."""
OWN_WORDS, OWN_LETTERS = 2, 6
"""So much of a line must be recognised in words of its own to overrule the attention."""
SLOW = 1.0
"""Seconds a word; sung words are seldom farther apart."""
STEEP, BLIND = -3.0, -6.0
"""Nats that attention loses for every second outside of where a line must be, and at most."""
MOST_ROUNDS = 3
MOST_KEPT = 64
"""Windows of which the last look is kept for the next round; each takes about a megabyte."""
FASTEST = 0.03
"""Seconds a letter: 33 letters a second are twice as fast as the fastest rap."""
TORN = 6.0
"""Seconds between two words of a line from which on it was torn apart: half of it stands in another place."""
A_PART = 2 / 3
"""Share of a torn line's words that must be together."""
LEAST_LIKELY = -7.0
"""Mean log-probability of the words of a line: below, even rare words are not what is heard."""

Times = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Placed:
    """Where words were placed.

    Attributes:
        starts: (words,) seconds.
        ends: (words,) seconds, until where attention stays on the word.
        peaks: (words,) mean over the word's tokens of the highest log-odds against silence on the path.
        log_probabilities: (words,) mean log-probability of the word's tokens in the window that knows them best.
    """

    starts: Times
    ends: Times
    peaks: Times
    log_probabilities: Times

    def only(self, words: npt.NDArray[np.bool_]) -> "Placed":
        """The chosen words; ``words`` (words,) bool."""
        return Placed(self.starts[words], self.ends[words], self.peaks[words], self.log_probabilities[words])


@dataclass(frozen=True)
class Settled:
    """Words placed, and which of their lines are sung.

    Attributes:
        placed: Of all words; those of unsung lines stand between their neighbours.
        sung: (lines,) bool.
    """

    placed: Placed
    sung: npt.NDArray[np.bool_]


def settle(
    hearing: Hearing,
    lines: Sequence[Sequence[str]],
    rough: Times,
    expected: Times,
    held: Times | None = None,
) -> Settled:
    """Place lines of which some may not be sung: place all, set aside the unsung ones, place the rest again.

    Args:
        hearing: The song.
        lines: Words of each line, in the order of the song.
        rough: (words,) seconds, where each word is roughly expected; non-decreasing.
        expected: (words,) seconds at which words were recognised, NaN for the others.
        held: (lines, 2) seconds between which a line is known to be; NaN for the others.
    """
    held = np.full((len(lines), 2), np.nan) if held is None else held
    line_of = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    sung = np.ones(len(lines), dtype=np.bool_)
    placed = place(hearing, lines, rough, expected, held)
    spans = elsewhere(placed.starts, lines, expected)
    spans = np.where(np.isnan(spans), together(placed.starts, lines), spans)
    spans = np.where(np.isnan(held), spans, held)
    if not (np.isnan(spans) == np.isnan(held)).all():
        placed = place(hearing, lines, rough, expected, spans)
    known = placed
    for turn in range(MOST_ROUNDS):
        words = sung[line_of]
        there = [
            line_is_sung(known, line_of[words] == number, lines[number])
            for number in np.flatnonzero(sung).tolist()
        ]
        if turn and all(there):
            break
        sung[sung] = there
        if not sung.any():
            break
        words = sung[line_of]
        chosen = [line for line, is_sung in zip(lines, sung, strict=True) if is_sung]
        known = place(hearing, chosen, placed.starts[words], expected[words], spans[sung])
        placed = _merged(placed, known, words)
    return Settled(placed, sung)


def elsewhere(starts: Times, lines: Sequence[Sequence[str]], expected: Times) -> Times:
    """Lines that were drawn, whole or half, to where a like line is sung that the text lacks.

    They were recognised, by words that no line near them has, in another place than where they stand.

    Args:
        starts: (words,) seconds, where they stand.
        lines: Words of each line.
        expected: (words,) seconds at which words were recognised, NaN for the others.

    Returns:
        (lines, 2) seconds between which such a line must be looked for; NaN for all others.
    """
    spans = np.full((len(lines), 2), np.nan)
    keys = [[folded(word) for word in line] for line in lines]
    at = 0
    for number, line in enumerate(keys):
        near = range(max(0, number - NEIGHBOURS), min(len(keys), number + NEIGHBOURS + 1))
        others = {key for other in near if other != number for key in keys[other]}
        here = starts[at : at + len(line)]
        times = expected[at : at + len(line)]
        known = np.flatnonzero(~np.isnan(times))
        own = [line[place] for place in known if line[place] not in others]
        if len(own) >= OWN_WORDS and sum(len(key) for key in own) >= OWN_LETTERS:
            first = times[known[0]] - SLOW * known[0] - NEAR_ENOUGH
            last = times[known[-1]] + SLOW * (len(line) - 1 - known[-1]) + NEAR_ENOUGH
            if here.min() < first or here.max() > last:
                spans[number] = first, last
        at += len(line)
    return spans


def together(starts: Times, lines: Sequence[Sequence[str]]) -> Times:
    """Where lines that were torn in two must be looked for: around the part with more of their words.

    A line's first word is drawn away to where another line ends that the text lacks, or its last to where one begins.

    Args:
        starts: (words,) seconds, where they stand.
        lines: Words of each line.

    Returns:
        (lines, 2) seconds; NaN for lines that are whole, and for those torn in the middle.
    """
    spans = np.full((len(lines), 2), np.nan)
    at = 0
    for number, line in enumerate(lines):
        here = starts[at : at + len(line)]
        at += len(line)
        steps = np.diff(here)
        if not len(steps) or steps.max() <= TORN:
            continue
        cut = int(steps.argmax()) + 1
        first, last = (cut, len(line)) if cut < len(line) / 2 else (0, cut)
        if last - first >= A_PART * len(line):
            early = here[first] - SLOW * first - NEAR_ENOUGH
            late = here[last - 1] + SLOW * (len(line) - last) + NEAR_ENOUGH
            spans[number] = early, late
    return spans


def line_is_sung(placed: Placed, words: npt.NDArray[np.bool_], texts: Sequence[str]) -> bool:
    """Whether a line was found: likelier than silence, neither squeezed nor torn, and not utterly unexpected.

    A line that is not in the song is squeezed by the path into a few frames in which nothing looks for it, or
    drawn out between two places that are a little like it.
    """
    if float(np.diff(placed.starts[words]).max(initial=0.0)) > TORN:
        return False
    letters = max(1, sum(len(text) for text in texts))
    length = float(placed.ends[words][-1] - placed.starts[words][0])
    likely = float(placed.log_probabilities[words].mean()) >= LEAST_LIKELY
    return float(placed.peaks[words].mean()) > 0.0 and length / letters >= FASTEST and likely


def _merged(all_words: Placed, known: Placed, chosen: npt.NDArray[np.bool_]) -> Placed:
    """Known words as placed; the others squeezed in behind the known word before them."""
    before = np.maximum(np.cumsum(chosen) - 1, 0)
    between = known.starts[before]
    return Placed(
        np.where(chosen, known.starts[before], between),
        np.where(chosen, known.ends[before], between),
        np.where(chosen, known.peaks[before], np.minimum(all_words.peaks, 0.0)),
        np.where(chosen, known.log_probabilities[before], all_words.log_probabilities),
    )


def place(
    hearing: Hearing,
    lines: Sequence[Sequence[str]],
    rough: Times,
    expected: Times | None = None,
    spans: Times | None = None,
) -> Placed:
    """Place words of lines that are all taken to be sung.

    Args:
        hearing: The song.
        lines: Words of each line, in the order of the song.
        rough: (words,) seconds, where each word is roughly expected; non-decreasing.
        expected: (words,) seconds at which words were recognised, NaN for the others; far from there a word costs.
        spans: (lines, 2) seconds between which a line is looked for; NaN: everywhere.
    """
    expected = np.full(len(rough), np.nan) if expected is None else expected
    spans = np.full((len(lines), 2), np.nan) if spans is None else spans
    words = [word for line in lines for word in line]
    line_of = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    sheet = _Sheet(spell(hearing.whisper, words), line_of, rough, expected, spans)
    blocks = [_place_block(hearing, sheet, block) for block in _blocks(line_of, rough)]
    return Placed(*(np.concatenate(column) for column in zip(*blocks, strict=True)))


@dataclass(frozen=True)
class _Sheet:
    """The words of all lines: tokens, line numbers, rough and recognised times."""

    spelling: Spelling
    line_of: npt.NDArray[np.int64]
    rough: Times
    expected: Times
    spans: Times


def _blocks(line_of: npt.NDArray[np.int64], rough: Times) -> list[npt.NDArray[np.bool_]]:
    """Masks of words, each about ``LONGEST_BLOCK`` seconds, cut between lines at the longest pauses."""
    cuts = [0]
    breaks = np.flatnonzero(np.diff(line_of)) + 1
    while len(breaks) and rough[-1] - rough[cuts[-1]] > 1.5 * LONGEST_BLOCK:
        since = rough[breaks] - rough[cuts[-1]]
        near = breaks[(since > 0.5 * LONGEST_BLOCK) & (since < LONGEST_BLOCK) & (breaks > cuts[-1])]
        if not len(near):
            near = breaks[(since >= LONGEST_BLOCK) & (breaks > cuts[-1])][:1]
        if not len(near):
            break
        cuts.append(int(near[int((rough[near] - rough[near - 1]).argmax())]))
    number = np.arange(len(line_of))
    return [(number >= a) & (number < b) for a, b in zip(cuts, [*cuts[1:], len(line_of)], strict=True)]


def _place_block(
    hearing: Hearing, sheet: "_Sheet", block: npt.NDArray[np.bool_]
) -> tuple[Times, Times, Times, Times]:
    spelling, line_of, rough = sheet.spelling, sheet.line_of, sheet.rough
    whole = bool(block.all())
    begin = 0.0 if whole else max(0.0, float(rough[block][0]) - 20.0)
    finish = hearing.duration if whole else min(hearing.duration, float(rough[block][-1]) + 20.0)
    tokens = spelling.part(block)
    frames = max(len(tokens) + 1, int((finish - begin) / FRAME))
    total = np.zeros((len(tokens), frames), dtype=np.float32)
    count = np.zeros((len(tokens), frames), dtype=np.uint8)
    likely = np.full(len(tokens), -np.inf)
    tasks = _told(hearing, sheet, block)

    for index, seen in _looks(hearing, sheet, tasks):
        rows = tasks[index] - tokens[0]
        offset = round((hearing.starts[index] - begin) / FRAME)
        here = slice(max(0, offset), min(frames, offset + seen.scores.shape[1]))
        there = slice(here.start - offset, here.stop - offset)
        total[rows, here] += seen.scores[:, there]
        count[rows, here] += 1
        likely[rows] = np.maximum(likely[rows], seen.log_probabilities)
    scores = total
    scores /= np.maximum(count, 1)
    scores[count == 0] = UNSEEN
    _add_strangeness(scores, sheet.expected[spelling.owner[tokens]], begin)
    scores[:, ~hearing.voiced.open_frames(begin, frames)] += SILENT
    sounding = hearing.voiced.sounding(begin, frames)
    inside = np.ones(len(tokens), dtype=np.float32)
    lines = line_of[spelling.owner[tokens]]
    inside[0] = 0
    inside[1:][lines[1:] != lines[:-1]] = 0
    waits = Waits(inside, np.where(sounding, np.float32(WAIT), np.float32(0)))
    starts, ends = best_path(scores, spelling.first[tokens], waits)
    return _by_word(spelling.owner[tokens], scores, starts, ends, begin=begin, likely=likely)


def _looks(
    hearing: Hearing, sheet: "_Sheet", tasks: dict[int, npt.NDArray[np.int64]]
) -> Iterator[tuple[int, Look]]:
    """What is seen in each window of the tokens it is told; not looked for again where nothing has changed."""
    spelling = sheet.spelling
    prompt = hearing.whisper.prompt(hearing.language)
    told = {
        index: (spelling.tokens[rows], sheet.spans[sheet.line_of[spelling.owner[rows]]])
        for index, rows in tasks.items()
    }

    def seen_in(index: int, listening: Listening) -> Look:
        tokens, spans = told[index]
        bias = None if np.isnan(spans).all() else _bias(spans, hearing.starts[index])
        return look(listening, prompt, tokens, hearing.whisper.end_of_text, bias)

    keys = {index: tokens.tobytes() + spans.tobytes() for index, (tokens, spans) in told.items()}
    kept = hearing.kept
    fresh = [index for index in told if index not in kept or kept[index][0] != keys[index]]
    looked = hearing.each(seen_in, fresh)
    for index, key in keys.items():
        seen = next(looked) if index in fresh else kept[index][1]
        if index in kept or len(kept) < MOST_KEPT:
            kept[index] = (key, seen)
        yield index, seen


def _bias(spans: Times, start: float) -> Floats:
    """(tokens, 1500) what attention loses in a window's frames outside of each token's span; 0 where it is NaN."""
    moments = start + np.arange(FRAMES) * FRAME
    away = np.maximum(spans[:, :1] - moments, moments - spans[:, 1:])
    bias: Floats = np.maximum(STEEP * np.maximum(np.nan_to_num(away), 0), BLIND).astype(np.float32)
    return bias


def _add_strangeness(scores: Floats, expected: Times, begin: float) -> None:
    """Lower the (tokens, frames) scores of recognised words in frames far from where they were recognised."""
    moments = (begin + np.arange(scores.shape[1]) * FRAME).astype(np.float32)
    for row in np.flatnonzero(~np.isnan(expected)):
        away = np.maximum(np.abs(moments - np.float32(expected[row])) - NEAR_ENOUGH, 0)
        scores[row] += np.maximum(STRANGE * away, STRANGEST)


def _told(
    hearing: Hearing, sheet: "_Sheet", block: npt.NDArray[np.bool_]
) -> dict[int, npt.NDArray[np.int64]]:
    """For each window the tokens of the lines that are expected well inside it."""
    line_of, rough = sheet.line_of, sheet.rough
    numbers = np.unique(line_of[block])
    edges = np.searchsorted(line_of, numbers), np.searchsorted(line_of, numbers, side="right") - 1
    first, last = rough[edges[0]], rough[edges[1]] + 0.5
    told = {}
    for index, start in enumerate(hearing.starts):
        end = start + hearing.lengths[index]
        early = start if index == 0 else start + MARGIN
        late = end + 1.0 if index == len(hearing.starts) - 1 else end - MARGIN
        inside = numbers[(first >= early) & (last <= late)]
        if len(inside):
            words = (line_of >= inside[0]) & (line_of <= inside[-1])
            told[index] = sheet.spelling.part(words)[:LONGEST_TEXT]
    return told


def _by_word(
    owners: npt.NDArray[np.int64],
    scores: Floats,
    starts: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
    *,
    begin: float,
    likely: Times,
) -> tuple[Times, Times, Times, Times]:
    edges = [0, *(np.flatnonzero(np.diff(owners)) + 1).tolist(), len(owners)]
    peaks = np.array(
        [scores[row, starts[row] : ends[row]].max() for row in range(len(owners))], dtype=np.float64
    )
    rows = []
    for a, b in itertools.pairwise(edges):
        times = (begin + float(starts[a]) * FRAME + LATENCY, begin + float(ends[b - 1]) * FRAME + LATENCY)
        known = likely[a:b][np.isfinite(likely[a:b])]
        rows.append((*times, float(peaks[a:b].mean()), float(known.mean()) if len(known) else -20.0))
    first, last, peak, log_probability = np.array(rows, dtype=np.float64).T
    return first, last, peak, log_probability
