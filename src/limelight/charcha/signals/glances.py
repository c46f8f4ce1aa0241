"""Glances: the few calm frames of a session on which the slower cues look at the picture itself."""

from limelight.charcha.observing.observation import Moment, Observation
from limelight.charcha.prompts import PromptKind
from limelight.faces.landmarks import Face

CALM = frozenset({PromptKind.CALIBRATE, PromptKind.REST, PromptKind.STILL})


class Glances:
    """Says when to look: on calm frames with a face, not too often, and never beside a look at the identity.

    Args:
        every: Frames between two glances at least.
        most: Glances in a session.
        first: Frames before the first.
    """

    def __init__(self, every: int, most: int, first: int = 0) -> None:
        self._every, self._left, self._wait = every, most, first

    def due(self, observation: Observation, moment: Moment) -> Face | None:
        """The face to look at now; None where there is nothing to look at, or no need."""
        self._wait -= 1
        calm = moment.prompt is not None and moment.prompt.kind in CALM
        if self._wait >= 0 or not self._left or not calm or observation.embedding is not None:
            return None
        if observation.face is not None:
            self._wait, self._left = self._every - 1, self._left - 1
        return observation.face
