"""Title cards: the song's title and artist over the film's beginning and end, where nobody sings.

Drawn over the pictures like captions: they depend on the time alone and go on over a cut.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from limelight.cut.lettering import cues_of
from limelight.score import Score
from limelight.storyboard import Format

Picture = NDArray[np.uint8]

BEGINS, LONGEST, SHORTEST = 0.6, 4.2, 1.6
"""Seconds: when the title appears, and how long it stands at most and, lest it flicker by, at least."""
ENDING: Final = 3.6
"""Seconds before the end at which the closing card may begin."""
CLEAR: Final = 0.25
"""Seconds between a card and the first or last sung line."""
FADE, GONE = 0.7, 0.3
"""Seconds in which a card comes and goes, and in which the closing one is gone before the end."""
WIDEST: Final = 0.8
"""Of the picture's width."""
SMALLEST = 6
"""Pixels of the letters."""
SIZE, ENDING_SIZE, ARTIST = 0.125, 0.085, 0.36
"""The title's letters as shares of the shorter side, and the artist's as a share of the title's."""
MIDDLE, ENDING_MIDDLE = 0.46, 0.5
"""Where the cards' middle is, share of the height from the top."""
INK, SHADOW = (255.0, 252.0, 245.0), (8.0, 6.0, 12.0)


@dataclass(frozen=True)
class Card:
    """One card: when it is shown and what it says."""

    start: float
    end: float
    closing: bool


class Titles:
    """Draws a film's cards; without a title there are none.

    Args:
        title: The song's, or "".
        score: The artist, the length, and when words are sung.
        picture_format: The pictures' size.
    """

    def __init__(self, title: str, score: Score, picture_format: Format) -> None:
        self._title = " ".join(title.split())
        self._artist = " ".join(score.song.artist.split())
        self._format = picture_format
        self.cards = plan_cards(score) if self._title else ()

    def over(self, picture: Picture, seconds: float) -> Picture:
        """Draw the card of a moment into a picture, in place; most moments have none.

        Args:
            picture: ``(height, width, 3) uint8``, sRGB.
            seconds: From the song's first sample.

        Returns:
            The picture, or a copy where it may not be written to.
        """
        for card in self.cards:
            if card.start <= seconds < card.end:
                if not picture.flags.writeable:
                    picture = picture.copy()
                self._draw(picture, card, seconds)
        return picture

    def digest(self, start: float, end: float) -> str:
        """Of what is shown between two moments (s), for cache keys; "" where there is nothing."""
        shown = [card for card in self.cards if card.start < end and card.end > start]
        if not shown:
            return ""
        told = repr((self._title, self._artist, shown))
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()

    def _draw(self, picture: Picture, card: Card, seconds: float) -> None:
        from limelight.cut.blend import paint  # noqa: PLC0415  # numba loads where pictures are drawn

        presence = _eased(min((seconds - card.start) / FADE, (card.end - seconds) / FADE, 1.0))
        rise = (1 - _eased(min(1.0, (seconds - card.start) / (2.2 * FADE)))) * 0.012 * picture.shape[0]
        lines, (shadow, left, top) = self._ending if card.closing else self._opening
        paint(picture, shadow, left, top + rise, SHADOW, 0.78 * presence)
        for mask, x, y in lines:
            paint(picture, mask, x, y + rise, INK, presence)

    @cached_property
    def _opening(self) -> "_Set":
        return _set(self._title, self._artist, self._format, SIZE, MIDDLE)

    @cached_property
    def _ending(self) -> "_Set":
        return _set(self._title, self._artist, self._format, ENDING_SIZE, ENDING_MIDDLE)


_Piece = tuple[NDArray[np.uint8], int, int]
_Set = tuple[tuple[_Piece, ...], _Piece]
"""Masks with their left and top, and one shadow below all of them."""


def plan_cards(score: Score) -> tuple[Card, ...]:
    """When cards may be shown: before the first sung line and after the last, if there is time to read them."""
    cues = cues_of(score.lyrics)
    duration = score.song.duration
    first = min((cue.shown for cue in cues), default=duration)
    last = max((cue.hidden for cue in cues), default=0.0)
    cards = []
    opening = Card(BEGINS, min(BEGINS + LONGEST, first - CLEAR, duration / 2), closing=False)
    if opening.end - opening.start >= SHORTEST:
        cards.append(opening)
    closing = Card(max(duration - ENDING, last + CLEAR), duration - GONE, closing=True)
    if closing.end - closing.start >= SHORTEST and closing.start > opening.end:
        cards.append(closing)
    return tuple(cards)


def _set(title: str, artist: str, picture_format: Format, size: float, middle: float) -> _Set:
    """Lay out title and artist, centred."""
    from limelight.typography import load_font, text_mask, wrap  # noqa: PLC0415  # Pillow loads where it draws

    width, height = picture_format.width, picture_format.height
    room, words = WIDEST * width, title.split()
    pixels = size * min(width, height)
    while True:
        font = load_font("serif-display", pixels)
        rows = wrap(words, font, room)
        widest = max(text_mask(" ".join(words[i] for i in row), font).width for row in rows)
        if (widest <= room and len(rows) * font.size < 0.5 * height) or pixels <= SMALLEST:
            break
        pixels *= 0.92
    drawn = [(text_mask(" ".join(words[i] for i in row), font).mask, 1.12 * font.size) for row in rows]
    if artist:
        small = load_font("sans-heavy", max(SMALLEST, ARTIST * font.size), tracking=0.05)
        while small.size > SMALLEST and text_mask(artist, small).width > room:
            small = load_font("sans-heavy", 0.92 * small.size, tracking=0.05)
        drawn.append((text_mask(artist, small).mask, 2.4 * small.size))
    y = middle * height - sum(step for _, step in drawn) / 2
    pieces = []
    for mask, step in drawn:
        pieces.append((mask, (width - mask.shape[1]) // 2, round(y + (step - mask.shape[0]) / 2)))
        y += step
    return tuple(pieces), _halo(pieces, font.size)


def _halo(pieces: list[_Piece], size: int) -> _Piece:
    """A wide soft shadow below all letters."""
    import cv2  # noqa: PLC0415

    margin = size
    left, top = min(x for _, x, _ in pieces) - margin, min(y for _, _, y in pieces) - margin
    right = max(x + mask.shape[1] for mask, x, _ in pieces) + margin
    bottom = max(y + mask.shape[0] for mask, _, y in pieces) + margin
    ink = np.zeros((bottom - top, right - left), np.uint8)
    for mask, x, y in pieces:
        area = ink[y - top : y - top + mask.shape[0], x - left : x - left + mask.shape[1]]
        np.maximum(area, mask, out=area)
    near = cv2.GaussianBlur(ink, (0, 0), max(0.6, 0.05 * size)).astype(np.float32)
    far = cv2.GaussianBlur(ink, (0, 0), max(1.0, 0.3 * size)).astype(np.float32)
    return np.minimum(255, np.maximum(0.7 * near, 1.25 * far)).astype(np.uint8), left, top


def _eased(share: float) -> float:
    """Smoothstep."""
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)
