"""Lyrics as somebody wrote them down: words in order, sometimes with times, not yet checked by ear."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from limelight.score import Line, Lyrics, LyricsSource, Word

# Han, Hiragana, Katakana, Thai, Lao, Khmer, Myanmar: written without spaces between words.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
)
_PIECE = re.compile(rf"[{_UNSPACED}][^\w{_UNSPACED}]*|[^{_UNSPACED}]+")
# Vowel signs and tones, and small kana: part of the character before.
_MARK = re.compile(
    "[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd"
    "\u30fcぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ]"
)
_SINGER = re.compile(
    r"^((?:[^\W\d_a-z][\w'’.-]*)(?:(?: (?:& |and |\+ )?)[^\W\d_a-z][\w'’.-]*){0,2})\s?:\s+(?=\S)"
)


class Timing(StrEnum):
    """How much is known of when the words are sung."""

    NONE = "none"
    LINES = "lines"
    WORDS = "words"


@dataclass(frozen=True)
class GivenWord:
    """A word as written; ``start`` and ``end`` in seconds where the file gives them."""

    text: str
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True)
class GivenLine:
    """A line as written.

    Attributes:
        text: The line with its own spacing and punctuation, without the singer's name.
        words: The same text cut into words.
        start: Seconds, where the file gives it.
        end: Seconds, where the file gives it.
        singer: Who sings it, in a duet.
        stanza: Lines with the same number stand together.
    """

    text: str
    words: tuple[GivenWord, ...] = ()
    start: float | None = None
    end: float | None = None
    singer: str = ""
    stanza: int = 0


@dataclass(frozen=True)
class GivenLyrics:
    """All that a file says.

    Attributes:
        lines: In the order of the file (by time where there are times).
        source: ``given`` by a person, or ``embedded`` in the song's file.
        language: ISO 639-1 code if the file names it.
        title: If the file names it.
        artist: If the file names it.
    """

    lines: tuple[GivenLine, ...] = ()
    source: LyricsSource = LyricsSource.GIVEN
    language: str = ""
    title: str = ""
    artist: str = ""

    @property
    def timing(self) -> Timing:
        """``words`` if every line has timed words, ``lines`` if any line has a time, else ``none``."""
        if self.lines and all(word.start is not None for line in self.lines for word in line.words):
            return Timing.WORDS
        return Timing.LINES if any(line.start is not None for line in self.lines) else Timing.NONE

    @property
    def word_count(self) -> int:
        """How many words there are."""
        return sum(len(line.words) for line in self.lines)


def split_words(text: str) -> list[str]:
    """Cut a line into words: at spaces, and between characters of scripts that use no spaces.

    Punctuation stays with its word; a sign that stands alone joins the word before it, or the one after.
    """
    words: list[str] = []
    opening = ""
    for token in text.split():
        for index, piece in enumerate(_PIECE.findall(token)):
            space = "" if index else " "
            if index and (_MARK.match(piece) or not _has_letters(piece)):
                words[-1] += piece
            elif not _has_letters(piece):
                if words:
                    words[-1] += space + piece
                else:
                    opening += f"{piece} "
            else:
                words.append(opening + piece)
                opening = ""
    return words


def _has_letters(piece: str) -> bool:
    return any(sign.isalnum() for sign in piece)


def given_line(
    text: str, start: float | None = None, end: float | None = None, *, singer: str = ""
) -> GivenLine:
    """A line whose words have no times of their own."""
    text = " ".join(text.split())
    return GivenLine(text, tuple(GivenWord(word) for word in split_words(text)), start, end, singer)


def timed_line(
    pieces: Sequence[tuple[float | None, str]],
    end: float | None,
    *,
    start: float | None = None,
    singer: str = "",
) -> GivenLine:
    """A karaoke line out of (start in seconds or unknown, text) pieces, such as syllables.

    Pieces that touch without a space are syllables of one word. A piece without letters ends the word before.
    """
    words: list[GivenWord] = []
    touching = False
    for index, (moment, text) in enumerate(pieces):
        later = next((time for time, _ in pieces[index + 1 :] if time is not None), end)
        if not text.strip():
            if words and words[-1].end is None and moment is not None:
                words[-1] = replace(words[-1], end=moment)
            touching = False
            continue
        parts = split_words(text)
        joined = touching and not text[0].isspace() and len(split_words(words[-1].text + parts[0])) == 1
        if joined:
            words[-1] = replace(words[-1], text=words[-1].text + parts.pop(0), end=None)
        words.extend(_spread(parts, moment, later))
        touching = not text[-1].isspace()
    words = _ends_filled(words, end)
    text = " ".join("".join(text for _, text in pieces).split())
    first = (
        start if start is not None else next((word.start for word in words if word.start is not None), None)
    )
    return GivenLine(text, tuple(words), first, end, singer)


def _spread(parts: list[str], start: float | None, end: float | None) -> list[GivenWord]:
    """Words under one time stamp share its span evenly; without an end only the first one is timed."""
    if start is None or len(parts) < 2:
        return [GivenWord(part, start) for part in parts]
    if end is None or end <= start:
        return [GivenWord(part, start) for part in parts]
    step = (end - start) / len(parts)
    return [GivenWord(part, start + step * index) for index, part in enumerate(parts)]


def _ends_filled(words: list[GivenWord], end: float | None) -> list[GivenWord]:
    filled = []
    for index, word in enumerate(words):
        follower = words[index + 1].start if index + 1 < len(words) else end
        if word.start is not None and word.end is None and follower is not None:
            word = replace(word, end=max(word.start, follower))  # noqa: PLW2901 - the same word, completed
        filled.append(word)
    return filled


def singers_named(lines: Iterable[GivenLine]) -> tuple[GivenLine, ...]:
    """Take names such as ``Anna:`` off the lines and note them as singers, if two or more lines have one.

    A single line that happens to have a colon ("Remember: ...") keeps its words.
    """
    lines = tuple(lines)
    found = [_SINGER.match(line.text) for line in lines]
    if sum(match is not None for match in found) < 2:
        return lines
    return tuple(
        _without_name(line, match.group(1), match.end()) if match and not line.singer else line
        for line, match in zip(lines, found, strict=True)
    )


def _without_name(line: GivenLine, name: str, length: int) -> GivenLine:
    dropped = len(split_words(line.text[:length]))
    return replace(line, text=line.text[length:], words=line.words[dropped:], singer=name)


def in_time_order(lines: Iterable[GivenLine]) -> tuple[GivenLine, ...]:
    """Lines by their start; lines without one stay behind the line before them."""
    keyed = []
    latest = 0.0
    for line in lines:
        latest = line.start if line.start is not None else latest
        keyed.append((latest, line))
    return tuple(line for _, line in sorted(keyed, key=lambda pair: pair[0]))


def with_line_ends(lines: Sequence[GivenLine]) -> tuple[GivenLine, ...]:
    """Each line without an end gets the next line's start."""
    ended = []
    for line, follower in zip(lines, [*lines[1:], None], strict=False):
        if (
            line.end is None
            and line.start is not None
            and follower is not None
            and follower.start is not None
        ):
            line = replace(line, end=follower.start)  # noqa: PLW2901 - the same line, completed
            line = replace(line, words=tuple(_ends_filled(list(line.words), line.end)))  # noqa: PLW2901
        ended.append(line)
    return tuple(ended)


