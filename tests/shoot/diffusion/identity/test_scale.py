"""The scale of a face adapter, searched on pictures made by hand."""

import numpy as np
import pytest

from limelight.shoot.diffusion.identity.scale import DEFAULT_SCALE, choose_scale, spoilt

pytestmark = pytest.mark.slow


def fading(scale: float, *, burns_from: float = 9.0) -> np.ndarray:
    picture = np.random.default_rng(0).integers(60, 190, (48, 48, 3)).astype(np.uint8)
    picture[0, 0] = round(100 * scale)
    if scale >= burns_from:
        picture[:24] = 255
    return picture


def test_the_scale_rises_until_the_likeness_is_enough():
    found = choose_scale(fading, lambda picture: picture[0, 0, 0] / 100 * 0.6, target=0.45)
    assert (found.value, found.limited) == (0.85, False)


def test_the_scale_stops_where_the_picture_suffers():
    found = choose_scale(lambda s: fading(s, burns_from=0.7), lambda picture: picture[0, 0, 0] / 1000)
    assert (found.value, found.limited) == (0.55, True)
    assert spoilt(fading(0.7, burns_from=0.7), fading(0.0))
    assert not spoilt(fading(0.5), fading(0.0))


def test_without_a_face_the_scale_is_the_authors():
    found = choose_scale(fading, lambda _picture: None)
    assert (found.value, found.similarity, found.tried) == (DEFAULT_SCALE, None, 6)
