"""BeatNet: what a network that was trained on people's tapping takes for beats and for first beats of a bar.

Heydari, Cwitkowitz, Duan: "BeatNet: CRNN and particle filtering for online joint beat, downbeat and meter tracking"
(ISMIR 2021). Its convolution and recurrent layers only, in numpy; the mean of its three sets of weights, of which
each was trained without another collection of songs. It hears forwards only, fifty times a second.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from limelight.events import Listener, ignore
from limelight.listen.sound.decode import Samples
from limelight.listen.sound.torch_archive import read_storages
from limelight.weights import weight

Array = npt.NDArray[np.float32]

BEATNET = "beatnet"
RATE, WINDOW, HOP = 22_050, 1411, 441
"""Hz, and samples: 64 ms every 20 ms."""
FRAME_RATE = RATE / HOP
"""Frames a second; frame k is centred on second k / FRAME_RATE."""
BINS = WINDOW // 2
LOWEST, HIGHEST, PER_OCTAVE, CONCERT_PITCH = 30.0, 17_000.0, 24, 440.0
BANDS, KERNEL, FILTERS, UNITS, CLASSES = 136, 10, 2, 150, 3
POOLED = (2 * BANDS - KERNEL + 1) // 2
GATES = 4 * UNITS
SIZES = (
    FILTERS * KERNEL, FILTERS, UNITS * FILTERS * POOLED, UNITS, 4 * GATES * UNITS + 4 * GATES,
    CLASSES * UNITS, CLASSES,
)  # fmt: skip
"""Numbers in the storages of a file of weights: convolution, its bias, dense, bias, both recurrent layers, output,
bias."""
BLOCK = 2048
"""Frames at a time, so that memory stays bounded."""


@dataclass(frozen=True, eq=False)
class Tapped:
    """How likely somebody would tap at each frame: 0 to 1, at FRAME_RATE.

    Attributes:
        beat: (frames,) float32, a beat that begins no bar.
        first: (frames,) float32, the first beat of a bar.
    """

    beat: Array
    first: Array


@dataclass(frozen=True, eq=False)
class Layers:
    """One or more sets of weights, stacked along the first axis."""

    convolution: Array
    convolution_bias: Array
    dense: Array
    dense_bias: Array
    inputs: tuple[Array, Array]
    recurrent: tuple[Array, Array]
    recurrent_bias: tuple[Array, Array]
    output: Array
    output_bias: Array


def tap(samples: Samples, *, on_event: Listener = ignore) -> Tapped:
    """Beats and first beats as the network hears them.

    Args:
        samples: (n,) float32 mono at RATE.
        on_event: Told of the weights' download.

    Raises:
        WeightError: the weights are not here and cannot be had.
    """
    folder = weight(BEATNET, on_event=on_event)
    layers = read_layers([folder / f"model_{number}_weights.pt" for number in (1, 2, 3)])
    return heard(samples, layers)


def read_layers(paths: list[Path]) -> Layers:
    """The weights of one or more files, stacked.

    Raises:
        WeightError: a file is no such set of weights.
    """
    stored = [read_storages(path, SIZES) for path in paths]
    convolution, convolution_bias, dense, dense_bias, recurrent, output, output_bias = (
        np.stack(parts) for parts in zip(*stored, strict=True)
    )
    matrices, biases = recurrent[:, : 4 * GATES * UNITS], recurrent[:, 4 * GATES * UNITS :]
    matrices = matrices.reshape(-1, 4, GATES, UNITS).transpose(
        1, 0, 3, 2
    )  # inputs, recurrent; of both layers
    biases = biases.reshape(-1, 4, GATES).transpose(1, 0, 2)
    return Layers(
        convolution=convolution.reshape(-1, FILTERS, KERNEL),
        convolution_bias=convolution_bias,
        dense=dense.reshape(-1, UNITS, FILTERS * POOLED).transpose(0, 2, 1),
        dense_bias=dense_bias,
        inputs=(matrices[0], matrices[2]),
        recurrent=(np.ascontiguousarray(matrices[1]), np.ascontiguousarray(matrices[3])),
        recurrent_bias=(biases[0] + biases[1], biases[2] + biases[3]),
        output=output.reshape(-1, CLASSES, UNITS).transpose(0, 2, 1),
        output_bias=output_bias,
    )


def heard(samples: Samples, layers: Layers) -> Tapped:
    """Run the network over (n,) float32 samples at RATE, a block at a time; the mean over the sets of weights."""
    sets = len(layers.output)
    states = [np.zeros((2, sets, 1, UNITS), np.float32) for _ in layers.inputs]
    found = []
    for features in _features(samples):
        x = _convolved(features, layers)
        for layer, state in enumerate(states):
            x = _remembered(x, layers, layer, state)
        scores = x @ layers.output + layers.output_bias[:, None]
        odds = np.exp(scores - scores.max(axis=2, keepdims=True))
        found.append((odds / odds.sum(axis=2, keepdims=True)).mean(axis=0))
    taps = np.concatenate(found)
    return Tapped(beat=taps[:, 0], first=taps[:, 1])


def _features(samples: Samples) -> Iterator[Array]:
    """(BLOCK or fewer, 2 x BANDS): log magnitudes by quarter tones, and how much each has risen in a frame."""
    from scipy import fft  # noqa: PLC0415

    bank, hann = quarter_tones(), np.hanning(WINDOW).astype(np.float32)
    count = -(-len(samples) // HOP)
    before = None
    for first in range(0, count, BLOCK):
        last = min(first + BLOCK, count)
        start, end = first * HOP - WINDOW // 2, (last - 1) * HOP + WINDOW - WINDOW // 2
        part = samples[max(0, start) : end]
        part = np.pad(part, (max(0, -start), max(0, end - len(samples))))
        framed = np.lib.stride_tricks.sliding_window_view(part, WINDOW)[::HOP]
        magnitude = np.abs(fft.rfft(framed * hann, axis=1))[:, :BINS]
        level = np.log10(1 + magnitude @ bank.T).astype(np.float32)
        earlier = np.concatenate([level[:1] if before is None else before, level[:-1]])
        yield np.hstack([level, np.maximum(0, level - earlier)])
        before = level[-1:]


def quarter_tones() -> Array:
    """(BANDS, BINS) triangles of unit sum, a quarter tone apart where bins allow, as in the network's training."""
    bins = np.arange(BINS) * (RATE / (2 * BINS))
    low, high = (np.log2(edge / CONCERT_PITCH) * PER_OCTAVE for edge in (LOWEST, HIGHEST))
    pitches = CONCERT_PITCH * 2 ** (np.arange(np.ceil(low), np.floor(high) + 1) / PER_OCTAVE)
    upper = np.clip(bins.searchsorted(pitches), 1, BINS - 1)
    nearest = np.unique(upper - (pitches - bins[upper - 1] < bins[upper] - pitches))
    bank = np.zeros((len(nearest) - 2, BINS), np.float32)
    for row, (start, centre, stop) in enumerate(zip(nearest, nearest[1:], nearest[2:], strict=False)):
        if stop - start < 2:
            bank[row, start] = 1
            continue
        bank[row, start:centre] = np.linspace(0, 1, centre - start, endpoint=False)
        bank[row, centre:stop] = np.linspace(1, 0, stop - centre, endpoint=False)
    return np.asarray(bank / bank.sum(axis=1, keepdims=True))


