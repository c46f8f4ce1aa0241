"""Mesh, expression and pose of drawn faces with known answers, and against MediaPipe's recorded ones."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faces.actor import draw
from faces.poses import POSES
from limelight.errors import BackendError, InputError
from limelight.faces import mesh
from limelight.faces.geometry import Pose
from limelight.faces.landmarks import Face, FaceLandmarker

pytestmark = pytest.mark.slow
GOLDEN: dict[str, Any] = json.loads(Path(__file__).with_name("golden.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def landmarker() -> Iterator[FaceLandmarker]:
    with FaceLandmarker() as landmarker:
        yield landmarker


def only(faces: tuple[Face, ...]) -> Face:
    assert len(faces) == 1
    return faces[0]


@pytest.mark.parametrize("name", POSES)
def test_it_answers_as_mediapipe_does(landmarker: FaceLandmarker, name: str) -> None:
    face, golden = only(landmarker.detect(draw(**POSES[name])[0])), GOLDEN[name]
    apart = np.linalg.norm(face.points[::8, :2] - np.array(golden["points"])[:, :2], axis=1)
    assert apart.mean() < 0.005 * face.eye_distance
    if "roll" not in POSES[name]:  # MediaPipe stretches z of tilted heads in pictures that are not square
        deep = np.abs(face.points[::8, 2] - np.array(golden["points"])[:, 2])
        assert deep.mean() < 0.005 * face.eye_distance
    for shape, value in golden["blendshapes"].items():
        assert face.blendshapes[shape] == pytest.approx(value, abs=0.02), shape
    theirs = Pose.from_matrix(np.array(golden["matrix"]))
    assert face.pose.yaw == pytest.approx(theirs.yaw, abs=0.5)
    assert face.pose.pitch == pytest.approx(theirs.pitch, abs=0.5)
    assert face.pose.roll == pytest.approx(theirs.roll, abs=0.5)
    assert face.pose.matrix[:3, 3] == pytest.approx(theirs.matrix[:3, 3], abs=1.0), "centimetres"


def test_points_lie_where_they_were_drawn(landmarker: FaceLandmarker) -> None:
    picture, points = draw(yaw=15)
    face = only(landmarker.detect(picture))
    apart = np.linalg.norm(face.points[:468, :2] - points, axis=1).mean()
    assert apart < 0.06 * face.eye_distance
    elsewhere = np.linalg.norm(face.points[:468, :2] - draw(yaw=-15)[1], axis=1).mean()
    assert elsewhere > 2 * apart, "the control, another pose, must be worse"


@pytest.mark.parametrize(
    ("axis", "angle"), [("yaw", 25), ("yaw", -25), ("roll", 20), ("roll", -20), ("pitch", 15)]
)
def test_the_pose_turns_as_the_head_does(landmarker: FaceLandmarker, axis: str, angle: float) -> None:
    rest = getattr(only(landmarker.detect(draw()[0])).pose, axis)
    turned = getattr(only(landmarker.detect(draw(**{axis: angle})[0])).pose, axis)  # type: ignore[arg-type]
    assert turned - rest == pytest.approx(angle, abs=6)


def test_an_open_mouth_opens_the_jaw(landmarker: FaceLandmarker) -> None:
    closed, opened = (only(landmarker.detect(draw(jaw=jaw)[0])) for jaw in (0.0, 2.5))
    assert opened.blendshapes["jawOpen"] > closed.blendshapes["jawOpen"] + 0.2
    gap = [face.points[mesh.LIP_LOWER, 1] - face.points[mesh.LIP_UPPER, 1] for face in (closed, opened)]
    assert gap[1] > 2 * gap[0]


def test_a_face_is_typed_and_named(landmarker: FaceLandmarker) -> None:
    face = only(landmarker.detect(draw()[0]))
    assert face.points.shape == (478, 3)
    assert face.points.dtype == np.float32
    assert tuple(face.blendshapes) == mesh.BLENDSHAPES
    assert all(0 <= value <= 1 for value in face.blendshapes.values())
    left, top, width, height = face.box
    assert face.points[:, 0].min() == pytest.approx(left)
    assert face.points[:, 1].max() == pytest.approx(top + height, abs=0.01)
    assert width > 0
    assert 0.5 <= face.presence <= 1


def test_nobody_is_found_where_nobody_is(landmarker: FaceLandmarker) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (240, 320, 3), np.uint8)
    assert landmarker.detect(noise) == ()
    assert landmarker.detect(np.zeros((40, 2, 3), np.uint8)) == ()
    assert landmarker.track(noise) == ()


def test_tracking_follows_a_moving_head_and_agrees_with_stills() -> None:
    with FaceLandmarker() as landmarker:
        for step in range(8):
            picture, _ = draw(yaw=3.0 * step, shift=(0.8 * step, 0.0))
            tracked, still = only(landmarker.track(picture)), only(landmarker.detect(picture))
            apart = np.linalg.norm(tracked.points[:, :2] - still.points[:, :2], axis=1).mean()
            assert apart < 0.03 * still.eye_distance


def test_a_cut_to_somewhere_else_is_found_again() -> None:
    with FaceLandmarker() as landmarker:
        only(landmarker.track(draw(shift=(-14, 0))[0]))
        jumped = draw(shift=(14, 0))[0]
        landmarker.reset()
        only(landmarker.track(jumped))


def test_a_head_that_moves_back_suddenly_stays_one_face() -> None:
    with FaceLandmarker(max_faces=2) as landmarker:
        landmarker.track(draw(distance=32.0)[0])
        for _ in range(2):
            only(landmarker.track(draw(distance=45.0)[0]))


def test_two_faces_are_found_and_kept_apart() -> None:
    picture = np.hstack([draw(size=(480, 480))[0], draw(yaw=20, size=(480, 480))[0]])
    with FaceLandmarker(max_faces=2) as landmarker:
        for read in (landmarker.detect, landmarker.track, landmarker.track):
            lefts = sorted(face.box[0] for face in read(picture))
            assert len(lefts) == 2
            assert lefts[0] < 480 < lefts[1]


@pytest.mark.parametrize(
    "picture", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((1, 9, 3), np.uint8), "face.png"]
)
def test_what_is_no_picture_is_refused(landmarker: FaceLandmarker, picture: Any) -> None:
    with pytest.raises(InputError, match="A picture must"):
        landmarker.detect(picture)


def test_a_closed_landmarker_says_so_and_may_be_closed_again() -> None:
    with FaceLandmarker() as landmarker:
        pass
    landmarker.close()
    with pytest.raises(BackendError, match="closed"):
        landmarker.detect(draw()[0])


def test_a_file_that_is_no_bundle_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "face_landmarker.task"
    wrong.write_bytes(b"not a zip")
    with pytest.raises(BackendError, match="not a face landmark bundle"):
        FaceLandmarker(model=wrong)
    with pytest.raises(InputError, match="max_faces"):
        FaceLandmarker(0)
