"""Hair as strands: grown from the scalp, combed, clumped and cut; brows, lashes and beard by the same means."""

# mypy: disable-error-code="no-any-return"
# numpy's stubs answer Any for arithmetic on real arrays of unstated width

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from limelight.understudy.anatomy import Floats, Ints
from limelight.understudy.complexion import Colour
from limelight.understudy.mesh import Surface


@dataclass(frozen=True)
class Haircut:
    """A head of hair. Lengths in dm, colours sRGB 0-1."""

    style: str
    """long, bob, short, afro or bald."""
    colour: Colour
    length: float = 3.0
    volume: float = 0.12
    wave: float = 0.0
    curl: float = 0.0
    parting: float = 0.12
    cut: float = 4.9
    """Rest y under which nothing hangs."""
    strands: int = 8000
    gloss: float = 0.5
    beard: float = 0.0
    brow: Colour | None = None


@dataclass(frozen=True)
class Strands:
    """Polylines on a neutral head."""

    places: Floats
    """(s, k, 3)."""
    follows: Ints
    """(s, k) the point of the mesh that each place follows, or -1."""
    colours: Floats
    """(s, 3) linear albedo."""
    widths: Floats
    """(s,) in mm."""
    head: Floats
    """(s, k) weight of the head against the torso."""


FULLNESS = 0.45
"""Below 1 more strands lie in the outer layers than in the inner ones: a dense shell, with few strays on it."""


def unit(vectors: Floats) -> Floats:
    """Vectors (..., 3) of length 1."""
    out: Floats = vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-9)
    return out


def fringed(rest: Floats) -> NDArray[np.bool_]:
    """Which roots (s,) of a bob belong to its fringe."""
    out: NDArray[np.bool_] = (rest[:, 2] > 0.80) & (np.abs(rest[:, 0]) < 0.52)
    return out


def combed(
    cut: Haircut, rest: Floats, at: Floats, normal: Floats, close: Floats, lift: float, t: float
) -> tuple[Floats, float]:
    """Where the hair of a style wants to go (s, 3) at share `t` of its length, and its stiffness 0-1.

    `normal` (s, 3) points away from the nearest skin, and `close` (s, 1) is 1 on it and 0 well clear of it.
    """
    if cut.style == "afro":
        zero = np.zeros_like(rest[:, 0])
        return unit(normal + 0.25 * np.stack([zero, 0.25 + zero, zero], 1)), 0.5
    if cut.style == "short":
        wish, stiffness = _swept(rest, normal, t), 0.45
    else:
        wish, stiffness = _hanging(cut, rest, at, normal, lift, t), 0.55
    if cut.style == "bob":
        wish = _bobbed(wish, rest, normal, close, t)
    inwards = np.minimum((wish * normal).sum(1, keepdims=True), 0)
    return unit(wish - close * inwards * normal), stiffness


def _hanging(cut: Haircut, rest: Floats, at: Floats, normal: Floats, lift: float, t: float) -> Floats:
    """Away from the parting on top of the head, and down from there."""
    x, z = rest[:, 0], rest[:, 2]
    zero = np.zeros_like(x)
    side = np.where(z > -0.2, np.sign(x - cut.parting + 1e-6), np.sign(x + 1e-6))
    side = np.where(z < 0.2, np.where(np.abs(x) < 0.2, side, np.sign(x)), side)
    reach = np.clip((z + 0.3) / 1.5, 0, 1)
    away = np.stack([side * (0.8 + 0.3 * reach), -0.1 + zero, -0.75 * reach], 1)
    high = np.clip((at[:, 1] - lift - 7.2) / 0.5, 0, 1)
    low = np.clip((6.75 + lift - at[:, 1]) / 0.5, 0, 1)
    ahead = np.where(z > 0.10, 1.1, -0.7)
    inwards = -1.2 * np.clip(np.abs(at[:, 0]) - 0.50, 0, 0.6) * np.sign(at[:, 0])
    down = np.stack([inwards * low, -1 + zero, -0.45 * reach * high + ahead * low], 1)
    top = _top(normal)
    return away * top + down * (1 - 0.85 * top) + normal * max(0.0, 0.25 - 2 * t)


