"""What SRT, VTT and ASS share: cues with a start, an end and marked-up text, SRT and ASS framed by pysubs2."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from limelight.errors import LyricsError
from limelight.formats.given import GivenLine, GivenLyrics, in_time_order, singers_named

LATEST = 360_000.0
"""Seconds: no cue is later than 100 hours."""


@dataclass(frozen=True)
class Cue:
    r"""One subtitle: times in seconds, text with the format's own marks and ``\N`` or line feeds."""

    start: float
    end: float
    text: str
    name: str = ""


def read_cues(text: str, kind: str) -> list[Cue]:
    """The cues of an SRT or ASS file (``kind`` is pysubs2's name of the format), comments left out.

    Raises:
        LyricsError: broken.
    """
    import pysubs2  # noqa: PLC0415 - only for subtitle files

    try:
        events = pysubs2.SSAFile.from_string(text, format_=kind)
    except (pysubs2.Pysubs2Error, ValueError, IndexError, KeyError, OverflowError) as problem:
        raise LyricsError(
            f"The {kind.upper()} file is broken: {problem}.", hint="Mend or replace it."
        ) from problem
    spoken = [event for event in events if not event.is_comment]
    return [Cue(event.start / 1000, event.end / 1000, event.text, event.name) for event in spoken]


def lyrics_of(cues: Iterable[Cue], kind: str, line_of: Callable[[Cue], GivenLine]) -> GivenLyrics:
    """Lyrics with one line a cue; cues without words are left out.

    Raises:
        LyricsError: no cue has words.
    """
    lines = []
    for cue in cues:
        if 0 <= cue.start <= LATEST:
            line = line_of(replace(cue, end=max(cue.start, min(cue.end, LATEST))))
            lines.extend([line] if line.words else [])
    if not lines:
        raise LyricsError(
            f"The {kind.upper()} file has no cue with words.",
            hint="Give plain lyrics as a .txt file instead.",
        )
    return GivenLyrics(singers_named(in_time_order(lines)))


def flat(text: str) -> str:
    """A cue's text on one line."""
    return " ".join(text.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ").split())
