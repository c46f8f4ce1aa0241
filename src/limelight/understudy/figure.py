"""Bake an understudy: everything about a person that no performance changes, in arrays that the renderer reads."""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator
from scipy.spatial import cKDTree

from limelight.understudy import complexion, wardrobe
from limelight.understudy import hair as barber
from limelight.understudy.anatomy import Anatomy, Floats, Ints, anatomy, macro_weights, rotation
from limelight.understudy.casting import Understudy
from limelight.understudy.complexion import linear
from limelight.understudy.hair import Strands, unit
from limelight.understudy.mesh import Subdivision, Surface, scattered, subdivided, triangulated
from limelight.understudy.raster import FAR, draw_depth, light_through, point_normals, splat_depth, turned
from limelight.understudy.shade import EYE_LEFT, EYE_RIGHT, HAND, MOUTH, SKIN_BODY, SKIN_HEAD, TEETH, TONGUE

ARM_DROP = 34.0
"""Degrees by which the arms of the base mesh, which stand off, are lowered."""

FLESH = ("body", "upper_teeth", "lower_teeth", "tongue")
LASHES = ("left_upper_lashes", "right_upper_lashes", "left_lower_lashes", "right_lower_lashes")


@dataclass(frozen=True)
class Stock:
    """What all people share: the refined mesh and its materials."""

    anatomy: Anatomy
    refined: Subdivision
    triangles: Ints
    uvs: Floats
    kinds: Ints
    rest: Floats
    hand: NDArray[np.bool_]
    """Which triangles are the forearm and hand that serve as an occluder."""
    rest_texture: Floats
    covered: NDArray[np.bool_]
    head: Floats
    neck: Floats


@functools.cache
def stock() -> Stock:
    a = anatomy()
    drawn = np.isin(a.quad_parts, [a.part_names.index(name) for name in (*FLESH, *LASHES)])
    refined = subdivided(len(a.points), a.quads[drawn], a.quad_uvs[drawn])
    parts = np.array(a.part_names)[a.quad_parts[drawn][refined.parents]]
    flesh = np.isin(parts, FLESH)
    triangles, uvs = triangulated(refined.quads[flesh], refined.quad_uvs[flesh])
    part = np.repeat(parts[flesh], 2)
    inside_out = np.isin(part, ("upper_teeth", "lower_teeth"))  # the base mesh winds the teeth the other way round
    triangles[inside_out], uvs[inside_out] = triangles[inside_out][:, ::-1], uvs[inside_out][:, ::-1]
    rest = (refined.matrix @ a.points).astype(np.float32)

    at_head, on_head = complexion.head_uvs(uvs)
    kinds = np.where(on_head, SKIN_HEAD, SKIN_BODY)
    corners = rest[triangles]
    inside = (uvs[..., 1].max(1) < 0.1) & (uvs[..., 0].min(1) > 0.6) & (corners[..., 1].min(1) > 5.5)
    kinds[inside] = MOUTH
    kinds[np.isin(part, ("upper_teeth", "lower_teeth"))] = TEETH
    kinds[part == "tongue"] = TONGUE
    hand = (corners[..., 0].min(1) > 3.25) & (part == "body")
    kinds[hand] = HAND
    skin = kinds == SKIN_HEAD
    rest_texture, covered = complexion.rest_map(rest, triangles[skin], at_head[skin])
    return Stock(
        a, refined, triangles, at_head, kinds.astype(np.int32), rest, hand, rest_texture, covered,
        head=(refined.matrix @ a.bones["head"]).astype(np.float32),
        neck=(refined.matrix @ a.bones["neck"]).astype(np.float32),
    )  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A baked person. Points are the mesh's (m) followed by those of the two eyeballs (e each)."""

    base: Floats
    """(n, 3) points of the coarse mesh, with the arms lowered."""
    neutral: Floats
    """(m + 2 e, 3) points in the neutral face."""
    cloth_offset: Floats
    """(m, 3) what the clothes add to the refined mesh."""
    bones: Floats
    """(m + 2 e, 3) weights of torso, neck and head."""
    static: Floats
    """(m + 2 e, 5) openness, cloth field, rest place."""
    triangles: Ints
    uvs: Floats
    kinds: Ints
    texture: Floats
    eyes: Floats
    """(2, 4) centres and radii of the eyeballs, left first."""
    pivots: Floats
    """(2, 3) joints of neck and head."""
    frame: Floats
    """(3,) crown and chin heights and the depth of the face, for the camera."""
    hair: Strands
    hair_openness: Floats
    hair_outward: Floats
    trim: Strands
    """Brows, lashes and beard."""


