"""Is a picture explicit: Yahoo's open_nsfw, a score and not a verdict.

https://github.com/yahoo/open_nsfw (2016). Its authors give no threshold; below .2 is very likely safe, above .8
very likely not. It was trained on photographs, mostly of adults from North America and Europe.
"""

from typing import ClassVar

import numpy as np
from PIL import Image

from limelight.events import Listener, ignore
from limelight.faces.closing import Closing
from limelight.faces.onnx import OnnxModel
from limelight.faces.picture import Picture, check_picture
from limelight.weights import weight

RESIZED, CROPPED = 256, 224
MEAN_BGR = np.array([104, 117, 123], np.float32)


class ContentScorer(Closing):
    """Scores pictures.

    >>> with ContentScorer() as scorer:
    ...     explicit = scorer.explicit(rgb)

    Args:
        num_threads: Threads the network may use.
        on_event: Told of the download, if there is one.
    """

    name: ClassVar[str] = "opennsfw"
    version: ClassVar[int] = 1
    weights: ClassVar[tuple[str, ...]] = ("opennsfw",)

    def __init__(self, num_threads: int = 1, *, on_event: Listener = ignore) -> None:
        self._model = OnnxModel(weight("opennsfw", on_event=on_event), num_threads)

    def close(self) -> None:
        """Free the network's memory; calling it twice does no harm."""
        self._model.close()

    def explicit(self, rgb: Picture) -> float:
        """How likely a picture is explicit, 0 to 1.

        Args:
            rgb: ``(height, width, 3) uint8, sRGB``; stretched to a square, its middle seven eighths are seen.

        Raises:
            InputError: not such an array.
        """
        square = Image.fromarray(check_picture(rgb)).resize((RESIZED, RESIZED), Image.Resampling.BILINEAR)
        edge = (RESIZED - CROPPED) // 2
        values = np.asarray(square, np.float32)[edge : edge + CROPPED, edge : edge + CROPPED, ::-1] - MEAN_BGR
        (scores,) = self._model(np.ascontiguousarray(values[None])).values()
        return float(scores[0, 1])
