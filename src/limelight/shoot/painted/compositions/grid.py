"""Grid: a pop-art wall of portraits in flat colours with halftone, white sticker edges and one word."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.actor import Floats, oval_mask, unmixed_grey
from limelight.shoot.painted.blend import Canvas, Color, fill, flood, new_canvas
from limelight.shoot.painted.finish import Recipe
from limelight.shoot.painted.lighting import Sprite
from limelight.shoot.painted.palette import from_oklab, to_oklab
from limelight.shoot.painted.soft import soften
from limelight.shoot.painted.staging import Staging
from limelight.shoot.painted.words import at
from limelight.typography import fit_font, text_mask

GUTTER = 0.008
HALFTONE = 0.016
"""Distance of the dots, share of the shorter side."""


@dataclass(frozen=True)
class Colourway:
    """Four flat colours: ground, and dark, middle and light of the portrait."""

    ground: Color
    dark: Color
    middle: Color
    light: Color


class Grid:
    """Cells change colours on every beat, one of them says the sung word."""

    recipe = Recipe(tone=0.0, contrast=1.0, bloom=0.08, vignette=0.12)

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        columns, rows = (3, 2) if staging.is_broad else (2, 3) if staging.is_tall else (2, 2)
        width, height = staging.size
        gap = max(2, round(GUTTER * staging.short))
        xs = np.linspace(0, width + gap, columns + 1).round().astype(int)
        ys = np.linspace(0, height + gap, rows + 1).round().astype(int)
        self._cells = [
            (int(xs[c]), int(ys[r]), int(xs[c + 1] - gap - xs[c]), int(ys[r + 1] - gap - ys[r]))
            for r in range(rows)
            for c in range(columns)
        ]
        self._ways = colourways(staging)
        self._beats = np.flatnonzero(np.diff(staging.motion.pulse, prepend=0.0) > 0.05)
        order = staging.random.permutation(len(self._cells))
        self._word_cell = int(order[0]) if staging.words or not staging.actors else -1
        self._start = staging.random.integers(0, len(self._ways), len(self._cells))
        self._states: dict[int, tuple[int, float, object]] = {}
        self._printed = [new_canvas(w, h) for _, _, w, h in self._cells]
        self._scenery = cv2.cvtColor(staging.flat, cv2.COLOR_RGB2GRAY)

    def draw(self, canvas: Canvas, frame: int) -> None:
        """Every cell: flat ground, dots, sticker or word."""
        staging = self._staging
        flood(canvas, (250, 248, 243))
        beat = int((self._beats <= frame).sum())
        word = at(staging.words, frame)
        for index, (x, y, width, height) in enumerate(self._cells):
            turns = (beat + index) // 2
            way = int(self._start[index] + turns) % len(self._ways)
            pop = round(4 * float(staging.motion.pulse[frame])) / 4 if (beat + index) % 2 == 0 else 0.0
            if index == self._word_cell and (word is not None or not staging.actors):
                shown: object = staging.words[word].text if word is not None else ""
            elif staging.actors:
                shown = staging.actors[index % len(staging.actors)].drawing(_delayed(frame, index))
            else:
                shown = round(20 * float(staging.motion.progress[frame]))
            state = (way, pop, shown)
            if self._states.get(index) != state:
                self._states[index] = state
                self._print(self._printed[index], index, frame, state)
            canvas[y : y + height, x : x + width] = self._printed[index]

    def _print(self, cell: Canvas, index: int, frame: int, state: tuple[int, float, object]) -> None:
        """Draw one cell anew; done only when something in it changes."""
        staging, (number, pop, shown) = self._staging, state
        way = self._ways[number]
        flood(cell, way.ground)
        if isinstance(shown, str):
            self._letter(cell, shown, way, pop)
        elif staging.actors:
            self._portrait(cell, index, frame, way, pop)
        else:
            self._view(cell, index, way, frame)

    def _portrait(self, cell: Canvas, index: int, frame: int, way: Colourway, pop: float) -> None:
        actor = self._staging.actors[index % len(self._staging.actors)]
        height, width = cell.shape[:2]
        unit = min(0.2 * height, 0.2 * width) * (1.0 + 0.04 * pop)
        x, y = 0.5 * width, 0.5 * height
        y = max(y, 1.02 * height - actor.below * unit)
        drawing = actor.drawing(_delayed(frame, index))
        levels = actor.dressed("levels", drawing, lambda sprite, points: _levels(sprite, points, actor.unit))
        matrix = actor.matrix(x, y, unit, 2.0 * (1 if index % 2 else -1) * pop)
        warped = cv2.warpAffine(levels, matrix, (width, height), flags=cv2.INTER_LINEAR)
        fill(cell, _dots(width, height, self._staging.short, 0.34), 0, 0, _lighter(way.ground), 0.55)
        fill(cell, np.ascontiguousarray(warped[..., 3]), 0, 0, (255, 253, 248))
        fill(cell, np.ascontiguousarray(warped[..., 0]), 0, 0, way.dark)
        _shade(cell, np.ascontiguousarray(warped[..., 1]), way, self._staging.short)

    def _view(self, cell: Canvas, index: int, way: Colourway, frame: int) -> None:
        """Without a star: a detail of the scenery in three flat tones."""
        height, width = cell.shape[:2]
        grey = self._scenery
        scale = 0.62 * grey.shape[1] / width * (1 - 0.08 * float(self._staging.motion.progress[frame]))
        random = np.random.default_rng(self._staging.seed + index)
        left = random.uniform(0, max(1, grey.shape[1] - scale * width))
        top = random.uniform(0, max(1, grey.shape[0] - scale * height))
        matrix = np.array([[scale, 0, left], [0, scale, top]])
        part = cv2.warpAffine(
            grey,
            matrix,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT,
        )
        spread = cv2.normalize(part, part, 0, 255, cv2.NORM_MINMAX)
        fill(cell, np.full((height, width), 255, np.uint8), 0, 0, way.dark)
        _shade(cell, np.asarray(spread, np.uint8), way, self._staging.short)

    def _letter(self, cell: Canvas, text: str, way: Colourway, pop: float) -> None:
        height, width = cell.shape[:2]
        fill(cell, _dots(width, height, self._staging.short, 0.5), 0, 0, _lighter(way.ground), 0.5)
        if not text:
            return
        font = fit_font(text.upper(), "condensed", 0.86 * width, 0.95 * height)
        letters = text_mask(text.upper(), font)
        box = cv2.boundingRect(letters.mask)
        ink = letters.mask[box[1] : box[1] + box[3], box[0] : box[0] + box[2]]
        scale = min(0.84 * width / box[2], 0.74 * height / box[3]) * (0.97 + 0.05 * pop)
        size = (max(1, round(box[2] * scale)), max(1, round(box[3] * scale)))
        ink = np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), np.uint8)
        x, y = (width - size[0]) // 2, (height - size[1]) // 2
        shift = max(2, round(0.012 * self._staging.short))
        fill(cell, ink, x + shift, y + shift, way.dark)
        fill(cell, ink, x, y, (255, 253, 248))


def _delayed(frame: int, index: int) -> int:
    """Cells show the performance a few frames apart, or the wall would be wallpaper."""
    return max(0, frame - (index * 2) % 5)


def colourways(staging: Staging) -> list[Colourway]:
    """Loud grounds from the look's hues, turned around the colour circle; three tones each."""
    lab = to_oklab(np.array(staging.palette.accent) / 255.0)
    hue = float(np.arctan2(lab[2], lab[1]))
    chroma = 0.17 + 0.03 * staging.arousal
    turns = (0.0, 2.6, 1.15, -1.0, 3.6, 1.9)
    lightness = (0.66, 0.55, 0.83, 0.7, 0.6, 0.78)
    ways = []
    for turn, light in zip(turns, lightness, strict=True):
        ways.append(
            Colourway(
                _lch(light, chroma, hue + turn),
                _lch(0.24, 0.07, hue + turn + 2.9),
                _lch(0.63, 0.16, hue + turn + 2.2),
                _lch(0.95, 0.05, hue + turn + 1.6),
            )
        )
    return ways


