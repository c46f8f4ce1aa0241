"""The actions that can be asked: a table of what must move and what must stay quiet.

Levels are about half of what a clear, unforced movement gives; see docs/charcha.md for what was measured.
"""
# ruff: noqa: E501  # a table is read by its columns

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from limelight.charcha.observing.channels import Channel


class Kind(StrEnum):
    """What an action is there for."""

    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    COMPOUND = "compound"
    OCCLUSION = "occlusion"
    FREE = "free"


@dataclass(frozen=True)
class Want:
    """A channel that has to move: at least ``level`` in a direction; ``level`` None: the challenge's target."""

    channel: Channel
    direction: float = 1.0
    level: float | None = None


@dataclass(frozen=True)
class Action:
    """Something that can be asked.

    Attributes:
        words: What is shown and spoken.
        wants: What must move together.
        quiet: What must not move meanwhile.
        kind: What it is there for.
        targets: Degrees from which a target is drawn; None: the action has none.
        holds: Seconds from which a hold is drawn.
    """

    words: str
    wants: tuple[Want, ...]
    quiet: frozenset[Channel]
    kind: Kind = Kind.FREE
    targets: tuple[float, float] | None = None
    holds: tuple[float, float] = (0.4, 1.0)


_C = Channel
_POSE = frozenset({_C.YAW, _C.PITCH, _C.ROLL, _C.LEAN})
_MOUTH = frozenset({_C.SMILE, _C.JAW})
_TURNING = frozenset({_C.PITCH, _C.ROLL, _C.JAW, _C.LEAN})
"""Expression values drift with yaw: only the jaw can be trusted then."""

ACTIONS: Mapping[str, Action] = {
    "turn_left": Action("Turn your head to your left", (Want(_C.YAW),), _TURNING, Kind.TURN_LEFT, (15, 35)),
    "turn_right": Action("Turn your head to your right", (Want(_C.YAW, -1),), _TURNING, Kind.TURN_RIGHT, (15, 35)),
    "look_up": Action("Lift your chin", (Want(_C.PITCH),), frozenset({_C.YAW, _C.ROLL, _C.JAW}), targets=(9, 14)),
    "look_down": Action("Lower your chin", (Want(_C.PITCH, -1),), frozenset({_C.YAW, _C.ROLL, _C.JAW}), targets=(9, 14)),
    "tilt_left": Action("Tilt your head to your left shoulder", (Want(_C.ROLL),), frozenset({_C.YAW, _C.PITCH, _C.JAW}), targets=(13, 22)),
    "tilt_right": Action("Tilt your head to your right shoulder", (Want(_C.ROLL, -1),), frozenset({_C.YAW, _C.PITCH, _C.JAW}), targets=(13, 22)),
    "smile": Action("Smile", (Want(_C.SMILE, 1, 0.40),), _POSE | {_C.PUCKER}),
    "smile_open": Action("Smile and show your teeth", (Want(_C.SMILE, 1, 0.38), Want(_C.GAP, 1, 0.05)), _POSE | {_C.PUCKER}),
    "open_mouth": Action("Open your mouth", (Want(_C.JAW, 1, 0.30), Want(_C.GAP, 1, 0.12)), _POSE | {_C.SMILE}),
    "pucker": Action("Pucker your lips, as for a kiss", (Want(_C.PUCKER, 1, 0.30),), _POSE | _MOUTH),
    "raise_brows": Action("Raise your eyebrows", (Want(_C.BROWS, 1, 0.22),), _POSE | _MOUTH),
    "close_left_eye": Action("Close your left eye only", (Want(_C.WINK, 1, 0.25),), _POSE | {_C.JAW}),
    "close_right_eye": Action("Close your right eye only", (Want(_C.WINK, -1, 0.25),), _POSE | {_C.JAW}),
    "squint": Action("Squint, as into the sun", (Want(_C.SQUINT, 1, 0.16),), _POSE | {_C.JAW, _C.WINK}),
    "gaze_left": Action("Look to your left with your eyes only", (Want(_C.GAZE, 1, 0.35),), _POSE | _MOUTH),
    "gaze_right": Action("Look to your right with your eyes only", (Want(_C.GAZE, -1, 0.35),), _POSE | _MOUTH),
    "lean_in": Action("Come closer", (Want(_C.LEAN, 1, 0.12),), frozenset({_C.YAW, _C.ROLL, _C.JAW})),
    "lean_out": Action("Lean back", (Want(_C.LEAN, -1, 0.08),), frozenset({_C.YAW, _C.ROLL, _C.JAW})),
    "turn_left_open_mouth": Action("Turn to your left and open your mouth", (Want(_C.YAW), Want(_C.GAP, 1, 0.10)), frozenset({_C.PITCH, _C.ROLL}), Kind.COMPOUND, (16, 25)),
    "turn_right_open_mouth": Action("Turn to your right and open your mouth", (Want(_C.YAW, -1), Want(_C.GAP, 1, 0.10)), frozenset({_C.PITCH, _C.ROLL}), Kind.COMPOUND, (16, 25)),
    "tilt_left_smile": Action("Tilt to your left shoulder and smile", (Want(_C.ROLL), Want(_C.SMILE, 1, 0.35)), frozenset({_C.YAW, _C.JAW}), Kind.COMPOUND, (12, 20)),
    "tilt_right_smile": Action("Tilt to your right shoulder and smile", (Want(_C.ROLL, -1), Want(_C.SMILE, 1, 0.35)), frozenset({_C.YAW, _C.JAW}), Kind.COMPOUND, (12, 20)),
    "raise_brows_open_mouth": Action("Raise your eyebrows and open your mouth", (Want(_C.BROWS, 1, 0.14), Want(_C.GAP, 1, 0.10)), _POSE, Kind.COMPOUND),
    "hand_from_left": Action("Pass a hand before your face, from your left to your right", (Want(_C.COVER, 1, 0.20), Want(_C.SWEEP, 1, 0.15)), frozenset(), Kind.OCCLUSION, holds=(0, 0)),
    "hand_from_right": Action("Pass a hand before your face, from your right to your left", (Want(_C.COVER, 1, 0.20), Want(_C.SWEEP, -1, 0.15)), frozenset(), Kind.OCCLUSION, holds=(0, 0)),
}  # fmt: skip
"""All actions; left and right are the person's own."""

REPLACEMENTS: Mapping[Kind, tuple[str, ...]] = {
    Kind.TURN_LEFT: ("lean_in", "look_up", "tilt_left", "raise_brows", "open_mouth", "gaze_left"),
    Kind.TURN_RIGHT: ("lean_out", "look_down", "tilt_right", "pucker", "smile", "gaze_right"),
    Kind.COMPOUND: ("smile_open", "open_mouth", "raise_brows", "pucker", "gaze_left", "gaze_right"),
    Kind.OCCLUSION: ("look_down", "lean_in", "squint", "pucker", "close_left_eye", "close_right_eye"),
}
"""What stands in for a kind of which a person can do nothing. Each replaced kind sends the session to review."""
