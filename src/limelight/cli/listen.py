"""``limelight listen``: the song alone."""

from pathlib import Path
from typing import Any

import click

from limelight.cli.options import film_options, order_from
from limelight.cli.output import listening, output_options, result


@click.command(name="listen", help="Hear lyrics, beats, sections and mood: score.json.")
@film_options
@click.option("--plot", type=click.Path(path_type=Path), help="Draw what was heard into a PNG or SVG.")
@output_options
def command(
    song: Path, project: Path | None, *, plot: Path | None, as_json: bool, quiet: bool, **flags: Any
) -> None:
    """Write ``score.json`` and, on request, a picture of it."""
    from limelight.make import listen  # noqa: PLC0415  # loading the makers takes a second

    with listening(as_json=as_json, quiet=quiet) as tell:
        order = order_from(song, project, flags, tell)
        with order.project.writing():
            score = listen(order)
        if plot is not None:
            from limelight.listen.decode import decode  # noqa: PLC0415
            from limelight.listen.plot import plot as draw  # noqa: PLC0415
            from limelight.project import explained  # noqa: PLC0415

            sound = decode(order.song, longest=order.settings.longest_minutes * 60)
            with explained(str(plot)):
                draw(score, sound.samples, sound.sample_rate, plot)
    words = sum(len(line.words) for line in score.lyrics.lines)
    text = (
        f"{order.project.score}\n  {score.song.duration:.1f} s, {score.rhythm.tempo:.0f} bpm, "
        f"{score.key or 'key unclear'}, {len(score.sections)} sections, {words} words ({score.lyrics.source})"
    )
    data = {"score": str(order.project.score), "words": words, "tempo": score.rhythm.tempo}
    result(as_json=as_json, quiet=quiet, text=text, data=data)
