import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight.shoot.painted.blend import fill, flood, mix, new_canvas, over


def random_sprite(seed, width=9, height=7):
    random = np.random.default_rng(seed)
    alpha = random.integers(0, 256, (height, width, 1))
    rgb = random.integers(0, 256, (height, width, 3)) * alpha // 255
    return np.concatenate([rgb, alpha], axis=2).astype(np.uint8)


@given(st.integers(0, 999), st.integers(-12, 22), st.integers(-12, 18), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_over_is_porter_and_duffs_and_clips_at_the_edges(seed, x, y, opacity):
    canvas, sprite = new_canvas(20, 16, (40, 120, 200)), random_sprite(seed)
    wide = np.zeros((60, 60, 4))
    wide[y + 20 : y + 27, x + 20 : x + 29] = sprite * opacity
    part = wide[20:36, 20:40]
    wanted = part[..., :3] + canvas[..., :3] * (1 - part[..., 3:] / 255)
    over(canvas, sprite, x, y, opacity)
    assert np.abs(canvas[..., :3] - wanted).max() <= 2.5
    assert (canvas[..., 3] == 255).all()


@pytest.mark.parametrize("cover", [0, 1, 128, 254, 255])
def test_fill_and_mix_reach_both_ends_exactly(cover):
    canvas, other = new_canvas(4, 4, (10, 20, 30)), new_canvas(4, 4, (210, 220, 230))
    mask = np.full((4, 4), cover, np.uint8)
    painted = canvas.copy()
    fill(painted, mask, 0, 0, (210, 220, 230))
    mix(canvas, other, mask)
    wanted = 10 + 200 * cover / 255
    assert abs(int(painted[0, 0, 0]) - wanted) <= 1.5
    assert abs(int(canvas[0, 0, 0]) - wanted) <= 1.5


def test_flood_works_on_a_cut_out():
    canvas = new_canvas(6, 6)
    flood(canvas[1:3, 2:5], (9, 8, 7))
    assert canvas[..., 0].sum() == 9 * 6
