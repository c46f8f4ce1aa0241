"""Voicing: at which moments somebody sings, by the separated voice's loudness, and how that sounds."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from limelight.listen.words.timbre import COEFFICIENTS, timbre
from limelight.listen.words.whisper import RATE, Floats

STEP = 0.02
"""Seconds between values."""
NEAR = 0.4
"""Seconds: a word may be heard so far from where the voice is."""
REACH = 0.2
"""Seconds: attention may stay so far away from the voice."""
QUIET = 30.0
"""Decibels below the loud moments of the voice, from where on it counts as silent."""
SILENT = 1e-3
"""Root mean square (full scale 1): a voice that never rises above it is the rest that a separation leaves."""
PRESENT = 20.0
"""Decibels below the mix's loud moments: a voice that stays below that is what leaks from the band."""
BLOCK = 3000
"""Values (a minute) computed at a time, so that memory stays bounded."""

Sound = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Voicing:
    """Whether there is voice, every 20 ms, how loud it is, and how it sounds.

    Attributes:
        sung: (n,) bool.
        level: (n,) float32, root mean square of the voice (or of the mix, if the voice was not separated).
        separated: Whether ``level`` is the voice's own.
        timbre: (m, 13) float32, see :func:`limelight.listen.words.timbre.timbre`; no rows if it was not separated.
    """

    sung: npt.NDArray[np.bool_]
    level: Floats
    separated: bool
    timbre: Floats = field(default_factory=lambda: np.zeros((0, COEFFICIENTS), np.float32))

    def share(self, start: float, end: float) -> float:
        """Share of a span in seconds that is sung, 0 to 1."""
        part = self.sung[max(0, int(start / STEP)) : max(0, int(end / STEP))]
        return float(part.mean()) if len(part) else 0.0

    def near(self, moment: float) -> bool:
        """Whether anything is sung within 0.4 s."""
        return self.share(moment - NEAR, moment + NEAR) > 0

    def open_frames(self, start: float, frames: int) -> npt.NDArray[np.bool_]:
        """For frames of 20 ms from a moment in seconds: whether voice is within ``REACH`` of them."""
        reach = round(REACH / STEP)
        near = np.convolve(self.sung, np.ones(2 * reach + 1), "same") > 0 if len(self.sung) else self.sung
        return _cut(near, start, frames, beyond=True)

    def sounding(self, start: float, frames: int) -> npt.NDArray[np.bool_]:
        """For frames of 20 ms from a moment in seconds: whether the voice is known to sound in them."""
        return _cut(self.sung & self.separated, start, frames, beyond=False)

    def fades(self, start: float, latest: float) -> float:
        """When the voice that sounds at ``start`` falls below a fifth of its peak; ``latest`` if it does not."""
        first, last = int(start / STEP), int(latest / STEP)
        part = self.level[first:last]
        if len(part) < 6:
            return latest
        peak = int(part[: max(6, len(part) // 2)].argmax())
        quiet = part[peak:] < 0.2 * part[peak]
        held = quiet[:-2] & quiet[1:-1] & quiet[2:]  # for 60 ms, not between two periods of a rough voice
        if not held.any():
            return latest
        return min(latest, (first + peak + int(held.argmax())) * STEP)


def voicing(mix: Sound, vocals: Sound | None, rate: int = RATE) -> Voicing:
    """Voicing from the separated voice, or, without it, "maybe" wherever the mix sounds.

    Args:
        mix: (n,) float, the whole song.
        vocals: (n,) float, or None.
        rate: Hz of both.
    """
    mix_level = _level(mix, rate)
    level = mix_level if vocals is None else _level(vocals, rate)
    if not len(level):
        return Voicing(np.zeros(0, dtype=np.bool_), level, vocals is not None)
    loud = float(np.percentile(level, 95))
    if loud < SILENT or (
        vocals is not None and loud < 10 ** (-PRESENT / 20) * float(np.percentile(mix_level, 95))
    ):
        return Voicing(np.zeros(len(level), dtype=np.bool_), level, vocals is not None)
    sung = level > max(SILENT / 3, loud * 10 ** (-QUIET / 20))
    return (
        Voicing(sung, level, separated=False)
        if vocals is None
        else Voicing(sung, level, separated=True, timbre=timbre(vocals, rate))
    )


def _cut(values: npt.NDArray[np.bool_], start: float, frames: int, *, beyond: bool) -> npt.NDArray[np.bool_]:
    """``frames`` values from a moment on, ``beyond`` after their end."""
    span = np.full(frames, beyond)
    known = values[round(start / STEP) :][:frames]
    span[: len(known)] = known
    return span


def _level(samples: Sound, rate: int) -> Floats:
    step = round(STEP * rate)
    whole = samples[: len(samples) // step * step].reshape(-1, step)
    level = np.empty(len(whole), np.float32)
    for first in range(0, len(whole), BLOCK):
        part = whole[first : first + BLOCK].astype(np.float32)
        level[first : first + BLOCK] = np.sqrt((part * part).mean(axis=1))
    return level
