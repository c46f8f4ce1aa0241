"""Triptych: three pictures side by side, of three sizes of the star, that enter one after another on the beat."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.actor import Actor
from limelight.shoot.painted.blend import Canvas, new_canvas
from limelight.shoot.painted.finish import Recipe
from limelight.shoot.painted.multiplane import Multiplane
from limelight.shoot.painted.plates import MARGIN, Layer, Plate
from limelight.shoot.painted.staging import Place, Staging
from limelight.shoot.painted.words import Verses

GUTTER = 0.014
"""Between the panels, share of the shorter side."""
SIZES, BROAD_SIZES = (0.175, 0.105, 0.29), (0.2, 0.16, 0.3)
"""Distance between the eyes, share of a tall panel's height and of a broad one's."""
ENTRANCE = 0.16
"""Seconds in which a panel opens."""
LOWEST, SQUARE_LOWEST = 0.7, 0.57
"""Where eyes may be at the lowest, share of the panel's height; in square pictures captions are large."""
CLOSED = 0.3
"""Light of the scenery where panels are still closed."""
LATEST = 0.42
"""Share of the shot after which all panels are open, beats or none."""


@dataclass(frozen=True)
class _Panel:
    left: int
    top: int
    size: tuple[int, int]
    opens: int
    """The frame in which it begins to open."""
    planes: Multiplane
    spot: Place | None
    actor: Actor | None


class Triptych:
    """Wide, near and nearest; the eye goes from one to the next with the music."""

    recipe = Recipe(bloom=0.34, vignette=0.22)

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        gap = max(2, round(GUTTER * staging.short))
        self._ground = _ground(staging)
        sizes = BROAD_SIZES if staging.is_tall else SIZES
        opens = _openings(staging)
        order = staging.random.permutation(3)
        self._panels = [
            _panel(staging, index, gap, sizes[rank], opens[rank]) for index, rank in enumerate(order.tolist())
        ]
        self._lights = [
            staging.light_on(panel.actor, _in_picture(panel)) if panel.actor is not None else None
            for panel in self._panels
        ]
        width, height = staging.size
        box = (0.08 * width, 0.8 * height, 0.84 * width, 0.14 * height)
        self._verses = Verses(staging.words, "sans-heavy", box, "center", 0.075 * staging.short)

    def draw(self, canvas: Canvas, frame: int) -> None:
        """The ground, then each panel as far as it is open."""
        staging = self._staging
        np.copyto(canvas, self._ground)
        for index, panel in enumerate(self._panels):
            share = (frame - panel.opens + 1) / max(1.0, ENTRANCE * staging.fps)
            if share > 0:
                self._draw(canvas, index, frame, min(1.0, share))
        self._verses.draw(canvas, frame, (255, 252, 244), staging.palette.color(0.95), shadow=(6, 4, 12))

    def _draw(self, canvas: Canvas, index: int, frame: int, share: float) -> None:
        staging, panel, motion = self._staging, self._panels[index], self._staging.motion
        width, height = panel.size
        area = canvas[panel.top : panel.top + height, panel.left : panel.left + width]
        picture = np.empty_like(area)
        panel.planes.draw(picture, staging.view(frame, zoom=0.06 * index, share=0.7))
        light = self._lights[index]
        if panel.actor is not None and panel.spot is not None and light is not None:
            near = 1 + 0.7 * float(motion.zoom[frame]) + 0.01 * float(motion.pulse[frame])
            matrix = panel.actor.matrix(
                panel.spot.x, panel.spot.y, panel.spot.unit * near, 0.7 * float(motion.rock[frame])
            )
            panel.actor.put(picture, self._sprite(panel.actor, index, frame), frame, matrix)
        open_ = 1 - (1 - share) ** 3  # most of it in the beat's own frame, as a cut would
        if staging.is_tall:
            half = max(1, round(open_ * width / 2))
            part = slice(None), slice(width // 2 - half, width // 2 + half)
        else:
            half = max(1, round(open_ * height / 2))
            part = slice(max(0, height // 2 - half), height // 2 + half), slice(None)
        area[part] = picture[part]

    def _sprite(self, actor: Actor, index: int, frame: int) -> NDArray[np.uint8]:
        light = self._lights[index]
        assert light is not None  # noqa: S101 - the caller has looked
        return actor.lit(frame, light, name=f"lit {index}")


def _ground(staging: Staging) -> Canvas:
    """The scenery in near darkness."""
    width, height = staging.size
    ground = new_canvas(width, height)
    flat = staging.flat
    y, x = (flat.shape[0] - height) // 2, (flat.shape[1] - width) // 2
    ground[..., :3] = flat[y : y + height, x : x + width] * CLOSED
    return ground


def _panel(staging: Staging, index: int, gap: int, head: float, opens: int) -> _Panel:
    width, height = staging.size
    along = height if staging.is_tall else width
    edges = np.linspace(0, along + gap, 4).round().astype(int)
    first, length = int(edges[index]), int(edges[index + 1] - gap - edges[index])
    size = (width, length) if staging.is_tall else (length, height)
    left, top = (0, first) if staging.is_tall else (first, 0)
    planes = Multiplane(_cut(staging, index, size), size, 0.004 * staging.short if staging.actors else 0.0)
    sky = staging.is_tall and index == 0  # where the captions of upright pictures stand: the place alone
    actor = staging.actors[index % len(staging.actors)] if staging.actors and not sky else None
    spot = None
    if actor is not None:
        unit = min(head * size[1], 1.35 * head * size[0])
        y = max(0.42 * size[1], 1.02 * size[1] - actor.below * unit)
        lowest = LOWEST if staging.is_tall or staging.is_broad else SQUARE_LOWEST
        if y > lowest * size[1]:
            y = (lowest - 0.06) * size[1]
            unit = (1.02 * size[1] - y) / actor.below
        spot = Place(0.5 * size[0], y, unit)
    return _Panel(left, top, size, opens, planes, spot, actor)


def _cut(staging: Staging, index: int, size: tuple[int, int]) -> Plate:
    """The part of the plate behind a panel, with the margin that the camera's move needs."""
    plate = staging.plate
    wide, high = plate.size
    if staging.is_tall:
        reach = min(high, round(MARGIN * size[1]))
        top = round(np.clip((index + 0.5) / 3 * high - reach / 2, 0, high - reach))
        area = slice(top, top + reach), slice(None)
    else:
        reach = min(wide, round(MARGIN * size[0]))
        left = round(np.clip((index + 0.5) / 3 * wide - reach / 2, 0, wide - reach))
        area = slice(None), slice(left, left + reach)
    layers = tuple(Layer(np.ascontiguousarray(layer.rgba[area]), layer.depth) for layer in plate.layers)
    return replace(plate, layers=layers)


def _in_picture(panel: _Panel) -> Place:
    assert panel.spot is not None  # noqa: S101 - asked only where somebody stands
    return Place(panel.left + panel.spot.x, panel.top + panel.spot.y, panel.spot.unit)


def _openings(staging: Staging) -> list[int]:
    """Frames in which the first, second and third panel open: on beats, and in good time."""
    beats = np.flatnonzero(np.diff(staging.motion.pulse, prepend=0.0) > 0.05)
    last = LATEST * staging.frames
    found = [0]
    for part in (0.5, 1.0):
        later = beats[(beats > found[-1] + 0.2 * staging.fps) & (beats <= last)]
        found.append(int(later[0]) if len(later) else max(found[-1], round(part * last * 0.7)))
    return found
