"""LoRA training on verified frames, with real pipelines at toy size: what it learns, and who may not be learnt."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from limelight.errors import BackendError, ConsentError, InputError, SettingsError
from limelight.events import Event, StageProgressed, Warned
from limelight.shoot.diffusion.training.adapter import Adapter, adapter_for, export, place_of
from limelight.shoot.diffusion.training.album import Album, album_of, open_for_training
from limelight.shoot.diffusion.training.captions import caption_of, facts_of, usual_face
from limelight.shoot.diffusion.training.crops import FACE_SHARES, buckets, crop_around
from limelight.shoot.diffusion.training.families import ADAPTER, family_of
from limelight.shoot.diffusion.training.recipe import Recipe
from limelight.shoot.diffusion.training.trainer import PARTS, Trained, train
from limelight.shoot.diffusion.training.validation import Validation, likeness_in
from limelight.star import Purpose
from limelight.vault import TimedPicture, Vault
from limelight.vault.gate import CARD, KEY_FILE, MANIFEST, RECEIPT, frame_name
from limelight.vault.seal import Safe
from shoot.diffusion.starring import BOTH, SIDE, frames, pictures, quick, schooled_sd, seen, vault_with
from shoot.diffusion.tiny_pipelines import tiny_sd, tiny_sdxl, tiny_z_image
from vault.toy import enrol

pytestmark = pytest.mark.slow
LEARN = {
    "steps": 80,
    "rank": 8,
    "learning_rate": 1e-2,
    "batch": 2,
    "class_pictures": 0,
    "validate_every": 1000,
}


@pytest.fixture(scope="module")
def vault(tmp_path_factory) -> Vault:
    return vault_with(tmp_path_factory.mktemp("vault"), "ada", "kofi")


@pytest.fixture(scope="module")
def learnt(vault: Vault) -> dict[str, Trained]:
    """An adapter of each, from the same model and recipe."""
    return {name: train(vault, name, schooled_sd(), "toy", quick(**LEARN)) for name in ("ada", "kofi")}


@pytest.fixture(scope="module")
def albums(vault: Vault) -> dict[str, Album]:
    return {
        name: album_of(open_for_training(vault, name), quick(**LEARN), SIDE, 4) for name in ("ada", "kofi")
    }


def wearing(trained: Trained | None):
    pipe = schooled_sd()
    if trained is not None:
        pipe.load_lora_weights(trained.adapter.state(), adapter_name="worn")
    return pipe


def held_out_loss(pipe, album: Album) -> float:
    """On frames that were never learnt from, with the same noise and times for everybody."""
    family = family_of(pipe, quick(**LEARN))
    chance = torch.Generator().manual_seed(0)
    with torch.no_grad():
        return float(
            np.mean(
                [
                    float(
                        family.losses(
                            family.encode(p.pixels[None]), family.read([p.caption]), [p.original], chance
                        )
                    )
                    for _ in range(8)
                    for p in album.held_out
                ]
            )
        )


# what it learns


def test_training_lowers_the_loss_on_the_stars_frames_and_more_than_on_anothers(albums, learnt):
    """The control is the other person's adapter: same model, same steps, other frames."""
    loss = {
        (face, worn): held_out_loss(wearing(learnt.get(worn)), albums[face])
        for face in ("ada", "kofi")
        for worn in ("nobody", "ada", "kofi")
    }
    for own, other in (("ada", "kofi"), ("kofi", "ada")):
        assert loss[own, own] < 0.96 * loss[own, "nobody"]
        assert loss[own, own] < 0.98 * loss[own, other]
    early, late = np.mean(learnt["ada"].losses[:15]), np.mean(learnt["ada"].losses[-15:])
    assert late < 0.9 * early


