"""Letters as pictures: fonts that come with Limelight, a face for every script, coverage masks for words.

>>> font = load_font("sans-heavy", 46)
>>> lettering = text_mask("We were painted", font)
>>> lettering.mask.dtype, len(lettering.words)
(dtype('uint8'), 3)
"""

import os
import struct
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from limelight.errors import SettingsError

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

Mask = NDArray[np.uint8]
"""``(height, width) uint8``: how much of each pixel the letters cover, 0 to 255."""

ROLES: dict[str, tuple[str, ...]] = {
    "sans-heavy": (
        "montserrat-latin-800",
        "montserrat-latin-ext-800",
        "montserrat-cyrillic-800",
        "montserrat-vietnamese-800",
    ),
    "serif-display": (
        "noto-serif-display-latin-800",
        "noto-serif-display-latin-ext-800",
        "noto-serif-display-cyrillic-800",
        "noto-serif-display-greek-800",
        "noto-serif-display-vietnamese-800",
    ),
    "condensed": (
        "anton-latin-400",
        "anton-latin-ext-400",
        "anton-vietnamese-400",
        "oswald-cyrillic-700",
    ),
}
FALLBACKS = (
    "noto-sans-greek-800",
    "noto-sans-cyrillic-ext-800",
    "noto-sans-arabic-arabic-800",
    "noto-sans-hebrew-hebrew-800",
    "noto-sans-devanagari-devanagari-800",
    "noto-sans-thai-thai-800",
)
SYSTEM_FACES = (
    "NotoSansCJK-Bold.ttc", "NotoSansCJK-Black.ttc", "NotoSansCJK-Regular.ttc", "NotoSansCJKjp-Bold.otf",
    "SourceHanSans-Bold.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf",
    "PingFang.ttc", "Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc", "Arial Unicode.ttf",
    "msyhbd.ttc", "YuGothB.ttc", "malgunbd.ttf",
)  # fmt: skip
"""Faces with Chinese, Japanese or Korean characters that operating systems carry."""


LONGEST_WORD = 300
"""Letters of a word that are drawn. What has more is no word, and its picture would fill the memory."""


@dataclass(frozen=True)
class Font:
    """A role at a size."""

    role: str
    """``sans-heavy``, ``serif-display`` or ``condensed``."""
    size: int
    """Pixels of the em square."""
    tracking: float = 0.0
    """Extra space between words' letters, as a share of the size; scripts that join letters ignore it."""


@dataclass(frozen=True)
class WordBox:
    """Where one word lies in a mask, in pixels; ``right`` and ``bottom`` are the pixel after the last."""

    text: str
    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class Lettering:
    """One drawn line of text."""

    mask: Mask
    baseline: int
    """The mask's row on which the letters stand."""
    words: tuple[WordBox, ...]
    """In the order of the text, also where the script runs from right to left."""

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self.mask.shape[1])

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self.mask.shape[0])


def load_font(role: str, size: float, *, tracking: float = 0.0) -> Font:
    """Choose a font.

    Args:
        role: ``sans-heavy``, ``serif-display`` or ``condensed``.
        size: Pixels of the em square; at least 4.
        tracking: Extra space between letters as a share of the size.

    Raises:
        SettingsError: there is no such role.
    """
    if role not in ROLES:
        raise SettingsError(
            f"There is no font for the role {role!r}.", hint=f"Choose one of {', '.join(ROLES)}."
        )
    return Font(role, max(4, round(size)), tracking)


