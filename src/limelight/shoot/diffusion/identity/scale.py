"""Scale: how strongly a face adapter is listened to: as much as likeness needs, no more than the picture bears."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limelight.faces.identity import MATCH

Picture = NDArray[np.uint8]
SCALES = (0.4, 0.55, 0.7, 0.85, 1.0)
DEFAULT_SCALE = 0.6
"""Where no face is found in any trial: what the adapters' authors advise, not measured."""
TARGET = MATCH + 0.1
"""SFace cosine that is enough: one person, with room for style and small faces."""
MOST_CLIPPED = 0.08
"""Share of pixels that may be burnt out or drowned beyond those of the picture without the adapter."""
ROUGHNESS = (0.4, 2.5)
"""Bounds on fine detail, relative to the picture without the adapter: below it is smeared, above it is fried.

These limits are reasoned, not tuned: no weights of a real adapter were at hand.
"""


@dataclass(frozen=True)
class Scale:
    """What the search found.

    Attributes:
        value: The scale.
        similarity: SFace cosine at it; None if no face was found.
        tried: Pictures drawn.
        limited: Whether artefacts stopped the search before likeness was enough.
    """

    value: float
    similarity: float | None = None
    tried: int = 0
    limited: bool = False

    @property
    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def choose_scale(
    draw: Callable[[float], Picture],
    judge: Callable[[Picture], float | None],
    *,
    scales: Sequence[float] = SCALES,
    target: float = TARGET,
) -> Scale:
    """Raise the scale until the likeness is enough or the picture suffers.

    Args:
        draw: A picture at a scale; the same noise each time.
        judge: Similarity to the star, or None if there is no face.
        scales: Rising.
        target: Similarity that is enough.

    Returns:
        The first scale that reaches the target; else, of those without artefacts, the one with the most similarity;
        :data:`DEFAULT_SCALE` where no face was ever found.
    """
    plain = draw(0.0)
    best: Scale | None = None
    tried, limited = 1, False
    for scale in scales:
        picture = draw(scale)
        tried += 1
        if spoilt(picture, plain):
            limited = True
            break
        found = judge(picture)
        if found is not None and (best is None or best.similarity is None or found > best.similarity):
            best = Scale(scale, found)
        if found is not None and found >= target:
            break
    if best is None:
        return Scale(DEFAULT_SCALE, None, tried, limited)
    return Scale(best.value, best.similarity, tried, limited)


def spoilt(picture: Picture, plain: Picture) -> bool:
    """Whether a picture shows what too strong a condition does: burnt colours, fried or smeared detail."""
    low, high = ROUGHNESS
    ratio = roughness(picture) / max(roughness(plain), 1e-6)
    return clipped(picture) > clipped(plain) + MOST_CLIPPED or not low <= ratio <= high


def clipped(picture: Picture) -> float:
    """Share of pixels with a channel at its end."""
    return float(((picture <= 1) | (picture >= 254)).any(axis=-1).mean())


def roughness(picture: Picture) -> float:
    """Spread of the Laplacian of the lightness."""
    import cv2

    return float(cv2.Laplacian(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.CV_32F).std())
