"""Lyrics in a sound file's tags: ID3 USLT and SYLT, MP4's ©lyr, LYRICS in Vorbis comments, FLAC and APE."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from limelight.errors import LyricsError
from limelight.formats.given import (
    GivenLine,
    GivenLyrics,
    given_line,
    singers_named,
    timed_line,
    with_line_ends,
)
from limelight.formats.lrc import parse_lrc
from limelight.formats.text import parse_text
from limelight.score import LyricsSource

_NAMES = ("lyrics", "unsyncedlyrics", "unsynced lyrics", "syncedlyrics", "©lyr", "wm/lyrics", "uslt")
_LANGUAGES = (
    "eng:en deu:de ger:de fra:fr fre:fr spa:es ita:it por:pt nld:nl dut:nl swe:sv nor:no dan:da fin:fi pol:pl "
    "rus:ru ukr:uk tur:tr ara:ar heb:he hin:hi jpn:ja kor:ko zho:zh chi:zh cat:ca ces:cs cze:cs ell:el gre:el "
    "hun:hu ron:ro"
)
_TWO_LETTERS = dict(pair.split(":") for pair in _LANGUAGES.split())
MOST = 200_000
"""Characters; more is not lyrics."""


def lyrics_in_tags(path: Path) -> GivenLyrics | None:
    """The lyrics that a sound file carries, or None if it has none or its tags cannot be read.

    Synchronised lyrics come before plain ones; LRC text inside a plain tag is understood.
    """
    import mutagen  # noqa: PLC0415 - only where tags are read

    try:
        file = mutagen.File(path)
    except (mutagen.MutagenError, OSError, ValueError, KeyError, IndexError):
        return None
    tags: Any = getattr(file, "tags", None)
    if not tags:
        return None
    return (_from_id3(tags) if hasattr(tags, "getall") else None) or _from_names(tags)


def _from_id3(tags: Any) -> GivenLyrics | None:
    for frame in tags.getall("SYLT"):
        if lines := _synchronised(frame):
            return GivenLyrics(lines, LyricsSource.EMBEDDED, _language(frame.lang))
    plain = (_plain(str(frame.text), _language(frame.lang)) for frame in tags.getall("USLT"))
    return next((given for given in plain if given is not None), None)


def _from_names(tags: Any) -> GivenLyrics | None:
    try:
        found = [(str(key).casefold().rsplit(":", 1)[-1], value) for key, value in tags.items()]
    except (TypeError, ValueError):
        return None
    for name in _NAMES:
        for key, value in found:
            text = str(value[0] if isinstance(value, list) and value else value)
            if key == name and (given := _plain(text, "")):
                return given
    return None


def _plain(text: str, language: str) -> GivenLyrics | None:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if not text.strip() or len(text) > MOST:
        return None
    try:
        given = parse_lrc(text)
    except LyricsError:
        given = parse_text(text)
    if not given.lines:
        return None
    return replace(given, source=LyricsSource.EMBEDDED, language=given.language or language)


def _synchronised(frame: Any) -> tuple[GivenLine, ...]:
    """Lines out of an ID3 SYLT frame in milliseconds.

    A line begins at a line feed; where there is none at all and pieces have several words, with each piece.
    """
    if frame.format != 2 or frame.type not in (0, 1):
        return ()
    lines: list[list[tuple[float | None, str]]] = []
    unmarked = not any("\n" in text or "\r" in text for text, _ in frame.text)
    ended = False
    whole_lines = unmarked and sum(len(text.split()) for text, _ in frame.text) >= 1.5 * len(frame.text)
    for text, moment in frame.text:
        if not lines or whole_lines or text.startswith(("\n", "\r")) or ended:
            lines.append([])
        ended = text.endswith(("\n", "\r"))
        lines[-1].append((moment / 1000, text.strip("\r\n")))
    by_word = sum(len(line) for line in lines) > 1.5 * len(lines)
    if not by_word:
        given = [given_line(text, moment) for line in lines for moment, text in line if text.strip()]
    else:
        given = [timed_line(line, None) for line in lines if any(text.strip() for _, text in line)]
    return singers_named(with_line_ends(given))


def _language(code: str) -> str:
    """ISO 639-1 out of ID3's ISO 639-2 code, for languages with lyrics in the wild; empty if unknown."""
    return _TWO_LETTERS.get(code.casefold(), "")
