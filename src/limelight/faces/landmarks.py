"""478 points, 52 expression values and the pose of each face, as MediaPipe's FaceLandmarker gives them.

The three networks inside ``face_landmarker.task`` run one after the other: BlazeFace finds faces, the mesh
network reads a turned crop of each, and the expression network reads 146 of its points. No system library is
needed.
"""

import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np

from limelight.errors import BackendError, InputError
from limelight.events import Listener, ignore
from limelight.faces.blazeface import BlazeFace
from limelight.faces.closing import Closing
from limelight.faces.geometry import CanonicalFace, Pose
from limelight.faces.mesh import BLENDSHAPES, EXPRESSION_POINTS, EYE_LEFT_OUTER, EYE_RIGHT_OUTER
from limelight.faces.picture import Picture, Points, Roi, check_picture
from limelight.faces.tflite import TfliteModel
from limelight.weights import weight

SIDE = 256
POINTS = 478
MIN_PRESENCE = 0.5
MIN_TRACKING_OVERLAP = 0.5
"""A newly found face that overlaps a tracked one by more (intersection over union) is the same face."""


@dataclass(frozen=True)
class Face:
    """One face in one picture.

    Attributes:
        points: ``(478, 3) float32``: x and y in pixels, and z in pixels too, smaller is nearer the camera; z is
            a guess of the network, and means nothing on a flat photograph. Names: :mod:`limelight.faces.mesh`.
        blendshapes: 52 expression values by name, 0 to 1.
        pose: Yaw, pitch and roll in degrees.
        presence: How sure the network is that this is a face, 0 to 1.
        box: Left, top, width and height of the points, pixels; may reach outside the picture.
    """

    points: Points
    blendshapes: Mapping[str, float]
    pose: Pose
    presence: float
    box: tuple[float, float, float, float]

    @property
    def eye_distance(self) -> float:
        """Pixels between the outer corners of the eyes."""
        return float(np.linalg.norm(self.points[EYE_LEFT_OUTER, :2] - self.points[EYE_RIGHT_OUTER, :2]))


