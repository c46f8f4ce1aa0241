"""``limelight direct``: the storyboard alone."""

from pathlib import Path
from typing import Any

import click

from limelight.cli.options import FilmCommand, film_options, order_from
from limelight.cli.output import listening, output_options, result


@click.command(cls=FilmCommand, name="direct", help="Write the film shot by shot: storyboard.json.")
@film_options
@click.option("--again", is_flag=True, help="Direct anew, over edits by hand; locked shots stay.")
@output_options
def command(
    song: Path, project: Path | None, *, again: bool, as_json: bool, quiet: bool, **flags: Any
) -> None:
    """Write ``storyboard.json``; listens first if need be."""
    from limelight.make import direct, listen  # noqa: PLC0415  # loading the makers takes a second

    with listening(as_json=as_json, quiet=quiet) as tell:
        order = order_from(song, project, flags, tell)
        with order.working():
            storyboard = direct(order, listen(order), again=again)
    fps = storyboard.format.rate
    lines = [
        f"{shot.number:>4}  {float(shot.start / fps):7.2f} s  {shot.composition:<16} {shot.imagery.scenery:<12} "
        f"{'locked ' if shot.locked else ''}{shot.lyric[:60]}"
        for shot in storyboard.shots
    ]
    data = {"storyboard": str(order.project.storyboard), "shots": len(storyboard.shots)}
    result(as_json=as_json, quiet=quiet, text="\n".join([str(order.project.storyboard), *lines]), data=data)
