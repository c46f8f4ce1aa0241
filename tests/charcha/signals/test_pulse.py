"""A known heartbeat is found at its rate; without one there is none; both only vote a little."""

import numpy as np
import pytest
from numpy.typing import NDArray

from charcha.moments import SKIN, face, head, moment, observed
from limelight.charcha.prompts import PromptKind, State
from limelight.charcha.signals.pulse import Pulse, pos, signal_to_noise
from limelight.charcha.signals.signal import Finding

FACE = face(head(0.0))
STILL = moment(State.STILL, PromptKind.STILL)


def skins(
    hertz: float, amplitude: float, rate: float, seed: int, seconds: float = 20.0
) -> NDArray[np.float64]:
    """``(frames, 3)`` skin with a pulse, drifting light and sensor noise."""
    rng = np.random.default_rng(seed)
    time = np.arange(0, seconds, 1 / rate)
    beat = np.sin(2 * np.pi * hertz * time) + 0.35 * np.sin(4 * np.pi * hertz * time + 1)
    light = np.cumsum(rng.normal(0, 0.001, len(time))) + rng.normal(0, 0.002, len(time))
    noise = rng.normal(0, 0.0005, (len(time), 3))
    return SKIN * np.exp(light[:, None] + noise) * (1 + amplitude * beat[:, None] * [0.33, 0.77, 0.53])


def watched(colours: NDArray[np.float64], rate: float) -> Finding:
    signal = Pulse()
    for i, skin in enumerate(colours):
        signal.observe(observed(i / rate, one=FACE, skin=skin), STILL)
    return signal.finding()


@pytest.mark.parametrize("beats", [55, 72, 90, 118])
def test_the_rate_of_a_pulse_is_found(beats: int) -> None:
    _, hertz = signal_to_noise(pos(skins(beats / 60, 0.002, 15.0, beats), 15.0), 15.0)
    assert 60 * hertz == pytest.approx(beats, abs=2)


@pytest.mark.parametrize("seed", range(5))
def test_a_pulse_speaks_for_and_none_a_little_against(seed: int) -> None:
    live = watched(skins(1.2, 0.003, 15.0, seed), 15.0)
    none = watched(skins(1.2, 0.0, 15.0, seed), 15.0)
    assert 0 < live.log_likelihood_ratio <= 1.0
    assert -0.3 <= none.log_likelihood_ratio < live.log_likelihood_ratio


def test_common_light_is_no_pulse() -> None:
    time = np.arange(0, 20, 1 / 15)
    flicker = SKIN * (1 + 0.02 * np.sin(2 * np.pi * 1.2 * time))[:, None]
    rng = np.random.default_rng(1)
    assert watched(flicker * np.exp(rng.normal(0, 0.0005, (len(time), 3))), 15.0).value < 8.0


@pytest.mark.parametrize(("rate", "seconds"), [(15.0, 5.0), (4.0, 20.0)])
def test_too_short_or_too_slow_says_nothing(rate: float, seconds: float) -> None:
    finding = watched(skins(1.2, 0.003, rate, 1, seconds), rate)
    assert finding.log_likelihood_ratio == 0


def test_only_keeping_still_counts() -> None:
    signal = Pulse()
    for i, skin in enumerate(skins(1.2, 0.003, 15.0, 1)):
        signal.observe(observed(i / 15, one=FACE, skin=skin), moment(State.FLASH, PromptKind.FLASH))
    assert signal.finding().value == 0
