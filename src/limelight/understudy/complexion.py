"""The skin of a head, painted into a texture on the coordinates of the base mesh.

All people share the base mesh, so a place on the base ("rest place", dm) means the same on every face: the eyes are
at (+-.31, 7.28, 1.36), the lips at (0, 6.60, 1.58), the crown is at y = 8.50.
"""

# mypy: disable-error-code="no-any-return"
# numpy's stubs answer Any for arithmetic on real arrays of unstated width

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates, zoom
from scipy.spatial import cKDTree

from limelight.understudy.anatomy import Floats
from limelight.understudy.raster import FAR, draw_triangles

ROWS, COLUMNS = 1152, 615
U0, U1, V0, V1 = 0.6, 1.0, 0.15, 0.90
"""The part of the texture square (u, and row = 1 - v) that the head covers."""

Colour = tuple[float, float, float]

HAIRLINE = np.array(
    [(0, 7.92), (22, 7.90), (38, 7.81), (50, 7.65), (60, 7.56), (70, 7.42), (77, 7.14), (83, 7.12), (90, 7.34),
     (100, 7.40), (112, 7.22), (125, 6.78), (150, 6.47), (180, 6.40)]
)  # fmt: skip
"""Azimuth from the front in degrees, and the lowest y with hair."""


@dataclass(frozen=True)
class Complexion:
    """How a face's skin looks. Colours are sRGB 0-1."""

    tone: Colour
    lips: Colour
    blush: float = 0.5
    freckles: float = 0.0
    stubble: float = 0.0
    liner: float = 0.4
    shadow: float = 0.0
    age: float = 0.0
    brow_weight: float = 1.0
    seed: int = field(default=0)


def linear(colour: Colour) -> Floats:
    """SRGB 0-1 to linear light (IEC 61966-2-1)."""
    code = np.asarray(colour, np.float32)
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4).astype(np.float32)


def noise(places: Floats, scale: float, rng: np.random.Generator) -> Floats:
    """Smooth random values of about unit variance at `places` (..., 3), changing over `scale` dm."""
    grid = rng.standard_normal((32, 32, 32)).astype(np.float32)
    flat = (places.reshape(-1, 3) / scale).T
    return map_coordinates(grid, flat, order=1, mode="grid-wrap").reshape(places.shape[:-1]) * np.float32(1.6)


def scalp(places: Floats) -> Floats:
    """How far (dm, positive inside) rest places (..., 3) lie within the hairy scalp."""
    x, y, z = places[..., 0], places[..., 1], places[..., 2]
    azimuth = np.degrees(np.arctan2(np.abs(x), z - 0.45))
    return (y - np.interp(azimuth, HAIRLINE[:, 0], HAIRLINE[:, 1])).astype(np.float32)


