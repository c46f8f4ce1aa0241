"""The review finds faults that were planted in films, and passes the film without them."""

import cv2
import numpy as np
import pytest

from limelight.errors import MediaError
from limelight.events import StageProgressed
from limelight.report import Report
from limelight.review.page import render, thumbnails, write_page
from limelight.review.reviewing import Review
from limelight.storyboard import Transition
from review.toy import line, make_film, panning, toy_score, toy_storyboard, write_tone

SECONDS = 8.0
BEATS = [index * 0.5 for index in range(16)]
ON_BEATS = (0, 45, 75, 120, 165, 195, 240)
OFF_BEATS = (0, 52, 81, 114, 156, 188, 240)


@pytest.fixture(scope="module")
def score():
    return toy_score(SECONDS, beats=BEATS, lines=[line("we were painted in light", 1.0)])


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory, score):
    """Review a film with these cuts and pictures."""

    def review(cuts=ON_BEATS, picture=panning, transitions=(), gain=0.2):
        folder = tmp_path_factory.mktemp("film")
        song = write_tone(folder / "song.wav", SECONDS)
        storyboard = toy_storyboard(cuts, transitions=transitions)
        sound = song if gain == 0.2 else write_tone(folder / "other.wav", SECONDS, gain)
        film = make_film(folder, storyboard, score, sound, picture)
        report = Review().run(film, song, score, storyboard, {})
        return report, {measure.name: measure for measure in report.measures}, film, storyboard

    return review


@pytest.fixture(scope="module")
def clean(reviewed):
    return reviewed()


def test_the_clean_film_meets_every_target(clean):
    report, measures, _, _ = clean
    assert [m.name for m in report.measures if m.passed is False] == []
    assert measures["duration_error"].value == 0
    assert measures["planned_cuts_seen"].value == 1.0
    assert measures["seen_cuts_on_beat"].value == 1.0
    assert measures["frozen_frames"].value == 0
    assert measures["black_frames"].value == 0
    assert Report.parse(report.to_json()) == report


def test_controls_stand_beside_the_figures(clean):
    _, measures, _, _ = clean
    assert measures["cuts_on_beat"].control < 0.35
    assert measures["frozen_frames"].control > 0.5
    assert measures["flicker"].control > measures["flicker"].value + 3
    assert measures["loudness_change"].control == pytest.approx(1.0, abs=0.01)
    assert measures["flashes_a_second"].control == 15


def test_cuts_beside_the_beats_are_found_in_the_pictures(reviewed):
    _, measures, _, _ = reviewed(OFF_BEATS)
    for name in ("cuts_on_beat", "seen_cuts_on_beat"):
        assert measures[name].value < 0.5
        assert measures[name].passed is False
    assert measures["planned_cuts_seen"].value == 1.0


def test_cuts_are_seen_through_whips_and_flashes(reviewed):
    transitions = [
        Transition.CUT,
        Transition.WHIP,
        Transition.FLASH,
        Transition.WHIP,
        Transition.CUT,
        Transition.WHIP,
    ]
    _, measures, _, _ = reviewed(transitions=transitions)
    assert measures["planned_cuts_seen"].value >= 0.8
    assert measures["seen_cuts_on_beat"].value >= 0.8


def test_a_black_run_is_found_in_its_shot(reviewed):
    def picture(number, index, size):
        return panning(number, index, size) * (0 if 80 <= index < 110 else 1)

    report, measures, _, _ = reviewed(picture=picture)
    assert measures["black_frames"].passed is False
    assert measures["black_frames"].value == pytest.approx(30 / 180, abs=0.01)
    assert [shot.number for shot in report.shots if shot.black_frames >= 29] == [3]


def test_a_frozen_run_is_found_in_its_shot(reviewed):
    def picture(number, index, size):
        return panning(number, 130 if 130 <= index < 160 else index, size)

    report, measures, _, _ = reviewed(picture=picture)
    assert measures["frozen_frames"].passed is False
    assert 18 <= measures["frozen_frames"].value * 240 <= 32  # a coarse key frame may restart the run
    assert [shot.number for shot in report.shots if shot.frozen_frames] == [4]


