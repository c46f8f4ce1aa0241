"""The whole chain: a film, the same film again, and what is left when a run is stopped or a person edits."""

import hashlib
import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import pytest

from cli.backlot import STAR, TINY, Said, Shell, admit_star, contents, drawn_pictures, refused, song
from limelight.errors import ConsentError
from limelight.events import StageFinished, StageProgressed, StageStarted
from limelight.guard import Screening
from limelight.make import STEPS, make
from limelight.order import Order
from limelight.project import Project
from limelight.report import Report
from limelight.score import Score
from limelight.settings import Settings
from limelight.star import Purpose, StarKind
from limelight.storyboard import Storyboard
from limelight.timebase import frames_in
from limelight.vault import Vault
from limelight.weights import registry
from review.toy import toy_score
from songs import synth
from vault.toy import enrol

pytestmark = pytest.mark.slow
SECONDS = 8.0


@pytest.fixture(scope="module")
def set_(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a song and a vault, and the film that the command line made of them."""
    folder = tmp_path_factory.mktemp("set")
    admit_star(folder / "vault")
    song(folder / "song.wav", SECONDS)
    return folder


@pytest.fixture(scope="module")
def first(set_: Path) -> Said:
    return Shell(set_, set_ / "vault").spawn("make", "song.wav", "--star", STAR, "--json", *TINY)


@pytest.fixture
def shell(first: Said, set_: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A copy of the finished project, to be spoilt."""
    assert first.code == 0, first
    shutil.copy2(set_ / "song.wav", tmp_path)
    shutil.copytree(set_ / "vault", tmp_path / "vault")
    shutil.copytree(set_ / "song.limelight", tmp_path / "song.limelight")
    return Shell(tmp_path, tmp_path / "vault", capsys)


MAKE = ("make", "song.wav", "--star", STAR, *TINY)


def kept_takes(folder: Path) -> Mapping[str, tuple[int, int]]:
    """Inode and time of change of each take in the cache."""
    takes = (folder / "song.limelight/.cache/takes").glob("[!.]*.mp4")
    return {take.name: (take.stat().st_ino, take.stat().st_mtime_ns) for take in takes}


def frames_of(film: Path) -> int:
    with av.open(str(film)) as opened:
        return sum(1 for _ in opened.decode(video=0))


def half_written(folder: Path) -> list[str]:
    """Files under temporary names."""
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file()
        and ((path.name.startswith(".") and path.name != ".lock") or path.suffix in {".part", ".new", ".tmp"})
    ]


def test_a_song_and_a_star_become_a_film(first: Said, set_: Path) -> None:
    assert first.code == 0, first
    assert "Traceback" not in first.err
    project = Project(set_ / "song.limelight")
    storyboard = Storyboard.read(project.storyboard)
    assert storyboard.stars == (STAR,)
    assert len(storyboard.shots) >= 3
    assert storyboard.frames == frames_in(SECONDS, Fraction(30)) == frames_of(project.film)
    assert len(list(project.takes.glob("*.mp4"))) == len(storyboard.shots)
    for name in ("film.jpg", "film.otio", "report.html", "score.json"):
        assert (project.root / name).stat().st_size > 100, name
    assert not half_written(project.root)


def test_json_lines_tell_each_step_and_end_with_the_result(first: Said, set_: Path) -> None:
    finished = [event["stage"] for event in first.events if event["event"] == "stage-finished"]
    assert [stage for stage in finished if stage in {"listen", "direct", "shoot", "cut", "review"}] == [
        "listen", "direct", "shoot", "cut", "review",
    ]  # fmt: skip
    *_, last = first.events
    assert last["event"] == "result"
    assert Path(str(last["film"])) == set_ / "song.limelight/film.mp4"
    report = Report.read(set_ / "song.limelight/report.json")
    named = {model.split()[0]: model.split()[-1] for model in report.models}
    for used in (
        "musicnn",
        "whisper-base",
        "wordllama",
        "multistyle26",
        "opennsfw",
        "sface",
    ):  # all steps but cut
        assert named[used] == registry()[used].digest
    assert "spleeter-2stems" not in named  # --no-separate
    assert last["measures"] == {measure.name: measure.value for measure in report.measures}
    drawn = [
        event for event in first.events if event["event"] == "stage-progressed" and event["stage"] == "shoot"
    ]
    assert drawn[-1]["done"] == drawn[-1]["total"] == frames_in(SECONDS, Fraction(30))


