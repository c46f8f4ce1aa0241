"""Strangers: embeddings of faces that belong to nobody, for the controls of whatever compares faces."""

import json
from collections.abc import Sequence
from importlib import resources

import numpy as np
from numpy.typing import NDArray

SAME = 0.92
"""Cosine from which a stranger is taken for the star itself: an understudy may be the film's star."""

Embedding = NDArray[np.float32]


def strangers(stars: Sequence[Embedding] = (), names: Sequence[str] = ()) -> tuple[Embedding, ...]:
    """SFace embeddings of rendered understudies who are not among the stars, ``(128,) float32`` of length 1.

    Args:
        stars: The stars' embeddings.
        names: The stars' names and ids; an understudy of such a name is no stranger.

    Synthetic faces resemble each other more than people do, so this control is strict for a synthetic star.
    """
    text = resources.files("limelight.faces").joinpath("strangers.json").read_text(encoding="utf-8")
    known = {part for name in names for part in name.lower().replace("-", " ").split()}
    faces = [
        np.array(values, np.float32)
        for name, values in json.loads(text)["embeddings"].items()
        if name not in known
    ]
    return tuple(face for face in faces if all(float(face @ star) < SAME for star in stars))
