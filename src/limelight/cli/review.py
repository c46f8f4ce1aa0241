"""``limelight review``: the film measured again."""

from pathlib import Path
from typing import Any

import click

from limelight.cli.options import FilmCommand, film_options, order_from
from limelight.cli.output import listening, output_options, result, told


@click.command(cls=FilmCommand, name="review", help="Measure the film: report.json and report.html.")
@film_options
@output_options
def command(song: Path, project: Path | None, *, as_json: bool, quiet: bool, **flags: Any) -> None:
    """Review the film; makes first what is missing."""
    from limelight.make import make  # noqa: PLC0415  # loading the makers takes a second

    with listening(as_json=as_json, quiet=quiet) as tell:
        order = order_from(song, project, flags, tell)
        _, report = make(order)
    data = {"report": str(order.project.report), "measures": {m.name: m.value for m in report.measures}}
    text = f"{order.project.report.with_suffix('.html')}\n{told(report)}"
    result(as_json=as_json, quiet=quiet, text=text, data=data)
