"""Ordinary cameras are not odd; programs that pose as one are, a little."""

import pytest

from charcha.moments import moment, observed
from limelight.charcha.observing.observation import CameraProbe
from limelight.charcha.prompts import PromptKind, State
from limelight.charcha.signals.probe import Probe, oddities

SIZES = ((640, 480), (1280, 720), (320, 240))
REAL = CameraProbe(
    SIZES, SIZES, 30.0, "Integrated Camera (04f2:b6d9)", ("width", "height"), (410.0, 290.0, 260.0)
)


def test_a_real_camera_is_not_odd() -> None:
    assert oddities(REAL) == ()


@pytest.mark.parametrize(
    "label", ["FaceTime HD Camera", "Logitech BRIO", "HD Pro Webcam C920", "Jacobson Cam", ""]
)
def test_names_of_real_cameras(label: str) -> None:
    assert oddities(CameraProbe(label=label)) == ()


@pytest.mark.parametrize(
    "label", ["OBS Virtual Camera", "OBS-Camera", "ManyCam", "v4l2loopback (dummy)", "fake_device_0"]
)
def test_names_of_programs(label: str) -> None:
    assert "program" in oddities(CameraProbe(label=label))


def test_one_format_at_once_for_everything() -> None:
    probe = CameraProbe(SIZES, ((640, 480),) * 3, 30.0, "Camera", (), (1.0, 0.5, 2.0))
    assert oddities(probe) == ("one_format", "instant")


def test_it_votes_and_never_gates() -> None:
    signal = Probe()
    assert not signal.hard
    assert signal.finding().log_likelihood_ratio == 0
    odd = CameraProbe(SIZES, ((640, 480),) * 3, 500.0, "OBS Virtual Camera", (), (1.0, 0.5, 2.0))
    signal.observe(observed(0.0), moment(State.PROBED, PromptKind.CALIBRATE, probe=odd))
    assert signal.finding().value == 4
    assert -3.0 <= signal.finding().log_likelihood_ratio < -1.0


def test_a_probe_of_nothing_says_nothing() -> None:
    assert oddities(CameraProbe()) == ()
