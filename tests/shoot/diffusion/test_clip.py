"""The CLIP class at toy size: what it promises, and that a trained one tells prompts apart."""

import numpy as np
import pytest

from limelight.errors import WeightError
from limelight.shoot.diffusion.clip import Clip

PICTURES = [
    np.full((40, 60, 3), colour, np.uint8) for colour in ((220, 20, 20), (20, 200, 20), (20, 20, 220))
]
PROMPTS = ["a red wall", "the green sea", "blue night"]


def test_vectors_have_length_one_and_are_the_same_twice(models):
    with Clip(str(models("clip"))) as clip:
        pictures, texts = clip.pictures(PICTURES), clip.texts([*PROMPTS, "very " * 300])
        assert np.allclose(np.linalg.norm(pictures, axis=1), 1, atol=1e-5)
        assert np.allclose(np.linalg.norm(texts, axis=1), 1, atol=1e-5)
        assert pictures.shape[1] == texts.shape[1]
        assert np.array_equal(clip.pictures(PICTURES), pictures)
    assert len({Clip(str(models("clip"))).label, clip.label}) == 1


def test_a_few_steps_of_training_put_each_picture_nearest_its_own_prompt(models):
    import torch

    torch.manual_seed(1)
    with Clip(str(models("clip", seed=3))) as clip:
        model = clip._model.train()
        seen = clip._eyes(images=PICTURES, return_tensors="pt")["pixel_values"]
        told = clip._tokens(PROMPTS, padding=True, return_tensors="pt")
        steps = torch.optim.Adam(model.parameters(), 2e-3)
        for _ in range(40):
            steps.zero_grad()
            model(pixel_values=seen, **told, return_loss=True).loss.backward()
            steps.step()
        model.eval()
        cosines = clip.pictures(PICTURES) @ clip.texts(PROMPTS).T
    assert (cosines.argmax(axis=1) == np.arange(3)).all()


def test_what_is_no_model_is_named(models, tmp_path):
    for name, wrong in (
        (str(tmp_path), "config.json"),
        (str(models("sd15") / "unet"), "no CLIP"),
        (str(tmp_path / "nowhere"), "no folder"),
    ):
        with pytest.raises(WeightError, match=wrong):
            Clip(name)


def test_pickles_are_not_loaded(models, tmp_path):
    (tmp_path / "config.json").write_bytes((models("clip") / "config.json").read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(b"no")
    with pytest.raises(WeightError, match="no safetensors"):
        Clip(str(tmp_path))
