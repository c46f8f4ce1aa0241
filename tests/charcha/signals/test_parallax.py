"""A solid head passes, a print of it fails however it is turned, and what was not shown stays unclear."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charcha.moments import face, head, moment, neutral, observed
from limelight.charcha.prompts import PromptKind, State
from limelight.charcha.signals.parallax import Parallax, gate, residual
from limelight.charcha.signals.signal import Gate


def show(
    signal: Parallax, *, depth: float, yaws: tuple[float, ...] = (26.0, 30.0, -26.0, -30.0), **more: float
) -> None:
    calm = neutral(head(0.0, depth=depth, noise=0.1, seed=99))
    for i, yaw in enumerate(yaw for yaw in yaws for _ in range(4)):
        action = "turn_left" if yaw > 0 else "turn_right"
        turned = face(head(yaw, depth=depth, noise=0.1, seed=i), yaw=yaw, **more)
        signal.observe(
            observed(i / 10, one=turned), moment(State.CHALLENGE, PromptKind.ACTION, action=action, calm=calm)
        )


def test_a_head_passes() -> None:
    signal = Parallax()
    show(signal, depth=1.0)
    assert signal.finding().gate is Gate.PASS
    assert signal.finding().value > 1.2


def test_a_flat_print_fails_at_any_angle() -> None:
    signal = Parallax()
    show(signal, depth=0.0, yaws=(25.0, 40.0, -25.0, -40.0))
    finding = signal.finding()
    assert finding.gate is Gate.FAIL
    assert finding.reason == "flat"
    assert finding.value < 0.5


def test_a_still_actor_stays_unclear() -> None:
    signal = Parallax()
    show(signal, depth=1.0, yaws=(0.0, 2.0, -2.0))
    assert signal.finding().gate is Gate.UNCLEAR


def test_one_side_is_not_enough() -> None:
    signal = Parallax()
    show(signal, depth=1.0, yaws=(30.0,))
    assert signal.finding().gate is Gate.UNCLEAR


def test_one_flat_side_is_enough_to_fail() -> None:
    signal = Parallax()
    show(signal, depth=1.0, yaws=(30.0,))
    show(signal, depth=0.0, yaws=(-30.0,))
    assert signal.finding().gate is Gate.FAIL


def test_frames_with_an_open_mouth_do_not_count() -> None:
    signal = Parallax()
    show(signal, depth=1.0, jaw=0.6)
    assert signal.finding().gate is Gate.UNCLEAR


@settings(max_examples=25, deadline=None)
@given(
    st.floats(-40, 40), st.floats(-25, 25), st.floats(-30, 30), st.floats(0.7, 1.5),
)  # fmt: skip
def test_no_way_of_holding_a_plane_leaves_a_residual(
    yaw: float, pitch: float, roll: float, size: float
) -> None:
    flat = head(0.0, depth=0.0)
    a, b, c = np.radians([yaw, pitch, roll])
    turn_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    turn_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    turn_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    centred = np.concatenate([flat[:, :2] - [320, 240], np.zeros((len(flat), 1))], axis=1)
    held = size * centred @ (turn_z @ turn_x @ turn_y).T
    seen = held[:, :2] * (900 / (900 - held[:, 2:])) + [300, 250]
    assert residual(flat, seen.astype(np.float32), 90.0) < 0.05


def test_coming_closer_gains_nothing() -> None:
    calm, turned = head(0.0), head(25.0)
    closer = (turned - [320, 240, 0]) * 1.5 + [320, 240, 0]
    assert residual(calm, closer.astype(np.float32), 90.0) == pytest.approx(
        residual(calm, turned, 90.0), rel=0.01
    )


def test_points_on_one_line_are_flat() -> None:
    line = np.zeros((478, 3), np.float32)
    line[:, 0] = np.arange(478)
    assert residual(line, line, 90.0) < 1.0


def test_the_gate_rises_with_yaw() -> None:
    gates = [gate(yaw) for yaw in (10, 20, 25, 30, 35, 40, 60)]
    assert gates == sorted(gates)
