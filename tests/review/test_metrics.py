"""Single measures against known answers."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from limelight.faces.strangers import strangers
from limelight.review.beats import measure_cuts
from limelight.review.likeness import LikenessWatcher, reference
from limelight.review.loudness import integrated_loudness
from limelight.review.mouth import LOWER_LIP, MouthWatcher
from limelight.score import Voice
from limelight.timebase import nearest_frame
from review.toy import toy_score, toy_storyboard


@pytest.mark.parametrize("rate", [48000, 44100, 22050, 96000])
def test_loudness_is_that_of_the_standard(tmp_path, rate):
    """BS.1770-5: a 997 Hz sine at 0 dBFS in one channel reads -3.01 LKFS."""
    times = np.arange(rate * 5) / rate
    tone = np.sin(2 * np.pi * 997 * times)
    soundfile.write(tmp_path / "one.wav", np.stack([tone, 0 * tone], axis=1), rate, "FLOAT")
    soundfile.write(tmp_path / "both.wav", np.stack([tone, tone], axis=1) / 10, rate, "FLOAT")
    assert integrated_loudness(tmp_path / "one.wav") == pytest.approx(-3.01, abs=0.04)
    assert integrated_loudness(tmp_path / "both.wav") == pytest.approx(-20.0, abs=0.04)


def test_loudness_gates_silence(tmp_path):
    tone = 0.1 * np.sin(2 * np.pi * 997 * np.arange(48000 * 4) / 48000)
    soundfile.write(tmp_path / "tone.wav", tone, 48000)
    soundfile.write(tmp_path / "gap.wav", np.concatenate([tone, np.zeros(48000 * 8)]), 48000)
    soundfile.write(tmp_path / "none.wav", np.zeros(48000), 48000)
    tone_alone, with_gap = (integrated_loudness(tmp_path / f"{name}.wav") for name in ("tone", "gap"))
    assert with_gap == pytest.approx(tone_alone, abs=0.25)
    assert integrated_loudness(tmp_path / "none.wav") == -math.inf


@given(
    beats=st.lists(st.integers(1, 590), min_size=1, max_size=60, unique=True),
    fps=st.sampled_from(["24", "25", "30", "60", "24000/1001"]),
)
def test_cuts_made_on_beats_all_count_and_the_control_is_their_share_of_the_film(beats, fps):
    times = [beat / 60 for beat in sorted(beats)]
    score = toy_score(10.0, beats=times)
    rate = toy_storyboard((0, 1), fps=fps).format.rate
    last = nearest_frame(10.0, rate)
    cuts = sorted({0, last, *(frame for t in times if 0 < (frame := nearest_frame(t, rate)) < last)})
    storyboard = toy_storyboard(cuts, fps=fps)
    as_directed, as_seen, found = measure_cuts(storyboard, score.rhythm, cuts[1:-1])
    if len(cuts) > 2:
        assert as_directed.value == as_seen.value == found.value == 1.0
    covered = {f + d for t in times for f in [nearest_frame(t, rate)] for d in (-1, 0, 1)} & set(
        range(1, last)
    )
    assert as_directed.control == pytest.approx(len(covered) / max(1, last - 1), abs=0.08) or len(cuts) == 2


def vector(*weights):
    values = np.zeros(128, np.float32)
    values[: len(weights)] = weights
    return values / np.linalg.norm(values)


class Reader:
    """Reads faces that are written into the pictures: the first row's first pixels are the embedding."""

    def detect(self, rgb):
        return [0] if rgb[0, 0, 0] else []

    def embed(self, rgb, _detection):
        return vector(*(rgb[0, 1:5, 0].astype(float)))


def face(*weights):
    picture = np.zeros((4, 8, 3), np.uint8)
    picture[0, 0, 0] = 1
    picture[0, 1 : 1 + len(weights), 0] = weights
    return picture


NOBODY = np.zeros((4, 8, 3), np.uint8)


