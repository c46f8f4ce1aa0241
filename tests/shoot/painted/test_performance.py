"""The painted star from footage to finished frame, with the real models and an understudy: slow."""

import numpy as np
import pytest

from limelight.errors import InputError
from limelight.events import ignore
from limelight.faces.identity import Recognizer, similarity
from limelight.faces.landmarks import FaceLandmarker
from limelight.faces.mesh import LIP_LOWER, LIP_UPPER
from limelight.shoot.painted.camera import PaintedCamera
from limelight.shoot.painted.cues import cues_of
from limelight.shoot.painted.performance import Performance, analyse, eye_unit, performance_of
from limelight.understudy.casting import understudy
from limelight.understudy.dressing_room import figure
from limelight.understudy.render import Expression, Performer
from shoot.painted.drawn_star import Likeness, score, sheet

pytestmark = pytest.mark.slow
SIZE = (480, 270)


def perform(name, frames=30):
    """Opens and shuts the mouth, turns the head."""
    person = understudy(name)
    performer = Performer(person, size=SIZE, figure=figure(person), samples=1)
    taken = []
    for number in range(frames):
        open_ = 0.5 * (0.5 - 0.5 * np.cos(2 * np.pi * number / 7))
        yaw = 9 * np.sin(2 * np.pi * number / frames)
        taken.append(performer.frame(Expression(yaw=yaw, blendshapes={"jawOpen": open_})).rgb)
    return taken


@pytest.fixture(scope="module")
def ada():
    return Likeness("ada", perform("ada"))


def test_drawings_cover_shut_to_open_and_are_analysed_once(ada):
    played = performance_of(ada)
    assert len(played) >= 20
    assert played.opening.min() == 0
    assert played.opening.max() > 0.99
    assert np.ptp(played.yaw) > 8
    eyes = [(p[33] + p[133] + p[362] + p[263]) / 4 for p in played.points]
    assert np.abs(np.array(eyes) - played.eyes).max() < 0.25 * played.unit
    assert [name for name in ada.kept if name.startswith("painted-performance")]
    again = performance_of(ada)
    assert isinstance(again, Performance)
    assert np.array_equal(again.frames, played.frames)


def test_a_head_cut_off_at_the_top_is_rejected(ada):
    cut = [np.vstack([frame[75:], np.repeat(frame[-1:], 75, axis=0)]) for frame in ada.footage._frames[:6]]
    with pytest.raises(InputError, match="cut off at the top"):
        analyse(Likeness("cut", cut))
    mixed = analyse(Likeness("mixed", cut + ada.footage._frames[:8]))
    assert mixed.frames.min() >= 6
    assert ("with the head cut off at the top", 6) in mixed.rejected


def test_footage_without_a_face_says_so():
    with pytest.raises(InputError, match="without a face"):
        analyse(Likeness("nobody", [np.full((96, 128, 3), 90, np.uint8)] * 3))


def test_in_the_finished_frames_the_lips_follow_the_voice_and_the_star_is_recognised(ada, tmp_path):
    """Lips and identity are measured by the face models on what the camera yields, each with its control."""
    made = sheet(
        tmp_path, "close-up", cast=[ada], size=(640, 360), frames=72, captions="none", heard=score(4.0)
    )
    with PaintedCamera() as camera:
        while tasks := camera.tasks([made]):
            for task in tasks:
                camera.prepare(task, [made], ignore)
        pictures = list(camera.shoot(made))
    assert not [
        path for path in tmp_path.iterdir() if path.suffix != ".plate"
    ]  # nothing of a likeness in clear
    gaps = []
    with FaceLandmarker() as landmarker:
        for picture in pictures:
            face = landmarker.detect(picture)[0]
            points = face.points[:, :2]
            gaps.append(np.linalg.norm(points[LIP_UPPER] - points[LIP_LOWER]) / eye_unit(points))
    voice = cues_of(made.score, made.shot, made.format).voice
    right = float(np.corrcoef(gaps, voice)[0, 1])
    shuffled = np.random.default_rng(1).permutation(voice)
    wrong = float(np.corrcoef(gaps, shuffled)[0, 1])
    assert right > 0.6
    assert abs(wrong) < 0.3
    with Recognizer() as recognizer:
        source = ada.footage.frame(0)
        star = recognizer.embed(source, recognizer.detect(source)[0])
        other = perform("kofi", 1)[0]
        stranger = recognizer.embed(other, recognizer.detect(other)[0])
        shown = [recognizer.embed(p, recognizer.detect(p)[0]) for p in pictures[::12]]
    own = [float(similarity(one, star)) for one in shown]
    strange = [float(similarity(one, stranger)) for one in shown]
    assert min(own) > 0.363
    assert np.median(own) > np.median(strange) + 0.15
