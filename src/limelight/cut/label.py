"""The visible label: "AI-generated" in the top left corner, where neither captions nor apps' controls lie."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from limelight.storyboard import Format

Picture = NDArray[np.uint8]

TEXT = "AI-generated"
SIZE, MARGIN = 0.036, 0.035
"""Of the letters and of the space to the edges, as shares of the picture's shorter side."""
SMALLEST = 9
"""Pixels: smaller letters cannot be read."""
LETTERS, SHADOW = 0.92, 0.75
"""Opacity."""


class Label:
    """Draws the label; make one for each take.

    Args:
        picture_format: The pictures' size.
    """

    version: ClassVar[int] = 1

    def __init__(self, picture_format: Format) -> None:
        from limelight.typography import load_font, text_mask  # noqa: PLC0415  # Pillow loads where it is drawn

        short = min(picture_format.width, picture_format.height)
        size = max(SMALLEST, round(SIZE * short))
        self._mask = text_mask(TEXT, load_font("sans-heavy", size, tracking=0.03)).mask
        self._shadow = _soft(self._mask, size)
        self._at = max(2, round(MARGIN * short))

    def over(self, picture: Picture) -> Picture:
        """Draw it.

        Args:
            picture: ``(height, width, 3) uint8``, sRGB.

        Returns:
            The picture, or a copy where it may not be written to.
        """
        from limelight.cut.blend import paint  # noqa: PLC0415  # numba loads where pictures are drawn

        if not picture.flags.writeable:
            picture = picture.copy()
        grown = (self._shadow.shape[0] - self._mask.shape[0]) // 2
        paint(picture, self._shadow, self._at - grown, self._at - grown, (8.0, 6.0, 12.0), SHADOW)
        paint(picture, self._mask, self._at, self._at, (255.0, 252.0, 245.0), LETTERS)
        return picture


def _soft(mask: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """A dark cloud behind the letters, so that they can be read on light pictures too."""
    import cv2  # noqa: PLC0415

    reach = max(2, size // 3)
    padded = np.pad(mask, reach)
    wide = cv2.dilate(padded, np.ones((reach | 1, reach | 1), np.uint8))
    return np.asarray(cv2.GaussianBlur(wide, (0, 0), reach / 2.5), np.uint8)
