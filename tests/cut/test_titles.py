import numpy as np
import pytest

from limelight.cut.titles import SHORTEST, Titles, plan_cards
from limelight.storyboard import Format
from review.toy import line, panning, toy_score

WIDE = Format(width=320, height=180)


def drawn(titles, seconds, size=(320, 180)):
    picture = panning(1, 0, size)
    return np.abs(titles.over(picture.copy(), seconds).astype(int) - picture)


def test_cards_stand_before_the_first_line_and_after_the_last():
    score = toy_score(30.0, lines=[line("we were painted in light", 8.0), line("and the sea", 20.0)])
    opening, closing = plan_cards(score)
    assert 0 < opening.start < opening.end <= 8.0
    assert 20.0 < closing.start < closing.end < 30.0
    assert min(opening.end - opening.start, closing.end - closing.start) >= SHORTEST


@pytest.mark.parametrize("at", [0.2, 1.5, 2.0])
def test_where_somebody_sings_at_once_there_is_no_card(at):
    cards = plan_cards(toy_score(12.0, lines=[line("one two three", at), line("to the very end", 10.0)]))
    assert cards == ()


def test_a_song_of_a_second_has_no_cards():
    assert plan_cards(toy_score(1.0)) == ()


def test_the_title_comes_goes_and_leaves_other_moments_alone():
    titles = Titles("Toy", toy_score(30.0), WIDE)
    at = {seconds: drawn(titles, seconds).mean() for seconds in (0.0, 0.8, 2.5, 4.7, 10.0, 28.0, 29.9)}
    assert at[0.0] == at[10.0] == at[29.9] == 0
    assert at[2.5] > at[0.8] > 0
    assert at[2.5] > at[4.7] > 0
    assert at[28.0] > 0


def test_no_title_no_card_and_a_read_only_picture_is_copied():
    assert Titles("  ", toy_score(30.0), WIDE).cards == ()
    picture = panning(1, 0, (320, 180))
    picture.flags.writeable = False
    assert Titles("Toy", toy_score(30.0), WIDE).over(picture, 2.5) is not picture


@pytest.mark.parametrize("size", [(320, 180), (180, 320), (180, 180), (128, 128)])
@pytest.mark.parametrize(
    "title",
    [
        "O",
        "A very long title that nobody would ever print on a sleeve (2026 version)",
        "Где океан",
        "海が光る",
    ],
)
def test_titles_stay_within_the_picture(size, title):
    titles = Titles(title, toy_score(30.0), Format(width=size[0], height=size[1]))
    for pieces, _ in (titles._opening, titles._ending):
        for mask, left, top in pieces:
            assert 0 <= left <= left + mask.shape[1] <= size[0]
            assert 0 <= top <= top + mask.shape[0] <= size[1]


def test_the_digest_tells_what_is_shown_and_nothing_else():
    titles = Titles("Toy", toy_score(30.0), WIDE)
    assert titles.digest(10.0, 12.0) == ""
    assert titles.digest(0.0, 3.0) == Titles("Toy", toy_score(30.0), WIDE).digest(1.0, 2.0)
    assert titles.digest(0.0, 3.0) != Titles("Other", toy_score(30.0), WIDE).digest(0.0, 3.0)
