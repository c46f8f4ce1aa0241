"""A drawn face with known answers: the canonical mesh, shaded, turned and projected by the same camera as the pose.

It is nobody: the average face of the mesh, with flat colours for skin, lips, brows and eyes.
"""

import math
import zipfile
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from limelight.faces import mesh
from limelight.faces.geometry import VERTICAL_VIEW, CanonicalFace
from limelight.weights import weight

SKIN, LIPS, HAIR, WHITE, IRIS = (224, 172, 140), (176, 84, 84), (60, 42, 30), (238, 236, 232), (70, 90, 60)
WALL, SHIRT = (120, 132, 140), (50, 70, 120)


@cache
def canonical() -> CanonicalFace:
    with zipfile.ZipFile(weight("face-landmarker")) as bundle:
        return CanonicalFace.parse(bundle.read("geometry_pipeline_metadata_landmarks.binarypb"))


@cache
def triangles() -> NDArray[np.int32]:
    return Delaunay(canonical().points[:2].T).simplices


def rotation(yaw: float, pitch: float, roll: float) -> NDArray[np.float64]:
    """Degrees: yaw to the picture's right, pitch up, roll clockwise; x right, y up, z to the camera."""
    a, b, c = (math.radians(angle) for angle in (yaw, pitch, roll))
    about_y = np.array([[math.cos(a), 0, math.sin(a)], [0, 1, 0], [-math.sin(a), 0, math.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, math.cos(b), math.sin(b)], [0, -math.sin(b), math.cos(b)]])
    about_z = np.array([[math.cos(c), math.sin(c), 0], [-math.sin(c), math.cos(c), 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def draw(
    yaw: float = 0,
    pitch: float = 0,
    roll: float = 0,
    *,
    jaw: float = 0.0,
    size: tuple[int, int] = (640, 480),
    distance: float = 45.0,
    shift: tuple[float, float] = (0.0, 0.0),
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """A picture ``(height, width, 3) uint8`` and where the 468 points are in it, ``(468, 2)`` pixels.

    Args:
        yaw: Degrees.
        pitch: Degrees.
        roll: Degrees.
        jaw: Centimetres by which the lower lip and chin drop.
        size: Width and height, pixels.
        distance: Centimetres from the camera.
        shift: Centimetres right and up.
    """
    width, height = size
    focal = height / 2 / math.tan(VERTICAL_VIEW / 2)
    turn = rotation(yaw, pitch, roll)
    place = np.array([[shift[0]], [shift[1]], [-distance]])

    def project(points: NDArray[np.float64]) -> NDArray[np.float64]:
        seen = turn @ points + place
        return np.array([width / 2 + focal * seen[0] / -seen[2], height / 2 - focal * seen[1] / -seen[2]]).T

    face = canonical().points.copy()
    lower = np.array([*mesh.LIPS_INNER[1:10], *mesh.LIPS_OUTER[1:10]])
    chin = (face[1] < -4.6) & (np.arange(face.shape[1]) != -1)
    face[1, chin | np.isin(np.arange(face.shape[1]), lower)] -= jaw
    points = project(face)
    picture = np.full((height, width, 3), WALL, np.uint8)
    scale = 16

    def fill(polygon: NDArray[np.float64], colour: tuple[int, int, int]) -> None:
        cv2.fillPoly(picture, [np.rint(polygon * scale).astype(np.int32)], colour, cv2.LINE_AA, 4)

    angles = np.linspace(0, 2 * math.pi, 60)
    ring = np.array([np.cos(angles), np.sin(angles), np.zeros(60)])
    fill(project(np.array([[11.0], [9.0], [1.0]]) * ring + np.array([[0], [-19.0], [-6.0]])), SHIRT)
    fill(project(np.array([[4.6], [8.0], [1.0]]) * ring + np.array([[0], [-8.0], [-4.0]])), SKIN)
    fill(project(np.array([[9.0], [11.0], [1.0]]) * ring + np.array([[0], [2.2], [-3.0]])), HAIR)

    seen = turn @ face
    corners = seen[:, triangles()]
    normals = np.cross(corners[:, :, 1] - corners[:, :, 0], corners[:, :, 2] - corners[:, :, 0], axis=0)
    normals *= np.sign((turn.T @ normals)[2]) / np.linalg.norm(normals, axis=0)
    light = np.clip(np.array([0.35, 0.45, 0.82]) @ normals, 0, 1) * 0.65 + 0.35
    order = np.argsort(corners[2].mean(axis=1))
    for index in order[(normals[2] > 0.02)[order]]:
        colour = tuple(int(channel * light[index]) for channel in SKIN)
        fill(points[triangles()[index]], colour)  # type: ignore[arg-type]
    picture = cv2.GaussianBlur(picture, (0, 0), 2.0).astype(np.uint8)
    for brow in (mesh.BROW_LEFT, mesh.BROW_RIGHT):
        fill(points[list(brow)], HAIR)
    for eye in (mesh.EYE_LEFT, mesh.EYE_RIGHT):
        outline = points[list(eye)]
        fill(outline, WHITE)
        middle = outline.mean(axis=0)
        radius = max(2, round(0.24 * float(np.linalg.norm(outline[0] - outline[8]))))
        cv2.circle(picture, tuple(np.rint(middle).astype(int).tolist()), radius, IRIS, -1, cv2.LINE_AA)
        cv2.circle(
            picture, tuple(np.rint(middle).astype(int).tolist()), max(1, radius // 2), (12, 12, 12), -1
        )
        lid = [np.rint(outline[[*range(8, 16), 0]] * scale).astype(np.int32)]
        cv2.polylines(picture, lid, False, HAIR, 2, cv2.LINE_AA, 4)
    fill(points[list(mesh.LIPS_OUTER)], LIPS)
    fill(points[list(mesh.LIPS_INNER)], (60, 20, 20))
    for nostril in (98, 327):
        centre = tuple(np.rint(points[nostril]).astype(int).tolist())
        cv2.circle(picture, centre, 3, (120, 76, 64), -1, cv2.LINE_AA)
    return cv2.GaussianBlur(picture, (0, 0), 0.8).astype(np.uint8), points