def test_what_is_drawn_moves_towards_the_star(albums, learnt):
    """Noised pictures of two other people, drawn again, lie nearer to the star whose adapter is worn."""
    means = {}
    for name, album in albums.items():
        square = [p.pixels for p in album.photographs if p.pixels.shape[:2] == (SIDE, SIDE)]
        means[name] = family_of(schooled_sd(), Recipe()).encode(np.stack(square)).mean(0)

    def distance(worn: str, star: str) -> float:
        pipe = wearing(learnt.get(worn))
        family = family_of(pipe, Recipe())
        others = family.encode(seen(("bruno", "chioma"))).repeat(2, 1, 1, 1)
        noise = torch.randn(others.shape, generator=torch.Generator().manual_seed(1))
        times = torch.full((len(others),), 700)
        noisy = pipe.scheduler.add_noise(others, noise, times)
        states = family.read(["portrait of ohwx person"]).states.expand(len(others), -1, -1)
        with torch.no_grad():
            guess = pipe.unet(noisy, times, encoder_hidden_states=states).sample
        kept = pipe.scheduler.alphas_cumprod[700]
        drawn = (noisy - (1 - kept).sqrt() * guess) / kept.sqrt()
        return float((drawn - means[star]).pow(2).mean().sqrt())

    for star, other in (("ada", "kofi"), ("kofi", "ada")):
        own, nobody, wrong = (distance(worn, star) for worn in (star, "nobody", other))
        assert own < min(nobody, wrong), (star, own, nobody, wrong)


@pytest.mark.parametrize("make", [tiny_sdxl, tiny_z_image])
def test_other_families_learn_by_the_same_door(vault, make):
    done = train(vault, "ada", make(), "toy", quick(steps=24, validate_every=12, learning_rate=1e-2))
    assert [one.step for one in done.validations] == [12, 24]
    assert done.validations[-1].loss < done.validations[0].loss
    pipe = make()
    pipe.set_progress_bar_config(disable=True)
    before = drawn(pipe)
    pipe.load_lora_weights(done.adapter.state(), adapter_name="worn")
    assert np.abs(drawn(pipe) - before).max() > 0


def drawn(pipe) -> np.ndarray:
    chance = torch.Generator().manual_seed(3)
    return pipe(
        "photo of ohwx person",
        width=SIDE,
        height=SIDE,
        num_inference_steps=2,
        generator=chance,
        output_type="np",
    ).images[0]


def test_text_encoders_can_learn_too_and_their_part_is_loaded_again(vault):
    done = train(
        vault, "ada", tiny_sd(), "toy", quick(steps=4, text_encoder=True, save_memory=True, precision="bf16")
    )
    assert any(key.startswith("text_encoder.text_model.encoder") for key in done.adapter.state())
    pipe = tiny_sd()
    pipe.load_lora_weights(done.adapter.state(), adapter_name="worn")
    assert "worn" in pipe.text_encoder.peft_config
    assert "worn" in pipe.unet.peft_config


def test_the_model_is_given_back_without_the_star(vault):
    pipe = tiny_sd()
    before = {key: value.clone() for key, value in pipe.unet.state_dict().items()}
    train(vault, "ada", pipe, "toy", quick(steps=2))
    after = pipe.unet.state_dict()
    assert not getattr(pipe.unet, "peft_config", {})
    assert before.keys() == after.keys()
    assert all(torch.equal(before[key], after[key]) for key in before)


def test_training_stops_when_nothing_gets_better(vault):
    told: list[Event] = []
    recipe = quick(steps=60, validate_every=2, patience=2, learning_rate=1e-9)
    done = train(vault, "ada", tiny_sd(), "toy", recipe, tell=told.append)
    assert done.stopped_early
    assert done.steps == 6  # the first validation, and two that were no better
    assert [event.message for event in told if isinstance(event, Warned)]


def test_validation_says_that_a_random_model_draws_no_face(vault):
    done = train(vault, "ada", tiny_sd(), "toy", quick(steps=2, validation_pictures=2, validate_every=2))
    (seen_once,) = done.validations
    assert (seen_once.drawn, seen_once.found, seen_once.similarity) == (2, 0, None)
    assert "no face found in 2 pictures" in seen_once.told
    sheet = open_for_training(vault, "ada").recall(place_of("toy", "validation"))
    assert sheet is not None
    assert sheet.startswith(b"\x89PNG")


