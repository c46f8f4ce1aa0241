"""Nobody who is not in the cast: found, drawn again, covered, or left out, whichever camera drew."""

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pytest

from guard.toy import Camera as ToyCamera
from limelight import unit
from limelight.events import Event, Warned
from limelight.faces.identity import Recognizer
from limelight.guard import Policy, Screening, Way, ways
from limelight.review.screening import measure_guests, redirections
from limelight.shoot.uninvited import COVERED, DoorWatch, GuestList, UninvitedError, after, covered
from limelight.star import Purpose
from limelight.understudy.casting import understudy
from limelight.understudy.render import Expression, Performer
from limelight.unit import Production, Slate
from limelight.vault import TimedPicture, Vault
from review.toy import toy_score, toy_storyboard
from vault.toy import enrol

RATE = Fraction(30)
SIZE = (320, 240)


@cache
def frame(name: str, yaw: float = 0.0) -> np.ndarray:
    """Mei and bruno are the understudies who are least alike (SFace cosine .24)."""
    return Performer(understudy(name), size=SIZE, samples=1.0).frame(Expression(yaw=yaw)).rgb


def both() -> np.ndarray:
    return np.hstack([frame("mei"), frame("bruno")])


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("film")
    pictures = [
        TimedPicture(i / 10, cv2.imencode(".png", frame("mei", yaw)[..., ::-1])[1].tobytes())
        for i, yaw in enumerate((0, 12, -12))
    ]
    enrol(Vault(folder / "vault"), "mei", pictures=pictures)
    toy_score(20 / 30).write(folder / "score.json")
    toy_storyboard([0, 20], stars=("mei",), size=SIZE).write(folder / "storyboard.json")
    toy_storyboard([0, 20], size=SIZE).write(folder / "scenery.json")
    return folder


@pytest.fixture(scope="module")
def guests(root) -> Iterator[GuestList]:
    with Recognizer() as recognizer:
        yield GuestList.of({"mei": Vault(root / "vault").open("mei", Purpose.FILM)}, recognizer)


def test_the_cast_is_known_and_others_are_not(guests):
    names = [one.star for one in sorted(guests.seen(both()), key=lambda one: one.face.box[0])]
    assert names == ["mei", None]
    assert [one.star for one in guests.seen(frame("mei"), stars=())] == [None]  # she is not in this shot
    assert guests.seen(np.full((240, 320, 3), 90, np.uint8)) == ()


def test_small_patterns_are_nobody(guests):
    tiny = cv2.resize(frame("bruno"), (28, 21), interpolation=cv2.INTER_AREA)
    picture = np.full((480, 640, 3), 120, np.uint8)
    picture[200:221, 300:328] = tiny
    assert guests.seen(picture) == ()


def test_a_drawing_is_stopped_at_a_face_of_nobody(guests):
    watch = DoorWatch(guests, ("mei",), RATE)
    passed = []
    with pytest.raises(UninvitedError, match="frame 15 shows a face of nobody"):
        passed.extend(watch.over([frame("mei")] * 15 + [both()] * 15))
    assert (len(passed), watch.looked, watch.known, watch.uninvited) == (15, 2, 2, 1)


def test_a_covered_face_is_nobodys_and_the_star_stays(guests):
    watch = DoorWatch(guests, ("mei",), RATE, cover=True)
    (shown,) = watch.over([both()])
    assert [one.star for one in guests.seen(shown)] == ["mei"]
    assert np.array_equal(shown[:, :260], both()[:, :260])
    assert covered(both(), []) is not None


def test_what_is_tried_next_depends_on_who_was_there():
    shot = toy_storyboard([0, 30], stars=("mei",)).shots[0]
    left = list(ways(shot))[1:]
    tried = [Way("as directed", shot)]
    seeds = []
    for _ in range(2):
        again = after(tried, shot, left, known=False)[0]
        assert again.name.startswith("another seed")
        assert again.shot.prompt == shot.prompt
        seeds.append(again.shot.seed)
        tried.append(again)
    assert len({shot.seed, *seeds}) == 3
    assert after(tried, shot, left, known=True)[0].name == COVERED
    assert after(tried, shot, left, known=False)[0].name == "scenery alone"
    nobody = shot.model_copy(update={"stars": ()})
    assert after([Way("as directed", nobody), *tried[1:]], nobody, left, known=False)[0].name == COVERED


