"""``limelight backends``: what can be chosen by name."""

import click

from limelight.cli.output import output_options, result


@click.command(name="backends", help="List cameras, directors, looks and diffusion models.")
@output_options
def command(as_json: bool, quiet: bool) -> None:
    """List what ``--camera``, ``--director`` and ``--look`` take."""
    from limelight.backends import GROUPS, names  # noqa: PLC0415
    from limelight.catalogue import catalogue  # noqa: PLC0415
    from limelight.shoot.diffusion.models.register import models  # noqa: PLC0415

    drawing = {
        name: _model(model.licence, model.forbids, moves=model.family.is_video)
        for name, model in models().items()
    }
    found = {kind: list(names(kind)) for kind in GROUPS}
    looks = {look.name: look.description for look in catalogue().looks}
    lines = [f"{kind}: {', '.join(members)}" for kind, members in found.items()]
    lines += ["looks:", *(f"  {name:<12} {description}" for name, description in looks.items())]
    lines += ["diffusion models:", *(f"  {name:<16} {about}" for name, about in drawing.items())]
    result(
        as_json=as_json, quiet=quiet, text="\n".join(lines), data=found | {"looks": looks, "models": drawing}
    )


def _model(licence: str, forbids: tuple[str, ...], *, moves: bool) -> str:
    """One line about a diffusion model: how it is chosen, and under what licence."""
    refused = f"; not {', not '.join(forbids)}" if forbids else ""
    return f"{'--motion' if moves else '--model'}, {licence}{refused}"
