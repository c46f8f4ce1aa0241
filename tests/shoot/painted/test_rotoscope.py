import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight.shoot.painted.performance import Performance
from limelight.shoot.painted.rotoscope import _cheapest, expose, hold_of
from shoot.painted.drawn_star import performance


def voice(frames, seed):
    random = np.random.default_rng(seed)
    loud = np.repeat(random.uniform(0, 1, frames // 8 + 1), 8)[:frames]
    return np.convolve(loud, np.ones(5) / 5, mode="same").astype(np.float32)


def opening(played, sheet):
    return played.opening[sheet.drawings] + sheet.residual


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_mouth_follows_the_voice_and_not_a_shuffled_one(seed):
    played, sung = performance(24), voice(240, seed)
    shown = opening(played, expose(played, sung, 30, seed))
    right = float(np.corrcoef(shown, sung)[0, 1])
    shuffled = np.random.default_rng(seed).permutation(sung.reshape(-1, 8)).ravel()
    wrong = float(np.corrcoef(shown, shuffled)[0, 1])
    assert right > 0.85
    assert abs(wrong) < 0.4


def test_drawings_are_held_and_heads_do_not_leap():
    played = performance(24)
    sheet = expose(played, voice(300, 5), 30, 5)
    changes = np.flatnonzero(np.diff(sheet.drawings)) + 1
    assert set(changes % 3) <= {0}
    leaps = [
        played.distances[a, b] > 0.05
        for a, b in zip(sheet.drawings[changes - 1], sheet.drawings[changes], strict=True)
    ]
    assert np.mean(leaps) < 0.25


def test_the_same_voice_and_seed_give_the_same_sheet_and_another_seed_another():
    played, silence = performance(24), np.zeros(120, np.float32)
    one, same, other = (expose(played, silence, 30, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.drawings, same.drawings)
    assert not np.array_equal(one.drawings, other.drawings)


def test_a_face_that_never_moves_its_lips_is_not_warped():
    played = performance(6)
    still = Performance(**{**vars(played), "opening": np.zeros(6, np.float32)})
    assert not expose(still, voice(60, 1), 30, 1).residual.any()


@given(st.integers(1, 50), st.sampled_from([1.0, 12.0, 24.0, 29.97, 60.0, 120.0]))
@settings(max_examples=25, deadline=None)
def test_any_length_and_pace_gives_one_drawing_a_frame(frames, fps):
    sheet = expose(performance(6), np.full(frames, 0.4, np.float32), fps, 3)
    assert len(sheet.drawings) == len(sheet.residual) == frames
    assert np.abs(sheet.residual).max() <= 0.5
    assert hold_of(fps) >= 1


def test_the_search_finds_the_cheapest_path():
    random = np.random.default_rng(0)
    cost, step = random.random((5, 3)), random.random((3, 3))
    paths = np.stack(np.meshgrid(*[range(3)] * 5, indexing="ij"), -1).reshape(-1, 5)
    totals = [cost[np.arange(5), p].sum() + step[p[:-1], p[1:]].sum() for p in paths]
    assert np.array_equal(_cheapest(cost, step), paths[int(np.argmin(totals))])


def test_a_performance_survives_being_kept():
    played = performance()
    back = Performance.from_bytes(played.to_bytes())
    for name, value in vars(played).items():
        assert np.array_equal(getattr(back, name), value), name