def lowered_arms(a: Anatomy, points: Floats) -> Floats:
    """Turn the arms about the shoulders, so that they hang."""
    moved = points.copy()
    for side, sign in (("left", -1.0), ("right", 1.0)):
        pivot = a.joint(points, f"{side[0]}-shoulder")
        turn = rotation(0, 0, -sign * ARM_DROP)
        part = rotation(0, 0, -sign * ARM_DROP * 0.35)
        arm, shoulder = a.bones[f"{side}_arm"][:, None], a.bones[f"{side}_shoulder"][:, None]
        around = points - pivot
        moved += arm * (around @ turn.T - around) + shoulder * (around @ part.T - around)
    return moved


def eyeball(centre: Floats, radius: float) -> tuple[Floats, Ints]:
    """A sphere with its pole forwards: points and triangles."""
    rings, spokes = 12, 24
    angle = np.linspace(0.02, 1.9, rings)[:, None]
    around = np.linspace(0, 2 * np.pi, spokes, endpoint=False)[None]
    xyz = np.stack([np.sin(angle) * np.cos(around), np.sin(angle) * np.sin(around), np.cos(angle) + 0 * around], -1)
    i, j = np.meshgrid(np.arange(rings - 1), np.arange(spokes), indexing="ij")
    a, b = i * spokes + j, i * spokes + (j + 1) % spokes
    quads = np.stack([a, a + spokes, b + spokes, b], -1).reshape(-1, 4)
    triangles = quads[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3)
    return (centre + radius * xyz.reshape(-1, 3)).astype(np.float32), triangles.astype(np.int32)


def dressed(person: Understudy, points: Floats) -> tuple[Floats, Floats]:
    """(m, 3) what the clothes add to the mesh, and the cloth field (m,)."""
    s = stock()
    field = wardrobe.covered(person.garment, s.rest, s.head)
    field[s.triangles[s.kinds == HAND].ravel()] = -1.0
    quads = s.refined.quads
    sides = np.stack([quads, np.roll(quads, -1, 1)], -1).reshape(-1, 2)
    both = np.concatenate([sides, sides[:, ::-1]])
    link = sp.csr_matrix((np.ones(len(both), np.float32), both.T), shape=(len(points), len(points)))
    mean = sp.diags(1 / np.maximum(np.asarray(link.sum(1)).ravel(), 1)) @ link
    amount = np.clip((field - 0.05) / 0.3, 0, 1)[:, None]
    smooth = points
    for _ in range(14):
        smooth = smooth + amount * (mean @ smooth - smooth)
    normals = np.empty_like(points)
    point_normals(smooth.astype(np.float32), s.triangles, normals)
    away = wardrobe.stand_off(person.garment, field, s.rest)[:, None] * normals
    # a garment spans hollows: it never lies deeper than the body
    under = np.maximum(((points - smooth) * normals).sum(1), 0)[:, None] * (field > 0)[:, None]
    return (smooth - points + away + under * normals).astype(np.float32), field


def lash_strands(s: Stock, points: Floats, person: Understudy, rng: np.random.Generator) -> tuple[Floats, Ints]:
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
        along = int(np.abs(np.corrcoef(uv[:, 0], distance)[0, 1]) > np.abs(np.corrcoef(uv[:, 1], distance)[0, 1]))
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