LONGEST_WORD = 2.0
"""Seconds that a last word without an end is taken to last at most."""


def as_timed(given: GivenLyrics) -> Lyrics:
    """Lyrics whose words all have times, taken as they are.

    Raises:
        ValueError: some word has no time (see :attr:`GivenLyrics.timing`).
    """
    if given.timing is not Timing.WORDS:
        raise ValueError("as_timed needs lyrics with a time for every word; align the others to the song")
    lines = []
    for line in given.lines:
        words = tuple(_timed(word) for word in line.words)
        if not words:
            continue
        start = min([word.start for word in words] + ([line.start] if line.start is not None else []))
        end = max([word.end for word in words])
        lines.append(Line(text=line.text, start=max(0.0, start), end=end, words=words, singer=line.singer))
    return Lyrics(source=given.source, language=given.language, confidence=1.0, lines=tuple(lines))


def _timed(word: GivenWord) -> Word:
    start = max(0.0, word.start or 0.0)
    end = word.end if word.end is not None else start + LONGEST_WORD / 4
    return Word(text=word.text, start=start, end=max(start, min(end, start + 30.0)))


def pieces_of(line: Line) -> list[tuple[Word, str]]:
    """Each word with its share of the line's text: the word as spaced in the text, following space included.

    Words that are not found in the text (somebody edited one of the two) are spaced by one space.
    """
    pieces: list[tuple[Word, str]] = []
    position = 0
    for index, word in enumerate(line.words):
        found = line.text.find(word.text, position)
        last = index == len(line.words) - 1
        if found < 0:
            pieces.append((word, word.text if last else word.text + " "))
            continue
        position = found + len(word.text)
        spaced = not last and (line.text[position : position + 1].isspace())
        pieces.append((word, word.text + (" " if spaced else "")))
    return pieces


def shown_lines(lyrics: Lyrics) -> list[Line]:
    """The lines of which at least one word is sung (lines without words count as sung)."""
    return [line for line in lyrics.lines if line.is_sung]
