"""Lines that the text lacks: found by what it says elsewhere, and only where somebody sings without words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight.listen.words.align import Placed, Settled
from limelight.listen.words.refrains import Cut, cuts, holes, likely, restored, without_nearest
from limelight.listen.words.voicing import STEP, Voicing

REFRAIN = ["stay with me", "all the night", "until the day", "takes you away"]
VERSES = ["one two three", "four five six", "seven eight nine", "ten eleven twelve"]


def words(lines: list[str]) -> list[list[str]]:
    return [line.split() for line in lines]


def song(without: int = -1) -> list[list[str]]:
    """A verse and the refrain, three times; the second refrain without one of its lines."""
    short = [line for number, line in enumerate(REFRAIN) if number != without]
    return words([VERSES[0], *REFRAIN, VERSES[1], *short, VERSES[2], *REFRAIN, VERSES[3]])


@pytest.mark.parametrize("without", [1, 2])
def test_a_line_left_out_of_one_of_three_refrains_is_found_between_its_neighbours(without: int) -> None:
    assert Cut(6 + without, (1 + without,), 2) in cuts(song(without))


@pytest.mark.parametrize(("without", "gap"), [(0, 6), (3, 9)])
def test_a_first_or_last_line_is_found_by_its_one_neighbour(without: int, gap: int) -> None:
    assert Cut(gap, (1 + without,), 0) in cuts(song(without))


def test_two_lines_side_by_side_are_found() -> None:
    text = words([*REFRAIN, VERSES[0], REFRAIN[0], REFRAIN[3]])
    assert Cut(6, (1, 2), 1) in cuts(text)


def test_whole_refrains_lack_nothing_inside() -> None:
    inside = {2, 3, 4, 7, 8, 9}
    assert not inside & {cut.gap for cut in cuts(song())}


@given(st.lists(st.integers(0, 1_000_000), unique=True, max_size=30))
def test_a_text_without_repeats_lacks_nothing(lines: list[int]) -> None:
    assert cuts([[f"line{line}"] for line in lines]) == []


@given(st.lists(st.integers(0, 5), max_size=25))
def test_what_may_be_missing_is_in_the_text_and_not_beside_the_gap(lines: list[int]) -> None:
    for cut in cuts([[f"line{line}"] for line in lines]):
        assert 0 < cut.gap < len(lines)
        assert not {lines[cut.gap - 1], lines[cut.gap]} & {lines[other] for other in cut.lines}


def test_lines_that_follow_each_other_oftener_than_with_a_line_between_lack_nothing() -> None:
    text = words(["a b", "c d", "x", "a b", "c d", "y", "a b", "odd one", "c d"])
    assert not {1, 4} & {cut.gap for cut in cuts(text)}
    assert Cut(1, (4,), 1) in cuts(words(["a b", "c d", "x", "a b", "odd one", "c d"]))


def test_words_before_a_refrain_do_not_hide_it() -> None:
    text = words(["oh " + REFRAIN[0], *REFRAIN[1:], VERSES[0], REFRAIN[0], *REFRAIN[2:]])
    assert Cut(6, (1,), 1) in cuts(text)
    assert cuts(words(["me", REFRAIN[1], "with me", REFRAIN[2]])) == []


def test_what_costs_a_line_its_place_is_taken_out() -> None:
    missing = {2: (0,), 9: (1, 3)}
    assert without_nearest(missing, np.array([8])) == {2: (0,)}
    assert without_nearest(missing, np.array([1, 12])) == {}


def test_accents_capitals_and_signs_do_not_matter() -> None:
    text = [*words(REFRAIN), ["verse"], ["STAY", "wíth", "me!"], ["until", "the", "day…"]]
    assert Cut(6, (1,), 1) in cuts(text)


def test_a_cut_counts_only_beside_a_hole_that_has_room_for_it() -> None:
    cut, lengths = Cut(2, (0,), 1), np.array([4.0, 4.0, 4.0])
    assert likely([cut], np.array([0.0, 0.0, 3.0, 0.0]), lengths) == {2: (0,)}
    assert likely([cut], np.array([0.0, 0.0, 0.0, 3.0]), lengths) == {2: (0,)}
    assert likely([cut], np.array([3.0, 0.0, 0.0, 0.0]), lengths) == {}
    assert likely([cut], np.array([0.0, 0.0, 1.9, 0.0]), lengths) == {}
    assert likely([cut], np.array([0.0, 0.0, 1.4, 0.0]), np.array([1.0, 1.0, 1.0])) == {}


def test_a_hole_goes_to_the_best_supported_cut_and_is_used_up() -> None:
    lengths, hole = np.full(5, 4.0), np.array([0.0, 0.0, 4.5, 0.0, 0.0, 0.0])
    assert likely([Cut(2, (4,), 0), Cut(2, (0,), 2), Cut(3, (1,), 1)], hole, lengths) == {2: (0,)}
    assert likely([Cut(2, (0,), 2), Cut(3, (1,), 1)], 2 * hole, lengths) == {2: (0,), 3: (1,)}


def voice(*spans: tuple[float, float]) -> Voicing:
    sung = np.zeros(round(20 / STEP), dtype=np.bool_)
    for start, end in spans:
        sung[round(start / STEP) : round(end / STEP)] = True
    return Voicing(sung, np.where(sung, 0.1, 0.0).astype(np.float32), separated=True)


def settled(starts: list[float], sung: list[bool]) -> Settled:
    times = np.array(starts)
    sure = np.ones(len(times))
    return Settled(Placed(times, times + 0.2, sure, -sure), np.array(sung))


def test_holes_are_sung_seconds_between_lines() -> None:
    lines = words(["a b", "c d"])
    voiced = voice((1.0, 3.0), (5.0, 8.0), (10.0, 12.0), (15.0, 16.0))
    found, lengths = holes(lines, settled([1.0, 2.0, 10.0, 11.0], [True, True]), voiced, 20.0)
    assert found == pytest.approx([0.0, 3.0, 1.0], abs=0.1)
    assert lengths == pytest.approx([2.0, 2.0], abs=0.1)


def test_a_line_that_is_not_sung_fills_no_hole() -> None:
    lines = words(["a b", "c d"])
    voiced = voice((1.0, 3.0), (5.0, 8.0))
    found, _ = holes(lines, settled([1.0, 2.0, 6.0, 7.0], [True, False]), voiced, 20.0)
    assert found == pytest.approx([0.0, 0.0, 3.0], abs=0.1)


def test_a_line_drawn_out_in_one_place_has_the_length_of_its_other_copy() -> None:
    lines = words(["a b", "a b"])
    voiced = voice((1.0, 3.0), (5.0, 12.0))
    _, lengths = holes(lines, settled([1.0, 2.0, 5.0, 9.0], [True, True]), voiced, 20.0)
    assert lengths == pytest.approx([2.0, 2.0], abs=0.1)


def test_missing_lines_stand_without_number_before_their_gap() -> None:
    lines = words(["a b", "c d", "e f"])
    assert restored(lines, {}) == [(["a", "b"], 0), (["c", "d"], 1), (["e", "f"], 2)]
    assert restored(lines, {2: (0,)}) == [(["a", "b"], 0), (["c", "d"], 1), (["a", "b"], -1), (["e", "f"], 2)]
