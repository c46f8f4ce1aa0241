"""Face adapters and trained ones, through diffusers' own loaders, with weights made here."""

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from safetensors.torch import save_file
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from limelight.errors import ConsentError, LicenceError, WeightError
from limelight.faces.identity import Recognizer
from limelight.shoot.diffusion.identity.casting import Stranger, identity_for
from limelight.shoot.diffusion.identity.embedders import ARCFACE, ArcFace, ClipVision
from limelight.shoot.diffusion.identity.face import FaceIdentity, portrait
from limelight.shoot.diffusion.identity.face_adapters import FOLDER
from limelight.shoot.diffusion.identity.lora import LoraIdentity, put_on
from limelight.shoot.diffusion.identity.regions import (
    Person,
    Region,
    composed,
    masks_of,
)
from limelight.shoot.diffusion.models.register import Family, Model
from limelight.shoot.diffusion.training.trainer import train
from limelight.star import Purpose
from limelight.weights.registry import Use
from shoot.diffusion.starring import SIDE, frames, quick, vault_with
from shoot.diffusion.tiny_pipelines import TEXT_WIDTH, tiny_sd, tiny_sdxl

pytestmark = pytest.mark.slow
IMAGE_WIDTH, ID_WIDTH = 32, 16
SIZE = (2 * SIDE, SIDE)


def model(family: Family = Family.SD15, **changes) -> Model:
    settings = {
        "name": "toy",
        "repo": "a/b",
        "family": family,
        "licence": "none",
        "steps": 2,
        "side": SIDE,
        "guidance": 5.0,
    }
    return Model(**(settings | changes))


def plus_face(pipe, seed: int = 0) -> dict[str, torch.Tensor]:
    """Random weights under the names of a published "plus" adapter."""
    chance = torch.Generator().manual_seed(seed)

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=chance) * 0.3

    width, cross = 64, pipe.unet.config.cross_attention_dim
    weights = {
        "image_proj.latents": random(1, 4, width),
        "image_proj.proj_in.weight": random(width, IMAGE_WIDTH),
        "image_proj.proj_in.bias": random(width),
        "image_proj.proj_out.weight": random(cross, width),
        "image_proj.proj_out.bias": random(cross),
        "image_proj.norm_out.weight": torch.ones(cross),
        "image_proj.norm_out.bias": random(cross),
    }
    for layer in range(4):  # as deep as diffusers takes every adapter of this kind to be
        start = f"image_proj.layers.{layer}"
        weights |= {f"{start}.{name}.weight": torch.ones(width) for name in ("0.norm1", "0.norm2", "1.0")}
        weights |= {f"{start}.{name}.bias": random(width) for name in ("0.norm1", "0.norm2", "1.0")}
        weights |= {
            f"{start}.0.to_q.weight": random(width, width),
            f"{start}.0.to_kv.weight": random(2 * width, width),
            f"{start}.0.to_out.weight": random(width, width),
            f"{start}.1.1.weight": random(4 * width, width),
            f"{start}.1.3.weight": random(width, 4 * width),
        }
    return weights | attention_weights(pipe, random)


def face_id(pipe) -> dict[str, torch.Tensor]:
    chance = torch.Generator().manual_seed(1)

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=chance) * 0.3

    cross = pipe.unet.config.cross_attention_dim
    weights = {
        "image_proj.proj.0.weight": random(2 * ID_WIDTH, ID_WIDTH), "image_proj.proj.0.bias": random(2 * ID_WIDTH),
        "image_proj.proj.2.weight": random(4 * cross, 2 * ID_WIDTH), "image_proj.proj.2.bias": random(4 * cross),
        "image_proj.norm.weight": torch.ones(cross), "image_proj.norm.bias": random(cross),
    }  # fmt: skip
    return weights | attention_weights(pipe, random)


