import numpy as np
import pytest

from limelight.shoot.painted.lighting import Light, relight
from limelight.shoot.painted.staging import exposure_in
from shoot.painted.drawn_star import performance, sprite

PLAIN = Light((1.0, 0.0), (1.0, 1.0, 1.0), (1.0, 1.0, 1.0), (255, 255, 255), rim=0.0, wrap=0.0)


@pytest.fixture(scope="module")
def person():
    played = performance(unit=28.0)
    return sprite(played, 0), played.points[0], played.unit


def luma(picture):
    return picture[..., :3].astype(float).mean(-1)


def test_plain_light_leaves_a_person_alone_and_no_light_changes_the_outline(person):
    drawn, points, unit = person
    assert np.abs(relight(drawn, points, PLAIN, unit).astype(int) - drawn).max() <= 1
    night = Light((1.0, -1.0), (0.9, 0.9, 0.8), (0.2, 0.2, 0.4), (255, 255, 255))
    assert np.array_equal(relight(drawn, points, night, unit)[..., 3], drawn[..., 3])


@pytest.mark.parametrize("towards", [-1.0, 1.0])
def test_the_side_towards_the_light_is_lit(person, towards):
    drawn, points, unit = person
    light = Light((towards, 0.0), (1.0, 1.0, 1.0), (0.2, 0.2, 0.3), (255, 255, 255), rim=0.0, wrap=0.0)
    lit = luma(relight(drawn, points, light, unit)) / np.maximum(1, luma(drawn))
    x, y = round(4.0 * unit), round(3.4 * unit)
    near, far = x + round(towards * 0.8 * unit), x - round(towards * 0.8 * unit)
    assert lit[y, near] > lit[y, far] + 0.2


def test_light_behind_shines_around_the_edges_and_not_in_the_middle(person):
    drawn, points, unit = person
    behind = np.full((drawn.shape[0] // 4, drawn.shape[1] // 4, 3), (255, 0, 0), np.uint8)
    light = Light((0.0, -1.0), (1.0,) * 3, (1.0,) * 3, (0, 0, 0), rim=0.0, wrap=1.0, behind=behind)
    gained = relight(drawn, points, light, unit)[..., 0].astype(int) - drawn[..., 0]
    x, y = round(4.0 * unit), round(3.6 * unit)
    row = np.flatnonzero(drawn[y, :, 3] > 200)
    assert gained[y, row[0]] > 20
    assert gained[y, x] < 6


def test_a_dark_face_is_exposed_longer_and_the_clothes_are_not(person):
    drawn, points, unit = person
    gained = luma(relight(drawn, points, Light(**(PLAIN.__dict__ | {"lift": 1.4})), unit)) / np.maximum(
        1, luma(drawn)
    )
    x, y = round(4.0 * unit), round(3.4 * unit)
    assert gained[y, x] > 1.15
    assert gained[round(7.4 * unit), x + round(1.5 * unit)] < 1.05


def test_colours_fade_at_night(person):
    drawn, points, unit = person
    grey = relight(drawn, points, Light(**(PLAIN.__dict__ | {"fade": 1.0})), unit)
    assert np.ptp(grey[..., :3].astype(int), axis=-1).max() <= 2


def test_a_bright_place_exposes_more_and_shadows_take_the_colour_of_the_air():
    blue, sun = np.array([40.0, 60.0, 200.0]), np.array([255.0, 220.0, 180.0])
    day, night = exposure_in(blue, sun, 0.7), exposure_in(blue, sun, 0.1)
    assert min(day[0]) > max(night[0]) * 0.9
    assert sum(day[0]) > sum(night[0]) > sum(night[1])
    assert night[1][2] > 1.5 * night[1][0]
    assert night[0][0] > night[0][2]
