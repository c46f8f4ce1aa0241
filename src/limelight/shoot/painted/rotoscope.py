"""Rotoscope: which drawing of the star is on screen when, so that the mouth follows the voice.

Real frames of the person are held for three frames each, as animators do ("on threes"); a Viterbi search picks
them. What is left between the drawing's lip opening and the voice is warped, at most by half.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.performance import Performance

Floats = NDArray[np.float32]

HOLD_SECONDS = 0.1
MOUTH, SAME, MOVE, LEAP, BLINK, TURN = 1.2, 0.05, 0.02, 3.0, 0.5, 0.018
"""Costs: lip opening off by 1; the same drawing again; another one; a head apart by 1 unit; eyes that should be
open or shut; a degree of yaw away from the wish."""
SWING = 6.0
"""Degrees to each side that a head turns within a shot."""
FARTHEST = 0.25
"""Heads further apart than so many units cost no more."""


@dataclass(frozen=True)
class Exposure:
    """One exposure sheet: what an animator would write for the camera, frame by frame.

    Attributes:
        drawings: (frames,) index into the performance's drawings.
        residual: (frames,) lip opening still missing (or too much, negative), already halved.
    """

    drawings: NDArray[np.int64]
    residual: Floats


def hold_of(fps: float) -> int:
    """Frames for which a drawing is held."""
    return max(1, round(HOLD_SECONDS * fps))


def expose(performance: Performance, voice: Floats, fps: float, seed: int, turn: float = 0.0) -> Exposure:
    """Choose drawings for a shot.

    Args:
        performance: The star's drawings.
        voice: (frames,) the voice's envelope at each frame of the shot, 0 to 1.
        fps: Frames a second.
        seed: Of the blinks, the head's slow turning and the small unrest of a resting face.
        turn: Degrees of yaw that the head should have on the whole, to its own left; as far as the footage goes.

    Returns:
        The sheet; the same for the same arguments.
    """
    hold = hold_of(fps)
    count = len(voice)
    holds = -(-count // hold)
    padded = np.pad(voice, (0, holds * hold - count), mode="edge")
    wanted = padded.reshape(holds, hold).mean(axis=1)
    random = np.random.default_rng(seed)
    shut = _blinks(random, holds, hold / fps)
    times = np.arange(holds) * hold / fps
    turn = float(np.clip(turn, performance.yaw.min(), performance.yaw.max()))
    yaw = turn + SWING * np.sin(2 * np.pi * (times / random.uniform(4.5, 7.0) + random.uniform()))
    cost = MOUTH * np.abs(performance.opening[None] - wanted[:, None])
    cost = cost + BLINK * np.abs((performance.closed_eyes[None] > 0.45) - shut[:, None].astype(float))
    cost += TURN * np.abs(performance.yaw[None] - yaw[:, None])
    cost += 0.03 * random.random(cost.shape)
    step = MOVE + LEAP * np.minimum(performance.distances, FARTHEST)
    np.fill_diagonal(step, SAME)
    path = _cheapest(cost, step)
    drawings = np.repeat(path, hold)[:count]
    residual = 0.5 * (voice - performance.opening[drawings])
    flat = float(performance.opening.max()) == 0.0
    smooth = np.convolve(np.pad(residual, 1, mode="edge"), (0.25, 0.5, 0.25), mode="valid")
    return Exposure(drawings, np.zeros(count, np.float32) if flat else smooth.astype(np.float32))


def _blinks(random: np.random.Generator, holds: int, seconds: float) -> NDArray[np.bool_]:
    """One hold of shut eyes every 2.5 to 5.5 seconds."""
    shut = np.zeros(holds, bool)
    at = random.uniform(0.8, 4.0)
    while at < holds * seconds:
        shut[int(at / seconds)] = True
        at += random.uniform(2.5, 5.5)
    return shut


def _cheapest(cost: NDArray[np.floating], step: NDArray[np.floating]) -> NDArray[np.int64]:
    """Viterbi: the path (times,) through states (times, states) of least cost plus step."""
    total = cost[0].copy()
    back = np.zeros(cost.shape, np.int64)
    for time in range(1, len(cost)):
        through = total[:, None] + step
        back[time] = through.argmin(axis=0)
        total = through.min(axis=0) + cost[time]
    path = np.empty(len(cost), np.int64)
    path[-1] = int(total.argmin())
    for time in range(len(cost) - 1, 0, -1):
        path[time - 1] = back[time, path[time]]
    return path
