"""How fast Stable Diffusion 1.5 and XL draw keyframes and learn a star here, and how much memory they hold.

    python bench/diffusion.py [--tiny] [--model sd15 --model sdxl] [--steps 20] [--lessons 20]

The models have their published shapes and random weights: what they draw is noise, how long it takes is not. Beside
the seconds a step of training stand those published for an H100 (0.18 s for SD 1.5, 0.61 s for XL). Without a GPU
only ``--tiny`` is of use: toy shapes that show that the script runs, whose figures say nothing about the models.
"""

import argparse
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    EulerDiscreteScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from limelight.shoot.diffusion.drawing import Draughtsman, Wish
from limelight.shoot.diffusion.models.loading import Hardware
from limelight.shoot.diffusion.models.register import Model, registered
from limelight.shoot.diffusion.training.families import attach, detach, family_of
from limelight.shoot.diffusion.training.recipe import Recipe

PUBLISHED = {"sd15": 0.18, "sdxl": 0.61}
"""Seconds a training step on an H100."""
SCHEDULE: dict[str, Any] = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
PROMPT = "portrait of ohwx person singing by the sea at dusk, watercolour"


@dataclass(frozen=True)
class Measured:
    """One model's figures; memory in GB."""

    name: str
    size: tuple[int, int]
    parameters: float
    alone: float
    batched: float
    at_once: int
    drawing_memory: float
    lesson: float
    training_memory: float


def main() -> None:
    """Measure and print the table."""
    options = _options()
    hardware = Hardware.here()
    torch.manual_seed(1)
    print(f"torch {torch.__version__}, {_device_name(hardware)}")
    if hardware.device != "cuda":
        print("no GPU at hand: no figure below says anything about the models' speed on one.")
        if not options.tiny:
            raise SystemExit(
                "At full size a picture takes minutes on a CPU: give --tiny to see the script run."
            )
    print(
        f"{'model':<6} {'size':>10} {'parameters':>11} {'1 at once':>12} {'batched':>16} {'memory':>9} "
        f"{'LoRA':>12} {'published':>10} {'memory':>9}"
    )
    for name in options.model or ("sd15", "sdxl"):
        found = measure(name, hardware, tiny=options.tiny, steps=options.steps, lessons=options.lessons)
        beside = "-" if options.tiny or hardware.device != "cuda" else f"{PUBLISHED[name]:.2f} s"
        print(
            f"{found.name:<6} {found.size[0]:>5}x{found.size[1]:<4} {found.parameters:>9.3f} B "
            f"{found.alone:>8.2f} /s {found.batched:>8.2f} /s ({found.at_once}) {found.drawing_memory:>6.2f} GB "
            f"{found.lesson:>7.3f} s/st {beside:>10} {found.training_memory:>6.2f} GB"
        )


def measure(name: str, hardware: Hardware, *, tiny: bool, steps: int, lessons: int) -> Measured:
    """Draw, then train; the model is made anew for each, so that neither's memory counts for the other."""
    model = registered(name).model_copy(update={"steps": steps})
    if tiny:
        model = model.model_copy(update={"side": 64})
    size = (model.side, model.side)
    pipeline = build(name, tiny=tiny).to(hardware.device, hardware.dtype(model))
    pipeline.set_progress_bar_config(disable=True)
    parameters = sum(
        weights.numel()
        for part in pipeline.components.values()
        if isinstance(part, torch.nn.Module)
        for weights in part.parameters()
    )
    _forget_peak(hardware)
    artist = Draughtsman(pipeline, model, hardware)
    at_once, artist.at_once = artist.at_once, 1
    alone = _rate(lambda: _draw(artist, 1, size), 1)
    artist.at_once = at_once
    batched = _rate(lambda: _draw(artist, at_once, size), at_once)
    drawing = _peak(hardware)
    _forget_peak(hardware)
    lesson = _lesson(pipeline, model, hardware, lessons)
    return Measured(
        name, size, parameters / 1e9, alone, batched, artist.at_once, drawing, lesson, _peak(hardware)
    )


