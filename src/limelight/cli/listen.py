"""``limelight listen``: the song alone."""

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from limelight.cli.options import FilmCommand, film_options, order_from
from limelight.cli.output import listening, output_options, result
from limelight.errors import InputError

if TYPE_CHECKING:
    from limelight.order import Order
    from limelight.score import Score

EDITED_NAME = "lyrics"
"""Stem of the file for an editor, in the project's folder."""
LARGEST_OFFSET = 600_000.0
"""Milliseconds."""


def _milliseconds(_context: click.Context, _option: click.Parameter, value: str | None) -> float | None:
    """A span such as ``-300ms``, ``0.25s`` or ``+120`` (milliseconds), as milliseconds."""
    if value is None:
        return None
    match = re.fullmatch(r"\s*([+-]?\d{1,9}(?:[.,]\d{1,9})?)\s*(ms|s)?\s*", value, re.IGNORECASE)
    if match is None:
        raise click.BadParameter(f"{value!r} is no span such as -300ms, 0.25s or +120.")
    unit = 1000 if (match.group(2) or "").lower() == "s" else 1
    span = float(match.group(1).replace(",", ".")) * unit
    if abs(span) > LARGEST_OFFSET:
        raise click.BadParameter(f"{value!r} is more than ten minutes.")
    return span


@click.command(cls=FilmCommand, name="listen", help="Hear lyrics, beats, sections and mood: score.json.")
@film_options
@click.option("--plot", type=click.Path(path_type=Path), help="Draw what was heard into a PNG or SVG.")
@click.option(
    "--edit",
    is_flag=False,
    flag_value="lrc",
    metavar="[FILE]",
    help="Write the words for an editor: a .lrc, .ass, .srt or .vtt file, or one of these four words for a file"
    " in the project. Alone: lrc.",
)
@click.option(
    "--edited",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Read such a file back after it was changed.",
)
@click.option(
    "--offset",
    callback=_milliseconds,
    help="Move all words: -300ms if they are 300 ms late, 0.2s if 0.2 s early.",
)
@output_options
def command(
    song: Path,
    project: Path | None,
    *,
    plot: Path | None,
    edit: str | None,
    edited: Path | None,
    offset: float | None,
    as_json: bool,
    quiet: bool,
    **flags: Any,
) -> None:
    """Write ``score.json`` and, on request, a picture of it and its words as a file."""
    from limelight.make import listen  # noqa: PLC0415  # loading the makers takes a second

    with listening(as_json=as_json, quiet=quiet) as tell:
        order = order_from(song, project, flags, tell)
        sheet = _sheet(order, edit) if edit else None
        with order.working():
            score = _with_changes(order, listen(order), edited, offset)
            if sheet is not None:
                _write_sheet(score, sheet, edited)
        if plot is not None:
            _draw(order, score, plot)
    words = sum(word.sung for line in score.lyrics.lines for word in line.words)
    text = (
        f"{order.project.score}\n  {score.song.duration:.1f} s, {score.rhythm.tempo:.0f} bpm, "
        f"{score.key or 'key unclear'}, {len(score.sections)} sections, {words} words ({score.lyrics.source})"
    )
    data: dict[str, object] = {
        "score": str(order.project.score), "words": words, "tempo": score.rhythm.tempo,
    }  # fmt: skip
    if sheet is not None:
        again = ["limelight", "listen", str(song), "--edited", str(sheet)]
        text += f"\n{sheet}\n  Change it in any editor, then: {shlex.join(again)}"
        data["edit"] = str(sheet)
    if plot is not None:
        text += f"\n{plot}"
        data["plot"] = str(plot)
    result(as_json=as_json, quiet=quiet, text=text, data=data)


def _with_changes(order: "Order", score: "Score", edited: Path | None, offset: float | None) -> "Score":
    """The score with a person's changes, written as a document made by hand: later runs leave it as it is."""
    from limelight.listen.words.editing import read_edited  # noqa: PLC0415
    from limelight.listen.words.lyrics import shifted  # noqa: PLC0415
    from limelight.project import explained  # noqa: PLC0415

    lyrics = score.lyrics
    if edited is not None:
        lyrics = read_edited(edited, lyrics, score.song.duration)
    if offset:
        lyrics = shifted(lyrics, offset, score.song.duration)
    if lyrics is score.lyrics:
        return score
    changed = score.model_copy(update={"lyrics": lyrics})
    with explained(str(order.project.score)):
        changed.write(order.project.score)
    return changed


def _sheet(order: "Order", edit: str) -> Path:
    """Where the words are written for an editor; refused before minutes of work, not after them."""
    from limelight.listen.words.editing import FORMATS  # noqa: PLC0415

    if f".{edit.casefold()}" in FORMATS:
        return order.project.root / f"{EDITED_NAME}.{edit.casefold()}"
    sheet = Path(edit)
    if sheet.suffix.casefold() not in FORMATS or sheet.is_dir():
        raise InputError(
            f"--edit {edit!r} is no lyrics file.",
            hint=f"Give a name that ends in {', '.join(FORMATS)}, and put SONG before --edit.",
        )
    return sheet


def _write_sheet(score: "Score", sheet: Path, edited: Path | None) -> None:
    from limelight.document import write_atomically  # noqa: PLC0415
    from limelight.listen.words.editing import editable  # noqa: PLC0415
    from limelight.project import explained  # noqa: PLC0415

    content = editable(score.lyrics, sheet.suffix).encode()
    with explained(str(sheet)):
        known = sheet.read_bytes() if sheet.exists() else content
        read_back = edited is not None and sheet.exists() and sheet.samefile(edited)
        if known != content and not read_back:
            raise InputError(
                f"{sheet} is there already, with other words or times.",
                hint="If it was edited, read it back with --edited; else delete it, or give another name.",
            )
        write_atomically(sheet, content)


def _draw(order: "Order", score: "Score", plot: Path) -> None:
    from limelight.listen.plot import plot as draw  # noqa: PLC0415
    from limelight.listen.sound.decode import decode  # noqa: PLC0415
    from limelight.project import explained  # noqa: PLC0415

    sound = decode(order.song, longest=order.settings.longest_minutes * 60)
    with explained(str(plot)):
        draw(score, sound.samples, sound.sample_rate, plot)
