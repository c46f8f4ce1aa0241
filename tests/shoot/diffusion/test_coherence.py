"""Drawings that boil are calmed without being blurred; a film that does not boil, the control, stays as it is."""

import cv2
import numpy as np
import pytest

from limelight.shoot.diffusion.coherence import steady
from limelight.shoot.diffusion.inbetween import Drawn, inbetween

GAP = 5
COUNT = 9
METRIC_WIDTH = 160


@pytest.fixture(scope="module")
def truth():
    """A textured scene that slides by 2 pixels a drawing."""
    rng = np.random.default_rng(3)
    coarse = cv2.resize(
        rng.uniform(30, 220, (12, 24, 3)).astype(np.float32), (300, 120), interpolation=cv2.INTER_CUBIC
    )
    fine = cv2.GaussianBlur(rng.normal(0, 40, (120, 300, 3)).astype(np.float32), (0, 0), 2)
    scene = np.clip(coarse + fine, 0, 255).astype(np.uint8)
    return [np.ascontiguousarray(scene[10:110, 20 + 2 * n : 180 + 2 * n]) for n in range(COUNT)]


@pytest.fixture(scope="module")
def boiling(truth):
    """The same, each drawing with a light and a texture of its own, as a model that draws each anew."""
    rng = np.random.default_rng(5)
    found = []
    for picture in truth:
        boil = cv2.GaussianBlur(rng.normal(0, 60, picture.shape).astype(np.float32), (0, 0), 2)
        light = rng.normal(0, 12, (1, 1, 3))
        found.append(np.clip(picture * rng.uniform(0.92, 1.08) + boil + light, 0, 255).astype(np.uint8))
    return found


def as_drawings(pictures):
    return [Drawn(GAP * n, picture) for n, picture in enumerate(pictures)]


def film(drawings):
    return list(inbetween(drawings, GAP * (COUNT - 1) + 1))


def apart(pictures, truth):
    return float(np.mean([np.abs(a.astype(float) - b).mean() for a, b in zip(pictures, truth, strict=True)]))


def flicker(pictures):
    """How much a film boils: mean over pixels of ``|a - 2 b + c| / 2`` of three frames in a row, in levels of luma.

    What moves or brightens evenly counts little; what is one thing now and another then counts all. Measured at
    ``METRIC_WIDTH`` pixels of width; 0 for fewer than three frames.
    """
    last = []
    total, count = 0.0, 0
    for picture in pictures:
        height = max(1, round(METRIC_WIDTH * picture.shape[0] / picture.shape[1]))
        small = cv2.resize(picture, (METRIC_WIDTH, height), interpolation=cv2.INTER_AREA)
        last = [*last[-2:], np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32)]
        if len(last) == 3:
            total += float(np.abs(last[0] - 2 * last[1] + last[2]).mean() / 2)
            count += 1
    return total / max(1, count)


def test_flicker_falls_and_the_pictures_come_nearer_to_the_truth(truth, boiling):
    before, after = as_drawings(boiling), steady(as_drawings(boiling), [0.1] * COUNT)
    assert flicker(film(after)) < 0.75 * flicker(film(before))
    assert apart([one.picture for one in after], truth) < 0.85 * apart(boiling, truth)


def test_what_does_not_boil_is_left_alone(truth):
    after = steady(as_drawings(truth), [0.1] * COUNT)
    assert apart([one.picture for one in after], truth) < 2.0


def test_where_the_music_jumps_nothing_is_mixed(boiling):
    after = steady(as_drawings(boiling), [1.0] * COUNT)
    assert apart([one.picture for one in after], boiling) < 1.0


def test_the_metric_is_nothing_for_a_steady_film_and_large_for_a_shuffled_one(truth):
    whole = film(as_drawings(truth))
    order = np.random.default_rng(0).permutation(len(whole))
    assert flicker([truth[0]] * 5) == 0
    assert flicker(whole) < 0.25 * flicker([whole[index] for index in order])


def test_inbetweens_follow_the_motion(truth):
    """Half-way between two drawings 8 pixels apart lies the drawing in their middle: nearer than a cross-fade."""
    left, middle, right = truth[0], truth[2], truth[4]
    found = list(inbetween([Drawn(0, left), Drawn(2, right)], 3))
    faded = cv2.addWeighted(left, 0.5, right, 0.5, 0)
    inner = (slice(10, -10), slice(12, -12))
    assert (
        np.abs(found[1][inner].astype(float) - middle[inner]).mean()
        < 0.4 * np.abs(faded[inner].astype(float) - middle[inner]).mean()
    )


@pytest.mark.parametrize(("times", "frames"), [((0,), 4), ((0, 3), 4), ((0, 0.5, 2.5), 6), ((0, 2), 2)])
def test_there_are_as_many_frames_as_wanted(truth, times, frames):
    assert len(list(inbetween([Drawn(time, truth[0]) for time in times], frames))) == frames
