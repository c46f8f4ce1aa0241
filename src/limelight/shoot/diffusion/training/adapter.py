"""Adapter: a trained likeness, sealed in the vault beside the frames it comes from; exported by its owner only."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from limelight.document import write_atomically
from limelight.errors import InputError
from limelight.shoot.diffusion.training.checkpoints import header_of
from limelight.shoot.diffusion.training.recipe import Recipe
from limelight.shoot.diffusion.training.validation import Validation
from limelight.star import Purpose
from limelight.vault import Likeness, OpenLikeness, Vault

if TYPE_CHECKING:
    import torch

Format = Literal["diffusers", "kohya"]


@dataclass(frozen=True)
class Adapter:
    """What was learnt of a star for one model.

    Attributes:
        content: safetensors under the keys of diffusers, with the words below in its head.
    """

    content: bytes

    @property
    def notes(self) -> Mapping[str, str]:
        """Model, subject, steps, validation: as text."""
        return header_of(self.content)

    @property
    def subject(self) -> str:
        """What to call the star in prompts."""
        return self.notes["limelight.subject"]

    @property
    def model(self) -> str:
        """What it was trained for."""
        return self.notes["limelight.model"]

    @property
    def validation(self) -> Validation:
        """The one by which this state of the training was chosen."""
        return Validation(**json.loads(self.notes["limelight.validation"]))

    def state(self) -> "dict[str, torch.Tensor]":
        """Tensors for ``pipeline.load_lora_weights``."""
        from safetensors.torch import load

        return load(self.content)

    def written_as(self, form: Format) -> bytes:
        """Bytes of a file for other tools.

        Args:
            form: ``diffusers``, or ``kohya`` (ComfyUI, AUTOMATIC1111, SD.Next; UNet models only).

        Raises:
            InputError: that form does not exist for this kind of model.
        """
        if form == "diffusers":
            return self.content
        if not any(key.startswith("unet.") for key in self.state()):
            raise InputError(
                "only adapters of UNet models (SD 1.5, SDXL) have the kohya form.",
                hint="Export as diffusers.",
            )
        from diffusers.utils import convert_state_dict_to_kohya
        from safetensors.torch import save

        return save({key: one.contiguous() for key, one in convert_state_dict_to_kohya(self.state()).items()}, {
            **self.notes, "ss_network_module": "networks.lora",
        })  # fmt: skip


def place_of(model: str, part: str = "adapter") -> str:
    """The name under which something trained for a model is kept."""
    return f"lora/{re.sub(r'[^a-z0-9.-]+', '-', model.lower())}/{part}"


def make_adapter(
    state: "Mapping[str, torch.Tensor]", model: str, star: str, recipe: Recipe, chosen: Validation
) -> Adapter:
    """Put tensors and words together."""
    from safetensors.torch import save

    words = {
        "format": "pt",
        "limelight.model": model,
        "limelight.star": star,
        "limelight.subject": recipe.subject,
        "limelight.rank": str(recipe.rank),
        "limelight.validation": json.dumps(chosen.plain),
    }
    return Adapter(save(dict(state), words))


def adapter_for(likeness: Likeness, model: str) -> Adapter | None:
    """The adapter that was trained for this star and model, or None.

    Raises:
        ConsentError: the vault says no, or it was tampered with.
    """
    likeness.check()
    content = likeness.recall(place_of(model))
    return None if content is None else Adapter(content)


def export(vault: Vault, star: str, model: str, path: Path, form: Format = "diffusers") -> Path:
    """Write an adapter in clear, for its owner: whoever can open this vault. Noted in the vault's log.

    Raises:
        ConsentError: the star may not be opened for training (any more).
        InputError: nothing was trained for this model.
    """
    likeness: OpenLikeness = vault.open(star, Purpose.TRAINING)
    content = likeness.hand_out(place_of(model))
    if content is None:
        raise InputError(
            f"nothing was trained of {star!r} for {model!r}.",
            hint=f"Try: limelight star train {star} --model {model}",
        )
    write_atomically(path, Adapter(content).written_as(form), mode=0o600)
    return path
