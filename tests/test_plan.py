"""What a run would do, told beforehand."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from cli.backlot import STAR, admit_star
from limelight import footprint, pace
from limelight.events import Event, StageFinished
from limelight.guard import Policy, Screening
from limelight.order import Order
from limelight.plan import SECONDS_A_FACE, SECONDS_A_PERFORMANCE, SECONDS_TO_BEGIN, Step, learning, plan
from limelight.project import Project
from limelight.score import Score
from limelight.settings import Settings
from limelight.shooting import take_keys
from limelight.star import StarKind
from limelight.storyboard import Storyboard
from limelight.vault import Vault
from review.toy import line, toy_score, toy_storyboard
from songs import synth
from vault.toy import enrol, footage


@pytest.fixture(autouse=True)
def fresh_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One where nothing was ever made."""
    monkeypatch.setenv("LIMELIGHT_CACHE_DIR", str(tmp_path / "user-cache"))


def duet(folder: Path) -> Order:
    """A song, and documents written by hand: Anna sings, then Bob; the stars have other names."""
    recording = synth.drums(duration=4.0).write(folder / "song.wav")
    sha = hashlib.sha256(recording.read_bytes()).hexdigest()
    admit_star(folder / "vault")
    enrol(Vault(folder / "vault"), "ben", kind=StarKind.SYNTHETIC, pictures=footage())
    project = Project(folder / "song.limelight")
    lines = [
        one.model_copy(update={"singer": singer})
        for one, singer in ((line("la la", 0.5), "Anna"), (line("lo lo", 2.5), "Bob"))
    ]
    score = toy_score(4.0, beats=(1.0, 2.0, 3.0), lines=lines)
    score.model_copy(update={"song": score.song.model_copy(update={"sha256": sha})}).write(project.score)
    board = toy_storyboard([0, 60, 120], stars=(STAR, "ben"))
    board.model_copy(update={"song_sha256": sha}).write(project.storyboard)
    settings = Settings(song=str(recording), stars=(STAR, "ben"), resolution=64)
    return Order(recording, project, settings, Vault(folder / "vault"))


def test_a_plan_gives_no_seconds_where_no_pace_was_measured(tmp_path: Path) -> None:
    order = duet(tmp_path)
    by_model = replace(order, settings=order.settings.model_copy(update={"director": "llm"}))
    drawn = replace(order, settings=order.settings.model_copy(update={"camera": "diffusion"}))
    for changed, name in ((by_model, "direct"), (drawn, "shoot")):
        measured, unknown = (next(s for s in plan(one) if s.name == name) for one in (order, changed))
        assert isinstance(measured.plain["seconds"], float)
        assert unknown.cached or unknown.plain["seconds"] is None
        assert unknown.cached or "not known" in unknown.text


def test_a_plan_counts_the_takes_of_a_duet_as_a_run_does(tmp_path: Path) -> None:
    """Who sings what depends on the stars and is not written into score.json, but the takes depend on it."""
    order = duet(tmp_path)
    score, storyboard = Score.read(order.project.score), Storyboard.read(order.project.storyboard)
    shoot = next(step for step in plan(order) if step.name == "shoot")
    assert (shoot.cached, shoot.note) == (False, "2 of 2 shots")
    assert not (order.project.cache / "documents").exists(), "a plan writes nothing"
    keys = take_keys(order.production(order.as_asked(score), storyboard))
    alone = take_keys(order.production(score, storyboard))
    assert keys != alone, "the control: the parts decide the pictures"
    for key in keys.values():
        take = order.project.cached("takes", key, ".mp4")
        take.touch()
        Screening(number=1, policy=Policy.STANDARD, scorer="toy", frames=1).write(take.with_suffix(".json"))
    shoot = next(step for step in plan(order) if step.name == "shoot")
    assert (shoot.cached, shoot.note) == (True, "0 of 2 shots")


def test_a_short_film_takes_time_to_begin_with_and_a_long_one_more(tmp_path: Path) -> None:
    """The control is the longer song: what is added for it is in proportion."""
    seconds = {}
    for length in (4.0, 8.0, 16.0):
        recording = synth.drums(duration=length).write(tmp_path / f"{length}.wav")
        order = Order(
            recording,
            Project(tmp_path / f"{length}"),
            Settings(resolution=64, workers=1),
            Vault(tmp_path / "none"),
        )
        seconds[length] = {step.name: step.seconds for step in plan(order)}
        assert not order.project.root.exists()
    for name, begun in SECONDS_TO_BEGIN.items():
        short, middle, long = (seconds[length][name] for length in (4.0, 8.0, 16.0))
        assert begun < short < middle < long
        assert abs((long - middle) - 2 * (middle - short)) < 1e-6 * long


