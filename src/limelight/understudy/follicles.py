"""Where hair grows on a person: brows, lashes, beard and scalp, as strands bound to the mesh."""

# mypy: disable-error-code="no-any-return"
# numpy's stubs answer Any for arithmetic on real arrays of unstated width

import dataclasses

import numpy as np
from scipy.interpolate import LinearNDInterpolator
from scipy.spatial import cKDTree

from limelight.understudy import complexion
from limelight.understudy import hair as barber
from limelight.understudy.anatomy import Floats, Ints
from limelight.understudy.casting import Understudy
from limelight.understudy.complexion import linear
from limelight.understudy.hair import Strands, unit
from limelight.understudy.mesh import Surface, scattered
from limelight.understudy.shade import SKIN_BODY, SKIN_HEAD
from limelight.understudy.stock import LASHES, Stock, stock

TRIM_POINTS = 5
STRAND = {"long": 1.5, "bob": 1.7, "short": 1.0, "afro": 1.4}
"""Width of a drawn strand in mm: each stands for a few of the hundred thousand that a head has."""
FINE = 0.4
"""Width of the hairs at the hairline, as a share of the others'."""
LASH_COLOUR = (0.03, 0.025, 0.025)


@dataclasses.dataclass(frozen=True)
class Trim:
    """Brows, lashes and beard, and the rest places of their roots, for the skin under them."""

    strands: Strands
    brow_roots: Floats
    lash_roots: Floats
    beard_roots: Floats | None


def trim(person: Understudy, points: Floats, normals: Floats, rng: np.random.Generator) -> Trim:
    """The short hair of the face on the neutral mesh."""
    s = stock()
    brow_places, brow_follows, brow_roots = brow_strands(s, points, normals, person, rng)
    lash_places, lash_follows = lash_strands(s, points, person, rng)
    groups = [
        (brow_places, brow_follows, 0.24, person.hair.brow or person.hair.colour),
        (lash_places, lash_follows, 0.22, LASH_COLOUR),
    ]
    beard_roots = None
    if person.hair.beard:
        beard_places, beard_follows, beard_roots = beard_strands(s, points, normals, rng)
        groups.append((beard_places, beard_follows, 0.6, person.hair.colour))
    places = np.concatenate([resampled(group[0], TRIM_POINTS) for group in groups])
    column = np.arange(TRIM_POINTS)
    strands = Strands(
        places,
        np.concatenate([follows[:, np.minimum(column, follows.shape[1] - 1)] for _, follows, _, _ in groups]),
        np.concatenate([hair_colours(linear(colour) * 1.1, len(at), rng) for at, _, _, colour in groups]),
        np.concatenate([np.full(len(at), width, np.float32) for at, _, width, _ in groups]),
        np.ones(places.shape[:2], np.float32),
    )
    return Trim(strands, brow_roots, s.anatomy.points[lash_follows[:, 0]], beard_roots)


def head_of_hair(
    person: Understudy, points: Floats, normals: Floats, lift: float, chin: float, rng: np.random.Generator
) -> tuple[Strands, Floats]:
    """The hair of the head, and the direction (s, k, 3) out of the head at each of its places."""
    if person.hair.style == "bald":
        places, widths = np.zeros((0, 2, 3), np.float32), np.zeros(0, np.float32)
    else:
        places, widths = scalp_strands(person, points, normals, lift, rng)
    head = np.clip((places[..., 1] - (chin - 0.75)) / 1.0, 0, 1)
    axis = np.zeros_like(places)
    axis[..., 1] = np.clip(places[..., 1], 6.5 + lift, 7.45 + lift)
    axis[..., 2] = 0.35
    strands = Strands(
        places,
        np.full(places.shape[:2], -1, np.int32),
        hair_colours(linear(person.hair.colour), len(places), rng),
        widths,
        (head * head * (3 - 2 * head)).astype(np.float32),
    )
    return strands, unit(places - axis).astype(np.float32)


