import numpy as np
import pytest

from limelight.catalogue import catalogue
from limelight.shoot.painted.blend import new_canvas
from limelight.shoot.painted.finish import Finish, Recipe, tone_curve
from limelight.shoot.painted.motion import PULSE_DECAY, plan_motion
from limelight.shoot.painted.multiplane import View
from limelight.shoot.painted.palette import palette_of
from limelight.storyboard import Move

BEATS = np.array([[0.0, 1.0], [0.5, 0.6], [1.0, 0.6]])
PALETTE = palette_of(catalogue().look("painted"), 0.2, 0.2)


@pytest.mark.parametrize("move", Move)
def test_every_move_stays_within_the_plate(move):
    motion = plan_motion(move, 120, 30, arousal=1.0, beats=BEATS, seed=1)
    for frame in range(120):
        view = View(motion.zoom[frame], motion.pan[frame], motion.tilt[frame], motion.pulse[frame])
        for depth in (0.0, 0.5, 1.0):
            matrix = view.matrix(depth, (1484, 836), (1280, 720))
            left, top = matrix @ (0, 0, 1)
            right, bottom = matrix @ (1484, 836, 1)
            assert max(left, top) <= 0.01
            assert right >= 1279.9
            assert bottom >= 719.9


def test_push_in_and_pull_out_mirror_each_other_and_arousal_moves_more():
    near = plan_motion(Move.PUSH_IN, 90, 30, arousal=0.5, beats=BEATS, seed=1).zoom
    far = plan_motion(Move.PULL_OUT, 90, 30, arousal=0.5, beats=BEATS, seed=1).zoom
    calm = plan_motion(Move.PUSH_IN, 90, 30, arousal=-1.0, beats=BEATS, seed=1).zoom
    assert np.allclose(near, far[::-1])
    assert np.ptp(near) > 1.2 * np.ptp(calm)


def test_a_pulse_decays_exponentially_from_the_beat():
    pulse = plan_motion(Move.HOLD, 60, 60, arousal=0.0, beats=BEATS, seed=1).pulse
    assert pulse[0] == pytest.approx(1.0)
    assert pulse[12] == pytest.approx(np.exp(-0.2 / PULSE_DECAY))
    assert pulse[30] == pytest.approx(0.6)
    assert not plan_motion(Move.HOLD, 60, 60, arousal=0.0, beats=np.empty((0, 2)), seed=1).pulse.any()


def test_grain_changes_every_second_frame_and_has_the_deviation_asked_for():
    finish = Finish((256, 128), PALETTE, Recipe(bloom=0, vignette=0), 3)
    canvas = new_canvas(256, 128, (120, 120, 120))
    shown = [finish(canvas, frame).astype(int) for frame in range(3)]
    assert np.array_equal(shown[0], shown[1])
    assert not np.array_equal(shown[1], shown[2])
    assert shown[0][..., 1].std() == pytest.approx(Recipe().grain, rel=0.1)


def test_the_finish_darkens_corners_spreads_light_and_parts_colours():
    canvas = new_canvas(256, 128, (90, 90, 90))
    canvas[48:80, 112:144, :3] = 255
    plain = Finish((256, 128), PALETTE, Recipe(tone=0, contrast=1, bloom=0, vignette=0, grain=0.01), 3)
    rich = Finish((256, 128), PALETTE, Recipe(tone=0, contrast=1, bloom=0.5, vignette=0.5, grain=0.01), 3)
    bare, full = plain(canvas, 0).astype(int), rich(canvas, 0).astype(int)
    assert np.abs(bare - canvas[..., :3]).max() <= 2
    assert full[2, 2].mean() < bare[2, 2].mean() - 25
    assert full[64, 108].mean() > bare[64, 108].mean() + 4
    fringed = plain(canvas, 0, aberration=8.0)
    assert (fringed[..., 0] != fringed[..., 2]).any()
    assert np.array_equal(fringed[..., 1], plain(canvas, 0)[..., 1])


def test_the_tone_curve_rises():
    curve = tone_curve(PALETTE, Recipe())
    assert (np.diff(curve[:, 0, :3], axis=0) > -0.6).all()
    assert curve.min() >= 0
    assert curve.max() <= 255
