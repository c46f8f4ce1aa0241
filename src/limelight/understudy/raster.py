"""Numba kernels that turn triangles into samples: z-buffer, shadow map, normals.

Screen coordinates: x right, y down, in samples, with the centre of sample (i, j) at (j + .5, i + .5).
Depth is the distance from the camera in dm, smaller is nearer; an empty sample has `FAR`.
"""

# mypy: disable-error-code="arg-type,assignment,operator,no-any-return,type-var"
# inside a kernel numba infers the types: np.float32 constants keep it from widening to float64

import math

import numpy as np

from limelight.understudy.anatomy import Floats, Ints
from limelight.understudy.compiled import kernel

FAR = 1.0e9


@kernel
def point_normals(points: Floats, triangles: Ints, normals: Floats) -> None:
    """Area-weighted unit normals (n, 3) of `points` (n, 3), written into `normals`."""
    normals[:] = np.float32(0.0)
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for k in range(3):
            i = triangles[t, k]
            normals[i, 0] += nx
            normals[i, 1] += ny
            normals[i, 2] += nz
    for i in range(points.shape[0]):
        length = math.sqrt(normals[i, 0] ** 2 + normals[i, 1] ** 2 + normals[i, 2] ** 2) + np.float32(1e-12)
        normals[i, 0] /= length
        normals[i, 1] /= length
        normals[i, 2] /= length


@kernel
def skin_points(points: Floats, weights: Floats, turns: Floats, shifts: Floats, out: Floats) -> None:
    """Linear blend skinning: out = sum over bones of weight (turn @ point + shift).

    points (n, 3), weights (n, bones), turns (bones, 3, 3), shifts (bones, 3), out (n, 3).
    """
    for i in range(points.shape[0]):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        ox = np.float32(0.0)
        oy = np.float32(0.0)
        oz = np.float32(0.0)
        for b in range(turns.shape[0]):
            w = weights[i, b]
            if w > np.float32(0.0):
                ox += w * (turns[b, 0, 0] * x + turns[b, 0, 1] * y + turns[b, 0, 2] * z + shifts[b, 0])
                oy += w * (turns[b, 1, 0] * x + turns[b, 1, 1] * y + turns[b, 1, 2] * z + shifts[b, 1])
                oz += w * (turns[b, 2, 0] * x + turns[b, 2, 1] * y + turns[b, 2, 2] * z + shifts[b, 2])
        out[i, 0], out[i, 1], out[i, 2] = ox, oy, oz


@kernel
def draw_triangles(
    screen: Floats, triangles: Ints, first: int, two_sided: bool, depth: Floats, owner: Ints
) -> None:
    """Write the nearest triangle of each sample.

    screen (n, 3): x, y, depth. `owner` gets `first` + the triangle's row. Depth is interpolated linearly in the
    picture, which is exact enough for triangles of a few samples at portrait distance.
    """
    height, width = depth.shape
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, az = screen[a, 0], screen[a, 1], screen[a, 2]
        bx, by, bz = screen[b, 0], screen[b, 1], screen[b, 2]
        cx, cy, cz = screen[c, 0], screen[c, 1], screen[c, 2]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == np.float32(0.0) or (area > np.float32(0.0) and not two_sided):
            continue
        x0 = max(0, math.ceil(min(ax, bx, cx) - np.float32(0.5)))
        x1 = min(width - 1, math.floor(max(ax, bx, cx) - np.float32(0.5)))
        y0 = max(0, math.ceil(min(ay, by, cy) - np.float32(0.5)))
        y1 = min(height - 1, math.floor(max(ay, by, cy) - np.float32(0.5)))
        if x0 > x1 or y0 > y1:
            continue
        scale = np.float32(1.0) / area
        dvx, dvy = (cy - ay) * scale, -(cx - ax) * scale
        dwx, dwy = -(by - ay) * scale, (bx - ax) * scale
        px0 = np.float32(x0) + np.float32(0.5) - ax
        py = np.float32(y0) + np.float32(0.5) - ay
        edge = np.float32(-1e-5)
        for y in range(y0, y1 + 1):
            v = dvx * px0 + dvy * py
            w = dwx * px0 + dwy * py
            for x in range(x0, x1 + 1):
                if v >= edge and w >= edge and v + w <= np.float32(1.00001):
                    z = az + v * (bz - az) + w * (cz - az)
                    if z < depth[y, x]:
                        depth[y, x] = z
                        owner[y, x] = first + t
                v += dvx
                w += dwx
            py += np.float32(1.0)


