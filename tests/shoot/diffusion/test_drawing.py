"""What the models draw follows noise, prompt and the picture to continue; memory that runs out costs batches only."""

import numpy as np
import pytest
import torch

from limelight.errors import BackendError
from limelight.shoot.diffusion.drawing import Draughtsman, Wish, drawn_size, out_of_memory
from limelight.shoot.diffusion.models.checkpoint import locate
from limelight.shoot.diffusion.models.loading import Hardware, loaded
from limelight.shoot.diffusion.models.register import find, registered

CPU = Hardware("cpu")
SIZE = (64, 48)


@pytest.fixture(scope="module", params=["sd15", "sdxl", "z_image"])
def any_artist(request, models):
    checkpoint = locate(find(str(models(request.param))))
    quick = checkpoint.model.model_copy(update={"steps": 3})
    with loaded(checkpoint, CPU) as pipeline:
        yield Draughtsman(pipeline, quick, CPU)


@pytest.fixture
def artist(models):
    checkpoint = locate(find(str(models("sd15"))))
    with loaded(checkpoint, CPU) as pipeline:
        yield Draughtsman(pipeline, checkpoint.model.model_copy(update={"steps": 2}), CPU)


def wish(seed=1, prompt="the sea", **more):
    return Wish(prompt, "fog", ((seed, 1.0),), **more)


def drawn(artist_, *wishes):
    return [picture.astype(int) for picture in artist_.draw(wishes, SIZE)]


def test_pictures_follow_noise_and_come_in_order(any_artist):
    a, b, again, c = drawn(any_artist, wish(1), wish(2), wish(1), wish(3))
    assert a.shape == (48, 64, 3)
    assert np.abs(a - again).max() <= 1
    assert min(np.abs(a - b).mean(), np.abs(a - c).mean(), np.abs(b - c).mean()) > 1


def test_a_small_step_of_noise_is_a_small_step_of_picture(any_artist):
    start, near, far = (Wish("the sea", "", ((1, 1.0), (2, share))) for share in (0.0, 0.05, 1.0))
    a, b, c = drawn(any_artist, start, near, far)
    assert 0 < np.abs(a - b).mean() < 0.35 * np.abs(a - c).mean()


def test_the_less_is_redrawn_the_more_the_continued_picture_decides(any_artist):
    sources = list(any_artist.draw([wish(1), wish(2)], SIZE))

    def apart(strength):
        a, b = drawn(any_artist, *(wish(9, continued=source, strength=strength) for source in sources))
        return np.abs(a - b).mean()

    assert apart(0.34) > 1.15 * apart(1.0)


def test_prompts_are_walked_where_the_model_can(artist):
    a, half, b = drawn(
        artist, wish(), wish(towards="a wood at noon", share=0.5), wish(prompt="a wood at noon")
    )
    whole = np.abs(a - b).mean()
    assert whole > 0
    assert 0 < np.abs(a - half).mean() < whole * 1.2
    assert 0 < np.abs(half - b).mean() < whole * 1.2


def test_memory_that_runs_out_halves_the_batch_and_loses_no_picture(artist, monkeypatch):
    """The error is simulated; what follows is real."""
    expected = drawn(artist, *(wish(seed) for seed in range(5)))
    artist.at_once = 4
    real, batches = type(artist.pipeline).__call__, []

    def short_of_memory(pipeline, *rest, **told):
        batches.append(len(told["prompt_embeds"]))
        if batches[-1] > 1:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return real(pipeline, *rest, **told)

    monkeypatch.setattr(type(artist.pipeline), "__call__", short_of_memory)
    found = drawn(artist, *(wish(seed) for seed in range(5)))
    assert batches == [4, 2, 1, 1, 1, 1, 1]
    assert max(np.abs(a - b).max() for a, b in zip(found, expected, strict=True)) <= 1


def test_one_picture_that_does_not_fit_is_told(artist, monkeypatch):
    def never(*_rest, **_told):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(type(artist.pipeline), "__call__", never)
    with pytest.raises(BackendError, match="does not fit"):
        drawn(artist, wish())


def test_other_errors_are_not_taken_for_memory(artist, monkeypatch):
    def broken(*_rest, **_told):
        raise RuntimeError("shapes do not match")

    monkeypatch.setattr(type(artist.pipeline), "__call__", broken)
    with pytest.raises(RuntimeError, match="shapes"):
        drawn(artist, wish())
    assert not out_of_memory(RuntimeError("shapes do not match"))


def test_the_safety_checker_is_kept_and_obeyed(artist):
    assert artist.pipeline.safety_checker is not None
    (allowed,) = drawn(artist, wish())
    assert allowed.std() > 1
    with torch.no_grad():
        artist.pipeline.safety_checker.concept_embeds_weights.fill_(-2.0)  # now it objects to everything
    with pytest.raises(BackendError, match="safety checker"):
        drawn(artist, wish())


@pytest.mark.parametrize("shape", [(1280, 720), (720, 1280), (1080, 1080), (1920, 1080), (160, 90), (64, 64)])
@pytest.mark.parametrize("name", ["sd15", "sdxl", "z-image-turbo", "wan2.2-ti2v-5b"])
def test_drawn_sizes_are_of_the_films_shape_and_the_models_grid(name, shape):
    model = registered(name)
    width, height = drawn_size(model, *shape)
    assert width % model.multiple == height % model.multiple == 0
    assert width * height <= 1.3 * model.side**2
    if min(width, height) >= 8 * model.multiple:
        assert width / height == pytest.approx(shape[0] / shape[1], rel=0.08)