def lash_strands(
    s: Stock, points: Floats, person: Understudy, rng: np.random.Generator
) -> tuple[Floats, Ints]:
    """Lashes (s, 5, 3) along the strips of the base mesh, and the point of the mesh that each place follows."""
    a = s.anatomy
    body = cKDTree(s.rest[np.unique(s.triangles[s.kinds == SKIN_HEAD])])
    places, follows = [], []
    for name in LASHES:
        part = a.part(name)
        index, first = np.unique(a.quads[part].ravel(), return_index=True)
        uv = a.quad_uvs[part].reshape(-1, 2)[first]
        uv = (uv - uv.min(0)) / (np.ptp(uv, axis=0) + 1e-9)
        distance, _ = body.query(a.points[index])
        along = int(
            np.abs(np.corrcoef(uv[:, 0], distance)[0, 1]) > np.abs(np.corrcoef(uv[:, 1], distance)[0, 1])
        )
        across = 1 - along
        if np.corrcoef(uv[:, across], distance)[0, 1] < 0:
            uv[:, across] = 1 - uv[:, across]
        upper = "upper" in name
        count = int((70 if upper else 36) * person.lashes)
        u = np.clip((np.arange(count) + 0.5) / count + 0.01 * rng.standard_normal(count), 0.02, 0.98)
        reach = np.linspace(0.02, (0.95 if upper else 0.7), 5)[None] * (0.75 + 0.25 * rng.random((count, 1)))
        where = np.empty((count, 5, 2))
        where[..., along] = u[:, None] + 0.10 * reach * (u[:, None] - 0.5)
        where[..., across] = reach
        where = where.clip(0.01, 0.99)
        inside = LinearNDInterpolator(uv + 1e-6 * rng.standard_normal(uv.shape), points[index])(where)
        near = index[cKDTree(uv).query(where)[1]]
        inside = np.where(np.isnan(inside), points[near], inside)
        places.append(inside)
        follows.append(near)
    return np.concatenate(places).astype(np.float32), np.concatenate(follows).astype(np.int32)


def brow_strands(
    s: Stock, points: Floats, normals: Floats, person: Understudy, rng: np.random.Generator
) -> tuple[Floats, Ints, Floats]:
    """Brow hairs (s, 4, 3), what they follow, and the rest places of their roots."""
    count = int(420 * person.skin.brow_weight)
    skin = np.unique(s.triangles[s.kinds == SKIN_HEAD])
    front = skin[s.rest[skin, 2] > 0.9]
    flat = cKDTree(s.rest[front, :2])
    places, follows, roots = [], [], []
    for sign in (1.0, -1.0):
        at, heading = barber.brow_roots(count, person.brow_thickness, person.brow_arch, rng)
        at, heading = at * (sign, 1), heading * (sign, 1)
        distance, near = flat.query(at, k=3)
        share = 1 / (distance + 1e-4)
        share /= share.sum(1, keepdims=True)
        near = front[near]
        flat_rest = (s.rest[near] * share[..., None]).sum(1)
        root = (points[near] * share[..., None]).sum(1)
        root[:, :2] += at - flat_rest[:, :2]
        normal = unit((normals[near] * share[..., None]).sum(1))
        direction = np.concatenate([heading, np.zeros((count, 1))], 1)
        direction = unit(direction - (direction * normal).sum(1, keepdims=True) * normal)
        length = (0.066 * (0.7 + 0.5 * rng.random(count)))[:, None, None]
        t = np.linspace(0, 1, 4)[None, :, None]
        rise = normal[:, None] * (0.006 + 0.020 * t * (1 - t))
        places.append(root[:, None] + direction[:, None] * length * t + rise)
        follows.append(np.repeat(near[:, :1], 4, 1))
        roots.append(np.concatenate([at, flat_rest[:, 2:]], 1))
    return (
        np.concatenate(places).astype(np.float32),
        np.concatenate(follows).astype(np.int32),
        np.concatenate(roots).astype(np.float32),
    )


