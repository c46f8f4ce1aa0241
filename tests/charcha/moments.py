"""Observations and moments made by hand, for the signals' tests."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from limelight.charcha.observing.channels import distance, gap
from limelight.charcha.observing.observation import CameraProbe, Moment, Neutral, Observation
from limelight.charcha.prompts import Colour, Prompt, PromptKind, State
from limelight.faces.geometry import Pose
from limelight.faces.landmarks import Face
from limelight.faces.mesh import BLENDSHAPES

EYES = 90.0
SKIN, WALL = np.array([0.4, 0.22, 0.15]), np.array([0.5, 0.48, 0.46])
CONTRAST = 8.0
"""The skin's light over that of the brows."""
_RNG = np.random.default_rng(3)
BALL = _RNG.uniform(-1, 1, (478, 2)) * (0.75, 1.0)
"""Places on a made-up face, half face heights."""


def head(yaw: float, *, depth: float = 1.0, noise: float = 0.0, seed: int = 0) -> NDArray[np.float32]:
    """``(478, 3)`` a bowl that bulges to the camera, turned and seen in perspective; `depth` 0: a flat print."""
    z = depth * np.sqrt(np.clip(1.1 - (BALL**2).sum(axis=1) * 0.7, 0, None))
    angle = np.radians(yaw)
    x = BALL[:, 0] * np.cos(angle) + z * np.sin(angle)
    towards = -BALL[:, 0] * np.sin(angle) + z * np.cos(angle)
    scale = 8.0 / (8.0 - towards)
    points = np.stack([320 + 100 * x * scale, 240 + 100 * BALL[:, 1] * scale, 0 * x], axis=1)
    points[:, :2] += np.random.default_rng(seed).normal(0, noise, (len(points), 2))
    return points.astype(np.float32)


def face(points: NDArray[np.float32], *, yaw: float = 0.0, jaw: float = 0.02) -> Face:
    matrix = np.eye(4)
    matrix[2, 3] = -40.0
    points = points.copy()
    points[14] = points[13] + np.array([0, 4, 0], np.float32)
    points[263, :2], points[33, :2] = (320 + EYES / 2, 200), (320 - EYES / 2, 200)
    shapes = dict.fromkeys(BLENDSHAPES, 0.02) | {"jawOpen": jaw}
    return Face(points, shapes, Pose(yaw, 0.0, 0.0, matrix), 0.99, (220.0, 120.0, 200.0, 240.0))


def observed(
    time: float,
    *,
    one: Face | None = None,
    skin: NDArray[np.float64] = SKIN,
    surround: NDArray[np.float64] = WALL,
    dark: NDArray[np.float64] | None = None,
    bright: NDArray[np.float64] | None = None,
    arrived: float | None = None,
    rgb: NDArray[np.uint8] | None = None,
) -> Observation:
    picture = np.zeros((480, 640, 3), np.uint8) if rgb is None else rgb
    return Observation(
        sequence=int(time * 100),
        time=time,
        arrived=time if arrived is None else arrived,
        rgb=picture,
        jpeg=b"",
        faces=() if one is None else (one,),
        embedding=None,
        sharpness=100.0,
        exposure=0.4,
        skin=skin.astype(np.float32),
        surround=surround.astype(np.float32),
        patch=None,
        dark=(skin / CONTRAST if dark is None else dark).astype(np.float32),
        bright=(skin if bright is None else bright).astype(np.float32),
    )


def neutral(points: NDArray[np.float32]) -> Neutral:
    calm = face(points)
    return Neutral(
        points=calm.points,
        eye_distance=EYES,
        distance=distance(calm),
        gap=gap(calm),
        yaw=0.0,
        pitch=0.0,
        roll=0.0,
        blendshapes=dict(calm.blendshapes),
        spread=dict.fromkeys(BLENDSHAPES, 0.01),
        embedding=np.eye(128, dtype=np.float32)[0],
        patch=np.ones((24, 24), np.float32),
        exposure=0.4,
        size=(640, 480),
    )


def moment(
    state: State,
    kind: PromptKind,
    *,
    action: str = "",
    colour: Colour | None = None,
    ordinal: int = 0,
    since: float = 0.0,
    issued: float = 0.0,
    calm: Neutral | None = None,
    probe: CameraProbe | None = None,
) -> Moment:
    prompt = Prompt(f"{ordinal:016x}", kind, issued, action=action, colour=colour, ordinal=ordinal)
    return replace(Moment(state, prompt, since), neutral=calm, probe=probe)
