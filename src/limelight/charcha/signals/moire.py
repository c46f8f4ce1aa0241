"""Moire and re-encoding: traces of a screen before the camera, or of a file that was encoded before. Soft.

Two regular grids (a screen's pixels, a sensor's) beat: narrow peaks in the spectrum where a face has none. And a JPEG
that was encoded, scaled or shifted, and encoded again has steps at distances other than eight pixels.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.charcha.observing.observation import Moment, Observation
from limelight.charcha.signals.glances import Glances
from limelight.charcha.signals.signal import Finding
from limelight.charcha.thresholds import threshold
from limelight.faces.landmarks import Face
from limelight.faces.picture import Picture

SIDE = 192
"""Pixels of the square of the face that the spectrum is taken of."""
LOWEST, HIGHEST = 0.08, 0.47
"""Cycles a pixel between which peaks are looked for."""
EVERY, MOST = 20, 30
BLOCK = 8
Grey = NDArray[np.float32]


@dataclass(frozen=True)
class Traces:
    """What one picture shows.

    Attributes:
        peaks: How far the highest peak of the spectrum stands above its surroundings, natural logarithm.
        grid: The same for steps between rows or columns at other distances than eight pixels.
    """

    peaks: float
    grid: float


class Moire:
    """A soft signal. Its value is the median height of the spectrum's peaks over the looks (see :class:`Traces`)."""

    name = "moire"
    hard = False
    immediate = False

    def __init__(self) -> None:
        self._looks: list[Traces] = []
        self._glances = Glances(EVERY, MOST)

    def observe(self, observation: Observation, moment: Moment) -> None:
        """See a frame."""
        face = self._glances.due(observation, moment)
        found = None if face is None else traces(observation.rgb, face)
        if found is not None:
            self._looks.append(found)

    def finding(self) -> Finding:
        """Both cues' ratios together; 0 with fewer than three looks."""
        if len(self._looks) < 3:
            return Finding(self.name, 0.0)
        peaks = float(np.median([look.peaks for look in self._looks]))
        grid = float(np.median([look.grid for look in self._looks]))
        ratio = _ratio("peaks", peaks) + _ratio("grid", grid)
        return Finding(self.name, peaks, ratio)


def _ratio(cue: str, value: float) -> float:
    ratio = -threshold("moire", f"{cue}_slope") * (value - threshold("moire", f"{cue}_even"))
    return min(threshold("moire", "most"), max(threshold("moire", "least"), ratio))


def traces(rgb: Picture, face: Face) -> Traces | None:
    """Look at a square in the middle of the face; None where it does not lie in the picture."""
    left, top, across, down = face.box
    x, y = int(left + across / 2 - SIDE / 2), int(top + down / 2 - SIDE / 2)
    x, y = x - x % BLOCK, y - y % BLOCK
    if x < 0 or y < 0 or x + SIDE > rgb.shape[1] or y + SIDE > rgb.shape[0]:
        return None
    grey = cv2.cvtColor(rgb[y : y + SIDE, x : x + SIDE], cv2.COLOR_RGB2GRAY).astype(np.float32)
    return Traces(spectral_peaks(grey), strange_grid(grey))


def spectral_peaks(grey: Grey) -> float:
    """Natural logarithm of the highest narrow peak over its surroundings.

    The logarithm of the power spectrum of what a small blur leaves over, under a Hann window; each value against
    the mean of the 15 x 15 around it. The two axes are left out: a JPEG's own grid lies there.
    """
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 2.0)
    window = np.hanning(SIDE).astype(np.float32)
    power = np.log(np.abs(np.fft.rfft2(fine * window[:, None] * window)) ** 2 + 1e-3).astype(np.float32)
    smooth = cv2.GaussianBlur(np.fft.fftshift(power, axes=0), (3, 3), 0.8)
    around = cv2.blur(smooth, (15, 15))
    over = (smooth - around)[_COUNTED]
    return float(np.max(over))


def _counted() -> NDArray[np.bool_]:
    rows = np.fft.fftshift(np.fft.fftfreq(SIDE))[:, None]
    columns = np.fft.rfftfreq(SIDE)[None]
    distance = np.hypot(rows, columns)
    on_axis = (np.abs(rows) < 0.016) | (np.abs(columns) < 0.016)
    counted: NDArray[np.bool_] = (distance > LOWEST) & (distance < HIGHEST) & ~on_axis
    return counted


_COUNTED = _counted()


def strange_grid(grey: Grey) -> float:
    """Natural logarithm of the strongest rhythm of steps that is not the JPEG's own of eight pixels.

    The mean size of second differences along each axis, its spectrum, the highest value away from multiples of
    1/8 over the median.
    """
    highest = 0.0
    for picture in (grey, grey.T):
        steps = np.abs(picture[:, :-2] - 2 * picture[:, 1:-1] + picture[:, 2:])
        row = np.minimum(steps, 12).mean(axis=0)
        row = row - cv2.blur(row[None], (17, 1))[0]
        power = np.abs(np.fft.rfft(row * np.hanning(len(row)), 2 * SIDE)) ** 2
        cycles = np.fft.rfftfreq(2 * SIDE)
        own = np.abs(cycles * BLOCK - np.round(cycles * BLOCK)) < 0.12
        counted = (cycles > LOWEST) & ~own
        highest = max(
            highest, float(np.log(power[counted].max() / max(float(np.median(power[counted])), 1e-9)))
        )
    return highest