class FaceLandmarker(Closing):
    """Finds faces and their meshes.

    >>> with FaceLandmarker() as landmarker:
    ...     faces = landmarker.detect(rgb)

    Args:
        max_faces: At most so many faces, the surest first.
        num_threads: Threads a network may use; one is enough for real time.
        model: Path of a ``face_landmarker.task``, or None for the registered one.
        on_event: Told of the download, if there is one.
    """

    def __init__(
        self,
        max_faces: int = 1,
        num_threads: int = 1,
        *,
        model: Path | None = None,
        on_event: Listener = ignore,
    ) -> None:
        if max_faces < 1:
            raise InputError(f"max_faces must be 1 or more, and is {max_faces}.")
        path = model or weight("face-landmarker", on_event=on_event)
        try:
            with zipfile.ZipFile(path) as bundle:
                parts = {name: bundle.read(name) for name in bundle.namelist()}
            detector, mesh = parts["face_detector.tflite"], parts["face_landmarks_detector.tflite"]
            expression, geometry = (
                parts["face_blendshapes.tflite"],
                parts["geometry_pipeline_metadata_landmarks.binarypb"],
            )
        except (OSError, KeyError, zipfile.BadZipFile) as problem:
            raise BackendError(
                f"{path} is not a face landmark bundle ({problem}).",
                hint="Run `limelight weights verify face-landmarker`.",
            ) from problem
        self._max_faces = max_faces
        self._detector = BlazeFace(detector, num_threads)
        self._mesh = TfliteModel(mesh, num_threads)
        self._expression = TfliteModel(expression, num_threads)
        self._canonical = CanonicalFace.parse(geometry)
        self._tracked: list[Roi] = []
        self._tracked_size = (0, 0)

    def close(self) -> None:
        """Free the networks' memory; calling it twice does no harm."""
        for model in (self._detector, self._mesh, self._expression):
            model.close()

    def detect(self, rgb: Picture) -> tuple[Face, ...]:
        """The faces of a still picture, the surest first; tracking is left as it is.

        Args:
            rgb: ``(height, width, 3) uint8, sRGB``.

        Raises:
            InputError: not such an array.
            BackendError: the landmarker has been closed.
        """
        rgb = check_picture(rgb)
        rois = [found.roi() for found in self._detector(rgb)[: self._max_faces]]
        return tuple(face for roi in rois if (face := self._read(rgb, roi)) is not None)

    def track(self, rgb: Picture, *, search: bool = True) -> tuple[Face, ...]:
        """The faces of the next frame of a video.

        Faces seen in the last frame are looked for around where they were, which is faster and steadier; the
        detector runs only while fewer than ``max_faces`` are tracked. Points are not smoothed over time.
        Call :meth:`reset` at a cut. Raises as :meth:`detect` does.

        Args:
            rgb: ``(height, width, 3) uint8, sRGB``.
            search: Whether to look for further faces while one is tracked already; a frame without is faster.
        """
        rgb = check_picture(rgb)
        if rgb.shape[:2] != self._tracked_size:
            self.reset()
            self._tracked_size = rgb.shape[:2]
        rois = list(self._tracked)
        if len(rois) < self._max_faces and (search or not rois):
            for found in self._detector(rgb)[: self._max_faces]:
                roi = found.roi()
                if all(roi.overlap(tracked) <= MIN_TRACKING_OVERLAP for tracked in rois):
                    rois.append(roi)
        faces, self._tracked = [], []
        for roi in rois[: self._max_faces]:
            face = self._read(rgb, roi)
            if face is None:
                continue
            following = _next_roi(face.points)
            if not self._is_tracked(following):  # after a jump the old place and the new may lead to one face
                faces.append(face)
                self._tracked.append(following)
        return tuple(faces)

    def _is_tracked(self, roi: Roi) -> bool:
        return any(roi.overlap(tracked) > MIN_TRACKING_OVERLAP for tracked in self._tracked)

    def reset(self) -> None:
        """Forget the tracked faces: the next picture has nothing to do with the last."""
        self._tracked = []

    def _read(self, rgb: Picture, roi: Roi) -> Face | None:
        crop = roi.crop(rgb, SIDE, SIDE, border=cv2.BORDER_REPLICATE)
        raw, presence = self._mesh(crop[None].astype(np.float32) / 255.0, ("Identity", "Identity_1"))
        sure = 1.0 / (1.0 + math.exp(-float(np.clip(presence.item(), -60, 60))))
        if sure < MIN_PRESENCE:
            return None
        points = _to_picture(raw.reshape(POINTS, 3), roi)
        (values,) = self._expression(points[None, EXPRESSION_POINTS, :2])
        height, width = rgb.shape[:2]
        low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
        return Face(
            points=points,
            blendshapes=MappingProxyType(dict(zip(BLENDSHAPES, values.tolist(), strict=True))),
            pose=self._canonical.pose(points, width, height),
            presence=sure,
            box=(float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])),
        )


def _to_picture(crop_points: Points, roi: Roi) -> Points:
    """``(478, 3)`` from pixels of the crop to pixels of the picture; z grows with the crop's width."""
    matrix = roi.matrix(SIDE, SIDE)
    points = np.empty_like(crop_points)
    points[:, :2] = crop_points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    points[:, 2] = crop_points[:, 2] * (roi.width / SIDE)
    return points


def _next_roi(points: Points) -> Roi:
    """Where to look in the next frame: the mesh's box, turned to the eyes, square, enlarged by half."""
    flat = points[:, :2]
    eyes = flat[[EYE_RIGHT_OUTER, EYE_LEFT_OUTER]]
    return Roi.around(flat.min(axis=0), flat.max(axis=0), eyes).squared().scaled(1.5)