def brow_strands(s: Stock, points: Floats, normals: Floats, person: Understudy, rng: np.random.Generator) -> tuple[Floats, Ints, Floats]:
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
    return np.concatenate(places).astype(np.float32), np.concatenate(follows).astype(np.int32), np.concatenate(roots).astype(np.float32)


def beard_strands(s: Stock, points: Floats, normals: Floats, rng: np.random.Generator) -> tuple[Floats, Ints, Floats]:
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


def scalp_strands(person: Understudy, points: Floats, normals: Floats, lift: float, rng: np.random.Generator) -> Floats:
    """The hair of the head (s, k, 3) for a style other than bald."""
    s, cut = stock(), person.hair
    skin = s.triangles[s.kinds == SKIN_HEAD]
    ear = np.isin(np.arange(len(s.rest)), skin[s.rest[skin][..., 0].__abs__().max(1) > 0.775].ravel()) & (s.rest[:, 1] < 7.42)
    field = complexion.scalp(s.rest)
    weight = np.clip(field / 0.06, 0, 1) * ~ear * (0.6 + 0.8 * np.clip(field, 0, 1)) * (s.head > 0.5)
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
    places = places[barber.off_the_face(cut, places, rest, lift)]
    places = places[rng.permutation(len(places))[: cut.strands]]
    if cut.style in ("long", "bob"):
        places = barber.trimmed(places, cut.cut + lift + 0.10 * rng.standard_normal((len(places), 1)).astype(np.float32))
    return places


