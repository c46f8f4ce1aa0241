"""Is it the same person: YuNet finds the face, SFace turns it into 128 numbers.

Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research 2023; Zhong et al.,
"SFace: Sigmoid-Constrained Hypersphere Loss for Robust Face Recognition", IEEE TIP 2021. Decoding, alignment and
threshold are those of OpenCV's FaceDetectorYN and FaceRecognizerSF; OpenCV 5 itself cannot run the SFace file.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.errors import InputError
from limelight.events import Listener, ignore
from limelight.faces.closing import Closing
from limelight.faces.onnx import OnnxModel, cut_at, keep_input, mend_blocks, spell_out_prelu
from limelight.faces.picture import Picture, Points, check_picture
from limelight.weights import weight

MATCH = 0.363
"""Cosine similarity from which two faces count as one person (OpenCV's published SFace threshold)."""
SIDE = 640
STRIDES = (8, 16, 32)
MIN_SCORE = 0.6
MAX_OVERLAP = 0.3
ALIGNED_SIDE = 112
HALFWAY = "conv_6_relu"
"""The tensor at which SFace is cut: about as much time is spent before it as after it."""
TEMPLATE: Points = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]],
    np.float32,
)
"""Where the five points lie in the 112 x 112 crop that SFace was trained on."""

Embedding = NDArray[np.float32]


@dataclass(frozen=True)
class Detection:
    """One face found.

    Attributes:
        box: Left, top, width and height, pixels; may reach outside the picture.
        points: ``(5, 2) float32`` pixels: the eyes (the one at the picture's left first), the nose's tip, and
            the mouth's corners (left first).
        score: 0 to 1.
    """

    box: tuple[float, float, float, float]
    points: Points
    score: float


@dataclass(frozen=True)
class HalfSeen:
    """A face half-way through SFace.

    Attributes:
        values: The tensor :data:`HALFWAY`, ``(1, channels, rows, columns) float32``.
    """

    values: NDArray[np.float32]


class Recognizer(Closing):
    """Finds faces and tells people apart.

    >>> with Recognizer() as recognizer:
    ...     face = recognizer.detect(rgb)[0]
    ...     same = similarity(recognizer.embed(rgb, face), known) >= MATCH

    Args:
        num_threads: Threads a network may use.
        min_score: Faces with a lower score are left out, 0 to 1.
        on_event: Told of the downloads, if there are any.
    """

    def __init__(
        self, num_threads: int = 1, *, min_score: float = MIN_SCORE, on_event: Listener = ignore
    ) -> None:
        self._min_score = min_score
        self._detector = OnnxModel(weight("yunet", on_event=on_event), num_threads, mend=mend_blocks)
        sface = weight("sface", on_event=on_event)
        first, second = _halves(sface.read_bytes())
        self._first = OnnxModel(sface, num_threads, mend=lambda _: first)
        self._second = OnnxModel(sface, num_threads, mend=lambda _: second)

    def close(self) -> None:
        """Free the networks' memory; calling it twice does no harm."""
        for model in (self._detector, self._first, self._second):
            model.close()

    def detect(self, rgb: Picture) -> tuple[Detection, ...]:
        """All faces in a picture, the surest first.

        Args:
            rgb: ``(height, width, 3) uint8, sRGB``; larger pictures are shrunk to 640 pixels first, smaller ones
                are not enlarged, so that a face should measure 10 to 400 of those pixels.

        Raises:
            InputError: not such an array.
        """
        rgb = check_picture(rgb)
        height, width = rgb.shape[:2]
        scale = min(1.0, SIDE / max(height, width))
        canvas = np.zeros((SIDE, SIDE, 3), np.uint8)
        shrunk = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = rgb if scale == 1.0 else cv2.resize(rgb, shrunk, interpolation=cv2.INTER_AREA)
        canvas[: shrunk[1], : shrunk[0]] = small
        blob = canvas[None, ..., ::-1].transpose(0, 3, 1, 2).astype(np.float32)
        boxes, points, scores = decode(self._detector(blob), self._min_score)
        back = np.array([width / shrunk[0], height / shrunk[1]], np.float32)
        chosen = cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), self._min_score, MAX_OVERLAP)
        return tuple(
            Detection(
                tuple((boxes[index].reshape(2, 2) * back).ravel().tolist()),
                points[index] * back,
                float(scores[index]),
            )
            for index in np.array(chosen, int).ravel()
        )

    def embed(self, rgb: Picture, detection: Detection | Points) -> Embedding:
        """What a face looks like to SFace: ``(128,) float32`` of length 1.

        Args:
            rgb: The picture in which the face was found.
            detection: The face, or its ``(5, 2)`` points.

        Raises:
            InputError: not a picture, or not five points.
        """
        return self.finish(self.begin(rgb, detection))

    def begin(self, rgb: Picture, detection: Detection | Points) -> HalfSeen:
        """The first half of :meth:`embed`, for whoever has no time for both in one frame; raises as that does."""
        rgb = check_picture(rgb)
        crop = align(rgb, detection.points if isinstance(detection, Detection) else detection)
        (half,) = self._first(crop[None].transpose(0, 3, 1, 2).astype(np.float32)).values()
        return HalfSeen(half)

    def finish(self, half: HalfSeen) -> Embedding:
        """The second half: bit for bit what :meth:`embed` gives."""
        (vector,) = self._second(half.values).values()
        unit: Embedding = vector[0] / max(float(np.linalg.norm(vector)), 1e-12)
        return unit


