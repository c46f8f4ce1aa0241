"""Medallion: the scenery as a slowly turning kaleidoscope around the undistorted face."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.blend import Canvas, fill, mix, new_canvas
from limelight.shoot.painted.finish import Recipe
from limelight.shoot.painted.motion import DROP
from limelight.shoot.painted.soft import soften
from limelight.shoot.painted.staging import Place, Staging, shade
from limelight.shoot.painted.words import Verses, bright

SECTORS = 8
FACE = 0.36
"""Distance between the eyes as a share of the disc's radius."""


class Medallion:
    """One disc, or two for a duet; without a star the kaleidoscope opens onto the scenery itself."""

    recipe = Recipe(tone=0.08, contrast=1.06, bloom=0.3, vignette=0.34)

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        width, height = staging.size
        self._texture_side = round(0.62 * max(width, height) / 2) * 2
        flat = cv2.cvtColor(staging.flat, cv2.COLOR_RGB2RGBA)
        self._flat = _vivid(np.asarray(flat, np.uint8))
        self._maps = _fold(staging.size, self._texture_side)
        self._turn = float(staging.random.uniform(0, 360))
        self._spin = (9 + 9 * staging.arousal) * (1 if staging.seed % 2 else -1)
        self._inside = new_canvas(width, height)
        self._discs = _discs(staging)
        self._lights = staging.lights([Place(x, y, FACE * radius) for x, y, radius in self._discs])
        self._mounts: dict[tuple[int, int], _Mount] = {}
        box = (0.08 * width, 0.84 * height, 0.84 * width, 0.13 * height)
        self._verses = Verses(staging.words, "sans-heavy", box, "center", 0.07 * staging.short)

    def draw(self, canvas: Canvas, frame: int) -> None:
        """Kaleidoscope, ring, face."""
        staging = self._staging
        self._kaleidoscope(canvas, frame)
        pulse = float(staging.motion.pulse[frame])
        palette = staging.palette
        for index, (x, y, radius) in enumerate(self._discs):
            frame_of = self._mount(index, round(6 * pulse))
            grown = radius * (1 + 0.02 * pulse)
            if staging.actors:
                self._portrait(index, x, y, grown, frame)
            else:
                staging.planes.draw(self._inside, staging.view(frame))
            left, top = frame_of.left, frame_of.top
            height, width = frame_of.disc.shape
            part = slice(max(0, top), top + height), slice(max(0, left), left + width)
            fill(canvas, frame_of.shadow, left, top, shade(palette.color(0), 0.4), 0.8)
            cut = frame_of.disc[max(0, -top) :, max(0, -left) :]
            inside = self._inside[part]
            mix(canvas[part], inside, np.ascontiguousarray(cut[: inside.shape[0], : inside.shape[1]]))
            fill(canvas, frame_of.ring, left, top, palette.color(0.97))
            fill(canvas, frame_of.line, left, top, bright(palette.accent), 0.6 + 0.4 * pulse)
        self._verses.draw(canvas, frame, (255, 252, 244), bright(staging.palette.accent), shadow=(6, 4, 12))

    def _mount(self, index: int, step: int) -> "_Mount":
        """The disc's masks for a step of the pulse, 0 to 6; drawn once."""
        if (index, step) not in self._mounts:
            x, y, radius = self._discs[index]
            self._mounts[index, step] = _mount(x, y, radius * (1 + 0.02 * step / 6))
        return self._mounts[index, step]

    def _kaleidoscope(self, canvas: Canvas, frame: int) -> None:
        staging, side = self._staging, self._texture_side
        seconds = frame / staging.fps
        angle = self._turn + self._spin * seconds
        height, width = self._flat.shape[:2]
        scale = 1.12 * side / min(width, height) * (1.25 - 0.2 * float(staging.motion.progress[frame]))
        scale *= 1 + 0.02 * float(staging.motion.pulse[frame])
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, scale)
        matrix[:, 2] += (side / 2 - width / 2, side / 2 - height / 2)
        texture = cv2.warpAffine(
            self._flat, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        cv2.remap(texture, *self._maps, cv2.INTER_LINEAR, dst=canvas, borderMode=cv2.BORDER_REFLECT)

    def _portrait(self, index: int, x: float, y: float, radius: float, frame: int) -> None:
        """The face before a sun in the palette's lights."""
        staging, motion = self._staging, self._staging.motion
        actor, palette = staging.actors[index], staging.palette
        left, top = max(0, int(x - radius) - 2), max(0, int(y - radius) - 2)
        area = self._inside[top : int(y + radius) + 3, left : int(x + radius) + 3]
        ramp = np.linspace(0, 1, area.shape[0])[:, None]
        upper, lower = np.array(palette.color(0.18)), np.array(palette.color(0.55))
        area[..., :3] = (upper * (1 - ramp) + lower * ramp)[:, None]
        sun = (round((x - left) * 16), round((y - top - 0.12 * radius) * 16))
        cv2.circle(area, sun, round(0.72 * radius * 16), (*palette.color(0.9), 255), -1, cv2.LINE_AA, 4)
        unit = radius * FACE
        drop = DROP * staging.short * float(motion.drop[frame])
        matrix = actor.matrix(x - left, y - top + 0.02 * radius + drop, unit, float(motion.rock[frame]))
        low = y + radius - (y + 0.02 * radius + actor.below * unit)
        if low > 0:
            matrix[1, 2] += low
        actor.put(area, actor.lit(frame, self._lights[index]), frame, matrix)


def _discs(staging: Staging) -> list[tuple[float, float, float]]:
    width, height = staging.size
    radius = 0.37 * staging.short
    y = height * (0.5 if not staging.words else 0.44)
    if len(staging.actors) < 2:
        return [(width / 2, y, radius)]
    if staging.is_tall:
        return [(width / 2, height * 0.28, radius * 0.9), (width / 2, height * 0.7, radius * 0.9)]
    radius = min(radius * 0.8, 0.22 * width)
    return [(width * 0.27, y, radius), (width * 0.73, y, radius)]


def _vivid(rgba: Canvas) -> Canvas:
    """A stained-glass version: more colour, full range of light."""
    lab = cv2.cvtColor(np.ascontiguousarray(rgba[..., :3]), cv2.COLOR_RGB2LAB).astype(np.float32)
    low, high = np.quantile(lab[..., 0], (0.02, 0.985))
    lab[..., 0] = np.clip((lab[..., 0] - low) / max(30.0, high - low), 0, 1) ** 1.35 * 215 + 4
    lab[..., 1:] = np.clip((lab[..., 1:] - 128) * 1.6 + 128, 0, 255)
    out = rgba.copy()
    out[..., :3] = cv2.cvtColor(lab.astype(np.uint8), cv2.COLOR_LAB2RGB)
    return out


def _fold(size: tuple[int, int], side: int) -> tuple[NDArray[np.int16], NDArray[np.uint16]]:
    """Fixed-point maps from the picture into one mirrored sector of a square texture, mirrored outwards too."""
    width, height = size
    x, y = np.meshgrid(np.arange(width) - width / 2, np.arange(height) - height / 2)
    radius = np.hypot(x, y) / (0.5 * min(width, height))
    sector = 2 * np.pi / SECTORS
    angle = np.abs(np.mod(np.arctan2(y, x) + sector / 2, sector) - sector / 2)
    along = np.abs(np.mod(radius + 0.35, 1.7) - 0.85) / 0.85
    reach = side * (0.12 + 0.62 * along)
    map_x = side * 0.13 + reach * np.cos(angle)
    map_y = side * 0.35 + reach * np.sin(angle) * 1.25
    return cv2.convertMaps(map_x.astype(np.float32), map_y.astype(np.float32), cv2.CV_16SC2)


@dataclass(frozen=True)
class _Mount:
    """Masks around one disc, all of one size, their top left corner at (left, top)."""

    left: int
    top: int
    disc: NDArray[np.uint8]
    shadow: NDArray[np.uint8]
    ring: NDArray[np.uint8]
    line: NDArray[np.uint8]


def _mount(x: float, y: float, radius: float) -> _Mount:
    half = int(radius * 1.4)
    left, top = int(x) - half, int(y) - half

    def circle(size: float, width: float) -> NDArray[np.uint8]:
        mask = np.zeros((2 * half + 1, 2 * half + 1), np.uint8)
        centre = (round((x - left) * 16), round((y - top) * 16))
        thick = -1 if width < 0 else max(1, round(width))
        cv2.circle(mask, centre, round(size * 16), 255, thick, cv2.LINE_AA, 4)
        return mask

    shadow = np.asarray(soften(circle(radius * 1.04, -1), 0.1 * radius) * 255, np.uint8)
    return _Mount(
        left,
        top,
        circle(radius, -1),
        shadow,
        circle(radius, 0.03 * radius),
        circle(radius * 1.075, 0.013 * radius),
    )
