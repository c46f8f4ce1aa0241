"""Channels: the few numbers of a face that actions are judged by, against the person's own neutral face.

Left is the person's own left everywhere and counts positive: yaw and gaze to the left, roll to the left shoulder,
a wink of the left eye, a hand that is still at the left side.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum

import numpy as np

from limelight.charcha.observing.observation import Neutral, Observation, Patch
from limelight.faces.landmarks import Face
from limelight.faces.mesh import LIP_LOWER, LIP_UPPER


class Channel(StrEnum):
    """What can be measured of an action."""

    YAW = "yaw"
    """Degrees; +-50 is seen, beyond 35 too little is reported."""
    PITCH = "pitch"
    """Degrees, up is positive."""
    ROLL = "roll"
    """Degrees."""
    LEAN = "lean"
    """How much larger the face is than at calibration, as a share; from the distance that the mesh's fit gives."""
    SMILE = "smile"
    """This and the next four: how much of what the neutral face leaves to 1 an expression value takes, -1 to 1."""
    JAW = "jaw"
    PUCKER = "pucker"
    BROWS = "brows"
    SQUINT = "squint"
    GAP = "gap"
    """Between the lips, in eye distances."""
    WINK = "wink"
    """Closure of the left eye less that of the right: blinks cancel out."""
    GAZE = "gaze"
    """-1 to 1."""
    COVER = "cover"
    """What hides the face: 1 less the correlation of the face's place with how it looked, 0 to 2."""
    SWEEP = "sweep"
    """At which side it is hidden: -1 the person's right to 1 the left; 0 where nothing is hidden."""


GROWING = frozenset({Channel.SMILE, Channel.JAW, Channel.PUCKER, Channel.BROWS, Channel.SQUINT, Channel.GAP})
"""Channels that only mean something when they grow: a mouth that opens takes the smile away."""
LEAST_ROOM = 0.3
HIDING = 0.08
"""Cover from which the side at which it lies means something."""


Reading = Mapping[Channel, float]
"""The channels of one frame. Without a face only COVER and SWEEP are there."""


def read(observation: Observation, neutral: Neutral) -> dict[Channel, float]:
    """The channels of one frame against a neutral face."""
    values: dict[Channel, float] = {}
    if observation.patch is not None:
        values[Channel.COVER], values[Channel.SWEEP] = hidden(observation.patch, neutral.patch)
    face = observation.face
    if face is None:
        return values
    values[Channel.YAW] = face.pose.yaw - neutral.yaw
    values[Channel.PITCH] = face.pose.pitch - neutral.pitch
    values[Channel.ROLL] = face.pose.roll - neutral.roll
    values[Channel.LEAN] = neutral.distance / max(distance(face), 1e-3) - 1.0
    values[Channel.GAP] = gap(face) - neutral.gap
    for channel, measure in EXPRESSIONS.items():
        calm = measure(neutral.blendshapes)
        change = measure(face.blendshapes) - calm
        room = max(LEAST_ROOM, 1.0 - calm) if channel in GROWING and change > 0 else 1.0
        values[channel] = change / room
    return values


def loudness(reading: Reading, channel: Channel) -> float:
    """How far a channel is from neutral, in its unit; what shrinks of a growing one does not count."""
    value = reading.get(channel, 0.0)
    return max(0.0, value) if channel in GROWING else abs(value)


def distance(face: Face) -> float:
    """Camera to face in the centimetres of the canonical face under the fit's virtual lens."""
    return -float(face.pose.matrix[2, 3])


def gap(face: Face) -> float:
    """Between the lips at the middle, in eye distances."""
    return float(np.linalg.norm(face.points[LIP_UPPER, :2] - face.points[LIP_LOWER, :2])) / max(
        face.eye_distance, 1.0
    )


def hidden(patch: Patch, neutral: Patch) -> tuple[float, float]:
    """How much of the face's place is hidden, 0 to 2, and at which side, -1 (own right) to 1 (own left)."""
    cover = 1.0 - float((patch * neutral).mean())
    change = ((patch - neutral) ** 2).mean(axis=0)
    places = np.linspace(-1.0, 1.0, len(change))
    side = float((change * places).sum() / max(float(change.sum()), 1e-6))
    return cover, side if cover > HIDING else 0.0


def _both(name: str) -> Callable[[Mapping[str, float]], float]:
    return lambda shapes: (shapes[f"{name}Left"] + shapes[f"{name}Right"]) / 2


EXPRESSIONS: Mapping[Channel, Callable[[Mapping[str, float]], float]] = {
    Channel.SMILE: _both("mouthSmile"),
    Channel.JAW: lambda shapes: shapes["jawOpen"],
    Channel.PUCKER: lambda shapes: shapes["mouthPucker"],
    Channel.BROWS: lambda s: (s["browInnerUp"] + s["browOuterUpLeft"] + s["browOuterUpRight"]) / 3,
    Channel.SQUINT: _both("eyeSquint"),
    Channel.WINK: lambda shapes: shapes["eyeBlinkLeft"] - shapes["eyeBlinkRight"],
    Channel.GAZE: lambda s: (
        (s["eyeLookOutLeft"] + s["eyeLookInRight"] - s["eyeLookInLeft"] - s["eyeLookOutRight"]) / 2
    ),
}
