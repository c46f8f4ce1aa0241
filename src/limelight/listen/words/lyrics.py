"""The words of a song: read, or heard; and when each of them is sung."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from limelight.errors import LyricsError
from limelight.events import Listener, StageProgressed, ignore
from limelight.formats.ass import parse_ass
from limelight.formats.encoding import read_text
from limelight.formats.given import GivenLine, GivenLyrics, GivenWord, Timing, as_timed
from limelight.formats.lrc import parse_lrc
from limelight.formats.srt import parse_srt
from limelight.formats.tags import lyrics_in_tags
from limelight.formats.text import parse_text
from limelight.formats.vtt import parse_vtt
from limelight.listen.words.align import Placed, place, settle
from limelight.listen.words.anchors import Anchors, find_anchors
from limelight.listen.words.hearing import Hearing
from limelight.listen.words.hints import hints
from limelight.listen.words.placing import belongs, place_lines
from limelight.listen.words.transcribe import HeardWord, best_heard, heard_words, in_lines
from limelight.listen.words.voicing import Voicing
from limelight.listen.words.whisper import RATE, Floats, whisper
from limelight.score import Line, Lyrics, LyricsSource, Word

PARSERS: dict[str, Callable[[str], GivenLyrics]] = {
    ".lrc": parse_lrc,
    ".srt": parse_srt,
    ".vtt": parse_vtt,
    ".ass": parse_ass,
    ".ssa": parse_ass,
    ".txt": parse_text,
}
MOST_WORDS = 20_000
"""Given words; an hour of fast rap has about half of that."""
NOTABLE_OFFSET = 0.4
"""Seconds by which given times are off before a person is told."""
LONGEST_WORD = 6.0
"""Seconds that a held last word of a line may last."""
LANGUAGE_WINDOWS = 6
"""Windows that are asked for the language."""
STAGE = "lyrics"

__all__ = [
    "FoundLyrics",
    "GivenLyrics",
    "align_given",
    "confidence",
    "embedded_lyrics",
    "find_lyrics",
    "heard_language",
    "read_lyrics",
    "shifted",
]

Times = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FoundLyrics:
    """The song's words with their times, and what a person should know about them, in sentences."""

    lyrics: Lyrics
    warnings: tuple[str, ...] = ()


def read_lyrics(path: Path) -> GivenLyrics:
    """Lyrics out of a .txt, .lrc, .srt, .vtt or .ass file; the content decides where the name does not.

    Raises:
        LyricsError: it cannot be read, is no text, is broken, has no words or far too many.
    """
    text = read_text(path)
    suffix = path.suffix.casefold()
    if suffix not in PARSERS or suffix == ".txt":
        suffix = _kind_of(text)
    given = PARSERS[suffix](text)
    if not given.word_count:
        raise LyricsError(
            f"{str(path)!r} has no words.",
            hint="Write the lyrics into it, or leave it out to have them transcribed.",
        )
    if given.word_count > MOST_WORDS:
        raise LyricsError(
            f"{str(path)!r} has {given.word_count:,} words; {MOST_WORDS:,} are allowed.",
            hint="Is it this song's lyrics?",
        )
    return given


def embedded_lyrics(song: Path) -> GivenLyrics | None:
    """Lyrics out of the tags of a song's file, or None."""
    given = lyrics_in_tags(song)
    return given if given is not None and 0 < given.word_count <= MOST_WORDS else None


def shifted(lyrics: Lyrics, milliseconds: float, duration: float = math.inf) -> Lyrics:
    """All times later by so many milliseconds (negative: earlier), held between 0 and ``duration`` (seconds)."""
    by = milliseconds / 1000

    def moved(part: Line | Word) -> dict[str, float]:
        return {name: min(max(0.0, getattr(part, name) + by), duration) for name in ("start", "end")}

    lines = tuple(
        line.model_copy(
            update={**moved(line), "words": tuple(word.model_copy(update=moved(word)) for word in line.words)}
        )
        for line in lyrics.lines
    )
    return lyrics.model_copy(update={"lines": lines})