def test_the_same_command_again_makes_nothing_and_quiet_says_nothing(shell: Shell) -> None:
    takes, film = kept_takes(shell.folder), (shell.folder / "song.limelight/film.mp4").read_bytes()
    report = (shell.folder / "song.limelight/report.json").read_bytes()
    said = shell(*MAKE, "--quiet")
    assert (said.code, said.out, said.err) == (0, "", "")
    assert kept_takes(shell.folder) == takes
    assert (shell.folder / "song.limelight/film.mp4").read_bytes() == film
    assert (shell.folder / "song.limelight/report.json").read_bytes() == report


def test_dry_run_plans_and_writes_nothing(shell: Shell) -> None:
    root = shell.folder / "song.limelight"
    finished = contents(root)
    steps = shell(*MAKE, "--dry-run", "--json").events[-1]["steps"]
    assert [step["step"] for step in steps if step["cached"]] == list(STEPS)
    assert all(step["seconds"] == 0 for step in steps)
    retitled = shell(*MAKE, "--artist", "Somebody", "--dry-run", "--json").events[-1]["steps"]
    assert [step["step"] for step in retitled if not step["cached"]][-2:] == ["cut", "review"], "the control"
    anew = shell(*MAKE, "--seed", "7", "--dry-run", "--json").events[-1]["steps"]
    assert [step["step"] for step in anew if step["cached"]] == ["listen"]
    assert contents(root) == finished
    shutil.rmtree(root)
    assert "shoot    about" in shell(*MAKE, "--dry-run").out
    assert not root.exists()


def test_dry_run_lists_what_a_run_then_does(shell: Shell) -> None:
    """The report alone, then the film and its report: the control is what the run tells of itself."""
    root = shell.folder / "song.limelight"
    for lost in ("report.html", "film.otio"):
        (root / lost).unlink()
        steps = shell(*MAKE, "--dry-run", "--json").events[-1]["steps"]
        planned = [step["step"] for step in steps if step["cached"]]
        told = shell.spawn(*MAKE, "--json").events
        done = [
            e["stage"] for e in told if e["event"] == "stage-finished" and e["stage"] in STEPS and e["cached"]
        ]
        assert planned == done
        assert ("cut" in planned) == (lost == "report.html")
        assert "review" not in planned or lost == "film.otio"


def test_an_edited_shot_alone_is_shot_again(shell: Shell) -> None:
    before = kept_takes(shell.folder)
    path = shell.folder / "song.limelight/storyboard.json"
    board = json.loads(path.read_bytes())
    board["shots"][1]["seed"] += 1
    path.write_text(json.dumps(board))
    edited = path.read_bytes()
    planned = shell("make", "song.wav", "--star", STAR, *TINY, "--dry-run")
    assert f"1 of {len(before)} shots" in planned.out
    assert "it keeps" not in planned.err
    said = shell("shoot", "song.wav", "--star", STAR, *TINY)
    assert said.code == 0, said
    assert "edited by hand" in said.err
    assert path.read_bytes() == edited
    after = kept_takes(shell.folder)
    assert len(set(after) - set(before)) == 1
    assert {name: after[name] for name in before} == before
    linked = [take.stat().st_ino for take in sorted((shell.folder / "song.limelight/takes").glob("*.mp4"))]
    assert [inode in {kept for kept, _ in before.values()} for inode in linked].index(False) == 1


