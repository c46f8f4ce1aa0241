"""Face adapters (Ye et al., "IP-Adapter", 2023): which there are for a family of models, and where they are."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from limelight.errors import InputError, WeightError
from limelight.shoot.diffusion.identity.embedders import ArcFace, ClipVision, Embedder
from limelight.shoot.diffusion.models.register import Family
from limelight.stage import sha256_of

FOLDER = "LIMELIGHT_FACE_ADAPTER"
"""A folder of one's own with a face adapter: ``adapter.safetensors`` and ``image_encoder/``."""


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

    @property
    def stamp(self) -> str:
        """Which bytes: the SHA-256 of a file of one's own, else the revision on the hub."""
        return _sha256(self.folder / self.file) if self.folder else self.revision

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


def _sha256(path: Path) -> str:
    found = path.stat()
    return _hashed(path, (found.st_mtime_ns, found.st_size))


@lru_cache(maxsize=16)
def _hashed(path: Path, stamp: tuple[int, int]) -> str:
    del stamp  # part of the key: a file that was changed is read again
    return sha256_of(path)
