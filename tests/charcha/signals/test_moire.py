"""A grid of pixels before the camera and an earlier encoding leave traces; a plain face leaves none."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from charcha.moments import face, head, moment, observed
from limelight.charcha.prompts import PromptKind, State
from limelight.charcha.signals.moire import SIDE, Moire, spectral_peaks, strange_grid, traces

FACE = face(head(0.0))


def textured(seed: int) -> NDArray[np.uint8]:
    """A picture with soft shapes and grain at all scales, as pictures have."""
    rng = np.random.default_rng(seed)
    picture = np.full((480, 640), 128.0)
    for scale in (1, 2, 4, 8, 16, 32):
        small = rng.normal(0, 2.2 * scale**0.5, (480 // scale + 1, 640 // scale + 1)).astype(np.float32)
        picture += cv2.resize(small, (640, 480), interpolation=cv2.INTER_CUBIC)
    return np.repeat(np.clip(picture, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def encoded(rgb: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    _, jpeg = cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(jpeg, cv2.IMREAD_COLOR)


def screened(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    x, y = np.meshgrid(np.arange(640), np.arange(480))
    grid = 1 + 0.08 * np.cos(2 * np.pi * (0.31 * x + 0.05 * y)) * np.cos(2 * np.pi * 0.29 * y)
    return np.clip(rgb * grid[..., None], 0, 255).astype(np.uint8)


def square(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    return rgb[120 : 120 + SIDE, 200 : 200 + SIDE, 0].astype(np.float32)


@pytest.mark.parametrize("seed", range(4))
def test_a_pixel_grid_stands_out(seed: int) -> None:
    plain = encoded(textured(seed), 88)
    assert spectral_peaks(square(encoded(screened(textured(seed)), 88))) > spectral_peaks(square(plain)) + 1.0


@pytest.mark.parametrize("seed", range(4))
def test_an_earlier_encoding_at_another_size_leaves_a_grid(seed: int) -> None:
    once = encoded(textured(seed), 88)
    first = encoded(cv2.resize(textured(seed), (448, 336), interpolation=cv2.INTER_AREA), 25)
    again = encoded(cv2.resize(first, (640, 480), interpolation=cv2.INTER_CUBIC), 88)
    assert strange_grid(square(again)) > strange_grid(square(once))


def test_the_vote_is_bounded_and_needs_three_looks() -> None:
    signal = Moire()
    still = moment(State.STILL, PromptKind.STILL)
    picture = encoded(screened(textured(1)), 88)
    for i in range(30):
        signal.observe(observed(i / 10, one=FACE, rgb=picture), still)
    assert signal.finding().log_likelihood_ratio == 0
    for i in range(30, 90):
        signal.observe(observed(i / 10, one=FACE, rgb=picture), still)
    assert -2.0 <= signal.finding().log_likelihood_ratio < 0


def test_a_face_at_the_edge_is_not_looked_at() -> None:
    from dataclasses import replace  # noqa: PLC0415

    assert traces(textured(1), replace(FACE, box=(-90.0, 0.0, 100.0, 100.0))) is None
