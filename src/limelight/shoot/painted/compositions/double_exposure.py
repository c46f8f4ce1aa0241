"""Double exposure: the scenery inside the star's silhouette, on paper, with the words as a stack of serifs."""

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.actor import Actor, Floats, Sprite, oval_mask
from limelight.shoot.painted.blend import Canvas, mix, new_canvas
from limelight.shoot.painted.finish import Recipe
from limelight.shoot.painted.multiplane import place
from limelight.shoot.painted.soft import soften
from limelight.shoot.painted.staging import Staging, shade, stand
from limelight.shoot.painted.words import Verses

PAPER, INK = (252, 246, 236), (20, 24, 40)


class DoubleExposure:
    """The scenery moves inside a still outline; only the face looks out of it."""

    recipe = Recipe(tone=0.08, contrast=1.03, bloom=0.12, vignette=0.26)

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        width, height = staging.size
        alone = not staging.words or not staging.is_broad
        self._places = stand(
            staging, staging.actors, head=0.178, eyes=0.44, spread=0.0 if alone and len(staging.actors) == 1 else None
        )
        if not staging.is_broad and staging.words:
            self._places = stand(staging, staging.actors, head=0.13, eyes=0.5)
        self._paper = paper(staging.size, staging.palette.color(0.97), staging.seed)
        self._ink = shade(staging.palette.color(0.05), 0.8)
        self._inside = new_canvas(width, height)
        self._mask = np.zeros((height, width), np.uint8)
        self._edge = _wet_edge(staging.size, staging.seed)
        self._verses = Verses(staging.words, "serif-display", *_box(staging))

    def draw(self, canvas: Canvas, frame: int) -> None:
        """Paper, scenery through the silhouette, face, words."""
        staging = self._staging
        canvas[...] = self._paper
        staging.planes.draw(self._inside, staging.view(frame, zoom=0.02, share=1.3))
        cv2.LUT(self._inside, _BRIGHTER, dst=self._inside)
        if staging.actors:
            self._through_people(canvas, frame)
        else:
            mix(canvas, self._inside, self._disc(frame))
        self._verses.draw(canvas, frame, self._ink, _readable(staging.palette.accent), unsung=0.16)

    def _through_people(self, canvas: Canvas, frame: int) -> None:
        staging, motion = self._staging, self._staging.motion
        faces: list[tuple[Sprite, NDArray[np.float64]]] = []
        self._mask[...] = 0
        for actor, spot in zip(staging.actors, self._places, strict=True):
            unit = spot.unit * (1 + 0.35 * float(motion.zoom[frame]))
            matrix = actor.matrix(spot.x, spot.y, unit, 0.6 * float(motion.rock[frame]))
            sprite = actor.dressed("exposed", actor.drawing(frame), lambda s, p, a=actor: exposed(s, p, a))
            faces.append((actor.with_mouth(sprite, frame), matrix))
            outline = actor.plain(actor.drawing(frame))[..., 3]
            cover = cv2.warpAffine(outline, matrix, staging.size, flags=cv2.INTER_LINEAR)
            np.maximum(self._mask, cover, out=self._mask)
        mix(canvas, self._inside, cv2.multiply(self._mask, self._edge, scale=1 / 255))
        for sprite, matrix in faces:
            place(canvas, sprite, matrix)

    def _disc(self, frame: int) -> NDArray[np.uint8]:
        """Without a star the scenery shows through a wash of ink."""
        staging = self._staging
        width, height = staging.size
        mask = np.zeros((height, width), np.uint8)
        radius = 0.36 * staging.short * (1 + 0.02 * float(staging.motion.pulse[frame]))
        x = width * (0.5 if not staging.words or not staging.is_broad else 0.3 if staging.side == "left" else 0.7)
        y = height * (0.5 if staging.is_broad or not staging.words else 0.62)
        cv2.circle(mask, (round(x * 16), round(y * 16)), round(radius * 16), 255, -1, cv2.LINE_AA, 4)
        return np.asarray(cv2.multiply(mask, self._edge, scale=1 / 255), np.uint8)


_BRIGHTER = np.asarray(np.rint(255 * (np.arange(256) / 255) ** 0.72), np.uint8)
"""Scenery on paper is printed lighter than it is projected."""


def exposed(sprite: Sprite, points: Floats, actor: Actor) -> Sprite:
    """What of a person is left on top of the scenery: the lights of the face, its lines, a breath of the rest."""
    alpha = sprite[..., 3].astype(np.float32) / 255
    rgb = sprite[..., :3].astype(np.float32) / np.maximum(alpha, 1e-3)[..., None]
    grey = rgb @ np.array([0.3, 0.59, 0.11], np.float32)
    oval = oval_mask(points, alpha.shape, 0.28 * actor.unit)
    inside = oval > 0.5
    low, high = np.quantile(grey[inside], (0.02, 0.97)) if inside.any() else (20.0, 230.0)
    tone = np.clip((grey - low) / max(20.0, high - low), 0, 1)
    local = tone - soften(tone, 0.9 * actor.unit)
    light = np.clip(1.5 * (tone - 0.42), 0, 0.8) + np.clip(0.8 * local, 0, 0.3)
    dark = np.clip(1.9 * (0.40 - tone), 0, 0.9) + np.clip(-1.6 * local, 0, 0.5)
    share = 0.16 + 0.84 * oval
    veil = np.clip(light + 0.18, 0, 1) * share * alpha
    ink = np.clip(dark, 0, 0.92) * (0.35 + 0.65 * oval) * alpha
    keep = np.clip(veil + ink, 0, 1)
    part = (ink / np.maximum(keep, 1e-3))[..., None]
    color = 0.25 * rgb + 0.75 * np.array(PAPER)
    color = (1 - part) * color + part * np.array(INK)
    out = np.empty_like(sprite)
    out[..., :3] = np.clip(np.rint(color * keep[..., None]), 0, 255)
    out[..., 3] = np.rint(keep * 255)
    return out


def paper(size: tuple[int, int], color: tuple[int, int, int], seed: int) -> Canvas:
    """A sheet of paper: fibres, clouds and a little light from the upper left."""
    width, height = size
    random = np.random.default_rng(seed)
    fine = cv2.GaussianBlur(random.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 0.8)
    fibres = cv2.GaussianBlur(random.normal(0, 1, (height, width)).astype(np.float32), (0, 0), sigmaX=6, sigmaY=0.8)
    small = random.normal(0, 1, (max(2, height // 90), max(2, width // 90))).astype(np.float32)
    clouds = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    texture = 3.2 * fine / fine.std() + 2.2 * fibres / fibres.std() + 3.0 * clouds / max(1e-6, float(clouds.std()))
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
        return (0.36 * width, 0.1 * height, 0.28 * width, 0.75 * height), "center", 0.08 * staging.short
    return (0.08 * width, 0.04 * height, 0.84 * width, 0.22 * height), "center", 0.11 * staging.short


def _readable(color: tuple[int, int, int]) -> tuple[int, int, int]:
    """An accent dark enough for paper."""
    luma = 0.3 * color[0] + 0.59 * color[1] + 0.11 * color[2]
    return shade(color, min(1.0, 125 / max(luma, 1.0)))