@lru_cache(maxsize=512)
def text_mask(text: str, font: Font, pad: int = 2) -> Lettering:
    """Draw one line of text; each character by the first face that has it.

    Args:
        text: Words parted by white space, in any script; must not be blank. Of a word, the first
            :data:`LONGEST_WORD` letters are drawn.
        font: From :func:`load_font`.
        pad: Empty pixels on each side.

    Returns:
        The read-only coverage and the box of each word. Kept for the next caller.
    """
    drawn = [_draw_word(word[:LONGEST_WORD], font) for word in text.split()] or [_draw_word(" ", font)]
    space = _face(_chain(font.role)[0], font.size).getlength(" ") * (1 + font.tracking)
    above = max(word.above for word in drawn)
    below = max(word.below for word in drawn)
    order = list(range(len(drawn)))
    if _runs_leftward(text):
        order.reverse()
    width = sum(word.advance for word in drawn) + space * (len(drawn) - 1)
    overhang = max(max(-word.left, word.left + word.ink.shape[1] - word.advance, 0.0) for word in drawn)
    margin = pad + int(np.ceil(overhang))
    mask = np.zeros((above + below + 2 * pad, int(np.ceil(width)) + 2 * margin + 1), np.uint8)
    boxes: dict[int, WordBox] = {}
    pen = float(margin)
    for index in order:
        word = drawn[index]
        x, y = round(pen) + word.left, pad + above + word.top
        height, span = word.ink.shape
        target = mask[y : y + height, x : x + span]
        np.maximum(target, word.ink, out=target)
        boxes[index] = WordBox(word.text, max(0, x), pad, x + span, pad + above + below)
        pen += word.advance + space
    mask.flags.writeable = False
    return Lettering(mask, pad + above, tuple(boxes[index] for index in range(len(drawn))))


def fit_font(text: str, role: str, width: float, height: float, *, tracking: float = 0.0) -> Font:
    """The largest font in which ``text`` on one line is at most ``width`` x ``height`` pixels."""
    probe = text_mask(text, load_font(role, 100, tracking=tracking), 0)
    return load_font(role, 100 * min(width / probe.width, height / probe.height), tracking=tracking)


def wrap(words: Sequence[str], font: Font, width: float) -> tuple[tuple[int, ...], ...]:
    """Break words into lines no wider than ``width`` pixels where possible, as even as possible.

    Minimises the sum of squared slack, as TeX does, by dynamic programming.

    Returns:
        The words' indices, line by line; a word wider than ``width`` has a line of its own.
    """
    if not words:
        return ()
    spans = [text_mask(word, font, 0).width for word in words]
    space = _face(_chain(font.role)[0], font.size).getlength(" ")
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(words) + 1):
        choices = []
        letters = 0
        for start in reversed(range(end)):
            letters += spans[start]
            line = letters + space * (end - start - 1)
            if line > width and end - start > 1:
                break  # more words on it do not make it shorter
            choices.append((best[start][0] + (max(0.0, width - line) / width) ** 2 + 0.2, start))
        best.append(min(choices))
    lines: list[tuple[int, ...]] = []
    end = len(words)
    while end > 0:
        start = best[end][1]
        lines.append(tuple(range(start, end)))
        end = start
    return tuple(reversed(lines))


def undrawable(text: str, role: str = "sans-heavy") -> str:
    """The characters of a text that no face has, each once: tell the person, and name ``LIMELIGHT_FONTS``."""
    chain = _chain(role)
    seen = dict.fromkeys(letter for letter in text if not letter.isspace() and not _is_mark(letter))
    return "".join(letter for letter in seen if not any(ord(letter) in _characters(face) for face in chain))


@dataclass(frozen=True)
class _Word:
    text: str
    ink: Mask
    left: int
    """Columns from the pen to the ink."""
    top: int
    """Rows from the baseline to the ink, negative above."""
    advance: float
    above: int
    below: int


def _draw_word(word: str, font: Font) -> _Word:
    from PIL import Image, ImageDraw  # noqa: PLC0415  # loads only where letters are drawn

    runs = list(_runs(word, font.role))
    if _runs_leftward(word):
        runs.reverse()
    faces = [_face(path, font.size) for path, _ in runs]
    metrics = [face.getmetrics() for face in faces]
    above, below = max(m[0] for m in metrics), max(m[1] for m in metrics)
    spaced = font.tracking != 0 and not _runs_leftward(word) and not any(_joins(c) for c in word)
    pieces = [
        (face, piece)
        for face, (_, run) in zip(faces, runs, strict=True)
        for piece in (_clusters(run) if spaced else [run])
    ]
    gap = font.tracking * font.size if spaced else 0.0
    advance = sum(face.getlength(piece) + gap for face, piece in pieces) - gap
    margin = font.size // 2 + 2
    canvas = Image.new("L", (int(advance) + 2 * margin + 2, above + below + 2 * margin))
    draw = ImageDraw.Draw(canvas)
    pen = float(margin)
    for face, piece in pieces:
        draw.text((pen, margin + above), piece, fill=255, font=face, anchor="ls")
        pen += face.getlength(piece) + gap
    box = canvas.getbbox() or (margin, margin, margin + 1, margin + 1)
    ink = np.asarray(canvas.crop(box), np.uint8)
    top, bottom = box[1] - margin - above, box[3] - margin - above
    return _Word(word, ink, box[0] - margin, top, advance, max(above, -top), max(below, bottom))


