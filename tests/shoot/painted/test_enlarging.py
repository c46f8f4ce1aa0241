import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight.catalogue import catalogue
from limelight.shoot.painted.blend import new_canvas, over
from limelight.shoot.painted.enlarging import enlarge, spans_of
from limelight.shoot.painted.multiplane import Multiplane
from limelight.shoot.painted.palette import palette_of
from limelight.shoot.painted.plates import Layer, Plate


def drawing(width=37, height=29):
    """A soft disc that leaves the border empty, premultiplied."""
    random = np.random.default_rng(3)
    y, x = np.mgrid[:height, :width]
    alpha = np.clip(255 * (1.05 - np.hypot((x - width / 2) / 15, (y - height / 2) / 11)), 0, 255)
    rgb = cv2.GaussianBlur(random.integers(0, 256, (height, width, 3)).astype(np.uint8), (0, 0), 1.5)
    return np.dstack([rgb * (alpha[..., None] / 255), alpha]).astype(np.uint8)


@given(st.floats(0.7, 2.5), st.floats(-60, 60), st.floats(-50, 50))
@settings(max_examples=60, deadline=None)
def test_it_draws_what_a_warp_and_over_draw(scale, x, y):
    rgba = drawing()
    canvas, wanted = new_canvas(64, 48, (40, 120, 200)), new_canvas(64, 48, (40, 120, 200))
    warped = cv2.warpAffine(rgba, np.array([[scale, 0, x], [0, scale, y]]), (64, 48), flags=cv2.INTER_LINEAR)
    over(wanted, np.asarray(warped, np.uint8), 0, 0)
    enlarge(canvas, rgba, spans_of(rgba), scale, x, y)
    assert np.abs(canvas.astype(int) - wanted).max() <= 6  # the warp rounds places to 1/32 pixel
    assert np.abs(canvas.astype(int) - wanted).mean() < 0.4


def test_what_is_opaque_goes_on_beyond_its_border():
    rgba = np.full((8, 9, 4), 255, np.uint8)
    rgba[..., :3] = np.arange(9, dtype=np.uint8)[None, :, None] * 20
    canvas = new_canvas(30, 20)
    enlarge(canvas, rgba, None, 1.5, 4.0, 5.0)
    assert (canvas[:, :4, 0] == 0).all()
    assert (canvas[:, 17:, 0] == 160).all()
    assert (canvas[..., 3] == 255).all()


def test_a_cut_out_is_drawn_on_and_nothing_beside_it():
    canvas = new_canvas(40, 30)
    enlarge(canvas[5:25, 10:30], np.full((4, 4, 4), 255, np.uint8), None, 1.0, 0.0, 0.0)
    assert (canvas[5:25, 10:30, 0] == 255).all()
    assert canvas[..., 0].sum() == 255 * 400


def test_spans_leave_out_what_is_empty():
    rgba = np.zeros((3, 10, 4), np.uint8)
    rgba[1, 2:7, 3] = 1
    assert spans_of(rgba).tolist() == [[10, 0], [2, 7], [10, 0]]


def test_planes_say_what_of_a_box_they_cover():
    sky = np.full((116, 232, 4), 255, np.uint8)
    land = np.zeros_like(sky)
    land[58:, :116] = 255
    palette = palette_of(catalogue().looks[0], 0.0, 0.0)
    plate = Plate((Layer(sky, 0.0), Layer(land, 0.3)), 0.5, (0.5, 0.2), palette, 0.9)
    planes = Multiplane(plate, (200, 100))
    assert planes.covered(0, 0, 100, 100) == [(0.3, pytest.approx(0.5))]
    assert planes.covered(120, 0, 180, 100) == [(0.3, 0.0)]
    assert planes.covered(40, 60, 80, 90) == [(0.3, pytest.approx(1.0))]
