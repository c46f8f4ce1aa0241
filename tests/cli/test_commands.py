"""What the smaller commands say, to people and to programs."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from cli.backlot import STAR, TINY, Shell, admit_star, contents, refused, song
from limelight.catalogue import catalogue
from limelight.cli import errors
from limelight.cli.output import _Bars, told
from limelight.errors import ConsentError, LimelightError, SongError
from limelight.events import (
    FileWritten,
    StageFinished,
    StageProgressed,
    StageStarted,
    Warned,
    WeightProgressed,
)
from limelight.report import Measure, Report, figure
from limelight.understudy.casting import cast
from limelight.weights import registry


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return admit_star(tmp_path_factory.mktemp("stocked") / "vault")


@pytest.fixture
def shell(stocked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    shutil.copytree(stocked, tmp_path / "vault")
    return Shell(tmp_path, tmp_path / "vault", capsys)


def test_doctor_looks_at_everything_and_finds_this_machine_well(shell: Shell) -> None:
    said = shell("doctor", "--json")
    findings = {finding["what"]: finding for finding in said.events[-1]["findings"]}
    assert {"Python", "av", "cv2", "encoders", "working folder", "models", "vault", "weights"} <= set(
        findings
    )
    assert said.code == (0 if all(finding["good"] for finding in findings.values()) else 1)
    assert findings["encoders"]["good"]
    lines = shell("doctor").out.splitlines()
    assert len(lines) == len(findings)
    assert all(line.startswith(("ok ", "NO ")) for line in lines)


def test_doctor_exits_1_where_nothing_can_be_written(shell: Shell) -> None:
    shell.settings["LIMELIGHT_VAULT"] = "/proc/nowhere"
    said = shell("doctor")
    assert said.code == 1
    assert "NO  vault" in said.out
    assert "LIMELIGHT_VAULT" in said.out, "and it says what to do"


def test_a_mistyped_command_gets_a_suggestion_and_the_list(shell: Shell) -> None:
    refused(shell("mkae", "it.wav"), "'mkae'", "Did you mean 'make'?", "doctor")
    assert "Did you mean" not in shell("xyzzy").err


def test_the_program_runs_as_a_module() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "limelight", "--version"], capture_output=True, text=True, check=True
    )
    assert said.stdout.startswith("limelight, version")


def test_a_report_is_told_by_its_targets_and_what_was_missed_stands_out() -> None:
    report = Report(
        film="film.mp4",
        film_sha256="a" * 64,
        song_sha256="b" * 64,
        measures=(
            Measure(
                name="a", title="Cuts on beats", value=1.0, unit="share", target=0.95,
                control=0.159, control_title="at random",
            ),
            Measure(name="b", title="Off by", value=3.0, unit="frames", target=1.0, higher_is_better=False),
            Measure(name="c", title="Without a target", value=1.33e-14, unit="frames"),
        ),
    )  # fmt: skip
    assert told(report).splitlines() == [
        "  1 of 2 targets met.",
        "  Cuts on beats: 100 % (at random: 15.9 %)",
        "  Off by: 3 frames; MISSED, ≤ 1 frames is wanted",
    ]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.0, "share", "100 %"),
        (0.159, "share", "15.9 %"),
        (0.5, "share", "50 %"),
        (1.33e-14, "frames", "0 frames"),
        (0.419, "frames", "0.42 frames"),
        (12.0, "", "12"),
        (0.8256, "cosine", "0.83"),
        (0.05, "LU", "0.05 LU"),
    ],
)
def test_figures_read_as_people_write_them(value: float, unit: str, text: str) -> None:
    assert figure(value, unit) == text


def test_backends_lists_what_the_options_take(shell: Shell) -> None:
    data = shell("backends", "--json").events[-1]
    assert "painted" in data["cameras"]
    assert "rules" in data["directors"]
    assert list(data["looks"]) == [look.name for look in catalogue().looks]
    told = shell("backends").out
    assert all(look in told for look in data["looks"])


def test_stars_are_listed_shown_and_forgotten(shell: Shell) -> None:
    assert [star["id"] for star in shell("star", "list", "--json").events[-1]["stars"]] == [STAR]
    assert "synthetic" in shell("star", "list").out
    shown = shell("star", "show", STAR).out
    assert json.loads(shown)["star"]["id"] == STAR
    kept = shell("star", "forget", STAR)
    assert kept.code == 130, "without --yes and without an answer it asks, and does nothing"
    assert "nothing was done" in kept.err
    assert "for ever" not in shell("star", "forget", "nobody").out, "there is nothing to ask about"
    assert shell("star", "forget", STAR, "--yes", "--json").events[-1]["forgotten"] == STAR
    assert "No star yet" in shell("star", "list").out
    for command in ("show", "forget"):
        refused(shell("star", command, STAR, *(["--yes"] * (command == "forget"))), STAR)


def test_an_unknown_understudy_and_a_double_are_refused(shell: Shell) -> None:
    refused(shell("star", "understudy", "nobody"), "nobody")
    refused(shell("star", "understudy", STAR), "already")
    assert "already" in shell("star", "understudy", STAR, "--if-missing").out


def test_a_star_whose_consent_was_withdrawn_does_not_count_as_there(shell: Shell) -> None:
    assert shell("star", "revoke", STAR).code == 0
    said = shell("star", "understudy", STAR, "--if-missing")
    refused(said, "withdrawn", "forgotten and verified again")


def test_help_names_every_understudy(shell: Shell) -> None:
    told = " ".join(shell("star", "understudy", "--help").out.split())
    *names, last = (person.name for person in cast())
    assert f"{', '.join(names)} or {last}" in told


def test_weights_list_names_every_model_with_its_licence(shell: Shell) -> None:
    listed = shell("weights", "list", "--json").events[-1]["weights"]
    assert [model["name"] for model in listed] == list(registry().names)
    assert all(model["licence"] and model["purpose"] and model["bytes"] > 0 for model in listed)
    refused(shell("weights", "pull", "nothing-like-it"), "nothing-like-it")
    refused(shell("weights", "pull"), "--all")


def test_new_makes_a_project_to_be_edited_and_keeps_what_is_there(shell: Shell) -> None:
    song(shell.folder / "it.wav", 2.0)
    (shell.folder / "words.txt").write_text("la la la")
    said = shell(
        "new", "it.wav", "--lyrics", "words.txt", "--star", STAR, "--look", "noir", "--fps", "23.976"
    )
    assert said.code == 0, said
    written = shell.folder / "it.limelight/limelight.toml"
    assert tomllib.loads(written.read_text()) == {
        "song": str(shell.folder / "it.wav"),
        "lyrics": str(shell.folder / "words.txt"),
        "stars": [STAR],
        "look": "noir",
        "fps": "24000/1001",
    }
    written.write_text("# mine\n" + written.read_text())
    assert shell("new", "it.wav", "--seed", "4").code == 0
    assert written.read_text().startswith("# mine\n")
    settings = tomllib.loads(written.read_text())
    assert (settings["look"], settings["seed"]) == ("noir", 4)


def test_a_project_knows_its_song_from_anywhere_and_moves_with_it(shell: Shell) -> None:
    project = shell.folder / "deep/it.limelight"
    project.mkdir(parents=True)
    song(project / "it.wav", 2.0)
    (project / "words.lrc").write_text("[00:01.00]la\n")
    (project / "limelight.toml").write_text("song = 'it.wav'\nlyrics = 'words.lrc'\n")
    planned = shell("make", "deep/it.limelight", *TINY, "--dry-run")
    assert planned.code == 0, planned
    assert planned.out.startswith("listen ")
    refused(shell("make", "deep", *TINY), "folder without a song", "limelight new")
    (project / "limelight.toml").unlink()
    (project / "score.json").touch()
    refused(
        shell("make", "deep/it.limelight", *TINY), "does not know its song", "same options", "limelight make"
    )


def test_cache_shows_sizes_and_clears_only_what_can_be_made_again(shell: Shell) -> None:
    project = shell.folder / "it.limelight"
    song(shell.folder / "it.wav", 2.0)
    assert shell("new", "it.wav").code == 0
    (project / ".cache/takes").mkdir()
    (project / ".cache/takes/a.mp4").write_bytes(bytes(5_000))
    (project / "notes.txt").write_text("mine")
    sizes = shell("cache", "it.limelight", "--json").events[-1]["bytes"]
    assert sizes["project cache"] >= 5_000
    assert sizes["vault"] > 1_000
    before = {name for name in contents(project) if not name.startswith(".cache/takes")}
    assert shell("cache", "it.limelight", "--clear", "--json").events[-1]["freed"] >= 5_000
    assert before == set(contents(project))
    (shell.folder / "photos").mkdir()
    refused(shell("cache", "photos", "--clear"), "photos", "no project")
    assert not list((shell.folder / "photos").iterdir())
    refused(shell("cache", "--clear"), "which project")


@pytest.mark.parametrize(
    ("problem", "code", "words"),
    [
        (KeyboardInterrupt(), 130, ["Finished work is kept"]),
        (click.exceptions.Abort(), 130, ["Not confirmed"]),
        (SongError("no song.", hint="Give one."), 2, ["no song", "  Give one."]),
        (ConsentError("no.", hint="Ask."), 1, ["no.", "Ask."]),
        (LimelightError("odd."), 1, ["odd."]),
        (MemoryError(), 1, ["--workers 1"]),
        (OSError(28, "No space left on device"), 1, ["No space", "space left"]),
        (BrokenPipeError(), 1, []),
        (ZeroDivisionError("x"), 1, ["defect in Limelight", "LIMELIGHT_TRACEBACK"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_problem_has_its_code_and_words(
    capsys: pytest.CaptureFixture[str], problem: BaseException, code: int, words: list[str]
) -> None:
    assert errors.exit_code(problem) == code
    told = capsys.readouterr().err
    assert all(word in told for word in words)
    assert "Traceback" not in told


def test_bars_draw_every_event_even_with_markup_in_names(capsys: pytest.CaptureFixture[str]) -> None:
    with _Bars() as bars:
        for event in (
            StageStarted("shoot", 10, "frames"),
            StageProgressed("shoot", 5, 10, "shot [/3]"),
            Warned("listen [x]", "said [/red] and [bold]"),
            WeightProgressed("yunet", 5, 10, "package"),
            FileWritten(Path("a [/b].mp4"), "film"),
            StageFinished("shoot", 1.0, cached=True),
            StageFinished("listen", 1.0),
        ):
            bars(event)
    told = capsys.readouterr().err
    assert "said [/red] and [bold]" in told
    assert "a [/b].mp4" in told


def test_a_camera_that_does_not_open_is_told_before_anybody_is_asked(shell: Shell) -> None:
    said = shell("verify", "--camera", "63")
    refused(said, "camera 63 cannot be opened", "--camera")
    assert "WHAT HAPPENS TO YOUR LIKENESS" not in said.err
