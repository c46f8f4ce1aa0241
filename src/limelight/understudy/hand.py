"""A hand that passes before the face: the left forearm of the base mesh, swung about an elbow below the picture."""

# mypy: disable-error-code="no-any-return"
# numpy's stubs answer Any for arithmetic on real arrays of unstated width

from dataclasses import dataclass

import numpy as np

from limelight.understudy.anatomy import Floats, Ints

SWING = 62.0
"""Degrees to either side at which the hand has left the picture."""
BEFORE = 0.75
"""Decimetres between the tip of the nose and the hand."""


@dataclass(frozen=True)
class Hand:
    """Forearm and hand on the z axis's plane: the elbow at the origin, fingers up, the palm to the face."""

    index: Ints
    """Points of the mesh that belong to it."""
    places: Floats
    """(len(index), 3) where they are before the swing."""

    @classmethod
    def of(cls, points: Floats, index: Ints) -> "Hand":
        """Straighten up the forearm given by `index` among the mesh's `points`."""
        arm = points[index]
        centred = arm - arm.mean(0)
        _, _, axes = np.linalg.svd(centred, full_matrices=False)
        along = axes[0] * np.sign(axes[0] @ np.array([0.4, -0.5, 0.8]))  # towards the fingers
        fingers = centred @ along > np.quantile(centred @ along, 0.6)
        _, _, flat = np.linalg.svd(arm[fingers] - arm[fingers].mean(0), full_matrices=False)
        through = flat[2] - (flat[2] @ along) * along
        through /= np.linalg.norm(through)
        through *= np.sign(through @ np.array([0.3, 0.9, 0.2]))  # the back of the hand
        frame = np.stack([np.cross(along, through), along, through])
        placed = centred @ frame.T
        placed[:, 1] -= placed[:, 1].min()
        return cls(index, placed.astype(np.float32))

    def swung(self, share: float, nose: Floats, below: float) -> Floats:
        """Places (len(index), 3) at `share` of the way, 0-1, from the person's left to the right.

        `nose` (3,) is the tip of the nose; the elbow is `below` dm under it.
        """
        angle = np.radians(SWING * (2 * share - 1))
        turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
        elbow = np.array([0.0, nose[1] - below, nose[2] + BEFORE])
        return (self.places @ turn.T + elbow).astype(np.float32)