# the unit


class Inventive(ToyCamera):
    """Draws its star, and somebody else too where ``crowded`` says so."""

    follows_prompts: ClassVar[bool] = True
    name: ClassVar[str] = "inventive"
    drawn: ClassVar[list[int]] = []

    def shoot(self, sheet):
        type(self).drawn.append(sheet.shot.seed)
        for _ in range(sheet.shot.frames):
            yield cv2.resize(self.picture(sheet.shot), SIZE, interpolation=cv2.INTER_AREA)

    def picture(self, shot):
        del shot
        return both()


class OnceCrowded(Inventive):
    def picture(self, shot):
        return both() if shot.seed == 1 else frame("mei")


class Impostor(Inventive):
    """Draws somebody else in the star's place."""

    def picture(self, shot):
        return frame("bruno") if shot.stars else np.full((240, 320, 3), (20, 90, 140), np.uint8)


@pytest.fixture
def told(monkeypatch) -> Iterator[list[Event]]:
    events: list[Event] = []
    monkeypatch.setattr(unit, "tell_parent", events.append)
    yield events
    unit._open.clear()
    unit._models.close()


def shot_with(monkeypatch, root, tmp_path, camera: type, board: str = "storyboard") -> Screening:
    real = unit.load
    monkeypatch.setattr(unit, "load", lambda kind, name: camera if kind == "cameras" else real(kind, name))
    camera.drawn = []
    production = Production(
        root / "score.json",
        root / f"{board}.json",
        tmp_path,
        root / "vault",
        "inventive",
        policy=Policy.STANDARD,
    )
    take = tmp_path / "take.mp4"
    screening = unit.shoot(Slate(production, 1, take))
    assert take.exists()
    return screening


def test_a_shot_with_somebody_else_is_drawn_again_from_another_seed(monkeypatch, root, tmp_path, told):
    screening = shot_with(monkeypatch, root, tmp_path, OnceCrowded)
    assert [one.way for one in screening.attempts] == ["as directed", "another seed (1)"]
    assert [one.uninvited for one in screening.attempts] == [1, 0]
    assert len(set(OnceCrowded.drawn)) == 2
    assert any("face of nobody" in event.message for event in told if isinstance(event, Warned))
    assert "showed a face of nobody in the cast" in redirections([screening])[1]
    (measure,) = measure_guests([screening])
    assert (measure.value, measure.samples, measure.note[:30]) == (1, 1, "1 drawn again without it, 0 wi")


@pytest.mark.usefixtures("told")
def test_where_other_seeds_do_not_help_the_face_is_covered_and_the_star_stays(monkeypatch, root, tmp_path):
    screening = shot_with(monkeypatch, root, tmp_path, Inventive)
    assert [one.way for one in screening.attempts] == [
        "as directed", "another seed (1)", "another seed (2)", COVERED,
    ]  # fmt: skip
    assert screening.shot is not None
    assert screening.shot.stars == ("mei",)
    assert "1 with it covered" in measure_guests([screening])[0].note


@pytest.mark.usefixtures("told")
def test_an_impostor_in_the_stars_place_leaves_scenery(monkeypatch, root, tmp_path):
    screening = shot_with(monkeypatch, root, tmp_path, Impostor)
    assert screening.attempts[-1].way == "scenery alone"
    assert screening.shot is not None
    assert screening.shot.stars == ()


@pytest.mark.usefixtures("told")
def test_in_scenery_nobody_appears_either(monkeypatch, root, tmp_path):
    screening = shot_with(monkeypatch, root, tmp_path, Inventive, "scenery")
    assert screening.attempts[-1].way == COVERED
    assert screening.attempts[-1].uninvited > 0


@pytest.mark.usefixtures("told")
def test_a_camera_that_invents_nobody_is_not_looked_at(monkeypatch, root, tmp_path):
    monkeypatch.setattr(Inventive, "follows_prompts", False)
    screening = shot_with(monkeypatch, root, tmp_path, Inventive)
    assert [(one.way, one.looked) for one in screening.attempts] == [("as directed", 0)]
    assert measure_guests([screening]) == ()
