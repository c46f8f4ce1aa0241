"""What a model is told."""

import pytest

from limelight.catalogue import catalogue
from limelight.shoot.diffusion import wording
from limelight.storyboard import Imagery, Shot


def shot(prompt, stars=(), negative=""):
    return Shot(
        number=1, start=0, frames=9, section="verse", imagery=Imagery(scenery="sea"), composition="wide",
        look="painted", seed=1, prompt=prompt, negative_prompt=negative, stars=stars,
    )  # fmt: skip


def test_the_star_is_named_by_words_alone():
    told = wording.positive(shot("portrait of <star> singing", ("ada",)), {"ada": "ohwx person"})
    assert told == "portrait of ohwx person singing"
    pair = wording.positive(shot("<star> at sea", ("ada", "bo")), {"ada": "one woman", "bo": "another woman"})
    assert pair == "one woman and another woman at sea"


@pytest.mark.parametrize(
    ("prompt", "told"),
    [
        ("Jane Doe on a stage", "somebody on a stage"),
        ("a portrait of Jean-Luc van der Berg, singing", "a portrait of somebody, singing"),
        ("the sea, Élise O'Brien Smith by it", "the sea, somebody by it"),
        ("Sea at night, stars", "Sea at night, stars"),
        ("35mm film, Kodak", "35mm film, Kodak"),
        ("The Singer by the sea. A Neon street", "The Singer by the sea. A Neon street"),
        ("As Jane Doe sings", "As somebody sings"),
    ],
)
def test_what_looks_like_a_full_name_is_left_out(prompt, told):
    assert wording.nameless(prompt) == told


def test_the_catalogues_own_prompts_are_left_as_they_are():
    book = catalogue()
    for prompt in [*(look.prompt for look in book.looks), *(place.prompt for place in book.sceneries)]:
        assert wording.nameless(prompt) == prompt


def test_what_must_never_be_drawn_is_always_told():
    told = wording.negative(shot("x", negative="fog"))
    assert told.startswith("fog, ")
    for word in ("nudity", "gore", "celebrity"):
        assert word in told
        assert word in wording.negative(shot("x"))


def test_prompts_are_cut_off_somewhere():
    assert len(wording.positive(shot("sea " * 5000), {})) <= wording.LONGEST
