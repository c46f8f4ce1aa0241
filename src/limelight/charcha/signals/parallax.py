"""Parallax: a head is solid, so no homography takes its calm face to its turned one; a picture's does.

Any two views of a plane are joined by a homography (Hartley and Zisserman, Multiple View Geometry, 2nd ed., ch. 13).
What the best one leaves over, in percent of the distance between the eyes, is small for a print however it is held,
larger for a bent one, and larger still for a head. The mesh network's own depth is not looked at: it sees a head on
a flat photograph too.
"""

from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.charcha.observing.channels import Channel, read
from limelight.charcha.observing.observation import Moment, Observation
from limelight.charcha.prompts import PromptKind
from limelight.charcha.reasons import Reason
from limelight.charcha.signals.signal import Finding, Gate
from limelight.charcha.thresholds import threshold, thresholds
from limelight.faces.geometry import MESH_POINTS
from limelight.faces.mesh import CHIN, FOREHEAD

TURNS = {"turn_left": 1.0, "turn_right": -1.0}
"""The prompts that are looked at, with the sign of their yaw; none of them asks for an expression."""
KEPT = 60
"""Frames that are remembered of each side: one number each."""


class Parallax:
    """A hard signal over the two far turns. Its value is the worse side's residual over its gate: 1 is enough.

    A frame counts when a turn is on the screen, the head has gone at least ``parallax.yaw`` degrees that way from
    neutral, and the mouth is as calm as at calibration (an open jaw is no solidity). The gate rises with the yaw
    that is seen. Each side needs ``parallax.frames``; its median decides. Too few frames on a side: unclear.
    """

    name = "parallax"
    hard = True
    immediate = False

    def __init__(self) -> None:
        self._ratios = {side: deque[float](maxlen=KEPT) for side in TURNS}

    def observe(self, observation: Observation, moment: Moment) -> None:
        """See a frame."""
        prompt, neutral, face = moment.prompt, moment.neutral, observation.face
        if prompt is None or neutral is None or face is None or prompt.kind is not PromptKind.ACTION:
            return
        side = TURNS.get(prompt.action)
        if side is None:
            return
        reading = read(observation, neutral)
        yaw = side * reading[Channel.YAW]
        calm = max(abs(reading[Channel.JAW]), abs(reading[Channel.GAP])) < threshold("parallax", "calm")
        if yaw >= threshold("parallax", "yaw") and calm:
            left_over = residual(neutral.points, face.points, neutral.eye_distance)
            self._ratios[prompt.action].append(left_over / gate(yaw))

    def finding(self) -> Finding:
        """Pass if both sides are solid, fail if one is flat, unclear while one has not been seen well enough."""
        medians = {
            side: float(np.median(ratios))
            for side, ratios in self._ratios.items()
            if len(ratios) >= threshold("parallax", "frames")
        }
        value = min(medians.values(), default=0.0)
        if medians and value < 1.0:
            return Finding(self.name, value, gate=Gate.FAIL, reason="flat")
        if len(medians) < len(TURNS):
            return Finding(self.name, value)
        return Finding(self.name, value, gate=Gate.PASS, reason=Reason.NONE)


def residual(neutral: NDArray[np.float32], turned: NDArray[np.float32], eye_distance: float) -> float:
    """Root mean square of what the best homography leaves over, in percent of the eyes' distance.

    Args:
        neutral: ``(468 or more, 2 or more)`` points of the calm face, pixels; z is not looked at.
        turned: The same points of the turned face.
        eye_distance: Of the calm face, pixels. What is left over is scaled by how much taller the face got, so
            that coming closer while turning gains nothing.
    """
    source = np.ascontiguousarray(neutral[:MESH_POINTS, :2], np.float64)
    target = np.ascontiguousarray(turned[:MESH_POINTS, :2], np.float64)
    found = cv2.findHomography(source, target, 0)[0]
    matrix = np.zeros((3, 3)) if found is None else np.asarray(found)  # none for points on one line
    mapped = np.concatenate([source, np.ones((len(source), 1))], axis=1) @ matrix.T
    if np.abs(mapped[:, 2]).min() < 1e-6:
        return 0.0
    error = mapped[:, :2] / mapped[:, 2:] - target
    grown = _height(target) / max(_height(source), 1e-6)
    left_over = float(np.sqrt((error**2).sum(axis=1).mean()))
    return 100 * left_over / max(eye_distance * grown, 1e-6)


def gate(yaw: float) -> float:
    """The least residual of a solid head at a yaw in degrees, percent; straight between the table's rows."""
    table = thresholds()["parallax"]
    return float(np.interp(yaw, table["gate_yaws"], table["gates"]))


def _height(points: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(points[FOREHEAD] - points[CHIN]))
