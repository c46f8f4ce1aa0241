"""The formulas around the networks, without any network: anchors, suppression, geometry, wire format, filters."""

import contextlib
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from limelight.faces import mesh
from limelight.faces.blazeface import anchors, decode, merge
from limelight.faces.geometry import CanonicalFace, Pose
from limelight.faces.identity import TEMPLATE, similarity, similarity_transform
from limelight.faces.matte import fill_holes
from limelight.faces.onnx import keep_input, mend_blocks
from limelight.faces.picture import Roi
from limelight.faces.protobuf import field, fields

angles = some.floats(-60, 60)


def test_there_are_896_anchors_on_two_grids() -> None:
    grid = anchors()
    assert grid.shape == (896, 2)
    assert len(np.unique(grid[:512], axis=0)) == 256
    assert len(np.unique(grid[512:], axis=0)) == 64
    assert grid.min() == pytest.approx(1 / 32)
    assert grid.max() == pytest.approx(1 - 1 / 32)


def test_decoding_adds_the_anchor_and_keeps_the_sure() -> None:
    logits = np.full(896, -100, np.float32)
    logits[[3, 600]] = 1, 3
    regressors = np.zeros((896, 16), np.float32)
    regressors[:, 2:4] = 64
    places, scores = decode(regressors, logits)
    assert scores == pytest.approx([1 / (1 + np.exp(-3)), 1 / (1 + np.exp(-1))])
    assert places[0, 1] - places[0, 0] == pytest.approx([0.5, 0.5])
    assert places[1, 2] == pytest.approx(anchors()[3])


def test_overlapping_candidates_are_averaged_by_score_and_others_kept() -> None:
    def face(x: float) -> list[list[float]]:
        return [[x, 0.1], [x + 0.2, 0.3], *([[x, 0.2]] * 6)]

    places = np.array([face(0.1), face(0.11), face(0.6)], np.float32)
    merged = merge(places, np.array([0.9, 0.6, 0.7], np.float32))
    assert len(merged) == 2
    assert merged[0][0][0, 0] == pytest.approx((0.9 * 0.1 + 0.6 * 0.11) / 1.5, abs=1e-6)
    assert [score for _, score in merged] == pytest.approx([0.9, 0.7])


@given(angle=some.floats(-3, 3), width=some.floats(5, 300), height=some.floats(5, 300))
def test_a_region_maps_its_middle_to_its_middle(angle: float, width: float, height: float) -> None:
    matrix = Roi(50, 70, width, height, angle).matrix(64, 32)
    assert matrix @ [32, 16, 1] == pytest.approx([50, 70], abs=1e-6)
    across = matrix @ [64, 16, 1] - matrix @ [0, 16, 1]
    assert np.linalg.norm(across) == pytest.approx(width)
    assert np.arctan2(across[1], across[0]) == pytest.approx(angle)


def test_overlap_of_regions() -> None:
    one = Roi(10, 10, 10, 10)
    assert one.overlap(one) == 1
    assert one.overlap(Roi(15, 10, 10, 10)) == pytest.approx(1 / 3)
    assert one.overlap(Roi(30, 10, 10, 10)) == 0


def turn(yaw: float, pitch: float, roll: float) -> np.ndarray:
    a, b, c = np.radians([yaw, pitch, roll])
    y = [[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]]
    x = [[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]]
    z = [[np.cos(c), np.sin(c), 0], [-np.sin(c), np.cos(c), 0], [0, 0, 1]]
    return np.array(y) @ np.array(x) @ np.array(z)


@given(yaw=angles, pitch=angles, roll=angles, scale=some.floats(0.5, 20))
def test_angles_come_back_from_their_matrix(yaw: float, pitch: float, roll: float, scale: float) -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = scale * turn(yaw, pitch, roll)
    pose = Pose.from_matrix(matrix)
    assert (pose.yaw, pose.pitch, pose.roll) == pytest.approx((yaw, pitch, roll), abs=1e-6)


@given(yaw=angles, pitch=angles, roll=angles, shift=some.tuples(*[some.floats(-5, 5)] * 3))
def test_the_fit_finds_a_known_motion(
    yaw: float, pitch: float, roll: float, shift: tuple[float, float, float]
) -> None:
    points = np.random.default_rng(0).normal(size=(3, 468)) * 5
    face = CanonicalFace(points, np.linspace(0, 1, 468))
    moved = 2.5 * turn(yaw, pitch, roll) @ points + np.array(shift)[:, None]
    matrix = face._fit(moved)
    assert matrix[:3, :3] == pytest.approx(2.5 * turn(yaw, pitch, roll), abs=1e-6)
    assert matrix[:3, 3] == pytest.approx(shift, abs=1e-6)


