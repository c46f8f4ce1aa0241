"""``limelight cut``: takes and song joined."""

from pathlib import Path
from typing import Any

import click

from limelight.cli.options import FilmCommand, film_options, order_from
from limelight.cli.output import listening, output_options, result


@click.command(cls=FilmCommand, name="cut", help="Join takes and song: film.mp4.")
@film_options
@output_options
def command(song: Path, project: Path | None, *, as_json: bool, quiet: bool, **flags: Any) -> None:
    """Cut the film; shoots first what is missing."""
    from limelight.make import cut, direct, listen, shoot  # noqa: PLC0415  # loading the makers takes a second

    with listening(as_json=as_json, quiet=quiet) as tell:
        order = order_from(song, project, flags, tell)
        with order.working():
            score = listen(order)
            storyboard = direct(order, score)
            film = cut(order, score, storyboard, shoot(order, score, storyboard))
    result(as_json=as_json, quiet=quiet, text=str(film.path), data={"film": str(film.path)})
