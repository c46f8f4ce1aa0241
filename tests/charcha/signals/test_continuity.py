"""Whose face it is from look to look, on observations made by hand."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from charcha import moments
from limelight.charcha.prompts import PromptKind, State
from limelight.charcha.reasons import Reason
from limelight.charcha.signals.continuity import Continuity
from limelight.charcha.signals.signal import Finding, Gate


def look(cosine: float) -> NDArray[np.float32]:
    """An embedding that is so similar to the calibrated one."""
    found = np.zeros(128, np.float32)
    found[:2] = cosine, (1 - cosine**2) ** 0.5
    return found


def watched(cosines: list[float]) -> Finding:
    points = moments.head(0.0)
    when = moments.moment(State.CHALLENGE, PromptKind.ACTION, calm=moments.neutral(points))
    signal = Continuity()
    for index, cosine in enumerate(cosines):
        trembling = moments.face(moments.head(0.0, noise=0.5, seed=index))
        signal.observe(replace(moments.observed(0.6 * index, one=trembling), embedding=look(cosine)), when)
    return signal.finding()


@pytest.mark.parametrize("odd", [0.3, 0.45])
def test_one_odd_look_is_forgiven_and_two_in_a_row_are_another_person(odd: float) -> None:
    assert watched([1.0, 1.0, odd, 1.0, 1.0]).gate is Gate.PASS
    assert watched([1.0, 1.0, odd, odd, 1.0]).reason is Reason.SWAP


def test_a_person_who_stays_the_same_passes_however_long() -> None:
    assert watched([0.9, 0.8, 0.95] * 10).gate is Gate.PASS
