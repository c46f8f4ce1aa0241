"""Families: what differs between the models that can be trained: how they read captions, and what they predict."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from limelight.errors import BackendError
from limelight.shoot.diffusion.training.recipe import Recipe

if TYPE_CHECKING:
    import torch
    from diffusers import DiffusionPipeline

ADAPTER = "star"
"""The name of the adapter inside a pipeline while it is trained."""
ATTENTION = ("to_q", "to_k", "to_v", "to_out.0")
TEXT_ATTENTION = ("q_proj", "k_proj", "v_proj", "out_proj")


@dataclass(frozen=True)
class Reading:
    """Captions as a model reads them.

    Attributes:
        states: ``(b, tokens, width)``; for a flow transformer a list of ``(tokens, width)``.
        pooled: ``(b, width)`` of SDXL's second encoder, else None.
    """

    states: Any
    pooled: "torch.Tensor | None" = None


class Family(Protocol):
    """A kind of model that an adapter can be trained for."""

    pipeline: "DiffusionPipeline"
    resolution: int
    """Side of a square picture that the model was made for, pixels."""
    multiple: int
    """What sides must be multiples of, pixels."""

    @property
    def trained(self) -> "Mapping[str, torch.nn.Module]":
        """Modules that get an adapter, by the prefix of their keys; the denoiser first."""
        ...

    def encode(self, pixels: NDArray[np.uint8]) -> "torch.Tensor":
        """``(b, height, width, 3) uint8`` -> latents ``(b, channels, h, w)`` as the denoiser knows them."""
        ...

    def read(self, captions: Sequence[str]) -> Reading:
        """Encode captions; with gradients where text encoders are trained."""
        ...

    def losses(
        self,
        latents: "torch.Tensor",
        reading: Reading,
        originals: Sequence[tuple[int, int]],
        chance: "torch.Generator",
    ) -> "torch.Tensor":
        """``(b,)`` squared error of the denoiser's prediction at random times."""
        ...


def family_of(pipeline: "DiffusionPipeline", recipe: Recipe) -> Family:
    """How to train this pipeline.

    Raises:
        BackendError: nobody has taught this class how; says which there are.
    """
    kind = type(pipeline).__name__
    for name, family in FAMILIES.items():
        if kind.startswith(name):
            made: Family = family(pipeline, recipe)
            return made
    raise BackendError(
        f"no adapter can be trained for a {kind}.",
        hint=f"Choose a model of one of these classes: {', '.join(FAMILIES)}.",
    )


class StableDiffusion:
    """SD 1.x and 2.x: a UNet that predicts noise (or velocity), one CLIP text encoder."""

    def __init__(self, pipeline: "DiffusionPipeline", recipe: Recipe) -> None:
        from diffusers import DDPMScheduler

        self.pipeline = pipeline
        self._recipe = recipe
        self._noise = DDPMScheduler.from_config(pipeline.scheduler.config)
        self.multiple = pipeline.vae_scale_factor * 2 ** (len(pipeline.unet.config.block_out_channels) - 1)
        self.resolution = int(pipeline.unet.config.sample_size) * pipeline.vae_scale_factor

    @property
    def trained(self) -> "Mapping[str, torch.nn.Module]":
        """UNet, and the text encoders if the recipe wants them."""
        found: dict[str, torch.nn.Module] = {"unet": self.pipeline.unet}
        if self._recipe.text_encoder:
            for name in ("text_encoder", "text_encoder_2"):
                if getattr(self.pipeline, name, None) is not None:
                    found[name] = getattr(self.pipeline, name)
        return found

    def encode(self, pixels: NDArray[np.uint8]) -> "torch.Tensor":
        """See :class:`Family`; the distribution's mean, scaled."""
        latents = _vae_mean(self.pipeline.vae, pixels)
        return latents * self.pipeline.vae.config.scaling_factor

    def read(self, captions: Sequence[str]) -> Reading:
        """See :class:`Family`."""
        with self._maybe_grad():
            return Reading(self._states(self.pipeline.tokenizer, self.pipeline.text_encoder, captions)[0])

    def losses(
        self,
        latents: "torch.Tensor",
        reading: Reading,
        originals: Sequence[tuple[int, int]],
        chance: "torch.Generator",
    ) -> "torch.Tensor":
        """Noise prediction at a uniform time (Ho et al., DDPM, 2020), weighted by clamped signal-to-noise."""
        import torch

        noise = torch.randn(latents.shape, generator=chance).to(latents)
        most = self._noise.config.num_train_timesteps
        times = torch.randint(0, most, (len(latents),), generator=chance).to(latents.device)
        noisy = self._noise.add_noise(latents, noise, times)
        extra = self._extra(reading, latents, originals)
        predicted = self.pipeline.unet(noisy, times, encoder_hidden_states=reading.states, **extra).sample
        velocity = self._noise.config.prediction_type == "v_prediction"
        target = self._noise.get_velocity(latents, noise, times) if velocity else noise
        error = (predicted.float() - target.float()).pow(2).mean(dim=(1, 2, 3))
        return error * self._weight(times, velocity=velocity)

    def _weight(self, times: "torch.Tensor", *, velocity: bool) -> "torch.Tensor":
        """min(SNR, gamma) / SNR for noise, / (SNR + 1) for velocity (Hang et al., ICCV 2023)."""
        import torch

        if not self._recipe.min_snr:
            return torch.ones(len(times), device=times.device)
        kept = self._noise.alphas_cumprod.to(times.device)[times]
        ratio = (kept / (1 - kept)).clamp(min=1e-8)
        return ratio.clamp(max=self._recipe.min_snr) / (ratio + 1 if velocity else ratio)

    def _extra(
        self, reading: Reading, latents: "torch.Tensor", originals: Sequence[tuple[int, int]]
    ) -> dict[str, Any]:
        del reading, latents, originals
        return {}

    def _states(self, tokenizer: Any, encoder: Any, captions: Sequence[str]) -> tuple[Any, Any]:
        tokens = tokenizer(
            list(captions),
            padding="max_length",
            max_length=tokenizer.model_max_length,
            truncation=True,
            return_tensors="pt",
        )
        out = encoder(tokens.input_ids.to(encoder.device), output_hidden_states=True)
        return out[0], out

    def _maybe_grad(self) -> Any:
        import torch

        return nullcontext() if self._recipe.text_encoder else torch.no_grad()


