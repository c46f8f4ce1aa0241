"""Identity: how a star comes into drawn pictures: an adapter of her or his own, or a face adapter told by a picture.

A trained adapter (LoRA) is nearer to the person; a face adapter (Ye et al., "IP-Adapter", 2023) needs no training.
Two people are kept apart by regions (:mod:`limelight.shoot.diffusion.regions`).
"""

import hashlib
import json
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from limelight.errors import InputError, WeightError
from limelight.faces.identity import Detection, Embedding, Recognizer, similarity
from limelight.shoot.diffusion.embedders import ArcFace, ClipVision, Embedder
from limelight.shoot.diffusion.models import Family, Model
from limelight.shoot.diffusion.regions import Person, attention_masks, composed, layout, masks_of
from limelight.shoot.diffusion.scale import Scale, choose_scale
from limelight.shoot.diffusion.training.adapter import Adapter, adapter_for
from limelight.stage import digest, sha256_of
from limelight.vault import Likeness

Picture = NDArray[np.uint8]
FOLDER = "LIMELIGHT_FACE_ADAPTER"
"""A folder of one's own with a face adapter: ``adapter.safetensors`` and ``image_encoder/``."""
LOOKED_AT = 12
"""Frames of a star among which the face to show an adapter is chosen."""
TRIAL = "portrait photo of a person, looking at the camera"
SIDES = ("on the left", "on the right")
SHARED = {Family.SD15: "sd15", Family.SDXL: "sdxl"}
"""A model whose adapters fit all of its family: finetunes keep its layers."""


# trained adapters


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


# face adapters


@dataclass(frozen=True)
class FaceAdapter:
    """A face adapter and where it comes from.

    Attributes:
        name: For people and cache keys.
        licence: Of its weights; the embedder has one of its own.
        embedder: What reads the face: ``clip-vision`` or ``arcface``.
        repo: On the hub, or empty.
        file: Of the weights, safetensors.
        encoder: Folder of the image encoder, or empty where the embedder gives numbers.
        revision: Commit or branch.
        folder: On disk, instead of the hub.
    """

    name: str
    licence: str
    embedder: str = ClipVision.name
    repo: str = ""
    file: str = "adapter.safetensors"
    encoder: str = "image_encoder"
    revision: str = "main"
    folder: Path | None = None

    def fetch(self) -> Path:
        """The folder with its files.

        Raises:
            WeightError: it is not here and cannot be had.
        """
        if self.folder is not None:
            if not (self.folder / self.file).is_file():
                raise WeightError(f"{str(self.folder)!r} has no {self.file}.", hint=f"Mend {FOLDER}.")
            return self.folder
        import huggingface_hub

        from limelight.weights.fetch import is_offline

        patterns = [self.file, f"{self.encoder}/config.json", f"{self.encoder}/*.safetensors"]
        try:
            found = huggingface_hub.snapshot_download(
                self.repo, revision=self.revision, allow_patterns=patterns, local_files_only=is_offline()
            )
        except (OSError, ValueError) as problem:
            raise WeightError(
                f"the face adapter {self.name} cannot be had: {str(problem).splitlines()[0][:160]}",
                hint=f"Check the connection, train the star instead, or set {FOLDER}.",
            ) from problem
        return Path(found)


FACE_ADAPTERS: Mapping[Family, FaceAdapter] = {
    Family.SD15: FaceAdapter(
        "plus-face-sd15",
        "Apache-2.0",
        repo="h94/IP-Adapter",
        file="models/ip-adapter-plus-face_sd15.safetensors",
        encoder="models/image_encoder",
    ),
    Family.SDXL: FaceAdapter(
        "plus-face-sdxl",
        "Apache-2.0",
        repo="h94/IP-Adapter",
        file="sdxl_models/ip-adapter-plus-face_sdxl_vit-h.safetensors",
        encoder="models/image_encoder",
    ),
}
"""The plain ones. FaceID's published weights are pickles and for research only: a folder of one's own, if at all."""
EMBEDDERS: Mapping[str, type[Embedder]] = {ClipVision.name: ClipVision, ArcFace.name: ArcFace}


def face_adapter(family: Family) -> FaceAdapter | None:
    """The adapter for a family of models: that of ``LIMELIGHT_FACE_ADAPTER`` before the published one.

    A folder's ``embedder.txt`` may name another embedder than CLIP's (``arcface`` for FaceID).
    """
    named = os.environ.get(FOLDER, "")
    if not named:
        return FACE_ADAPTERS.get(family)
    if family not in FACE_ADAPTERS:
        return None
    folder = Path(named).expanduser()
    chosen = folder / "embedder.txt"
    embedder = chosen.read_text("utf-8").strip() if chosen.is_file() else ClipVision.name
    if embedder not in EMBEDDERS:
        raise InputError(
            f"{str(chosen)!r} names the embedder {embedder!r}.", hint=f"There are: {', '.join(EMBEDDERS)}."
        )
    encoder = "image_encoder" if EMBEDDERS[embedder].wants_pictures else ""
    return FaceAdapter(folder.name, "your own", embedder, encoder=encoder, folder=folder)


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
        stamp = _sha256(adapter.folder / adapter.file) if adapter.folder else adapter.revision
        return digest(
            [f"face/{self.version}", adapter.name, adapter.repo, adapter.file, adapter.embedder, stamp]
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


def identity_for(model: Model, cast: Sequence[Likeness]) -> LoraIdentity | FaceIdentity | None:
    """The best identity that these stars have for this model; None where there is none.

    Trained adapters if every star has one; else a face adapter if there is one for the family and its weights are
    here. Two people at once are kept apart only in models with a UNet.
    """
    if not cast:
        return None
    trained = {likeness.star.id: _trained(model, likeness) for likeness in cast}
    adapters = {star: adapter for star, adapter in trained.items() if adapter is not None}
    has_regions = model.family in SHARED
    if len(adapters) == len(cast) and (len(cast) == 1 or has_regions):
        return LoraIdentity(adapters)
    face = face_adapter(model.family)
    if face is None:
        return None
    try:
        face.fetch()
    except WeightError:
        return None
    return FaceIdentity(face, model)


def _trained(model: Model, likeness: Likeness) -> Adapter | None:
    return adapter_for(likeness, model.name) or adapter_for(likeness, SHARED.get(model.family, model.name))


def _sha256(path: Path) -> str:
    found = path.stat()
    return _hashed(path, (found.st_mtime_ns, found.st_size))


@lru_cache(maxsize=16)
def _hashed(path: Path, stamp: tuple[int, int]) -> str:
    del stamp  # part of the key: a file that was changed is read again
    return sha256_of(path)
