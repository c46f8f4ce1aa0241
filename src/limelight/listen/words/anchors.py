"""Anchors: given words found again, letter by letter, in what Whisper wrote down by itself.

Comparing letters, not words, forgives the many ways in which a model mishears a singer ("bonheur" for
"bonne humeur"), and needs no dictionary.
"""

import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from limelight.listen.words.transcribe import HeardWord, folded

MATCH, MISMATCH, GAP = 1.0, -1.0, -0.45
"""Scores of Needleman and Wunsch (1970). Twice the gap is a little dearer than letters that agree by chance."""
BETWEEN = -0.1
"""What a heard letter costs that stands between two given lines: whole lines are left out more often than a few
words, and without it a line would be torn apart, half of it found in a like line that the text lacks."""
FOUND = 0.6
"""Share of a word's letters that must be found for it to be an anchor."""
SURE = 0.8
"""Share of a word's letters that must be found for its time to count when all are placed."""
A_THIRD = 1 / 3
"""Share of a line's words that must be found: a word or two are heard in many places."""
FILLER_WORDS = 3
"""Fewer unmatched words than that are no missing line."""
STEP = 0.4
"""Seconds a word, beyond the outermost known ones."""
MOST_CELLS = 4_000_000
"""Pairs of letters whose scores are kept (32 MB); longer texts are cut where the best alignment passes."""

NEARLY = 1e-6
"""Scores that differ by less are equal."""

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Anchors:
    """Which given words were found, and when.

    Attributes:
        times: (words,) float64 seconds, NaN where the word was not found.
        shares: (words,) float64, share of each word's letters that was found.
        kept: Indices of the words on the longest chain that runs forward in time.
    """

    times: npt.NDArray[np.float64]
    shares: npt.NDArray[np.float64]
    kept: Indices
    unmatched: tuple[tuple[HeardWord, int], ...] = ()
    """Heard words of which less than half was matched, each with the given word before which it was heard."""

    @property
    def share(self) -> float:
        """Share of the given words that is found and in order."""
        return len(self.kept) / max(1, len(self.times))

    def expected(self) -> npt.NDArray[np.float64]:
        """Seconds at which words were surely recognised, else NaN."""
        times = np.full(len(self.times), np.nan)
        sure = self.kept[self.shares[self.kept] >= SURE]
        times[sure] = self.times[sure]
        return times

    def interpolated(self, duration: float) -> npt.NDArray[np.float64]:
        """Seconds for every word: anchors, and even steps between them."""
        times = np.full(len(self.times), np.nan)
        times[self.kept] = self.times[self.kept]
        return between(times, duration)


def between(times: npt.NDArray[np.float64], duration: float) -> npt.NDArray[np.float64]:
    """Seconds for every word, never backward: those that are known, and even steps for those that are NaN."""
    number = len(times)
    known = np.flatnonzero(~np.isnan(times))
    if not len(known):
        return np.linspace(0.0, duration, number, endpoint=False)
    first, last = known[0], known[-1]
    places = [-1, *known.tolist(), number]
    moments = [
        max(0.0, times[first] - STEP * (first + 1)),
        *times[known].tolist(),
        min(duration, times[last] + STEP * (number - last)),
    ]
    steps = np.asarray(np.interp(np.arange(number), places, moments), np.float64)
    return np.asarray(np.maximum.accumulate(steps), np.float64)


def find_anchors(lines: Sequence[Sequence[str]], heard: Sequence[HeardWord]) -> Anchors:
    """Find given words in heard ones; both in the order of the song. ``lines``: the words of each line."""
    words = [word for line in lines for word in line]
    letters, owners = _letters(words)
    other_letters, other_owners = _letters([word.text for word in heard])
    ends = np.cumsum([0, *(sum(len(folded(word)) + 1 for word in line) for line in lines)])
    skips = np.full(len(letters) + 1, GAP, dtype=np.float32)
    skips[ends] = BETWEEN
    pairs = matched(letters, other_letters, skips)
    times = np.full(len(words), np.nan)
    shares = np.zeros(len(words))
    for mine, other in pairs:
        if letters[mine] == " ":
            continue
        owner = owners[mine]
        if np.isnan(times[owner]):
            times[owner] = heard[other_owners[other]].start
        shares[owner] += 1
    lengths = np.array([max(1, len(folded(word))) for word in words], dtype=np.float64)
    shares = np.minimum(1.0, shares / lengths)
    kept = _forward_chain(times, shares * (shares >= FOUND))
    kept = kept[_line_shares(lines, kept)[kept] >= A_THIRD]
    return Anchors(times, shares, kept, _unmatched(heard, other_owners, pairs, owners))


def _line_shares(lines: Sequence[Sequence[str]], found: Indices) -> npt.NDArray[np.float64]:
    """(words,) the share of the words of each word's line that is found."""
    line_of = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    counts = np.bincount(line_of[found], minlength=len(lines))
    shares: npt.NDArray[np.float64] = counts[line_of] / np.bincount(line_of, minlength=len(lines))[line_of]
    return shares


