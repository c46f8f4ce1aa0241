"""Separation: the singing apart from the band.

Spleeter's two U-Nets (Hennequin, Khlif, Voituret, Moussallam: "Spleeter: a fast and efficient music source
separation tool with pre-trained models", JOSS 2020; the network is Jansson et al., ISMIR 2017) on magnitude
spectrograms, run by onnxruntime in overlapping pieces while the file streams through. The estimates v of the
voice and a of the band make the mask v² / (v² + a²). As only the lower half of the spectrum (to 11 kHz) is
modelled, the voice is synthesised directly at half the rate, 22,050 Hz, and in mono. Nothing of the song is held
but the voice, in half precision: its loudness and where it sings are all that is asked of it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from limelight.events import Listener, ignore
from limelight.listen.sound.checkpoint import read_checkpoint
from limelight.listen.sound.decode import Samples, Sound, SoundFile, resample
from limelight.listen.sound.network import Network
from limelight.weights import weight

Spectra = npt.NDArray[np.complex64]
Voice = npt.NDArray[np.float16]
Masker = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]

RATE = 44_100
"""Hz, of the model."""
VOICE_RATE = 22_050
"""Hz, of the separated voice."""
FRAME, HOP, BINS = 4096, 1024, 1024
PIECE, CONTEXT = 512, 32
"""Spectrogram frames a run of the network (11.9 s), and how many of them at either end are seen but not used."""
EPSILON = 1e-10


def vocals(
    sound: Sound, *, on_event: Listener = ignore, progress: Callable[[float], None] | None = None
) -> Voice:
    """The singing voice alone.

    Args:
        sound: A decoded song; read once more from its file, in stereo, if it has one.
        on_event: Told of the weights' download.
        progress: Told of the seconds that are done.

    Returns:
        (n,) float16 mono at ``VOICE_RATE``, n = the song's duration at that rate.

    Raises:
        WeightError: the model is not here and cannot be had.
    """
    masker = spleeter(weight("spleeter-2stems", on_event=on_event))
    same_rate = sound.sample_rate == VOICE_RATE
    samples = len(sound.samples) if same_rate else round(sound.duration * VOICE_RATE)
    return separate(_stereo(sound), masker, samples, progress)


def separate(
    stereo: Iterator[Samples], masker: Masker, samples: int, progress: Callable[[float], None] | None = None
) -> Voice:
    """Mask a stream of (2, n) float32 chunks at ``RATE``; (samples,) float16 at ``VOICE_RATE``.

    ``masker`` takes (2, frames <= PIECE, BINS) magnitudes and gives a mask of the same shape, 0 to 1.
    """
    ahead = (FRAME - HOP) // 2  # silence that _spectra puts first, so that every sample is in four frames
    voice = np.zeros(samples + ahead, np.float16)
    window = _hann(FRAME // 2) / 1.5  # squared Hann windows at a hop of a quarter sum to 1.5
    rest = np.zeros((0, HOP // 2), np.float32)
    for first, spectra, used in _pieces(_spectra(stereo)):
        mask = masker(np.abs(spectra))
        mono = (spectra * mask)[:, used].mean(axis=0) * 0.5
        frames = np.fft.irfft(mono, FRAME // 2, axis=1).astype(np.float32) * window
        joined = _overlapped(frames, rest)
        start = (first + used.start) * HOP // 2
        room = voice[start : start + joined.size]
        room[:] = joined.reshape(-1)[: len(room)]  # what the next piece adds to is written again with it
        rest = joined[len(frames) :]
        if progress is not None:
            progress((first + used.stop) * HOP / RATE)
    return voice[ahead:]


def _overlapped(frames: Samples, rest: Samples) -> Samples:
    """(n, FRAME // 2) frames, each a hop after the one before, added up; ``rest`` is what earlier ones left.

    Returns:
        (n + 3, HOP // 2): n hops that are complete and 3 that later frames will add to.
    """
    overlaps = FRAME // HOP
    total = np.zeros((len(frames) + overlaps - 1, HOP // 2), np.float32)
    total[: len(rest)] = rest
    for part in range(overlaps):
        total[part : part + len(frames)] += frames[:, part * HOP // 2 : (part + 1) * HOP // 2]
    return total


def spleeter(folder: Path) -> Masker:
    """The mask of the singing voice from magnitudes, by the two networks in a folder of weights."""
    tensors = read_checkpoint(folder / "model.index", folder / "model.data-00000-of-00001")
    network = Network(tensors)
    outputs = [_unet(network, stem) for stem in (0, 1)]
    session: Any = network.session((1, 2, PIECE, BINS), outputs)

    def mask(magnitudes: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        frames = magnitudes.shape[1]
        padded = np.zeros((1, 2, PIECE, BINS), np.float32)
        padded[0, :, :frames] = magnitudes[..., :BINS]
        voice, band = ((share * padded) ** 2 for share in session.run(outputs, {"x": padded}))
        found = (voice + EPSILON / 2) / (voice + band + EPSILON)
        extended = np.zeros((2, frames, magnitudes.shape[2]), np.float32)
        extended[..., :BINS] = found[0, :, :frames]
        return extended

    return mask


def _unet(network: Network, stem: int) -> str:
    """Jansson's U-Net for one stem (0: voice, 1: band): the share of each magnitude that is its own."""

    def layer(kind: str, number: int) -> str:
        return f"{kind}_{number}" if number else kind

    x, skips = "x", []
    for depth in range(6):
        x = network.conv(x, layer("conv2d", 7 * stem + depth), strides=[2, 2], pads=[1, 1, 2, 2])
        skips.append(x)
        if depth < 5:
            x = network.batch_norm(x, layer("batch_normalization", 12 * stem + depth))
            x = network.add("LeakyRelu", x, alpha=0.2)
    for height in range(6):
        name = layer("conv2d_transpose", 6 * stem + height)
        x = network.add("Relu", network.conv_transpose(x, name, strides=[2, 2], pads=[1, 1, 2, 2]))
        x = network.batch_norm(x, layer("batch_normalization", 12 * stem + 6 + height))
        if height < 5:
            x = network.add("Concat", skips[4 - height], x, axis=1)
    x = network.conv(x, layer("conv2d", 7 * stem + 6), dilations=[2, 2], pads=[3, 3, 3, 3])
    return network.add("Sigmoid", x)


def _stereo(sound: Sound) -> Iterator[Samples]:
    if sound.path is None:
        mono = resample(sound.samples, sound.sample_rate, RATE)
        for start in range(0, len(mono), RATE):
            yield np.stack([mono[start : start + RATE]] * 2)
        return
    with SoundFile(sound.path, longest=sound.duration + 1) as source:
        yield from source.chunks(RATE, channels=2)


def _spectra(stereo: Iterator[Samples]) -> Iterator[Spectra]:
    """Blocks of (2, frames, FRAME // 4 + 1) complex64: the spectrum to half of RATE / 2, a frame every HOP."""
    window = _hann(FRAME)
    rest = np.zeros((2, FRAME - HOP), np.float32)
    tail = np.zeros((2, FRAME), np.float32)
    for chunk in _then(stereo, tail):
        rest = np.concatenate([rest, chunk], axis=1)
        frames = (rest.shape[1] - FRAME) // HOP + 1
        if frames > 0:
            framed = np.lib.stride_tricks.sliding_window_view(rest, FRAME, axis=1)[:, : frames * HOP : HOP]
            yield np.fft.rfft(framed * window, axis=2)[..., : FRAME // 4 + 1].astype(np.complex64)
            rest = rest[:, frames * HOP :]


def _then(chunks: Iterator[Samples], last: Samples) -> Iterator[Samples]:
    yield from chunks
    yield last


def _pieces(blocks: Iterator[Spectra]) -> Iterator[tuple[int, Spectra, slice]]:
    """Regroup into pieces of PIECE frames that overlap: (first frame's index, piece, which of it to use)."""
    held, first = np.zeros((2, 0, FRAME // 4 + 1), np.complex64), 0
    for block in blocks:
        held = np.concatenate([held, block], axis=1)
        while held.shape[1] >= PIECE + CONTEXT:
            yield first, held[:, :PIECE], slice(CONTEXT if first else 0, PIECE - CONTEXT)
            held, first = held[:, PIECE - 2 * CONTEXT :], first + PIECE - 2 * CONTEXT
    start = CONTEXT if first else 0
    if held.shape[1] > PIECE:
        yield first, held[:, :PIECE], slice(start, PIECE - CONTEXT)
        held, first, start = held[:, PIECE - 2 * CONTEXT :], first + PIECE - 2 * CONTEXT, CONTEXT
    yield first, held, slice(start, held.shape[1])


def _hann(length: int) -> npt.NDArray[np.float32]:
    """The periodic Hann window."""
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length), np.float32)