def _lch(lightness: float, chroma: float, hue: float) -> Color:
    rgb = from_oklab(np.array([lightness, chroma * np.cos(hue), chroma * np.sin(hue)]))
    red, green, blue = (round(float(value) * 255) for value in rgb)
    return red, green, blue


def _lighter(color: Color) -> Color:
    red, green, blue = (min(255, round(value + 0.35 * (255 - value))) for value in color)
    return red, green, blue


def _levels(sprite: Sprite, points: Floats, unit: float) -> Sprite:
    """Channels: 0 the person, 1 how light (0 to 255 within it), 3 the sticker: the person with a margin."""
    alpha = sprite[..., 3]
    grey = np.asarray(cv2.GaussianBlur(unmixed_grey(sprite), (0, 0), 1.2), np.float32)
    lifted = grey + 0.35 * (grey - soften(grey, 1.1 * unit))
    inside = (
        oval_mask(points, alpha.shape, 0.1 * unit) > 0.6
    )  # the face decides: every skin gets all three tones
    low, high = np.quantile(lifted[::3, ::3][inside[::3, ::3]], (0.04, 0.8)) if inside.any() else (0.0, 255.0)
    tone = np.clip((lifted - low) / max(20.0, high - low), 0, 1) * 255
    span = 2 * max(1, round(0.09 * unit)) + 1
    sticker = cv2.dilate(alpha, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (span, span)))
    out = np.zeros_like(sprite)
    out[..., 0] = alpha
    out[..., 1] = tone * (alpha / 255.0)
    out[..., 3] = cv2.GaussianBlur(sticker, (0, 0), 0.8)
    return out


