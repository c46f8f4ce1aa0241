"""Where and when each line of the lyrics stands on the screen, and its letters as masks."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.formats.given import pieces_of, shown_lines
from limelight.score import Line, Lyrics, Word
from limelight.storyboard import Format
from limelight.typography import Font, Lettering, load_font, text_mask, wrap

LEAD: Final = 0.35
"""Seconds that a line is on the screen before it is sung."""
HOLD: Final = 0.6
"""Seconds that it stays afterwards, if nothing follows."""
MOST_STACKED: Final = 3
"""Lines on the screen at once; of more singers than that, the last to come in have no captions."""


@dataclass(frozen=True)
class SafeArea:
    """Where captions stand, as shares of the picture, so that no player's or phone's controls cover them."""

    size: float
    """Of the letters, of the picture's shorter side."""
    width: float
    bottom: float
    """The lowest line's lower edge, of the height."""
    rows: int
    """A line of lyrics is set smaller rather than on more rows than this."""
    downwards: bool = False
    """Whether lines sung together stand below each other, away from the picture's upper edge."""


def safe_area(picture_format: Format) -> SafeArea:
    """Wide: title-safe 80 % (EBU R 95 keeps 90 %). Tall: in the sky, below the tenth at the top that apps take.

    In a tall picture whoever sings fills the lower two thirds, and the lowest quarter is the apps' own: of eight
    compositions with one star, four have her mouth between .60 and .74 of the height, one a face above .26.
    """
    aspect = picture_format.width / picture_format.height
    if aspect > 1.2:
        return SafeArea(size=0.064, width=0.80, bottom=0.915, rows=2)
    if aspect < 0.8:
        return SafeArea(size=0.082, width=0.84, bottom=0.27, rows=3, downwards=True)
    return SafeArea(size=0.066, width=0.84, bottom=0.91, rows=2)


@dataclass(frozen=True)
class Cue:
    """A line and the time during which it is on the screen, in seconds."""

    line: Line
    shown: float
    hidden: float
    below: int | None
    """The index of the cue above which this one stands, because both are on the screen; None: at the bottom."""


@dataclass(frozen=True, eq=False)
class SetWord:
    """A word's letters, placed."""

    word: Word | None
    """None: text that has no time of its own, never lit."""
    mask: NDArray[np.uint8]
    left: int
    top: int


@dataclass(frozen=True, eq=False)
class SetLine:
    """A line's letters and their shadow, placed as if at the bottom of the screen."""

    words: tuple[SetWord, ...]
    shadow: NDArray[np.uint8]
    shadow_left: int
    shadow_top: int
    size: int
    """Pixels of the em square."""
    height: int
    """Pixels of all rows."""


def cues_of(lyrics: Lyrics) -> tuple[Cue, ...]:
    """When each line is shown: a little before it is sung until a little after, or until its successor.

    Lines that are sung at the same time stand above each other. Lines of which no word could be placed in the
    song are left out: their times are guesses.
    """
    lines = sorted((line for line in shown_lines(lyrics) if line.text.strip()), key=lambda line: line.start)
    cues: list[Cue] = []
    last_in_slot: dict[int, int] = {}
    for line in lines:
        slot = next((s for s in range(MOST_STACKED) if _free(cues, last_in_slot.get(s), line.start)), None)
        if slot is None:
            continue
        shown = max(0.0, line.start - LEAD)
        if (last := last_in_slot.get(slot)) is not None:
            before = cues[last]
            shown = min(max(shown, _sung_until(before.line)), line.start)
            cues[last] = replace(before, hidden=min(before.hidden, shown))
        below = last_in_slot.get(slot - 1) if slot else None
        last_in_slot[slot] = len(cues)
        cues.append(Cue(line, shown, _sung_until(line) + HOLD, below))
    return tuple(cues)


def _sung_until(line: Line) -> float:
    return max(line.end, line.start + 0.2)


def _free(cues: Sequence[Cue], last: int | None, start: float) -> bool:
    """Whether the last line in a slot has been sung when another begins."""
    return last is None or cues[last].line.end <= start + 0.05


