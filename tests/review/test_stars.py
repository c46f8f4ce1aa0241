"""The review of a film with a star in it, with the real face models and a drawn actor."""

from types import SimpleNamespace

import numpy as np
import pytest

from faces.actor import draw
from limelight.review.likeness import LikenessWatcher
from limelight.review.reviewing import Review
from limelight.storyboard import Composition
from review.toy import make_film, toy_score, toy_storyboard, write_tone

pytestmark = pytest.mark.slow

SIZE = (320, 240)
VOICE_RATE = 50.0


class Footage:
    times = tuple(index / 10 for index in range(9))

    def __len__(self):
        return len(self.times)

    def frame(self, index):
        return draw(yaw=2.0 * index - 8, size=SIZE)[0]


def open_likeness():
    return SimpleNamespace(
        star=SimpleNamespace(id="drawn", name="Drawn"), footage=Footage(), check=lambda: None, digest="0" * 64
    )


def voice_at(seconds):
    return float(np.clip(np.sin(2 * np.pi * 1.5 * seconds), 0, 1))


@pytest.fixture(scope="module")
def score():
    envelope = [voice_at(index / VOICE_RATE) for index in range(200)]
    return toy_score(4.0, beats=[0.5 * index for index in range(8)], voice=envelope)


@pytest.fixture(scope="module")
def faces():
    """The drawn actor with the mouth opened in five steps, on two backgrounds' worth of sway."""
    return {
        (step, yaw): draw(yaw=yaw, jaw=0.5 * step, size=SIZE)[0] for step in range(5) for yaw in (-6, 0, 6)
    }


def review(folder, score, picture):
    storyboard = toy_storyboard((0, 60, 120), size=SIZE, stars=("drawn",))
    song = write_tone(folder / "song.wav", 4.0)
    film = make_film(folder, storyboard, score, song, picture)
    stage = Review(faces_a_second=3.0, mouths=60)
    report = stage.run(film, song, score, storyboard, {"drawn": open_likeness()})
    return report, {measure.name: measure for measure in report.measures}


def test_a_star_who_sings_is_recognised_and_in_time(tmp_path, score, faces):
    def picture(number, index, _size):
        return faces[round(4 * voice_at(index / 30)), (-6, 0, 6)[index // 5 % 3] if number == 1 else 0]

    report, measures = review(tmp_path, score, picture)
    assert measures["star_matched"].value == 1.0
    assert measures["star_similarity"].value > measures["star_similarity"].control + 0.2
    assert measures["star_nearest"].value == 1.0
    assert measures["mouth_follows_voice"].value > 0.7
    assert measures["mouth_follows_voice"].value > measures["mouth_follows_voice"].control
    assert [shot.star_share for shot in report.shots] == [1.0, 1.0]


def test_a_film_that_forgot_its_star_fails(tmp_path, score, faces):
    def picture(number, index, size):
        return faces[0, 0] if number == 1 else np.full((size[1], size[0], 3), 40 + index, np.uint8)

    report, measures = review(tmp_path, score, picture)
    assert measures["star_matched"].value == pytest.approx(0.5)
    assert measures["star_matched"].passed is False
    assert [shot.star_share for shot in report.shots] == [1.0, 0.0]
    assert measures["mouth_follows_voice"].value < 0.3


def test_a_silhouette_is_not_asked_for_a_face():
    shown = toy_storyboard((0, 60, 120), size=SIZE, stars=("drawn",))
    dark = [shot.model_copy(update={"composition": Composition.SILHOUETTE}) for shot in shown.shots[:1]]
    half = shown.model_copy(update={"shots": (*dark, *shown.shots[1:])})
    one = np.zeros(4, np.float32)
    watchers = [
        LikenessWatcher(board, {"drawn": one}, [], SimpleNamespace(detect=lambda _: []))
        for board in (shown, half)
    ]
    for watcher in watchers:
        for index in range(120):
            watcher.see(SimpleNamespace(index=index, picture=np.zeros((8, 8, 3), np.uint8)))
    looked = [sum(sighting.looked for sighting in watcher.sightings.values()) for watcher in watchers]
    assert looked[1] == looked[0] / 2
