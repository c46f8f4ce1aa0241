"""Which pictures are looked at, and when one is refused."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.toy import GREEN, RED, RefuseRed
from limelight.catalogue import catalogue
from limelight.guard import BlockedError, Policy, Watch, plain, ways
from limelight.guard.decoy import decoy
from limelight.guard.screening import sampled
from limelight.storyboard import CaptionStyle, Composition, Format
from review.toy import toy_storyboard


@given(
    st.integers(1, 2000), st.sampled_from([Fraction(1), *map(Fraction, ("24000/1001", 24, 25, 30, 60, 120))])
)
def test_the_first_the_last_and_one_a_second_are_looked_at(frames: int, rate: Fraction) -> None:
    due = sorted(sampled(frames, rate))
    assert (due[0], due[-1]) == (0, frames - 1)
    assert all(later - earlier <= int(rate) + 1 for earlier, later in itertools.pairwise(due))
    assert len(due) <= frames / int(rate) + 2


def picture(colour: tuple[int, int, int]) -> np.ndarray:
    return np.full((8, 8, 3), colour, np.uint8)


def test_a_red_picture_is_not_passed_on() -> None:
    watch = Watch(RefuseRed(), 0.5, 61, Fraction(30))
    pictures = [picture(GREEN)] * 30 + [picture(RED)] * 31
    passed = []
    with pytest.raises(BlockedError, match="frame 30"):
        passed.extend(watch.over(pictures))
    assert len(passed) == watch.passed == 30
    assert (watch.checked, watch.highest) == (2, 0.9)


def test_below_the_threshold_everything_passes() -> None:
    for scorer, checked in ((RefuseRed(), 3), (None, 0)):
        watch = Watch(scorer, 0.95, 61, Fraction(30))
        assert len(list(watch.over([picture(RED)] * 61))) == 61
        assert watch.checked == checked


def test_thresholds_fall_with_strictness() -> None:
    assert Policy.STRICT.threshold < Policy.STANDARD.threshold < 1 < Policy.OFF.threshold


def test_ways_are_always_the_same_and_can_be_drawn() -> None:
    (shot,) = toy_storyboard([0, 20], stars=("ada",), captions=CaptionStyle.IN_PICTURE).shots
    names = {place.name: place for place in catalogue().sceneries}
    listed = list(ways(shot))
    assert listed == list(ways(shot))
    for way in listed:
        seen = way.shot.imagery
        place = names[seen.scenery]
        assert seen.time_of_day in place.times
        assert seen.weather in place.weathers
        assert (way.shot.start, way.shot.frames, way.shot.transition) == (0, 20, shot.transition)
    assert [way.by_camera for way in listed] == [True] * 4 + [False]
    assert len({way.shot.imagery.scenery for way in listed[1:4]}) == 3
    assert listed[3].shot.composition is Composition.WIDE
    assert all(way.shot.captions is CaptionStyle.KARAOKE for way in listed[2:])
    assert all(way.shot.stars == () for way in listed[3:])


def test_a_plain_colour_has_every_frame_whatever_the_look() -> None:
    (shot,) = toy_storyboard([0, 20]).shots
    for look in (*(look.name for look in catalogue().looks), "no such look"):
        pictures = list(plain(shot.model_copy(update={"look": look}), Format(width=96, height=64)))
        assert len(pictures) == 20
        assert pictures[0].shape == (64, 96, 3)


def test_the_decoy_is_always_the_same() -> None:
    assert decoy().shape == (360, 640, 3)
    assert int(decoy().sum(dtype=np.int64)) == int(decoy.__wrapped__().sum(dtype=np.int64))
