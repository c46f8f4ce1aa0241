"""Drawing: wishes become pictures, several at a time, in whatever memory there is."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from limelight.errors import BackendError
from limelight.shoot.camera import Picture
from limelight.shoot.diffusion.models.loading import Hardware, empty
from limelight.shoot.diffusion.models.register import Family, Model
from limelight.shoot.diffusion.walk import noise
from limelight.shoot.diffusion.walk.noise import Place

MOST_AT_ONCE = {"cuda": 8, "mps": 2, "cpu": 2}
OTHER_SEEDS = 3
"""Times that a picture is tried again, from other noise, after the safety checker refused it."""
Conditions = dict[str, Any]
"""What a pipeline is told for one picture, as keywords; tensors with a first dimension of 1."""


@dataclass(frozen=True, eq=False)
class Wish:
    """One picture to be drawn.

    Attributes:
        prompt: What is seen.
        negative: What is not.
        noise: Where it begins.
        towards: Another prompt, for models that walk between prompts.
        share: How far to go there, 0 to 1.
        continued: A picture of the same size to go on from, or None.
        strength: How much of it is drawn anew, 0 to 1.
    """

    prompt: str
    negative: str
    noise: Place
    towards: str = ""
    share: float = 0.0
    continued: Picture | None = None
    strength: float = 0.6


class Draughtsman:
    """Draws with one pipeline that is loaded.

    Args:
        pipeline: Of diffusers.
        model: How it is used.
        hardware: Where it runs.
    """

    def __init__(self, pipeline: Any, model: Model, hardware: Hardware) -> None:
        self.pipeline = pipeline
        self.model = model
        self.at_once = MOST_AT_ONCE[hardware.device]
        self._hardware = hardware
        self._continuing: Any = None
        self._told: dict[tuple[str, str], Conditions] = {}

    def draw(
        self, wishes: Sequence[Wish], size: tuple[int, int], dressing: Mapping[str, Any] | None = None
    ) -> Iterator[Picture]:
        """Draw pictures in order.

        Args:
            wishes: A batch is drawn of neighbours that are alike: with a picture to continue and as many steps of
                it, or without.
            size: Width and height, multiples of the model's.
            dressing: More keywords for the pipeline, from an identity.

        Yields:
            ``(height, width, 3) uint8``, sRGB.

        Raises:
            BackendError: one picture alone does not fit in memory, or the safety checker refuses it whatever the
                noise.
        """
        done = 0
        while done < len(wishes):
            batch = self._alike(wishes[done : done + self.at_once])
            pictures = self._fitting(lambda some=batch: self._batch(some, size, dressing or {}))  # type: ignore[misc]
            if pictures is None:
                continue
            for wish, picture in zip(batch, pictures, strict=True):
                yield picture if picture is not None else self._again(wish, size, dressing or {})
            done += len(batch)

    def forget(self) -> None:
        """Forget the encoded prompts: the text encoders were changed."""
        self._told.clear()

    def _alike(self, wishes: Sequence[Wish]) -> Sequence[Wish]:
        """The first of them, and those that follow and can be drawn with it."""
        kind = self._redrawn(wishes[0])
        return list(itertools.takewhile(lambda wish: self._redrawn(wish) == kind, wishes))

    def _redrawn(self, wish: Wish) -> int:
        """Steps in which a picture is continued, at least one; 0 for one drawn from noise alone."""
        if wish.continued is None:
            return 0
        return int(np.clip(round(self.model.steps * wish.strength), 1, self.model.steps))

    def _fitting(self, work: Callable[[], list[Picture | None]]) -> list[Picture | None] | None:
        """Do it, or None if memory ran out: then ``at_once`` was halved and the caller may try again."""
        try:
            return work()
        except (RuntimeError, MemoryError) as problem:
            if not out_of_memory(problem):
                raise
            empty(self._hardware)
            if self.at_once == 1:
                raise BackendError(
                    f"one picture of the model {self.model.name} does not fit in the memory of this "
                    f"{self._hardware.device} device.",
                    hint="Take a smaller model or --resolution; finished takes are kept. See docs/diffusion.md.",
                ) from problem
        self.at_once = max(1, self.at_once // 2)
        return None

    def _again(self, wish: Wish, size: tuple[int, int], dressing: Mapping[str, Any]) -> Picture:
        for attempt in range(1, OTHER_SEEDS + 1):
            elsewhere = (*wish.noise, (wish.noise[0][0] + attempt, 0.6))
            (picture,) = self._batch([replace(wish, noise=elsewhere)], size, dressing)
            if picture is not None:
                return picture
        raise BackendError(
            f"the safety checker of the model {self.model.name} refuses every picture of the prompt "
            f"{wish.prompt[:80]!r}.",
            hint="Change the shot's prompt or seed in storyboard.json; finished takes are kept.",
        )

    def _batch(
        self, wishes: Sequence[Wish], size: tuple[int, int], dressing: Mapping[str, Any]
    ) -> list[Picture | None]:
        import torch

        width, height = size
        told = _joined([self._conditions(wish) for wish in wishes])
        keywords: dict[str, Any] = {
            **told,
            **dressing,
            "num_inference_steps": self.model.steps,
            "guidance_scale": self.model.guidance,
            "output_type": "np",
        }
        continued = [wish.continued for wish in wishes if wish.continued is not None]
        if continued:
            pipeline = self._continuer()
            strength = min(1.0, (self._redrawn(wishes[0]) + 0.01) / self.model.steps)
            keywords |= {"image": _images(continued), "strength": strength}
            keywords["generator"] = [_generator(wish.noise) for wish in wishes]
            if self.model.family is Family.Z_IMAGE:
                keywords |= {"width": width, "height": height}
        else:
            pipeline = self.pipeline
            keywords |= {"width": width, "height": height}
            if shape := self._latent_shape(size):
                latents = torch.cat([noise.at(wish.noise, shape) for wish in wishes])
                keywords["latents"] = latents.to(_device(pipeline), _latent_dtype(self.model, pipeline))
            else:
                keywords["generator"] = [_generator(wish.noise) for wish in wishes]
        with torch.inference_mode():
            drawn = pipeline(**keywords)
        refused = getattr(drawn, "nsfw_content_detected", None) or [False] * len(wishes)
        return [None if bad else _picture(image) for image, bad in zip(drawn.images, refused, strict=True)]

    def _conditions(self, wish: Wish) -> Conditions:
        first = self._encoded(wish.prompt, wish.negative)
        if not wish.towards or wish.share <= 0:
            return first
        second = self._encoded(wish.towards, wish.negative)
        if not self.model.family.walks_prompts:
            return first if wish.share < 0.5 else second
        return {
            name: noise.slerp(value, second[name], wish.share, dims=(-1,)) for name, value in first.items()
        }

    def _encoded(self, prompt: str, negative: str) -> Conditions:
        key = (prompt, negative)
        if key not in self._told:
            if len(self._told) > 64:
                self._told.clear()
            self._told[key] = self._encode(prompt, negative)
        return self._told[key]

    def _encode(self, prompt: str, negative: str) -> Conditions:
        import torch

        pipeline, guided = self.pipeline, self.model.guidance > 1
        device = _device(pipeline)
        with torch.inference_mode():
            if self.model.family is Family.SD15:
                yes, no = pipeline.encode_prompt(prompt, device, 1, guided, negative)
                return _present(prompt_embeds=yes, negative_prompt_embeds=no)
            if self.model.family is Family.SDXL:
                yes, no, pooled, no_pooled = pipeline.encode_prompt(
                    prompt,
                    device=device,
                    num_images_per_prompt=1,
                    do_classifier_free_guidance=guided,
                    negative_prompt=negative,
                )
                return _present(
                    prompt_embeds=yes,
                    negative_prompt_embeds=no,
                    pooled_prompt_embeds=pooled,
                    negative_pooled_prompt_embeds=no_pooled,
                )
            if self.model.family is Family.Z_IMAGE:
                yes, no = pipeline.encode_prompt(
                    prompt, device, do_classifier_free_guidance=guided, negative_prompt=negative
                )
                return _present(prompt_embeds=yes, negative_prompt_embeds=no or None)
            if self.model.family is Family.FLUX2_KLEIN:
                yes, _ = pipeline.encode_prompt(prompt, device=device)
                return {"prompt_embeds": yes}
        return {"prompt": [prompt]}

    def _latent_shape(self, size: tuple[int, int]) -> tuple[int, ...] | None:
        """Of one picture's noise; None for models whose noise is left to their pipeline."""
        width, height = size
        pipeline, family = self.pipeline, self.model.family
        if family in {Family.SD15, Family.SDXL}:
            scale = pipeline.vae_scale_factor
            return (1, pipeline.unet.config.in_channels, height // scale, width // scale)
        if family is Family.Z_IMAGE:
            scale = pipeline.vae_scale_factor
            return (
                1,
                pipeline.transformer.in_channels,
                2 * (height // (scale * 2)),
                2 * (width // (scale * 2)),
            )
        if family is Family.FLUX2_KLEIN:
            scale = pipeline.vae_scale_factor * 2
            return (1, pipeline.transformer.config.in_channels, height // scale, width // scale)
        return None

    def _continuer(self) -> Any:
        """The pipeline that goes on from a picture: the same weights."""
        if self._continuing is None:
            from diffusers import AutoPipelineForImage2Image

            self._continuing = AutoPipelineForImage2Image.from_pipe(self.pipeline)
            self._continuing.set_progress_bar_config(disable=True)
        return self._continuing


def out_of_memory(problem: BaseException) -> bool:
    """Whether an error means that memory ran out: CUDA's, Apple's, or the CPU allocator's."""
    return isinstance(problem, MemoryError) or any(
        sign in str(problem).lower() for sign in ("out of memory", "can't allocate memory", "cannot allocate")
    )


def drawn_size(model: Model, width: int, height: int) -> tuple[int, int]:
    """Width and height to draw for a film of this size: its shape, the model's usual number of pixels.

    Never more pixels than the film has (rounded up to the model's multiple).
    """
    scale = min(model.side / (width * height) ** 0.5, 1.0)
    step = model.multiple

    def fitted(side: int) -> int:
        return int(max(step, round(side * scale / step) * step))

    return fitted(width), fitted(height)


def _joined(conditions: Sequence[Conditions]) -> Conditions:
    import torch

    joined: Conditions = {}
    for name, value in conditions[0].items():
        values = [told[name] for told in conditions]
        joined[name] = (
            [one for some in values for one in some] if isinstance(value, list) else torch.cat(values)
        )
    return joined


def _present(**values: Any) -> Conditions:
    return {name: value for name, value in values.items() if value is not None}


def _images(pictures: Sequence[Picture]) -> list[Any]:
    from PIL import Image

    return [Image.fromarray(picture) for picture in pictures]


def _picture(image: Any) -> Picture:
    return np.asarray(np.clip(np.asarray(image, np.float32) * 255 + 0.5, 0, 255), np.uint8)


def _generator(place: Place) -> Any:
    import torch

    return torch.Generator("cpu").manual_seed(place[0][0] % 2**63)


def _device(pipeline: Any) -> Any:
    return pipeline._execution_device  # noqa: SLF001  # what the pipelines themselves ask, right under offload too


def _latent_dtype(model: Model, pipeline: Any) -> Any:
    import torch

    if model.family is Family.Z_IMAGE:
        return torch.float32
    part = getattr(pipeline, "unet", None) or pipeline.transformer
    return part.dtype
