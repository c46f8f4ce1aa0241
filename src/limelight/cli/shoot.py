"""``limelight shoot``: the takes alone."""

from pathlib import Path
from typing import Any

import click

from limelight.cli.options import FilmCommand, film_options, order_from
from limelight.cli.output import listening, output_options, result


@click.command(cls=FilmCommand, name="shoot", help="Draw the shots: takes/.")
@film_options
@output_options
def command(song: Path, project: Path | None, *, as_json: bool, quiet: bool, **flags: Any) -> None:
    """Shoot what is not shot yet; after one shot of the storyboard was edited, only that one."""
    from limelight.make import direct, listen, shoot  # noqa: PLC0415  # loading the makers takes a second

    with listening(as_json=as_json, quiet=quiet) as tell:
        order = order_from(song, project, flags, tell)
        with order.working():
            score = listen(order)
            takes = shoot(order, score, direct(order, score))
    text = f"{order.project.takes}: {len(takes)} takes"
    result(as_json=as_json, quiet=quiet, text=text, data={"takes": [str(take) for take in takes]})
