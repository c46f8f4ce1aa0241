"""``limelight new``: a project to be edited before anything runs."""

from pathlib import Path
from typing import Any

import click

from limelight.cli.options import FilmCommand, film_options, order_from
from limelight.cli.output import listening, output_options, result
from limelight.cli.remembering import paths_made_absolute


@click.command(
    cls=FilmCommand, name="new", help="Make a project folder for a song, to be edited before anything runs."
)
@film_options
@output_options
def command(song: Path, project: Path | None, as_json: bool, quiet: bool, **flags: Any) -> None:
    """Write ``limelight.toml`` with the song and the settings given; keep what is there already."""
    from limelight.settings import write  # noqa: PLC0415

    with listening(as_json=as_json, quiet=quiet) as tell:
        order = order_from(song, project, flags, tell)
        absolute = {"song": str(order.song.absolute())} | paths_made_absolute(order.settings)
        settings = order.settings.model_copy(update=absolute)
        with order.project.writing():
            write(settings, order.project.settings_file)
    text = (
        f"{order.project.root}\n  Edit limelight.toml there, then: limelight make {order.project.root.name}"
    )
    result(as_json=as_json, quiet=quiet, text=text, data={"project": str(order.project.root)})
