"""Portrait: one frame of the star's footage painted as a sprite that can be put into any picture.

The person is cut out to the strand with her or his own colours (`cutout.py`), and painted with those colours
carried on beyond the outline, so that neither the room nor the ground of the painting is left in the edge; the face
keeps part of its own colours and detail, so that it stays the same face. Where the footage ends the clothes go on a
little (`bust.py`).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.faces.mesh import BROW_LEFT, BROW_RIGHT, EYE_LEFT, EYE_RIGHT, LIPS_INNER, LIPS_OUTER, OVAL
from limelight.shoot.painted.brush import Brush
from limelight.shoot.painted.bust import lengthen
from limelight.shoot.painted.cutout import foreground, refine_matte
from limelight.shoot.painted.performance import Performance
from limelight.shoot.painted.soft import soften

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]

VERSION = 15
AROUND = 0.45
"""Units around the person that are worked on."""
BEYOND = 0.16
"""Units beyond the outline to which the person's colours are painted, before the ground begins."""
BROAD = 0.72
"""Painting happens at this share of the sprite's size: broad strokes, and faster."""
FACE_SHARE, FEATURE_SHARE = 0.42, 0.55
"""Of the painting on skin, and on top of that over eyes and mouth."""
SKIN_PULL, PATCH_PULL, MOUTH_PULL = 0.75, 0.9, 0.8
"""How far the colour of skin, of broad patches elsewhere (or the hair had another colour in every shot) and of the
inside of the mouth is pulled back to what it was."""
SKIN_LIGHT, PATCH_LIGHT = 0.85, 0.75
"""How far broad patches of light are: on skin, and elsewhere."""
STROKE_DARK, STROKE_LIGHT = 46.0, 18.0
"""How far a stroke on skin may leave its lightness, 8-bit Lab levels: white strokes on a dark skin look like paint
on the face, not like a painting of it."""
HAIR_STROKE = 40.0
"""The same for hair and clothes, both ways and softly: pale worms in dark hair are the net's, not the person's."""


@dataclass(frozen=True)
class FaceMasks:
    """Soft masks in sprite pixels, 0 to 1, float32, ``(height, width)``."""

    oval: Floats
    features: Floats
    mouth: Floats


def face_masks(points: Floats, unit: float, size: tuple[int, int]) -> FaceMasks:
    """Where face, features and the inside of the mouth are.

    Args:
        points: (478, 2) in sprite pixels.
        unit: Distance between the eyes' centres.
        size: Width and height of the sprite.
    """
    features = np.zeros((size[1], size[0]), np.float32)
    for outline, grow in (
        (EYE_LEFT, 0.12),
        (EYE_RIGHT, 0.12),
        (LIPS_OUTER, 0.06),
        (BROW_LEFT, 0.0),
        (BROW_RIGHT, 0.0),
    ):
        np.maximum(features, _area(points[list(outline)], size, grow * unit), out=features)
    return FaceMasks(
        soften(_area(points[list(OVAL)], size, 0.05 * unit), 0.22 * unit),
        soften(features, 0.07 * unit),
        soften(_area(points[list(LIPS_INNER)], size, 0.0), 0.03 * unit),
    )