class StableDiffusionXL(StableDiffusion):
    """SDXL: two text encoders, and the UNet is told sizes (Podell et al., "SDXL", 2023)."""

    def read(self, captions: Sequence[str]) -> Reading:
        """Last but one layer of both encoders side by side, and the second one's pooled vector."""
        import torch

        pipe = self.pipeline
        with self._maybe_grad():
            _, first = self._states(pipe.tokenizer, pipe.text_encoder, captions)
            pooled, second = self._states(pipe.tokenizer_2, pipe.text_encoder_2, captions)
        states = torch.cat([first.hidden_states[-2], second.hidden_states[-2]], dim=-1)
        return Reading(states, pooled)

    def _extra(
        self, reading: Reading, latents: "torch.Tensor", originals: Sequence[tuple[int, int]]
    ) -> dict[str, Any]:
        """Time ids: original height and width, the crop's top and left, target height and width."""
        import torch

        scale = self.pipeline.vae_scale_factor
        high, wide = latents.shape[-2] * scale, latents.shape[-1] * scale
        ids = [[height, width, 0, 0, high, wide] for width, height in originals]
        sizes = torch.tensor(ids, device=latents.device, dtype=latents.dtype)
        return {"added_cond_kwargs": {"text_embeds": reading.pooled, "time_ids": sizes}}


class ZImage:
    """Z-Image: a transformer that predicts the flow from noise to picture (Lipman et al., ICLR 2023)."""

    resolution = 1024

    def __init__(self, pipeline: "DiffusionPipeline", recipe: Recipe) -> None:
        if recipe.text_encoder:
            raise BackendError(
                "the text encoder of this class of models is not trained.", hint="Leave --text-encoder out."
            )
        self.pipeline = pipeline
        self.multiple = 2 * pipeline.vae_scale_factor
        self._shift = float(pipeline.scheduler.config.shift)

    @property
    def trained(self) -> "Mapping[str, torch.nn.Module]":
        """The transformer."""
        return {"transformer": self.pipeline.transformer}

    def encode(self, pixels: NDArray[np.uint8]) -> "torch.Tensor":
        """See :class:`Family`; shifted and scaled."""
        config = self.pipeline.vae.config
        return (_vae_mean(self.pipeline.vae, pixels) - (config.shift_factor or 0.0)) * config.scaling_factor

    def read(self, captions: Sequence[str]) -> Reading:
        """See :class:`Family`."""
        states, _ = self.pipeline.encode_prompt(list(captions), do_classifier_free_guidance=False)
        return Reading([state.detach() for state in states])

    def losses(
        self,
        latents: "torch.Tensor",
        reading: Reading,
        originals: Sequence[tuple[int, int]],
        chance: "torch.Generator",
    ) -> "torch.Tensor":
        """Velocity at a logit-normal time (Esser et al., "SD3", ICML 2024), shifted as the scheduler shifts."""
        import torch

        del originals
        noise = torch.randn(latents.shape, generator=chance).to(latents)
        even = torch.sigmoid(torch.randn(len(latents), generator=chance)).to(latents)
        sigma = self._shift * even / (1 + (self._shift - 1) * even)
        mixed = (1 - sigma[:, None, None, None]) * latents + sigma[:, None, None, None] * noise
        pictures = list(mixed.unsqueeze(2).unbind(0))
        found = self.pipeline.transformer(pictures, 1 - sigma, reading.states, return_dict=False)[0]
        predicted = torch.stack([one.float() for one in found]).squeeze(2)
        return (predicted - (latents - noise).float()).pow(2).mean(dim=(1, 2, 3))