def build(name: str, *, tiny: bool) -> Any:
    """A pipeline of the published shapes, or of toy ones, with random weights."""
    words = ["<|startoftext|>", "<|endoftext|>"]
    letters = sorted(ByteLevel.alphabet())
    words += [*letters, *(letter + "</w>" for letter in letters)]
    tokenizer = CLIPTokenizer(vocab={word: n for n, word in enumerate(words)}, merges=[], model_max_length=77)
    vae = AutoencoderKL(
        block_out_channels=(8, 8, 8, 8) if tiny else (128, 256, 512, 512),
        layers_per_block=1 if tiny else 2,
        norm_num_groups=2 if tiny else 32,
        latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
    )
    if name == "sd15":
        return StableDiffusionPipeline(
            vae=vae,
            text_encoder=CLIPTextModel(_text(768, 12, 12, 3072, tiny=tiny)),
            tokenizer=tokenizer,
            unet=_unet_sd15(tiny=tiny),
            scheduler=DDIMScheduler(**SCHEDULE, clip_sample=False, set_alpha_to_one=False, steps_offset=1),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
    return StableDiffusionXLPipeline(
        vae=vae,
        text_encoder=CLIPTextModel(_text(768, 12, 12, 3072, tiny=tiny)),
        text_encoder_2=CLIPTextModelWithProjection(_text(1280, 32, 20, 5120, tiny=tiny)),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        unet=_unet_sdxl(tiny=tiny),
        scheduler=EulerDiscreteScheduler(**SCHEDULE, steps_offset=1),
    )


def _text(width: int, layers: int, heads: int, inner: int, *, tiny: bool) -> CLIPTextConfig:
    return CLIPTextConfig(
        hidden_size=32 if tiny else width,
        num_hidden_layers=2 if tiny else layers,
        num_attention_heads=4 if tiny else heads,
        intermediate_size=37 if tiny else inner,
        projection_dim=32 if tiny else width,
        vocab_size=600 if tiny else 49408,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )


def _unet_sd15(*, tiny: bool) -> UNet2DConditionModel:
    if tiny:
        return UNet2DConditionModel(
            block_out_channels=(32, 64), layers_per_block=1, sample_size=8, norm_num_groups=8,
            cross_attention_dim=32, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        )  # fmt: skip
    return UNet2DConditionModel(sample_size=64, cross_attention_dim=768)  # the class's defaults are SD 1.5's


def _unet_sdxl(*, tiny: bool) -> UNet2DConditionModel:
    blocks = (32, 64) if tiny else (320, 640, 1280)
    return UNet2DConditionModel(
        block_out_channels=blocks,
        layers_per_block=1 if tiny else 2,
        sample_size=8 if tiny else 128,
        norm_num_groups=8 if tiny else 32,
        cross_attention_dim=64 if tiny else 2048,
        attention_head_dim=(2, 4) if tiny else (5, 10, 20),
        transformer_layers_per_block=(1, 2) if tiny else (1, 2, 10),
        down_block_types=("DownBlock2D", *("CrossAttnDownBlock2D",) * (len(blocks) - 1)),
        up_block_types=(*("CrossAttnUpBlock2D",) * (len(blocks) - 1), "UpBlock2D"),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8 if tiny else 256,
        projection_class_embeddings_input_dim=32 + 6 * 8 if tiny else 2816,
    )


def _draw(artist: Draughtsman, count: int, size: tuple[int, int]) -> None:
    wishes = [Wish(PROMPT, "text", ((seed, 1.0),)) for seed in range(count)]
    assert all(picture.shape == (size[1], size[0], 3) for picture in artist.draw(wishes, size))


def _rate(work: Callable[[], None], count: int) -> float:
    """Pictures a second: the better of two runs after one that warms up."""
    work()
    best = float("inf")
    for _ in range(2):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return count / best


def _lesson(pipeline: Any, model: Model, hardware: Hardware, lessons: int) -> float:
    """Seconds of one training step, batch 1, gradient checkpointing: the median after a fifth of warming up."""
    recipe = Recipe()
    family = family_of(pipeline, recipe)
    parameters = [one for own in attach(family, recipe).values() for one in own]
    optimiser = torch.optim.AdamW(parameters, lr=recipe.learning_rate)
    chance = torch.Generator().manual_seed(1)
    latents = torch.randn(1, 4, model.side // 8, model.side // 8, generator=chance).to(hardware.device)
    half = torch.bfloat16 if hardware.bfloat else torch.float16
    seconds = []
    try:
        with torch.no_grad():
            reading = family.read([PROMPT])
        for _ in range(lessons + max(1, lessons // 5)):
            started = time.perf_counter()
            with torch.autocast(hardware.device, half, enabled=hardware.device == "cuda"):
                loss = family.losses(latents, reading, [(model.side, model.side)], chance).mean()
            loss.backward()
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            if hardware.device == "cuda":
                torch.cuda.synchronize()
            seconds.append(time.perf_counter() - started)
    finally:
        detach(family)
    return float(np.median(seconds[-lessons:]))


def _forget_peak(hardware: Hardware) -> None:
    if hardware.device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def _peak(hardware: Hardware) -> float:
    """GB: on a GPU since the last forgetting, else of the process since it began."""
    if hardware.device == "cuda":
        return torch.cuda.max_memory_allocated() / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def _device_name(hardware: Hardware) -> str:
    return torch.cuda.get_device_name() if hardware.device == "cuda" else f"{hardware.device} only"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--tiny", action="store_true", help="toy shapes: shows that the script runs")
    parser.add_argument("--model", action="append", choices=sorted(PUBLISHED))
    parser.add_argument("--steps", type=int, default=20, help="denoising steps of a keyframe")
    parser.add_argument("--lessons", type=int, default=20, help="training steps to time")
    return parser.parse_args()


if __name__ == "__main__":
    main()
