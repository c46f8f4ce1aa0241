"""How one drawing gives way to the next."""

import numpy as np

from limelight.shoot.painted.actor import Actor
from limelight.shoot.painted.performance import Performance
from limelight.shoot.painted.rotoscope import Exposure
from shoot.painted.drawn_star import performance, sprite


def _actor(moved):
    """Two drawings whose heads are ``moved`` units apart, three frames each."""
    played = performance()
    points = played.points.copy()
    points[1] = points[0] + np.float32(moved * played.unit)
    played = Performance(**{**vars(played), "points": points})
    exposure = Exposure(np.array([0, 0, 0, 1, 1, 1]), np.zeros(6, np.float32))
    return Actor(played, exposure, lambda drawing: sprite(performance(), 5 * drawing))


def test_near_drawings_give_way_softly_and_far_ones_at_once():
    for moved, soft in ((0.01, True), (0.2, False)):
        actor = _actor(moved)
        shown = [actor.eased(frame, lambda at, who=actor: who.plain(who.drawing(at))) for frame in range(6)]
        before, after = (actor.plain(drawing).astype(int) for drawing in (0, 1))
        assert np.abs(before - after).max() > 50
        assert np.array_equal(shown[2], before)
        assert np.array_equal(shown[4], after)
        half = np.abs(shown[3] - (before + after) / 2).max() <= 1
        assert half == soft
        assert np.array_equal(shown[3], after) != soft