def _convolved(features: Array, layers: Layers) -> Array:
    """(sets, frames, UNITS): convolution along the bands, the stronger of each two, and the dense layer."""
    windows = np.lib.stride_tricks.sliding_window_view(features, KERNEL, axis=1)[:, : 2 * POOLED]
    found = []
    for kernels, bias, dense, dense_bias in zip(
        layers.convolution, layers.convolution_bias, layers.dense, layers.dense_bias, strict=True
    ):
        filtered = np.maximum(0, windows @ kernels.T + bias)  # (frames, bands, FILTERS)
        pooled = filtered.reshape(len(features), POOLED, 2, FILTERS).max(axis=2)
        found.append(pooled.transpose(0, 2, 1).reshape(len(features), -1) @ dense + dense_bias)
    return np.stack(found)


def _remembered(x: Array, layers: Layers, layer: int, state: Array) -> Array:
    """A layer of long short-term memory over (sets, frames, UNITS); ``state``, its memory, is carried on."""
    driven = x @ layers.inputs[layer] + layers.recurrent_bias[layer][:, None]
    recurrent = layers.recurrent[layer]
    out, cell = state
    found = np.empty_like(x)
    for frame in range(x.shape[1]):
        gates = out @ recurrent + driven[:, frame, None]
        taken, kept, fresh, shown = np.split(gates, 4, axis=2)
        cell = _open(kept) * cell + _open(taken) * np.tanh(fresh)
        out = _open(shown) * np.tanh(cell)
        found[:, frame] = out[:, 0]
    state[:] = out, cell
    return found


def _open(gate: Array) -> Array:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * gate))
