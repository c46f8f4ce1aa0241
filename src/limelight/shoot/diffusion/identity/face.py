"""Stars told by a picture of their faces: needs no training, and is less near to the person than a LoRA."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from limelight.errors import InputError
from limelight.faces.identity import Detection, Embedding, Recognizer, similarity
from limelight.shoot.diffusion.identity.embedders import Embedder
from limelight.shoot.diffusion.identity.face_adapters import EMBEDDERS, FaceAdapter
from limelight.shoot.diffusion.identity.regions import attention_masks, layout
from limelight.shoot.diffusion.identity.scale import Scale, choose_scale
from limelight.shoot.diffusion.models.register import Model
from limelight.stage import digest
from limelight.vault import Likeness

Picture = NDArray[np.uint8]
LOOKED_AT = 12
"""Frames of a star among which the face to show an adapter is chosen."""
TRIAL = "portrait photo of a person, looking at the camera"


@dataclass(frozen=True)
class FaceIdentity:
    """Stars told by a picture of their faces.

    Attributes:
        adapter: Which.
        model: What draws, for the name under which a chosen scale is kept.
    """

    adapter: FaceAdapter
    model: Model
    version: ClassVar[int] = 1

    def digest(self, cast: Sequence[Likeness]) -> str:
        """Of adapter, revision and model; the faces are in the likenesses' own digests."""
        del cast
        adapter = self.adapter
        return digest(
            [
                f"face/{self.version}",
                adapter.name,
                adapter.repo,
                adapter.file,
                adapter.embedder,
                adapter.stamp,
            ]
        )

    def words(self, likeness: Likeness) -> str:
        """Nobody in particular: the face says who."""
        del likeness
        return "a person"

    @contextmanager
    def dress(
        self, pipeline: Any, cast: Sequence[Likeness], size: tuple[int, int]
    ) -> Iterator[Mapping[str, Any]]:
        """Load the adapter, show it the faces, each in its mask, at the scale that fits each."""
        if not cast:
            yield {}
            return
        embedder = EMBEDDERS[self.adapter.embedder]()
        own_encoder = getattr(pipeline, "image_encoder", None)
        extractor = pipeline.feature_extractor
        self._load(pipeline)
        try:
            told, scales = [], []
            with Recognizer() as recognizer:
                for likeness in cast:
                    likeness.check()
                    told.append(_told(pipeline, embedder, *portrait(likeness, recognizer)))
                    scales.append(self._scale(pipeline, likeness, told[-1], recognizer).value)
            keywords: dict[str, Any] = {"ip_adapter_image_embeds": [_given(told, self.model)]}
            if len(cast) == 1:
                pipeline.set_ip_adapter_scale(scales[0])
            else:
                pipeline.set_ip_adapter_scale([scales])
                masks = attention_masks(layout(len(cast), size), size)
                keywords["cross_attention_kwargs"] = {"ip_adapter_masks": masks}
            yield keywords
        finally:
            pipeline.unload_ip_adapter()
            if any(name.startswith("faceid") for name in getattr(pipeline.unet, "peft_config", {})):
                pipeline.unload_lora_weights()  # FaceID brings one
            if own_encoder is None and getattr(pipeline, "feature_extractor", None) is not extractor:
                pipeline.register_modules(feature_extractor=extractor)

    def _load(self, pipeline: Any) -> None:
        folder = self.adapter.fetch()
        from diffusers.utils import logging as diffusers_logging

        verbosity = diffusers_logging.get_verbosity()
        diffusers_logging.set_verbosity_error()  # it warns where numbers are given instead of pictures, as we mean to
        try:
            pipeline.load_ip_adapter(
                str(folder),
                subfolder=str(Path(self.adapter.file).parent) if "/" in self.adapter.file else "",
                weight_name=Path(self.adapter.file).name,
                image_encoder_folder=self.adapter.encoder or None,
                local_files_only=True,
            )
        finally:
            diffusers_logging.set_verbosity(verbosity)

    def _scale(self, pipeline: Any, likeness: Likeness, told: Any, recognizer: Recognizer) -> Scale:
        """The scale that was found for this star before, or a search for it: once a star, adapter and model."""
        place = f"identity/{self.adapter.name}/{self.model.name}/{self.version}"
        kept = likeness.recall(place)
        if kept is not None:
            return Scale(**json.loads(kept))
        reference = _reference(likeness, recognizer)

        def draw(scale: float) -> Picture:
            likeness.check()
            return _trial(pipeline, told, scale, self.model)

        def judge(picture: Picture) -> float | None:
            faces = recognizer.detect(picture)
            if not faces or reference is None:
                return None
            return similarity(recognizer.embed(picture, faces[0]), reference)

        found = choose_scale(draw, judge)
        likeness.keep(place, json.dumps(found.plain).encode())
        return found