def test_the_five_points_are_brought_home() -> None:
    swirl = np.array([[0.8, -0.6], [0.6, 0.8]]) * 3
    moved = TEMPLATE @ swirl.T + [40, -7]
    matrix = similarity_transform(moved, TEMPLATE.astype(float))
    back = np.column_stack([moved, np.ones(5)]) @ matrix.T
    assert back == pytest.approx(TEMPLATE, abs=1e-3)


def test_no_turn_and_scale_fits_better_than_the_one_that_is_found() -> None:
    rng = np.random.default_rng(5)
    source, target = rng.normal(size=(12, 2)), rng.normal(size=(12, 2))

    def missed(matrix: np.ndarray) -> float:
        return float(((source @ matrix[:, :2].T + matrix[:, 2] - target) ** 2).sum())

    best = similarity_transform(source, target)
    for angle, factor in rng.normal(0, 0.05, (50, 2)):
        turn = np.exp(factor) * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        other = turn @ best[:, :2]
        shift = target.mean(axis=0) - other @ source.mean(axis=0)
        assert missed(np.column_stack([other, shift])) >= missed(best)


def test_similarity_is_a_cosine() -> None:
    one, other = np.array([1, 0], np.float32), np.array([0, 2], np.float32)
    assert similarity(one, one * 5) == pytest.approx(1)
    assert similarity(one, other) == 0
    assert similarity(one, np.zeros(2, np.float32)) == 0


@given(some.lists(some.tuples(some.integers(1, 5000), some.binary(max_size=300)), max_size=6))
def test_messages_are_read_as_written(content: list[tuple[int, bytes]]) -> None:
    message = b"".join(field(number, value) for number, value in content)
    read = list(fields(message))
    assert [(one.number, one.value) for one in read] == content
    assert b"".join(one.raw for one in read) == message


@given(some.binary(max_size=60))
def test_garbage_is_no_message_but_never_worse(garbage: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert b"".join(one.raw for one in fields(garbage)) == garbage


def test_stale_inputs_and_wrong_blocks_are_taken_out_and_the_rest_left() -> None:
    def value(name: str) -> bytes:
        return field(11, field(1, name.encode()))

    def node(*inputs: str) -> bytes:
        names = b"".join(field(1, name.encode()) for name in inputs)
        block = field(5, field(1, b"block_size") + b"\x18\x40")
        return field(1, names + field(4, b"DequantizeLinear") + block + field(5, field(1, b"axis")))

    one_scale = field(5, b"\x08\x01" + field(8, b"one"))
    many_scales = field(5, b"\x08\x02\x08\x03" + field(8, b"many"))
    graph = value("data") + value("stale") + node("w", "one") + node("w", "many") + one_scale + many_scales
    model = b"\x08\x07" + field(7, graph)
    thin = keep_input(model, "data")
    assert b"stale" not in thin
    assert b"data" in thin
    assert len(model) - len(thin) == len(value("stale"))
    mended = mend_blocks(model)
    assert mended.count(b"block_size") == 1
    assert mended.count(b"axis") == 2
    assert mended.startswith(b"\x08\x07")


def test_the_canonical_face_is_read_from_its_message() -> None:
    vertices = np.arange(468 * 5, dtype="<f4")
    weights = b"".join(
        field(2, b"\x08" + bytes([index]) + b"\x15" + struct.pack("<f", 0.5)) for index in (1, 7)
    )
    face = CanonicalFace.parse(field(1, field(3, vertices.tobytes())) + weights)
    assert face.points[:, 2].tolist() == [10, 11, 12]
    assert np.flatnonzero(face.weights).tolist() == [1, 7]


def test_small_holes_are_filled_and_large_ones_left() -> None:
    mask = np.zeros((100, 100), np.float32)
    mask[10:90, 10:90] = 1
    mask[30:33, 30:33] = 0.2
    mask[50:70, 50:70] = 0
    filled = fill_holes(mask)
    assert filled[31, 31] == 1
    assert filled[60, 60] == 0
    assert filled[0, 0] == 0


def test_named_points_are_in_the_mesh_and_outlines_do_not_repeat() -> None:
    for outline in (mesh.LIPS_OUTER, mesh.LIPS_INNER, mesh.EYE_LEFT, mesh.EYE_RIGHT, mesh.OVAL):
        assert len(set(outline)) == len(outline)
        assert max(outline) < 468
    assert len(mesh.BLENDSHAPES) == 52
    assert len(mesh.EXPRESSION_POINTS) == len(set(mesh.EXPRESSION_POINTS)) == 146