def rest_map(points: Floats, triangles: NDArray[np.int32], uvs: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Rest place (rows, columns, 3) of every texel, and which texels the head covers."""
    corners = uvs.reshape(-1, 2) * np.array([COLUMNS, ROWS], np.float32)
    screen = np.concatenate([corners, np.zeros((len(corners), 1), np.float32)], 1)
    depth = np.full((ROWS, COLUMNS), FAR, np.float32)
    owner = np.full((ROWS, COLUMNS), -1, np.int32)
    draw_triangles(screen, np.arange(len(corners), dtype=np.int32).reshape(-1, 3), 0, True, depth, owner)
    covered = owner >= 0
    rows, columns = np.nonzero(covered)
    t = owner[covered]
    a, b, c = corners.reshape(-1, 3, 2)[t].transpose(1, 0, 2)
    p = np.stack([columns + 0.5, rows + 0.5], 1)
    area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    v = ((p - a)[:, 0] * (c - a)[:, 1] - (p - a)[:, 1] * (c - a)[:, 0]) / area
    w = ((b - a)[:, 0] * (p - a)[:, 1] - (b - a)[:, 1] * (p - a)[:, 0]) / area
    places = points[triangles[t]]
    rest = np.zeros((ROWS, COLUMNS, 3), np.float32)
    rest[covered] = (
        places[:, 0] * (1 - v - w)[:, None] + places[:, 1] * v[:, None] + places[:, 2] * w[:, None]
    )
    return rest, covered


def head_uvs(uvs: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Corner uvs (t, 3, 2) on the head's own texture, rows downwards, and which triangles lie on it."""
    across = (uvs[..., 0] - U0) / (U1 - U0)
    down = (1 - uvs[..., 1] - V0) / (V1 - V0)
    inside = np.all((across > 0) & (across < 1) & (down > 0) & (down < 1), axis=1)
    return np.stack([across, down], -1).astype(np.float32), inside


def _fitted(mask: NDArray[np.uint8]) -> Floats:
    size = zoom(mask.astype(np.float32) / 255, (ROWS / mask.shape[0], COLUMNS / mask.shape[1]), order=1)
    out: Floats = gaussian_filter(size[:ROWS, :COLUMNS], 2.0)
    return out


def _near(rest: Floats, centres: Floats, radius: float) -> Floats:
    """Gaussian of the distance to the nearest of `centres` (k, 3)."""
    distance, _ = cKDTree(centres).query(rest, distance_upper_bound=radius * 3)
    return np.exp(-((np.minimum(distance, radius * 3) / radius) ** 2)).astype(np.float32)


def _spot(rest: Floats, x: float, y: float, z: float, radius: float) -> Floats:
    side = np.abs(rest[:, 0]) - x
    return np.exp(-(side**2 + (rest[:, 1] - y) ** 2 + (rest[:, 2] - z) ** 2) / radius**2).astype(np.float32)


def painted(
    skin: Complexion, hair: Colour, *, bald: bool, brows: Floats, lashes: Floats, beard: Floats | None,
    rest_texture: Floats, covered: NDArray[np.bool_], masks: NDArray[np.uint8],
) -> Floats:  # fmt: skip
    """Texture (rows, columns, 4) float32: linear albedo and gloss.

    `brows`, `lashes` and `beard` (k, 3) are the rest places of the roots of those hairs; `masks` as in the anatomy.
    """
    head = _Painting(skin, linear(hair), rest_texture[covered], [_fitted(mask)[covered] for mask in masks])
    head.mottle()
    head.blush()
    head.spots()
    head.lids(lashes)
    head.shine()
    head.lips()
    head.brows(brows)
    head.jaw(beard)
    head.scalp(bald=bald)
    texture = np.zeros((ROWS, COLUMNS, 4), np.float32)
    texture[..., :3] = head.tone
    texture[covered, :3] = np.clip(head.colour, 0.002, 0.95)
    texture[covered, 3] = np.clip(head.gloss, 0, 2)
    return texture


class _Painting:
    """A head while it is painted, layer over layer: `colour` (n, 3) and `gloss` (n,) at the `rest` places (n, 3)."""

    def __init__(self, skin: Complexion, hair: Floats, rest: Floats, masks: Sequence[Floats]) -> None:
        self.skin, self.hair, self.rest = skin, hair, rest
        self.lip, self.lid, self.ear = masks
        self.tone = linear(skin.tone)
        self.colour = np.broadcast_to(self.tone, (len(rest), 3)).copy()
        self.gloss = np.zeros(len(rest), np.float32)
        self._rng = np.random.default_rng(skin.seed)

    def mottle(self) -> None:
        """Skin is nowhere even."""
        mottle = 0.030 * self._noise(0.22) + 0.018 * self._noise(0.06) + 0.016 * self._noise(0.02)
        self.colour *= (1 + mottle)[:, None]

    def blush(self) -> None:
        """Redder cheeks, nose, chin and ears; darker around the eyes; a warmer forehead."""
        blush = (
            1.0 * self._spot(0.48, 6.96, 1.20, 0.30)
            + 0.7 * self._spot(0.0, 6.98, 1.72, 0.17)
            + 0.9 * self.ear
        )
        blush += 0.35 * self._spot(0.0, 6.27, 1.50, 0.22) + 0.25 * self._noise(0.3) * self._spot(
            0.4, 6.9, 1.3, 0.4
        )
        self._stain(np.clip(blush * self.skin.blush, 0, 1.4), (0.02, 0.24, 0.20))
        around = self._spot(0.31, 7.23, 1.38, 0.20)
        self._stain(around * (0.10 + 0.10 * self.skin.age), (0.7, 1.0, 0.85))
        hollow = self._spot(0.14, 7.36, 1.42, 0.11)
        self._stain(hollow * 0.14, (0.8, 1.0, 0.95))
        self.colour *= 1 + self._forehead()[:, None] * np.array([0.04, 0.035, 0.0], np.float32)

    def spots(self) -> None:
        """Freckles, and the spots of age."""
        if self.skin.freckles:
            where = self._spot(0.32, 7.0, 1.45, 0.38) + self._spot(0, 7.05, 1.7, 0.25) + 0.15
            spots = np.clip(self._noise(0.018) - 1.1, 0, 1) * np.clip(where, 0, 1)
            self._stain(np.clip(spots * self.skin.freckles * 2.2, 0, 0.55), (0.45, 0.75, 0.95))
        if self.skin.age:
            spots = np.clip(self._noise(0.05) - 1.5, 0, 1) * self.skin.age * 0.35
            self._stain(np.clip(spots, 0, 0.5), (0.3, 0.45, 0.55))

    def lids(self, lashes: Floats) -> None:
        """A little shadow, and a line along the lashes."""
        self._stain(self.lid * (0.10 + 0.45 * self.skin.shadow), (0.65, 0.95, 0.85))
        line = _near(self.rest, lashes, 0.016)
        self._cover(self.hair * 0.15 + 0.012, np.clip(line * self.skin.liner, 0, 0.95))

    def shine(self) -> None:
        """Gloss: more on nose, forehead and cheeks, and on fair skin."""
        fair = float(np.clip(self.tone.mean() / 0.5, 0.15, 1))
        gloss = (
            0.75
            + 0.30 * self._spot(0, 7.0, 1.7, 0.22)
            + 0.12 * self._forehead()
            + 0.12 * self._spot(0.45, 7.05, 1.25, 0.22)
        )
        self.gloss = gloss * (1 + 0.16 * self._noise(0.03)) * (0.8 + 0.2 * fair)

    def lips(self) -> None:
        """Lips, finely striped and darker where they meet."""
        stripe = 1 + 0.05 * noise(self.rest * np.array([6.0, 1, 1], np.float32), 0.12, self._rng)
        inner = np.clip(1 - np.abs(self.rest[:, 1] - 6.598) / 0.03, 0, 1) * 0.35
        lips = linear(self.skin.lips) * (stripe * (1 - inner))[:, None]
        self._cover(lips, np.clip(self.lip * 1.15, 0, 1) * 0.88)
        self.gloss += self.lip * 0.85

    def brows(self, roots: Floats) -> None:
        """What shines through between the hairs of the brows."""
        brow = np.clip(_near(self.rest, roots, 0.024) * 0.42 * self.skin.brow_weight, 0, 0.9)
        self._cover(self.hair * 0.8, brow)

    def jaw(self, beard: Floats | None) -> None:
        """Stubble, and the ground of a beard."""
        height, depth = self.rest[:, 1], self.rest[:, 2]
        jaw = np.clip((6.86 - height) / 0.12, 0, 1) * np.clip((height - 5.75) / 0.4, 0, 1)
        jaw *= np.clip((depth - 0.62) / 0.25, 0, 1) * (1 - np.clip(self.lip * 2, 0, 1))
        if self.skin.stubble:
            grain = np.clip(0.65 + 0.35 * self._noise(0.012), 0, 1.3)
            shaven = self.hair * 0.7 + self.tone * np.array([0.05, 0.08, 0.10], np.float32)
            self._cover(shaven, jaw * grain * self.skin.stubble)
        if beard is not None:
            self._cover(self.hair * 0.7, np.clip(_near(self.rest, beard, 0.06) * 0.8, 0, 0.9))

    def scalp(self, *, bald: bool) -> None:
        """The ground of the hair."""
        cover = np.clip((scalp(self.rest) + 0.012 * self._noise(0.05) + 0.01) / 0.16, 0, 1)
        cover *= cover * (3 - 2 * cover)
        cover *= 1 - np.clip(self.ear * 3, 0, 1)
        cover *= 0.35 if bald else 0.93
        self._cover(self.hair * 0.7, cover)
        self.gloss *= 1 - (0.35 if bald else 0.9) * cover

    def _noise(self, size: float) -> Floats:
        return noise(self.rest, size, self._rng)

    def _spot(self, x: float, y: float, z: float, radius: float) -> Floats:
        return _spot(self.rest, x, y, z, radius)

    def _forehead(self) -> Floats:
        return self._spot(0.0, 7.8, 1.45, 0.45)

    def _stain(self, share: Floats, taken: tuple[float, float, float]) -> None:
        """Take a share (n,) of some of red, green and blue away."""
        self.colour *= 1 - share[:, None] * np.array(taken, np.float32)

    def _cover(self, colour: Floats, share: Floats) -> None:
        """Lay a colour (3,) or (n, 3) over it, as a share (n,) of it."""
        self.colour += (colour - self.colour) * share[:, None]
