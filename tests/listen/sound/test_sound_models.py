"""Checkpoints, networks, separation and tags: the real code at toy size, the real weights where they are."""

import struct

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from limelight.errors import WeightError
from limelight.listen.sound import separation, tags
from limelight.listen.sound.checkpoint import MAGIC, read_checkpoint
from limelight.listen.sound.decode import Sound, resample
from limelight.listen.sound.network import Network
from limelight.weights import is_present
from songs import synth


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def entry(shape, offset, size):
    """A BundleEntryProto of a float tensor."""
    dims = b"".join(b"\x12" + varint(len(d)) + d for d in (b"\x08" + varint(side) for side in shape))
    return (
        b"\x08\x01\x12"
        + varint(len(dims))
        + dims
        + b"\x20"
        + varint(offset)
        + b"\x28"
        + varint(size)
        + b"\x35abcd"
    )


def block(rows):
    body = b""
    before = b""
    for key, value in rows:
        shared = 0
        while shared < min(len(before), len(key)) and before[shared] == key[shared]:
            shared += 1
        body += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    return body + struct.pack("<II", 0, 1)


def written(folder, tensors):
    """A checkpoint of the given tensors, as TensorFlow would write it."""
    rows, data = [(b"", b"\x08\x01")], b""
    for name in sorted(tensors):
        raw = tensors[name].astype("<f4").tobytes()
        rows.append((name.encode(), entry(tensors[name].shape, len(data), len(raw))))
        data += raw
    content = block(rows)
    meta = block([])
    table = content + b"\0crc_" + meta + b"\0crc_"
    root = block([(b"z", varint(0) + varint(len(content)))])
    at = len(table)
    table += root + b"\0crc_"
    handles = varint(len(content) + 5) + varint(len(meta)) + varint(at) + varint(len(root))
    table += handles.ljust(40, b"\0") + struct.pack("<Q", MAGIC)
    index, values = folder / "m.index", folder / "m.data"
    index.write_bytes(table)
    values.write_bytes(data)
    return index, values


def test_a_checkpoint_comes_back(tmp_path):
    rng = np.random.default_rng(0)
    tensors = {"conv/kernel": rng.random((3, 2, 4)), "conv/bias": rng.random(4), "scale": rng.random(())}
    read = read_checkpoint(*written(tmp_path, tensors))
    assert read.keys() == tensors.keys()
    for name, values in tensors.items():
        assert read[name].shape == values.shape
        assert np.allclose(read[name], values)


@pytest.mark.parametrize(
    "harm", [lambda raw: raw[:-1] + b"x", lambda raw: raw[:30], lambda raw: raw[:0], bytes.upper]
)
def test_a_broken_checkpoint_is_refused(harm, tmp_path):
    index, data = written(tmp_path, {"a": np.ones(3)})
    index.write_bytes(harm(index.read_bytes()))
    with pytest.raises(WeightError, match="not a TensorFlow checkpoint"):
        read_checkpoint(index, data)


def test_a_convolution_is_a_convolution():
    rng = np.random.default_rng(0)
    tensors = {"c/kernel": rng.random((3, 3, 2, 1)).astype(np.float32), "c/bias": np.array([0.5], np.float32)}
    network = Network(tensors)
    session = network.session((1, 2, 5, 5), [network.conv("x", "c")])
    x = rng.random((1, 2, 5, 5)).astype(np.float32)
    expected = sum(
        tensors["c/kernel"][i, j, c, 0] * x[0, c, i : i + 3, j : j + 3]
        for i in range(3)
        for j in range(3)
        for c in (0, 1)
    )
    assert np.allclose(session.run(None, {"x": x})[0][0, 0], expected + 0.5, atol=1e-5)


def soft_noise(seconds):
    """Noise without the highest tones, which no half rate can hold."""
    noise = np.random.default_rng(0).standard_normal(int(seconds * 22_050))
    edges = np.minimum(1, np.minimum(np.arange(len(noise)), np.arange(len(noise))[::-1]) / 2000)
    return (0.1 * edges * sosfiltfilt(butter(10, 6000, fs=22_050, output="sos"), noise)).astype(np.float32)


@pytest.mark.parametrize("seconds", [1.0, 12.2, 30.0])
def test_a_mask_of_ones_gives_the_song_and_of_zeros_silence(seconds):
    samples = soft_noise(seconds)
    sound = Sound(samples, 22_050, len(samples) / 22_050, 1, 22_050, "0" * 64)
    for share in (1.0, 0.0):
        out = separation.separate(
            separation._stereo(sound),
            lambda magnitudes, share=share: np.full_like(magnitudes, share),
            len(samples),
        )
        assert np.abs(out - share * samples).max() < 2e-3


def test_the_tagger_hears_as_it_was_trained():
    librosa = pytest.importorskip("librosa")
    assert np.allclose(tags.slaney_bank(), librosa.filters.mel(sr=16_000, n_fft=512, n_mels=96), atol=1e-6)


@pytest.mark.parametrize("seconds", [1.3, 60.0, 61.01, 125.7])
def test_minute_by_minute_the_tagger_sees_the_same(seconds):
    samples = soft_noise(seconds)
    whole = tags.log_mel(resample(samples, 22_050, tags.RATE))
    assert np.allclose(tags.log_mel(samples, 22_050)[: len(whole) - 1], whole[:-1], atol=1e-4)


def test_fifty_tags_in_each_set():
    assert len(set(tags.MSD)) == len(set(tags.MTT)) == 50


@pytest.mark.slow
@pytest.mark.skipif(not is_present("spleeter-2stems"), reason="weights not here")
def test_the_voice_is_found_and_the_band_is_not():
    folder = separation.weight("spleeter-2stems")
    masker = separation.spleeter(folder)

    def share(song):
        sound = Sound(song.samples, 22_050, song.duration, 1, 22_050, "0" * 64)
        alone = separation.separate(separation._stereo(sound), masker, len(song.samples)).astype(np.float64)
        return float((alone**2).sum() / (song.samples**2).sum())

    assert share(synth.sung(5.0, phrases=((0.5, 4.5),))) > 0.5
    assert share(synth.band(120.0, 2)) < 0.1


@pytest.mark.slow
@pytest.mark.skipif(not is_present("musicnn"), reason="weights not here")
def test_tags_of_two_unlike_sounds_differ():
    def mean(song):
        times, found = tags.tag(resample(song.samples, 22_050, tags.RATE))
        assert len(times) == len(found["rock"])
        return {name: float(values.mean()) for name, values in found.items()}

    band, pad = mean(synth.band(140.0, 4)), mean(synth.form("C", 60.0, 2))
    assert len(band) == len(set(tags.MSD) | set(tags.MTT))
    assert band["fast"] > pad["fast"]
    assert pad["ambient"] > band["ambient"]
