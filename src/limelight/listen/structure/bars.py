"""Bars: a song described bar by bar, by harmony, bass, timbre, loudness and voice."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from limelight.listen.rhythm.pointer import Floats
from limelight.listen.sound.spectrum import CHROMA_RATE, FRAME_RATE, Spectrum
from limelight.score import BeatGrid, Line, Voice

FREE_BAR = 2.0
"""Seconds of a stand-in for a bar where no beat was found."""
LONGEST_BAR = 2.7
"""Seconds; longer bars of two or four are taken as two: two may have been counted as one (178 as 89 a minute)."""
DYNAMIC = 24.0
"""Decibels below the loudest bar under which all is one silence."""
COVER_RATE = 50.0
"""Hz, at which it is asked whether a word is sung."""
SOUNDING = 0.05
"""Opening of the voice from which on it is heard."""


@dataclass(frozen=True, eq=False)
class Bars:
    """A song bar by bar.

    Attributes:
        edges: (bars + 1,) seconds, from 0 to the song's duration.
        harmony: (bars, 4, 12) pitch classes of four parts of each bar, each bar of unit length.
        bass: (bars, 4, 12) the same of the bass, which the voice does not touch.
        timbre: (bars, 13) mel cepstrum and onset density, standardised.
        loudness: (bars,) dBFS, at least the loudest less DYNAMIC.
        sung: (bars,) share of the bar with voice.
        parts: How many of these bars are one of the beat grid's.
    """

    edges: Floats
    harmony: Floats
    bass: Floats
    timbre: Floats
    loudness: Floats
    sung: Floats
    parts: int = 1

    def __len__(self) -> int:
        return len(self.edges) - 1


def describe(
    spectrum: Spectrum, rhythm: BeatGrid, duration: float, voice: Voice | None, lines: Sequence[Line] = ()
) -> Bars:
    """The bars of a song, at least two, from 0 to its duration."""
    edges = _edges(rhythm, duration)
    quarters = np.concatenate(
        [np.interp(np.arange(0, len(edges) - 1, 0.25), np.arange(len(edges)), edges), edges[-1:]]
    )
    timbre = _pooled(_cepstrum(spectrum), FRAME_RATE, edges)
    power = _pooled(10 ** (spectrum.loudness[:, None] / 10), FRAME_RATE, edges)[:, 0]
    loudness = 10 * np.log10(power + 1e-10)
    loudness = np.maximum(loudness, loudness.max() - DYNAMIC)
    heard = loudness > loudness.max() - DYNAMIC  # silence would widen the scale of everything
    timbre = np.clip((timbre - timbre[heard].mean(axis=0)) / (timbre[heard].std(axis=0) + 1e-3), -3, 3)
    sung = np.zeros(len(edges) - 1)
    if voice is not None and voice.envelope:
        sung = _pooled(np.array(voice.envelope)[:, None] > SOUNDING, voice.rate, edges)[:, 0]
    if lines:
        sung = np.maximum(sung, _covered(lines, edges))
    return Bars(
        edges=edges,
        harmony=_pitches(spectrum.chroma, quarters),
        bass=_pitches(spectrum.bass, quarters),
        timbre=timbre,
        loudness=loudness,
        sung=sung,
        parts=2 if _halved(rhythm) else 1,
    )


def _covered(lines: Sequence[Line], edges: Floats) -> Floats:
    """(bars,) share of each bar in which words are."""
    moments = np.arange(0, edges[-1], 1 / COVER_RATE)
    covered = np.zeros((len(moments), 1))
    for line in lines:
        covered[(moments >= line.start) & (moments < line.end)] = 1.0
    return _pooled(covered, COVER_RATE, edges)[:, 0]


def _pitches(chroma: npt.NDArray[np.floating], quarters: Floats) -> Floats:
    """(bars, 4, 12) of unit length."""
    pitches = _pooled(chroma, CHROMA_RATE, quarters)
    pitches -= pitches.min(axis=1, keepdims=True)
    pitches = pitches.reshape(-1, 4, 12)
    return np.asarray(pitches / (np.linalg.norm(pitches, axis=(1, 2), keepdims=True) + 1e-9))


def _edges(rhythm: BeatGrid, duration: float) -> Floats:
    """Bar lines with what is before the first and after the last; bits shorter than half a bar join a neighbour.

    Long bars have a line in their middle: a section may begin there where two bars, or halves of two, were one.
    """
    lines = np.array([time for time in rhythm.downbeats if 0 < time < duration])
    if len(lines) < 4:
        return np.linspace(0, duration, max(2, round(duration / FREE_BAR) + 1))
    bar = float(np.median(np.diff(lines)))
    if _halved(rhythm):
        lines = np.interp(np.arange(0, len(lines) - 0.5, 0.5), np.arange(len(lines)), lines)
        bar /= 2
    before = np.arange(lines[0] - bar, bar / 2, -bar)[::-1]
    after = np.arange(lines[-1] + bar, duration - bar / 2, bar)
    edges = np.concatenate([[0.0], before, lines, after, [duration]])
    if edges[1] < bar / 2 and len(edges) > 2:
        edges = np.delete(edges, 1)
    if edges[-1] - edges[-2] < bar / 2 and len(edges) > 2:
        edges = np.delete(edges, -2)
    return np.asarray(edges)


def _halved(rhythm: BeatGrid) -> bool:
    """Whether the song's bars are so long that each may be two."""
    lines = np.array(rhythm.downbeats)
    return len(lines) >= 4 and rhythm.meter % 2 == 0 and float(np.median(np.diff(lines))) > LONGEST_BAR


def _pooled(values: npt.NDArray[np.generic], rate: float, edges: Floats) -> Floats:
    """(spans, features): the mean over each span between ``edges`` in seconds."""
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)])
    index = np.clip(np.round(edges * rate).astype(int), 0, len(values))
    count = np.maximum(index[1:] - index[:-1], 1)
    return np.asarray((total[index[1:]] - total[index[:-1]]) / count[:, None])


def _cepstrum(spectrum: Spectrum) -> Floats:
    """(frames, 13): loudness in the mel bands as 12 cosines, and how busy the frame is."""
    from scipy.fft import dct  # noqa: PLC0415

    level = np.log10(spectrum.mel + 1e-4)
    shape = dct(level, axis=1, norm="ortho")[:, :12]
    busy = np.abs(np.diff(level, axis=0, prepend=level[:1])).mean(axis=1, keepdims=True)
    return np.concatenate([shape, busy], axis=1)