def test_likeness_is_measured_beside_a_stranger():
    from limelight.faces.identity import Recognizer

    with Recognizer() as recognizer:
        ada, kofi = (
            recognizer.embed(f := frames(name)[1], recognizer.detect(f)[0]) for name in ("ada", "kofi")
        )
        found, own, strange = likeness_in([frames("ada")[3], frames("ada")[5]], ada, [kofi], recognizer)
    assert found == 2
    assert own > 0.6 > strange
    better = Validation(2, 1.0, 2, 2, own, strange)
    assert better.beats(Validation(1, 0.5, 2, 2, strange, strange))
    assert not Validation(1, 0.5).beats(Validation(0, 0.5))


# captions and crops


def test_captions_say_what_is_seen_and_leave_out_what_is_always_there(vault):
    album = album_of(open_for_training(vault, "ada"), quick(), 128, 4)
    captions = [one.caption for one in (*album.photographs, *album.held_out)]
    assert all(" of ohwx person" in caption for caption in captions)
    for words in ("smiling", "mouth open", "looking left", "looking right"):
        assert 0 < sum(words in caption for caption in captions) < len(captions), words
    assert not any("raised eyebrows" in caption for caption in captions)  # ada's always are, a little
    assert album.held_out
    assert not {id(one) for one in album.held_out} & {id(one) for one in album.photographs}


def test_left_and_right_are_the_pictures():
    from limelight.faces.landmarks import FaceLandmarker

    with FaceLandmarker() as landmarker:
        faces = [landmarker.detect(frame)[0] for frame in frames("ada")[:3]]
    usual = usual_face(faces)
    assert "looking left" in facts_of(faces[0], usual)  # yaw -25: to the person's right, the picture's left
    assert "looking right" in facts_of(faces[2], usual)
    assert caption_of(faces[1], "ohwx person", face_share=0.6, usual=usual).startswith(
        "close-up portrait of ohwx"
    )


@given(
    left=st.floats(0, 600), top=st.floats(0, 440), side=st.floats(20, 400), share=st.sampled_from(FACE_SHARES),
    shape=st.sampled_from(buckets(512, 64)),
)  # fmt: skip
def test_crops_lie_inside_the_frame_and_have_the_buckets_shape(left, top, side, share, shape):
    crop = crop_around((left, top, side, side * 1.3), (640, 480), share, shape)
    assert crop.left >= 0
    assert crop.top >= 0
    assert crop.left + crop.width <= 640
    assert crop.top + crop.height <= 480
    assert crop.width / crop.height == pytest.approx(shape[0] / shape[1], rel=0.03)


def test_buckets_have_about_as_many_pixels_as_the_square():
    assert buckets(512, 64) == ((512, 512), (448, 576), (576, 448))
    assert all(w % 64 == h % 64 == 0 and abs(w * h / 1024**2 - 1) < 0.1 for w, h in buckets(1024, 64))


def test_frames_without_one_clear_face_are_left_out(tmp_path):
    blank = cv2.imencode(".png", np.full((240, 320, 3), 90, np.uint8))[1].tobytes()
    vault = Vault(tmp_path)
    enrol(vault, "ada", pictures=[TimedPicture(i / 10, blank) for i in range(4)], purposes=BOTH)
    with pytest.raises(InputError, match="4 without a face"):
        train(vault, "ada", tiny_sd(), "toy", quick())


def test_impossible_recipes_and_models_are_refused(vault):
    for wrong in ({"steps": 0}, {"learning_rate": 0.0}, {"drop_caption": 1.0}, {"prior_weight": -1.0}):
        with pytest.raises(SettingsError):
            Recipe(**wrong)
    with pytest.raises(BackendError, match="text encoder"):
        train(vault, "ada", tiny_z_image(), "toy", quick(text_encoder=True))
    with pytest.raises(BackendError, match="DDIMPipeline"):
        family_of(type("DDIMPipeline", (), {})(), Recipe())


# what is kept


