"""The demo song in examples/ and the truth beside it agree."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

EXAMPLES = Path(__file__).parents[2] / "examples"
SLUG = "where-the-ocean-glows"


@pytest.fixture(scope="module")
def truth():
    return json.loads((EXAMPLES / f"{SLUG}.truth.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def sound(truth):
    return soundfile.read(EXAMPLES / truth["audio"], dtype="float32")


def test_the_sound_lasts_as_long_as_the_truth_says(truth, sound):
    samples, rate = sound
    assert len(samples) / rate == pytest.approx(truth["duration"], abs=1 / rate)


def test_sections_tile_the_song(truth):
    sections = truth["sections"]
    assert [s["label"] for s in sections] == ["intro", "verse", "chorus", "verse", "chorus", "outro"]
    assert sections[0]["start"] == 0
    assert sections[-1]["end"] == truth["duration"]
    assert all(a["end"] == b["start"] for a, b in pairwise(sections))


def test_beats_keep_the_tempo(truth):
    assert np.diff(truth["beats"]) == pytest.approx(60 / truth["tempo"])
    assert truth["downbeats"] == truth["beats"][::4]


def test_words_follow_one_another_inside_their_lines(truth):
    words = [word for line in truth["lines"] for word in line["words"]]
    assert all(word["start"] < word["end"] for word in words)
    assert all(a["end"] <= b["start"] + 1e-6 for a, b in pairwise(words))
    for line in truth["lines"]:
        assert line["words"][0]["start"] == line["start"]
        assert line["words"][-1]["end"] == line["end"]


def test_the_lyrics_are_the_words(truth):
    text = (EXAMPLES / f"{SLUG}.lyrics.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("[")]
    assert lines == [line["text"] for line in truth["lines"]]


def test_the_sound_is_finite_and_unclipped(sound):
    samples, _ = sound
    assert np.isfinite(samples).all()
    assert 0.5 < np.abs(samples).max() < 0.99


def test_every_section_sounds(truth, sound):
    samples, rate = sound
    for section in truth["sections"]:
        part = samples[round(section["start"] * rate) : round(section["end"] * rate)]
        assert np.sqrt(np.mean(part**2)) > 0.03, section["label"]
