r"""ASS (Advanced SubStation Alpha) with karaoke: one event a line, ``\k`` centiseconds for each word.

Each ``\k`` is the difference of two rounded cumulative centiseconds, so that no rounding error adds up.
"""

import re

from limelight.formats.cues import Cue, flat, lyrics_of, read_cues
from limelight.formats.given import GivenLine, GivenLyrics, given_line, pieces_of, shown_lines, timed_line
from limelight.score import Line, Lyrics

_BLOCK = re.compile(r"\{([^}]*)\}")
_KARAOKE = re.compile(r"\\(?:kf|ko|k|K)\s*(\d+)")


def parse_ass(text: str) -> GivenLyrics:
    """Lyrics out of an ASS or SSA file, with word times where there is karaoke; the name field is the singer.

    Raises:
        LyricsError: broken, or no event has words.
    """
    return lyrics_of(read_cues(text, "ass"), "ass", _line)


def write_ass(lyrics: Lyrics, *, width: int = 1280, height: int = 720, font: str = "Inter") -> str:
    """An ASS file with karaoke for a picture of ``width`` x ``height`` pixels.

    Lines of which no word is sung are left out.
    """
    import pysubs2  # noqa: PLC0415 - only where subtitles are written

    file = pysubs2.SSAFile()
    file.info["PlayResX"], file.info["PlayResY"] = str(width), str(height)
    style = pysubs2.SSAStyle(fontname=font, fontsize=round(height / 16), outline=0, shadow=2, bold=True)
    style.marginv = round(height * 0.09)
    style.secondarycolor = pysubs2.Color(255, 255, 255)
    style.primarycolor = pysubs2.Color(255, 205, 70)
    file.styles["Default"] = style
    for line in shown_lines(lyrics):
        file.append(
            pysubs2.SSAEvent(
                start=_hundredths(line.start) * 10,
                end=_hundredths(line.end) * 10,
                text=_karaoke(line) if line.words else _escaped(line.text),
                name=line.singer.replace(",", " "),
            )
        )
    return str(file.to_string("ass"))


def _karaoke(line: Line) -> str:
    r"""``{\k..}`` before each piece; a piece without text waits for the next word."""
    body = ""
    reached = _hundredths(line.start)
    pieces = pieces_of(line)
    for index, (word, text) in enumerate(pieces):
        if not word.sung:
            body += _escaped(text)
            continue
        start = max(reached, _hundredths(word.start))
        end = max(start, _hundredths(word.end))
        if start > reached:
            body += f"{{\\k{start - reached}}}"
        gap_follows = index + 1 < len(pieces) and _hundredths(pieces[index + 1][0].start) > end
        body += f"{{\\k{end - start}}}{_escaped(text)}"
        if gap_follows and text.endswith(" "):
            body = body.rstrip(" ")
            body += f"{{\\k{_hundredths(pieces[index + 1][0].start) - end}}} "
            end = _hundredths(pieces[index + 1][0].start)
        reached = end
    return body


def _line(cue: Cue) -> GivenLine:
    text = cue.text
    blocks = list(_BLOCK.finditer(text))
    if not any(_KARAOKE.search(block.group(1)) for block in blocks):
        return given_line(flat(_BLOCK.sub("", text)), cue.start, cue.end, singer=cue.name.strip())
    pieces: list[tuple[float | None, str]] = []
    moment = reached = round(cue.start * 100)
    edges = [block.start() for block in blocks[1:]] + [len(text)]
    if blocks[0].start():
        pieces.append((cue.start, _spaced(text[: blocks[0].start()])))
    for block, edge in zip(blocks, edges, strict=True):
        lengths = [int(length) for length in _KARAOKE.findall(block.group(1))]
        if lengths:
            moment = reached + sum(lengths[:-1])
            reached = moment + lengths[-1]
            pieces.append((moment / 100, _spaced(text[block.end() : edge])))
        elif pieces:
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + _spaced(text[block.end() : edge]))
    end = max(cue.start, min(cue.end, reached / 100))
    return timed_line(pieces, end, start=cue.start, singer=cue.name.strip())


def _spaced(text: str) -> str:
    return text.replace("\\N", " ").replace("\\n", " ").replace("\\h", " ")


def _escaped(text: str) -> str:
    """Braces would open a block and backslashes a command: their full-width twins do not."""
    return text.replace("{", "｛").replace("}", "｝").replace("\\", "＼").replace("\n", " ")


def _hundredths(seconds: float) -> int:
    return round(seconds * 100)
