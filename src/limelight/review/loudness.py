"""Loudness: is the film as loud as the song.

Integrated loudness by ITU-R BS.1770-5: K-weighting (a shelf and a high-pass, as analogue prototypes brought to
any sample rate by the bilinear transform), mean square in 400 ms blocks every 100 ms, gates at -70 LUFS and
10 LU below the mean. The sound is decoded in pieces; only the blocks' energies are kept.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from limelight.errors import MediaError, SongError
from limelight.report import Measure
from limelight.sound_stream import SoundStream

ABSOLUTE_GATE, RELATIVE_GATE = -70.0, -10.0
QUIETER = 10 ** (-1 / 20)
"""The control's gain: 1 dB less."""


def measure_loudness(song: Path, film: Path) -> Measure:
    """The change of integrated loudness from the song to the film.

    Raises:
        MediaError: one of them has no sound that decodes.
    """
    energies = np.concatenate([np.zeros(0), *_block_energies(song)])
    before, after = gated(energies), integrated_loudness(film)
    silent = math.isinf(before) or math.isinf(after)
    change = 0.0 if before == after else 120.0 if silent else abs(after - before)
    quieter = 0.0 if math.isinf(before) else abs(gated(energies * QUIETER**2) - before)
    return Measure(
        name="loudness_change",
        title="Change of loudness from song to film",
        value=change,
        unit="LU",
        control=quieter,
        control_title="the song 1 dB quieter",
        target=0.5,
        higher_is_better=False,
        samples=2,
        note=f"song {_lufs(before)}, film {_lufs(after)} (ITU-R BS.1770-5)",
    )


def integrated_loudness(path: Path) -> float:
    """LUFS of a file's sound; minus infinity for silence.

    Raises:
        MediaError: there is no sound that decodes.
    """
    return gated(np.concatenate([np.zeros(0), *_block_energies(path)]))


def gated(energies: NDArray[np.float64]) -> float:
    """LUFS of weighted mean squares of 100 ms pieces (BS.1770-5, equations 3 to 7)."""
    if len(energies) < 4:
        return -math.inf
    blocks = np.convolve(energies, np.full(4, 0.25), "valid")
    blocks = blocks[blocks > _energy(ABSOLUTE_GATE)]
    if not len(blocks):
        return -math.inf
    blocks = blocks[blocks > blocks.mean() * 10 ** (RELATIVE_GATE / 10)]
    return -0.691 + 10 * math.log10(blocks.mean())


def k_weighting(rate: int) -> NDArray[np.float64]:
    """``(2, 6)`` second-order sections of the K-weighting at a sample rate (Hz)."""
    return np.array([_shelf(rate), _high_pass(rate)])


def _shelf(rate: int) -> list[float]:
    q, vh = 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    vb = vh**0.4996667741545416
    k = math.tan(math.pi * 1681.974450955533 / rate)
    a0 = 1 + k / q + k * k
    b = [(vh + vb * k / q + k * k) / a0, 2 * (k * k - vh) / a0, (vh - vb * k / q + k * k) / a0]
    return [*b, 1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]


def _high_pass(rate: int) -> list[float]:
    q = 0.5003270373238773
    k = math.tan(math.pi * 38.13547087602444 / rate)
    a0 = 1 + k / q + k * k
    return [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0]


def _block_energies(path: Path) -> Iterator[NDArray[np.float64]]:
    from scipy.signal import sosfilt  # noqa: PLC0415  # loads only where sound is measured

    rate, filters, state = 0, None, None
    left = np.zeros((1, 0))
    for pcm, pcm_rate in _decoded(path):
        if filters is None or pcm_rate != rate or pcm.shape[0] != left.shape[0]:
            rate, filters = pcm_rate, k_weighting(pcm_rate)
            state = np.zeros((2, pcm.shape[0], 2))
            left = np.zeros((pcm.shape[0], 0))
        weighted, state = sosfilt(filters, pcm, axis=1, zi=state)
        left = np.concatenate([left, weighted], axis=1)
        size = round(rate / 10)
        pieces = left.shape[1] // size
        whole, left = left[:, : pieces * size], left[:, pieces * size :]
        yield np.square(whole.reshape(len(whole), pieces, size)).mean(axis=2).sum(axis=0)


def _decoded(path: Path) -> Iterator[tuple[NDArray[np.float64], int]]:
    """(channels, n) pieces of about a second, mono or stereo, with their rate in Hz."""
    try:
        with SoundStream(path) as source:
            yield from _pieces(source)
    except SongError as problem:
        raise MediaError(problem.message, hint=problem.hint) from problem


def _pieces(source: SoundStream) -> Iterator[tuple[NDArray[np.float64], int]]:
    import av  # noqa: PLC0415

    waiting: list[NDArray[np.float64]] = []
    resampler, count, rate, kind = None, 0, 0, None
    for frame, _missing in source.frames():
        found = (frame.format.name, frame.layout.name, frame.sample_rate)
        if resampler is None or found != kind:  # joined recordings change on the way
            if waiting:
                yield np.concatenate(waiting, axis=1), rate
                waiting, count = [], 0
            kind, rate = found, frame.sample_rate
            layout = "mono" if frame.layout.nb_channels == 1 else "stereo"
            resampler = av.AudioResampler(format="dblp", layout=layout, rate=rate)
        frame.pts = None
        for converted in resampler.resample(frame):
            waiting.append(np.asarray(converted.to_ndarray(), np.float64))
            count += converted.samples
        if count >= rate > 0:
            yield np.concatenate(waiting, axis=1), rate
            waiting, count = [], 0
    if waiting:
        yield np.concatenate(waiting, axis=1), rate


def _energy(lufs: float) -> float:
    return 10 ** ((lufs + 0.691) / 10)


def _lufs(value: float) -> str:
    return "silent" if math.isinf(value) else f"{value:.2f} LUFS"