def set_line(line: Line, picture_format: Format) -> SetLine:
    """Draw a line's letters: as large as the safe area allows, wrapped evenly, centred."""
    area = safe_area(picture_format)
    tokens = _tokens(line)
    room = area.width * picture_format.width
    font, rows = _fitted([text for text, _ in tokens], area, room, picture_format)
    letterings = [text_mask(" ".join(tokens[i][0] for i in row), font) for row in rows]
    step = round(1.22 * font.size)
    bottom = round(area.bottom * picture_format.height)
    height = step * (len(rows) - 1) + round(1.15 * font.size)
    words: list[SetWord] = []
    for index, (row, lettering) in enumerate(zip(rows, letterings, strict=True)):
        baseline = bottom - round(0.25 * font.size) - step * (len(rows) - 1 - index)
        left = (picture_format.width - lettering.width) // 2
        words += _placed([tokens[i] for i in row], lettering, font, left, baseline - lettering.baseline)
    return SetLine(tuple(words), *_shadow(words, font.size), font.size, height)


def _tokens(line: Line) -> list[tuple[str, list[tuple[Word, str]]]]:
    """The line's text in stretches without space, each with its words and their share of the text.

    Scripts without spaces have many words in a stretch; a word with a space in it spans several.
    """
    tokens: list[tuple[str, list[tuple[Word, str]]]] = []
    joined = False
    for word, piece in pieces_of(line):
        for index, part in enumerate(piece.split()):
            if joined and index == 0:
                text, words = tokens[-1]
                tokens[-1] = (text + part, [*words, (word, part)])
            else:
                tokens.append((part, [(word, part)]))
        joined = not piece[-1:].isspace()
    return tokens or [(text, []) for text in line.text.split()]


def _fitted(
    texts: Sequence[str], area: SafeArea, room: float, picture_format: Format
) -> tuple[Font, tuple[tuple[int, ...], ...]]:
    size = area.size * min(picture_format.width, picture_format.height)
    while True:
        font = load_font("sans-heavy", size)
        rows = wrap(texts, font, room)
        widest = max(text_mask(" ".join(texts[i] for i in row), font).width for row in rows)
        if (len(rows) <= area.rows and widest <= room * 1.03) or size <= 6:
            return font, rows
        size *= 0.9 if len(rows) > area.rows else max(0.5, min(0.95, room / widest))


def _placed(
    tokens: Sequence[tuple[str, list[tuple[Word, str]]]],
    lettering: Lettering,
    font: Font,
    left: int,
    top: int,
) -> list[SetWord]:
    words: list[SetWord] = []
    for (_, parts), box in zip(tokens, lettering.words, strict=True):
        edges = _edges([text for _, text in parts], font, box.left, box.right)
        spans = itertools.pairwise(edges)
        owners: list[Word | None] = [word for word, _ in parts] or [None]
        for word, (start, end) in zip(owners, spans, strict=True):
            words.append(SetWord(word, lettering.mask[:, start:end], left + start, top))
    return words


def _edges(texts: Sequence[str], font: Font, left: int, right: int) -> list[int]:
    """Where the words of one stretch meet: in proportion to the width of each alone."""
    if len(texts) < 2:
        return [left, right]
    spans = np.cumsum([0, *(text_mask(text, font, 0).width for text in texts)])
    return [round(left + (right - left) * span / spans[-1]) for span in spans]


def _shadow(words: Sequence[SetWord], size: int) -> tuple[NDArray[np.uint8], int, int]:
    """A soft dark halo, a little below the letters: readable on any picture, with no hard edge."""
    margin = max(2, round(0.45 * size))
    left = min(word.left for word in words) - margin
    top = min(word.top for word in words) - margin
    right = max(word.left + word.mask.shape[1] for word in words) + margin
    bottom = max(word.top + word.mask.shape[0] for word in words) + margin
    ink = np.zeros((bottom - top, right - left), np.uint8)
    for word in words:
        y, x = word.top - top, word.left - left
        target = ink[y : y + word.mask.shape[0], x : x + word.mask.shape[1]]
        np.maximum(target, word.mask, out=target)
    drop = max(1, round(0.05 * size))
    near = cv2.GaussianBlur(ink, (0, 0), max(0.5, 0.05 * size)).astype(np.float32)
    far = cv2.GaussianBlur(ink, (0, 0), max(1.0, 0.17 * size)).astype(np.float32)
    soft = np.minimum(255, np.maximum(near * 0.8, far * 1.35)).astype(np.uint8)
    return soft, left, top + drop
