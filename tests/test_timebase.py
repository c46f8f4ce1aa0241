from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight.errors import SettingsError
from limelight.timebase import frame_at, frames_in, nearest_frame, parse_fps, start_of

RATES = [Fraction(24), Fraction(25), Fraction(30), Fraction(60), Fraction(24000, 1001), Fraction(30000, 1001)]
rates = st.sampled_from(RATES)


@given(frame=st.integers(0, 2_000_000), fps=rates)
def test_frame_survives_the_way_to_seconds_and_back(frame: int, fps: Fraction) -> None:
    assert nearest_frame(start_of(frame, fps), fps) == frame
    assert frame_at(start_of(frame, fps) + 1e-6, fps) == frame


@given(seconds=st.floats(0.1, 20_000), fps=rates)
def test_film_is_never_more_than_half_a_frame_off(seconds: float, fps: Fraction) -> None:
    assert abs(Fraction(seconds) - frames_in(seconds, fps) / fps) <= 1 / (2 * fps)


@given(times=st.lists(st.floats(0, 5000), min_size=2), fps=rates)
def test_order_of_moments_is_kept(times: list[float], fps: Fraction) -> None:
    frames = [nearest_frame(moment, fps) for moment in sorted(times)]
    assert frames == sorted(frames)


@pytest.mark.parametrize(
    ("text", "fps"),
    [
        ("30", Fraction(30)),
        (25, Fraction(25)),
        ("24000/1001", Fraction(24000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        (29.97, Fraction(30000, 1001)),
        ("59.94", Fraction(60000, 1001)),
        ("12.5", Fraction(25, 2)),
        ("113/112", Fraction(113, 112)),
        (Fraction(2400, 101), Fraction(2400, 101)),
    ],
)
def test_frame_rates_are_read_exactly(text: str | float, fps: Fraction) -> None:
    assert parse_fps(text) == fps


@pytest.mark.parametrize("text", ["", "fast", "0", "-24", "1/0", "240", "nan", "inf"])
def test_impossible_frame_rates_are_refused_with_advice(text: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        parse_fps(text)
    assert refusal.value.hint