def hair_colours(person: Understudy, colour: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Albedo (count, 3) that varies from strand to strand."""
    out = colour * (1 + 0.08 * rng.standard_normal((count, 1))).clip(0.6, 1.6)
    white = rng.random(count) < person.hair.grey
    out[white] = 0.55
    return out.astype(np.float32)


def openness(
    points: Floats, normals: Floats, triangles: Ints, strands: Floats, outward: Floats
) -> tuple[Floats, Floats]:
    """Share of the surroundings that each point and each strand place sees (0-1), from 40 directions."""
    count, size, span = 40, 224, 5.2
    seen, weight = np.zeros(len(points), np.float32), np.zeros(len(points), np.float32)
    hair_seen, hair_weight = np.zeros(len(strands), np.float32), np.zeros(len(strands), np.float32)
    centre = np.array([0, points[:, 1].max() - 1.9, 0.4], np.float32)
    share, through = np.empty(len(points), np.float32), np.empty(len(strands), np.float32)
    for i in range(count):
        height = 1 - 2 * (i + 0.5) / count
        angle = i * np.pi * (3 - np.sqrt(5))
        ring = np.sqrt(1 - height**2)
        towards = np.array([ring * np.cos(angle), height, ring * np.sin(angle)], np.float32)
        map_points = from_light(points, towards, centre, span, size)
        depth = np.full((size, size), FAR, np.float32)
        draw_depth(map_points, triangles, depth)
        facing = np.maximum(normals @ towards, 0)
        if len(strands):
            hair_points = from_light(strands, towards, centre, span, size)
            splat_depth(hair_points, 0, depth)
            light_through(hair_points, depth, 1, 0.03, 0.16, through)
            share_of = 0.35 + np.maximum(outward @ towards, 0)
            hair_seen += through * share_of
            hair_weight += share_of
        light_through(map_points, depth, 1, 0.05, 0.06, share)
        seen += share * facing
        weight += facing
    return (seen / (weight + 1e-6)).astype(np.float32), (hair_seen / (hair_weight + 1e-6)).astype(np.float32)


def from_light(points: Floats, towards: Floats, centre: Floats, span: float, size: int) -> Floats:
    """Points (n, 3) in the shadow map of a distant light: column, row, depth in dm."""
    side = unit(np.cross(np.array([0.0, 1.0, 0.02]), towards))
    up = np.cross(towards, side)
    frame = np.stack([side * size / span, up * size / span, -towards]).astype(np.float32)
    shift = np.array([size / 2, size / 2, 0], np.float32) - frame @ centre
    out = np.empty_like(points)
    turned(points, frame, shift.astype(np.float32), out)
    return out


def baked(person: Understudy) -> Figure:
    """Bake `person`. Takes seconds: `limelight.understudy.dressing_room.figure` keeps the result."""
    s = stock()
    a = s.anatomy
    rng = np.random.default_rng([person.skin.seed, 77])
    weights = {**macro_weights(person.ancestry, person.male, person.age, person.weight, person.muscle), **person.shape}
    base = lowered_arms(a, a.shaped(weights))
    held = lowered_arms(a, a.shaped({**weights, **person.units})) if person.units else base
    bare = (s.refined.matrix @ held).astype(np.float32)
    offset, field = dressed(person, bare)
    mesh = bare + offset
    normals = np.empty_like(mesh)
    point_normals(mesh, s.triangles, normals)

    eyes, eye_points, eye_triangles = [], [], []
    total = len(mesh)
    for name in ("left_eye", "right_eye"):
        shell = base[np.unique(a.quads[a.part(name)])]
        radius = float(np.ptp(shell[:, 0]) / 2)
        centre = np.array([*shell[:, :2].mean(0), shell[:, 2].min() + radius], np.float32)
        points, triangles = eyeball(centre, radius * 0.985)
        eyes.append([*centre, radius])
        eye_points.append(points)
        eye_triangles.append(triangles + total)
        total += len(points)
    neutral = np.concatenate([mesh, *eye_points])
    triangles = np.concatenate([s.triangles, *eye_triangles])
    uvs = np.concatenate([s.uvs, np.zeros((total and sum(map(len, eye_triangles)), 3, 2), np.float32)])
    kinds = np.concatenate([s.kinds, *(np.full(len(t), k) for t, k in zip(eye_triangles, (EYE_LEFT, EYE_RIGHT), strict=True))])

    lift = float(np.mean([e[1] for e in eyes]) - 7.284)
    brow_places, brow_follows, brow_rest = brow_strands(s, mesh, normals, person, rng)
    lash_places, lash_follows = lash_strands(s, mesh, person, rng)
    lash_rest = a.points[lash_follows[:, 0]]
    groups = [(brow_places, brow_follows, 0.24, person.hair.brow or person.hair.colour), (lash_places, lash_follows, 0.22, (0.03, 0.025, 0.025))]
    beard_rest = None
    if person.hair.beard:
        beard_places, beard_follows, beard_rest = beard_strands(s, mesh, normals, rng)
        groups.append((beard_places, beard_follows, 0.6, person.hair.colour))
    brow_colour = person.hair.brow or person.hair.colour
    texture = complexion.painted(
        person.skin, brow_colour if person.hair.style == "bald" else person.hair.colour, person.hair.style == "bald",
        brow_rest, lash_rest, beard_rest, s.rest_texture, s.covered, a,
    )  # fmt: skip

    trim_places = np.concatenate([_resampled(g[0], 5) for g in groups])
    trim = Strands(
        trim_places,
        np.concatenate([g[1][:, np.minimum(np.arange(5), g[1].shape[1] - 1)] for g in groups]),
        np.concatenate([hair_colours(person, linear(g[3]) * 1.1, len(g[0]), rng) for g in groups]),
        np.concatenate([np.full(len(g[0]), g[2], np.float32) for g in groups]),
        np.ones(trim_places.shape[:2], np.float32),
    )

    if person.hair.style == "bald":
        places = np.zeros((0, 2, 3), np.float32)
    else:
        places = scalp_strands(person, mesh, normals, lift, rng)
    if person.hair.style == "updo":
        places = np.concatenate([_resampled(places, 16), barber.bun(np.array([0, 8.12 + lift, -0.80]), 0.42, 1600, rng)])
    chin = 6.19 + lift
    head = np.clip((places[..., 1] - (chin - 0.75)) / 1.0, 0, 1)
    hair = Strands(
        places, np.full(places.shape[:2], -1, np.int32),
        hair_colours(person, linear(person.hair.colour), len(places), rng),
        np.full(len(places), 1.0, np.float32), (head * head * (3 - 2 * head)).astype(np.float32),
    )  # fmt: skip
    middle = np.stack([0 * places[..., 1], np.clip(places[..., 1], 6.5 + lift, 7.45 + lift), np.full(places.shape[:2], 0.35)], -1)
    outward = unit(places - middle).astype(np.float32)

    all_normals = np.empty_like(neutral)
    point_normals(neutral, triangles, all_normals)
    visible = np.isin(kinds, (SKIN_HEAD, SKIN_BODY, EYE_LEFT, EYE_RIGHT))
    seen, hair_seen = openness(neutral, all_normals, triangles[visible], places.reshape(-1, 3), outward.reshape(-1, 3))

    bones = np.zeros((total, 3), np.float32)
    bones[len(mesh) :, 2] = 1
    bones[: len(mesh), 2], bones[: len(mesh), 1] = s.head, s.neck
    bones[:, 0] = 1 - bones[:, 1] - bones[:, 2]
    static = np.zeros((total, 5), np.float32)
    static[:, 0] = seen
    static[:, 1] = -1
    static[: len(mesh), 1] = field
    static[: len(mesh), 2:] = s.rest
    head_points = mesh[(s.head > 0.9) & (s.kinds.size > 0)]
    order = np.argsort(-hair_seen.reshape(places.shape[:2]).mean(1)) if len(places) else np.zeros(0, int)
    hair = Strands(*(getattr(hair, part.name)[order] for part in dataclasses.fields(Strands)))
    hair_seen, outward = hair_seen.reshape(places.shape[:2])[order], outward[order]
    return Figure(
        base=base, neutral=neutral, cloth_offset=offset, bones=bones, static=static, triangles=triangles.astype(np.int32),
        uvs=uvs, kinds=kinds.astype(np.int32), texture=texture, eyes=np.array(eyes, np.float32),
        pivots=np.stack([a.joint(base, "neck"), a.joint(base, "head")]).astype(np.float32),
        frame=np.array([head_points[:, 1].max(), chin, eyes[0][2]], np.float32),
        hair=hair, hair_openness=hair_seen, hair_outward=outward, trim=trim,
    )  # fmt: skip


def _resampled(places: Floats, count: int) -> Floats:
    at = np.linspace(0, places.shape[1] - 1, count)
    i = np.minimum(at.astype(int), places.shape[1] - 2)
    f = (at - i)[None, :, None].astype(np.float32)
    out: Floats = places[:, i] * (1 - f) + places[:, i + 1] * f
    return out


def as_arrays(figure: Figure) -> dict[str, NDArray[np.generic]]:
    """A figure as flat named arrays, for ``np.savez``."""
    out: dict[str, NDArray[np.generic]] = {}
    for item in dataclasses.fields(Figure):
        value = getattr(figure, item.name)
        if isinstance(value, Strands):
            out.update({f"{item.name}.{part.name}": getattr(value, part.name) for part in dataclasses.fields(Strands)})
        else:
            out[item.name] = value
    return out


def from_arrays(arrays: dict[str, NDArray[np.generic]]) -> Figure:
    """The reverse of `as_arrays`."""
    names = [part.name for part in dataclasses.fields(Strands)]
    values = {key: value for key, value in arrays.items() if "." not in key}
    for group in ("hair", "trim"):
        values[group] = Strands(**{name: arrays[f"{group}.{name}"] for name in names})  # type: ignore[assignment,arg-type]
    return Figure(**values)  # type: ignore[arg-type]