def _bobbed(wish: Floats, rest: Floats, normal: Floats, close: Floats, t: float) -> Floats:
    """A fringe that falls forward, and ends that turn in."""
    x = rest[:, 0]
    zero, top = np.zeros_like(x), _top(normal)
    forward = np.stack([x * 0.35, -0.3 + zero, 0.9 + zero], 1) * top
    forward = forward + np.stack([zero, -1 + zero, 0.05 + zero], 1) * (1 - 0.8 * top)
    wish = np.where(fringed(rest)[:, None], forward + normal * max(0.0, 0.2 - 2 * t), wish)
    return wish - 0.9 * (t - 0.6) * normal * (1 - close) if t > 0.6 else wish


def _swept(rest: Floats, normal: Floats, t: float) -> Floats:
    """Short hair: to the side on top, back and down at the sides, and off the skin at first."""
    y, z = rest[:, 1], rest[:, 2]
    zero = np.zeros_like(y)
    top = (np.clip((y - 7.65) / 0.45, 0, 1) * np.clip(normal[:, 1] * 1.4, 0, 1))[:, None]
    front = np.clip((z - 0.5) / 0.9, 0, 1)
    swept = np.stack([0.85 + zero, 0.05 + 0.25 * front, 0.30 - 0.55 * front], 1)
    sides = np.stack([zero, -0.8 + zero, -0.5 + zero], 1)
    rise = (0.75 - 0.85 * t) * (0.12 + 0.55 * top * (0.5 + 0.5 * front[:, None]))
    return swept * top + sides * (1 - top) + normal * rise


def _top(normal: Floats) -> Floats:
    """How much of the top of the head is there (s, 1), 0 at the sides."""
    return np.clip(normal[:, 1], 0, 1)[:, None]


def lengths(cut: Haircut, rest: Floats, rng: np.random.Generator) -> Floats:
    """Length in dm of the hair from each rest place."""
    x, y, z = rest.T
    ragged = 0.86 + 0.28 * rng.random(len(rest))
    if cut.style == "short":
        top = np.clip((y - 7.45) / 0.55, 0, 1) ** 1.3
        return (cut.length * (0.16 + 0.84 * top) * ragged).astype(np.float32)
    if cut.style == "afro":
        low = np.clip((y - 6.6) / 1.0, 0, 1)
        front = 1 - 0.25 * np.clip((z - 0.9) / 0.6, 0, 1)
        return (cut.length * (0.45 + 0.55 * low) * front * (0.93 + 0.12 * rng.random(len(rest)))).astype(
            np.float32
        )
    if cut.style == "bob":
        return np.where(
            fringed(rest),
            0.04
            + (y - 7.50)
            + 0.22 * np.abs(x)
            + np.clip(1.3 - z, 0, 1) * 0.8 * (0.94 + 0.1 * rng.random(len(rest))),
            cut.length,
        ).astype(np.float32)
    return (cut.length * ragged).astype(np.float32)


