"""Voice: how loud the singing is, for the mouth.

Of the separated voice: RMS every 20 ms, quick to open and slower to close, 0 where nobody sings. A stretch of
sound in which Silero's voice detector (MIT, inside faster-whisper) hears no voice at all is what leaked from the
band and is dropped. Without separation it is the voice's band of the mix, wherever the detector hears a voice:
much rougher.
"""

import numpy as np
import numpy.typing as npt

from limelight.listen.sound.decode import Samples, resample
from limelight.score import Voice

RATE = 50.0
"""Envelope values a second."""
QUIET = 26.0
"""Decibels below the loud moments of the voice from where on the mouth is shut."""
LEAKAGE = 24.0
"""Decibels below the mix's loud moments: a voice that is never louder is none."""
SILENT = 1e-3
"""RMS (full scale 1) under which all is silence."""
HEARD = 0.25
"""Probability of voice that a stretch of singing must reach at least once. Silero is made for speech."""
CURVE = 0.7
"""Exponent from amplitude to opening: soft singing still moves the mouth."""
PIECE = 60
"""Seconds looked at together, so that memory stays bounded."""
DETECTOR_RATE, DETECTOR_STEP = 16_000, 512

Floats = npt.NDArray[np.float64]
Sound = npt.NDArray[np.floating]


def sing(voice: Sound | None, mix: Samples, sample_rate: int) -> Voice:
    """The singing voice's envelope.

    Args:
        voice: (n,) float, the separated voice, or None.
        mix: (n,) float32, the whole song.
        sample_rate: Hz of both.
    """
    heard = voice_probability(mix if voice is None else voice, sample_rate)
    level = _levels(_voice_band(mix, sample_rate) if voice is None else voice, sample_rate)
    if not len(heard):
        return Voice(rate=RATE, envelope=(0.0,) * len(level))
    moments = np.arange(len(level)) / RATE
    probability = np.interp(moments, (np.arange(len(heard)) + 0.5) * DETECTOR_STEP / DETECTOR_RATE, heard)
    loud = float(np.percentile(level, 95))
    if loud < max(SILENT, float(np.percentile(_levels(mix, sample_rate), 95)) * _ratio(LEAKAGE)):
        return Voice(rate=RATE, envelope=(0.0,) * len(level))
    if voice is None:
        active = _widened(probability > 0.5, 0.1)
    else:
        active = _confirmed(level > loud * _ratio(QUIET), probability)
    floor = loud * _ratio(QUIET)
    opening = np.clip((level - floor) / (loud - floor), 0, 1) ** CURVE * active
    envelope = np.round(np.clip(_released(opening), 0, 1), 3) * active
    return Voice(rate=RATE, envelope=tuple(envelope.tolist()))


def voice_probability(samples: Sound, sample_rate: int) -> Floats:
    """Silero's probability of voice, one for each 32 ms, (n,) float64."""
    from faster_whisper.vad import get_vad_model  # noqa: PLC0415 - brings a model

    if (
        len(samples) < sample_rate * DETECTOR_STEP / DETECTOR_RATE
        or max(samples.max(), -samples.min()) < SILENT
    ):
        return np.zeros(0)
    detect = get_vad_model()
    found = []
    for start in range(0, len(samples), PIECE * sample_rate):  # 60 s are 1875 steps exactly
        part = samples[start : start + PIECE * sample_rate].astype(np.float32)
        piece = resample(part, sample_rate, DETECTOR_RATE)
        short = -len(piece) % DETECTOR_STEP
        found.append(np.asarray(detect(np.pad(piece, (0, short))), np.float64).reshape(-1))
    return np.concatenate(found)


def _levels(samples: Sound, sample_rate: int) -> Floats:
    """RMS around every 20 ms, over 30 ms."""
    reach = 0.015 * sample_rate
    levels = []
    for start in range(0, len(samples), PIECE * sample_rate):  # in pieces, as the sums take 8 bytes a sample
        end = min(start + PIECE * sample_rate, len(samples))
        before = max(0, start - sample_rate)
        total = np.concatenate(
            [[0.0], np.cumsum(samples[before : end + sample_rate].astype(np.float64) ** 2)]
        )
        centres = np.arange(start, end, sample_rate / RATE) - before
        first = np.clip(centres - reach, 0, len(total) - 1).astype(int)
        last = np.clip(centres + reach, 0, len(total) - 1).astype(int)
        levels.append(np.sqrt((total[last] - total[first]) / np.maximum(last - first, 1)))
    return np.concatenate(levels) if levels else np.zeros(0)


def _voice_band(mix: Samples, sample_rate: int) -> Samples:
    from scipy.signal import butter, sosfilt  # noqa: PLC0415

    sections = butter(2, (250, 3500), "bandpass", fs=sample_rate, output="sos")
    return np.asarray(sosfilt(sections.astype(np.float32), mix), np.float32)


def _confirmed(active: npt.NDArray[np.bool_], probability: Floats) -> npt.NDArray[np.bool_]:
    """Keep only those stretches (pauses under 0.3 s do not part them) in which the detector heard a voice once."""
    joined = _widened(active, 0.15)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], joined.astype(np.int8), [0]])))
    kept = np.zeros_like(active)
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if probability[start:end].max() >= HEARD:
            kept[start:end] = True
    return np.asarray(active & kept)


def _widened(active: npt.NDArray[np.bool_], seconds: float) -> npt.NDArray[np.bool_]:
    from scipy.ndimage import maximum_filter1d  # noqa: PLC0415

    return np.asarray(maximum_filter1d(active.astype(np.int8), 2 * round(seconds * RATE) + 1) > 0)


def _released(opening: Floats) -> Floats:
    """Follow at once upwards, and downwards by a third every 20 ms at most."""
    followed = opening.copy()
    for index in range(1, len(followed)):
        followed[index] = max(followed[index], followed[index - 1] * 0.67)
    return followed


def _ratio(decibels: float) -> float:
    return float(10 ** (-decibels / 20))