def _halves(model: bytes) -> tuple[bytes, bytes]:
    return cut_at(spell_out_prelu(keep_input(model, "data")), HALFWAY)


def similarity(one: Embedding, other: Embedding) -> float:
    """Cosine of two embeddings, -1 to 1; :data:`MATCH` or more means one person."""
    return float(np.dot(one, other) / max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-12))


def align(rgb: Picture, points: Points) -> Picture:
    """The face as SFace was trained on it: ``(112, 112, 3) uint8``, five points brought to :data:`TEMPLATE`.

    Raises:
        InputError: not ``(5, 2)`` finite points.
    """
    if np.shape(points) != (5, 2) or not np.isfinite(points).all():
        raise InputError(f"A face is aligned by (5, 2) finite points, and this has {np.shape(points)}.")
    matrix = similarity_transform(points.astype(np.float64), TEMPLATE.astype(np.float64))
    crop = cv2.warpAffine(rgb, matrix, (ALIGNED_SIDE, ALIGNED_SIDE), flags=cv2.INTER_LINEAR)
    return crop.astype(np.uint8, copy=False)


def similarity_transform(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(2, 3)`` rotation, scale and shift that best bring points to others (Umeyama, PAMI 13(4), 1991).

    In the plane a turn with a scale is one complex number, so the least squares have one unknown: no decomposition.
    """
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    x, y = (source - source_mean).T
    u, v = (target - target_mean).T
    size = max(float(x @ x + y @ y), 1e-12)
    along, across = float(x @ u + y @ v) / size, float(x @ v - y @ u) / size
    turn = np.array([[along, -across], [across, along]])
    return np.column_stack([turn, target_mean - turn @ source_mean])


def decode(
    outputs: dict[str, NDArray[np.float32]], min_score: float
) -> tuple[NDArray[np.float32], Points, NDArray[np.float32]]:
    """YuNet's candidates above a score.

    Args:
        outputs: For each stride ``cls`` and ``obj`` ``(1, n, 1)``, ``bbox`` ``(1, n, 4)``, ``kps`` ``(1, n, 10)``.
        min_score: 0 to 1.

    Returns:
        ``(n, 4)`` left, top, width, height; ``(n, 5, 2)`` points; ``(n,)`` scores; pixels of the 640 input.
    """
    boxes, points, scores = [], [], []
    for stride in STRIDES:
        sure = np.clip(outputs[f"cls_{stride}"][0, :, 0], 0, 1) * np.clip(
            outputs[f"obj_{stride}"][0, :, 0], 0, 1
        )
        score = np.sqrt(sure)
        chosen = np.flatnonzero(score >= min_score)
        row, column = np.divmod(chosen, SIDE // stride)
        cell = np.stack([column, row], axis=1).astype(np.float32)
        raw = outputs[f"bbox_{stride}"][0, chosen]
        size = np.exp(raw[:, 2:]) * stride
        boxes.append(np.hstack([(cell + raw[:, :2]) * stride - size / 2, size]))
        points.append((cell[:, None] + outputs[f"kps_{stride}"][0, chosen].reshape(-1, 5, 2)) * stride)
        scores.append(score[chosen])
    return np.concatenate(boxes), np.concatenate(points), np.concatenate(scores)
