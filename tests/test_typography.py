import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight import typography
from limelight.errors import SettingsError
from limelight.typography import ROLES, fit_font, load_font, text_mask, undrawable, wrap

LINES = [
    "We were painted",
    "łódź où für señor",
    "Под звёздами ночью",
    "κάτω από τα αστέρια",
    "تحت النجوم",
    "מתחת לכוכבים",
    "तारों के नीचे",
    "ใต้ ดวงดาว",
    "Đêm đầy sao",
]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("role", ROLES)
def test_every_shipped_script_is_drawn_with_a_box_for_each_word(line, role):
    lettering = text_mask(line, load_font(role, 40))
    assert undrawable(line, role) == ""
    assert [box.text for box in lettering.words] == line.split()
    for box in lettering.words:
        assert 0 <= box.left < box.right <= lettering.width
        assert lettering.mask[box.top : box.bottom, box.left : box.right].max() == 255
    inside = np.zeros(lettering.width, bool)
    for box in lettering.words:
        inside[box.left : box.right] = True
    assert lettering.mask[:, ~inside].max(initial=0) == 0


def test_scripts_from_right_to_left_put_the_first_word_rightmost():
    first, second = text_mask("מתחת לכוכבים", load_font("sans-heavy", 40)).words
    assert first.left >= second.right
    first, second = text_mask("under stars", load_font("sans-heavy", 40)).words
    assert first.right <= second.left


def test_tracking_widens_latin_but_leaves_joined_and_leftward_scripts_whole():
    def width(text, tracking):
        return text_mask(text, load_font("sans-heavy", 40, tracking=tracking)).words[0].right

    assert width("stars", 0.1) > width("stars", 0.0)
    hebrew = text_mask("לכוכבים", load_font("sans-heavy", 40)).mask
    tracked = text_mask("לכוכבים", load_font("sans-heavy", 40, tracking=0.1)).mask
    assert np.array_equal(hebrew, tracked)


def test_a_character_that_no_face_has_is_named():
    assert undrawable("ab\U0001d173b ") == "" or undrawable("ab\U0001d173b ") == "\U0001d173"
    assert undrawable("a\U00012000b") == "\U00012000"


def test_an_unknown_role_says_which_there_are():
    with pytest.raises(SettingsError, match="condensed"):
        load_font("comic", 20)


def test_fitted_text_fits_and_one_size_more_does_not():
    font = fit_font("LIMELIGHT", "condensed", 600, 400)
    assert 590 <= text_mask("LIMELIGHT", font, 0).width <= 606


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["I", "every", "mountain", "Ω", "lives"]), max_size=12), st.integers(60, 600))
def test_wrapping_keeps_every_word_once_and_in_order(words, width):
    font = load_font("serif-display", 32)
    lines = wrap(words, font, width)
    assert [index for line in lines for index in line] == list(range(len(words)))
    for line in lines:
        text = " ".join(words[index] for index in line)
        assert len(line) == 1 or text_mask(text, font, 0).width <= width + 3 * len(line)


def test_a_file_that_is_no_font_harms_nothing(tmp_path, monkeypatch):
    (tmp_path / "._Fancy.ttf").write_bytes(b"\0\5\x16\7 what a Mac leaves beside a font on a stick")
    monkeypatch.setenv("LIMELIGHT_FONTS", str(tmp_path))
    for kept in (typography._foreign_faces, typography._chain):
        kept.cache_clear()
    try:
        assert undrawable("a\U000f0000") == "\U000f0000"
        assert text_mask("a\U000f0000", load_font("sans-heavy", 20)).mask.any()
    finally:
        for kept in (typography._foreign_faces, typography._chain):
            kept.cache_clear()


def test_a_line_of_a_thousand_words_is_wrapped_soon():
    started = time.process_time()
    lines = wrap(["la", "lo"] * 1500, load_font("sans-heavy", 30), 600)
    assert sum(map(len, lines)) == 3000
    assert time.process_time() - started < 5


def test_a_word_as_long_as_a_book_is_drawn_as_far_as_a_word_may_be():
    font = load_font("sans-heavy", 46)
    assert text_mask("x" * 1_000_000, font).width == text_mask("x" * typography.LONGEST_WORD, font).width
