"""Trainer: the loop. Asks the vault before every step; what it says no to is destroyed at once."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from limelight.errors import BackendError, ConsentError, InputError
from limelight.events import Listener, StageFinished, StageProgressed, StageStarted, Warned, ignore
from limelight.faces.strangers import strangers
from limelight.shoot.diffusion.training import checkpoints
from limelight.shoot.diffusion.training.adapter import Adapter, make_adapter, place_of
from limelight.shoot.diffusion.training.album import Album, Photograph, album_of, open_for_training
from limelight.shoot.diffusion.training.checkpoints import Checkpoint
from limelight.shoot.diffusion.training.families import (
    Family,
    Reading,
    adapter_state,
    attach,
    detach,
    family_of,
    set_adapter_state,
)
from limelight.shoot.diffusion.training.recipe import Recipe
from limelight.shoot.diffusion.training.validation import SCENES, Validation, contact_sheet, draw, likeness_in
from limelight.stage import digest
from limelight.vault import OpenLikeness, Vault

if TYPE_CHECKING:
    import torch
    from diffusers import DiffusionPipeline

STAGE = "train"
CLASS_PROMPT = "photo of a {noun}"
HELD_OUT_DRAWS = 4
"""Noises and times at which each held-out picture is measured."""
PARTS = ("checkpoint", "prior", "adapter", "validation")
"""What a training keeps in the vault."""


@dataclass(frozen=True)
class Trained:
    """A training that came to its end.

    Attributes:
        adapter: As sealed: the best state by validation.
        steps: Optimiser steps done.
        stopped_early: Whether validations had stopped improving.
        losses: The training loss of every step.
        validations: In order.
        rejected: Frames that could not be learnt from, by reason.
        seconds: Wall time of this run.
    """

    adapter: Adapter
    steps: int
    stopped_early: bool
    losses: tuple[float, ...]
    validations: tuple[Validation, ...]
    rejected: tuple[tuple[str, int], ...]
    seconds: float


def train(
    vault: Vault,
    star: str,
    pipeline: "DiffusionPipeline",
    model: str,
    recipe: Recipe,
    *,
    tell: Listener = ignore,
) -> Trained:
    """Train an adapter on a star's verified frames and seal it beside them.

    Goes on where a training of the same star, model and recipe was interrupted. The pipeline is given back without
    the adapter.

    Args:
        vault: Where the star lies.
        star: Its id.
        pipeline: The model, on its device.
        model: The model's name and revision; part of what is remembered.
        recipe: How.
        tell: Told of every step.

    Raises:
        ConsentError: the vault refuses, before or meanwhile; everything that this and earlier runs kept is gone then.
        InputError: too few usable frames, or the loss is not a number any more.
        BackendError: a class of models that cannot be trained, or not enough memory.
    """
    likeness = open_for_training(vault, star)
    family = family_of(pipeline, recipe)
    started = time.perf_counter()
    try:
        run = _Run(likeness, family, model, recipe, tell)
        return run.to_the_end(started)
    except ConsentError:
        destroy(likeness, model)
        raise
    finally:
        detach(family)


def destroy(likeness: OpenLikeness, model: str) -> None:
    """Take away all that trainings for a model kept."""
    for part in PARTS:
        with suppress(OSError):
            likeness.discard(place_of(model, part))


@dataclass
class _Lesson:
    """One picture as the model knows it."""

    latents: "torch.Tensor"
    caption: str
    original: tuple[int, int]


@dataclass
class _Standing:
    """What a checkpoint keeps besides tensors."""

    step: int = 0
    losses: list[float] = field(default_factory=list)
    validations: list[Validation] = field(default_factory=list)
    best: "dict[str, torch.Tensor]" = field(default_factory=dict)
    chosen: Validation | None = None
    stale: int = 0


class _Run:
    def __init__(
        self, likeness: OpenLikeness, family: Family, model: str, recipe: Recipe, tell: Listener
    ) -> None:
        self.likeness, self.family, self.model, self.recipe, self.tell = likeness, family, model, recipe, tell
        self.side = recipe.resolution or family.resolution
        self.fingerprint = digest([asdict(recipe), model, likeness.digest, type(family).__name__])
        self.device = family.pipeline.device
        self.readings: dict[str, Reading] = {}

    def to_the_end(self, started: float) -> Trained:
        import torch

        recipe = self.recipe
        self.tell(StageStarted(STAGE, recipe.steps, "steps"))
        album = album_of(self.likeness, recipe, self.side, self.family.multiple, self.tell)
        lessons, held = self._lessons(album.photographs), self._lessons(album.held_out)
        prior = self._prior() if recipe.keeps_prior else []
        parameters = attach(self.family, recipe)
        optimiser = torch.optim.AdamW(
            [
                {
                    "params": own,
                    "lr": recipe.text_learning_rate if name.startswith("text") else recipe.learning_rate,
                }
                for name, own in parameters.items()
            ],
            weight_decay=1e-4,
        )
        everything = [one for own in parameters.values() for one in own]
        chance = torch.Generator().manual_seed(recipe.seed)
        precision = _Precision(recipe, self.device)
        standing = self._resume(optimiser, chance)
        stopped = standing.stale >= recipe.patience
        while standing.step < recipe.steps and not stopped:
            self.likeness.check()
            batch = _batch(lessons, prior, recipe, chance)
            with _enough_memory(recipe):
                loss = self._step(batch, precision, chance)
                precision.advance(loss, optimiser, everything)
            value = float(loss.detach())
            if not np.isfinite(value):
                raise InputError(
                    f"the loss of step {standing.step + 1} is {value}.",
                    hint="Choose a lower learning rate, or full precision.",
                )
            standing.step += 1
            standing.losses.append(value)
            self.tell(StageProgressed(STAGE, standing.step, recipe.steps, f"loss {value:.4f}"))
            if standing.step % recipe.validate_every == 0 or standing.step == recipe.steps:
                self._validate(standing, held, album)
                stopped = standing.stale >= recipe.patience
            if standing.step % recipe.checkpoint_every == 0 or standing.step == recipe.steps or stopped:
                self._keep(standing, optimiser, chance)
        return self._finished(
            standing, album, stopped=stopped and standing.step < recipe.steps, started=started
        )

    # what is learnt

    def _lessons(self, photographs: Sequence[Photograph]) -> list[_Lesson]:
        return [
            _Lesson(self.family.encode(one.pixels[None])[0].float().cpu(), one.caption, one.original)
            for one in photographs
        ]

    def _prior(self) -> list[_Lesson]:
        """Class pictures, drawn by the model without the adapter; kept, so that a resumed training has the same."""
        from safetensors.torch import load, save

        recipe, place = self.recipe, place_of(self.model, "prior")
        prompt = CLASS_PROMPT.format(noun=recipe.noun)
        mark = digest([prompt, recipe.class_pictures, recipe.drawing_steps, self.side, recipe.seed])
        kept = self.likeness.recall(place)
        size = (self.side, self.side)
        if kept is None or checkpoints.header_of(kept).get("mark") != mark:
            found = []
            for index in range(recipe.class_pictures):
                self.likeness.check()
                seed = recipe.seed + 1000 + index
                drawn = draw(self.family.pipeline, [prompt], size=size, steps=recipe.drawing_steps, seed=seed)
                found.append(self.family.encode(drawn[0][None])[0].float().cpu().contiguous())
                note = f"class picture {index + 1} of {recipe.class_pictures}"
                self.tell(StageProgressed(STAGE, 0, recipe.steps, note))
            kept = save(checkpoints.stacked(found, "latents"), {"mark": mark})
            self.likeness.keep(place, kept)
        tensors = load(kept)
        return [_Lesson(tensors[f"latents.{index}"], prompt, size) for index in range(len(tensors))]

    def _read(self, captions: Sequence[str]) -> Reading:
        """Encode captions, once each where text encoders are not trained."""
        import torch

        if self.recipe.text_encoder:
            return self.family.read(captions)
        for caption in captions:
            if caption not in self.readings:
                self.readings[caption] = self.family.read([caption])
        found = [self.readings[caption] for caption in captions]
        if isinstance(found[0].states, list):
            return Reading([one.states[0] for one in found])
        pooled = (
            None
            if found[0].pooled is None
            else torch.cat([one.pooled for one in found if one.pooled is not None])
        )
        return Reading(torch.cat([one.states for one in found]), pooled)

    def _step(self, batch: "_Batch", precision: "_Precision", chance: "torch.Generator") -> "torch.Tensor":
        import torch

        total = torch.zeros((), device=self.device)
        with precision.autocast():
            for lessons, weight in batch.groups:
                latents = torch.stack([one.latents for one in lessons]).to(self.device, precision.latents)
                captions = ["" if batch.unnamed else one.caption for one in lessons]
                errors = self.family.losses(
                    latents, self._read(captions), [one.original for one in lessons], chance
                )
                total = total + weight * errors.mean()
        return total

    # on the way

    def _validate(self, standing: _Standing, held: Sequence[_Lesson], album: Album) -> None:
        found = self._measured(standing.step, held, album)
        standing.validations.append(found)
        if found.beats(standing.chosen):
            standing.chosen, standing.best, standing.stale = found, adapter_state(self.family), 0
        else:
            standing.stale += 1
        self.tell(StageProgressed(STAGE, standing.step, self.recipe.steps, found.told))

    def _measured(self, step: int, held: Sequence[_Lesson], album: Album) -> Validation:
        loss = self._held_out_loss(held)
        count = self.recipe.validation_pictures
        if not count:
            return Validation(step, loss)
        from limelight.faces.identity import Recognizer

        prompts = [SCENES[index % len(SCENES)].format(subject=self.recipe.subject) for index in range(count)]
        pictures = draw(
            self.family.pipeline,
            prompts,
            size=(self.side, self.side),
            steps=self.recipe.drawing_steps,
            seed=self.recipe.seed,
        )
        self.likeness.keep(place_of(self.model, "validation"), contact_sheet(pictures))
        star = self.likeness.star
        others = strangers([] if album.reference is None else [album.reference], [star.id, star.name])
        with Recognizer() as recognizer:
            seen, own, strange = likeness_in(pictures, album.reference, others, recognizer)
        return Validation(step, loss, count, seen, own, strange)

    def _held_out_loss(self, held: Sequence[_Lesson]) -> float:
        import torch

        chance = torch.Generator().manual_seed(0)
        precision = _Precision(self.recipe, self.device)
        with torch.no_grad():
            values = [
                float(self._step(_Batch([([one], 1.0)]), precision, chance))
                for _ in range(HELD_OUT_DRAWS)
                for one in held
            ]
        return float(np.mean(values))

    # checkpoints

    def _keep(
        self, standing: _Standing, optimiser: "torch.optim.Optimizer", chance: "torch.Generator"
    ) -> None:
        tensors = {f"now.{key}": value for key, value in adapter_state(self.family).items()}
        tensors |= {f"best.{key}": value for key, value in standing.best.items()}
        tensors |= checkpoints.optimiser_tensors(optimiser)
        tensors["chance"] = chance.get_state()
        notes = {
            "losses": standing.losses,
            "validations": [one.plain for one in standing.validations],
            "chosen": standing.chosen.plain if standing.chosen else None,
            "stale": standing.stale,
        }
        checkpoints.keep(
            self.likeness,
            place_of(self.model, "checkpoint"),
            Checkpoint(self.fingerprint, standing.step, tensors, notes),
        )

    def _resume(self, optimiser: "torch.optim.Optimizer", chance: "torch.Generator") -> _Standing:
        found = checkpoints.recall(self.likeness, place_of(self.model, "checkpoint"), self.fingerprint)
        if found is None:
            return _Standing()

        def part(prefix: str) -> "dict[str, torch.Tensor]":
            return {
                key.removeprefix(prefix): one for key, one in found.tensors.items() if key.startswith(prefix)
            }

        set_adapter_state(self.family, part("now."))
        checkpoints.set_optimiser_tensors(optimiser, found.tensors)
        chance.set_state(found.tensors["chance"])
        chosen = found.notes["chosen"]
        self.tell(
            StageProgressed(STAGE, found.step, self.recipe.steps, f"gone on with after step {found.step}")
        )
        return _Standing(
            found.step,
            list(found.notes["losses"]),
            [Validation(**one) for one in found.notes["validations"]],
            part("best."),
            Validation(**chosen) if chosen else None,
            int(found.notes["stale"]),
        )

    def _finished(self, standing: _Standing, album: Album, *, stopped: bool, started: float) -> Trained:
        chosen = standing.chosen or Validation(standing.step, float("nan"))
        adapter = make_adapter(
            standing.best or adapter_state(self.family),
            self.model,
            self.likeness.star.id,
            self.recipe,
            chosen,
        )
        self.likeness.keep(place_of(self.model), adapter.content)
        self.likeness.discard(place_of(self.model, "checkpoint"))
        self.likeness.discard(place_of(self.model, "prior"))
        self.likeness.check()
        if stopped:
            told = f"stopped after step {standing.step}: {standing.stale} validations without improvement."
            self.tell(Warned(STAGE, told))
        seconds = time.perf_counter() - started
        self.tell(StageFinished(STAGE, seconds))
        return Trained(
            adapter,
            standing.step,
            stopped,
            tuple(standing.losses),
            tuple(standing.validations),
            album.rejected,
            seconds,
        )


@dataclass
class _Batch:
    """Pictures of one step: groups of one shape each, and their weights."""

    groups: list[tuple[list[_Lesson], float]]
    unnamed: bool = False


def _batch(
    lessons: Sequence[_Lesson], prior: Sequence[_Lesson], recipe: Recipe, chance: "torch.Generator"
) -> _Batch:
    """A star's picture by chance and others of the same shape, and as many class pictures."""
    import torch

    def pick(count: int) -> int:
        return int(torch.randint(0, count, (), generator=chance))

    first = lessons[pick(len(lessons))]
    alike = [one for one in lessons if one.latents.shape == first.latents.shape]
    group = [first, *(alike[pick(len(alike))] for _ in range(recipe.batch - 1))]
    unnamed = float(torch.rand((), generator=chance)) < recipe.drop_caption
    groups = [(group, 1.0)]
    if prior:
        groups.append(([prior[pick(len(prior))] for _ in range(recipe.batch)], recipe.prior_weight))
    return _Batch(groups, unnamed)


