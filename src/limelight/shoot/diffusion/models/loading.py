"""Loading: a checkpoint becomes a pipeline that fits the machine.

What fits whole stays on the GPU; else components take turns there (model offload), else layers do (sequential
offload). One model is loaded at a time: who loads it frees it.
"""

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from limelight.errors import WeightError
from limelight.shoot.diffusion.models.checkpoint import Checkpoint, fetch, fetch_adapter, missing_extra
from limelight.shoot.diffusion.models.register import Family, Model

Placement = Literal["whole", "by component", "by layer"]
WORK_GIGABYTES = 2.5
"""Left free for activations at the model's own size; a guess on the safe side, not a measurement."""
SMALL_GIGABYTES = 6.0
"""GPUs below this also slice attention."""
COMPILE_FROM = 400
"""Pictures to be drawn from which a minute of compiling pays."""


@dataclass(frozen=True)
class Hardware:
    """What there is to draw on.

    Attributes:
        device: ``cuda``, ``mps`` or ``cpu``.
        gigabytes: Memory free on it; 0 where it is not asked (CPU, mps).
        bfloat: Whether it computes in bfloat16 at full speed.
    """

    device: str
    gigabytes: float = 0.0
    bfloat: bool = False

    @classmethod
    def here(cls) -> "Hardware":
        """This machine's.

        Raises:
            BackendError: torch is not installed.
        """
        try:
            import torch
        except ImportError as problem:
            raise missing_extra(problem) from problem
        if torch.cuda.is_available():
            free, _ = torch.cuda.mem_get_info()
            return cls("cuda", free / 1e9, torch.cuda.is_bf16_supported())
        if torch.backends.mps.is_available():
            return cls("mps")
        return cls("cpu")

    def dtype(self, model: Model) -> Any:
        """The number format a model is loaded in: half where the device is quick at it, else float32.

        Stable Diffusion was released in float16; the transformers overflow in it and want bfloat16.
        """
        import torch

        if self.device == "cpu":
            return torch.float32
        if model.family in {Family.SD15, Family.SDXL, Family.ANIMATEDIFF}:
            return torch.float16
        return torch.bfloat16 if self.bfloat or self.device == "mps" else torch.float32

    def placement(self, model: Model) -> Placement:
        """How much of the model is on the device at a time."""
        if self.device != "cuda" or not model.parameters:
            return "whole"
        if model.gigabytes + WORK_GIGABYTES <= self.gigabytes:
            return "whole"
        if model.largest_gigabytes + WORK_GIGABYTES <= self.gigabytes:
            return "by component"
        return "by layer"


@contextmanager
def loaded(
    checkpoint: Checkpoint, hardware: Hardware, *, from_picture: bool = False, pictures: int = 0
) -> Iterator[Any]:
    """A pipeline of diffusers, ready to be called; freed at the end.

    Args:
        checkpoint: Which.
        hardware: Where it runs.
        from_picture: Of a video model: the pipeline that takes the first frame.
        pictures: How many are to be drawn: from COMPILE_FROM on, compiling pays.

    Raises:
        WeightError: its weights cannot be had or loaded.
        BackendError: the extra is not installed.
    """
    pipeline = _placed(_opened(checkpoint, hardware, from_picture=from_picture), checkpoint.model, hardware)
    if pictures >= COMPILE_FROM and hardware.placement(checkpoint.model) == "whole":
        _compile(pipeline, hardware)
    try:
        yield pipeline
    finally:
        del pipeline
        empty(hardware)


def empty(hardware: Hardware) -> None:
    """Give freed memory back to the device."""
    import torch

    gc.collect()
    if hardware.device == "cuda":
        torch.cuda.empty_cache()
    elif hardware.device == "mps":
        torch.mps.empty_cache()


