"""Words in the picture: when each is sung in a shot, and blocks of them in which the sung one is lit."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.blend import Canvas, Color, fill
from limelight.typography import Font, Mask, load_font, text_mask, wrap


@dataclass(frozen=True)
class TimedWord:
    """A word in frames from the shot's start; ``line`` counts the lyric lines of the shot."""

    text: str
    start: int
    end: int
    line: int


def at(words: Sequence[TimedWord], frame: int) -> int | None:
    """Index of the last word begun by a frame, or None before the first."""
    begun = [index for index, word in enumerate(words) if word.start <= frame]
    return begun[-1] if begun else None


@dataclass(frozen=True)
class _Placed:
    word: TimedWord
    mask: Mask
    shadow: Mask
    x: int
    y: int


class Stack:
    """The words of one lyric line, set as a stack of lines in a box.

    Args:
        words: Of one lyric line.
        role: Of the font.
        box: Left, top, width and height in pixels.
        align: ``left``, ``center`` or ``right``.
        largest: Font size in pixels that is not exceeded.
    """

    def __init__(
        self,
        words: Sequence[TimedWord],
        role: str,
        box: tuple[float, float, float, float],
        align: str,
        largest: float,
    ) -> None:
        left, top, width, height = box
        texts = [word.text for word in words]
        font, lines = _largest_fit(texts, role, width, height, largest)
        leading = 1.12 * font.size
        y = top + (height - leading * len(lines)) / 2
        placed: list[_Placed] = []
        for line in lines:
            letters = text_mask(" ".join(texts[i] for i in line), font)
            slack = {"left": 0.0, "center": (width - letters.width) / 2, "right": width - letters.width}[
                align
            ]
            for index, box_ in zip(line, letters.words, strict=False):
                piece = np.ascontiguousarray(letters.mask[:, box_.left : box_.right])
                where = round(left + slack + box_.left), round(y)
                placed.append(_Placed(words[index], piece, soft_mask(piece, font.size), *where))
            y += leading
        self._placed = tuple(placed)
        self.size = font.size
        self.first = min((word.start for word in words), default=0)

    def draw(
        self,
        canvas: Canvas,
        frame: int,
        ink: Color,
        lit: Color,
        *,
        unsung: float = 0.5,
        shadow: Color | None = None,
    ) -> None:
        """Draw the block: sung words in ink, the sung one lit and a little raised, those to come faint."""
        newest = max((p.word.start for p in self._placed if p.word.start <= frame), default=-1)
        for placed in self._placed:
            since = frame - placed.word.start
            active = placed.word.start == newest and since >= 0
            rise = round(self.size * 0.05 * min(1.0, max(0, since) / 4)) if active else 0
            opacity = 1.0 if since >= 0 else unsung
            if shadow is not None:
                margin = (placed.shadow.shape[0] - placed.mask.shape[0]) // 2
                fill(canvas, placed.shadow, placed.x - margin, placed.y - margin - rise, shadow, 0.8)
            fill(canvas, placed.mask, placed.x, placed.y - rise, lit if active else ink, opacity)


def by_line(words: Sequence[TimedWord]) -> list[list[TimedWord]]:
    """Words grouped by lyric line, in order."""
    groups: dict[int, list[TimedWord]] = {}
    for word in words:
        groups.setdefault(word.line, []).append(word)
    return [groups[key] for key in sorted(groups)]


class Verses:
    """The lyric lines of a shot, each shown from its first word to the next line's first.

    Args:
        words: Of the shot.
        role: Of the font.
        box: Left, top, width and height in pixels.
        align: ``left``, ``center`` or ``right``.
        largest: Font size in pixels that is not exceeded.
    """

    def __init__(
        self,
        words: Sequence[TimedWord],
        role: str,
        box: tuple[float, float, float, float],
        align: str,
        largest: float,
    ) -> None:
        self._stacks = [Stack(line, role, box, align, largest) for line in by_line(words)]

    def draw(
        self,
        canvas: Canvas,
        frame: int,
        ink: Color,
        lit: Color,
        *,
        unsung: float = 0.5,
        shadow: Color | None = None,
    ) -> None:
        """Draw the line of a frame; arguments as for :meth:`Stack.draw`."""
        begun = [stack for stack in self._stacks if stack.first <= frame]
        if begun or self._stacks:
            current = begun[-1] if begun else self._stacks[0]
            current.draw(canvas, frame, ink, lit, unsung=unsung, shadow=shadow)


@dataclass(frozen=True)
class Inks:
    """Colours in which words can be read on what is behind them."""

    ink: Color
    lit: Color
    shadow: Color


def inks_on(behind: NDArray[np.uint8], accent: Color, dark: Color) -> Inks:
    """Choose colours for a piece of picture, ``(height, width, 3 or more) uint8``: dark letters on a light one."""
    if float(behind[..., :3].mean()) > 150:
        return Inks(deep(dark, 50), deep(accent, 115), (255, 253, 246))
    return Inks((255, 252, 244), bright(accent), (6, 4, 12))


def deep(color: Color, luma: float) -> Color:
    """A colour made so dark that it can be read on paper."""
    now = 0.3 * color[0] + 0.59 * color[1] + 0.11 * color[2]
    factor = min(1.0, luma / max(now, 1.0))
    red, green, blue = (round(value * factor) for value in color)
    return red, green, blue


def bright(color: Color) -> Color:
    """A colour light enough to be read on a dark shadow: mixed with white until its luma reaches 175."""
    luma = 0.3 * color[0] + 0.59 * color[1] + 0.11 * color[2]
    share = max(0.0, min(1.0, (175 - luma) / max(1.0, 255 - luma)))
    red, green, blue = (round(value + share * (255 - value)) for value in color)
    return red, green, blue


def soft_mask(mask: Mask, size: int) -> Mask:
    """The letters blurred, with a margin on every side: a shadow or a glow."""
    margin = max(3, size // 3)
    padded = cv2.copyMakeBorder(mask, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=0)
    blurred = cv2.GaussianBlur(padded, (0, 0), margin / 2.6)
    return np.asarray(np.minimum(255, blurred.astype(np.uint16) * 3 // 2), np.uint8)


def _largest_fit(
    texts: Sequence[str], role: str, width: float, height: float, largest: float
) -> tuple[Font, tuple[tuple[int, ...], ...]]:
    size = largest
    while True:
        font = load_font(role, size)
        lines = wrap(texts, font, width)
        widest = max((text_mask(text, font, 0).width for text in texts), default=0)
        if (1.12 * font.size * len(lines) <= height and widest <= width) or size < 10:
            return font, lines
        size *= 0.93
