"""Bake an understudy: everything about a person that no performance changes, in arrays that the renderer reads."""

import dataclasses
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from limelight.understudy import complexion, follicles, wardrobe
from limelight.understudy.anatomy import Anatomy, Floats, Ints, macro_weights, rotation
from limelight.understudy.casting import Understudy
from limelight.understudy.hair import Strands, unit
from limelight.understudy.raster import FAR, draw_depth, light_through, point_normals, splat_depth, turned
from limelight.understudy.shade import EYE_LEFT, EYE_RIGHT, HAND, SKIN_BODY, SKIN_HEAD
from limelight.understudy.stock import stock

EYE_HEIGHT, CHIN_HEIGHT = 7.284, 6.19
"""Of the base mesh, dm."""
ARM_DROP = 34.0
"""Degrees by which the arms of the base mesh, which stand off, are lowered."""


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
    xyz = np.stack(
        [np.sin(angle) * np.cos(around), np.sin(angle) * np.sin(around), np.cos(angle) + 0 * around], -1
    )
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
    base, held = _shaped(person, a)
    bare = (s.refined.matrix @ held).astype(np.float32)
    offset, field = dressed(person, bare)
    mesh = bare + offset
    normals = np.empty_like(mesh)
    point_normals(mesh, s.triangles, normals)

    eyes, points, triangles = eyeballs(a, base, first=len(mesh))
    neutral = np.concatenate([mesh, *points])
    all_triangles = np.concatenate([s.triangles, *triangles]).astype(np.int32)
    kinds = [s.kinds, *(np.full(len(t), k) for t, k in zip(triangles, (EYE_LEFT, EYE_RIGHT), strict=True))]
    all_kinds = np.concatenate(kinds).astype(np.int32)
    no_uvs = np.zeros((len(all_triangles) - len(s.triangles), 3, 2), np.float32)

    lift = float(eyes[:, 1].mean() - EYE_HEIGHT)
    chin = CHIN_HEIGHT + lift
    shorter = follicles.trim(person, mesh, normals, rng)
    hair, outward = follicles.head_of_hair(person, mesh, normals, lift, chin, rng)
    texture = complexion.painted(
        person.skin,
        person.hair.colour,
        bald=person.hair.style == "bald",
        brows=shorter.brow_roots,
        lashes=shorter.lash_roots,
        beard=shorter.beard_roots,
        rest_texture=s.rest_texture,
        covered=s.covered,
        masks=a.masks,
    )

    all_normals = np.empty_like(neutral)
    point_normals(neutral, all_triangles, all_normals)
    visible = np.isin(all_kinds, (SKIN_HEAD, SKIN_BODY, EYE_LEFT, EYE_RIGHT))
    flat = hair.places.reshape(-1, 3), outward.reshape(-1, 3)
    seen, flat_seen = openness(neutral, all_normals, all_triangles[visible], *flat)
    hair_seen = flat_seen.reshape(hair.places.shape[:2])
    # the outer hair and that in front is drawn first: it hides the rest
    order = np.argsort(-(hair_seen + hair.places[..., 2]).mean(1)) if len(hair_seen) else np.zeros(0, int)

    return Figure(
        base=base,
        neutral=neutral,
        cloth_offset=offset,
        bones=_bones(len(neutral)),
        static=_static(seen, field),
        triangles=all_triangles,
        uvs=np.concatenate([s.uvs, no_uvs]),
        kinds=all_kinds,
        texture=texture,
        eyes=eyes,
        pivots=np.stack([a.joint(base, "neck"), a.joint(base, "head")]).astype(np.float32),
        frame=np.array([mesh[s.head > 0.9, 1].max(), chin, eyes[0, 2]], np.float32),
        hair=Strands(*(getattr(hair, part.name)[order] for part in dataclasses.fields(Strands))),
        hair_openness=hair_seen[order],
        hair_outward=outward[order],
        trim=shorter.strands,
    )


def _shaped(person: Understudy, a: Anatomy) -> tuple[Floats, Floats]:
    """The base mesh of a person, with an empty face and with the one that she or he always holds a little."""
    weights = {
        **macro_weights(person.ancestry, person.male, person.age, person.weight, person.muscle),
        **person.shape,
    }
    base = lowered_arms(a, a.shaped(weights))
    return base, lowered_arms(a, a.shaped({**weights, **person.units})) if person.units else base


def _bones(points: int) -> Floats:
    """Shares (points, 3) of torso, neck and head in what moves each point; eyeballs, after the mesh, are head."""
    s = stock()
    mesh = len(s.head)
    bones = np.zeros((points, 3), np.float32)
    bones[mesh:, 2] = 1
    bones[:mesh, 2], bones[:mesh, 1] = s.head, s.neck
    bones[:, 0] = 1 - bones[:, 1] - bones[:, 2]
    return bones


def _static(seen: Floats, field: Floats) -> Floats:
    """What of a point's shading never changes (points, 5): openness, cloth and rest place; none for eyeballs."""
    s = stock()
    mesh = len(field)
    static = np.zeros((len(seen), 5), np.float32)
    static[:, 0], static[:, 1] = seen, -1
    static[:mesh, 1], static[:mesh, 2:] = field, s.rest
    return static


def eyeballs(a: Anatomy, base: Floats, first: int) -> tuple[Floats, list[Floats], list[Ints]]:
    """Centres and radii (2, 4) of the eyes, left first, and their spheres; points are numbered from `first` on."""
    eyes, points, triangles = [], [], []
    for name in ("left_eye", "right_eye"):
        shell = base[np.unique(a.quads[a.part(name)])]
        radius = float(np.ptp(shell[:, 0]) / 2)
        centre = np.array([*shell[:, :2].mean(0), shell[:, 2].min() + radius], np.float32)
        sphere, faces = eyeball(centre, radius * 0.985)
        eyes.append([*centre, radius])
        points.append(sphere)
        triangles.append(faces + first)
        first += len(sphere)
    return np.array(eyes, np.float32), points, triangles


def as_arrays(figure: Figure) -> dict[str, NDArray[np.generic]]:
    """A figure as flat named arrays, for ``np.savez``."""
    out: dict[str, NDArray[np.generic]] = {}
    for item in dataclasses.fields(Figure):
        value = getattr(figure, item.name)
        if isinstance(value, Strands):
            out.update(
                {
                    f"{item.name}.{part.name}": getattr(value, part.name)
                    for part in dataclasses.fields(Strands)
                }
            )
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