def _runs(word: str, role: str) -> Iterator[tuple[Path, str]]:
    """Split a word into stretches that one face can draw; marks stay with their letter."""
    chain = _chain(role)
    for whole in chain:
        if all(ord(letter) in _characters(whole) for letter in word):
            yield whole, word
            return
    current, run = chain[0], ""
    for cluster in _clusters(word):
        face = next((f for f in chain if all(ord(c) in _characters(f) for c in cluster)), None)
        face = face or next((f for f in chain if ord(cluster[0]) in _characters(f)), current)
        if face != current and run:
            yield current, run
            run = ""
        current, run = face, run + cluster
    yield current, run


def _clusters(text: str) -> list[str]:
    clusters: list[str] = []
    for letter in text:
        if clusters and _is_mark(letter):
            clusters[-1] += letter
        else:
            clusters.append(letter)
    return clusters


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter) in {"Mn", "Mc", "Me", "Cf"}


def _joins(letter: str) -> bool:
    """Arabic and the Indic scripts join their letters: space between them would break words."""
    return 0x600 <= ord(letter) < 0x800 or 0x900 <= ord(letter) < 0xE80


def _runs_leftward(text: str) -> bool:
    """By the first strong character, as rule P2 of the Unicode bidirectional algorithm has it."""
    for letter in text:
        direction = unicodedata.bidirectional(letter)
        if direction in {"L", "R", "AL"}:
            return direction != "L"
    return False


@cache
def _chain(role: str) -> tuple[Path, ...]:
    folder = Path(str(resources.files("limelight").joinpath("fonts")))
    own = tuple(folder / f"{name}.ttf" for name in ROLES[role] + FALLBACKS)
    return own + _foreign_faces()


@cache
def _foreign_faces() -> tuple[Path, ...]:
    given = os.environ.get("LIMELIGHT_FONTS")
    faces = (
        sorted(p for p in Path(given).expanduser().rglob("*") if p.suffix.lower() in _SUFFIXES)
        if given
        else []
    )
    for folder in _system_folders():
        if folder.is_dir():
            found = {path.name: path for path in folder.rglob("*") if path.name in SYSTEM_FACES}
            faces += [found[name] for name in SYSTEM_FACES if name in found]
    return tuple(faces)


_SUFFIXES = {".ttf", ".otf", ".ttc"}


def _system_folders() -> tuple[Path, ...]:
    home = Path.home()
    if sys.platform == "darwin":
        return (Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts")
    if sys.platform == "win32":
        return (Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts",)
    return (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".local/share/fonts")


@cache
def _characters(path: Path) -> frozenset[int]:
    """What a face can draw; nothing, where the file is no font: one bad file in a folder harms no film."""
    from fontTools.ttLib import TTFont, TTLibError  # noqa: PLC0415  # loads only where letters are drawn

    try:
        with path.open("rb") as stream, TTFont(stream, fontNumber=0, lazy=True) as font:
            return frozenset(font.getBestCmap() or {})
    except (TTLibError, OSError, ValueError, KeyError, AssertionError, struct.error):
        return frozenset()


@lru_cache(maxsize=128)
def _face(path: Path, size: int) -> "FreeTypeFont":
    from PIL import ImageFont  # noqa: PLC0415  # loads only where letters are drawn

    return ImageFont.truetype(path, size)
