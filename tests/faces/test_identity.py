"""The same drawn face is the same person; another shape and colour is not so much; noise is nobody."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from faces.actor import draw
from limelight.errors import BackendError, InputError
from limelight.faces.content import ContentScorer
from limelight.faces.identity import MATCH, Recognizer, align, similarity
from limelight.faces.matte import Matter
from limelight.faces.onnx import OnnxModel, keep_input, spell_out_prelu
from limelight.weights import weight

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def recognizer() -> Iterator[Recognizer]:
    with Recognizer() as recognizer:
        yield recognizer


def test_the_face_is_found_where_it_was_drawn(recognizer: Recognizer) -> None:
    picture, points = draw(roll=15)
    (found,) = recognizer.detect(picture)
    drawn = np.array([points[[33, 133]].mean(axis=0), points[[263, 362]].mean(axis=0), points[1]])
    across = np.linalg.norm(points[33] - points[263])
    assert np.linalg.norm(found.points[:3] - drawn, axis=1).max() < 0.15 * across
    left, top, width, height = found.box
    assert left < points[:, 0].mean() < left + width
    assert top < points[:, 1].mean() < top + height


def test_large_pictures_are_shrunk_and_points_come_back_in_their_pixels(recognizer: Recognizer) -> None:
    picture, _ = draw()
    large = cv2.resize(picture, None, fx=2.5, fy=2.5, interpolation=cv2.INTER_CUBIC)
    (small_face,), (large_face,) = recognizer.detect(picture), recognizer.detect(large)
    assert large_face.points == pytest.approx(small_face.points * 2.5, abs=3)


def test_an_embedding_has_length_one_and_survives_a_turn(recognizer: Recognizer) -> None:
    pictures = [draw()[0], draw(yaw=15, roll=-10)[0]]
    vectors = [recognizer.embed(picture, recognizer.detect(picture)[0]) for picture in pictures]
    assert vectors[0].shape == (128,)
    assert np.linalg.norm(vectors[0]) == pytest.approx(1, abs=1e-5)
    assert similarity(*vectors) > MATCH


def test_a_picture_of_nobody_is_a_stranger(recognizer: Recognizer) -> None:
    picture = draw()[0]
    face = recognizer.detect(picture)[0]
    noise = np.random.default_rng(3).integers(0, 256, picture.shape, np.uint8)
    assert recognizer.detect(noise) == ()
    control = similarity(recognizer.embed(picture, face), recognizer.embed(noise, face))
    assert control < MATCH


def test_a_prelu_that_is_spelt_out_gives_the_same_bits() -> None:
    plain = OnnxModel(weight("sface"), mend=lambda model: keep_input(model, "data"))
    spelt = OnnxModel(weight("sface"), mend=lambda model: spell_out_prelu(keep_input(model, "data")))
    noise = np.random.default_rng(4).uniform(0, 255, (1, 3, 112, 112)).astype(np.float32)
    for name, values in plain(noise).items():
        assert np.array_equal(values, spelt(noise)[name])


def test_points_that_are_no_face_are_refused(recognizer: Recognizer) -> None:
    with pytest.raises(InputError, match=r"\(5, 2\)"):
        recognizer.embed(draw()[0], np.zeros((4, 2), np.float32))
    with pytest.raises(InputError, match="finite"):
        align(draw()[0], np.full((5, 2), np.nan, np.float32))


def test_the_matte_holds_the_person_and_not_the_wall() -> None:
    picture, points = draw(distance=32)
    with Matter() as matter:
        alpha = matter.alpha(picture)
        assert alpha.shape == picture.shape[:2]
        assert alpha.dtype == np.float32
    x, y = np.rint(points[1]).astype(int)
    assert alpha[y, x] > 0.95
    assert alpha[:40, :40].max() < 0.05
    assert alpha[:40, -40:].max() < 0.05


def test_a_drawn_face_and_noise_are_not_explicit() -> None:
    with ContentScorer() as scorer:
        assert scorer.explicit(draw()[0]) < 0.2
        assert 0 <= scorer.explicit(np.zeros((3, 50, 3), np.uint8)) <= 1
    with pytest.raises(BackendError, match="closed"):
        scorer.explicit(draw()[0])
