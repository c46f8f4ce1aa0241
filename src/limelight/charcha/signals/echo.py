"""The colours' echo: how a face's light followed the colours that were shown, and how late."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]
STEP = 1 / 60
"""Seconds between the lags that are tried."""
SEARCHED = 1.2
"""Seconds of lag up to which the best is looked for: a late echo has to show as late, not as a bad early one."""
NEARER = 16 / 15
"""The face's gain over what it gains beside a wall four times as far, which gets a sixteenth of the page's light."""


@dataclass(frozen=True)
class Echo:
    """How the face answered the colours.

    Attributes:
        correlation: -1 to 1, the best over the lags.
        lag: Seconds at which it is best.
        gain: How much brighter a channel of the skin gets (share of its light) under the full colour.
    """

    correlation: float
    lag: float
    gain: float


@dataclass(frozen=True)
class Shown:
    """The colours of a flash.

    Attributes:
        begins: ``(colours,)`` seconds at which each appeared, rising.
        colours: ``(colours, 3)`` linear RGB, 0 to 1.
    """

    begins: Series
    colours: Series

    def at(self, times: Series, lag: float) -> Series:
        """``(frames, 3)`` the chroma of what lit each frame, without mean and drift."""
        on = np.searchsorted(self.begins, times - lag, side="right") - 1
        return flattened(chroma(self.colours[np.clip(on, 0, len(self.begins) - 1)]), times)


def best_echo(times: Series, skin: Series, surround: Series, shown: Shown) -> Echo:
    """The lag at which a face's light follows the colours best.

    The skin over the surround, each channel's logarithm, tells the face's light apart from exposure and white
    balance, which change both. Its chroma is correlated with that of the colours, at one lag for all of them.

    Args:
        times: ``(frames,)`` seconds, rising.
        skin: ``(frames, 3)`` linear RGB, above 0.
        surround: Likewise.
        shown: The colours.
    """
    answer = flattened(chroma(np.log(skin) - np.log(surround)), times)
    best = Echo(-1.0, 0.0, 0.0)
    for lag in np.arange(0.0, SEARCHED + 1e-9, STEP):
        asked = shown.at(times, lag)
        energy, product = float((asked**2).sum()), float((asked * answer).sum())
        scale = float(np.sqrt(energy * float((answer**2).sum())))
        if scale > 1e-12 and product / scale > best.correlation:
            best = Echo(product / scale, float(lag), product / energy)
    return best


def chroma(values: Series) -> Series:
    """Each row less its mean: what brightness cannot change."""
    coloured: Series = values - values.mean(axis=1, keepdims=True)
    return coloured


def flattened(values: Series, times: Series) -> Series:
    """Without mean and straight drift over time: daylight and white balance wander."""
    basis = np.stack([np.ones_like(times), times - times.mean()], axis=1)
    fitted, *_ = np.linalg.lstsq(basis, values, rcond=None)
    flat: Series = values - basis @ fitted
    return flat
