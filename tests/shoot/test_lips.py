"""Singing mouths: the lips of a drawn face follow a voice, beside a voice that is shifted."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from faces.actor import draw
from limelight.faces.landmarks import FaceLandmarker
from limelight.shoot.camera import CallSheet
from limelight.shoot.lips import Mouth, WarpedLips, follow, part_lips
from limelight.shoot.mouthing import ROUNDEST, Mouthing, eased, mouthing_of, sung_envelope
from limelight.shoot.painted.performance import KEPT_AS
from limelight.storyboard import Format
from review.toy import line, toy_score, toy_storyboard
from shoot.painted.drawn_star import Likeness, performance

FPS = 15
FRAMES = 75


def voice_of(seconds: float, seed: int = 3) -> np.ndarray:
    """Notes of uneven lengths with rests between them, at 50 samples a second."""
    rng = np.random.default_rng(seed)
    voice: list[float] = []
    while len(voice) < seconds * 50:
        voice += [float(rng.uniform(0.4, 1.0))] * int(rng.integers(10, 26)) + [0.0] * int(rng.integers(5, 22))
    return np.array(voice[: int(seconds * 50)])


def sheet(
    tmp_path: Path, *, voice: Sequence[float], lines: Sequence[object] = (), stars: Sequence[str] = ("ada",)
) -> CallSheet:
    score = toy_score(FRAMES / FPS, voice=voice, lines=lines)  # type: ignore[arg-type]
    shot = toy_storyboard([0, FRAMES], fps=str(FPS), stars=tuple(stars)).shots[0]
    return CallSheet(shot, Format(width=320, height=240, fps=str(FPS)), score, {}, tmp_path)


def gaps(pictures: Sequence[np.ndarray]) -> np.ndarray:
    with FaceLandmarker() as landmarker:
        faces = [landmarker.detect(picture) for picture in pictures]
    return np.array([Mouth.of(found[0].points[:, :2]).gap if found else np.nan for found in faces])


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    both = ~(np.isnan(a) | np.isnan(b))
    return float(np.corrcoef(a[both], b[both])[0, 1])


@pytest.fixture(scope="module")
def still() -> np.ndarray:
    return draw(size=(480, 360), distance=34)[0]


def test_lips_follow_the_voice_and_not_another_moment_of_it(tmp_path: Path, still: np.ndarray) -> None:
    voice = voice_of(FRAMES / FPS)
    with WarpedLips() as lips:
        film = list(lips.sing(itertools.repeat(still, FRAMES), sheet(tmp_path, voice=voice)))
    assert len(film) == FRAMES
    seen = gaps(film)
    heard = np.interp((np.arange(FRAMES) + 0.5) / FPS, np.arange(len(voice)) / 50, voice)
    shifted = [correlation(seen, np.roll(heard, shift)) for shift in range(8, FRAMES - 8)]
    assert correlation(seen, heard) > 0.75
    assert correlation(seen, heard) > max(shifted) + 0.2
    assert np.isnan(seen).mean() < 0.05  # it is still a face


def test_opening_rises_with_what_is_asked_and_the_rest_of_the_picture_stays(still: np.ndarray) -> None:
    with FaceLandmarker() as landmarker:
        points = landmarker.detect(still)[0].points[:, :2].astype(np.float32)
    pictures = [part_lips(still, points, opening) for opening in (0.0, 0.33, 0.66, 1.0)]
    assert (np.diff(gaps(pictures)) > 0.02).all()
    mouth = Mouth.of(points)
    away = np.ones(still.shape[:2], bool)
    x, y = mouth.origin.astype(int)
    reach = int(2.2 * mouth.unit)
    away[max(0, y - round(0.6 * mouth.unit)) : y + reach, max(0, x - reach) : x + reach] = False
    assert (pictures[-1][away] == still[away]).all()
    eyes = points[[33, 133, 362, 263]].astype(int)
    assert all(
        (pictures[-1][b - 2 : b + 2, a - 2 : a + 2] == still[b - 2 : b + 2, a - 2 : a + 2]).all()
        for a, b in eyes
    )


def test_an_open_mouth_closes_and_no_further_than_looks_true() -> None:
    wide = draw(jaw=1.2, size=(480, 360), distance=34)[0]
    with FaceLandmarker() as landmarker:
        points = landmarker.detect(wide)[0].points[:, :2].astype(np.float32)
    before, shut, same = gaps([wide, part_lips(wide, points, 0.0), part_lips(wide, points, 1.0)])
    assert shut < 0.75 * before
    assert abs(same - max(before, 0.26)) < 0.06


def test_without_a_voice_a_star_or_a_face_pictures_pass_as_they_are(
    tmp_path: Path, still: np.ndarray
) -> None:
    wall = np.full((120, 160, 3), 90, np.uint8)
    loud = [0.8] * 250
    with WarpedLips() as lips:
        for picture, one in (
            (still, sheet(tmp_path, voice=[])),
            (still, sheet(tmp_path, voice=[0.0] * 250)),
            (still, sheet(tmp_path, voice=loud, stars=())),
            (wall, sheet(tmp_path, voice=loud)),
        ):
            assert all((out == picture).all() for out in lips.sing([picture] * 3, one))


def test_a_small_or_turned_away_face_is_left_alone() -> None:
    mouthing = Mouthing(np.ones(2, np.float32), np.ones(2, np.float32))
    for picture in (draw(distance=150)[0], draw(yaw=60)[0]):
        assert all((out == picture).all() for out in follow([picture, picture], [mouthing]))


def test_in_a_duet_each_mouth_sings_its_own_lines(tmp_path: Path) -> None:
    sung = [line("one two three", 0.0, 0.6), line("four five six", 2.5, 0.6)]
    lines = [
        one.model_copy(update={"singer": singer}) for one, singer in zip(sung, ("ada", "Bo"), strict=True)
    ]
    one = sheet(tmp_path, voice=[0.8] * 250, lines=lines, stars=("ada", "bo"))
    ada, bo = (sung_envelope(one, star) for star in ("ada", "bo"))
    first, second = slice(2, 24), slice(40, 62)
    assert ada[first].max() > 0.5 > bo[first].max() == 0
    assert bo[second].max() > 0.5 > ada[second].max() == 0


def test_lips_come_together_between_words_and_open_less_where_no_word_is(tmp_path: Path) -> None:
    one = sheet(tmp_path, voice=[0.8] * 250, lines=[line("la la la la", 1.0, 0.5)])
    open_ = sung_envelope(one, "ada")
    assert open_[int(1.25 * FPS)] > 0.9
    assert open_[int(4.0 * FPS)] < 0.5
    assert open_[int(1.5 * FPS)] < 0.9


def test_a_mouth_opens_faster_than_it_shuts() -> None:
    step = np.r_[np.zeros(10), np.ones(20), np.zeros(20)].astype(np.float32)
    way = eased(step, 30)
    rise = np.argmax(way > 0.9) - 10
    fall = np.argmax(way[30:] < 0.1)
    assert 0 <= rise < fall <= 7


def test_the_stars_own_singing_lends_its_lips(tmp_path: Path) -> None:
    own = Likeness("ada", [np.zeros((8, 8, 3), np.uint8)])
    drawings = performance()
    points = drawings.points.copy()
    points[::2, 61, 0] += 0.2 * drawings.unit  # half of the drawings are sung with round lips
    points[::2, 291, 0] -= 0.2 * drawings.unit
    rounded = type(drawings)(**{**vars(drawings), "points": points})
    own.keep(KEPT_AS, rounded.to_bytes())
    voice = voice_of(FRAMES / FPS)
    plain = sheet(tmp_path, voice=voice)
    alone = mouthing_of(plain, "ada")
    with_own = mouthing_of(CallSheet(plain.shot, plain.format, plain.score, {"ada": own}, tmp_path), "ada")
    assert (alone.width == 1).all()
    assert with_own.width.min() >= ROUNDEST
    assert with_own.width.std() > 0.005
    assert correlation(with_own.opening, alone.opening) > 0.8
    assert (with_own.opening != alone.opening).any()
