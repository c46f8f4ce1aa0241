"""LRC and enhanced LRC: lyrics with a time for each line, or for each word.

``[mm:ss.xx]`` stands before a line, several for a line that is sung again;
``<mm:ss.xx>`` stands before a word.
``[offset:+ms]`` shifts everything, positive numbers to earlier. A stamp without text ends the line before.
"""

import re
from dataclasses import replace

from limelight.errors import LyricsError
from limelight.formats.given import (
    GivenLine,
    GivenLyrics,
    GivenWord,
    given_line,
    in_time_order,
    pieces_of,
    shown_lines,
    singers_named,
    timed_line,
    with_line_ends,
)
from limelight.score import Line, Lyrics

_STAMP = r"(\d{1,4}):(\d{1,2})(?:[.:,](\d{1,3}))?"
_LINE_STAMP = re.compile(rf"\s*\[{_STAMP}\]")
_WORD_STAMP = re.compile(rf"<{_STAMP}>")
_TAG = re.compile(r"^\s*\[(\w+):(.*)\]\s*$")
_WALAOKE = re.compile(r"^([FMD]):\s?(?=\S)")
_WALAOKE_SINGERS = {"F": "Her", "M": "Him", "D": "Both"}


def parse_lrc(text: str) -> GivenLyrics:
    """Lyrics out of an LRC file.

    Raises:
        LyricsError: no line has a time stamp.
    """
    tags: dict[str, str] = {}
    lines: list[GivenLine] = []
    ends: list[float] = []
    for raw in text.splitlines():
        stamps, rest = _stamps(raw)
        if not stamps:
            if tag := _TAG.match(raw):
                tags[tag.group(1).casefold()] = tag.group(2).strip()
            continue
        if not _WORD_STAMP.sub("", rest).strip():
            ends.extend(stamps)
            continue
        lines.extend(_line(rest, stamp, stamp - stamps[0]) for stamp in stamps)
    if not lines:
        raise LyricsError(
            "The LRC file has no line such as [00:12.34]words.",
            hint="Give plain lyrics as a .txt file; they are aligned to the song.",
        )
    lines = list(singers_named(with_line_ends(_ended(in_time_order(lines), ends))))
    shift = -_offset(tags.get("offset", "")) / 1000
    moved = tuple(_moved(line, shift) for line in lines)
    return GivenLyrics(
        moved, language=tags.get("la", "")[:2].casefold(), title=tags.get("ti", ""), artist=tags.get("ar", "")
    )


def write_lrc(lyrics: Lyrics, *, title: str = "", artist: str = "", words: bool = True) -> str:
    """An LRC file, to the centisecond; with ``words``, an enhanced one with a stamp for each sung word.

    Lines of which no word is sung are left out.
    """
    tags = (("ti", title), ("ar", artist), ("la", lyrics.language))
    written = [f"[{name}:{' '.join(value.split())}]" for name, value in tags if value]
    lines = shown_lines(lyrics)
    for line, follower in zip(lines, [*lines[1:], None], strict=False):
        name = f"{line.singer}: " if line.singer else ""
        body = _enhanced(line) if words and line.words else line.text
        written.append(f"[{_clock(line.start)}]{name}{body}")
        if follower is None or _hundredths(follower.start) > _hundredths(line.end):
            written.append(f"[{_clock(line.end)}]")
    return "\n".join(written) + "\n"


def _enhanced(line: Line) -> str:
    """Stamps before sung words; a stamp before a space where a word ends well before the next begins."""
    body = ""
    pieces = pieces_of(line)
    for index, (word, text) in enumerate(pieces):
        if not word.sung:
            body += text
            continue
        body += f"<{_clock(word.start)}>{text}"
        follower = pieces[index + 1][0] if index + 1 < len(pieces) else None
        if follower is None or (follower.sung and _hundredths(follower.start) > _hundredths(word.end)):
            body = body.rstrip() + f"<{_clock(word.end)}>" + (" " if text.endswith(" ") else "")
    return body


def _stamps(raw: str) -> tuple[list[float], str]:
    stamps = []
    while match := _LINE_STAMP.match(raw):
        stamps.append(_seconds(match))
        raw = raw[match.end() :]
    return stamps, raw


def _line(rest: str, start: float, shift: float) -> GivenLine:
    """One occurrence of a line; word stamps belong to its first stamp, so the others shift them."""
    singer = ""
    if walaoke := _WALAOKE.match(rest):
        singer, rest = _WALAOKE_SINGERS[walaoke.group(1)], rest[walaoke.end() :]
    matches = list(_WORD_STAMP.finditer(rest))
    if not matches:
        return given_line(rest, start, singer=singer)
    edges = [match.start() for match in matches[1:]] + [len(rest)]
    pieces: list[tuple[float | None, str]] = []
    if rest[: matches[0].start()].strip():
        pieces.append((start, rest[: matches[0].start()]))
    pieces += [
        (_seconds(match) + shift, rest[match.end() : edge])
        for match, edge in zip(matches, edges, strict=True)
    ]
    closing = pieces[-1][0] if not pieces[-1][1].strip() else None
    return timed_line(pieces, closing, start=start, singer=singer)


def _ended(lines: tuple[GivenLine, ...], ends: list[float]) -> list[GivenLine]:
    """Stamps without text end the line that runs at that moment."""
    ended = []
    for line, follower in zip(lines, [*lines[1:], None], strict=False):
        start = line.start or 0.0
        latest = follower.start if follower is not None and follower.start is not None else float("inf")
        stops = [moment for moment in ends if start < moment <= latest]
        ended.append(replace(line, end=min(stops)) if stops and line.end is None else line)
    return ended


def _moved(line: GivenLine, shift: float) -> GivenLine:
    def moved(moment: float | None) -> float | None:
        return None if moment is None else max(0.0, moment + shift)

    words = tuple(GivenWord(word.text, moved(word.start), moved(word.end)) for word in line.words)
    return replace(line, start=moved(line.start), end=moved(line.end), words=words)


def _offset(value: str) -> float:
    try:
        return max(-60_000.0, min(60_000.0, float(value or 0)))
    except ValueError:
        return 0.0


def _seconds(match: re.Match[str]) -> float:
    minutes, seconds, fraction = match.groups()
    return int(minutes) * 60 + int(seconds) + (int(fraction) / 10 ** len(fraction) if fraction else 0.0)


def _hundredths(seconds: float) -> int:
    return round(seconds * 100)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(_hundredths(seconds), 6000)
    return f"{minutes:02d}:{rest // 100:02d}.{rest % 100:02d}"
