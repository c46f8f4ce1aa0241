"""Tags: what listeners would call the music, by musicnn.

Pons, Serra: "musicnn: pre-trained convolutional neural networks for music audio tagging" (ISMIR 2019, late
breaking). The network is built from its TensorFlow checkpoints and run by onnxruntime. Two sets of 50 tags: what
listeners of the Million Song Dataset wrote, and MagnaTagATune's.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from limelight.events import Listener, ignore
from limelight.listen.sound.checkpoint import read_checkpoint
from limelight.listen.sound.decode import Samples, resample
from limelight.listen.sound.network import Network
from limelight.listen.sound.spectrum import frames
from limelight.weights import weight

Array = npt.NDArray[np.float32]

TAGGER = "musicnn"
RATE, WINDOW, HOP, MELS = 16_000, 512, 256, 96
PATCH = 187
"""Frames that the network sees at once: 3 s, as in its training."""
STEP = PATCH
"""Frames between patches."""
BATCH = 2
MINUTE, MARGIN = 60, 2
"""Seconds whose spectrogram is computed at a time, and beyond them on either side; whole numbers of frames."""
MASTERED, SILENT = 0.28, 1e-3
"""RMS (full scale 1) of the loud moments of a mastered song, and below which there is nothing to turn up."""

MSD = (
    "rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance", "00s", "alternative rock",
    "jazz", "beautiful", "metal", "chillout", "male vocalists", "classic rock", "soul", "indie rock", "Mellow",
    "electronica", "80s", "folk", "90s", "chill", "instrumental", "punk", "oldies", "blues", "hard rock", "ambient",
    "acoustic", "experimental", "female vocalist", "guitar", "Hip-Hop", "70s", "party", "country", "easy listening",
    "sexy", "catchy", "funk", "electro", "heavy metal", "Progressive rock", "60s", "rnb", "indie pop", "sad",
    "House", "happy",
)  # fmt: skip
MTT = (
    "guitar", "classical", "slow", "techno", "strings", "drums", "electronic", "rock", "fast", "piano", "ambient",
    "beat", "violin", "vocal", "synth", "female", "indian", "opera", "male", "singing", "vocals", "no vocals",
    "harpsichord", "loud", "quiet", "flute", "woman", "male vocal", "no vocal", "pop", "soft", "sitar", "solo",
    "man", "classic", "choir", "voice", "new age", "dance", "male voice", "female vocal", "beats", "harp", "cello",
    "no voice", "weird", "country", "metal", "female voice", "choral",
)  # fmt: skip


def tag(
    samples: Samples, sample_rate: int = RATE, *, on_event: Listener = ignore
) -> tuple[npt.NDArray[np.float64], dict[str, Array]]:
    """Tags over time.

    Args:
        samples: (n,) float32.
        sample_rate: Hz, RATE or more.
        on_event: Told of the weights' download.

    Returns:
        The centres of the patches in seconds, and for each tag its probability in each patch, 0 to 1. Where both
        sets have a tag, its mean.

    Raises:
        WeightError: the model is not here and cannot be had.
    """
    folder = weight(TAGGER, on_event=on_event)
    spectrogram = log_mel(samples, sample_rate, _as_mastered(samples, sample_rate))
    if len(spectrogram) < PATCH:
        spectrogram = np.pad(spectrogram, ((0, PATCH - len(spectrogram)), (0, 0)), mode="wrap")
    starts = np.unique(np.append(np.arange(0, len(spectrogram) - PATCH, STEP), len(spectrogram) - PATCH))
    found: dict[str, Array] = {}
    for name, labels in (("MSD", MSD), ("MTT", MTT)):
        session = _session(folder, f"{name}_musicnn", len(labels))
        parts = [
            session.run(
                None, {"x": np.stack([spectrogram[start : start + PATCH] for start in group])[:, None]}
            )[0]
            for group in np.array_split(starts, -(-len(starts) // BATCH))
        ]
        for label, probability in zip(labels, np.concatenate(parts).T, strict=True):
            found[label] = (found[label] + probability) / 2 if label in found else probability
    return (starts + PATCH / 2) * HOP / RATE, found


def _as_mastered(samples: Samples, sample_rate: int) -> float:
    """The gain with which the loud moments are as loud as in the network's training, on mastered songs."""
    step = sample_rate // 10
    blocks = samples[: len(samples) // step * step].reshape(-1, step)
    if not len(blocks):
        return 1.0
    loud = float(np.percentile(np.sqrt(np.einsum("ij,ij->i", blocks, blocks) / step), 99))
    return MASTERED / loud if loud > SILENT else 1.0


def log_mel(samples: Samples, sample_rate: int = RATE, gain: float = 1.0) -> Array:
    """(frames, MELS) float32: log10(1 + 10,000 x power) in Slaney's mel bands, as in the network's training."""
    from scipy import fft  # noqa: PLC0415

    bank = slaney_bank()
    hann = (gain * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW))).astype(np.float32)
    found = np.zeros((len(samples) * RATE // sample_rate // HOP + 1, MELS), np.float32)
    first = 0
    for piece in _pieces(samples, sample_rate):
        for block in piece:
            power = np.abs(fft.rfft(block * hann, axis=1)) ** 2
            room = found[first : first + len(block)]
            room[:] = np.log10(1 + 10_000 * (power @ bank.T))[: len(room)]
            first += len(room)
    return found


def _pieces(samples: Samples, sample_rate: int) -> Iterator[Iterator[Array]]:
    """Minute by minute, with a margin that the change of rate needs, blocks of (n, WINDOW) frames at RATE."""
    margin = MARGIN * RATE // HOP
    for start in range(0, len(samples) + 1, MINUTE * sample_rate):
        before = min(start, MARGIN * sample_rate)
        part = samples[start - before : start + (MINUTE + MARGIN) * sample_rate]
        framed = frames(resample(part, sample_rate, RATE), WINDOW, HOP)
        yield _between(framed, margin if before else 0, MINUTE * RATE // HOP)


def _between(blocks: Iterator[Array], first: int, count: int) -> Iterator[Array]:
    """``count`` rows of consecutive blocks from row ``first`` on."""
    for block in blocks:
        kept = block[min(first, len(block)) :][:count]
        first, count = max(0, first - len(block)), count - len(kept)
        yield kept


def slaney_bank() -> Array:
    """(MELS, WINDOW // 2 + 1) triangles of unit area on Slaney's scale (Auditory Toolbox, 1998)."""
    step, corner = 200 / 3, 1000.0
    per_octave = np.log(6.4) / 27
    top = corner / step + np.log(RATE / 2 / corner) / per_octave
    mels = np.linspace(0, top, MELS + 2)
    over = corner * np.exp(per_octave * (mels - corner / step))
    edges = np.where(mels < corner / step, mels * step, over)
    bins = np.fft.rfftfreq(WINDOW, 1 / RATE)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    triangles = np.maximum(0, np.minimum(rising, falling))
    return np.asarray(triangles * (2 / (edges[2:] - edges[:-2]))[:, None], np.float32)


def _session(folder: Path, name: str, labels: int) -> Any:
    tensors = read_checkpoint(folder / f"{name}.index", folder / f"{name}.data-00000-of-00001")
    network = Network(tensors)
    return network.session(("batch", 1, PATCH, MELS), [_musicnn(network, tensors, labels)])


def _musicnn(network: Network, tensors: Mapping[str, Array], labels: int) -> str:
    """(batch, 1, PATCH, MELS) -> (batch, labels) probabilities; time is the height, mel bands the width."""
    x = network.batch_norm("x", "batch_normalization")
    front = [
        _pooled(network, x, "conv2d", "batch_normalization_1", pads=[3, 0, 3, 0]),
        _pooled(network, x, "conv2d_1", "batch_normalization_2", pads=[3, 0, 3, 0]),
        *(
            _pooled(
                network,
                x,
                f"conv2d_{layer}",
                f"batch_normalization_{layer + 1}",
                pads=[width // 2 - 1, 0, width // 2, 0],
            )
            for layer, width in ((2, 128), (3, 64), (4, 32))
        ),
    ]
    features = [network.add("Concat", *front, axis=1)]
    for layer in (5, 6, 7):
        kernel = tensors[f"conv2d_{layer}/kernel"].transpose(3, 1, 0, 2)  # along time, over all features
        bias = tensors[f"conv2d_{layer}/bias"]
        y = network.add("Relu", network.add("Conv", features[-1], kernel, bias, pads=[3, 0, 3, 0]))
        y = network.batch_norm(y, f"batch_normalization_{layer + 1}")
        features.append(network.add("Add", y, features[-1]) if layer > 5 else y)
    y = network.add("Concat", *features, axis=1)
    pools = network.add(
        "Concat", network.add("GlobalMaxPool", y), network.add("GlobalAveragePool", y), axis=2
    )
    y = network.batch_norm(network.add("Flatten", pools), "batch_normalization_9")
    y = network.batch_norm(network.add("Relu", network.dense(y, "dense")), "batch_normalization_10")
    if tensors["dense_1/bias"].shape != (labels,):
        raise ValueError(f"{labels} labels for {tensors['dense_1/bias'].shape}")
    return network.add("Sigmoid", network.dense(y, "dense_1"))


def _pooled(network: Network, x: str, conv: str, norm: str, pads: list[int]) -> str:
    """A convolution whose strongest answer over all frequencies is kept: (batch, filters, PATCH, 1)."""
    y = network.batch_norm(network.add("Relu", network.conv(x, conv, pads=pads)), norm)
    width = MELS - network.tensors[f"{conv}/kernel"].shape[1] + 1
    return network.add("MaxPool", y, kernel_shape=[1, width])
