"""Video models behind the same camera: the real classes of AnimateDiff, Wan and LTX-2 at toy size."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some

from limelight.errors import BackendError, ConsentError
from limelight.shoot.camera import Kit
from limelight.shoot.diffusion import openings
from limelight.shoot.diffusion.camera import DiffusionCamera
from limelight.shoot.diffusion.drawing import Wish
from limelight.shoot.diffusion.filming import Cinematographer, plan_strips, stretched
from limelight.shoot.diffusion.models.loading import Hardware
from limelight.shoot.diffusion.models.register import registered
from shoot.painted.drawn_star import Likeness, sheet

FACE = [np.full((24, 24, 3), 90, np.uint8)]
VIDEO = ("animatediff", "wan2.2-ti2v-5b", "ltx-2")


@settings(max_examples=40, deadline=None)
@given(
    name=some.sampled_from(VIDEO), frames=some.integers(1, 1200), rate=some.sampled_from([23.976, 24.0, 30.0, 60.0]),
    tempo=some.floats(40, 220),
)  # fmt: skip
def test_strips_fill_the_shot_and_keep_the_models_grid(name, frames, rate, tempo):
    model = registered(name)
    beats = np.arange(0.2, frames / rate, 60 / tempo)
    strips = plan_strips(frames, rate, beats, model)
    assert sum(strip.frames for strip in strips) == frames
    assert [strip.start for strip in strips] == [0, *itertools.accumulate(s.frames for s in strips[:-1])]
    for strip in strips:
        assert strip.frames >= 1
        assert strip.filmed % model.grid == 1 % model.grid
        assert strip.filmed <= model.longest
        assert strip.frames / rate <= (model.longest - 1) / model.fps + 1e-6


def test_strips_end_on_beats_where_there_are_any():
    beats = np.arange(0.5, 14, 0.5)
    strips = plan_strips(420, 30.0, beats, registered("wan2.2-ti2v-5b"))
    assert len(strips) == 3
    for strip in strips[1:]:
        assert np.abs(beats - strip.start / 30).min() < 1 / 60


@settings(max_examples=40, deadline=None)
@given(taken=some.integers(1, 17), frames=some.integers(1, 60))
def test_a_clip_is_stretched_to_exactly_its_frames(taken, frames):
    pictures = [np.full((16, 16, 3), 10 * n, np.uint8) for n in range(taken)]
    found = list(stretched(pictures, frames))
    assert len(found) == frames
    levels = [int(picture.mean()) for picture in found]
    assert levels == sorted(levels)


def kit(model, **more):
    return Kit(model=str(model), **({"steps": 2, "lips": "none"} | more))


@pytest.fixture
def wan(models):
    with DiffusionCamera(kit(models("sd15"), motion=str(models("wan")))) as camera:
        yield camera


def test_wan_films_from_the_stars_keyframe(wan, tmp_path):
    likeness = Likeness("nell", FACE)
    one = sheet(tmp_path, cast=[likeness], frames=7, size=(64, 64))
    assert wan.tasks([one]) == ["opening 1"]
    wan.prepare("opening 1", [one], lambda _event: None)
    assert wan.tasks([one]) == []
    assert not list(tmp_path.glob("*.png")), "a picture of a star is sealed, never among the plates"
    assert [name.split("-")[0] for name in likeness.kept] == ["opening"]
    pictures = list(wan.shoot(one))
    assert [picture.shape for picture in pictures] == [(64, 64, 3)] * 7
    assert len(wan.models) == 2
    likeness.revoked_after = 0
    with pytest.raises(ConsentError):
        list(wan.shoot(one))


@pytest.mark.parametrize("kind", ["wan", "ltx2"])
def test_the_first_frame_decides_what_is_filmed(models, kind):
    from limelight.shoot.diffusion.models.checkpoint import locate
    from limelight.shoot.diffusion.models.loading import loaded
    from limelight.shoot.diffusion.models.register import find

    checkpoint = locate(find(str(models(kind))))
    model = checkpoint.model.model_copy(update={"steps": 2})
    assert model.first_frame
    with loaded(checkpoint, Hardware("cpu"), from_picture=True) as pipeline:
        operator = Cinematographer(pipeline, model, Hardware("cpu"))
        strips = plan_strips(6, 30.0, [], model)
        wish = Wish("the sea", "fog", ((3, 1.0),))
        dark, light, again = (
            np.array(list(operator.film(wish, strips, (64, 64), np.full((64, 64, 3), level, np.uint8))), int)
            for level in (20, 230, 20)
        )
    assert np.array_equal(dark, again)
    assert np.abs(dark - light).mean() > 0.1


@pytest.mark.parametrize("kind", ["wan", "ltx2"])
def test_a_video_model_alone_films_from_words(models, tmp_path, kind):
    with DiffusionCamera(kit(models(kind))) as camera:
        one = sheet(tmp_path, "wide", frames=5, size=(64, 64), prompt="the sea")
        assert camera.tasks([one]) == []
        assert len(list(camera.shoot(one))) == 5


def test_animatediff_moves_the_still_models_pictures(models, tmp_path):
    with DiffusionCamera(kit(models("sd15"), motion=str(models("motion_adapter")))) as camera:
        one = sheet(tmp_path, "wide", frames=9, size=(64, 64), prompt="the sea")
        pictures = list(camera.shoot(one))
        digest = camera.depends_on(one)
    assert [picture.shape for picture in pictures] == [(64, 64, 3)] * 9
    assert np.std([picture.astype(int) for picture in pictures]) > 3
    assert digest["strips"] != "()"


def test_animatediff_on_another_kind_of_model_is_refused(models, tmp_path):
    camera = DiffusionCamera(kit(models("sdxl"), motion=str(models("motion_adapter"))))
    with pytest.raises(BackendError, match=r"Stable Diffusion 1\.5 only"):
        camera.tasks([sheet(tmp_path, "wide")])


def test_a_still_model_is_no_video_model(models, tmp_path):
    camera = DiffusionCamera(kit(models("sd15"), motion=str(models("sdxl"))))
    with pytest.raises(BackendError, match="no video model"):
        camera.tasks([sheet(tmp_path, "wide")])


def test_an_opening_of_two_needs_both(tmp_path):
    picture = np.random.default_rng(0).integers(0, 255, (8, 8, 3), np.uint8)
    pair = (Likeness("ada", FACE), Likeness("bo", FACE))
    one = sheet(tmp_path, cast=pair)
    openings.keep(one, "k", picture, pair)
    assert np.array_equal(openings.recall(one, "k", pair), picture)
    assert openings.recall(one, "k", pair[:1]) is None
    pair[1].kept.clear()
    assert openings.recall(one, "k", pair) is None


class Crowded:
    """Stands for a pipeline on a small GPU: only small pictures fit."""

    def __init__(self, most):
        self.most = most
        self.asked = []

    def __call__(self, **told):
        self.asked.append((told["width"], told["height"]))
        if told["width"] > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        shape = (1, told["num_frames"], told["height"], told["width"], 3)
        return type("Video", (), {"frames": np.zeros(shape, np.float32)})


@pytest.mark.parametrize(("most", "ends"), [(256, True), (64, False)])
def test_memory_that_runs_out_makes_smaller_clips_then_an_error(most, ends):
    model = registered("wan2.2-ti2v-5b")
    operator = Cinematographer(Crowded(most), model, Hardware("cpu"))
    strips = plan_strips(10, 30.0, [], model)
    if ends:
        found = list(operator.film(Wish("", "", ((1, 1.0),)), strips, (384, 256)))
        assert len(found) == 10
        assert operator.pipeline.asked[0] == (384, 256)
        assert found[0].shape[1] <= most
    else:
        with pytest.raises(BackendError, match="does not fit"):
            list(operator.film(Wish("", "", ((1, 1.0),)), strips, (384, 256)))
