"""Framing: from drawings of the model's size to the film's frames: the camera's move, and words in the picture."""

from collections.abc import Iterable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.camera import CallSheet, Picture
from limelight.shoot.looks import look_of
from limelight.shoot.painted.cues import cues_of
from limelight.shoot.painted.motion import Motion, plan_motion
from limelight.shoot.painted.palette import palette_of
from limelight.shoot.painted.words import Inks, Verses, inks_on
from limelight.storyboard import CaptionStyle, Shot

ROOM = 0.07
"""Share of the picture's sides kept in hand for pans, tilts and hand-held unrest."""
UNREST = 0.5
"""Of the painted camera's hand-held unrest."""
RISE = 0.6
"""Of the painted camera's zoom: a flat picture has no parallax to hide it."""


def framed(pictures: Iterable[Picture], sheet: CallSheet) -> Iterator[Picture]:
    """Bring a shot's pictures to the film's size, moving as the shot's camera does.

    Args:
        pictures: One a frame, of any one size.
        sheet: The shot.
    """
    shot, film = sheet.shot, sheet.format
    cues = cues_of(sheet.score, shot, film)
    motion = plan_motion(
        shot.move, shot.frames, float(film.rate), arousal=shot.arousal, beats=cues.beats, seed=shot.seed
    )
    box = _box(film.width, film.height)
    verses = None
    if shot.captions is CaptionStyle.IN_PICTURE and cues.words:
        verses = Verses(cues.words, "sans-heavy", box, "center", 0.1 * min(film.width, film.height))
    inks: Inks | None = None
    for frame, picture in enumerate(pictures):
        seen = view(picture, (film.width, film.height), motion, frame)
        if verses is not None:
            if inks is None:
                inks = _inks(seen, shot, box)
            canvas = np.dstack([seen, np.full(seen.shape[:2], 255, np.uint8)])
            verses.draw(canvas, frame, inks.ink, inks.lit, shadow=inks.shadow)
            seen = np.ascontiguousarray(canvas[..., :3])
        yield seen


def view(picture: Picture, size: tuple[int, int], motion: Motion, frame: int) -> Picture:
    """One frame: the picture cropped to the film's shape, moved, and scaled in a single step."""
    height, width = picture.shape[:2]
    wide, high = size
    zoom = 1 + ROOM + RISE * float(motion.zoom[frame])
    scale = max(wide / width, high / height) * zoom
    slack = (zoom - 1) / 2
    x = float(np.clip(motion.pan[frame] + UNREST * motion.sway[frame, 0], -slack, slack))
    y = float(np.clip(motion.tilt[frame] + UNREST * motion.sway[frame, 1], -slack, slack))
    left = wide / 2 + x * wide - scale * (width - 1) / 2 - 0.5
    top = high / 2 + y * high - scale * (height - 1) / 2 - 0.5
    matrix = np.array([[scale, 0, left], [0, scale, top]], np.float64)
    found = cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.uint8)


def _box(width: int, height: int) -> tuple[float, float, float, float]:
    """Where words stand: below the middle, clear of the edges."""
    tall = height > width
    return 0.08 * width, (0.8 if tall else 0.74) * height, 0.84 * width, 0.17 * height


def _inks(picture: NDArray[np.uint8], shot: Shot, box: tuple[float, float, float, float]) -> Inks:
    left, top, width, height = (round(side) for side in box)
    behind = picture[top : top + height, left : left + width]
    palette = palette_of(look_of(shot), shot.valence, shot.arousal)
    return inks_on(behind, palette.accent, palette.color(0))
