"""Windows: the sung word as a window onto star and scenery; without words, tall openings that breathe."""

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.blend import Canvas, fill, new_canvas
from limelight.shoot.painted.finish import Recipe
from limelight.shoot.painted.motion import DROP
from limelight.shoot.painted.staging import Staging, shade
from limelight.shoot.painted.standing import stand
from limelight.shoot.painted.words import at
from limelight.typography import fit_font, text_mask

POP_FRAMES = 4
DISSOLVE = 0.13
"""Seconds in which a word gives way to the next: words are not sung on beats, and a hard change looks like a cut."""
VEIL = 0.8
"""How much of the picture outside the windows is hidden."""


class Windows:
    """The picture lives in the letters; outside it is night, with a breath of the picture in it."""

    recipe = Recipe(tone=0.1, contrast=1.05, bloom=0.42, vignette=0.2)

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        width, height = staging.size
        self._places = stand(
            staging, staging.actors, head=0.165, eyes=0.45, spread=None if len(staging.actors) > 1 else 0.0
        )
        self._lights = staging.lights(self._places)
        self._picture = new_canvas(width, height)
        self._night = shade(staging.palette.color(0.0), 0.55)
        self._veil = np.full((height, width), round(255 * VEIL), np.uint8)
        self._masks: dict[str, tuple[NDArray[np.uint8], NDArray[np.uint8]]] = {}
        self._slits = _slits(staging)

    def draw(self, canvas: Canvas, frame: int) -> None:
        """The picture veiled, and the picture bare in the windows."""
        staging = self._staging
        self._compose(self._picture, frame)
        mask, glow = self._window(frame)
        cv2.LUT(self._picture, staging.developer, dst=canvas)
        fill(canvas, np.asarray(cv2.subtract(self._veil, mask), np.uint8), 0, 0, self._night)
        lit = 0.3 + 0.25 * float(staging.motion.pulse[frame])
        fill(canvas, np.asarray(cv2.subtract(glow, mask), np.uint8), 0, 0, staging.palette.accent, lit)

    def _compose(self, canvas: Canvas, frame: int) -> None:
        staging, motion = self._staging, self._staging.motion
        staging.planes.draw(canvas, staging.view(frame))
        staging.fly(canvas, frame, near=False)
        for actor, spot, light in zip(staging.actors, self._places, self._lights, strict=True):
            near = 1 + 0.8 * float(motion.zoom[frame])
            y = spot.y + staging.short * DROP * float(motion.drop[frame])
            sprite = actor.lit(frame, light)
            matrix = actor.matrix(spot.x, y, spot.unit * near, float(motion.rock[frame]))
            actor.put(canvas, sprite, frame, matrix)

    def _window(self, frame: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The opening and the glow around it."""
        staging = self._staging
        index = at(staging.words, frame)
        since = frame - staging.words[index].start if index is not None else 0
        length = max(1, round(DISSOLVE * staging.fps))
        now = self._shape(index, frame)
        if index is None or since >= length or frame <= since:
            return now
        before = self._shape(at(staging.words, frame - since - 1), frame)
        share = (since + 1) / (length + 1)
        opening, halo = (
            cv2.addWeighted(old, 1 - share, new, share, 0) for old, new in zip(before, now, strict=True)
        )
        return np.asarray(opening, np.uint8), np.asarray(halo, np.uint8)

    def _shape(self, index: int | None, frame: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The opening of one word, or of none, and the glow around it."""
        staging = self._staging
        if index is None:
            mask = self._opening(frame)
            return mask, _glow(mask)
        word = staging.words[index]
        if word.text not in self._masks:
            mask = _word_mask(word.text, staging)
            self._masks[word.text] = mask, _glow(mask)
        since = frame - word.start
        grown = (
            1 + 0.07 * max(0.0, 1 - since / POP_FRAMES) + 0.03 * min(1.0, since / max(1.0, 1.5 * staging.fps))
        )
        width, height = staging.size
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 0, grown)
        opening, halo = (cv2.warpAffine(part, matrix, (width, height)) for part in self._masks[word.text])
        return np.asarray(opening, np.uint8), np.asarray(halo, np.uint8)

    def _opening(self, frame: int) -> NDArray[np.uint8]:
        """Tall windows with round heads; they widen a little on beats."""
        staging = self._staging
        width, height = staging.size
        mask = np.zeros((height, width), np.uint8)
        grown = 1 + 0.05 * float(staging.motion.pulse[frame])
        open_ = min(1.0, 0.35 + frame / max(1.0, 0.5 * staging.fps))
        for x, half, top, bottom in self._slits:
            w = half * grown * open_
            upper = (round((x - w) * 16), round((top + w) * 16))
            cv2.rectangle(mask, upper, (round((x + w) * 16), round(bottom * 16)), 255, -1, cv2.LINE_AA, 4)
            cv2.circle(mask, (round(x * 16), round((top + w) * 16)), round(w * 16), 255, -1, cv2.LINE_AA, 4)
        return mask


def _glow(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    small = cv2.resize(mask, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small, (0, 0), 3)
    return np.asarray(cv2.resize(blurred, mask.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


def _word_mask(text: str, staging: Staging) -> NDArray[np.uint8]:
    width, height = staging.size
    mask = np.zeros((height, width), np.uint8)
    letters = text_mask(text.upper(), fit_font(text.upper(), "condensed", width, height))
    x, y, w, h = cv2.boundingRect(letters.mask)
    scale = min(0.9 * width / w, (0.74 if staging.is_broad else 0.5) * height / h)
    wide, high = w * scale, h * scale
    wide *= min(
        1.25, 0.9 * width / wide
    )  # short words are set a little wider, long ones on upright pictures taller
    high *= 1.0 if staging.is_broad else min(1.7, 0.5 * height / high)
    size = (max(1, round(wide)), max(1, round(high)))
    ink = cv2.resize(letters.mask[y : y + h, x : x + w], size, interpolation=cv2.INTER_LINEAR)
    fill_at = ((width - size[0]) // 2, (height - size[1]) // 2)
    part = mask[max(0, fill_at[1]) : fill_at[1] + size[1], max(0, fill_at[0]) : fill_at[0] + size[0]]
    part[...] = ink[: part.shape[0], : part.shape[1]]
    return mask


def _slits(staging: Staging) -> list[tuple[float, float, float, float]]:
    """Middle, half width, top and bottom of each opening, pixels."""
    width, height = staging.size
    count = 5 if staging.is_broad else 3
    step = width / (count + 0.6)
    middle = (count - 1) / 2
    return [
        (
            width / 2 + (i - middle) * step,
            0.43 * step,
            height * (0.1 + 0.075 * abs(i - middle)),
            height * (0.92 - 0.05 * abs(i - middle)),
        )
        for i in range(count)
    ]
