"""Validation: pictures drawn on the way, compared with the star and, as a control, with strangers."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from limelight.faces.identity import Embedding, similarity

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline

    from limelight.faces.identity import Recognizer

SCENES = (
    "portrait of {subject}, smiling, soft light",
    "photo of {subject} singing on a stage at night",
    "close-up portrait of {subject}, looking left, sunset",
    "photo of {subject} standing in a field of flowers",
)
"""Prompts without a word of the lyrics or of the captions' backgrounds."""
LIKENESS_GAIN = 0.005
"""Cosine by which similarity must rise to count as better."""
LOSS_GAIN = 0.002
"""Share by which the held-out loss must fall to count as better."""


@dataclass(frozen=True)
class Validation:
    """What was seen at one step.

    Attributes:
        step: Optimiser steps done.
        loss: On held-out frames, the same noise and times each time.
        drawn: Pictures drawn.
        found: Of these, with a face; an untrained or random model gives 0, and then nothing is said of likeness.
        similarity: Mean SFace cosine of the faces found to the star; None if there is none.
        stranger: The same to strangers, mean over them.
    """

    step: int
    loss: float
    drawn: int = 0
    found: int = 0
    similarity: float | None = None
    stranger: float | None = None

    @property
    def told(self) -> str:
        """One line for people."""
        text = f"held-out loss {self.loss:.4f}"
        if not self.drawn:
            return text
        if self.similarity is None or self.stranger is None:
            return f"{text}; no face found in {self.drawn} pictures"
        return (
            f"{text}; likeness {self.similarity:.2f} (strangers {self.stranger:.2f}) "
            f"in {self.found} of {self.drawn} pictures"
        )

    @property
    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def beats(self, other: "Validation | None") -> bool:
        """Whether it is better: by likeness beyond strangers where faces were found in both, else by loss."""
        if other is None:
            return True
        own, theirs = self.beyond_strangers, other.beyond_strangers
        if own is not None and theirs is not None:
            return own > theirs + LIKENESS_GAIN
        return self.loss < other.loss * (1 - LOSS_GAIN)

    @property
    def beyond_strangers(self) -> float | None:
        """Likeness less that to strangers; None where fewer than half of the pictures show a face."""
        if self.similarity is None or self.stranger is None or 2 * self.found < self.drawn:
            return None
        return self.similarity - self.stranger


def draw(
    pipeline: "DiffusionPipeline", prompts: Sequence[str], *, size: tuple[int, int], steps: int, seed: int
) -> list[NDArray[np.uint8]]:
    """Pictures ``(height, width, 3) uint8``, one a prompt, each from its own seed.

    Args:
        pipeline: As it is: with or without an adapter.
        prompts: What to draw.
        size: Width and height, pixels.
        steps: Denoising steps.
        seed: Of the first; the next ones count up.
    """
    import torch

    shown = getattr(pipeline, "_progress_bar_config", {})
    pipeline.set_progress_bar_config(disable=True)
    pictures = []
    for index, prompt in enumerate(prompts):
        chance = torch.Generator().manual_seed(seed + index)
        drawn = pipeline(
            prompt,
            width=size[0],
            height=size[1],
            num_inference_steps=steps,
            generator=chance,
            output_type="np",
        ).images[0]
        pictures.append(np.rint(np.clip(np.nan_to_num(drawn), 0, 1) * 255).astype(np.uint8))
    pipeline.set_progress_bar_config(**shown)
    return pictures


def likeness_in(
    pictures: Sequence[NDArray[np.uint8]],
    reference: Embedding | None,
    strangers: Sequence[Embedding],
    recognizer: "Recognizer",
) -> tuple[int, float | None, float | None]:
    """In how many pictures a face is found; mean cosine of the surest faces to the star, and to strangers."""
    seen = []
    for picture in pictures:
        faces = recognizer.detect(picture)
        if faces:
            seen.append(recognizer.embed(picture, faces[0]))
    if not seen or reference is None:
        return len(seen), None, None
    own = float(np.mean([similarity(one, reference) for one in seen]))
    strange = [similarity(one, stranger) for one in seen for stranger in strangers]
    return len(seen), own, float(np.mean(strange)) if strange else None


def contact_sheet(pictures: Sequence[NDArray[np.uint8]]) -> bytes:
    """PNG of pictures of one size side by side."""
    import cv2

    row = np.concatenate(list(pictures), axis=1)
    return bytes(cv2.imencode(".png", cv2.cvtColor(row, cv2.COLOR_RGB2BGR))[1].tobytes())
