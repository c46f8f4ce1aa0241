import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight.cut.captions import Captions, Ink, ink_for, wants_captions
from limelight.cut.lettering import MOST_STACKED, cues_of, safe_area, set_line
from limelight.score import Line, Lyrics, Word
from limelight.storyboard import CaptionStyle, Format
from review.toy import line, toy_storyboard

WIDE, TALL, SQUARE = (
    Format(width=320, height=180),
    Format(width=180, height=320),
    Format(width=200, height=200),
)
INK = Ink(lit=(255.0, 0.0, 0.0), plain=(255.0, 255.0, 255.0))


def drawn(lyrics, seconds, picture_format=WIDE, level=90):
    picture = np.full((picture_format.height, picture_format.width, 3), level, np.uint8)
    return Captions(lyrics, picture_format).over(picture, seconds, INK)


def red_columns(picture):
    """Where letters are lit."""
    red = (picture[..., 0] > 180) & (picture[..., 1] < 90) & (picture[..., 2] < 90)
    return np.flatnonzero(red.any(axis=0))


def song(*lines):
    return Lyrics(lines=lines)


def test_the_word_that_is_sung_is_lit_and_only_it():
    lyrics = song(line("one two three", 1.0, each=1.0))
    places = [red_columns(drawn(lyrics, 1.5 + index)).mean() for index in range(3)]
    assert places == sorted(places)
    assert places[0] < 140
    assert places[2] > 180
    assert len(red_columns(drawn(lyrics, 0.7))) == 0  # shown before it is sung, not lit


def test_words_that_run_from_right_to_left_are_lit_from_right_to_left():
    lyrics = song(line("שלום עולם אנחנו", 1.0, each=1.0))
    places = [red_columns(drawn(lyrics, 1.5 + index)).mean() for index in range(3)]
    assert places == sorted(places, reverse=True)


def test_words_without_spaces_are_lit_one_by_one():
    words = tuple(Word(text=t, start=1.0 + i, end=1.9 + i) for i, t in enumerate(("กิน", "ข้าว", "แล้ว")))
    lyrics = song(Line(text="กินข้าวแล้ว", start=1.0, end=3.9, words=words))
    places = [red_columns(drawn(lyrics, 1.5 + index)) for index in range(3)]
    assert all(len(place) for place in places)
    assert places[0].max() <= places[1].min() + 3
    assert places[1].max() <= places[2].min() + 3


def test_a_lit_word_rises():
    lyrics = song(line("mmmm mmmm", 1.0, each=2.0))
    rows = [np.flatnonzero((drawn(lyrics, t)[:, :150, 0] > 180).any(axis=1)).min() for t in (0.8, 1.6)]
    assert rows[1] < rows[0]


def test_words_that_were_not_placed_are_shown_but_never_lit():
    lyrics = song(line("one two three", 1.0, each=1.0, sung=[True, False, True]))
    assert len(red_columns(drawn(lyrics, 2.5))) == 0
    assert (drawn(lyrics, 2.5) > 150).any()


def test_a_line_of_which_no_word_was_placed_is_left_out():
    lyrics = song(line("one two", 1.0, sung=[False, False]))
    assert (drawn(lyrics, 1.3) == 90).all()


def test_a_line_without_words_is_shown_plain():
    picture = drawn(song(Line(text="la la la", start=1.0, end=2.0)), 1.5)
    assert (picture > 180).any()
    assert len(red_columns(picture)) == 0


def test_nothing_is_drawn_without_words_and_between_lines():
    assert (drawn(Lyrics(), 1.0) == 90).all()
    lyrics = song(line("one two", 1.0), line("three four", 9.0))
    assert (drawn(lyrics, 5.0) == 90).all()


def test_a_line_comes_and_goes_softly():
    lyrics = song(line("one two", 2.0))
    (cue,) = cues_of(lyrics)
    strength = [
        float((drawn(lyrics, t) != 90).sum() and drawn(lyrics, t).max()) for t in (cue.shown, cue.shown + 0.2)
    ]
    assert 90 < strength[0] < strength[1]
    assert (drawn(lyrics, cue.hidden) == 90).all()


def test_lines_sung_together_stand_above_each_other():
    lyrics = song(line("under a million", 1.0, each=1.0), line("ooh ooh", 1.4, each=1.0))
    picture = drawn(lyrics, 2.0)
    rows = np.flatnonzero((picture > 200).any(axis=(1, 2)))
    assert len(np.flatnonzero(np.diff(rows) > 1)) >= 1 or np.ptp(rows) > 20
    alone = drawn(song(line("under a million", 1.0, each=1.0)), 2.0)
    assert (
        np.flatnonzero((picture > 200).any(axis=(1, 2))).min()
        < np.flatnonzero((alone > 200).any(axis=(1, 2))).min()
    )