def portrait(likeness: Likeness, recognizer: Recognizer) -> tuple[Picture, Detection]:
    """The star's frame with the largest, surest, most frontal face, and that face.

    Raises:
        ConsentError: the vault says no.
        InputError: no face in any frame.
    """
    best: tuple[float, Picture, Detection] | None = None
    source = likeness.portraits if len(likeness.portraits) else likeness.footage
    for index in np.unique(np.linspace(0, len(source) - 1, LOOKED_AT).round().astype(int)):
        frame = source.frame(int(index))
        for face in recognizer.detect(frame)[:1]:
            worth = face.score * _frontal(face) * face.box[3] / frame.shape[0]
            if best is None or worth > best[0]:
                best = worth, frame, face
    if best is None:
        raise InputError(f"no face is found in the frames of {likeness.star.name}.", hint="Verify again.")
    return best[1], best[2]


def _frontal(face: Detection) -> float:
    """1 where the nose is in the middle between the eyes, 0 where it is beneath one of them."""
    left, right, nose = face.points[0, 0], face.points[1, 0], face.points[2, 0]
    return float(np.clip(1 - abs(2 * nose - left - right) / max(float(right - left), 1.0), 0.0, 1.0))


def _reference(likeness: Likeness, recognizer: Recognizer) -> Embedding | None:
    frame, face = portrait(likeness, recognizer)
    return recognizer.embed(frame, face)


def _told(pipeline: Any, embedder: Embedder, frame: Picture, face: Detection) -> Any:
    """What the adapter is told of one face: ``(2, 1, ...)``, nothing and the face, as guidance wants it."""
    import torch

    crop = embedder.crop(frame, face)
    if embedder.wants_pictures:
        from PIL import Image

        (pair,) = pipeline.prepare_ip_adapter_image_embeds(
            ip_adapter_image=[Image.fromarray(crop)],
            ip_adapter_image_embeds=None,
            device=pipeline._execution_device,  # noqa: SLF001 - as the pipelines themselves ask
            num_images_per_prompt=1,
            do_classifier_free_guidance=True,
        )
        return pair
    vector = torch.from_numpy(embedder.embed([crop]))[None].to(pipeline.unet.device, pipeline.unet.dtype)
    return torch.cat([torch.zeros_like(vector), vector])


def _given(told: Sequence[Any], model: Model) -> Any:
    """Faces of one adapter side by side: ``(2, people, ...)``; without guidance the faces alone, ``(1, ...)``."""
    import torch

    pairs = torch.cat(list(told), dim=1)
    return pairs if model.guidance > 1 else pairs[1:]


def _trial(pipeline: Any, told: Any, scale: float, model: Model) -> Picture:
    import torch

    pipeline.set_ip_adapter_scale(scale)
    with torch.inference_mode():
        drawn = pipeline(
            TRIAL,
            width=model.side,
            height=model.side,
            num_inference_steps=model.steps,
            guidance_scale=model.guidance,
            generator=torch.Generator().manual_seed(0),
            ip_adapter_image_embeds=[_given([told], model)],
            output_type="np",
        ).images[0]
    return np.asarray(np.clip(np.nan_to_num(drawn) * 255 + 0.5, 0, 255), np.uint8)
