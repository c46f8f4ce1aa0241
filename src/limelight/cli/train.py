"""``limelight star train`` and ``limelight star adapter``: a star's own adapter for a diffusion model."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from limelight.cli.output import listening, output_options, result
from limelight.cli.unlock import opened_vault

if TYPE_CHECKING:
    from limelight.shoot.diffusion.training.recipe import Recipe
    from limelight.shoot.diffusion.training.trainer import Trained


@click.command("train")
@click.argument("star_id", metavar="STAR")
@click.option(
    "--model", default="sd15", show_default=True, help="As for --camera diffusion: see docs/diffusion.md."
)
@click.option("--steps", type=int, help="Optimiser steps at most; it stops early when nothing gets better.")
@click.option("--rank", type=int, help="Size of the adapter.")
@click.option("--learning-rate", type=float, help="Of the denoiser's adapter.")
@click.option("--batch", type=int, help="Pictures a step: fewer take less memory.")
@click.option("--resolution", type=int, help="Side of a square picture; without: the model's own.")
@click.option("--text-encoder/--no-text-encoder", default=None, help="Train the text encoders, too.")
@click.option("--class-pictures", type=int, help="Of anybody, drawn by the model before; 0: none.")
@click.option("--precision", type=click.Choice(["auto", "full", "bf16", "fp16"]), help="Of the frozen model.")
@click.option("--seed", type=int, help="Another number, another adapter.")
@output_options
def train(star_id: str, model: str, as_json: bool, quiet: bool, **chosen: Any) -> None:
    """Teach a diffusion model to draw a star, from the verified frames only.

    The star must have consented to training. What is learnt is sealed in the vault beside the frames; a training
    that was interrupted goes on where it was; withdrawing the consent stops it and destroys it.
    """
    from limelight.shoot.diffusion.training.recipe import Recipe  # noqa: PLC0415

    recipe = Recipe(**{name: value for name, value in chosen.items() if value is not None})
    with listening(as_json=as_json, quiet=quiet) as tell:
        done, name = _trained(star_id, model, recipe, tell)
    best = done.adapter.validation
    rejected = ", ".join(f"{count} {reason}" for reason, count in done.rejected)
    text = (
        f"Trained {star_id} for {name} in {done.steps} steps, {done.seconds:.0f} s. "
        f"Chosen: step {best.step}, {best.told}."
        f"{f' Frames left out: {rejected}.' if rejected else ''}\n"
        f"Use it: limelight make SONG --star {star_id} --camera diffusion --model {name}"
    )
    data = {
        "star": star_id,
        "model": name,
        "steps": done.steps,
        "stopped_early": done.stopped_early,
        "seconds": round(done.seconds, 1),
        "chosen": best.plain,
        "validations": [one.plain for one in done.validations],
        "rejected": dict(done.rejected),
    }
    result(as_json=as_json, quiet=quiet, text=text, data=data)


@click.command("adapter")
@click.argument("star_id", metavar="STAR")
@click.option("--model", default="sd15", show_default=True, help="For which it was trained.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["diffusers", "kohya"]),
    default="diffusers",
    show_default=True,
    help="kohya for ComfyUI and its like.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Default: STAR-MODEL.safetensors."
)
@output_options
def adapter(star_id: str, *, model: str, form: Any, output: Path | None, as_json: bool, quiet: bool) -> None:
    """Write a star's adapter in clear, for other tools. Whoever has the file can draw the star: guard it."""
    from limelight.shoot.diffusion.models.register import find  # noqa: PLC0415
    from limelight.shoot.diffusion.training.adapter import export  # noqa: PLC0415

    name = find(model).name
    path = output or Path(f"{star_id}-{name.replace('/', '-')}.safetensors")
    export(opened_vault(), star_id, name, path, form)
    text = (
        f"Written: {path}. Whoever has this file can draw {star_id}; the vault's consent does not follow it."
    )
    result(as_json=as_json, quiet=quiet, text=text, data={"written": str(path)})


def _trained(star_id: str, name: str, recipe: "Recipe", tell: Any) -> "tuple[Trained, str]":
    """Ask the vault first, then load gigabytes."""
    from dataclasses import replace  # noqa: PLC0415

    from limelight.shoot.diffusion.models.checkpoint import locate  # noqa: PLC0415
    from limelight.shoot.diffusion.models.loading import Hardware, loaded  # noqa: PLC0415
    from limelight.shoot.diffusion.models.register import find  # noqa: PLC0415
    from limelight.shoot.diffusion.training.album import open_for_training  # noqa: PLC0415
    from limelight.shoot.diffusion.training.trainer import train as train_adapter  # noqa: PLC0415

    vault = opened_vault()
    open_for_training(vault, star_id)
    checkpoint = locate(find(name))
    whole = replace(Hardware.here(), gigabytes=float("inf"))  # offloading and gradients do not go together
    with loaded(checkpoint, whole) as pipeline:
        return train_adapter(
            vault, star_id, pipeline, checkpoint.model.name, recipe, tell=tell
        ), checkpoint.model.name
