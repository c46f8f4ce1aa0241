"""Editing: the heard words as a file for any editor, and back, with every change honoured.

A lyrics file holds less than a score: rounded times, no confidences, no words that are not sung, in SRT no word
times at all. So the file that comes back is compared with the one that this score would be written as. What is
the same in both keeps all that the score knows of it; what differs was changed by a person, who is believed.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from limelight.errors import LyricsError
from limelight.formats.ass import parse_ass, write_ass
from limelight.formats.encoding import read_text
from limelight.formats.faults import refuse_faults
from limelight.formats.given import GivenLine, GivenLyrics, GivenWord, shown_lines, split_words
from limelight.formats.lrc import parse_lrc, write_lrc
from limelight.formats.srt import parse_srt, write_srt
from limelight.formats.vtt import parse_vtt, write_vtt
from limelight.listen.words.anchors import matched
from limelight.listen.words.transcribe import folded
from limelight.score import Line, Lyrics, LyricsSource, Word

FORMATS: dict[str, tuple[Callable[[Lyrics], str], Callable[[str], GivenLyrics]]] = {
    ".lrc": (write_lrc, parse_lrc),
    ".ass": (write_ass, parse_ass),
    ".srt": (write_srt, parse_srt),
    ".vtt": (write_vtt, parse_vtt),
}
"""Writer and parser by the file's suffix. Only SRT has no word times."""
RELATED = 0.25
"""Share of an edited file's words, or of its lines' times, that the score knows; below it is another song's."""
LETTER = 0.08
"""Seconds a letter, where nothing else says how long a new word lasts."""


def editable(lyrics: Lyrics, suffix: str) -> str:
    """The words as the text of a file for an editor; lines that are not sung are left out.

    Raises:
        LyricsError: an unknown suffix, or no words.
    """
    write, _ = _format(suffix)
    if not shown_lines(lyrics):
        raise LyricsError(
            "No words were heard in this song: there is nothing to edit.",
            hint="Give its lyrics with --lyrics; they are placed by listening.",
        )
    return write(lyrics)


def read_edited(path: Path, lyrics: Lyrics, duration: float) -> Lyrics:
    """A file that :func:`editable` wrote and a person changed, joined with what the score knows.

    Raises:
        LyricsError: as :func:`edited` does; or the file cannot be read, or has a broken or missing time stamp.
    """
    suffix = path.suffix.casefold()
    _format(suffix)
    text = read_text(path)
    refuse_faults(text, suffix, origin=str(path))
    return edited(lyrics, text, suffix, duration, origin=str(path))


def edited(
    lyrics: Lyrics, text: str, suffix: str, duration: float, *, origin: str = "the edited file"
) -> Lyrics:
    """Join an edited file's text with the lyrics that it was written from.

    Words that were not touched keep their exact times and confidence; lines that are not sung stay unless the
    person wrote them in. A word whose time was changed has the file's time and the confidence 1. Where the file
    has no word times (SRT), known words move with their line, and new words fill the place between.

    Args:
        lyrics: Of the score.
        text: Of the file.
        suffix: Such as ``.lrc``.
        duration: Of the song, seconds.
        origin: What the file is called in errors.

    Raises:
        LyricsError: no words, words that run backward, a line after the song's end, or another song's words.
    """
    write, parse = _format(suffix)
    singers = {line.singer for line in lyrics.lines if line.singer}
    theirs = [_named(line, singers) for line in parse(text).lines if line.words]
    known = _as_written(lyrics, write, parse, singers)
    pairs = _pairs(theirs, known)
    if known and not _related(theirs, known, pairs):
        raise LyricsError(
            f"{origin} has other words and times than this song's score.",
            hint="Give another song's file to that song; give new lyrics with --lyrics.",
        )
    shown = []
    at = 0
    for line in theirs:
        numbers = pairs[at : at + len(line.words)]
        _refuse_impossible(line, duration, origin)
        shown.append(_joined(line, numbers, known, duration))
        at += len(line.words)
    written_in = {_key(line.text) for line, numbers in _lines_of(theirs, pairs) if None in numbers}
    silent = [
        line
        for line in lyrics.lines
        if line.words and not any(word.sung for word in line.words) and _key(line.text) not in written_in
    ]
    if {id(line) for line in (*shown, *silent)} == {id(line) for line in lyrics.lines}:
        return lyrics
    lines = _in_order(shown, silent, lyrics)
    words = [word.confidence for line in lines for word in line.words if word.sung]
    return lyrics.model_copy(
        update={
            "source": LyricsSource.GIVEN,
            "lines": lines,
            "confidence": float(np.mean(words)) if words else 0.0,
        }
    )


@dataclass(frozen=True)
class _Known:
    """A word of the score, as the score has it and as a file written from it says it."""

    word: Word
    line: Line
    given: GivenWord
    given_line: GivenLine
    place: int
    """In its line, from 0."""


def _format(suffix: str) -> tuple[Callable[[Lyrics], str], Callable[[str], GivenLyrics]]:
    if suffix.casefold() not in FORMATS:
        raise LyricsError(
            f"{suffix or 'A file without a suffix'} is no format for editing words with times.",
            hint=f"Use one of {', '.join(FORMATS)}; give plain text with --lyrics.",
        )
    return FORMATS[suffix.casefold()]


