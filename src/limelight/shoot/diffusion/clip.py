"""CLIP: pictures and sentences in one space, to see whether a picture shows what was asked for."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from limelight.errors import BackendError, WeightError
from limelight.shoot.camera import Picture
from limelight.shoot.diffusion.models.checkpoint import EXTRA
from limelight.stage import sha256_of
from limelight.weights.fetch import is_offline

Vectors = NDArray[np.float32]
FILES = ["*.json", "*.txt", "*.safetensors"]
AT_ONCE = 8


class Clip:
    """A model of the CLIP class, from a local folder or the hub; safetensors only.

    >>> with Clip("openai/clip-vit-base-patch32") as clip:
    ...     cosines = clip.pictures(pictures) @ clip.texts(prompts).T

    Args:
        name: A folder, or ``owner/name`` or ``owner/name@revision`` of the hub.

    Raises:
        WeightError: there is no such model here or there, or it has no safetensors.
        BackendError: the extra is not installed.
    """

    def __init__(self, name: str) -> None:
        self._folder = _folder(name)
        weights = sorted(self._folder.glob("*.safetensors"))
        if not weights:
            raise WeightError(
                f"{name} has no safetensors.",
                hint="Other weights can run code and are not loaded: take another model.",
            )
        bytes_ = hashlib.sha256("+".join(sha256_of(file) for file in weights).encode()).hexdigest()
        self.label = f"{name} sha256 {bytes_}"

    def __enter__(self) -> Self:
        """Load the model."""
        import torch
        from transformers import AutoImageProcessor, AutoTokenizer, CLIPModel

        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            self._model: Any = CLIPModel.from_pretrained(
                self._folder, use_safetensors=True, local_files_only=True
            )
            self._eyes: Any = AutoImageProcessor.from_pretrained(self._folder, local_files_only=True)
            self._tokens: Any = AutoTokenizer.from_pretrained(self._folder, local_files_only=True)
        except (OSError, ValueError, KeyError, RuntimeError) as problem:
            raise WeightError(f"{self._folder.name} is no model of the CLIP class ({problem}).") from problem
        self._model = self._model.eval().to(self._device)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Free it."""
        del self._model, self._eyes, self._tokens

    def pictures(self, pictures: Sequence[Picture]) -> Vectors:
        """``(n, d) float32`` of length 1."""
        import torch
        from PIL import Image

        found = []
        for start in range(0, len(pictures), AT_ONCE):
            images = [Image.fromarray(picture) for picture in pictures[start : start + AT_ONCE]]
            seen = self._eyes(images=images, return_tensors="pt")["pixel_values"].to(self._device)
            with torch.inference_mode():
                inner = self._model.vision_model(pixel_values=seen).pooler_output
                found.append(self._model.visual_projection(inner))
        return _unit(torch.cat(found).float().cpu().numpy())

    def texts(self, texts: Sequence[str]) -> Vectors:
        """``(n, d) float32`` of length 1; words beyond the model's 77 tokens are cut."""
        import torch

        longest = int(self._model.config.text_config.max_position_embeddings)
        told = self._tokens(
            list(texts), padding="max_length", truncation=True, max_length=longest, return_tensors="pt"
        ).to(self._device)
        with torch.inference_mode():
            inner = self._model.text_model(
                input_ids=told["input_ids"], attention_mask=told["attention_mask"]
            ).pooler_output
            projected = self._model.text_projection(inner)
        return _unit(projected.float().cpu().numpy())


def _folder(name: str) -> Path:
    """Where the model's files are, fetched from the hub if need be."""
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise WeightError(
                f"the folder {name} has no config.json.", hint="Give the folder of a CLIP model."
            )
        if json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type") != "clip":
            raise WeightError(f"the folder {name} holds no CLIP model.", hint="Give the folder of one.")
        return folder
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise WeightError(f"there is no folder {name!r}.", hint="Give a folder, or owner/name of the hub.")
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    except ImportError as problem:
        raise BackendError(
            "judging pictures by their prompts needs the extra 'diffusion'.",
            hint=f"Install it: {EXTRA}.",
        ) from problem
    repo, _, revision = name.partition("@")
    try:
        found = snapshot_download(
            repo, revision=revision or None, allow_patterns=FILES, local_files_only=is_offline()
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as problem:
        raise WeightError(
            f"{repo} cannot be had from the hub ({type(problem).__name__}).",
            hint="Check the name, the connection and HF_TOKEN, or give a folder.",
        ) from problem
    return Path(found)


def _unit(vectors: NDArray[np.floating]) -> Vectors:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), np.float32)
