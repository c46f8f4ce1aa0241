"""Plain lyrics: headings, "x2", singers' names and repeats understood, as people type them."""

import re
from dataclasses import dataclass, field, replace

from limelight.formats.given import GivenLine, GivenLyrics, given_line, singers_named
from limelight.score import Lyrics

MOST_REPEATS = 8
_PARTS = (
    "intro outro verse chorus pre-chorus prechorus post-chorus postchorus bridge hook refrain interlude "
    "instrumental solo breakdown coda couplet pont strophe vers kehrreim zwischenspiel verso estrofa estribillo "
    "coro puente ritornello strofa ponte refrão estrofe refrein brug припев куплет"
)
_PART = "(?:" + "|".join(sorted({re.escape(word) for word in _PARTS.split()}, key=len, reverse=True)) + ")"
_TIMES = r"(?:[x×*]\s?(\d{1,2})|(\d{1,2})\s?[x×]|(\d{1,2})\s(?:times|fois|mal|veces))"
_BRACKETED = re.compile(r"^[\[{【](.*)[\]}】]$")
_NAMED = re.compile(
    rf"^[(*#\s]*((?:{_PART})(?:[\s-]+(?:\d{{1,2}}|[IVX]{{1,4}}|[A-D]))?)[\s)*]*(?::\s*|\s*)(.*)$",
    re.IGNORECASE,
)
_REPEAT_ONLY = re.compile(rf"^[(\[*\s]*(?:repeat\s*)?{_TIMES}[)\]*\s]*$", re.IGNORECASE)
_REPEAT_TAIL = re.compile(rf"\s+(?:[(\[]\s?{_TIMES}\s?[)\]]|{_TIMES.replace('*', '')})$", re.IGNORECASE)
_NO_NAMES = frozenset(
    [
        "spoken",
        "whispered",
        "guitar",
        "piano",
        "drums",
        "drop",
        "fade",
        "ad-lib",
        "ad-libs",
        "applause",
        "music",
    ]
)
_SINGER_ALONE = re.compile(r"^([^\W\d_a-z][\w'’.-]*(?: (?:& |and )?[^\W\d_a-z][\w'’.-]*){0,2}):$")


def parse_text(text: str) -> GivenLyrics:
    """Lyrics out of plain text.

    - Headings (``[Chorus]``, ``Verse 1:``, ``(Refrain)``) are not sung. ``[Verse 1: Anna]`` names the singer.
    - ``[Anna]`` and ``[Ben]`` above stanzas, at least two such names, say who sings them.
    - A heading without lines of its own stands for the lines it had before.
    - ``(x2)`` after a line repeats the line; on a line of its own, the stanza above.
    - ``Anna: ...`` on two or more lines names the singers; so does ``Anna:`` alone for the lines under it.
    """
    stanzas = [_Stanza()]
    for raw in text.splitlines():
        line = " ".join(raw.split())
        if not line:
            if stanzas[-1].lines or stanzas[-1].heading:
                stanzas.append(_Stanza())
            continue
        _take(line, stanzas)
    _name_duet(stanzas)
    return GivenLyrics(singers_named(_in_order(stanzas)))


def write_text(lyrics: Lyrics) -> str:
    """One line a line, with singers' names; an empty line where more than four seconds pass between lines."""
    written: list[str] = []
    for index, line in enumerate(lyrics.lines):
        if index and line.start - lyrics.lines[index - 1].end > 4.0:
            written.append("")
        written.append(f"{line.singer}: {line.text}" if line.singer else line.text)
    return "\n".join(written) + "\n" if written else ""


@dataclass
class _Stanza:
    heading: str = ""
    singer: str = ""
    named: str = ""
    """A name in brackets that stands above it: its singer, if there are two of them or more."""
    times: int = 1
    lines: list[GivenLine] = field(default_factory=list)


def _take(line: str, stanzas: list[_Stanza]) -> None:
    stanza = stanzas[-1]
    if repeat := _REPEAT_ONLY.match(line):
        target = stanza if stanza.lines or stanza.heading or len(stanzas) == 1 else stanzas[-2]
        target.times = _count(repeat)
    elif heading := _heading(line, at_top=not stanza.lines):
        if stanza.lines or stanza.heading:
            stanzas.append(_Stanza())
        stanzas[-1].heading, stanzas[-1].singer, stanzas[-1].times = heading
        if (name := _BRACKETED.match(line)) and not _NAMED.match(name.group(1).strip()):
            stanzas[-1].named = name.group(1).strip()
    elif alone := _SINGER_ALONE.match(line):
        if stanza.lines:
            stanzas.append(_Stanza())
        stanzas[-1].singer = alone.group(1)
    else:
        times = 1
        if tail := _REPEAT_TAIL.search(line):
            line, times = line[: tail.start()], _count(tail)
        stanza.lines.extend([given_line(line, singer=stanza.singer)] * times)


def _name_duet(stanzas: list[_Stanza]) -> None:
    """Names in brackets are singers if there are two of them; a single one may be "[Spoken]" or "[Guitar]"."""
    names = {
        stanza.named
        for stanza in stanzas
        if _SINGER_ALONE.match(f"{stanza.named}:") and stanza.named.casefold() not in _NO_NAMES
    }
    for stanza in stanzas:
        if len(names) > 1 and stanza.named in names:
            for at, line in enumerate(stanza.lines):
                stanza.lines[at] = replace(line, singer=line.singer or stanza.named)


def _heading(line: str, *, at_top: bool) -> tuple[str, str, int] | None:
    """(name, singer, times) if the line is a heading. Without brackets or colon only at a stanza's top."""
    bracketed = _BRACKETED.match(line)
    inner = bracketed.group(1).strip() if bracketed else line
    times = 1
    if tail := _REPEAT_TAIL.search(inner):
        inner, times = inner[: tail.start()], _count(tail)
    named = _NAMED.match(inner)
    if named is None or (named.end(1) < len(inner) and inner[named.end(1)].isalnum()):
        return (inner.casefold(), "", times) if bracketed else None
    name, rest = named.group(1).casefold(), named.group(2).strip(" :)*-–")
    if bracketed:
        return name, rest, times
    marked = line[0] in "(*#" or line.rstrip("*) ").endswith(":") or times > 1
    return (name, "", times) if not rest and (marked or at_top) else None


def _count(match: re.Match[str]) -> int:
    number = next(int(group) for group in match.groups() if group)
    return min(max(number, 1), MOST_REPEATS)


def _in_order(stanzas: list[_Stanza]) -> list[GivenLine]:
    lines: list[GivenLine] = []
    known: dict[str, list[GivenLine]] = {}
    number = 0
    for stanza, follower in zip(stanzas, [*stanzas[1:], _Stanza()], strict=True):
        own = stanza.lines
        if stanza.heading and not own and not (follower.lines and not follower.heading):
            own = known.get(stanza.heading, [])
        elif stanza.heading and own:
            known.setdefault(stanza.heading, own)
        for _ in range(stanza.times if own else 0):
            lines.extend(replace(line, stanza=number) for line in own)
            number += 1
    return lines
