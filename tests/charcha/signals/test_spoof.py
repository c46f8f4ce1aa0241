"""The cue is silent without its model, bounded with it, and never a gate."""

import numpy as np
import pytest

from charcha.moments import face, head, moment, observed
from limelight.charcha.prompts import PromptKind, State
from limelight.charcha.signals import spoof
from limelight.charcha.signals.spoof import SpoofCue, live_share
from limelight.weights import is_present

FACE = face(head(0.0))
STILL = moment(State.STILL, PromptKind.STILL)


def shown(frames: int) -> SpoofCue:
    signal = SpoofCue()
    picture = np.random.default_rng(1).integers(0, 255, (480, 640, 3), np.uint8)
    for i in range(frames):
        signal.observe(observed(i / 10, one=FACE, rgb=picture), STILL)
    return signal


def test_without_the_model_it_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spoof, "model", lambda: None)
    assert live_share(np.zeros((480, 640, 3), np.uint8), FACE) is None
    finding = shown(200).finding()
    assert (finding.value, finding.log_likelihood_ratio) == (0.0, 0.0)


@pytest.mark.skipif(
    not is_present(spoof.MODEL), reason="the model comes through npm and is not on this machine"
)
def test_with_the_model_it_votes_within_bounds() -> None:
    share = live_share(np.zeros((480, 640, 3), np.uint8), FACE)
    assert share is not None
    assert 0 <= share <= 1
    assert -1.5 <= shown(100).finding().log_likelihood_ratio <= 0.5
    assert not SpoofCue.hard


def test_a_face_larger_than_the_picture_raises_nothing() -> None:
    large = face(head(0.0) * 3)
    SpoofCue().observe(observed(0.0, one=large), STILL)
