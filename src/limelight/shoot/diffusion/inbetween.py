"""In-betweens: the frames between two drawn ones, by optical flow.

Dense inverse search (Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016), both ways; each
drawing is warped towards the moment and the two are mixed, less of a drawing where its flow is not believed.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.camera import Picture

Flow = NDArray[np.float32]
"""``(height, width, 2)`` pixels: where each pixel of one picture went in the other."""


SAME = 0.02
"""Share of the way below which a frame is the drawing itself."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A drawing and the frame that it is; between two frames where a clip has another pace."""

    frame: float
    picture: Picture


def inbetween(drawings: Sequence[Drawn], frames: int) -> Iterator[Picture]:
    """All frames of a shot from its drawings, in order.

    Args:
        drawings: In order; the first is held before its frame and the last after.
        frames: How many.
    """
    frame = 0
    for left, right in itertools.pairwise(drawings):
        pair: _Pair | None = None
        while frame < min(right.frame, frames):
            share = max(0.0, (frame - left.frame) / (right.frame - left.frame))
            if share > SAME:
                pair = pair or _Pair(left.picture, right.picture)
                yield pair.at(share)
            else:
                yield left.picture.copy()
            frame += 1
    while frame < frames:
        yield drawings[-1].picture.copy()
        frame += 1


def flow(a: Picture, b: Picture) -> Flow:
    """Where each pixel of ``a`` went in ``b``."""
    search: Any = cv2.DISOpticalFlow_create(  # type: ignore[attr-defined]  # missing from OpenCV's stubs
        cv2.DISOPTICAL_FLOW_PRESET_MEDIUM
    )
    grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (a, b)]
    return np.asarray(search.calc(grey[0], grey[1], None), np.float32)


def warp(picture: Picture, field: Flow) -> Picture:
    """The picture with each pixel taken from where the field points."""
    height, width = picture.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.asarray(
        cv2.remap(
            picture, x + field[..., 0], y + field[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    )


class _Pair:
    def __init__(self, left: Picture, right: Picture) -> None:
        self._left, self._right = left, right
        self._forth, self._back = flow(left, right), flow(right, left)

    def at(self, share: float) -> Picture:
        """The picture at a share of the way."""
        from_left = warp(self._left, self._back * share)
        from_right = warp(self._right, self._forth * (1 - share))
        return np.asarray(cv2.addWeighted(from_left, 1 - share, from_right, share, 0))
