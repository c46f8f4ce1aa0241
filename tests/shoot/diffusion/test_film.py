"""A whole film by a toy model, through the command line: it shows noise, and everything else is as it should be."""

import hashlib
import itertools
import os
import signal
import time
from fractions import Fraction

import av
import numpy as np
import pytest

from cli.backlot import STAR, Shell, admit_star
from limelight.project import Project
from limelight.report import Report
from limelight.score import Section, SectionLabel
from limelight.storyboard import CaptionStyle, Storyboard
from limelight.timebase import frames_in
from review.toy import line, toy_score
from songs import synth

pytestmark = pytest.mark.slow
SECONDS = 4.3


def heard(recording):
    beats = [0.4 * n for n in range(1, 11)]
    score = toy_score(
        SECONDS, beats=beats, lines=[line("walk along the sea", 0.4), line("under the moon", 2.3)]
    )
    known = {"sha256": hashlib.sha256(recording.read_bytes()).hexdigest()}
    rhythm = {"onsets": tuple(beats), "onset_strengths": (1.0, 0.4) * 5}
    return score.model_copy(
        update={
            "song": score.song.model_copy(update=known),
            "sections": (
                Section(label=SectionLabel.VERSE, start=0, end=2.0, letter="A"),
                Section(label=SectionLabel.CHORUS, start=2.0, end=SECONDS, letter="B", energy=1.0),
            ),
            "rhythm": score.rhythm.model_copy(update=rhythm),
        }
    )


@pytest.fixture(scope="module")
def film(models, tmp_path_factory):
    """A film that was shot in two runs, the first one killed after its first take; what was kept; what was said."""
    folder = tmp_path_factory.mktemp("set")
    admit_star(folder / "vault")
    recording = synth.drums(tempo=150.0, duration=SECONDS).write(folder / "song.wav")
    project = Project(folder / "song.limelight")
    heard(recording).write(project.score)  # written by hand: used as it is
    shell = Shell(folder, folder / "vault")
    order = (
        "make", "song.wav", "--star", STAR, "--resolution", "64", "--no-separate",
        "--camera", "diffusion", "--model", str(models("sd15")), "--steps", "2", "--drawings-a-second", "3",
    )  # fmt: skip
    with shell.running(*order) as process:
        takes = folder / "song.limelight/.cache/takes"
        waited = time.monotonic() + 120
        while not list(takes.glob("[!.]*.mp4")) and process.poll() is None and time.monotonic() < waited:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    kept = {take.name: (take.stat().st_ino, take.stat().st_mtime_ns) for take in takes.glob("[!.]*.mp4")}
    said = shell.spawn(*order, "--json")
    return folder / "song.limelight", kept, said


def pictures(path):
    with av.open(str(path)) as opened:
        return [frame.to_ndarray(format="rgb24") for frame in opened.decode(video=0)]


def test_after_kill_9_finished_takes_are_kept_and_the_rest_is_shot(film):
    project, kept, said = film
    assert said.code == 0, said
    takes = {
        take.name: (take.stat().st_ino, take.stat().st_mtime_ns)
        for take in (project / ".cache/takes").glob("[!.]*.mp4")
    }
    shots = Storyboard.read(project / "storyboard.json").shots
    assert 0 < len(kept) < len(shots) == len(takes)
    assert {name: takes[name] for name in kept} == kept


def test_it_lasts_exactly_as_long_as_the_song_and_moves(film):
    project, _, _ = film
    seen = pictures(project / "film.mp4")
    assert len(seen) == frames_in(SECONDS, Fraction(30))
    steps = [np.abs(a.astype(int) - b).mean() for a, b in itertools.pairwise(seen)]
    assert np.median(steps) > 0.3, "a film that stands still"


def test_it_has_its_words_and_says_which_model_drew_it(film, models):
    project, _, _ = film
    assert "under" in (project / "film.vtt").read_text()
    board = Storyboard.read(project / "storyboard.json")
    assert any(shot.captions is not CaptionStyle.NONE for shot in board.shots)
    report = Report.read(project / "report.json")
    assert any(models("sd15").name in model and "sha256" in model for model in report.models)
    measures = {measure.name: measure.value for measure in report.measures}
    assert measures
