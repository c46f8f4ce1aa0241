"""Performance: which frames of a star's footage can be drawn from, and where the face is in each.

Analysed once a star. At most :data:`MOST_DRAWINGS` frames are chosen so that every lip opening is there in
several head poses; all later work (painting, retrieval) knows only these.
"""

import io
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from limelight.errors import InputError
from limelight.faces.mesh import (
    CHIN,
    EYE_LEFT_INNER,
    EYE_LEFT_OUTER,
    EYE_RIGHT_INNER,
    EYE_RIGHT_OUTER,
    FOREHEAD,
    LIP_LOWER,
    LIP_UPPER,
)
from limelight.shoot.painted.bust import added
from limelight.vault import Likeness

Floats = NDArray[np.float32]

KEPT_AS = "painted-performance-1"
MOST_ANALYSED = 160
MOST_DRAWINGS = 48
LARGEST_UNIT = 100.0
WIDEST_YAW, WIDEST_PITCH = 30.0, 24.0
REACH_UP, REACH_SIDE, REACH_DOWN = 3.1, 4.3, 5.2
"""The sprite's extent around the middle of the eyes, in units (distances between the eyes)."""
RIGID = (33, 133, 362, 263, 168, 6, 197, 195, 1, 2, 127, 356, 10, 151)
"""Points that the expression hardly moves: eye corners, nose, temples, forehead."""
LEVELS = 6
"""Steps of lip opening, each of which gets its share of the drawings."""