def beard_strands(
    s: Stock, points: Floats, normals: Floats, rng: np.random.Generator
) -> tuple[Floats, Ints, Floats]:
    """A short full beard (s, 4, 3), what it follows, and the rest places of its roots."""
    x, y, z = s.rest.T
    line = 6.36 + 0.55 * np.clip((np.abs(x) - 0.30) / 0.5, 0, 1) + np.where(np.abs(x) < 0.17, -0.02, 0)
    chin = (y < line) & (y > 6.12 - 0.1 * z) & (z > 0.45) & (np.hypot(x / 0.9, (y - 6.6) / 0.55) > 0.42)
    moustache = (y > 6.73) & (y < 6.81) & (np.abs(x) < 0.30) & (z > 1.3)
    corner = (np.abs(np.abs(x) - 0.33) < 0.05) & (y > 6.3) & (y < 6.76) & (z > 1.1)
    weight = (chin | moustache | corner).astype(np.float32) * (s.head > 0.6)
    skin = s.triangles[s.kinds == SKIN_HEAD]
    rows, share = scattered(points, skin, weight, 3800, rng)
    near = skin[rows]
    root = (points[near] * share[..., None]).sum(1)
    normal = unit((normals[near] * share[..., None]).sum(1))
    fall = unit(normal * 0.5 + np.array([0, -0.8, 0.1]) + 0.35 * rng.standard_normal(root.shape))
    t = np.linspace(0, 1, 4)[None, :, None]
    places = root[:, None] + fall[:, None] * t * (0.07 + 0.05 * rng.random((len(root), 1, 1)))
    rest = (s.rest[near] * share[..., None]).sum(1)
    return places.astype(np.float32), np.repeat(near[:, :1], 4, 1).astype(np.int32), rest.astype(np.float32)


def scalp_strands(
    person: Understudy, points: Floats, normals: Floats, lift: float, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """The hair of the head (s, k, 3) for a style other than bald, and its widths (s,) in mm: fine at the hairline."""
    s, cut = stock(), person.hair
    skin = s.triangles[s.kinds == SKIN_HEAD]
    ear = np.isin(np.arange(len(s.rest)), skin[s.rest[skin][..., 0].__abs__().max(1) > 0.775].ravel()) & (
        s.rest[:, 1] < 7.42
    )
    field = complexion.scalp(s.rest)
    ramp = 0.06 if cut.style in ("bob", "afro") else 0.2  # a fringe and curls are dense to their edge
    weight = (
        (0.45 * (field > 0) + 0.55 * np.clip(field / ramp, 0, 1))
        * ~ear
        * (0.6 + 0.8 * np.clip(field, 0, 1))
        * (s.head > 0.5)
    )
    count = int(cut.strands * (1.45 if cut.style in ("long", "bob") else 1.02))  # some are dropped below
    rows, share = scattered(points, skin, weight.astype(np.float32), count, rng)
    corners = skin[rows]

    def mixed(values: Floats) -> Floats:
        out: Floats = (values[corners] * share[..., None]).sum(1)
        return out

    rest, roots = mixed(s.rest), mixed(points)
    outside = np.unique(s.triangles[np.isin(s.kinds, (SKIN_HEAD, SKIN_BODY))])
    body = Surface(points[outside], normals[outside])
    places = barber.grown(cut, roots, rest, unit(mixed(normals)), body, lift, rng)
    places = barber.styled(cut, places, rng)
    grown_up: Floats = np.clip(mixed(field[:, None])[:, 0] / (1.5 * ramp), 0, 1)
    widths = (STRAND[cut.style] * (FINE + (1 - FINE) * grown_up)).astype(np.float32)
    kept = np.flatnonzero(barber.off_the_face(cut, places, rest, lift))
    kept = kept[rng.permutation(len(kept))[: cut.strands]]
    places, widths = places[kept], widths[kept]
    if cut.style in ("long", "bob"):
        places = barber.trimmed(
            places, cut.cut + lift + 0.10 * rng.standard_normal((len(places), 1)).astype(np.float32)
        )
    return places, widths


def hair_colours(colour: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Albedo (count, 3) that varies from strand to strand."""
    out = colour * (1 + 0.08 * rng.standard_normal((count, 1))).clip(0.6, 1.6)
    return out.astype(np.float32)


def resampled(places: Floats, count: int) -> Floats:
    """The same strands with `count` points each."""
    at = np.linspace(0, places.shape[1] - 1, count)
    i = np.minimum(at.astype(int), places.shape[1] - 2)
    f = (at - i)[None, :, None].astype(np.float32)
    out: Floats = places[:, i] * (1 - f) + places[:, i + 1] * f
    return out