def test_an_edited_storyboard_says_what_it_keeps_of_size_and_stars(shell: Shell) -> None:
    path = shell.folder / "song.limelight/storyboard.json"
    path.write_text(path.read_text() + " ")
    said = shell("direct", "song.wav", "--star", "", *TINY, "--aspect", "9:16")
    assert said.code == 0, said
    assert (
        f"it keeps 112x64 at 30 frames a second (asked for: 64x112 at 30 frames a second) and the stars {STAR}"
        in (said.err)
    )
    assert "(asked for: no star)" in said.err


def test_characters_that_no_font_has_are_named_before_boxes_are_drawn(shell: Shell) -> None:
    path = shell.folder / "song.limelight/storyboard.json"
    board = json.loads(path.read_bytes()) | {"title": "Song \U00012000"}
    board["shots"][1]["seed"] += 1
    path.write_text(json.dumps(board))
    said = shell("shoot", "song.wav", "--star", STAR, *TINY)
    assert said.code == 0, said
    assert "(\U00012000): boxes are drawn" in said.err
    assert "LIMELIGHT_FONTS" in said.err


def test_a_locked_shot_survives_direction_again_and_the_others_do_not(shell: Shell) -> None:
    path = shell.folder / "song.limelight/storyboard.json"
    board = json.loads(path.read_bytes())
    board["shots"][1] |= {"locked": True, "prompt": "my own words", "seed": 424242}
    path.write_text(json.dumps(board))
    before = Storyboard.read(path)
    said = shell("direct", "song.wav", "--star", STAR, *TINY, "--seed", "99", "--again")
    assert said.code == 0, said
    after = Storyboard.read(path)
    assert before.shots[1] in after.shots
    assert after.shots[0].seed != before.shots[0].seed
    assert sum(shot.frames for shot in after.shots) == after.frames == before.frames


def test_without_the_cache_nothing_made_by_hand_is_lost(shell: Shell) -> None:
    root = shell.folder / "song.limelight"
    board = json.loads((root / "storyboard.json").read_bytes())
    board["shots"][0]["prompt"] = "my own words"
    (root / "storyboard.json").write_text(json.dumps(board))
    (root / "limelight.toml").write_text("# mine\nseed = 5\n")
    mine = {name: content for name, content in contents(root).items() if not name.startswith(".cache")}
    del mine["limelight.toml"]
    shutil.rmtree(root / ".cache")
    assert shell("direct", "song.wav", "--star", STAR, *TINY, "--seed", "31").code == 0
    assert (root / "limelight.toml").read_text().startswith("# mine\nseed = 31\n"), "asked for now"
    assert {name: content for name, content in contents(root).items() if name in mine} == mine
    cleared = shell("cache", "song.limelight", "--clear")
    assert cleared.code == 0
    assert (root / "limelight.toml").read_text().startswith("# mine\nseed = 31\n"), "asked for now"
    assert {name: content for name, content in contents(root).items() if name in mine} == mine


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_damaged_take_and_document_of_the_cache_are_made_again(shell: Shell, share: float) -> None:
    before = kept_takes(shell.folder)
    with next((shell.folder / "song.limelight/.cache/takes").glob("[!.]*.mp4")).open("r+b") as take:
        take.truncate(int(share * take.seek(0, os.SEEK_END)))
    for document in (shell.folder / "song.limelight/.cache/documents").iterdir():
        document.write_text("broken")
    refused(shell(*MAKE), "was deleted", "same command again")
    said = shell(*MAKE)
    assert said.code == 0, said
    assert set(kept_takes(shell.folder)) == set(before)


def test_two_processes_in_one_project_are_told_apart(shell: Shell) -> None:
    with Project(shell.folder / "song.limelight").writing():
        refused(shell.spawn("make", "song.wav", *TINY), "another process", "Wait", codes=[1])
    assert shell("direct", "song.wav", "--star", STAR, *TINY).code == 0


