"""Live guidance on the picture: too dark, too far, head cut off. Advice only, and never on the judging."""

import numpy as np

from limelight.charcha.observing.observation import Observation
from limelight.charcha.prompts import State
from limelight.charcha.thresholds import threshold
from limelight.charcha.wire.messages import Hint
from limelight.faces.mesh import CHIN, FOREHEAD


def hints(observation: Observation, state: State) -> tuple[Hint, ...]:
    """What could be better, the most important first."""
    face = observation.face
    if face is None:
        return (Hint.NO_FACE,)
    height, width = observation.rgb.shape[:2]
    found = []
    if observation.exposure < threshold("guidance", "dark"):
        found.append(Hint.TOO_DARK)
    if observation.exposure > threshold("guidance", "bright"):
        found.append(Hint.TOO_BRIGHT)
    share = face.eye_distance / min(width, height) / max(float(np.cos(np.radians(face.pose.yaw))), 0.5)
    if share < threshold("guidance", "far"):
        found.append(Hint.TOO_FAR)
    if share > threshold("guidance", "close"):
        found.append(Hint.TOO_CLOSE)
    top, bottom = float(face.points[FOREHEAD, 1]), float(face.points[CHIN, 1])
    crown = top - threshold("guidance", "crown") * (bottom - top)
    if crown < 0 or bottom > height:
        found.append(Hint.HEAD_CUT_OFF)
    if abs(face.box[0] + face.box[2] / 2 - width / 2) > threshold("guidance", "aside") * width:
        found.append(Hint.OFF_CENTRE)
    if state is State.PERFORM and observation.sharpness < threshold("guidance", "blurred"):
        found.append(Hint.BLURRED)
    return tuple(found)
