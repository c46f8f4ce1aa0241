"""Slow cues look on calm frames with a face, not too often, and never on a frame that is looked at for identity."""

from dataclasses import replace

import numpy as np

from charcha.moments import face, head, moment, observed
from limelight.charcha.prompts import PromptKind, State
from limelight.charcha.signals.glances import Glances

STILL, TURNING = moment(State.STILL, PromptKind.STILL), moment(State.CHALLENGE, PromptKind.ACTION)
SEEN = observed(0.0, one=face(head(0.0)))


def test_every_third_calm_frame_and_four_at_most() -> None:
    glances = Glances(3, 4)
    due = [glances.due(SEEN, STILL) is not None for _ in range(20)]
    assert due == [i % 3 == 0 and i < 12 for i in range(20)]


def test_not_while_somebody_moves_nor_beside_a_look_at_the_identity() -> None:
    glances = Glances(3, 4)
    assert glances.due(SEEN, TURNING) is None
    assert glances.due(replace(SEEN, embedding=np.ones(128, np.float32)), STILL) is None
    assert glances.due(observed(0.0), STILL) is None
    assert glances.due(SEEN, STILL) is SEEN.face
