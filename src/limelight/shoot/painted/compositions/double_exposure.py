"""Double exposure: the scenery inside the star's silhouette, on paper, with the words as a stack of serifs."""

from functools import partial

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.actor import Actor, Floats, oval_mask, unmixed_grey
from limelight.shoot.painted.blend import Canvas, mix, new_canvas
from limelight.shoot.painted.finish import Recipe
from limelight.shoot.painted.lighting import Sprite
from limelight.shoot.painted.soft import soften
from limelight.shoot.painted.staging import Staging, shade
from limelight.shoot.painted.standing import stand
from limelight.shoot.painted.words import Verses, deep

PAPER, INK = (252, 246, 236), (20, 24, 40)


class DoubleExposure:
    """The scenery moves inside a still outline; only the face looks out of it."""

    recipe = Recipe(tone=0.08, contrast=1.03, bloom=0.12, vignette=0.26)

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        width, height = staging.size
        alone = not staging.words or not staging.is_broad
        self._places = stand(
            staging,
            staging.actors,
            head=0.178,
            eyes=0.44,
            spread=0.0 if alone and len(staging.actors) == 1 else None,
        )
        if not staging.is_broad and staging.words:
            self._places = stand(staging, staging.actors, head=0.13, eyes=0.5)
        self._paper = paper(staging.size, staging.palette.color(0.97), staging.seed)
        self._ink = shade(staging.palette.color(0.05), 0.8)
        pair = len(staging.actors) > 1 or not staging.is_broad
        self._around = PAPER if pair and staging.actors else None
        self._inside = new_canvas(width, height)
        self._mask = np.zeros((height, width), np.uint8)
        self._edge = _wet_edge(staging.size, staging.seed)
        self._verses = Verses(staging.words, "serif-display", *_box(staging))

    def draw(self, canvas: Canvas, frame: int) -> None:
        """Paper, scenery through the silhouette, face, words."""
        staging = self._staging
        np.copyto(canvas, self._paper)
        staging.planes.draw(self._inside, staging.view(frame, zoom=0.02, share=1.3))
        cv2.LUT(self._inside, staging.developer, dst=self._inside)
        if staging.actors:
            self._through_people(canvas, frame)
        else:
            mix(canvas, self._inside, self._disc(frame))
        self._verses.draw(
            canvas, frame, self._ink, deep(staging.palette.accent, 120), unsung=0.16, shadow=self._around
        )

    def _through_people(self, canvas: Canvas, frame: int) -> None:
        staging, motion = self._staging, self._staging.motion
        faces: list[tuple[Actor, Sprite, NDArray[np.float64]]] = []
        self._mask[...] = 0
        for actor, spot in zip(staging.actors, self._places, strict=True):
            unit = spot.unit * (1 + 0.35 * float(motion.zoom[frame]))
            matrix = actor.matrix(spot.x, spot.y, unit, 0.6 * float(motion.rock[frame]))
            sprite = actor.dressed("exposed", actor.drawing(frame), partial(exposed, unit=actor.unit))
            faces.append((actor, actor.with_mouth(sprite, frame), matrix))
            outline = cv2.extractChannel(actor.plain(actor.drawing(frame)), 3)
            cover = cv2.warpAffine(outline, matrix, staging.size, flags=cv2.INTER_LINEAR)
            np.maximum(self._mask, cover, out=self._mask)
        mix(canvas, self._inside, np.asarray(cv2.multiply(self._mask, self._edge, scale=1 / 255), np.uint8))
        for actor, sprite, matrix in faces:
            actor.put(canvas, sprite, frame, matrix)

    def _disc(self, frame: int) -> NDArray[np.uint8]:
        """Without a star the scenery shows through a wash of ink."""
        staging = self._staging
        width, height = staging.size
        mask = np.zeros((height, width), np.uint8)
        radius = 0.36 * staging.short * (1 + 0.02 * float(staging.motion.pulse[frame]))
        x = width * (
            0.5 if not staging.words or not staging.is_broad else 0.3 if staging.side == "left" else 0.7
        )
        y = height * (0.5 if staging.is_broad or not staging.words else 0.62)
        cv2.circle(mask, (round(x * 16), round(y * 16)), round(radius * 16), 255, -1, cv2.LINE_AA, 4)
        return np.asarray(cv2.multiply(mask, self._edge, scale=1 / 255), np.uint8)


