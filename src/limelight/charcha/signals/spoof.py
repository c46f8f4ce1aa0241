"""Spoof cue: a small network's guess whether a face is a photograph or a screen. Soft, never a gate.

The model's provenance is unstated (see its entry in the weights' registry) and it comes through npm: where it is not
on this machine the cue says nothing.
"""

from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from limelight.charcha.observing.observation import Moment, Observation
from limelight.charcha.signals.glances import Glances
from limelight.charcha.signals.signal import Finding
from limelight.charcha.thresholds import threshold
from limelight.faces.landmarks import Face
from limelight.faces.picture import Picture
from limelight.weights import is_present, weight

if TYPE_CHECKING:
    from limelight.faces.onnx import OnnxModel

MODEL = "liveness-cue"
SIDE, WIDENED = 128, 2.7
EVERY, MOST = 25, 24
"""A look every so many frames that are calm, and so many looks at most: 7 ms each."""


@cache
def model() -> "OnnxModel | None":
    """The network, loaded once for all sessions; None where it is not on this machine. Nothing is downloaded."""
    if not is_present(MODEL):
        return None
    from limelight.faces.onnx import OnnxModel  # noqa: PLC0415 - heavy, only where a model is run

    return OnnxModel(weight(MODEL))


class SpoofCue:
    """A soft signal. Its value is the median of the looks' live share, as log-odds."""

    name = "spoof"
    hard = False
    immediate = False

    def __init__(self) -> None:
        self._looks: list[float] = []
        self._glances = Glances(EVERY, MOST, first=2)

    def observe(self, observation: Observation, moment: Moment) -> None:
        """See a frame."""
        face = self._glances.due(observation, moment)
        live = None if face is None else live_share(observation.rgb, face)
        if live is not None:
            self._looks.append(float(np.log((live + 1e-4) / (1 - live + 1e-4))))

    def finding(self) -> Finding:
        """Log-odds against where live and false faces meet; 0 without the model or with fewer than three looks."""
        if len(self._looks) < 3:
            return Finding(self.name, 0.0)
        value = float(np.median(self._looks))
        ratio = threshold("spoof", "slope") * (value - threshold("spoof", "even"))
        low, high = threshold("spoof", "least"), threshold("spoof", "most")
        return Finding(self.name, value, min(high, max(low, ratio)))


def live_share(rgb: Picture, face: Face) -> float | None:
    """The network's share for a live face, 0 to 1; None where there is no network.

    It looks at a square around the face, 2.7 times as wide as its box and no wider than the picture, at 128 pixels
    a side, BGR 0 to 255.
    """
    network = model()
    if network is None:
        return None
    height, width = rgb.shape[:2]
    left, top, across, down = face.box
    side = min(max(across, down) * WIDENED, width, height)
    x = int(np.clip(left + across / 2 - side / 2, 0, width - side))
    y = int(np.clip(top + down / 2 - side / 2, 0, height - side))
    crop = np.ascontiguousarray(rgb[y : y + int(side), x : x + int(side)])
    small = cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    values = np.ascontiguousarray(small[..., ::-1].transpose(2, 0, 1)[None], np.float32)
    scores = next(iter(network(values).values())).ravel().astype(np.float64)
    if scores.min() < 0 or abs(scores.sum() - 1) > 1e-3:
        scores = np.exp(scores - scores.max())
        scores /= scores.sum()
    return float(scores[0])