FAMILIES: Mapping[str, Any] = {
    "ZImage": ZImage,
    "StableDiffusionXL": StableDiffusionXL,
    "StableDiffusion": StableDiffusion,
}
"""By the beginning of the pipeline's class name; longer names first."""


def attach(family: Family, recipe: Recipe) -> "dict[str, list[torch.nn.Parameter]]":
    """Freeze the model and add an adapter; gives its parameters, in single precision, by module.

    Raises:
        BackendError: there is one already.
    """
    import torch
    from peft import LoraConfig

    pipe = family.pipeline
    for name in ("unet", "transformer", "vae", "text_encoder", "text_encoder_2"):
        if isinstance(part := getattr(pipe, name, None), torch.nn.Module):
            part.requires_grad_(False)
    found: dict[str, list[torch.nn.Parameter]] = {}
    for prefix, module in family.trained.items():
        if ADAPTER in getattr(module, "peft_config", {}):
            raise BackendError("this pipeline is being trained already.", hint="Load it again.")
        targets = TEXT_ATTENTION if prefix.startswith("text") else ATTENTION
        config = LoraConfig(
            r=recipe.rank, lora_alpha=recipe.rank, init_lora_weights="gaussian", target_modules=list(targets)
        )
        with torch.random.fork_rng():  # so that the first weights hang on the recipe's seed alone
            torch.manual_seed(recipe.seed)
            module.add_adapter(config, ADAPTER)
        parameters = [one for one in module.parameters() if one.requires_grad]
        for one in parameters:
            one.data = one.data.float()
        found[prefix] = parameters
        if recipe.save_memory:
            _checkpointed(module)
    return found


def detach(family: Family) -> None:
    """Take the adapter off again: nothing of the star, and nothing of the training, stays in the model."""
    from diffusers.utils.peft_utils import delete_adapter_layers, recurse_remove_peft_layers

    for module in family.trained.values():
        if ADAPTER not in getattr(module, "peft_config", {}):
            continue
        delete_adapter_layers(module, ADAPTER)
        if not getattr(module, "peft_config", {}):  # it was the only one: take the wrapping off, too
            recurse_remove_peft_layers(module)
            module._hf_peft_config_loaded = False  # noqa: SLF001 - the library has no public way back


def adapter_state(family: Family) -> "dict[str, torch.Tensor]":
    """The adapter's tensors under the keys of diffusers, such as ``unet.mid_block...to_q.lora_A.weight``."""
    from peft import get_peft_model_state_dict

    return {
        f"{_prefix(prefix, module)}{key}": value.detach().float().cpu().clone().contiguous()
        for prefix, module in family.trained.items()
        for key, value in get_peft_model_state_dict(module, adapter_name=ADAPTER).items()
    }


def set_adapter_state(family: Family, state: "Mapping[str, torch.Tensor]") -> None:
    """The reverse of :func:`adapter_state`."""
    from peft import set_peft_model_state_dict

    for prefix, module in family.trained.items():
        start = _prefix(prefix, module)
        own = {key.removeprefix(start): value for key, value in state.items() if key.startswith(start)}
        set_peft_model_state_dict(module, own, adapter_name=ADAPTER)


def _prefix(name: str, module: Any) -> str:
    """Files say ``text_model.`` inside text encoders, which newer versions of transformers leave out."""
    return (
        f"{name}.text_model." if name.startswith("text") and not hasattr(module, "text_model") else f"{name}."
    )


def _vae_mean(vae: Any, pixels: NDArray[np.uint8]) -> "torch.Tensor":
    import torch

    if vae.config.force_upcast and vae.dtype == torch.float16:
        vae.to(torch.float32)  # SDXL's overflows in half precision
    pictures = torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))).to(vae.device, vae.dtype)
    with torch.no_grad():
        mean: torch.Tensor = vae.encode(pictures / 127.5 - 1).latent_dist.mode()
    return mean


def _checkpointed(module: Any) -> None:
    """Gradient checkpointing, under the name that each library and version has for it."""
    for name in (
        "enable_gradient_checkpointing",
        "activation_checkpointing_enable",
        "gradient_checkpointing_enable",
    ):
        if hasattr(module, name):
            getattr(module, name)()
            return
