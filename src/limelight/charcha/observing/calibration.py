"""Calibration: a calm second before the camera gives the person's own neutral face."""

from collections import deque
from dataclasses import dataclass, field, replace

import numpy as np

from limelight.charcha.observing.channels import distance, gap
from limelight.charcha.observing.observation import Neutral, Observation
from limelight.charcha.thresholds import threshold
from limelight.faces.mesh import BLENDSHAPES

FRAMES, LOOKS = 12, 2
"""So many calm frames, with so many embeddings among them, make a neutral face."""


@dataclass
class Calibration:
    """Gathers calm frames in a row; a movement begins it anew. Keeps numbers of a few dozen frames, no picture."""

    _calm: deque[Observation] = field(default_factory=lambda: deque(maxlen=3 * FRAMES))

    @property
    def progress(self) -> float:
        """0 to 1."""
        looks = sum(o.embedding is not None for o in self._calm)
        return min(len(self._calm) / FRAMES, looks / LOOKS, 1.0)

    def observe(self, observation: Observation) -> Neutral | None:
        """See a frame; the neutral face once it is known."""
        if not self._fits(observation):
            self._calm.clear()
            return None
        self._calm.append(_light(observation))
        return self._neutral() if self.progress >= 1.0 else None

    def _fits(self, observation: Observation) -> bool:
        """One face, looking at the camera, that hardly moves."""
        face = observation.face
        if face is None or len(observation.faces) > 1 or observation.patch is None:
            return False
        ahead = abs(face.pose.yaw) < threshold("calibration", "yaw")
        level = abs(face.pose.pitch) < threshold("calibration", "pitch")
        upright = abs(face.pose.roll) < threshold("calibration", "roll")
        if not (
            ahead and level and upright and face.blendshapes["jawOpen"] < threshold("calibration", "jaw")
        ):
            return False
        if not self._calm:
            return True
        last = self._calm[-1].face
        moved = np.abs(face.points - last.points)[:, :2].mean() if last else 0.0
        return bool(moved < threshold("calibration", "moved") * face.eye_distance)

    def _neutral(self) -> Neutral:
        faces = [o.face for o in self._calm if o.face is not None]
        looks = [o.embedding for o in self._calm if o.embedding is not None]
        shapes = np.array([[face.blendshapes[name] for name in BLENDSHAPES] for face in faces])
        middle = np.median(shapes, axis=0)  # a blink among them does no harm
        patch = np.mean([o.patch for o in self._calm if o.patch is not None], axis=0)
        mean = np.mean(looks, axis=0)
        height, width = self._calm[-1].rgb.shape[:2]
        return Neutral(
            points=np.mean([face.points for face in faces], axis=0).astype(np.float32),
            eye_distance=float(np.mean([face.eye_distance for face in faces])),
            distance=float(np.mean([distance(face) for face in faces])),
            gap=float(np.median([gap(face) for face in faces])),
            yaw=float(np.mean([face.pose.yaw for face in faces])),
            pitch=float(np.mean([face.pose.pitch for face in faces])),
            roll=float(np.mean([face.pose.roll for face in faces])),
            blendshapes=dict(zip(BLENDSHAPES, middle.tolist(), strict=True)),
            spread=dict(zip(BLENDSHAPES, shapes.std(axis=0).tolist(), strict=True)),
            embedding=(mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32),
            patch=((patch - patch.mean()) / max(float(patch.std()), 1e-3)).astype(np.float32),
            exposure=float(np.mean([o.exposure for o in self._calm])),
            size=(width, height),
        )


def _light(observation: Observation) -> Observation:
    """The same without its pictures: only the size is kept."""
    empty = np.broadcast_to(np.zeros((1, 1, 1), np.uint8), observation.rgb.shape)
    return replace(observation, rgb=empty, jpeg=b"")
