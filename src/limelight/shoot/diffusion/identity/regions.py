"""Regions: several people in one picture, each in a mask of her or his own.

Two ways, for two kinds of identity. Face adapters take a mask for each face inside their attention. LoRAs have no
place in a picture, so what the denoiser predicts is composed: once without anybody, once with each person's adapter,
blended by the masks at every step (Bar-Tal et al., "MultiDiffusion", ICML 2023).
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from limelight.errors import InputError

if TYPE_CHECKING:
    import torch

Masks = NDArray[np.float32]
"""``(people, height, width)``, 0 to 1; their sum is at most 1."""
FEATHER = 0.04
"""Of the width over which one person's region fades into the next."""
HEADROOM = 0.04
"""Of the height above everybody that belongs to nobody."""
MOST_PEOPLE = 4


@dataclass(frozen=True)
class Region:
    """Where one person is, as shares of the picture: 0 left or top, 1 right or bottom."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        """From the left, 0 to 1."""
        return (self.left + self.right) / 2


def layout(people: int, size: tuple[int, int]) -> tuple[Region, ...]:
    """Regions from left to right; in an upright picture two people stand one above the other, as poster art does.

    Args:
        people: How many, 1 to 4.
        size: Width and height, pixels.

    Raises:
        InputError: nobody, or more than can be kept apart.
    """
    if not 1 <= people <= MOST_PEOPLE:
        raise InputError(f"1 to {MOST_PEOPLE} people have regions of their own, not {people}.")
    upright = size[1] > 1.5 * size[0]
    if upright:
        edges = np.linspace(HEADROOM, 1, people + 1)
        return tuple(Region(0, float(top), 1, float(bottom)) for top, bottom in itertools.pairwise(edges))
    edges = np.linspace(0, 1, people + 1)
    return tuple(Region(float(left), HEADROOM, float(right), 1) for left, right in itertools.pairwise(edges))


def masks_of(regions: Sequence[Region], size: tuple[int, int], *, soft: bool = True) -> Masks:
    """One mask a region; they part the picture where regions meet.

    Args:
        regions: Not overlapping.
        size: Width and height, pixels or cells.
        soft: Faded over :data:`FEATHER`, else 0 and 1.
    """
    width, height = size
    x = (np.arange(width) + 0.5) / width
    y = (np.arange(height) + 0.5) / height
    ramp = max(FEATHER, 1e-6) if soft else 1e-6
    found = [
        _inside(y, one.top, one.bottom, ramp)[:, None] * _inside(x, one.left, one.right, ramp)[None]
        for one in regions
    ]
    masks = np.stack(found)
    return np.asarray(masks / np.maximum(masks.sum(axis=0), 1), np.float32)


def attention_masks(regions: Sequence[Region], size: tuple[int, int]) -> "list[torch.Tensor]":
    """For ``cross_attention_kwargs["ip_adapter_masks"]``: one adapter, one binary mask a face.

    Returns:
        One tensor ``(1, people, height, width)``.
    """
    import torch

    return [torch.from_numpy(masks_of(regions, size, soft=False))[None]]


@dataclass(frozen=True)
class Person:
    """Who is predicted in a region.

    Attributes:
        adapter: The name of a LoRA that the pipeline has loaded, or None for none.
        states: Prompt embeddings ``(b, tokens, width)`` of her or his own, guidance as the pipeline stacks it; None:
            those of the whole picture.
    """

    adapter: str | None = None
    states: "torch.Tensor | None" = None


@contextmanager
def composed(pipeline: Any, people: Sequence[Person], masks: Masks) -> Iterator[None]:
    """While it lasts, the pipeline's UNet predicts each region with its own person, and the rest with nobody.

    Costs one more prediction a person at each step.

    Args:
        pipeline: Of SD 1.5 or SDXL, with the people's adapters loaded.
        people: In the masks' order.
        masks: Of any size: scaled to the latents'.

    Raises:
        InputError: not one mask a person.
    """
    if len(people) != len(masks):
        raise InputError(f"there are {len(people)} people and {len(masks)} masks; each needs one.")
    unet = pipeline.unet
    predict = unet.forward
    unet.forward = _composing(unet, predict, people, masks)
    try:
        yield
    finally:
        del unet.forward  # the class's own shows again
        _wear(unet, None)


def _composing(
    unet: Any, predict: Callable[..., Any], people: Sequence[Person], masks: Masks
) -> Callable[..., Any]:
    import torch
    from torch.nn.functional import interpolate

    def forward(sample: Any, timestep: Any, encoder_hidden_states: Any, *rest: Any, **more: Any) -> Any:
        def once(person: Person) -> Any:
            _wear(unet, person.adapter)
            states = encoder_hidden_states
            if person.states is not None:
                states = person.states.to(states).repeat_interleave(len(states) // len(person.states), dim=0)
            given = more | {"return_dict": False}
            return predict(sample, timestep, states, *rest, **given)[0]

        everywhere = once(Person())
        cells = interpolate(
            torch.from_numpy(masks)[None].to(everywhere), size=everywhere.shape[-2:], mode="area"
        )[0]
        blended = everywhere * (1 - cells.sum(dim=0))
        for person, cell in zip(people, cells, strict=True):
            blended = blended + cell * once(person)
        if more.get("return_dict", True):
            from diffusers.models.unets.unet_2d_condition import UNet2DConditionOutput

            return UNet2DConditionOutput(sample=blended)
        return (blended,)

    return forward


def _wear(unet: Any, adapter: str | None) -> None:
    """Let one LoRA count, or none."""
    if not getattr(unet, "peft_config", None):
        return
    if adapter is None:
        unet.disable_adapters()
    else:
        unet.enable_adapters()
        unet.set_adapters([adapter], [1.0])


def _inside(at: NDArray[np.float64], low: float, high: float, ramp: float) -> NDArray[np.float64]:
    """1 between two edges, fading linearly across each; edges of the picture do not fade."""
    rising = np.ones_like(at) if low <= 0 else np.clip((at - low) / ramp + 0.5, 0, 1)
    falling = np.ones_like(at) if high >= 1 else np.clip((high - at) / ramp + 0.5, 0, 1)
    return rising * falling
