"""The body of an understudy: mesh, shape targets, face units, and the turning of head and neck.

Lengths are decimetres, y is up, the face looks along +z, the person's own left is +x.
"""

# mypy: disable-error-code="no-any-return"
# numpy's stubs answer Any for arithmetic on real arrays of unstated width

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limelight.errors import LimelightError

ANATOMY_FILE = Path(__file__).with_name("data") / "anatomy.npz"
MOVE_UNIT = 1 / 2000
"""Decimetres in one step of a stored target."""

Floats = NDArray[np.floating[Any]]
"""Real numbers: float32 wherever a kernel or the renderer takes them."""
Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]

FACE_UNITS = 52
"""The first targets of the file are the face units, named as in ARKit but for the final case of the side."""


class UnknownTargetError(LimelightError):
    """A shape target or a face unit that the anatomy does not have."""


@dataclass(frozen=True)
class Anatomy:
    """The base mesh with its targets. See ``extract.py`` for the stored layout."""

    points: Floats
    quads: Ints
    quad_uvs: Floats
    quad_parts: NDArray[np.uint8]
    part_names: tuple[str, ...]
    joints: Mapping[str, Ints]
    bones: Mapping[str, Floats]
    targets: Mapping[str, tuple[Ints, Floats]]
    masks: NDArray[np.uint8]

    def shaped(self, weights: Mapping[str, float]) -> Floats:
        """Points (n, 3) of the base mesh moved by `weights` of named targets.

        A name such as ``eye-scale-incr`` without a side moves ``l-`` and ``r-`` alike.

        Raises:
            UnknownTargetError: a name that is in no file of the anatomy.
        """
        points = self.points.copy()
        for name, weight in weights.items():
            for full in (name,) if name in self.targets else (f"l-{name}", f"r-{name}"):
                if full not in self.targets:
                    raise UnknownTargetError(
                        f"there is no shape target {name!r}; see limelight.understudy.anatomy.anatomy().targets"
                    )
                index, move = self.targets[full]
                points[index] += weight * move
        return points

    def joint(self, points: Floats, name: str) -> Floats:
        """Centre (3,) of the cube that marks joint `name`, on a shaped mesh."""
        return points[self.joints[name]].mean(0)

    def part(self, name: str) -> NDArray[np.bool_]:
        """Mask (f,) of the quads of a part: body, upper_teeth, left_eye, ..."""
        return self.quad_parts == self.part_names.index(name)

    @property
    def face_units(self) -> tuple[str, ...]:
        """Names of the blendshapes."""
        return tuple(self.targets)[:FACE_UNITS]


@functools.cache
def anatomy() -> Anatomy:
    """The anatomy that ships with the package (1 MB, CC0; see ``data/NOTICE.md``)."""
    with np.load(ANATOMY_FILE) as data:
        spans, index = data["target_spans"], data["target_points"].astype(np.int32)
        moves = data["target_moves"].astype(np.float32) * np.float32(MOVE_UNIT)
        bones = data["bone_weights"].astype(np.float32)
        return Anatomy(
            points=data["points"],
            quads=data["quads"].astype(np.int32),
            quad_uvs=data["quad_uvs"].astype(np.float32),
            quad_parts=data["quad_parts"],
            part_names=tuple(data["part_names"].tolist()),
            joints={
                str(n): p.astype(np.int32)
                for n, p in zip(data["joint_names"], data["joint_points"], strict=True)
            },
            bones={str(n): bones[:, i] for i, n in enumerate(data["bone_names"])},
            targets={
                str(name): (index[a:b], moves[a:b])
                for name, a, b in zip(data["target_names"], spans[:-1], spans[1:], strict=True)
            },
            masks=data["masks"],
        )


def macro_weights(
    ancestry: Mapping[str, float], male: float, age: float, weight: float, muscle: float
) -> dict[str, float]:
    """Target weights of a MakeHuman macro description.

    `ancestry` mixes african, asian and caucasian (normalised to 1); `male` 0-1; `age` 0 (25 years) to 1 (90 years);
    `weight` and `muscle` -1 to 1 about the average.
    """
    total = sum(ancestry.values())
    weights: dict[str, float] = {}
    for sex, of_sex in (("female", 1 - male), ("male", male)):
        for years, of_age in (("young", 1 - age), ("old", age)):
            share = of_sex * of_age
            if share == 0:
                continue
            for origin, part in ancestry.items():
                weights[f"{origin}-{sex}-{years}"] = share * part / total
            universal = f"universal-{sex}-{years}"
            extreme = max(abs(weight), abs(muscle))
            weights[f"{universal}-averagemuscle-averageweight"] = share * (1 - min(extreme, 1.0))
            if weight:
                side = "max" if weight > 0 else "min"
                weights[f"{universal}-averagemuscle-{side}weight"] = share * abs(weight)
            if muscle:
                side = "max" if muscle > 0 else "min"
                weights[f"{universal}-{side}muscle-averageweight"] = share * abs(muscle)
    return weights


def rotation(yaw: float, pitch: float, roll: float) -> Floats:
    """Rotation matrix (3, 3) of a head: yaw to its own left, pitch up, roll to its own left shoulder, in degrees."""
    y, p, r = np.radians((yaw, -pitch, -roll))
    turn = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    nod = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    tilt = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return (turn @ nod @ tilt).astype(np.float32)