@dataclass(frozen=True)
class Performance:
    """The chosen frames of one star.

    Attributes:
        frames: (n,) indices into the footage, rising.
        opening: (n,) how far the lips are open, 0 to 1 relative to the performance's widest.
        closed_eyes: (n,) 0 open to 1 shut.
        yaw: (n,) degrees.
        pitch: (n,) degrees.
        matrices: (n, 2, 3) from footage pixels to sprite pixels.
        points: (n, 478, 2) landmarks in sprite pixels.
        size: Width and height of what a sprite holds of the footage.
        eyes: Middle of the eyes in the sprite, pixels.
        unit: Distance between the eyes' centres in the sprite, pixels.
        rejected: How many analysed frames could not be used, by reason.
    """

    frames: NDArray[np.int64]
    opening: Floats
    closed_eyes: Floats
    yaw: Floats
    pitch: Floats
    matrices: Floats
    points: Floats
    size: tuple[int, int]
    eyes: tuple[float, float]
    unit: float
    rejected: tuple[tuple[str, int], ...] = ()

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def whole(self) -> tuple[int, int]:
        """Width and height of a painted sprite: the footage's, and what of the bust is added below it."""
        return self.size[0], self.size[1] + added(self.unit)

    @cached_property
    def distances(self) -> Floats:
        """(n, n) how far two drawings' heads are apart: RMS of the rigid points, in units."""
        rigid = self.points[:, RIGID]
        delta = rigid[:, None] - rigid[None]
        return np.asarray(np.sqrt((delta**2).sum(-1).mean(-1)) / self.unit, np.float32)

    def to_bytes(self) -> bytes:
        """For sealing."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            frames=self.frames,
            opening=self.opening,
            closed_eyes=self.closed_eyes,
            yaw=self.yaw,
            pitch=self.pitch,
            matrices=self.matrices,
            points=self.points,
            size=np.array(self.size),
            eyes=np.array(self.eyes),
            unit=np.array(self.unit),
            reasons=np.array([reason for reason, _ in self.rejected], "U40"),
            counts=np.array([count for _, count in self.rejected], np.int64),
        )
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Performance":
        """The reverse of :meth:`to_bytes`."""
        with np.load(io.BytesIO(content), allow_pickle=False) as kept:
            width, height = (int(value) for value in kept["size"])
            x, y = (float(value) for value in kept["eyes"])
            return cls(
                **{name: kept[name] for name in _ARRAYS},
                size=(width, height),
                eyes=(x, y),
                unit=float(kept["unit"]),
                rejected=tuple(
                    (str(reason), int(count))
                    for reason, count in zip(kept["reasons"], kept["counts"], strict=True)
                ),
            )


_ARRAYS = ("frames", "opening", "closed_eyes", "yaw", "pitch", "matrices", "points")


def performance_of(likeness: Likeness) -> Performance:
    """The star's performance, analysed now or recalled from beside the likeness.

    Raises:
        ConsentError: as the likeness raises.
        InputError: no frame of the footage can be used; says why.
    """
    kept = likeness.recall(KEPT_AS)
    if kept is not None:
        return Performance.from_bytes(kept)
    content = analyse(likeness).to_bytes()
    likeness.keep(KEPT_AS, content)
    return Performance.from_bytes(content)  # as it will be recalled later, to the last bit


@dataclass(frozen=True)
class _Seen:
    frame: int
    points: Floats
    gap: float
    closed_eyes: float
    yaw: float
    pitch: float
    sharpness: float
    size: tuple[int, int]


def analyse(likeness: Likeness) -> Performance:
    """Look at up to :data:`MOST_ANALYSED` frames and choose those to draw from; raises as `performance_of`."""
    seen, rejected = _look(likeness)
    if not seen:
        reasons = ", ".join(f"{count} {reason}" for reason, count in rejected.items())
        raise InputError(
            f"No frame of the footage of {likeness.star.name} can be drawn from: {reasons}.",
            hint="Record it again with the whole head in the picture, facing the camera, in even light.",
        )
    template, unit = _template(seen)
    matrices = np.stack([_stabilise(one.points[list(RIGID)], template, unit) for one in seen])
    extents = np.array(
        [_extent(matrix, one.size, unit) for matrix, one in zip(matrices, seen, strict=True)]
    )  # left, right, bottom in units
    left, right, bottom = (
        min(REACH_SIDE, float(np.quantile(extents[:, 0], 0.2))),
        min(REACH_SIDE, float(np.quantile(extents[:, 1], 0.2))),
        min(REACH_DOWN, float(np.quantile(extents[:, 2], 0.2))),
    )
    reaches = (extents >= np.array([left, right, bottom]) - 0.02).all(axis=1)
    usable = np.flatnonzero(reaches) if reaches.any() else np.arange(len(seen))
    if not reaches.any():
        left, right, bottom = np.minimum(extents.min(axis=0), (REACH_SIDE, REACH_SIDE, REACH_DOWN)).tolist()
    chosen = usable[_choose([seen[i] for i in usable], matrices[usable], unit)]
    shift = np.array([left * unit, REACH_UP * unit], np.float32)
    matrices = matrices[chosen]
    matrices[:, :, 2] += shift
    points = np.stack(
        [seen[i].points @ m[:, :2].T + m[:, 2] for i, m in zip(chosen, matrices, strict=True)]
    ).astype(np.float32)
    openings = _openings(np.array([one.gap for one in seen]))
    return Performance(
        frames=np.array([seen[i].frame for i in chosen]),
        opening=openings[chosen].astype(np.float32),
        closed_eyes=np.array([seen[i].closed_eyes for i in chosen], np.float32),
        yaw=np.array([seen[i].yaw for i in chosen], np.float32),
        pitch=np.array([seen[i].pitch for i in chosen], np.float32),
        matrices=matrices.astype(np.float32),
        points=points,
        size=(2 * round((left + right) * unit / 2), 2 * round((REACH_UP + bottom) * unit / 2)),
        eyes=(float(shift[0]), float(shift[1])),
        unit=unit,
        rejected=tuple(sorted(rejected.items())),
    )


def _look(likeness: Likeness) -> tuple[list[_Seen], dict[str, int]]:
    import cv2  # noqa: PLC0415 - models load only where footage is analysed

    from limelight.faces.landmarks import FaceLandmarker  # noqa: PLC0415
    from limelight.faces.matte import Matter  # noqa: PLC0415

    footage = likeness.footage
    count = len(footage)
    indices = np.unique(np.linspace(0, count - 1, min(count, MOST_ANALYSED)).round().astype(int))
    seen: list[_Seen] = []
    rejected: dict[str, int] = {}

    def reject(reason: str) -> None:
        rejected[reason] = rejected.get(reason, 0) + 1

    with FaceLandmarker() as landmarker, Matter() as matter:
        for index in indices:
            picture = footage.frame(int(index))
            faces = landmarker.track(picture)
            if not faces:
                reject("without a face")
                continue
            face = faces[0]
            if abs(face.pose.yaw) > WIDEST_YAW or abs(face.pose.pitch) > WIDEST_PITCH:
                reject("turned too far away")
                continue
            points = face.points[:, :2].astype(np.float32)
            if _is_cut(points, matter.mask(picture), picture.shape[1]):
                reject("with the head cut off at the top")
                continue
            x, y, w, h = (round(value) for value in face.box)
            grey = cv2.cvtColor(picture[max(0, y) : y + h, max(0, x) : x + w], cv2.COLOR_RGB2GRAY)
            shapes = face.blendshapes
            height, width = picture.shape[:2]
            seen.append(
                _Seen(
                    int(index),
                    points,
                    float(np.linalg.norm(points[LIP_UPPER] - points[LIP_LOWER]) / eye_unit(points)),
                    max(shapes["eyeBlinkLeft"], shapes["eyeBlinkRight"]),
                    face.pose.yaw,
                    face.pose.pitch,
                    float(cv2.Laplacian(grey, cv2.CV_32F).std()),
                    (width, height),
                )
            )
    if seen:
        typical = float(np.median([one.sharpness for one in seen]))
        sharp = [one for one in seen if one.sharpness >= 0.5 * typical]
        rejected |= {"blurred": len(seen) - len(sharp)} if len(sharp) < len(seen) else {}
        seen = sharp
    return seen, rejected


def _is_cut(points: Floats, mask: Floats, width: int) -> bool:
    """Whether the person reaches the picture's top edge above the face."""
    left, right = points[:, 0].min() / width, points[:, 0].max() / width
    columns = slice(max(0, int(left * mask.shape[1])), max(1, int(np.ceil(right * mask.shape[1]))))
    forehead, chin = points[FOREHEAD, 1], points[CHIN, 1]
    return bool(mask[:2, columns].max(initial=0.0) > 0.6 or forehead < 0.12 * (chin - forehead))