def _opened(checkpoint: Checkpoint, hardware: Hardware, *, from_picture: bool) -> Any:
    model = checkpoint.model
    try:
        import diffusers
        import transformers  # noqa: F401  # without it the pipelines are empty shells

        if model.family is Family.WAN:
            import ftfy  # noqa: F401  # its pipelines clean prompts with it, without asking whether it is there
    except ImportError as problem:
        raise missing_extra(problem) from problem
    _quieten()
    root = checkpoint.base or checkpoint
    place = fetch(root)
    keywords: dict[str, Any] = {"dtype": hardware.dtype(model), "use_safetensors": True}
    if root.model.variant and root.model.path is None:
        keywords["variant"] = root.model.variant
    kind = _pipeline_class(model, from_picture=from_picture)
    if model.family is Family.ANIMATEDIFF and checkpoint.base is not None:
        keywords["motion_adapter"] = diffusers.MotionAdapter.from_pretrained(
            fetch_adapter(checkpoint), dtype=hardware.dtype(model), use_safetensors=True
        )
    try:
        if place.is_file():
            pipeline = _single_file(model, place, keywords)
        else:
            pipeline = kind.from_pretrained(place, local_files_only=True, **keywords)
    except (OSError, ValueError, KeyError, RuntimeError) as problem:
        raise WeightError(
            f"the model {model.name} cannot be loaded: {str(problem).strip()[:300]}",
            hint="Check that it is whole and made of safetensors files; see docs/diffusion.md.",
        ) from problem
    if checkpoint.base is not None and model.adapter_file:
        adapter = fetch_adapter(checkpoint)
        pipeline.load_lora_weights(str(adapter.parent), weight_name=adapter.name)
        pipeline.fuse_lora()
        pipeline.unload_lora_weights()
    _schedule(pipeline, model)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _single_file(model: Model, path: Path, keywords: dict[str, Any]) -> Any:
    import diffusers

    kind = (
        diffusers.StableDiffusionXLPipeline
        if model.family is Family.SDXL
        else diffusers.StableDiffusionPipeline
    )
    return kind.from_single_file(str(path), **{k: v for k, v in keywords.items() if k != "variant"})


def _pipeline_class(model: Model, *, from_picture: bool) -> Any:
    import diffusers

    classes = {
        Family.ANIMATEDIFF: (diffusers.AnimateDiffPipeline, diffusers.AnimateDiffPipeline),
        Family.WAN: (diffusers.WanPipeline, diffusers.WanImageToVideoPipeline),
        Family.LTX2: (diffusers.LTX2Pipeline, diffusers.LTX2ImageToVideoPipeline),
    }
    if model.family in classes:
        return classes[model.family][from_picture]
    return diffusers.DiffusionPipeline


def _schedule(pipeline: Any, model: Model) -> None:
    import diffusers

    if model.scheduler == "lcm":
        pipeline.scheduler = diffusers.LCMScheduler.from_config(pipeline.scheduler.config)
    elif model.scheduler == "euler-trailing":
        pipeline.scheduler = diffusers.EulerDiscreteScheduler.from_config(
            pipeline.scheduler.config, timestep_spacing="trailing"
        )
    elif model.family is Family.ANIMATEDIFF:
        pipeline.scheduler = diffusers.DDIMScheduler.from_config(
            pipeline.scheduler.config,
            beta_schedule="linear",
            clip_sample=False,
            timestep_spacing="linspace",
            steps_offset=1,
        )


def _placed(pipeline: Any, model: Model, hardware: Hardware) -> Any:
    vae: Any = getattr(pipeline, "vae", None)
    if hasattr(vae, "enable_slicing"):
        vae.enable_slicing()
    if hardware.device == "cuda" and hardware.gigabytes < SMALL_GIGABYTES:
        if hasattr(vae, "enable_tiling"):
            vae.enable_tiling()
        if hasattr(pipeline, "enable_attention_slicing"):
            pipeline.enable_attention_slicing()
    placement = hardware.placement(model)
    if placement == "by component":
        pipeline.enable_model_cpu_offload()
    elif placement == "by layer":
        pipeline.enable_sequential_cpu_offload()
    else:
        pipeline.to(hardware.device)
    return pipeline


def _compile(pipeline: Any, hardware: Hardware) -> None:
    """Compile what is called at every step; where the machine has no compiler, it is left as it is."""
    if hardware.device != "cuda":
        return
    part = getattr(pipeline, "unet", None) or getattr(pipeline, "transformer", None)
    if part is not None:
        part.compile(dynamic=True)


def _quieten() -> None:
    """The libraries' own progress bars and remarks would tear the terminal's picture."""
    import diffusers
    import transformers

    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
