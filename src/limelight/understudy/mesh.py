"""Quad meshes: one Catmull-Clark step as a matrix, points scattered on a surface, distance to a surface."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from limelight.understudy.anatomy import Floats, Ints


@dataclass(frozen=True)
class Subdivision:
    """One Catmull-Clark step (Catmull and Clark 1978): finer points = `matrix` @ coarser points."""

    matrix: sp.csr_matrix
    quads: Ints
    quad_uvs: Floats
    parents: Ints
    """Row of the coarser quad that each finer quad lies in."""


def _averaging(rows: NDArray[np.int64], columns: NDArray[np.int64], shape: tuple[int, int]) -> sp.csr_matrix:
    """Matrix whose row r is the mean of the columns listed for r (a column listed twice counts twice)."""
    matrix = sp.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
    sums = np.asarray(matrix.sum(1)).ravel()
    return sp.diags(1 / np.maximum(sums, 1e-12)) @ matrix


def subdivided(count: int, quads: Ints, quad_uvs: Floats) -> Subdivision:
    """Refine `quads` (f, 4) over `count` points. Borders stay borders; each quad becomes four."""
    f = len(quads)
    sides = np.stack([quads, np.roll(quads, -1, 1)], -1).reshape(-1, 2).astype(np.int64)
    edges, edge_of_side = np.unique(np.sort(sides, 1), axis=0, return_inverse=True)
    edge_of_side = edge_of_side.ravel()
    e = len(edges)
    face_of_side = np.repeat(np.arange(f), 4)

    to_face = _averaging(np.repeat(np.arange(f), 4), quads.ravel().astype(np.int64), (f, count))
    to_middle = _averaging(np.repeat(np.arange(e), 2), edges.ravel(), (e, count))
    edge_faces = _averaging(edge_of_side, face_of_side, (e, f)) @ to_face
    inner = np.bincount(edge_of_side, minlength=e) == 2
    to_edge = (
        sp.diags(np.where(inner, 0.5, 1.0)) @ to_middle + sp.diags(np.where(inner, 0.5, 0.0)) @ edge_faces
    )

    valence = np.bincount(edges.ravel(), minlength=count)
    mean_face = _averaging(quads.ravel().astype(np.int64), face_of_side, (count, f)) @ to_face
    mean_middle = _averaging(edges.ravel(), np.repeat(np.arange(e), 2), (count, e)) @ to_middle
    border = np.zeros(count, bool)
    border[edges[~inner].ravel()] = True
    rim = edges[~inner]
    rim_middle = (
        _averaging(rim.ravel(), np.repeat(np.arange(len(rim)), 2), (count, len(rim))) @ to_middle[~inner]
    )
    n = np.maximum(valence, 1)
    smooth = sp.diags(1 / n) @ mean_face + sp.diags(2 / n) @ mean_middle + sp.diags((n - 3) / n)
    to_point = sp.diags(np.where(border, 0.0, 1.0)) @ smooth + sp.diags(np.where(border, 0.5, 0.0)) @ (
        rim_middle + sp.eye(count)
    )
    matrix = sp.vstack([to_point, to_edge, to_face]).tocsr().astype(np.float32)

    corner, face = quads, count + e + np.arange(f)
    after = count + edge_of_side.reshape(f, 4)
    before = np.roll(after, 1, 1)
    finer = np.stack([corner, after, np.broadcast_to(face[:, None], (f, 4)), before], -1).reshape(-1, 4)
    middle = (quad_uvs + np.roll(quad_uvs, -1, 1)) / 2
    centre = np.broadcast_to(quad_uvs.mean(1, keepdims=True), quad_uvs.shape)
    uvs = np.stack([quad_uvs, middle, centre, np.roll(middle, 1, 1)], 2).reshape(-1, 4, 2)
    return Subdivision(
        matrix, finer.astype(np.int32), uvs.astype(np.float32), np.repeat(np.arange(f), 4).astype(np.int32)
    )


def triangulated(quads: Ints, quad_uvs: Floats) -> tuple[Ints, Floats]:
    """Triangles (2 f, 3) and their corner uvs (2 f, 3, 2); rows 2 i and 2 i + 1 are quad i."""
    triangles = quads[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3)
    uvs = quad_uvs[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3, 2)
    return np.ascontiguousarray(triangles), np.ascontiguousarray(uvs)


def scattered(
    points: Floats, triangles: Ints, density: Floats, count: int, rng: np.random.Generator
) -> tuple[Ints, Floats]:
    """`count` random places on a surface: (triangle rows, barycentric weights (count, 3)).

    `density` (n,) per point weighs the area; places are spread evenly by stratified sampling of the running area.
    """
    corners = points[triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    running = np.cumsum(area * density[triangles].mean(1))
    at = (np.arange(count) + rng.random(count)) / count * running[-1]
    rows = np.minimum(np.searchsorted(running, at), len(triangles) - 1)
    u, v = rng.random((2, count))
    flip = u + v > 1
    u, v = np.where(flip, 1 - u, u), np.where(flip, 1 - v, v)
    return rows.astype(np.int32), np.stack([1 - u - v, u, v], 1).astype(np.float32)


class Surface:
    """Signed distance to a mesh, by its nearest points and their normals.

    Only places nearer than `skin` can count as inside, so that the underside of a jaw does not claim the air below.
    """

    skin = 0.16

    def __init__(self, points: Floats, normals: Floats) -> None:
        self.points, self.normals = points, normals
        self.tree = cKDTree(points)

    def distance(self, places: Floats) -> tuple[Floats, Floats]:
        """(k,) signed distance in dm, positive outside, and the (k, 3) outward direction there."""
        _, near = self.tree.query(places, k=3)
        normal = self.normals[near].mean(1)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
        offset = places - self.points[near].mean(1)
        far = np.linalg.norm(offset, axis=1)
        along = (offset * normal).sum(1)
        outside = far > self.skin
        distance = np.where(outside, np.maximum(along, far), along)
        blend = np.clip((far - 0.05) / self.skin, 0, 1)[:, None] * (along > 0)[:, None]
        outward = normal * (1 - blend) + offset / (far[:, None] + 1e-9) * blend
        outward = np.where((outside & (along <= 0))[:, None], offset / (far[:, None] + 1e-9), outward)
        outward /= np.linalg.norm(outward, axis=1, keepdims=True) + 1e-9
        return distance.astype(np.float32), outward.astype(np.float32)
