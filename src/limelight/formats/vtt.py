"""WebVTT: captions for browsers, with word times (``<00:01.000>``) and singers (``<v Anna>``)."""

import html
import re
from collections.abc import Sequence

from limelight.formats.cues import Cue, flat, lyrics_of
from limelight.formats.given import GivenLine, GivenLyrics, given_line, pieces_of, shown_lines, timed_line
from limelight.score import Line, Lyrics

_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>", re.IGNORECASE)
_CLOCK = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})\.(\d{3})"
_STAMP = re.compile(f"<{_CLOCK}>")
_CUE = re.compile(rf"^\s*{_CLOCK}\s*-->\s*{_CLOCK}(?:\s.*)?$")
_MARKUP = re.compile(r"</?[a-z][^>]*>|\{\\[^}]*\}", re.IGNORECASE)


def parse_vtt(text: str) -> GivenLyrics:
    """Lyrics out of a WebVTT file; with word times where cues have inner time stamps.

    Raises:
        LyricsError: no cue has words.
    """
    return lyrics_of(_cues(text), "vtt", _line)


def write_vtt(lyrics: Lyrics, *, words: bool = True) -> str:
    """A WebVTT file, one cue a line, to the millisecond; with ``words``, a stamp before each sung word.

    Lines of which no word is sung are left out.
    """
    blocks = ["WEBVTT\n"]
    for line in shown_lines(lyrics):
        voice = f"<v {html.escape(line.singer.replace('>', ''), quote=False)}>" if line.singer else ""
        body = _stamped(line) if words and line.words else html.escape(line.text, quote=False)
        blocks.append(f"{_clock(line.start)} --> {_clock(line.end)}\n{voice}{' '.join(body.split())}\n")
    return "\n".join(blocks)


def _stamped(line: Line) -> str:
    """The first word starts with the cue unless it is later; every other sung word has its stamp."""
    body = ""
    pieces = pieces_of(line)
    for index, (word, text) in enumerate(pieces):
        plain = html.escape(text, quote=False)
        if not word.sung:
            body += plain
            continue
        body += f"<{_clock(word.start)}>{plain}"
        follower = pieces[index + 1][0] if index + 1 < len(pieces) else None
        end = follower.start if follower is not None and follower.sung else line.end
        if _thousandths(word.end) < _thousandths(end):
            body = body.rstrip() + f"<{_clock(word.end)}>" + (" " if text.endswith(" ") else "")
    return body


def _cues(text: str) -> list[Cue]:
    """Blocks apart by empty lines; a block's timing line stands first, or second after the cue's name."""
    cues = []
    for block in re.split(r"\n[ \t]*\n", text):
        lines = block.strip("\n").split("\n")
        for index, line in enumerate(lines[:2]):
            if timing := _CUE.match(line):
                clocks = timing.groups()
                cues.append(Cue(_seconds(clocks[:4]), _seconds(clocks[4:]), "\n".join(lines[index + 1 :])))
                break
    return cues


def _line(cue: Cue) -> GivenLine:
    text = flat(cue.text)
    voice = _VOICE.search(text)
    singer = html.unescape(voice.group(1)).strip() if voice else ""
    text = _MARKUP.sub("", text)
    stamps = list(_STAMP.finditer(text))
    if not stamps:
        return given_line(html.unescape(text), cue.start, cue.end, singer=singer)
    edges = [stamp.start() for stamp in stamps[1:]] + [len(text)]
    pieces: list[tuple[float | None, str]] = []
    if text[: stamps[0].start()].strip():
        pieces.append((cue.start, html.unescape(text[: stamps[0].start()])))
    for stamp, edge in zip(stamps, edges, strict=True):
        pieces.append((_seconds(stamp.groups()), html.unescape(text[stamp.end() : edge])))
    return timed_line(pieces, cue.end, start=cue.start, singer=singer)


def _seconds(clock: Sequence[str]) -> float:
    hours, minutes, seconds, thousandths = clock
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(thousandths) / 1000


def _thousandths(seconds: float) -> int:
    return round(seconds * 1000)


def _clock(seconds: float) -> str:
    rest, thousandths = divmod(_thousandths(seconds), 1000)
    return f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}.{thousandths:03d}"
