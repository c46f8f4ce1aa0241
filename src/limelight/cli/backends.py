"""``limelight backends``: what can be chosen by name."""

import click

from limelight.cli.output import output_options, result


@click.command(name="backends", help="List cameras, directors and looks.")
@output_options
def command(as_json: bool, quiet: bool) -> None:
    """List what ``--camera``, ``--director`` and ``--look`` take."""
    from limelight.backends import GROUPS, names  # noqa: PLC0415
    from limelight.catalogue import catalogue  # noqa: PLC0415

    found = {kind: list(names(kind)) for kind in GROUPS}
    looks = {look.name: look.description for look in catalogue().looks}
    lines = [f"{kind}: {', '.join(members)}" for kind, members in found.items()]
    lines += ["looks:", *(f"  {name:<12} {description}" for name, description in looks.items())]
    result(as_json=as_json, quiet=quiet, text="\n".join(lines), data=found | {"looks": looks})