def test_pictures_held_for_three_frames_are_not_frozen(reviewed):
    _, measures, _, _ = reviewed(picture=lambda number, index, size: panning(number, index - index % 3, size))
    assert measures["frozen_frames"].value == 0


def test_quiet_sound_is_found(reviewed):
    _, measures, _, _ = reviewed(gain=0.1)
    assert measures["loudness_change"].value == pytest.approx(6.02, abs=0.1)
    assert measures["loudness_change"].passed is False


def test_flashing_is_found(reviewed):
    def picture(number, index, size):
        return np.full_like(panning(number, index, size), 230 if (index // 3) % 2 else 30)

    _, measures, _, _ = reviewed(picture=picture)
    assert measures["flashes_a_second"].value == pytest.approx(5, abs=1)
    assert measures["flashes_a_second"].passed is False


def test_flicker_is_measured(reviewed, clean):
    def picture(number, index, size):
        return cv2.add(panning(number, index, size), (index % 2 * 12.0,) * 4)

    _, measures, _, _ = reviewed(picture=picture)
    assert measures["flicker"].value > clean[1]["flicker"].value + 5


def test_a_song_without_beats_has_no_target_for_cuts(tmp_path):
    score = toy_score(2.0)
    storyboard = toy_storyboard((0, 30, 60))
    song = write_tone(tmp_path / "song.wav", 2.0)
    film = make_film(tmp_path, storyboard, score, song)
    measures = {m.name: m for m in Review().run(film, song, score, storyboard, {}).measures}
    assert measures["cuts_on_beat"].passed is None
    assert "no beat" in measures["cuts_on_beat"].note


def test_progress_is_told(clean, score):
    _, _, film, storyboard = clean
    told = []
    Review().run(film, None, score, storyboard, {}, tell=told.append)
    assert [e.done for e in told if isinstance(e, StageProgressed)][-1] == 240


def test_what_is_no_film_is_an_error(tmp_path, score):
    text = tmp_path / "film.mp4"
    text.write_text("no film")
    for film in (text, tmp_path / "missing.mp4"):
        with pytest.raises(MediaError, match="cannot be read as a film"):
            Review().run(film, None, score, toy_storyboard(ON_BEATS), {})


def test_the_page_is_whole_and_holds_everything(clean, score, tmp_path):
    report, _, film, storyboard = clean
    page = write_page(report, score, storyboard, film, tmp_path / "report.html").read_text()
    assert page.count("data:image/jpeg;base64,") == len(storyboard.shots) + 1
    for measure in report.measures:
        assert measure.title.split("'")[0] in page
    assert "the open sea" in page
    assert "waves" in page
    assert "prefers-color-scheme: dark" in page
    assert 'loading="lazy"' not in page  # pictures that were never scrolled to would be missing in print
    assert page.count('aria-label="Shot ') == len(storyboard.shots)
    assert "http" not in page  # self-contained: nothing is fetched


def test_the_page_escapes_what_people_wrote(clean, score):
    report, _, _, storyboard = clean
    shots = (
        storyboard.shots[0].model_copy(update={"lyric": "<script>alert(1)</script>"}),
        *storyboard.shots[1:],
    )
    evil = storyboard.model_copy(update={"title": "<b>Toy</b>", "shots": shots})
    page = render(report, score, evil, {})
    assert "<script" not in page
    assert "<b>Toy" not in page


def test_thumbnails_are_the_shots_own_pictures(clean):
    _, _, film, storyboard = clean
    pictures = thumbnails(film, storyboard)
    assert set(pictures) == {shot.number for shot in storyboard.shots}
    for shot in storyboard.shots[:-1]:
        wanted = panning(shot.number, shot.start + shot.frames // 2, (96, 64))
        assert np.abs(pictures[shot.number].mean((0, 1)) - wanted.mean((0, 1))).max() < 4
