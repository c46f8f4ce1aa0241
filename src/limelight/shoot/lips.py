"""Lips: a mouth that opens and closes with the voice, in the finished pictures of any camera.

A found face's lips are parted by a small warp: the lower lip and jaw go down, the upper lip a little up, and what
opens between them is drawn, dark, from the lips' own colour. A mouth that stands open in the picture is closed by
the same warp, as far as that looks true. Nothing else of the face moves.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import ClassVar, Protocol, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.faces.landmarks import FaceLandmarker
from limelight.faces.mesh import CHIN, LIPS_OUTER, MOUTH_LEFT, MOUTH_RIGHT
from limelight.shoot.camera import CallSheet, Picture
from limelight.shoot.mouthing import Mouthing, mouthing_of

Floats = NDArray[np.float32]

UPPER_EDGE = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LOWER_EDGE = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
"""The opening's edges from the person's right corner to the left, in the mesh's numbering."""
WIDEST = 0.26
"""The widest drawn opening, in distances between the eyes: about half of what a singer's mouth does."""
CLOSES = 0.75
"""Share of an opening in the picture that the warp may close: more folds the lips."""
UPPER_SHARE = 0.14
"""How much of the opening the upper lip makes."""
TEETH = 0.55
"""How clearly the edge of the upper teeth is drawn: a hint in shadow, else they look like fangs."""
SMALLEST_FACE = 22.0
"""Pixels between the eyes below which a mouth is too small to be seen moving."""
FARTHEST_TURN = 38.0
"""Degrees of yaw beyond which the corners of a mouth are hidden."""
STEADY = 0.55
"""Share of the last frame's points that is kept, against the unrest of the detection."""
JUMP = 0.12
"""Distances between the eyes that a point may move before it is taken to be somewhere else."""


class LipSync(Protocol):
    """What makes a star's lips move in the pictures of a shot.

    The built-in one warps (:class:`WarpedLips`). A model that makes a clip from a picture and a voice (Wan S2V and
    its like) fits the same door: it takes the first picture, the words and the voice, and yields its own.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    weights: ClassVar[tuple[str, ...]]

    def __enter__(self) -> Self:
        """Load models."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Free them."""
        ...

    def sing(self, pictures: Iterable[Picture], sheet: CallSheet) -> Iterator[Picture]:
        """As many pictures as came in, of the same size, with the shot's stars singing."""
        ...


class WarpedLips:
    """Opens and closes lips by a small warp; pictures without a clear face pass as they are.

    >>> with WarpedLips() as lips:
    ...     pictures = list(lips.sing(pictures, sheet))
    """

    name: ClassVar[str] = "warp"
    version: ClassVar[int] = 1
    weights: ClassVar[tuple[str, ...]] = ("face-landmarker",)

    def __enter__(self) -> Self:
        """Nothing is loaded before the first face is looked for."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is held between shots."""

    def sing(self, pictures: Iterable[Picture], sheet: CallSheet) -> Iterator[Picture]:
        """The shot with lips on the voice.

        Several stars are told apart by their places, the first of the shot's stars at the left.
        """
        yield from follow(pictures, [mouthing_of(sheet, star) for star in sheet.shot.stars])


def follow(pictures: Iterable[Picture], mouthings: Sequence[Mouthing]) -> Iterator[Picture]:
    """Pictures whose faces, from left to right, follow one mouthing each; where there is none, they pass.

    Args:
        pictures: Frames of one shot.
        mouthings: What the mouths do, frame by frame; a mouthing that ends early stays shut.
    """
    if not any(mouthing.moves for mouthing in mouthings):
        yield from pictures
        return
    with FaceLandmarker(max_faces=len(mouthings)) as landmarker:
        steady: list[Floats] = []
        for index, picture in enumerate(pictures):
            found = sorted(landmarker.track(picture), key=lambda face: face.box[0])
            points = [face.points[:, :2].astype(np.float32) for face in found]
            steady = _steadied(points, steady)
            for face, mouth, mouthing in zip(found, steady, mouthings, strict=False):
                if abs(face.pose.yaw) <= FARTHEST_TURN:
                    opening, width = mouthing.at(index)
                    picture = part_lips(picture, mouth, opening, width=width)  # noqa: PLW2901
            yield picture