def eye_unit(points: Floats) -> float:
    """Pixels between the eyes' centres."""
    right = (points[EYE_RIGHT_OUTER] + points[EYE_RIGHT_INNER]) / 2
    left = (points[EYE_LEFT_OUTER] + points[EYE_LEFT_INNER]) / 2
    return float(np.linalg.norm(left - right))


def _template(seen: list[_Seen]) -> tuple[Floats, float]:
    """Mean rigid points, eyes' middle at 0 and their distance 1, and the sprite's unit in pixels."""
    straight = sorted(seen, key=lambda one: abs(one.yaw) + abs(one.pitch))[: max(1, len(seen) // 4)]
    unit = float(np.clip(1.15 * np.median([eye_unit(one.points) for one in straight]), 16, LARGEST_UNIT))
    shapes = []
    for one in straight:
        right = (one.points[EYE_RIGHT_OUTER] + one.points[EYE_RIGHT_INNER]) / 2
        left = (one.points[EYE_LEFT_OUTER] + one.points[EYE_LEFT_INNER]) / 2
        axis = (left - right) / np.linalg.norm(left - right) ** 2
        turn = np.array([[axis[0], axis[1]], [-axis[1], axis[0]]])
        shapes.append((one.points[list(RIGID)] - (left + right) / 2) @ turn.T)
    return np.mean(shapes, axis=0).astype(np.float32), unit


def _stabilise(rigid: Floats, template: Floats, unit: float) -> NDArray[np.float64]:
    """Similarity (2, 3) that puts the rigid points on the template, undoing only half of the head's tilt.

    Umeyama, "Least-squares estimation of transformation parameters", PAMI 13(4), 1991.
    """
    target = template * unit
    centre, aim = rigid.mean(axis=0), target.mean(axis=0)
    a, b = rigid - centre, target - aim
    cosine, sine = (a * b).sum(), (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()
    scale = float(np.hypot(cosine, sine) / (a**2).sum())
    angle = 0.5 * float(np.arctan2(sine, cosine))
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.hstack([turn, (aim - turn @ centre)[:, None]])


def _extent(matrix: NDArray[np.float64], size: tuple[int, int], unit: float) -> NDArray[np.float64]:
    """How far left, right and down of the eyes the footage's picture reaches, in units, at its worst corner."""
    width, height = size
    corners = np.array([[0, 0, 1], [0, height, 1], [width, 0, 1], [width, height, 1]]) @ matrix.T
    left, right = -corners[:2, 0].max(), corners[2:, 0].min()
    return np.array([left, right, corners[[1, 3], 1].min()]) / unit


def _openings(gaps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lip gaps in units -> 0 to 1 within this performance; 0 throughout if the mouth hardly moves."""
    low, high = np.quantile(gaps, (0.04, 0.96))
    if high - low < 0.03:
        return np.zeros_like(gaps)
    return np.asarray(np.clip((gaps - low) / (high - low), 0, 1))


def _choose(seen: list[_Seen], matrices: NDArray[np.float64], unit: float) -> NDArray[np.int64]:
    """Indices of the drawings, rising: in each step of lip opening the poses as different as possible.

    Farthest-point choice (Gonzalez 1985) within each step, begun at the pose nearest to the star's usual one.
    """
    openings = _openings(np.array([one.gap for one in seen]))
    rigid = np.stack(
        [one.points[list(RIGID)] @ m[:, :2].T + m[:, 2] for one, m in zip(seen, matrices, strict=True)]
    )
    usual = np.median(rigid, axis=0)
    away = np.sqrt(((rigid - usual) ** 2).sum(-1).mean(-1)) / unit
    blinking = np.array([one.closed_eyes > 0.5 for one in seen])
    level = np.minimum((openings * LEVELS).astype(int), LEVELS - 1)
    ordinary = away <= np.quantile(away, 0.92)
    chosen: list[int] = []
    for step in range(LEVELS):
        pool = [int(i) for i in np.flatnonzero((level == step) & ordinary & ~blinking)]
        chosen += _spread(rigid, away, pool, (MOST_DRAWINGS - 4) // LEVELS)
    chosen += _spread(rigid, away, [int(i) for i in np.flatnonzero(blinking & ordinary)], 4)
    rest = [i for i in range(len(seen)) if i not in chosen and ordinary[i] and not blinking[i]]
    chosen += _spread(rigid, away, rest, MOST_DRAWINGS - len(chosen))
    return np.array(sorted(chosen or range(len(seen))[:MOST_DRAWINGS]))


def _spread(rigid: NDArray[np.float64], away: NDArray[np.float64], pool: list[int], count: int) -> list[int]:
    if not pool or count <= 0:
        return []
    picked = [min(pool, key=lambda i: (away[i], i))]
    while len(picked) < min(count, len(pool)):
        rest = [i for i in pool if i not in picked]
        gaps = [min(float(((rigid[i] - rigid[j]) ** 2).sum()) for j in picked) for i in rest]
        picked.append(rest[int(np.argmax(gaps))])
    return picked
