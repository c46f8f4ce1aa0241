import cv2
import numpy as np
import pytest

from limelight.errors import InputError
from limelight.shoot.painted.brush import Brush, hold_regions, match_colors, style_weights
from limelight.weights import is_present

needs_net = pytest.mark.skipif(
    not is_present("multistyle26"), reason="`limelight weights pull multistyle26` first"
)


def scene():
    rng = np.random.default_rng(3)
    small = rng.integers(0, 256, (9, 16, 3), dtype=np.uint8)
    return cv2.resize(small, (128, 72), interpolation=cv2.INTER_CUBIC)


def test_styles_are_weighed_to_one():
    assert style_weights(4)[4] == 1
    mixed = style_weights({3: 1.0, 12: 3.0})
    assert mixed[12] == pytest.approx(0.75)
    assert mixed.sum() == pytest.approx(1)


@pytest.mark.parametrize("style", [26, -1, {3: -1.0}, {}, {3: 0.0}])
def test_impossible_styles_are_refused(style):
    with pytest.raises(InputError):
        style_weights(style)


def test_matching_gives_night_back_to_a_painting_that_made_it_day():
    night = (scene() * 0.2).astype(np.uint8)
    day = scene().astype(np.float32) / 255
    assert abs(match_colors(day, night, 1.0).mean() - night.mean()) < 6
    assert match_colors(day, night, 0.0).mean() == pytest.approx(day.mean() * 255, abs=2)


def test_held_regions_keep_their_light():
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[:, 100:] = 200
    flat = np.full_like(picture, 128)
    held = hold_regions(flat, picture, 1.0)
    assert held[:, :80].mean() < 20
    assert held[:, 120:].mean() > 180


def test_no_strength_needs_no_net():
    picture = scene()
    assert (Brush().paint(picture, 0, 0.0) == picture).all()


@needs_net
def test_painting_is_the_same_twice_and_keeps_the_colours():
    picture = scene()
    with Brush() as brush:
        painted, again = brush.paint(picture, 12, 0.9, hold=0.9), brush.paint(picture, 12, 0.9, hold=0.9)
    assert painted.shape == picture.shape
    assert (painted == again).all()
    assert (painted != picture).any()
    assert abs(painted.mean() - picture.mean()) < 8


@needs_net
def test_a_closed_brush_says_so():
    brush = Brush()
    with brush:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        brush.paint(scene(), 0, 0.5)