@dataclass(frozen=True)
class Mouth:
    """A mouth in its own coordinates: u to the person's left, v down, pixels from the middle between its corners.

    Attributes:
        origin: (2,) where that middle is in the picture.
        axes: (2, 2) rows: the direction of u and of v in the picture.
        upper: (n, 2) the opening's upper edge, u rising.
        lower: (n, 2) its lower edge.
        half: Half the distance between the corners.
        chin: v of the chin.
        unit: Distance between the eyes' centres.
    """

    origin: Floats
    axes: Floats
    upper: Floats
    lower: Floats
    half: float
    chin: float
    unit: float

    @classmethod
    def of(cls, points: Floats) -> Self:
        """From ``(478, 2)`` landmarks, pixels."""
        right = points[[33, 133]].mean(axis=0)
        left = points[[263, 362]].mean(axis=0)
        across = left - right
        unit = float(np.linalg.norm(across))
        across = across / max(unit, 1e-6)
        axes = np.array([across, [-across[1], across[0]]], np.float32)
        origin = (points[MOUTH_RIGHT] + points[MOUTH_LEFT]) / 2
        upper, lower = ((points[list(edge)] - origin) @ axes.T for edge in (UPPER_EDGE, LOWER_EDGE))
        half = float(np.linalg.norm(points[MOUTH_LEFT] - points[MOUTH_RIGHT])) / 2
        chin = float(((points[CHIN] - origin) @ axes.T)[1])
        return cls(origin.astype(np.float32), axes, _rising(upper), _rising(lower), half, chin, unit)

    @property
    def gap(self) -> float:
        """How far the lips are open at the middle, in units."""
        return float(np.clip(np.interp(0, *self.lower.T) - np.interp(0, *self.upper.T), 0, None)) / self.unit


def part_lips(picture: Picture, points: Floats, opening: float, *, width: float = 1.0) -> Picture:
    """A picture with the lips of one face set to an opening.

    Args:
        picture: ``(height, width, 3) uint8, sRGB``; not changed.
        points: ``(478, 2)`` landmarks, pixels.
        opening: 0 as shut as the picture allows, 1 the widest that looks true.
        width: Of the mouth, 1 as it is; 0.9 rounds it, 1.06 stretches it.
    """
    mouth = Mouth.of(points)
    if mouth.unit < SMALLEST_FACE or mouth.chin <= 0 or mouth.half < 3:
        return picture
    shut = mouth.gap * (1 - CLOSES)
    wanted = shut + float(np.clip(opening, 0, 1)) * (max(WIDEST, mouth.gap) - shut)
    change = (wanted - mouth.gap) * mouth.unit
    if abs(change) < 0.35 and abs(width - 1) < 0.01:
        return picture
    window = _window(mouth, picture.shape)
    if window is None:
        return picture
    left, top, right, bottom = window
    u, v = _coordinates(mouth, left, top, right, bottom)
    source_u, source_v, inside = _sources(mouth, u, v, change, width)
    x = (mouth.origin[0] + source_u * mouth.axes[0, 0] + source_v * mouth.axes[1, 0]).astype(np.float32)
    y = (mouth.origin[1] + source_u * mouth.axes[0, 1] + source_v * mouth.axes[1, 1]).astype(np.float32)
    moved = cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    drawn = 1 - min(1.0, mouth.gap * mouth.unit / max(wanted * mouth.unit, 1e-6))
    if change > 0 and drawn > 0:
        dark = _inside_of(picture, points, inside.depth, inside.teeth)
        share = (inside.share * min(1.0, 1.6 * drawn))[..., None]
        moved = np.clip(np.rint(moved * (1 - share) + dark * share), 0, 255).astype(np.uint8)
    out = picture.copy()
    out[top:bottom, left:right] = moved
    return out


@dataclass(frozen=True)
class _Inside:
    share: Floats
    """How much of each pixel lies between the lips, 0 to 1."""
    depth: Floats
    """0 under the upper lip, 1 above the lower one."""
    teeth: Floats
    """How much of each pixel is the edge of the upper teeth."""


def _sources(
    mouth: Mouth, u: Floats, v: Floats, change: float, width: float
) -> tuple[Floats, Floats, _Inside]:
    """Where each pixel's colour comes from, in the mouth's coordinates, and what lies between the lips."""
    reach = np.exp(-((u / (2.1 * mouth.half)) ** 4))
    fade_v = np.clip(1 - np.abs(v) / (1.15 * mouth.chin), 0, 1)
    narrow = u / (1 + (width - 1) * reach * fade_v * (3 - 2 * fade_v) * fade_v)
    side = np.clip(1 - (narrow / (0.98 * mouth.half)) ** 2, 0, 1)
    parting = side * (1.6 - 0.6 * side)  # fuller than a parabola: lips part along most of their length
    upper = np.interp(narrow, *mouth.upper.T).astype(np.float32)
    lower = np.maximum(np.interp(narrow, *mouth.lower.T).astype(np.float32), upper)
    up, down = UPPER_SHARE * change, (1 - UPPER_SHARE) * change
    new_upper, new_lower = upper - up * parting, lower + down * parting
    rise = np.clip(1 - (new_upper - v) / (0.42 * mouth.unit), 0, 1)
    fall = np.clip(
        1 - (v - new_lower) / max(mouth.chin - float(mouth.lower[:, 1].max()) + 0.55 * mouth.unit, 4), 0, 1
    )
    jaw = np.clip((v - new_lower) / (0.5 * mouth.chin), 0, 1) ** 2
    broad = np.exp(-((u / (1.5 * mouth.half)) ** 2))
    hang = parting * (1 - jaw) + broad * 0.75 * jaw
    above = v + up * parting * _smooth(rise)
    below = v - down * hang * _smooth(fall)
    gap, new_gap = np.maximum(lower - upper, 0), np.maximum(new_lower - new_upper, 1e-3)
    depth = np.clip((v - new_upper) / new_gap, 0, 1)
    between = upper + depth * gap
    source = np.where(v <= new_upper, above, np.where(v >= new_lower, below, between))
    opened = np.clip((new_gap - gap) / (2.5 * _softness(mouth)), 0, 1)
    share = _within(mouth, v - new_upper, new_lower - v) * opened
    teeth = _upper_teeth(mouth, narrow, v - new_upper, new_gap)
    inside = _Inside(share.astype(np.float32), depth, teeth)
    return narrow.astype(np.float32), source.astype(np.float32), inside


