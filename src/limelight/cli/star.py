"""``limelight star``: who may be in a film."""

from collections.abc import Sequence

import click

from limelight.cli.output import listening, output_options, result
from limelight.star import Star


@click.group(name="star", help="List, make, show or forget stars: likenesses sealed in the vault.")
def command() -> None:
    """Stars."""


@command.command("list")
@output_options
def list_stars(as_json: bool, quiet: bool) -> None:
    """List all stars."""
    from limelight.vault import Vault  # noqa: PLC0415

    stars = Vault().stars()
    text = "\n".join(_line(star) for star in stars) or "No star yet. Try: limelight star understudy ada"
    result(as_json=as_json, quiet=quiet, text=text, data={"stars": _plain(stars)})


@command.command("show")
@click.argument("star_id", metavar="STAR")
@output_options
def show(star_id: str, as_json: bool, quiet: bool) -> None:
    """Show a star's card: no picture of it leaves the vault."""
    from limelight.star import Purpose  # noqa: PLC0415
    from limelight.vault import Vault  # noqa: PLC0415

    star = Vault().open(star_id, Purpose.FILM).star
    result(as_json=as_json, quiet=quiet, text=star.to_json().rstrip(), data={"star": _plain([star])[0]})


@command.command("understudy")
@click.argument("name")
@click.option("--if-missing", is_flag=True, help="Do nothing if the star is there already.")
@output_options
def understudy(name: str, if_missing: bool, as_json: bool, quiet: bool) -> None:
    """Let a synthetic person, rendered, sing along and seal the performance as a star."""
    from limelight.audition import audition  # noqa: PLC0415
    from limelight.vault import Vault  # noqa: PLC0415

    vault = Vault()
    if if_missing and vault.holds(name):
        result(as_json=as_json, quiet=quiet, text=f"The star {name!r} is there already.", data={"star": name})
        return
    with listening(as_json=as_json, quiet=quiet) as tell:
        star = audition(vault, name, tell=tell)
    result(as_json=as_json, quiet=quiet, text=_line(star), data={"star": _plain([star])[0]})


@command.command("forget")
@click.argument("star_id", metavar="STAR")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_options
def forget(star_id: str, yes: bool, as_json: bool, quiet: bool) -> None:
    """Destroy a star's key and all that it sealed. This cannot be undone."""
    from limelight.vault import Vault  # noqa: PLC0415

    if not yes:
        click.confirm(f"Forget the star {star_id!r} for ever?", abort=True)
    Vault().forget(star_id)
    result(
        as_json=as_json, quiet=quiet, text=f"The star {star_id!r} is forgotten.", data={"forgotten": star_id}
    )


def _line(star: Star) -> str:
    until = f", until {star.expires:%Y-%m-%d}" if star.expires else ""
    return f"{star.id:<20} {star.name:<20} {star.star_kind}{until}"


def _plain(stars: Sequence[Star]) -> list[object]:
    return [star.model_dump(mode="json", by_alias=True) for star in stars]
