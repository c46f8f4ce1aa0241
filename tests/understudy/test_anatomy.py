import numpy as np
import pytest

from limelight.understudy.anatomy import UnknownTargetError, anatomy, macro_weights, rotation
from limelight.understudy.mesh import subdivided, triangulated


def test_the_face_has_the_arkit_units() -> None:
    units = anatomy().face_units
    assert len(units) == 52
    assert {"jawOpen", "eyeBlinkLeft", "mouthSmileRight", "browInnerUp", "tongueOut"} <= set(units)


def test_a_sideless_target_moves_both_sides_alike() -> None:
    a = anatomy()
    moved = a.shaped({"eye-scale-incr": 1.0}) - a.points
    left, right = moved[a.points[:, 0] > 0.01], moved[a.points[:, 0] < -0.01]
    assert np.abs(left).sum() == pytest.approx(np.abs(right).sum(), rel=0.05)


def test_an_unknown_target_is_named() -> None:
    with pytest.raises(UnknownTargetError, match="no-such-shape"):
        anatomy().shaped({"no-such-shape": 1.0})


def test_macro_weights_of_each_description_sum_to_one_ancestry_and_one_build() -> None:
    weights = macro_weights({"asian": 2, "african": 1}, 0.3, 0.4, 0.0, 0.0)
    ancestry = [w for name, w in weights.items() if not name.startswith("universal")]
    build = [w for name, w in weights.items() if name.startswith("universal")]
    assert sum(ancestry) == pytest.approx(1)
    assert sum(build) == pytest.approx(1)


@pytest.mark.parametrize(
    ("angles", "axis", "sign"),
    [((20, 0, 0), 0, 1), ((0, 20, 0), 1, 1), ((-20, 0, 0), 0, -1), ((0, -20, 0), 1, -1)],
)
def test_the_face_turns_to_its_own_left_and_up(
    angles: tuple[float, float, float], axis: int, sign: int
) -> None:
    forward = rotation(*angles) @ np.array([0, 0, 1])
    assert forward[axis] * sign == pytest.approx(np.sin(np.radians(20)), abs=1e-6)


def test_the_head_rolls_to_its_own_left_shoulder() -> None:
    assert (rotation(0, 0, 15) @ np.array([0, 1, 0]))[0] > 0.2


def test_refining_a_cube_rounds_it_and_closes_it() -> None:
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float32)
    quads = np.array(
        [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)], np.int32
    )
    finer = subdivided(8, quads, np.zeros((6, 4, 2), np.float32))
    points = finer.matrix @ corners
    assert points.shape == (8 + 12 + 6, 3)
    assert np.allclose(np.asarray(finer.matrix.sum(1)).ravel(), 1, atol=1e-5)
    assert np.allclose(
        np.linalg.norm(points[:8], axis=1), np.sqrt(3) * 5 / 9, atol=1e-5
    )  # Catmull-Clark, valence 3
    triangles, _ = triangulated(finer.quads, finer.quad_uvs)
    sides = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), 1)
    _, uses = np.unique(sides, axis=0, return_counts=True)
    assert (uses == 2).all()


def test_weights_of_the_bones_sum_to_one() -> None:
    assert np.allclose(sum(anatomy().bones.values()), 1, atol=2e-3)
