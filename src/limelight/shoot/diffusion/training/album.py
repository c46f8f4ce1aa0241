"""Album: a star's verified frames, chosen, cropped and captioned. Here alone a likeness is opened for training."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from limelight.errors import InputError
from limelight.events import Listener, ignore
from limelight.faces.identity import Embedding
from limelight.shoot.diffusion.training.captions import caption_of, usual_face
from limelight.shoot.diffusion.training.crops import FACE_SHARES, Crop, buckets, crop_around
from limelight.shoot.diffusion.training.recipe import Recipe
from limelight.star import Purpose
from limelight.vault import Footage, OpenLikeness, Vault

if TYPE_CHECKING:
    from limelight.faces.landmarks import Face

SMALLEST_FACE = 48
"""Pixels of the frame: smaller faces teach nothing."""
BLURRED = 0.4
"""Frames less sharp than this share of the typical one are left out."""
HELD_OUT = 8
"""Each of so many pictures is kept for validation."""


@dataclass(frozen=True)
class Photograph:
    """One picture to learn from.

    Attributes:
        pixels: ``(height, width, 3) uint8`` of a bucket's size.
        caption: What it shows.
        original: Width and height of the crop before it was scaled: SDXL is told how good a picture is.
    """

    pixels: NDArray[np.uint8]
    caption: str
    original: tuple[int, int]


@dataclass(frozen=True)
class Album:
    """What an adapter is trained on.

    Attributes:
        photographs: To learn from.
        held_out: To measure on; never learnt from.
        reference: The star's mean SFace embedding, or None if SFace found no face.
        rejected: How many frames could not be used, by reason.
    """

    photographs: tuple[Photograph, ...]
    held_out: tuple[Photograph, ...]
    reference: Embedding | None
    rejected: tuple[tuple[str, int], ...]


def open_for_training(vault: Vault, star: str) -> OpenLikeness:
    """The one door: a likeness whose owner consented to training.

    Raises:
        ConsentError: unknown, foreign, expired, revoked, unverified, changed, or consented to other things only.
    """
    return vault.open(star, Purpose.TRAINING)


def album_of(
    likeness: OpenLikeness, recipe: Recipe, resolution: int, multiple: int, tell: Listener = ignore
) -> Album:
    """Choose frames of verification and performance, crop them around the face, and caption them.

    Args:
        likeness: Opened for training.
        recipe: Says how many, and the star's token.
        resolution: Side of a square picture, pixels.
        multiple: What sides must be multiples of.
        tell: Told of downloads.

    Raises:
        ConsentError: the vault says no.
        InputError: too few frames show one sharp face.
    """
    from limelight.faces.identity import Recognizer
    from limelight.faces.landmarks import FaceLandmarker

    likeness.check()
    shapes = buckets(resolution, multiple)
    rejected: dict[str, int] = {}
    taken: list[_Taken] = []
    embeddings: list[Embedding] = []
    with FaceLandmarker(max_faces=2, on_event=tell) as landmarker, Recognizer(on_event=tell) as recognizer:
        for frame in _frames(likeness, recipe.pictures):
            faces = landmarker.detect(frame)
            reason = _unfit(faces)
            if reason:
                rejected[reason] = rejected.get(reason, 0) + 1
                continue
            share = FACE_SHARES[len(taken) % len(FACE_SHARES)]
            shape = shapes[len(taken) // len(FACE_SHARES) % len(shapes)]
            crop = crop_around(faces[0].box, (frame.shape[1], frame.shape[0]), share, shape)
            taken.append(_Taken(crop.cut(frame), crop, faces[0], _sharpness(frame, crop)))
            embeddings += [recognizer.embed(frame, face) for face in recognizer.detect(frame)[:1]]
    sharp = _captioned(_without_blurred(taken, rejected), recipe.subject)
    if len(sharp) < 2:
        told = ", ".join(f"{count} {reason}" for reason, count in rejected.items()) or "there are none"
        raise InputError(
            f"too few frames of {likeness.star.name} can be learnt from: {told}.",
            hint="Verify again in even light with the whole face in the picture.",
        )
    held = tuple(sharp[HELD_OUT // 2 :: HELD_OUT]) or (sharp[-1],)
    kept = tuple(one for one in sharp if not any(one is other for other in held))
    mean = np.mean(embeddings, axis=0) if embeddings else None
    reference = (
        None if mean is None else np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)
    )
    return Album(kept, held, reference, tuple(sorted(rejected.items())))


@dataclass(frozen=True)
class _Taken:
    """A crop before it is captioned."""

    pixels: NDArray[np.uint8]
    crop: Crop
    face: "Face"
    sharpness: float


def _frames(likeness: OpenLikeness, most: int) -> Iterator[NDArray[np.uint8]]:
    """Spread evenly over the verification (a third) and the performance (the rest)."""
    portraits, footage = likeness.portraits, likeness.footage
    same = tuple(portraits.times) == tuple(footage.times)  # without a performance, footage is all there is
    share = 0 if same else min(len(portraits), max(1, most // 3))
    parts: Sequence[tuple[Footage, int]] = ((portraits, share), (footage, most - share))
    for source, count in parts:
        for index in np.unique(np.linspace(0, len(source) - 1, min(count, len(source))).round().astype(int)):
            yield source.frame(int(index))


def _unfit(faces: "Sequence[Face]") -> str:
    if not faces:
        return "without a face"
    if len(faces) > 1:
        return "with more than one face"
    return "with too small a face" if faces[0].box[3] < SMALLEST_FACE else ""


def _sharpness(frame: NDArray[np.uint8], crop: Crop) -> float:
    import cv2

    part = frame[crop.top : crop.top + crop.height, crop.left : crop.left + crop.width]
    return float(cv2.Laplacian(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), cv2.CV_32F).std())


def _without_blurred(taken: list[_Taken], rejected: dict[str, int]) -> list[_Taken]:
    """Leave out what is much less sharp than others of the same framing."""
    kept = []
    for turn, one in enumerate(taken):
        alike = [other.sharpness for other in taken[turn % len(FACE_SHARES) :: len(FACE_SHARES)]]
        if one.sharpness < BLURRED * float(np.median(alike)):
            rejected["blurred"] = rejected.get("blurred", 0) + 1
        else:
            kept.append(one)
    return kept


def _captioned(taken: Sequence[_Taken], subject: str) -> list[Photograph]:
    usual = usual_face([one.face for one in taken]) if taken else {}
    found = []
    for one in taken:
        share = one.face.box[3] / one.crop.height
        caption = caption_of(one.face, subject, face_share=share, usual=usual)
        found.append(Photograph(one.pixels, caption, (one.crop.width, one.crop.height)))
    return found