def _within(mouth: Mouth, under: Floats, over: Floats) -> Floats:
    """How much of each pixel is so far under the upper lip and over the lower one, 0 to 1."""
    soft = _softness(mouth)
    return np.asarray(np.clip(under / soft, 0, 1) * np.clip(over / soft, 0, 1))


def _upper_teeth(mouth: Mouth, across: Floats, under: Floats, gap: Floats) -> Floats:
    """How much of each pixel is the edge of the upper teeth: in the middle, where a mouth is open enough."""
    soft = _softness(mouth)
    row = np.clip(under / soft, 0, 1) * np.clip((0.075 * mouth.unit - under) / (2.2 * soft), 0, 1)
    seen = np.clip((gap / mouth.unit - 0.07) / 0.08, 0, 1) * np.clip(
        1.25 - (across / (0.72 * mouth.half)) ** 4, 0, 1
    )
    return np.asarray(TEETH * row * seen, np.float32)


def _softness(mouth: Mouth) -> float:
    """Pixels over which the lips' edges fade."""
    return max(0.6, 0.012 * mouth.unit)


def _inside_of(picture: Picture, points: Floats, depth: Floats, teeth: Floats) -> Floats:
    """The mouth's inside: the lips' own colour in shadow, darkest below the upper lip, a tongue's hint below."""
    mask = np.zeros(picture.shape[:2], np.uint8)
    outline = np.rint(points[list(LIPS_OUTER)]).astype(np.int32)
    left, top, wide, high = cv2.boundingRect(outline)
    cv2.fillPoly(mask, [outline], 1)
    box = slice(max(0, top), top + high), slice(max(0, left), left + wide)
    lips = picture[box][mask[box] > 0]
    colour = np.median(lips, axis=0) if len(lips) else np.array([120.0, 60.0, 60.0])
    grey = float(colour.mean())
    warm = 0.75 * colour + 0.25 * np.array([1.35, 0.75, 0.75]) * grey
    light = 0.16 + 0.24 * _smooth(np.clip((depth - 0.35) / 0.65, 0, 1))
    drawn = warm[None, None] * light[..., None]
    ivory = np.array([0.97, 0.94, 0.86]) * min(200.0, 1.15 * grey + 30)
    return np.asarray(drawn * (1 - teeth[..., None]) + ivory * teeth[..., None], np.float32)


def _window(mouth: Mouth, shape: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of what may change, within the picture; None if that is nothing."""
    across, up, down = 2.6 * mouth.half, 0.55 * mouth.unit, mouth.chin + 0.6 * mouth.unit
    corners = (
        np.array([[-across, -up], [across, -up], [-across, down], [across, down]]) @ mouth.axes + mouth.origin
    )
    left, top = np.floor(corners.min(axis=0)).astype(int)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int)
    left, top, right, bottom = max(0, left), max(0, top), min(shape[1], right), min(shape[0], bottom)
    return (left, top, right, bottom) if right - left > 4 and bottom - top > 4 else None


def _coordinates(mouth: Mouth, left: int, top: int, right: int, bottom: int) -> tuple[Floats, Floats]:
    x = np.arange(left, right, dtype=np.float32)[None] - mouth.origin[0]
    y = np.arange(top, bottom, dtype=np.float32)[:, None] - mouth.origin[1]
    return (
        x * mouth.axes[0, 0] + y * mouth.axes[0, 1],
        x * mouth.axes[1, 0] + y * mouth.axes[1, 1],
    )


def _steadied(points: list[Floats], before: list[Floats]) -> list[Floats]:
    """Points nearer to the last frame's, except where the face is another or has moved away."""
    if len(points) != len(before):
        return points
    steady = []
    for now, last in zip(points, before, strict=True):
        unit = max(1.0, float(np.linalg.norm(now[33] - now[263])))
        moved = float(np.abs(now - last).max()) / unit
        steady.append(now if moved > JUMP else STEADY * last + (1 - STEADY) * now)
    return steady


def _rising(edge: Floats) -> Floats:
    """Points of an edge in the order of u, as interpolation needs it."""
    return edge[np.argsort(edge[:, 0])].astype(np.float32)


def _smooth(share: Floats) -> Floats:
    return share * share * (3 - 2 * share)