def attention_weights(pipe, random) -> dict[str, torch.Tensor]:
    found = {}
    for number, name in enumerate(pipe.unet.attn_processors):
        if name.endswith("attn2.processor"):
            module = pipe.unet.get_submodule(name.removesuffix(".processor"))
            for part in ("to_k", "to_v"):
                shape = getattr(module, part).weight.shape
                found[f"ip_adapter.{number}.{part}_ip.weight"] = random(*shape)
    return found


@pytest.fixture
def adapter_folder(tmp_path, monkeypatch):
    """A folder with a random plus-face adapter for a pipeline, and its image encoder."""

    def made(pipe):
        folder = tmp_path / "toy-face"
        folder.mkdir(exist_ok=True)
        save_file(plus_face(pipe), folder / "adapter.safetensors")
        torch.manual_seed(0)
        config = CLIPVisionConfig(
            hidden_size=IMAGE_WIDTH, intermediate_size=37, num_hidden_layers=2, num_attention_heads=4, image_size=32,
            patch_size=8, projection_dim=IMAGE_WIDTH,
        )  # fmt: skip
        CLIPVisionModelWithProjection(config).save_pretrained(
            folder / "image_encoder", safe_serialization=True
        )
        monkeypatch.setenv(FOLDER, str(folder))
        return folder

    return made


@pytest.fixture(scope="module")
def vault(tmp_path_factory):
    return vault_with(tmp_path_factory.mktemp("vault"), "ada", "kofi")


def cast_of(vault, *names):
    return [vault.open(name, Purpose.FILM) for name in names]


def drawn(pipe, size=SIZE, **dressing) -> np.ndarray:
    pipe.set_progress_bar_config(disable=True)
    with torch.inference_mode():
        return pipe(
            "two people", width=size[0], height=size[1], num_inference_steps=2, guidance_scale=5.0, output_type="np",
            generator=torch.Generator().manual_seed(4), **dressing,
        ).images[0]  # fmt: skip


def latents(pipe, **dressing) -> torch.Tensor:
    """Before the decoder, whose own attention reaches everywhere."""
    pipe.set_progress_bar_config(disable=True)
    with torch.inference_mode():
        return pipe(
            "two people", width=SIZE[0], height=SIZE[1], num_inference_steps=2, guidance_scale=5.0,
            output_type="latent", generator=torch.Generator().manual_seed(4), **dressing,
        ).images[0]  # fmt: skip


# face adapters


@pytest.mark.parametrize("make", [tiny_sd, tiny_sdxl])
def test_a_face_changes_the_picture_and_another_face_changes_it_otherwise(vault, adapter_folder, make):
    pipe = make()
    family = Family.SDXL if make is tiny_sdxl else Family.SD15
    adapter_folder(pipe)
    before = drawn(pipe)
    seen = {}
    for name in ("ada", "kofi"):
        cast = cast_of(vault, name)
        identity = identity_for(model(family), cast)
        assert isinstance(identity, FaceIdentity)
        with identity.dress(pipe, cast, SIZE) as dressing:
            seen[name] = drawn(pipe, **dressing)
    assert np.abs(seen["ada"] - before).mean() > 1e-3
    assert np.abs(seen["ada"] - seen["kofi"]).mean() > 1e-5
    assert np.array_equal(drawn(pipe), before)  # the pipeline is given back as it was


def test_two_faces_stay_in_their_own_regions(vault, adapter_folder):
    """Changing one person changes the picture inside her or his region far more than outside.

    What is left outside comes through the UNet's own attention. The control is the same two faces without masks.
    """
    pipe = tiny_sd()
    adapter_folder(pipe)
    seen = {}
    for names in (("ada", "kofi"), ("kofi", "kofi"), ("ada", "ada")):
        cast = cast_of(vault, *names)
        with identity_for(model(), cast).dress(pipe, cast, SIZE) as dressing:
            assert dressing["cross_attention_kwargs"]["ip_adapter_masks"][0].shape == (1, 2, SIDE, 2 * SIDE)
            seen["masked", names] = latents(pipe, **dressing)
            pipe.set_ip_adapter_scale(0.6)
            del dressing["cross_attention_kwargs"]
            seen["everywhere", names] = latents(pipe, **dressing)

    def inside_by_outside(how: str, other: tuple[str, str], *, left: bool) -> float:
        change = (seen[how, ("ada", "kofi")] - seen[how, other]).abs().mean(dim=(0, 1))
        half = len(change) // 2
        inside, outside = (change[:half], change[half:]) if left else (change[half:], change[:half])
        return float(inside.mean() / outside.mean())

    for other, left in ((("kofi", "kofi"), True), (("ada", "ada"), False)):
        assert inside_by_outside("masked", other, left=left) > 2
        assert 0.7 < inside_by_outside("everywhere", other, left=left) < 1.4


