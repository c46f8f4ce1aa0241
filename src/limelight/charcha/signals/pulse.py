"""Pulse: skin brightens and darkens with each heartbeat, by a part in a thousand. A soft cue, never a gate.

POS: Wang, den Brinker, Stuijk and de Haan, "Algorithmic Principles of Remote PPG", IEEE TBME 64(7), 2017. A video of
a live face shows its pulse too, so a pulse says little; and many cameras lose it, so none says little as well.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from limelight.charcha.observing.observation import Moment, Observation
from limelight.charcha.prompts import State
from limelight.charcha.signals.signal import Finding
from limelight.charcha.thresholds import threshold

Series = NDArray[np.float64]
WINDOW = 1.6
"""Seconds."""
PROJECTION = np.array([[0.0, 1.0, -1.0], [-2.0, 1.0, 1.0]])
BAND = (0.7, 3.0)
"""Hertz: 42 to 180 beats a minute."""
NEAR = 0.12
"""Hertz on either side that count for a peak."""
KEPT = 1200
LEAST_SECONDS, LEAST_RATE = 9.0, 6.5


class Pulse:
    """A soft signal over the time of keeping still. Its value is :func:`signal_to_noise` in decibels."""

    name = "pulse"
    hard = False
    immediate = False

    def __init__(self) -> None:
        self._seen: deque[tuple[float, Series]] = deque(maxlen=KEPT)

    def observe(self, observation: Observation, moment: Moment) -> None:
        """See a frame."""
        if moment.state is State.STILL and observation.face is not None and observation.skin.min() > 1e-4:
            self._seen.append((observation.time, observation.skin.astype(np.float64)))

    def finding(self) -> Finding:
        """A weak vote for a clear pulse, a weaker one against none; nothing after too short a time."""
        times = np.array([time for time, _ in self._seen])
        if len(times) < 2 or times[-1] - times[0] < LEAST_SECONDS:
            return Finding(self.name, 0.0)
        rate = (len(times) - 1) / (times[-1] - times[0])
        if rate < LEAST_RATE:
            return Finding(self.name, 0.0)
        wave = pos(evenly(times, np.array([seen for _, seen in self._seen]), rate), rate)
        decibels, _ = signal_to_noise(wave, rate)
        ratio = threshold("pulse", "slope") * (decibels - threshold("pulse", "even"))
        low, high = threshold("pulse", "least"), threshold("pulse", "most")
        return Finding(self.name, decibels, min(high, max(low, ratio)))


def evenly(times: Series, values: Series, rate: float) -> Series:
    """``(samples, 3)`` the values at even times, straight between the frames."""
    at = np.arange(times[0], times[-1], 1 / rate)
    return np.stack([np.interp(at, times, column) for column in values.T], axis=1)


def pos(colours: Series, rate: float) -> Series:
    """The pulse wave from mean skin colours.

    In each window of 1.6 s, Cn = colours / mean, S = [[0, 1, -1], [-2, 1, 1]] Cn, h = S1 + (std S1 / std S2) S2,
    overlap-added without its mean.

    Args:
        colours: ``(samples, 3)`` RGB at even times, any scale.
        rate: Samples a second.
    """
    size = max(4, round(WINDOW * rate))
    wave = np.zeros(len(colours))
    for begin in range(len(colours) - size + 1):
        window = colours[begin : begin + size]
        one, two = PROJECTION @ (window / np.maximum(window.mean(axis=0), 1e-9)).T
        h = one + one.std() / max(float(two.std()), 1e-12) * two
        wave[begin : begin + size] += h - h.mean()
    return wave


def signal_to_noise(wave: Series, rate: float) -> tuple[float, float]:
    """Decibels and Hertz of the strongest beat.

    The spectrum is a Hann window's power, padded to a hundredth of a Hertz. Signal: within 0.12 Hz of the highest
    peak between 0.7 and 3 Hz, and of its double. Noise: the rest between 0.7 Hz and the lower of 4.5 Hz and half
    the rate. ``10 log10(signal / noise)``, with each side's power a Hertz. The peak is the estimate's own: the
    true rate is never used.
    """
    size = max(len(wave), int(rate / 0.01))
    power = np.abs(np.fft.rfft((wave - wave.mean()) * np.hanning(len(wave)), size)) ** 2
    hertz = np.fft.rfftfreq(size, 1 / rate)
    allowed = (hertz >= BAND[0]) & (hertz <= min(BAND[1], rate / 2))
    peak = float(hertz[allowed][np.argmax(power[allowed])])
    counted = (hertz >= BAND[0]) & (hertz <= min(4.5, rate / 2))
    near = (np.abs(hertz - peak) <= NEAR) | (np.abs(hertz - 2 * peak) <= NEAR)
    signal, noise = power[counted & near], power[counted & ~near]
    ratio = signal.mean() / max(float(noise.mean()), 1e-30) if len(noise) else 1.0
    return 10 * float(np.log10(max(float(ratio), 1e-12))), peak
