"""``limelight make``: the whole film."""

import os
from pathlib import Path
from typing import Any

import click

from limelight.cli.options import FilmCommand, film_options, order_from
from limelight.cli.output import listening, output_options, result, told
from limelight.errors import InputError


@click.command(
    cls=FilmCommand, name="make", help="Make the film of a song: listen, direct, shoot, cut, review."
)
@film_options
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Copy the film there, report beside it."
)
@click.option("--dry-run", is_flag=True, help="Say which steps are due and how long they may take.")
@output_options
def command(
    song: Path,
    project: Path | None,
    *,
    output: Path | None,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    **flags: Any,
) -> None:
    """Make the film, going on where an earlier run ended."""
    from limelight.delivery import deliver, refuse_overwriting  # noqa: PLC0415
    from limelight.make import make  # noqa: PLC0415  # loading the makers takes a second
    from limelight.plan import learning, plan  # noqa: PLC0415

    _refuse_impossible(output)
    with listening(as_json=as_json, quiet=quiet) as tell:
        order = order_from(song, project, flags, tell)
        if output is not None:
            refuse_overwriting(order, output)
        if dry_run:
            steps = plan(order)
            text = "\n".join(step.text for step in steps)
            result(as_json=as_json, quiet=quiet, text=text, data={"steps": [step.plain for step in steps]})
            return
        film, report = make(learning(order))
        place = deliver(order, output) if output else film.path
    measures = {measure.name: measure.value for measure in report.measures}
    page = (
        place.with_name(f"{place.stem}.report.html") if output else order.project.report.with_suffix(".html")
    )
    text = f"{place}\n{told(report)}\n  All of it, with pictures: {page}"
    result(as_json=as_json, quiet=quiet, text=text, data={"film": str(place), "measures": measures})


def _refuse_impossible(output: Path | None) -> None:
    """A place where the film cannot go is refused before the work, not after it."""
    if output is None:
        return
    if output.suffix.lower() not in (".mp4", ".m4v"):
        raise InputError(
            f"the film is an mp4; {output.name!r} is not.", hint="Give a name that ends in .mp4."
        )
    if output.is_dir():
        raise InputError(f"{str(output)!r} is a folder.", hint="Give the name of a file in it.")
    nearest = next(parent for parent in output.absolute().parents if parent.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise InputError(f"nothing can be written in {str(nearest)!r}.", hint="Choose another place with -o.")