def test_after_kill_9_only_the_rest_is_shot(shell: Shell) -> None:
    whole = kept_takes(shell.folder)
    _strike_set(shell.folder)
    with shell.running(*MAKE) as process:
        _wait_for_a_take(shell.folder, process.poll)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    done = kept_takes(shell.folder)
    assert 0 < len(done) < len(whole)
    film = shell.folder / "song.limelight/film.mp4"
    assert not film.exists()
    said = shell.spawn(*MAKE, "--quiet")
    assert (said.code, said.out, said.err) == (0, "", "")
    after = kept_takes(shell.folder)
    assert after.keys() == whole.keys()
    assert {name: after[name] for name in done} == done
    assert frames_of(film) == frames_in(SECONDS, Fraction(30))
    assert not half_written(shell.folder / "song.limelight")


def test_ctrl_c_ends_with_130_and_leaves_nothing_half_written(shell: Shell) -> None:
    _strike_set(shell.folder)
    with shell.running(*MAKE) as process:
        _wait_for_a_take(shell.folder, process.poll)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 130, (out, err)
        assert _gone(process.pid), "a worker goes on"
    assert "Traceback" not in err
    assert "Finished work is kept" in err
    assert not half_written(shell.folder / "song.limelight")
    assert not (shell.folder / "song.limelight/film.mp4").exists()
    for take in (shell.folder / "song.limelight/.cache/takes").glob("*.mp4"):
        assert frames_of(take) > 0


def test_a_star_who_withdraws_before_the_end_is_in_no_film(shell: Shell) -> None:
    vault = Vault(shell.folder / "vault")
    project = Project(shell.folder / "song.limelight")
    chosen = Settings(stars=(STAR,), resolution=64, separate=False, workers=1, title="Renamed")

    def tell(event: object) -> None:
        if event == StageStarted("review"):
            vault.revoke(STAR)

    with pytest.raises(ConsentError, match="withdrawn"):
        make(Order(shell.folder / "song.wav", project, chosen, vault, tell))
    assert not [*project.root.glob("film.*"), *project.root.glob("report.*")]
    shots = Storyboard.read(project.storyboard).shots
    without = {f"{shot.number:04d}" for shot in shots if not shot.stars}
    assert {take.stem for take in project.takes.iterdir()} == without < {f"{s.number:04d}" for s in shots}
    assert {Screening.read(note).stars for note in (project.cache / "takes").glob("*.json")} <= {()}
    assert {"revoked", "refused"} <= {entry.event for entry in vault.log().entries}


YEAR = timedelta(days=366)


def is_at(event: object, moment: str) -> bool:
    """Whether an event of the run is that moment of it."""
    step, _, when = moment.partition(" ")
    if when == "goes on":
        return isinstance(event, StageProgressed) and event.stage == step
    kind = StageStarted if when == "begins" else StageFinished
    return isinstance(event, kind) and event.stage == step


@pytest.mark.parametrize(
    ("ending", "moment"),
    [("withdrawn", "review goes on"), ("expired", "cut begins"), ("expired", "review is done")],
)
def test_a_consent_that_ends_while_the_film_is_joined_or_reviewed_ends_the_film(
    shell: Shell, ending: str, moment: str
) -> None:
    """Joining and reviewing happen in this process, whose vault is told that a year has gone by."""
    passed, reached = timedelta(0), list[object]()
    vault = Vault(shell.folder / "vault", clock=lambda: datetime.now(UTC) + passed)
    project = Project(shell.folder / "song.limelight")
    chosen = Settings(stars=(STAR,), resolution=64, separate=False, workers=1, title="Renamed")

    def tell(event: object) -> None:
        nonlocal passed
        if is_at(event, moment) and not reached:
            reached.append(event)
            if ending == "withdrawn":
                vault.revoke(STAR)
            else:
                passed = YEAR

    with pytest.raises(ConsentError, match=ending):
        make(Order(shell.folder / "song.wav", project, chosen, vault, tell))
    assert reached, "the control: the run came so far"
    assert_nothing_left_of_the_star(project, "film." if moment != "cut begins" else "")
    assert vault.holds(STAR) == (ending == "withdrawn"), "what has expired is destroyed"


