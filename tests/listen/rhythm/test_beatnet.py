"""The network that taps: the real layers at toy weights, and the real weights where they are."""

import zipfile

import numpy as np
import pytest

from limelight.errors import WeightError
from limelight.listen.rhythm import beatnet
from limelight.listen.rhythm.beatnet import BANDS, FRAME_RATE, GATES, HOP, RATE, SIZES, UNITS, heard
from limelight.weights import is_present, weight
from songs import synth


def toy(path, seed=0):
    """A file of random weights of the right sizes."""
    rng = np.random.default_rng(seed)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("toy/data.pkl", b"nothing that can be unpickled")
        for number, size in enumerate(SIZES):
            archive.writestr(f"toy/data/{number}", rng.normal(0, 0.08, size).astype("<f4").tobytes())
    return path


def step_by_step(features, path):
    """The network as its authors describe it, frame by frame in plain sums."""
    stored = beatnet.read_storages(path, SIZES)
    kernels, dense, output = (
        stored[0].reshape(2, 10),
        stored[2].reshape(UNITS, -1),
        stored[5].reshape(3, UNITS),
    )
    matrices = stored[4][: 4 * GATES * UNITS].reshape(4, GATES, UNITS)  # of a layer: input, recurrent
    biases = stored[4][4 * GATES * UNITS :].reshape(4, GATES)
    memory = np.zeros((2, 2, UNITS))
    found = []
    for row in features:
        filtered = np.stack([np.convolve(row, kernel[::-1], "valid") for kernel in kernels])
        filtered = np.maximum(0, filtered + stored[1][:, None])[:, :262]
        x = dense @ filtered.reshape(2, -1, 2).max(axis=2).reshape(-1) + stored[3]
        for layer in range(2):
            out, cell = memory[layer]
            gates = (
                matrices[2 * layer] @ x
                + matrices[2 * layer + 1] @ out
                + biases[2 * layer : 2 * layer + 2].sum(0)
            )
            taken, kept, fresh, shown = gates.reshape(4, UNITS)
            sigmoid = [1 / (1 + np.exp(-gate)) for gate in (taken, kept, shown)]
            cell = sigmoid[1] * cell + sigmoid[0] * np.tanh(fresh)
            memory[layer] = x, _ = sigmoid[2] * np.tanh(cell), cell
        odds = np.exp(output @ x + stored[6])
        found.append(odds / odds.sum())
    return np.array(found)


def test_it_computes_what_its_authors_describe(tmp_path):
    paths = [toy(tmp_path / f"{seed}.pt", seed) for seed in range(2)]
    samples = synth.band(120, 2).samples[: 2 * RATE]
    taps = heard(samples, beatnet.read_layers(paths))
    [features] = beatnet._features(samples)
    expected = np.mean([step_by_step(features, path) for path in paths], axis=0)
    assert np.allclose(taps.beat, expected[:, 0], atol=1e-4)
    assert np.allclose(taps.first, expected[:, 1], atol=1e-4)


def test_block_by_block_is_the_same_as_at_once(tmp_path, monkeypatch):
    layers = beatnet.read_layers([toy(tmp_path / "toy.pt")])
    samples = synth.band(100, 2).samples[: 3 * RATE + 17]
    whole = heard(samples, layers)
    monkeypatch.setattr(beatnet, "BLOCK", 37)
    parts = heard(samples, layers)
    assert len(whole.beat) == -(-len(samples) // HOP)
    assert np.allclose(whole.beat, parts.beat, atol=1e-5)
    assert np.allclose(whole.first, parts.first, atol=1e-5)


def test_its_bands_are_those_it_was_trained_on():
    bank = beatnet.quarter_tones()
    assert bank.shape == (BANDS, 705)
    assert np.allclose(bank.sum(axis=1), 1)
    assert (np.diff(bank.argmax(axis=1)) > 0).all()


def test_other_weights_are_refused(tmp_path):
    path = tmp_path / "other.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other/data/0", bytes(80))
    with pytest.raises(WeightError, match="instead of"):
        beatnet.read_layers([path])


@pytest.mark.slow
@pytest.mark.skipif(not is_present("beatnet"), reason="weights not here")
def test_it_taps_with_the_band_and_not_between():
    song = synth.band(120, 8)
    taps = heard(song.samples, beatnet.read_layers([weight("beatnet") / "model_1_weights.pt"]))
    both = taps.beat + taps.first

    def near(times, curve):
        frames = np.round(np.asarray(times) * FRAME_RATE).astype(int)
        return float(np.mean([curve[max(0, frame - 2) : frame + 3].max() for frame in frames]))

    later = song.beats[8:-1]
    assert near(later, both) > 0.8
    assert near(later + 0.25, both) < 0.3
    first = song.downbeats[song.downbeats > 5][:-1]
    assert near(first, taps.first) > near(first + 0.5, taps.first) + 0.3
