"""``limelight star train`` and ``star adapter``, and the film that uses what they made."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.torch import load_file

from limelight.cli.main import limelight
from limelight.errors import ConsentError
from limelight.shoot.camera import Kit
from limelight.shoot.diffusion.camera import DiffusionCamera
from limelight.shoot.diffusion.identity.casting import identity_for
from limelight.shoot.diffusion.identity.lora import LoraIdentity
from limelight.shoot.diffusion.models.checkpoint import locate
from limelight.shoot.diffusion.models.loading import Hardware, loaded
from limelight.shoot.diffusion.models.register import find
from limelight.shoot.diffusion.training.trainer import train
from limelight.star import Purpose
from limelight.vault import Vault
from shoot.diffusion.starring import BOTH, pictures, quick
from shoot.diffusion.tiny import SIDE
from shoot.painted.drawn_star import sheet
from vault.toy import enrol

pytestmark = pytest.mark.slow
QUICK = ("--steps", "2", "--class-pictures", "0", "--resolution", str(SIDE), "--rank", "2")


@pytest.fixture
def vault(tmp_path, monkeypatch) -> Vault:
    monkeypatch.setenv("LIMELIGHT_VAULT", str(tmp_path / "vault"))
    made = Vault(tmp_path / "vault")
    enrol(made, "ada", pictures=pictures("ada")[:6], purposes=BOTH)
    return made


def run(*words: str):
    return CliRunner().invoke(limelight, [*words, "--json"], catch_exceptions=False)


def test_a_star_is_trained_exported_and_found_by_the_camera(vault, models, tmp_path):
    model = str(models("sd15"))
    done = run("star", "train", "ada", "--model", model, *QUICK)
    assert done.exit_code == 0, done.output
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert told[-1]["steps"] == 2
    assert [one["step"] for one in told[-1]["validations"]] == [2]
    assert any(one.get("stage") == "train" and one.get("done") == 2 for one in told)
    refined = locate(find(model)).model
    assert isinstance(identity_for(refined, [vault.open("ada", Purpose.FILM)]), LoraIdentity)
    target = tmp_path / "out.safetensors"
    written = run("star", "adapter", "ada", "--model", model, "--format", "kohya", "-o", str(target))
    assert written.exit_code == 0, written.output
    assert all(key.startswith("lora_unet") for key in load_file(target))


def test_a_star_who_did_not_agree_is_refused_before_a_model_is_loaded(vault, tmp_path):
    vault.revoke("ada")
    unknown = ("star", "train", "ada", "--model", str(tmp_path / "none"))
    export = ("star", "adapter", "ada", "-o", str(tmp_path / "x.safetensors"))
    for words in (unknown, ("star", "train", "eve"), export):
        assert isinstance(CliRunner().invoke(limelight, words).exception, ConsentError)
    assert not (tmp_path / "x.safetensors").exists()


def test_the_camera_draws_a_duet_of_trained_stars(vault, models, tmp_path):
    """Both adapters, each in a region, through the camera itself; the pictures are noise, and other noise."""
    enrol(vault, "kofi", pictures=pictures("kofi")[:6], purposes=BOTH)
    folder = models("sd15")
    made = Kit(model=str(folder), drawings_a_second=6.0, steps=2, lips="none")
    seen = {}
    for trained in (False, True):
        if trained:
            recipe = quick(steps=6, learning_rate=3e-2, class_pictures=0, pictures=4, resolution=SIDE)
            for name in ("ada", "kofi"):
                with loaded(locate(find(str(folder))), Hardware("cpu")) as pipeline:
                    train(vault, name, pipeline, folder.name, recipe)
        for names in (("ada",), ("ada", "kofi")):
            cast = [vault.open(name, Purpose.FILM) for name in names]
            with DiffusionCamera(made) as camera:
                shown = sheet(tmp_path, cast=cast, frames=6, prompt="photo of <star> by the sea")
                seen[trained, names] = np.array(list(camera.shoot(shown)), float)
    for names in (("ada",), ("ada", "kofi")):
        assert seen[True, names].shape == (6, 90, 160, 3)
        assert np.abs(seen[True, names] - seen[False, names]).mean() > 1
    assert np.abs(seen[True, ("ada",)] - seen[True, ("ada", "kofi")]).mean() > 1