def exposed(sprite: Sprite, points: Floats, unit: float) -> Sprite:
    """What of a person is left on top of the scenery: the lights of the face, its lines, a breath of the rest."""
    alpha = sprite[..., 3]
    grey = unmixed_grey(sprite)
    oval = oval_mask(points, alpha.shape, 0.28 * unit)
    inside = oval[::3, ::3] > 0.5
    low, high = np.quantile(grey[::3, ::3][inside], (0.02, 0.97)) if inside.any() else (20.0, 230.0)
    tone = np.clip((grey - np.float32(low)) / np.float32(max(20.0, high - low)), 0, 1)
    out = np.empty_like(sprite)
    _expose(sprite, tone, tone - soften(tone, 0.9 * unit), oval, out)
    return out


@numba.njit(cache=True, nogil=True)
def _expose(sprite: Sprite, tone: Floats, local: Floats, oval: Floats, out: Sprite) -> None:
    """Lights become paper white, darks ink, what is between lets the scenery through."""
    paper, ink = PAPER, INK
    for y in range(sprite.shape[0]):
        for x in range(sprite.shape[1]):
            alpha = sprite[y, x, 3] / np.float32(255)
            if alpha == 0:
                out[y, x, :] = 0
                continue
            t, d, o = tone[y, x], local[y, x], oval[y, x]
            light = min(max(1.5 * (t - 0.42), 0.0), 0.8) + min(max(0.8 * d, 0.0), 0.3)
            dark = min(max(1.9 * (0.40 - t), 0.0), 0.9) + min(max(-1.6 * d, 0.0), 0.5)
            veil = min(light + 0.18, 1.0) * (0.16 + 0.84 * o) * alpha
            black = min(dark, 0.92) * (0.35 + 0.65 * o) * alpha
            keep = min(1.0, veil + black)
            part = black / max(keep, 1e-3)
            for c in range(3):
                own = sprite[y, x, c] / alpha
                color = (0.25 * own + 0.75 * paper[c]) * (1 - part) + part * ink[c]
                out[y, x, c] = np.uint8(min(255.0, color) * keep + 0.5)
            out[y, x, 3] = np.uint8(keep * 255 + 0.5)


def paper(size: tuple[int, int], color: tuple[int, int, int], seed: int) -> Canvas:
    """A sheet of paper: fibres, clouds and a little light from the upper left."""
    width, height = size
    random = np.random.default_rng(seed)
    fine = cv2.GaussianBlur(random.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 0.8)
    fibres = cv2.GaussianBlur(
        random.normal(0, 1, (height, width)).astype(np.float32), (0, 0), sigmaX=6, sigmaY=0.8
    )
    small = random.normal(0, 1, (max(2, height // 90), max(2, width // 90))).astype(np.float32)
    clouds = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    texture = (
        3.2 * fine / fine.std() + 2.2 * fibres / fibres.std() + 3.0 * clouds / max(1e-6, float(clouds.std()))
    )
    base = 0.45 * np.array(color, np.float32) + 0.55 * np.array([244, 238, 226], np.float32)
    sheet = np.full((height, width, 4), 255, np.uint8)
    sheet[..., :3] = np.clip(base * 0.98 + texture[..., None], 0, 255)
    return sheet


def _wet_edge(size: tuple[int, int], seed: int) -> NDArray[np.uint8]:
    """Ink that runs out towards the lower edge, (height, width) 0 to 255."""
    width, height = size
    random = np.random.default_rng(seed + 1)
    total = np.zeros((height, width), np.float32)
    for cells, share in ((6, 1.0), (14, 0.6), (40, 0.35), (110, 0.2)):
        small = random.normal(0, 1, (cells * height // width + 2, cells)).astype(np.float32)
        total += share * cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    wet = np.clip((0.985 - y) / 0.05 + 0.32 * total, 0, 1)
    return np.asarray(255 * wet * wet * (3 - 2 * wet), np.uint8)


def _box(staging: Staging) -> tuple[tuple[float, float, float, float], str, float]:
    width, height = staging.size
    if staging.is_broad and len(staging.actors) < 2:
        left = 0.07 if staging.side == "right" else 0.55
        return (left * width, 0.14 * height, 0.38 * width, 0.72 * height), "left", 0.125 * height
    if len(staging.actors) > 1:
        return (0.12 * width, 0.8 * height, 0.76 * width, 0.17 * height), "center", 0.09 * staging.short
    return (0.08 * width, 0.04 * height, 0.84 * width, 0.22 * height), "center", 0.11 * staging.short