def test_without_adapter_or_training_nobody_is_pretended(vault, monkeypatch, tmp_path):
    cast = cast_of(vault, "ada")
    monkeypatch.setenv(FOLDER, str(tmp_path / "nothing"))
    assert isinstance(identity_for(model(), cast), Stranger)
    assert isinstance(identity_for(model(), []), Stranger)


def test_the_face_that_is_shown_is_a_frontal_one(vault):
    (ada,) = cast_of(vault, "ada")
    with Recognizer() as recognizer:
        frame, face = portrait(ada, recognizer)
        crop = ClipVision().crop(frame, face)
        assert crop.shape == (224, 224, 3)
        assert len(recognizer.detect(crop)) == 1
    assert any(np.array_equal(frame, frames("ada")[i]) for i in range(14) if i % 4 in {1, 3})  # yaw 0 or 8


def test_withdrawn_faces_are_not_shown(tmp_path, adapter_folder):
    vault = vault_with(tmp_path / "vault", "ada")
    pipe = tiny_sd()
    adapter_folder(pipe)
    cast = cast_of(vault, "ada")
    identity = identity_for(model(), cast)
    vault.revoke("ada")
    with pytest.raises(ConsentError), identity.dress(pipe, cast, SIZE):
        pass
    with pytest.raises(ConsentError):
        identity_for(model(), cast)


# embedders and their licences


@pytest.fixture
def arcface_file(tmp_path, monkeypatch):
    """A toy network with InsightFace's input and output shapes: a mean over cells, and a fixed projection."""
    weights = np.random.default_rng(0).normal(size=(3 * 49, ID_WIDTH)).astype(np.float32)
    nodes = [
        helper.make_node("AveragePool", ["x"], ["p"], kernel_shape=[16, 16], strides=[16, 16]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("MatMul", ["f", "w"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes, "toy", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 112, 112])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, ID_WIDTH])],
        [helper.make_tensor("w", TensorProto.FLOAT, weights.shape, weights.ravel().tolist())],
    )  # fmt: skip
    path = tmp_path / "w600k.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    monkeypatch.setenv(ARCFACE, str(path))
    return path


@pytest.mark.usefixtures("arcface_file")
def test_face_id_takes_numbers_of_a_network_of_ones_own(vault, tmp_path, monkeypatch):
    pipe = tiny_sd()
    folder = tmp_path / "toy-faceid"
    folder.mkdir()
    save_file(face_id(pipe), folder / "adapter.safetensors")
    (folder / "embedder.txt").write_text("arcface\n")
    monkeypatch.setenv(FOLDER, str(folder))
    seen = {}
    for name in ("ada", "kofi"):
        cast = cast_of(vault, name)
        with identity_for(model(), cast).dress(pipe, cast, SIZE) as dressing:
            assert dressing["ip_adapter_image_embeds"][0].shape == (2, 1, ID_WIDTH)
            seen[name] = drawn(pipe, **dressing)
    assert np.abs(seen["ada"] - seen["kofi"]).mean() > 1e-5


