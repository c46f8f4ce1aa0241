"""The diffusion camera with toy models of the real classes: its pictures are noise, its behaviour is real."""

import numpy as np
import pytest

from limelight.errors import ConsentError
from limelight.shoot.camera import Kit
from limelight.shoot.diffusion.camera import DiffusionCamera
from shoot.painted.drawn_star import Likeness, sheet

FACE = [np.full((24, 24, 3), 90, np.uint8)]


def kit(folder, **settings):
    return Kit(model=str(folder), **({"drawings_a_second": 6.0, "steps": 2} | settings))


@pytest.fixture(scope="module")
def camera(models):
    with DiffusionCamera(kit(models("sd15"))) as opened:
        yield opened


@pytest.mark.parametrize("kind", ["sd15", "sdxl", "z_image"])
def test_draws_exactly_the_frames_of_the_shot_in_the_films_size(models, kind, tmp_path):
    with DiffusionCamera(kit(models(kind))) as opened:
        pictures = list(opened.shoot(sheet(tmp_path, "wide", frames=7, prompt="the sea at night")))
    assert [picture.shape for picture in pictures] == [(90, 160, 3)] * 7
    assert all(picture.dtype == np.uint8 for picture in pictures)
    assert np.std([picture.astype(int) for picture in pictures]) > 5


@pytest.mark.parametrize("size", [(160, 90), (90, 160), (96, 96)])
def test_each_shape_is_drawn_for_itself(camera, tmp_path, size):
    (picture, *_) = camera.shoot(sheet(tmp_path, "wide", size=size, frames=2))
    assert picture.shape == (size[1], size[0], 3)


def test_the_same_shot_gives_the_same_pictures_and_another_seed_others(camera, tmp_path):
    first, again, other = (
        np.array(list(camera.shoot(sheet(tmp_path, "wide", frames=3, seed=seed)))) for seed in (4, 4, 5)
    )
    assert np.array_equal(first, again)
    assert np.abs(first.astype(int) - other).mean() > 1


def test_consent_is_asked_for(camera, tmp_path):
    likeness = Likeness("nell", FACE)
    next(iter(camera.shoot(sheet(tmp_path, cast=[likeness], frames=2))))
    assert likeness.checks >= 1
    likeness.revoked_after = 0
    with pytest.raises(ConsentError):
        next(iter(camera.shoot(sheet(tmp_path, cast=[likeness], frames=2))))