def test_the_faces_of_a_star_who_was_in_no_film_yet_are_planned_and_cost_the_same_at_any_size(
    tmp_path: Path,
) -> None:
    """The controls: a film with nobody in it, and a star who was shot before."""
    recording = synth.drums(duration=20.0).write(tmp_path / "song.wav")
    root = admit_star(tmp_path / "vault")

    def shooting(**chosen: object) -> float:
        settings = Settings(song=str(recording), workers=1, **chosen)
        return step_of(Order(recording, Project(tmp_path / "p"), settings, Vault(root)), "shoot").seconds

    faces = {size: shooting(resolution=size, stars=(STAR,)) - shooting(resolution=size) for size in (64, 720)}
    assert faces[64] == pytest.approx(faces[720])
    assert (
        SECONDS_A_PERFORMANCE + 20 * SECONDS_A_FACE < faces[720] < SECONDS_A_PERFORMANCE + 60 * SECONDS_A_FACE
    )
    (tmp_path / "other").mkdir()
    footprint.leave(root, (STAR,), Project(tmp_path / "other"))
    assert shooting(resolution=720, stars=(STAR,)) == shooting(resolution=720)


def test_a_directed_films_own_paintings_are_counted(tmp_path: Path) -> None:
    """Nothing was analysed or painted: two plates and two performances, and the faces that will come of them."""
    order = duet(tmp_path)
    order = replace(order, settings=order.settings.model_copy(update={"workers": 1}))
    before = step_of(order, "shoot")
    board = Storyboard.read(order.project.storyboard)
    empty = tuple(shot.model_copy(update={"stars": ()}) for shot in board.shots)
    board.model_copy(update={"shots": empty, "stars": ()}).write(order.project.storyboard)
    assert before.seconds - step_of(order, "shoot").seconds > 2 * SECONDS_A_PERFORMANCE


def step_of(order: Order, name: str) -> Step:
    return next(step for step in plan(order) if step.name == name)


def test_a_plan_learns_from_what_steps_took_here_and_not_from_the_cache(tmp_path: Path) -> None:
    order, told = duet(tmp_path), list[Event]()
    before = {step.name: step.seconds for step in plan(order)}
    run = learning(replace(order, tell=told.append))
    for _ in range(3):
        run.tell(StageFinished("shoot", 3 * before["shoot"]))
        run.tell(StageFinished("cut", 0.001, cached=True))
    assert len(told) == 6, "events are passed on"
    after = step_of(order, "shoot")
    assert after.seconds == pytest.approx(3 * before["shoot"], rel=0.01)
    assert "as it took here before" in after.text
    assert step_of(order, "cut").seconds == before["cut"], "the control: nothing was cut"
    run.tell(StageFinished("shoot", 50 * before["shoot"]))
    assert step_of(order, "shoot").seconds < 10 * before["shoot"], "one busy hour does not decide"


def test_a_pace_that_was_not_known_is_known_after_a_run(tmp_path: Path) -> None:
    order = duet(tmp_path)
    drawn = replace(order, settings=order.settings.model_copy(update={"camera": "diffusion"}))
    assert not step_of(drawn, "shoot").known
    learning(drawn).tell(StageFinished("shoot", 600.0))
    assert step_of(drawn, "shoot").seconds == pytest.approx(600.0, rel=0.01)
    assert "as it took here before" not in step_of(order, "shoot").text, "the control: another camera"


@pytest.mark.parametrize("content", [b"", b"[]", b'{"shoot painted": [[0, 1], 3]}', b"\xff"])
def test_a_broken_or_unwritable_memory_of_paces_harms_nothing(content: bytes) -> None:
    pace.pace_file().parent.mkdir(parents=True)
    pace.pace_file().write_bytes(content)
    assert pace.learned("shoot painted", 10.0) is None
    pace.learn("shoot painted", 10.0, 20.0)
    assert pace.learned("shoot painted", 40.0) == 2.0
    pace.pace_file().unlink()
    pace.pace_file().parent.rmdir()
    pace.pace_file().parent.write_text("a file where the folder should be")
    pace.learn("shoot painted", 10.0, 20.0)
    assert pace.learned("shoot painted", 40.0) is None