def test_a_consent_that_expires_while_workers_shoot_ends_the_film(shell: Shell, tmp_path: Path) -> None:
    """By the clock on the wall, in the workers' own processes; the control: the run opened the star, and began."""
    _strike_set(shell.folder)
    vault = Vault(tmp_path / "short")
    soon = timedelta(seconds=6)
    enrol(vault, STAR, kind=StarKind.SYNTHETIC, pictures=drawn_pictures(), retention=soon)
    expires = vault.open(STAR, Purpose.FILM).star.expires
    project = Project(shell.folder / "song.limelight")
    chosen = Settings(stars=(STAR,), resolution=64, separate=False, workers=1)
    began = list[object]()

    def tell(event: object) -> None:
        if isinstance(event, StageStarted | StageProgressed) and event.stage in {"paint", "shoot"}:
            began.append(event)
        if isinstance(event, StageProgressed) and event.stage in {"paint", "shoot"}:
            time.sleep(max(0.0, (expires - datetime.now(UTC)).total_seconds()))

    with pytest.raises(ConsentError, match="expired"):
        make(Order(shell.folder / "song.wav", project, chosen, vault, tell))
    assert began
    assert_nothing_left_of_the_star(project, "film.")
    assert not vault.holds(STAR)
    assert {"opened", "expired"} <= {entry.event for entry in vault.log().entries}


def assert_nothing_left_of_the_star(project: Project, film: str) -> None:
    if film:
        assert not [*project.root.glob(f"{film}*"), *project.root.glob("report.*")]
    shots = Storyboard.read(project.storyboard).shots
    with_star = {f"{shot.number:04d}" for shot in shots if shot.stars}
    assert with_star
    assert not with_star & {take.stem for take in project.takes.iterdir()}
    assert {Screening.read(note).stars for note in (project.cache / "takes").glob("*.json")} <= {()}
    assert not half_written(project.root)


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Project]:
    """A song of an awkward length and a score written by hand: used as it is."""
    folder = tmp_path_factory.mktemp("rates")
    recording = synth.drums(duration=2.345).write(folder / "song.flac")
    score = toy_score(2.345, beats=[0.5, 1.0, 1.5, 2.0])
    known = score.song.model_copy(update={"sha256": hashlib.sha256(recording.read_bytes()).hexdigest()})
    project = Project(folder / "song.limelight")
    score.model_copy(update={"song": known}).write(project.score)
    return recording, project


@pytest.mark.parametrize("fps", ["24", "25", "30", "60", "24000/1001"])
def test_the_film_has_exactly_the_songs_frames(heard: tuple[Path, Project], fps: str) -> None:
    recording, project = heard
    settings = Settings(song=str(recording), resolution=64, fps=fps, workers=1)
    film, report = make(Order(recording, project, settings, Vault(project.root / "no-vault")))
    rate = Fraction(fps)
    assert film.joined.frames == frames_of(film.path) == frames_in(2.345, rate)
    with av.open(str(film.path)) as opened:
        stream = opened.streams.video[0]
        assert stream.average_rate == rate
        assert abs(stream.duration * stream.time_base - film.joined.sound_seconds) * rate <= 1
    assert Score.read(project.score).song.duration == 2.345
    assert {timing.stage: timing.cached for timing in report.timings}["listen"]


def _strike_set(folder: Path) -> None:
    """Listened and directed, but nothing shot."""
    root = folder / "song.limelight"
    for made in (root / "takes", root / ".cache/takes"):
        shutil.rmtree(made)
    for made in (*root.glob("film.*"), *root.glob("report.*")):
        made.unlink()


def _gone(group: int, patience: float = 10.0) -> bool:
    """Whether no process of a group runs any more (Linux; elsewhere nobody knows)."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        running = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
                running += [stat] * (int(its_group) == group and state != "Z")
        if not running:
            return True
        time.sleep(0.1)
    return False


def _wait_for_a_take(folder: Path, ended: Callable[[], int | None]) -> None:
    until = time.monotonic() + 120
    while not kept_takes(folder):
        assert ended() is None, "it ended before a take was there"
        assert time.monotonic() < until
        time.sleep(0.005)
