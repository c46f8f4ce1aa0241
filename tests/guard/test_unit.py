"""A shot that is refused is drawn another way, and the film is not lost."""

from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from guard.toy import GREEN, install
from limelight import unit
from limelight.backends import load
from limelight.errors import SettingsError
from limelight.events import Event, StageProgressed, Warned
from limelight.guard import Policy, Screening, ways
from limelight.review.screening import redirections
from limelight.score import Score
from limelight.star import StarKind
from limelight.storyboard import Storyboard
from limelight.unit import Production, Slate, Unit
from limelight.vault import Vault
from review.toy import line, toy_score, toy_storyboard
from vault.toy import enrol

FRAMES = 96


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault with an understudy and a person, and a film of one shot of each."""
    folder = tmp_path_factory.mktemp("film")
    enrol(Vault(folder / "vault"), "ada", kind=StarKind.SYNTHETIC)
    enrol(Vault(folder / "vault"), "bo")
    toy_score(FRAMES / 30, lines=[line("what the fuck", 0.1)]).write(folder / "score.json")
    for star in ("ada", "bo"):
        toy_storyboard([0, FRAMES], stars=(star,)).write(folder / f"{star}.json")
    return folder


pytestmark = pytest.mark.usefixtures("told")


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Event]]:
    """The toy backends installed; what is told of the shooting."""
    monkeypatch.syspath_prepend(install(tmp_path / "site"))
    events: list[Event] = []
    monkeypatch.setattr(unit, "tell_parent", events.append)
    yield events
    unit._open.clear()
    unit._models.close()


def production(place: Path, camera: str, star: str = "ada", **changes: object) -> Production:
    given = {"policy": Policy.STANDARD, "scorer": "red"} | changes
    return Production(
        place / "score.json", place / f"{star}.json", place / "plates", place / "vault", camera, **given
    )


def shot_by(made: Production, folder: Path) -> tuple[Screening, Path]:
    take = folder / "takes" / "1.mp4"
    take.parent.mkdir(exist_ok=True)
    return unit.shoot(Slate(made, 1, take)), take


def mean_colour(path: Path, index: int) -> tuple[float, ...]:
    with av.open(str(path)) as clip:
        frames = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
    assert len(frames) == FRAMES
    return tuple(frames[index].reshape(-1, 3).mean(axis=0))


WAYS = ["as directed", "another picture", "another place", "scenery alone", "a plain colour"]


@pytest.mark.parametrize(
    ("camera", "until"),
    [("toy", 1), ("toy-seed", 2), ("toy-place", 3), ("toy-star", 4), ("toy-all", 5)],
)
def test_a_refused_shot_is_drawn_plainer_until_nothing_is_refused(
    place: Path, tmp_path: Path, told: list[Event], camera: str, until: int
) -> None:
    screening, take = shot_by(production(place, camera), tmp_path)
    assert [attempt.way for attempt in screening.attempts] == WAYS[:until]
    assert [attempt.blocked for attempt in screening.attempts] == [True] * (until - 1) + [False]
    assert screening.attempts[-1].checked >= 3
    assert screening == Screening.read(take.with_suffix(".json"))
    assert sum(isinstance(event, Warned) for event in told) == until - 1
    assert sum(e.done for e in told if isinstance(e, StageProgressed)) == FRAMES
    red, green, _ = mean_colour(take, FRAMES // 2 + 5)  # before the fade to black
    assert red < 60
    assert bool(green > 100) is (until < 5)
    assert (screening.shot is None) is (until == 1)
    if screening.shot:
        assert (screening.shot.stars == ()) is (until >= 4)
        assert screening.shot.start == 0
        assert screening.shot.frames == FRAMES


def test_a_scenery_of_the_cameras_own_code_is_not_to_blame_for_what_it_looks_like(
    place: Path, tmp_path: Path
) -> None:
    """The control is the same picture by a camera that says nothing of its scenery."""
    screening, take = shot_by(production(place, "toy-stock"), tmp_path)
    (attempt,) = screening.attempts
    assert (attempt.way, attempt.blocked, attempt.highest, attempt.scenery) == (
        "as directed",
        False,
        0.0,
        0.9,
    )
    assert mean_colour(take, FRAMES // 2 + 5)[0] > 150, "it is drawn as directed"
    assert "before a reference scenery scored 0.00" in redirections([screening])[1]
    control, _ = shot_by(production(place, "toy-place"), tmp_path)
    assert control.attempts[0].blocked


def test_a_star_is_judged_whatever_stands_behind(place: Path, tmp_path: Path) -> None:
    screening, _ = shot_by(production(place, "toy-stock-star"), tmp_path)
    assert [attempt.blocked for attempt in screening.attempts] == [True, True, True, False]
    assert screening.attempts[-1].way == "scenery alone"
    assert {attempt.scenery for attempt in screening.attempts} == {None}


def test_no_camera_that_follows_prompts_is_excused(place: Path) -> None:
    """The control: the same camera, were it not for the prompts. The diffusion camera does not even ask."""
    excused = {}
    for camera in ("toy-stock", "toy-follower", "toy-place"):
        opened = Unit(production(place, camera))
        excused[camera] = unit._control(opened, next(ways(opened.sheets[0].shot))) is not None
    assert excused == {"toy-stock": True, "toy-follower": False, "toy-place": False}
    assert not hasattr(load("cameras", "diffusion"), "control")
    assert hasattr(load("cameras", "painted"), "control")


def test_the_other_way_is_always_the_same(place: Path, tmp_path: Path) -> None:
    first, take = shot_by(production(place, "toy-place"), tmp_path)
    content = take.read_bytes()
    again, take = shot_by(production(place, "toy-place"), tmp_path)
    assert (first, content) == (again, take.read_bytes())


def test_a_scorer_that_refuses_everything_gets_plain_colours(place: Path, tmp_path: Path) -> None:
    screening, _ = shot_by(production(place, "toy", scorer="all"), tmp_path)
    assert screening.attempts[-1].way == "a plain colour"


def test_off_looks_at_nothing(place: Path, tmp_path: Path) -> None:
    screening, _ = shot_by(production(place, "toy-all", policy=Policy.OFF, scorer="none"), tmp_path)
    assert [(a.way, a.checked, a.blocked) for a in screening.attempts] == [("as directed", 0, False)]


def test_off_is_refused_for_a_verified_person(place: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="bo: a verified person") as refusal:
        shot_by(production(place, "toy", "bo", policy=Policy.OFF), tmp_path)
    assert "strict" in refusal.value.hint
    assert not (tmp_path / "takes/1.mp4").exists()
    assert shot_by(production(place, "toy", "bo"), tmp_path)[1].exists()  # the control


def test_cameras_draw_masked_words_and_captions_as_set(place: Path) -> None:
    def words(score: Score) -> str:
        return score.lyrics.lines[0].text

    for masked, policy, captions, drawn in (
        (False, Policy.STANDARD, "what the fuck", "what the f***"),
        (True, Policy.STANDARD, "what the f***", "what the f***"),
        (False, Policy.OFF, "what the fuck", "what the fuck"),
    ):
        made = Unit(production(place, "toy", policy=policy, masked=masked))
        assert (words(made.score), words(made.sheets[0].score)) == (captions, drawn)


def test_prompts_reach_the_camera_cleared(place: Path, tmp_path: Path) -> None:
    board = Storyboard.read(place / "ada.json")
    shot = board.shots[0].model_copy(update={"prompt": "<star> at the sea, naked, golden hour"})
    board.model_copy(update={"shots": (shot,)}).write(tmp_path / "ada.json")
    made = production(tmp_path, "toy")
    made = Production(place / "score.json", made.storyboard, made.plates, place / "vault", "toy")
    (sheet,) = Unit(made).sheets
    assert sheet.shot.prompt == "<star> at the sea, golden hour"
    assert "nudity" in sheet.shot.negative_prompt
    minor = shot.model_copy(update={"prompt": "naked schoolgirl"})
    board.model_copy(update={"shots": (minor,)}).write(tmp_path / "ada.json")
    (sheet,) = Unit(made).sheets
    assert "schoolgirl" not in sheet.shot.prompt
    assert "sea" in sheet.shot.prompt


@pytest.mark.slow
def test_the_real_network_refuses_the_decoy(place: Path, tmp_path: Path) -> None:
    made = production(place, "toy-decoy", scorer="opennsfw")
    screening, take = shot_by(made, tmp_path)
    assert [attempt.way for attempt in screening.attempts] == ["as directed", "another picture"]
    assert screening.attempts[0].highest >= 0.5 > screening.attempts[1].highest
    assert mean_colour(take, 0) == pytest.approx(GREEN, abs=6)