def test_the_adapter_is_sealed_and_leaves_only_by_its_owners_export(tmp_path):
    vault = vault_with(tmp_path / "vault", "ada")
    done = train(vault, "ada", tiny_sd(), "toy", quick(steps=2))
    assert adapter_for(vault.open("ada", Purpose.FILM), "toy") == done.adapter
    assert adapter_for(vault.open("ada", Purpose.FILM), "another") is None
    for path in (tmp_path / "vault").rglob("*"):
        if path.is_file():
            assert b"lora_A" not in path.read_bytes(), path
    plain = export(vault, "ada", "toy", tmp_path / "ada.safetensors")
    assert plain.stat().st_mode & 0o077 == 0
    assert load_file(plain).keys() == done.adapter.state().keys()
    kohya = load_file(export(vault, "ada", "toy", tmp_path / "ada.kohya.safetensors", "kohya"))
    assert all(key.startswith("lora_unet_") for key in kohya)
    assert {key.rsplit(".", 1)[1] for key in kohya} == {"alpha", "weight"}
    again = tiny_sd()
    again.load_lora_weights(kohya, adapter_name="worn")  # as other tools' files are read
    own = tiny_sd()
    own.load_lora_weights(done.adapter.state(), adapter_name="worn")
    assert torch.equal(
        again.unet.mid_block.attentions[0].transformer_blocks[0].attn2.to_q.lora_B["worn"].weight,
        own.unet.mid_block.attentions[0].transformer_blocks[0].attn2.to_q.lora_B["worn"].weight,
    )
    assert [entry.event for entry in vault.log().entries].count("exported") == 2
    vault.revoke("ada")
    with pytest.raises(ConsentError):
        export(vault, "ada", "toy", tmp_path / "late.safetensors")
    assert not (tmp_path / "late.safetensors").exists()


def test_only_unets_have_the_kohya_form(vault):
    done = train(vault, "ada", tiny_z_image(), "z", quick(steps=2))
    with pytest.raises(InputError, match="kohya"):
        done.adapter.written_as("kohya")
    assert Adapter(done.adapter.written_as("diffusers")).subject == "ohwx person"


CHILD = """
import sys, time
from pathlib import Path
from limelight.events import StageProgressed
from limelight.shoot.diffusion.training.trainer import train
from limelight.vault import TimedPicture, Vault
from shoot.diffusion.starring import quick
from shoot.diffusion.tiny_pipelines import tiny_sd

def tell(event):
    if isinstance(event, StageProgressed) and event.done >= 6:
        print("six", flush=True)
        time.sleep(600)

train(Vault(Path(sys.argv[1])), "ada", tiny_sd(), "toy", quick(steps=10, pictures=4), tell=tell)
"""


def test_a_killed_training_goes_on_where_it_was_and_ends_the_same(tmp_path):
    vault_with(tmp_path / "whole", "ada")
    shutil.copytree(tmp_path / "whole", tmp_path / "killed")
    whole = train(Vault(tmp_path / "whole"), "ada", tiny_sd(), "toy", quick(steps=10, pictures=4))
    tests = Path(__file__).parents[3]
    paths = os.pathsep.join([str(tests.parent / "src"), str(tests), str(tests.parent)])
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", CHILD, str(tmp_path / "killed")],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": paths},
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == b"six"
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    told: list[Event] = []
    vault = Vault(tmp_path / "killed")
    resumed = train(vault, "ada", tiny_sd(), "toy", quick(steps=10, pictures=4), tell=told.append)
    assert "gone on with after step 4" in [e.note for e in told if isinstance(e, StageProgressed)]
    assert resumed.losses == whole.losses
    expected = whole.adapter.state()
    assert all(torch.equal(value, expected[key]) for key, value in resumed.adapter.state().items())
    kept = open_for_training(vault, "ada")
    assert kept.recall(place_of("toy", "checkpoint")) is None  # nothing is left but the adapter
    assert kept.recall(place_of("toy", "prior")) is None


# who may not be learnt


def expired(vault: Vault) -> None:
    vault.forget("ada")
    past = datetime.now(UTC) - timedelta(days=400)
    enrol(Vault(vault.root, clock=lambda: past), "ada", pictures=pictures("ada"), purposes=BOTH)


def revoked(vault: Vault) -> None:
    vault.revoke("ada")


def forgotten(vault: Vault) -> None:
    vault.forget("ada")


