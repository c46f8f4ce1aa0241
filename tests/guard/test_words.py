"""Words: lyrics are data. An explicit word changes what is drawn, never whether there is a film."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight.catalogue import catalogue
from limelight.direct.director import RulesDirector
from limelight.direct.prompts import NEGATIVE
from limelight.guard import Policy, clear_prompt, cleared, for_director, masked, negative_prompt
from limelight.guard.lexicon import find, lexicon
from limelight.storyboard import Format
from review.toy import line, toy_score, toy_storyboard


def names(text: str, language: str = "en") -> set[str]:
    return {finding.category for finding in find(text, language)}


@pytest.mark.parametrize(
    ("text", "language", "category"),
    [
        ("a NUDE woman", "en", "sexual"),
        ("mujer desnuda", "es", "sexual"),
        ("Elle est nue", "fr", "sexual"),
        ("völlig nackt", "de", "sexual"),
        ("fuuuuuck it", "en", "swearing"),
        ("n4ked", "en", "sexual"),
        ("¡Coño!", "es", "swearing"),
        ("decapitated", "en", "gore"),
        ("white  power", "en", "hate"),
        ("a knife", "en", "violence"),
        ("fuck", "es", "swearing"),  # English is looked for in every language
    ],
)
def test_known_words_are_found_however_written(text: str, language: str, category: str) -> None:
    assert category in names(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Scunthorpe, Essex and Sussex", "en"),
        ("classic assassins at the peacock therapist", "en"),
        ("Er ist dick", "de"),
        ("je suis en retard", "fr"),
        ("el gato negro", "es"),  # a slur in Italian
        ("un cono de helado", "es"),
        ("cumulus clouds over Middlesex", "en"),
        ("hero, heroine and gunmetal sky", "en"),
        ("", "en"),
        ("…!?", "xx"),
    ],
)
def test_innocent_words_are_not(text: str, language: str) -> None:
    assert names(text, language) == set()


def test_the_catalogue_is_innocent_under_the_strictest_policy() -> None:
    """The control: what the painted camera can draw, and the prompts made of it."""
    book = catalogue()
    texts = [text for place in book.sceneries for text in (place.prompt, place.description)]
    texts += [element.description for element in book.elements] + [look.prompt for look in book.looks]
    assert [text for text in texts if clear_prompt(text, Policy.STRICT).removed] == []


@given(st.text(max_size=200), st.sampled_from(["en", "es", "fr", "de", "it", "pt", "ja", ""]))
def test_any_text_can_be_judged_and_findings_say_where(text: str, language: str) -> None:
    for finding in find(text, language):
        assert text[finding.start : finding.end] == finding.text
    score = toy_score(1.0, lines=[line(text or "la", 0.0)] if text.split() else [])
    assert len(masked(score).lyrics.lines) == len(score.lyrics.lines)
    for before, after in zip(score.lyrics.lines, masked(score).lyrics.lines, strict=True):
        assert len(after.text) == len(before.text)
        assert [word.start for word in after.words] == [word.start for word in before.words]


def test_clauses_are_taken_out_of_prompts() -> None:
    prompt = "close-up of <star> naked, on a beach, blood everywhere, golden hour"
    standard = clear_prompt(prompt, Policy.STANDARD)
    assert standard.text == "<star>, on a beach, blood everywhere, golden hour"
    assert standard.reasons == ("sexual content",)
    assert clear_prompt(prompt, Policy.STRICT).text == "<star>, on a beach, golden hour"
    assert clear_prompt(prompt, Policy.OFF).text == prompt
    assert clear_prompt("the open sea", Policy.STRICT).text == "the open sea"


@pytest.mark.parametrize("policy", list(Policy))
def test_minors_in_a_sexual_context_are_never_drawn(policy: Policy) -> None:
    assert clear_prompt("a schoolgirl by the sea, naked, golden hour", policy).text == ""
    assert clear_prompt("children by the sea, golden hour", policy).text == "children by the sea, golden hour"


def test_a_storyboard_says_what_was_taken_out_and_gains_what_to_avoid() -> None:
    board = toy_storyboard([0, 10, 20])
    bad = board.shots[1].model_copy(update={"prompt": "corpses, fog", "negative_prompt": NEGATIVE})
    board = board.model_copy(update={"shots": (board.shots[0], bad)})
    clean, notes = cleared(board, Policy.STANDARD)
    assert [shot.prompt for shot in clean.shots] == ["the open sea", "fog"]
    assert notes == ("shot 2: gore taken out of the prompt",)
    assert clean.shots[0].negative_prompt == negative_prompt(Policy.STANDARD)
    listed = clean.shots[1].negative_prompt.split(", ")
    assert len(listed) == len(set(listed))
    assert set(NEGATIVE.split(", ")) | set(negative_prompt(Policy.STANDARD).split(", ")) == set(listed)
    assert cleared(clean, Policy.STANDARD) == (clean, ())


def test_stricter_policies_avoid_more() -> None:
    strict, standard = negative_prompt(Policy.STRICT), negative_prompt(Policy.STANDARD)
    assert strict.startswith(standard)
    assert len(strict) > len(standard) > len(negative_prompt(Policy.OFF)) == 0


def test_the_director_reads_no_word_that_is_not_drawn() -> None:
    lines = [line("naked corpses in the sand", 0.0), line("naked little girls", 3.0), line("waves", 6.0)]
    score = toy_score(9.0, lines=lines)
    read = for_director(score, Policy.STANDARD).lyrics.lines
    assert [told.text for told in read] == ["… … in the sand", "…", "waves"]
    assert [word.text for word in read[1].words] == ["…"] * 3
    assert for_director(score, Policy.OFF).lyrics.lines[0] == lines[0]
    innocent = toy_score(9.0, lines=lines[2:])
    assert for_director(innocent, Policy.STRICT) is innocent


def test_rude_words_are_masked_with_their_times_kept() -> None:
    score = toy_score(4.0, lines=[line("Shit, naked truth", 0.5)])
    (told,) = masked(score).lyrics.lines
    assert told.text == "S***, naked truth"
    assert [word.text for word in told.words] == ["S***,", "naked", "truth"]
    assert [word.start for word in told.words] == [word.start for word in score.lyrics.lines[0].words]


@pytest.mark.slow
def test_a_song_of_explicit_words_is_directed_without_them() -> None:
    words = " ".join(word.rstrip("*") for c in lexicon().categories for word in c.words["en"][:12])
    score = toy_score(30.0, lines=[line(words, 0.0, each=0.3)])
    board = RulesDirector(format=Format(width=96, height=64)).run(for_director(score, Policy.STRICT))
    assert board.frames == 900
    prompts = " ".join(shot.prompt for shot in board.shots)
    assert clear_prompt(prompts, Policy.STRICT).removed == ()
