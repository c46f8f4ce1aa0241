"""Continuity: on every frame one face, the same, that moves as a head can.

A cut, a swap, a freeze, a rewind or a second face ends the session.
"""

import math

import numpy as np
from numpy.typing import NDArray

from limelight.charcha.observing.observation import Moment, Neutral, Observation
from limelight.charcha.prompts import State
from limelight.charcha.reasons import Reason
from limelight.charcha.signals.signal import Finding, Gate
from limelight.charcha.thresholds import threshold
from limelight.faces.identity import Embedding, similarity, similarity_transform
from limelight.faces.landmarks import Face

WATCHED = frozenset({State.CALIBRATED, State.CHALLENGE, State.FLASH, State.STILL, State.PERFORM})
STEADY = (1, 4, 6, 10, 33, 133, 152, 168, 234, 263, 362, 454)
"""Points that expressions hardly move: nose, forehead, outer and inner eyes, chin, temples."""
SURE = 0.9
"""Presence above which the mesh is believed: not while a hand passes."""
CLOSE = 0.25
"""Seconds within which two frames follow closely."""


class Continuity:
    """A hard, immediate signal. Its value is the lowest similarity to the calibrated face, less what pose excuses.

    - No face for longer than ``absence`` seconds (a hand may hide it: then ``absence_hidden``).
    - A second face in ``second_face_frames`` frames in a row.
    - Identity: cosine to the calibrated mean at least ``identity - identity_per_degree * angle``, in
      ``identity_strikes`` looks in a row; and cosine to the last look that held at least ``identity_step``, in as
      many: one look may be blurred or half hidden, another person stays.
    - Speed: steady points may move ``speed`` eye distances a second between frames that follow closely, and may
      change their form (what no shift, turn and scale explains) by ``reshape`` eye distances.
    - Freeze: the points of a live face tremble; standing still within ``freeze`` of the eye distance for
      ``freeze_seconds`` is a still picture.
    """

    name = "continuity"
    hard = True
    immediate = True

    def __init__(self) -> None:
        self._failed = Reason.NONE
        self._lowest = 1.0
        self._looks = 0
        self._last: tuple[float, NDArray[np.float64], float] | None = None
        self._size = (0, 0)
        self._last_embedding: Embedding | None = None
        self._seen_at = 0.0
        self._second = self._strange = self._stepped = 0
        self._still_since = math.nan

    def observe(self, observation: Observation, moment: Moment) -> None:
        """See a frame."""
        if self._failed or moment.state not in WATCHED:
            self._seen_at = observation.time
            return
        face = observation.face
        if (
            observation.rgb.shape[:2] != self._size
        ):  # another format: the identity is looked at anew, places are not
            self._size, self._last = observation.rgb.shape[:2], None
        reason = self._presence(observation, moment)
        if face is not None:
            reason = (
                reason or self._motion(observation, face) or self._identity(observation, face, moment.neutral)
            )
        self._failed = reason

    def finding(self) -> Finding:
        """Fail with the reason, pass after three looks at the identity, else unclear."""
        if self._failed:
            return Finding(self.name, self._lowest, gate=Gate.FAIL, reason=self._failed)
        gate = Gate.PASS if self._looks >= 3 else Gate.UNCLEAR
        return Finding(self.name, self._lowest, gate=gate)

    def _presence(self, observation: Observation, moment: Moment) -> Reason:
        known = moment.neutral.eye_distance if moment.neutral else 0.0
        others = [
            f
            for f in observation.faces[1:]
            if f.eye_distance > threshold("continuity", "second_face") * known
        ]
        self._second = self._second + 1 if others else 0
        if self._second >= threshold("continuity", "second_face_frames"):
            return Reason.SECOND_FACE
        if observation.face is not None:
            self._seen_at = observation.time
            return Reason.NONE
        self._last = None
        hidden = moment.prompt is not None and moment.prompt.action.startswith("hand")
        allowed = threshold("continuity", "absence_hidden" if hidden else "absence")
        return Reason.NO_FACE if observation.time - self._seen_at > allowed else Reason.NONE

    def _motion(self, observation: Observation, face: Face) -> Reason:
        points = face.points[STEADY, :2].astype(np.float64)
        before, self._last = self._last, (observation.time, points, face.eye_distance)
        if before is None or before[0] >= observation.time or observation.time - before[0] > 1.0:
            self._still_since = math.nan
            return Reason.NONE
        scale = max(1.0, min(face.eye_distance, before[2]))
        moved = np.linalg.norm(points - before[1], axis=1) / scale
        speed = float(np.median(moved)) / max(observation.time - before[0], 1 / 30)
        jumped = speed > threshold("continuity", "speed")
        reshaped = reshaping(before[1], points) / scale > threshold("continuity", "reshape")
        if face.presence > SURE and (jumped or reshaped) and observation.time - before[0] < CLOSE:
            return Reason.CUT
        if float(moved.max()) > threshold("continuity", "freeze"):
            self._still_since = math.nan
        elif math.isnan(self._still_since):
            self._still_since = observation.time
        elif observation.time - self._still_since > threshold("continuity", "freeze_seconds"):
            return Reason.FREEZE
        return Reason.NONE

    def _identity(self, observation: Observation, face: Face, neutral: Neutral | None) -> Reason:
        seen = observation.embedding
        if seen is None or neutral is None:
            return Reason.NONE
        angle = math.hypot(face.pose.yaw - neutral.yaw, face.pose.pitch - neutral.pitch)
        excuse = threshold("continuity", "identity_per_degree") * max(0.0, angle - 10.0)
        likeness = similarity(seen, neutral.embedding) + excuse
        self._looks += 1
        self._lowest = min(self._lowest, likeness)
        self._strange = self._strange + 1 if likeness < threshold("continuity", "identity") else 0
        step = 1.0 if self._last_embedding is None else similarity(seen, self._last_embedding) + excuse
        self._stepped = self._stepped + 1 if step < threshold("continuity", "identity_step") else 0
        if not self._stepped:
            self._last_embedding = seen
        swapped = max(self._strange, self._stepped) >= threshold("continuity", "identity_strikes")
        return Reason.SWAP if swapped else Reason.NONE


def reshaping(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    """Root mean square in pixels of what no shift, turn and scale explains between two sets of points (n, 2)."""
    moved = similarity_transform(before, after)
    residual = before @ moved[:, :2].T + moved[:, 2] - after
    return float(np.sqrt((residual**2).sum(axis=1).mean()))
