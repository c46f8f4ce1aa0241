"""Openings: first frames for a video model, drawn by a still model before it, so that one model is loaded at a time.

An opening without stars lies among the plates. One with a star is sealed beside the star. One with two is split into
two halves, each of which alone is noise, sealed beside one of them each: forgetting either ends it.
"""

import secrets
from collections.abc import Sequence

import cv2
import numpy as np

from limelight.document import write_atomically
from limelight.shoot.camera import CallSheet, Picture
from limelight.vault import Likeness


def keep(sheet: CallSheet, key: str, picture: Picture, cast: Sequence[Likeness]) -> None:
    """Keep an opening under a key (64 hexadecimal digits)."""
    content = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()
    if not cast:
        write_atomically(sheet.plates / f"{key}.opening.png", content)
        return
    for likeness in cast[:-1]:
        half = secrets.token_bytes(len(content))
        likeness.keep(f"opening-{key}", half)
        content = _joined(content, half)
    cast[-1].keep(f"opening-{key}", content)


def recall(sheet: CallSheet, key: str, cast: Sequence[Likeness]) -> Picture | None:
    """The opening that was kept under a key, ``(height, width, 3) uint8``, or None.

    Raises:
        ConsentError: one of the stars says no.
    """
    if not cast:
        path = sheet.plates / f"{key}.opening.png"
        content = path.read_bytes() if path.exists() else None
    else:
        halves = [likeness.recall(f"opening-{key}") for likeness in cast]
        content = halves[0]
        for half in halves[1:]:
            content = None if content is None or half is None else _joined(content, half)
    if not content:
        return None
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    return None if picture is None else np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def _joined(one: bytes, other: bytes) -> bytes:
    """Exclusive or, byte by byte."""
    if len(one) != len(other):
        return b""
    return np.bitwise_xor(np.frombuffer(one, np.uint8), np.frombuffer(other, np.uint8)).tobytes()
