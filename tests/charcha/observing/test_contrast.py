"""Brows beside skin: light from a screen raises both by one share; a veil raises the dark one far more."""

import numpy as np
import pytest
from numpy.typing import NDArray

from limelight.charcha.observing.contrast import dark_and_bright
from limelight.charcha.simulated.webcam import lit_by_screen
from limelight.faces.landmarks import Face, FaceLandmarker
from limelight.understudy.casting import understudy
from limelight.understudy.render import Expression, Performer

pytestmark = pytest.mark.slow
WHITE = (255, 255, 255)


def rounded(codes: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.clip(codes + 0.5, 0, 255).astype(np.uint8)


def evenness(before: NDArray[np.uint8], after: NDArray[np.uint8], face: Face) -> float:
    """As in ``limelight.charcha.signals.veil``, from two pictures."""
    (dark, bright), (dark_lit, bright_lit) = dark_and_bright(before, face), dark_and_bright(after, face)
    gains = (dark_lit / dark - 1).mean() / (bright_lit / bright - 1).mean()
    return float(np.log(gains) / np.log(bright / dark).mean())


@pytest.mark.parametrize("name", ["dan", "chioma"])
def test_a_screen_lights_brows_by_the_share_of_the_skin_and_a_veil_does_not(name: str) -> None:
    performer = Performer(understudy(name), samples=1.0)
    calm = Expression()
    before = rounded(lit_by_screen(performer, calm, WHITE, 0.0))
    lit = rounded(lit_by_screen(performer, calm, WHITE, 0.3))
    veiled = rounded(0.97 * before.astype(np.float32) + 0.03 * 255)
    with FaceLandmarker() as landmarker:
        face = landmarker.detect(before)[0]
    assert abs(evenness(before, lit, face)) < 0.3
    assert evenness(before, veiled, face) > 0.5


def test_a_face_too_small_to_tell_gives_nothing() -> None:
    performer = Performer(understudy("dan"), size=(640, 480), samples=1.0)
    picture = performer.frame(Expression()).rgb
    with FaceLandmarker() as landmarker:
        face = landmarker.detect(picture)[0]
    dark, bright = dark_and_bright(picture[:40, :40], face)
    assert not dark.any()
    assert not bright.any()
