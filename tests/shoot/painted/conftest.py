"""What the tests of the painted camera share."""

import pytest

from limelight.shoot.painted.camera import PaintedCamera


@pytest.fixture(scope="module")
def plates(tmp_path_factory):
    return tmp_path_factory.mktemp("plates")


@pytest.fixture(scope="module")
def camera():
    with PaintedCamera() as opened:
        yield opened
