"""``limelight weights``: the models, their licences and their bytes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from limelight.cli.output import listening, output_options, result
from limelight.errors import WeightError

if TYPE_CHECKING:
    from limelight.weights import Use, Weight

PURPOSES = ("commercial", "hosted", "redistribute")


@click.group(name="weights", help="List, fetch or verify the models.")
def command() -> None:
    """The group; it does nothing itself."""


@command.command(name="list")
@output_options
def list_weights(as_json: bool, quiet: bool) -> None:
    """What each model is for, its licence and size, and whether it is here."""
    from limelight.weights import is_present, registry, weights_folder  # noqa: PLC0415

    rows = [(model, is_present(model)) for model in registry().weight]
    lines = [
        f"{'✓' if here else '·'} {model.name:<18} {model.size / 1e6:7.1f} MB  {_licence(model):<24} {model.purpose}"
        for model, here in rows
    ]
    lines.append(f"✓ is here, in {weights_folder()}. Fetch others with: limelight weights pull NAME")
    data = {
        "weights": [
            {
                "name": model.name,
                "purpose": model.purpose,
                "licence": model.licence,
                "licence_verified": model.licence_verified,
                "forbids": list(model.forbids),
                "bytes": model.size,
                "here": here,
            }
            for model, here in rows
        ]
    }
    result(as_json=as_json, quiet=quiet, text="\n".join(lines), data=data)


@command.command(name="pull")
@click.argument("names", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every registered model.")
@click.option(
    "--for",
    "purposes",
    multiple=True,
    type=click.Choice(PURPOSES),
    help="What it is meant for; refused where the licence forbids it.",
)
@output_options
def pull(names: Sequence[str], everything: bool, purposes: Sequence[str], as_json: bool, quiet: bool) -> None:
    """Download and verify models. An interrupted download goes on where it stopped."""
    from limelight.weights import weight  # noqa: PLC0415

    if not names and not everything:
        raise click.UsageError(f"say which: limelight weights pull NAME..., or --all. {_known()}")
    models = _chosen(() if everything else names)
    for model in models:
        model.permit(_use(purposes))
    paths: dict[str, str] = {}
    failed: list[WeightError] = []
    with listening(as_json=as_json, quiet=quiet) as listener:
        for model in models:
            try:
                paths[model.name] = str(weight(model, use=_use(purposes), on_event=listener))
            except WeightError as problem:
                failed.append(problem)
    text = "\n".join(f"{name:<18} {path}" for name, path in paths.items())
    result(as_json=as_json, quiet=quiet, text=text, data={"paths": paths})
    if failed:
        hints = " ".join(dict.fromkeys(problem.hint for problem in failed))
        raise WeightError(" ".join(problem.message for problem in failed), hint=hints)


@command.command(name="verify")
@click.argument("names", nargs=-1)
@output_options
@click.pass_context
def verify_weights(context: click.Context, names: Sequence[str], as_json: bool, quiet: bool) -> None:
    """Hash models again (those that are here, or the named ones); wrong files are deleted."""
    from limelight.weights import files_here, verify  # noqa: PLC0415

    models = [model for model in _chosen(names) if names or files_here(model)]
    wrong = {model.name: verify(model) for model in models}
    broken = {name: files for name, files in wrong.items() if files}
    lines = [
        f"{name:<18} {'WRONG, deleted: ' + ', '.join(wrong[name]) if wrong[name] else 'right'}"
        for name in wrong
    ]
    if broken:
        lines.append(f"Fetch again: limelight weights pull {' '.join(broken)}")
    told = "\n".join(lines) or "No model is here yet."
    result(as_json=as_json, quiet=quiet, text=told, data={"wrong": broken, "checked": len(wrong)})
    context.exit(1 if broken else 0)


def _chosen(names: Sequence[str]) -> "list[Weight]":
    from limelight.weights import registry  # noqa: PLC0415

    return [registry()[name] for name in names] if names else list(registry().weight)


def _use(purposes: Sequence[str]) -> "Use":
    from limelight.weights import Use  # noqa: PLC0415

    return Use.model_validate(dict.fromkeys(purposes, True))


def _licence(model: "Weight") -> str:
    return model.licence if model.licence_verified else f"{model.licence} (unverified)"


def _known() -> str:
    from limelight.weights import registry  # noqa: PLC0415

    return f"Registered are: {', '.join(registry().names)}."