def _as_written(
    lyrics: Lyrics,
    write: Callable[[Lyrics], str],
    parse: Callable[[str], GivenLyrics],
    singers: set[str],
) -> list[_Known]:
    """The score's shown words beside what a reader makes of the file that they are written as."""
    ours = [line for line in shown_lines(lyrics) if line.words]
    if not ours:
        return []
    written = [
        _named(line, singers) for line in parse(write(lyrics.model_copy(update={"lines": tuple(ours)}))).lines
    ]
    by_start = sorted(ours, key=lambda line: line.start)
    known = []
    # Lines whose text and words differ in the score are not found again: the file's are taken as they are.
    for mine, other in _same([_keys(line) for line in by_start], [_keys(line) for line in written]):
        line, given = by_start[mine], written[other]
        for place, (word, given_word) in enumerate(zip(line.words, given.words, strict=True)):
            known.append(_Known(word, line, given_word, given, place))
    return known


def _named(line: GivenLine, singers: set[str]) -> GivenLine:
    """The line without the name of one of the song's singers before it (a parser wants to see two)."""
    name, colon, rest = line.text.partition(": ")
    if line.singer or not colon or name not in singers:
        return line
    return replace(line, text=rest, words=line.words[len(split_words(f"{name}:")) :], singer=name)


def _pairs(theirs: Sequence[GivenLine], known: Sequence[_Known]) -> list[int | None]:
    """For each word of the file the number of the known one that it is: first by word and time, then by word."""
    words = [(word, line) for line in theirs for word in line.words]
    stamped = _same(
        [(_key(word.text), word.start, line.start) for word, line in words],
        [(_key(item.given.text), item.given.start, item.given_line.start) for item in known],
    )
    pairs: list[int | None] = [None] * len(words)
    edges = [(-1, -1), *stamped, (len(words), len(known))]
    for (mine, other), (next_mine, next_other) in itertools.pairwise(edges):
        if mine >= 0:
            pairs[mine] = other
        between = _same(
            [_key(word.text) for word, _ in words[mine + 1 : next_mine]],
            [_key(item.given.text) for item in known[other + 1 : next_other]],
        )
        for i, j in between:
            pairs[mine + 1 + i] = other + 1 + j
    return pairs


def _same(mine: Sequence[object], others: Sequence[object]) -> list[tuple[int, int]]:
    """Pairs of equal items in order: each distinct item is a letter, and texts are compared letter by letter."""
    letters: dict[object, str] = {}

    def text(items: Sequence[object]) -> str:
        return "".join(letters.setdefault(item, chr(0x10000 + len(letters))) for item in items)

    return matched(text(mine), text(others))


def _related(theirs: Sequence[GivenLine], known: Sequence[_Known], pairs: Sequence[int | None]) -> bool:
    words = sum(number is not None for number in pairs) / max(1, len(pairs))
    starts = {item.given_line.start for item in known}
    times = sum(line.start in starts for line in theirs) / max(1, len(theirs))
    return max(words, times) >= RELATED


def _refuse_impossible(line: GivenLine, duration: float, origin: str) -> None:
    moments = [word.start for word in line.words if word.start is not None]
    if any(later < earlier for earlier, later in itertools.pairwise(moments)):
        raise LyricsError(
            f"{origin}: the times in {line.text[:60]!r} run backward.",
            hint="Mend them; nothing was changed.",
        )
    first = min([line.start or 0.0, *moments])
    if first >= duration:
        raise LyricsError(
            f"{origin}: {line.text[:60]!r} begins at {first:.1f} s; the song ends at {duration:.1f} s.",
            hint="Mend its time, or delete the line; nothing was changed.",
        )


def _lines_of(
    theirs: Sequence[GivenLine], pairs: Sequence[int | None]
) -> list[tuple[GivenLine, Sequence[int | None]]]:
    edges = np.cumsum([0, *(len(line.words) for line in theirs)]).tolist()
    return [(line, pairs[a:b]) for line, (a, b) in zip(theirs, itertools.pairwise(edges), strict=True)]


def _joined(line: GivenLine, numbers: Sequence[int | None], known: Sequence[_Known], duration: float) -> Line:
    """A line of the file as a line of the score."""
    items = [None if number is None else known[number] for number in numbers]
    origin = next((item for item in items if item is not None), None)
    if origin is not None and _untouched(line, items, origin):
        return origin.line
    start, end = line.start, line.end
    if origin is not None:
        start = origin.line.start if line.start == origin.given_line.start else line.start
        end = origin.line.end if line.end == origin.given_line.end else line.end
    if any(word.start is not None for word in line.words):
        words = _with_own_times(line, items)
    else:
        words = _with_line_times(line, items, known, start or 0.0, end)
    words = [_within(word, duration) for word in words]
    bounds = [word.start for word in words] + ([start] if start is not None else [])
    ends = [word.end for word in words] + ([end] if end is not None else [])
    return Line(
        text=line.text,
        start=max(0.0, min(bounds)),
        end=max(min(max(ends), duration), *(word.end for word in words)),
        words=tuple(words),
        singer=line.singer,
    )


