"""Motion: what the camera and the star's head do, frame by frame: the move, the beat and the mood's unrest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limelight.storyboard import Move

Floats = NDArray[np.float64]

PULSE_DECAY = 0.11
"""Seconds in which a beat's pulse falls to 1/e (measured by eye; FINDINGS of the prototypes)."""
ROCK_DEGREES = 1.8
DROP = 9 / 720
"""The head's drop on a beat, as a share of the picture's shorter side."""


@dataclass(frozen=True)
class Motion:
    """One value a frame, arrays of shape (frames,).

    Attributes:
        progress: 0 to 1, eased at both ends.
        zoom: Magnification of the nearest plane beyond 1.
        pan: Shift of the picture to the right, as a share of its width.
        tilt: Shift downwards, as a share of its height.
        pulse: 1 on a beat, decaying; downbeats 1, others .6.
        rock: Degrees of the head's sway.
        drop: 0 to 1, the head's nod.
        sway: Slow hand-held unrest, (frames, 2), share of the picture's shorter side.
    """

    progress: Floats
    zoom: Floats
    pan: Floats
    tilt: Floats
    pulse: Floats
    rock: Floats
    drop: Floats
    sway: Floats


def plan_motion(
    move: Move, frames: int, fps: float, *, arousal: float, beats: NDArray[np.float64], seed: int
) -> Motion:
    """Plan a shot's motion.

    Args:
        move: What the camera does.
        frames: Length of the shot.
        fps: Frames a second.
        arousal: -1 to 1: how much of everything.
        beats: (n, 2) seconds from the shot's start (may be a little before it) and weight, rising.
        seed: Of the hand-held unrest.
    """
    energy = 0.5 + 0.5 * (arousal + 1) / 2
    times = np.arange(frames) / fps
    linear = np.linspace(0, 1, frames) if frames > 1 else np.full(frames, 0.5)
    smooth = linear * linear * (3 - 2 * linear)
    progress = 0.75 * smooth + 0.25 * linear
    reach = (0.07 + 0.11 * energy) * float(np.clip(frames / fps / 3.0, 0.45, 1.15))
    slide = 0.045 * (0.55 + 0.45 * energy)
    zoom = np.full(frames, 0.025) + {Move.PUSH_IN: progress, Move.PULL_OUT: 1 - progress}.get(
        move, 0.3 * progress
    ) * reach * (0.35 if move == Move.HOLD else 1.0)
    centred = 2 * progress - 1
    pan = {Move.PAN_LEFT: centred, Move.PAN_RIGHT: -centred}.get(move, np.zeros(frames)) * slide
    tilt = {Move.TILT_UP: centred, Move.TILT_DOWN: -centred}.get(move, np.zeros(frames)) * slide
    pulse = _pulses(times, beats)
    beat = float(np.median(np.diff(beats[:, 0]))) if len(beats) > 1 else 0.55
    phase = float(beats[0, 0]) if len(beats) else 0.0
    rock = ROCK_DEGREES * energy * np.sin(np.pi * (times - phase) / max(beat, 0.3))
    random = np.random.default_rng(seed)
    sway = np.stack([_wander(times, random) for _ in range(2)], axis=1) * 0.006 * energy
    return Motion(progress, zoom, pan, tilt, pulse, rock, _nods(times, beats), sway)


def _pulses(times: Floats, beats: NDArray[np.float64]) -> Floats:
    pulse = np.zeros(len(times))
    for at, weight in beats:
        since = times - at
        pulse = np.maximum(pulse, np.where(since >= -1e-6, weight * np.exp(-since / PULSE_DECAY), 0.0))
    return pulse


def _nods(times: Floats, beats: NDArray[np.float64]) -> Floats:
    """Down within 60 ms of a beat, up again over 300 ms: a head that feels the rhythm."""
    nod = np.zeros(len(times))
    for at, weight in beats:
        since = times - at + 0.06
        rise = np.clip(since / 0.08, 0, 1)
        nod = np.maximum(nod, weight * rise * np.exp(-np.maximum(since - 0.08, 0) / 0.16))
    return nod


def _wander(times: Floats, random: np.random.Generator) -> Floats:
    total = np.zeros(len(times))
    for period, size in ((5.3, 0.6), (2.9, 0.3), (1.7, 0.1)):
        total += size * np.sin(2 * np.pi * (times / period + random.uniform()))
    return total