def _shade(cell: Canvas, tone: NDArray[np.uint8], way: Colourway, short: int) -> None:
    """Middle tone through dots where it is between, solid above; light on top."""
    height, width = tone.shape
    _print_tones(cell, tone, _screen(width, height, short), np.array(way.middle), np.array(way.light))


@numba.njit(cache=True, nogil=True)
def _print_tones(
    cell: Canvas,
    tone: NDArray[np.uint8],
    screen: NDArray[np.uint8],
    middle: NDArray[np.int64],
    light: NDArray[np.int64],
) -> None:
    for y in range(tone.shape[0]):
        for x in range(tone.shape[1]):
            level = np.int32(tone[y, x])
            if level < 20:
                continue
            dot = min(
                np.int32(256),
                max(
                    np.int32(0),
                    (level - np.int32(18) - (np.int32(screen[y, x]) // np.int32(3))) * np.int32(6),
                ),
            )
            top = min(np.int32(256), max(np.int32(0), (level - np.int32(150)) * np.int32(7)))
            for c in range(3):
                value = np.int32(cell[y, x, c])
                value += ((np.int32(middle[c]) - value) * dot) >> np.int32(8)
                value += ((np.int32(light[c]) - value) * top) >> np.int32(8)
                cell[y, x, c] = np.uint8(value)


@lru_cache(maxsize=16)
def _screen(width: int, height: int, short: int) -> NDArray[np.uint8]:
    """A halftone screen turned by 45 degrees: a hill of 0 to 255 for every dot."""
    step = np.pi / max(2.0, HALFTONE * short * 0.62)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    hill = np.sin((x + y) * step * 0.7071) * np.sin((x - y) * step * 0.7071)
    return np.asarray(np.rint(127.5 + 127.5 * hill), np.uint8)


@lru_cache(maxsize=16)
def _dots(width: int, height: int, short: int, amount: float) -> NDArray[np.uint8]:
    """Dots that grow towards the lower right."""
    screen = _screen(width, height, short).astype(np.int16)
    ramp = np.linspace(0, 1, height, dtype=np.float32)[:, None] * 0.6 + np.linspace(0, 1, width)[None] * 0.4
    return np.clip((screen - 255 + (ramp * amount * 2 * 255)) * 5, 0, 255).astype(np.uint8)
