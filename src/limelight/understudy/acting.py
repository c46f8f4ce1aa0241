"""What an understudy does over time: singing along to a voice, and the actions that the protocol asks for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from limelight.errors import InputError
from limelight.understudy.render import Expression

Curve = NDArray[np.float64]

IDLE_SMILE = 0.30
WIDEST = 0.50
"""jawOpen at the loudest note: wider shows more teeth than a singer does."""

VOWELS: Mapping[str, Mapping[str, float]] = {
    "a": {
        "jawOpen": 1.0,
        "mouthStretchLeft": 0.12,
        "mouthStretchRight": 0.12,
        "mouthUpperUpLeft": 0.36,
        "mouthUpperUpRight": 0.36,
    },
    "e": {
        "jawOpen": 0.62,
        "mouthStretchLeft": 0.35,
        "mouthStretchRight": 0.35,
        "mouthUpperUpLeft": 0.3,
        "mouthUpperUpRight": 0.3,
    },
    "i": {
        "jawOpen": 0.36,
        "mouthStretchLeft": 0.40,
        "mouthStretchRight": 0.40,
        "mouthSmileLeft": 0.25,
        "mouthSmileRight": 0.25,
    },
    "o": {"jawOpen": 0.74, "mouthFunnel": 0.55, "mouthPucker": 0.15},
    "u": {"jawOpen": 0.36, "mouthPucker": 0.60, "mouthFunnel": 0.25},
}


WIDEST_TURN, SECONDS_A_TURN = 20.0, 9.5
"""How far a singer turns the head to each side, degrees, and how long there and back to both takes."""


class UnknownActionError(InputError):
    """An action that nobody has rehearsed."""


def sided(**amounts: float) -> dict[str, float]:
    """Amounts of paired blendshapes, for both sides: mouthSmile gives mouthSmileLeft and mouthSmileRight."""
    return {f"{name}{side}": amount for name, amount in amounts.items() for side in ("Left", "Right")}


def smile(amount: float) -> dict[str, float]:
    """A smile that reaches the eyes."""
    return sided(
        mouthSmile=amount, cheekSquint=0.5 * amount, eyeSquint=0.22 * amount, mouthDimple=0.2 * amount
    )


@dataclass(frozen=True)
class Idle:
    """The small motion of somebody who is alive: sway, glances and blinks, in whole frames."""

    yaw: Curve
    pitch: Curve
    roll: Curve
    gaze: NDArray[np.float64]
    lids: Curve

    @classmethod
    def over(cls, frames: int, fps: float, seed: int, amount: float = 1.0) -> "Idle":
        """Idle motion for `frames` frames; `amount` scales the sway, not the blinks."""
        rng = np.random.default_rng([seed, 31])
        time = np.arange(frames) / fps

        def sway(degrees: float, slowest: float) -> Curve:
            out = np.zeros(frames)
            for octave in range(3):
                rate = slowest * 1.9**octave * rng.uniform(0.8, 1.2)
                out += np.sin(2 * np.pi * (rate * time + rng.random())) * degrees / 1.8**octave
            return out * amount

        gaze = np.zeros((frames, 2))
        at, now = 0, np.zeros(2)
        while at < frames:
            gaze[at:] = now
            now = rng.normal(0, (1.8, 1.0)) * amount
            at += max(1, int(fps * rng.uniform(0.6, 1.8)))
        return cls(sway(2.2, 0.11), sway(1.4, 0.13), sway(1.1, 0.09), gaze, blinks(frames, fps, rng))


def blinks(frames: int, fps: float, rng: np.random.Generator) -> Curve:
    """Lid closure 0-1: 80 ms down, 40 ms shut, 150 ms up, every 2.5 to 5 s (Stern, Walrath and Goldstein 1984)."""
    time = np.arange(frames) / fps
    lids = np.zeros(frames)
    at = rng.uniform(0.8, 2.5)
    while at < frames / fps:
        since = time - at
        lids = np.maximum(lids, np.clip(since / 0.08, 0, 1) * np.clip(1 - (since - 0.12) / 0.15, 0, 1))
        at += rng.uniform(2.5, 5.0)
    return lids


def voice(envelope: Sequence[float] | Curve, rate_hz: float, frames: int, fps: float) -> Curve:
    """The envelope at frame times, scaled so that its 95th percentile is 1, rising fast and falling slowly."""
    values = np.nan_to_num(np.asarray(envelope, float))
    if values.size == 0 or values.max() <= 0:
        return np.zeros(frames)
    at = np.interp(np.arange(frames) / fps, np.arange(values.size) / rate_hz, values, right=0.0)
    loud = np.percentile(at[at > 0], 95) if (at > 0).any() else 1.0
    level = np.clip(at / loud, 0, 1)
    out, now = np.empty(frames), 0.0
    for i, wish in enumerate(level):
        now += (wish - now) * (1 - np.exp(-1 / (fps * (0.03 if wish > now else 0.07))))
        out[i] = now
    return out


def sing_along(
    envelope: Sequence[float] | Curve,
    rate_hz: float,
    seconds: float,
    fps: float = 30.0,
    seed: int = 0,
    *,
    beats: Sequence[float] = (),
) -> Iterator[Expression]:
    """Sing to the loudness of a voice.

    Args:
        envelope: Loudness of the singing, any positive scale, silence 0.
        rate_hz: Its values a second.
        seconds: How long to perform; past the envelope's end the mouth stays shut.
        fps: Frames a second.
        seed: Same seed, same performance.
        beats: Times in seconds at which the head nods a little.
    """
    frames = round(seconds * fps)
    level = voice(envelope, rate_hz, frames, fps)
    idle = Idle.over(frames, fps, seed, 1.2)
    rng = np.random.default_rng([seed, 32])
    names = list(VOWELS)
    slow = gaussian_filter1d(level, max(0.5, fps * 0.05))
    dips = np.flatnonzero((slow[1:-1] <= slow[:-2]) & (slow[1:-1] < slow[2:])) + 1
    shares = np.zeros((frames, len(names)))
    starts = [0, *dips.tolist(), frames]
    for begin, end in pairwise(starts):
        at = begin
        while at < end:  # a long note wanders to another vowel
            stop = min(end, at + max(2, int(fps * rng.uniform(0.28, 0.55))))
            shares[at:stop, rng.choice(len(names), p=(0.30, 0.22, 0.14, 0.22, 0.12))] = 1
            at = stop
    shares = gaussian_filter1d(shares, max(0.5, fps * 0.045), axis=0)
    accent = gaussian_filter1d(np.clip(level - 0.72, 0, 1) * 3.2, max(0.5, fps * 0.12))
    nod = np.zeros(frames)
    time = np.arange(frames) / fps
    for beat in beats:
        nod += np.where(time >= beat - 0.06, np.exp(-np.maximum(time - beat, 0) / 0.16), 0) * (
            time < beat + 1
        )
    nod = gaussian_filter1d(nod, max(0.5, fps * 0.04))
    side = (
        np.sin(2 * np.pi * (np.interp(time, beats, np.arange(len(beats))) / 4))
        if len(beats) > 1
        else np.zeros(frames)
    )
    singing = gaussian_filter1d(level, fps * 0.5)
    turn = _turning(time, rng)
    for i in range(frames):
        mouth = dict.fromkeys(("jawOpen",), 0.0)
        for name, share in zip(names, shares[i], strict=True):
            for unit, amount in VOWELS[name].items():
                mouth[unit] = mouth.get(unit, 0.0) + share * amount * level[i]
        mouth["jawOpen"] *= WIDEST
        held = {**smile(IDLE_SMILE * (1.2 - 0.4 * level[i]) + 0.12 * accent[i])}
        for unit, amount in held.items():
            mouth[unit] = min(1.0, mouth.get(unit, 0.0) + amount)
        brow = 0.10 + 0.38 * accent[i]
        mouth |= {"browInnerUp": brow, "browOuterUpLeft": 0.8 * brow, "browOuterUpRight": 0.8 * brow}
        mouth |= sided(eyeBlink=min(1.0, idle.lids[i] + 0.05 * accent[i])) | sided(eyeWide=0.18)
        yield Expression(
            yaw=float(idle.yaw[i] * (1 + 0.8 * singing[i]) + 2.2 * side[i] + turn[i]),
            pitch=float(idle.pitch[i] - 2.0 * nod[i] + 2.2 * accent[i]),
            roll=float(idle.roll[i] + 1.6 * side[i] - 0.16 * turn[i]),
            blendshapes={unit: float(amount) for unit, amount in mouth.items()},
            gaze=(float(idle.gaze[i, 0] - 0.5 * idle.yaw[i]), float(idle.gaze[i, 1] - 0.4 * idle.pitch[i])),
        )


def _turning(time: Curve, rng: np.random.Generator) -> Curve:
    """Degrees by which a singer turns the head, every few seconds, away from the camera and back."""
    slow = np.sin(2 * np.pi * (time / SECONDS_A_TURN + rng.random()))
    return np.asarray(WIDEST_TURN * np.tanh(1.6 * slow) / np.tanh(1.6))


@dataclass(frozen=True)
class Action:
    """Something that one can be asked to do: `at(measure)` is its peak, `full` the measure when none is given."""

    full: float
    unit: str
    at: Callable[[float], Expression]


def _face(**units: float) -> Expression:
    return Expression(blendshapes=units)


ACTIONS: Mapping[str, Action] = {
    "neutral": Action(1.0, "share", lambda _: Expression()),
    "turn_left": Action(30, "degrees", lambda m: Expression(yaw=m)),
    "turn_right": Action(30, "degrees", lambda m: Expression(yaw=-m)),
    "look_up": Action(18, "degrees", lambda m: Expression(pitch=m)),
    "look_down": Action(18, "degrees", lambda m: Expression(pitch=-m)),
    "tilt_left": Action(20, "degrees", lambda m: Expression(roll=m)),
    "tilt_right": Action(20, "degrees", lambda m: Expression(roll=-m)),
    "smile": Action(0.9, "share", lambda m: Expression(blendshapes=smile(m))),
    "smile_open": Action(
        0.9,
        "share",
        lambda m: Expression(blendshapes=smile(m) | {"jawOpen": 0.6 * m} | sided(mouthUpperUp=0.30 * m)),
    ),
    "open_mouth": Action(0.85, "share", lambda m: _face(jawOpen=m)),
    "pucker": Action(0.9, "share", lambda m: _face(mouthPucker=m, mouthFunnel=0.1 * m)),
    "raise_brows": Action(
        1.0,
        "share",
        lambda m: _face(
            browInnerUp=m, browOuterUpLeft=m, browOuterUpRight=m, eyeWideLeft=0.3 * m, eyeWideRight=0.3 * m
        ),
    ),
    "close_left_eye": Action(
        1.0, "share", lambda m: _face(eyeBlinkLeft=m, cheekSquintLeft=0.5 * m, eyeSquintRight=0.08 * m)
    ),
    "close_right_eye": Action(
        1.0, "share", lambda m: _face(eyeBlinkRight=m, cheekSquintRight=0.5 * m, eyeSquintLeft=0.08 * m)
    ),
    "squint": Action(
        0.9,
        "share",
        lambda m: Expression(
            blendshapes=sided(eyeSquint=m, eyeBlink=0.22 * m, cheekSquint=0.5 * m, browDown=0.35 * m)
        ),
    ),
    "gaze_left": Action(24, "degrees", lambda m: Expression(gaze=(m, 0.0))),
    "gaze_right": Action(24, "degrees", lambda m: Expression(gaze=(-m, 0.0))),
    "turn_left_open_mouth": Action(30, "degrees", lambda m: Expression(yaw=m, blendshapes={"jawOpen": 0.6})),
    "turn_right_open_mouth": Action(
        30, "degrees", lambda m: Expression(yaw=-m, blendshapes={"jawOpen": 0.6})
    ),
    "hand_across": Action(1.0, "share", lambda m: Expression(hand=m)),
    "lean_in": Action(2.2, "decimetres", lambda m: Expression(lean=m)),
    "lean_out": Action(1.8, "decimetres", lambda m: Expression(lean=-m)),
}


def eased(share: Curve) -> Curve:
    """Minimum-jerk progress (Flash and Hogan 1985) of a movement at `share` 0-1 of its time."""
    t = np.clip(share, 0, 1)
    out: Curve = t**3 * (10 - 15 * t + 6 * t * t)
    return out


def act(
    name: str, amount: float | None = None, *, seconds: float = 3.0, fps: float = 30.0, seed: int = 0
) -> Iterator[Expression]:
    """Do one action: neutral, onset, peak, hold and back to neutral, as a person would.

    Args:
        name: A key of `ACTIONS`. Left and right are the person's own.
        amount: In the action's unit: degrees, decimetres, or a share 0-1. None: its usual measure.
        seconds: The whole, from neutral to neutral.
        fps: Frames a second.
        seed: Same seed, same performance.

    Raises:
        UnknownActionError: `name` is no action; the message lists them.
    """
    if name not in ACTIONS:
        raise UnknownActionError(
            f"there is no action {name!r}; there are {', '.join(ACTIONS)}.", hint="Choose one of these."
        )
    action = ACTIONS[name]
    measure = action.full if amount is None else amount
    frames = round(seconds * fps)
    rng = np.random.default_rng([seed, 33])
    idle = Idle.over(frames, fps, seed, 0.45)
    time = np.arange(frames) / max(1, frames - 1)
    start = rng.uniform(0.12, 0.20)
    rise, fall = (
        min(rng.uniform(0.17, 0.24), 0.75 / seconds + 0.1),
        min(rng.uniform(0.18, 0.24), 0.8 / seconds + 0.1),
    )
    end = 1 - rng.uniform(0.08, 0.13)
    drive = eased((time - start) / rise) * (1 - eased((time - end + fall) / fall))
    overshoot = 1 + 0.04 * np.exp(-(((time - start - rise) / 0.05) ** 2))
    late = np.interp(time - 0.012, time, drive)
    across = eased((time - start) / (end - start))
    for i in range(frames):
        peak = action.at(measure)
        d, face_d = float(drive[i] * overshoot[i]), float(late[i])
        shapes = smile(IDLE_SMILE * 0.35 * (1 - face_d))
        for unit, value in peak.blendshapes.items():
            shapes[unit] = min(1.0, shapes.get(unit, 0.0) * (1 - face_d) + value * face_d)
        winking = any(unit.startswith("eyeBlink") for unit in peak.blendshapes)
        if not winking:
            shapes |= sided(eyeBlink=float(idle.lids[i]))
        move = replace(peak, blendshapes=shapes)
        yield replace(
            move,
            yaw=peak.yaw * d + float(idle.yaw[i]),
            pitch=peak.pitch * d + float(idle.pitch[i]),
            roll=peak.roll * d + float(idle.roll[i]),
            gaze=(peak.gaze[0] * d + float(idle.gaze[i, 0]), peak.gaze[1] * d + float(idle.gaze[i, 1])),
            lean=peak.lean * d,
            hand=measure * float(across[i]) if peak.hand else 0.0,
        )
