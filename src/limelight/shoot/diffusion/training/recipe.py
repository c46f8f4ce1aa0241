"""Recipe: how an adapter is trained."""

from dataclasses import dataclass
from typing import Literal

from limelight.errors import SettingsError

Precision = Literal["auto", "full", "bf16", "fp16"]


@dataclass(frozen=True)
class Recipe:
    """All that decides a training, besides the star and the model.

    The defaults are those of the published LoRA recipes for faces (rank 16, 1e-4, min-SNR 5), not tuned here: no
    weights of a real model were at hand.

    Attributes:
        steps: Optimiser steps at most; early stopping may end before.
        rank: Of the low-rank matrices (Hu et al., "LoRA", ICLR 2022); the scale alpha is the rank.
        learning_rate: Of the denoiser's adapter.
        text_encoder: Train adapters in the text encoders too (SD 1.5 and SDXL).
        text_learning_rate: Of those.
        batch: Pictures a step.
        resolution: Side of a square picture in pixels; 0: the model's own. Other shapes have as many pixels.
        pictures: Frames of the star at most.
        prior_weight: Weight of the loss on class pictures (Ruiz et al., "DreamBooth", CVPR 2023); 0: none are drawn.
        class_pictures: How many the model draws itself, before, from the prompt without the star's token.
        drawing_steps: Denoising steps of class and validation pictures.
        drop_caption: Share of steps with an empty caption, so that classifier-free guidance still works.
        min_snr: Clamp of the signal-to-noise weight (Hang et al., "Min-SNR", ICCV 2023); 0: no weighting.
        precision: ``auto``: bf16 where the GPU has it, else fp16; on a CPU full.
        save_memory: Gradient checkpointing.
        checkpoint_every: Steps between sealed checkpoints.
        validate_every: Steps between validations.
        validation_pictures: Drawn at each; 0: only the held-out loss is measured.
        patience: Validations without improvement before training stops.
        token: Stands for the star in captions and prompts.
        noun: What the star is one of.
        seed: The same seed, the same adapter (on a CPU, to the last bit).
    """

    steps: int = 800
    rank: int = 16
    learning_rate: float = 1e-4
    text_encoder: bool = False
    text_learning_rate: float = 2e-5
    batch: int = 1
    resolution: int = 0
    pictures: int = 48
    prior_weight: float = 0.5
    class_pictures: int = 24
    drawing_steps: int = 20
    drop_caption: float = 0.1
    min_snr: float = 5.0
    precision: Precision = "auto"
    save_memory: bool = True
    checkpoint_every: int = 50
    validate_every: int = 100
    validation_pictures: int = 4
    patience: int = 3
    token: str = "ohwx"  # noqa: S105 - a word in prompts, no secret
    noun: str = "person"
    seed: int = 1

    def __post_init__(self) -> None:
        for name in (
            "steps",
            "rank",
            "batch",
            "pictures",
            "drawing_steps",
            "checkpoint_every",
            "validate_every",
            "patience",
        ):
            if getattr(self, name) < 1:
                raise SettingsError(f"{name} must be 1 or more, and is {getattr(self, name)}.")
        for name in ("learning_rate", "text_learning_rate"):
            if not 0 < getattr(self, name) < 1:
                raise SettingsError(f"{name} must lie between 0 and 1, and is {getattr(self, name)}.")
        for name in (
            "resolution",
            "class_pictures",
            "validation_pictures",
            "prior_weight",
            "min_snr",
            "seed",
        ):
            if getattr(self, name) < 0:
                raise SettingsError(f"{name} must be 0 or more, and is {getattr(self, name)}.")
        if not 0 <= self.drop_caption < 1:
            raise SettingsError(f"drop_caption must be 0 or more and below 1, and is {self.drop_caption}.")

    @property
    def subject(self) -> str:
        """The star in a prompt: token and noun."""
        return f"{self.token} {self.noun}"

    @property
    def keeps_prior(self) -> bool:
        """Whether class pictures are drawn."""
        return self.prior_weight > 0 and self.class_pictures > 0
