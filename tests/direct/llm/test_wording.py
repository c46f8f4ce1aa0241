"""Words from a model: what is left cannot be anything but words."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from limelight.direct.llm.people import only_the_star
from limelight.direct.llm.treatment import parse_shots, rescue_shots, rescue_treatment
from limelight.direct.llm.wording import plain


@given(st.text(max_size=400), st.integers(1, 120))
@example("0:-˥0", 4)
def test_only_words_and_commas_are_left_and_never_too_many(text: str, longest: int) -> None:
    out = plain(text, longest)
    assert len(out) <= longest
    assert all(letter.isalnum() or letter in " ,'-" for letter in out)
    assert out == out.strip(" ,'-")
    assert plain(out, longest) == out


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a <lora:nude:1.4> boat", "a lora nude 1 4 boat"),
        ("../../etc/passwd", "etc passwd"),
        ("(red:1.9) [dress] {coat}", "red 1 9 dress coat"),
        ("she sings; he waits. Rain!", "she sings, he waits, Rain"),
        ("https://x.y/z?q=1&r=2", "https x y z q 1 r 2"),
        ("rock-n-roll -rf --no", "rock-n-roll rf no"),
        ("the singer's café, naïve 雨", "the singer's café, naïve 雨"),
        ("a" * 80 + " sea", "sea"),
        ("ａ＜ｂ＞", "a b"),
    ],
)
def test_signs_of_other_languages_than_people_speak_go(text: str, left: str) -> None:
    assert plain(text, 100) == left


def test_a_long_text_ends_at_a_comma_or_a_word() -> None:
    assert (
        plain("a boat in the mist, a lamp, and the singer far away on the", 50)
        == "a boat in the mist, a lamp"
    )
    assert plain("one two three four", 11) == "one two"


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda raw: raw.decode("latin-1")))
def test_whatever_a_model_says_is_read_or_refused(text: str) -> None:
    assert rescue_shots(text, frozenset({1})) == {}
    assert rescue_treatment(text, 3) is None
    with pytest.raises(ValueError, match=r"."):
        parse_shots(text, frozenset({1}))


def test_a_flood_of_braces_is_given_up_on() -> None:
    for flood in ("{" * 200_000, '{"a":' * 50_000, "[" * 200_000, '{"shots":[' * 30_000):
        assert rescue_shots(flood, frozenset({1})) == {}


@pytest.mark.parametrize(
    ("picture", "with_star", "without"),
    [
        (
            "A young woman walking on a beach, looking at the ocean",
            "the singer walking on a beach, looking at the ocean",
            "looking at the ocean",
        ),
        (
            "the singer leans out of an old car, desert road in first light",
            "the singer leans out of an old car, desert road in first light",
            "desert road in first light",
        ),
        ("a crowd dances, neon on wet asphalt", "neon on wet asphalt", "neon on wet asphalt"),
        ("a man and a woman kiss in the rain", "", ""),
        ("two lovers on a bridge, mist", "mist", "mist"),
        ("she holds a red lamp, waves below", "she holds a red lamp, waves below", "waves below"),
        ("sun on the young woman's face, a boat", "sun on the singer's face, a boat", "a boat"),
        ("a humane manner of mangoes", "a humane manner of mangoes", "a humane manner of mangoes"),
    ],
)
def test_nobody_but_the_star_is_in_a_picture(picture: str, with_star: str, without: str) -> None:
    assert only_the_star(picture, seen=True) == with_star
    assert only_the_star(picture, seen=False) == without


def test_hyphens_do_not_become_options() -> None:
    assert not re.search(r"(^|\s)-", plain("--exec -rf a-b - c", 60))