def grown(
    cut: Haircut,
    roots: Floats,
    rest: Floats,
    normals: Floats,
    body: Surface,
    lift: float,
    rng: np.random.Generator,
) -> Floats:
    """Strands (s, k, 3) from `roots` (s, 3) with surface `normals`; `rest` are the roots on the base mesh.

    `lift` moves the base mesh's heights to this person's (y on the person = y at rest + lift).
    """
    count = {"long": 26, "bob": 20, "short": 9, "afro": 16}[cut.style]
    step = (lengths(cut, rest, rng) / (count - 1))[:, None]
    depth: Floats = rng.random(len(roots)) ** FULLNESS
    layer = (0.02 + cut.volume * depth).astype(np.float32)
    fall: Floats = rng.random(len(roots)).astype(np.float32)
    places = np.empty((len(roots), count, 3), np.float32)
    places[:, 0] = roots
    loose = 1.0 if cut.style == "afro" else 0.45
    heading = unit(loose * normals + 0.10 * rng.standard_normal(normals.shape)).astype(np.float32)
    distance, outward = body.distance(roots)
    close = np.ones((len(roots), 1), np.float32)
    if cut.style != "afro":
        heading = unit(heading + combed(cut, rest, roots, normals, close, lift, 0.0)[0])
    sway = 0.04 * rng.standard_normal(roots.shape).astype(np.float32)
    for k in range(1, count):
        t = k / (count - 1)
        at = places[:, k - 1]
        around = normals if cut.style == "afro" else outward
        wish, stiff = combed(cut, rest, at, around, close, lift, t)
        heading = unit(heading * (1 - stiff) + (wish + sway) * stiff)
        new = at + heading * step
        distance, outward = body.distance(new)
        if cut.style in ("long", "bob"):
            # fuller below the ears, and clear of the face
            bare = new[:, 2] - np.where(new[:, 1] - lift > 7.75, 9.0, 0.78)
            aside = (
                np.clip(bare, 0, 0.6)
                * (np.abs(new[:, 0]) < 0.9)
                * np.clip((new[:, 1] - lift - 6.2) / 0.3, 0, 1)
            )
            fringe = fringed(rest) if cut.style == "bob" else np.zeros(len(new), bool)
            new[:, 2] -= np.where(fringe, 0, 0.35 * aside)
            new[:, 0] += np.where(fringe, 0, 0.25 * aside * np.sign(new[:, 0]))
        want = layer * min(1.0, 0.25 + 2.2 * t) if cut.style != "afro" else np.full(len(new), 0.0)
        short = np.clip(want - distance, 0, 0.25)[:, None]
        if (
            cut.style != "afro"
        ):  # lay the hair: it stands off no further than its layer while it is beside the head
            beside = np.clip((new[:, 1] - lift - 6.3) / 0.4, 0, 1)
            settle = 0.6 if cut.style != "short" else 0.35 * t
            short = short - (settle * beside * np.clip(distance - want, 0, 0.12))[:, None]
        if cut.style in ("long", "bob"):
            # behind the shoulders hair goes down out of sight, instead of piling up on them
            short[(new[:, 2] < 0.25) & (new[:, 1] - lift < 6.75)] = 0
        new = new + outward * short
        if cut.style in ("long", "bob"):
            new[:, 0] = _off_the_shoulders(new, lift, fall)
        places[:, k] = new
        close = np.clip(1.2 - (distance[:, None] - want[:, None]) / 0.15, 0, 1)
        heading = unit(new - at)
    return places


def _off_the_shoulders(at: Floats, lift: float, fall: Floats) -> Floats:
    """X (s,) of places drawn in before and behind the shoulders, else they would lie on them like a brush.

    fall (s,): 0-1, how far out each strand comes down.
    """
    low = np.clip((7.0 + lift - at[:, 1]) / 0.9, 0, 1)
    limit = 1.25 - (0.62 - 0.36 * fall) * low
    out = np.abs(at[:, 0])
    out = out - 0.4 * np.maximum(out - limit, 0) * (low > 0)
    return (np.sign(at[:, 0]) * out).astype(np.float32)