def _untouched(line: GivenLine, items: Sequence[_Known | None], origin: _Known) -> bool:
    """Whether the file says of the line exactly what was written into it."""
    same = line == replace(origin.given_line, stanza=line.stanza)
    return same and all(
        item is not None and item.line is origin.line and item.place == place
        for place, item in enumerate(items)
    )


def _with_own_times(line: GivenLine, items: Sequence[_Known | None]) -> list[Word]:
    """Words whose times stand in the file; those that were not changed are as exact as in the score."""
    words: list[Word] = []
    for place, (word, item) in enumerate(zip(line.words, items, strict=True)):
        follower = next((later.start for later in line.words[place + 1 :] if later.start is not None), None)
        start = word.start if word.start is not None else (words[-1].end if words else line.start or 0.0)
        end = word.end if word.end is not None else (follower or line.end or start + LETTER * len(word.text))
        if item is None:
            words.append(Word(text=word.text, start=start, end=max(start, end)))
            continue
        same = item.given.start == word.start, item.given.end == word.end
        start = item.word.start if same[0] else start
        end = item.word.end if same[1] else end
        changes = {"text": word.text, "start": start, "end": max(start, end)}
        if not all(same):
            changes |= {"confidence": 1.0, "sung": True}
        words.append(item.word.model_copy(update=changes))
    return words


def _with_line_times(
    line: GivenLine, items: Sequence[_Known | None], known: Sequence[_Known], start: float, end: float | None
) -> list[Word]:
    """Words of a line of which the file says only when the whole is sung: known ones move with the line."""
    first = items[0]
    shift = 0.0
    if first is not None and first.place == 0 and None not in (line.start, first.given_line.start):
        shift = (line.start or 0.0) - (first.given_line.start or 0.0)
        start = first.line.start + shift
    latest = end if end is not None else float("inf")

    def moved(word: Word) -> Word:
        times = {name: min(max(getattr(word, name) + shift, start), latest) for name in ("start", "end")}
        return word.model_copy(update=times)

    places = [None if item is None else moved(item.word) for item in items]
    taken = {id(item) for item in items}
    lines = {id(item.line) for item in items if item is not None}
    pool = [moved(item.word) for item in known if id(item.line) in lines and id(item) not in taken]
    if end is None:
        end = max([start + LETTER * len(line.text), *(place.end for place in places if place is not None)])
    words: list[Word] = []
    at = 0
    while at < len(items):
        reached = words[-1] if words else None
        if (place := places[at]) is not None:
            begin = max(place.start, reached.start if reached else start)
            changes = {"text": line.words[at].text, "start": begin, "end": max(begin, place.end)}
            words.append(place.model_copy(update=changes))
            at += 1
            continue
        stop = next((later for later in range(at, len(items)) if places[later] is not None), len(items))
        follower = places[stop] if stop < len(items) else None
        gap = _gap(pool, reached.end if reached else start, follower.start if follower else end)
        words.extend(_filled(line.words[at:stop], gap))
        at = stop
    return words


def _gap(pool: Sequence[Word], begin: float, finish: float) -> tuple[float, float, float]:
    """Start, end and confidence for new words: the place of those that they replace, else what is free."""
    replaced = [word for word in pool if begin - 1e-6 <= word.start <= finish + 1e-6]
    if not replaced:
        return begin, max(begin, finish), 0.0
    begin = max(begin, replaced[0].start)
    sure = float(np.mean([word.confidence for word in replaced]))
    return begin, max(begin, min(finish, replaced[-1].end)), sure


def _filled(words: Sequence[GivenWord], place: tuple[float, float, float]) -> list[Word]:
    """New words side by side in a place, by their letters."""
    start, end, confidence = place
    edges = np.cumsum([0, *(len(word.text) for word in words)])
    times = start + (end - start) * edges / edges[-1]
    return [
        Word(text=word.text, start=float(a), end=float(b), confidence=confidence)
        for word, (a, b) in zip(words, itertools.pairwise(times), strict=True)
    ]


def _within(word: Word, duration: float) -> Word:
    """The word cut off at the song's end; one that was known stays as it is."""
    if word.end <= duration:
        return word
    return word.model_copy(update={"start": min(word.start, duration), "end": duration})


def _in_order(shown: Sequence[Line], silent: Sequence[Line], before: Lyrics) -> tuple[Line, ...]:
    """Lines by their start; those that begin together as they stood before."""
    stood = {id(line): number for number, line in enumerate(before.lines)}
    lines = [*shown, *silent]
    places = {id(line): number for number, line in enumerate(lines)}
    return tuple(
        sorted(lines, key=lambda line: (line.start, stood.get(id(line), places[id(line)]), places[id(line)]))
    )


def _keys(line: Line | GivenLine) -> tuple[str, ...]:
    return tuple(_key(word.text) for word in line.words)


def _key(text: str) -> str:
    return folded(text) or text
