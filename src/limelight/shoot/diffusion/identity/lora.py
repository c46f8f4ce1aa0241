"""Trained adapters (LoRA) of stars: nearest to the person, once one is trained. Two are kept apart by regions."""

import hashlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from limelight.shoot.diffusion.identity.regions import Person, composed, layout, masks_of
from limelight.shoot.diffusion.training.adapter import Adapter
from limelight.stage import digest
from limelight.vault import Likeness

SIDES = ("on the left", "on the right")


@dataclass(frozen=True)
class LoraIdentity:
    """Stars with an adapter of their own each.

    Attributes:
        adapters: By star id.
    """

    adapters: Mapping[str, Adapter]

    def digest(self, cast: Sequence[Likeness]) -> str:
        """Of the adapters' bytes."""
        worn = [self.adapters[one.star.id] for one in cast]
        return digest(["lora/1", *(hashlib.sha256(one.content).hexdigest() for one in worn)])

    def words(self, likeness: Likeness) -> str:
        """The token that the adapter was trained with, and in a duet the side."""
        subject = self.adapters[likeness.star.id].subject
        order = list(self.adapters)
        if len(order) != len(SIDES):
            return subject
        return f"{subject} {SIDES[order.index(likeness.star.id)]}"

    @contextmanager
    def dress(
        self, pipeline: Any, cast: Sequence[Likeness], size: tuple[int, int]
    ) -> Iterator[Mapping[str, Any]]:
        """Load the adapters; of several people, each in a region of her or his own."""
        names = []
        try:
            for likeness in cast:
                likeness.check()
                name = f"star-{likeness.star.id}"
                put_on(pipeline, self.adapters[likeness.star.id], name)
                names.append(name)
            if len(names) <= 1:
                yield {}
            else:
                masks = masks_of(layout(len(names), size), size)
                with composed(pipeline, [Person(name) for name in names], masks):
                    yield {}
        finally:
            if names:
                pipeline.unload_lora_weights()


def put_on(pipeline: Any, adapter: Adapter, name: str) -> None:
    """Load an adapter into a pipeline, beside those that are there."""
    from diffusers.utils import logging as diffusers_logging

    verbosity = diffusers_logging.get_verbosity()
    diffusers_logging.set_verbosity_error()  # it remarks on text encoders without a part, which most have not
    try:
        with warnings.catch_warnings():  # peft asks whether a second adapter is meant: in a duet it is
            warnings.filterwarnings("ignore", message="Already found a `peft_config`", category=UserWarning)
            pipeline.load_lora_weights(adapter.state(), adapter_name=name)
    finally:
        diffusers_logging.set_verbosity(verbosity)
