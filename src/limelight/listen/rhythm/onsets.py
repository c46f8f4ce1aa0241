"""Onsets: when something begins to sound, in three bands.

Spectral flux of a log-mel spectrogram with a maximum filter against vibrato (Böck, Widmer, "Maximum filter vibrato
suppression for onset detection", DAFx 2013).
"""

from dataclasses import dataclass

import numpy as np

from limelight.listen.rhythm.pointer import Floats, Ints
from limelight.listen.sound.spectrum import BLOCK, FRAME_RATE, Spectrum

ATTACK = 0.008
"""Seconds by which flux of a window of 46 ms comes before the attack; measured on clicks."""
BANDS = ((0.0, 200.0), (200.0, 2500.0), (2500.0, np.inf))
"""Hz."""


@dataclass(frozen=True, eq=False)
class Onsets:
    """How much sound begins at each frame, (frames,) float64, at FRAME_RATE, 0 or more, relative to its surroundings.

    Attributes:
        low: Below 200 Hz: kick and bass.
        mid: 200 Hz to 2.5 kHz: snare, chords, voice.
        high: Above 2.5 kHz: cymbals, consonants.
    """

    low: Floats
    mid: Floats
    high: Floats

    @property
    def all(self) -> Floats:
        """All bands together, smoothed over a frame."""
        from scipy.ndimage import gaussian_filter1d  # noqa: PLC0415

        return np.asarray(gaussian_filter1d(self.low + self.mid + 0.7 * self.high, 1.0))


def find_onsets(spectrum: Spectrum) -> Onsets:
    """Spectral flux by band."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d  # noqa: PLC0415

    mel, centres = spectrum.mel, spectrum.mel_centres
    flux = np.zeros((len(BANDS), len(mel)))
    for first in range(1, len(mel) - 1, BLOCK):
        last = min(first + BLOCK, len(mel) - 1)
        level = np.log1p(200 * mel[first - 1 : last + 1])
        rise = np.maximum(0, level[2:] - maximum_filter1d(level[:-2], 3, axis=1))
        for band, (lowest, highest) in enumerate(BANDS):
            flux[band, first:last] = rise[:, (centres >= lowest) & (centres < highest)].mean(axis=1)
    around = np.sqrt(uniform_filter1d(flux**2, int(8 * FRAME_RATE), axis=1, mode="nearest"))
    low, mid, high = flux / (around + 0.02)  # 0.02: what sounds in silence stays small
    return Onsets(low, mid, high)


def pick(onsets: Onsets) -> tuple[Floats, Floats]:
    """Times in seconds of the onsets, and their strengths (0 to 1)."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d  # noqa: PLC0415

    envelope = onsets.all
    around = uniform_filter1d(envelope, int(0.2 * FRAME_RATE) * 2 + 1)
    peaks = (envelope == maximum_filter1d(envelope, 7)) & (envelope > around * 1.2 + 0.3)
    frames = np.flatnonzero(peaks)
    if not len(frames):
        return np.zeros(0), np.zeros(0)
    strongest = np.percentile(envelope[frames], 98)
    times = np.maximum(0, between(frames, envelope) / FRAME_RATE + ATTACK)
    strengths = np.clip(envelope[frames] / strongest, 0, 1)
    fresh = np.concatenate([[True], np.diff(times) > 0])
    return times[fresh], np.round(strengths[fresh], 3)


def between(peaks: Ints, envelope: Floats) -> Floats:
    """Where the peak lies between the frames: the vertex of a parabola through three of them."""
    inside = np.clip(peaks, 1, len(envelope) - 2)
    left, top, right = envelope[inside - 1], envelope[inside], envelope[inside + 1]
    curve = left - 2 * top + right
    peaked = (curve < 0) & (top >= left) & (top >= right) & (inside == peaks)
    return np.asarray(peaks + np.where(peaked, 0.5 * (left - right) / np.where(peaked, curve, 1), 0))


def around_each(envelope: Floats, frames: Ints) -> Floats:
    """The strongest value within two frames (23 ms) of each frame."""
    padded = np.pad(envelope, 2)
    return np.asarray(padded[np.clip(frames, 0, len(envelope) - 1)[:, None] + np.arange(5)].max(axis=1))