@pytest.mark.usefixtures("arcface_file")
def test_research_weights_are_refused_where_money_is_made_and_never_downloaded(monkeypatch):
    embedder = ArcFace()
    embedder.permit(Use())
    for use in (Use(commercial=True), Use(revenue=1.0)):
        with pytest.raises(LicenceError, match="research"):
            embedder.permit(use)
        ClipVision().permit(use)
    (vector,) = embedder.embed([np.zeros((112, 112, 3), np.uint8)])
    assert np.linalg.norm(vector) == pytest.approx(1)
    monkeypatch.delenv(ARCFACE)
    with pytest.raises(WeightError, match="InsightFace"):
        ArcFace()


# trained adapters


@pytest.fixture(scope="module")
def trained_vault(tmp_path_factory):
    return vault_with(tmp_path_factory.mktemp("trained"), "ada", "kofi")


@pytest.fixture(scope="module")
def trained(trained_vault):
    """Strong adapters of both, so that a difference is seen."""
    recipe = quick(steps=30, learning_rate=3e-2, class_pictures=0, validate_every=30, pictures=4)
    return {name: train(trained_vault, name, tiny_sd(), "toy", recipe).adapter for name in ("ada", "kofi")}


def test_a_prediction_of_one_step_is_each_persons_own_inside_and_untouched_outside(trained):
    pipe = tiny_sd()
    for name, adapter in trained.items():
        put_on(pipe, adapter, name)
    sample = torch.randn((2, 4, 16, 32), generator=torch.Generator().manual_seed(0))
    states = torch.randn((2, 77, TEXT_WIDTH), generator=torch.Generator().manual_seed(1))
    masks = masks_of((Region(0, 0, 0.5, 1), Region(0.5, 0, 1, 1)), (32, 16), soft=False)

    def predicted(*people) -> torch.Tensor:
        with torch.inference_mode(), composed(pipe, [Person(name) for name in people], masks):
            return pipe.unet(sample, torch.tensor(500), encoder_hidden_states=states).sample

    both, other = predicted("ada", "kofi"), predicted("kofi", "kofi")
    assert torch.equal(both[..., 16:], other[..., 16:])
    assert not torch.equal(both[..., :16], other[..., :16])
    whole = {}
    for name in trained:
        pipe.unet.enable_adapters()
        pipe.set_adapters(name)
        with torch.inference_mode():
            whole[name] = pipe.unet(sample, torch.tensor(500), encoder_hidden_states=states).sample
    assert torch.allclose(both[..., :16], whole["ada"][..., :16])
    assert torch.allclose(both[..., 16:], whole["kofi"][..., 16:])


@pytest.mark.usefixtures("trained")
def test_two_trained_stars_are_drawn_each_on_her_or_his_side(trained_vault):
    pipe = tiny_sd()
    before = drawn(pipe)
    seen = {}
    for names in (("ada", "kofi"), ("kofi", "ada")):
        cast = cast_of(trained_vault, *names)
        identity = identity_for(model(), cast)
        assert isinstance(identity, LoraIdentity)
        assert [identity.words(one) for one in cast] == [
            "ohwx person on the left",
            "ohwx person on the right",
        ]
        with identity.dress(pipe, cast, SIZE) as dressing:
            seen[names] = drawn(pipe, **dressing)
    assert not np.allclose(seen["ada", "kofi"], seen["kofi", "ada"], atol=1e-3)
    assert np.array_equal(drawn(pipe), before)
    identities = [
        identity_for(model(), cast_of(trained_vault, *names))
        for names in (("ada",), ("kofi",), ("ada", "kofi"))
    ]
    digests = {
        identity.digest(cast_of(trained_vault, *identity.adapters))
        for identity in identities
        if isinstance(identity, LoraIdentity)
    }
    assert len(digests) == 3


@pytest.mark.usefixtures("trained")
def test_two_people_are_not_blended_where_they_cannot_be_kept_apart(trained_vault, monkeypatch):
    monkeypatch.delenv(FOLDER, raising=False)
    cast = cast_of(trained_vault, "ada", "kofi")
    assert isinstance(identity_for(model(Family.Z_IMAGE), cast[:1]), LoraIdentity)
    assert isinstance(identity_for(model(Family.Z_IMAGE), cast), Stranger)
