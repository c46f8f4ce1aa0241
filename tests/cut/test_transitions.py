from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight.cut.transitions import (
    BRIGHT,
    FLASHES_A_SECOND,
    Joints,
    Transitions,
    limit_flashes,
    plan_joints,
)
from limelight.storyboard import Transition
from review.toy import panning, toy_storyboard

FPS = Fraction(30)


def frames_of(joints, frames=60, fps=FPS):
    transitions = Transitions(joints, frames, fps)
    picture = panning(1, 0, (96, 64))
    return picture, [transitions.apply(picture.copy(), index) for index in range(frames)]


def changed(picture, frames):
    return [index for index, frame in enumerate(frames) if not np.array_equal(frame, picture)]


def test_a_cut_leaves_every_picture_as_it_is():
    picture, frames = frames_of(Joints())
    assert changed(picture, frames) == []


def test_a_whip_takes_five_frames_on_each_side():
    picture, frames = frames_of(Joints(opening=Transition.WHIP, closing=Transition.WHIP))
    assert changed(picture, frames) == [0, 1, 2, 3, 4, 55, 56, 57, 58, 59]
    sharpness = [np.abs(np.diff(frame.astype(int), axis=1)).mean() for frame in frames]
    assert sharpness[0] < sharpness[2] < sharpness[10]
    assert sharpness[59] < sharpness[57] < sharpness[10]


def test_a_whip_keeps_its_direction_across_the_join():
    joints = plan_joints(toy_storyboard((0, 30, 60), transitions=[Transition.CUT, Transition.WHIP]))
    assert joints[0].closing is joints[1].opening is Transition.WHIP
    assert joints[0].closing_rightward == joints[1].opening_rightward


def test_a_flash_is_brightest_at_first_and_gone_after_four_frames():
    picture, frames = frames_of(Joints(opening=Transition.FLASH))
    assert changed(picture, frames) == [0, 1, 2, 3]
    light = [float(frame.mean()) for frame in frames[:5]]
    assert light == sorted(light, reverse=True)
    strength = (light[0] - picture.mean()) / (255 - picture.mean())
    assert 0.55 <= strength <= 0.70


@pytest.mark.parametrize(
    ("kind", "side"), [(Transition.LEAK, 8), (Transition.INK, 9), (Transition.ZOOM, 5)], ids=str
)
def test_leak_ink_and_zoom_lie_on_both_sides_of_the_join_and_are_strongest_there(kind, side):
    picture, frames = frames_of(Joints(opening=kind, closing=kind))
    touched = changed(picture, frames)
    assert set(touched) <= {*range(side), *range(60 - side, 60)}
    assert {0, 1, 58, 59} <= set(touched)
    away = [np.abs(frame.astype(int) - picture).mean() for frame in frames]
    assert away[0] > 2 * away[side - 2]
    assert away[59] > 2 * away[61 - side]


def test_ink_covers_all_at_the_join_and_light_leaks_from_the_same_side():
    _, inked = frames_of(Joints(opening=Transition.INK, closing=Transition.INK))
    assert max(inked[0].max(), inked[-1].max()) < 30
    _, leaked = frames_of(Joints(opening=Transition.LEAK, closing=Transition.LEAK, closing_rightward=False))
    left, right = leaked[0][:, :24].mean(), leaked[-1][:, -24:].mean()
    assert left > leaked[30][:, :24].mean() + 40
    assert right > leaked[30][:, -24:].mean() + 40


def test_a_zoom_goes_on_in_one_direction_across_the_join():
    transitions = Transitions(Joints(opening=Transition.ZOOM, closing=Transition.ZOOM), 60, FPS)
    square = np.zeros((64, 96, 3), np.uint8)
    square[22:42, 38:58] = 255
    width = [int((transitions.apply(square, index)[32, :, 0] > 100).sum()) for index in (0, 2, 30, 57, 59)]
    assert width == sorted(width)
    assert width[0] < width[2] < width[-1]


def test_the_film_fades_from_and_to_black():
    joints = plan_joints(toy_storyboard((0, 60, 120), transitions=[Transition.FADE, Transition.CUT]))
    picture, opening = frames_of(joints[0])
    _, closing = frames_of(joints[1])
    light = [frame.mean() for frame in opening]
    assert light[0] < 0.05 * picture.mean()
    assert light == sorted(light)
    assert np.array_equal(opening[30], picture)
    assert closing[-1].mean() < 0.05 * picture.mean()
    assert np.array_equal(closing[0], picture)


def test_a_fade_within_the_film_is_drawn_on_both_sides():
    joints = plan_joints(toy_storyboard((0, 60, 120), transitions=[Transition.CUT, Transition.FADE]))
    _, before = frames_of(joints[0])
    _, after = frames_of(joints[1])
    assert before[-1].mean() < 40
    assert after[0].mean() < 40


@pytest.mark.parametrize("frames", [1, 2, 3, 5])
@pytest.mark.parametrize("kind", list(Transition))
def test_the_shortest_shots_are_drawn(frames, kind):
    _, pictures = frames_of(Joints(opening=kind, closing=kind, first=True, last=True), frames)
    assert len(pictures) == frames
    assert all(picture.shape == (64, 96, 3) and picture.dtype == np.uint8 for picture in pictures)


@given(
    lengths=st.lists(st.integers(1, 40), min_size=1, max_size=40),
    kinds=st.lists(st.sampled_from(list(Transition)), min_size=40, max_size=40),
    fps=st.sampled_from(["24", "25", "30", "60", "24000/1001"]),
)
def test_never_more_flashes_in_a_second_than_allowed(lengths, kinds, fps):
    cuts = np.concatenate([[0], np.cumsum(lengths)]).tolist()
    storyboard = toy_storyboard(cuts, fps=fps, transitions=kinds[: len(lengths)])
    allowed = limit_flashes(storyboard.shots, storyboard.format.rate)
    flashes = [s.start for s, kind in zip(storyboard.shots, allowed, strict=True) if kind in BRIGHT]
    for start in flashes:
        assert sum(start <= other < start + storyboard.format.rate for other in flashes) <= FLASHES_A_SECOND
    for shot, kind in zip(storyboard.shots, allowed, strict=True):
        assert kind is shot.transition or (shot.transition in BRIGHT and kind is Transition.CUT)