class _Precision:
    """Mixed precision: adapters stay in single precision, the frozen model is computed in half where that pays."""

    def __init__(self, recipe: Recipe, device: "torch.device") -> None:
        import torch

        chosen = recipe.precision
        if chosen == "auto":
            chosen = "full" if device.type == "cpu" else "bf16" if torch.cuda.is_bf16_supported() else "fp16"
        self._device = device.type
        self._dtype = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(chosen)
        self._scaler = torch.amp.GradScaler(device.type) if chosen == "fp16" else None
        self.latents = torch.float32

    def autocast(self) -> Any:
        """The context in which losses are computed."""
        import torch

        return nullcontext() if self._dtype is None else torch.autocast(self._device, self._dtype)

    def advance(
        self,
        loss: "torch.Tensor",
        optimiser: "torch.optim.Optimizer",
        parameters: "Sequence[torch.nn.Parameter]",
    ) -> None:
        """One step down the gradient, its norm clipped to 1."""
        import torch

        optimiser.zero_grad(set_to_none=True)
        if self._scaler is None:
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            return
        self._scaler.scale(loss).backward()
        self._scaler.unscale_(optimiser)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        self._scaler.step(optimiser)
        self._scaler.update()


@contextmanager
def _enough_memory(recipe: Recipe) -> Iterator[None]:
    """Says what to do where a GPU's memory runs out; the checkpoint stays."""
    import torch

    try:
        yield
    except torch.OutOfMemoryError as problem:
        raise BackendError(
            f"the GPU's memory does not suffice for {recipe.batch} pictures at once.",
            hint="Lower --batch or --resolution; what was trained so far is kept.",
        ) from problem