def find_lyrics(
    mix: Floats,
    voiced: Voicing,
    *,
    given: GivenLyrics | None = None,
    language: str = "",
    model: str | Path = "whisper-base",
    threads: int = 2,
    tell: Listener = ignore,
) -> FoundLyrics:
    """The words of a song and when they are sung.

    Args:
        mix: (n,) float32 at 16 kHz, the whole song; Whisper hears it better than a separated voice.
        voiced: Where somebody sings and how long words are held; if no voice was separated, nothing guards an
            instrumental but Whisper itself.
        given: Known words. Their times are taken as they are where every word has one; otherwise they are aligned.
        language: ISO 639-1 code; found by listening if empty.
        model: A name in the weights registry, a hub name, or the folder of a CTranslate2 Whisper.
        threads: Of the processor.
        tell: Told of progress, from 0 to 1.

    Raises:
        LyricsError: a language that the model does not know.
        WeightError: the model is not here and cannot be had.
    """
    if given is not None and given.timing is Timing.WORDS:
        return _taken_as_given(given, len(mix) / RATE)
    if not voiced.sung.any():
        return FoundLyrics(Lyrics(), _unsung_warning(given))
    with whisper(_folder(model, tell), threads=threads) as hears:

        def progress(done: float) -> None:
            tell(StageProgressed(STAGE, 0.5 * done, 1.0, "hearing"))

        hearing = Hearing(hears, mix, voiced, progress=progress)
        del mix  # an hour of it takes 230 MB
        try:
            hearing.language = heard_language(hearing, language or (given.language if given else ""))
            heard = heard_words(hearing)
            tell(StageProgressed(STAGE, 0.8, 1.0, "placing words"))
            if given is None:
                return FoundLyrics(_transcribed(hearing, best_heard(heard)))
            return align_given(hearing, heard, given)
        finally:
            hearing.close()
            tell(StageProgressed(STAGE, 1.0, 1.0))


def _kind_of(text: str) -> str:
    """The format by content: the suffix under which its parser stands."""
    start = text.lstrip("\ufeff \n\t")
    if start.startswith("WEBVTT"):
        return ".vtt"
    if start.startswith("[Script Info]"):
        return ".ass"
    if "-->" in text[:500]:
        return ".srt"
    try:
        stamped = len(parse_lrc(text).lines)
    except LyricsError:
        return ".txt"
    return ".lrc" if stamped * 2 > sum(1 for line in text.splitlines() if line.strip()) else ".txt"


def _folder(model: str | Path, tell: Listener) -> Path:
    from limelight.weights.hub import whisper_folder  # noqa: PLC0415 - not needed where all times are given

    return whisper_folder(str(model), on_event=tell)


def heard_language(hearing: Hearing, asked: str = "") -> str:
    """The language asked for, or the one that the most sung windows together speak for."""
    known = hearing.whisper.languages()
    if asked:
        if asked not in known:
            raise LyricsError(
                f"The model does not know the language {asked!r}.",
                hint=f"It knows {', '.join(sorted(known))}.",
            )
        return asked
    if len(known) == 1:
        return known[0]
    spans = [(hearing.voiced.share(start, start + 30.0), index) for index, start in enumerate(hearing.starts)]
    loudest = sorted(spans, reverse=True)[:LANGUAGE_WINDOWS]
    total: dict[str, float] = {}
    for _, index in loudest:
        for name, share in hearing.whisper.language_shares(hearing.window(index)).items():
            total[name] = total.get(name, 0.0) + share
    return max(total, key=lambda name: total[name])


def _taken_as_given(given: GivenLyrics, duration: float) -> FoundLyrics:
    lyrics = as_timed(given)
    late = sum(line.start >= duration for line in lyrics.lines)
    lines = tuple(line for line in lyrics.lines if line.start < duration)
    warnings = (
        (f"{late} lines of the lyrics begin after the song's end and were left out: is it this recording?",)
        if late
        else ()
    )
    return FoundLyrics(lyrics.model_copy(update={"lines": lines}), warnings)


def _unsung_warning(given: GivenLyrics | None) -> tuple[str, ...]:
    return ("Nobody seems to sing in this song: its lyrics are not used.",) if given is not None else ()


def _transcribed(hearing: Hearing, heard: Sequence[HeardWord]) -> Lyrics:
    """Heard words as lines, placed once more by one path over the whole song."""
    heard = [word for word in heard if word.certain]
    if not heard:
        return Lyrics()
    lines = in_lines(heard)
    rough = np.maximum.accumulate(np.array([word.start for line in lines for word in line]))
    placed = place(hearing, [[word.text for word in line] for line in lines], rough)
    given = [
        GivenLine(" ".join(word.text for word in line), tuple(GivenWord(word.text) for word in line))
        for line in lines
    ]
    sung = np.ones(len(lines), dtype=np.bool_)
    written = _written(given, placed, sung, hearing.voiced, hearing.duration)
    return Lyrics(
        source=LyricsSource.TRANSCRIBED,
        language=hearing.language,
        confidence=float(np.mean([word.probability for word in heard])),
        lines=written,
    )


