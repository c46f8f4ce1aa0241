"""Captions: what a frame shows besides who it is, by template from the landmarks.

What a caption names, the adapter need not learn as part of the person: that is why a smile is mentioned.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from limelight.faces.landmarks import Face

FRAMED = (("close-up portrait", 0.5), ("portrait", 0.28), ("photo", 0.0))
"""Wording by the share of the picture's height that the face takes, from which on."""


USUAL = 0.2
"""How far a value must lie above what the star's face mostly shows: raised brows may simply be hers."""

EXPRESSIONS = (
    (("mouthSmileLeft", "mouthSmileRight"), 0.45, "smiling"),
    (("jawOpen",), 0.25, "mouth open"),
    (("mouthPucker",), 0.6, "lips pursed"),
    (("eyeBlinkLeft", "eyeBlinkRight"), 0.5, "eyes closed"),
    (("browInnerUp",), 0.5, "raised eyebrows"),
)
"""Blendshapes whose mean is compared, from which value on, and the words."""


def caption_of(
    face: Face, subject: str, *, face_share: float, usual: Mapping[str, float] | None = None
) -> str:
    """A sentence such as ``portrait of ohwx person, smiling, looking left``.

    Args:
        face: As it lies in the frame; left and right are the picture's.
        subject: Token and noun.
        face_share: Height of the face as a share of the crop's.
        usual: See :func:`usual_face`.
    """
    framing = next(words for words, least in FRAMED if face_share >= least)
    return ", ".join([f"{framing} of {subject}", *facts_of(face, usual or {})])


def usual_face(faces: Sequence[Face]) -> Mapping[str, float]:
    """The median of each blendshape: what is always there is part of the person, not of the moment."""
    names = {name for shapes, _, _ in EXPRESSIONS for name in shapes}
    return {name: float(np.median([face.blendshapes[name] for face in faces])) for name in sorted(names)}


def facts_of(face: Face, usual: Mapping[str, float]) -> tuple[str, ...]:
    """What the landmarks say of mouth, eyes, brows and head."""
    found = []
    for names, least, words in EXPRESSIONS:
        value = float(np.mean([face.blendshapes[name] for name in names]))
        mostly = float(np.mean([usual.get(name, 0.0) for name in names]))
        if value > least and value > mostly + USUAL:
            found.append(words)
    pose = face.pose
    if abs(pose.yaw) > 12:
        found.append(f"looking {'right' if pose.yaw > 0 else 'left'}")
    if abs(pose.pitch) > 14:
        found.append(f"looking {'up' if pose.pitch > 0 else 'down'}")
    if abs(pose.roll) > 12:
        found.append("head tilted")
    return tuple(found)
