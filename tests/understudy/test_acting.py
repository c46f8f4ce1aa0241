import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight.understudy.acting import ACTIONS, WIDEST, UnknownActionError, act, blinks, sing_along, voice
from limelight.understudy.anatomy import anatomy


def syllables(seconds: float, rate: float = 50.0) -> np.ndarray:
    time = np.arange(int(seconds * rate)) / rate
    return np.clip(np.sin(2 * np.pi * 1.6 * time), 0, 1) * (0.5 + 0.5 * np.sin(2 * np.pi * 0.21 * time) ** 2)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.5, 4), st.sampled_from([24, 25, 30, 24000 / 1001]), st.integers(0, 99))
def test_a_performance_lasts_as_many_frames_as_asked_and_stays_in_range(
    seconds: float, fps: float, seed: int
) -> None:
    frames = list(sing_along(syllables(2), 50, seconds, fps, seed))
    assert len(frames) == round(seconds * fps)
    known = set(anatomy().face_units)
    for frame in frames:
        assert set(frame.blendshapes) <= known
        assert all(0 <= amount <= 1 for amount in frame.blendshapes.values())
        assert frame.blendshapes["jawOpen"] <= WIDEST + 1e-6


def test_the_jaw_follows_the_voice_and_another_voice_does_not_fit() -> None:
    envelope, fps = syllables(8), 30
    jaw = np.array([frame.blendshapes["jawOpen"] for frame in sing_along(envelope, 50, 8, fps, 3)])
    at = np.interp(np.arange(len(jaw)) / fps, np.arange(len(envelope)) / 50, envelope)
    other = np.interp(np.arange(len(jaw)) / fps * 1.37 % 8, np.arange(len(envelope)) / 50, envelope)
    assert np.corrcoef(jaw, at)[0, 1] > 0.7
    assert np.corrcoef(jaw, other)[0, 1] < 0.3


def test_nobody_sings_to_silence_or_past_the_end() -> None:
    silent = [frame.blendshapes["jawOpen"] for frame in sing_along(np.zeros(100), 50, 2)]
    assert max(silent) == 0
    after = [frame.blendshapes["jawOpen"] for frame in sing_along(np.ones(50), 50, 3, 30)]
    assert max(after[60:]) < 0.01 < max(after[:30])
    assert voice([], 50, 10, 30).tolist() == [0] * 10


def test_same_seed_same_song_other_seed_other_song() -> None:
    first, again, other = (list(sing_along(syllables(2), 50, 2, 30, seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_beat_nods_the_head() -> None:
    still = np.array([frame.pitch for frame in sing_along(np.zeros(100), 50, 2, 30, 1)])
    beaten = np.array(
        [frame.pitch for frame in sing_along(np.zeros(100), 50, 2, 30, 1, beats=[0.5, 1.0, 1.5])]
    )
    nod = still - beaten
    assert np.argmax(nod[8:24]) + 8 == pytest.approx(15, abs=3)
    assert nod.max() > 0.8


def test_eyes_close_fully_and_not_all_the_time() -> None:
    lids = blinks(30 * 60, 30, np.random.default_rng(0))
    assert lids.max() > 0.9
    assert 0.01 < (lids > 0.5).mean() < 0.12


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_goes_from_neutral_to_its_peak_and_back(name: str) -> None:
    frames = list(act(name, seconds=3, fps=20, seed=4))
    peak = ACTIONS[name].at(ACTIONS[name].full)
    middle = frames[int(len(frames) * 0.55)]
    for ends, angle in itertools.product((frames[0], frames[-1]), ("yaw", "pitch", "roll", "lean")):
        assert abs(getattr(ends, angle)) < 4
    for angle in ("yaw", "pitch", "roll", "lean"):
        assert getattr(middle, angle) == pytest.approx(getattr(peak, angle), abs=4)
    for unit, amount in peak.blendshapes.items():
        assert middle.blendshapes[unit] == pytest.approx(amount, abs=0.12)
        assert frames[0].blendshapes.get(unit, 0) < 0.2


def test_a_turn_goes_as_far_as_asked() -> None:
    assert max(frame.yaw for frame in act("turn_left", 42, seed=2)) == pytest.approx(43, abs=2.5)
    assert min(frame.yaw for frame in act("turn_right", 42, seed=2)) == pytest.approx(-43, abs=2.5)


def test_a_hand_passes_from_one_side_to_the_other() -> None:
    way = [frame.hand for frame in act("hand_across", seconds=3, fps=20)]
    assert way[0] == 0
    assert way[-1] == pytest.approx(1)
    assert (np.diff(way) >= 0).all()


def test_an_unknown_action_is_answered_with_the_list() -> None:
    with pytest.raises(UnknownActionError, match="turn_left"):
        list(act("cartwheel"))
