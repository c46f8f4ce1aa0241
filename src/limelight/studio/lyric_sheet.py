"""The lyric sheet: the words that are on the screen while a person sings along, with their times in the song."""

from pathlib import Path

from limelight.document import Part
from limelight.score import Line, Score


class SheetWord(Part):
    """One word; seconds in the song."""

    text: str
    start: float
    end: float


class SheetLine(Part):
    """One line with its words."""

    start: float
    end: float
    words: tuple[SheetWord, ...]


class LyricSheet(Part):
    """What is sung, and from where in the song.

    ``song``: whether there is a recording to sing along to. Without, the person sings as they like.
    """

    title: str = ""
    song: bool = False
    start: float = 0.0
    """Where in the song the singing begins, seconds."""
    lines: tuple[SheetLine, ...] = ()


LEAD_IN = 2.0
"""Seconds of the song before the first word."""


def lyric_sheet(score: Score, seconds: float, *, song: bool) -> LyricSheet:
    """The stretch of a song in which the most is sung.

    Args:
        score: Of the song.
        seconds: How long a performance lasts.
        song: Whether the recording can be played.
    """
    lines = [line for line in map(_line, score.lyrics.lines) if line.words]
    if not lines:
        return LyricSheet(title=score.song.title, song=song)
    starts = [max(0.0, line.start - LEAD_IN) for line in lines]
    start = max(starts, key=lambda at: (round(_sung(lines, at, at + seconds), 1), -at))
    within = tuple(line for line in lines if start <= line.start < start + seconds)
    return LyricSheet(title=score.song.title, song=song, start=start, lines=within)


def _line(line: Line) -> SheetLine:
    words = tuple(SheetWord(text=w.text, start=w.start, end=w.end) for w in line.words if w.sung)
    return SheetLine(start=line.start, end=line.end, words=words)


def _sung(lines: list[SheetLine], start: float, end: float) -> float:
    words = (word for line in lines for word in line.words)
    return sum(max(0.0, min(word.end, end) - max(word.start, start)) for word in words)


OWN_VERSE = (
    "Turn the lamps down low and find my face",
    "Open up the night and give it space",
    "Every voice that rose above the crowd",
    "Started as a whisper, now it's loud",
    "We were made of moments, made of film",
    "Leave the window open, hold me still",
    "Oh, the room is golden when you're near",
    "All I ever wanted's singing here",
)
"""Our own words, for whoever verifies without a song: open, round and closed lips, teeth and tongue."""
A_LINE, BEFORE = 4.6, 2.5


def own_verse() -> LyricSheet:
    """:data:`OWN_VERSE` at a steady pace."""
    lines = []
    for index, text in enumerate(OWN_VERSE):
        start, words = BEFORE + index * A_LINE, text.split()
        each = (A_LINE - 0.8) / len(words)
        timed = (
            SheetWord(text=word, start=round(start + i * each, 3), end=round(start + (i + 1) * each, 3))
            for i, word in enumerate(words)
        )
        lines.append(SheetLine(start=start, end=round(start + A_LINE - 0.6, 3), words=tuple(timed)))
    return LyricSheet(lines=tuple(lines))


MEDIA_TYPES = {
    ".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".aac": "audio/aac", ".ogg": "audio/ogg", ".opus": "audio/ogg",
    ".flac": "audio/flac", ".wav": "audio/wav", ".mp4": "audio/mp4", ".webm": "audio/webm",
}  # fmt: skip


def media_type(song: Path) -> str:
    """What a browser is told of a recording."""
    return MEDIA_TYPES.get(song.suffix.lower(), "application/octet-stream")