def with_fillers(lines: Sequence[Sequence[str]], anchors: Anchors) -> list[tuple[list[str], int]]:
    """Given lines, and between them what was heard where the text has nothing.

    A run of unmatched heard words between two anchors is a missing line if it has far more letters than the given
    words between these anchors, which might be the same words misheard.

    Returns:
        Words of each line with the line's number, -1 for a filler.
    """
    edges = np.cumsum([0, *(len(line) for line in lines)])
    before: dict[int, list[str]] = {}
    for first, last in itertools.pairwise([-1, *anchors.kept.tolist(), int(edges[-1])]):
        extra = [word.text for word, place in anchors.unmatched if first < place <= last]
        mine = _letter_count([word for line in lines for word in line][first + 1 : last])
        heard = _letter_count(extra)
        inner = [number for number, edge in enumerate(edges) if first < edge <= last]
        if inner and len(extra) >= FILLER_WORDS and heard > 2 * mine:
            before[inner[0]] = extra
    filled: list[tuple[list[str], int]] = []
    for number, line in enumerate([*lines, []]):
        if number in before:
            filled.append((before[number], -1))
        if line:
            filled.append((list(line), number))
    return filled


def _letter_count(words: Sequence[str]) -> int:
    return sum(len(folded(word)) for word in words)


def _unmatched(
    heard: Sequence[HeardWord],
    heard_owners: Sequence[int],
    pairs: Sequence[tuple[int, int]],
    owners: Sequence[int],
) -> tuple[tuple[HeardWord, int], ...]:
    matches = np.zeros(len(heard))
    place = np.full(len(heard), -1)
    for mine, other in pairs:
        matches[heard_owners[other]] += 1
        place[heard_owners[other]] = owners[mine]
    found = []
    reached = 0
    for number, word in enumerate(heard):
        reached = max(reached, int(place[number]) + 1) if place[number] >= 0 else reached
        if matches[number] < 0.5 * (len(folded(word.text)) + 1) and word.certain and word.probability > 0.3:
            found.append((word, reached))
    return tuple(found)


def matched(one: str, other: str, skips: Floats | None = None) -> list[tuple[int, int]]:
    """Pairs of indices of equal letters in the best global alignment of two strings.

    Args:
        one: A text.
        other: Another.
        skips: (len(one) + 1,) float32, what it costs to leave out a letter of ``other`` before each letter of
            ``one`` and after its last; ``GAP`` if not given.
    """
    skips = np.full(len(one) + 1, GAP, dtype=np.float32) if skips is None else skips
    if len(one) > 1 and len(one) * len(other) > MOST_CELLS:
        half = len(one) // 2
        cut = _crossing(one, other, skips, half)
        early = matched(one[:half], other[:cut], skips[: half + 1])
        late = matched(one[half:], other[cut:], skips[half:])
        return early + [(i + half, j + cut) for i, j in late]
    table = np.stack(list(_rows(one, other, skips)))
    pairs = []
    i, j = len(one), len(other)
    while i and j:
        same = one[i - 1] == other[j - 1]
        if abs(table[i, j] - table[i - 1, j - 1] - (MATCH if same else MISMATCH)) < NEARLY:
            if same:
                pairs.append((i - 1, j - 1))
            i, j = i - 1, j - 1
        elif abs(table[i, j] - table[i - 1, j] - GAP) < NEARLY:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def _crossing(one: str, other: str, skips: Floats, half: int) -> int:
    """Where in ``other`` the best alignment is when it has used ``half`` letters of ``one`` (Hirschberg, 1975)."""
    (before,) = deque(_rows(one[:half], other, skips[: half + 1]), maxlen=1)
    (after,) = deque(_rows(one[half:][::-1], other[::-1], skips[half:][::-1]), maxlen=1)
    return int((before + after[::-1]).argmax())


def _rows(one: str, other: str, skips: Floats) -> Iterator[npt.NDArray[np.float64]]:
    """Best scores of all prefixes, len(one) + 1 rows of (len(other) + 1,); gaps by a running maximum."""
    signs = np.array([ord(sign) for sign in other], dtype=np.int64)
    steps = np.arange(len(other) + 1, dtype=np.float64)
    row = steps * skips[0]
    yield row
    for number, sign in enumerate(one, start=1):
        best = row + GAP
        agreed = np.where(signs == ord(sign), MATCH, MISMATCH)
        best[1:] = np.maximum(best[1:], row[:-1] + agreed)
        ramp = steps * skips[number]
        row = np.maximum.accumulate(best - ramp) + ramp
        yield row


def _letters(words: Sequence[str]) -> tuple[str, list[int]]:
    """All words' letters with a space after each word, and the number of the word of each."""
    keys = [folded(word) + " " for word in words]
    return "".join(keys), [number for number, key in enumerate(keys) for _ in key]


def _forward_chain(times: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]) -> Indices:
    """The heaviest chain of words whose times never run backward."""
    found = np.flatnonzero(weights > 0)
    best = weights[found].copy()
    before = np.full(len(found), -1)
    for index in range(1, len(found)):
        earlier = np.flatnonzero(times[found[:index]] <= times[found[index]] + 0.05)
        if len(earlier):
            top = earlier[int(best[earlier].argmax())]
            best[index] += best[top]
            before[index] = top
    chain = []
    at = int(best.argmax()) if len(found) else -1
    while at >= 0:
        chain.append(int(found[at]))
        at = int(before[at])
    return np.array(chain[::-1], dtype=np.int64)
