"""SRT: subtitles with a time for each line."""

import re

from limelight.formats.cues import Cue, flat, lyrics_of, read_cues
from limelight.formats.given import GivenLine, GivenLyrics, given_line, shown_lines
from limelight.score import Lyrics

_MARKUP = re.compile(r"\{\\[^}]*\}|</?(?:b|i|u|s|font|c)\b[^>]*>", re.IGNORECASE)


def parse_srt(text: str) -> GivenLyrics:
    """Lyrics with line times out of an SRT file.

    Raises:
        LyricsError: no cue has words.
    """
    return lyrics_of(read_cues(text, "srt"), "srt", _line)


def write_srt(lyrics: Lyrics) -> str:
    """An SRT file, one cue a line, to the millisecond. Lines of which no word is sung are left out."""
    cues = []
    for number, line in enumerate(shown_lines(lyrics), start=1):
        name = f"{line.singer}: " if line.singer else ""
        text = " ".join(f"{name}{line.text}".split()).replace("-->", "→")
        cues.append(f"{number}\n{_clock(line.start)} --> {_clock(line.end)}\n{text}\n")
    return "\n".join(cues)


def _line(cue: Cue) -> GivenLine:
    return given_line(_MARKUP.sub("", flat(cue.text)), cue.start, cue.end)


def _clock(seconds: float) -> str:
    rest, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d},{thousandths:03d}"
