"""Casting: the door through which a star comes into drawn pictures.

An identity changes a pipeline for the shots in which somebody is seen: a LoRA of the star's own, an adapter told by
the star's face, masks that keep two people apart. Without one, a star's shots show an invented person, and the
report's likeness measure says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from limelight.errors import WeightError
from limelight.shoot.diffusion.identity.face import FaceIdentity
from limelight.shoot.diffusion.identity.face_adapters import face_adapter
from limelight.shoot.diffusion.identity.lora import LoraIdentity
from limelight.shoot.diffusion.models.register import Family, Model
from limelight.shoot.diffusion.training.adapter import Adapter, adapter_for
from limelight.vault import Likeness

SHARED = {Family.SD15: "sd15", Family.SDXL: "sdxl"}
"""A model whose adapters fit all of its family: finetunes keep its layers."""


class Identity(Protocol):
    """How stars come into pictures. Every use of a likeness goes through its ``check()`` before."""

    def digest(self, cast: Sequence[Likeness]) -> str:
        """What a cache key should contain: of LoRA, embeddings, scales, masks. Must not load the model."""
        ...

    def words(self, likeness: Likeness) -> str:
        """What stands for ``<star>`` in the prompt, such as ``ohwx person``."""
        ...

    def dress(
        self, pipeline: Any, cast: Sequence[Likeness], size: tuple[int, int]
    ) -> AbstractContextManager[Mapping[str, Any]]:
        """Change the pipeline for these stars, and change it back at the end.

        Args:
            pipeline: Of diffusers, loaded.
            cast: Who is seen, from left to right; may be empty.
            size: Width and height of the pictures to be drawn, pixels.

        Yields:
            Keywords for each call of the pipeline while it is dressed; tensors are of one picture and are
            repeated by the pipeline for a batch (``ip_adapter_image_embeds``, ``cross_attention_kwargs``).
        """
        ...


class Stranger:
    """No identity: the prompt alone says that somebody is there."""

    def digest(self, cast: Sequence[Likeness]) -> str:
        """Nothing of the stars decides the pictures."""
        del cast
        return "stranger/1"

    def words(self, likeness: Likeness) -> str:
        """Nobody in particular."""
        del likeness
        return "a person"

    @contextmanager
    def dress(
        self, pipeline: Any, cast: Sequence[Likeness], size: tuple[int, int]
    ) -> Iterator[Mapping[str, Any]]:
        """Leave the pipeline as it is."""
        del pipeline, cast, size
        yield {}


def identity_for(model: Model, cast: Sequence[Likeness]) -> Identity:
    """The best identity that these stars have for this model; :class:`Stranger` where there is none.

    Trained adapters if every star has one; else a face adapter if there is one for the family and its weights are
    here. Two people at once are kept apart only in models with a UNet.
    """
    if not cast:
        return Stranger()
    trained = {likeness.star.id: _trained(model, likeness) for likeness in cast}
    adapters = {star: adapter for star, adapter in trained.items() if adapter is not None}
    has_regions = model.family in SHARED
    if len(adapters) == len(cast) and (len(cast) == 1 or has_regions):
        return LoraIdentity(adapters)
    face = face_adapter(model.family)
    if face is None:
        return Stranger()
    try:
        face.fetch()
    except WeightError:
        return Stranger()
    return FaceIdentity(face, model)


def _trained(model: Model, likeness: Likeness) -> Adapter | None:
    return adapter_for(likeness, model.name) or adapter_for(likeness, SHARED.get(model.family, model.name))
