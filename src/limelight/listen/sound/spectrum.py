"""Spectrum: what rhythm, sections and mood all look at, computed once a song."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from limelight.listen.sound.decode import Samples

Array = npt.NDArray[np.float32]

RATE = 22_050
"""Hz."""
HOP = 256
FRAME_RATE = RATE / HOP
"""Mel frames a second (86.1); frame k is centred on second k / FRAME_RATE."""
WINDOW = 1024
MELS = 64
LOWEST, HIGHEST = 30.0, 10_000.0
"""Hz, of the mel bands."""
CHROMA_HOP, CHROMA_WINDOW = 1024, 8192
CHROMA_RATE = RATE / CHROMA_HOP
BLOCK = 2048
"""Frames transformed at a time, so that memory stays bounded."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Views of a song.

    Attributes:
        mel: (frames, MELS) float32, mean amplitude in each mel band, 0 or more, at FRAME_RATE.
        mel_centres: (MELS,) Hz.
        chroma: (frames, 12) float32, energy of each pitch class (0 = C) from 130 Hz to 2 kHz, at CHROMA_RATE.
        bass: (frames, 12) float32, the same from 60 to 220 Hz, above most of the kick drum.
        loudness: (frames,) float32, RMS in dBFS of about 46 ms, at FRAME_RATE, at least -100.
    """

    mel: Array
    mel_centres: Array
    chroma: Array
    bass: Array
    loudness: Array


def analyse(samples: Samples) -> Spectrum:
    """Compute the views of (n,) float32 samples at RATE."""
    bank, centres = mel_bank(WINDOW, MELS, LOWEST, HIGHEST, RATE)
    mel, power = [], []
    for block in frames(samples, WINDOW, HOP):
        magnitude = magnitudes(block)
        mel.append(magnitude @ bank.T)
        power.append((block**2).mean(axis=1))
    tuning = _tuning(samples)
    chroma, bass = [], []
    upper = _pitch_classes(tuning, 130.0, 2000.0)
    lower = _pitch_classes(tuning, 60.0, 220.0)
    for block in frames(samples, CHROMA_WINDOW, CHROMA_HOP):
        compressed = np.log1p(50 * magnitudes(block))
        chroma.append(compressed @ upper.T)
        bass.append(compressed @ lower.T)
    loudness = 10 * np.log10(np.concatenate(power) + 1e-10)
    return Spectrum(
        mel=np.concatenate(mel).astype(np.float32),
        mel_centres=centres,
        chroma=np.concatenate(chroma).astype(np.float32),
        bass=np.concatenate(bass).astype(np.float32),
        loudness=loudness.astype(np.float32),
    )


def mel_bank(window: int, bands: int, lowest: float, highest: float, rate: int) -> tuple[Array, Array]:
    """Triangular mel filters of unit sum, (bands, window // 2 + 1), and their centres in Hz (HTK's mel scale)."""
    edges = 700 * (10 ** (np.linspace(_mel(lowest), _mel(highest), bands + 2) / 2595) - 1)
    bins = np.fft.rfftfreq(window, 1 / rate)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    bank = np.maximum(0, np.minimum(rising, falling))
    empty = bank.sum(axis=1) == 0  # narrower than a bin: take the nearest one
    bank[empty, np.abs(bins - edges[1:-1, None]).argmin(axis=1)[empty]] = 1
    bank /= bank.sum(axis=1, keepdims=True)
    return bank.astype(np.float32), edges[1:-1].astype(np.float32)


def _mel(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))


def frames(samples: Samples, window: int, hop: int) -> Iterator[Array]:
    """Blocks of (BLOCK or fewer, window): frame k is centred on sample k x hop, with silence beyond the ends."""
    count = len(samples) // hop + 1
    for first in range(0, count, BLOCK):
        last = min(first + BLOCK, count)
        start, end = first * hop - window // 2, (last - 1) * hop + (window + 1) // 2
        part = samples[max(0, start) : min(end, len(samples))]
        if start < 0 or end > len(samples):
            part = np.pad(part, (max(0, -start), max(0, end - len(samples))))
        yield np.lib.stride_tricks.sliding_window_view(part, window)[::hop]


def magnitudes(block: Array) -> Array:
    """(frames, window // 2 + 1): a full-scale sine gives about 0.5."""
    from scipy import fft  # noqa: PLC0415

    window = block.shape[1]
    hann = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)).astype(np.float32)
    spectrum = np.abs(fft.rfft(block * hann, axis=1))
    return np.asarray(spectrum * np.float32(2 / window), np.float32)


def _tuning(samples: Samples) -> float:
    """How far the song is tuned from A = 440 Hz, in semitones, -0.5 to 0.5.

    The circular mean of the deviations of spectral peaks, weighted by magnitude, over up to a minute.
    """
    window = 16384
    middle = len(samples) // 2
    excerpt = samples[max(0, middle - 30 * RATE) : middle + 30 * RATE]
    total = 0j
    for block in frames(excerpt, window, window):
        magnitude = magnitudes(block)[:, 80:1500]
        peaks = (magnitude[:, 1:-1] > magnitude[:, :-2]) & (magnitude[:, 1:-1] > magnitude[:, 2:])
        left, middle_, right = (
            np.log(magnitude[:, shift : shift + peaks.shape[1]] + 1e-9) for shift in (0, 1, 2)
        )
        curve = np.minimum(left - 2 * middle_ + right, -1e-6)
        bins = 81 + np.arange(peaks.shape[1]) + 0.5 * (left - right) / curve
        semitones = 12 * np.log2(np.maximum(bins, 1) * RATE / window / 440)
        weight = np.where(peaks, magnitude[:, 1:-1], 0)
        total += (weight * np.exp(2j * np.pi * semitones)).sum()
    return float(np.angle(total) / (2 * np.pi))


def _pitch_classes(tuning: float, lowest: float, highest: float) -> Array:
    """(12, bins): each bin's share in the pitch class of its nearest semitone, fading with the distance."""
    bins = np.fft.rfftfreq(CHROMA_WINDOW, 1 / RATE)
    inside = (bins >= lowest) & (bins < highest)
    pitch = 69 + 12 * np.log2(np.maximum(bins, 1) / 440) - tuning
    near = np.exp(-0.5 * ((pitch - np.round(pitch)) / 0.25) ** 2)
    classes = np.zeros((12, len(bins)), np.float32)
    classes[np.round(pitch).astype(int) % 12, np.arange(len(bins))] = np.where(inside, near, 0)
    return classes
