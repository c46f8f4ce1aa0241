"""What all understudies share: the refined base mesh, its materials and its texture's layout."""

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limelight.understudy import complexion
from limelight.understudy.anatomy import Anatomy, Floats, Ints, anatomy
from limelight.understudy.mesh import Subdivision, subdivided, triangulated
from limelight.understudy.shade import HAND, MOUTH, SKIN_BODY, SKIN_HEAD, TEETH, TONGUE

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
    """Built once a process, in about a fifth of a second."""
    a = anatomy()
    drawn = np.isin(a.quad_parts, [a.part_names.index(name) for name in (*FLESH, *LASHES)])
    refined = subdivided(len(a.points), a.quads[drawn], a.quad_uvs[drawn])
    parts = np.array(a.part_names)[a.quad_parts[drawn][refined.parents]]
    flesh = np.isin(parts, FLESH)
    triangles, uvs = triangulated(refined.quads[flesh], refined.quad_uvs[flesh])
    part = np.repeat(parts[flesh], 2)
    inside_out = np.isin(
        part, ("upper_teeth", "lower_teeth")
    )  # the base mesh winds the teeth the other way round
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
