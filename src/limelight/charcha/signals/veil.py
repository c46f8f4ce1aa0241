"""Was light multiplied by what a face reflects, or laid over the picture? Brows and lashes beside skin tell.

A lamp, or the page, multiplies: a dark place gains the same *share* of its light as the bright one beside it. A
screen's glass, or a program that tints the picture, adds: both gain the same *amount*, so the dark place gains a far
larger share. With gains a (shares under the full colour) and lights X of the two,

    evenness = log(a_dark / a_bright) / log(X_bright / X_dark)

is 0 where light is multiplied and 1 where it is added. A camera's gamma multiplies shares and logarithms of lights
alike; exposure and white balance change both places' shares alike and cancel in the difference that is measured.
"""

import math
from dataclasses import dataclass

import numpy as np

from limelight.charcha.signals.echo import NEARER, Series, chroma, flattened

LEAST_CONTRAST = 1.25
"""Bright over dark, below which nothing can be told."""
LEAST_RATIO = 0.05


@dataclass(frozen=True)
class Veil:
    """What was measured.

    Attributes:
        evenness: About 0 on a face; 1 where the light was added.
        error: Standard error of it; infinite where it cannot be told.
    """

    evenness: float = 0.0
    error: float = math.inf


def veil(times: Series, asked: Series, dark: Series, bright: Series, surround: Series) -> Veil:
    """How evenly light was added.

    Args:
        times: ``(frames,)`` seconds, rising.
        asked: ``(frames, 3)`` the chroma of what lit each frame, without mean and drift.
        dark: ``(frames, 3)`` linear RGB of the dark places around the eyes, above 0.
        bright: Likewise, of the bright ones.
        surround: Likewise, of what lies behind.
    """
    dark, bright, surround = np.log(dark), np.log(bright), np.log(surround)
    contrast = float((bright - dark).mean())
    gain, gain_error = _slope(asked, flattened(chroma(bright - surround), times))
    more, more_error = _slope(asked, flattened(chroma(dark - bright), times))
    gain, gain_error = NEARER * gain, NEARER * gain_error
    if contrast < math.log(LEAST_CONTRAST) or gain <= 0:
        return Veil()
    ratio = max(LEAST_RATIO, 1 + more / gain)
    ratio_error = math.hypot(more_error, more / gain * gain_error) / gain
    return Veil(math.log(ratio) / contrast, ratio_error / ratio / contrast)


def _slope(asked: Series, answer: Series) -> tuple[float, float]:
    """Least squares through nought, and its standard error if what is left over goes on from frame to frame."""
    energy = max(float((asked**2).sum()), 1e-12)
    slope = float((asked * answer).sum()) / energy
    left = answer - slope * asked
    power = float((left**2).sum())
    goes_on = float((left[1:] * left[:-1]).sum()) / max(power, 1e-30)
    goes_on = min(0.9, max(0.0, goes_on))
    freedom = max(1, 2 * (len(asked) - 3))  # chroma has two numbers a frame; mean, drift and slope are taken
    spread = power / freedom * (1 + goes_on) / (1 - goes_on)
    return slope, math.sqrt(spread / energy)