def paint_portrait(
    source: Picture,
    mask: Floats,
    performance: Performance,
    drawing: int,
    *,
    background: tuple[int, int, int],
    style: int,
    strength: float,
    brush: Brush,
) -> Picture:
    """Paint one drawing.

    Args:
        source: The footage's frame, ``(height, width, 3) uint8``, sRGB.
        mask: Where the person is in it, ``(height, width) float32``, 0 to 1; right but for the edge.
        performance: Gives the place of the frame in the sprite.
        drawing: Which of its drawings this is.
        background: The colour behind the person while painting, sRGB.
        style: Of the painting net.
        strength: 0 (a clean photograph) to 1 (wholly repainted).
        brush: The painting net.

    Returns:
        ``(height + added, width, 4) uint8``, sRGB with premultiplied alpha, as :attr:`Performance.whole` says.
    """
    unit = performance.unit
    matrix = performance.matrices[drawing]
    rough = np.asarray(cv2.warpAffine(mask, matrix, performance.size, flags=cv2.INTER_LINEAR), np.float32)
    left, top, width, height = _box(rough, unit)
    shift = np.array([left, top], np.float32)
    person = _warped(source, matrix - [[0, 0, left], [0, 0, top]], (width, height), cv2.INTER_CUBIC)
    rough = np.clip((rough[top : top + height, left : left + width] - 0.25) / 0.5, 0, 1)
    matte = refine_matte(np.asarray(rough, np.float32), person, unit)
    person = foreground(person, matte)
    masks = face_masks(performance.points[drawing] - shift, unit, (width, height))
    skin = skin_mask(person, masks, matte)
    clean = _clean(person, skin)
    ground = np.empty_like(clean)
    ground[:] = background
    staged = _mix(ground, clean, np.clip(2.2 * soften(matte, BEYOND * unit) - 0.05, 0, 1))
    broad = (round(width * BROAD), round(height * BROAD))
    small = np.asarray(cv2.resize(staged, broad, interpolation=cv2.INTER_AREA), np.uint8)
    painted = brush.paint(small, style, 1.0, max_side=max(small.shape[:2]))
    painted = np.asarray(cv2.resize(painted, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
    painted = _keep_skin(painted, clean, masks, skin, unit)
    share = (
        strength
        * (1 - (1 - FACE_SHARE) * np.maximum(skin, masks.oval))
        * (1 - (1 - FEATURE_SHARE) * masks.features)
    )
    mixed = _mix(clean, painted, share)
    whole = performance.whole
    matte *= _sides(whole[0], unit)[left : left + width]
    sprite = np.empty((height, width, 4), np.uint8)
    sprite[..., :3] = cv2.multiply(mixed, cv2.merge([matte] * 3), dtype=cv2.CV_8U)
    sprite[..., 3] = np.rint(matte * 255)
    longer = lengthen(sprite, skin, unit)
    out = np.zeros((whole[1], whole[0], 4), np.uint8)
    out[top : top + len(longer), left : left + width] = longer
    return out


def _box(mask: Floats, unit: float) -> tuple[int, int, int, int]:
    """Left, top, width and height of what is worked on: the person and what the paint needs around, to the bottom."""
    left, top, width, _ = cv2.boundingRect((mask > 0.25).astype(np.uint8))
    margin = round(AROUND * unit)
    right = min(mask.shape[1], left + max(width, 2) + margin)
    left, top = max(0, left - margin), max(0, top - margin)
    return left, top, right - left, mask.shape[0] - top


def _clean(person: Picture, skin: Floats) -> Picture:
    """Less noise, more colour and light, crisp edges: what the net paints best. Skin keeps its own depth."""
    smooth = _lift(np.asarray(cv2.bilateralFilter(person, 5, 16, 4), np.uint8), skin)
    hsv = cv2.cvtColor(smooth, cv2.COLOR_RGB2HSV).astype(np.float32)
    hsv[..., 1] = np.clip(hsv[..., 1] * (1.35 - 0.33 * skin), 0, 255)
    lit = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB).astype(np.float32)
    where = skin > 0.6
    tone = float(np.median(lit[where].mean(-1))) if where.any() else 128.0
    gain = float(np.clip(150.0 / max(tone, 1.0), 1.0, 1.22))
    lit *= gain
    return np.clip(1.35 * lit - 0.35 * cv2.GaussianBlur(lit, (0, 0), 1.6), 0, 255).astype(np.uint8)


def _lift(rgb: Picture, skin: Floats) -> Picture:
    """Open the shadows of hair and clothes, where the net would see only black; skin stays as it is."""
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)
    light = lab[..., 0].astype(np.float32) / 255
    open_ = np.sqrt(light) * 0.82 + 0.04
    lab[..., 0] = np.rint(255 * (light + 0.55 * (1 - 0.8 * skin) * np.clip(open_ - light, 0, 1)))
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def _keep_skin(painted: Picture, clean: Picture, masks: FaceMasks, skin: Floats, unit: float) -> Picture:
    """Strokes stay, but broad patches of colour and light become the person's own again, above all on skin.

    Lab of the painting, plus a share of the difference of the two pictures' low frequencies; so a dark skin is
    not patched with light, nor a light one with dark.
    """
    ours = cv2.cvtColor(clean, cv2.COLOR_RGB2LAB).astype(np.float32)
    theirs = cv2.cvtColor(painted, cv2.COLOR_RGB2LAB).astype(np.float32)
    patches = np.dstack([soften(ours[..., c] - theirs[..., c], 0.16 * unit) for c in range(3)])
    theirs[..., 0] += patches[..., 0] * (PATCH_LIGHT + (SKIN_LIGHT - PATCH_LIGHT) * skin)
    stray = theirs[..., 0] - ours[..., 0]
    theirs[..., 0] -= skin * (stray - np.clip(stray, -STROKE_DARK, STROKE_LIGHT))
    stray = theirs[..., 0] - ours[..., 0]
    theirs[..., 0] = ours[..., 0] + HAIR_STROKE * np.tanh(stray / HAIR_STROKE)
    theirs[..., 1:] += patches[..., 1:] * (PATCH_PULL + (SKIN_PULL - PATCH_PULL) * skin)[..., None]
    pull = np.maximum(0.72 - 0.37 * skin, MOUTH_PULL * masks.mouth)[..., None]
    theirs[..., 1:] += pull * (ours[..., 1:] - theirs[..., 1:])
    return np.asarray(cv2.cvtColor(np.clip(theirs, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB), np.uint8)


def skin_mask(person: Picture, masks: FaceMasks, matte: Floats) -> Floats:
    """Where the person's skin is, 0 to 1: the face, and what has its colour (forehead, ears, neck, bald heads)."""
    lab = cv2.cvtColor(cv2.GaussianBlur(person, (0, 0), 2.0), cv2.COLOR_RGB2LAB).astype(np.float32)
    face = (masks.oval > 0.7) & (masks.features < 0.2)
    if not face.any():
        return masks.oval * matte
    middle = np.median(lab[face], axis=0)
    spread = np.maximum(np.median(np.abs(lab[face] - middle), axis=0), (9.0, 3.5, 3.5)) * (3.2, 2.6, 2.6)
    away = (((lab - middle) / spread) ** 2).sum(axis=2)
    alike = np.exp(-0.5 * away) * matte
    return np.asarray(np.clip(np.maximum(soften(alike, 2.5) * 1.25, 0.9 * masks.oval), 0, 1), np.float32)


def _sides(width: int, unit: float) -> Floats:
    """Shoulders cut by the picture's side end softly: (width,), 0 to 1."""
    ramp = max(2, round(0.35 * unit))
    fade = np.ones(width, np.float32)
    rise = np.linspace(0, 1, ramp, dtype=np.float32)
    fade[:ramp] = rise * rise * (3 - 2 * rise)
    fade[-ramp:] = fade[:ramp][::-1]
    return fade


def _warped(rgb: Picture, matrix: Floats, size: tuple[int, int], flags: int) -> Picture:
    return np.asarray(
        cv2.warpAffine(rgb, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _area(outline: Floats, size: tuple[int, int], grow: float) -> Floats:
    mask = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillPoly(mask, [cv2.convexHull(np.rint(outline).astype(np.int32))], 255)
    if grow >= 1:
        span = 2 * round(grow) + 1
        mask = np.asarray(
            cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (span, span))), np.uint8
        )
    return np.asarray(mask, np.float32) / np.float32(255)


def _mix(a: Picture, b: Picture, share: Floats) -> Picture:
    """``a`` where the share is 0, ``b`` where it is 1."""
    weight = share[..., None]
    return np.clip(np.rint(a * (1 - weight) + b * weight), 0, 255).astype(np.uint8)
