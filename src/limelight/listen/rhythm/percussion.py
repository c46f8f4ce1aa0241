"""Percussion: how much of the sound at each moment is struck rather than held.

Medians over time and over frequency tell the two apart (Fitzgerald, "Harmonic/percussive separation using median
filtering", DAFx 2010): what is held is smooth in time, what is struck is smooth across the bands.
"""

import numpy as np

from limelight.listen.sound.spectrum import FRAME_RATE, Spectrum
from limelight.score import Percussion

RATE = 25.0
"""Samples a second."""
HELD, STRUCK = 31, 17
"""Frames (.36 s) and mel bands of the two medians."""


def beaten(spectrum: Spectrum) -> Percussion:
    """The percussive energy of a song: 0 to 1, relative to the 99th percentile of its moments."""
    from scipy.ndimage import median_filter  # noqa: PLC0415

    mel = np.asarray(spectrum.mel, np.float32)
    if not len(mel) or float(mel.max()) < 1e-6:
        return Percussion(rate=RATE)
    held, struck = median_filter(mel, (HELD, 1)), median_filter(mel, (1, STRUCK))
    share = struck**2 / (struck**2 + held**2 + 1e-12)
    energy = ((mel * share) ** 2).sum(axis=1)
    samples = np.arange(int(len(mel) / FRAME_RATE * RATE)) / RATE
    per_sample = np.searchsorted(np.arange(len(mel)) / FRAME_RATE, samples)
    level = np.sqrt(np.maximum.reduceat(energy, per_sample)) if len(samples) else np.zeros(0)
    top = float(np.percentile(level, 99)) if len(level) else 0.0
    if top <= 0:
        return Percussion(rate=RATE)
    return Percussion(rate=RATE, envelope=tuple(np.round(np.clip(level / top, 0, 1), 2).tolist()))