@kernel
def draw_depth(screen: Floats, triangles: Ints, depth: Floats) -> None:
    """Nearest depth of both faces of every triangle: the shadow map of a light."""
    height, width = depth.shape
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, az = screen[a, 0], screen[a, 1], screen[a, 2]
        bx, by, bz = screen[b, 0], screen[b, 1], screen[b, 2]
        cx, cy, cz = screen[c, 0], screen[c, 1], screen[c, 2]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < np.float32(1e-9):
            continue
        x0 = max(0, math.ceil(min(ax, bx, cx) - np.float32(0.5)))
        x1 = min(width - 1, math.floor(max(ax, bx, cx) - np.float32(0.5)))
        y0 = max(0, math.ceil(min(ay, by, cy) - np.float32(0.5)))
        y1 = min(height - 1, math.floor(max(ay, by, cy) - np.float32(0.5)))
        scale = np.float32(1.0) / area
        for y in range(y0, y1 + 1):
            py = np.float32(y) + np.float32(0.5) - ay
            for x in range(x0, x1 + 1):
                px = np.float32(x) + np.float32(0.5) - ax
                v = ((cy - ay) * px - (cx - ax) * py) * scale
                w = ((bx - ax) * py - (by - ay) * px) * scale
                if v >= np.float32(-1e-5) and w >= np.float32(-1e-5) and v + w <= np.float32(1.00001):
                    z = az + v * (bz - az) + w * (cz - az)
                    depth[y, x] = min(depth[y, x], z)


@kernel
def splat_depth(screen: Floats, radius: int, depth: Floats) -> None:
    """Nearest depth of points (n, 3), each a square of side 2 radius + 1: the shadow that hair throws."""
    height, width = depth.shape
    for i in range(screen.shape[0]):
        cx, cy, z = int(screen[i, 0]), int(screen[i, 1]), screen[i, 2]
        for y in range(max(0, cy - radius), min(height, cy + radius + 1)):
            for x in range(max(0, cx - radius), min(width, cx + radius + 1)):
                depth[y, x] = min(depth[y, x], z)


@kernel
def light_through(
    screen: Floats, depth: Floats, reach: int, bias: float, softness: float, out: Floats
) -> None:
    """Share of the light (0-1) that reaches each point, from a shadow map.

    Mean over a (2 reach + 1)^2 window of about exp(-(how deep behind the map - bias) / softness): a small softness
    gives a surface's shadow, a larger one light that dies away inside hair.
    """
    height, width = depth.shape
    one, nil, limit = np.float32(1.0), np.float32(0.0), np.float32(bias)
    count = np.float32((2 * reach + 1) ** 2)
    rate = one / np.float32(softness)
    for i in range(screen.shape[0]):
        cx, cy, z = int(screen[i, 0]), int(screen[i, 1]), screen[i, 2] - limit
        top, bottom = max(0, cy - reach), min(height, cy + reach + 1)
        left, right = max(0, cx - reach), min(width, cx + reach + 1)
        inside = np.float32(max(0, bottom - top) * max(0, right - left))
        total = count - inside  # what lies beyond the map is in the light
        for y in range(top, bottom):
            for x in range(left, right):
                b = max(nil, z - depth[y, x]) * rate
                total += one / (one + b + b * b * (np.float32(0.5) + np.float32(0.2) * b))
        out[i] = total / count


@kernel
def turned(points: Floats, frame: Floats, shift: Floats, out: Floats) -> None:
    """Out = points (n, 3) @ frame.T + shift."""
    for i in range(points.shape[0]):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        for c in range(3):
            out[i, c] = frame[c, 0] * x + frame[c, 1] * y + frame[c, 2] * z + shift[c]


@kernel
def projected(points: Floats, lens: Floats, aim: float, far: float, out: Floats) -> None:
    """Perspective: points (n, 3) in dm to column, row, depth. lens: axis x, y and focal length, in samples."""
    for i in range(points.shape[0]):
        depth = far - points[i, 2]
        scale = lens[2] / depth
        out[i, 0] = lens[0] + scale * points[i, 0]
        out[i, 1] = lens[1] - scale * (points[i, 1] - aim)
        out[i, 2] = depth
