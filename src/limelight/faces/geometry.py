"""The head's pose from its mesh: a weighted orthogonal Procrustes fit to the canonical face.

The method is that of MediaPipe's face geometry module: a virtual camera of 63 degrees vertical field of view
looks at the face; screen points are brought to the canonical face's centimetres by two estimates of scale, then
the rotation that best aligns the weighted points is taken (Umeyama, PAMI 13(4), 1991).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limelight.errors import BackendError
from limelight.faces.protobuf import fields

VERTICAL_VIEW = math.radians(63)
MESH_POINTS = 468
"""Points of the canonical face; the ten of the irises are not among them."""
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Pose:
    """How a head is turned, in degrees; all are 0 when it faces the camera upright.

    Attributes:
        yaw: Positive when the face turns to the picture's right.
        pitch: Positive when the face turns up.
        roll: Positive when the head tilts clockwise as seen.
        matrix: ``(4, 4)`` canonical face (centimetres, x right, y up, z to the camera) to camera space.
    """

    yaw: float
    pitch: float
    roll: float
    matrix: Matrix

    @classmethod
    def from_matrix(cls, matrix: Matrix) -> "Pose":
        """The angles of a rigid motion: roll about z last, pitch about x, yaw about y first."""
        rotation = matrix[:3, :3] / np.cbrt(max(np.linalg.det(matrix[:3, :3]), 1e-12))
        forward = rotation[:, 2]
        yaw = math.degrees(math.atan2(forward[0], forward[2]))
        pitch = math.degrees(math.asin(float(np.clip(forward[1], -1, 1))))
        side = rotation[:, 0]
        level = np.array([forward[2], 0.0, -forward[0]]) / max(math.hypot(forward[0], forward[2]), 1e-9)
        upright = np.cross(forward, level)
        roll = -math.degrees(math.atan2(float(side @ upright), float(side @ level)))
        return cls(yaw, pitch, roll, matrix)


@dataclass(frozen=True)
class CanonicalFace:
    """The average face of the mesh.

    Attributes:
        points: ``(3, 468)`` centimetres, x right, y up, z to the camera.
        weights: ``(468,)`` how much each point counts for the pose; most are 0.
    """

    points: Matrix
    weights: Matrix

    @classmethod
    def parse(cls, metadata: bytes) -> "CanonicalFace":
        """Read the geometry metadata (a protocol buffer) that comes with the landmark model.

        Fields used: 1 mesh {3 vertices as x y z u v}, 2 weights {1 index, 2 weight}.

        Raises:
            BackendError: it is not that.
        """
        vertices: list[float] = []
        weights = np.zeros(MESH_POINTS)
        try:
            for entry in fields(metadata):
                if entry.number == 1 and isinstance(entry.value, bytes):
                    for inner in fields(entry.value):
                        if inner.number == 3:
                            vertices.extend(_floats(inner.value))
                elif entry.number == 2 and isinstance(entry.value, bytes):
                    inside = {inner.number: inner.value for inner in fields(entry.value)}
                    weights[_index(inside[1])] = _floats(inside[2])[0]
            points = np.array(vertices).reshape(MESH_POINTS, 5)[:, :3].T
        except (ValueError, TypeError, KeyError, IndexError) as problem:
            raise BackendError(
                "The geometry in the face landmark model cannot be read.",
                hint="Run `limelight weights verify face-landmarker`.",
            ) from problem
        return cls(points, weights)

    def pose(self, points: NDArray[np.float32], width: int, height: int) -> Pose:
        """The pose of a face in a picture of ``width`` x ``height`` pixels.

        Args:
            points: ``(478, 3)`` or ``(468, 3)`` pixels; z in pixels too, smaller is nearer.
            width: Of the picture.
            height: Of the picture.
        """
        screen = self._project(points[:MESH_POINTS].astype(np.float64).T, width, height)
        offset = screen[2].mean()
        flip = np.array([[1.0], [1.0], [-1.0]])
        first = _scale(self._fit(screen * flip))
        second = _scale(self._fit(_unproject(screen, offset, first) * flip))
        return Pose.from_matrix(self._fit(_unproject(screen, offset, first * second) * flip))

    def _project(self, points: Matrix, width: int, height: int) -> Matrix:
        """Pixels to the plane at distance 1, y up."""
        pixel = 2 * math.tan(VERTICAL_VIEW / 2) / height
        return np.array(
            [(points[0] - width / 2) * pixel, (height / 2 - points[1]) * pixel, points[2] * pixel]
        )

    def _fit(self, target: Matrix) -> Matrix:
        """``(4, 4)`` scale, rotation and translation that best bring the canonical points to the target's."""
        used = self.weights > 0
        source, target, weights = self.points[:, used], target[:, used], self.weights[used]
        total = weights.sum()
        source_mean = (source @ weights / total)[:, None]
        target_mean = (target @ weights / total)[:, None]
        centred = source - source_mean
        left, _, right = np.linalg.svd((target - target_mean) * weights @ centred.T)
        left[:, 2] *= np.sign(np.linalg.det(left) * np.linalg.det(right)) or 1.0
        rotation = left @ right
        weighted = centred * weights
        scale = ((rotation @ weighted) * target).sum() / (weighted * centred).sum()
        matrix = np.eye(4)
        matrix[:3, :3] = scale * rotation
        matrix[:3, 3:] = target_mean - scale * rotation @ source_mean
        return matrix


def _scale(matrix: Matrix) -> float:
    return float(np.linalg.norm(matrix[:3, 0]))


def _unproject(screen: Matrix, offset: float, scale: float) -> Matrix:
    depth = (screen[2] - offset + 1.0) / scale
    return np.array([screen[0] * depth, screen[1] * depth, depth])


def _index(value: int | bytes) -> int:
    if isinstance(value, bytes):
        raise TypeError("bytes where a number was expected")
    return value


def _floats(value: int | bytes) -> list[float]:
    if isinstance(value, int):
        raise TypeError("a number where floats were expected")
    floats: list[float] = np.frombuffer(value, "<f4").astype(float).tolist()
    return floats
