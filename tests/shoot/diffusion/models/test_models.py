"""Names are data, licences are kept, pickles are refused."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from cli.backlot import Shell, refused, song
from limelight.errors import InputError, LicenceError, LimelightError, WeightError
from limelight.shoot.camera import Kit
from limelight.shoot.diffusion.camera import DiffusionCamera
from limelight.shoot.diffusion.models.checkpoint import EXTRA, locate
from limelight.shoot.diffusion.models.loading import Hardware, loaded
from limelight.shoot.diffusion.models.register import HUB_NAME, Family, find, models
from limelight.weights.registry import Use


def test_every_registered_model_is_found_by_name_and_says_its_licence():
    assert {"sd15", "realistic-vision", "dreamshaper", "sdxl", "sdxl-lightning", "sdxl-turbo", "lcm"} <= set(
        models()
    )
    assert {"z-image-turbo", "flux2-klein", "animatediff", "wan2.2-ti2v-5b", "ltx-2"} <= set(models())
    for name, model in models().items():
        assert find(name) is model
        assert model.licence
        assert model.licence_source.startswith("https://")
        assert model.gigabytes > 1
        assert not model.base or model.base in models()
        assert model.family is not Family.OTHER


def test_the_page_names_every_model_with_its_licence():
    page = (Path(__file__).parents[4] / "docs/diffusion.md").read_text("utf-8").splitlines()
    for name, model in models().items():
        (row,) = (line for line in page if line.startswith(f"| `{name}` |"))
        assert f"| {model.licence} |" in row
        assert f"| {model.gigabytes:.1f} GB |" in row
        assert ("not commercial" in row) == ("commercial" in model.forbids)


def test_a_model_of_the_hub_may_have_a_revision():
    model = find("somebody/some-model@v1.2")
    assert (model.repo, model.revision, model.family) == ("somebody/some-model", "v1.2", Family.OTHER)
    assert find("stabilityai/stable-diffusion-xl-base-1.0").family is Family.SDXL


@settings(max_examples=40, deadline=None)
@given(some.text(max_size=40))
def test_no_name_escapes(name):
    try:
        model = find(name)
    except LimelightError:
        return
    if model.repo:
        assert HUB_NAME.match(f"{model.repo}@{model.revision}")
        assert ".." not in model.repo


@pytest.mark.parametrize(
    "name", ["a/b/c", "../x", "a/..", "a/b@../../c", "x/y;z", "a b/c", "no-such", "/etc/passwd"]
)
def test_what_is_no_name_is_refused_with_what_is(name):
    with pytest.raises(InputError):
        find(name)


@pytest.mark.parametrize("ending", ["ckpt", "pt", "bin", "pkl"])
def test_a_pickle_is_refused_before_it_is_opened(tmp_path, ending):
    (tmp_path / f"model.{ending}").write_bytes(b"\x80\x04")
    with pytest.raises(InputError, match="safetensors"):
        find(str(tmp_path / f"model.{ending}"))


def test_a_folder_with_a_pickled_component_is_refused(models, tmp_path):  # the fixture
    shutil.copytree(models("sd15"), tmp_path / "m")
    (weights,) = (tmp_path / "m/unet").glob("*.safetensors")
    weights.rename(tmp_path / "m/unet/diffusion_pytorch_model.bin")
    with pytest.raises(WeightError, match=r"unet.*pickle"):
        locate(find(str(tmp_path / "m")))


@pytest.mark.parametrize("kind", ["code beside", "code of a part", "code in the index"])
def test_a_folder_with_code_is_refused(models, tmp_path, kind):
    shutil.copytree(models("z_image"), tmp_path / "m")
    if kind == "code beside":
        (tmp_path / "m/pipeline.py").write_text("raise SystemExit")
    elif kind == "code of a part":
        (tmp_path / "m/transformer/mine.py").write_text("raise SystemExit")
        index = json.loads((tmp_path / "m/model_index.json").read_text())
        index["transformer"] = ["mine", "Mine"]
        (tmp_path / "m/model_index.json").write_text(json.dumps(index))
    else:
        index = json.loads((tmp_path / "m/model_index.json").read_text())
        index["_class_name"] = ["pipeline", "Mine"]
        (tmp_path / "m/model_index.json").write_text(json.dumps(index))
    with pytest.raises(WeightError, match="code of its own"):
        locate(find(str(tmp_path / "m")))


def test_a_local_model_is_known_by_its_bytes(models, tmp_path):
    shutil.copytree(models("sd15"), tmp_path / "copy")
    here, copy = locate(find(str(models("sd15")))), locate(find(str(tmp_path / "copy")))
    assert here.digest == copy.digest
    assert here.model.family is Family.SD15
    assert here.model.side == 64
    (weights,) = (tmp_path / "copy/unet").glob("*.safetensors")
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert locate(find(str(tmp_path / "copy"))).digest != here.digest


@pytest.mark.parametrize(
    ("kind", "family"), [("sdxl", Family.SDXL), ("z_image", Family.Z_IMAGE), ("wan", Family.WAN)]
)
def test_a_folders_family_is_read_from_its_index(models, kind, family):
    assert locate(find(str(models(kind)))).model.family is family


def test_a_torn_single_file_is_told(tmp_path):
    (tmp_path / "m.safetensors").write_bytes(b"\xff" * 40)
    with pytest.raises(WeightError, match="not safetensors"):
        locate(find(str(tmp_path / "m.safetensors")))


def test_a_model_that_is_not_here_is_told_without_a_network():
    with (
        pytest.raises(WeightError, match="cannot be had"),
        loaded(locate(find("sd15")), Hardware("cpu")),
    ):
        pass
    with pytest.raises(WeightError, match="not on this machine"):
        locate(find("Lykon/dreamshaper-8"))


def test_a_use_that_the_licence_forbids_is_refused():
    DiffusionCamera(Kit(model="sdxl-turbo"))
    with pytest.raises(LicenceError, match="commercially"):
        DiffusionCamera(Kit(model="sdxl-turbo", use=Use(commercial=True)))
    with pytest.raises(LicenceError, match="revenue"):
        models()["ltx-2"].permit(Use(revenue=2e7))
    models()["ltx-2"].permit(Use(revenue=1e6))
    with pytest.raises(LicenceError, match="commercially"):
        find("somebody/unknown").permit(Use(commercial=True))


def test_what_fits_stays_and_what_does_not_takes_turns():
    sdxl = models()["sdxl"]
    placements = [Hardware("cuda", gigabytes, bfloat=True).placement(sdxl) for gigabytes in (80, 24, 8, 4)]
    assert placements == ["whole", "whole", "by component", "by layer"]
    assert Hardware("cpu").placement(sdxl) == "whole"


def test_without_the_extra_the_error_says_how_to_install_it(monkeypatch):
    import builtins
    import importlib.util

    real, spec = builtins.__import__, importlib.util.find_spec

    def poorer(name, *rest, **more):
        if name.split(".")[0] in {"torch", "diffusers", "huggingface_hub"}:
            raise ImportError(f"No module named {name!r}")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", poorer)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else spec(name))
    for work in (DiffusionCamera, Hardware.here, lambda: locate(find("Lykon/dreamshaper-8"))):
        with pytest.raises(LimelightError) as told:
            work()
        assert EXTRA in str(told.value)


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--model", "no-such"), "Registered: sd15"),
        (("--model", "sdxl-turbo", "--commercial"), "commercially"),
        (("--model", "../model.ckpt"), "not safetensors"),
        (("--motion", "ltx-2", "--revenue", "2e7"), "revenue"),
    ],
)
def test_what_cannot_be_used_is_refused_before_the_song_is_heard(tmp_path, capsys, flags, told):
    song(tmp_path / "song.wav", 2.0)
    said = Shell(tmp_path, tmp_path / "vault", capsys)("make", "song.wav", "--camera", "diffusion", *flags)
    refused(said, told)
    assert not (tmp_path / "song.limelight/score.json").exists()