def for_films_only(vault: Vault) -> None:
    vault.forget("ada")
    enrol(vault, "ada", pictures=pictures("ada"), purposes=(Purpose.FILM, Purpose.PERFORMANCE))


def with_a_purpose_written_in(vault: Vault) -> None:
    for_films_only(vault)
    path = vault.folder("ada") / "star.json"
    path.write_text(path.read_text().replace(str(Purpose.PERFORMANCE), str(Purpose.TRAINING)))


def foreign(vault: Vault) -> None:
    other = vault_with(vault.root.parent / "elsewhere", "ada")
    shutil.rmtree(vault.folder("ada"))
    shutil.copytree(other.folder("ada"), vault.folder("ada"))


def unverified(vault: Vault) -> None:
    vault.forget("ada")
    (vault.folder("ada") / "sealed").mkdir(parents=True)
    for i, one in enumerate(pictures("kofi")):
        Safe(vault.folder("ada"), "ada", "", b"").path(frame_name(i)).write_bytes(one.content)


def somebody_elses_frame(vault: Vault) -> None:
    enrol(vault, "kofi", pictures=pictures("kofi"), purposes=BOTH)
    mine, theirs = (Safe(vault.folder(name), name, "", b"").path(frame_name(2)) for name in ("ada", "kofi"))
    mine.write_bytes(theirs.read_bytes())


def changed(name: str) -> Callable[[Vault], None]:
    def change(vault: Vault) -> None:
        path = Safe(vault.folder("ada"), "ada", "", b"").path(name)
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)

    change.__name__ = f"changed_{name}"
    return change


def without_key(vault: Vault) -> None:
    (vault.folder("ada") / KEY_FILE).unlink()


REFUSED = (
    expired, revoked, forgotten, for_films_only, with_a_purpose_written_in, foreign, unverified, somebody_elses_frame,
    without_key, *(changed(name) for name in (CARD, RECEIPT, MANIFEST, frame_name(0), frame_name(5))),
)  # fmt: skip


def left_behind(vault: Vault) -> list[str]:
    safe = Safe(vault.folder("ada"), "ada", "", b"")
    return [part for part in PARTS if safe.path(f"kept/{place_of('toy', part)}").exists()]


def test_nobody_is_learnt_whom_the_vault_refuses(tmp_path):
    """0 of 14."""
    vault_with(tmp_path / "good", "ada")
    pipe, trained = tiny_sd(), []
    for spoil in REFUSED:
        shutil.copytree(tmp_path / "good", tmp_path / spoil.__name__ / "vault")
        vault = Vault(tmp_path / spoil.__name__ / "vault")
        spoil(vault)
        with pytest.raises(ConsentError):
            trained.append(train(vault, "ada", pipe, "toy", quick(steps=1)))
        assert left_behind(vault) == []
    assert trained == []
    with pytest.raises(ConsentError, match="no star"):
        train(Vault(tmp_path / "good"), "eve", pipe, "toy", quick(steps=1))


MOMENTS = (("class picture", 0), ("loss", 1), ("loss", 4), ("held-out", 4), ("loss", 6), ("held-out", 8))
"""Words in the telling, and the step, at which the star withdraws."""


@pytest.mark.parametrize("end", [Vault.revoke, Vault.forget], ids=["revoked", "forgotten"])
def test_withdrawing_meanwhile_stops_it_and_leaves_nothing(tmp_path, end):
    """0 of 6 each."""
    vault_with(tmp_path / "good", "ada")
    pipe = tiny_sd()
    for words, step in MOMENTS:
        vault = Vault(tmp_path / f"{words}{step}" / "vault")
        shutil.copytree(tmp_path / "good", vault.root)
        done: list[bool] = []

        def tell(event: Event, vault=vault, words=words, step=step, done=done) -> None:
            due = isinstance(event, StageProgressed) and words in event.note and event.done >= step
            if due and not done:
                done.append(True)
                end(vault, "ada")

        with pytest.raises(ConsentError):
            train(vault, "ada", pipe, "toy", quick(pictures=4), tell=tell)
        assert done, (words, step)
        assert left_behind(vault) == []
        assert ADAPTER not in getattr(pipe.unet, "peft_config", {})
