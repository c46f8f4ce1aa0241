"""Faults: what is broken in a timed lyrics file that somebody edited.

The parsers forgive what occurs in the wild: a stamp that they cannot read becomes text, a line without one is
passed over. In a file that comes back from an editor that would lose a person's work silently, so it is said.
"""

import re
from collections.abc import Callable, Iterator

from limelight.errors import LyricsError

_LRC_STAMP = re.compile(r"\s*\[\d{1,4}:[0-5]?\d(?:[.:,]\d{1,3})?\]")
_LRC_TAG = re.compile(r"^\s*\[[A-Za-z#]\w*:.*\]\s*$")
_LRC_WORD = re.compile(r"<\d{1,4}:[0-5]?\d(?:[.:,]\d{1,3})?>")
_STRAY = re.compile(r"[\[<]\s*\d+\s*[:.;][^\]>]*[\]>]?")
_CLOCK = r"(?:\d{1,3}:)?[0-5]?\d:[0-5]?\d[.,]\d{1,3}"
_ARROW = re.compile(rf"^\s*({_CLOCK})\s*-->\s*({_CLOCK})(?:\s.*)?$")
_VTT_WORD = re.compile(r"<(?:\d{1,3}:)?[0-5]?\d:[0-5]?\d\.\d{3}>")
_ASS_CLOCK = re.compile(r"^\s*\d{1,3}:[0-5]?\d:[0-5]?\d\.\d{1,3}\s*$")
_ASS_FIELDS = 10
_ASS_KARAOKE = re.compile(r"\\[kK][fo]?(?!\s*\d)(?![a-zA-Z])")


def refuse_faults(text: str, suffix: str, *, origin: str) -> None:
    r"""Refuse a file with a broken time stamp or with words that have none.

    Args:
        text: The file's, line ends as ``\n``.
        suffix: ``.lrc``, ``.srt``, ``.vtt``, ``.ass`` or ``.ssa``; others have no stamps to break.
        origin: What the file is called in the error.

    Raises:
        LyricsError: names the first line at fault.
    """
    search = _SEARCHES.get(suffix)
    for number, fault in search(text) if search else ():
        raise LyricsError(
            f"{origin}, line {number}: {fault}.",
            hint="Mend that line, or delete it; nothing was changed.",
        )


def _in_lrc(text: str) -> Iterator[tuple[int, str]]:
    for number, raw in enumerate(text.splitlines(), start=1):
        if not raw.strip() or _LRC_TAG.match(raw):
            continue
        rest = raw
        while match := _LRC_STAMP.match(rest):
            rest = rest[match.end() :]
        if rest == raw:
            yield number, f"{_short(raw)} has no time stamp such as [00:12.34]"
        elif stray := _STRAY.search(_LRC_WORD.sub("", rest)):
            yield number, f"{_short(stray.group())} is no time stamp such as <00:12.34>"


def _in_srt(text: str) -> Iterator[tuple[int, str]]:
    for number, block in _blocks(text):
        yield from _in_cue(block, number)


def _in_vtt(text: str) -> Iterator[tuple[int, str]]:
    for number, block in _blocks(text):
        if not block[0].startswith(("WEBVTT", "NOTE", "STYLE", "REGION")):
            yield from _in_cue(block, number)
        for offset, raw in enumerate(block):
            if stray := re.search(r"<\s*\d[^>]*>?", _VTT_WORD.sub("", raw)):
                yield number + offset, f"{_short(stray.group())} is no time stamp such as <00:00:12.340>"


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines that are not empty, each with the number of its first line."""
    block: list[str] = []
    for number, raw in enumerate([*text.removeprefix("\ufeff").split("\n"), ""], start=1):
        if raw.strip():
            block.append(raw)
        elif block:
            yield number - len(block), block
            block = []


def _in_cue(lines: list[str], number: int) -> Iterator[tuple[int, str]]:
    """A cue has its times in the first or second line, and ends after it begins."""
    for offset, line in enumerate(lines):
        if "-->" not in line:
            continue
        times = _ARROW.match(line)
        if times is None or offset > 1:
            yield number + offset, f"{_short(line)} is no line of times such as 00:00:12,340 --> 00:00:14,000"
        elif _seconds(times.group(2)) < _seconds(times.group(1)):
            yield number + offset, f"{_short(line)} ends before it begins"
    if not any("-->" in line for line in lines[:2]):
        yield number, f"{_short(lines[0])} has no line of times above it"


def _in_ass(text: str) -> Iterator[tuple[int, str]]:
    for number, raw in enumerate(text.splitlines(), start=1):
        if not raw.startswith("Dialogue:"):
            continue
        fields = raw.removeprefix("Dialogue:").split(",", _ASS_FIELDS - 1)
        if len(fields) < _ASS_FIELDS:
            yield number, f"{_short(raw)} has {len(fields)} fields; there are {_ASS_FIELDS}"
        elif wrong := [field for field in fields[1:3] if not _ASS_CLOCK.match(field)]:
            yield number, f"{_short(wrong[0])} is no time such as 0:00:12.34"
        elif _seconds(fields[2]) < _seconds(fields[1]):
            yield number, f"{_short(raw)} ends before it begins"
        elif _ASS_KARAOKE.search(fields[-1]):
            yield number, rf"{_short(raw)} has a \k without a number"


_SEARCHES: dict[str, Callable[[str], Iterator[tuple[int, str]]]] = {
    ".lrc": _in_lrc,
    ".srt": _in_srt,
    ".vtt": _in_vtt,
    ".ass": _in_ass,
    ".ssa": _in_ass,
}


def _seconds(clock: str) -> float:
    whole, _, fraction = clock.strip().replace(",", ".").rpartition(".")
    seconds = 0
    for part in whole.split(":"):
        seconds = 60 * seconds + int(part)
    return seconds + float(f"0.{fraction}")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= 60 else f"{text[:57]}...")
