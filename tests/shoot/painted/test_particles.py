import numpy as np
import pytest

from limelight.errors import InputError
from limelight.shoot.painted.particles import KINDS, Particles

SIZE = (160, 90)


def drawn(kind, t, *, seed=1, base=90, **more):
    picture = np.full((SIZE[1], SIZE[0], 3), base, np.uint8)
    Particles(kind, SIZE, seed, amount=8.0, **more).draw(picture, t)
    return picture


@pytest.mark.parametrize("kind", KINDS)
def test_particles_are_seen_move_and_repeat(kind):
    first, again, later = drawn(kind, 0.5), drawn(kind, 0.5), drawn(kind, 1.1)
    assert (first != 90).any()
    assert (first == again).all()
    assert (first != later).any()
    assert (first != drawn(kind, 0.5, seed=2)).any()


def test_glowing_particles_only_add_light():
    for kind in ("rain", "snow", "embers", "stars"):
        assert (drawn(kind, 0.3) >= 90).all()


def test_stars_stay_in_the_sky():
    assert (drawn("stars", 0.4)[60:] == 90).all()


def test_long_shots_never_run_out_of_rain():
    counts = [(drawn("rain", t) != 90).any(axis=2).sum() for t in (0, 10, 100, 1000)]
    assert min(counts) > 0.6 * max(counts)


def test_colours_can_be_chosen():
    picture = drawn("embers", 0.3, base=0, color=(0, 0, 255))
    assert picture[..., 2].max() > 0
    assert picture[..., 0].max() == 0


def test_unknown_particles_are_refused():
    with pytest.raises(InputError, match="frogs"):
        Particles("frogs", SIZE, 1)
