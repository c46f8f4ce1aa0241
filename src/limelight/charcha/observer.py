"""The observer: turns a JPEG into an observation. Loads the face models; one for one session at a time."""

from types import TracebackType
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.charcha.frames import Frame
from limelight.charcha.observation import Observation, Patch
from limelight.events import Listener, ignore
from limelight.faces.identity import Embedding, Recognizer
from limelight.faces.landmarks import Face, FaceLandmarker
from limelight.faces.mesh import (
    EYE_LEFT_INNER,
    EYE_LEFT_OUTER,
    EYE_RIGHT_INNER,
    EYE_RIGHT_OUTER,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    NOSE_TIP,
)
from limelight.faces.picture import Picture, Points

EVERY = 5
"""An embedding every so many frames: about 26 ms each."""
PATCH_SIDE = 24
FACE_SIDE = 128
FRONTAL, SURE = 12.0, 0.97
"""Degrees of yaw and presence within which the place of the face is trusted."""
STEEP = 40.0
"""Degrees of yaw beyond which an identity means little."""
SKIN_POINTS = ((50, 101, 205), (280, 330, 425), (9, 108, 337))
"""Triangles of the mesh on the right cheek, the left cheek and the forehead."""


class Observer:
    """Reads frames, one after the other.

    >>> with Observer() as observer:
    ...     observation = observer.observe(frame, rgb, time=0.0, arrived=now)

    Args:
        num_threads: Threads a network may use.
        on_event: Told of downloads of models, if there are any.
    """

    def __init__(self, num_threads: int = 1, *, on_event: Listener = ignore) -> None:
        self._landmarker = FaceLandmarker(max_faces=2, num_threads=num_threads, on_event=on_event)
        self._recognizer = Recognizer(num_threads, on_event=on_event)
        self.reset()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the models; calling it twice does no harm."""
        self._landmarker.close()
        self._recognizer.close()

    def reset(self) -> None:
        """Forget everything of the last session."""
        self._landmarker.reset()
        self._box: NDArray[np.float64] | None = None
        self._size = (0, 0)
        self._since_look = EVERY

    def observe(self, frame: Frame, rgb: Picture, *, time: float, arrived: float) -> Observation:
        """What a decoded frame tells; times in seconds, see :class:`Observation`."""
        faces = self._faces(rgb)
        face = faces[0] if faces else None
        if rgb.shape[:2] != self._size:
            self._size, self._box, self._since_look = rgb.shape[:2], None, EVERY
        if face is not None and face.presence >= SURE and abs(face.pose.yaw) < FRONTAL:
            box = np.array(face.box)
            self._box = box if self._box is None else 0.7 * self._box + 0.3 * box
        sharpness, exposure = _quality(rgb, face)
        return Observation(
            sequence=frame.sequence,
            time=time,
            arrived=arrived,
            rgb=rgb,
            jpeg=frame.jpeg,
            faces=faces,
            embedding=self._embedding(rgb, face),
            sharpness=sharpness,
            exposure=exposure,
            skin=_skin(rgb, face),
            surround=_surround(rgb, faces),
            patch=None if self._box is None else _patch(rgb, self._box),
            audio=frame.audio,
        )

    def _faces(self, rgb: Picture) -> tuple[Face, ...]:
        """The largest first, so that a face in the background never becomes the one that is followed."""
        return tuple(sorted(self._landmarker.track(rgb), key=lambda face: -face.eye_distance))

    def _embedding(self, rgb: Picture, face: Face | None) -> Embedding | None:
        self._since_look += 1
        if face is None or self._since_look < EVERY or face.presence < SURE or abs(face.pose.yaw) > STEEP:
            return None
        self._since_look = 0
        return self._recognizer.embed(rgb, five_points(face))


def decode(jpeg: bytes) -> Picture | None:
    """``(height, width, 3) uint8, sRGB`` as the bytes say, EXIF ignored; None if they cannot be decoded."""
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    rgb = cv2.imdecode(np.frombuffer(jpeg, np.uint8), flags)
    return None if rgb is None else rgb.astype(np.uint8, copy=False)


def five_points(face: Face) -> Points:
    """``(5, 2)`` what SFace is aligned by: eyes (the picture's left first), nose, mouth corners (left first)."""
    points = face.points[:, :2]
    return np.stack(
        [
            (points[EYE_RIGHT_OUTER] + points[EYE_RIGHT_INNER]) / 2,
            (points[EYE_LEFT_OUTER] + points[EYE_LEFT_INNER]) / 2,
            points[NOSE_TIP],
            points[MOUTH_RIGHT],
            points[MOUTH_LEFT],
        ]
    ).astype(np.float32)


def _cut(rgb: Picture, box: NDArray[np.float64], width: int, height: int) -> NDArray[np.float32]:
    """A box of the picture, grey, at a size; what lies outside the picture repeats its edge."""
    left, top, across, down = (float(value) for value in box)
    x, y = round(left), round(top)
    wide, tall = max(2, round(across)), max(2, round(down))
    x0, y0, x1, y1 = max(0, x), max(0, y), min(rgb.shape[1], x + wide), min(rgb.shape[0], y + tall)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return np.zeros((height, width), np.float32)
    grey = cv2.cvtColor(rgb[y0:y1, x0:x1], cv2.COLOR_RGB2GRAY)
    border = (y0 - y, y + tall - y1, x0 - x, x + wide - x1)
    if any(border):
        grey = cv2.copyMakeBorder(grey, *border, cv2.BORDER_REPLICATE)
    shrunk = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    return shrunk.astype(np.float32)


def _patch(rgb: Picture, box: NDArray[np.float64]) -> Patch:
    grey = _cut(rgb, box, PATCH_SIDE, PATCH_SIDE)
    patch: Patch = (grey - grey.mean()) / max(float(grey.std()), 1.0)
    return patch


def _quality(rgb: Picture, face: Face | None) -> tuple[float, float]:
    """Variance of the Laplacian and mean luma of the face."""
    if face is None:
        return 0.0, float(rgb[::8, ::8].mean()) / 255
    grey = _cut(rgb, np.array(face.box), FACE_SIDE, FACE_SIDE)
    inner = grey[FACE_SIDE // 5 : -FACE_SIDE // 5, FACE_SIDE // 5 : -FACE_SIDE // 5]
    return float(cv2.Laplacian(grey, cv2.CV_32F).var()), float(inner.mean()) / 255


def _skin(rgb: Picture, face: Face | None) -> NDArray[np.float32]:
    """Mean linear colour inside three triangles of the mesh."""
    if face is None:
        return np.zeros(3, np.float32)
    triangles = face.points[np.array(SKIN_POINTS), :2]
    low = np.maximum(np.floor(triangles.min(axis=(0, 1))).astype(int), 0)
    high = np.ceil(triangles.max(axis=(0, 1))).astype(int) + 1
    region = rgb[low[1] : high[1], low[0] : high[0]]
    if min(region.shape[:2]) < 2:
        return np.zeros(3, np.float32)
    mask = np.zeros(region.shape[:2], np.uint8)
    for triangle in triangles:
        cv2.fillConvexPoly(mask, np.round(triangle - low).astype(np.int32), 255)
    return _mean_linear(region[mask > 0])


def _surround(rgb: Picture, faces: tuple[Face, ...]) -> NDArray[np.float32]:
    """Mean linear colour of the upper corners, each a sixth of the width and a third of the height."""
    height, width = rgb.shape[:2]
    edge = width // 6
    if faces:
        left, _, across, _ = faces[0].box
        edge = int(np.clip(min(left, width - left - across) * 0.6, 8, edge))
    corners = np.concatenate(
        [rgb[: height // 3 : 2, :edge:2].reshape(-1, 3), rgb[: height // 3 : 2, -edge::2].reshape(-1, 3)]
    )
    return _mean_linear(corners)


def _mean_linear(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    if not len(pixels):
        return np.zeros(3, np.float32)
    mean: NDArray[np.float32] = LINEAR[pixels].mean(axis=0)
    return mean


def _linear_codes() -> NDArray[np.float32]:
    code = np.arange(256) / 255
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4).astype(np.float32)


LINEAR = _linear_codes()
"""Linear light for each sRGB code (IEC 61966-2-1)."""