def styled(cut: Haircut, places: Floats, rng: np.random.Generator) -> Floats:
    """Clump, wave and curl strands (s, k, 3)."""
    strands, count, _ = places.shape
    t = np.linspace(0, 1, count, dtype=np.float32)
    leaders = rng.choice(
        strands, max(2, strands // (28 if cut.style in ("long", "bob") else 14)), replace=False
    )
    middle = min(count - 1, count // 2)
    _, nearest = cKDTree(places[leaders, middle]).query(places[:, middle])
    leader = leaders[nearest]
    pull = {"long": 0.55, "bob": 0.30, "short": 0.35, "afro": 0.25}[cut.style]
    drawn = (pull * t**1.2 * (0.6 + 0.4 * rng.random((strands, 1))))[..., None]
    places = places + (places[leader] - places) * drawn.astype(np.float32)
    along = unit(np.gradient(places, axis=1))
    side = unit(np.cross(along, np.array([0.1, 0.2, 1.0], np.float32)))
    other = np.cross(along, side)
    arc = np.concatenate(
        [np.zeros((strands, 1)), np.cumsum(np.linalg.norm(np.diff(places, axis=1), axis=2), 1)], 1
    )
    own_phase: Floats = rng.random(strands) * np.full(strands, 6.28)
    phase = own_phase[leader][:, None] + 0.3 * rng.standard_normal((strands, 1))
    grow = np.clip(t * 3, 0, 1)
    if cut.wave:
        swing = cut.wave * grow * np.sin(arc * 5.2 + phase)
        places = (
            places
            + side * swing[..., None]
            + other * (0.5 * cut.wave * grow * np.cos(arc * 5.2 + phase))[..., None]
        )
    if cut.curl:
        loose = phase + 0.9 * rng.standard_normal((strands, 1))
        turn = arc * 30.0 + loose
        places = places + cut.curl * (
            side * (grow * np.sin(turn))[..., None] + other * (grow * np.cos(turn))[..., None]
        )
    return places.astype(np.float32)


def off_the_face(cut: Haircut, places: Floats, rest: Floats, lift: float) -> NDArray[np.bool_]:
    """Which strands (s,) stay clear of the face; those of a fringe may cross the forehead."""
    x, y, z = places[..., 0], places[..., 1] - lift, places[..., 2]
    across = (np.abs(x) < 0.55) & (z > 0.9) & (y < 7.86) & (y > 6.3)
    sprawled = (np.abs(x) > 1.05) & (y < 6.08)
    free: NDArray[np.bool_] = np.logical_not(np.any(across | sprawled, axis=1))
    return free | fringed(rest) if cut.style == "bob" else free


def trimmed(places: Floats, low: Floats) -> Floats:
    """Cut strands where they first go under y = `low` (s, 1), and spread their points over what is left."""
    strands, count, _ = places.shape
    under = places[..., 1] < low
    last = np.where(under.any(1), np.argmax(under, 1), count - 1).astype(np.float32)
    at = np.linspace(0, 1, count, dtype=np.float32)[None] * np.maximum(last, 1)[:, None]
    i = np.minimum(at.astype(int), count - 2)
    f = (at - i)[..., None].astype(np.float32)
    rows = np.arange(strands)[:, None]
    out: Floats = places[rows, i] * (1 - f) + places[rows, i + 1] * f
    return out


def brow_roots(count: int, thickness: float, arch: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Places (count, 2) x, y on the left half of the base face, and directions (count, 2) of the brow's hairs."""
    t = rng.random(count) ** 0.9
    x = 0.125 + 0.40 * t
    middle = (
        7.445
        + 0.025 * np.clip(t / 0.3, 0, 1)
        + arch * np.sin(np.pi * np.clip((t - 0.1) / 0.95, 0, 1))
        - 0.06 * np.clip((t - 0.68) / 0.32, 0, 1) ** 1.3
    )
    thick = thickness * np.interp(t, [0, 0.15, 0.6, 1], [0.75, 1.0, 0.8, 0.12])
    y = middle + thick * (rng.random(count) - 0.5)
    lean = np.interp(t, [0, 0.25, 0.7, 1], [78, 42, 12, -28]) + 10 * rng.standard_normal(count)
    lean -= 28 * (y - middle) / (thick + 1e-6)
    a = np.radians(lean)
    return np.stack([x, y], 1).astype(np.float32), np.stack([np.cos(a), np.sin(a)], 1).astype(np.float32)
