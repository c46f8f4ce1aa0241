"""The person cut out of the background: a soft alpha from the selfie segmenter, with edges that follow the picture.

Guided filter: He, Sun, Tang, "Guided Image Filtering", PAMI 35(6), 2013.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.errors import InputError
from limelight.events import Listener, ignore
from limelight.faces.closing import Closing
from limelight.faces.picture import Picture, check_picture
from limelight.faces.tflite import TfliteModel
from limelight.weights import weight

SIDE = 256
WORKING_SIDE = 640
"""The edge is refined at this longer side and then enlarged."""
RADIUS = 9
"""Of the guided filter's window, at the working size."""
SMOOTHNESS = 120.0
"""The guided filter's epsilon, for a guide of 0 to 255."""
CHOKE = (0.38, 0.80)
"""Mask values that become fully background and fully person: a little less than the outline, so no halo."""

MAX_HOLE = 0.004
"""Share of the picture up to which a hole inside the person is a mistake."""

Alpha = NDArray[np.float32]


class Matter(Closing):
    """Cuts people out.

    >>> with Matter() as matter:
    ...     alpha = matter.alpha(rgb)

    Args:
        num_threads: Threads the network may use.
        on_event: Told of the download, if there is one.
    """

    def __init__(self, num_threads: int = 1, *, on_event: Listener = ignore) -> None:
        self._model = TfliteModel(weight("selfie-segmenter", on_event=on_event).read_bytes(), num_threads)

    def close(self) -> None:
        """Free the network's memory; calling it twice does no harm."""
        self._model.close()

    def mask(self, rgb: Picture) -> Alpha:
        """What the network says: ``(256, 256) float32``, 0 background to 1 person, the picture stretched."""
        rgb = check_picture(rgb)
        small = cv2.resize(rgb, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
        mask = self._model(small[None])[0]
        return mask[0, :, :, 0].astype(np.float32, copy=False)

    def alpha(self, rgb: Picture, *, choke: tuple[float, float] = CHOKE) -> Alpha:
        """``(height, width) float32``, 0 background to 1 person, soft at the edge.

        Args:
            rgb: ``(height, width, 3) uint8, sRGB``.
            choke: Mask values that become 0 and 1; higher ones cut closer.

        Raises:
            InputError: not such a picture, or a choke that does not rise.
        """
        if not 0 <= choke[0] < choke[1] <= 1:
            raise InputError(f"choke must rise within 0 to 1, and is {choke}.")
        rgb = check_picture(rgb)
        height, width = rgb.shape[:2]
        scale = min(1.0, WORKING_SIDE / max(height, width))
        size = (max(2, round(width * scale)), max(2, round(height * scale)))
        guide = cv2.cvtColor(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
        mask = cv2.resize(fill_holes(self.mask(rgb)), size, interpolation=cv2.INTER_LINEAR)
        edge = guided_filter(guide.astype(np.float32), mask.astype(np.float32), RADIUS, SMOOTHNESS)
        ramp = np.clip((edge - choke[0]) / (choke[1] - choke[0]), 0.0, 1.0)
        soft = ramp * ramp * (3.0 - 2.0 * ramp)
        full = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(full, np.float32)


def fill_holes(mask: Alpha, largest: float = MAX_HOLE) -> Alpha:
    """A mask without small holes inside the person (the network doubts eyes, glasses and badges).

    Args:
        mask: ``(height, width)``, 0 to 1.
        largest: Holes up to this share of the picture are filled; the gap between arm and body is larger.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (mask < CHOKE[1]).astype(np.uint8), connectivity=4
    )
    edges = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    small = stats[:, cv2.CC_STAT_AREA] <= largest * mask.size
    small[np.unique(edges)] = False
    small[0] = False
    filled: Alpha = np.where(small[labels], np.float32(1.0), mask) if count > 1 else mask
    return filled


def guided_filter(guide: Alpha, mask: Alpha, radius: int, epsilon: float) -> Alpha:
    """A mask smoothed except across the edges of a grey guide.

    Args:
        guide: ``(height, width)``, 0 to 255.
        mask: ``(height, width)``, 0 to 1.
        radius: Of the square window, pixels.
        epsilon: Variance of the guide below which it counts as flat.
    """
    window = (2 * radius + 1, 2 * radius + 1)

    def mean(values: Alpha) -> Alpha:
        return cv2.boxFilter(values, cv2.CV_32F, window, borderType=cv2.BORDER_REFLECT).astype(
            np.float32, copy=False
        )

    guide_mean, mask_mean = mean(guide), mean(mask)
    covariance = mean(guide * mask) - guide_mean * mask_mean
    variance = mean(guide * guide) - guide_mean * guide_mean
    slope = (covariance / (np.maximum(variance, 0.0) + epsilon)).astype(np.float32, copy=False)
    offset = mask_mean - slope * guide_mean
    smooth: Alpha = np.clip(mean(slope) * guide + mean(offset), 0.0, 1.0)
    return smooth