@pytest.mark.parametrize(
    ("picture", "found", "matched"), [(face(9, 1), 1.0, 1.0), (face(0, 9), 1.0, 0.0), (NOBODY, 0.0, 0.0)]
)
def test_the_star_is_matched_the_stranger_not(picture, found, matched):
    storyboard = toy_storyboard((0, 60, 120), stars=("ada",))
    watcher = LikenessWatcher(storyboard, {"ada": vector(1)}, [vector(0, 0, 1)], Reader())
    looked = []
    for index in range(120):
        seen = SimpleNamespace(index=index, picture=picture)
        watcher.see(seen)
        looked.append(watcher.sightings[1].looked)
    measures = {measure.name: measure for measure in watcher.measures()}
    assert measures["star_matched"].value == matched
    assert measures["star_matched"].control == 0.0
    assert measures["face_found"].value == found
    assert measures["star_matched"].samples == 8
    assert looked[6] == 0  # a shot's first quarter of a second is left to its transition


def test_a_film_without_stars_has_no_likeness():
    watcher = LikenessWatcher(toy_storyboard((0, 60)), {}, [], Reader())
    watcher.see(SimpleNamespace(index=30, picture=face(1)))
    assert watcher.measures() == ()


def test_the_reference_is_the_mean_of_the_footage():
    pictures = [face(9, 1), face(9, 0, 1), NOBODY]
    likeness = SimpleNamespace(footage=FootageOf(pictures), check=lambda: None)
    assert reference(likeness, Reader()) @ vector(1) > 0.99
    assert reference(SimpleNamespace(footage=FootageOf([NOBODY]), check=lambda: None), Reader()) is None


class FootageOf:
    def __init__(self, pictures):
        self.pictures = pictures

    def __len__(self):
        return len(self.pictures)

    def frame(self, index):
        return self.pictures[index]


def test_strangers_are_unit_vectors_and_never_the_star():
    everybody = strangers()
    assert len(everybody) >= 3
    assert all(np.linalg.norm(one) == pytest.approx(1, abs=1e-3) for one in everybody)
    assert len(strangers([everybody[0]])) < len(everybody)
    assert len(strangers(names=["The understudy Ada"])) == len(everybody) - 1


def mouths(openings, voice, storyboard):
    class Mesh:
        def detect(self, rgb):
            points = np.zeros((478, 3), np.float32)
            points[LOWER_LIP, 1] = 40 * openings[int(rgb[0, 0, 0])]
            return [SimpleNamespace(points=points, eye_distance=80.0)]

    watcher = MouthWatcher(storyboard, Voice(rate=30, envelope=tuple(voice)), Mesh())
    for index in range(len(openings)):
        watcher.see(SimpleNamespace(index=index, picture=np.full((1, 1, 3), index, np.uint8)))
    return watcher.measures()


def test_a_mouth_that_follows_the_voice_stands_out_and_one_that_does_not_does_not():
    voice = np.abs(np.sin(np.arange(200) / 7))
    storyboard = toy_storyboard((0, 200), stars=("ada",))
    (follows,) = mouths(voice, voice, storyboard)
    (ignores,) = mouths(np.abs(np.sin(np.arange(200) / 3.1 + 1)), voice, storyboard)
    assert follows.value > 0.99
    assert follows.value > follows.control
    assert ignores.value < 0.3
    assert mouths(voice[:5], voice, storyboard) == ()


def test_loudness_of_recordings_joined_in_one_file_is_measured_to_the_end(tmp_path):
    """Stereo, then mono: half of it silent would read otherwise."""
    tone = 0.1 * np.sin(2 * np.pi * 997 * np.arange(44100 * 3) / 44100)
    soundfile.write(tmp_path / "stereo.mp3", np.stack([tone, tone], axis=1), 44100)
    soundfile.write(tmp_path / "mono.mp3", tone, 44100)
    joined = tmp_path / "joined.mp3"
    joined.write_bytes((tmp_path / "stereo.mp3").read_bytes() + (tmp_path / "mono.mp3").read_bytes())
    alone = [integrated_loudness(tmp_path / name) for name in ("stereo.mp3", "mono.mp3")]
    assert min(alone) < integrated_loudness(joined) < max(alone)