@pytest.mark.parametrize("picture_format", [WIDE, TALL, SQUARE])
def test_long_lines_are_wrapped_within_the_safe_area(picture_format):
    text = "and every mountain that lives inside of me is singing out your name tonight"
    area = safe_area(picture_format)
    placed = set_line(line(text, 0.0), picture_format)
    left = min(word.left for word in placed.words)
    right = max(word.left + word.mask.shape[1] for word in placed.words)
    assert left >= picture_format.width * (1 - area.width) / 2 - 4
    assert right <= picture_format.width * (1 + area.width) / 2 + 4
    tops = sorted({word.top for word in placed.words})
    assert 2 <= len(tops) <= area.rows
    ink = [word.top + np.flatnonzero(word.mask.any(axis=1)).max() for word in placed.words]
    assert max(ink) <= area.bottom * picture_format.height + 2


def test_tall_pictures_keep_captions_off_the_faces_and_the_apps_controls():
    """Whoever sings fills the lower two thirds; the top tenth and the lowest quarter are the apps'."""
    picture = drawn(song(line("one two three", 1.0)), 1.3, TALL)
    changed = np.flatnonzero((picture != 90).any(axis=(1, 2)))
    assert 0.10 * TALL.height < changed.min()
    assert changed.max() < 0.30 * TALL.height


@pytest.mark.parametrize("picture_format", [WIDE, TALL, SQUARE])
def test_as_many_lines_as_may_be_sung_together_stay_in_the_picture_and_apart(picture_format):
    text = "and every mountain that lives inside of me is singing out your name"
    lines = [line(text, 1.0 + 0.1 * index, each=0.5) for index in range(MOST_STACKED)]
    captions = Captions(song(*lines), picture_format)
    tops = [
        [(word.top - captions._lift(index), word.mask.shape[0]) for word in captions._set_cue(index).words]
        for index in range(MOST_STACKED)
    ]
    assert all(top >= 0 and top + high <= picture_format.height for line_ in tops for top, high in line_)
    spans = sorted((min(top for top, _ in one), max(top for top, _ in one)) for one in tops)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(spans))


def test_one_enormous_word_is_set_smaller():
    placed = set_line(line("a" * 70, 0.0), WIDE)
    assert placed.words[0].mask.shape[1] <= WIDE.width


def test_captions_depend_on_the_time_alone_so_that_cuts_do_not_break_them():
    lyrics = song(line("we were painted in light", 1.0))
    once, again = Captions(lyrics, WIDE), Captions(lyrics, WIDE)
    canvas = [np.full((180, 320, 3), 90, np.uint8) for _ in range(2)]
    once.over(canvas[0].copy(), 1.0)
    assert (once.over(canvas[0], 1.7) == again.over(canvas[1], 1.7)).all()


def test_the_digest_knows_the_lines_on_the_screen_and_no_others():
    first, second = line("one two", 1.0), line("three four", 20.0)
    both, changed = Captions(song(first, second), WIDE), Captions(song(first, line("five six", 20.0)), WIDE)
    assert both.digest(0, 5) == changed.digest(0, 5)
    assert both.digest(18, 25) != changed.digest(18, 25)


@given(
    st.lists(st.tuples(st.floats(0, 60), st.floats(0, 6)), max_size=25),
    st.floats(0, 70),
)
@settings(deadline=None)
def test_never_too_many_lines_and_every_line_is_there_while_it_is_sung(spans, moment):
    lines = tuple(
        Line(text=f"line {index}", start=start, end=start + length)
        for index, (start, length) in enumerate(spans)
    )
    cues = cues_of(Lyrics(lines=lines))
    shown = [cue for cue in cues if cue.shown <= moment < cue.hidden]
    assert len(shown) <= MOST_STACKED
    for cue in cues:
        assert cue.shown <= cue.line.start
        assert cue.hidden >= cue.line.end - 0.06
    dropped = len(lines) - len(cues)
    if dropped:
        assert any(
            sum(a.start <= b.start < max(a.end, a.start + 0.2) for a in lines) > MOST_STACKED for b in lines
        )


def test_colours_come_from_the_look_and_unknown_looks_are_fine():
    shot = toy_storyboard((0, 30)).shots[0]
    inks = {
        ink_for(shot.model_copy(update={"valence": v, "arousal": a})).lit
        for v, a in itertools.product((-0.5, 0.5), (-0.5, 0.5))
    }
    assert all(max(lit) > 150 for lit in inks)
    assert ink_for(shot.model_copy(update={"look": "nowhere"})) == Ink()
    assert not wants_captions(shot)
    assert wants_captions(shot.model_copy(update={"captions": CaptionStyle.KARAOKE}))


def test_it_is_fast_enough():
    picture_format = Format()
    captions = Captions(song(line("we were painted in light", 1.0)), picture_format)
    picture = np.zeros((720, 1280, 3), np.uint8)
    captions.over(picture, 1.5)
    started = time.process_time()
    for _ in range(20):
        captions.over(picture, 1.5)
    assert (time.process_time() - started) / 20 < 0.010  # measured .6 ms; ten times that on a bad day