def align_given(hearing: Hearing, heard: Sequence[HeardWord], given: GivenLyrics) -> FoundLyrics:
    """Given words placed in the song; or, if they are not this song's, what was heard, and a warning.

    Args:
        hearing: The song.
        heard: What was heard in all of its windows.
        given: The words.
    """
    given_lines = [line for line in given.lines if line.words]
    lines = [[word.text for word in line.words] for line in given_lines]
    best = best_heard([*heard, *_heard_again(hearing, lines, heard)])
    if given.timing is Timing.LINES:
        rough = _from_line_times(given_lines, hearing.duration)
        settled = settle(hearing, lines, *_mended(given_lines, rough, find_anchors(lines, best)))
    else:
        settled = place_lines(hearing, lines, best)
    placed, sung = settled.placed, settled.sung
    if not belongs(placed):
        warning = "The lyrics do not seem to be this song's: they are not used; what was heard is."
        return FoundLyrics(_transcribed(hearing, best_heard(heard)), (warning,))
    written = _written(given_lines, placed, sung, hearing.voiced, hearing.duration)
    warnings = _about(given_lines, sung, placed)
    certainty = float(np.mean([word.confidence for line in written for word in line.words]))
    lyrics = Lyrics(source=given.source, language=hearing.language, confidence=certainty, lines=written)
    return FoundLyrics(lyrics, warnings)


def _heard_again(
    hearing: Hearing, lines: Sequence[Sequence[str]], heard: Sequence[HeardWord]
) -> list[HeardWord]:
    """What Whisper hears when it is told the words that are expected in each window."""
    rough = find_anchors(lines, best_heard(heard)).interpolated(hearing.duration)
    return heard_words(hearing, hints(hearing, lines, rough))


def _mended(lines: Sequence[GivenLine], rough: Times, anchors: Anchors) -> tuple[Times, Times]:
    """Times from lines, moved as a whole if recognised words are off by the same span, and where lines begin."""
    off = anchors.times[anchors.kept] - rough[anchors.kept]
    if len(off) >= 8 and abs(float(np.median(off))) > NOTABLE_OFFSET:
        rough = np.maximum(rough + np.median(off), 0.0)
    expected = np.full(len(rough), np.nan)
    firsts = np.cumsum([0, *(len(line.words) for line in lines)])[:-1]
    timed = np.array([line.start is not None for line in lines])
    expected[firsts[timed]] = rough[firsts[timed]]
    return rough, expected


def _from_line_times(lines: Sequence[GivenLine], duration: float) -> Times:
    """Seconds for every word from its line's times, by letters."""
    times: list[float] = []
    for number, line in enumerate(lines):
        start = line.start if line.start is not None else (times[-1] if times else 0.0)
        following = next((later.start for later in lines[number + 1 :] if later.start is not None), duration)
        letters = np.cumsum([0, *(len(word.text) for word in line.words)])
        length = min(max(0.5, (line.end or following) - start), 0.15 * letters[-1] + 0.5)
        times.extend(start + length * letters[:-1] / letters[-1])
    return np.maximum.accumulate(np.minimum(np.array(times), duration))


def _about(lines: Sequence[GivenLine], sung: npt.NDArray[np.bool_], placed: Placed) -> tuple[str, ...]:
    """What a person should know: lines that are not sung, and times that were off."""
    warnings = []
    if missing := int((~sung).sum()):
        warnings.append(
            f"{missing} of {len(lines)} lines of the lyrics were not found in the song and are not shown."
        )
    firsts = np.cumsum([0, *(len(line.words) for line in lines)])[:-1]
    off = [
        placed.starts[first] - line.start
        for line, first, is_sung in zip(lines, firsts, sung, strict=True)
        if line.start is not None and is_sung
    ]
    if len(off) >= 4 and abs(median := float(np.median(off))) > NOTABLE_OFFSET:
        warnings.append(
            f"The times in the lyrics are {abs(median):.1f} s too {'early' if median > 0 else 'late'}: mended."
        )
    return tuple(warnings)


def _written(
    lines: Sequence[GivenLine], placed: Placed, sung: npt.NDArray[np.bool_], voiced: Voicing, duration: float
) -> tuple[Line, ...]:
    """Lines of the score: words end where the next begins, or where the voice fades."""
    starts = np.minimum(placed.starts, duration)
    written = []
    at = 0
    for line, is_sung in zip(lines, sung, strict=True):
        words = []
        for offset, word in enumerate(line.words):
            number = at + offset
            following = starts[number + 1] if number + 1 < len(starts) else duration
            if not is_sung:
                following = starts[number]
            latest = max(starts[number], min(following, starts[number] + LONGEST_WORD, duration))
            end = max(voiced.fades(starts[number], latest), min(latest, starts[number] + 0.08))
            words.append(
                Word(
                    text=word.text,
                    start=float(starts[number]),
                    end=float(end),
                    confidence=confidence(placed.peaks[number]),
                    sung=bool(is_sung),
                )
            )
        if words:
            ends = max(word.end for word in words)
            written.append(
                Line(text=line.text, start=words[0].start, end=ends, words=tuple(words), singer=line.singer)
            )
        at += len(line.words)
    return tuple(written)


def confidence(peak: float) -> float:
    """How sure a word's place is, 0 to 1, from its log-odds against silence."""
    return float(1 / (1 + np.exp(-2.5 * (peak - 0.6))))
