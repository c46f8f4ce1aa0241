"""The simulated webcam's skin has a heartbeat that POS finds at its rate."""

import random

import numpy as np
import pytest

from limelight.charcha.observing.linear_light import skin_light
from limelight.charcha.signals.pulse import pos, signal_to_noise
from limelight.charcha.simulated.webcam import Actor
from limelight.faces.landmarks import FaceLandmarker
from limelight.understudy.casting import understudy
from limelight.understudy.render import Expression

pytestmark = pytest.mark.slow
RATE, SECONDS = 8.0, 12.0


def test_the_pulse_is_found_at_its_rate() -> None:
    actor = Actor(understudy("dan"), random.Random(3), pulse=0.003)
    calm = Expression()
    with FaceLandmarker() as landmarker:
        face = landmarker.detect(actor.picture(calm))[0]
    skins = [skin_light(actor.picture(calm, now=i / RATE), face) for i in range(int(SECONDS * RATE))]
    decibels, hertz = signal_to_noise(pos(np.array(skins, np.float64), RATE), RATE)
    assert decibels > 6
    assert hertz == pytest.approx(actor.heart_rate, abs=0.06)
