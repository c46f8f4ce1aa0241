"""Embedders: what tells an identity adapter who somebody is. Each has a name and a licence of its own.

Face adapters come in two kinds. The plain ones ("plus face") read a picture of the face with CLIP's vision tower,
which is free to use. FaceID adapters read the numbers of InsightFace's recognition networks, whose weights may be
used for research only; SFace, which Limelight compares faces with, measures in another space and cannot stand in.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from limelight.errors import LicenceError, WeightError
from limelight.faces.identity import Detection, align
from limelight.weights.registry import Use

Picture = NDArray[np.uint8]
ARCFACE = "LIMELIGHT_ARCFACE"
"""Path of an ONNX file with InsightFace's recognition network, for those who may use it."""
FACE_MARGIN = 0.35
"""Of the face's size that is added on each side for CLIP: hair and chin belong to a likeness."""
CLIP_SIDE = 224


class Embedder(Protocol):
    """Turns pictures of one face into what an adapter is told."""

    name: ClassVar[str]
    licence: ClassVar[str]
    wants_pictures: ClassVar[bool]
    """Whether the pipeline's own image encoder reads crops; else :meth:`embed` gives numbers."""

    def permit(self, use: Use) -> None:
        """Let an allowed use pass.

        Raises:
            LicenceError: its licence forbids it.
        """
        ...

    def crop(self, rgb: Picture, face: Detection) -> Picture:
        """``(side, side, 3) uint8``: the face as it is read."""
        ...

    def embed(self, crops: Sequence[Picture]) -> NDArray[np.float32]:
        """``(n, width) float32``."""
        ...


class ClipVision:
    """CLIP's vision tower, as it comes with the adapter."""

    name: ClassVar[str] = "clip-vision"
    licence: ClassVar[str] = "MIT"
    wants_pictures: ClassVar[bool] = True

    def permit(self, use: Use) -> None:
        """Everything is allowed."""
        del use

    def crop(self, rgb: Picture, face: Detection) -> Picture:
        """A square around the face with some hair, black where the frame ends."""
        import cv2

        x, y, w, h = face.box
        half = max(w, h) * (0.5 + FACE_MARGIN)
        matrix = (
            np.array([[1.0, 0.0, half - x - w / 2], [0.0, 1.0, half - y - h / 2]]) * CLIP_SIDE / (2 * half)
        )
        return np.asarray(cv2.warpAffine(rgb, matrix, (CLIP_SIDE, CLIP_SIDE), flags=cv2.INTER_AREA), np.uint8)

    def embed(self, crops: Sequence[Picture]) -> NDArray[np.float32]:
        """Not its task: the pipeline encodes the crops itself."""
        raise NotImplementedError("the pipeline's image encoder reads these pictures")


class ArcFace:
    """InsightFace's recognition network from a file of one's own. For research only; nothing is downloaded.

    Deng et al., "ArcFace: Additive Angular Margin Loss for Deep Face Recognition", CVPR 2019. Input and alignment as
    in InsightFace: 112 x 112, five points, ``(x - 127.5) / 127.5``, RGB.

    Args:
        path: The ONNX file; by default what ``LIMELIGHT_ARCFACE`` names.

    Raises:
        WeightError: there is no such file.
    """

    name: ClassVar[str] = "arcface"
    licence: ClassVar[str] = "InsightFace: non-commercial research only"
    wants_pictures: ClassVar[bool] = False

    def __init__(self, path: Path | None = None) -> None:
        named = path or Path(os.environ.get(ARCFACE, ""))
        if not named.is_file():
            raise WeightError(
                "FaceID adapters need InsightFace's recognition network, and there is none here.",
                hint=f"Put its ONNX file's path into {ARCFACE} if you may use it, or choose the plain face adapter.",
            )
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._network: Any = onnxruntime.InferenceSession(
            named.read_bytes(), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._network.get_inputs()[0].name

    def permit(self, use: Use) -> None:
        """Nobody's business may use it.

        Raises:
            LicenceError: the film is made for money, for others, or redistributed with it.
        """
        if use.commercial or use.revenue:
            raise LicenceError(
                f"the identity embedder {self.name!r} cannot be used here: {self.licence}.",
                hint="Choose the plain face adapter, whose encoder is free.",
            )

    def crop(self, rgb: Picture, face: Detection) -> Picture:
        """Five points brought to the template."""
        return align(rgb, face.points)

    def embed(self, crops: Sequence[Picture]) -> NDArray[np.float32]:
        """Of length 1 each, as FaceID was trained."""
        blob = ((np.stack(crops).astype(np.float32) - 127.5) / 127.5).transpose(0, 3, 1, 2)
        found = [self._network.run(None, {self._input: one[None]})[0][0] for one in blob]
        vectors = np.stack(found).astype(np.float32)
        return np.asarray(
            vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32
        )
