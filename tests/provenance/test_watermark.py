"""The mark is invisible, is read back from copies, and is not read where there is none."""

import cv2
import numpy as np
import pytest

from limelight.errors import InputError
from limelight.provenance.copies import search
from limelight.provenance.film_id import FilmId
from limelight.provenance.marking import STRONGEST, Watermark
from limelight.provenance.pattern import picture_pattern, waves
from limelight.provenance.reading import GATE, Gathering
from provenance.scenes import OURS, SIZE, copy, film, pictures, scenes


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    return film(tmp_path_factory.mktemp("marked") / "film.mp4")


@pytest.fixture(scope="module")
def unmarked(tmp_path_factory):
    return film(tmp_path_factory.mktemp("unmarked") / "film.mp4", mark=None)


def read(path, **how):
    found = search(path, **how).found
    return found and found.film


def test_the_waves_fit_a_copy_of_half_the_size():
    numbers, patterns, phases = waves()
    assert np.hypot(*numbers.T).max() / 64 < 0.5 * 0.7  # of a pixel's sampling rate at 640 x 360
    assert len({tuple(n) for n in numbers} | {tuple(-n) for n in numbers}) == 2 * len(numbers)
    counts = np.bincount(patterns)
    assert len(counts) == 9
    assert counts.max() - counts.min() <= 1
    assert np.allclose(np.abs(phases), 1, atol=1e-5)


def test_the_pattern_is_even_and_each_film_has_another():
    first, second = (picture_pattern(FilmId(text), 360, 640) for text in ("000000000001", "000000000002"))
    assert abs(first.mean()) < 0.01
    assert first.std() == pytest.approx(1, abs=0.01)
    assert abs((first * second).mean()) < 0.9
    assert np.array_equal(first, picture_pattern(FilmId("000000000001"), 360, 640))


def test_it_is_faint_and_faintest_where_nothing_hides_it():
    watermark = Watermark(OURS, 360, 640)
    for value in (16, 40, 128, 235):
        flat = np.full((360, 640), value, np.uint8)
        change = watermark(flat).astype(int) - flat
        assert np.abs(change).max() <= 3
        assert change.std() < 0.85
    busy = np.random.default_rng(1).integers(0, 255, (360, 640), dtype=np.uint8)
    assert np.abs(watermark(busy).astype(int) - busy).std() < STRONGEST
    errors = [
        ((watermark(luma).astype(float) - luma) ** 2).mean()
        for luma in (cv2.cvtColor(p, cv2.COLOR_RGB2GRAY) for p in scenes(6))
    ]
    assert 10 * np.log10(255**2 / np.mean(errors)) > 40  # texture all over, where most is hidden


def test_black_and_white_stay_in_range_and_the_frame_is_not_written_to():
    watermark = Watermark(OURS, 90, 160)
    for value in (0, 255):
        flat = np.full((90, 160), value, np.uint8)
        flat.setflags(write=False)
        assert np.abs(watermark(flat).astype(int) - value).max() <= 3


def test_it_is_read_from_the_film_and_from_every_copy(marked, tmp_path):
    assert read(marked) == OURS
    assert read(copy(marked, tmp_path / "crf28.mp4", crf=28)) == OURS
    assert read(copy(marked, tmp_path / "cropped.mp4", crf=23, crop=0.9)) == OURS
    mirrored = search(copy(marked, tmp_path / "mirrored.mp4", crf=20, crop=0.95, mirror=True)).found
    assert (mirrored.film, mirrored.mirrored) == (OURS, True)
    assert mirrored.scale == pytest.approx(1 / 0.95, rel=0.01)


def test_it_is_read_from_a_crop_of_half_the_size(tmp_path):
    large = film(tmp_path / "large.mp4", 8, (1280, 720), shots=1)
    assert read(copy(large, tmp_path / "both.mp4", crop=0.9, size=(640, 360))) == OURS


@pytest.mark.parametrize("size", [(360, 640), (360, 360)])
def test_it_is_read_in_other_shapes(tmp_path, size):
    upright = film(tmp_path / "film.mp4", 12, size, shots=2)
    assert read(copy(upright, tmp_path / "crop.mp4", crf=26, crop=0.9)) == OURS


def test_one_picture_of_the_film_is_enough(marked, tmp_path):
    still = tmp_path / "still.png"
    cv2.imwrite(str(still), cv2.cvtColor(next(iter(pictures(marked))), cv2.COLOR_RGB2BGR))
    assert read(still) == OURS


def test_control_an_unmarked_film_says_nothing(unmarked):
    looked = search(unmarked, thorough=False)
    assert looked.found is None
    assert looked.frames == 30
    assert (looked.width, looked.height) == SIZE


@pytest.mark.slow
def test_control_an_unmarked_film_says_nothing_at_any_scale(unmarked):
    assert search(unmarked).found is None


def test_control_noise_stays_below_the_gate():
    """Of 60 pictures of noise none says an id, and few reach the first door."""
    random, reached = np.random.default_rng(3), 0
    for _ in range(60):
        noise = Gathering()
        noise.add(random.integers(0, 255, (90, 160), dtype=np.uint8))
        assert noise.read() is None
        reached += noise.best_score() >= GATE
    assert reached == 0


def test_two_films_in_one_say_one_of_them_or_nothing(marked, tmp_path):
    """A cut of two films: the longer one is read, never a third."""
    other = film(tmp_path / "other.mp4", 9, mark=FilmId("123456789abc"))
    gathering = Gathering()
    for path in (marked, other):
        for picture in pictures(path):
            gathering.add(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
    found = gathering.read()
    assert found is None or found.film in {OURS, FilmId("123456789abc")}


def test_what_holds_no_picture_is_refused(tmp_path):
    text = tmp_path / "notes.mp4"
    text.write_text("not a film")
    with pytest.raises(InputError, match="no picture"):
        search(text)
