"""Where the person is in a picture, by the selfie segmenter: right but for the edge, which whoever paints refines."""

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.events import Listener, ignore
from limelight.faces.closing import Closing
from limelight.faces.picture import Picture, check_picture
from limelight.faces.tflite import TfliteModel
from limelight.weights import weight

SIDE = 256
INSIDE = 0.80
"""Mask values from which a place is surely the person's."""
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

    def alpha(self, rgb: Picture) -> Alpha:
        """The mask without small holes, at the picture's size: ``(height, width) float32``, 0 background to 1 person.

        Args:
            rgb: ``(height, width, 3) uint8, sRGB``.

        Raises:
            InputError: not such a picture.
        """
        rgb = check_picture(rgb)
        height, width = rgb.shape[:2]
        mask = fill_holes(self.mask(rgb))
        return np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def fill_holes(mask: Alpha, largest: float = MAX_HOLE) -> Alpha:
    """A mask without small holes inside the person (the network doubts eyes, glasses and badges).

    Args:
        mask: ``(height, width)``, 0 to 1.
        largest: Holes up to this share of the picture are filled; the gap between arm and body is larger.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (mask < INSIDE).astype(np.uint8), connectivity=4
    )
    edges = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    small = stats[:, cv2.CC_STAT_AREA] <= largest * mask.size
    small[np.unique(edges)] = False
    small[0] = False
    filled: Alpha = np.where(small[labels], np.float32(1.0), mask) if count > 1 else mask
    return filled
