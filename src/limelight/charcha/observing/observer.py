"""The observer: turns a JPEG into an observation. Loads the face models; one for one session at a time."""

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.charcha.observing.contrast import dark_and_bright
from limelight.charcha.observing.linear_light import skin_light, surround_light
from limelight.charcha.observing.observation import Observation, Patch
from limelight.charcha.wire.frames import Frame
from limelight.events import Listener, ignore
from limelight.faces.closing import Closing
from limelight.faces.identity import Embedding, HalfSeen, Recognizer
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
"""An embedding every so many frames: about 10 ms on each of two."""
PATCH_SIDE = 24
FACE_SIDE = 128
FRONTAL, SURE = 12.0, 0.97
"""Degrees of yaw and presence within which the place of the face is trusted."""
SAME_SIZE, ASTRAY = 0.06, 0.6
"""Share by which a face's box may differ from its place, and seconds after which it is believed all the same."""
NOTHING = np.zeros(3, np.float32)
STEEP = 40.0
"""Degrees of yaw beyond which an identity means little."""


class Observer(Closing):
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

    def close(self) -> None:
        """Free the models; calling it twice does no harm."""
        self._landmarker.close()
        self._recognizer.close()

    def reset(self) -> None:
        """Forget everything of the last session."""
        self._landmarker.reset()
        self._box: NDArray[np.float64] | None = None
        self._box_at = 0.0
        self._size = (0, 0)
        self._since_look = EVERY - 1
        self._half: HalfSeen | None = None

    def observe(self, frame: Frame, rgb: Picture, *, time: float, arrived: float) -> Observation:
        """What a decoded frame tells; times in seconds, see :class:`Observation`."""
        if rgb.shape[:2] != self._size:
            self._size, self._box, self._half, self._since_look = rgb.shape[:2], None, None, EVERY - 1
        self._since_look += 1
        faces = self._faces(rgb)
        face = faces[0] if faces else None
        if face is not None and face.presence >= SURE and abs(face.pose.yaw) < FRONTAL:
            self._follow(np.array(face.box), time)
        sharpness, exposure = _quality(rgb, face)
        dark, bright = dark_and_bright(rgb, face) if face is not None else (NOTHING, NOTHING)
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
            skin=skin_light(rgb, face),
            surround=surround_light(rgb, faces),
            dark=dark,
            bright=bright,
            patch=None if self._box is None else _patch(rgb, self._box),
            audio=frame.audio,
        )

    def _follow(self, box: NDArray[np.float64], time: float) -> None:
        """Move the face's place along; a box that suddenly has another size is a mesh that a hand has led astray."""
        if self._box is None:
            self._box, self._box_at = box, time
            return
        same = float(np.abs(box[2:] / np.maximum(self._box[2:], 1.0) - 1).max()) < SAME_SIZE
        if same or time - self._box_at > ASTRAY:
            self._box = 0.7 * self._box + 0.3 * box
        if same:
            self._box_at = time

    def _faces(self, rgb: Picture) -> tuple[Face, ...]:
        """The largest first, so that a face in the background never becomes the one that is followed."""
        idle = self._half is None and self._since_look != EVERY
        found = self._landmarker.track(
            rgb, search=idle
        )  # a frame spends its time on other faces or on whose it is
        return tuple(sorted(found, key=lambda face: -face.eye_distance))

    def _embedding(self, rgb: Picture, face: Face | None) -> Embedding | None:
        """Begun on one frame and finished on the next."""
        half, self._half = self._half, None
        if face is None:
            return None
        if half is not None:
            return self._recognizer.finish(half)
        if self._since_look >= EVERY and _clear(face):
            self._since_look, self._half = 0, self._recognizer.begin(rgb, five_points(face))
        return None

    def whose(self, rgb: Picture, face: Face) -> Embedding | None:
        """At once what :meth:`observe` finds over two frames; None where a face is turned away or hidden."""
        return self._recognizer.embed(rgb, five_points(face)) if _clear(face) else None


def _clear(face: Face) -> bool:
    return face.presence >= SURE and abs(face.pose.yaw) <= STEEP


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
