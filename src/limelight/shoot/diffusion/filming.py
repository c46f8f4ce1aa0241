"""Filming: a shot filmed by a video model (AnimateDiff, Wan 2.2 TI2V, LTX-2) instead of drawn keyframe by keyframe.

Video models give clips of ``grid * k + 1`` frames at their own pace. A shot is cut into clips that end on beats; each
is filmed with as many frames as its length needs and then stretched to it exactly, so that a gesture that fills a
clip fills whole beats. Where the model takes a first frame, the first clip begins with the shot's keyframe, and each
other with the last picture of the one before.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from limelight.errors import BackendError
from limelight.shoot.camera import Picture
from limelight.shoot.diffusion.drawing import Wish, out_of_memory
from limelight.shoot.diffusion.inbetween import Drawn, inbetween
from limelight.shoot.diffusion.models.loading import Hardware, empty
from limelight.shoot.diffusion.models.register import Family, Model

SHRINK = 0.75
"""Of width and height, when memory runs out."""
SMALLEST = 0.4
"""Of width and height, below which it is given up."""


@dataclass(frozen=True)
class Strip:
    """A piece of a shot that is filmed in one go.

    Attributes:
        start: First frame, of the shot.
        frames: How many of the film's frames it fills.
        filmed: How many frames the model draws.
    """

    start: int
    frames: int
    filmed: int


def plan_strips(frames: int, rate: float, beats: Sequence[float], model: Model) -> tuple[Strip, ...]:
    """Cut a shot into clips.

    Args:
        frames: Of the shot.
        rate: The film's frames a second.
        beats: Seconds from the shot's start, rising.
        model: Its pace, frame grid and longest clip.
    """
    longest = max(1, int((model.longest - 1) / model.fps * rate))
    borders = [0]
    while frames - borders[-1] > longest:
        here = borders[-1]
        pieces = -(-(frames - here) // longest)
        aim = here + (frames - here) / pieces
        on_beat = [round(beat * rate) for beat in beats]
        fitting = [frame for frame in on_beat if here < frame <= here + longest and frame < frames]
        near = min(fitting, key=lambda frame: abs(frame - aim), default=round(aim))
        borders.append(near if abs(near - aim) <= longest / 2 else round(aim))
    borders.append(frames)
    return tuple(
        Strip(start, end - start, _filmed((end - start) / rate, model))
        for start, end in itertools.pairwise(borders)
    )


def _filmed(seconds: float, model: Model) -> int:
    """Frames to film for a length: the smallest number of the grid that is not slower than the model's own pace."""
    steps = max(1, int(np.ceil(seconds * model.fps / model.grid - 1e-6)))
    most = max(1, (model.longest - 1) // model.grid)
    return model.grid * min(steps, most) + 1


class Cinematographer:
    """Films with one video pipeline that is loaded.

    Args:
        pipeline: Of diffusers.
        model: How it is used.
        hardware: Where it runs.
    """

    def __init__(self, pipeline: Any, model: Model, hardware: Hardware) -> None:
        self.pipeline = pipeline
        self.model = model
        self._hardware = hardware
        self._scale = 1.0

    def film(
        self,
        wish: Wish,
        strips: Sequence[Strip],
        size: tuple[int, int],
        first: Picture | None = None,
        dressing: Mapping[str, Any] | None = None,
    ) -> Iterator[Picture]:
        """Film a shot.

        Args:
            wish: What is seen; its noise's first seed is the clips'.
            strips: As :func:`plan_strips` cut it.
            size: Width and height, multiples of the model's.
            first: The first frame, for models that take one.
            dressing: More keywords for the pipeline, from an identity.

        Yields:
            The shot's frames, ``(height, width, 3) uint8``, all of one size (smaller than asked for if memory
            ran out).

        Raises:
            BackendError: a clip does not fit in memory however small.
        """
        started = first
        shown: tuple[int, int] | None = None
        for strip in strips:
            taken = self._taken(wish, strip, size, started, dressing or {})
            if self.model.first_frame:
                started = taken[-1]
            for picture in stretched(taken, strip.frames):
                shown = shown or (picture.shape[1], picture.shape[0])
                yield picture if picture.shape[1::-1] == shown else np.asarray(cv2.resize(picture, shown))

    def _taken(
        self,
        wish: Wish,
        strip: Strip,
        size: tuple[int, int],
        first: Picture | None,
        dressing: Mapping[str, Any],
    ) -> list[Picture]:
        """The clip's frames as the model drew them; smaller ones when memory runs out."""
        step = self.model.multiple
        while True:
            width, height = (max(step, round(side * self._scale / step) * step) for side in size)
            try:
                return self._call(wish, strip, (width, height), first, dressing)
            except (RuntimeError, MemoryError) as problem:
                if not out_of_memory(problem):
                    raise
                self._shrink(problem)

    def _shrink(self, problem: BaseException) -> None:
        """Film smaller from now on.

        Raises:
            BackendError: it would be too small.
        """
        empty(self._hardware)
        self._scale *= SHRINK
        if self._scale < SMALLEST:
            raise BackendError(
                f"a clip of the model {self.model.name} does not fit in the memory of this "
                f"{self._hardware.device} device, even at {self._scale / SHRINK:.0%} of its size.",
                hint="Take a smaller --motion model or none; finished takes are kept. See docs/diffusion.md.",
            ) from problem

    def _call(
        self,
        wish: Wish,
        strip: Strip,
        size: tuple[int, int],
        first: Picture | None,
        dressing: Mapping[str, Any],
    ) -> list[Picture]:
        import torch
        from PIL import Image

        width, height = size
        keywords: dict[str, Any] = {
            "prompt": wish.prompt,
            "negative_prompt": wish.negative if self.model.guidance > 1 else None,
            "width": width,
            "height": height,
            "num_frames": strip.filmed,
            "num_inference_steps": self.model.steps,
            "guidance_scale": self.model.guidance,
            "generator": torch.Generator("cpu").manual_seed((wish.noise[0][0] + strip.start) % 2**63),
            "output_type": "np",
            **dressing,
        }
        if first is not None and self.model.first_frame:
            keywords["image"] = Image.fromarray(first).resize(size, Image.Resampling.LANCZOS)
        if self.model.family is Family.LTX2:
            keywords["frame_rate"] = self.model.fps
        with torch.inference_mode():
            frames = self.pipeline(**keywords).frames[0]
        return [
            np.asarray(np.clip(np.asarray(frame, np.float32) * 255 + 0.5, 0, 255), np.uint8)
            for frame in frames
        ]


def stretched(taken: Sequence[Picture], frames: int) -> Iterator[Picture]:
    """A clip's pictures brought to exactly so many frames: the last one stands just after the clip's end."""
    step = frames / max(1, len(taken) - 1)
    return inbetween([Drawn(index * step, picture) for index, picture in enumerate(taken)], frames)
