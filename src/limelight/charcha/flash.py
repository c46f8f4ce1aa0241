"""Flash: the colours that the page shows, secret until then, must come back from the face and not from behind it.

The skin over the surround, each channel's logarithm, tells the face's light apart from exposure and white balance,
which change both. Its chroma (each channel less the mean of the three) is correlated with the chroma of the colours
that were drawn, at one lag for all of them.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limelight.charcha.observation import Colour, Moment, Observation, PromptKind
from limelight.charcha.observer import LINEAR
from limelight.charcha.signals import Finding, Gate
from limelight.charcha.thresholds import threshold

Series = NDArray[np.float64]
KEPT = 900
"""Frames of a flash that are remembered: seven numbers each."""
STEP = 1 / 60
"""Seconds between the lags that are tried."""
NO_ECHO, FAINT = "no-echo", "faint-echo"


@dataclass(frozen=True)
class Echo:
    """How the face answered the colours.

    Attributes:
        correlation: -1 to 1, the best over the lags.
        lag: Seconds at which it is best.
        gain: How much brighter a channel of the skin gets (share of its light) under the full colour.
        wash: Light that the surround gains for each unit that the skin gains. What stands behind a face gains
            little; a colour laid over the whole picture, or thrown back by a screen's glass, gives about 1.
    """

    correlation: float
    lag: float
    gain: float
    wash: float = 0.0


class Flash:
    """A hard signal over the flash; unclear without one. Its value is the correlation with the drawn colours.

    Passes from ``flash.passed`` if the light is as strong as ``flash.gain`` and is no tint over the whole picture
    (``flash.wash``, which catches the careless only); fails below ``flash.failed``. Between them, or if fewer than
    ``flash.frames`` frames or ``flash.colours`` colours were seen, it is unclear. Who opts out of flashing never sees
    one: the signal stays unclear and such a session goes to a person anyway.
    """

    name = "flash"
    hard = True
    immediate = False

    def __init__(self) -> None:
        self._shown: list[tuple[float, Colour]] = []
        self._ordinal = -1
        self._frames: deque[tuple[float, Series]] = deque(maxlen=KEPT)  # (2, 3): skin and surround

    def observe(self, observation: Observation, moment: Moment) -> None:
        """See a frame."""
        prompt = moment.prompt
        if prompt is None or prompt.kind is not PromptKind.FLASH or prompt.colour is None:
            return
        if prompt.ordinal != self._ordinal:
            self._ordinal = prompt.ordinal
            self._shown.append((observation.time - moment.since, prompt.colour))
        light = np.stack([observation.skin, observation.surround]).astype(np.float64)
        if observation.face is not None and light.min() > 1e-4:
            self._frames.append((observation.time, light))

    def echo(self) -> Echo | None:
        """How the face answered so far; None while too little was seen."""
        enough = len(self._frames) >= threshold("flash", "frames")
        if not enough or len(self._shown) < threshold("flash", "colours"):
            return None
        times = np.array([time for time, _ in self._frames])
        colours = np.array([LINEAR[np.array(colour)] for _, colour in self._shown], np.float64)
        begins = np.array([begun for begun, _ in self._shown])
        light = np.array([light for _, light in self._frames])
        return best_echo(times, light[:, 0], light[:, 1], begins, colours)

    def finding(self) -> Finding:
        """Pass, fail or unclear by the correlation."""
        echo = self.echo()
        if echo is None:
            return Finding(self.name, 0.0)
        bright = echo.gain >= threshold("flash", "gain") and not self._washed(echo)
        if bright and echo.correlation >= threshold("flash", "passed"):
            return Finding(self.name, echo.correlation, gate=Gate.PASS)
        if echo.correlation < threshold("flash", "failed"):
            return Finding(self.name, echo.correlation, gate=Gate.FAIL, reason=NO_ECHO)
        return Finding(self.name, echo.correlation, reason=FAINT)

    def _washed(self, echo: Echo) -> bool:
        """Whether a tint lies over the whole picture; not asked where a true wall would look the same.

        A wall four times as far as the face gets a sixteenth of the light. Dark skin before a bright wall gains so
        little beside it that nothing can be told, and nobody is to pass less often for that.
        """
        light = np.array([light for _, light in self._frames]).mean(axis=0)
        true_wall = float((light[1] / light[0]).mean()) / 16
        return true_wall <= threshold("flash", "wash_told") and echo.wash > threshold("flash", "wash")


def best_echo(times: Series, skin: Series, surround: Series, begins: Series, colours: Series) -> Echo:
    """The lag at which a face's light follows the colours best.

    Args:
        times: ``(frames,)`` seconds, rising.
        skin: ``(frames, 3)`` linear RGB, above 0.
        surround: Likewise.
        begins: ``(colours,)`` seconds at which each colour appeared, rising.
        colours: ``(colours, 3)`` linear RGB, 0 to 1.
    """
    answer = _flattened(chroma(np.log(skin) - np.log(surround)), times)
    best = Echo(-1.0, 0.0, 0.0)
    for lag in np.arange(0.0, threshold("flash", "latest") + 1e-9, STEP):
        on = np.clip(np.searchsorted(begins, times - lag, side="right") - 1, 0, len(begins) - 1)
        asked = _flattened(chroma(colours[on]), times)
        energy = float((asked**2).sum())
        product = float((asked * answer).sum())
        scale = float(np.sqrt(energy * float((answer**2).sum())))
        if scale > 1e-12 and product / scale > best.correlation:
            gained = float((asked * chroma(skin)).sum())
            wash = float((asked * chroma(surround)).sum()) / gained if gained > 1e-12 else 0.0
            best = Echo(product / scale, float(lag), product / energy, wash)
    return best


def chroma(values: Series) -> Series:
    """Each row less its mean: what brightness cannot change."""
    coloured: Series = values - values.mean(axis=1, keepdims=True)
    return coloured


def _flattened(values: Series, times: Series) -> Series:
    """Without mean and straight drift over time: daylight and white balance wander."""
    basis = np.stack([np.ones_like(times), times - times.mean()], axis=1)
    fitted, *_ = np.linalg.lstsq(basis, values, rcond=None)
    flat: Series = values - basis @ fitted
    return flat
