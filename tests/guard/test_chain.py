"""The whole chain with a camera whose places are refused: a whole film, and the report says what happened."""

import json
import os
import shutil
from pathlib import Path

import av
import pytest

from cli.backlot import STAR, TINY, Shell, admit_star, refused
from guard.toy import PLACE, install
from limelight.guard import Screening
from limelight.report import Report
from limelight.score import Lyrics, Score
from limelight.storyboard import Storyboard
from review.toy import line
from songs import synth

pytestmark = pytest.mark.slow
TESTS = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    folder = tmp_path_factory.mktemp("chain")
    synth.drums(tempo=150.0, duration=8.0).write(folder / "song.wav")
    made = Shell(folder, admit_star(folder / "vault"))
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    path = [str(install(folder / "site")), str(TESTS), *filter(None, given)]
    made.settings["PYTHONPATH"] = os.pathsep.join(path)
    made.settings["LIMELIGHT_SCORER"] = "red"
    return made


def test_refused_shots_are_drawn_another_way_and_told(shell: Shell) -> None:
    command = ("make", "song.wav", "--star", STAR, "--camera", "toy-place", *TINY)
    assert shell.spawn("listen", *command[1:]).code == 0
    words = ["the ocean waves are high", "sail the open sea", "and fuck the rest", "we swim the tide"]
    heard = Score.read(path := shell.folder / "song.limelight/score.json")
    lines = tuple(line(text, 2.0 * index, 0.3) for index, text in enumerate(words))
    heard.model_copy(update={"lyrics": Lyrics(language="en", lines=lines)}).write(path)
    said = shell.spawn(*command, "--swearing", "masked", "--json")
    assert said.code == 0, said
    root = shell.folder / "song.limelight"
    directed = Storyboard.read(root / "storyboard.json")
    at_sea = [shot.number for shot in directed.shots if shot.imagery.scenery == PLACE]
    assert at_sea, "the words of the song should lead to the sea"
    seen = {
        number: Screening.read(root / f"takes/{number:04d}.json")
        for number in range(1, len(directed.shots) + 1)
    }
    assert [number for number, screening in seen.items() if screening.redirected] == at_sea
    warned = [event for event in said.events if event["event"] == "warned" and event["stage"] == "shoot"]
    assert len(warned) == 2 * len(at_sea)  # as directed, and another picture of the same place
    with av.open(str(root / "film.mp4")) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(frames) == directed.frames
    assert sum(frame[..., 0].mean() > 2 * frame[..., 1].mean() for frame in frames) == 0
    report = Report.read(root / "report.json")
    measures = {measure.name: measure for measure in report.measures}
    assert measures["guard_redirected"].value == len(at_sea)
    assert 0 < measures["guard_checked"].value < 0.2
    assert measures["guard_highest"].value == 0.0
    assert measures["guard_highest"].control is not None
    assert [shot.number for shot in report.shots if shot.notes] == at_sea
    assert "another place" in next(shot for shot in report.shots if shot.notes).notes[0]
    assert "f***" in (root / "film.vtt").read_text()
    assert "fuck" in (root / "score.json").read_text()  # what was heard stays what it is
    takes = {path.name: path.read_bytes() for path in root.glob("takes/*.mp4")}
    again = shell.spawn(*command, "--swearing", "masked", "--json")
    cached = [e["stage"] for e in again.events if e["event"] == "stage-finished" and e["cached"]]
    assert {"listen", "direct", "shoot", "review"} <= set(cached)
    shutil.rmtree(root / ".cache/takes")
    assert shell.spawn("shoot", *command[1:], "--swearing", "masked").code == 0
    assert {path.name: path.read_bytes() for path in root.glob("takes/*.mp4")} == takes


def test_off_needs_a_film_of_understudies(shell: Shell, tmp_path: Path) -> None:
    from limelight.vault import Vault  # noqa: PLC0415
    from vault.toy import enrol  # noqa: PLC0415

    enrol(Vault(shell.folder / "vault"), "bo")
    said = shell.spawn("make", "song.wav", "--star", "bo", "--guard", "off", "--camera", "toy", *TINY)
    refused(said, "bo", "verified person", "strict")
    project = tmp_path / "off.limelight"
    said = shell.spawn(
        "shoot", "song.wav", "--star", STAR, "--guard", "off", "--camera", "toy-place", "--json",
        "--project", project, *TINY,
    )  # fmt: skip
    assert said.code == 0, said
    seen = [json.loads(path.read_bytes()) for path in project.glob("takes/*.json")]
    assert {(one["policy"], one["attempts"][0]["checked"]) for one in seen} == {("off", 0)}
