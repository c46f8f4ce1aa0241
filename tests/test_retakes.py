"""Retakes: a reader of colours, with known answers, judges real clips of plain colours."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import pytest

from limelight.cut.cutting import finish_take
from limelight.report import Report, ShotReview
from limelight.retakes import (
    RECORD,
    Critic,
    is_reported,
    other_seed,
    reported,
    retaken,
    with_other_seeds,
    withdraw,
)
from limelight.review.adherence import Adherence, told
from limelight.settings import Settings
from limelight.storyboard import Storyboard
from review.toy import toy_score, toy_storyboard

if TYPE_CHECKING:
    from limelight.events import Event

COLOURS = {"red": (200, 30, 30), "green": (30, 180, 30), "blue": (30, 30, 200), "grey": (110, 110, 110)}
FRAMES = 6


class ColourReader:
    """Sees the mean colour of a picture, and reads the first colour in a text."""

    def __init__(self) -> None:
        self.looked = 0
        self.opened = 0

    label = "colours 1"

    def __enter__(self) -> Self:
        self.opened += 1
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def pictures(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        self.looked += len(pictures)
        return self._unit([picture.mean(axis=(0, 1)) for picture in pictures])

    def texts(self, texts: Sequence[str]) -> np.ndarray:
        return self._unit([COLOURS[next(word for word in text.split() if word in COLOURS)] for text in texts])

    def _unit(self, rows: Sequence[object]) -> np.ndarray:
        values = np.array(rows, np.float32) - 60
        return values / np.linalg.norm(values, axis=1, keepdims=True)


def board(*prompts: str) -> Storyboard:
    plain = toy_storyboard(range(0, FRAMES * len(prompts) + 1, FRAMES))
    shots = (
        shot.model_copy(update={"prompt": prompt}) for shot, prompt in zip(plain.shots, prompts, strict=True)
    )
    return plain.model_copy(update={"shots": tuple(shots)})


class Camera:
    """Draws each shot in the colour that its seed has on a list."""

    def __init__(self, folder: Path, colours: Mapping[int, str]) -> None:
        self._folder = folder
        self._colours = colours
        self.shot: list[int] = []

    def __call__(self, storyboard: Storyboard, numbers: Sequence[int]) -> dict[int, Path]:
        return {number: self._take(storyboard, number) for number in numbers}

    def _take(self, storyboard: Storyboard, number: int) -> Path:
        shot = storyboard.shots[number - 1]
        take = self._folder / f"{number}-{shot.seed}.mp4"
        if not take.exists():
            self.shot.append(number)
            picture = np.full((64, 96, 3), COLOURS[self._colours[shot.seed]], np.uint8)
            score = toy_score(storyboard.frames / 30)
            finish_take(itertools.repeat(picture, shot.frames), storyboard, number, score, take)
        return take


def critic(folder: Path, budget: float) -> Critic:
    return Critic(ColourReader(), budget, folder / "seen")


@pytest.fixture
def film(tmp_path: Path) -> tuple[Storyboard, Camera]:
    """Shots 2 and 3 do not show what they should; from another seed, 2 does and 3 does even less."""
    story = board("a red wall", "a green wall", "a blue wall", "<star> before a red wall")
    second, third = story.shots[1], story.shots[2]
    colours = {1: "red", 2: "red", 3: "grey", 4: "red", other_seed(second): "green", other_seed(third): "red"}
    return story, Camera(tmp_path, colours)


def test_the_weakest_are_shot_again_and_the_better_take_stays(
    film: tuple[Storyboard, Camera], tmp_path: Path
) -> None:
    story, camera = film
    takes = camera(story, [1, 2, 3, 4])
    done = critic(tmp_path, 0.5).judged(story, takes, camera)
    assert camera.shot == [1, 2, 3, 4, 2, 3]
    assert [shot.seed for shot in done.storyboard.shots] == [1, other_seed(story.shots[1]), 3, 4]
    assert done.takes[2] == camera(done.storyboard, [2])[2]
    assert {n: take for n, take in done.takes.items() if n != 2} == {n: t for n, t in takes.items() if n != 2}
    assert "second was kept" in done.notes[2]
    assert "first was kept" in done.notes[3]
    before = critic(tmp_path, 0.0).judged(story, takes, camera)
    (measure,), (worse,) = done.adherence.measures(), before.adherence.measures()
    assert measure.control is not None
    assert measure.value > worse.value
    assert measure.value > measure.control + 0.5


def test_a_second_run_finds_everything_and_loads_nothing(
    film: tuple[Storyboard, Camera], tmp_path: Path
) -> None:
    story, camera = film
    takes = camera(story, [1, 2, 3, 4])
    first = critic(tmp_path, 0.5).judged(story, takes, camera)
    count = len(camera.shot)
    again = critic(tmp_path, 0.5)
    assert again.judged(story, takes, camera) == first
    assert len(camera.shot) == count
    assert again.reader.opened == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(("budget", "count"), [(0.0, 0), (0.1, 1), (0.5, 2), (1.0, 4)])
def test_no_more_than_the_budget_is_shot_again(
    film: tuple[Storyboard, Camera], tmp_path: Path, budget: float, count: int
) -> None:
    story, camera = film
    camera._colours = {**camera._colours, **{other_seed(shot): "grey" for shot in story.shots}}
    takes = camera(story, [1, 2, 3, 4])
    critic(tmp_path, budget).judged(story, takes, camera)
    assert len(camera.shot) == 4 + count


def test_locked_shots_and_those_without_a_prompt_stay(
    film: tuple[Storyboard, Camera], tmp_path: Path
) -> None:
    story, camera = film
    locked = story.shots[1].model_copy(update={"locked": True})
    bare = story.shots[2].model_copy(update={"prompt": ""})
    story = story.model_copy(update={"shots": (story.shots[0], locked, bare, story.shots[3])})
    camera._colours = {**camera._colours, **{other_seed(shot): "grey" for shot in story.shots}}
    done = critic(tmp_path, 1.0).judged(story, camera(story, [1, 2, 3, 4]), camera)
    assert sorted(camera.shot[4:]) == [1, 4]
    assert 3 not in done.adherence.scores


def test_a_film_of_one_prompt_has_nothing_to_compare(tmp_path: Path) -> None:
    story = board("a red wall", "a red wall")
    camera = Camera(tmp_path, {1: "red", 2: "green"})
    done = critic(tmp_path, 1.0).judged(story, camera(story, [1, 2]), camera)
    assert done.adherence.measures() == ()
    assert done.storyboard == story


def test_the_star_is_a_person_to_the_reader() -> None:
    assert told(board("portrait of <star> singing").shots[0]) == "portrait of a person singing"


def test_other_seeds_are_always_the_same_and_change_nothing_else() -> None:
    story = board("a red wall", "a green wall")
    other = with_other_seeds(story, [2])
    assert other == with_other_seeds(story, [2])
    assert other.shots[0] == story.shots[0]
    assert other.shots[1].model_copy(update={"seed": 2}) == story.shots[1]


def test_the_lead_tells_the_right_prompt_from_any() -> None:
    axes = np.eye(3, dtype=np.float32)
    right = Adherence.of({1: axes[0], 2: axes[1], 3: axes[2]}, {1: axes[0], 2: axes[1], 3: axes[2]})
    wrong = Adherence.of({1: axes[1], 2: axes[2], 3: axes[0]}, {1: axes[0], 2: axes[1], 3: axes[2]})
    assert all(score.lead == 1 for score in right.scores.values())
    assert all(score.lead < 0 for score in wrong.scores.values())


def test_what_came_of_it_stands_in_the_report_and_goes_with_the_star(
    film: tuple[Storyboard, Camera], tmp_path: Path
) -> None:
    story, camera = film
    (tmp_path / "takes").mkdir()
    camera._folder = tmp_path / "takes"
    done = critic(tmp_path, 0.5).judged(story, camera(story, [1, 2, 3, 4]), camera)
    assert done.write(tmp_path / RECORD)
    assert not done.write(tmp_path / RECORD)
    plain = Report(
        film="film.mp4",
        film_sha256="0" * 64,
        song_sha256="0" * 64,
        measures=(),
        shots=tuple(ShotReview(number=n) for n in (1, 2, 3, 4)),
    )
    report = reported(plain, tmp_path)
    assert report.measures == done.adherence.measures()
    assert [bool(shot.notes) for shot in report.shots] == [False, True, True, False]
    assert report.models == ("colours 1",)
    assert is_reported(report, tmp_path)
    assert not is_reported(plain, tmp_path)
    assert len(list((tmp_path / "takes").glob("*.mp4"))) == 6
    withdraw(tmp_path, {1, 2})
    assert {path.name.split("-")[0] for path in (tmp_path / "takes").glob("*.mp4")} == {"3", "4"}
    assert reported(plain, tmp_path) == plain


def test_without_a_model_takes_pass_as_they_are(film: tuple[Storyboard, Camera], tmp_path: Path) -> None:
    story, camera = film
    takes = camera(story, [1, 2, 3, 4])
    told: list[Event] = []
    for settings in (
        Settings(),
        Settings(clip=str(tmp_path), camera="painted"),
        Settings(clip="no/", camera="diffusion"),
    ):
        assert retaken(settings, tmp_path, story, takes, camera, tell=told.append) == takes
    assert camera.shot == [1, 2, 3, 4]
    assert len(told) == 1
