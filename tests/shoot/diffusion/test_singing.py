"""Lips in the diffusion camera: its toy models draw no faces, so what is shown is that the door is used."""

from dataclasses import replace

import numpy as np
import pytest

from limelight.errors import BackendError
from limelight.shoot.camera import Kit
from limelight.shoot.diffusion.camera import DiffusionCamera
from limelight.shoot.painted.performance import KEPT_AS
from shoot.painted.drawn_star import Likeness, performance, sheet


class Marks:
    """A lip-sync that leaves a mark in the corner of each picture."""

    name, version, weights = "marks", 1, ()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        pass

    def sing(self, pictures, sheet):
        for picture in pictures:
            marked = picture.copy()
            marked[:2, :2] = 255 * bool(sheet.shot.stars)
            yield marked


@pytest.fixture
def nell():
    likeness = Likeness("nell", [np.full((24, 24, 3), 90, np.uint8)])
    likeness.keep(KEPT_AS, performance().to_bytes())
    return likeness


def test_the_pictures_go_through_the_lip_sync(models, nell, tmp_path):
    camera = DiffusionCamera(Kit(model=str(models("sd15")), steps=2))
    camera._lips = Marks()
    with camera:
        pictures = list(camera.shoot(sheet(tmp_path, cast=[nell], frames=3)))
    assert len(pictures) == 3
    assert all((picture[:2, :2] == 255).all() for picture in pictures)


def test_a_take_depends_on_the_voice_only_while_lips_sing(models, nell, tmp_path):
    one = sheet(tmp_path, cast=[nell], frames=12)
    quiet = replace(
        one, score=one.score.model_copy(update={"voice": one.score.voice.model_copy(update={"envelope": ()})})
    )
    for lips, differs in (("warp", True), ("none", False)):
        camera = DiffusionCamera(Kit(model=str(models("sd15")), steps=2, lips=lips))
        assert (camera.depends_on(one)["lips"] != camera.depends_on(quiet)["lips"]) == differs


def test_an_unknown_lip_sync_is_named(models):
    with pytest.raises(BackendError, match="lip-sync called 'wan'"):
        DiffusionCamera(Kit(model=str(models("sd15")), lips="wan"))
